"""Events and interactions as the app sees them."""

import asyncio
from typing import Any

import pytest

from playground.errors import NotPossibleError
from playground.payload import Payload
from playground.server import ChannelOption, PlaygroundOptions
from playground.slack.slack import PlaygroundSlack
from tests.playground.calling import Caller
from tests.playground.conftest import quick_options
from tests.playground.listening import Listener, listen


@pytest.fixture
def options() -> PlaygroundOptions:
    """A private channel, and one without the bot."""
    return quick_options(
        ack_timeout_s=5.0,
        trigger_lifetime_s=0.0,
        channels=(
            ChannelOption(name="team", is_private=True, members=("ann",)),
            ChannelOption(name="quiet", has_bot=False),
        ),
    )


def _events(slack: PlaygroundSlack) -> list[Payload]:
    return [one.payload["event"] for one in slack.socket.log if one.is_event]


async def test_a_message_event_says_where_it_was_said(slack: PlaygroundSlack) -> None:
    """Each sort of channel has its channel_type; a reply names its thread and its root's author."""
    ann, ben = slack.person("ann"), slack.person("ben")
    root = await ann.say("general", "a")
    await ben.say("general", "b", thread_ts=root)
    await ann.say("team", "c")
    await ann.say("dm", "d")
    await ann.say("quiet", ann.mention("e"))
    events = _events(slack)
    assert [event["text"] for event in events] == ["a", "b", "c", "d"]
    assert [event["channel_type"] for event in events] == ["channel", "channel", "group", "im"]
    assert events[1]["thread_ts"] == root
    assert events[1]["parent_user_id"] == ann.id
    assert "thread_ts" not in events[0]
    assert len({event["client_msg_id"] for event in events}) == 4


async def test_the_bot_hears_itself(call: Caller, slack: PlaygroundSlack) -> None:
    """The app's own messages come back to it, with its bot id."""
    await call("chat.postMessage", channel=slack.channel("general"), text="me")
    [event] = _events(slack)
    assert event["bot_id"] == slack.workspace.app.bot_id
    assert event["user"] == slack.bot_user_id


async def test_an_ephemeral_message_is_no_event(call: Caller, slack: PlaygroundSlack) -> None:
    """What one person sees is neither in the history nor in the events."""
    ann, general = slack.person("ann"), slack.channel("general")
    await call("chat.postEphemeral", channel=general, user=ann.id, text="psst")
    assert _events(slack) == []
    assert slack.messages(general) == []
    assert [message.text for message in slack.ephemerals(ann.id, general)] == ["psst"]


async def test_an_edit_and_a_deletion_carry_what_was(slack: PlaygroundSlack) -> None:
    """message_changed has both versions, message_deleted the last one."""
    ann = slack.person("ann")
    ts = await ann.say("dm", "before")
    await ann.edit("dm", ts, "after")
    await ann.delete("dm", ts)
    _, changed, deleted = _events(slack)
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["text"] == "after"
    assert changed["message"]["edited"]["user"] == ann.id
    assert changed["previous_message"]["text"] == "before"
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert deleted["previous_message"]["text"] == "after"


async def test_a_mention_edited_in_is_a_mention(slack: PlaygroundSlack) -> None:
    """An edit that adds a mention is told as one, an edit of a mention is not."""
    ann = slack.person("ann")
    ts = await ann.say("general", "nobody")
    await ann.edit("general", ts, ann.mention("you"))
    await ann.edit("general", ts, ann.mention("you again"))
    mentions = [event for event in _events(slack) if event["type"] == "app_mention"]
    assert len(mentions) == 1
    assert mentions[0]["ts"] == ts
    assert "edited" in mentions[0]


