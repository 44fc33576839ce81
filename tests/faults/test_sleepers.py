"""A process that was stopped past its lease, anywhere in a turn, and woken, says nothing more.

Each thread is left at another moment by one process, which is then stopped (SIGSTOP) until another
has taken the threads over. What it calls after it woke is in the playground's record: by its own
address, for each process has a door of its own.
"""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.errors import AppDidNotRespondError
from playground.model.scripted import ScriptedBrain
from tests.e2e.discord_side import DiscordSide
from tests.e2e.side import Side, Thread
from tests.e2e.slack_side import SlackSide
from tests.faults.crew import Member
from tests.faults.stage import Stage, staged
from tests.postgres import PostgresServer, empty

pytestmark = [pytest.mark.runtime, pytest.mark.timeout(600)]

_WHOLE = "word1 word2 word3 word4 word5 word6"
_READS = ("users.", "conversations.", "auth.", "apps.", "team.", "usergroups.", "files.info")


@pytest.fixture
async def stage(tmp_path: Path, postgres: PostgresServer) -> AsyncIterator[Stage]:
    """Two processes on one database, of which the first runs."""
    await empty(postgres)
    # Who has a thread keeps it to the end.
    settings = {"THREADPILOT_IDLE_S": "600"}
    async with staged(tmp_path, postgres, bots=2, settings=settings) as made:
        await made.members[0].start()
        yield made


def _writes(stage: Stage, member: Member, since: float) -> list[str]:
    """What a process wrote to the platforms after a moment."""
    host = f"127.0.0.1:{member.door.port}"
    slack = [
        call.method
        for call in stage.playground.slack.record.calls()
        if call.host == host and call.at > since and not call.method.startswith(_READS)
    ]
    discord = [
        f"{call.http} {call.path}"
        for call in stage.playground.discord.record.calls()
        if call.host == host and call.at > since and call.http != "GET"
    ]
    return slack + discord


async def _press(side: Side, thread: Thread) -> None:
    """Press a button of the question, until somebody is awake who takes it."""
    while True:
        try:
            await side.press(await side.offered(thread, "Which?", "red"), "red")
        except AppDidNotRespondError:
            continue
        return


async def test_a_sleeper_says_nothing_more(stage: Stage) -> None:
    """Stopped anywhere in a turn, it writes nothing and posts nothing, and all is answered once.

    In mid-answer, before the first word, while it waits for a limit to end or to be answered by a
    platform, while a question is open.
    """
    sleeper, other = stage.members
    slack, discord = SlackSide(stage.playground.slack), DiscordSide(stage.playground.discord)
    brain: ScriptedBrain = stage.brain
    threads: list[tuple[Side, Thread, str]] = []

    async def begin(side: Side, prompt: str, answer: str) -> Thread:
        thread = await side.mention(prompt)
        threads.append((side, thread, answer))
        return thread

    sides: tuple[Side, ...] = (slack, discord)
    known = [(side, await side.mention("echo: hello")) for side in sides]
    alone = slack.direct("ann")
    await slack.follow_up(alone, "echo: hello")
    for side, thread in (*known, (slack, alone)):
        await side.answered(thread, "hello")
    gates = [brain.hold("slow 6 in the middle", after=3), brain.hold("slow 6 at first", after=0)]
    for side in sides:
        await side.writing(await begin(side, "slow 6 in the middle", _WHOLE), "word1")
        await begin(side, "slow 6 at first", _WHOLE)
        asking = await begin(side, "ask: Which? | red | blue", "User selected: red")
        await side.offered(asking, "Which?", "red")
    await gates[1].reached()
    await other.start()
    # One that Slack and one that Discord lets wait until the lease is over, and one whose call was
    # carried out and is not answered: in threads that the first process has, whoever hears it.
    slack.slack.faults.turn_on("rate_limit", calls=1, retry_after_s=20, methods=["chat.stopStream"])
    discord.discord.faults.turn_on(
        "rate_limit", calls=1, retry_after_s=20.0, routes=["create_message"]
    )
    slack.slack.faults.turn_on(
        "server_error", calls=1, after=True, ms=20_000, methods=["chat.postMessage"]
    )
    for side, thread in known:
        await side.follow_up(thread, "echo: limited")
        threads.append((side, thread, "limited"))
    await slack.follow_up(alone, "echo: carried out")
    threads.append((slack, alone, "carried out"))
    await slack.until(lambda: slack.slack.record.calls("chat.stopStream", http_status=429))
    await discord.until(lambda: discord.discord.record.calls("create_message", http_status=429))
    await slack.until(lambda: len(slack.messages(alone)) == 2)

    sleeper.process.signal(signal.SIGSTOP)
    for gate in gates:
        brain._gates.remove(gate)  # what is asked again is answered at once
    try:
        for side, thread, answer in threads:
            if "selected" in answer:
                await _press(side, thread)
            await side.answered(thread, answer, timeout_s=90)
    finally:
        woken_at = time.time()
        sleeper.process.signal(signal.SIGCONT)
    # Those in mid-turn come to know it at once, those that wait for something when that is over.
    await sleeper.process.logged("lease.lost", times=6)
    for gate in gates:
        gate.release()
    for side, thread, answer in threads:
        await side.follow_up(thread, f"echo: after {answer}")
        await side.answered(thread, f"after {answer}")
    assert _writes(stage, sleeper, woken_at) == []
    assert sleeper.process.traces == other.process.traces == []
