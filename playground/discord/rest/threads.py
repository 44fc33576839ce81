"""Routes about threads."""

from playground.discord.channels import POSTS_ONLY, Channel, ChannelType
from playground.discord.errors import DiscordError, missing_access, unknown
from playground.discord.events import active_threads
from playground.discord.form import Form
from playground.discord.limits import START_THREAD, THREAD_MEMBERS
from playground.discord.permissions import Permission
from playground.discord.rest.call import Call, Route
from playground.discord.rest.channels import ARCHIVE_MINUTES, archived
from playground.payload import Payload

_LONGEST_NAME = 100
_THREAD_TYPES = (
    ChannelType.ANNOUNCEMENT_THREAD,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
)
_PARENTS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_LARGE_PAGE = 100


def _from_message(call: Call) -> Payload:
    channel = call.channel()
    _check_parent(channel)
    message = call.message(channel)
    form = call.form()
    name, minutes, slowmode_s = _common(form)
    form.check()
    call.require(channel, Permission.READ_MESSAGE_HISTORY, Permission.CREATE_PUBLIC_THREADS)
    if message.thread is not None:
        raise DiscordError(400, 160004, "A thread has already been created for this message")
    thread = call.guild.start_thread(
        channel,
        name,
        call.bot,
        message=message,
        auto_archive_minutes=minutes,
        slowmode_s=slowmode_s,
    )
    return call.channel_payload(thread)


def _create(call: Call) -> Payload:
    channel = call.channel()
    if channel.type in POSTS_ONLY:
        return _create_post(call, channel)
    _check_parent(channel)
    form = call.form()
    name, minutes, slowmode_s = _common(form)
    kind = form.choice("type", _THREAD_TYPES, default=ChannelType.PRIVATE_THREAD)
    is_invitable = form.flag("invitable", default=True)
    form.check()
    call.require(
        channel,
        Permission.CREATE_PRIVATE_THREADS
        if kind == ChannelType.PRIVATE_THREAD
        else Permission.CREATE_PUBLIC_THREADS,
    )
    thread = call.guild.start_thread(
        channel,
        name,
        call.bot,
        kind=ChannelType(kind or ChannelType.PRIVATE_THREAD),
        auto_archive_minutes=minutes,
        slowmode_s=slowmode_s,
        is_invitable=is_invitable,
    )
    return call.channel_payload(thread)


def _create_post(call: Call, forum: Channel) -> Payload:
    form = call.form()
    name, minutes, _ = _common(form)
    tags = form.snowflakes("applied_tags", at_most=5) or []
    known = {tag.id for tag in forum.tags}
    for index, tag in enumerate(tags):
        if tag not in known:
            form.wrong(("applied_tags", index), "BASE_TYPE_CHOICES", "Unknown tag")
    given = form.body.get("message")
    if not isinstance(given, dict):
        form.required("message")
        given = {}
    draft = call.draft(form.part(given, "message"))
    form.check()
    # Posts need the right to send messages, not the one to create threads.
    call.require(forum, Permission.SEND_MESSAGES)
    if draft.is_empty:
        raise DiscordError(400, 50006, "Cannot send an empty message")
    thread, message = call.guild.start_post(
        forum, name, call.bot, draft, tags=tags, auto_archive_minutes=minutes
    )
    return {**call.channel_payload(thread), "message": call.message_payload(message)}


def _common(form: Form) -> tuple[str, int, int]:
    name = form.text("name", at_most=_LONGEST_NAME, at_least=1, required=True)
    minutes = form.choice("auto_archive_duration", ARCHIVE_MINUTES, default=1440)
    slowmode_s = form.number("rate_limit_per_user", at_most=21_600)
    return name or "", minutes or 1440, slowmode_s


def _check_parent(channel: Channel) -> None:
    if channel.type not in _PARENTS:
        raise DiscordError(400, 50024, "Cannot execute action on this channel type")


def _join(call: Call) -> None:
    thread = _thread(call)
    _check_open(thread)
    call.guild.join(thread, call.bot.id)


def _leave(call: Call) -> None:
    thread = _thread(call)
    _check_open(thread)
    call.guild.leave(thread, call.bot.id)


def _add_member(call: Call) -> None:
    thread = _thread(call)
    _check_open(thread)
    user = call.snowflake("user_id")
    if user not in call.guild.members:
        raise unknown("User")
    call.require(thread, Permission.SEND_MESSAGES_IN_THREADS)
    call.guild.join(thread, user)


def _remove_member(call: Call) -> None:
    thread = _thread(call)
    _check_open(thread)
    owns = thread.thread is not None and thread.thread.owner_id == call.bot.id
    if not (owns and thread.type is ChannelType.PRIVATE_THREAD):
        call.require(thread, Permission.MANAGE_THREADS)
    call.guild.leave(thread, call.snowflake("user_id"))


