"""Commands, presses and menus as Discord sends them, parsed.

https://docs.discord.com/developers/interactions/receiving-and-responding. Pure, and never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from adapters.discord.buttons import Carried, carried, chosen
from adapters.discord.commands import ASK, NAME, ON_MESSAGE, RESET, SLASH
from adapters.discord.events import chain_root, thread_of
from adapters.discord.fields import moment, number, snowflake, truth
from adapters.discord.forms import written
from adapters.discord.places import Place, parse_place
from adapters.discord.shared_files import files_of
from adapters.discord.surroundings import Surroundings
from adapters.discord.utterance import person, said, utterance
from adapters.fields import Fields, fields, items, text
from bot.commands import COMMANDS
from bot.keys import SessionKey
from bot.messages import Command, IncomingMessage, Person, Press

LONGEST_TYPED = 200
"""How much of what is being typed is looked at."""

_SUBCOMMANDS = frozenset({1, 2})
_SELECT = 3
_HAS_THREAD = 1 << 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What an interaction is answered with.

    Args:
        id: the interaction's.
        token: good for 15 minutes, 3 seconds until the first answer.
        place: where it happened.
        author: who did it.
        is_on_message: whether it was done at a message of ours, with a button or a menu, or with a
            form that one of them opened.
    """

    id: str
    token: str
    place: Place
    author: Person
    is_on_message: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """*Ask Copilot about this*.

    Args:
        message: what the bot is asked; without text where the message has none.
        words: what its author says, without whom they answer and what they show.
    """

    message: IncomingMessage
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Typing:
    """Somebody types what could be completed.

    Args:
        command: as it stands, without what is being typed.
        argument: the name of what is being typed.
        typed: what was typed of it so far.
    """

    command: Command
    argument: str
    typed: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Something that we cannot make sense of.

    Args:
        kind: what it is, in a few words: logged once for each.
    """

    kind: str


Meant = Command | Press | Asked | Typing | Unknown


def parse_ticket(interaction: Fields) -> Ticket | None:
    """How to answer an interaction; None where it is malformed.

    Args:
        interaction: the event's payload.
    """
    guild = snowflake(interaction, "guild_id")
    user = fields(interaction, "member", "user") or fields(interaction, "user")
    place = parse_place(fields(interaction, "channel"), guild=guild)
    id_, token = snowflake(interaction, "id"), text(interaction, "token")
    if not id_ or not token or place is None or not snowflake(user, "id"):
        return None
    return Ticket(
        id=id_,
        token=token,
        place=place,
        author=person(user),
        is_on_message=bool(fields(interaction, "message")),
    )


def parse_interaction(interaction: Fields, ticket: Ticket, around: Surroundings) -> Meant:
    """What an interaction means.

    Args:
        interaction: the event's payload.
        ticket: as `parse_ticket` read it.
        around: what messages there do not say of themselves.
    """
    data = fields(interaction, "data")
    match number(interaction, "type"):
        case 2:
            if number(data, "type") == ON_MESSAGE:
                return _on_message(data, ticket, around)
            return _slash(data, ticket)
        case 3:
            return _press(data, ticket)
        case 4:
            return _typing(data, ticket)
        case 5:
            return _sent(data, ticket)
        case kind:
            return Unknown(kind=f"an interaction of the type {kind}")


def _slash(data: Fields, ticket: Ticket) -> Meant:
    if text(data, "name") != NAME or number(data, "type") not in {None, SLASH}:
        return Unknown(kind=f"the command {text(data, 'name')[:60]!r}")
    options = [fields(option) for option in items(data, "options")]
    path: list[str] = []
    while options and number(options[0], "type") in _SUBCOMMANDS:
        path.append(text(options[0], "name"))
        options = [fields(option) for option in items(options[0], "options")]
    name = " ".join(path)
    place = ticket.place
    is_channel = not (place.is_direct or place.is_thread)
    return Command(
        name=name,
        argument=_argument(name, options),
        author=ticket.author,
        # In a channel nobody can tell which thread is meant.
        key=None if is_channel else place.key(),
        place=_without_thread(place),
        is_direct=place.is_direct,
        request_id=ticket.id,
    )


def _argument(name: str, options: Sequence[Fields]) -> str:
    """What follows a command: its options in the order of the table."""
    said = {
        text(option, "name"): str(option["value"]).strip()
        for option in options
        if "value" in option and not truth(option, "focused")
    }
    listed = COMMANDS.get(name)
    in_order = [argument.name for argument in listed.arguments] if listed is not None else []
    return " ".join(said[each] for each in dict.fromkeys([*in_order, *said]) if said.get(each))


def _typing(data: Fields, ticket: Ticket) -> Meant:
    command = _slash(data, ticket)
    if not isinstance(command, Command):
        return command
    option = _focused(data)
    typed = str(option.get("value") or "")
    return Typing(command=command, argument=text(option, "name"), typed=typed[:LONGEST_TYPED])


def _focused(data: Fields) -> Fields:
    for each in items(data, "options"):
        option = fields(each)
        found = option if truth(option, "focused") else _focused(option)
        if found:
            return found
    return {}


def _on_message(data: Fields, ticket: Ticket, around: Surroundings) -> Meant:
    target = snowflake(data, "target_id")
    message = fields(data, "resolved", "messages", target)
    if not target or not message:
        return Unknown(kind="a malformed message command")
    message = {**message, "id": target}
    match text(data, "name"):
        case name if name == ASK:
            return _asked(message, ticket, around)
        case name if name == RESET:
            return Command(
                name="reset",
                argument="",
                author=ticket.author,
                key=_belongs_to(message, around),
                place=_without_thread(ticket.place),
                is_direct=ticket.place.is_direct,
                request_id=ticket.id,
            )
    return Unknown(kind=f"the message command {text(data, 'name')[:60]!r}")


def _asked(message: Fields, ticket: Ticket, around: Surroundings) -> Asked:
    place = around.place
    key = thread_of(message, place, around.me)
    return Asked(
        message=IncomingMessage(
            key=key,
            # One message can be asked about more than once, by several people.
            message_id=f"{snowflake(message, 'id')}-{ticket.id}",
            author=ticket.author,
            text=utterance(message, around),
            sent_at=moment(ticket.id),
            mentions_bot=True,
            is_direct=place.is_direct,
            starts_thread=key.thread == snowflake(message, "id"),
            files=files_of(message),
        ),
        words=said(message, around),
    )


def _belongs_to(message: Fields, around: Surroundings) -> SessionKey | None:
    """The thread of a message; None where it has none."""
    place = around.place
    if place.is_direct or place.is_thread:
        return place.key()
    if root := chain_root(message, around.me):
        return place.key(root)
    has_thread = (number(message, "flags") or 0) & _HAS_THREAD or fields(message, "thread")
    return place.key(snowflake(message, "id")) if has_thread else None


def _press(data: Fields, ticket: Ticket) -> Meant:
    custom_id = text(data, "custom_id")
    if number(data, "component_type") == _SELECT:
        options = [each for each in items(data, "values") if isinstance(each, str)]
        pressed = chosen(custom_id, options[0]) if options else None
    else:
        pressed = carried(custom_id)
    if pressed is None:
        return Unknown(kind="a press of something that is not ours")
    return _as_press(pressed, ticket)


def _sent(data: Fields, ticket: Ticket) -> Meant:
    form = carried(text(data, "custom_id"))
    if form is None:
        return Unknown(kind="a form that is not ours")
    return _as_press(form, ticket, written(data))


def _as_press(pressed: Carried, ticket: Ticket, said: str | None = None) -> Press:
    return Press(
        action=pressed.action,
        value=pressed.value,
        key=pressed.key,
        author=ticket.author,
        request_id=ticket.id,
        text=said,
    )


def _without_thread(place: Place) -> SessionKey:
    return replace(place.key(), thread="")
