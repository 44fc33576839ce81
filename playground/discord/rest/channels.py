"""Routes about channels, and what is common to channels and threads."""

from dataclasses import replace

from playground.discord.channels import Channel, ThreadState
from playground.discord.errors import DiscordError, unknown
from playground.discord.form import Form
from playground.discord.limits import RENAME, TYPING, UPDATE_CHANNEL
from playground.discord.permissions import ALL, Overwrite, Permission
from playground.discord.rest.call import Call, Route
from playground.payload import Payload

ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
_LONGEST_TOPIC = 1024
_LONGEST_FORUM_TOPIC = 4096


def _get(call: Call) -> Payload:
    return call.channel_payload(call.channel())


def _update(call: Call) -> Payload:
    channel = call.channel()
    if channel.is_direct:
        raise DiscordError(403, 50024, "Cannot execute action on this channel type")
    form = call.form()
    name = form.text("name", at_most=100, at_least=1)
    renames = name is not None and name != channel.name
    topic = channel.topic
    if "topic" in form and not channel.is_thread:
        at_most = _LONGEST_TOPIC if channel.takes_messages else _LONGEST_FORUM_TOPIC
        topic = form.text("topic", at_most=at_most)
    slowmode_s = form.number("rate_limit_per_user", at_most=21_600, default=channel.slowmode_s)
    if channel.thread is not None:
        _update_thread(call, channel, channel.thread, form)
    else:
        form.check()
        call.require(channel, Permission.MANAGE_CHANNELS)
    if renames or topic != channel.topic:
        # Names and topics have a limit of their own, which no header tells of.
        call.parts.limits.take(RENAME, channel.id)
    if (slowmode_s, topic) != (channel.slowmode_s, channel.topic):
        channel.slowmode_s, channel.topic = slowmode_s, topic
        call.guild.changed(channel)
    if name is not None and renames:
        call.guild.rename(channel, name, call.bot)
    return call.channel_payload(channel)


def _update_thread(call: Call, channel: Channel, thread: ThreadState, form: Form) -> None:
    is_archived = form.flag("archived", default=thread.is_archived)
    is_locked = form.flag("locked", default=thread.is_locked)
    minutes = form.choice(
        "auto_archive_duration", ARCHIVE_MINUTES, default=thread.auto_archive_minutes
    )
    tags = form.snowflakes("applied_tags", at_most=5)
    form.check()
    manages = call.may(channel, Permission.MANAGE_THREADS)
    owns = thread.owner_id == call.bot.id
    if is_locked != thread.is_locked and not manages:
        call.require(channel, Permission.MANAGE_THREADS)
    if thread.is_locked and not manages:
        call.require(channel, Permission.MANAGE_THREADS)
    if not (manages or owns):
        # Anybody may open an archived thread again; the rest is the owner's and moderators'.
        opens = thread.is_archived and not is_archived and set(form.body) <= {"archived"}
        if not opens:
            call.require(channel, Permission.MANAGE_THREADS)
    if thread.is_archived and is_archived and set(form.body) - {"archived", "locked"}:
        raise archived()
    if minutes is not None and minutes != thread.auto_archive_minutes:
        thread.auto_archive_minutes = minutes
        call.guild.changed(channel)
    if tags is not None and tags != thread.tags:
        thread.tags = tags
        call.guild.changed(channel)
    call.guild.lock(channel, is_locked=is_locked)
    call.guild.archive(channel, is_archived=is_archived)


def _delete(call: Call) -> Payload:
    channel = call.channel()
    if channel.is_direct:
        return call.channel_payload(channel)
    needed = Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS
    call.require(channel, needed)
    payload = call.channel_payload(channel)
    call.guild.delete_channel(channel)
    return payload


def _set_overwrite(call: Call) -> None:
    channel = call.channel()
    call.require(channel, Permission.MANAGE_ROLES)
    form = call.form()
    kind = form.choice("type", (0, 1), default=0)
    allow = form.number("allow", at_most=2**53)
    deny = form.number("deny", at_most=2**53)
    form.check()
    overwrite_id = call.snowflake("overwrite_id")
    if overwrite_id not in (call.guild.roles if kind == 0 else call.guild.users):
        raise unknown("Overwrite")
    call.guild.set_overwrite(
        channel,
        Overwrite(
            id=overwrite_id,
            is_role=kind == 0,
            allow=Permission(allow & ALL),
            deny=Permission(deny & ALL),
        ),
    )


def _delete_overwrite(call: Call) -> None:
    channel = call.channel()
    call.require(channel, Permission.MANAGE_ROLES)
    overwrite = channel.overwrites.get(call.snowflake("overwrite_id"))
    if overwrite is None:
        raise unknown("Overwrite")
    empty = Permission(0)
    call.guild.set_overwrite(channel, replace(overwrite, allow=empty, deny=empty))


def _typing(call: Call) -> None:
    channel = call.text_channel()
    require_sending(call, channel)
    call.guild.start_typing(channel, call.bot.id)


def require_sending(call: Call, channel: Channel) -> None:
    """Refuse the call where the bot cannot write in a channel.

    Raises:
        DiscordError: a permission is missing, or the thread is locked or archived for good.
    """
    thread = channel.thread
    if thread is None:
        call.require(channel, Permission.SEND_MESSAGES)
        return
    call.require(channel, Permission.SEND_MESSAGES_IN_THREADS)
    if thread.is_locked and not call.may(channel, Permission.MANAGE_THREADS):
        raise archived() if thread.is_archived else DiscordError(403, 160005, "Thread is locked")


def archived() -> DiscordError:
    """Return the refusal of what cannot be done in an archived thread."""
    return DiscordError(400, 50083, "Thread is archived")


_CHANNEL = "/channels/{channel_id}"
ROUTES = (
    Route(http="GET", path=_CHANNEL, name="get_channel", handle=_get),
    Route(
        http="PATCH",
        path=_CHANNEL,
        name="update_channel",
        handle=_update,
        bucket=UPDATE_CHANNEL,
    ),
    Route(http="DELETE", path=_CHANNEL, name="delete_channel", handle=_delete),
    Route(
        http="PUT",
        path=f"{_CHANNEL}/permissions/{{overwrite_id}}",
        name="set_channel_permission_overwrite",
        handle=_set_overwrite,
    ),
    Route(
        http="DELETE",
        path=f"{_CHANNEL}/permissions/{{overwrite_id}}",
        name="delete_channel_permission_overwrite",
        handle=_delete_overwrite,
    ),
    Route(
        http="POST",
        path=f"{_CHANNEL}/typing",
        name="trigger_typing_indicator",
        handle=_typing,
        bucket=TYPING,
    ),
)
