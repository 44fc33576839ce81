"""What kind of file somebody sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.file_kinds import FileKind, as_text, claimed_kind, image_type, is_foreign


@pytest.mark.parametrize(
    ("name", "mime", "is_document", "kind"),
    [
        ("a.zip", "", True, FileKind.ARCHIVE),
        ("A.TAR.GZ", "application/gzip", True, FileKind.ARCHIVE),
        ("a.pdf", "application/pdf", True, FileKind.DOCUMENT),
        ("a.png", "", False, FileKind.IMAGE),
        ("a.HEIC", "", False, FileKind.IMAGE),
        ("a", "image/png", False, FileKind.IMAGE),
        ("a.svg", "image/svg+xml", False, None),
        ("a.py", "text/x-python", False, FileKind.TEXT),
        ("a.rs", "application/octet-stream", False, None),
        ("a", "", False, None),
    ],
)
def test_what_it_claims_to_be(
    name: str, mime: str, is_document: bool, kind: FileKind | None
) -> None:
    """Its name and the platform's word say what it claims; else its content has to."""
    assert claimed_kind(name, mime, is_document=is_document) is kind


def test_sounds_and_films_are_foreign() -> None:
    """They need not even be fetched."""
    assert is_foreign("video/mp4")
    assert is_foreign("Audio/ogg")
    assert not is_foreign("application/octet-stream")


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"BM....", None),
        (b"", None),
    ],
)
def test_pictures_are_known_by_their_content(content: bytes, mime: str | None) -> None:
    """A name can lie; what models see are these four."""
    assert image_type(content) == mime


@pytest.mark.parametrize(
    ("content", "mime", "text"),
    [
        (b"plain\r\n", "", "plain\r\n"),
        ("Grüße, 世界 🎉".encode(), "", "Grüße, 世界 🎉"),
        ("\ufeffmarked".encode(), "", "marked"),
        ("Grüße".encode("utf-16"), "", "Grüße"),
        ("Grüße".encode("utf-32"), "", "Grüße"),
        ("Grüße".encode("cp1252"), "text/plain", "Grüße"),
        (b"\x81\xfc", "text/csv", "\x81ü"),
        ("Grüße".encode("cp1252"), "", None),
        (b"a\x00b", "text/plain", None),
        (b"\x7fELF\x02\x01\x01\x00", "", None),
        (b"\xff\xfe\x00", "", None),
        (b"", "", ""),
        (b"\x1b[31mred\x1b[0m\f", "", "\x1b[31mred\x1b[0m\f"),
    ],
)
def test_text_is_what_can_be_read(content: bytes, mime: str, text: str | None) -> None:
    """Text of any encoding that can be told is read; what is none is not."""
    assert as_text(content, mime) == text


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_all_text_is_text(text: str) -> None:
    """Whatever the script: UTF-8 is read as it was written, but for a mark at its beginning."""
    assert as_text(text.encode(), "") == text.removeprefix("\ufeff")


@given(content=st.binary(), mime=st.sampled_from(["", "text/plain"]))
def test_any_bytes_are_judged(content: bytes, mime: str) -> None:
    """Nothing that is no text is taken for one, and nothing crashes."""
    text = as_text(content, mime)
    assert text is None or "\x00" not in text
