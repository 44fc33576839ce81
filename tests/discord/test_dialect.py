"""Standard Markdown as Discord's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord.dialect import DiscordDialect
from adapters.discord.render import TEXT_LIMIT
from adapters.discord.tables import WIDEST, width
from bot.answer import GrowingAnswer
from bot.characters import sendable
from bot.splitting import split
from tests.bot.markdown_texts import (
    anything,
    cuts,
    endless,
    markdown,
    open_fences,
    plain,
    seen,
    with_html,
)
from tests.contracts.dialect import DialectContract

_HEADER = re.compile(r"^```\n(?:[^`\n]+\n)+?[- ]+\n", re.MULTILINE)
_LINKS_BEFORE = re.compile(r"^-# .*\n+\Z", re.MULTILINE)
DISCORD = DiscordDialect()


class TestDiscordDialect(DialectContract):
    """Discord's Markdown, in messages that are changed in place."""

    dialect = DISCORD
    limits = (TEXT_LIMIT, 600)
    appends_only = False
    # Where a link is not on the web, what it says when it is pointed at is left out.
    unsaid = re.compile(r"""!\[|href="(?!http)|^<div></div>|\]:|\]\([^)]*["'(]""")
    read_otherwise = frozenset(
        [
            "[a](url &quot;tit&quot;)",
            "- foo\n- bar\n\n<!-- -->\n\n- baz\n- bim",
            "[a](<b)c\n[a](<b)c>\n[a](<b>c)",
            "[foo [bar](/uri)](/uri)",
            "[foo *[bar [baz](/uri)](/uri)*](/uri)",
        ]
    )

    def words(self, *parts: str) -> str:
        """The letters in any order: the cells of a wide table stand beside each other."""
        found: list[str] = []
        header = ""
        for part in parts:
            rest = part
            for each in _HEADER.finditer(part):
                # The rest of a table begins a message, or stands under the links of what was cut.
                is_first = each.start() == 0 or _LINKS_BEFORE.search(part, 0, each.start())
                if each[0] == header and is_first:
                    rest = rest.replace(each[0], "```\n", 1)
                header = each[0]
            found.append(rest)
        return "".join(sorted(seen(*found, counts=True)))


places = st.lists(st.integers(0, 3_000), max_size=15)


def written(text: str, limit: int = 100_000) -> str:
    """A text in Discord's Markdown, as the only message."""
    return "\n\n".join(split(text, limit, dialect=DISCORD))


@pytest.mark.parametrize(
    ("said", "out"),
    [
        ("# One\n## Two\n### Three", "# One\n## Two\n### Three"),
        ("#### Four **bold** _it_", "**Four bold _it_**"),
        ("Title\n=====\n\ntext", "# Title\n\ntext"),
        ("- [ ] open\n- [x] done\n- [X] done", "- ☐ open\n- ☑ done\n- ☑ done"),
        ("* a\n+ b", "- a\n- b"),
        ("1) a\n1) b", "1. a\n2. b"),
        ("7. a\n8. b", "7. a\n8. b"),
        ("- a\n\n- b", "- a\n- b"),
        ("1. a\n   - b\n     1. c", "1. a\n   - b\n     1. c"),
        ("a\n\n---\n\nb", "a\n\n────────────\n\nb"),
        ("> a\n> > b\n>\n> c", "> a\n> b\n> \n> c"),
        ("![a cat](https://x.y/c.png)", "[a cat](https://x.y/c.png)"),
        ("![](https://x.y/c.png)", "[image](https://x.y/c.png)"),
        ("![a cat](data:image/png;base64,AAAA)", "a cat"),
        ('a <img src="https://x.y/a b|c" alt="w">', "a [w](https://x.y/a%20b%7Cc)"),
        ('a <img src="https://x.y" alt="https://q.r">', "a https://q.r (<https://x.y>)"),
        ("[![badge](https://x.y/b.svg)](https://x.y)", "[badge](https://x.y)"),
        ("[file](./a.md)", "file (`./a.md`)"),
        ("[https://good.com](https://evil.com)", "https://good.com (<https://evil.com>)"),
        ("[https://x.y](https://x.y)", "<https://x.y>"),
        ("[a](https://x.y/(z) \"t\")", "[a](https://x.y/(z) \"t\")"),
        ("__init__ and _it_", "**init** and _it_"),
        ("a || b || c, `a || b`", "a \\|\\| b \\|\\| c, `a || b`"),
        ("one  \ntwo\\\nthree", "one\ntwo\nthree"),
        ("&lt;b&gt; &amp; &copy; &#42;", "\\<b\\> & © \\*"),
        ("a<br>b <kbd>Ctrl</kbd> List<int> <!-- no -->", "a\nb Ctrl List<int>"),
        ("<details><summary>More</summary>\n\ntext\n\n</details>", "More\n\ntext"),
        ("<https://x.y/a_b> <me@x.y>", "<https://x.y/a_b> me@x.y"),
        ("```x```, ``a`b``", "`x`, ``a`b``"),
        ("~~~c++ title=\"x\"\na\n~~~", "```c++\na\n```"),
        ("    a\n    b", "```\na\nb\n```"),
        ("````md\n```\n````", "```md\n`\u200b`\u200b`\n```"),
        ("```\n```", "```\n \n```"),
        ("see[^1]\n\n[^1]: a note", "see\\[1\\]\n\n-# \\[1\\] a note"),
        ("[a][1] [b]\n\n[1]: https://x.y\n[b]: https://b.c",
         "[a](https://x.y) [b](https://b.c)\n\n-# \\[1\\] <https://x.y>\n-# \\[b\\] <https://b.c>"),
        ("- a\n  ```py\n  x\n\n  y\n  ```\n  b", "- a\n  ```py\n  x\n\n  y\n  ```\n  b"),
        ("- > a\n\n  b", "- > a\n\n  b"),
    ],
)  # fmt: skip
def test_what_discord_lacks_becomes_what_it_has(said: str, out: str) -> None:
    """Every construct that Discord does not render is put into one that it does."""
    assert written(said) == out


