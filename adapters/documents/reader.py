"""Reads what people send, apart from the bot's own process, which loads no library for it."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.apart.process import Answer, Apart, Broken, Limits, OutOfTime, Refused
from adapters.documents.kinds import Kind, kind_of
from bot.errors import DocumentUnreadable
from bot.ports import Extract

MOST_CHARACTERS = 400_000
"""Of a document's text: about 100,000 tokens, as much as a model can take in at once."""

_SECONDS = 30
# Shorter, so that a document that takes long is read in part.
_SECONDS_OF_READING = 20
_MEMORY = 1024 * 1024 * 1024

_OLD = (
    "The document is in a format of before 2007: save it in a newer one (.docx, .xlsx, .pptx) or"
    " as PDF."
)


class DocumentReader:
    """Reads office documents, PDFs and the lists of archives."""

    def __init__(self) -> None:
        limits = Limits(seconds=_SECONDS, memory=_MEMORY, answer=8 * MOST_CHARACTERS)
        self._apart = Apart("adapters.documents.reading", limits)

    def can_read(self, name: str) -> bool:
        """Whether a file of this name is of a kind that `extract` knows."""
        return kind_of(name) is not None

    async def extract(self, name: str, content: bytes) -> Extract:
        """The text of a document, or the list of what is in an archive.

        Of a long one it is the beginning, and the note says so.

        Raises:
            DocumentUnreadable: it is damaged, protected, or takes too long; says so in a sentence.
        """
        kind = kind_of(name)
        if kind is None:
            raise DocumentUnreadable(
                "This kind of document cannot be read: send it as PDF or text."
            )
        if kind is Kind.OLD:
            raise DocumentUnreadable(_OLD)
        request = {"kind": kind, "seconds": _SECONDS_OF_READING, "characters": MOST_CHARACTERS}
        answer = await self._answer(request, content)
        return Extract(
            text=answer.content.decode(errors="replace"), note=str(answer.told.get("note", ""))
        )

    async def _answer(self, request: Mapping[str, object], content: bytes) -> Answer:
        try:
            return await self._apart.work(request, content)
        except Refused as exc:
            raise DocumentUnreadable(str(exc)) from exc
        except OutOfTime as exc:
            raise DocumentUnreadable(
                "The document takes too long to read: send the part of it that matters."
            ) from exc
        except Broken as exc:
            raise DocumentUnreadable(
                "The document is damaged or too large to be read: send it in another format, or"
                " the part of it that matters."
            ) from exc
