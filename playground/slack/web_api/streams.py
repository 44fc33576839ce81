"""``chat.startStream``, ``chat.appendStream`` and ``chat.stopStream``."""

from playground.payload import Payload
from playground.slack.agent_sessions import STATUSES
from playground.slack.blocks import MOST_IN_MESSAGE, check_message_blocks
from playground.slack.channels import Channel
from playground.slack.errors import SlackError, missing_field
from playground.slack.limits import TIER_2, TIER_4
from playground.slack.message import Message
from playground.slack.streams import Piece, Stream, parse_piece
from playground.slack.web_api.call import Call, Method
from playground.slack.web_api.chat import read_metadata, root_for
from playground.slack.workspace import Content


def _start(call: Call) -> Payload:
    channel = call.own_channel()
    piece = _piece(call)
    root = _root(call, channel)
    if not channel.is_direct:
        if call.args.text("recipient_team_id") != call.workspace.team.id:
            raise SlackError("missing_recipient_team_id")
        recipient = call.args.text("recipient_user_id")
        if not recipient:
            raise SlackError("missing_recipient_user_id")
        if recipient not in call.workspace.users:
            raise SlackError("user_not_found")
    if call.args.text("task_display_mode") not in (None, "timeline", "plan", "dense"):
        raise SlackError("invalid_arguments", messages=["[ERROR] invalid value: task_display_mode"])
    stream = Stream()
    stream.take(piece)
    message = call.workspace.post(
        channel, Content(text=stream.text, markdown=stream.text), root=root, stream=stream
    )
    return {"channel": channel.id, "ts": message.ts}


def _root(call: Call, channel: Channel) -> Message | None:
    root = root_for(call, channel)
    if root is None and channel.is_direct:
        # A stream stands at the top level in channels only.
        if call.args.text("thread_ts"):
            raise SlackError("thread_not_found")
        raise missing_field("thread_ts")
    return root


def _append(call: Call) -> Payload:
    channel = call.channel()
    message = _streaming(call, channel)
    if message.stream is not None and message.stream.state == "stopped_by_user":
        raise SlackError("stopped_by_user")
    _must_stream(message)
    piece = _piece(call)
    if piece.is_empty:
        raise SlackError("no_text")
    call.workspace.append(message, piece)
    return {"channel": channel.id, "ts": message.ts}


def _stop(call: Call) -> Payload:
    channel = call.channel()
    message = _streaming(call, channel)
    # After a person's stop the app still ends the stream itself, once, and with it the session's
    # processing; see the agent_session_stopped event.
    if message.stream is None or message.stream.state != "stopped_by_user":
        _must_stream(message)
    piece = _piece(call)
    blocks = call.args.items("blocks", "invalid_blocks_format")
    if blocks is not None:
        if len(blocks) > MOST_IN_MESSAGE:
            raise SlackError("msg_blocks_too_many")
        blocks = check_message_blocks(blocks)
    metadata = read_metadata(call)
    status = call.args.text("session_status")
    if status is not None and status not in STATUSES:
        raise SlackError("invalid_arguments", messages=["[ERROR] invalid value: session_status"])
    if not piece.is_empty:
        call.workspace.append(message, piece)
    call.workspace.close_stream(message, blocks=blocks, metadata=metadata)
    if status is not None:
        call.workspace.set_session(channel.id, message.thread_ts or message.ts, status)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message.payload(with_metadata=True),
    }


def _streaming(call: Call, channel: Channel) -> Message:
    message = call.message(channel)
    if not message.by_bot:
        raise SlackError("message_not_owned_by_app")
    return message


def _must_stream(message: Message) -> None:
    if not message.is_streaming:
        raise SlackError("message_not_in_streaming_state")


def _piece(call: Call) -> Piece:
    chunks = call.args.items("chunks", "invalid_chunks")
    piece = parse_piece(call.args.text("markdown_text"), chunks)
    if piece.blocks:
        checked = check_message_blocks(list(piece.blocks))
        return Piece(
            mode=piece.mode,
            text=piece.text,
            tasks=piece.tasks,
            plan_title=piece.plan_title,
            blocks=tuple(checked),
        )
    return piece


_WRITE = ("chat:write",)

METHODS = {
    "chat.startStream": Method(handle=_start, tier=TIER_2, scopes=_WRITE),
    "chat.appendStream": Method(handle=_append, tier=TIER_4, scopes=_WRITE),
    "chat.stopStream": Method(handle=_stop, tier=TIER_2, scopes=_WRITE),
}
