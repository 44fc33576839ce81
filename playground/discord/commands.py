"""Application commands: what the app synced, and what Discord takes.

https://discord.com/developers/docs/interactions/application-commands
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from playground.discord.errors import DiscordError
from playground.discord.form import Form
from playground.discord.snowflakes import Snowflakes
from playground.payload import Payload

_SLASH_NAME = re.compile(r"[-_'\w]{1,32}")
_MOST = {1: 100, 2: 15, 3: 15}
_LONGEST = 8000


class CommandType(IntEnum):
    """What sort of command it is; the values are Discord's."""

    SLASH = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    """What an option takes; the values are Discord's."""

    SUBCOMMAND = 1
    GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of the app.

    Args:
        id: its id, which stays over syncs.
        version: changes whenever the command does.
        guild_id: the server that it is for; ``None`` for everywhere.
        fields: the rest, as Discord keeps it.
    """

    id: str
    version: str
    guild_id: str | None
    fields: Payload = field(hash=False)

    @property
    def type(self) -> CommandType:
        """What sort of command it is."""
        return CommandType(self.fields["type"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.fields["name"])

    @property
    def options(self) -> list[Payload]:
        """Its options."""
        return list(self.fields.get("options") or ())

    @property
    def is_for_direct_messages(self) -> bool:
        """Whether it can be used in a direct message with the bot."""
        contexts = self.fields["contexts"]
        if self.guild_id is not None:
            return False
        return self.fields["dm_permission"] is not False if contexts is None else 1 in contexts

    @property
    def is_for_guilds(self) -> bool:
        """Whether it can be used in servers."""
        contexts = self.fields["contexts"]
        return contexts is None or 0 in contexts

    def payload(self, app_id: str) -> Payload:
        """Return the command as Discord lists it.

        Args:
            app_id: the application.
        """
        payload: Payload = {
            "id": self.id,
            "application_id": app_id,
            "version": self.version,
            **self.fields,
        }
        if self.guild_id is not None:
            payload["guild_id"] = self.guild_id
        return payload


class Commands:
    """The app's commands, for everywhere and for the server.

    Args:
        snowflakes: mints ids.
        changed: called after a sync.
    """

    def __init__(self, snowflakes: Snowflakes, changed: Callable[[], None]) -> None:
        self._snowflakes = snowflakes
        self._changed = changed
        self._by_scope: dict[str | None, dict[tuple[int, str], Command]] = {}

    def listed(self, guild_id: str | None) -> list[Command]:
        """Return the commands of a server, or those for everywhere."""
        return list(self._by_scope.get(guild_id, {}).values())

    def all(self) -> Iterator[Command]:
        """Yield every command; a server's own hides one for everywhere."""
        own: set[tuple[int, str]] = set()
        for guild_id, commands in sorted(self._by_scope.items(), key=lambda one: one[0] is None):
            for key, command in commands.items():
                if key not in own:
                    yield command
                if guild_id is not None:
                    own.add(key)

    def find(self, name: str, kind: CommandType) -> Command | None:
        """Return the command with that name or id."""
        for command in self.all():
            if command.type is kind and name in (command.name, command.id):
                return command
        return None

    def with_id(self, command_id: str, guild_id: str | None) -> Command | None:
        """Return the command with that id."""
        for command in self.listed(guild_id):
            if command.id == command_id:
                return command
        return None

    def replace(self, given: Sequence[Payload], guild_id: str | None) -> list[Command]:
        """Replace all commands of a server, or those for everywhere.

        Args:
            given: the new ones, checked by `read_command`.
            guild_id: the server.

        Raises:
            DiscordError: there are too many, or two have one name.
        """
        form = Form({})
        before = self._by_scope.get(guild_id, {})
        after: dict[tuple[int, str], Command] = {}
        for index, fields in enumerate(given):
            key = (int(fields["type"]), str(fields["name"]))
            if key in after:
                form.wrong(
                    (index, "name"),
                    "APPLICATION_COMMANDS_DUPLICATE_NAME",
                    "Application command names must be unique",
                )
            after[key] = self._kept_or_new(before.get(key), fields, guild_id)
        form.check()
        for kind, most in _MOST.items():
            if sum(1 for one in after if one[0] == kind) > most:
                raise DiscordError(
                    400, 30032, f"Maximum number of application commands reached ({most})."
                )
        self._by_scope[guild_id] = after
        self._changed()
        return list(after.values())

    def put(self, fields: Payload, guild_id: str | None) -> tuple[Command, bool]:
        """Create a command, or change the one with that name.

        Returns:
            The command, and whether it is new.
        """
        commands = self._by_scope.setdefault(guild_id, {})
        key = (int(fields["type"]), str(fields["name"]))
        is_new = key not in commands
        commands[key] = self._kept_or_new(commands.get(key), fields, guild_id)
        self._changed()
        return commands[key], is_new

    def remove(self, command: Command) -> None:
        """Delete a command."""
        commands = self._by_scope[command.guild_id]
        commands.pop((int(command.type), command.name), None)
        self._changed()

    def _kept_or_new(
        self, before: Command | None, fields: Payload, guild_id: str | None
    ) -> Command:
        if before is not None and before.fields == fields:
            return before
        return Command(
            id=self._snowflakes.mint() if before is None else before.id,
            version=self._snowflakes.mint(),
            guild_id=guild_id,
            fields=fields,
        )


