"""The playground's gateway, by bare connections."""

import pytest

from playground.discord.discord import PlaygroundDiscord
from playground.discord.intents import Intent
from playground.server import DiscordOptions
from tests.playground.discord_api import EVERYTHING, Rest, connect, identified


async def test_a_connection_begins_with_hello_and_answers_heartbeats(
    world: PlaygroundDiscord,
) -> None:
    """Hello tells the interval; a heartbeat is acknowledged, also before identifying."""
    async with connect(world) as wire:
        hello = await wire.next()
        assert (hello["op"], hello["d"]["heartbeat_interval"]) == (10, 41250)
        await wire.send(1)
        assert (await wire.next())["op"] == 11


async def test_identifying_brings_ready_and_the_server(world: PlaygroundDiscord) -> None:
    """READY has an unavailable server, GUILD_CREATE has all of it."""
    ann = world.person("ann")
    root = await ann.say("general", "x")
    await ann.start_thread("general", "open", root)
    await ann.start_thread("general", "hidden", is_private=True)
    old = await ann.start_thread("general", "old")
    await ann.archive_thread(old)
    async with connect(world) as wire:
        await wire.op(10)
        ready = await wire.identify(world.bot_token)
        assert ready["user"]["id"] == world.bot_user_id
        assert ready["application"]["id"] == world.application_id
        assert ready["guilds"] == [{"id": world.guild_id, "unavailable": True}]
        assert ready["resume_gateway_url"] == world.gateway_url
        guild = await wire.event("GUILD_CREATE")
        assert [thread["name"] for thread in guild["threads"]] == ["open"]
        assert len(guild["members"]) == guild["member_count"] == 4
        assert wire.seq == 2


async def test_members_are_told_to_those_who_ask_for_them(world: PlaygroundDiscord) -> None:
    """Without the members intent the server has the bot only, and members are asked for."""
    async with connect(world) as wire:
        await wire.op(10)
        await wire.identify(world.bot_token, int(Intent.GUILDS))
        guild = await wire.event("GUILD_CREATE")
        assert [member["user"]["id"] for member in guild["members"]] == [world.bot_user_id]
        ann = world.person("ann").id
        await wire.send(
            8, {"guild_id": world.guild_id, "user_ids": [ann, "1"], "limit": 0, "nonce": "n"}
        )
        chunk = await wire.event("GUILD_MEMBERS_CHUNK")
        assert [member["user"]["id"] for member in chunk["members"]] == [ann]
        assert (chunk["not_found"], chunk["nonce"]) == (["1"], "n")
        await wire.send(8, {"guild_id": world.guild_id, "query": "be", "limit": 1})
        chunk = await wire.event("GUILD_MEMBERS_CHUNK")
        assert [member["user"]["username"] for member in chunk["members"]] == ["ben"]


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ({"token": "wrong", "intents": 0}, 4004),
        ({"intents": 0}, 4004),
        ({"intents": "many", "token": None}, 4013),
        ({"intents": 1 << 30, "token": None}, 4013),
        ({"intents": 1 << 8, "token": None}, 4014),
        ({"intents": 1, "token": None, "shard": [1, 2]}, 4010),
    ],
)
async def test_a_wrong_identity_is_closed_with_its_code(
    world: PlaygroundDiscord, identity: dict[str, object], code: int
) -> None:
    """A bad token, unknown or ungranted intents and a wrong shard each have their code."""
    if identity.get("token", "") is None:
        identity = {**identity, "token": world.bot_token}
    async with connect(world) as wire:
        await wire.op(10)
        await wire.send(2, identity)
        assert await wire.closed_with() == code
    assert not world.connected()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", 4002),
        ("[]", 4002),
        ('{"op": 2, "d": 1}', 4002),
        ('{"op": 3, "d": {}}', 4003),
        (f'{{"op": 1, "d": "{"x" * 5000}"}}', 4002),
    ],
)
async def test_nonsense_is_closed_with_its_code(
    world: PlaygroundDiscord, text: str, code: int
) -> None:
    """What cannot be read, or comes too early, ends the connection."""
    async with connect(world) as wire:
        await wire.op(10)
        await wire.send_text(text)
        assert await wire.closed_with() == code


