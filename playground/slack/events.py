"""Events: what the app is told of the workspace, in the Events API's shapes.

https://docs.slack.dev/reference/events. Only events that the manifest subscribes to, and whose
scope it was granted, from channels that the bot is in.
"""

import base64
import json
from collections.abc import Callable

from playground.payload import Payload
from playground.slack import changes
from playground.slack.app_manifest import AppManifest
from playground.slack.channels import Channel, ChannelKind
from playground.slack.faults import Faults
from playground.slack.files import File
from playground.slack.message import Message
from playground.slack.workspace import Workspace

_MESSAGE_EVENTS = {
    ChannelKind.PUBLIC: "message.channels",
    ChannelKind.PRIVATE: "message.groups",
    ChannelKind.DIRECT: "message.im",
}


class Events:
    """Turns what changes in the workspace into the app's events.

    Args:
        workspace: the workspace.
        manifest: what the app is told.
        faults: whether a mention's message comes first.
        deliver: sends one ``event_callback`` payload on its way.
    """

    def __init__(
        self,
        workspace: Workspace,
        manifest: AppManifest,
        faults: Faults,
        deliver: Callable[[Payload], None],
    ) -> None:
        self._workspace = workspace
        self._manifest = manifest
        self._faults = faults
        self._deliver = deliver

    def take(self, change: changes.Change) -> None:
        """Tell the app of a change, if it is to know."""
        match change:
            case changes.MessagePosted(message=message) if message.ephemeral_to is None:
                self._posted(message)
            case changes.MessageChanged(message=message, previous=dict() as previous):
                self._changed(message, previous)
            case changes.MessageDeleted(message=message) if message.ephemeral_to is None:
                self._deleted(message)
            case changes.ReactionChanged():
                self._reaction(change)
            case changes.FileShared(file=file, message=message):
                self._file_shared(file, message)
            case changes.FileDeleted(file=file):
                self._file_deleted(file)
            case changes.MemberJoined():
                self._joined(change)
            case changes.SessionStopped():
                self._stopped(change)
            case changes.HomeOpened():
                self._home_opened(change)
            case _:
                pass

    def _posted(self, message: Message) -> None:
        channel = self._workspace.channels[message.channel]
        if not self._is_in(channel):
            return
        to_bot = not message.by_bot and not channel.is_direct and self._mentions_bot(message.text)
        message_first = self._faults.is_on("double_mention")
        if to_bot and not message_first:
            self._tell("app_mention", self._mention(message))
        self._tell_message(channel, _posted_event(message, channel))
        if to_bot and message_first:
            self._tell("app_mention", self._mention(message))

    def _mention(self, message: Message) -> Payload:
        event = _mention_event(message)
        if self._faults.is_on("bare_mention"):
            event.pop("files", None)
        return event

    def _changed(self, message: Message, previous: Payload) -> None:
        channel = self._workspace.channels[message.channel]
        if not self._is_in(channel):
            return
        ts = self._workspace.timestamps.mint()
        to_bot = not message.by_bot and not channel.is_direct
        if to_bot and self._mentions_bot(message.text) > self._mentions_bot(previous["text"]):
            mention = _mention_event(message)
            mention["edited"] = message.edited
            mention["event_ts"] = ts
            self._tell("app_mention", mention)
        self._tell_message(
            channel,
            {
                "type": "message",
                "subtype": "message_changed",
                "message": _inner(message.payload()),
                "previous_message": _inner(previous),
                "channel": channel.id,
                "hidden": True,
                "ts": ts,
                "event_ts": ts,
                "channel_type": channel.kind.value,
            },
        )

    def _deleted(self, message: Message) -> None:
        channel = self._workspace.channels[message.channel]
        if not self._is_in(channel):
            return
        ts = self._workspace.timestamps.mint()
        self._tell_message(
            channel,
            {
                "type": "message",
                "subtype": "message_deleted",
                "previous_message": _inner(message.payload()),
                "channel": channel.id,
                "hidden": True,
                "deleted_ts": message.ts,
                "ts": ts,
                "event_ts": ts,
                "channel_type": channel.kind.value,
            },
        )

    def _reaction(self, change: changes.ReactionChanged) -> None:
        message = change.message
        if not self._is_in(self._workspace.channels[message.channel]):
            return
        name = "reaction_added" if change.is_added else "reaction_removed"
        self._tell(
            name,
            {
                "type": name,
                "user": change.user,
                "reaction": change.name,
                "item": {"type": "message", "channel": message.channel, "ts": message.ts},
                "item_user": message.user,
                "event_ts": self._workspace.timestamps.mint(),
            },
        )

    def _file_shared(self, file: File, message: Message) -> None:
        if self._is_in(self._workspace.channels[message.channel]):
            self._tell(
                "file_shared",
                {
                    "type": "file_shared",
                    "file_id": file.id,
                    "user_id": message.user,
                    "file": {"id": file.id},
                    "channel_id": message.channel,
                    "event_ts": self._workspace.timestamps.mint(),
                },
            )

    def _file_deleted(self, file: File) -> None:
        channels = self._workspace.channels
        if any(self._is_in(channels[share.channel]) for share in file.shares):
            self._tell(
                "file_deleted",
                {
                    "type": "file_deleted",
                    "file_id": file.id,
                    "channel_ids": [*file.public, *file.private, *file.direct],
                    "event_ts": self._workspace.timestamps.mint(),
                },
            )

    def _joined(self, change: changes.MemberJoined) -> None:
        channel = self._workspace.channels[change.channel]
        if not self._is_in(channel):
            return
        event: Payload = {
            "type": "member_joined_channel",
            "user": change.user,
            "channel": channel.id,
            "channel_type": "G" if channel.kind is ChannelKind.PRIVATE else "C",
            "team": self._workspace.team.id,
            "event_ts": self._workspace.timestamps.mint(),
        }
        if change.inviter is not None:
            event["inviter"] = change.inviter
        self._tell("member_joined_channel", event)

    def _stopped(self, change: changes.SessionStopped) -> None:
        self._tell(
            "agent_session_stopped",
            {
                "type": "agent_session_stopped",
                "channel": change.channel,
                "thread_ts": change.thread_ts,
                "user": change.user,
                "streaming_message_ts": list(change.streams),
                "event_ts": self._workspace.timestamps.mint(),
            },
        )

    def _home_opened(self, change: changes.HomeOpened) -> None:
        event: Payload = {
            "type": "app_home_opened",
            "user": change.user,
            "channel": change.channel,
            "tab": change.tab,
            "event_ts": self._workspace.timestamps.mint(),
        }
        if change.view is not None:
            event["view"] = change.view.payload()
        self._tell("app_home_opened", event)

    def _tell_message(self, channel: Channel, event: Payload) -> None:
        self._tell(_MESSAGE_EVENTS[channel.kind], event)

    def _tell(self, name: str, event: Payload) -> None:
        if not self._manifest.tells(name):
            return
        team, app = self._workspace.team, self._workspace.app
        self._deliver(
            {
                "token": "playground-verification",
                "team_id": team.id,
                "context_team_id": team.id,
                "context_enterprise_id": None,
                "api_app_id": app.id,
                "event": event,
                "type": "event_callback",
                "event_id": self._workspace.new_id("Ev"),
                "event_time": int(float(event["event_ts"])),
                "authorizations": [
                    {
                        "enterprise_id": None,
                        "team_id": team.id,
                        "user_id": app.bot_user_id,
                        "is_bot": True,
                        "is_enterprise_install": False,
                    }
                ],
                "is_ext_shared_channel": False,
                "event_context": _context(name, team.id, app.id, event),
            }
        )

    def _is_in(self, channel: Channel) -> bool:
        return self._workspace.app.bot_user_id in channel.members

    def _mentions_bot(self, text: str) -> bool:
        return f"<@{self._workspace.app.bot_user_id}" in text


