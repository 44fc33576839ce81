"""Names for files that people send: safe on the desk and everywhere that a desk is copied to."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

LONGEST = 100
"""Characters of a name."""

_LONGEST_ENDING = 16
_RESERVED_CHARACTERS = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789"),
}


def safe_name(name: str) -> str:
    """A name like the one that somebody gave, without what harms: paths, controls, tricks.

    Args:
        name: as the platform says; anything.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(
        " " if char.isspace() else char for char in last if char.isspace() or char.isprintable()
    )
    shown = " ".join(shown.translate(_RESERVED_CHARACTERS).split()).strip(". ")
    stem, ending = _parts(shown or "file")
    if stem.partition(".")[0].rstrip().casefold() in _RESERVED:
        stem = f"_{stem}"
    return _joined(stem, ending)


def names_like(name: str) -> Iterator[str]:
    """A safe name, and then others like it with a number: `a.txt`, and so on."""
    stem, ending = _parts(name)
    yield name
    number = 2
    while True:
        yield _joined(stem, ending, f" ({number})")
        number += 1


def with_ending(name: str, ending: str) -> str:
    """A safe name with one more ending: `a.pdf` is `a.pdf.md` then."""
    return _joined(name, ending)


def _parts(name: str) -> tuple[str, str]:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        return name, ""
    return stem, f"{dot}{ending}"


def _joined(stem: str, ending: str, number: str = "") -> str:
    return f"{stem[: LONGEST - len(ending) - len(number)].rstrip('. ')}{number}{ending}"