def test_a_table_becomes_even_text() -> None:
    """Columns are even also where characters take two columns or none, and numbers keep right."""
    said = (
        "Look:\n\n| Name | Size |\n|:-----|-----:|\n| **a** | 1 |\n| 漢字 | `100` |\n"
        "| 👩‍👩‍👧‍👦 | 7 |\n| e\u0301te\u0301 | 22 |\n\nThere."
    )
    out = written(said).split("\n")
    assert out[:2] + out[-2:] == ["Look:", "", "", "There."]
    assert out[2:6] == ["```", "Name  Size", "----  ----", "a        1"]
    assert {width(line) for line in out[3:-3]} == {10}


def test_the_links_of_a_table_stand_under_it() -> None:
    """Code has no links: they follow in small text."""
    out = written(
        "| a |\n|---|\n| [x](https://x.y) |\n| ![p](https://p.q) |\n| <img src=//x alt=h> |"
    )
    assert out == "```\na\n-\nx\np\nh\n```\n-# [x](https://x.y) · [p](https://p.q)"
    out = written('| a |\n|---|\n| <img src="https://p.q/r s" alt="p"> |')
    assert out == "```\na\n-\np\n```\n-# [p](https://p.q/r%20s)"


def test_a_wide_table_is_wrapped_within_its_columns() -> None:
    """No line of a table is wider than Discord shows it on a desktop, and no word is lost."""
    words = " ".join(f"word{number}" for number in range(40))
    out = written(f"| a | b |\n|---|---|\n| {words} | {words} |\n| x | y |")
    assert max(map(width, out.split("\n"))) <= WIDEST
    assert all(out.count(f"word{number}") >= 2 for number in range(40))


def test_a_table_that_is_cut_repeats_its_header() -> None:
    """Each message with a part of a table begins with the table's header."""
    rows = "".join(f"| row {number} | {'v' * 20} |\n" for number in range(200))
    parts = split(f"| Name | Value |\n|---|---|\n{rows}", TEXT_LIMIT, dialect=DISCORD)
    assert len(parts) > 3
    for part in parts:
        assert part.startswith("```\nName     Value\n-------  -----")
        assert part.endswith("\n```")
        assert len(part) <= TEXT_LIMIT
    assert "".join(parts).count("row ") == 200


def test_a_list_that_goes_on_goes_on_counting() -> None:
    """The numbers of a list are right in every message."""
    text = "\n".join(f"1. {'word ' * 30}" for _ in range(40))
    parts = split(text, TEXT_LIMIT, dialect=DISCORD)
    numbers = [int(line.partition(".")[0]) for part in parts for line in part.split("\n")]
    assert numbers == list(range(1, 41))


@given(text=st.one_of(markdown, endless, with_html))
@settings(max_examples=60)
def test_all_that_was_said_can_be_read(text: str) -> None:
    """What Discord is given shows the same words as the text, in the same order."""
    assert seen(written(text), counts=True) == seen(text, counts=True)


labels = st.sampled_from(["1", "a", "Мир", "see *x*"])


@given(
    uses=st.lists(st.tuples(plain, labels), min_size=1, max_size=8),
    before=markdown,
    is_first=st.booleans(),
)
@settings(max_examples=40)
def test_links_by_reference_have_their_address(
    uses: list[tuple[str, str]], before: str, *, is_first: bool
) -> None:
    """Wherever it stands, a link by reference leads where it should, and its address is listed."""
    known = {
        label: f"https://x.y/{at}" for at, label in enumerate(sorted({each[1] for each in uses}))
    }
    links = "\n\n".join(f"[{words}][{label}]" for words, label in uses)
    defined = "\n".join(f"[{label}]: {address}" for label, address in known.items())
    shown = written("\n\n".join([defined, before, links] if is_first else [links, before, defined]))
    for words, label in uses:
        assert f"[{words}]({known[label]})" in shown
    for label, address in known.items():
        assert f"-# \\[{label}\\] <{address}>" in shown


@given(text=st.one_of(markdown, anything, endless, with_html))
@settings(max_examples=80)
def test_writing_it_twice_changes_nothing(text: str) -> None:
    """What is in Discord's Markdown already stays as it is."""
    once = written(text)
    assert written(once) == once


@given(
    text=st.one_of(markdown, anything, endless, with_html),
    ends=places,
    limit=st.sampled_from([200, TEXT_LIMIT]),
)
@settings(max_examples=60)
def test_it_grows_without_a_jump(text: str, ends: list[int], limit: int) -> None:
    """At every moment no message is too long and all code has its end; so it is in the end."""
    text = sendable(text)
    answer = GrowingAnswer(limit, DISCORD, appends_only=False)
    for begun in [*cuts(text, ends), None]:
        parts = answer.whole(text) if begun is None else answer.so_far(begun)
        assert all(len(part) <= limit for part in parts)
        assert not any(open_fences(part) for part in parts)
        assert not any(part.count("```") % 2 for part in parts)
    assert parts == split(text, limit, dialect=DISCORD)
