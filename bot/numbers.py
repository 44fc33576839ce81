"""The numbers that an operator watches, as `/metrics` tells them.

The form is Prometheus' text format, which people read as easily:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.mailbox import Backlog
from bot.ports import RuntimeHealth


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """One of them.

    Args:
        name: small letters and `_`, without the program's name.
        help: what it is, in a sentence.
        value: how much it is now.
        labels: what tells it from others of its name.
    """

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class Busy(Protocol):
    """What works on threads."""

    @property
    def working(self) -> int:
        """How many threads are worked on."""

    @property
    def live_sessions(self) -> int:
        """How many sessions are live."""

    @property
    def waiting_for_session(self) -> int:
        """How many threads wait for a live session."""


def of_sessions(sessions: Busy) -> tuple[Number, ...]:
    """What this process works on."""
    return (
        Number(
            name="threads_working",
            help="Threads that this process works on.",
            value=sessions.working,
        ),
        Number(
            name="sessions_live",
            help="Copilot sessions that are live in this process.",
            value=sessions.live_sessions,
        ),
        Number(
            name="sessions_waiting",
            help="Threads of this process that wait for a live session.",
            value=sessions.waiting_for_session,
        ),
    )


def of_process() -> tuple[Number, ...]:
    """What this process does at once."""
    told = "Asyncio tasks of this process: at rest always about as many."
    return (Number(name="tasks", help=told, value=len(asyncio.all_tasks())),)


def of_runtime(health: RuntimeHealth) -> tuple[Number, ...]:
    """How the runtime is."""
    up = Number(name="runtime_up", help="Whether the Copilot runtime answers.", value=health.is_up)
    if health.memory_mb is None:
        return (up,)
    taken = "Megabytes of memory that the Copilot runtime takes."
    return (up, Number(name="runtime_memory_mb", help=taken, value=health.memory_mb))


def of_platforms(connected: Mapping[str, bool]) -> tuple[Number, ...]:
    """Whether events arrive, by the platforms' short names."""
    told = "Whether events of a platform arrive."
    return tuple(
        Number(name="platform_connected", help=told, value=is_so, labels={"platform": name})
        for name, is_so in connected.items()
    )


def of_backlog(backlog: Backlog, now: datetime) -> tuple[Number, ...]:
    """What waits, in all processes.

    Args:
        backlog: what the database says.
        now: the time (UTC).
    """
    oldest = backlog.oldest or now
    return (
        Number(
            name="messages_queued",
            help="What nobody has begun to work on, in all processes.",
            value=backlog.queued,
        ),
        Number(
            name="messages_running",
            help="What is being worked on, or waits for a live session, in all processes.",
            value=backlog.running,
        ),
        Number(
            name="oldest_queued_seconds",
            help="How long ago the oldest was said of what nobody has begun to work on.",
            value=max(0.0, (now - oldest).total_seconds()),
        ),
    )


def written(numbers: Iterable[Number]) -> str:
    """Write numbers as `/metrics` tells them; those of one name stand together."""
    lines: list[str] = []
    told: set[str] = set()
    for number in numbers:
        name = f"threadpilot_{number.name}"
        if name not in told:
            told.add(name)
            lines += [f"# HELP {name} {number.help}", f"# TYPE {name} gauge"]
        labels = ",".join(f'{label}="{value}"' for label, value in number.labels.items())
        lines.append(f"{name}{f'{{{labels}}}' if labels else ''} {number.value:g}")
    return "\n".join([*lines, ""])