async def test_an_identified_connection_is_closed_for_its_mistakes(
    world: PlaygroundDiscord,
) -> None:
    """Unknown opcodes and a second identity have their codes; presences do no harm."""
    async with identified(world) as (wire, _):
        await wire.send(3, {"status": "online"})
        await wire.send(99, {})
        assert await wire.closed_with() == 4001
    async with identified(world) as (wire, _):
        await wire.send(2, {"token": world.bot_token, "intents": 0})
        assert await wire.closed_with() == 4005
    async with identified(world) as (wire, _):
        for _ in range(125):
            await wire.send(1)
        assert await wire.closed_with() == 4008
    async with connect(world, "v=6") as wire:
        assert await wire.closed_with() == 4012


@pytest.mark.parametrize("discord_options", [DiscordOptions(heartbeat_interval_s=0.02)])
async def test_a_silent_connection_is_closed(world: PlaygroundDiscord) -> None:
    """Who sends no heartbeats is taken for dead, and can resume."""
    async with identified(world) as (wire, _):
        assert await wire.closed_with() == 4009
        assert world.gateway.sessions == 1


async def test_events_are_compressed_as_one_stream(world: PlaygroundDiscord) -> None:
    """With zlib-stream every frame ends in a flush, and one inflater reads them all."""
    async with connect(world, "v=10&encoding=json&compress=zlib-stream") as wire:
        await wire.op(10)
        await wire.identify(world.bot_token)
        await wire.event("GUILD_CREATE")
        await world.person("ann").say("general", "ä" * 500)
        assert (await wire.event("MESSAGE_CREATE"))["content"] == "ä" * 500


async def test_a_resumed_session_is_sent_what_it_missed(world: PlaygroundDiscord) -> None:
    """Events keep their numbers; RESUMED comes after them."""
    ann = world.person("ann")
    async with identified(world) as (wire, ready):
        await ann.say("general", "heard")
        await wire.event("MESSAGE_CREATE")
        seq = wire.seq
        await wire.close()
    await world.until(lambda: not world.connected())
    await ann.say("general", "missed")
    async with connect(world) as wire:
        await wire.op(10)
        await wire.send(
            6, {"token": world.bot_token, "session_id": ready["session_id"], "seq": seq}
        )
        missed = await wire.next()
        assert (missed["t"], missed["d"]["content"]) == ("MESSAGE_CREATE", "missed")
        assert missed["s"] == (seq or 0) + 1
        assert (await wire.next())["t"] == "RESUMED"
        await ann.say("general", "live")
        assert (await wire.event("MESSAGE_CREATE"))["content"] == "live"


async def test_what_cannot_be_resumed_is_told_so(world: PlaygroundDiscord) -> None:
    """Unknown and ended sessions are invalid, numbers from the future are an error."""
    async with connect(world) as wire:
        await wire.op(10)
        await wire.send(6, {"token": world.bot_token, "session_id": "none", "seq": 0})
        assert (await wire.op(9))["d"] is False
        ready = await wire.identify(world.bot_token)
        await wire.close(1000)
    await world.until(lambda: world.gateway.sessions == 0)
    async with connect(world) as wire:
        await wire.op(10)
        resume = {"token": world.bot_token, "session_id": ready["session_id"], "seq": 1}
        await wire.send(6, resume)
        assert (await wire.op(9))["d"] is False
    async with identified(world) as (wire, ready):
        await wire.close()
    async with connect(world) as wire:
        await wire.op(10)
        resume = {"token": world.bot_token, "session_id": ready["session_id"], "seq": 99}
        await wire.send(6, resume)
        assert await wire.closed_with() == 4007


