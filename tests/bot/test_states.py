"""The worker's states."""

import re
from pathlib import Path

import pytest

from bot.states import IllegalStep, Step, WorkerState, after


def test_an_illegal_step_names_what_was_expected_and_what_came() -> None:
    """A step that the drawing does not have is refused, naming both sides."""
    with pytest.raises(IllegalStep, match="TURN_TAKEN came in state cold; expected one of a"):
        after(WorkerState.COLD, Step.TURN_TAKEN)


def _drawn(text: str) -> set[tuple[str, str, str]]:
    """The edges of a drawing such as `A|B -x→ C -y→ D|E`."""
    edges: set[tuple[str, str, str]] = set()
    for chain in re.findall(r"[A-Z|]+(?: -\w→ [A-Z|]+)+", text):
        names = re.split(r" -(\w)→ ", chain)
        for source, letter, target in zip(names[::2], names[1::2], names[2::2], strict=False):
            edges |= {
                (one.lower(), letter, other.lower())
                for one in source.split("|")
                for other in target.split("|")
            }
    return edges


def test_the_drawing_in_the_docs_is_the_code() -> None:
    """docs/architecture.md draws the very steps that the code allows."""
    text = Path("docs/architecture.md").read_text(encoding="utf-8")
    allowed = set()
    for state in WorkerState:
        for step in Step:
            try:
                allowed.add((state.value, step.value[0], after(state, step).value))
            except IllegalStep:
                continue
    drawn = _drawn(text)
    assert drawn == allowed
