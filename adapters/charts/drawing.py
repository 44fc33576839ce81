"""Draws one chart. Runs in a process of its own, which ends with it."""

from __future__ import annotations

import math
import re
import textwrap
import warnings
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import matplotlib
import matplotlib.dates
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import FuncFormatter, MaxNLocator

from adapters.apart.inside import Refused
from adapters.charts.chart import Chart, Kind, NotAChart, parse

mpl: Any = matplotlib  # its types know less than it can
_DPI = 150
_INK, _QUIET, _GRID = "#1f2328", "#59636e", "#e4e8ec"
# Told apart also by those who do not see red and green as others do.
_COLOURS = (
    "#2f6fd0", "#e07b00", "#1a9a77", "#c2407e", "#7a5cc9", "#c9a200", "#4fa8d8", "#8c5a3c",
    "#5c6670", "#b5382c",
)  # fmt: skip
# What is drawn with DejaVu's letters stays so; the others have what it lacks, where installed.
_FONTS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "Noto Sans KR",
    "Source Han Sans", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback",
    "IPAexGothic", "IPAGothic", "TakaoGothic", "NanumGothic", "Noto Sans Devanagari",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Thai", "Noto Sans Bengali",
    "Hiragino Sans", "PingFang SC", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic",
    "Noto Sans Tamil", "Noto Emoji", "Symbola", "Unifont",
)  # fmt: skip
_MANY_NAMES = 12
_MOST_BINS = 60


def work(request: Mapping[str, object], _: bytes) -> tuple[Mapping[str, object], bytes]:
    """Draw a chart.

    Args:
        request: the arguments of the tool.

    Returns:
        The characters that no font has, and the picture as PNG.

    Raises:
        Refused: it cannot be drawn; says what to mend.
    """
    try:
        chart = parse(request)
    except NotAChart as exc:
        raise Refused(str(exc)) from exc
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        picture = draw(chart)
    missing = sorted({each for warning in told for each in _missing(str(warning.message))})
    return {"missing": " ".join(missing[:20])}, picture


def draw(chart: Chart) -> bytes:
    """A chart as PNG, of the size that it wants.

    A light card with dark letters: it reads as well between light messages as between dark ones.
    """
    mpl.rcdefaults()  # whatever a file on this machine says
    mpl.rcParams.update(_style())
    figure = Figure(
        figsize=(chart.width / _DPI, chart.height / _DPI), dpi=_DPI, layout="constrained"
    )
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    if chart.kind is Kind.PIE:
        _draw_pie(axes, chart)
    else:
        _DRAW[chart.kind](axes, chart)
        _dress(axes, chart)
    if chart.title:
        width = max(int(chart.width / 14), 20)
        lines = textwrap.wrap(chart.title, width, max_lines=3, placeholder="…")
        figure.suptitle("\n".join(lines), fontsize=12, fontweight="bold", color=_INK)
    stream = BytesIO()
    canvas.print_png(stream, metadata={"Software": None})
    return stream.getvalue()


def _draw_line(axes: Any, chart: Chart) -> None:
    # A few points are worth seeing; of many the line says enough.
    marker = "o" if len(chart.x) <= 30 else ""
    for series in chart.series:
        axes.plot(_places(chart), series.values, marker=marker, label=series.name)


def _draw_area(axes: Any, chart: Chart) -> None:
    rows = [[0.0 if math.isnan(v) else v for v in series.values] for series in chart.series]
    axes.stackplot(_places(chart), rows, labels=[s.name for s in chart.series], alpha=0.85)


def _draw_scatter(axes: Any, chart: Chart) -> None:
    size = 36 if len(chart.x) <= 200 else 12
    for series in chart.series:
        axes.scatter(_places(chart), series.values, s=size, alpha=0.75, label=series.name)


def _draw_bars(axes: Any, chart: Chart) -> None:
    count = len(chart.series)
    width = 0.8 / count
    for number, series in enumerate(chart.series):
        places = [n + (number - (count - 1) / 2) * width for n in range(len(chart.x))]
        values = [0.0 if math.isnan(v) else v for v in series.values]
        if chart.is_horizontal:
            axes.barh(places, values, height=width, label=series.name)
        else:
            axes.bar(places, values, width=width, label=series.name)


def _draw_stacked_bars(axes: Any, chart: Chart) -> None:
    above, below = [0.0] * len(chart.x), [0.0] * len(chart.x)
    places = range(len(chart.x))
    for series in chart.series:
        values = [0.0 if math.isnan(v) else v for v in series.values]
        starts = [above[n] if value >= 0 else below[n] for n, value in enumerate(values)]
        if chart.is_horizontal:
            axes.barh(places, values, left=starts, height=0.8, label=series.name)
        else:
            axes.bar(places, values, bottom=starts, width=0.8, label=series.name)
        for n, value in enumerate(values):
            (above if value >= 0 else below)[n] += value


