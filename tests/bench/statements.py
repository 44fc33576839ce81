"""How many statements the database gets before a prompt is sent, and in a whole turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from bot.events import ReplyEvent
from bot.ports import Model, Runtime, RuntimeHealth, RuntimeSession, SessionSpec
from bot.settings import load_settings
from bot.wiring import Bot, assembled, serve
from tests.bench.chat import Chat
from tests.bench.ground import ANSWER, Ground
from tests.bench.result import Judged, Result, middle

_LIVE, _COLD, _NEW = _KINDS = ("live thread", "thread at rest", "new thread")
# The session manager's own looks into the store come seldom: the median leaves them out.
_TIMES = 3
_IDLE_S = 2.0
_QUIET_S = 0.25


@dataclass(slots=True)
class Tally:
    """The statements of a turn, before its prompt is sent and after."""

    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    is_sent: bool = False

    def count(self, statement: str) -> None:
        """Take a statement; called in the database's threads."""
        (self.after if self.is_sent else self.before).append(" ".join(statement.split()))

    @property
    def total(self) -> int:
        """How many there were so far."""
        return len(self.before) + len(self.after)

    def begin(self) -> None:
        """A turn begins."""
        self.before.clear()
        self.after.clear()
        self.is_sent = False


class CountedRuntime:
    """A runtime that says when a prompt is sent.

    Args:
        runtime: the real one.
        tally: is told.
    """

    def __init__(self, runtime: Runtime, tally: Tally) -> None:
        self._runtime = runtime
        self._tally = tally

    async def open(self, spec: SessionSpec) -> RuntimeSession:
        """Open a session."""
        session = await self._runtime.open(spec)
        return cast("RuntimeSession", _CountedSession(session, self._tally))

    async def models(self) -> Sequence[Model]:
        """The models that a thread may choose."""
        return await self._runtime.models()

    async def health(self) -> RuntimeHealth:
        """Ask it."""
        return await self._runtime.health()


class _CountedSession:
    """A session, but for the beginning of its turns."""

    def __init__(self, session: RuntimeSession, tally: Tally) -> None:
        self._session = session
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def turn(self, *given: Any, **named: Any) -> AsyncGenerator[ReplyEvent, None]:
        # The first thing that a turn does is to send its prompt.
        self._tally.is_sent = True
        async with aclosing(self._session.turn(*given, **named)) as events:
            async for event in events:
                yield event


async def measure(ground: Ground, chat: Chat) -> list[Result]:
    """Count them in a bot of this process, with all its parts real.

    Args:
        ground: where.
        chat: the platform that the bot serves.
    """
    tally = Tally()
    before: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    whole: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    leaving: list[float] = []
    async with _bot(ground, chat, tally) as bot:

        async def turn(kind: str, thread: str = "") -> str:
            tally.begin()
            said = await chat.process.ask(
                "turn", text=f"echo: {ANSWER}", expected=ANSWER, thread=thread
            )
            await _quiet(tally)
            before[kind].append(len(tally.before))
            whole[kind].append(tally.total)
            return str(said["thread"])

        async def leave() -> None:
            counted = tally.total
            await _at_rest(bot)
            leaving.append(tally.total - counted)

        for _ in range(_TIMES):
            thread = await turn(_NEW)
            await leave()
            await turn(_COLD, thread)
            await turn(_LIVE, thread)
            await leave()
    note = f"{middle(leaving):.0f} more when the thread is let go, after THREADPILOT_IDLE_S"
    return [
        Result(
            name=chat.named(f"statements {what}, {kind}"),
            unit="",
            value=middle(counts[kind]),
            limit=limit,
            judged=Judged.VALUE_AT_MOST,
            note=note if counts is whole and kind == _LIVE else "",
        )
        for what, counts, limit in (("before the prompt", before, 6), ("in a turn", whole, 15))
        for kind in _KINDS
    ]


async def _quiet(tally: Tally) -> None:
    """Wait until no more statements come: the last ones follow what people see."""
    counted = -1
    while counted != tally.total:
        counted = tally.total
        await asyncio.sleep(_QUIET_S)


async def _at_rest(bot: Bot) -> None:
    while bot.sessions.working:  # noqa: ASYNC110 - a bot has no event for it
        await asyncio.sleep(0.05)


@asynccontextmanager
async def _bot(ground: Ground, chat: Chat, tally: Tally) -> AsyncIterator[Bot]:
    """A bot as `threadpilot run` makes it, but for the counting."""
    directory = ground.directory / f"statements-{chat.name}"
    directory.mkdir()
    environment = ground.environment(
        directory / "threadpilot.db", chat, {"THREADPILOT_IDLE_S": f"{_IDLE_S}"}
    )
    settings = load_settings(environment, require_chat=True)
    async with assembled(
        settings,
        count_statements=tally.count,
        watched=lambda runtime: CountedRuntime(runtime, tally),
    ) as bot:
        serving = asyncio.create_task(serve(bot, settings))
        try:
            await chat.process.ask("connected")
            yield bot
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            if not serving.cancelled():
                serving.result()
    await chat.process.ask("disconnected")
