"""How many statements the database gets before a prompt is sent, and in a whole turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adapters.copilot.supervisor import Provider, RuntimeOptions, open_runtime
from adapters.slack.adapter import SlackAdapter, SlackOptions
from bot.clock import SystemClock
from bot.events import ReplyEvent
from bot.ports import (
    ChatAdapter,
    Image,
    PastTurn,
    Runtime,
    RuntimeHealth,
    RuntimeSession,
    SessionSpec,
)
from bot.requests import Decision
from bot.sessions import SessionManager
from bot.settings import Settings, load_settings
from bot.wiring import Bot, serve
from bot.workplace import Limits
from storage.store import open_store
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
        return _CountedSession(await self._runtime.open(spec), self._tally)

    async def health(self) -> RuntimeHealth:
        """Ask it."""
        return await self._runtime.health()


class _CountedSession:
    def __init__(self, session: RuntimeSession, tally: Tally) -> None:
        self._session = session
        self._tally = tally

    @property
    def session_id(self) -> str:
        return self._session.session_id

    @property
    def sees_images(self) -> bool:
        return self._session.sees_images

    async def turn(
        self, prompt: str, images: Sequence[Image] = ()
    ) -> AsyncGenerator[ReplyEvent, None]:
        # The first thing that a turn does is to send its prompt.
        self._tally.is_sent = True
        async with aclosing(self._session.turn(prompt, images)) as events:
            async for event in events:
                yield event

    async def stop(self) -> None:
        await self._session.stop()

    async def answer(self, question_id: str, text: str, *, is_choice: bool) -> None:
        await self._session.answer(question_id, text, is_choice=is_choice)

    async def decide(self, request_id: str, decision: Decision) -> None:
        await self._session.decide(request_id, decision)

    async def history(self) -> Sequence[PastTurn]:
        return await self._session.history()

    async def rewind(self, prompt_id: str) -> None:
        await self._session.rewind(prompt_id)

    async def close(self) -> None:
        await self._session.close()


async def measure(ground: Ground) -> list[Result]:
    """Count them in a bot of this process, with all its parts real."""
    tally = Tally()
    before: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    whole: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    leaving: list[float] = []
    async with _bot(ground, tally) as bot:

        async def turn(kind: str, thread: str = "") -> str:
            tally.begin()
            said = await ground.slack.ask(
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
            name=f"statements {what}, {kind}",
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
async def _bot(ground: Ground, tally: Tally) -> AsyncIterator[Bot]:
    """A bot as `bot.wiring.assembled` makes it, but for the counting."""
    directory = ground.directory / "statements"
    directory.mkdir()
    environment = ground.environment(directory / "threadpilot.db", {})
    settings = load_settings({**environment}, require_chat=True)
    clock = SystemClock()
    async with (
        open_store(
            settings.database_url.get_secret_value(), clock=clock, count_statements=tally.count
        ) as store,
        open_runtime(_options(settings, directory / "home"), clock=clock) as runtime,
    ):
        assert settings.slack_bot_token is not None
        assert settings.slack_app_token is not None
        slack = SlackAdapter(
            SlackOptions(
                bot_token=settings.slack_bot_token.get_secret_value(),
                app_token=settings.slack_app_token.get_secret_value(),
                api_url=settings.slack_api_url,
            ),
            clock=clock,
        )
        chats: dict[str, ChatAdapter] = {"slack": slack}
        counted = CountedRuntime(runtime, tally)
        sessions = SessionManager(
            store=store,
            runtime=counted,
            chats=chats,
            clock=clock,
            owner="bench",
            limits=Limits(idle_s=_IDLE_S),
        )
        bot = Bot(store=store, runtime=counted, chats=chats, sessions=sessions)
        serving = asyncio.create_task(serve(bot, settings))
        try:
            await ground.slack.ask("connected")
            yield bot
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            if not serving.cancelled():
                serving.result()
    await ground.slack.ask("disconnected")


def _options(settings: Settings, home: Path) -> RuntimeOptions:
    key = settings.copilot_provider_api_key
    assert key is not None
    assert settings.copilot_provider_base_url is not None
    return RuntimeOptions(
        home=home,
        model=settings.copilot_model,
        provider=Provider(
            base_url=settings.copilot_provider_base_url,
            api_key=key.get_secret_value(),
            wire_api=settings.copilot_provider_wire_api,
        ),
        is_offline=settings.copilot_offline,
    )
