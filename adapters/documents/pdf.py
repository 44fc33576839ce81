"""The text of a PDF, page by page."""

from __future__ import annotations

from io import BytesIO

from pypdf import PdfReader

from adapters.apart.inside import Refused
from adapters.documents.reading import PROTECTED
from adapters.documents.text import Enough, Text

_SCAN = (
    "The document's pages are pictures without text: send those that matter as images, or a"
    " version with text."
)


def read(content: bytes, text: Text) -> None:
    """Add the text of all pages.

    Raises:
        Refused: it is protected, or has no text.
        Enough: that is as much as is wanted.
    """
    reader = PdfReader(BytesIO(content), strict=False)
    # Most that are encrypted open without a password, and only shall not be printed or changed.
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused(PROTECTED)
    count = len(reader.pages)
    damaged: list[int] = []
    has_text = False
    for number in range(1, count + 1):
        try:
            said = reader.pages[number - 1].extract_text().strip()
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - one page that is damaged does not spoil the others
            damaged.append(number)
            said = ""
        if said:
            has_text = True
            try:
                text.add(f"## Page {number}\n\n{said}" if count > 1 else said)
            except Enough:
                if number < count:
                    text.note = f"Only the first {number} of {count} pages were read."
                raise
        text.check()
    if damaged and not has_text:
        raise ValueError("no page can be read")
    if not has_text:
        raise Refused(_SCAN)
    if damaged:
        text.note = f"{len(damaged)} of {count} pages are damaged and were left out."
