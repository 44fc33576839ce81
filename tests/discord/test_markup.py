"""Discord's markup, as people and models read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.markup import LONGEST, Code, mentions, quoted, readable

NAMES = {"1": "Ann Archer", "5": "team", "20": "general"}
US = frozenset({"900"})
MARKUP = st.text(st.sampled_from("`|<>@#:&!/-~*_ \n\\abt109"), max_size=200)


def read(content: str) -> str:
    """The text as the bot reads it."""
    return readable(content, names=NAMES, without=US)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("hi <@1> and <@!1>", "hi @Ann Archer and @Ann Archer"),
        ("<@&5> see <#20>, <@77>", "@team see #general, @77"),
        ("<:party:123> and <a:wave:124>", ":party: and :wave:"),
        (
            "at <t:1767225600:R> or <t:1767225600>",
            "at 2026-01-01 00:00 UTC or 2026-01-01 00:00 UTC",
        ),
        ("<t:99999999999999:F>", "<t:99999999999999:F>"),
        ("<t:9999999999999:F>", "<t:9999999999999:F>"),
        ("use </copilot help:55>", "use /copilot help"),
        ("see <id:customize> and <id:guide>", "see Channels & Roles and Server Guide"),
        ("<id:linked-roles:7> <id:nonsense>", "Linked Roles <id:nonsense>"),
        ("it is ||the **butler**||!", "it is [spoiler: the **butler**]!"),
        ("||one|| ||two|| || three", "[spoiler: one] [spoiler: two] || three"),
        ("> quoted\nnot quoted", "> quoted\nnot quoted"),
        ("say:\n>>> all\n\nof this", "say:\n> all\n>\n> of this"),
        (">>> a\n>>> b", "> a\n> >>> b"),
        ("-# small\nlarge", "small\nlarge"),
        ("\\<@1>", "\\<@1>"),
        ("<https://example.org>", "<https://example.org>"),
        ("@everyone look", "@everyone look"),
    ],
)
def test_markup_becomes_readable(content: str, text: str) -> None:
    """What Discord shows by names and colours is written out."""
    assert read(content) == text


@pytest.mark.parametrize(
    "code",
    [
        "`<@1> ||x||`",
        "``a ` <#20>``",
        "```py\n>>> print('<@900>')\n-# <t:1:R>\n```",
        "```\n``<@1>``\n```",
        "`||`",
    ],
)
def test_nothing_in_code_is_translated(code: str) -> None:
    """Code is read as it was written, our own mention included; what stands around it is not."""
    assert read(f"<@1>: {code} <@1>") == f"@Ann Archer: {code} @Ann Archer"
    assert not mentions(code, frozenset({"1", "900"}))


def test_a_backtick_alone_begins_no_code() -> None:
    """Only what is closed by as many backticks is code."""
    assert read("it`s <@1> ``and`` ``` <@1>") == "it`s @Ann Archer ``and`` ``` @Ann Archer"


def test_our_own_mention_is_taken_out() -> None:
    """The words around it close up."""
    assert read("<@900> hi") == "hi"
    assert read("hi <@900>, look") == "hi, look"
    assert read("say <@!900> something") == "say something"
    assert read("what does `<@900>` do?") == "what does `<@900>` do?"


def test_what_is_too_long_is_cut() -> None:
    """A message longer than any of Discord's is passed on in part, and that is said."""
    assert read("x" * (LONGEST + 1)).endswith(f"it had {LONGEST + 1} characters.]")


@given(MARKUP)
def test_any_markup_is_read(content: str) -> None:
    """Nothing that people can type raises; what is in code comes out as it went in."""
    text = read(content)
    if not any(sign in content for sign in "<|>-\\"):
        assert text == content.strip()


@given(MARKUP)
def test_code_is_found_as_discord_finds_it(content: str) -> None:
    """Code runs from one run of backticks to the next of the same sort, and holds both."""
    code = Code(content)
    held = "".join("c" if code.holds(at) else "." for at in range(len(content)))
    for at, sign in enumerate(content):
        if held[at] == "c" and (at == 0 or held[at - 1] == "."):
            assert sign == "`"
    if "`" not in content:
        assert "c" not in held


def test_code_is_found_in_little_time() -> None:
    """Thousands of backticks that nothing closes are looked at once each."""
    text = "".join("`" * (1 + number % 2) + "a" for number in range(4_000)) + "``` "
    assert Code(text).holds(0)
    assert not Code("` `` ```" * 1).holds(0)


def test_a_quote_is_a_quote_line_by_line() -> None:
    """Empty lines belong to it."""
    assert quoted("a\n\nb") == "> a\n>\n> b"
