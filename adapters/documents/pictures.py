"""Makes a picture as small as models take it. Runs in a process of its own, which ends with it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from adapters.apart.inside import Refused

LONGEST_SIDE = 1568
"""Pixels: larger ones are made smaller by the models' providers themselves."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_MOST_PIXELS = 80_000_000
# Drawings and screenshots stay sharp up to here; what is larger is likely a photo.
_LARGEST_PNG = 1_000_000
_QUALITY = 85

_UNKNOWN = "The picture is in a format that models do not take: send it as JPEG, PNG, WebP or GIF."
_HEIC = "The picture is a HEIC, which cannot be read here: send it as JPEG or PNG."
_DAMAGED = "The picture is damaged: save it anew and send it again."
_LARGE = "The picture has too many pixels to be read: send a smaller one."


def work(_: Mapping[str, object], content: bytes) -> tuple[Mapping[str, object], bytes]:
    """Make a picture smaller, and take out what it says besides, such as where it was taken.

    Args:
        content: a picture in whatever format.

    Returns:
        Its MIME `type`, and its bytes.

    Raises:
        Refused: it cannot be read; says why.
    """
    if content[4:8] == b"ftyp" and content[8:11] in {b"hei", b"hev", b"mif", b"msf"}:
        raise Refused(_HEIC)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = Image.open(BytesIO(content), formats=_FORMATS)
            if opened.width * opened.height > _MOST_PIXELS:
                raise Refused(_LARGE)
            is_photo = opened.format in {"JPEG", "MPO"}
            opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
            picture = _upright(opened)
            picture.thumbnail(
                (LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=3
            )
    except UnidentifiedImageError as exc:
        raise Refused(_UNKNOWN) from exc
    except Image.DecompressionBombError as exc:
        raise Refused(_LARGE) from exc
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError) as exc:
        raise Refused(_DAMAGED) from exc
    if not is_photo and len(drawn := _saved(picture, "PNG")) <= _LARGEST_PNG:
        return {"type": "image/png"}, drawn
    return {"type": "image/jpeg"}, _saved(_on_white(picture), "JPEG")


def _upright(picture: Image.Image) -> Image.Image:
    """The first of its pictures, turned as it is to be seen, in plain colours."""
    picture.load()
    turned = ImageOps.exif_transpose(picture)
    has_holes = turned.has_transparency_data
    return turned.convert("RGBA" if has_holes else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _saved(picture: Image.Image, form: str) -> bytes:
    stream = BytesIO()
    # A new one has no metadata to go along.
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    bare.save(stream, form, quality=_QUALITY, optimize=form == "JPEG")
    return stream.getvalue()
