"""Rate limits, faults, and what the server does by itself after a while."""

import aiohttp
import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from playground.fault_switches import Chances
from playground.server import PlaygroundOptions
from playground.slack.errors import RateLimitedError
from playground.slack.limits import POSTING, TIER_2, Limits
from playground.slack.slack import PlaygroundSlack
from tests.e2e.door import Door
from tests.playground.calling import Caller
from tests.playground.conftest import quick_options
from tests.playground.listening import listen


def test_a_tier_refills_evenly() -> None:
    """A method's bucket holds a minute's calls and says when the next is accepted."""
    clock = [0.0]
    limits = Limits(is_on=True, now=lambda: clock[0])
    assert [limits.take("m", TIER_2, "") for _ in range(20)][-1] == 20
    with pytest.raises(RateLimitedError) as refused:
        limits.take("m", TIER_2, "")
    assert refused.value.retry_after_s == 3
    clock[0] = 3.0
    limits.take("m", TIER_2, "")
    with pytest.raises(RateLimitedError):
        limits.take("m", TIER_2, "")
    limits.take("another", TIER_2, "")


def test_posting_is_limited_by_channel() -> None:
    """Each channel takes a short burst and then a post a second."""
    clock = [0.0]
    limits = Limits(is_on=True, now=lambda: clock[0])
    for _ in range(5):
        limits.take("chat.postMessage", POSTING, "C1")
    with pytest.raises(RateLimitedError) as refused:
        limits.take("chat.postMessage", POSTING, "C1")
    assert refused.value.retry_after_s == 1
    limits.take("chat.postMessage", POSTING, "C2")
    clock[0] = 1.0
    limits.take("chat.postMessage", POSTING, "C1")


class TestLimited:
    """A playground with its limits on."""

    @pytest.fixture
    def options(self) -> PlaygroundOptions:
        """Limits are on."""
        return quick_options(limits=True)

    async def test_one_call_too_many_is_answered_429(
        self, call: Caller, slack: PlaygroundSlack
    ) -> None:
        """The refusal has status 429 and says in Retry-After when to come again."""
        general = slack.channel("general")
        for number in range(5):
            assert (await call("chat.postMessage", channel=general, text=str(number)))["ok"]
        refused = await call("chat.postMessage", channel=general, text="too many")
        assert refused == {"ok": False, "error": "ratelimited"}
        assert call.status == 429
        assert int(call.headers["Retry-After"]) >= 1
        assert slack.record.last(1)[0].http_status == 429
        assert len(slack.messages(general)) == 5


async def test_429_by_fault_is_retried_by_the_sdk(
    slack: PlaygroundSlack, client: AsyncWebClient
) -> None:
    """With its retry handler the SDK waits as told and the message is posted once."""
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
    slack.faults.turn_on("rate_limit", calls=1, retry_after_s=0, methods=["chat.postMessage"])
    await client.auth_test()
    await client.chat_postMessage(channel=slack.channel("general"), text="x")
    assert [one.http_status for one in slack.record.calls("chat.postMessage")] == [429, 200]
    assert not slack.faults.is_on("rate_limit")


async def test_500_by_fault_is_no_json(call: Caller, slack: PlaygroundSlack) -> None:
    """A server error does nothing and answers no JSON, for so many calls."""
    slack.faults.turn_on("server_error", calls=2)
    general = slack.channel("general")
    statuses = []
    for _ in range(3):
        await call("chat.postMessage", channel=general, text="x")
        statuses.append(call.status)
    assert statuses == [500, 500, 200]
    assert len(slack.messages(general)) == 1


async def test_an_answer_can_be_lost_after_the_deed(
    slack: PlaygroundSlack, client: AsyncWebClient
) -> None:
    """The cruellest fault: the message is posted, the app never hears of it."""
    slack.faults.turn_on("server_error", calls=1, after=True)
    client.retry_handlers.clear()
    general = slack.channel("general")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.chat_postMessage(channel=general, text="x")
    assert [message.text for message in slack.messages(general)] == ["x"]
    [call] = slack.record.calls("chat.postMessage")
    assert (call.ok, call.http_status) == (False, 500)


async def test_a_429_may_leave_out_when_to_come_again(call: Caller, slack: PlaygroundSlack) -> None:
    """What stands in front of Slack may refuse a call without saying until when."""
    slack.faults.turn_on("rate_limit", calls=1, retry_after_s=None)
    await call("auth.test")
    assert call.status == 429
    assert "Retry-After" not in call.headers
    assert slack.faults.happened == {"rate_limit": 1}