_MESSAGE_FIELDS = (
    "type",
    "user",
    "client_msg_id",
    "text",
    "team",
    "bot_id",
    "bot_profile",
    "blocks",
    "attachments",
    "ts",
    "thread_ts",
    "parent_user_id",
)
_SHARE_FIELDS = (
    "type",
    "subtype",
    "user",
    "bot_id",
    "text",
    "files",
    "upload",
    "display_as_bot",
    "blocks",
    "attachments",
    "ts",
    "thread_ts",
    "parent_user_id",
)
_MENTION_FIELDS = (
    "type",
    "user",
    "client_msg_id",
    "text",
    "team",
    "blocks",
    "files",
    "upload",
    "display_as_bot",
    "ts",
    "thread_ts",
)


def _posted_event(message: Message, channel: Channel) -> Payload:
    payload = message.payload(with_metadata=True)
    names = _SHARE_FIELDS if message.files else _MESSAGE_FIELDS
    event = {name: payload[name] for name in names if name in payload}
    if message.files:
        event["upload"] = True
    if message.is_broadcast:
        event["subtype"] = "thread_broadcast"
    if "metadata" in payload:
        event["metadata"] = payload["metadata"]
    event["channel"] = channel.id
    event["event_ts"] = message.ts
    event["channel_type"] = channel.kind.value
    return event


def _mention_event(message: Message) -> Payload:
    payload = message.payload()
    event = {name: payload[name] for name in _MENTION_FIELDS if name in payload}
    event["type"] = "app_mention"
    event["channel"] = message.channel
    event["event_ts"] = message.ts
    return event


def _inner(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name not in ("app_id", "reactions")}


def _context(name: str, team: str, app: str, event: Payload) -> str:
    about = {"et": name, "tid": team, "aid": app, "cid": event.get("channel")}
    return "4-" + base64.urlsafe_b64encode(json.dumps(about).encode()).decode().rstrip("=")
