"""Routes about messages."""

from playground.discord.channels import Channel
from playground.discord.drafts import Draft
from playground.discord.errors import DiscordError, missing_permissions
from playground.discord.form import Form
from playground.discord.limits import (
    CREATE_MESSAGE,
    DELETE_MESSAGE,
    EDIT_MESSAGE,
    GET_MESSAGES,
)
from playground.discord.message import SYSTEM, Message, MessageFlag, MessageType
from playground.discord.permissions import Permission
from playground.discord.rest.call import Call, Route
from playground.discord.rest.channels import archived, require_sending
from playground.payload import Payload

_MOST_DELETED = 100


def _list(call: Call) -> list[Payload]:
    channel = call.text_channel()
    limit = call.limit(default=50, at_most=100)
    form = Form(call.query)
    before, after, around = (form.snowflake(name) for name in ("before", "after", "around"))
    form.check()
    if not call.may(channel, Permission.READ_MESSAGE_HISTORY):
        return []
    # Newest first, whichever way was asked.
    messages = list(channel.messages.values())
    if around is not None:
        older = [one for one in messages if int(one.id) < int(around)]
        newer = [one for one in messages if int(one.id) >= int(around)]
        half = limit // 2
        found = older[len(older) - half :] + newer[: limit - half]
    elif after is not None:
        found = [one for one in messages if int(one.id) > int(after)][:limit]
    elif before is not None:
        found = [one for one in messages if int(one.id) < int(before)][-limit:]
    else:
        found = messages[-limit:]
    return [call.message_payload(one) for one in reversed(found)]


def _get(call: Call) -> Payload:
    channel = call.text_channel()
    call.require(channel, Permission.READ_MESSAGE_HISTORY)
    return call.message_payload(call.message(channel))


def _create(call: Call) -> Payload:
    channel = call.text_channel()
    if channel.is_direct and channel.recipient in call.guild.closed_dms:
        raise DiscordError(403, 50007, "Cannot send messages to this user")
    draft = call.draft()
    require_sending(call, channel)
    if draft.new_files:
        call.require(channel, Permission.ATTACH_FILES)
    if draft.is_empty:
        raise DiscordError(400, 50006, "Cannot send an empty message")
    if draft.enforces_nonce and draft.nonce is not None:
        known = call.guild.same_nonce(channel, call.bot.id, draft.nonce)
        if known is not None and not known.is_deleted:
            return call.message_payload(known)
    referenced = _referenced(call, channel, draft)
    message = call.guild.post(
        channel,
        call.bot,
        draft,
        kind=MessageType.DEFAULT if referenced is None else MessageType.REPLY,
        referenced=referenced,
    )
    return call.message_payload(message)


def _edit(call: Call) -> Payload:
    channel = call.text_channel()
    message = call.message(channel)
    draft = call.draft()
    if message.author.id != call.bot.id:
        only_flags = set(call.body) <= {"flags", "tts"}
        if not only_flags:
            raise DiscordError(403, 50005, "Cannot edit a message authored by another user")
        call.require(channel, Permission.MANAGE_MESSAGES)
    if message.type in SYSTEM:
        raise DiscordError(403, 50021, "Cannot execute action on a system message")
    if channel.thread is not None and channel.thread.is_archived:
        raise archived()
    check_edit(message, draft)
    call.guild.edit(message, draft)
    return call.message_payload(message)


def _delete(call: Call) -> None:
    channel = call.text_channel()
    message = call.message(channel)
    if message.author.id != call.bot.id:
        if channel.is_direct:
            raise DiscordError(403, 50003, "Cannot execute action on a DM channel")
        call.require(channel, Permission.MANAGE_MESSAGES)
    if channel.thread is not None and channel.thread.is_archived:
        raise archived()
    call.guild.delete(message)


def _bulk_delete(call: Call) -> None:
    channel = call.text_channel()
    if channel.is_direct:
        raise DiscordError(403, 50003, "Cannot execute action on a DM channel")
    call.require(channel, Permission.MANAGE_MESSAGES)
    form = call.form()
    ids = form.snowflakes("messages", at_most=_MOST_DELETED)
    if not ids or len(ids) < 2:
        raise DiscordError(400, 50016, "Provided too few or too many messages to delete.")
    form.check()
    for message_id in ids:
        message = channel.messages.get(message_id)
        if message is not None:
            call.guild.delete(message)


