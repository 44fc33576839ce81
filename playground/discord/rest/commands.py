"""Routes about application commands."""

from playground.discord.commands import Command, read_command
from playground.discord.errors import DiscordError, missing_access, unknown
from playground.discord.form import Form
from playground.discord.limits import SYNC
from playground.discord.rest.call import Call, Route
from playground.payload import Payload


def _list(call: Call) -> list[Payload]:
    app_id, guild_id = _scope(call)
    return [one.payload(app_id) for one in call.parts.commands.listed(guild_id)]


def _replace(call: Call) -> list[Payload]:
    app_id, guild_id = _scope(call)
    form = Form({})
    if not isinstance(call.body, list):
        form.wrong((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        form.check()
    given = []
    for index, one in enumerate(call.body):
        if isinstance(one, dict):
            given.append(read_command(form.part(one, index)))
        else:
            form.wrong(index, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
    form.check()
    return [one.payload(app_id) for one in call.parts.commands.replace(given, guild_id)]


def _create(call: Call) -> Payload:
    app_id, guild_id = _scope(call)
    form = call.form()
    fields = read_command(form)
    form.check()
    command, _ = call.parts.commands.put(fields, guild_id)
    return command.payload(app_id)


def _get(call: Call) -> Payload:
    app_id, guild_id = _scope(call)
    return _command(call, guild_id).payload(app_id)


def _edit(call: Call) -> Payload:
    app_id, guild_id = _scope(call)
    command = _command(call, guild_id)
    form = Form({**command.fields, **call.form().body, "type": int(command.type)})
    fields = read_command(form)
    form.check()
    if fields["name"] != command.name:
        call.parts.commands.remove(command)
    changed, _ = call.parts.commands.put(fields, guild_id)
    return changed.payload(app_id)


def _delete(call: Call) -> None:
    _, guild_id = _scope(call)
    call.parts.commands.remove(_command(call, guild_id))


def _command(call: Call, guild_id: str | None) -> Command:
    command = call.parts.commands.with_id(call.snowflake("command_id"), guild_id)
    if command is None:
        raise unknown("application command")
    return command


def _scope(call: Call) -> tuple[str, str | None]:
    app_id = call.snowflake("application_id")
    if app_id != call.guild.app.id:
        raise DiscordError(
            403, 20012, "You are not authorized to perform this action on this application"
        )
    if "guild_id" not in call.params:
        return app_id, None
    if call.snowflake("guild_id") != call.guild.id:
        raise missing_access()
    return app_id, call.guild.id


def _routes(path: str, infix: str) -> tuple[Route, ...]:
    one = f"{path}/{{command_id}}"
    return (
        Route(
            http="GET",
            path=path,
            name=f"list_{infix}application_commands",
            handle=_list,
        ),
        Route(
            http="PUT",
            path=path,
            name=f"bulk_set_{infix}application_commands",
            handle=_replace,
            bucket=SYNC,
        ),
        Route(
            http="POST",
            path=path,
            name=f"create_{infix}application_command",
            handle=_create,
            bucket=SYNC,
            status=201,
        ),
        Route(http="GET", path=one, name=f"get_{infix}application_command", handle=_get),
        Route(
            http="PATCH",
            path=one,
            name=f"update_{infix}application_command",
            handle=_edit,
            bucket=SYNC,
        ),
        Route(
            http="DELETE",
            path=one,
            name=f"delete_{infix}application_command",
            handle=_delete,
            bucket=SYNC,
        ),
    )


ROUTES = (
    *_routes("/applications/{application_id}/commands", ""),
    *_routes("/applications/{application_id}/guilds/{guild_id}/commands", "guild_"),
)
