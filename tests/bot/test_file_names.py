"""Names for files that people send."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.file_names import LONGEST, names_like, safe_name, with_ending


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("Übersicht 2026.xlsx", "Übersicht 2026.xlsx"),
        ("报告.pdf", "报告.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("/", "file"),
        ("", "file"),
        (" .. ", "file"),
        (".env", "env"),
        ("a\nb\x00c.txt", "a bc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u200bb.txt", "ab.txt"),
        ("what?*.txt", "what__.txt"),
        ('"<b>".html', "__b__.html"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("a\ud800.txt", "a.txt"),
        ("u\u0308.txt", "ü.txt"),
        ("trailing. ", "trailing"),
    ],
)
def test_names_become_safe(given_name: str, safe: str) -> None:
    """Paths, controls, tricks with direction and reserved names go; the rest stays."""
    assert safe_name(given_name) == safe


def test_long_names_keep_their_endings() -> None:
    """A name that is too long is cut before its ending."""
    assert safe_name("x" * 300 + ".txt") == "x" * 96 + ".txt"
    assert safe_name("x." + "y" * 300) == f"x.{'y' * 98}"
    assert with_ending("x" * 96 + ".pdf", ".md") == "x" * 96 + ".md"


def test_others_of_the_same_name_are_numbered() -> None:
    """The number stands before the ending."""
    assert list(islice(names_like("a.txt"), 3)) == ["a.txt", "a (2).txt", "a (3).txt"]
    assert list(islice(names_like("Makefile"), 2)) == ["Makefile", "Makefile (2)"]


@given(name=st.text(), ending=st.sampled_from(["", ".txt", ".tar.gz", "." + "e" * 40]))
@example(name="..\\..\\", ending="")
def test_any_name_becomes_safe(name: str, ending: str) -> None:
    """Whatever it was: one part of a path, readable, not too long, and safe once more."""
    safe = safe_name(name + ending)
    assert safe
    assert safe not in {".", ".."}
    assert safe.isprintable()
    assert not set(safe) & set('/\\<>:"|?*')
    assert safe == safe.strip(". ")
    assert safe_name(safe) == safe
    similar = list(islice(names_like(safe), 12))
    assert len({each.casefold() for each in similar}) == 12
    assert all(len(each) <= LONGEST for each in [*similar, with_ending(safe, ".md")])
