"""Many tools as few lines."""

from __future__ import annotations

import pytest

from bot.ports import ToolLine, ToolState
from bot.steps import MORE, newest, rolled

RUNNING, DONE, FAILED = ToolState.RUNNING, ToolState.DONE, ToolState.FAILED


def tools(*states: ToolState) -> tuple[ToolLine, ...]:
    """Tools in these states."""
    return tuple(
        ToolLine(id=f"t{number}", title=f"step {number}", state=state)
        for number, state in enumerate(states)
    )


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_tools_stay_as_they_are(count: int) -> None:
    """Nothing is counted that can be named."""
    few = tools(*[DONE] * count)
    assert newest(few, 3) == few
    assert rolled(few, 3) == few


def test_the_oldest_are_counted() -> None:
    """A line before the newest says how many there were, and how many of them failed."""
    first, *named = newest(tools(DONE, FAILED, DONE, DONE, RUNNING), 3)
    assert (first.title, first.state) == ("3 steps, 1 of them failed", DONE)
    assert [tool.title for tool in named] == ["step 3", "step 4"]


def test_what_still_runs_among_them_is_seen() -> None:
    """The line that counts runs as long as one of its tools does."""
    assert newest(tools(RUNNING, DONE, DONE), 2)[0].state is RUNNING
    assert newest(tools(FAILED, FAILED, DONE), 2)[0].state is FAILED
    assert newest(tools(DONE), 1) == tools(DONE)
    assert newest(tools(DONE, DONE), 1)[0].title == "2 steps"


def test_a_line_that_rolls_names_the_newest() -> None:
    """The first tools keep their lines; one more names what runs, and counts."""
    *own, line = rolled(tools(DONE, DONE, DONE, RUNNING, DONE), 2)
    assert [tool.id for tool in own] == ["t0", "t1"]
    assert (line.id, line.title) == (MORE, "step 3 · the newest of 3 more steps")
    assert line.state is RUNNING


def test_a_line_that_rolls_is_one_line_from_its_first_tool_on() -> None:
    """What was shown of it is changed, never beside it."""
    ids = [[tool.id for tool in rolled(tools(*[DONE] * count), 2)] for count in (2, 3, 4, 9)]
    assert ids == [["t0", "t1"], *[["t0", "t1", MORE]] * 3]
