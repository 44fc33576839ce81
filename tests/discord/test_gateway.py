"""Being connected: what was missed is found, and nothing that comes ends the connection."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.errors import ChatRefused, StoreBusy
from bot.gate import FollowUp
from playground.discord.intents import Intent
from playground.discord.permissions import Permission
from tests.contracts.chat import done, heard, replying
from tests.discord.stage import (
    DiscordStage,
    HastyClock,
    adapter_for,
    connected,
    playing,
    running,
    staged,
)
from tests.fakes.chat import Recorder


def dispatch(stage: DiscordStage, event: str, data: Any) -> None:
    """Send an event to the bot, whatever is in it."""
    stage.discord.gateway.dispatch(event, Intent(0), data)


async def reconnected(stage: DiscordStage, resumed: int = 0, identified: int = 1) -> None:
    """Wait until the bot is back."""
    gateway = stage.discord.gateway
    await stage.until(lambda: gateway.resumed >= resumed and gateway.identified >= identified)
    await connected(stage.discord, stage.adapter, stage.running)


async def test_a_dropped_connection_is_resumed_and_brings_what_was_missed(
    stage: DiscordStage,
) -> None:
    """What is said while the connection is down comes after it is up, once."""
    stage.discord.faults.turn_on("drop_gateway")
    await stage.until(lambda: not stage.discord.connected())
    said = await stage.say("ann", "are you there?")
    message = await stage.heard(said)
    assert message.text == "are you there?"
    assert stage.discord.gateway.resumed == 1
    later = await stage.say("ann", "and now?")
    await stage.heard(later)
    assert [each.message_id for each in stage.intake.messages] == [said, later]


async def test_a_reconnect_is_followed(stage: DiscordStage) -> None:
    """When the gateway asks to go elsewhere, the session is resumed there."""
    stage.discord.faults.turn_on("reconnect")
    await reconnected(stage, resumed=1)
    await stage.heard(await stage.say("ann", "are you there?"))


async def test_a_connection_that_breaks_again_and_again_is_paced(stage: DiscordStage) -> None:
    """The first time it is resumed at once, then with growing pauses."""
    clock = stage.clock
    assert isinstance(clock, HastyClock)
    before = len(clock.slept)
    for number in range(1, 5):
        stage.discord.faults.turn_on("drop_gateway")
        await reconnected(stage, resumed=number)
    first, second, third = [each for each in clock.slept[before:] if each >= 0.5]
    assert first < second < third


@pytest.mark.parametrize("drops", [False, True])
async def test_a_lost_session_is_caught_up_with(drops: bool) -> None:
    """A new session brings nothing of what was missed: it is looked for, and is brought once."""
    async with staged() as stage:
        first = await stage.say("ann", "one")
        prompt = await stage.heard(first)
        await replying(stage, prompt).close(done("1"))
        direct = await stage.heard(await stage.say("ben", "in private", is_direct=True))
        await stage.intake.until(lambda: len(stage.intake.messages) == 2)
        gateway = stage.discord.gateway
        gateway.forget_sessions() if drops else gateway.invalidate(is_resumable=False)
        await stage.until(lambda: not stage.discord.connected())
        missed = [
            await stage.say("ben", "two"),
            await stage.follow_up("ann", prompt.key, "three"),
            await stage.say("ben", "four", is_direct=True),
        ]
        for message_id in missed:
            await stage.heard(message_id)
        assert gateway.identified == 2
        brought = [each.message_id for each in stage.intake.messages]
        assert {each.key for each in stage.intake.messages} >= {prompt.key, direct.key}
        assert sorted(brought) == sorted([first, direct.message_id, *missed])


async def test_a_start_looks_at_the_last_minutes() -> None:
    """What was said while the bot was not there is brought when it starts."""
    async with playing() as discord:
        ann = discord.person("ann")
        said = await ann.say("general", ann.mention("while you were away"))
        await ann.say("general", "not to you")
        await ann.say("general", ann.mention("help"))
        async with running(discord) as stage:
            message = await stage.heard(said)
            assert message.text == "while you were away"
            assert message.key.thread == said
            last = await stage.say("ann", "now")
            await stage.heard(last)
            assert [each.message_id for each in stage.intake.messages] == [said, last]
            assert stage.intake.commands == []  # perhaps it was answered before


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("MESSAGE_CREATE", {}),
        ("MESSAGE_CREATE", None),
        ("MESSAGE_CREATE", {"channel_id": "1", "author": 7, "content": ["x"], "type": 0}),
        ("MESSAGE_CREATE", {"channel_id": "5", "guild_id": "6", "id": "7", "type": 0}),
        ("MESSAGE_UPDATE", {"id": "1"}),
        ("MESSAGE_DELETE", {"channel_id": "1", "guild_id": "2"}),
        ("MESSAGE_DELETE_BULK", {"channel_id": "1", "ids": 7}),
        ("INTERACTION_CREATE", {}),
        ("INTERACTION_CREATE", {"id": "1", "token": "x", "channel": {"id": "1", "type": 1}}),
        ("CHANNEL_UPDATE", {"id": "x"}),
        ("THREAD_CREATE", {}),
        ("GUILD_ROLE_CREATE", []),
        ("NEVER_HEARD_OF", {"x": "y" * 100_000}),
    ],
)
async def test_nonsense_does_not_end_the_connection(
    stage: DiscordStage, event: str, data: Any
) -> None:
    """Malformed, unknown and oversized events are logged once, and the connection lives on."""
    for _ in range(3):
        dispatch(stage, event, data)
    await heard(stage, await stage.say("ann", "alive?"))
    assert stage.discord.gateway.identified == 1
    assert stage.discord.gateway.resumed == 0


@pytest.mark.parametrize(("event", "data"), [("READY", {}), ("RESUMED", None)])
async def test_a_frame_that_makes_no_sense_is_followed_by_another_try(
    stage: DiscordStage, event: str, data: Any
) -> None:
    """What confuses the connection itself costs the connection, not the session."""
    dispatch(stage, event, data)
    await reconnected(stage, resumed=1)
    await stage.heard(await stage.say("ann", "alive?"))


async def test_a_mistake_of_the_core_does_not_end_the_connection(stage: DiscordStage) -> None:
    """An error that nobody foresaw costs one message."""

    class Broken(Recorder):
        async def message(self, message: Any) -> None:
            if message.text == "break":
                raise ZeroDivisionError
            await super().message(message)

    broken = Broken()
    async with running(stage.discord) as other:
        other.intake.message = broken.message  # type: ignore[method-assign]
        other.intake.messages = broken.messages
        await other.say("ann", "break")
        said = await other.say("ann", "go on")
        await broken.until(lambda: [m for m in broken.messages if m.message_id == said])
        assert other.adapter.is_connected


async def test_what_cannot_be_kept_is_tried_again_and_said_once(stage: DiscordStage) -> None:
    """Nobody but us keeps a message for later: it is brought until the core has it."""
    stage.intake.failures.extend(StoreBusy("The database is busy.") for _ in range(3))
    said = await stage.say("ann", "keep me")
    message = await stage.heard(said)
    [apology] = await stage.until(lambda: stage.seen(message.key))
    assert "busy" in apology.text
    assert apology.buttons == ("Retry",)
    await stage.press("ann", message.key, apology.reference, "Retry")
    [press] = await stage.intake.until(lambda: stage.intake.presses)
    assert not press.value.isdecimal()  # the core takes a number for an entry
    assert await stage.adapter.message(press.key, press.value) == message


async def test_a_wrong_token_is_refused_by_name() -> None:
    """A token that is not accepted ends it with a sentence that names the setting."""
    async with playing() as discord:
        adapter = adapter_for(discord, HastyClock(), bot_token="MTIz.abc.def")
        with pytest.raises(ChatRefused, match="DISCORD_BOT_TOKEN"):
            await adapter.run(Recorder())


@pytest.mark.parametrize("code", [4004, 4013])
async def test_a_gateway_that_lets_nobody_in_ends_it(code: int) -> None:
    """Codes that no other try would change are raised as refusals."""
    async with playing() as discord:
        adapter = adapter_for(discord, HastyClock())
        task = asyncio.create_task(adapter.run(Recorder()))
        await connected(discord, adapter, task)
        discord.gateway.hang_up(code)
        with pytest.raises(ChatRefused):
            await task
        assert not adapter.is_connected


async def test_without_the_privileged_intent_it_goes_on_with_mentions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What to switch on is said in one sentence; mentions and direct messages work meanwhile."""
    async with staged(privileged_intents=frozenset()) as stage:
        assert "Message Content Intent" in capsys.readouterr().out
        prompt = await stage.heard(await stage.say("ann", "a mention"))
        await replying(stage, prompt).close(done("1"))
        await stage.follow_up("ann", prompt.key, "no mention")
        last = await stage.say("ann", "in private", is_direct=True)
        await stage.heard(last)
        mention = await stage.say("ben", "a mention", within=prompt.key)
        await stage.heard(mention)
        assert [each.message_id for each in stage.intake.messages] == [
            prompt.message_id,
            last,
            mention,
        ]


