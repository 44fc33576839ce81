"""What the playground says has the fields and types of Slack's own descriptions.

The descriptions list each answer's and event's fields with a value of the right JSON type. They
are not part of this project; the tests skip where they are not at hand.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from playground.slack.files import FileState
from playground.slack.record import ApiCall
from playground.slack.slack import PlaygroundSlack
from tests.contracts.files import PICTURE
from tests.playground.calling import Caller
from tests.playground.conftest import SPECS
from tests.playground.listening import listen

pytestmark = [
    pytest.mark.specs,
    pytest.mark.skipif(not SPECS.is_dir(), reason="Slack's descriptions are not at hand"),
]

# Fields that Slack sends although its descriptions leave them out, with where they are written.
KNOWN_BEYOND = {
    # docs.slack.dev, ChatStopStreamResponse: channel, ts and message.
    "chat.stopStream": {"channel", "ts", "message"},
    # docs.slack.dev, conversations.join: a warning and its twin in response_metadata.
    "conversations.join": {"response_metadata"},
    # A mention that brings files carries them as a message does.
    "AppMention": {"files"},
    # docs.slack.dev, message metadata: the event_payload beside the event_type.
    "Message": {"metadata.event_payload"},
    "MessageThreadBroadcast": {"metadata.event_payload"},
    # docs.slack.dev, view objects: they have blocks.
    "AppHomeOpened": {"view.blocks"},
}
ESSENTIAL = {
    "auth.test": {"ok", "url", "team", "user", "team_id", "user_id", "bot_id"},
    "chat.postMessage": {"ok", "channel", "ts", "message"},
    "chat.update": {"ok", "channel", "ts", "text", "message"},
    "chat.startStream": {"ok", "channel", "ts"},
    "chat.appendStream": {"ok", "channel", "ts"},
    "conversations.replies": {"ok", "messages", "has_more"},
    "conversations.history": {"ok", "messages", "has_more"},
    "conversations.members": {"ok", "members", "response_metadata"},
    "files.getUploadURLExternal": {"ok", "upload_url", "file_id"},
    "views.open": {"ok", "view"},
    "apps.connections.open": {"ok", "url"},
}
ESSENTIAL_EVENT = {
    "AppMention": {"user", "text", "ts", "channel", "event_ts", "team", "client_msg_id"},
    "AppHomeOpened": {"user", "channel", "tab", "event_ts"},
    "MemberJoinedChannel": {"user", "channel", "channel_type", "team", "event_ts"},
    "Message": {"user", "text", "ts", "channel", "channel_type", "event_ts", "team"},
    "MessageChanged": {"message", "previous_message", "channel", "channel_type", "ts"},
    "MessageDeleted": {"previous_message", "deleted_ts", "channel", "channel_type", "ts"},
    "MessageFileShare": {"user", "text", "files", "ts", "channel", "channel_type"},
    "MessageThreadBroadcast": {"user", "text", "ts", "thread_ts", "channel", "channel_type"},
    "ReactionAdded": {"user", "reaction", "item", "item_user", "event_ts"},
}
ENVELOPE = {
    "token",
    "team_id",
    "api_app_id",
    "event",
    "type",
    "event_id",
    "event_time",
    "authorizations",
}


# docs.slack.dev, file object: widths and heights are numbers, although they are described as text.
_PIXELS = re.compile(r"(?:original|thumb_\d+)_[wh]")


def _described(kind: str, name: str) -> Any:
    return json.loads((SPECS / kind / f"{name}.json").read_text())


def _differences(said: Any, described: Any, where: str = "") -> Iterator[str]:
    """Yield what was said and is not described, or has another type."""
    if said is None:
        return
    if isinstance(described, dict):
        if not isinstance(said, dict):
            yield f"{where} is no object"
            return
        if not described:
            return
        for name, value in said.items():
            here = f"{where}.{name}".lstrip(".")
            if _PIXELS.fullmatch(name) and isinstance(value, int):
                continue
            if name in described:
                yield from _differences(value, described[name], here)
            elif not name.isupper() and not _is_id(name):
                yield f"{here} is not described"
    elif isinstance(described, list):
        if not isinstance(said, list):
            yield f"{where} is no list"
            return
        for value in said if described else ():
            yield from _differences(value, described[0], where)
    elif not _same_type(said, described):
        yield f"{where} is {type(said).__name__}, not {type(described).__name__}"


def _same_type(said: Any, described: Any) -> bool:
    if isinstance(described, bool) or isinstance(said, bool):
        return isinstance(described, bool) and isinstance(said, bool)
    return isinstance(said, str) == isinstance(described, str) and not isinstance(said, dict | list)


def _is_id(name: str) -> bool:
    return name[:1] in "CDFTU" and name[1:].isalnum() and name.isupper()


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            name: _merged(one.get(name, other.get(name)), other.get(name, one.get(name)))
            for name in {**one, **other}
        }
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return [_merged(one[0], other[0])]
    return one or other


def _message_shape() -> Any:
    # No single description has all of a message's fields; the same object is described in several.
    history = _described("api", "conversations.history")["messages"][0]
    replies = _described("api", "conversations.replies")["messages"][0]
    return _merged(_merged(history, replies), _described("api", "chat.postMessage")["message"])


def _check(name: str, said: Any, described: Any) -> None:
    beyond = KNOWN_BEYOND.get(name, set())
    wrong = [
        difference
        for difference in _differences(said, described)
        if not any(difference.startswith((f"{one} ", f"{one}.")) for one in beyond)
        and not any(difference.startswith(f"event.{one}") for one in beyond)
    ]
    assert wrong == [], f"{name}: {json.dumps(said)[:2000]}"


def _check_call(call: ApiCall) -> None:
    described = _described("api", call.method)
    if "messages" in described and call.ok:
        described["messages"] = [_message_shape()]
    elif "message" in described and call.ok:
        described["message"] = _merged(described["message"], _message_shape())
    if call.method == "conversations.info":
        # A direct message is described where one is opened.
        opened = _described("api", "conversations.open")["channel"]
        described["channel"] = _merged(described["channel"], opened)
    _check(call.method, call.answer, described)
    if call.ok:
        assert ESSENTIAL.get(call.method, {"ok"}) <= call.answer.keys()


async def test_answers_have_the_described_fields_and_types(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """Every described method answers as described, in success and in refusal."""
    await _use_everything(call, slack)
    described = {path.stem for path in (SPECS / "api").iterdir()}
    tried = {one.method for one in slack.record.calls(ok=True)}
    assert described - tried == set()
    for one in slack.record.calls():
        if one.method in described:
            _check_call(one)


async def test_events_have_the_described_fields_and_types(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """Every event that the workspace sends is as described, envelope and all."""
    await _do_everything(call, slack)
    names = {
        "app_mention": "AppMention",
        "app_home_opened": "AppHomeOpened",
        "member_joined_channel": "MemberJoinedChannel",
        "reaction_added": "ReactionAdded",
        "message": "Message",
        "message.file_share": "MessageFileShare",
        "message.message_changed": "MessageChanged",
        "message.message_deleted": "MessageDeleted",
        "message.thread_broadcast": "MessageThreadBroadcast",
    }
    frame = _described("events", "MemberJoinedChannel")
    seen = set()
    for delivery in slack.socket.log:
        payload = delivery.payload
        event = payload["event"]
        kind = ".".join(filter(None, (event["type"], event.get("subtype"))))
        if kind == "agent_session_stopped":
            assert event.keys() == {
                "type",
                "channel",
                "thread_ts",
                "user",
                "streaming_message_ts",
                "event_ts",
            }
            continue
        seen.add(kind)
        described = _merged(_described("events", names[kind]), {**frame, "event": {}})
        _fill_messages(described["event"])
        _check(names[kind], payload, described)
        assert payload.keys() >= ENVELOPE
        assert event.keys() >= ESSENTIAL_EVENT[names[kind]]
    assert seen == names.keys()


async def test_a_connection_says_hello_as_slack_does(slack: PlaygroundSlack) -> None:
    """The greeting has what clients log."""
    async with listen(slack) as (_, hello):
        assert hello.keys() == {"type", "num_connections", "debug_info", "connection_info"}


def _fill_messages(event: Any) -> None:
    # The message inside message_changed is an ordinary one, with all that such a one may have.
    for name in ("message", "previous_message"):
        if name in event:
            event[name] = _merged(event[name], _message_shape())
    if "root" in event:
        event |= _merged(event, _described("events", "Message")["event"])


async def _do_everything(call: Caller, slack: PlaygroundSlack) -> None:
    ann, general = slack.person("ann"), slack.channel("general")
    root = await ann.say("general", ann.mention("hello *there* <https://example.org>"))
    file = await ann.upload("notes.txt", b"text")
    picture = await ann.upload("square.png", PICTURE.content)
    hidden = await ann.upload("old.txt", b"old", state=FileState.HIDDEN)
    outside = await ann.upload("Plan", b"", state=FileState.EXTERNAL, external_url="https://x.org")
    unchecked = await ann.upload("theirs.txt", b"theirs", state=FileState.UNCHECKED)
    files = [file, picture, hidden, outside, unchecked]
    await ann.say("general", ann.mention("with files"), thread_ts=root, files=files)
    await ann.delete_file(file)
    reply = await call(
        "chat.postMessage",
        channel=general,
        thread_ts=root,
        text="hi",
        reply_broadcast=True,
        metadata={"event_type": "turn", "event_payload": {"id": 1}},
    )
    await call("chat.postMessage", channel=general, blocks=[{"type": "divider"}])
    await call("chat.update", channel=general, ts=reply["ts"], text="hi again")
    await ann.react("general", root, "eyes")
    said = await ann.say("general", "not yet")
    await ann.edit("general", said, ann.mention("now a mention"))
    await ann.delete("general", said)
    await ann.delete("general", root)
    direct = await ann.say("dm", "hello")
    await call(
        "agents.sessions.setStatus", channel_id=ann.dm, thread_ts=direct, status="processing"
    )
    started = await call("chat.startStream", channel=ann.dm, thread_ts=direct, markdown_text="a")
    await ann.stop(ann.dm, direct)
    await call("chat.stopStream", channel=ann.dm, ts=started["ts"], markdown_text="b")
    await call("views.publish", user_id=ann.id, view={"type": "home", "blocks": []})
    await ann.open_home("messages")
    await ann.open_home("home")
    slack.workspace.channels[general].members.remove(ann.id)
    await ann.join("general")


async def _use_everything(call: Caller, slack: PlaygroundSlack) -> None:
    await _do_everything(call, slack)
    ann, ben, general = slack.person("ann"), slack.person("ben"), slack.channel("general")
    root = await ann.say("general", "root")
    at = {"channel": general, "ts": root}
    await call("apps.connections.open", token=slack.app_token)
    for method in ("auth.test", "conversations.list"):
        await call(method)
    await call("bots.info", bot=slack.workspace.app.bot_id)
    await call("chat.getPermalink", channel=general, message_ts=root)
    await call("chat.postEphemeral", channel=general, user=ben.id, text="psst")
    posted = await call(
        "chat.postMessage",
        channel=general,
        text="buttons",
        thread_ts=root,
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}],
    )
    await call("reactions.add", channel=general, timestamp=posted["ts"], name="eyes")
    await call("conversations.replies", **at)
    await call("conversations.history", channel=general, limit=1)
    await call("conversations.history", channel=general, include_all_metadata=True)
    await call("reactions.remove", channel=general, timestamp=posted["ts"], name="eyes")
    await call("chat.delete", channel=general, ts=posted["ts"])
    await call("conversations.info", channel=general)
    await call("conversations.info", channel=general, include_num_members=True)
    await call("conversations.info", channel=ann.dm)
    await call("conversations.join", channel=general)
    await call("conversations.members", channel=general)
    await call("conversations.open", users=ann.id, return_im=True)
    await call("users.info", user=ann.id)
    await call("users.info", user=slack.bot_user_id)
    await call("chat.startStream", channel=general, thread_ts=root, markdown_text="no recipient")
    started = await call(
        "chat.startStream",
        channel=general,
        recipient_team_id=slack.team_id,
        recipient_user_id=ann.id,
        chunks=[{"type": "task_update", "id": "1", "title": "x", "status": "pending"}],
    )
    stream = {"channel": general, "ts": started["ts"]}
    await call("chat.appendStream", chunks=[{"type": "markdown_text", "text": "x"}], **stream)
    await call("chat.stopStream", blocks=[{"type": "divider"}], **stream)
    await _use_files(call, slack, general)
    await _use_views(call, slack)
    thread = {"channel_id": general, "thread_ts": root}
    await call("assistant.threads.setStatus", status="thinks", **thread)
    await call("assistant.threads.setTitle", title="A thread", **thread)
    await call("assistant.threads.setSuggestedPrompts", prompts=[], **thread)


async def _use_files(call: Caller, slack: PlaygroundSlack, channel: str) -> None:
    ticket = await call("files.getUploadURLExternal", filename="a.png", length=3)
    async with call.session.post(ticket["upload_url"], data=b"abc") as answer:
        assert await answer.text() == "OK - 3"
    await call(
        "files.completeUploadExternal",
        files=[{"id": ticket["file_id"], "title": "A"}],
        channel_id=channel,
    )
    await call("files.info", file=ticket["file_id"])
    await call("files.info", file="F0")


async def _use_views(call: Caller, slack: PlaygroundSlack) -> None:
    title = {"type": "plain_text", "text": "Title"}
    view = {"type": "modal", "title": title, "blocks": [{"type": "divider"}]}

    def trigger() -> str:
        return slack.interactions._trigger(slack.person("ann").id)

    opened = await call("views.open", trigger_id=trigger(), view=view)
    await call("views.push", trigger_id=trigger(), view=view)
    await call("views.update", view_id=opened["view"]["id"], view=view)
    await call("views.open", trigger_id="1.2.3", view=view)
