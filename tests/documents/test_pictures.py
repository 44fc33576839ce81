"""Pictures as models get them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from adapters.apart.inside import Refused
from adapters.documents.fitter import PictureFitter
from adapters.documents.pictures import LONGEST_SIDE, work
from bot.errors import DocumentUnreadable
from bot.ports import Image

pytestmark = pytest.mark.filterwarnings("ignore")


def saved(picture: Pictures.Image, form: str, **options: Any) -> bytes:
    """A picture as a file."""
    stream = BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def plain(width: int = 40, height: int = 20, mode: str = "RGB") -> Pictures.Image:
    """A picture of one colour."""
    return Pictures.new(mode, (width, height), {"RGB": "teal", "RGBA": "#ff000080"}.get(mode, 7))


def fitted(content: bytes) -> tuple[str, Pictures.Image]:
    """Type and picture of what comes out."""
    told, made = work({}, content)
    picture = Pictures.open(BytesIO(made))
    picture.load()
    return str(told["type"]), picture


@pytest.mark.parametrize(
    ("form", "mode", "expected"),
    [
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "L", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
        ("GIF", "P", "image/png"),
    ],
)
def test_formats(form: str, mode: str, expected: str) -> None:
    """What models take stays what it is; the others become a PNG, and small ones are not grown."""
    kind, picture = fitted(saved(plain(mode=mode), form))
    assert kind == expected
    assert picture.size == (40, 20)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_large_ones_become_small(form: str) -> None:
    """The longest side has a limit, and the shape stays."""
    _, picture = fitted(saved(plain(4000, 1000), form))
    assert picture.size == (LONGEST_SIDE, LONGEST_SIDE // 4)


def test_a_large_drawing_becomes_a_photo() -> None:
    """What would be a large PNG becomes a JPEG, holes in it white."""
    noise = Pictures.effect_noise((1200, 900), 100).convert("RGBA")
    kind, picture = fitted(saved(noise, "PNG"))
    assert kind == "image/jpeg"
    assert picture.mode == "RGB"


def test_what_it_says_besides_is_taken_out() -> None:
    """Where and with what a photo was taken does not go to the model; which way is up is heeded."""
    exif = Pictures.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    exif[0x010F] = "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    _, picture = fitted(saved(plain(40, 20), "JPEG", exif=exif))
    assert picture.size == (20, 40)
    assert not picture.getexif()
    assert b"a camera" not in work({}, saved(plain(), "JPEG", exif=exif))[1]


def test_moving_ones() -> None:
    """Of a moving picture the first is taken."""
    frames = [plain(), Pictures.new("RGB", (40, 20), "red")]
    _, picture = fitted(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert picture.convert("RGB").getpixel((0, 0)) == (0, 128, 128)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG, PNG, WebP or GIF"),
        (b"", "JPEG, PNG, WebP or GIF"),
        (saved(plain(), "TIFF"), "JPEG, PNG, WebP or GIF"),
        (saved(plain(), "PNG")[:60], "damaged"),
        (saved(Pictures.new("1", (20_000, 5_000)), "PNG"), "too many pixels"),
    ],
)
def test_refused(content: bytes, told: str) -> None:
    """What cannot be shown is refused in a sentence that says what to send."""
    with pytest.raises(Refused, match=told) as refused:
        work({}, content)
    assert str(refused.value).endswith(".")


_STRIPES = Pictures.linear_gradient("L").resize((30, 20)).convert("RGB")
SOUND = {form: saved(_STRIPES, form) for form in ("PNG", "JPEG", "WEBP", "GIF")}


@settings(max_examples=60, derandomize=True)
@given(st.data(), st.sampled_from(sorted(SOUND)))
def test_damaged(data: st.DataObject, form: str) -> None:
    """A damaged picture is read as far as it goes, or refused; nothing else."""
    content = bytearray(SOUND[form])
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(1, len(content) - 1)) :]
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=9)):
        content[place] ^= data.draw(st.integers(1, 255))
    made = b"\xff\xd8"
    try:
        made = work({}, bytes(content))[1]
    except Refused as exc:
        assert str(exc).endswith(".")  # noqa: PT017 - it may be read as well
    assert made.startswith((b"\xff\xd8", b"\x89PNG"))


async def test_the_fitter() -> None:
    """It is done apart from the bot, and the name stays."""
    fitter = PictureFitter()
    given = Image(name="a b.png", type="image/png", content=saved(plain(3000, 3000), "PNG"))
    image = await fitter.fit(given)
    assert (image.name, image.type) == ("a b.png", "image/png")
    assert Pictures.open(BytesIO(image.content)).size == (LONGEST_SIDE, LONGEST_SIDE)
    with pytest.raises(DocumentUnreadable, match="HEIC"):
        await fitter.fit(Image(name="a", type="image/heic", content=bytes(4) + b"ftypheic"))
