"""Rate limits of the playground's Discord, by the clock and over the wire."""

import asyncio

import pytest

from playground.discord.discord import PlaygroundDiscord
from playground.discord.errors import RateLimitedError
from playground.discord.limits import EDIT_MESSAGE, GLOBAL_PER_S, REACTION, START_THREAD, Limits
from playground.server import DiscordOptions
from tests.playground.discord_api import Rest, identified


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def discord_options() -> DiscordOptions:
    """With limits."""
    return DiscordOptions(limits=True, ack_timeout_s=0.5)


def test_a_window_begins_with_its_first_call() -> None:
    """Five edits in five seconds, a sixth waits for the window's end, each channel by itself."""
    clock = _Clock()
    limits = Limits(is_on=True, now=clock)
    left = []
    for _ in range(5):
        left.append(limits.take(EDIT_MESSAGE, "a").remaining)
        clock.now += 0.5
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(RateLimitedError) as refused:
        limits.take(EDIT_MESSAGE, "a")
    assert refused.value.retry_after_s == pytest.approx(2.5)
    limits.take(EDIT_MESSAGE, "b")
    clock.now += 2.5
    assert limits.take(EDIT_MESSAGE, "a").remaining == 4


def test_reactions_come_four_a_second() -> None:
    """One in a quarter of a second."""
    clock = _Clock()
    limits = Limits(is_on=True, now=clock)
    limits.take(REACTION, "a")
    with pytest.raises(RateLimitedError):
        limits.take(REACTION, "a")
    clock.now += 0.25
    limits.take(REACTION, "a")


def test_all_calls_together_have_a_limit() -> None:
    """Fifty a second, whatever they are."""
    clock = _Clock()
    limits = Limits(is_on=True, now=clock)
    for _ in range(GLOBAL_PER_S):
        limits.take_global()
    with pytest.raises(RateLimitedError) as refused:
        limits.take_global()
    assert refused.value.scope == "global"
    clock.now += 1.0
    limits.take_global()


def test_refused_calls_are_counted_for_ten_minutes() -> None:
    """401, 403 and 429 count, but not 429 of a shared limit; too many shut the app out."""
    clock = _Clock()
    limits = Limits(is_on=True, invalid_requests=3, now=clock)
    for status, scope in ((401, None), (403, None), (404, None), (429, "shared")):
        limits.note_invalid(status, scope=scope)
    assert (limits.invalid_requests, limits.is_shut_out) == (2, False)
    limits.note_invalid(429, scope="user")
    assert limits.is_shut_out
    clock.now += 601
    assert not limits.is_shut_out


def test_limits_can_be_switched_off() -> None:
    """Then every answer tells of plenty."""
    limits = Limits(is_on=False)
    for _ in range(100):
        limits.take_global()
        assert limits.take(START_THREAD, "a").remaining > 1000


async def test_answers_tell_what_is_left(rest: Rest, world: PlaygroundDiscord) -> None:
    """Headers carry the bucket; a call too many is 429 with the time to wait."""
    path = f"/channels/{world.channel('general')}/messages"
    for left in range(4, -1, -1):
        await rest.post(path, content="x")
        assert rest.status == 200
        assert rest.headers["X-RateLimit-Remaining"] == str(left)
    bucket = rest.headers["X-RateLimit-Bucket"]
    assert rest.headers["X-RateLimit-Limit"] == "5"
    answer = await rest.post(path, content="x")
    assert rest.status == 429
    assert answer["message"] == "You are being rate limited."
    assert 4.0 < answer["retry_after"] <= 5.0
    assert answer["global"] is False
    assert rest.headers["X-RateLimit-Bucket"] == bucket
    assert rest.headers["X-RateLimit-Scope"] == "user"
    assert rest.headers["Retry-After"] == "5"
    assert "Via" in rest.headers
    await rest.post(f"/channels/{world.channel('random')}/messages", content="x")
    assert rest.status == 200
    assert world.limits.invalid_requests == 1


async def test_a_thread_is_renamed_twice_in_ten_minutes(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """The limit on names is not told by the headers; other changes go on."""
    general = world.channel("general")
    said = await world.person("ann").say("general", "root")
    thread = await rest.post(f"/channels/{general}/messages/{said}/threads", name="one")
    path = f"/channels/{thread['id']}"
    await rest.patch(path, name="two")
    await rest.patch(path, name="three")
    assert rest.headers["X-RateLimit-Remaining"] == "3"
    answer = await rest.patch(path, name="four")
    assert rest.status == 429
    assert answer["retry_after"] > 590
    changed = await rest.patch(path, archived=True)
    assert changed["thread_metadata"]["archived"] is True
    assert changed["name"] == "three"


async def test_too_many_calls_at_once_are_refused_globally(rest: Rest) -> None:
    """The global limit says so in the headers and in the body."""
    for _ in range(GLOBAL_PER_S + 1):
        answer = await rest.get("/gateway/bot")
        if rest.status == 429 and answer["global"]:
            break
    assert rest.headers["X-RateLimit-Global"] == "true"
    assert rest.headers["X-RateLimit-Scope"] == "global"


async def test_answers_to_interactions_do_not_count_for_all(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """They carry their own token, and are not held up by the app's other calls."""
    app = world.application_id
    await rest.put(f"/applications/{app}/commands", [{"name": "go", "description": "d"}])
    world.faults.turn_on("rate_limit", routes=["create_message"], calls=None)
    async with identified(world) as (wire, _):
        asked = asyncio.ensure_future(world.person("ann").command("go"))
        event = await wire.event("INTERACTION_CREATE")
        path = f"/interactions/{event['id']}/{event['token']}/callback"
        await rest("POST", path, {"type": 5}, token="")
        assert rest.status == 204
        await asked


@pytest.mark.parametrize("discord_options", [DiscordOptions(invalid_requests=2)])
async def test_an_app_that_is_refused_too_often_is_shut_out(rest: Rest) -> None:
    """The answer then is no JSON and does not come from Discord itself."""
    for _ in range(2):
        await rest("GET", "/users/@me", token="wrong")
    answer = await rest.get("/users/@me")
    assert (rest.status, answer) == (429, "error code: 1015")
    assert "Via" not in rest.headers
