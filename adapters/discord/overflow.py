"""What is left of an answer that is too long for messages: a file."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST_MESSAGES = 5
"""How many messages an answer may take; what is beyond goes up as a file."""

FILE_NAME = "answer.md"

_CLOSING = re.compile(r"\n(`{3,}|~{3,})\Z")
_OPENING = re.compile(r"\A {0,3}(`{3,}|~{3,})[^\n]*\n")


def rest_of(parts: Sequence[str]) -> str:
    """The parts for which there is no message, put together again; empty where there are none.

    Args:
        parts: of the whole answer, as `bot.splitting` cut it.
    """
    rest = ""
    for part in parts[MOST_MESSAGES:]:
        rest = _joined(rest, part) if rest else part
    return rest


def _joined(before: str, after: str) -> str:
    # A fence that went on was closed and opened again at the cut.
    closing, opening = _CLOSING.search(before), _OPENING.match(after)
    if closing and opening and closing[1] == opening[1] and _is_open_before(before, closing):
        return f"{before[: closing.start()]}\n{after[opening.end() :]}"
    return f"{before}\n\n{after}"


def _is_open_before(text: str, closing: re.Match[str]) -> bool:
    marker = re.compile(rf"^ {{0,3}}{re.escape(closing[1])}", re.MULTILINE)
    return len(marker.findall(text[: closing.start()])) % 2 == 1
