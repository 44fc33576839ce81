"""One figure of the benchmark, and how all of them are shown and kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import median

KEYS = ("name", "unit", "value", "reference", "ratio", "limit", "ok")
"""What `build/bench.json` says of each figure."""

_HEADINGS = ("measured", "unit", "value", "reference", "ratio", "limit", "")


class Judged(Enum):
    """What a limit is about."""

    NOTHING = ""
    VALUE_AT_MOST = "value ≤"
    RATIO_AT_MOST = "ratio ≤"
    RATIO_AT_LEAST = "ratio ≥"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A figure, what it is compared with, and whether it is good enough.

    Args:
        name: what was measured.
        unit: of the value and of the reference.
        value: the bot's figure.
        reference: what it is compared with; None where it stands alone.
        limit: the most, or the least, that is good enough; None for what only informs.
        judged: what the limit is about.
        note: a line under the table, such as the noise of the measurement.
    """

    name: str
    unit: str
    value: float
    reference: float | None = None
    limit: float | None = None
    judged: Judged = Judged.NOTHING
    note: str = field(default="")

    @property
    def ratio(self) -> float | None:
        """The value in units of the reference; None without one."""
        return self.value / self.reference if self.reference else None

    @property
    def ok(self) -> bool:
        """Whether the limit is kept; what only informs always is."""
        match self.judged:
            case Judged.NOTHING:
                return True
            case Judged.VALUE_AT_MOST:
                return self.limit is not None and self.value <= self.limit
            case Judged.RATIO_AT_MOST:
                return self._is_compared and self.ratio_or_zero <= (self.limit or 0.0)
            case Judged.RATIO_AT_LEAST:
                return self._is_compared and self.ratio_or_zero >= (self.limit or 0.0)

    @property
    def ratio_or_zero(self) -> float:
        """The ratio, 0 without one."""
        return self.ratio or 0.0

    @property
    def _is_compared(self) -> bool:
        return self.ratio is not None and self.limit is not None

    @property
    def told(self) -> str:
        """In a line, as soon as it is known."""
        beside = "" if self.reference is None else f", beside {_shown(self.reference)}"
        return f"{self.name}: {_shown(self.value)} {self.unit}".rstrip() + beside

    def record(self) -> dict[str, object]:
        """As it is kept, with the keys of `KEYS`."""
        values = (
            self.name,
            self.unit,
            _rounded(self.value),
            _rounded(self.reference),
            _rounded(self.ratio),
            self.limit,
            self.ok,
        )
        return dict(zip(KEYS, values, strict=True))


def table(results: Sequence[Result]) -> str:
    """The figures for people, with their notes beneath."""
    rows = [_HEADINGS, *(_row(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = [
        "  ".join(
            cell.ljust(width) if column in {0, 1, 5, 6} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths if width))
    notes = [f"{result.name}: {result.note}" for result in results if result.note]
    return "\n".join([*lines, "", *notes] if notes else lines)


def as_json(results: Sequence[Result]) -> str:
    """The figures for programs: a list of objects with the keys of `KEYS`."""
    return json.dumps([result.record() for result in results], indent=2, ensure_ascii=False) + "\n"


def middle(values: Sequence[float]) -> float:
    """The median, which one slow turn does not move."""
    return float(median(values))


def spread(values: Sequence[float]) -> str:
    """How far a sample goes: its quartiles, for notes."""
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 4], ordered[len(ordered) * 3 // 4]
    return f"{low:.4g}–{high:.4g}"


def _row(result: Result) -> tuple[str, ...]:
    limit = "" if result.limit is None else f"{result.judged.value} {_shown(result.limit)}"
    verdict = "" if result.judged is Judged.NOTHING else "ok" if result.ok else "MISSED"
    return (
        result.name,
        result.unit,
        _shown(result.value),
        _shown(result.reference),
        "" if result.ratio is None else f"{result.ratio:.2f}",
        limit,
        verdict,
    )


def _shown(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:.1f}" if abs(number) >= 10 and number % 1 else f"{number:.3g}"


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
