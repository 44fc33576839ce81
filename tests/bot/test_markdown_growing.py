"""Answers as they grow: nothing flickers, nothing is contradicted, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer import GrowingAnswer
from bot.characters import sendable
from bot.markdown.writing import Standard
from bot.splitting import split
from tests.bot.markdown_texts import anything, cuts, markdown, open_fences, seen

places = st.lists(st.integers(0, 3_000), max_size=25)
kinds = st.sampled_from([(64, False), (200, False), (1_700, False), (400, True), (1_000, True)])
"""Limits, and whether the platform only appends: there much of a limit is left unused."""


def _grown(
    text: str, ends: Sequence[int], limit: int, *, appends_only: bool
) -> list[tuple[str, ...]]:
    """What is shown of a text at each of its beginnings, and in the end."""
    answer = GrowingAnswer(limit, Standard(), appends_only=appends_only)
    shown = [answer.so_far(begun) for begun in cuts(text, ends)]
    return [*shown, answer.whole(text)]


def _check(text: str, ends: Sequence[int], limit: int, *, appends_only: bool) -> None:
    states = _grown(text, ends, limit, appends_only=appends_only)
    for parts in states:
        assert all(len(part) <= limit for part in parts)
        assert not any(open_fences(part) for part in (parts[:-1] if appends_only else parts))
    assert states[-1] == split(text, limit, appends_only=appends_only)
    for before, after in pairwise(states):
        if appends_only and before:
            assert after[: len(before) - 1] == before[:-1]
            assert after[len(before) - 1].startswith(before[-1])


@given(text=markdown, ends=places, kind=kinds)
@settings(max_examples=70)
def test_whatever_is_said_grows_without_a_jump(
    text: str, ends: list[int], kind: tuple[int, bool]
) -> None:
    """No part is too long, no fence is left open, and what only grows is never taken back."""
    _check(text, ends, kind[0], appends_only=kind[1])


@given(text=anything.map(sendable), ends=places, kind=kinds)
@settings(max_examples=200)
def test_so_does_what_is_half_or_broken(text: str, ends: list[int], kind: tuple[int, bool]) -> None:
    """The same holds for text that is no proper Markdown."""
    _check(text, ends, kind[0], appends_only=kind[1])


@given(text=markdown, kind=kinds.filter(lambda kind: kind[0] > 100))
@settings(max_examples=80)
def test_all_that_was_said_is_shown(text: str, kind: tuple[int, bool]) -> None:
    """The messages together show what the text shows, in the same order."""
    parts = split(text, kind[0], appends_only=kind[1])
    assert seen(*parts, joins_tables=True) == seen(text, joins_tables=True)
