"""Slash commands, shortcuts, buttons and the manifest."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.buttons import button_blocks, menu_blocks, parse_press
from adapters.slack.commands import parse_shortcut, parse_slash
from adapters.slack.forms import form_view, parse_sent
from adapters.slack.manifest import EVENTS, SCOPES, manifest
from adapters.slack.render import Content, render, task_chunk
from adapters.slack.sections import marked_up
from bot.keys import SessionKey
from bot.messages import Button, Choice, Command, Form, Menu, Person, Press
from bot.ports import ToolLine, ToolState
from tests.slack.payloads import PRESS, SHORTCUT, SLASH

PLACE = SessionKey(platform="slack", workspace="T1", channel="C1")
THREAD = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1700000000.000100")


def test_a_slash_command_in_a_channel_is_about_no_thread() -> None:
    """`/copilot` in a channel says the word and the rest, and no thread."""
    assert parse_slash(SLASH) == Command(
        name="reset",
        argument="please now",
        author=Person(id="UANN", name="ann"),
        key=None,
        place=PLACE,
        is_direct=False,
        request_id="1.2.3",
    )


def test_a_slash_command_in_a_direct_message_is_about_it() -> None:
    """`/copilot` in a direct message is about that conversation; without a word it has no name."""
    command = parse_slash({**SLASH, "channel_id": "D1", "text": ""})
    assert command is not None
    assert command.is_direct
    assert command.name == ""
    assert command.key == command.place == SessionKey(
        platform="slack", workspace="T1", channel="D1"
    )  # fmt: skip


def test_the_shortcut_resets_the_thread_of_its_message() -> None:
    """The message shortcut is the command reset for the thread that the message is in."""
    command = parse_shortcut(SHORTCUT)
    assert command is not None
    assert (command.name, command.key, command.place) == ("reset", THREAD, PLACE)
    assert parse_shortcut({**SHORTCUT, "callback_id": "another"}) is None


def test_a_press_says_what_the_button_carries() -> None:
    """A press is read from what the button carries."""
    assert parse_press(PRESS) == Press(
        action="retry",
        value="7",
        key=THREAD,
        author=Person(id="UANN", name="ann"),
        request_id="UANN:1700000095.000700",
    )


@pytest.mark.parametrize("value", ["", "7", "[]", '{"a":"retry","v":"7","k":"slack:T1"}'])
def test_buttons_that_are_not_ours_are_nothing(value: str) -> None:
    """A press that carries anything else is not one of ours."""
    assert parse_press({**PRESS, "actions": [{**PRESS["actions"][0], "value": value}]}) is None


def test_buttons_come_back_as_they_went() -> None:
    """What a button carries comes back with its press, however many there are."""
    buttons = [Button(action="answer", value=f"q {n} ü", label="x" * 90) for n in range(30)]
    blocks = button_blocks(buttons, THREAD)
    assert [len(block["elements"]) for block in blocks] == [25, 5]
    assert len({block["block_id"] for block in blocks}) == 2
    elements: list[dict[str, Any]] = [each for block in blocks for each in block["elements"]]
    assert len({element["action_id"] for element in elements}) == 30
    for number, element in enumerate(elements):
        assert len(element["text"]["text"]) <= 75
        press = parse_press({**PRESS, "actions": [{**element, "action_ts": "1.1"}]})
        assert press is not None
        assert (press.action, press.value, press.key) == ("answer", f"q {number} ü", THREAD)


def test_a_button_that_carries_too_much_is_left_out() -> None:
    """Slack refuses a message whose button carries too much: it comes without that button."""
    assert button_blocks([Button(action="a", value="x" * 2_000, label="b")], THREAD) == []


@pytest.mark.parametrize("value", ["", "7", "{}", "[7]", "[]", '["a","nowhere"]', '["a",7]'])
def test_choices_that_are_not_ours_are_nothing(value: str) -> None:
    """What is chosen from a menu that carries anything else is not one of ours."""
    menu = Menu(action="model", label="Which?", choices=(Choice(value="m", label="M"),))
    [block] = menu_blocks([menu], THREAD)
    chosen = {
        **block["elements"][0],
        "block_id": block["block_id"],
        "action_ts": "1.1",
        "selected_option": {"value": value},
    }
    assert parse_press({**PRESS, "actions": [chosen]}) is None
    chosen["selected_option"] = block["elements"][0]["options"][0]
    press = parse_press({**PRESS, "actions": [chosen]})
    assert press is not None
    assert (press.action, press.value, press.key) == ("model", "m", THREAD)


def test_a_choice_that_carries_too_much_is_left_out() -> None:
    """A menu comes without what Slack would refuse, and not at all where nothing is left."""
    good, bad = Choice(value="m", label="M"), Choice(value="x" * 150, label="X")
    [block] = menu_blocks([Menu(action="a", label="l", choices=(good, bad))], THREAD)
    assert len(block["elements"][0]["options"]) == 1
    assert menu_blocks([Menu(action="a", label="l", choices=(bad,))], THREAD) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"callback_id": "another"},
        {"private_metadata": "{}"},
        {"private_metadata": "["},
        {"private_metadata": '{"a":"x","v":"","k":"slack:T1:C1:"}'},
        {"id": None},
    ],
)
def test_forms_that_are_not_ours_are_nothing(changes: dict[str, Any]) -> None:
    """A modal that was sent and carries anything else is not one of ours."""
    form = Form(action="rename", value="7", title="x" * 30, field="Title")
    view = form_view(form, THREAD, stands_in=PLACE, is_home=False)
    assert view is not None
    assert len(view["title"]["text"]) <= 24
    sent = {"user": {"id": "UANN", "name": "ann"}, "view": {**view, "id": "V1"}}
    found = parse_sent(sent)
    assert found is not None
    assert (found.press.action, found.press.key, found.stands_in) == ("rename", THREAD, PLACE)
    assert found.press.text == ""
    assert parse_sent({**sent, "view": {**view, "id": "V1", **changes}}) is None


def test_short_markdown_as_slacks_own_markup() -> None:
    """Where Slack renders no Markdown it gets its own markup, within its length."""
    assert marked_up("**Copilot wants to run.** Now & *soon* [here](https://a.b/c) `<x>`") == (
        "*Copilot wants to run.* Now &amp; _soon_ <https://a.b/c|here> `&lt;x&gt;`"
    )
    assert marked_up("# Head\n- one\n\n```py\nx < **1**\n```\nend") == (
        "*Head*\n• one\n\n```\nx &lt; **1**\n```\nend"
    )
    assert marked_up("<!channel> <@U1>") == "&lt;!channel&gt; &lt;@U1&gt;"
    assert len(marked_up("```\n" + "&" * 5_000)) <= 3_000
    assert len(marked_up("**a " * 200_000)) <= 3_000


def test_every_message_is_within_limits() -> None:
    """However much there is to say, no block is longer than Slack takes."""
    tools = tuple(
        ToolLine(id=str(n), title="<" * 300, state=ToolState.DONE, detail=">" * 300)
        for n in range(60)
    )
    content = Content(text="x" * 20_000, tools=tools, notice="n" * 3_000, footer="f" * 4_000)
    rendered = render(content, THREAD)
    assert len(rendered.text) <= 4_000
    markdown = [block["text"] for block in rendered.blocks if block["type"] == "markdown"]
    assert sum(map(len, markdown)) <= 12_000
    for block in rendered.blocks:
        for element in block.get("elements", []):
            assert 0 < len(element["text"]) <= 3_000
    assert len(task_chunk(tools[0])["title"]) <= 256


def test_plain_places_show_markup_as_it_is() -> None:
    """A footer and a tool's title are plain: nothing in them is a mention or a link."""
    tool = ToolLine(id="1", title="<!here> & co", state=ToolState.RUNNING)
    rendered = render(Content(text="x", tools=(tool,), footer="<!channel>"), THREAD)
    assert "<!" not in str(rendered.blocks)
    assert "<" not in rendered.text


def test_the_manifest_asks_for_what_has_a_reason() -> None:
    """Every scope has a reason, every event the scope that Slack wants for it, and no more."""
    app = manifest()
    assert app["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    needed = {
        "agent_session_stopped": "assistant:write",
        "app_home_opened": None,
        "app_mention": "app_mentions:read",
        "app_uninstalled": None,
        "message.channels": "channels:history",
        "message.groups": "groups:history",
        "message.im": "im:history",
        "message.mpim": "mpim:history",
        "reaction_added": "reactions:read",
        "tokens_revoked": None,
    }
    assert set(EVENTS) == set(needed)
    assert set(needed.values()) - {None} <= set(SCOPES)
    assert app["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_the_manifest_is_within_slacks_lengths() -> None:
    """Slack refuses names and descriptions that are too long."""
    app = manifest()
    assert len(app["display_information"]["name"]) <= 35
    assert len(app["display_information"]["description"]) <= 140
    assert len(app["features"]["agent_view"]["agent_description"]) <= 300
    for shortcut in app["features"]["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
