"""What every platform's Markdown must do with whole answers and with CommonMark's own examples.

A platform's test module subclasses `DialectContract` and says which dialect it is about.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from bot.answer import GrowingAnswer
from bot.markdown.writing import Dialect
from bot.splitting import split
from tests.bot.markdown_texts import ANSWERS, LONG_ANSWERS, PAYLOADS, open_fences, seen

_SPECIFICATION = (
    Path(__file__).parents[1] / "corpus/commonmark/node_modules/commonmark-spec/spec.txt"
)
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n.*?^`{32}$", re.MULTILINE | re.DOTALL)
_PARSER = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
_BARE = re.compile(r"\*\*|__|~~|```|\]\(|!\[|^\||\|-")
_LONG = pytest.mark.parametrize("file", LONG_ANSWERS, ids=lambda file: file.stem)
_FILES = pytest.mark.parametrize("file", ANSWERS, ids=lambda file: file.stem)


@cache
def examples() -> tuple[str, ...]:
    """The examples of the CommonMark specification, which `make test` fetches."""
    if not _SPECIFICATION.exists():
        pytest.skip("the CommonMark specification is not at hand: `make test` fetches it")
    text = _SPECIFICATION.read_text(encoding="utf-8")
    return tuple(found.replace("→", "\t").rstrip("\n") for found in _EXAMPLE.findall(text))


@lru_cache(maxsize=4_000)
def bare_marks(text: str) -> list[str]:
    """The marks of Markdown that a reader sees as such, code left aside.

    Args:
        text: Markdown.
    """
    shown = [
        child.content
        for token in _PARSER.parse(text)
        for child in token.children or ()
        if child.type == "text"
    ]
    return [found[0] for line in shown if (found := _BARE.search(line))]


class DialectContract:
    """The contract."""

    dialect: Dialect
    limits: tuple[int, ...]
    appends_only: bool
    unsaid: re.Pattern[str]
    """What an example has that the platform cannot say: addresses that are not on the web."""
    read_otherwise: frozenset[str] = frozenset()
    """Examples that are other Markdown once they are written: what was text is read as a mark."""

    def answer(self, limit: int) -> GrowingAnswer:
        """An answer that begins."""
        return GrowingAnswer(limit, self.dialect, appends_only=self.appends_only)

    def split(self, text: str, limit: int) -> tuple[str, ...]:
        """A whole text."""
        return split(text, limit, dialect=self.dialect, appends_only=self.appends_only)

    def grows(self, text: str, limit: int, step: int) -> list[tuple[str, ...]]:
        """What is shown of a text that comes in steps, and in the end; checked for what holds."""
        answer = self.answer(limit)
        states = [answer.so_far(text[:end]) for end in range(0, len(text) + 1, step)]
        states.append(answer.whole(text))
        assert states[-1] == self.split(text, limit)
        for before, after in pairwise(states):
            assert all(len(part) <= limit for part in after)
            assert not any(open_fences(part) for part in after[:-1])
            if not self.appends_only:
                assert not any(open_fences(part) for part in after)
            elif before:
                assert after[: len(before) - 1] == before[:-1]
                assert after[len(before) - 1].startswith(before[-1])
        assert not any(open_fences(part) for part in states[-1])
        return states

    @_FILES
    @pytest.mark.parametrize("step", [19, 61])
    def test_a_long_answer_grows_without_a_jump(self, file: Path, step: int) -> None:
        """However it comes, parts fit, code has its end, and what only grows is not taken back."""
        for limit in self.limits:
            self.grows(file.read_text(encoding="utf-8"), limit, step)

    @_LONG
    def test_a_very_long_answer_grows_and_can_be_read(self, file: Path) -> None:
        """The same holds for more than 20,000 characters, and none of them is lost."""
        text = file.read_text(encoding="utf-8")
        assert len(text) > 20_000
        for limit in self.limits:
            states = self.grows(text, limit, 397)
            assert self.words(*states[-1]) == self.words(text)

    @_FILES
    def test_no_mark_is_seen_while_it_grows(self, file: Path) -> None:
        """Half a link, half a bold word or half a table is never shown as bare marks."""
        for parts in self.grows(file.read_text(encoding="utf-8"), self.limits[-1], 7):
            assert not any(bare_marks(part) for part in parts)

    @_FILES
    def test_all_of_it_can_be_read(self, file: Path) -> None:
        """What is shown has the words of what was said, in the same order."""
        text = file.read_text(encoding="utf-8")
        [whole] = self.split(text, 1_000_000)
        assert self.words(whole) == self.words(text)
        for limit in self.limits:
            parts = self.split(text, limit)
            assert self.words(*parts) == self.words(text)

    @_FILES
    def test_written_twice_it_is_the_same(self, file: Path) -> None:
        """What is written in the dialect already stays as it is."""
        [once] = self.split(file.read_text(encoding="utf-8"), 1_000_000)
        assert self.split(once, 1_000_000) == (once,)

    @pytest.mark.parametrize("text", PAYLOADS)
    def test_what_was_wrong_once_is_right(self, text: str) -> None:
        """It grows without a jump, and what is written stays as it is."""
        self.grows(text, 400, 1 + len(text) // 150)
        if "<!" not in text:
            once = "\n\n".join(self.split(text, 100_000))
            assert "\n\n".join(self.split(once, 100_000)) == once

    def words(self, *parts: str) -> str:
        """What can be read in messages."""
        return seen(*parts, joins_tables=True)

    def test_every_example_of_commonmark_grows_without_a_jump(self) -> None:
        """The same holds for each construct of the specification, letter by letter."""
        for text in examples():
            if '<em>"</em>' not in text:  # a tag in what a tag says, which no model writes
                self.grows(text, 400, 1)

    def test_every_example_of_commonmark_is_written_once(self) -> None:
        """What a dialect makes of an example, it leaves as it is."""
        for text in examples():
            if text not in self.read_otherwise:
                once = "\n\n".join(self.split(text, 100_000))
                assert "\n\n".join(self.split(once, 100_000)) == once

    def test_every_example_of_commonmark_can_be_read(self) -> None:
        """Each example shows what it showed, as far as the platform can say it."""
        for text in examples():
            if not self.unsaid.search(text):
                assert self.words(*self.split(text, 100_000)) == self.words(text)
