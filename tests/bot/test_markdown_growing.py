"""Answers as they grow: nothing flickers, nothing is contradicted, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer import GrowingAnswer
from bot.characters import sendable
from bot.markdown.seams import LONG
from bot.markdown.units import Outline, units
from bot.markdown.writing import Standard
from bot.splitting import split
from tests.bot.markdown_texts import PAYLOADS, anything, cuts, endless, markdown, open_fences, seen

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


@pytest.mark.parametrize("kind", [(200, False), (400, True)])
@pytest.mark.parametrize("text", PAYLOADS)
def test_so_does_what_was_read_wrongly_once(text: str, kind: tuple[int, bool]) -> None:
    """The same holds for what has gone wrong before."""
    _check(text, range(0, len(text), 1 + len(text) // 100), kind[0], appends_only=kind[1])


@given(text=anything.map(sendable), ends=places, kind=kinds)
@settings(max_examples=200)
def test_so_does_what_is_half_or_broken(text: str, ends: list[int], kind: tuple[int, bool]) -> None:
    """The same holds for text that is no proper Markdown."""
    _check(text, ends, kind[0], appends_only=kind[1])


@given(text=endless, ends=places, kind=kinds.filter(lambda kind: kind[0] > 300))
@settings(max_examples=25)
def test_so_does_a_block_without_end(text: str, ends: list[int], kind: tuple[int, bool]) -> None:
    """It holds as well for blocks that are parted before they end, and within others."""
    _check(text, ends, kind[0], appends_only=kind[1])


@given(text=endless)
@settings(max_examples=25)
def test_all_of_a_block_without_end_is_shown(text: str) -> None:
    """Where it was parted nothing is lost, nothing is added, and no list counts otherwise."""
    [whole] = split(text, 1_000_000)
    assert seen(whole, counts=True) == seen(text, counts=True)
    assert seen(*split(text, 1_700), joins_tables=True) == seen(text, joins_tables=True)


@given(text=endless, ends=places)
@settings(max_examples=25)
def test_a_block_is_parted_in_the_same_places_however_it_comes(text: str, ends: list[int]) -> None:
    """What is read again stays small, and what it is does not depend on the pieces."""
    outline = Outline()
    for begun in cuts(text, [*ends, *range(0, len(text), 97), len(text)]):
        outline.read(begun)
        assert len(outline.whole_lines) < 4 * LONG
    rest = outline.rest(outline.whole_lines + outline.half_line).units
    assert [*outline.closed, *rest] == units(text)


@pytest.mark.parametrize("piece", ["*a ", "**a ", "_a ", "x *a "])
def test_emphasis_that_stays_open_is_not_read_again_for_long(piece: str) -> None:
    """Each marker takes long to read: where there are many, the paragraph is parted early."""
    text = piece * 1_000
    outline = Outline()
    for end in range(0, len(text), 7):
        outline.read(text[:end])
        assert len(outline.half_line) <= LONG + len(piece)


@given(text=markdown, kind=kinds.filter(lambda kind: kind[0] > 100))
@settings(max_examples=80)
def test_all_that_was_said_is_shown(text: str, kind: tuple[int, bool]) -> None:
    """The messages together show what the text shows, in the same order."""
    parts = split(text, kind[0], appends_only=kind[1])
    assert seen(*parts, joins_tables=True) == seen(text, joins_tables=True)
