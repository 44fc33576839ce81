"""Pictures of people: a letter on their colour for the page, the plain colour for apps."""

import struct
import zlib
from functools import cache
from html import escape

_SIDE = 64


def svg(color: str, letter: str) -> str:
    """Return a picture with a letter.

    Args:
        color: the ground, as ``rrggbb``.
        letter: what stands on it.
    """
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="#{color}"/>'
        '<text x="50%" y="50%" dy=".36em" text-anchor="middle" fill="#fff" '
        f'font-family="sans-serif" font-size="32">{escape(letter)}</text></svg>'
    )


@cache
def png(color: str) -> bytes:
    """Return a picture of one colour.

    Args:
        color: the colour, as ``rrggbb``.
    """
    row = b"\0" + bytes.fromhex(color) * _SIDE
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(row * _SIDE)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
