"""The lines of a reply's tools as few quiet ones."""

from __future__ import annotations

from collections.abc import Sequence

from bot import phrases
from bot.ports import ToolLine, ToolState

MORE = "more-steps"
"""The id of the line that stands for several."""


def newest(tools: Sequence[ToolLine], most: int) -> tuple[ToolLine, ...]:
    """The newest lines, after one that counts the others.

    Args:
        tools: oldest first.
        most: how many lines there may be, the one that counts included; at least 1.
    """
    if len(tools) <= most:
        return tuple(tools)
    named = tools[len(tools) - most + 1 :]
    folded = tools[: len(tools) - most + 1]
    line = ToolLine(
        id=MORE,
        title=phrases.steps(len(folded), failed=_failed(folded)),
        state=_state(folded),
    )
    return (line, *named)


def rolled(tools: Sequence[ToolLine], own: int) -> tuple[ToolLine, ...]:
    """The first lines, and one that names the newest and counts the rest.

    For a platform that cannot take back a line once it is shown, but can change it.

    Args:
        tools: oldest first.
        own: how many have lines of their own.
    """
    if len(tools) <= own + 1:
        return tuple(tools[:own]) + tuple(_named(tool) for tool in tools[own:])
    more = tools[own:]
    running = [tool for tool in more if tool.state is ToolState.RUNNING]
    named = (running or list(more))[-1]
    line = ToolLine(
        id=MORE,
        title=phrases.newest_of_steps(named.title or named.id, len(more), failed=_failed(more)),
        state=_state(more),
    )
    return (*tools[:own], line)


def _named(tool: ToolLine) -> ToolLine:
    return ToolLine(id=MORE, title=tool.title or tool.id, state=tool.state)


def _failed(tools: Sequence[ToolLine]) -> int:
    return sum(tool.state is ToolState.FAILED for tool in tools)


def _state(tools: Sequence[ToolLine]) -> ToolState:
    states = {tool.state for tool in tools}
    if ToolState.RUNNING in states:
        return ToolState.RUNNING
    return ToolState.FAILED if states == {ToolState.FAILED} else ToolState.DONE
