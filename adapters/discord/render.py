"""Replies and posts as Discord's messages.

A message has 2,000 characters, which Discord counts as code points
(https://github.com/discord/discord-api-docs/issues/1315): the same as `len` does, so that no
character is ever cut in two. Tools, reasoning and the footer are small text (`-# …`), and take what
room the answer leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adapters.discord import phrases
from adapters.discord.buttons import rows
from adapters.discord.dialect import DiscordDialect
from adapters.discord.markup import one_line
from bot import splitting
from bot.characters import last_whole_character, whole_characters
from bot.keys import SessionKey
from bot.messages import Button, Menu, Post
from bot.ports import ToolLine, ToolState
from bot.steps import newest

LONGEST = 2_000
TEXT_LIMIT = 1_700
"""What the core may put into one message; the rest is for notice, footer and tools."""

_LONGEST_NOTICE = 600
_LONGEST_FOOTER = 120
_LONGEST_TOOL = 150
_MOST_TOOL_LINES = 4
_LONGEST_THOUGHT = 300
_ANY_LENGTH = 1_000_000
FILE_NAME = "answer.md"
_TOOL_MARK = {ToolState.RUNNING: "…", ToolState.DONE: "✓", ToolState.FAILED: "✗"}
_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in "\\*_~`|<>[]"})
_SUPPRESS_EMBEDS = 1 << 2

SILENT: dict[str, Any] = {"parse": [], "replied_user": False}
"""`allowed_mentions` of all that the bot says: nobody is ever notified by it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What one message of a reply shall say.

    Args:
        text: Discord's Markdown.
        tools: the tools' lines.
        thought: what the model says that it thinks.
        notice: the bot's own sentence.
        footer: model, time and cost.
        buttons: what can be pressed.
        menus: what can be chosen from.
        whole: what goes up as a file.
    """

    text: str = ""
    tools: tuple[ToolLine, ...] = ()
    thought: str = ""
    notice: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    menus: tuple[Menu, ...] = ()
    whole: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        is_said = self.text.strip() or self.notice.strip() or self.thought.strip()
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
        components: the menus and buttons.
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
    said = splitting.split(post.text, _ANY_LENGTH, dialect=DiscordDialect())
    content = Content(text="\n\n".join(said), buttons=post.buttons, menus=post.menus)
    return render(content, key)


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
    thought = _thought(content.thought)
    thought = thought if len(thought) + 1 <= room else ""
    text = "\n".join(part for part in (thought, tools, said) if part)
    text = "\n\n".join(part for part in (text, notice) if part)
    text = "\n".join(part for part in (text, footer) if part)
    files = (File(name=FILE_NAME, data=_utf8(content.whole)),) if content.whole else ()
    return Rendered(
        content=text or phrases.NO_ANSWER,
        components=rows(content.buttons, content.menus, key),
        files=files,
    )


def _tool_lines(tools: Sequence[ToolLine], room: int) -> str:
    """The newest of the lines for which there is room, and how many more there are."""
    for most in range(_MOST_TOOL_LINES, 0, -1):
        shown = "\n".join(_tool_line(tool) for tool in newest(tools, most))
        if len(shown) <= room:
            return shown
    return ""


def _tool_line(tool: ToolLine) -> str:
    detail = f" — {tool.detail}" if tool.detail else ""
    line = one_line(whole_characters(f"{tool.title or tool.id}{detail}"), _LONGEST_TOOL)
    return f"-# {_TOOL_MARK[tool.state]} {escaped(line)}"


def _thought(text: str) -> str:
    """The newest of what the model thinks, in small text."""
    line = " ".join(whole_characters(text).replace("**", "").split())
    if len(line) > _LONGEST_THOUGHT:
        line = f"…{line[1 - _LONGEST_THOUGHT :]}"
    return f"-# {phrases.THINKING} {escaped(line)}" if line else ""


def escaped(text: str) -> str:
    """Plain text for a place where Discord reads Markdown: nothing in it means anything."""
    return text.translate(_ESCAPED)


def _small(text: str, longest: int) -> str:
    line = one_line(whole_characters(text), longest)
    return f"-# {escaped(line)}" if line else ""


def _fitting(notice: str, room: int) -> str:
    return _cut(notice, room - 2) if notice and room > 20 else ""


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return f"{text[: last_whole_character(text, length - 1) or length - 1]}…"


def _utf8(text: str) -> bytes:
    return whole_characters(text).encode()
