"""Markdown to test with, and what people see of Markdown, found by the parser alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

ANSWERS = sorted((Path(__file__).parents[1] / "corpus" / "answers").glob("*.md"))
"""Long answers in several scripts."""

_PARSER = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])

# --- texts ------------------------------------------------------------------------------------

WORDS = (
    "mutex", "the", "a", "lock", "naïve", "x1", "2nd", "锁", "互斥锁", "スレッド", "قفل", "الخيط",
    "מנעול", "תהליך", "ताला", "धागा", "🦞", "👩‍👩‍👧‍👦", "🇳🇿", "👍🏽", "é", "e\u0301", "ﷺ",
)  # fmt: skip
word = st.sampled_from(WORDS)
plain = st.lists(word, min_size=1, max_size=8).map(" ".join)
address = st.sampled_from(
    ["https://example.org/a", "https://example.org/a_b?c=d&e=f#g", "https://x.y/(z)"]
)
inline = st.one_of(
    plain,
    st.builds("**{}**".format, plain),
    st.builds("__{}__".format, plain),
    st.builds("*{}*".format, plain),
    st.builds("_{}_".format, plain),
    st.builds("***{}***".format, plain),
    st.builds("~~{}~~".format, plain),
    st.builds("`{}`".format, plain),
    st.builds("`` a`{} ``".format, word),
    st.builds("[{}]({})".format, plain, address),
    st.builds("![{}]({})".format, plain, address),
    st.builds("<{}>".format, st.sampled_from(["https://example.org/a", "https://x.y/b_c"])),
    st.sampled_from(
        ["2 * 3 * 4", "a_b_c", "*args", "[0]", "x < y", "a | b", "\\*", "&amp;", "3", "#"]
    ),
)
paragraph = st.lists(inline, min_size=1, max_size=6).map(" ".join)
heading = st.builds("{} {}".format, st.sampled_from(["#", "##", "###", "####"]), plain)
code = st.builds(
    "{0}{1}\n{2}\n{0}".format,
    st.sampled_from(["```", "````", "~~~"]),
    st.sampled_from(["", "python", "c++"]),
    st.lists(
        st.sampled_from(["x = 1", "", "    return **y**", "# no heading", "| a |"]), max_size=9
    ).map("\n".join),
)
cell = st.one_of(word, st.builds("**{}**".format, word), st.just("`c`"), st.just("1"))
row = st.builds("| {} | {} |".format, cell, cell)
table = st.builds(
    "| {} | {} |\n|---|--:|\n{}".format, word, word, st.lists(row, max_size=12).map("\n".join)
)
item = st.builds("{} {}".format, st.sampled_from(["-", "- [ ]", "- [x]"]), paragraph)
nested = st.one_of(
    st.builds("  - {}".format, paragraph),
    st.builds("\n  {}".format, plain),
    st.builds("  ```py\n  {}\n\n  {}\n  ```".format, plain, plain),
)
bullets = st.lists(st.one_of(item, nested), min_size=1, max_size=8).map("\n".join)
numbered = st.lists(paragraph, min_size=1, max_size=6).map(
    lambda texts: "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))
)
quote = st.lists(paragraph, min_size=1, max_size=4).map(
    lambda texts: "\n".join(f"> {text}" for text in texts)
)
block = st.one_of(paragraph, heading, code, table, bullets, numbered, quote, st.just("---"))
markdown = st.lists(block, min_size=1, max_size=9).map("\n\n".join)
"""All constructs, in several scripts."""

_PIECES = [
    "`", "```", "```py\n", "~~~", "*", "**", "_", "__", "~~", "[", "]", "](", ")", "(", "!", "![",
    "<", ">", "> ", "- ", "1. ", "#", "# ", "|", "|---|", "---", "\n", "\n\n", " ", "    ", "\t",
    "\\", "&", "&amp;", "&lt;", "@", "@here", "<!here>", "<@U1>", "https://x.y", "<br>", "<!--",
    "-->", ":", ".", "=", "===", "+", "[^1]", "[x] ", "||", "\r\n", "\0", *WORDS,
]  # fmt: skip
anything = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=40).map("".join),
    st.text(max_size=60),
)
"""Half and broken constructs, and any text at all."""


def cuts(text: str, places: Iterable[int]) -> list[str]:
    """The beginnings of a text, as they are there one after the other.

    Args:
        text: the whole.
        places: where it is cut, in any order.
    """
    ends = sorted({min(place, len(text)) for place in places})
    return [text[:end] for end in ends]


# --- what people see --------------------------------------------------------------------------


def seen(*texts: str, joins_tables: bool = False) -> str:
    """The letters, digits and signs that a reader gets, in order.

    Marks, spaces and punctuation count as nothing: what a mark that was cut in two looks like is
    no matter here. An address counts after the words that lead to it.

    Args:
        texts: Markdown, one a message.
        joins_tables: whether a table with the header of the one before it counts as its rest.
    """
    found: list[str] = []
    before: list[str] = []
    for text in texts:
        tokens = _PARSER.parse(text)
        at = 0
        while at < len(tokens):
            if tokens[at].type == "table_open":
                end = next(n for n in range(at, len(tokens)) if tokens[n].type == "thead_close")
                header = list(_visible(tokens[at:end]))
                found += [] if joins_tables and header == before else header
                before, at = header, end
            found += _visible(tokens[at : at + 1])
            at += 1
    return letters(" ".join(found))


def letters(text: str) -> str:
    """Text without spaces, punctuation and what has no looks of its own.

    Args:
        text: any.
    """
    return "".join(
        each for each in text if unicodedata.category(each)[0] in "LNS" and each not in _MARKS
    )


_MARKS = frozenset("`~|<>^+=$☐☑─")
_BOX = re.compile(r"\[[ xX]\](?=\s|$)")


def _visible(tokens: Sequence[Token]) -> Iterable[str]:
    addresses: list[str] = []
    for token in tokens:
        match token.type:
            case "link_open" if token.info != "auto":
                addresses.append(
                    str(token.attrs.get("href", "")) + str(token.attrs.get("title", ""))
                )
            case "link_open":
                addresses.append("")
            case "link_close":
                yield addresses.pop()
            case "image":
                yield from _visible(token.children or [])
                yield str(token.attrs.get("src", "")) + str(token.attrs.get("title", ""))
            case "inline":
                children = token.children or []
                if children and _BOX.match(children[0].content):
                    children[0].content = children[0].content[3:]
                yield from _visible(children)
            case _:
                yield token.content


@lru_cache(maxsize=4_000)
def open_fences(text: str) -> int:
    """How many code fences have no end.

    Args:
        text: Markdown.
    """
    lines = text.split("\n")
    count = 0
    for token in _PARSER.parse(text):
        if token.type == "fence" and token.map:
            begin, end = token.map
            last = re.sub(r"^[ \t>]*", "", lines[min(end, len(lines)) - 1]).strip()
            is_closed = (
                end - begin > 1
                and last.startswith(token.markup)
                and not last.strip(token.markup[0])
            )
            count += not is_closed
    return count
