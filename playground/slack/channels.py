"""Channels and direct messages, each with its messages in order."""

from dataclasses import dataclass, field
from enum import StrEnum

from playground.payload import Payload
from playground.slack.message import Message


class ChannelKind(StrEnum):
    """What sort of conversation a channel is; the values are Slack's ``channel_type``."""

    PUBLIC = "channel"
    PRIVATE = "group"
    DIRECT = "im"


_SCOPE_PREFIX = {
    ChannelKind.PUBLIC: "channels",
    ChannelKind.PRIVATE: "groups",
    ChannelKind.DIRECT: "im",
}


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation and all that was said in it.

    ``messages`` holds every message by its timestamp, ``top`` the timestamps of those that stand
    in the channel itself (roots, plain messages and broadcast replies), both in order.
    """

    id: str
    name: str
    kind: ChannelKind
    created: int
    creator: str
    members: list[str]
    topic: str = ""
    user: str | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)

    @property
    def is_direct(self) -> bool:
        """Whether this is a direct message with the bot."""
        return self.kind is ChannelKind.DIRECT

    @property
    def scope_prefix(self) -> str:
        """The first half of the scopes that govern this sort of channel."""
        return _SCOPE_PREFIX[self.kind]

    def payload(self, *, member: str, team_id: str, with_count: bool = False) -> Payload:
        """Return the channel as ``conversations.info`` describes it.

        Args:
            member: the user whose view it is.
            team_id: the workspace.
            with_count: whether to tell the number of members.
        """
        if self.is_direct:
            return {
                "id": self.id,
                "created": self.created,
                "is_archived": False,
                "is_im": True,
                "is_org_shared": False,
                "context_team_id": team_id,
                "updated": self.created * 1000,
                "user": self.user,
                "last_read": "0000000000.000000",
                "is_open": True,
                "priority": 0,
            }
        channel: Payload = {
            "id": self.id,
            "name": self.name,
            "is_channel": self.kind is ChannelKind.PUBLIC,
            "is_group": self.kind is ChannelKind.PRIVATE,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.kind is ChannelKind.PRIVATE,
            "created": self.created,
            "is_archived": False,
            "is_general": self.name == "general",
            "unlinked": 0,
            "name_normalized": self.name,
            "is_shared": False,
            "is_org_shared": False,
            "is_pending_ext_shared": False,
            "pending_shared": [],
            "context_team_id": team_id,
            "updated": self.created * 1000,
            "creator": self.creator,
            "is_ext_shared": False,
            "shared_team_ids": [team_id],
            "pending_connected_team_ids": [],
            "is_member": member in self.members,
            "topic": _note(self.topic, self.creator, self.created),
            "purpose": _note("", self.creator, self.created),
            "previous_names": [],
        }
        if with_count:
            channel["num_members"] = len(self.members)
        return channel


def _note(value: str, creator: str, created: int) -> Payload:
    return {
        "value": value,
        "creator": creator if value else "",
        "last_set": created if value else 0,
    }
