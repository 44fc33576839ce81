"""Bots that are started anew, with an empty database and with a full one, and their memory."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.chat import Chat
from tests.bench.full_database import fill
from tests.bench.ground import ANSWER, Ground, say
from tests.bench.processes import Memory, settled_memory_of

THREADS = 10_000
"""How many threads are at rest in the full database."""

_STARTS = 3
_OURS = frozenset({"bot", "adapters", "storage", "playground", "tests"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Rest:
    """Bots with an empty database, before anything was said.

    Args:
        chat: the platform that they serve.
        libraries: the third-party modules that such a bot has imported, in their order.
        memory: what they took, start by start.
    """

    chat: Chat
    libraries: tuple[str, ...]
    memory: list[Memory] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Starts:
    """What was read, start by start.

    Args:
        rest: before anything was said.
        empty: an empty database, after one turn.
        full: a full database, after one turn.
    """

    rest: Rest
    empty: list[Memory] = field(default_factory=list)
    full: list[Memory] = field(default_factory=list)


async def starts(ground: Ground) -> Starts:
    """Start bots by turns with an empty and with a full database."""
    slack = ground.slack
    empty = ground.directory / "empty" / "threadpilot.db"
    one = ground.directory / "one" / "threadpilot.db"
    full = ground.directory / "full" / "threadpilot.db"
    async with ground.bot(one, slack):
        await slack.process.ask("turn", text=f"echo: {ANSWER}", expected=ANSWER)
    full.parent.mkdir()
    shutil.copy(one, full)
    await asyncio.to_thread(fill, full, THREADS)
    say(f"  {THREADS} threads are at rest in {full.stat().st_size / 2**20:.0f} MB")
    found = Starts(rest=await _prepared(ground, slack, empty))
    for _ in range(_STARTS):
        for database, after in ((empty, found.empty), (full, found.full)):
            async with ground.bot(database, slack) as bot:
                before = await settled_memory_of(bot.pid)
                if database is empty:
                    found.rest.memory.append(before)
                await slack.process.ask("turn", text=f"echo: {ANSWER}", expected=ANSWER)
                after.append(await settled_memory_of(bot.pid))
    return found


async def at_rest(ground: Ground, chat: Chat) -> Rest:
    """Start bots that nobody says anything to."""
    database = ground.directory / f"rest-{chat.name}" / "threadpilot.db"
    found = await _prepared(ground, chat, database)
    for _ in range(_STARTS):
        async with ground.bot(database, chat) as bot:
            found.memory.append(await settled_memory_of(bot.pid))
    return found


async def _prepared(ground: Ground, chat: Chat, database: Path) -> Rest:
    # The first start makes the schema: what that imports is not there later.
    async with ground.bot(database, chat):
        pass
    return Rest(chat=chat, libraries=await _libraries(ground, chat, database))


async def _libraries(ground: Ground, chat: Chat, database: Path) -> tuple[str, ...]:
    """What a bot imports from others, taken from Python's own list of imports."""
    async with ground.bot(database, chat, PYTHONPROFILEIMPORTTIME="1") as bot:
        await settled_memory_of(bot.pid)
        said = bot.said
    names = re.findall(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", said, re.MULTILINE)
    roots = _OURS | sys.stdlib_module_names
    return tuple(dict.fromkeys(each for each in names if each.partition(".")[0] not in roots))
