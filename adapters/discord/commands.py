"""What Discord lists of us: `/copilot` with its subcommands, and the menu of a message.

https://docs.discord.com/developers/interactions/application-commands
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.discord.fields import number
from adapters.fields import Fields, fields, text
from bot.commands import COMMANDS, Argument, ListedCommand

NAME = "copilot"
ASK = "Ask Copilot about this"
RESET = "Reset this thread"

SLASH, ON_MESSAGE = 1, 3
_SUBCOMMAND, _STRING = 1, 3
_GUILD_INSTALL = 0
_IN_GUILD, _IN_DIRECT_MESSAGE = 0, 1


def definitions() -> list[dict[str, Any]]:
    """All commands, as they are registered."""
    where = {
        "integration_types": [_GUILD_INSTALL],
        "contexts": [_IN_GUILD, _IN_DIRECT_MESSAGE],
    }
    return [
        {
            "type": SLASH,
            "name": NAME,
            "description": "Copilot in this conversation",
            "options": [_subcommand(command) for command in COMMANDS.values()],
            **where,
        },
        {"type": ON_MESSAGE, "name": ASK, **where},
        {"type": ON_MESSAGE, "name": RESET, **where},
    ]


def are_current(registered: Sequence[object]) -> bool:
    """Whether what is registered is what shall be.

    Args:
        registered: the application's commands, as Discord sent them.
    """
    wanted = {(each["type"], each["name"]): each for each in definitions()}
    found = {(number(each, "type") or SLASH, text(each, "name")): each for each in registered}
    return (
        len(registered) == len(found)
        and wanted.keys() == found.keys()
        and all(_says(fields(found[name]), each) for name, each in wanted.items())
    )


def _subcommand(command: ListedCommand) -> dict[str, Any]:
    return {
        "type": _SUBCOMMAND,
        "name": command.name,
        "description": _sentence(command.summary),
        "options": [_option(argument) for argument in command.arguments],
    }


def _option(argument: Argument) -> dict[str, Any]:
    return {
        "type": _STRING,
        "name": argument.name,
        "description": _sentence(argument.summary),
        "required": argument.is_required,
        "autocomplete": argument.has_choices,
    }


def _says(registered: Fields, wanted: dict[str, Any]) -> bool:
    """Whether all that is wanted is said; Discord adds ids, versions and defaults."""
    return all(_same(registered.get(name), value) for name, value in wanted.items())


def _same(found: object, wanted: object) -> bool:
    match wanted:
        case bool():
            return (found is True) is wanted  # Discord leaves out what is false
        case list() if all(isinstance(each, dict) for each in wanted):
            options = found if isinstance(found, list) else []
            return len(options) == len(wanted) and all(
                _says(fields(option), each) for option, each in zip(options, wanted, strict=True)
            )
        case list():
            return isinstance(found, list) and sorted(map(str, found)) == sorted(map(str, wanted))
    return found == wanted


def _sentence(what: str) -> str:
    return f"{what[:1].upper()}{what[1:]}"[:100]
