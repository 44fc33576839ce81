"""Slack's markup as it comes in, turned into standard Markdown.

https://docs.slack.dev/messaging/formatting-message-text/
"""

from __future__ import annotations

import re

from adapters.slack.emoji_names import spelled
from adapters.slack.known import Known

OURS = "\ue000"
"""Stands where our own mention was, until the spaces around it are put right."""

_FENCE = re.compile(r"```(?P<code>.+?)```", re.DOTALL)
_INLINE = re.compile(
    r"(?P<code>`[^`\n]+`)"
    r"|(?P<markup><[^<>\n]{1,3000}>)"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])"
)
_QUOTED = re.compile(r"^(?:&gt;)+ ?", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[•◦▪‣] +", re.MULTILINE)
_OURS = re.compile(rf"([^\S\n]*){OURS}([^\S\n]*)")
_BACKTICKS = re.compile("`+")
_SAFE_ADDRESS = re.compile(r"[^\s()<>]+")


def readable(markup: str, known: Known, *, bot_user: str = "") -> str:
    """The text as Markdown, as a person would read it.

    Args:
        markup: as Slack writes it.
        known: what ids stand for.
        bot_user: our own user id; mentions of it are taken out.
    """
    markup = markup.replace(OURS, "")
    parts: list[str] = []
    at = 0
    for fence in _FENCE.finditer(markup):
        before = _lines(markup[at : fence.start()], known, bot_user)
        parts.append(before if not before or before.endswith("\n") else f"{before}\n")
        parts.append(fenced(_verbatim(fence["code"])))
        at = fence.end()
        if at < len(markup) and markup[at] != "\n":
            parts.append("\n")
    parts.append(_lines(markup[at:], known, bot_user))
    return without_ours("".join(parts)).strip()


def without_ours(text: str) -> str:
    """The text with our own mention taken out, and no gap where it was.

    Args:
        text: with `OURS` where it stood.
    """
    return _OURS.sub(lambda found: " " if found[1] and found[2] else found[1] or "", text)


def fenced(code: str, language: str = "") -> str:
    """A code block, whatever is in it.

    Args:
        code: its lines.
        language: its syntax; may be empty.
    """
    longest = max((len(run) for run in _BACKTICKS.findall(code)), default=0)
    fence = "`" * max(3, longest + 1)
    inner = code.strip("\n")
    return f"{fence}{language}\n{inner}\n{fence}"


def code_span(code: str) -> str:
    """Code in a line, whatever is in it.

    Args:
        code: without a line's end.
    """
    longest = max((len(run) for run in _BACKTICKS.findall(code)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{fence}{pad}{code}{pad}{fence}"


def link(address: str, label: str) -> str:
    """A link.

    Args:
        address: where it leads.
        label: what it says; a link that says its own address is the address alone.
    """
    bare = address.removeprefix("mailto:")
    if not label or label in {address, bare} or address.endswith(f"://{label}"):
        return bare
    target = address if _SAFE_ADDRESS.fullmatch(address) else f"<{address.replace('>', '%3E')}>"
    return f"[{label.replace('[', '(').replace(']', ')')}]({target})"


def person(user: str, label: str, known: Known, bot_user: str) -> str:
    """A mention of a person.

    Args:
        user: the id.
        label: what the message calls them; may be empty.
        known: what ids stand for.
        bot_user: our own id.
    """
    if user == bot_user and user:
        return OURS
    return f"@{known.people.get(user) or label.removeprefix('@') or user}"


def channel(channel_id: str, label: str, known: Known) -> str:
    """A mention of a channel.

    Args:
        channel_id: the id.
        label: what the message calls it; may be empty.
        known: what ids stand for.
    """
    return f"#{label or known.channels.get(channel_id) or channel_id}"


def group(group_id: str, label: str, known: Known) -> str:
    """A mention of a user group.

    Args:
        group_id: the id.
        label: what the message calls it; may be empty.
        known: what ids stand for.
    """
    return f"@{label.removeprefix('@') or known.groups.get(group_id) or group_id}"


def escaped(text: str) -> str:
    """Plain text for a place where Slack reads markup: nothing in it means anything."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(markup: str) -> str:
    """What escaped text says."""
    return markup.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _lines(markup: str, known: Known, bot_user: str) -> str:
    markup = _QUOTED.sub("&gt; ", markup)
    return _inline(_BULLET.sub(r"\1- ", markup), known, bot_user)


def _inline(markup: str, known: Known, bot_user: str) -> str:
    parts: list[str] = []
    at = 0
    for found in _INLINE.finditer(markup):
        parts.append(unescaped(spelled(markup[at : found.start()])))
        at = found.end()
        match found.lastgroup:
            case "code":
                parts.append(code_span(_verbatim(found["code"][1:-1])))
            case "markup":
                parts.append(_reference(found["markup"][1:-1], known, bot_user))
            case "bold":
                parts.append(f"**{_inline(found['bold'], known, bot_user)}**")
            case _:
                parts.append(f"~~{_inline(found['strike'], known, bot_user)}~~")
    parts.append(unescaped(spelled(markup[at:])))
    return "".join(parts)


def _verbatim(markup: str) -> str:
    """What stands in code: Slack marks addresses there as well."""
    return unescaped(
        re.sub(r"<([^<>\n|]{1,3000})(?:\|([^<>\n]*))?>", lambda found: found[2] or found[1], markup)
    )


def _reference(markup: str, known: Known, bot_user: str) -> str:
    target, _, label = markup.partition("|")
    target, label = unescaped(target), unescaped(label)
    match target[:1]:
        case "@":
            return person(target[1:], label, known, bot_user)
        case "#":
            return channel(target[1:], label, known)
        case "!":
            return _special(target[1:], label, known)
    return link(target, label)


def _special(what: str, label: str, known: Known) -> str:
    name, _, rest = what.partition("^")
    match name:
        case "date":
            return label or what
        case "subteam":
            return group(rest, label, known)
    return "@" + (label or name).removeprefix("@")
