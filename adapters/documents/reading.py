"""Reads one document. Runs in a process of its own, which ends with it."""

from __future__ import annotations

import importlib
import zipfile
from collections.abc import Mapping
from io import BytesIO

from adapters.apart.inside import Refused
from adapters.documents.kinds import Kind
from adapters.documents.text import Enough, Text

_MODULES = {
    Kind.PDF: "pdf",
    Kind.WORD: "word",
    Kind.SHEETS: "sheets",
    Kind.SLIDES: "slides",
    Kind.OPEN: "open_document",
    Kind.ZIP: "archives",
    Kind.TAR: "archives",
}
_PACKED = frozenset({Kind.WORD, Kind.SHEETS, Kind.SLIDES, Kind.OPEN})
_MOST_UNPACKED = 512 * 1024 * 1024
_MOST_PARTS = 20_000
# What programs of before 2007 wrote, and what newer ones wrap a protected document in.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

DAMAGED = "The document is damaged, or is not what its name says: save it anew and send it again."
PROTECTED = "The document is protected by a password: send a copy without one."
EMPTY = "The document holds no text that can be read: send its pages as pictures."


def work(request: Mapping[str, object], content: bytes) -> tuple[Mapping[str, object], bytes]:
    """Read a document.

    Args:
        request: its `kind`, and the most `seconds` and `characters`.
        content: its bytes.

    Raises:
        Refused: it cannot be read; says why.
    """
    kind = Kind(str(request["kind"]))
    text = Text(int(str(request["characters"])), float(str(request["seconds"])))
    if kind in _PACKED:
        _look_into(content)
    reader = importlib.import_module(f"adapters.documents.{_MODULES[kind]}")
    try:
        reader.read(content, text)
    except Enough:
        text.note = text.note or "Only its beginning was read: the rest is too long."
    except (Refused, MemoryError, TimeoutError):
        raise
    except Exception as exc:  # libraries fail in every way on what is damaged
        raise Refused(DAMAGED) from exc
    read = str(text)
    if not read.strip():
        raise Refused(EMPTY)
    return {"note": text.note}, read.encode()


def _look_into(content: bytes) -> None:
    """Refuse what is no packed document, or would be too much unpacked."""
    if content.startswith(_COMPOUND_FILE):
        raise Refused(PROTECTED)
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as exc:
        raise Refused(DAMAGED) from exc
    if any(part.flag_bits & 1 for part in parts):
        raise Refused(PROTECTED)
    # The sizes are those that the file itself claims; `zipfile` unpacks no more than that.
    if sum(part.file_size for part in parts) > _MOST_UNPACKED or len(parts) > _MOST_PARTS:
        raise Refused("The document is too large when unpacked: send the part that matters.")
