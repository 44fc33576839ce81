"""Faults of the playground's Discord, as a client meets them."""

import aiohttp
import discord
import pytest

from playground.discord.discord import PlaygroundDiscord
from playground.fault_switches import Chances
from tests.playground.discord_api import Rest, identified
from tests.playground.discord_bot import Bot, running


async def test_a_429_is_waited_out_by_the_client(world: PlaygroundDiscord) -> None:
    """discord.py waits as told and then gets through."""
    world.faults.turn_on("rate_limit", calls=2, retry_after_s=0.01, routes=["create_message"])
    bot = Bot()
    async with running(bot, world):
        channel = bot.get_channel(int(world.channel("general")))
        assert isinstance(channel, discord.TextChannel)
        await channel.send("after all")
    assert [call.http_status for call in world.record.calls("create_message")] == [429, 429, 200]
    assert len(world.messages("general")) == 1


async def test_a_global_429_says_so(rest: Rest, world: PlaygroundDiscord) -> None:
    """In the body and the headers."""
    world.faults.turn_on("rate_limit", calls=1, retry_after_s=2, **{"global": True})
    answer = await rest.get("/users/@me")
    assert (rest.status, answer["global"], answer["retry_after"]) == (429, True, 2.0)
    assert rest.headers["X-RateLimit-Global"] == "true"
    await rest.get("/users/@me")
    assert rest.status == 200


async def test_a_5xx_is_no_json(rest: Rest, world: PlaygroundDiscord) -> None:
    """What stands in front of Discord answers, with the status asked for."""
    world.faults.turn_on("server_error", calls=1, status=503)
    assert await rest.get("/users/@me") == "upstream connect error"
    assert rest.status == 503


async def test_a_lost_answer_was_carried_out(rest: Rest, world: PlaygroundDiscord) -> None:
    """The message is there, the caller does not know; the nonce keeps it from coming twice."""
    path = f"/channels/{world.channel('general')}/messages"
    world.faults.turn_on("server_error", calls=1, after=True)
    with pytest.raises(aiohttp.ClientError):
        await rest.post(path, content="x", nonce="1", enforce_nonce=True)
    assert [message.content for message in world.messages("general")] == ["x"]
    again = await rest.post(path, content="x", nonce="1", enforce_nonce=True)
    assert again["id"] == world.messages("general")[0].id


async def test_a_429_may_come_from_in_front_of_discord(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """It is no JSON, and does not say whose it is: clients take it for a ban."""
    world.faults.turn_on("rate_limit", calls=1, retry_after_s=None)
    assert await rest.get("/users/@me") == "error code: 1015"
    assert rest.status == 429
    assert "Via" not in rest.headers
    assert world.faults.happened == {"rate_limit": 1}


async def test_threads_can_be_forbidden(rest: Rest, world: PlaygroundDiscord) -> None:
    """Thread creation is refused for want of a permission, posts of a forum are not."""
    world.faults.turn_on("refuse_threads")
    general, said = world.channel("general"), await world.person("ann").say("general", "x")
    answer = await rest.post(f"/channels/{general}/messages/{said}/threads", name="t")
    assert (rest.status, answer["code"]) == (403, 50013)
    forum = world.channel("help")
    await rest.post(f"/channels/{forum}/threads", name="t", message={"content": "x"})
    assert rest.status == 201
    world.faults.turn_off("refuse_threads")
    await rest.post(f"/channels/{general}/messages/{said}/threads", name="t")
    assert rest.status == 201


async def test_permissions_can_be_taken_away(rest: Rest, world: PlaygroundDiscord) -> None:
    """The bot lacks them everywhere, direct messages included, until the fault is off."""
    world.faults.turn_on("missing_permission", permissions=["ATTACH_FILES", "SEND_MESSAGES"])
    for channel in (world.channel("general"), world.person("ann").dm):
        answer = await rest.post(f"/channels/{channel}/messages", content="x")
        assert (rest.status, answer["code"]) == (403, 50013)
    world.faults.clear()
    await rest.post(f"/channels/{world.channel('general')}/messages", content="x")
    assert rest.status == 200


async def test_an_invalid_session_may_be_resumable(world: PlaygroundDiscord) -> None:
    """The message says which; a session that is not is forgotten."""
    async with identified(world) as (wire, _):
        world.faults.turn_on("invalid_session", resumable=True)
        assert (await wire.op(9))["d"] is True
        assert world.gateway.sessions == 1
        world.faults.turn_on("invalid_session")
        assert (await wire.op(9))["d"] is False
        assert world.gateway.sessions == 0


async def test_luck_is_the_same_for_the_same_seed(rest: Rest, world: PlaygroundDiscord) -> None:
    """Calls that go wrong at random go wrong in the same places."""
    runs = []
    for _ in range(2):
        world.faults.seed(7, Chances(rate_limit=0.3, server_error=0.3))
        run = []
        for _ in range(20):
            await rest.get("/users/@me")
            run.append(rest.status)
        runs.append(run)
    assert runs[0] == runs[1]
    assert {200, 429, 502} == set(runs[0])


async def test_an_unknown_fault_is_refused(world: PlaygroundDiscord) -> None:
    """By its name."""
    with pytest.raises(KeyError):
        world.faults.turn_on("earthquake")


async def test_waiting_in_vain_tells_what_happened_instead(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """The error has the newest messages and calls."""
    await world.person("ann").say("general", "hello there")
    await rest.get("/channels/1")
    with pytest.raises(TimeoutError, match="hello there") as waited:
        await world.until(lambda: False, timeout_s=0.01)
    assert "10003 Unknown Channel" in str(waited.value)
