"""The Web API, called without an SDK: arguments, refusals, messages, history."""

from typing import Any

import pytest

from playground.server import ChannelOption, PlaygroundOptions
from playground.slack.app_manifest import DEFAULT_MANIFEST
from playground.slack.slack import PlaygroundSlack
from tests.playground.calling import Caller
from tests.playground.conftest import quick_options


@pytest.fixture
def options() -> PlaygroundOptions:
    """A workspace with a channel that the bot is not in, and one that it cannot see."""
    return quick_options(
        channels=(
            ChannelOption(name="quiet", has_bot=False),
            ChannelOption(name="secret", is_private=True, has_bot=False),
            ChannelOption(name="team", is_private=True),
        )
    )


async def test_a_call_needs_a_token_that_slack_knows(call: Caller, slack: PlaygroundSlack) -> None:
    """Without a token, with a wrong one or with one of the wrong kind, a call is refused."""
    assert (await call("auth.test", token=""))["error"] == "not_authed"
    assert (await call("auth.test", token="xoxb-wrong"))["error"] == "invalid_auth"
    assert (await call("auth.test", token=slack.app_token))["error"] == "not_allowed_token_type"
    assert (await call("apps.connections.open"))["error"] == "not_allowed_token_type"
    assert (await call("auth.test"))["bot_id"] == slack.workspace.app.bot_id


async def test_an_unknown_method_is_refused(call: Caller) -> None:
    """A method that Slack has not is unknown."""
    answer = await call("chat.sing")
    assert answer == {"ok": False, "error": "unknown_method", "req_method": "chat.sing"}


