"""``chat.*``: posting, changing and deleting messages."""

from typing import Any

from playground.payload import Payload, dump
from playground.slack.blocks import check_message_blocks
from playground.slack.channels import Channel
from playground.slack.errors import SlackError
from playground.slack.limits import POSTING, SPECIAL, TIER_3, TIER_4
from playground.slack.message import Message
from playground.slack.web_api.call import Call, Method
from playground.slack.workspace import Content

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
LONGEST_MARKDOWN = 12_000
_LONGEST_METADATA = 8_000


def read_content(call: Call, *, longest: int | None) -> Content:
    """Read what a message is to say.

    Args:
        call: the call.
        longest: characters that its text may have; ``None`` cuts a post short instead.

    Raises:
        SlackError: there is nothing to say, too much of it, or its blocks are not valid.
    """
    args = call.args
    text = args.text("text") or ""
    markdown = args.text("markdown_text")
    blocks = args.items("blocks", "invalid_blocks_format")
    attachments = args.items("attachments", "invalid_attachments")
    if markdown and (text or blocks):
        raise SlackError("markdown_text_conflict")
    if not (text or markdown or blocks or attachments):
        raise SlackError("no_text")
    if markdown:
        if len(markdown) > LONGEST_MARKDOWN:
            raise SlackError("msg_too_long")
        text, blocks = markdown, [{"type": "markdown", "text": markdown}]
    if longest is not None and len(text) > longest:
        raise SlackError("msg_too_long")
    if attachments is not None and len(attachments) > 100:
        raise SlackError("too_many_attachments")
    username, icons = _dressed(call)
    return Content(
        text=text[:LONGEST_POST],
        blocks=None if blocks is None else check_message_blocks(blocks),
        attachments=attachments,
        markdown=markdown,
        metadata=read_metadata(call),
        username=username,
        icons=icons,
    )


def read_metadata(call: Call) -> Payload | None:
    """Read a message's metadata.

    Raises:
        SlackError: it has not the form of metadata, or is too large.
    """
    metadata = call.args.mapping("metadata", "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata.get("event_type"), str) or not isinstance(
        metadata.get("event_payload"), dict
    ):
        raise SlackError("invalid_metadata_schema")
    if len(dump(metadata)) > _LONGEST_METADATA:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": metadata["event_payload"]}


def root_for(call: Call, channel: Channel) -> Message | None:
    """Return the root of the thread that a call posts to.

    Slack posts to the channel itself where the thread's root is gone.

    Args:
        call: the call.
        channel: where it posts.
    """
    thread_ts = call.args.timestamp("thread_ts")
    return None if thread_ts is None else call.workspace.root_of(channel, thread_ts)


def _dressed(call: Call) -> tuple[str | None, Payload | None]:
    username = call.args.text("username")
    emoji, image = call.args.text("icon_emoji"), call.args.text("icon_url")
    if not (username or emoji or image):
        return None, None
    call.require("chat:write.customize")
    icons: dict[str, Any] = {}
    if emoji:
        icons["emoji"] = emoji
    elif image:
        icons["image_64"] = image
    return username, icons or None


def _post_message(call: Call) -> Payload:
    channel = call.own_channel()
    content = read_content(call, longest=None)
    root = root_for(call, channel)
    message = call.workspace.post(
        channel,
        content,
        root=root,
        is_broadcast=root is not None and call.args.flag("reply_broadcast"),
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": _answered(message),
    }


def _post_ephemeral(call: Call) -> Payload:
    channel = call.own_channel()
    user = call.args.need("user")
    if user not in channel.members:
        raise SlackError("user_not_in_channel")
    content = read_content(call, longest=LONGEST_POST)
    thread_ts = call.args.timestamp("thread_ts")
    message = call.workspace.post_ephemeral(channel, content, user, thread_ts=thread_ts)
    return {"message_ts": message.ts}


def _update(call: Call) -> Payload:
    channel = call.channel()
    message = call.message(channel)
    if not message.by_bot:
        raise SlackError("cant_update_message")
    if message.is_streaming:
        raise SlackError("streaming_state_conflict")
    content = read_content(call, longest=LONGEST_UPDATE)
    call.workspace.update(message, content)
    answered = _answered(message)
    # Slack leaves the thread and the timestamp out of this answer.
    for name in ("ts", "thread_ts", "parent_user_id"):
        answered.pop(name, None)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": answered}


def _delete(call: Call) -> Payload:
    channel = call.channel()
    message = call.message(channel)
    if not message.by_bot or message.is_streaming:
        raise SlackError("cant_delete_message")
    call.workspace.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def _get_permalink(call: Call) -> Payload:
    channel = call.channel()
    message = call.message(channel, "message_ts")
    link = f"{call.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"permalink": link, "channel": channel.id}


def _answered(message: Message) -> Payload:
    answered = message.payload(with_metadata=True)
    for name in ("reactions", "reply_count", "reply_users", "reply_users_count", "latest_reply"):
        answered.pop(name, None)
    for name in ("is_locked", "subscribed", "files", "upload", "display_as_bot", "edited"):
        answered.pop(name, None)
    if message.edited is not None:
        answered["edited"] = message.edited
    return answered


_WRITE = ("chat:write",)

METHODS = {
    "chat.postMessage": Method(handle=_post_message, tier=POSTING, scopes=_WRITE),
    "chat.postEphemeral": Method(handle=_post_ephemeral, tier=TIER_4, scopes=_WRITE),
    "chat.update": Method(handle=_update, tier=TIER_3, scopes=_WRITE),
    "chat.delete": Method(handle=_delete, tier=TIER_3, scopes=_WRITE),
    "chat.getPermalink": Method(handle=_get_permalink, tier=SPECIAL),
}
