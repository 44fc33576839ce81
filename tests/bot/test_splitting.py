"""Cutting a long answer into messages."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.splitting import certain, split

_line = st.one_of(
    st.text(alphabet="ab c*_`", max_size=60),
    st.sampled_from(["```", "```python", "~~~", "| a | b |", "|---|---|", "# head", "- item", ""]),
    st.builds(
        lambda word, times: (word + " ") * times,
        st.sampled_from(["mutex", "é", "字"]),
        st.integers(1, 60),
    ),
    st.builds(lambda times: "x" * times, st.integers(50, 300)),
)
_markdown = st.lists(_line, max_size=60).map("\n".join)
_limit = st.integers(64, 400)


def _words(text: str) -> str:
    """All that is said, without space and without fence lines."""
    lines = [line for line in text.splitlines() if not re.match(r" {0,3}(```|~~~)", line)]
    return "".join("".join(lines).split())


@given(text=_markdown, limit=_limit)
@settings(max_examples=300)
def test_no_part_is_longer_than_the_limit(text: str, limit: int) -> None:
    """Whatever is said, every part fits."""
    assert all(len(part) <= limit for part in split(text, limit))


@given(text=_markdown, limit=_limit)
@settings(max_examples=300)
def test_nothing_is_lost_and_nothing_added(text: str, limit: int) -> None:
    """The parts together say what the text says."""
    assert _words("\n".join(split(text, limit))) == _words(text)


@given(text=_markdown, limit=_limit, data=st.data())
@settings(max_examples=300)
def test_what_was_final_stays_final(text: str, limit: int, data: st.DataObject) -> None:
    """The parts of a text that grew begin with all but the last part of what it was."""
    earlier = text[: data.draw(st.integers(0, len(text)))]
    before, now = split(earlier, limit), split(text, limit)
    assert now[: len(before) - 1] == before[:-1] or not before


@given(text=_markdown, limit=_limit, data=st.data())
@settings(max_examples=300)
def test_what_is_certain_is_only_added_to(text: str, limit: int, data: st.DataObject) -> None:
    """While a text grows, what was certain of a part is the beginning of what it becomes."""
    earlier = text[: data.draw(st.integers(0, len(text)))]
    shown, final = certain(earlier, limit), split(text, limit)
    for index, part in enumerate(shown):
        assert final[index].startswith(part.rstrip()) or not part.strip()


def test_a_fence_that_is_cut_is_closed_and_opened_again() -> None:
    """Code that goes on in the next part is code in both, in the same language."""
    code = "\n".join(f"line {number} of the program" for number in range(40))
    parts = split(f"Look:\n```python\n{code}\n```\nDone.", 300)
    assert len(parts) > 2
    for part in parts:
        assert len(re.findall(r"^```", part, flags=re.MULTILINE)) % 2 == 0
    assert parts[1].startswith("```python\n")


def test_a_paragraph_is_kept_whole_where_possible() -> None:
    """A cut falls between paragraphs rather than inside of one."""
    first, second = "a " * 55, "b " * 60
    assert split(f"{first.strip()}\n\n{second.strip()}", 140) == (first.strip(), second.strip())


def test_a_link_is_not_cut() -> None:
    """A long line is cut at a space outside of links."""
    text = "word " * 16 + "[a link with a long text](https://example.org/a/long/address) end"
    parts = split(text, 100)
    assert any("[a link with a long text](https://example.org/a/long/address)" in p for p in parts)


def test_an_empty_text_has_no_parts() -> None:
    """Nothing said is nothing to post."""
    assert split("", 100) == ()
    assert split(" \n ", 100) == ()


def test_a_limit_without_room_is_refused() -> None:
    """A part must have room for a fence."""
    with pytest.raises(ValueError, match="under 64"):
        split("text", 10)
