"""The connection to Slack: opened, watched, opened anew, closed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.fields import Fields, text
from adapters.slack.adapter import SlackAdapter, SlackOptions
from adapters.slack.connection import Acknowledgement, Connection
from adapters.slack.manifest import manifest
from bot.errors import ChatRefused, ChatUnavailable
from bot.keys import SessionKey
from bot.messages import Post
from bot.oddities import Oddities
from playground.server import serve
from playground.slack.options import PlaygroundOptions
from tests.contracts.chat import asked
from tests.fakes.chat import Recorder
from tests.slack.stage import HastyClock, SlackStage, adapter_for


async def test_a_dropped_connection_is_opened_anew(stage: SlackStage) -> None:
    """When the socket breaks, the adapter comes back and events arrive again."""
    await asked(stage, "before")
    stage.slack.faults.turn_on("drop_socket")
    assert (await asked(stage, "after")).text == "after"
    assert stage.adapter.is_connected
    assert len(stage.slack.record.calls("apps.connections.open")) == 2


async def test_a_refresh_loses_nothing(stage: SlackStage) -> None:
    """Asked to reconnect, the adapter opens the new connection before the old one goes."""
    await asked(stage, "before")
    stage.slack.faults.turn_on("refresh_socket")
    await stage.until(lambda: stage.slack.socket.connections == 2)
    assert (await asked(stage, "during")).text == "during"
    assert stage.adapter.is_connected


async def test_a_message_in_work_survives_a_refresh(stage: SlackStage) -> None:
    """An event that came by the old connection is still acknowledged."""
    stage.intake.gate.clear()
    await stage.say("ann", "hold on")
    await stage.until(lambda: stage.slack.socket.unacknowledged)
    stage.slack.faults.turn_on("refresh_socket")
    await stage.until(lambda: stage.slack.socket.connections == 2)
    stage.intake.gate.set()
    await stage.until(lambda: not stage.slack.socket.unacknowledged)


async def test_cancelling_closes_everything(stage: SlackStage) -> None:
    """When `run` is cancelled nothing stays open, and calls say that the adapter has ended."""
    await asked(stage)
    stage.running.cancel()
    await asyncio.wait([stage.running])
    await stage.until(lambda: not stage.slack.connected())
    assert stage.running.cancelled()
    assert not stage.adapter.is_connected


@pytest.mark.parametrize(
    ("token", "variable"),
    [("bot_token", "SLACK_BOT_TOKEN"), ("app_token", "SLACK_APP_TOKEN")],
)
async def test_a_wrong_token_is_named(token: str, variable: str) -> None:
    """A token that Slack does not accept ends `run` with a sentence that names the setting."""
    async with serve(options=PlaygroundOptions(manifest=manifest())) as playground:
        wrong: dict[str, Any] = {token: "xoxb-wrong"}
        adapter = adapter_for(playground.slack, HastyClock(), **wrong)
        with pytest.raises(ChatRefused, match=variable):
            await adapter.run(Recorder())


async def test_a_token_that_is_revoked_ends_it(stage: SlackStage) -> None:
    """A call that is refused for its token is reason enough to ask, and then to end."""
    prompt = await asked(stage)
    stage.slack.faults.turn_on("revoke_token")
    with pytest.raises(ChatRefused, match="token_revoked"):
        await stage.adapter.post(prompt.key, Post(text="hello?"))
    await asyncio.wait([stage.running])
    assert not stage.adapter.is_connected
    reason = stage.running.exception()
    assert isinstance(reason, ChatRefused)
    assert "SLACK_BOT_TOKEN is not accepted (token_revoked)" in str(reason)
    await _ended(stage)


@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_an_app_that_is_not_wanted_any_more_ends_it(stage: SlackStage, kind: str) -> None:
    """Slack tells that the app is uninstalled: nobody has to try to say something first."""
    stage.slack.faults.turn_on("revoke_token")
    event = {"type": kind, "event_ts": "1.0"}
    stage.slack.socket.deliver({"type": "event_callback", "team_id": "T1", "event": event})
    await asyncio.wait([stage.running])
    assert isinstance(stage.running.exception(), ChatRefused)
    await _ended(stage)


async def test_a_new_connection_is_reason_to_ask(stage: SlackStage) -> None:
    """An app that was uninstalled while nothing arrived can connect, and is told apart."""
    stage.slack.faults.turn_on("revoke_token")
    stage.slack.faults.turn_on("drop_socket")
    await asyncio.wait([stage.running])
    assert isinstance(stage.running.exception(), ChatRefused)
    await _ended(stage)


async def test_a_refusal_that_is_none_ends_nothing(stage: SlackStage) -> None:
    """Where Slack still knows us, or cannot be asked, it goes on."""
    prompt = await asked(stage)
    stage.adapter._is_doubtful.set()
    stage.slack.faults.turn_on("server_error", calls=1, methods=["auth.test"])
    await stage.until(lambda: len(stage.calls("auth.test")) >= 3)
    assert await stage.adapter.post(prompt.key, Post(text="still here"))
    assert stage.adapter.is_connected


async def _ended(stage: SlackStage) -> None:
    """What the stage takes down at its end has ended already."""
    stage.running = asyncio.create_task(asyncio.sleep(0))
    await stage.running


@pytest.mark.parametrize("host", ["127.0.0.1:9", "slack.invalid"])
async def test_slack_out_of_reach_is_waited_for(host: str) -> None:
    """When Slack cannot be reached, or its name be resolved, the adapter tries again, slower."""
    clock = HastyClock()
    options = SlackOptions(bot_token="xoxb-1", app_token="xapp-1", api_url=f"http://{host}/api/")
    adapter = SlackAdapter(options, clock=clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adapters.slack.calls.CONNECTION_RETRIES", 0)
        running = asyncio.create_task(adapter.run(Recorder()))
        async with asyncio.timeout(10):
            await clock.until_slept(6)
    assert clock.slept[:6] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    assert not adapter.is_connected
    running.cancel()
    await asyncio.wait([running])


async def test_a_call_without_a_connection_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call while nobody is signed in fails with a sentence, and not for ever."""
    monkeypatch.setattr("adapters.slack.calls._START_S", 0.01)
    adapter = SlackAdapter(SlackOptions(bot_token="xoxb-1", app_token="xapp-1"), clock=HastyClock())
    key = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1.1")
    with pytest.raises(ChatUnavailable, match="nobody is signed in"):
        await adapter.post(key, Post(text="hello?"))


