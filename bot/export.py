"""A conversation as files: Markdown to read, JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.keys import SessionKey
from bot.messages import OutgoingFile
from bot.ports import PastTurn

_LONGEST_NAME = 60


class Format(StrEnum):
    """What a conversation can be written as."""

    MARKDOWN = "markdown"
    JSON = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """A conversation that is to be written down.

    Args:
        key: its thread.
        title: what it is about; may be empty.
        turns: what was said, oldest first.
        at: when it is written (UTC).
    """

    key: SessionKey
    title: str
    turns: Sequence[PastTurn]
    at: datetime

    def file(self, form: Format, *, nonce: str) -> OutgoingFile:
        """It as a file.

        Args:
            form: as what.
            nonce: names this writing, the same when it is tried again.
        """
        content, ending = (
            (self.markdown(), "md") if form is Format.MARKDOWN else (self.json(), "json")
        )
        return OutgoingFile(
            name=f"{_file_name(self.title)}.{ending}",
            content=content.encode(errors="replace"),
            nonce=f"{nonce}{form}"[:25],
        )

    def markdown(self) -> str:
        """It to read."""
        parts = [f"# {self.title or 'Conversation'}", f"*Written {_minute(self.at)}.*"]
        for turn in self.turns:
            parts += [f"## {_minute(turn.said_at)}", _quoted(turn.prompt)]
            if turn.tools:
                parts.append("*Tools: " + ", ".join(f"`{tool}`" for tool in turn.tools) + "*")
            parts.append(turn.answer or "*(There was no answer.)*")
        return "\n\n".join(parts) + "\n"

    def json(self) -> str:
        """It for programs."""
        told = {
            "title": self.title,
            "thread": str(self.key),
            "written_at": self.at.isoformat(),
            "turns": [
                {
                    "said_at": turn.said_at.isoformat(),
                    "prompt": turn.prompt,
                    "answer": turn.answer,
                    "tools": list(turn.tools),
                    "is_complete": turn.is_complete,
                }
                for turn in self.turns
            ],
        }
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines() or [""])


def _file_name(title: str) -> str:
    words = re.sub(r"\W+", "-", title.casefold()).strip("-_")
    return words[:_LONGEST_NAME].strip("-_") or "conversation"