@pytest.mark.parametrize("discord_options", [DiscordOptions(resume_window_s=0.01)])
async def test_a_session_ends_when_nobody_comes_back(world: PlaygroundDiscord) -> None:
    """After its time a session cannot be resumed any more."""
    async with identified(world) as (wire, _):
        await wire.close()
        await world.until(lambda: world.gateway.sessions == 0)


@pytest.mark.parametrize("discord_options", [DiscordOptions(replay_kept=2)])
async def test_a_session_that_missed_too_much_is_invalid(world: PlaygroundDiscord) -> None:
    """What is not kept any more cannot be replayed, so nothing is."""
    async with identified(world) as (wire, ready):
        seq = wire.seq
        await wire.close()
    for number in range(3):
        await world.person("ann").say("general", str(number))
    async with connect(world) as wire:
        await wire.op(10)
        resume = {"token": world.bot_token, "session_id": ready["session_id"], "seq": seq}
        await wire.send(6, resume)
        assert (await wire.op(9))["d"] is False


async def test_only_what_was_asked_for_is_sent(world: PlaygroundDiscord) -> None:
    """Intents decide which events come."""
    ann = world.person("ann")
    async with identified(world, int(Intent.DIRECT_MESSAGES)) as (wire, _):
        await ann.say("general", "not for you")
        await ann.type("dm")
        await ann.say("dm", "for you")
        names = await wire.events_until("MESSAGE_CREATE")
        assert names == ["MESSAGE_CREATE"]
    async with identified(world, EVERYTHING & ~Intent.DIRECT_MESSAGES) as (wire, _):
        await ann.say("dm", "not for you")
        await ann.type("general")
        said = await ann.say("general", "for you")
        await ann.react("general", said, "👍")
        assert await wire.events_until("MESSAGE_REACTION_ADD") == [
            "TYPING_START",
            "MESSAGE_CREATE",
            "MESSAGE_REACTION_ADD",
        ]


async def test_content_is_blank_without_its_intent(world: PlaygroundDiscord) -> None:
    """Only mentions of the bot, its own messages and direct messages keep their content."""
    ann = world.person("ann")
    upload = await ann.upload("a.txt", b"a")
    async with identified(world, EVERYTHING & ~Intent.MESSAGE_CONTENT) as (wire, _):
        said = await ann.say("general", "secret", files=[upload])
        blank = await wire.event("MESSAGE_CREATE")
        assert (blank["content"], blank["attachments"]) == ("", [])
        await ann.say("general", ann.mention("open"), reply_to=said)
        shown = await wire.event("MESSAGE_CREATE")
        assert shown["content"].endswith("open")
        assert shown["referenced_message"]["content"] == ""
        await ann.say("dm", "private")
        assert (await wire.event("MESSAGE_CREATE"))["content"] == "private"
        own = world.guild.direct_with(ann.id)
        assert own.last_message_id is not None
        await ann.edit("general", said, "still secret")
        assert (await wire.event("MESSAGE_UPDATE"))["content"] == ""


@pytest.mark.parametrize("discord_options", [DiscordOptions(privileged_intents=frozenset())])
async def test_an_app_without_privileges_is_refused_and_sees_no_content(
    world: PlaygroundDiscord, rest: Rest
) -> None:
    """Asking for a privileged intent ends in 4014; REST answers are blank as well."""
    async with connect(world) as wire:
        await wire.op(10)
        await wire.send(2, {"token": world.bot_token, "intents": int(Intent.MESSAGE_CONTENT)})
        assert await wire.closed_with() == 4014
    ann, general = world.person("ann"), world.channel("general")
    await ann.say("general", "secret")
    await ann.say("general", ann.mention("open"))
    [shown, blank] = await rest.get(f"/channels/{general}/messages")
    assert blank["content"] == ""
    assert shown["content"].endswith("open")
    assert (await rest.get("/applications/@me"))["flags"] == 0


