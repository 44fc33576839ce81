"""What is in documents that people send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Extract:
    """What could be read in a document.

    Args:
        text: its text, as Markdown where it has structure (tables of sheets, slides, pages).
        note: what was left out and why, a sentence; may be empty.
    """

    text: str
    note: str = ""


class Documents(Protocol):
    """Reads office documents, PDFs and the lists of archives, apart from the bot's own process."""

    def can_read(self, name: str) -> bool:
        """Whether a file of this name is of a kind that `extract` knows."""

    async def extract(self, name: str, content: bytes) -> Extract:
        """The text of a document, or the list of what is in an archive.

        Raises:
            DocumentUnreadable: it is damaged, protected, or takes too long; says so in a sentence.
        """
