"""What is read of documents that people send, in the process where it is done."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import tarfile

import pytest

from adapters.documents.reader import DocumentReader
from bot.errors import DocumentUnreadable
from tests.documents import makers


@pytest.fixture
def reader() -> DocumentReader:
    """Reads documents."""
    return DocumentReader()


@pytest.mark.parametrize(
    ("name", "is_known"),
    [
        ("a.pdf", True),
        ("A Report.DOCX", True),
        ("a.tar.gz", True),
        ("a.old.xls", True),
        ("a.odp ", True),
        ("a.csv", False),
        ("a.txt", False),
        ("pdf", False),
        ("a.pdf.exe", False),
        ("", False),
        ("a.png", False),
    ],
)
def test_kinds(reader: DocumentReader, name: str, is_known: bool) -> None:
    """A kind is known by the ending of the name."""
    assert reader.can_read(name) is is_known


async def test_pdf(reader: DocumentReader) -> None:
    """A PDF's text is there page by page."""
    read = await reader.extract("a.pdf", makers.pdf(["Hello\nthere", "Grüße"]))
    assert read.text == "## Page 1\n\nHello\nthere\n\n## Page 2\n\nGrüße"
    assert read.note == ""


async def test_many_at_once(reader: DocumentReader) -> None:
    """Several documents at once do not mix."""
    contents = [makers.pdf([f"number {n}"]) for n in range(5)]
    read = await asyncio.gather(*(reader.extract("a.pdf", content) for content in contents))
    assert [each.text for each in read] == [f"number {n}" for n in range(5)]


async def test_pdf_that_only_shall_not_be_printed(reader: DocumentReader) -> None:
    """A PDF that opens without a password is read, though it is encrypted."""
    read = await reader.extract("a.pdf", makers.pdf(["Hello"], owner="secret"))
    assert read.text == "Hello"


async def test_protected(reader: DocumentReader) -> None:
    """A document with a password cannot be read, and the sentence says what to do."""
    for name, content in (
        ("a.pdf", makers.pdf(["Hello"], user="secret")),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)),
    ):
        with pytest.raises(DocumentUnreadable, match=r"password: send a copy without one\.$"):
            await reader.extract(name, content)


async def test_pictures_only(reader: DocumentReader) -> None:
    """A PDF without text is told as a scan."""
    with pytest.raises(DocumentUnreadable, match="pictures without text"):
        await reader.extract("a.pdf", makers.pdf(["", ""]))


async def test_word(reader: DocumentReader) -> None:
    """A Word document becomes Markdown."""
    read = await reader.extract("a.docx", makers.word())
    assert read.text == (
        "# The year\n\n# Sales\n\nThey grew, as expected: 売上.\n\n- first\n- second\n1. step\n\n"
        "| Month | Sum |\n| --- | --- |\n| May\\|June | 3 4 |\n\nThe end."
    )


async def test_slides(reader: DocumentReader) -> None:
    """A presentation becomes Markdown, with the numbers of its charts and its notes."""
    read = await reader.extract("a.pptx", makers.slides())
    assert read.text == (
        "## Slide 1: Why we are here\n\n- one thing\n  - a part of it\n\nNotes: Speak slowly.\n\n"
        "## Slide 2\n\n| x | y |\n| --- | --- |\n| 1 | 2 |\n\n"
        "|  | Sales |\n| --- | --- |\n| May | 3.5 |\n| June | 4 |"
    )


async def test_open_document(reader: DocumentReader) -> None:
    """OpenDocument text and sheets become Markdown; rows that are not there cost nothing."""
    read = await reader.extract("a.odt", makers.open_text())
    assert read.text == (
        "## Overview\n\nPlain text, and an ß.\n\n- one\n- two\n\n"
        "| k | v |\n| --- | --- |\n| x | 2.5 |"
    )
    read = await reader.extract("a.ods", makers.open_sheets())
    assert read.text.splitlines()[2:] == [
        "| 1 | 2.5 | a |",
        "| --- | --- | --- |",
        "| true |  | b |",
        "| the last |  |  |",
    ]


