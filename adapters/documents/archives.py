"""What is in an archive, as a list; nothing is unpacked."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import IO, cast

from adapters.apart.inside import Refused
from adapters.documents.reading import DAMAGED
from adapters.documents.text import Enough, Text

MOST_NAMES = 1000
_MOST_ENTRIES = 100_000
# To list a compressed tar, all of it has to be read.
_MOST_UNPACKED = 1024 * 1024 * 1024


def read(content: bytes, text: Text) -> None:
    """Add how much is in it, and the names and sizes.

    Raises:
        Refused: it is damaged.
        Enough: that is as much as is wanted.
    """
    entries: list[tuple[str, int]] = []
    count = total = 0
    is_cut = False
    try:
        for name, size in islice(_entries(content), _MOST_ENTRIES):
            count += 1
            total += size
            if len(entries) < MOST_NAMES:
                entries.append((name, size))
            text.check()
        is_cut = count == _MOST_ENTRIES
    except Enough:
        is_cut = True
    except (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError) as exc:
        if not count:
            raise Refused(DAMAGED) from exc
        is_cut = True
    if not count:
        raise Refused("The archive is empty.")
    at_least = "At least " if is_cut else ""
    files = "1 file" if count == 1 else f"{count} files"
    text.note = "It was listed, not unpacked."
    if count > len(entries):
        text.note = f"It was listed, not unpacked: the first {len(entries)} names."
    text.add(f"{at_least}{files}, {_size(total)} unpacked:")
    text.add("\n".join(f"- `{_name(name)}` {_size(size)}" for name, size in entries))


def _entries(content: bytes) -> Iterator[tuple[str, int]]:
    """Names and sizes of the files, directories left out."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as packed:
            for part in packed.infolist():
                if not part.is_dir():
                    yield part.filename, part.file_size
        return
    bounded = _Bounded(_unpacked(content))
    with tarfile.open(fileobj=cast("IO[bytes]", bounded), mode="r|") as packed_tar:
        for member in packed_tar:
            if not member.isdir():
                yield member.name, member.size


def _unpacked(content: bytes) -> IO[bytes]:
    stream = BytesIO(content)
    if content[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if content[:3] == b"BZh":
        return bz2.BZ2File(stream)
    if content[:6] == b"\xfd7zXZ\x00":
        return lzma.LZMAFile(stream)
    return stream


class _Bounded:
    """A stream that ends where too much came out of it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = _MOST_UNPACKED

    def read(self, size: int) -> bytes:
        piece = self._stream.read(min(size, self._left))
        self._left -= len(piece)
        if self._left <= 0:
            raise Enough
        return piece


def _name(name: str) -> str:
    line = "".join(c if c.isprintable() and c != "`" else "?" for c in name)
    return line if len(line) <= 200 else line[:199] + "…"


def _size(size: int) -> str:
    if size < 1000:
        return f"{size} bytes"
    for unit in ("kB", "MB", "GB"):
        size_in = size / 1000
        if size_in < 1000 or unit == "GB":
            return f"{size_in:.3g} {unit}" if size_in < 1000 else f"{size_in:.0f} {unit}"
        size = int(size_in)
    raise AssertionError("unreachable")