async def test_threads_are_told_as_they_come_and_go(world: PlaygroundDiscord) -> None:
    """Threads, their members, archiving, locking and deletion are events."""
    ann, ada = world.person("ann"), world.person("ada")
    async with identified(world) as (wire, _):
        root = await ann.say("general", "root")
        thread = await ann.start_thread("general", "talk", root)
        assert await wire.events_until("THREAD_CREATE") == ["MESSAGE_CREATE", "THREAD_CREATE"]
        update = await wire.event("MESSAGE_UPDATE")
        assert (update["flags"], update["thread"]["id"]) == (32, root)
        starter = await wire.event("MESSAGE_CREATE")
        assert (starter["type"], starter["channel_id"]) == (21, thread)
        await ann.say(thread, ann.mention("come in"))
        joined = await wire.event("THREAD_MEMBERS_UPDATE")
        assert [one["user_id"] for one in joined["added_members"]] == [world.bot_user_id]
        await ada.lock_thread(thread)
        assert (await wire.event("THREAD_UPDATE"))["thread_metadata"]["locked"] is True
        await ada.archive_thread(thread)
        assert (await wire.event("THREAD_UPDATE"))["thread_metadata"]["archived"] is True
        await ada.delete_channel(thread)
        assert (await wire.event("THREAD_DELETE"))["id"] == thread
        await ada.delete_channel("random")
        assert (await wire.event("CHANNEL_DELETE"))["name"] == "random"


async def test_a_message_opens_an_archived_thread_again(world: PlaygroundDiscord) -> None:
    """Unless it is locked; then only moderators can write."""
    ann, ada = world.person("ann"), world.person("ada")
    thread = await ann.start_thread("general", "talk")
    await ann.archive_thread(thread)
    async with identified(world) as (wire, _):
        await ann.say(thread, "again")
        assert await wire.events_until("MESSAGE_CREATE") == ["THREAD_UPDATE", "MESSAGE_CREATE"]
    await ada.lock_thread(thread)
    with pytest.raises(Exception, match="MANAGE_THREADS"):
        await ann.say(thread, "once more")
    await ada.say(thread, "enough")


async def test_a_private_thread_is_seen_by_its_members_only(world: PlaygroundDiscord) -> None:
    """The bot learns of a private thread when it is invited."""
    ann, ben = world.person("ann"), world.person("ben")
    async with identified(world) as (wire, _):
        thread = await ann.start_thread("general", "hush", is_private=True)
        await ann.say(thread, "nobody hears")
        assert not ben.can_see(thread)
        await ann.invite(thread, world.bot_user_id)
        assert await wire.events_until("THREAD_MEMBERS_UPDATE") == [
            "THREAD_CREATE",
            "THREAD_MEMBERS_UPDATE",
        ]
        await ann.say(thread, "you hear")
        assert (await wire.event("MESSAGE_CREATE"))["content"] == "you hear"


async def test_a_hidden_channel_is_silent_until_it_is_shown(world: PlaygroundDiscord) -> None:
    """Losing access ends its events; getting it back brings the threads along."""
    ann, ada = world.person("ann"), world.person("ada")
    async with identified(world) as (wire, _):
        await ada.set_permissions("general", deny=["VIEW_CHANNEL"])
        await wire.event("CHANNEL_UPDATE")
        await ann.start_thread("general", "meanwhile")
        await ada.set_permissions("general")
        assert await wire.events_until("THREAD_LIST_SYNC") == [
            "CHANNEL_UPDATE",
            "THREAD_LIST_SYNC",
        ]


async def test_two_connections_hear_the_same(world: PlaygroundDiscord) -> None:
    """Each session has its own numbers and gets every event."""
    async with identified(world) as (one, _), identified(world) as (other, _):
        assert world.gateway.connections == 2
        await world.person("ann").say("general", "both")
        for wire in (one, other):
            assert (await wire.event("MESSAGE_CREATE"))["content"] == "both"
            assert wire.seq == 3
