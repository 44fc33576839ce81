"""What was said while the bot was not there, and Slack does not deliver any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack import catch_up
from bot.errors import StoreBusy
from bot.messages import IncomingMessage
from tests.contracts.chat import heard
from tests.fakes.recall import Memory
from tests.slack.stage import SlackStage, playing, running

LOSSY = {"undelivered_s": 0.0}
"""A Slack that delivers what nobody hears to nobody."""


async def known(stage: SlackStage) -> tuple[IncomingMessage, IncomingMessage]:
    """What was said in a thread and directly before the bot went away."""
    said = await heard(stage, await stage.say("ann", "known"))
    direct = await heard(stage, await stage.say("ben", "known", is_direct=True))
    return said, direct


async def brought(stage: SlackStage, message_id: str) -> IncomingMessage:
    """A message that was found."""
    message = await heard(stage, message_id)
    assert message.was_missed
    return message


async def test_what_was_said_while_the_bot_was_away_is_found() -> None:
    """Follow-ups and mentions in known threads, direct messages, and new mentions in channels."""
    async with playing(**LOSSY) as slack:
        async with running(slack) as stage:
            said, direct = await known(stage)
        ann, ben = slack.person("ann"), slack.person("ben")
        thread = said.key.thread
        missed = [
            await ann.say("general", "go on", thread),
            await ben.say("general", ben.mention("and you?"), thread),
            await ben.say("dm", "in private"),
            await ben.say("random", ben.mention("elsewhere")),
        ]
        await ben.say("random", "not to you")
        await ann.say("general", ann.mention("help"), thread)
        memory = Memory(said, direct)
        async with running(slack, recall=memory) as stage:
            found = [await brought(stage, message_id) for message_id in missed]
            assert [each.key for each in found[:3]] == [said.key, said.key, direct.key]
            assert found[3].mentions_bot
            assert found[3].starts_thread
            last = await heard(stage, await stage.say("ann", "now"))
            assert not last.was_missed
            # The mailbox has those of before: whether they are brought again does not matter.
            new = {each.message_id for each in stage.intake.messages}
            assert new - {said.message_id, direct.message_id} == {*missed, last.message_id}
            assert stage.intake.commands == []  # nobody waits for that answer any more
        [(since, limit)] = memory.asked
        assert timedelta(days=6) < datetime.now(UTC) - since < timedelta(days=8)
        assert limit == 100


async def test_a_thread_is_found_in_order() -> None:
    """What was missed in a thread is brought in the order in which it was said."""
    async with playing(**LOSSY) as slack:
        async with running(slack) as stage:
            said, _ = await known(stage)
        ann = slack.person("ann")
        missed = [await ann.say("general", f"{n}", said.key.thread) for n in range(30)]
        async with running(slack, recall=Memory(said)) as stage:
            await heard(stage, missed[-1])
            assert [each.message_id for each in stage.intake.messages] == missed


async def test_channels_are_read_since_the_last_that_is_known() -> None:
    """When something was heard the bot was there: only what is newer can have been missed."""
    async with playing(**LOSSY) as slack:
        async with running(slack) as stage:
            said, _ = await known(stage)
        async with running(slack, recall=Memory(said)) as stage:
            await stage.until(lambda: len(stage.calls("conversations.history")) >= 2)
            for call in stage.calls("conversations.history"):
                assert 299 < said.sent_at.timestamp() - float(call["oldest"]) < 301


async def test_a_short_gap_is_left_to_slack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack delivers again what it could not deliver for a moment; after longer, it is looked."""
    async with playing() as slack:
        async with running(slack) as stage:
            said, _ = await known(stage)
        memory = Memory(said)
        async with running(slack, recall=memory) as stage:
            await stage.intake.until(lambda: True)
            for gap_s, looks in ((30.0, 1), (0.0, 2)):
                monkeypatch.setattr("adapters.slack.adapter.GAP_S", gap_s)
                slack.faults.turn_on("drop_socket")
                await slack.until(lambda: not slack.connected())
                await slack.until(slack.connected)
                await heard(stage, await stage.say("ann", f"after {gap_s}"))
                await stage.until(lambda looks=looks: len(memory.asked) == looks)  # type: ignore[misc]


async def test_a_database_that_fails_is_asked_again() -> None:
    """Nothing is given up because the database, or the core, could not for a while."""
    async with playing(**LOSSY) as slack:
        async with running(slack) as stage:
            said, _ = await known(stage)
        missed = await slack.person("ann").say("general", "go on", said.key.thread)
        async with running(slack, recall=Memory(said, failures=2)) as stage:
            stage.intake.failures.append(StoreBusy("busy"))
            assert (await brought(stage, missed)).text == "go on"
            assert stage.clock.slept.count(catch_up._PAUSE_S) == 3


async def test_what_cannot_be_read_is_left() -> None:
    """A thread that is gone costs a line in the log, and the others are read."""
    async with playing(**LOSSY) as slack:
        async with running(slack) as stage:
            said, _ = await known(stage)
        gone = replace(said, key=replace(said.key, channel="C0GONE"))
        missed = await slack.person("ann").say("general", "go on", said.key.thread)
        async with running(slack, recall=Memory(gone, said)) as stage:
            await brought(stage, missed)


async def test_it_reads_slowly() -> None:
    """However much there is to read, answers find their calls free."""
    async with playing(**LOSSY) as slack:
        async with running(slack) as stage:
            said, _ = await known(stage)
        async with running(slack, recall=Memory(*[said] * 50)) as stage:
            await stage.until(lambda: len(stage.calls("conversations.replies")) >= 50)
            assert sum(stage.clock.slept) > 60
