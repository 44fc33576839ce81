"""What grows while a bot works: memory, files and tasks of its process, rows of its database."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from tests.faults.crew import Member
from tests.faults.ledger import Ledger

_PAGE_KB = 4


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A look at a bot at rest.

    Args:
        turns: how many messages were answered by then.
        memory_mb: of the bot's process.
        runtime_mb: of its Copilot runtime.
        files: how many files and sockets it has open.
        tasks: how many asyncio tasks it has.
        open_rows: rows of work that is not finished: entries, leases, open requests.
        rows: all rows of the database.
    """

    turns: int
    memory_mb: int
    runtime_mb: int
    files: int
    tasks: int
    open_rows: int
    rows: int


async def look(member: Member, ledger: Ledger, turns: int) -> Sample:
    """Look at a bot.

    Args:
        member: the bot.
        ledger: its database.
        turns: how many messages were answered by now.
    """
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{member.http_port}/metrics") as answer,
    ):
        told = await answer.text()
    tasks = re.search(r"^threadpilot_tasks (\d+)", told, re.MULTILINE)
    assert tasks is not None, told
    counts = await ledger.counts()
    process = Path("/proc") / str(member.process.pid)
    return Sample(
        turns=turns,
        memory_mb=_memory_mb(member.process.pid),
        runtime_mb=_memory_mb(await member.process.runtime_pid()),
        files=len(await asyncio.to_thread(lambda: list((process / "fd").iterdir()))),
        tasks=int(tasks[1]),
        open_rows=await ledger.open_rows(),
        rows=sum(counts.values()),
    )


def table(samples: Sequence[Sample]) -> str:
    """The samples, one a line."""
    names = list(asdict(samples[0])) if samples else []
    lines = [" ".join(f"{name:>11}" for name in names)]
    lines += [" ".join(f"{value:>11}" for value in asdict(each).values()) for each in samples]
    return "\n".join(lines)


def _memory_mb(pid: int) -> int:
    pages = int((Path("/proc") / str(pid) / "statm").read_text().split()[1])
    return pages * _PAGE_KB // 1024
