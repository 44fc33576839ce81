"""The answer of a turn as messages, while it grows and when it is whole."""

from __future__ import annotations

from collections.abc import Sequence

from bot.markdown.parser import References, definitions
from bot.markdown.unfinished import Unfinished
from bot.markdown.units import Outline, Unit
from bot.markdown.writing import Dialect, Written
from bot.splitting import Parts, split


class GrowingAnswer:
    """Makes messages of a text that grows. What is over is read and written once.

    Args:
        limit: the most characters of a message.
        dialect: how the platform wants Markdown.
        appends_only: whether what was shown must stay as it is.
    """

    def __init__(self, limit: int, dialect: Dialect, *, appends_only: bool) -> None:
        self._limit = limit
        self._dialect = dialect
        self._appends_only = appends_only
        self._last: tuple[Unit, Written] | None = None
        self._shown: tuple[Sequence[Unit], tuple[str, ...]] | None = None
        self._begin()

    def so_far(self, text: str) -> tuple[str, ...]:
        """The messages of a text that is not over, without what is but half there.

        Args:
            text: standard Markdown, so far.
        """
        self._read(text)
        rest = self._unfinished.units()
        if not rest:
            return self._parts.so_far
        if self._shown is not None and self._shown[0] is rest:
            return self._shown[1]
        parts = self._parts.copy()
        for unit in rest[:-1]:
            parts.add(unit, self._dialect.written(unit, self._references))
        if self._last is None or self._last[0] != rest[-1]:
            self._last = (rest[-1], self._dialect.written(rest[-1], self._references))
        parts.add(*self._last)
        self._shown = (rest, parts.so_far)
        return self._shown[1]

    def whole(self, text: str) -> tuple[str, ...]:
        """The messages of the whole text.

        Args:
            text: standard Markdown.
        """
        if not self._appends_only and "]:" in text:
            # Links may have stood before the address that they name.
            return split(text, self._limit, dialect=self._dialect)
        self._read(text)
        parts = self._parts.copy()
        outline = self._outline
        for unit in outline.rest(outline.whole_lines + outline.half_line).units:
            parts.add(unit, self._dialect.written(unit, self._references))
        return parts.all

    def _begin(self) -> None:
        self._text = ""
        self._outline = Outline()
        self._unfinished = Unfinished(self._outline)
        self._parts = Parts(self._limit, self._appends_only)
        self._references: References = {}
        self._last = None
        self._shown = None

    def _read(self, text: str) -> None:
        if not text.startswith(self._text):
            self._begin()  # the text was taken back, as when a prompt is sent again
        self._text = text
        self._outline.read(text)
        for unit in self._outline.closed:
            if not self._appends_only and "]:" in unit.source:
                self._references = {**definitions(unit.source), **self._references}
            self._parts.add(unit, self._dialect.written(unit, self._references))
        self._outline.closed.clear()