async def test_arguments_come_as_json_form_or_query(call: Caller, slack: PlaygroundSlack) -> None:
    """One and the same call can be made in each of Slack's ways."""
    args = {"channel": slack.channel("general"), "text": "hello"}
    requests: list[dict[str, Any]] = [{"json": args}, {"data": args}, {"params": args}]
    for request in requests:
        assert (await call.send("chat.postMessage", **request))["ok"]
    with_token: dict[str, Any] = {"data": {**args, "token": slack.bot_token}}
    assert (await call.send("chat.postMessage", token="", **with_token))["ok"]
    assert (await call.send("auth.test", json=[1]))["error"] == "json_not_object"
    assert len(slack.messages("general")) == 4


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "C0NOWHERE00", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0SECRET000", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0QUIET0000", "text": "x"}, "not_in_channel"),
        ("chat.postMessage", {"channel": "C0GENERAL00"}, "no_text"),
        (
            "chat.postMessage",
            {"channel": "C0GENERAL00", "text": "x", "thread_ts": "yesterday"},
            "invalid_thread_ts",
        ),
        (
            "chat.postMessage",
            {"channel": "C0GENERAL00", "text": "x", "markdown_text": "y"},
            "markdown_text_conflict",
        ),
        (
            "chat.postMessage",
            {"channel": "C0GENERAL00", "blocks": "no json"},
            "invalid_blocks_format",
        ),
        (
            "chat.postMessage",
            {"channel": "C0GENERAL00", "text": "x", "metadata": {"event_type": "x"}},
            "invalid_metadata_schema",
        ),
        (
            "chat.postMessage",
            {"channel": "C0GENERAL00", "text": "x", "username": "Somebody"},
            "missing_scope",
        ),
        ("chat.update", {"channel": "C0GENERAL00", "ts": "1.000001"}, "message_not_found"),
        ("chat.delete", {"channel": "C0GENERAL00", "ts": "1.000001"}, "message_not_found"),
        ("chat.postEphemeral", {"channel": "C0GENERAL00", "text": "x"}, "invalid_arguments"),
        (
            "chat.postEphemeral",
            {"channel": "C0GENERAL00", "text": "x", "user": "U0NOBODY000"},
            "user_not_in_channel",
        ),
        ("conversations.info", {"channel": "C0SECRET000"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0QUIET0000"}, "not_in_channel"),
        ("conversations.history", {"channel": "C0GENERAL00", "limit": 0}, "invalid_limit"),
        ("conversations.history", {"channel": "C0GENERAL00", "cursor": "x"}, "invalid_cursor"),
        ("conversations.replies", {"channel": "C0GENERAL00", "ts": "1.1"}, "thread_not_found"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("conversations.open", {"users": "U0NOBODY000"}, "user_not_found"),
        ("users.info", {"user": "U0NOBODY000"}, "user_not_found"),
        ("reactions.add", {"channel": "C0GENERAL00", "name": "eyes"}, "no_item_specified"),
        ("files.info", {"file": "F0"}, "file_not_found"),
        ("files.completeUploadExternal", {"files": [{"id": "F0"}]}, "file_not_found"),
        ("views.open", {"trigger_id": "1.2.3"}, "invalid_arguments"),
        (
            "agents.sessions.setStatus",
            {"channel_id": "C0GENERAL00", "status": "active"},
            "invalid_arguments",
        ),
        (
            "agents.sessions.setStatus",
            {"channel_id": "C0GENERAL00", "status": "active", "thread_ts": "1.000001"},
            "thread_not_found",
        ),
        ("bots.info", {"bot": "B0"}, "bot_not_found"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_slacks_code(
    call: Caller, method: str, args: dict[str, Any], error: str
) -> None:
    """Each refusal has the code of Slack's reference."""
    answer = await call(method, **args)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert call.status == 200


async def test_somebody_elses_message_cannot_be_changed(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """The app changes and deletes its own messages only."""
    ts = await slack.person("ann").say("general", "mine")
    args = {"channel": slack.channel("general"), "ts": ts}
    assert (await call("chat.update", text="x", **args))["error"] == "cant_update_message"
    assert (await call("chat.delete", **args))["error"] == "cant_delete_message"


async def test_text_is_cut_or_refused_past_its_length(call: Caller, slack: PlaygroundSlack) -> None:
    """A post is cut at 40,000 characters, an update of more than 4,000 is refused."""
    general = slack.channel("general")
    posted = await call("chat.postMessage", channel=general, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    args = {"channel": general, "ts": posted["ts"]}
    assert (await call("chat.update", text="x" * 4_001, **args))["error"] == "msg_too_long"
    assert (await call("chat.update", text="x" * 4_000, **args))["ok"]
    too_long = await call("chat.postMessage", channel=general, markdown_text="x" * 12_001)
    assert too_long["error"] == "msg_too_long"


@pytest.mark.parametrize(
    ("blocks", "pointer"),
    [
        ([{"type": "divider"}] * 51, "/blocks]"),
        (
            [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
            "/blocks/0/text/text",
        ),
        ([{"type": "poem"}], "/blocks/0/type"),
        ([{"type": "actions", "elements": []}], "/blocks/0"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "/blocks/0/text/type"),
        ([{"type": "divider", "block_id": "a"}] * 2, "/blocks/1/block_id"),
    ],
)
async def test_blocks_that_are_not_valid_are_pointed_at(
    call: Caller, slack: PlaygroundSlack, blocks: list[dict[str, Any]], pointer: str
) -> None:
    """A refusal of blocks points to what is wrong."""
    answer = await call("chat.postMessage", channel=slack.channel("general"), blocks=blocks)
    assert answer["error"] == "invalid_blocks"
    assert pointer in answer["response_metadata"]["messages"][0]


async def test_markdown_blocks_hold_12000_characters_together(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """The text of all markdown blocks of a message counts together."""
    blocks = [{"type": "markdown", "text": "x" * 6_001}] * 2
    answer = await call("chat.postMessage", channel=slack.channel("general"), blocks=blocks)
    assert answer["error"] == "msg_blocks_too_long"


async def test_an_update_of_the_text_keeps_given_blocks(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """Blocks stay where an update leaves them out, and go where it gives none."""
    general = slack.channel("general")
    posted = await call("chat.postMessage", channel=general, text="a", blocks=[{"type": "divider"}])
    [message] = slack.messages(general)
    args = {"channel": general, "ts": posted["ts"]}
    await call("chat.update", text="b", **args)
    assert message.blocks is not None
    assert [block["type"] for block in message.blocks] == ["divider"]
    await call("chat.update", text="c", blocks=[], **args)
    assert [block["type"] for block in message.blocks] == ["rich_text"]


async def test_a_reply_to_a_thread_that_is_gone_stands_in_the_channel(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """Where a thread's root was deleted, Slack posts to the channel and says no thread."""
    ann, general = slack.person("ann"), slack.channel("general")
    ts = await ann.say("general", "soon gone")
    await ann.delete("general", ts)
    posted = await call("chat.postMessage", channel=general, text="where?", thread_ts=ts)
    assert "thread_ts" not in posted["message"]
    assert [message.ts for message in slack.messages(general)] == [posted["ts"]]


async def test_a_deleted_root_with_replies_leaves_a_tombstone(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """A thread outlives its root."""
    ann, general = slack.person("ann"), slack.channel("general")
    ts = await ann.say("general", "root")
    reply = await call("chat.postMessage", channel=general, text="reply", thread_ts=ts)
    await ann.delete("general", ts)
    thread = await call("conversations.replies", channel=general, ts=ts)
    assert thread["messages"][0]["subtype"] == "tombstone"
    assert thread["messages"][1]["ts"] == reply["ts"]


async def test_history_comes_in_pages_newest_first(call: Caller, slack: PlaygroundSlack) -> None:
    """History has no replies in it and leads to its next page with a cursor."""
    ann, general = slack.person("ann"), slack.channel("general")
    said = [await ann.say("general", str(number)) for number in range(5)]
    await ann.say("general", "a reply", thread_ts=said[0])
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        answer = await call("conversations.history", channel=general, limit=2, cursor=cursor)
        seen += [message["ts"] for message in answer["messages"]]
        cursor = answer.get("response_metadata", {}).get("next_cursor", "")
        assert answer["has_more"] is bool(cursor)
    assert seen == said[::-1]
    answer = await call(
        "conversations.history", channel=general, oldest=said[1], latest=said[3], inclusive=True
    )
    assert [message["text"] for message in answer["messages"]] == ["3", "2", "1"]


async def test_a_thread_comes_with_its_root_first(call: Caller, slack: PlaygroundSlack) -> None:
    """Replies come oldest first behind their root; a reply's timestamp gives that reply."""
    ann, general = slack.person("ann"), slack.channel("general")
    root = await ann.say("general", "root")
    replies = [await ann.say("general", text, thread_ts=root) for text in "abc"]
    answer = await call("conversations.replies", channel=general, ts=root)
    assert [message["ts"] for message in answer["messages"]] == [root, *replies]
    assert answer["messages"][0]["reply_count"] == 3
    answer = await call("conversations.replies", channel=general, ts=root, oldest=replies[0])
    assert [message["ts"] for message in answer["messages"]] == [root, *replies[1:]]
    answer = await call("conversations.replies", channel=general, ts=replies[1])
    assert [message["ts"] for message in answer["messages"]] == [replies[1]]


async def test_metadata_shows_only_where_asked_for(call: Caller, slack: PlaygroundSlack) -> None:
    """A message's metadata is kept, and returned on request."""
    general = slack.channel("general")
    metadata = {"event_type": "turn", "event_payload": {"id": 7}}
    await call("chat.postMessage", channel=general, text="x", metadata=metadata)
    plain = await call("conversations.history", channel=general)
    assert "metadata" not in plain["messages"][0]
    full = await call("conversations.history", channel=general, include_all_metadata=True)
    assert full["messages"][0]["metadata"] == metadata


async def test_channels_are_listed_as_far_as_the_bot_sees_them(call: Caller) -> None:
    """Public channels all, private ones where the bot is in."""
    answer = await call("conversations.list", types="public_channel,private_channel")
    assert {channel["name"] for channel in answer["channels"]} == {
        "general",
        "random",
        "quiet",
        "team",
    }
    joined = await call("conversations.join", channel="C0QUIET0000")
    assert joined["channel"]["is_member"]
    members = await call("conversations.members", channel="C0QUIET0000", limit=3)
    assert len(members["members"]) == 3
    assert members["response_metadata"]["next_cursor"]


async def test_a_direct_message_is_opened_by_user(call: Caller, slack: PlaygroundSlack) -> None:
    """A person's id leads to their direct message, also where a channel is asked for."""
    ann = slack.person("ann")
    assert (await call("conversations.open", users=ann.id))["channel"]["id"] == ann.dm
    assert (await call("chat.postMessage", channel=ann.id, text="hi"))["channel"] == ann.dm


async def test_reactions_are_put_on_once(call: Caller, slack: PlaygroundSlack) -> None:
    """A reaction cannot be added twice, nor taken off where it is not."""
    ts = await slack.person("ann").say("general", "x")
    args = {"channel": slack.channel("general"), "timestamp": ts, "name": "eyes"}
    assert (await call("reactions.add", **args))["ok"]
    assert (await call("reactions.add", **args))["error"] == "already_reacted"
    assert (await call("reactions.remove", **args))["ok"]
    assert (await call("reactions.remove", **args))["error"] == "no_reaction"


async def test_a_permalink_leads_to_the_message(call: Caller, slack: PlaygroundSlack) -> None:
    """A reply's permalink names its thread."""
    ann, general = slack.person("ann"), slack.channel("general")
    root = await ann.say("general", "x")
    reply = await ann.say("general", "y", thread_ts=root)
    answer = await call("chat.getPermalink", channel=general, message_ts=reply)
    assert answer["permalink"].endswith(
        f"/archives/{general}/p{reply.replace('.', '')}?thread_ts={root}&cid={general}"
    )


async def test_answers_carry_the_scopes(call: Caller) -> None:
    """Headers tell which scopes the token has and which the method takes."""
    await call("users.info", user="U0ANN000000")
    assert "users:read" in call.headers["x-oauth-scopes"].split(",")
    assert call.headers["x-accepted-oauth-scopes"] == "users:read"


async def test_streams_are_refused_as_slack_refuses_them(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """Streams need recipients in channels and a thread in direct messages, and end once."""
    ann, general = slack.person("ann"), slack.channel("general")
    root = await ann.say("general", "go")
    start: dict[str, Any] = {"channel": general, "thread_ts": root, "markdown_text": "a"}
    assert (await call("chat.startStream", **start))["error"] == "missing_recipient_team_id"
    start["recipient_team_id"] = slack.team_id
    assert (await call("chat.startStream", **start))["error"] == "missing_recipient_user_id"
    start["recipient_user_id"] = ann.id
    ts = (await call("chat.startStream", **start))["ts"]
    direct = await call("chat.startStream", channel=ann.dm, markdown_text="a")
    assert direct["error"] == "invalid_arguments"
    at = {"channel": general, "ts": ts}
    appended = "chat.appendStream"
    assert (await call(appended, **at))["error"] == "no_text"
    assert (await call(appended, markdown_text="x" * 12_001, **at))["error"] == "msg_too_long"
    assert (await call(appended, markdown_text="x" * 12_000, **at))["error"] == "msg_too_long"
    chunks = [{"type": "markdown_text", "text": "b"}]
    mixed = await call(appended, chunks=chunks, **at)
    assert mixed["error"] == "streaming_mode_mismatch"
    both = await call(appended, chunks=chunks, markdown_text="b", **at)
    assert both["error"] == "cannot_provide_both_markdown_text_and_chunks"
    assert (await call("chat.update", text="x", **at))["error"] == "streaming_state_conflict"
    assert (await call("chat.delete", **at))["error"] == "cant_delete_message"
    assert (await call("chat.stopStream", markdown_text="b", **at))["ok"]
    assert slack.replies(general, root)[0].text == "ab"
    late = await call(appended, markdown_text="c", **at)
    assert late["error"] == "message_not_in_streaming_state"
    assert (await call("chat.update", text="x", **at))["ok"]


async def test_a_task_grows_in_its_details_and_changes_in_its_status(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """Updates of one task replace its title and status and add to its details and output."""
    ann = slack.person("ann")
    root = await ann.say("dm", "go")
    task: dict[str, Any] = {"type": "task_update", "id": "1", "title": "Look"}
    first = {**task, "status": "in_progress", "details": "a"}
    started = await call("chat.startStream", channel=ann.dm, thread_ts=root, chunks=[first])
    second = {**task, "title": "Looked", "status": "complete", "details": "b", "output": "c"}
    at = {"channel": ann.dm, "ts": started["ts"]}
    await call("chat.appendStream", chunks=[second], **at)
    [reply] = slack.replies(ann.dm, root)
    assert reply.page_payload()["tasks"] == [
        {"id": "1", "title": "Looked", "status": "complete", "details": "ab", "output": "c"}
    ]
    wrong = [{**task, "status": "done"}]
    assert (await call("chat.appendStream", chunks=wrong, **at))["error"] == "invalid_chunks"


async def test_a_session_has_its_title_from_the_beginning(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """A title given later is ignored; renaming changes it."""
    ann, general = slack.person("ann"), slack.channel("general")
    root = await ann.say("general", "go")
    at = {"channel_id": general, "thread_ts": root}
    unknown = await call("agents.sessions.rename", title="x", **at)
    assert unknown["error"] == "session_not_found"
    answer = await call("agents.sessions.setStatus", status="processing", title="One", **at)
    assert answer == {
        "ok": True,
        "status": "processing",
        "agent_status": "processing",
        "title": "One",
    }
    answer = await call("agents.sessions.setStatus", status="suspended", title="Two", **at)
    assert answer["title"] == "One"
    assert (await call("agents.sessions.rename", title="Two", **at))["title"] == "Two"
    wrong = await call("agents.sessions.setStatus", status="busy", **at)
    assert wrong["error"] == "invalid_arguments"


class TestLeastPrivilege:
    """An app with few scopes and no subscription to stops."""

    @pytest.fixture
    def options(self) -> PlaygroundOptions:
        """A manifest that grants little."""
        return quick_options(
            manifest={
                **DEFAULT_MANIFEST,
                "oauth_config": {"scopes": {"bot": ["chat:write", "im:history"]}},
                "settings": {"event_subscriptions": {"bot_events": ["message.im", "app_mention"]}},
            }
        )

    async def test_a_missing_scope_is_named(self, call: Caller) -> None:
        """A refusal for want of a scope says what is needed and what was given."""
        answer = await call("users.info", user="U0ANN000000")
        assert answer == {
            "ok": False,
            "error": "missing_scope",
            "needed": "users:read",
            "provided": "chat:write,im:history",
        }
        answer = await call("conversations.history", channel="C0GENERAL00")
        assert answer["needed"] == "channels:history"

    async def test_events_need_subscription_and_scope(self, slack: PlaygroundSlack) -> None:
        """Only subscribed events whose scope is granted are sent."""
        ann = slack.person("ann")
        await ann.say("general", ann.mention("no scope for mentions"))
        await ann.say("dm", "this one")
        assert [one.payload["event"]["text"] for one in slack.socket.log] == ["this one"]

    async def test_without_a_subscription_to_stops_there_is_a_warning(
        self, call: Caller, slack: PlaygroundSlack
    ) -> None:
        """Setting a status warns while the app is not told of stops."""
        root = await slack.person("ann").say("general", "go")
        answer = await call(
            "agents.sessions.setStatus", channel_id="C0GENERAL00", thread_ts=root, status="active"
        )
        assert answer["ok"]
        assert answer["warning"] == "missing_agent_session_stopped_event_subscription"


class TestNoAgent:
    """An app that is not declared as an agent."""

    @pytest.fixture
    def options(self) -> PlaygroundOptions:
        """A manifest without agent_view."""
        features = {
            name: value
            for name, value in DEFAULT_MANIFEST["features"].items()
            if name != "agent_view"
        }
        return quick_options(manifest={**DEFAULT_MANIFEST, "features": features})

    async def test_it_has_no_sessions(self, call: Caller, slack: PlaygroundSlack) -> None:
        """Sessions are for agents only."""
        root = await slack.person("ann").say("general", "go")
        answer = await call(
            "agents.sessions.setStatus", channel_id="C0GENERAL00", thread_ts=root, status="active"
        )
        assert answer["error"] == "not_authorized"
