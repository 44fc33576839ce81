"""What commands, presses and menus mean."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.discord.buttons import rows
from adapters.discord.interactions import (
    Asked,
    Meant,
    Typing,
    Unknown,
    parse_interaction,
    parse_ticket,
)
from adapters.discord.keys import direct_key, thread_key
from bot.messages import Button, Command, Press
from tests.discord.payloads import ANN, BOT, around, interaction, message

IN_THREAD = {"channel": {"id": "30", "type": 11, "parent_id": "20", "name": "talk"}}
IN_DIRECT = {
    "channel": {"id": "40", "type": 1},
    "guild_id": None,
    "member": None,
    "user": ANN,
}


def subcommand(name: str, options: list[dict[str, Any]]) -> dict[str, Any]:
    """A subcommand of ours as it is given."""
    given = {"type": 1, "name": name, "options": options}
    return {"type": 1, "name": "copilot", "options": [given]}


RESET = subcommand("reset", [])


def meant(payload: dict[str, Any]) -> Meant:
    """What an interaction means."""
    ticket = parse_ticket(payload)
    assert ticket is not None
    return parse_interaction(payload, ticket, around(ticket.place))


def test_a_command_in_a_channel_is_about_no_thread() -> None:
    """The core then offers the person's threads there."""
    command = meant(interaction(2, RESET))
    assert isinstance(command, Command)
    assert (command.name, command.argument, command.key) == ("reset", "", None)
    assert command.place == thread_key(guild="10", channel="20")
    assert (command.author.id, command.author.name) == ("1", "Ann Archer")
    assert command.request_id == "5000"


def test_a_command_in_a_thread_is_about_it() -> None:
    """Discord says in which thread a command was given."""
    command = meant(interaction(2, RESET, **IN_THREAD))
    assert isinstance(command, Command)
    assert command.key == thread_key(guild="10", channel="20", thread="30")
    assert command.place == thread_key(guild="10", channel="20")


def test_a_command_in_a_direct_message_is_about_that() -> None:
    """A direct message is one conversation."""
    command = meant(interaction(2, RESET, **IN_DIRECT))
    assert isinstance(command, Command)
    assert command.key == command.place == direct_key("40")
    assert command.is_direct
    assert command.author.id == "1"


def test_a_commands_options_are_its_argument() -> None:
    """What later commands take arrives as one text."""
    option = {"type": 3, "name": "name", "value": "gpt-5"}
    data = {**RESET, "options": [{"type": 1, "name": "model", "options": [option]}]}
    command = meant(interaction(2, data))
    assert isinstance(command, Command)
    assert (command.name, command.argument) == ("model", "gpt-5")


def asked(**changes: Any) -> dict[str, Any]:
    """*Ask Copilot about this* on a message of Ben's."""
    ben = {"id": "2", "username": "ben"}
    target = message("<@900> look: `x = 1`", author=ben, **changes)
    return {
        "type": 3,
        "name": "Ask Copilot about this",
        "target_id": "1000",
        "resolved": {"messages": {"1000": target}},
    }


def test_a_message_can_be_asked_about() -> None:
    """Its text is a prompt of who asks, in the thread at that message, once for each asking."""
    found = meant(interaction(2, asked()))
    assert isinstance(found, Asked)
    prompt = found.message
    assert prompt.key == thread_key(guild="10", channel="20", thread="1000")
    assert (prompt.text, prompt.author.id) == ("look: `x = 1`", "1")
    assert prompt.message_id == "1000-5000"
    assert prompt.mentions_bot
    assert prompt.starts_thread


def test_a_message_in_a_thread_is_asked_about_there() -> None:
    """In a thread the answer comes in place."""
    found = meant(interaction(2, asked(), **IN_THREAD))
    assert isinstance(found, Asked)
    assert found.message.key == thread_key(guild="10", channel="20", thread="30")
    assert not found.message.starts_thread