def _pins(call: Call) -> Payload:
    channel = call.text_channel()
    pinned = [one for one in channel.messages.values() if one.is_pinned]
    return {
        "items": [
            {"pinned_at": one.timestamp, "message": call.message_payload(one)}
            for one in reversed(pinned)
        ],
        "has_more": False,
    }


def _pin(call: Call) -> None:
    _set_pin(call, is_pinned=True)


def _unpin(call: Call) -> None:
    _set_pin(call, is_pinned=False)


def _set_pin(call: Call, *, is_pinned: bool) -> None:
    channel = call.text_channel()
    if not (
        call.may(channel, Permission.MANAGE_MESSAGES)
        or call.may(channel, Permission.PIN_MESSAGES)
        or channel.is_direct
    ):
        raise missing_permissions()
    call.guild.pin(call.message(channel), is_pinned=is_pinned)


def check_edit(message: Message, draft: Draft) -> None:
    """Refuse an edit that would leave a message empty.

    Raises:
        DiscordError: 50006, Cannot send an empty message.
    """
    content = message.content if draft.content is None else draft.content
    embeds = message.embeds if draft.embeds is None else draft.embeds
    components = message.components if draft.components is None else draft.components
    kept = [
        one for one in message.attachments if draft.kept_files is None or one.id in draft.kept_files
    ]
    if not (content.strip() or embeds or components or kept or draft.new_files):
        raise DiscordError(400, 50006, "Cannot send an empty message")
    if message.flags & MessageFlag.IS_COMPONENTS_V2 and (draft.content or draft.embeds):
        form = Form({})
        form.wrong(
            "content",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "The field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
        )
        form.check()


def _referenced(call: Call, channel: Channel, draft: Draft) -> Message | None:
    reference = draft.reference
    if reference is None:
        return None
    form = Form({})
    if reference["type"] == 1:
        form.wrong(
            ("message_reference", "type"),
            "BASE_TYPE_CHOICES",
            "The playground does not forward messages.",
        )
    elif reference["channel_id"] not in (None, channel.id):
        form.wrong(
            "message_reference",
            "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
            "Cannot reply to a message in a different channel",
        )
    form.check()
    if not call.may(channel, Permission.READ_MESSAGE_HISTORY):
        raise DiscordError(
            403, 160002, "You cannot reply without permission to read message history"
        )
    message = channel.messages.get(reference["message_id"] or "")
    if message is None and reference["fail_if_not_exists"]:
        form.wrong("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    elif message is not None and message.type in SYSTEM:
        form.wrong(
            "message_reference",
            "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE",
            "Cannot reply to a system message",
        )
    form.check()
    return message


_MESSAGES = "/channels/{channel_id}/messages"
_ONE = f"{_MESSAGES}/{{message_id}}"
ROUTES = (
    Route(http="GET", path=_MESSAGES, name="list_messages", handle=_list, bucket=GET_MESSAGES),
    Route(
        http="POST",
        path=_MESSAGES,
        name="create_message",
        handle=_create,
        bucket=CREATE_MESSAGE,
    ),
    Route(http="GET", path=_ONE, name="get_message", handle=_get, bucket=GET_MESSAGES),
    Route(http="PATCH", path=_ONE, name="update_message", handle=_edit, bucket=EDIT_MESSAGE),
    Route(http="DELETE", path=_ONE, name="delete_message", handle=_delete, bucket=DELETE_MESSAGE),
    Route(
        http="POST",
        path=f"{_MESSAGES}/bulk-delete",
        name="bulk_delete_messages",
        handle=_bulk_delete,
        bucket=DELETE_MESSAGE,
    ),
    Route(http="GET", path=f"{_MESSAGES}/pins", name="list_pins", handle=_pins),
    Route(http="PUT", path=f"{_MESSAGES}/pins/{{message_id}}", name="create_pin", handle=_pin),
    Route(
        http="DELETE",
        path=f"{_MESSAGES}/pins/{{message_id}}",
        name="delete_pin",
        handle=_unpin,
    ),
)
