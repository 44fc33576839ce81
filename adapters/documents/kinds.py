"""Which documents there are, by their names' endings."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A kind of document."""

    PDF = "pdf"
    WORD = "word"
    SHEETS = "sheets"
    SLIDES = "slides"
    OPEN = "open"
    ZIP = "zip"
    TAR = "tar"
    OLD = "old"


# Longer endings first: `.tar.gz` is not `.gz`.
_ENDINGS: tuple[tuple[tuple[str, ...], Kind], ...] = (
    ((".pdf",), Kind.PDF),
    ((".docx", ".docm", ".dotx", ".dotm"), Kind.WORD),
    ((".xlsx", ".xlsm", ".xltx", ".xltm"), Kind.SHEETS),
    ((".pptx", ".pptm", ".ppsx", ".potx"), Kind.SLIDES),
    ((".odt", ".ott", ".ods", ".ots", ".odp", ".otp"), Kind.OPEN),
    ((".zip", ".jar", ".whl", ".epub"), Kind.ZIP),
    ((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz"), Kind.TAR),
    ((".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps"), Kind.OLD),
)


def kind_of(name: str) -> Kind | None:
    """The kind of a file by its name; None where it is of no kind that can be read."""
    name = name.strip().lower()
    return next((kind for endings, kind in _ENDINGS if name.endswith(endings)), None)
