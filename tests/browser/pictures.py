"""Pictures made of numbers, so that a test can tell which one is shown, and where."""

import struct
import zlib

Colour = tuple[int, int, int]

WHITE: Colour = (255, 255, 255)
BLUE: Colour = (31, 95, 191)


def png(width: int, height: int, colour: Colour = BLUE) -> bytes:
    """Return a picture of one colour."""
    return png_of([[colour] * width] * height)


def bars(width: int, height: int, shares: tuple[float, ...] = (0.3, 0.8, 0.5, 0.65)) -> bytes:
    """Return a chart: bars as high as their shares of the height."""
    each = width // len(shares)
    rows = [
        [
            BLUE
            if each // 6 <= x % each < each - each // 6
            and y >= height * (1 - shares[min(x // each, len(shares) - 1)])
            else WHITE
            for x in range(width)
        ]
        for y in range(height)
    ]
    return png_of(rows)


def png_of(rows: list[list[Colour]]) -> bytes:
    """Return a picture of these pixels."""
    lines = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(lines)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
