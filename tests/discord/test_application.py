"""What Discord lists of the application, and what it asks for."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from adapters.discord.commands import are_current, definitions
from adapters.discord.permissions import (
    intents_needed,
    invite_url,
    missing,
    permissions_needed,
)
from bot.commands import COMMANDS


def registered() -> list[dict[str, Any]]:
    """Our commands as Discord sends them."""
    more = {
        "id": "1",
        "application_id": "2",
        "version": "3",
        "default_member_permissions": None,
        "name_localizations": None,
        "nsfw": False,
    }
    found = deepcopy(definitions())
    for command in found:
        command.update(more)
        command.setdefault("description", "")
        command["contexts"].reverse()
        for option in command.get("options", []):
            for argument in option["options"]:
                # Discord leaves out what is false, and names what is not there.
                if not argument["required"]:
                    del argument["required"]
                argument["choices"] = None
            if not option["options"]:
                del option["options"]
    return found


def test_every_command_is_a_subcommand() -> None:
    """`/copilot` has the commands of the one table, each with what it does."""
    [slash] = [each for each in definitions() if each["type"] == 1]
    assert [option["name"] for option in slash["options"]] == list(COMMANDS)
    [argument] = slash["options"][0]["options"]
    assert (argument["name"], argument["autocomplete"], argument["required"]) == (
        "command",
        True,
        False,
    )
    assert slash["contexts"] == [0, 1]
    assert slash["integration_types"] == [0]


def test_what_is_registered_as_it_shall_be_is_current() -> None:
    """What Discord adds of its own is no change."""
    assert are_current(registered())
    assert are_current(list(reversed(registered())))


@pytest.mark.parametrize(
    "change",
    ["fewer", "more", "renamed", "described", "reordered", "argument", "required", "plain", "junk"],
)
def test_a_change_is_noticed(change: str) -> None:
    """Anything that people would see is a change."""
    found: list[Any] = registered()
    slash = found[0]
    match change:
        case "fewer":
            found.pop()
        case "more":
            found.append({**found[-1], "name": "Another"})
        case "renamed":
            found[1]["name"] = "Ask"
        case "described":
            slash["options"][0]["description"] = "Something else"
        case "reordered":
            slash["options"].reverse()
        case "argument":
            slash["options"][1]["options"] = slash["options"][0]["options"]
        case "required":
            slash["options"][0]["options"][0]["required"] = True
        case "plain":
            del slash["options"][0]["options"][0]["autocomplete"]
        case "junk":
            found[2] = None
    assert not are_current(found)
    assert not are_current([])


def test_the_invitation_asks_for_what_is_needed_and_no_more() -> None:
    """The address names the application, the scopes, and each permission of the list."""
    query = parse_qs(urlsplit(invite_url("123")).query)
    assert query["client_id"] == ["123"]
    assert query["scope"] == ["bot applications.commands"]
    assert discord.Permissions(int(query["permissions"][0])) == discord.Permissions(
        view_channel=True,
        send_messages=True,
        create_public_threads=True,
        send_messages_in_threads=True,
        read_message_history=True,
        add_reactions=True,
        attach_files=True,
    )
    assert all(each.reason for each in permissions_needed())


def test_missing_permissions_are_named() -> None:
    """An administrator lacks nothing; else each permission that is not granted is named."""
    assert missing(discord.Permissions(administrator=True).value) == ()
    assert missing(0) == permissions_needed()
    lacking = missing(discord.Permissions.all().value & ~(1 << 35) & ~(1 << 3))
    assert [each.name for each in lacking] == ["Create Public Threads"]


def test_only_one_intent_is_privileged() -> None:
    """Message content is all that needs a switch in the developer portal."""
    assert [each.name for each in intents_needed() if each.is_privileged] == ["MESSAGE_CONTENT"]


def test_the_documents_say_what_is_asked_and_why() -> None:
    """docs/discord.md has each permission and intent with its reason, and the invitation."""
    page = (Path(__file__).parents[2] / "docs" / "discord.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for permission in permissions_needed():
        assert f"| {permission.name} | {permission.reason} |" in rows
    for intent in intents_needed():
        mark = " (privileged)" if intent.is_privileged else ""
        assert f"| {intent.name}{mark} | {intent.reason} |" in rows
    assert invite_url("APPLICATION_ID") in page
