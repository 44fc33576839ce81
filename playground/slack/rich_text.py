"""What a person typed, as Slack sends it on: escaped text with references, and rich text blocks."""

import re
import secrets
from collections.abc import Iterator, Mapping
from itertools import groupby

from playground.payload import Payload

_REFERENCE = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_ITEM = re.compile(r"(?:• |\d{1,3}\. )")
_INLINE = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|(?P<reference><[^<>\n]+>)"
    r"|(?P<emoji>:[a-z0-9_+'-]+:(?::skin-tone-[2-6]:)?)"
    r"|(?<!\w)(?P<bold>\*[^\s*](?:[^*\n]*[^\s*])?\*)(?!\w)"
    r"|(?<!\w)(?P<italic>_[^\s_](?:[^_\n]*[^\s_])?_)(?!\w)"
    r"|(?<!\w)(?P<strike>~[^\s~](?:[^~\n]*[^\s~])?~)(?!\w)"
)
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
    return [
        {"type": "rich_text", "block_id": new_block_id(), "elements": list(_parts(text))},
    ]


def new_block_id() -> str:
    """Return an id for a block that came without one."""
    return secrets.token_urlsafe(4)[:5]


def _parts(text: str) -> Iterator[Payload]:
    """Yield the sections, lists, quotes and code blocks of a text."""
    at = 0
    for fence in _FENCE.finditer(text):
        yield from _lines(text[at : fence.start()].removesuffix("\n"))
        code = [{"type": "text", "text": _plain(_REFERENCE.sub(_as_typed, fence[1]))}]
        yield {"type": "rich_text_preformatted", "elements": code, "border": 0}
        at = fence.end()
    rest = text[at:]
    yield from _lines(rest.removeprefix("\n") if at else rest)


def _lines(text: str) -> Iterator[Payload]:
    if not text:
        return
    for kind, group in groupby(text.split("\n"), key=_kind):
        lines = list(group)
        match kind:
            case "quote":
                said = "\n".join(line.removeprefix("&gt;").removeprefix(" ") for line in lines)
                yield {"type": "rich_text_quote", "elements": _inline(said)}
            case "bullet" | "ordered":
                yield {
                    "type": "rich_text_list",
                    "style": kind,
                    "indent": 0,
                    "border": 0,
                    "elements": [
                        {"type": "rich_text_section", "elements": _inline(_ITEM.sub("", line))}
                        for line in lines
                    ],
                }
            case _:
                yield {"type": "rich_text_section", "elements": _inline("\n".join(lines))}


def _kind(line: str) -> str:
    if line.startswith("&gt;"):
        return "quote"
    if (item := _ITEM.match(line)) is not None:
        return "bullet" if item[0].startswith("•") else "ordered"
    return ""


def _inline(text: str, style: Payload | None = None) -> list[Payload]:
    """Return the elements of a line: text with its style, references and emoji."""
    elements: list[Payload] = []
    at = 0
    for match in _INLINE.finditer(text):
        name = str(match.lastgroup)
        if name == "emoji" and emoji_named(match["emoji"].strip(":")) is None:
            continue
        if match.start() > at:
            elements.append(_text(text[at : match.start()], style))
        at = match.end()
        match name:
            case "code":
                elements.append(_text(match["code"].strip("`"), {**(style or {}), "code": True}))
            case "reference":
                elements.append(_element(match["reference"], style))
            case "emoji":
                elements.append(_emoji(match["emoji"]))
            case _:
                elements += _inline(match[name][1:-1], {**(style or {}), name: True})
    if at < len(text):
        elements.append(_text(text[at:], style))
    return elements


def _text(text: str, style: Payload | None) -> Payload:
    return {"type": "text", "text": _plain(text), **({"style": style} if style else {})}


def _emoji(shortcode: str) -> Payload:
    name, _, tone = shortcode.strip(":").partition("::skin-tone-")
    character = emoji_named(name) or ""
    points = [f"{ord(point):x}" for point in character if point != "\ufe0f"]
    element: Payload = {"type": "emoji", "name": name}
    if tone:
        element["skin_tone"] = int(tone)
        points.insert(1, f"{0x1F3F9 + int(tone):x}")
    return {**element, "unicode": "-".join(points)}


def _element(reference: str, style: Payload | None) -> Payload:
    match = _REFERENCE.fullmatch(reference)
    sign, name, label = match.groups() if match is not None else ("", reference, None)
    dressed: Payload = {"style": style} if style else {}
    match sign:
        case "@":
            return {"type": "user", "user_id": name, **dressed}
        case "#":
            return {"type": "channel", "channel_id": name, **dressed}
        case "!" if name.startswith("subteam^"):
            return {"type": "usergroup", "usergroup_id": name.removeprefix("subteam^")}
        case "!" if name.startswith("date^"):
            _, timestamp, written, *_ = name.split("^")
            return {
                "type": "date",
                "timestamp": int(timestamp),
                "format": written,
                "fallback": label or "",
            }
        case "!":
            return {"type": "broadcast", "range": name}
    link: Payload = {"type": "link", "url": _plain(name)}
    return {**link, **({"text": _plain(label)} if label else {}), **dressed}


def emoji_named(name: str) -> str | None:
    """Return the emoji with one of Slack's names; ``None`` where it is not known.

    Args:
        name: without its colons.
    """
    import emoji  # its tables are only wanted where there is a shortcode

    found = emoji.emojize(f":{name}:", language="alias")
    return None if found == f":{name}:" else found


def _as_typed(match: re.Match[str]) -> str:
    return match[3] or match[2]


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