async def test_archives(reader: DocumentReader) -> None:
    """Archives are listed with sizes, whatever their names hold, and not unpacked."""
    content = makers.packed(**{"a/b.txt": b"x" * 5000, "c`\n`.md": b""})
    read = await reader.extract("a.zip", content)
    assert read.text == "2 files, 5 kB unpacked:\n\n- `a/b.txt` 5 kB\n- `c???.md` 0 bytes"
    assert read.note == "It was listed, not unpacked."
    for form in ("gz", "bz2", "xz", ""):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode=f"w:{form}") as archive:  # type: ignore[call-overload]
            member = tarfile.TarInfo("../../etc/passwd")
            member.size = 3
            archive.addfile(member, io.BytesIO(b"abc"))
        read = await reader.extract(f"a.tar.{form}".rstrip("."), stream.getvalue())
        assert read.text == "1 file, 3 bytes unpacked:\n\n- `../../etc/passwd` 3 bytes"


async def test_archive_with_many_names(reader: DocumentReader) -> None:
    """Of an archive with very many files the first names are listed."""
    content = makers.packed(**{f"file-{n}": b"" for n in range(1500)})
    read = await reader.extract("a.zip", content)
    assert read.text.startswith("1500 files")
    assert read.text.count("\n- ") == 1000
    assert read.note == "It was listed, not unpacked: the first 1000 names."


async def test_old_formats(reader: DocumentReader) -> None:
    """What programs of before 2007 wrote is refused with what to save it as."""
    with pytest.raises(DocumentUnreadable, match=r"\.docx"):
        await reader.extract("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.xlsx", "a.pptx", "a.odt", "a.zip", "a.tgz"])
@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 not really", bytes(5000)])
async def test_not_what_it_says(reader: DocumentReader, name: str, content: bytes) -> None:
    """What is not what its name says ends in one sentence that says what to do."""
    with pytest.raises(DocumentUnreadable) as told:
        await reader.extract(name, content)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


async def test_bombs(reader: DocumentReader) -> None:
    """What would be gigabytes when unpacked ends in a sentence, and the bot goes on."""
    layer = bytes(50_000_000)
    bomb = makers.packed(**{f"{n}.xml": layer for n in range(12)}, **{"content.xml": layer})
    assert len(bomb) < 4_000_000
    for name in ("a.docx", "a.xlsx", "a.pptx", "a.odt"):
        with pytest.raises(DocumentUnreadable, match="too large when unpacked"):
            await reader.extract(name, bomb)
    assert (await reader.extract("a.zip", bomb)).text.startswith("13 files, 650 MB unpacked")


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
    + '<!ENTITY f SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize("entity", ["h", "f"])
async def test_entities(reader: DocumentReader, entity: str) -> None:
    """XML that grows by itself, or that names a file of the host, brings nothing in."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    text = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'{ENTITIES}<o:document-content xmlns:o="{office}" xmlns:t="{text}"><o:body>'
        f"<t:p>before &{entity}; after</t:p></o:body></o:document-content>"
    )
    packed = makers.packed(**{"META-INF/manifest.xml": b"<x/>", "content.xml": content.encode()})
    try:
        read = (await reader.extract("a.odt", packed)).text
    except DocumentUnreadable:
        return
    assert "root:" not in read
    assert len(read) < 1000


@pytest.mark.parametrize("entity", ["h", "f"])
async def test_word_entities(reader: DocumentReader, entity: str) -> None:
    """The same for a Word document."""

    def mean(xml: bytes) -> bytes:
        return ENTITIES.encode() + xml.partition(b"?>")[2].replace(b"!!", f"&{entity};".encode())

    content = makers.word_with("<w:p><w:r><w:t>before !! after</w:t></w:r></w:p>")
    try:
        read = (
            await reader.extract("a.docx", makers.replaced(content, "word/document.xml", mean))
        ).text
    except DocumentUnreadable:
        return
    assert "root:" not in read
    assert len(read) < 1000


def test_the_bot_loads_no_library() -> None:
    """The bot's own process knows how to ask for a document's text, and no library for it."""
    program = (
        "import sys, adapters.documents.reader\n"
        "names = ('pypdf', 'docx', 'pptx', 'openpyxl', 'lxml', 'PIL')\n"
        "print([name for name in names if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout.strip() == b"[]"
