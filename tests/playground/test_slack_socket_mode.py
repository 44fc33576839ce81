"""Socket Mode: acknowledgements, redelivery, several connections, reconnecting."""

from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp, AsyncSay

from playground.errors import AppDidNotRespondError
from playground.server import PlaygroundOptions
from playground.slack.slack import PlaygroundSlack
from tests.playground.conftest import bolt, quick_options
from tests.playground.listening import listen


async def test_a_connection_begins_with_hello(slack: PlaygroundSlack) -> None:
    """The first message says hello, how many connections there are and to which app."""
    async with listen(slack) as (_, hello):
        assert hello["type"] == "hello"
        assert hello["num_connections"] == 1
        assert hello["connection_info"] == {"app_id": slack.workspace.app.id}


async def test_a_ticket_admits_one_connection(slack: PlaygroundSlack) -> None:
    """The address that apps.connections.open gives can be used once."""
    headers = {"Authorization": f"Bearer {slack.app_token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{slack.api_url}apps.connections.open") as answer:
            url = (await answer.json())["url"]
        async with session.ws_connect(url):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(url)


async def test_an_event_that_is_not_acknowledged_comes_again_with_its_id(
    slack: PlaygroundSlack,
) -> None:
    """Redeliveries have the event's id, their number and the reason, in a new envelope."""
    async with listen(slack) as (listener, _):
        await slack.person("ann").say("dm", "hello")
        first, second = await listener.next(), await listener.next()
        await listener.acknowledge(second)
        await slack.until(lambda: not slack.socket.unacknowledged)
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert first["envelope_id"] != second["envelope_id"]
    assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")


async def test_an_event_that_is_never_acknowledged_is_given_up(slack: PlaygroundSlack) -> None:
    """After three redeliveries an event is lost."""
    async with listen(slack) as (listener, _):
        await slack.person("ann").say("dm", "hello")
        attempts = [(await listener.next())["retry_attempt"] for _ in range(4)]
        await slack.until(lambda: slack.socket.log[0].is_lost)
    assert attempts == [0, 1, 2, 3]


async def test_redelivery_goes_to_another_connection_where_there_is_one(
    slack: PlaygroundSlack,
) -> None:
    """What one connection does not acknowledge, the other gets."""
    async with listen(slack) as (one, _), listen(slack) as (other, hello):
        assert hello["num_connections"] == 2
        await slack.person("ann").say("dm", "a")
        await slack.person("ann").say("dm", "b")
        first, second = await one.next(), await other.next()
        await one.acknowledge(first)
        again = await one.next()
        await one.acknowledge(again)
        await slack.until(lambda: not slack.socket.unacknowledged)
    assert again["payload"]["event_id"] == second["payload"]["event_id"]


async def test_events_are_spread_over_connections(slack: PlaygroundSlack) -> None:
    """Each event goes to one connection, in turn."""
    async with listen(slack) as (one, _), listen(slack) as (other, _):
        for text in ("a", "b", "c", "d"):
            await slack.person("ann").say("dm", text)
        seen = set()
        for listener in (one, other):
            for _ in range(2):
                envelope = await listener.next()
                seen.add(envelope["payload"]["event"]["text"])
                await listener.acknowledge(envelope)
        await slack.until(lambda: not slack.socket.unacknowledged)
    assert seen == {"a", "b", "c", "d"}


async def test_an_envelope_may_be_acknowledged_on_another_connection(
    slack: PlaygroundSlack,
) -> None:
    """A client that reconnected acknowledges on its new connection."""
    async with listen(slack) as (one, _):
        await slack.person("ann").say("dm", "a")
        envelope = await one.next()
        async with listen(slack) as (other, _):
            await other.acknowledge(envelope)
            await slack.until(lambda: not slack.socket.unacknowledged)
    assert slack.socket.log[0].attempts == 1


async def test_what_happened_while_nobody_listened_is_delivered_later(
    slack: PlaygroundSlack,
) -> None:
    """Events wait for a connection, in order, for a limited time."""
    await slack.person("ann").say("dm", "a")
    await slack.person("ann").say("dm", "b")
    async with listen(slack) as (listener, _):
        first, second = await listener.next(), await listener.next()
        await listener.acknowledge(first)
        await listener.acknowledge(second)
        await slack.until(lambda: not slack.socket.unacknowledged)
    assert [one["payload"]["event"]["text"] for one in (first, second)] == ["a", "b"]
    assert first["retry_attempt"] == 1


