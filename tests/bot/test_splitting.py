"""Cutting a long answer into messages."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.splitting import split

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
    """All that is said, without space, fence lines and the lines of tables' headers."""
    lines = [line for line in text.splitlines() if not re.match(r" *(```|~~~|\|)", line)]
    return "".join("".join(lines).split())


@given(text=_markdown, limit=_limit)
@settings(max_examples=150)
def test_no_part_is_longer_than_the_limit(text: str, limit: int) -> None:
    """Whatever is said, every part fits."""
    assert all(len(part) <= limit for part in split(text, limit))
    assert all(len(part) <= limit for part in split(text, limit, appends_only=True))


@given(text=_markdown, limit=_limit)
@settings(max_examples=150)
def test_nothing_is_lost_and_nothing_added(text: str, limit: int) -> None:
    """The parts together say what the text says."""
    assert _words("\n".join(split(text, limit))) == _words(text)


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


def test_a_text_that_fits_is_one_part() -> None:
    """Nothing is cut that need not be."""
    text = "\n\n".join("word " * 10 for _ in range(19)).strip()
    assert len(split(text, len(text))) == 1


def test_where_text_only_grows_a_part_ends_at_the_first_good_place() -> None:
    """Past three quarters the next paragraph begins another message: it is never moved later."""
    text = "\n\n".join(f"{number} " + "word " * 19 for number in range(20))
    parts = split(text, 1_000, appends_only=True)
    assert [part.split()[0] for part in parts] == ["0", "8", "16"]


def test_a_table_that_is_cut_repeats_its_header() -> None:
    """Each part of a table is a table."""
    rows = "\n".join(f"| row {number} | value |" for number in range(40))
    parts = split(f"| Name | Value |\n|---|--:|\n{rows}", 300)
    assert len(parts) > 2
    assert all(part.startswith("| Name | Value |\n|---|--:|\n| row ") for part in parts)
    assert "".join(parts).count("| row ") == 40


def test_a_list_is_cut_between_its_items() -> None:
    """An item stays whole where there is room for it."""
    text = "\n".join(f"- item {number} " + "word " * 9 for number in range(20))
    assert all(part.startswith("- item ") for part in split(text, 300))


def test_code_in_a_list_that_is_cut_stands_alone() -> None:
    """What goes on in the next part is not indented by an item that began elsewhere."""
    code = "\n".join(f"  line {number}" for number in range(60))
    parts = split(f"- Look:\n  ```py\n{code}\n  ```\n- Done.", 300)
    assert len(parts) > 1
    assert parts[0].startswith("- Look:\n  ```py\n  line 0\n")
    assert parts[0].endswith("\n  ```")
    assert parts[1].startswith("```py\nline ")
    assert parts[-1].endswith("```\n\n- Done.")


def test_a_heading_stays_with_what_follows() -> None:
    """No part ends with a heading that has a place to end before it."""
    text = "\n\n".join(f"## Part {number}\n\n" + "word " * 21 for number in range(9))
    for part in split(text, 400):
        assert not part.splitlines()[-1].startswith("#")


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧‍👦", "🇳🇿", "e\u0301\u0302", "नि", "👍🏽"])
def test_what_people_see_as_one_is_not_cut(cluster: str) -> None:
    """A line without spaces is cut between whole characters, however many code points they are."""
    for part in split(cluster * 100, 64):
        assert part.strip() == cluster * (len(part) // len(cluster))


def test_an_empty_text_has_no_parts() -> None:
    """Nothing said is nothing to post."""
    assert split("", 100) == ()
    assert split(" \n ", 100) == ()


def test_a_limit_without_room_is_refused() -> None:
    """A part must have room for a fence."""
    with pytest.raises(ValueError, match="under 64"):
        split("text", 10)
