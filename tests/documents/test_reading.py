"""How documents are read: bounds, odd ones, damaged ones."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.apart.inside import Refused
from adapters.documents.reading import work
from adapters.documents.text import Enough, Text, clean
from tests.documents import makers

pytestmark = pytest.mark.filterwarnings("ignore")


def read(kind: str, content: bytes, *, characters: int = 400_000) -> tuple[str, str]:
    """Text and note of a document, read in this process."""
    told, text = work({"kind": kind, "seconds": 30, "characters": characters}, content)
    return text.decode(), str(told["note"])


def test_a_long_pdf_is_read_in_part() -> None:
    """Of what is too long the beginning is read, and the note says how far."""
    text, note = read("pdf", makers.pdf(["word " * 10] * 9), characters=300)
    assert len(text) <= 300
    assert note == "Only the first 5 of 9 pages were read."


def test_no_time_left() -> None:
    """When the time is over, what was read until then stands."""
    told, text = work(
        {"kind": "pdf", "seconds": 0, "characters": 1000}, makers.pdf(["one", "two", "three"])
    )
    assert text == b"## Page 1\n\none"
    assert told["note"] == "Only the first 1 of 3 pages were read."


def test_sheets() -> None:
    """Values look much as in the sheet; what is empty around them is left out."""
    rows: list[list[object]] = [
        ["text", "a|b\nc", None, None],
        [None],
        [3, 3.0, 0.1 + 0.2, True],
        [date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), time(5, 6), "売上"],  # noqa: DTZ001
    ]
    assert read("sheets", makers.sheets(rows, name="Year 1"))[0] == (
        "## Year 1\n\n| text | a\\|b c |  |  |\n| --- | --- | --- | --- |\n"
        "| 3 | 3 | 0.3 | TRUE |\n| 2026-01-02 | 2026-01-02 03:04:00 | 05:06:00 | 売上 |"
    )


def test_a_large_sheet() -> None:
    """Of a large sheet the first rows and columns are read, and the note says so."""
    rows = [[row, *range(60)] for row in range(2100)]
    text, note = read("sheets", makers.sheets(rows), characters=10_000_000)
    lines = text.splitlines()[2:]
    assert len(lines) == 2001
    assert lines[0].count("|") == 51
    assert note == "Of One only the first 2000 rows and 50 columns were read."


def test_tracked_changes_and_controls() -> None:
    """What was inserted counts, what was deleted does not; a form's content is read."""
    run = "<w:r><w:t>{}</w:t></w:r>"
    deleted = '<w:del w:id="1" w:author="x"><w:r><w:delText>old</w:delText></w:r></w:del>'
    inserted = f'<w:ins w:id="2" w:author="x">{run.format("new")}</w:ins>'
    control = f"<w:sdt><w:sdtContent><w:p>{run.format('form')}</w:p></w:sdtContent></w:sdt>"
    body = f"<w:p>{deleted}{inserted}</w:p>{control}"
    assert read("word", makers.word_with(body))[0] == "new\n\nform"


def test_tables_in_tables() -> None:
    """A table within a cell is part of the cell's text."""
    inner = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>in</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    body = f"<w:tbl><w:tr><w:tc>{inner}<w:p/></w:tc></w:tr></w:tbl>"
    assert read("word", makers.word_with(body))[0] == "| in |\n| --- |"


def test_text_is_bounded() -> None:
    """Never more than was allowed is gathered, tables included."""
    text = Text(100, 60)
    with pytest.raises(Enough):
        text.add_table([str(n), "x" * 20] for n in range(100))
    assert len(str(text)) < 200
    text = Text(10, 60)
    with pytest.raises(Enough):
        text.add("x" * 50)
    assert str(text) == "x" * 10


@given(st.text())
def test_clean(text: str) -> None:
    """Text that was cleaned can be encoded, holds no control character, and stays clean."""
    cleaned = clean(text)
    cleaned.encode()
    assert not any(c < " " and c not in "\n\t" for c in cleaned)
    assert clean(cleaned) == cleaned


SOUND = {
    "pdf": makers.pdf(["Hello there", "and here"]),
    "word": makers.word(),
    "sheets": makers.sheets([["a", 1], ["b", 2.5]]),
    "slides": makers.slides(),
    "open": makers.open_text(),
    "zip": makers.packed(**{"a.txt": b"hello", "b.txt": b"there"}),
}


@settings(max_examples=60, derandomize=True)
@given(data=st.data(), kind=st.sampled_from(sorted(SOUND)))
def test_damaged(data: st.DataObject, kind: str) -> None:
    """A damaged document is read as far as it goes, or refused in a sentence; nothing else."""
    content = bytearray(SOUND[kind])
    if data.draw(st.booleans(), label="cut"):
        del content[data.draw(st.integers(0, len(content) - 1), label="at") :]
    places = st.lists(st.integers(0, max(len(content) - 1, 0)), min_size=1, max_size=20)
    for place in data.draw(places, label="flipped"):
        if content:
            content[place] ^= data.draw(st.integers(1, 255))
    refused = ""
    try:
        read(kind, bytes(content))
    except Refused as exc:
        refused = str(exc)
    assert "\n" not in refused
    assert refused.endswith(".") or not refused