def _draw_histogram(axes: Any, chart: Chart) -> None:
    rows = [[v for v in series.values if not math.isnan(v)] for series in chart.series]
    bins: Any = chart.bins or min(max(round(math.sqrt(max(map(len, rows)))), 5), _MOST_BINS)
    low, high = min(map(min, rows)), max(map(max, rows))
    if chart.log_x:
        low, high = (low / 2, high * 2) if low == high else (low, high)
        bins = [low * (high / low) ** (n / bins) for n in range(bins + 1)]
    elif (
        not chart.bins and high - low <= _MOST_BINS and all(v.is_integer() for r in rows for v in r)
    ):
        # One for each whole number: others would hold now two of them, now none.
        bins = [low - 0.5 + n for n in range(int(high - low) + 2)]
    alpha = 1.0 if len(rows) == 1 else 0.6
    for series, row in zip(chart.series, rows, strict=True):
        axes.hist(row, bins=bins, alpha=alpha, label=series.name, edgecolor="white", linewidth=0.5)


def _draw_pie(axes: Any, chart: Chart) -> None:
    slices = [
        (value, str(name))
        for value, name in zip(chart.series[0].values, chart.x, strict=True)
        if value > 0
    ]
    axes.pie(
        [value for value, _ in slices],
        labels=[name for _, name in slices],
        autopct=lambda percent: f"{percent:.0f} %" if percent >= 4 else "",
        pctdistance=0.75,
        startangle=90,
        counterclock=False,
        wedgeprops={"width": 0.55, "edgecolor": "white"},
        textprops={"color": _INK},
    )
    axes.set_aspect("equal")


_DRAW = {
    Kind.LINE: _draw_line,
    Kind.AREA: _draw_area,
    Kind.SCATTER: _draw_scatter,
    Kind.BAR: _draw_bars,
    Kind.STACKED_BAR: _draw_stacked_bars,
    Kind.HISTOGRAM: _draw_histogram,
}


def _places(chart: Chart) -> Any:
    """Where the values stand; names stand at whole numbers."""
    return range(len(chart.x)) if chart.x and isinstance(chart.x[0], str) else chart.x


def _dress(axes: Any, chart: Chart) -> None:
    """Axes, their names, and what is what."""
    lies = chart.is_horizontal and chart.kind in {Kind.BAR, Kind.STACKED_BAR}
    axes.set_xlabel(chart.y_label if lies else chart.x_label)
    axes.set_ylabel(chart.x_label if lies else chart.y_label)
    if chart.log_x or (chart.log_y and lies):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(_power))
    if chart.log_y and not lies:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(_power))
    if chart.x and isinstance(chart.x[0], str):
        _name_places(axes, chart, lies=lies)
    elif chart.x and isinstance(chart.x[0], datetime):
        locator = mpl.dates.AutoDateLocator()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mpl.dates.ConciseDateFormatter(locator))
    axes.grid(visible=True, axis="x" if lies else "y")
    axes.set_axisbelow(True)
    if any(series.name for series in chart.series) and (len(chart.series) > 1 or not chart.title):
        axes.figure.legend(
            loc="outside lower center", ncols=min(len(chart.series), 4), frameon=False
        )


def _name_places(axes: Any, chart: Chart, *, lies: bool) -> None:
    """Write the names, of very many as many as there is room for."""
    names = [str(name) for name in chart.x]
    room = max(int((chart.height if lies else chart.width) / 28), 5)
    step = math.ceil(len(names) / room)
    places = range(0, len(names), step)
    shown = names[::step]
    if lies:
        axes.set_yticks(places, shown)
        axes.invert_yaxis()
        return
    is_tight = len(shown) > _MANY_NAMES or sum(map(len, shown)) > chart.width / 11
    axes.set_xticks(
        places, shown, rotation=45 if is_tight else 0, ha="right" if is_tight else "center"
    )
    axes.yaxis.set_major_locator(
        axes.yaxis.get_major_locator() if chart.log_y else MaxNLocator(8, steps=[1, 2, 2.5, 5, 10])
    )


def _power(value: float, _: int | None) -> str:
    return f"{value:,.12g}" if 1e-5 < value < 1e7 else f"{value:.0e}"


def _style() -> dict[str, Any]:
    installed = {font.name for font in fontManager.ttflist}
    return {
        "font.family": ["DejaVu Sans", *(name for name in _FONTS if name in installed)],
        "font.size": 9,
        "text.parse_math": False,  # a dollar is a dollar
        "axes.formatter.use_mathtext": False,
        "axes.formatter.limits": (-5, 7),
        "axes.prop_cycle": mpl.cycler(color=_COLOURS),
        "axes.edgecolor": _GRID,
        "axes.labelcolor": _QUIET,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "grid.color": _GRID,
        "grid.linewidth": 0.8,
        "xtick.color": _QUIET,
        "ytick.color": _QUIET,
        "xtick.labelcolor": _INK,
        "ytick.labelcolor": _INK,
        "lines.linewidth": 2,
        "lines.markersize": 4,
        "figure.facecolor": "white",
        "figure.constrained_layout.w_pad": 0.12,
        "figure.constrained_layout.h_pad": 0.12,
    }


def _missing(warning: str) -> list[str]:
    """The character of a warning that no font has one."""
    found = re.match(r"Glyph (\d+) ", warning)
    return [chr(int(found[1]))] if found else []
