"""A real slack-bolt app in the playground's Slack."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack.slack import PlaygroundSlack
from tests.playground.conftest import bolt


async def test_a_mention_reaches_the_listener_and_its_answer_the_thread(
    slack: PlaygroundSlack,
) -> None:
    """A mention is answered in the mention's own thread."""

    def register(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def answer(event: dict[str, Any], say: AsyncSay) -> None:
            await say(text=f"you said: {event['text']}", thread_ts=event["ts"])

        @app.event("message")
        async def ignore(event: dict[str, Any]) -> None: ...

    async with bolt(slack, register):
        ann, general = slack.person("ann"), slack.channel("general")
        ts = await ann.say("general", ann.mention("hello"))
        [reply] = await slack.until(lambda: slack.replies(general, ts))
    assert reply.text == f"you said: <@{slack.bot_user_id}> hello"
    assert reply.thread_ts == ts
    assert reply.parent_user_id == ann.id


async def test_a_mention_arrives_as_two_events_with_ids_of_their_own(
    slack: PlaygroundSlack,
) -> None:
    """A mention arrives as app_mention and as message; the switch turns their order round."""
    seen: list[tuple[str, str]] = []

    def register(app: AsyncApp) -> None:
        @app.event("app_mention")
        async def mention(event: dict[str, Any], body: dict[str, Any]) -> None:
            seen.append((event["type"], body["event_id"]))

        @app.event("message")
        async def message(event: dict[str, Any], body: dict[str, Any]) -> None:
            seen.append((event["type"], body["event_id"]))

    async with bolt(slack, register):
        ann = slack.person("ann")
        await ann.say("general", ann.mention("once"))
        await slack.until(lambda: not slack.socket.unacknowledged and len(seen) == 2)
        slack.faults.turn_on("double_mention")
        await ann.say("general", ann.mention("twice"))
        await slack.until(lambda: not slack.socket.unacknowledged and len(seen) == 4)
    sent = [one.payload["event"]["type"] for one in slack.socket.log]
    assert sent == ["app_mention", "message", "message", "app_mention"]
    assert len({event_id for _, event_id in seen}) == 4


async def test_a_command_is_acknowledged_with_a_payload_and_answered_by_its_response_url(
    slack: PlaygroundSlack,
) -> None:
    """The answer to a slash command is shown to whoever typed it, and only to them."""

    def register(app: AsyncApp) -> None:
        @app.command("/copilot")
        async def command(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any]) -> None:
            await ack(f"at once: {body['text']}")
            await respond(text="and later", response_type="in_channel")

    async with bolt(slack, register):
        ann, general = slack.person("ann"), slack.channel("general")
        await ann.slash("/copilot", "help", "general")
        await slack.until(lambda: slack.messages(general))
        assert [one.text for one in slack.ephemerals(ann.id)] == ["at once: help"]
        assert slack.ephemerals(slack.person("ben").id) == []
        assert slack.messages(general)[0].text == "and later"


