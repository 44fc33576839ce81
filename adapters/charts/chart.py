"""A chart as the model describes it: read from its arguments, and checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeGuard

MOST_SERIES = 20
MOST_POINTS = 20_000
MOST_BARS = 400
MOST_SLICES = 20
MOST_TEXT = 200
SMALLEST, LARGEST = 300, 3000


class NotAChart(Exception):
    """The arguments describe no chart; the message is a sentence that says what to mend."""


class Kind(StrEnum):
    """How the data are drawn."""

    LINE = "line"
    AREA = "area"
    BAR = "bar"
    STACKED_BAR = "stacked_bar"
    SCATTER = "scatter"
    HISTOGRAM = "histogram"
    PIE = "pie"


_BARS = frozenset({Kind.BAR, Kind.STACKED_BAR})


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Numbers that belong together.

    Args:
        name: what they are; may be empty.
        values: the numbers; NaN where there is none.
    """

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """What is to be drawn.

    Args:
        kind: how.
        series: the data; one at least.
        x: what they stand over, as long as each series: numbers, dates, or names. Empty for a
            histogram.
        title: above it; may be empty.
        x_label: below it; may be empty.
        y_label: beside it; may be empty.
        log_x: whether the horizontal axis is logarithmic.
        log_y: whether the vertical one is.
        is_horizontal: whether bars lie.
        bins: how many bars a histogram has; 0 to have it decided.
        width: pixels.
        height: pixels.
    """

    kind: Kind
    series: tuple[Series, ...]
    x: tuple[float, ...] | tuple[datetime, ...] | tuple[str, ...] = ()
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    log_x: bool = False
    log_y: bool = False
    is_horizontal: bool = False
    bins: int = 0
    width: int = 1200
    height: int = 675


def parse(arguments: Mapping[str, object]) -> Chart:
    """Read a chart from a tool's arguments.

    Raises:
        NotAChart: they describe none; says what to mend.
    """
    kind = _kind(arguments.get("kind"))
    series = _series(arguments.get("series"))
    given = arguments.get("x")
    x = () if kind is Kind.HISTOGRAM else _x(given, kind, max(len(s.values) for s in series))
    chart = Chart(
        kind=kind,
        series=series,
        x=x,
        title=_text(arguments, "title"),
        x_label=_text(arguments, "x_label"),
        y_label=_text(arguments, "y_label"),
        log_x=arguments.get("log_x") is True,
        log_y=arguments.get("log_y") is True,
        is_horizontal=arguments.get("horizontal") is True,
        bins=_whole(arguments, "bins", 0, 0, 500),
        width=_whole(arguments, "width", 1200, SMALLEST, LARGEST),
        height=_whole(arguments, "height", 675, SMALLEST, LARGEST),
    )
    _check(chart)
    return chart


def file_name(arguments: Mapping[str, object]) -> str:
    """A safe name for the picture, by the chart's own name or title."""
    wanted = arguments.get("name") or arguments.get("title") or "chart"
    name = wanted if isinstance(wanted, str) else "chart"
    name = re.sub(r"\.png\Z", "", name.strip(), flags=re.IGNORECASE)
    words = re.findall(r"[^\W_]+", name.lower())
    return ("-".join(words)[:60].strip("-") or "chart") + ".png"


def _kind(given: object) -> Kind:
    kind = (
        given.strip().lower().replace(" ", "_").replace("-", "_") if isinstance(given, str) else ""
    )
    try:
        return Kind(kind)
    except ValueError:
        raise NotAChart(f"`kind` must be one of {', '.join(Kind)}.") from None


def _series(given: object) -> tuple[Series, ...]:
    if isinstance(given, Mapping):
        given = [given]
    if not _is_list(given) or not given:
        raise NotAChart('`series` must be a list such as [{"name": "Sales", "values": [1, 2, 3]}].')
    if len(given) > MOST_SERIES:
        raise NotAChart(
            f"`series` has {len(given)} series; at most {MOST_SERIES} can be told apart."
        )
    series = tuple(_one_series(each, number) for number, each in enumerate(given, 1))
    if (points := sum(len(each.values) for each in series)) > MOST_POINTS:
        raise NotAChart(
            f"There are {points} values; at most {MOST_POINTS} are drawn: leave some out, or sum"
            " them up."
        )
    return series


def _one_series(given: object, number: int) -> Series:
    where = f"series {number}"
    if _is_list(given):
        given = {"values": given}
    if not isinstance(given, Mapping) or not _is_list(values := given.get("values")) or not values:
        raise NotAChart(f"{where} has no `values`: give a list of numbers.")
    name = given.get("name")
    return Series(
        name=_line(name) if isinstance(name, str) else "",
        values=tuple(_number(value, f"{where}, value {n}") for n, value in enumerate(values, 1)),
    )


