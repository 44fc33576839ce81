"""Replies and posts as Discord's messages.

A message has 2,000 characters, which Discord counts as code points
(https://github.com/discord/discord-api-docs/issues/1315): the same as `len` does, so that no
character is ever cut in two. Tools and the footer are small text (`-# …`), and take what room
the answer leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.discord import phrases
from adapters.discord.buttons import button_rows
from adapters.discord.markup import one_line
from adapters.discord.overflow import FILE_NAME
from adapters.discord.tables import with_tables
from bot.keys import SessionKey
from bot.messages import Button, Post
from bot.ports import ToolLine, ToolState

LONGEST = 2_000
TEXT_LIMIT = 1_700
"""What the core may put into one message; the rest is for notice, footer and tools."""

_LONGEST_NOTICE = 600
_LONGEST_FOOTER = 120
_LONGEST_TOOL = 150
_TOOL_MARK = {ToolState.RUNNING: "…", ToolState.DONE: "✓", ToolState.FAILED: "✗"}
_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in "\\*_~`|<>[]"})
_SUPPRESS_EMBEDS = 1 << 2

SILENT: dict[str, Any] = {"parse": [], "replied_user": False}
"""`allowed_mentions` of all that the bot says: nobody is ever notified by it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What one message of a reply shall say.

    Args:
        text: standard Markdown.
        tools: the tools' lines.
        notice: the bot's own sentence.
        footer: model, time and cost.
        buttons: what can be pressed.
        rest: what goes up as a file.
    """

    text: str = ""
    tools: tuple[ToolLine, ...] = ()
    notice: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    rest: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        is_said = self.text.strip() or self.notice.strip()
        return not (is_said or self.tools or self.buttons)


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file that goes with a message.

    Args:
        name: what it is called.
        data: what is in it.
    """

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A message as it is created or changed.

    Args:
        content: Discord's Markdown.
        components: the buttons.
        files: what goes with it.
    """

    content: str
    components: list[dict[str, Any]] = field(default_factory=list)
    files: tuple[File, ...] = ()

    def saying(self, content: str) -> Rendered:
        """The same with another text."""
        return replace(self, content=content)

    def body(self) -> dict[str, Any]:
        """The fields that say so in a request."""
        return {
            "content": self.content,
            "components": self.components,
            "allowed_mentions": SILENT,
            "flags": _SUPPRESS_EMBEDS,
            "attachments": [
                {"id": number, "filename": file.name} for number, file in enumerate(self.files)
            ],
        }


def render_post(post: Post, key: SessionKey) -> Rendered:
    """A message of the bot's own.

    Args:
        post: what to say.
        key: the thread that it stands in.
    """
    return render(Content(text=post.text, buttons=post.buttons), key)


def render(content: Content, key: SessionKey) -> Rendered:
    """A message as a whole.

    Args:
        content: what it says.
        key: the thread that it stands in.
    """
    said = _cut(whole_characters(content.text).strip(), LONGEST)
    notice = _cut(whole_characters(content.notice).strip(), _LONGEST_NOTICE)
    footer = _small(content.footer, _LONGEST_FOOTER)
    # What Copilot said comes first, then what we say of it: tools are the first to give way.
    room = LONGEST - len(said)
    notice = _fitting(notice, room)
    room -= len(notice) + 2 * bool(notice)
    footer = footer if len(footer) + 1 <= room else ""
    room -= len(footer) + bool(footer)
    tools = _tool_lines(content.tools, room - 1)
    room -= len(tools) + bool(tools)
    said = with_tables(said, room)
    text = "\n".join(part for part in (tools, said) if part)
    text = "\n\n".join(part for part in (text, notice) if part)
    text = "\n".join(part for part in (text, footer) if part)
    files = (File(name=FILE_NAME, data=_utf8(content.rest)),) if content.rest else ()
    return Rendered(
        content=text or phrases.NO_ANSWER,
        components=button_rows(content.buttons, key),
        files=files,
    )


def whole_characters(text: str) -> str:
    """The text without halves of characters.

    A model's text can come with a pair of surrogates instead of one character, and a piece of it
    can end between the two: neither can be sent.
    """
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _tool_lines(tools: Sequence[ToolLine], room: int) -> str:
    """The newest of the lines for which there is room, and how many more there are."""
    lines = [_tool_line(tool) for tool in tools]
    left_out = 0
    while lines:
        more = [f"-# … {left_out} more"] if left_out else []
        shown = "\n".join([*more, *lines])
        if len(shown) <= room:
            return shown
        lines.pop(0)
        left_out += 1
    return ""


def _tool_line(tool: ToolLine) -> str:
    detail = f" — {tool.detail}" if tool.detail else ""
    line = one_line(whole_characters(f"{tool.title or tool.id}{detail}"), _LONGEST_TOOL)
    return f"-# {_TOOL_MARK[tool.state]} {escaped(line)}"


def escaped(text: str) -> str:
    """Plain text for a place where Discord reads Markdown: nothing in it means anything."""
    return text.translate(_ESCAPED)


def _small(text: str, longest: int) -> str:
    line = one_line(whole_characters(text), longest)
    return f"-# {escaped(line)}" if line else ""


def _fitting(notice: str, room: int) -> str:
    return _cut(notice, room - 2) if notice and room > 20 else ""


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _utf8(text: str) -> bytes:
    return whole_characters(text).encode()
