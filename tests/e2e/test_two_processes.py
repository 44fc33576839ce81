"""Two processes of the bot on one PostgreSQL: either may take an event, one works on a thread."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from playground.slack.options import PlaygroundOptions
from playground.slack.socket_mode import Connection
from tests.e2e.bot_process import BotProcess
from tests.e2e.side import Thread
from tests.e2e.slack_side import SlackSide
from tests.e2e.stage import Stage, stage
from tests.postgres import PostgresServer, empty

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="module")]

WHOLE = "word1 word2 word3 word4 word5 word6"
_LEASE_S = 3


@dataclass
class Pair:
    """A stage with two bots.

    Args:
        play: the stage, with the first of them.
        other: the second.
        postgres: where their database is.
        heard_by: which bot a connection of Slack's belongs to.
    """

    play: Stage
    other: BotProcess
    postgres: PostgresServer
    heard_by: dict[Connection, BotProcess] = field(default_factory=dict)

    @property
    def slack(self) -> SlackSide:
        """The platform that they serve."""
        return self.play.on_slack

    async def begun(self) -> None:
        """Start what does not run, one after the other, and wait until it hears what is said."""
        connections = self.slack.slack.socket._connections
        for bot in (self.play.bot, self.other):
            if not bot.is_running:
                before = list(connections)
                await bot.start()
                (new,) = await self.slack.until(
                    lambda before=before: [each for each in connections if each not in before]  # type: ignore[misc]
                )
                self.heard_by[new] = bot

    def took(self, event: str) -> BotProcess:
        """The bot that was brought the newest event of a type."""
        (*_, newest) = (
            each.sent_to
            for each in self.slack.slack.socket.log
            if each.is_event and each.payload["event"]["type"] == event
        )
        assert newest is not None
        return self.heard_by[newest]

    async def of(self, thread: Thread) -> tuple[BotProcess, BotProcess]:
        """The bot that works on a thread, and the one that does not."""
        connection = await self.postgres.administrator("test")
        try:
            owner = await connection.fetchval(
                "SELECT lease_owner FROM threads WHERE thread = $1", thread.id
            )
        finally:
            await connection.close()
        bots = (self.play.bot, self.other)
        (working,) = (bot for bot in bots if bot.is_running and f"-{bot.pid}-" in owner)
        return working, next(bot for bot in bots if bot is not working)


@pytest_asyncio.fixture(loop_scope="module", scope="module", name="shared_pair")
async def _shared_pair(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pair]:
    directory = tmp_path_factory.mktemp("two")
    await empty(postgres)
    settings = {
        "DATABASE_URL": postgres.url("test"),
        "DISCORD_BOT_TOKEN": "",
        "THREADPILOT_LEASE_S": str(_LEASE_S),
    }
    options = PlaygroundOptions(limits=False, retry_delays_s=(0.0, 0.5, 1.0))
    async with stage(directory, options=options, settings=settings, starts=False) as play:
        (directory / "other").mkdir()
        other = BotProcess(
            play.bot.environment | {"THREADPILOT_RUNTIME_HOME": str(directory / "other" / "home")},
            directory / "other",
        )
        try:
            yield Pair(play, other, postgres)
        except BaseException as error:
            error.add_note(f"the other bot's log:\n{other.said[-8000:]}")
            raise
        finally:
            if other.is_running:
                await other.end()


@pytest_asyncio.fixture(loop_scope="module", name="pair")
async def _pair(shared_pair: Pair) -> Pair:
    """Two bots that run."""
    await shared_pair.begun()
    return shared_pair


async def _held(pair: Pair) -> tuple[Thread, BotProcess, BotProcess]:
    """A thread in mid-answer, the bot that answers, and the other one."""
    gate = pair.play.brain.hold("slow 6 to cut off", after=3)
    thread = await pair.slack.mention("slow 6 to cut off")
    await pair.slack.writing(thread, "word1")
    pair.play.brain._gates.remove(gate)  # what is asked again is answered at once
    return thread, *await pair.of(thread)


async def test_they_share_the_work(pair: Pair) -> None:
    """Threads are worked on by both; what is said in each is answered once, in order."""
    slack = pair.slack
    threads = []
    for number in range(6):
        threads.append(await slack.mention(f"echo: {number}"))
        await slack.answer(threads[-1])
        await slack.begin("said to nobody")  # so that the next mention comes to the other one
    for word in ("next", "last"):
        await asyncio.gather(*(slack.follow_up(each, f"echo: {word}") for each in threads))
        for thread in threads:
            await slack.answered(thread, word)
    for number, thread in enumerate(threads):
        assert slack.answers(thread) == [f"{number}", "next", "last"]
    working = {(await pair.of(thread))[0].pid for thread in threads}
    assert len(working) == 2
    assert pair.play.bot.traces == pair.other.traces == []


async def test_a_stop_reaches_the_worker_wherever_it_is(pair: Pair) -> None:
    """A stop that the other process took ends the turn at once."""
    slack = pair.slack
    taken_by = working = pair.play.bot
    while taken_by is working:
        thread, working, _ = await _held(pair)
        await slack.stop(thread)
        await working.logged("turn.ended", thread.id, "stopped")
        taken_by = pair.took("agent_session_stopped")
        await slack.begin("said to nobody")  # so that the next stop goes to the other one
    await slack.follow_up(thread, "echo: after")
    await slack.answered(thread, "after")


async def test_one_goes_on_where_the_other_died(pair: Pair) -> None:
    """`kill -9` the process that answers: within the lease's time the other one does, once."""
    thread, working, resting = await _held(pair)
    await working.end(signal.SIGKILL)
    await pair.slack.answered(thread, WHOLE, timeout_s=60)
    await pair.slack.follow_up(thread, "echo: after")
    await pair.slack.answered(thread, "after")
    assert pair.slack.answers(thread) == [WHOLE, "after"]
    assert (await pair.of(thread))[0] is resting


async def test_one_that_slept_past_its_lease_says_nothing_more(pair: Pair) -> None:
    """A process that is stopped in mid-answer and wakes too late writes and posts nothing."""
    thread, working, resting = await _held(pair)
    working.signal(signal.SIGSTOP)
    try:
        await pair.slack.answered(thread, WHOLE, timeout_s=60)
    finally:
        working.signal(signal.SIGCONT)
    await working.logged("lease.lost", thread.id)
    await pair.slack.follow_up(thread, "echo: after")
    await pair.slack.answered(thread, "after")
    assert pair.slack.answers(thread) == [WHOLE, "after"]
    assert len(pair.slack.messages(thread)) == 2
    assert (await pair.of(thread))[0] is resting
    assert working.traces == []
