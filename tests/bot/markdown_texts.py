"""Markdown to test with, and what people see of Markdown, found by the parser alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import unescape
from pathlib import Path

from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.markdown.html import NAMES

ANSWERS = sorted((Path(__file__).parents[1] / "corpus" / "answers").glob("*.md"))
"""Answers in several scripts."""

LONG_ANSWERS = sorted((Path(__file__).parents[1] / "corpus" / "long").glob("*.md"))
"""Answers of more than 20,000 characters: blocks without end, many scripts, all constructs."""

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
tagged = st.one_of(
    st.builds("<b>{}</b>".format, plain),
    st.builds("a<br>{}<br/>".format, word),
    st.builds("<!-- {} -->{}".format, word, word),
    st.builds('<a href="{}">{}</a>'.format, address, plain),
    st.builds('<img src="{}" alt="{}">'.format, address, word),
    st.builds("{}<sup>{}</sup> List<int> <unknown {}>".format, word, word, word),
)
entity = st.sampled_from(
    ["&lt;b&gt;", "&copy;", "&#35; a", "&amp;lt;", "&nbsp;&nbsp;x", "&#x1F99E;"]
)
markup = st.lists(st.one_of(tagged, entity, inline), min_size=1, max_size=6).map(" ".join)
html_block = st.one_of(
    st.builds("<details><summary>{}</summary>\n\n{}\n\n</details>".format, plain, markup),
    st.builds("<div>\n<p>{} <i>{}</i>\n</div>".format, plain, word),
    st.builds("<table><tr><td>{}</td><td>{}</td></tr></table>".format, word, word),
    st.builds("<!-- {}\n{} -->".format, plain, word),
)
"""HTML and entities: what they say is what a browser would show, with addresses after words."""

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


def _held(text: str, holders: Iterable[str]) -> str:
    """Blocks within quotes and items, the innermost first."""
    for mark in holders:
        room = mark if mark == "> " else " " * len(mark)
        first, *rest = text.split("\n")
        inner = [room + line if line or mark == "> " else line for line in rest]
        text = "\n".join([mark + first, *inner])
    return text


_many_rows = st.builds(
    "| {} | {} |\n|---|--:|\n{}".format,
    word,
    word,
    st.lists(row, min_size=30, max_size=90).map("\n".join),
)
_many_lines = st.builds(
    "{0}py\n{1}\n{0}".format,
    st.sampled_from(["```", "~~~~"]),
    st.lists(st.sampled_from(["x = 1", "", "    y = [z](z)", "| a |"]), min_size=60, max_size=200)
    .map("\n".join),
)  # fmt: skip
_much_prose = st.lists(inline, min_size=30, max_size=120).flatmap(
    lambda pieces: st.sampled_from([" ", "\n"]).map(lambda joint: joint.join(pieces))
)
_many_items = st.lists(paragraph, min_size=8, max_size=30).flatmap(
    lambda texts: st.sampled_from([0, 1, 7]).map(
        lambda first: "\n".join(
            f"{first + number}. {text}" if first else f"- {text}"
            for number, text in enumerate(texts)
        )
    )
)
_much_html = st.lists(
    st.builds("<p>{} <b>{}</b></p>".format, plain, word), min_size=20, max_size=60
).map(lambda lines: "\n".join(["<div>", *lines, "</div>"]))
_without_spaces = st.builds("".join, st.lists(word, min_size=200, max_size=500))
_much = st.one_of(
    _many_rows, _many_lines, _much_prose, _many_items, _without_spaces,
    st.lists(block, min_size=12, max_size=30).map("\n\n".join),
)  # fmt: skip
_held_html = st.builds(
    _held, html_block, st.lists(st.sampled_from(["- ", "> "]), min_size=1, max_size=2)
)
with_html = st.lists(
    st.one_of(
        markup,
        html_block,
        st.builds("- {}".format, markup),
        st.builds("> {}".format, markup),
        st.builds("| a |\n|---|\n| {} |".format, tagged),
        _held_html,
    ),
    min_size=1,
    max_size=6,
).map("\n\n".join)  # fmt: skip
"""Paragraphs, items, quotes and tables with HTML in them."""

endless = st.builds(
    "{}\n\n{}\n\n{}".format,
    paragraph,
    st.builds(_held, _much, st.lists(st.sampled_from(["- ", "1. ", "10. ", "> "]), max_size=3)),
    block,
)
"""One block that is much longer than what is read at once, by itself and within others."""

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


PAYLOADS = (
    "> > ```\n> > a\n> > \n> > b\n> > ```",
    "- > ```\n  > a\n  > \n  > \n  > b\n  > ```",
    ">```\n >>",
    ">>```\n>1",
    "> ```\n> a\n>",
    "- a\n\n  | b | c |\n  |---|--:|\n\n\n  d",
    "-\np",
    "- 1.\n  ---",
    "___\n+",
    "```\nx <@U1>\n```",
    "```\nx<!here",
    "    <!~ <!here",
    "é<!--<!--:-->",
    "<!-->-->",
    "<b>~~~",
    "<b># a",
    "n\n    ~~~",
    "x| |\n    -|-\n1| |a",
    "`\n<```",
    "<br>```",
    "><br>é",
    'a|\n-|\n<img src="https://x.y">',
    'a|\n-|\n<img src="https://" alt="w"> <img src=http://||> <img src=/c.png alt=[>',
    'a <img src="https://x.y/a b" alt="https://q.r"> b <img src="http://]">',
    "- > - a\n  >\n  >   1. b\n  >      ```py\n" + "  >      x = 1\n" * 60,
    "\x85#",
    "# [Foo]\n[foo]: /url\n> bar",
    "> 10. - ~~~~py\n" + ">       x = 1\n" * 60,
    "- - 10. | a | b |\n        |---|--:|\n" + "        | **c** | `d` |\n" * 40,
    ">" * 400 + " a b" * 300,
    "> - - " + "👩\u200d👩\u200d👧\u200d👦é" * 200,
    "10. > " + "[a **b " * 300,
    "| x " * 200 + "\n" + "|---" * 200,
    '<a href="https://x.y">' + "a b " * 400 + "</a>",
    "word " * 90 + "[one\ntwo](https://x.y) " + "word " * 90 + "  \n" + "word " * 90,
)
"""What was read or written wrongly once."""


def cuts(text: str, places: Iterable[int]) -> list[str]:
    """The beginnings of a text, as they are there one after the other.

    Args:
        text: the whole.
        places: where it is cut, in any order.
    """
    ends = sorted({min(place, len(text)) for place in places})
    return [text[:end] for end in ends]


# --- what people see --------------------------------------------------------------------------


def seen(*texts: str, joins_tables: bool = False, counts: bool = False) -> str:
    """The letters, digits and signs that a reader gets, in order.

    Marks, spaces and punctuation count as nothing: what a mark that was cut in two looks like is
    no matter here. An address counts after the words that lead to it.

    Args:
        texts: Markdown, one a message.
        joins_tables: whether a table with the header of the one before it counts as its rest.
        counts: whether a list's item has the number that it is shown with, not that which it says.
    """
    found: list[str] = []
    before: list[str] = []
    for text in texts:
        tokens = _PARSER.parse(text)
        if counts:
            _count(tokens)
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


def _count(tokens: Sequence[Token]) -> None:
    """Give each item of an ordered list the number that it is shown with."""
    numbers: list[int] = []
    for token in tokens:
        match token.type:
            case "ordered_list_open":
                numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_open":
                numbers.append(-1)
            case "list_item_open" if numbers[-1] >= 0:
                token.info = str(numbers[-1])
                numbers[-1] += 1
            case "ordered_list_close" | "bullet_list_close":
                numbers.pop()


_MARKS = frozenset("`~|<>^+=$☐☑─")
_BOX = re.compile(r"\[[ xX]\](?=\s|$)")


def _of_html(source: str, anchors: list[str]) -> Iterable[str]:
    """What a browser shows of HTML, and addresses; what is no tag that it knows stays as it is."""
    at = 0
    for tag in _TAG.finditer(source):
        yield unescape(source[at : tag.start()])
        at = tag.end()
        values = dict(_VALUE.findall(tag[0]))
        match (tag["name"] or "").lower(), bool(tag["closes"]):
            case "", _:
                pass
            case "a", False:
                anchors.append(values.get("href", ""))
            case "a", True:
                yield anchors.pop() if anchors else ""
            case "img", _:
                src = values.get("src", "")
                yield values.get("alt") or "image"
                yield src if src.startswith(("http://", "https://")) else ""
            case name, _ if name not in NAMES:
                yield tag[0]
    yield unescape(source[at:])


_TAG = re.compile(r"<!---?>|<!--.*?-->|<(?P<closes>/?)(?P<name>[a-zA-Z]\w*)[^<>]*>", re.DOTALL)
_VALUE = re.compile(r'(\w+)="([^"]*)"')


def _visible(tokens: Sequence[Token]) -> Iterable[str]:
    addresses: list[str] = []
    anchors: list[str] = []
    for token in tokens:
        match token.type:
            case "list_item_open":
                yield token.info
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
            case "html_inline" | "html_block":
                yield from _of_html(token.content, anchors)
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
