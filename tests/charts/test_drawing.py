"""Charts as they are drawn."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.charts.chart import Kind
from adapters.charts.drawing import work
from adapters.charts.tool import ChartTool
from bot.messages import OutgoingFile

X: Mapping[Kind, list[Any]] = {
    Kind.PIE: ["a", "b", "c"],
    Kind.SCATTER: [1, 2, 3],
    Kind.LINE: ["2026-01-01", "2026-02-01", "2026-03-01"],
}


def size(picture: bytes) -> tuple[int, int]:
    """Width and height of a PNG."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def drawn(**arguments: Any) -> bytes:
    """The picture of a chart, drawn in this process."""
    return work(arguments, b"")[1]


@pytest.mark.parametrize("kind", Kind)
def test_kinds(kind: Kind) -> None:
    """Each kind is drawn, in the size that was asked for, the same each time."""
    arguments = {
        "kind": kind,
        "x": X.get(kind, ["a", "b", "c"]),
        "series": [{"name": "one", "values": [1, 2.5, 4]}],
        "title": "A title",
        "width": 640,
        "height": 400,
    }
    picture = drawn(**arguments)
    assert size(picture) == (640, 400)
    assert drawn(**arguments) == picture


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": "bar", "x": [f"item {n}" for n in range(400)], "series": [list(range(400))]},
        {"kind": "bar", "x": ["x" * 300, "y"], "series": [[1, 2], [3, -4]], "horizontal": True},
        {"kind": "stacked_bar", "series": [[1, -2], [None, 3]], "horizontal": True},
        {"kind": "line", "series": [[5]]},
        {"kind": "line", "series": [[1, 1e300]], "log_y": True},
        {
            "kind": "area",
            "series": [[1, None, 2], [0, 0, 0]],
            "x": ["2026-01", "1999-12-31", "0001-01"],
        },
        {
            "kind": "scatter",
            "series": [[1, 2], [2, 3]],
            "x": [1e-9, 1e9],
            "log_x": True,
            "log_y": True,
        },
        {"kind": "histogram", "series": [[7]], "log_x": True},
        {"kind": "histogram", "series": [[1, 1, 2], [5, 5]], "bins": 500},
        {"kind": "pie", "x": list("ab"), "series": [[0, 5]]},
        {
            "kind": "line",
            "title": "$x^2$ \\frac {} % # word " * 12,
            "series": [[1, 2]],
            "width": 300,
        },
        {"kind": "line", "series": [{"name": f"series {n}", "values": [n, 1]} for n in range(20)]},
    ],
    ids=lambda arguments: arguments["kind"],
)
def test_odd_ones(arguments: dict[str, Any]) -> None:
    """What is odd is drawn all the same."""
    assert size(drawn(**arguments))[1] == 675


def test_scripts() -> None:
    """Greek, Cyrillic and Arabic are in the font that is always there; what is missing is told."""
    series = [{"name": "π да", "values": [1, 2]}]
    told, _ = work({"kind": "line", "title": "Ωμέγα год سلام €", "series": series}, b"")
    assert told["missing"] == ""
    told, picture = work({"kind": "line", "title": "x \U0001f9ff\U0001fae0", "series": series}, b"")
    assert size(picture) == (1200, 675)
    assert isinstance(told["missing"], str)


async def test_the_tool(tmp_path: Path) -> None:
    """The tool gives the picture under a safe name, or a sentence on what to mend."""
    tool = ChartTool(tmp_path / "charts")
    arguments = {"kind": "bar", "x": ["a"], "series": [[1]], "title": "Sales: 2026", "width": 400}
    made = await tool.make(arguments)
    assert isinstance(made, OutgoingFile)
    assert made.name == "charts/sales-2026.png"
    assert size(made.content) == (400, 675)
    assert tool.title(arguments) == "draws a chart: Sales: 2026"
    assert tool.title({"title": 5}) == "draws a chart"
    told = await tool.make({"kind": "bar", "series": []})
    assert isinstance(told, str)
    assert told.startswith("`series` must be")


def test_the_bot_loads_no_library() -> None:
    """The bot's own process knows how to ask for a chart, and no library for it."""
    program = (
        "import sys, adapters.charts.tool\n"
        "print([name for name in ('matplotlib', 'numpy', 'PIL') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout.strip() == b"[]"
