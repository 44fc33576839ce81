"""Bots that are started anew, with an empty database and with a full one, and their memory."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.keys import SessionKey
from bot.mailbox import EntryKind, EntryState, NewEntry, Usage
from bot.messages import Person
from storage.store import SqlStore, open_store
from tests.bench.ground import ANSWER, Ground, say
from tests.bench.processes import Memory, settled_memory_of

THREADS = 10_000
"""How many threads are at rest in the full database."""

_STARTS = 3
_AT_ONCE = 256
_STATE = b'{"type":"user.message"}\n' * 100
_OURS = frozenset({"bot", "adapters", "storage", "playground", "tests"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Starts:
    """What was read, start by start.

    Args:
        libraries: the third-party modules that a bot has imported, in their order.
        rest: an empty database, before anything was said.
        empty: an empty database, after one turn.
        full: a full database, after one turn.
    """

    libraries: tuple[str, ...]
    rest: list[Memory] = field(default_factory=list)
    empty: list[Memory] = field(default_factory=list)
    full: list[Memory] = field(default_factory=list)


async def starts(ground: Ground) -> Starts:
    """Start bots by turns with an empty and with a full database."""
    empty = ground.directory / "empty" / "threadpilot.db"
    full = ground.directory / "full" / "threadpilot.db"
    # The first start makes the schema: what that imports is not there later.
    async with ground.bot(empty):
        pass
    full.parent.mkdir()
    shutil.copy(empty, full)
    await _fill(full)
    say(f"  {THREADS} threads are at rest in {full.stat().st_size / 2**20:.0f} MB")
    found = Starts(libraries=await _libraries(ground, empty))
    for _ in range(_STARTS):
        for database, after in ((empty, found.empty), (full, found.full)):
            async with ground.bot(database) as bot:
                before = await settled_memory_of(bot.pid)
                if database is empty:
                    found.rest.append(before)
                await ground.slack.ask("turn", text=f"echo: {ANSWER}", expected=ANSWER)
                after.append(await settled_memory_of(bot.pid))
    return found


async def _libraries(ground: Ground, database: Path) -> tuple[str, ...]:
    """What a bot imports from others, taken from Python's own list of imports."""
    async with ground.bot(database, PYTHONPROFILEIMPORTTIME="1") as bot:
        await settled_memory_of(bot.pid)
        said = bot.said
    names = re.findall(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", said, re.MULTILINE)
    roots = _OURS | sys.stdlib_module_names
    return tuple(dict.fromkeys(each for each in names if each.partition(".")[0] not in roots))


async def _fill(database: Path) -> None:
    """Put threads into a database, each with a turn that is over."""
    async with open_store(f"sqlite:///{database}", clock=SystemClock()) as store:
        for first in range(0, THREADS, _AT_ONCE):
            async with asyncio.TaskGroup() as tasks:
                for number in range(first, min(first + _AT_ONCE, THREADS)):
                    tasks.create_task(_put(store, number))


async def _put(store: SqlStore, number: int) -> None:
    now = SystemClock().now()
    person = Person(id=f"U{number % 500:06}", name="Somebody")
    key = SessionKey(
        platform="slack", workspace="T1", channel=f"C{number % 50:03}", thread=f"17.{number:06}"
    )
    await store.append(
        NewEntry(
            key=key,
            kind=EntryKind.MESSAGE,
            source_id=key.thread,
            author=person,
            sent_at=now,
            text=f"echo: {ANSWER}",
        )
    )
    lease = await store.lease(key, "bench", now + timedelta(hours=1))
    assert lease is not None
    entry = await store.take(lease)
    assert entry is not None
    await store.begin_session(lease)
    await store.files(lease, lease.thread.session_id).append("/session-state/events.jsonl", _STATE)
    await store.finish(lease, entry.id, EntryState.DONE, Usage(model="m"), title="A title")
    await store.release(lease)
