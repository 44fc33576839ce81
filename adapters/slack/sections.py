"""Short Markdown where Slack renders only its own markup: in modals and the app's Home.

https://docs.slack.dev/messaging/formatting-message-text/: `markdown` blocks are for messages.
"""

from __future__ import annotations

import re
from typing import Any

from adapters.slack.mrkdwn import escaped

LONGEST_SECTION = 3_000

_FENCE = re.compile(
    r"^(`{3,})[^`\n]*\n(?P<code>.*?)(?:^\1`*[ \t]*$\n?|\Z)", re.MULTILINE | re.DOTALL
)
_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<address>https?://[^\s()<>|]+)\)"
    r"|\*\*(?P<bold>\S(?:[^\n]*?\S)?)\*\*"
    r"|(?<![\w*])\*(?P<star>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|~~(?P<strike>\S(?:[^\n]*?\S)?)~~"
)
_HEADING = re.compile(r"^#{1,6} +(.+?)(?: +#+)?$", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[-*+] +", re.MULTILINE)


def section(markdown: str) -> dict[str, Any]:
    """A block that says something.

    Args:
        markdown: what, standard Markdown, not empty; what is too long is cut.
    """
    return section_of(marked_up(markdown))


def section_of(markup: str) -> dict[str, Any]:
    """A block that says something.

    Args:
        markup: Slack's own, not too long.
    """
    return {"type": "section", "text": _mrkdwn(markup)}


def context(markup: str) -> dict[str, Any]:
    """A block in small letters.

    Args:
        markup: Slack's own; cut where it is too long.
    """
    return {"type": "context", "elements": [_mrkdwn(markup[:LONGEST_SECTION])]}


def marked_up(markdown: str) -> str:
    """Short Markdown in Slack's own markup, at most as long as a section may be.

    Args:
        markdown: standard Markdown.
    """
    if len(markdown) > LONGEST_SECTION:
        markdown = f"{markdown[: LONGEST_SECTION - 1]}…"
    marked = _marked_up(markdown)
    while len(marked) > LONGEST_SECTION:
        markdown = markdown[: len(markdown) * LONGEST_SECTION // (len(marked) + 99)].rstrip()
        marked = _marked_up(f"{markdown}…")
    return marked


def _mrkdwn(markup: str) -> dict[str, Any]:
    # Verbatim: nothing but what is marked becomes a link.
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def _marked_up(markdown: str) -> str:
    parts: list[str] = []
    at = 0
    for fence in _FENCE.finditer(markdown):
        parts.append(_lines(markdown[at : fence.start()]))
        parts.append(f"```\n{escaped(fence['code']).rstrip()}\n```\n")
        at = fence.end()
    parts.append(_lines(markdown[at:]))
    return "".join(parts).strip()


def _lines(markdown: str) -> str:
    markdown = _HEADING.sub(lambda heading: f"**{heading[1].replace('**', '')}**", markdown)
    return _inline(_BULLET.sub(r"\1• ", markdown))


def _inline(markdown: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _INLINE.finditer(markdown):
        parts.append(escaped(markdown[at : found.start()]))
        at = found.end()
        match found.lastgroup:
            case "ticks" | "code":
                parts.append(f"`{escaped(found['code'].strip())}`")
            case "address":
                parts.append(f"<{escaped(found['address'])}|{escaped(found['label'])}>")
            case "bold":
                parts.append(f"*{_inline(found['bold'])}*")
            case "star":
                parts.append(f"_{_inline(found['star'])}_")
            case _:
                parts.append(f"~{_inline(found['strike'])}~")
    parts.append(escaped(markdown[at:]))
    return "".join(parts)