def _get_member(call: Call) -> Payload:
    thread = _thread(call)
    user = call.params["user_id"]
    member = thread.thread_member(call.bot.id if user == "@me" else call.snowflake("user_id"))
    if member is None:
        raise unknown("Member")
    return member


def _list_members(call: Call) -> list[Payload]:
    thread = _thread(call)
    members = [] if thread.thread is None else list(thread.thread.members)
    found = [thread.thread_member(user) for user in members]
    return [one for one in found if one is not None]


def _active(call: Call) -> Payload:
    guild = call.in_guild()
    found = active_threads(guild)
    del found["guild_id"]
    return {**found, "has_more": False}


def _archived_public(call: Call) -> Payload:
    channel = call.channel()
    call.require(channel, Permission.READ_MESSAGE_HISTORY)
    return _archived(call, channel, is_private=False)


def _archived_private(call: Call) -> Payload:
    channel = call.channel()
    call.require(channel, Permission.READ_MESSAGE_HISTORY, Permission.MANAGE_THREADS)
    return _archived(call, channel, is_private=True)


def _archived_own(call: Call) -> Payload:
    channel = call.channel()
    call.require(channel, Permission.READ_MESSAGE_HISTORY)
    return _archived(call, channel, is_private=True, only_joined=True)


def _archived(
    call: Call, channel: Channel, *, is_private: bool, only_joined: bool = False
) -> Payload:
    limit = call.limit(default=50, at_most=_LARGE_PAGE, at_least=2)
    before = call.query.get("before")
    found = []
    for thread in call.guild.threads(channel):
        state = thread.thread
        if state is None or not state.is_archived:
            continue
        if (thread.type is ChannelType.PRIVATE_THREAD) != is_private:
            continue
        if only_joined and call.bot.id not in state.members:
            continue
        if before is None or thread.id < before or state.archived_at < before:
            found.append((state.archived_at, thread))
    found.sort(key=lambda one: one[0], reverse=True)
    shown = [thread for _, thread in found[:limit]]
    memberships = [thread.thread_member(call.bot.id) for thread in shown]
    return {
        "threads": [call.channel_payload(thread) for thread in shown],
        "members": [one for one in memberships if one is not None],
        "has_more": len(found) > limit,
    }


def _thread(call: Call) -> Channel:
    channel = call.channel()
    if not channel.is_thread:
        raise missing_access()
    return channel


def _check_open(channel: Channel) -> None:
    if channel.thread is not None and channel.thread.is_archived:
        raise archived()


_CHANNEL = "/channels/{channel_id}"
_MEMBERS = f"{_CHANNEL}/thread-members"
ROUTES = (
    Route(
        http="POST",
        path=f"{_CHANNEL}/messages/{{message_id}}/threads",
        name="create_thread_from_message",
        handle=_from_message,
        bucket=START_THREAD,
        status=201,
    ),
    Route(
        http="POST",
        path=f"{_CHANNEL}/threads",
        name="create_thread",
        handle=_create,
        bucket=START_THREAD,
        status=201,
    ),
    Route(
        http="PUT",
        path=f"{_MEMBERS}/@me",
        name="join_thread",
        handle=_join,
        bucket=THREAD_MEMBERS,
    ),
    Route(
        http="DELETE",
        path=f"{_MEMBERS}/@me",
        name="leave_thread",
        handle=_leave,
        bucket=THREAD_MEMBERS,
    ),
    Route(
        http="PUT",
        path=f"{_MEMBERS}/{{user_id}}",
        name="add_thread_member",
        handle=_add_member,
        bucket=THREAD_MEMBERS,
    ),
    Route(
        http="DELETE",
        path=f"{_MEMBERS}/{{user_id}}",
        name="delete_thread_member",
        handle=_remove_member,
        bucket=THREAD_MEMBERS,
    ),
    Route(http="GET", path=f"{_MEMBERS}/{{user_id}}", name="get_thread_member", handle=_get_member),
    Route(http="GET", path=_MEMBERS, name="list_thread_members", handle=_list_members),
    Route(
        http="GET",
        path=f"{_CHANNEL}/threads/archived/public",
        name="list_public_archived_threads",
        handle=_archived_public,
    ),
    Route(
        http="GET",
        path=f"{_CHANNEL}/threads/archived/private",
        name="list_private_archived_threads",
        handle=_archived_private,
    ),
    Route(
        http="GET",
        path=f"{_CHANNEL}/users/@me/threads/archived/private",
        name="list_my_private_archived_threads",
        handle=_archived_own,
    ),
    Route(
        http="GET",
        path="/guilds/{guild_id}/threads/active",
        name="get_active_guild_threads",
        handle=_active,
    ),
)
