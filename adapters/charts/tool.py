"""The tool that draws charts, as the model is told of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from adapters.apart.process import Apart, ApartError, Limits, OutOfTime, Refused
from adapters.charts import chart
from adapters.charts.chart import Kind, NotAChart
from bot.messages import OutgoingFile

_LIMITS = Limits(seconds=30, memory=1536 * 1024 * 1024, answer=8 * 1024 * 1024, at_once=1)
_log = logging.getLogger(__name__)

_TEXT = {"type": "string"}
_VALUES = {"type": "array", "items": {"type": ["number", "null"]}}


class ChartTool:
    """Draws data that the model gives it, in a process of its own.

    Args:
        directory: where the list of the machine's fonts is kept from one chart to the next; made
            where it is missing.
    """

    name = "chart"
    description = (
        "Draws a chart from data and puts it on the desk as a PNG, which the people in the thread"
        " see below your answer."
    )
    parameters: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": list(Kind)},
            "series": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": _TEXT, "values": _VALUES},
                    "required": ["values"],
                },
            },
            "x": {
                "type": "array",
                "items": {"type": ["number", "string"]},
                "description": "What the values stand over: numbers, dates (2026-01-31) or names;"
                " as many as values. Not for a histogram.",
            },
            "title": _TEXT,
            "x_label": _TEXT,
            "y_label": _TEXT,
            "log_x": {"type": "boolean"},
            "log_y": {"type": "boolean"},
            "horizontal": {"type": "boolean", "description": "For bars with long names."},
            "bins": {"type": "integer"},
            "width": {"type": "integer", "description": "Pixels, 1200 when left out."},
            "height": {"type": "integer"},
            "name": {"type": "string", "description": "The file's; by the title when left out."},
        },
        "required": ["kind", "series"],
    }

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._apart = Apart("adapters.charts.drawing", _LIMITS, directory)

    def title(self, arguments: Mapping[str, object]) -> str:
        """What a call does, for people."""
        given = arguments.get("title") or arguments.get("name")
        return f"draws a chart: {given}" if isinstance(given, str) else "draws a chart"

    async def make(self, arguments: Mapping[str, object]) -> OutgoingFile | str:
        """Draw a chart.

        Args:
            arguments: as in `parameters`, or whatever the model made of them.

        Returns:
            The picture, its title being what the model is told of it besides; or, where it
            cannot be drawn, a sentence that says what to mend.
        """
        try:
            chart.parse(arguments)
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            answer = await self._apart.work(arguments)
        except (NotAChart, Refused) as exc:
            return str(exc)
        except OutOfTime:
            return "The chart takes too long to draw: give fewer values."
        except (ApartError, OSError) as exc:
            _log.warning("a chart was not drawn: %s", exc)
            return "The chart could not be drawn: try again with less, or show the data as a table."
        missing = answer.told.get("missing")
        note = (
            f"No font here has these characters, which show as boxes: {missing}. Draw it again with"
            " labels in another script if they matter."
            if missing
            else ""
        )
        return OutgoingFile(
            name=f"charts/{chart.file_name(arguments)}", content=answer.content, title=note
        )
