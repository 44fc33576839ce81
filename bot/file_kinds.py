"""What kind of file somebody sent: by its name at first, and by its content in the end."""

from __future__ import annotations

import codecs
from enum import StrEnum


class FileKind(StrEnum):
    """The kinds of files that are taken in."""

    TEXT = "text"
    IMAGE = "image"
    DOCUMENT = "document"
    ARCHIVE = "archive"


_ARCHIVES = (
    ".zip",
    ".jar",
    ".whl",
    ".epub",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tar.xz",
    ".txz",
)
_IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".avif")

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)

# What no text has; form feeds and escapes occur in some.
_CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\v\f\r\x1b")


def claimed_kind(name: str, mime: str, *, is_document: bool) -> FileKind | None:
    """The kind that a file claims to be, before it is fetched; None where only it can tell.

    Args:
        name: what it is called.
        mime: what the platform says; may be empty.
        is_document: whether its name is that of a document that can be read.
    """
    name, mime = name.strip().lower(), mime.lower()
    if name.endswith(_ARCHIVES):
        return FileKind.ARCHIVE
    if is_document:
        return FileKind.DOCUMENT
    if name.endswith(_IMAGES) or (mime.startswith("image/") and "svg" not in mime):
        return FileKind.IMAGE
    return FileKind.TEXT if mime.startswith("text/") else None


def is_foreign(mime: str) -> bool:
    """Whether a file is surely of no kind that is taken in."""
    return mime.lower().startswith(("audio/", "video/", "font/"))


def image_type(content: bytes) -> str | None:
    """The MIME type of a picture that models see; None where it is none."""
    match content[:12]:
        case head if head.startswith(b"\x89PNG\r\n\x1a\n"):
            return "image/png"
        case head if head.startswith(b"\xff\xd8\xff"):
            return "image/jpeg"
        case head if head.startswith((b"GIF87a", b"GIF89a")):
            return "image/gif"
        case head if head.startswith(b"RIFF") and head.endswith(b"WEBP"):
            return "image/webp"
    return None


def as_text(content: bytes, mime: str) -> str | None:
    """The text that a file is; None where it is none.

    Args:
        content: its bytes.
        mime: what the platform says; a file that it calls text may be in an old encoding.
    """
    marked = [encoding for mark, encoding in _MARKS if content.startswith(mark)]
    encodings = marked[:1] or ["utf-8"]
    if not marked and mime.lower().startswith("text/"):
        encodings += ["cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROLS & set(text) else text
    return None
