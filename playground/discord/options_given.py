"""What a person fills into a command's options, as the app is told it."""

from collections.abc import Callable, Mapping
from typing import Any

from playground.discord.attachments import Upload
from playground.discord.channels import Channel
from playground.discord.commands import Command, OptionType
from playground.discord.drafts import NewFile
from playground.discord.guild import Guild
from playground.errors import NotPossibleError
from playground.payload import Payload


def given_options(
    command: Command,
    subcommand: str | None,
    values: Mapping[str, Any],
    *,
    guild: Guild,
    uploads: Mapping[str, Upload],
    focused: str | None = None,
) -> tuple[list[Payload], Payload]:
    """Return the options of an interaction, and what their ids stand for.

    Args:
        command: the command.
        subcommand: the subcommand, with its group in front where it has one.
        values: values by option name.
        guild: where users, channels and roles are.
        uploads: files by upload id.
        focused: the option that is being typed into; then nothing is required.

    Raises:
        NotPossibleError: there is no such subcommand or option, or a value does not do.
    """
    path = (subcommand or "").split()
    known = command.options
    steps: list[Payload] = []
    for name in path:
        step = next((one for one in known if one["name"] == name and one["type"] in (1, 2)), None)
        if step is None:
            raise NotPossibleError(f"/{command.name} has no subcommand {subcommand}")
        steps.append({"type": step["type"], "name": name})
        known = step.get("options") or []
    if any(one["type"] in (OptionType.SUBCOMMAND, OptionType.GROUP) for one in known):
        raise NotPossibleError(f"/{command.name} needs a subcommand")
    reader = _Reader(guild, uploads)
    given = []
    for option in known:
        name = option["name"]
        if name in values:
            read: Payload = {"type": option["type"], "name": name}
            if name == focused:
                if not option.get("autocomplete"):
                    raise NotPossibleError(f"{name} has no autocomplete")
                read |= {"value": str(values[name]), "focused": True}
            else:
                read["value"] = reader.read(option, values[name])
            given.append(read)
        elif option.get("required") and focused is None:
            raise NotPossibleError(f"{name} is required")
    unknown = set(values) - {option["name"] for option in known}
    if unknown:
        raise NotPossibleError(f"there is no option {min(unknown)}")
    for step in reversed(steps):
        step["options"] = given
        given = [step]
    return given, reader.resolved


class _Reader:
    """Reads values and keeps what their ids stand for."""

    def __init__(self, guild: Guild, uploads: Mapping[str, Upload]) -> None:
        self.resolved: Payload = {}
        self._guild = guild
        self._uploads = uploads

    def read(self, option: Payload, value: Any) -> Any:
        name, kind = option["name"], OptionType(option["type"])
        choices = option.get("choices")
        if choices:
            chosen = [one["value"] for one in choices if value in (one["value"], one["name"])]
            if not chosen:
                raise NotPossibleError(f"{name} does not offer {value}")
            return chosen[0]
        match kind:
            case OptionType.STRING:
                return self._text(option, str(value))
            case OptionType.INTEGER:
                return self._number(option, value, int)
            case OptionType.NUMBER:
                return self._number(option, value, float)
            case OptionType.BOOLEAN:
                if not isinstance(value, bool):
                    raise NotPossibleError(f"{name} is either true or false")
                return value
            case OptionType.USER | OptionType.MENTIONABLE:
                return self._user(str(value))
            case OptionType.CHANNEL:
                return self._channel(str(value))
            case OptionType.ROLE:
                return self._role(str(value))
            case _:
                return self._attachment(str(value))

    def _text(self, option: Payload, value: str) -> str:
        least, most = option.get("min_length", 0), option.get("max_length", 6000)
        if not least <= len(value) <= most:
            raise NotPossibleError(f"{option['name']} takes {least} to {most} characters")
        return value

    def _number(self, option: Payload, value: Any, kind: Callable[[Any], float]) -> float:
        try:
            number = kind(value)
        except (TypeError, ValueError):
            raise NotPossibleError(f"{option['name']} is a number") from None
        if number < option.get("min_value", number) or number > option.get("max_value", number):
            raise NotPossibleError(f"{option['name']} is out of range")
        return number

    def _user(self, value: str) -> str:
        users = self._guild.users
        user = users.get(value) or next(
            (one for one in users.values() if one.username == value.removeprefix("@")), None
        )
        if user is None:
            raise NotPossibleError(f"there is nobody called {value}")
        self.resolved.setdefault("users", {})[user.id] = user.payload()
        member = self._guild.members.get(user.id)
        if member is not None:
            permissions = str(int(self._guild.permissions(user.id)))
            self.resolved.setdefault("members", {})[user.id] = {
                **member.payload(with_user=False),
                "permissions": permissions,
            }
        return user.id

    def _channel(self, value: str) -> str:
        found: Channel | None = self._guild.channels.get(value)
        if found is None:
            try:
                found = self._guild.channel_named(value.removeprefix("#"))
            except KeyError:
                raise NotPossibleError(f"there is no channel {value}") from None
        self.resolved.setdefault("channels", {})[found.id] = {
            **found.payload(self._guild.id),
            "permissions": "0",
        }
        return found.id

    def _role(self, value: str) -> str:
        role = self._guild.roles.get(value)
        if role is None:
            raise NotPossibleError(f"there is no role {value}")
        self.resolved.setdefault("roles", {})[role.id] = role.payload()
        return role.id

    def _attachment(self, value: str) -> str:
        upload = self._uploads.get(value)
        if upload is None:
            raise NotPossibleError(f"there is no file {value}")
        # Files of a command belong to no channel.
        stored = self._guild.store(
            next(self._guild.guild_channels()), NewFile(upload=upload), is_ephemeral=True
        )
        self.resolved.setdefault("attachments", {})[stored.id] = stored.payload()
        return stored.id
