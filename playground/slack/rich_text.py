"""What a person typed, as Slack sends it on: escaped text with references, and rich text blocks."""

import re
import secrets
from collections.abc import Mapping

from playground.payload import Payload

_REFERENCE = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_TYPED = re.compile(
    r"(?P<url>https?://[^\s<>]+[^\s<>.,;:!?)\]'\"])|(?P<sign>[@#])(?P<name>[\w.-]+)"
)


def encode(typed: str, users: Mapping[str, str], channels: Mapping[str, str]) -> str:
    """Turn what was typed into Slack's text: escapes, ``<@U…>``, ``<#C…|name>`` and ``<url>``.

    Args:
        typed: the text as the person sees it.
        users: ids by display name.
        channels: ids by channel name.
    """

    def reference(match: re.Match[str]) -> str:
        if url := match["url"]:
            return f"<{url}>"
        name = match["name"]
        if match["sign"] == "@":
            if name in ("here", "channel", "everyone"):
                return f"<!{name}>"
            # A full stop or a dash behind a name is the sentence's.
            known = name if name in users else name.rstrip(".-")
            rest = name[len(known) :]
            return f"<@{users[known]}>{rest}" if known in users else match[0]
        known = name if name in channels else name.rstrip(".-")
        rest = name[len(known) :]
        return f"<#{channels[known]}|{known}>{rest}" if known in channels else match[0]

    escaped = typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _TYPED.sub(reference, escaped)


def blocks_of(text: str) -> list[Payload]:
    """Return the rich text block that Slack adds to a person's message.

    Args:
        text: the message's text, as Slack writes it.
    """
    elements: list[Payload] = []
    at = 0
    for match in _REFERENCE.finditer(text):
        if match.start() > at:
            elements.append({"type": "text", "text": _plain(text[at : match.start()])})
        elements.append(_element(match))
        at = match.end()
    if at < len(text):
        elements.append({"type": "text", "text": _plain(text[at:])})
    return [
        {
            "type": "rich_text",
            "block_id": new_block_id(),
            "elements": [{"type": "rich_text_section", "elements": elements}],
        }
    ]


def new_block_id() -> str:
    """Return an id for a block that came without one."""
    return secrets.token_urlsafe(4)[:5]


def _element(match: re.Match[str]) -> Payload:
    sign, name, label = match.groups()
    match sign:
        case "@":
            return {"type": "user", "user_id": name}
        case "#":
            return {"type": "channel", "channel_id": name}
        case "!":
            return {"type": "broadcast", "range": name}
        case _:
            return {"type": "link", "url": name, **({"text": label} if label else {})}


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
