"""Names of files that go to a chat platform, made harmless."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

_LONGEST_SUFFIX = 16
# Controls, directions (which make `exe.txt` of `txt.exe`), private use and halves of characters.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def acceptable(name: str, longest: int) -> str:
    """A file's name in one line, without a path and without what cannot be seen.

    Args:
        name: what it is called; may hold anything.
        longest: the most characters that it may have.

    Returns:
        The name, never empty; its ending stays where it is cut.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(" " if unicodedata.category(each) in _UNSEEN else each for each in last)
    plain = " ".join(seen.split()).strip(". ")
    if not plain:
        return "file"
    if len(plain) <= longest:
        return plain
    suffix = PurePosixPath(plain).suffix
    suffix = suffix if len(suffix) <= _LONGEST_SUFFIX else ""
    return f"{plain[: longest - len(suffix) - 1]}…{suffix}"