async def test_streams_can_be_closed(call: Caller, slack: PlaygroundSlack) -> None:
    """Slack may close what streams at any moment; the message stays as it is."""
    ann = slack.person("ann")
    root = await ann.say("dm", "go")
    stream = await call("chat.startStream", channel=ann.dm, thread_ts=root, markdown_text="a")
    slack.faults.turn_on("close_streams")
    more = await call("chat.appendStream", channel=ann.dm, ts=stream["ts"], markdown_text="b")
    assert more["error"] == "message_not_in_streaming_state"
    assert [message.text for message in slack.replies(ann.dm, root)] == ["a"]


async def test_an_event_can_be_overtaken(slack: PlaygroundSlack) -> None:
    """What was said later comes first."""
    slack.faults.turn_on("hold_event", ms=20)
    async with listen(slack) as (listener, _):
        for text in ("first", "second"):
            await slack.person("ann").say("dm", text)
        came = [await listener.next() for _ in range(2)]
    assert [each["payload"]["event"]["text"] for each in came] == ["second", "first"]


async def test_whoever_comes_by_another_address_goes_on_by_it(slack: PlaygroundSlack) -> None:
    """Addresses in answers are those of whoever asks, and the record tells the clients apart."""
    async with Door(int(slack.base_url.rpartition(":")[2])) as door:
        client = AsyncWebClient(
            token=slack.app_token, base_url=f"http://127.0.0.1:{door.port}/api/"
        )
        opened = await client.apps_connections_open(app_token=slack.app_token)
    assert f"//127.0.0.1:{door.port}/" in str(opened["url"])
    assert [call.host for call in slack.record.calls()] == [f"127.0.0.1:{door.port}"]


async def test_streams_can_be_refused(call: Caller, slack: PlaygroundSlack) -> None:
    """A workspace may refuse streams; other methods go on."""
    slack.faults.turn_on("refuse_streams")
    ann = slack.person("ann")
    root = await ann.say("dm", "go")
    answer = await call("chat.startStream", channel=ann.dm, thread_ts=root, markdown_text="a")
    assert answer["error"] == "channel_type_not_supported"
    assert (await call("chat.postMessage", channel=ann.dm, thread_ts=root, text="a"))["ok"]


async def test_redelivery_can_be_forced(slack: PlaygroundSlack) -> None:
    """With the fault on each event comes twice, the second time as a retry."""
    slack.faults.turn_on("redeliver")
    async with listen(slack) as (listener, _):
        await slack.person("ann").say("dm", "hello")
        first, second = await listener.next(), await listener.next()
        await listener.acknowledge(first)
        await listener.acknowledge(second)
        await slack.until(lambda: not slack.socket.unacknowledged)
    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert second["retry_attempt"] == 1


async def test_calls_can_be_slowed_down(call: Caller, slack: PlaygroundSlack) -> None:
    """A slow workspace answers late, and the record shows it."""
    slack.faults.turn_on("slow", ms=30)
    await call("auth.test")
    assert slack.record.last(1)[0].ms >= 30
    slack.faults.turn_off("slow")
    assert not slack.faults.is_on("slow")


async def test_chance_is_the_same_for_the_same_seed(call: Caller, slack: PlaygroundSlack) -> None:
    """Faults by chance can be played again."""
    runs = []
    for _ in range(2):
        slack.faults.seed(7, Chances(rate_limit=0.3, server_error=0.3))
        slack.record.clear()
        for _ in range(20):
            await call("auth.test")
        runs.append([one.http_status for one in slack.record.calls()])
    slack.faults.clear()
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 429, 500}


async def test_until_says_what_happened_instead(call: Caller, slack: PlaygroundSlack) -> None:
    """Waiting in vain ends with the messages and calls so far."""
    await slack.person("ann").say("general", "a message")
    await call("chat.sing")
    with pytest.raises(TimeoutError, match=r"(?s)a message.*chat\.sing 200 unknown_method"):
        await slack.until(lambda: False, timeout_s=0.01)


class TestShortStreams:
    """Streams that the server closes soon."""

    @pytest.fixture
    def options(self) -> PlaygroundOptions:
        """A stream lives for a blink."""
        return quick_options(stream_lifetime_s=0.05)

    async def test_a_stream_is_closed_by_the_server(
        self, call: Caller, slack: PlaygroundSlack
    ) -> None:
        """After its lifetime a stream takes nothing more; what it has stays and can be edited."""
        ann = slack.person("ann")
        root = await ann.say("dm", "go")
        started = await call("chat.startStream", channel=ann.dm, thread_ts=root, markdown_text="a")
        [reply] = slack.replies(ann.dm, root)
        await slack.until(lambda: not reply.is_streaming)
        at = {"channel": ann.dm, "ts": started["ts"]}
        for method in ("chat.appendStream", "chat.stopStream"):
            answer = await call(method, markdown_text="b", **at)
            assert answer["error"] == "message_not_in_streaming_state"
        assert reply.text == "a"
        assert (await call("chat.update", text="a and b", **at))["ok"]
