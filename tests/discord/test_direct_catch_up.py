"""Direct messages that were sent while the bot was not there at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.messages import IncomingMessage
from playground.discord.discord import PlaygroundDiscord
from tests.discord.stage import playing, running
from tests.fakes.recall import Memory


async def known(discord: PlaygroundDiscord, *people: str) -> list[IncomingMessage]:
    """What some people said to the bot before it went away."""
    async with running(discord) as stage:
        return [await stage.heard(await discord.person(who).say("dm", "known")) for who in people]


async def test_what_was_said_directly_while_the_bot_was_away_is_found() -> None:
    """Discord lists no direct messages: the store tells where to look, and from when on."""
    async with playing() as discord:
        [first] = await known(discord, "ann")
        ann, ben = discord.person("ann"), discord.person("ben")
        missed = [await ann.say("dm", text) for text in ("one", "two")]
        await ben.say("dm", "nobody knows of me")
        memory = Memory(first)
        async with running(discord, recall=memory) as stage:
            await stage.heard(missed[-1])
            brought = [each.message_id for each in stage.intake.messages]
            # The mailbox has the first one: whether it is brought again does not matter.
            assert [each for each in brought if each != first.message_id] == missed
        for since, limit in memory.asked:
            assert timedelta(days=6) < datetime.now(UTC) - since < timedelta(days=8)
            assert limit == 100


async def test_a_lost_session_does_not_look_back_so_far_again() -> None:
    """What was dealt with since is known: only what came after it is looked at."""
    async with playing() as discord:
        [first] = await known(discord, "ann")
        ann = discord.person("ann")
        memory = Memory(first)
        async with running(discord, recall=memory) as stage:
            second = await ann.say("dm", "heard")
            await stage.heard(second)
            before = len(stage.calls("list_messages"))
            discord.faults.turn_on("invalid_session", drop=True)
            third = await ann.say("dm", "missed")
            await stage.heard(third)
            queries = [call.query for call in stage.calls("list_messages")[before:]]
            assert [query["after"] for query in queries] == [second]
        assert len(memory.asked) == 2  # for direct messages, and for all others


async def test_a_database_that_fails_keeps_nobody_from_connecting() -> None:
    """The bot goes on without; it asks again when it signs in again."""
    async with playing() as discord:
        [first] = await known(discord, "ann")
        memory = Memory(first, failures=1)
        async with running(discord, recall=memory) as stage:
            await stage.heard(await stage.say("ann", "hi"))
            assert len(memory.asked) == 1


async def test_a_direct_message_that_is_gone_or_old_costs_no_more_than_a_look() -> None:
    """What cannot be read is left; what is older than a week is not looked for."""
    async with playing() as discord:
        gone, old, new = await known(discord, "ada", "ben", "ann")
        discord.guild.channels.pop(gone.key.channel)
        ann = discord.person("ann")
        last = await ann.say("dm", "missed")
        ancient = replace(old, sent_at=datetime(2020, 1, 1, tzinfo=UTC))
        async with running(discord, recall=Memory(gone, ancient, new)) as stage:
            await stage.heard(last)
            queries = {call.path: call.query for call in stage.calls("list_messages")}
            after = queries[f"/channels/{old.key.channel}/messages"]["after"]
            assert int(after) > int(discord.guild.id)