def read_command(form: Form) -> Payload:
    """Return a command as Discord keeps it.

    Args:
        form: what was sent; the caller checks it.
    """
    kind = form.choice("type", (1, 2, 3), default=1) or 1
    is_slash = kind == CommandType.SLASH
    name = form.text(
        "name", at_most=32, at_least=1, required=True, pattern=_SLASH_NAME if is_slash else None
    )
    if is_slash and name is not None and name != name.lower():
        form.wrong(
            "name",
            "APPLICATION_COMMAND_INVALID_NAME",
            "Command name is invalid: it must be in lower case",
        )
    description = ""
    if is_slash:
        description = form.text("description", at_most=100, at_least=1, required=True) or ""
    elif form.body.get("description"):
        form.wrong(
            "description",
            "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION",
            "Context menu commands cannot have a description",
        )
    permissions = form.body.get("default_member_permissions")
    contexts = form.body.get("contexts")
    fields: Payload = {
        "type": kind,
        "name": name or "",
        "name_localizations": _localized(form.body.get("name_localizations")),
        "description": description,
        "description_localizations": _localized(form.body.get("description_localizations")),
        "default_member_permissions": None if permissions is None else str(permissions),
        "dm_permission": form.flag("dm_permission", default=True),
        "contexts": contexts if contexts is None else sorted(set(contexts)),
        # discord.py sends null where nothing was chosen; Discord then has servers only.
        "integration_types": form.body.get("integration_types") or [0],
        "nsfw": form.flag("nsfw"),
    }
    if is_slash:
        options = _options(form)
        if options:
            fields["options"] = options
    if _length(fields) > _LONGEST:
        form.wrong(
            (),
            "APPLICATION_COMMAND_TOO_LARGE",
            f"Command exceeds maximum size ({_LONGEST})",
        )
    return fields


def _options(form: Form, *, depth: int = 0) -> list[Payload]:
    read: list[Payload] = []
    seen_optional = False
    for index, given in enumerate(form.items("options", at_most=25)):
        inner = form.part(given, "options", index)
        kind = inner.choice("type", range(1, 12))
        if kind is None:
            if "type" not in inner:
                inner.required("type")
            continue
        name = inner.text("name", at_most=32, at_least=1, required=True, pattern=_SLASH_NAME)
        option: Payload = {
            "type": kind,
            "name": name,
            "name_localizations": _localized(given.get("name_localizations")),
            "description": inner.text("description", at_most=100, at_least=1, required=True),
            "description_localizations": _localized(given.get("description_localizations")),
        }
        if any(one["name"] == name for one in read):
            inner.wrong(
                "name",
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already exists",
            )
        nests = kind in (OptionType.SUBCOMMAND, OptionType.GROUP)
        if nests:
            if depth and not (depth == 1 and kind == OptionType.SUBCOMMAND):
                inner.wrong(
                    "type",
                    "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                    "Sub-command and sub-command group option types are mutually exclusive",
                )
            deeper = 1 if kind == OptionType.GROUP else 2
            option["options"] = _options(inner, depth=deeper)
        else:
            if inner.flag("required"):
                option["required"] = True
                if seen_optional:
                    inner.wrong(
                        "required",
                        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                        "Required options must be placed before non-required options",
                    )
            else:
                seen_optional = True
            option |= _limits_of(inner, kind)
        read.append(option)
    if len({one["type"] in (1, 2) for one in read}) > 1:
        form.wrong(
            "options",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all "
            "other types",
        )
    return read


def _limits_of(form: Form, kind: int) -> Payload:
    found: Payload = {}
    if form.flag("autocomplete"):
        found["autocomplete"] = True
        if form.body.get("choices"):
            form.wrong(
                "choices",
                "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE",
                "Choices and autocomplete are mutually exclusive",
            )
    choices = form.items("choices", at_most=25)
    if choices:
        found["choices"] = []
        for index, given in enumerate(choices):
            inner = form.part(given, "choices", index)
            found["choices"].append(
                {
                    "name": inner.text("name", at_most=100, at_least=1, required=True),
                    "name_localizations": _localized(given.get("name_localizations")),
                    "value": given.get("value"),
                }
            )
    if kind in (OptionType.INTEGER, OptionType.NUMBER):
        names: tuple[str, ...] = ("min_value", "max_value")
    elif kind == OptionType.STRING:
        names = ("min_length", "max_length")
    elif kind == OptionType.CHANNEL:
        names = ("channel_types",)
    else:
        names = ()
    for name in names:
        if form.body.get(name) not in (None, []):
            found[name] = form.body[name]
    return found


def _localized(given: Any) -> Payload | None:
    return dict(given) if isinstance(given, dict) and given else None


def _length(fields: Any) -> int:
    if isinstance(fields, dict):
        own = sum(len(str(fields.get(name) or "")) for name in ("name", "description"))
        if isinstance(fields.get("value"), str):
            own += len(fields["value"])
        inner = [*(fields.get("options") or ()), *(fields.get("choices") or ())]
        return own + sum(_length(one) for one in inner)
    return 0
