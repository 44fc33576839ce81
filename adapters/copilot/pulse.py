"""Looks after a runtime that runs: whether it gives signs of life, and what memory it takes."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Protocol

from bot.errors import CopilotError
from bot.patience import cancelled
from bot.ports import Clock

MISSED_BEATS = 3
"""So many beats in a row without a sign of life, and it hangs."""

_LEFT_ALONE = 6
"""So many beats pass before its memory is looked at: a limit that is too low must not end each
runtime as soon as it is there."""

_PROC = Path("/proc")

_log = logging.getLogger(__name__)


class Living(Protocol):
    """What gives signs of life."""

    @property
    def signs(self) -> int:
        """How often it was heard of."""

    async def ping(self) -> None:
        """Ask it for a sign of life."""


async def silent(patient: Living, clock: Clock, beat_s: float) -> None:
    """Return once a runtime gives no sign of life any more.

    Beats are counted, not seconds: when this process itself was stopped for a while, what came
    meanwhile has not been read yet.

    Args:
        patient: the runtime.
        clock: time.
        beat_s: how often it is asked.
    """
    missed, heard = 0, patient.signs
    asking = asyncio.create_task(_asked(patient), name="ping")
    try:
        while missed < MISSED_BEATS:
            await clock.sleep(beat_s)
            if asking.done():
                asking = asyncio.create_task(_asked(patient), name="ping")
                missed = 0
            else:
                missed = missed + 1 if patient.signs == heard else 0
            heard = patient.signs
    finally:
        await cancelled(asking)


async def _asked(patient: Living) -> None:
    try:
        await patient.ping()
    except CopilotError as exc:
        # An answer is a sign of life; who is dead is noticed by others.
        _log.debug("the Copilot runtime answers a ping with: %s", exc)


async def heavier(
    process_id: int, limit_mb: int, clock: Clock, beat_s: float, *, at_once: bool = False
) -> None:
    """Return once a process takes more memory than it should; never where nobody can tell.

    Args:
        process_id: of the runtime.
        limit_mb: how many megabytes it may take.
        clock: time.
        beat_s: how often it is looked.
        at_once: whether it is looked from the first beat on.
    """
    for _ in range(0 if at_once else _LEFT_ALONE):
        await clock.sleep(beat_s)
    while True:
        taken = resident_mb(process_id)
        if taken is None:
            _log.warning("the memory of the Copilot runtime cannot be read here: it has no limit")
            await asyncio.Event().wait()
        elif taken > limit_mb:
            return
        await clock.sleep(beat_s)


def resident_mb(process_id: int) -> float | None:
    """How many megabytes of memory a process takes; None where the system does not tell.

    Args:
        process_id: the process.
    """
    # https://docs.kernel.org/filesystems/proc.html
    try:
        status = (_PROC / str(process_id) / "status").read_text(encoding="ascii", errors="replace")
    except OSError:
        # It is gone, or there is no such thing as /proc.
        return 0.0 if (_PROC / "self").exists() else None
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "VmRSS":
            return int(value.split()[0]) / 1024
    return 0.0
