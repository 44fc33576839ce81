"""``conversations.*``: channels, their members, their history and their threads."""

from playground.payload import Payload
from playground.slack.channels import ChannelKind
from playground.slack.errors import SlackError
from playground.slack.limits import TIER_2, TIER_3, TIER_4
from playground.slack.web_api.call import Call, Method
from playground.slack.web_api.cursors import page

_LIST_KINDS = {
    "public_channel": ChannelKind.PUBLIC,
    "private_channel": ChannelKind.PRIVATE,
    "im": ChannelKind.DIRECT,
}


def _info(call: Call) -> Payload:
    channel = call.channel()
    call.require(f"{channel.scope_prefix}:read")
    return {
        "channel": channel.payload(
            member=call.bot,
            team_id=call.workspace.team.id,
            with_count=call.args.flag("include_num_members"),
        )
    }


def _list(call: Call) -> Payload:
    wanted = (call.args.text("types") or "public_channel").split(",")
    kinds = {_LIST_KINDS[kind.strip()] for kind in wanted if kind.strip() in _LIST_KINDS}
    channels = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind is ChannelKind.PUBLIC or call.bot in channel.members)
    ]
    shown, metadata = page(
        channels, call.args.text("cursor"), call.args.count("limit", default=100, most=1000)
    )
    team = call.workspace.team.id
    return {
        "channels": [
            channel.payload(member=call.bot, team_id=team, with_count=not channel.is_direct)
            for channel in shown
        ],
        "response_metadata": metadata,
    }


def _of_user(call: Call) -> Payload:
    wanted = (call.args.text("types") or "public_channel").split(",")
    kinds = {_LIST_KINDS[kind.strip()] for kind in wanted if kind.strip() in _LIST_KINDS}
    user = call.args.text("user") or call.bot
    channels = [
        channel
        for channel in call.workspace.channels.values()
        if channel.kind in kinds
        and user in channel.members
        and (channel.kind is ChannelKind.PUBLIC or call.bot in channel.members)
    ]
    shown, metadata = page(
        channels, call.args.text("cursor"), call.args.count("limit", default=100, most=999)
    )
    return {
        "channels": [
            # It is not told again: https://docs.slack.dev/reference/methods/users.conversations
            {
                name: value
                for name, value in channel.payload(
                    member=call.bot, team_id=call.workspace.team.id, with_count=False
                ).items()
                if name != "is_member"
            }
            for channel in shown
        ],
        "response_metadata": metadata,
    }


def _members(call: Call) -> Payload:
    channel = call.channel()
    call.require(f"{channel.scope_prefix}:read")
    members, metadata = page(
        channel.members, call.args.text("cursor"), call.args.count("limit", default=100, most=1000)
    )
    return {"members": members, "response_metadata": metadata}


def _open(call: Call) -> Payload:
    if call.args.text("channel"):
        channel = call.channel()
        if not channel.is_direct:
            raise SlackError("method_not_supported_for_channel_type")
    else:
        users = [user for user in (call.args.text("users") or "").split(",") if user]
        if not users:
            raise SlackError("users_list_not_supplied")
        if len(users) > 1:
            # Group direct messages are not part of this workspace.
            raise SlackError("invalid_user_combination")
        if users[0] not in call.workspace.users or users[0] == call.bot:
            raise SlackError("user_not_found")
        channel = call.workspace.direct_with(users[0])
    if call.args.flag("return_im"):
        info = channel.payload(member=call.bot, team_id=call.workspace.team.id)
        return {"no_op": True, "already_open": True, "channel": info}
    return {"channel": {"id": channel.id}}


def _join(call: Call) -> Payload:
    channel = call.channel()
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    was_in = call.bot in channel.members
    call.workspace.join(channel, call.bot)
    info = channel.payload(member=call.bot, team_id=call.workspace.team.id)
    answer: Payload = {"channel": info}
    if was_in:
        answer["warning"] = "already_in_channel"
        answer["response_metadata"] = {"warnings": ["already_in_channel"]}
    return answer


def _history(call: Call) -> Payload:
    channel = call.channel()
    call.require(f"{channel.scope_prefix}:history")
    if call.bot not in channel.members:
        raise SlackError("not_in_channel")
    within = _within(call, channel.top[::-1])
    shown, metadata = page(
        within, call.args.text("cursor"), call.args.count("limit", default=100, most=999)
    )
    with_metadata = call.args.flag("include_all_metadata")
    answer: Payload = {
        "messages": [channel.messages[ts].payload(with_metadata=with_metadata) for ts in shown],
        "has_more": bool(metadata["next_cursor"]),
        "pin_count": 0,
    }
    if metadata["next_cursor"]:
        answer["response_metadata"] = metadata
    return answer


def _replies(call: Call) -> Payload:
    channel = call.channel()
    call.require(f"{channel.scope_prefix}:history")
    if call.bot not in channel.members:
        raise SlackError("not_in_channel")
    message = channel.messages.get(call.args.need("ts"))
    if message is None:
        raise SlackError("thread_not_found")
    # Asked by a reply's timestamp, Slack answers with that reply alone.
    thread = [message.ts]
    if not message.is_reply:
        thread += _within(call, message.replies)
    shown, metadata = page(
        thread, call.args.text("cursor"), call.args.count("limit", default=1000, most=1000)
    )
    with_metadata = call.args.flag("include_all_metadata")
    answer: Payload = {
        "messages": [channel.messages[ts].payload(with_metadata=with_metadata) for ts in shown],
        "has_more": bool(metadata["next_cursor"]),
    }
    if metadata["next_cursor"]:
        answer["response_metadata"] = metadata
    return answer


def _within(call: Call, stamps: list[str]) -> list[str]:
    oldest = _moment(call, "oldest", 0.0)
    latest = _moment(call, "latest", float("inf"))
    if oldest == 0.0 and latest == float("inf"):
        return stamps
    if call.args.flag("inclusive"):
        return [ts for ts in stamps if oldest <= float(ts) <= latest]
    return [ts for ts in stamps if oldest < float(ts) < latest]


def _moment(call: Call, name: str, default: float) -> float:
    value = call.args.text(name)
    if not value:
        return default
    try:
        return float(value)
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _any_of(right: str) -> tuple[str, ...]:
    return tuple(f"{prefix}:{right}" for prefix in ("channels", "groups", "im", "mpim"))


_READ, _HISTORY = _any_of("read"), _any_of("history")
_OPEN = ("channels:manage", "groups:write", "im:write", "mpim:write")

METHODS = {
    "conversations.info": Method(handle=_info, tier=TIER_3, scopes=_READ),
    "conversations.list": Method(handle=_list, tier=TIER_2, scopes=_READ),
    "users.conversations": Method(handle=_of_user, tier=TIER_3, scopes=_READ),
    "conversations.members": Method(handle=_members, tier=TIER_4, scopes=_READ),
    "conversations.open": Method(handle=_open, tier=TIER_3, scopes=_OPEN),
    "conversations.join": Method(handle=_join, tier=TIER_3, scopes=("channels:join",)),
    "conversations.history": Method(handle=_history, tier=TIER_3, scopes=_HISTORY),
    "conversations.replies": Method(handle=_replies, tier=TIER_3, scopes=_HISTORY),
}