async def test_a_button_reaches_its_listener_and_can_replace_its_message(
    slack: PlaygroundSlack, client: AsyncWebClient
) -> None:
    """Pressing a button sends its value; the response URL replaces the message."""
    pressed: list[dict[str, Any]] = []

    def register(app: AsyncApp) -> None:
        @app.action("approve")
        async def approve(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
            await ack()
            pressed.append(body)
            await respond(text="approved", replace_original=True)

    button = {
        "type": "button",
        "action_id": "approve",
        "value": "42",
        "text": {"type": "plain_text", "text": "Approve"},
    }
    async with bolt(slack, register):
        general = slack.channel("general")
        await client.chat_postMessage(
            channel=general, text="may I?", blocks=[{"type": "actions", "elements": [button]}]
        )
        [message] = slack.messages(general)
        await slack.person("ben").press(message, "approve")
        await slack.until(lambda: message.text == "approved")
    [body] = pressed
    assert body["actions"][0]["value"] == "42"
    assert body["container"]["message_ts"] == message.ts
    assert body["user"]["id"] == slack.person("ben").id


async def test_a_modal_opens_by_trigger_and_is_submitted(slack: PlaygroundSlack) -> None:
    """A modal is opened with a trigger id, refuses what the app finds wrong, then closes."""

    def register(app: AsyncApp) -> None:
        @app.shortcut("reset_session")
        async def open_modal(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=_modal())

        @app.view("why")
        async def submitted(ack: AsyncAck, view: dict[str, Any]) -> None:
            if view["state"]["values"]["reason"]["text"]["value"] == "no":
                await ack(response_action="errors", errors={"reason": "say more"})
            else:
                await ack()

    async with bolt(slack, register):
        ann = slack.person("ann")
        ts = await ann.say("general", "hello")
        await ann.shortcut("reset_session", "general", ts)
        [view] = await slack.until(lambda: slack.views(ann.id))
        assert await ann.submit(view.id, {"text": "no"}) == {"reason": "say more"}
        assert await ann.submit(view.id, {"text": "because"}) == {}
        assert slack.views(ann.id) == []


async def test_native_streaming_with_the_sdks_own_helper(
    slack: PlaygroundSlack, client: AsyncWebClient
) -> None:
    """The SDK's stream helper streams text and tasks into a thread."""
    ann, general = slack.person("ann"), slack.channel("general")
    ts = await ann.say("general", ann.mention("go"))
    stream = await client.chat_stream(
        channel=general,
        thread_ts=ts,
        recipient_team_id=slack.team_id,
        recipient_user_id=ann.id,
        buffer_size=1,
    )
    await stream.append(markdown_text="**hello** ")
    [reply] = slack.replies(general, ts)
    assert reply.is_streaming
    await stream.append(
        chunks=[{"type": "task_update", "id": "1", "title": "Look", "status": "in_progress"}]
    )
    await stream.stop(markdown_text="world", session_status="active")
    assert reply.text == reply.markdown == "**hello** world"
    assert not reply.is_streaming
    assert reply.page_payload()["tasks"] == [{"id": "1", "title": "Look", "status": "in_progress"}]
    session = slack.session(general, ts)
    assert session is not None
    assert session.status == "active"


async def test_the_stop_button_stops_the_stream_and_tells_the_app(
    slack: PlaygroundSlack, client: AsyncWebClient
) -> None:
    """Slack's stop button ends the streams of the thread; moving the status on is the app's."""
    stopped: list[dict[str, Any]] = []

    def register(app: AsyncApp) -> None:
        @app.event("agent_session_stopped")
        async def stop(event: dict[str, Any]) -> None:
            stopped.append(event)

        @app.event("message")
        async def ignore(event: dict[str, Any]) -> None: ...

    async with bolt(slack, register):
        ann = slack.person("ann")
        ts = await ann.say("dm", "go")
        await client.agents_sessions_setStatus(
            channel_id=ann.dm, thread_ts=ts, status="processing", title="Going"
        )
        started = await client.chat_startStream(channel=ann.dm, thread_ts=ts, markdown_text="a")
        await ann.stop(ann.dm, ts)
        await slack.until(lambda: stopped)
        assert stopped[0]["streaming_message_ts"] == [started["ts"]]
        refused = await _error(
            client.chat_appendStream(channel=ann.dm, ts=started["ts"], markdown_text="b")
        )
        assert refused == "stopped_by_user"
        session = slack.session(ann.dm, ts)
        assert session is not None
        assert session.status == "processing"
        await client.chat_stopStream(channel=ann.dm, ts=started["ts"], session_status="active")
        assert session.status == "active"


async def test_files_travel_both_ways(slack: PlaygroundSlack, client: AsyncWebClient) -> None:
    """The app uploads with the SDK's helper, and fetches people's files with its token."""
    ann, general = slack.person("ann"), slack.channel("general")
    file = await ann.upload("my notes #1 (50%).txt", b"remember the milk")
    ts = await ann.say("general", "look", files=[file])
    info = (await client.files_info(file=file))["file"]
    assert info["channels"] == [general]
    fetched = await _fetch(info["url_private"], slack.bot_token)
    assert fetched == (200, "text/plain", b"remember the milk")
    status, kind, _ = await _fetch(info["url_private_download"], "xoxb-wrong")
    assert (status, kind) == (200, "text/html")
    await client.files_upload_v2(
        channel=general, thread_ts=ts, filename="answer.md", content="# yes", title="Answer"
    )
    [reply] = await slack.until(lambda: slack.replies(general, ts))
    assert reply.files[0].content == b"# yes"
    assert reply.files[0].title == "Answer"


def _modal() -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "why",
        "title": {"type": "plain_text", "text": "Why?"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Reason"},
                "element": {"type": "plain_text_input", "action_id": "text"},
            }
        ],
    }


async def _error(call: Awaitable[Any]) -> str:
    try:
        await call
    except SlackApiError as error:
        return str(error.response["error"])
    return ""


async def _fetch(url: str, token: str) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()