async def test_mentions_only_asks_for_no_privileged_intent() -> None:
    """With the rule `mention` the bot asks to read nothing else, and nothing is missing."""
    options = {"follow_up": FollowUp.MENTION}
    async with staged(privileged_intents=frozenset(), adapter_options=options) as stage:
        assert stage.discord.gateway.identified == 1
        await stage.heard(await stage.say("ann", "a mention"))


async def test_a_missing_permission_is_said_at_the_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What the invitation did not give is named, with what it is needed for."""
    async with playing() as discord:
        roles = discord.guild.roles
        for role in roles.values():
            permissions = role.permissions & ~Permission.ATTACH_FILES
            roles[role.id] = replace(role, permissions=permissions)
        async with running(discord) as stage:
            said = ""
            async with asyncio.timeout(10):
                while "Attach Files" not in said:
                    await stage.heard(await stage.say("ann", "hi"))
                    said += capsys.readouterr().out
            assert said.count("Attach Files (to send files") == 1
            assert "Add Reactions" not in said


async def test_a_gateway_that_is_down_at_first_is_waited_for() -> None:
    """A start against a gateway that is not there is tried again, with pauses."""

    class Counting(HastyClock):
        def __init__(self) -> None:
            super().__init__()
            self.paused = asyncio.Event()

        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if len(self.slept) == 3:
                self.paused.set()

    async with playing() as discord:
        clock = Counting()
        adapter = adapter_for(discord, clock, gateway_url="ws://127.0.0.1:1/gateway")
        task = asyncio.create_task(adapter.run(Recorder()))
        await clock.paused.wait()
        assert clock.slept[0] < clock.slept[1] < clock.slept[2]
        assert not task.done()
        assert not adapter.is_connected
        task.cancel()
        await asyncio.wait([task])


async def test_discord_that_is_down_at_first_is_waited_for() -> None:
    """A failure while signing in is no reason to end."""
    async with playing() as discord:
        discord.faults.turn_on("server_error", calls=1, status=503, routes=["get_my_user"])
        async with running(discord) as stage:
            await stage.heard(await stage.say("ann", "hi"))


async def test_two_adapters_go_to_two_places() -> None:
    """The addresses belong to one adapter: discord.py's own, which all share, stay as they are."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    async with staged() as here, staged() as there:
        first = await here.heard(await here.say("ann", "here"))
        second = await there.heard(await there.say("ann", "there"))
        await replying(here, first).close(done("Here."))
        await replying(there, second).close(done("There."))
        assert [seen.text for seen in here.seen(first.key)] == ["Here."]
        assert [seen.text for seen in there.seen(second.key)] == ["There."]
        assert (base, gateway) == (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY)


async def test_an_end_closes_everything() -> None:
    """Cancelled at any moment, it leaves no connection and no task behind."""
    async with playing() as discord:
        before = asyncio.all_tasks()
        adapter = adapter_for(discord, HastyClock())
        task = asyncio.create_task(adapter.run(Recorder()))
        await connected(discord, adapter, task)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not adapter.is_connected
        await discord.until(lambda: not discord.connected())
        assert {each for each in asyncio.all_tasks() - before if _is_ours(each)} == set()


def _is_ours(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and ("adapters" in code.co_filename or "discord/" in code.co_filename)