async def test_a_stream_is_told_at_its_beginning_and_its_end(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """Appends make no events."""
    ann = slack.person("ann")
    root = await ann.say("dm", "go")
    started = await call("chat.startStream", channel=ann.dm, thread_ts=root, markdown_text="a")
    at = {"channel": ann.dm, "ts": started["ts"]}
    await call("chat.appendStream", markdown_text="b", **at)
    await call("chat.stopStream", **at)
    kinds = [event.get("subtype") for event in _events(slack)]
    assert kinds == [None, None, "message_changed"]


async def test_people_can_do_only_what_slack_lets_them(slack: PlaygroundSlack) -> None:
    """Others' messages, channels and views are out of reach."""
    ann, ben, ada = slack.person("ann"), slack.person("ben"), slack.person("ada")
    ts = await ann.say("general", "mine")
    for attempt in (
        ben.edit("general", ts, "x"),
        ben.delete("general", ts),
        ben.say("team", "x"),
        ben.say(ann.dm, "x"),
        ben.say("general", ""),
        ben.say("general", "x", thread_ts="1.000001"),
        ben.slash("/dance", ""),
        ben.shortcut("dance", "general", ts),
        ben.stop("general", ts),
        ben.submit("V0", {}),
    ):
        with pytest.raises(NotPossibleError):
            await attempt
    await ada.delete("general", ts)
    assert not ben.can_see(ann.dm)


async def _interact(listener: Listener, doing: Any, answer: Any = None) -> Payload:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(doing)
        while (envelope := await listener.next())["type"] == "events_api":
            await listener.acknowledge(envelope)
        await listener.acknowledge(envelope, answer)
    payload: Payload = envelope["payload"]
    return payload


async def test_a_command_in_a_channel_and_in_a_direct_message(slack: PlaygroundSlack) -> None:
    """A command's payload names the place and never a thread."""
    ann = slack.person("ann")
    async with listen(slack) as (listener, _):
        payload = await _interact(listener, ann.slash("/copilot", "status", "dm"))
    assert payload["command"] == "/copilot"
    assert payload["text"] == "status"
    assert (payload["channel_id"], payload["channel_name"]) == (ann.dm, "directmessage")
    assert "thread_ts" not in payload


async def test_a_trigger_id_is_good_once_and_soon(call: Caller, slack: PlaygroundSlack) -> None:
    """Too late, a trigger id opens nothing."""
    ann = slack.person("ann")
    async with listen(slack) as (listener, _):
        payload = await _interact(listener, ann.slash("/copilot"))
    title = {"type": "plain_text", "text": "T"}
    view = {"type": "modal", "title": title, "blocks": []}
    late = await call("views.open", trigger_id=payload["trigger_id"], view=view)
    assert late["error"] == "expired_trigger_id"
    unknown = await call("views.open", trigger_id="1.2.3", view=view)
    assert unknown["error"] == "invalid_trigger_id"


async def test_a_button_on_an_ephemeral_message(call: Caller, slack: PlaygroundSlack) -> None:
    """Its payload has no message; its response URL can take it away, five times in all."""
    ann, general = slack.person("ann"), slack.channel("general")
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "accessory": button}]
    await call("chat.postEphemeral", channel=general, user=ann.id, blocks=blocks)
    [message] = slack.ephemerals(ann.id)
    with pytest.raises(NotPossibleError):
        await slack.person("ben").press(message, "go")
    async with listen(slack) as (listener, _):
        payload = await _interact(listener, ann.press(message, "go"))
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    url = payload["response_url"]
    bodies: list[Payload] = [
        {"text": "changed", "replace_original": True},
        {"text": "more"},
        {"text": ""},
        {"text": "public", "response_type": "in_channel"},
        {"delete_original": True},
        {"text": "once too often"},
    ]
    answers = []
    for body in bodies:
        async with call.session.post(url, json=body) as answer:
            answers.append((answer.status, await answer.text()))
    assert answers == [
        (200, "ok"),
        (200, "ok"),
        (400, "no_text"),
        (200, "ok"),
        (200, "ok"),
        (404, "used_url"),
    ]
    assert [one.text for one in slack.ephemerals(ann.id)] == ["more"]
    assert [one.text for one in slack.messages(general)] == ["public"]


async def test_a_menu_sends_the_option_chosen(call: Caller, slack: PlaygroundSlack) -> None:
    """A select menu's action has the whole option."""
    general = slack.channel("general")
    options = [
        {"text": {"type": "plain_text", "text": text}, "value": text.lower()}
        for text in ("One", "Two")
    ]
    menu = {"type": "static_select", "action_id": "pick", "options": options}
    await call(
        "chat.postMessage",
        channel=general,
        text="pick",
        blocks=[{"type": "actions", "elements": [menu]}],
    )
    [message] = slack.messages(general)
    async with listen(slack) as (listener, _):
        payload = await _interact(listener, slack.person("ben").press(message, "pick", "two"))
    assert payload["actions"][0]["selected_option"] == options[1]


async def test_a_modal_can_be_pushed_updated_and_cleared(slack: PlaygroundSlack) -> None:
    """The answer to a submission says what becomes of the stack."""
    ann = slack.person("ann")
    title = {"type": "plain_text", "text": "T"}
    given: Payload = {
        "type": "modal",
        "title": title,
        "submit": title,
        "notify_on_close": True,
        "blocks": [
            {
                "type": "input",
                "block_id": "b",
                "label": title,
                "element": {"type": "plain_text_input", "action_id": "a"},
            }
        ],
    }
    view = slack.interactions.open_view(ann.id, given)
    async with listen(slack) as (listener, _):
        pushed = {"response_action": "push", "view": given}
        submission = await _interact(listener, ann.submit(view.id, {"b": "text"}), pushed)
        assert submission["view"]["state"]["values"]["b"]["a"]["value"] == "text"
        _, second = slack.views(ann.id)
        assert second.previous_id == view.id
        updated = {"response_action": "update", "view": {**given, "callback_id": "new"}}
        await _interact(listener, ann.submit(second.id, {"a": "text"}), updated)
        assert second.callback_id == "new"
        closed = await _interact(listener, ann.close_view(second.id))
        assert (closed["type"], closed["is_cleared"]) == ("view_closed", False)
        await _interact(listener, ann.submit(view.id, {}), {"response_action": "clear"})
    assert slack.views(ann.id) == []


async def test_a_form_in_a_message_keeps_what_each_person_filled_in(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """A button beside an input brings the input's state; elements without ids get some."""
    text = {"type": "plain_text", "text": "Send"}
    blocks = [
        {
            "type": "input",
            "block_id": "why",
            "label": text,
            "element": {"type": "plain_text_input", "action_id": "words", "initial_value": "so"},
        },
        {"type": "actions", "elements": [{"type": "button", "text": text}]},
    ]
    await call("chat.postMessage", channel=slack.channel("general"), text="why?", blocks=blocks)
    [message] = slack.messages("general")
    assert message.blocks is not None
    button = message.blocks[1]["elements"][0]["action_id"]
    ann, ben = slack.person("ann"), slack.person("ben")
    async with listen(slack) as (listener, _):
        filled_in = {"words": "because"}
        for doing, words in (
            (ann.press(message, button), "so"),
            (ann.press(message, button, filled_in=filled_in), "because"),
            (ann.press(message, button), "because"),
            (ben.press(message, button), "so"),
        ):
            payload = await _interact(listener, doing)
            assert payload["state"]["values"]["why"]["words"]["value"] == words
