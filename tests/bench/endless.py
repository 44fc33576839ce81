"""What it costs the bot to make messages of one more piece of a block that does not end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import count

from markdown_it import MarkdownIt

from tests.bench.rendering import LENGTH, LIMIT_MS, PLATFORMS, Platform, pieces
from tests.bench.result import Judged, Result

_MEASURED = 1_500
"""Characters of each text after the length from which on pieces are measured."""

_DENSE = "The **lock** is held by `main` while _it_ waits, see [docs](https://example.org/a). "


def _text(begin: str, more: Callable[[int], str]) -> str:
    pieces = [begin]
    size = len(begin)
    for number in count():
        if size >= LENGTH + _MEASURED:
            break
        pieces.append(more(number))
        size += len(pieces[-1])
    return "".join(pieces)[: LENGTH + _MEASURED]


TEXTS: Mapping[str, str] = {
    "paragraph of one line": _text("", lambda _: _DENSE),
    "paragraph of many lines": _text("", lambda _: f"{_DENSE.strip()}\n"),
    "line without spaces": _text("", lambda _: "mutex"),
    "line without spaces, Chinese": _text("", lambda _: "互斥锁的"),
    "list": _text("", lambda at: f"{at + 1}. {_DENSE}\n"),
    "nested list": _text("- top\n  - inner\n", lambda at: f"    {at + 1}. {_DENSE}\n"),
    "item of many paragraphs": _text("- top\n\n", lambda _: f"  {_DENSE}\n\n"),
    "code in an item": _text("- top\n\n  ```py\n", lambda at: f"  x{at} = compute({at})\n"),
    "code": _text("```py\n", lambda at: f"x{at} = compute({at})\n"),
    "code of one line": _text("```\n", lambda _: "x = 1; "),
    "table": _text(
        "| a | b | c |\n|---|--:|---|\n", lambda at: f"| row {at} | **{at}** | `x{at}` |\n"
    ),
    "quote": _text("", lambda _: f"> {_DENSE}\n"),
    "list in a quote": _text("", lambda at: f"> {at + 1}. {_DENSE}\n"),
    "HTML": _text("<div>\n", lambda at: f"<p>part <b>{at}</b> of text</p>\n"),
    "entities and tags": _text("", lambda _: "a&nbsp;b<br>c <kbd>D</kbd> "),
    "brackets that stay open": _text("", lambda _: "[a "),
    "asterisks that stay open": _text("", lambda _: "*a "),
}
"""One block each, from its beginning to its end."""


def measure() -> Iterator[Result]:
    """Take each block on each platform, as far beyond the length as is measured."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for name, text in TEXTS.items():
        started = time.thread_time()
        parser.parse(text[:LENGTH])
        reference = (time.thread_time() - started) * 1_000
        for platform in PLATFORMS:
            yield _result(platform, name, sorted(pieces(text, platform, LENGTH)), reference)


def _result(platform: Platform, name: str, took: list[float], reference: float) -> Result:
    return Result(
        name=f"{platform.name}, {name}: rendering of a piece",
        unit="ms",
        value=sum(took) / len(took),
        reference=reference,
        limit=LIMIT_MS,
        judged=Judged.VALUE_AT_MOST,
        note=(
            f"beside reading all {LENGTH:,} characters once; 95 of 100 under "
            f"{took[len(took) * 95 // 100]:.2f}, the longest {took[-1]:.2f} ms"
        ),
    )
