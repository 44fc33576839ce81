"""Replies and posts as Slack's blocks.

Text goes out as a `markdown` block, which Slack renders itself
(https://docs.slack.dev/reference/block-kit/blocks/markdown-block/); all of them in one message
may have 12,000 characters. Tools and reasoning are small text above it, or tasks of a stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack import phrases
from adapters.slack.buttons import button_blocks, menu_blocks
from adapters.slack.dialect import SlackDialect
from adapters.slack.mrkdwn import escaped
from adapters.slack.sections import context
from bot import splitting
from bot.keys import SessionKey
from bot.messages import Button, Menu, Post
from bot.ports import ToolLine, ToolState
from bot.steps import newest

LONGEST_MARKDOWN = 11_900
LONGEST_FALLBACK = 3_000
LONGEST_TASK_TEXT = 250
LONGEST_THOUGHT = 1_000
"""A task's text counts twice towards what a stream holds."""

_ANY_LENGTH = 1_000_000
_MOST_TOOL_LINES = 4
_THOUGHT_SHOWN = 300
_THINKING = "thinking"
"""The id of the task that tells what the model thinks."""

Block = dict[str, Any]

_TASK_STATUS = {
    ToolState.RUNNING: "in_progress",
    ToolState.DONE: "complete",
    ToolState.FAILED: "error",
}
_TOOL_MARK = {ToolState.RUNNING: "…", ToolState.DONE: "✓", ToolState.FAILED: "✗"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What one message of a reply shall say.

    Args:
        text: Slack's Markdown, with no mention that would notify.
        tools: the tools' lines.
        thought: what the model says that it thinks.
        notice: the bot's own sentence.
        footer: model, time and cost.
        buttons: what can be pressed.
        menus: what can be chosen from.
    """

    text: str = ""
    tools: tuple[ToolLine, ...] = ()
    thought: str = ""
    notice: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    menus: tuple[Menu, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        is_said = self.text.strip() or self.notice or self.thought
        return not (is_said or self.tools or self.buttons)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A message for `chat.postMessage` and `chat.update`.

    Args:
        text: what notifications and screen readers get.
        blocks: what is shown.
    """

    text: str
    blocks: list[Block]


def render_post(post: Post, key: SessionKey, name_of: Callable[[str], str]) -> Rendered:
    """A message of the bot's own.

    Args:
        post: what to say.
        key: the thread that it stands in.
        name_of: what a person is called, by id.
    """
    text = written(post.text, SlackDialect(name_of))
    return render(Content(text=text, buttons=post.buttons, menus=post.menus), key)


def written(text: str, dialect: SlackDialect) -> str:
    """A short text in Slack's Markdown.

    Args:
        text: standard Markdown.
        dialect: Slack's.
    """
    return "\n\n".join(splitting.split(text, _ANY_LENGTH, dialect=dialect))


def render(content: Content, key: SessionKey, *, nothing: str = phrases.NO_ANSWER) -> Rendered:
    """A message as a whole.

    Args:
        content: what it says.
        key: the thread that it stands in.
        nothing: what to say where there is no text and no notice.
    """
    notice = content.notice.strip()[:1_000]
    said = _cut(content.text, LONGEST_MARKDOWN - len(notice)) if content.text.strip() else ""
    blocks: list[Block] = []
    if thought := thought_line(content.thought):
        blocks.append(context(f"{phrases.THINKING} {escaped(thought)}"))
    if content.tools:
        blocks.append(context(_tool_lines(content.tools)))
    if said:
        blocks.append({"type": "markdown", "text": said})
    elif not notice:
        blocks.append(context(escaped(nothing)))
    blocks += tail(content, key)
    fallback = "\n\n".join(part for part in (said, notice) if part) or nothing
    return Rendered(text=_cut(escaped(fallback), LONGEST_FALLBACK), blocks=blocks)


def tail(content: Content, key: SessionKey) -> list[Block]:
    """What stands under the text: notice, footer, menus, buttons.

    Args:
        content: the message.
        key: the thread that it stands in.
    """
    blocks: list[Block] = []
    if notice := content.notice.strip()[:1_000]:
        blocks.append({"type": "markdown", "text": notice})
    if footer := content.footer.strip():
        blocks.append(context(escaped(footer)))
    return blocks + menu_blocks(content.menus, key) + button_blocks(content.buttons, key)


def text_chunk(text: str) -> Block:
    """A piece of a stream's text.

    Args:
        text: standard Markdown, to be appended.
    """
    return {"type": "markdown_text", "text": text}


def task_chunk(tool: ToolLine) -> Block:
    """A tool's line in a stream; a later one with the same id replaces it.

    Args:
        tool: the line.
    """
    chunk: Block = {
        "type": "task_update",
        "id": tool.id,
        "title": _cut(tool.title or tool.id, LONGEST_TASK_TEXT),
        "status": _TASK_STATUS[tool.state],
    }
    if tool.detail:
        chunk["output"] = _cut(tool.detail, LONGEST_TASK_TEXT)
    return chunk


def thought_chunk(more: str, *, is_over: bool) -> Block:
    """What the model thinks as a task of a stream; its details grow by what each update brings.

    Args:
        more: what was not told before; may be empty.
        is_over: whether it thinks no more.
    """
    chunk: Block = {
        "type": "task_update",
        "id": _THINKING,
        "title": phrases.THOUGHT if is_over else phrases.THINKING_TASK,
        "status": "complete" if is_over else "in_progress",
    }
    return {**chunk, "details": more} if more else chunk


def thought_line(thought: str) -> str:
    """The newest of what the model thinks, in a line.

    Args:
        thought: standard Markdown; may be empty.
    """
    line = " ".join(thought.replace("**", "").split())
    return line if len(line) <= _THOUGHT_SHOWN else f"…{line[1 - _THOUGHT_SHOWN :]}"


def _tool_lines(tools: Sequence[ToolLine]) -> str:
    lines = []
    for tool in newest(tools, _MOST_TOOL_LINES):
        detail = f" — {tool.detail}" if tool.detail else ""
        line = _cut(f"{tool.title or tool.id}{detail}".replace("\n", " "), LONGEST_TASK_TEXT)
        lines.append(f"{_TOOL_MARK[tool.state]} {escaped(line)}")
    return "\n".join(lines)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
