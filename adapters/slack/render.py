"""Replies and posts as Slack's blocks.

Text goes out as a `markdown` block, which Slack renders itself
(https://docs.slack.dev/reference/block-kit/blocks/markdown-block/); all of them in one message
may have 12,000 characters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack import phrases
from adapters.slack.buttons import button_blocks
from adapters.slack.mentions import harmless
from adapters.slack.mrkdwn import escaped
from bot.keys import SessionKey
from bot.messages import Button, Post
from bot.ports import ToolLine, ToolState

LONGEST_MARKDOWN = 11_900
LONGEST_FALLBACK = 3_000
LONGEST_CONTEXT = 3_000
LONGEST_TASK_TEXT = 250

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
        text: standard Markdown, with no mention that would notify.
        tools: the tools' lines.
        notice: the bot's own sentence.
        footer: model, time and cost.
        buttons: what can be pressed.
    """

    text: str = ""
    tools: tuple[ToolLine, ...] = ()
    notice: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not (self.text.strip() or self.tools or self.notice or self.buttons)


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
    return render(Content(text=harmless(post.text, name_of), buttons=post.buttons), key)


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
    if content.tools:
        blocks.append(_context(_tool_lines(content.tools)))
    if said:
        blocks.append({"type": "markdown", "text": said})
    elif not notice:
        blocks.append(_context(escaped(nothing)))
    blocks += tail(content, key)
    fallback = "\n\n".join(part for part in (said, notice) if part) or nothing
    return Rendered(text=_cut(escaped(fallback), LONGEST_FALLBACK), blocks=blocks)


def tail(content: Content, key: SessionKey) -> list[Block]:
    """What stands under the text: notice, footer, buttons.

    Args:
        content: the message.
        key: the thread that it stands in.
    """
    blocks: list[Block] = []
    if notice := content.notice.strip()[:1_000]:
        blocks.append({"type": "markdown", "text": notice})
    if footer := content.footer.strip():
        blocks.append(_context(escaped(footer)))
    return blocks + button_blocks(content.buttons, key)


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


def _tool_lines(tools: Sequence[ToolLine]) -> str:
    lines = []
    for tool in tools:
        detail = f" — {tool.detail}" if tool.detail else ""
        line = _cut(f"{tool.title or tool.id}{detail}".replace("\n", " "), LONGEST_TASK_TEXT)
        lines.append(f"{_TOOL_MARK[tool.state]} {escaped(line)}")
    # The newest matter; a line has at most 250 characters and some for the escapes.
    while len("\n".join(lines)) > LONGEST_CONTEXT - 10 and len(lines) > 1:
        lines.pop(0)
    shown = "\n".join(lines)
    return shown if len(lines) == len(tools) else f"…\n{shown}"


def _context(markup: str) -> Block:
    element = {"type": "mrkdwn", "text": markup[:LONGEST_CONTEXT], "verbatim": True}
    return {"type": "context", "elements": [element]}


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