@pytest.mark.parametrize(
    ("target", "where", "thread"),
    [
        (message(), {}, None),
        (message(flags=32), {}, "1000"),
        (message(thread={"id": "1000"}), {}, "1000"),
        (message(author=BOT, message_reference={"message_id": "990"}), {}, "990"),
        (message(), IN_THREAD, "30"),
        (message(), IN_DIRECT, ""),
    ],
)
def test_the_thread_of_a_message_is_reset(
    target: dict[str, Any], where: dict[str, Any], thread: str | None
) -> None:
    """The one that it is in, that starts from it, or whose chain it is part of; else none."""
    data = {
        "type": 3,
        "name": "Reset this thread",
        "target_id": "1000",
        "resolved": {"messages": {"1000": target}},
    }
    command = meant(interaction(2, data, **where))
    assert isinstance(command, Command)
    assert command.name == "reset"
    assert (command.key.thread if command.key else None) == thread


def test_a_press_brings_what_the_button_carries() -> None:
    """All that a press needs is in the button's id, so that it works after a restart."""
    key = thread_key(guild="10", channel="20", thread="30")
    [row] = rows([Button(action="answer", value="q1 0", label="Yes")], (), key)
    custom_id = row["components"][0]["custom_id"]
    press = meant(interaction(3, {"component_type": 2, "custom_id": custom_id}))
    assert press == Press(
        action="answer",
        value="q1 0",
        key=key,
        author=press.author,  # type: ignore[union-attr]
        request_id="5000",
    )


def test_typing_is_typing() -> None:
    """What is typed is told apart from what the command says already."""
    options = [
        {"type": 3, "name": "other", "value": " more "},
        {"type": 3, "name": "command", "value": "re", "focused": True},
    ]
    found = meant(interaction(4, subcommand("help", options)))
    assert isinstance(found, Typing)
    assert (found.argument, found.typed) == ("command", "re")
    assert (found.command.name, found.command.argument) == ("help", "more")
    found = meant(interaction(4, subcommand("help", [])))
    assert isinstance(found, Typing)
    assert (found.argument, found.typed) == ("", "")


@pytest.mark.parametrize("components", [None, [], [7], [{"component": {"type": 4}}]])
def test_a_form_without_its_field_says_nothing(components: object) -> None:
    """Whatever a form that was sent holds instead of its field, it is a press without words."""
    found = meant(interaction(5, {"custom_id": "tp1|decide|1.2.|q1 why", "components": components}))
    assert isinstance(found, Press)
    assert (found.action, found.value, found.text) == ("decide", "q1 why", "")


def test_arguments_follow_the_command_in_the_order_of_the_table() -> None:
    """However Discord orders them, what is listed first comes first; what is empty is left out."""
    options = [
        {"type": 3, "name": "another", "value": "last"},
        {"type": 4, "name": "number", "value": 7},
        {"type": 3, "name": "command", "value": "reset"},
        {"type": 3, "name": "empty", "value": " "},
    ]
    command = meant(interaction(2, subcommand("help", options)))
    assert isinstance(command, Command)
    assert command.argument == "reset last 7"


@pytest.mark.parametrize(
    "payload",
    [
        interaction(3, {"custom_id": "somebody else's"}),
        interaction(3, {}),
        interaction(3, {"component_type": 3, "custom_id": "tp1|model|1.2.|0", "values": ["x"]}),
        interaction(3, {"component_type": 3, "custom_id": "tp1|model|1.2.|0", "values": [7]}),
        interaction(3, {"component_type": 3, "custom_id": "tp1|model|1.2.|0", "values": ["!|x"]}),
        interaction(5, {"custom_id": "x"}),
        interaction(9, {}),
        interaction(2, {"type": 1, "name": "other"}),
        interaction(2, {"type": 3, "name": "Ask Copilot about this"}),
        interaction(2, {"type": 3, "name": "Other", "target_id": "1", "resolved": None}),
    ],
)
def test_what_is_not_ours_is_unknown(payload: dict[str, Any]) -> None:
    """Other buttons, other commands and nonsense are told apart, and raise nothing."""
    assert isinstance(meant(payload), Unknown)


@pytest.mark.parametrize(
    "changes",
    [{"id": None}, {"token": 7}, {"channel": None}, {"channel": {"id": "20"}}, {"member": {}}],
)
def test_a_malformed_interaction_has_no_ticket(changes: dict[str, Any]) -> None:
    """What cannot be answered is not dealt with."""
    assert parse_ticket(interaction(2, RESET, **changes)) is None
