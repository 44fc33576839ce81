"""What a process takes, as the kernel tells it: memory and processor time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.result import middle

_REST_S = 0.5
_LONGEST_UNREST_S = 20.0
_READINGS = 5
_PAUSE_S = 0.1
_RESTING = 0.03
"""The share of a core that a process at rest uses at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """A process's memory; its children are not in it.

    Args:
        rss_kb: all pages that it has in memory.
        pss_kb: the same, with shared pages counted by share.
    """

    rss_kb: float
    pss_kb: float


def memory_of(pid: int) -> Memory:
    """Read `smaps_rollup`: https://docs.kernel.org/filesystems/proc.html.

    Args:
        pid: the process.
    """
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines():
        name, _, rest = line.partition(":")
        if rest.endswith(" kB"):
            found[name] = float(rest.split()[0])
    return Memory(rss_kb=found["Rss"], pss_kb=found["Pss"])


async def settled_memory_of(pid: int) -> Memory:
    """Read it once the process has come to rest."""
    await _rest_of(pid)
    readings = []
    for _ in range(_READINGS):
        readings.append(memory_of(pid))
        await asyncio.sleep(_PAUSE_S)
    return Memory(
        rss_kb=middle([each.rss_kb for each in readings]),
        pss_kb=middle([each.pss_kb for each in readings]),
    )


def cpu_s(pid: int) -> float:
    """The processor time that the threads of a process have used so far, in seconds."""
    times = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(each.read_text("utf-8").split()[0]) for each in times) / 1e9


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, as long as it has one thread or more."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for each in tasks for child in each.read_text("utf-8").split()]


class Cpu:
    """The processor time that processes use within the context, over all times it is entered.

    Args:
        pids: of the processes, by what they are called.
        turns: how many turns are taken each time.
    """

    def __init__(self, pids: Mapping[str, int], *, turns: int = 1) -> None:
        self._pids = pids
        self._used = dict.fromkeys(pids, 0.0)
        self._turns_each = turns
        self._turns = 0

    def __enter__(self) -> None:
        for name, pid in self._pids.items():
            self._used[name] -= cpu_s(pid)

    def __exit__(self, *_: object) -> None:
        self._turns += self._turns_each
        for name, pid in self._pids.items():
            self._used[name] += cpu_s(pid)

    def told(self) -> str:
        """In words, by turn."""
        return ", ".join(
            f"{name} {used * 1000 / self._turns:.0f} ms" for name, used in self._used.items()
        )


async def _rest_of(pid: int) -> None:
    """Wait until a process does next to nothing."""
    async with asyncio.timeout(_LONGEST_UNREST_S):
        used = cpu_s(pid)
        while True:
            await asyncio.sleep(_REST_S)
            before, used = used, cpu_s(pid)
            if used - before <= _RESTING * _REST_S:
                return