class TestOddServers:
    """A server that does not behave."""

    @staticmethod
    @asynccontextmanager
    async def connection(
        script: Any, deal: Any = None
    ) -> AsyncIterator[tuple[Connection, HastyClock]]:
        """A connection to a server whose sockets follow a script."""

        async def handle(request: web.Request) -> web.StreamResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await script(socket)
            return socket

        async def acknowledge(_: Fields) -> Acknowledgement:
            return Acknowledgement()

        app = web.Application()
        app.router.add_get("/", handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]

        async def open_url() -> str:
            return f"http://{host}:{port}/"

        clock = HastyClock()
        async with aiohttp.ClientSession() as session:
            connection = Connection(
                session=session,
                open_url=open_url,
                deal=deal or acknowledge,
                clock=clock,
                oddities=Oddities("slack.odd"),
            )
            running = asyncio.create_task(connection.run())
            try:
                yield connection, clock
            finally:
                running.cancel()
                await asyncio.wait([running])
                await runner.cleanup()
        assert running.cancelled()

    async def test_it_is_alive_after_the_hello_only(self) -> None:
        """An open socket is not a connection before Slack has said hello."""
        opened, greet, greeted = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def script(socket: web.WebSocketResponse) -> None:
            opened.set()
            await greet.wait()
            await socket.send_json({"type": "hello"})
            await socket.send_json({"envelope_id": "1", "type": "events_api", "payload": {}})
            await socket.receive()
            greeted.set()
            await socket.receive()

        async with asyncio.timeout(10), self.connection(script) as (connection, _):
            await opened.wait()
            assert not connection.is_alive
            greet.set()
            await greeted.wait()
            assert connection.is_alive

    async def test_one_that_falls_silent_is_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection on which no ping is answered any more counts as dead, and is replaced."""
        monkeypatch.setattr("adapters.slack.connection.PING_S", 0.05)
        greeted = asyncio.Semaphore(0)

        async def script(socket: web.WebSocketResponse) -> None:
            await socket.send_json({"type": "hello"})
            greeted.release()
            await asyncio.sleep(10)  # half open: nothing is read, and nobody says goodbye

        async with asyncio.timeout(10), self.connection(script):
            for _ in range(2):
                await greeted.acquire()

    async def test_being_turned_away_slows_it_down(self) -> None:
        """A server that closes at once is tried again, ever slower."""
        tried = asyncio.Semaphore(0)

        async def script(socket: web.WebSocketResponse) -> None:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            tried.release()

        async with asyncio.timeout(10), self.connection(script) as (_, clock):
            for _ in range(7):
                await tried.acquire()
            waited = clock.slept[:6]
        for number, seconds in enumerate(waited):
            assert 2.0 ** min(number, 5) / 2 <= seconds * (32 / 30) <= 2.0**number * (32 / 30)

    async def test_frames_that_are_nothing_are_passed_over(self) -> None:
        """Frames that are not JSON, not objects or not envelopes do not end the connection."""
        acknowledged = asyncio.Event()

        async def script(socket: web.WebSocketResponse) -> None:
            await socket.send_json({"type": "hello"})
            for frame in ("", "{", "[]", "5", '{"type": "party"}', "[" * 50_000):
                await socket.send_str(frame)
            await socket.send_bytes(b"\x00")
            await socket.ping(b"Ping from applink")
            await socket.send_json({"envelope_id": "1", "type": "events_api", "payload": {}})
            assert await socket.receive_json() == {"envelope_id": "1"}
            acknowledged.set()

        async with asyncio.timeout(10), self.connection(script):
            await acknowledged.wait()

    async def test_envelopes_are_dealt_with_beside_each_other(self) -> None:
        """One slow envelope does not hold the next one up; one that is refused is not told of."""
        release, told = asyncio.Event(), asyncio.Event()
        received: list[str] = []

        async def deal(envelope: Fields) -> Acknowledgement | None:
            match text(envelope, "envelope_id"):
                case "slow":
                    await release.wait()
                case "refused":
                    return None
            return Acknowledgement()

        async def script(socket: web.WebSocketResponse) -> None:
            await socket.send_json({"type": "hello"})
            for envelope_id in ("slow", "refused", "quick"):
                await socket.send_json({"envelope_id": envelope_id, "type": "events_api"})
            received.append((await socket.receive_json())["envelope_id"])
            release.set()
            received.append((await socket.receive_json())["envelope_id"])
            told.set()

        async with asyncio.timeout(10), self.connection(script, deal):
            await told.wait()
        assert received == ["quick", "slow"]