async def test_a_bot_that_died_before_it_acknowledged_gets_the_event_when_it_is_back(
    slack: PlaygroundSlack,
) -> None:
    """An event in flight when the connection broke is delivered on the next one."""
    async with listen(slack) as (listener, _):
        await slack.person("ann").say("dm", "a")
        lost = await listener.next()
    await slack.until(lambda: not slack.connected())
    async with listen(slack) as (listener, _):
        again = await listener.next()
        await listener.acknowledge(again)
        await slack.until(lambda: not slack.socket.unacknowledged)
    assert again["payload"]["event_id"] == lost["payload"]["event_id"]
    assert again["retry_attempt"] == 1


async def test_a_command_without_an_app_fails_at_once(slack: PlaygroundSlack) -> None:
    """A person is told when nobody is there to take their command."""
    with pytest.raises(AppDidNotRespondError):
        await slack.person("ann").slash("/copilot", "help")


async def test_a_command_that_is_not_acknowledged_fails_and_is_not_repeated(
    slack: PlaygroundSlack,
) -> None:
    """Commands are sent once; the person is told after the time for an answer."""
    async with listen(slack) as (listener, _):
        with pytest.raises(AppDidNotRespondError):
            await slack.person("ann").slash("/copilot", "help")
        envelope = await listener.next()
    assert envelope["accepts_response_payload"] is True
    assert "retry_attempt" not in envelope
    assert slack.socket.log[0].attempts == 1


async def test_the_eleventh_connection_is_sent_away(slack: PlaygroundSlack) -> None:
    """An app has ten connections at most."""
    async with AsyncExitStack() as connections:
        for _ in range(10):
            await connections.enter_async_context(listen(slack))
        listener, hello = await connections.enter_async_context(listen(slack))
        assert hello["reason"] == "too_many_websockets"
        assert await listener.next_type() is aiohttp.WSMsgType.CLOSE


async def test_nonsense_from_the_app_does_no_harm(slack: PlaygroundSlack) -> None:
    """Whatever an app sends, its connection lives on."""
    async with listen(slack) as (listener, _):
        for text in ("no json", "[]", '{"envelope_id": 7}', "{}"):
            await listener.send_text(text)
        await slack.person("ann").say("dm", "a")
        await listener.acknowledge(await listener.next())
        await slack.until(lambda: not slack.socket.unacknowledged)


def _echo(seen: list[dict[str, Any]]) -> Any:
    def register(app: AsyncApp) -> None:
        @app.event("message")
        async def answer(event: dict[str, Any], say: AsyncSay) -> None:
            if "bot_id" not in event:
                seen.append(event)
                await say(text=event["text"], thread_ts=event["ts"])

    return register


async def test_a_bolt_app_asked_to_refresh_comes_back(slack: PlaygroundSlack) -> None:
    """After refresh_requested the client opens a new connection and goes on."""
    seen: list[dict[str, Any]] = []
    async with bolt(slack, _echo(seen)):
        opened = len(slack.record.calls("apps.connections.open"))
        slack.faults.turn_on("refresh_socket")
        await slack.until(
            lambda: (
                slack.socket.connections == 1
                and len(slack.record.calls("apps.connections.open")) > opened
            )
        )
        ann = slack.person("ann")
        ts = await ann.say("dm", "still there?")
        await slack.until(lambda: slack.replies(ann.dm, ts))


async def test_a_bolt_app_whose_socket_is_cut_comes_back(slack: PlaygroundSlack) -> None:
    """A cut connection is noticed; nothing said meanwhile is lost."""
    seen: list[dict[str, Any]] = []
    async with bolt(slack, _echo(seen)):
        slack.faults.turn_on("drop_socket")
        await slack.until(lambda: not slack.connected())
        ann = slack.person("ann")
        ts = await ann.say("dm", "still there?")
        await slack.until(lambda: slack.replies(ann.dm, ts))
    assert [event["text"] for event in seen] == ["still there?"]


class TestImpatience:
    """Events wait a short while only."""

    @pytest.fixture
    def options(self) -> PlaygroundOptions:
        """Nothing waits for a connection."""
        return quick_options(undelivered_s=0.0)

    async def test_an_event_is_given_up_when_nobody_connects(self, slack: PlaygroundSlack) -> None:
        """An event that waited too long for a connection is lost."""
        await slack.person("ann").say("dm", "a")
        await slack.until(lambda: slack.socket.log[0].is_lost)
        async with listen(slack) as (listener, _):
            await slack.person("ann").say("dm", "b")
            envelope = await listener.next()
        assert envelope["payload"]["event"]["text"] == "b"
