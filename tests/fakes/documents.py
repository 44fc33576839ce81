"""A reader of documents that reads what it is told they say."""

from __future__ import annotations

import asyncio

from bot.errors import DocumentUnreadable
from bot.ports import Extract

_ENDINGS = (".pdf", ".docx", ".zip", ".tar.gz")


class FakeDocuments:
    """`Documents` whose documents are their own text; `damaged` ones cannot be read."""

    def __init__(self) -> None:
        self.read: list[str] = []
        """The names of all that was read."""
        self.gate: asyncio.Event | None = None
        """Where there is one, reading waits for it."""

    def can_read(self, name: str) -> bool:
        """Whether a file of this name is of a kind that `extract` knows."""
        return name.lower().endswith(_ENDINGS)

    async def extract(self, name: str, content: bytes) -> Extract:
        """The text of a document, or the list of what is in an archive."""
        self.read.append(name)
        if self.gate is not None:
            await self.gate.wait()
        if content == b"damaged":
            raise DocumentUnreadable("The document is damaged: send it again.")
        note = "It was listed, not unpacked." if name.endswith((".zip", ".gz")) else ""
        return Extract(text=content.decode(), note=note)
