"""Streaming messages: text and tasks that arrive in pieces.

https://docs.slack.dev/reference/methods/chat.startStream, and what people measured where the page
is silent: a streamed message holds about 12,000 bytes in all, less once it shows tasks; a task's
title and status are replaced, its details and output grow.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from playground.payload import Payload
from playground.slack.errors import SlackError

TASK_STATUSES = ("pending", "in_progress", "complete", "error")
LONGEST_PIECE = 12_000
MOST_BYTES = 12_000
MOST_BYTES_WITH_TASKS = 10_600

StreamState = Literal["open", "closed", "expired", "stopped_by_user"]
Mode = Literal["markdown_text", "chunks"]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What one call brings to a stream."""

    mode: Mode | None = None
    text: str = ""
    tasks: tuple[Payload, ...] = ()
    plan_title: str | None = None
    blocks: tuple[Payload, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it brings nothing."""
        return not (self.text or self.tasks or self.blocks or self.plan_title)


@dataclass(slots=True)
class Stream:
    """What a streaming message has taken so far."""

    state: StreamState = "open"
    mode: Mode | None = None
    text: str = ""
    text_bytes: int = 0
    tasks: dict[str, Payload] = field(default_factory=dict)
    plan_title: str | None = None
    blocks: list[Payload] = field(default_factory=list)

    def take(self, piece: Piece) -> None:
        """Add what one call brought.

        Args:
            piece: its checked content.

        Raises:
            SlackError: ``streaming_mode_mismatch`` where earlier calls used the other argument;
                ``msg_too_long`` where the message would grow past what Slack holds.
        """
        if piece.mode is not None and self.mode not in (None, piece.mode):
            raise SlackError("streaming_mode_mismatch")
        text_bytes = self.text_bytes + len(piece.text.encode())
        tasks = self._merged(piece.tasks) if piece.tasks else self.tasks
        weight = text_bytes + sum(map(_weight, tasks.values())) if tasks else text_bytes
        if weight > (MOST_BYTES_WITH_TASKS if tasks else MOST_BYTES):
            raise SlackError("msg_too_long")
        self.mode = self.mode or piece.mode
        self.text += piece.text
        self.text_bytes = text_bytes
        self.tasks = tasks
        self.blocks.extend(piece.blocks)
        if piece.plan_title is not None:
            self.plan_title = piece.plan_title

    def _merged(self, updates: Sequence[Payload]) -> dict[str, Payload]:
        tasks = dict(self.tasks)
        for update in updates:
            before = tasks.get(update["id"], {})
            grown: Payload = {
                name: before.get(name, "") + update[name]
                for name in ("details", "output")
                if name in update
            }
            tasks[update["id"]] = {**before, **update, **grown}
        return tasks


def parse_piece(markdown_text: str | None, chunks: Sequence[Payload] | None) -> Piece:
    """Check and gather what a call brings to a stream.

    Args:
        markdown_text: the call's text.
        chunks: the call's chunks: ``markdown_text``, ``task_update``, ``plan_update``, ``blocks``.

    Raises:
        SlackError: both arguments were given, the text is too long or a chunk is not valid.
    """
    if markdown_text and chunks:
        raise SlackError("cannot_provide_both_markdown_text_and_chunks")
    texts = [markdown_text or ""]
    tasks: list[Payload] = []
    blocks: list[Payload] = []
    plan_title: str | None = None
    for at, chunk in enumerate(chunks or ()):
        match chunk:
            case {"type": "markdown_text", "text": str(text)}:
                texts.append(text)
            case {"type": "task_update", "id": str(), "title": str()}:
                tasks.append(_task(chunk, at))
            case {"type": "plan_update", "title": str(title)}:
                plan_title = title
            case {"type": "blocks", "blocks": list(more)}:
                blocks.extend(more)
            case _:
                raise _invalid(at, "unsupported or incomplete chunk")
    text = "".join(texts)
    if len(text) > LONGEST_PIECE:
        raise SlackError("msg_too_long")
    return Piece(
        mode="chunks" if chunks else "markdown_text" if markdown_text else None,
        text=text,
        tasks=tuple(tasks),
        plan_title=plan_title,
        blocks=tuple(blocks),
    )


def _task(chunk: Payload, at: int) -> Payload:
    if chunk.get("status", "pending") not in TASK_STATUSES:
        raise _invalid(at, f"status must be one of {', '.join(TASK_STATUSES)}")
    task = {
        name: chunk[name]
        for name in ("id", "title", "status", "details", "output", "sources")
        if chunk.get(name) is not None
    }
    task.setdefault("status", "pending")
    if not all(isinstance(task.get(name, ""), str) for name in ("details", "output")):
        raise _invalid(at, "details and output must be strings")
    return task


def _weight(task: Payload) -> int:
    shown_twice = task.get("details", "") + task.get("output", "")
    return len(task["title"].encode()) + 2 * len(shown_twice.encode())


def _invalid(at: int, why: str) -> SlackError:
    return SlackError("invalid_chunks", messages=[f"[ERROR] {why} [json-pointer:/chunks/{at}]"])