def _number(given: object, where: str) -> float:
    if given is None:
        return math.nan
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise NotAChart(f"{where} is not a number.")
    try:
        number = float(given.replace(",", "")) if isinstance(given, str) else float(given)
    except ValueError:
        raise NotAChart(f"{where} is {_quoted(str(given))}, which is not a number.") from None
    except OverflowError:
        number = math.inf
    if math.isinf(number) or abs(number) > 1e300:
        raise NotAChart(f"{where} is too large to be drawn.")
    return number


def _x(
    given: object, kind: Kind, count: int
) -> tuple[float, ...] | tuple[datetime, ...] | tuple[str, ...]:
    if given is None and kind not in {Kind.SCATTER, Kind.PIE}:
        numbers = range(1, count + 1)
        return tuple(map(str, numbers)) if kind in _BARS else tuple(map(float, numbers))
    if not _is_list(given) or not given:
        what = "the names of the slices" if kind is Kind.PIE else "a list, one entry for each value"
        raise NotAChart(f"`x` must be {what}.")
    if kind in _BARS or kind is Kind.PIE:
        return tuple(_name(each) for each in given)
    if all(isinstance(each, int | float) and not isinstance(each, bool) for each in given):
        return tuple(_number(each, f"x value {n}") for n, each in enumerate(given, 1))
    dates = [_date(each) for each in given]
    found = tuple(date for date in dates if date is not None)
    if len(found) == len(dates):
        return found
    if kind is Kind.SCATTER:
        raise NotAChart(
            "`x` of a scatter chart must be all numbers or all dates such as 2026-01-31."
        )
    return tuple(_name(each) for each in given)


def _date(given: object) -> datetime | None:
    """A date or a moment in ISO's form, as the clock on the wall says it."""
    if not isinstance(given, str):
        return None
    text = given.strip()
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        date = datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
    # Others are names: matplotlib's calendar ends not far beyond.
    return date if 1000 <= date.year <= 4000 else None


def _check(chart: Chart) -> None:
    """See whether the parts fit together."""
    for number, series in enumerate(chart.series, 1):
        if chart.x and len(series.values) != len(chart.x):
            raise NotAChart(
                f"series {number} has {len(series.values)} values and `x` has {len(chart.x)}: give"
                " as many, with null where there is none."
            )
        if all(math.isnan(value) for value in series.values):
            raise NotAChart(f"series {number} has no numbers.")
    values = [value for series in chart.series for value in series.values if value == value]
    if chart.kind in _BARS and len(chart.x) * len(chart.series) > MOST_BARS:
        raise NotAChart(f"There would be more than {MOST_BARS} bars: use a line, or sum values up.")
    if chart.kind is Kind.PIE:
        if len(chart.series) > 1:
            raise NotAChart("A pie shows one series: use stacked_bar for several.")
        if len(values) > MOST_SLICES:
            raise NotAChart(f"A pie has at most {MOST_SLICES} slices: put the small ones together.")
        if min(values) < 0 or sum(values) <= 0:
            raise NotAChart("A pie's values must not be negative, nor all zero: use bars.")
    if chart.log_y and chart.kind is not Kind.HISTOGRAM and min(values) <= 0:
        raise NotAChart("`log_y` needs values above zero: leave it out.")
    if chart.log_x:
        over = (
            values if chart.kind is Kind.HISTOGRAM else [x for x in chart.x if isinstance(x, float)]
        )
        if not over or min(over) <= 0:
            raise NotAChart("`log_x` needs numbers above zero in `x`: leave it out.")


def _is_list(given: object) -> TypeGuard[Sequence[object]]:
    return isinstance(given, Sequence) and not isinstance(given, str)


def _text(arguments: Mapping[str, object], name: str) -> str:
    given = arguments.get(name)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise NotAChart(f"`{name}` must be text.")
    return _line(given)


def _line(text: str) -> str:
    """One line of what can be printed, not too long."""
    kept = "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= MOST_TEXT else line[: MOST_TEXT - 1] + "…"


def _name(given: object) -> str:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    line = _line(str(given))
    return line if len(line) <= 40 else line[:39] + "…"


def _quoted(text: str) -> str:
    return f'"{_line(text)[:40]}"'


def _whole(arguments: Mapping[str, object], name: str, default: int, least: int, most: int) -> int:
    given = arguments.get(name)
    if given is None:
        return default
    if isinstance(given, bool) or not isinstance(given, int | float) or not least <= given <= most:
        raise NotAChart(f"`{name}` must be a number from {least} to {most}.")
    return int(given)
