"""Channels, threads and direct messages, each with its messages in order."""

from dataclasses import dataclass, field
from enum import IntEnum

from playground.discord.message import Message
from playground.discord.permissions import Overwrite
from playground.payload import Payload


class ChannelType(IntEnum):
    """What sort of channel it is; the values are Discord's."""

    TEXT = 0
    DIRECT = 1
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15
    MEDIA = 16


THREADS = (
    ChannelType.ANNOUNCEMENT_THREAD,
    ChannelType.PUBLIC_THREAD,
    ChannelType.PRIVATE_THREAD,
)
POSTS_ONLY = (ChannelType.FORUM, ChannelType.MEDIA)


@dataclass(frozen=True, kw_only=True)
class Tag:
    """A tag that posts of a forum can have."""

    id: str
    name: str

    def payload(self) -> Payload:
        """Return the tag as forums list it."""
        return {
            "id": self.id,
            "name": self.name,
            "moderated": False,
            "emoji_id": None,
            "emoji_name": None,
        }


@dataclass(slots=True, kw_only=True)
class ThreadState:
    """What a thread has and other channels have not.

    ``members`` says since when each member follows it; ``message_count`` leaves the first
    message and deleted ones out, ``total_message_sent`` keeps the deleted ones.
    """

    owner_id: str
    created_at: str
    archived_at: str
    is_archived: bool = False
    is_locked: bool = False
    is_invitable: bool = True
    auto_archive_minutes: int = 1440
    members: dict[str, str] = field(default_factory=dict)
    message_count: int = 0
    total_message_sent: int = 0
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, a thread or a direct message, and all that was said in it.

    ``recipient`` is the person of a direct message, ``parent`` the channel that a thread is
    listed under.
    """

    id: str
    type: ChannelType
    name: str
    topic: str | None = None
    position: int = 0
    parent: "Channel | None" = None
    recipient: str | None = None
    overwrites: dict[str, Overwrite] = field(default_factory=dict)
    tags: list[Tag] = field(default_factory=list)
    slowmode_s: int = 0
    flags: int = 0
    thread: ThreadState | None = None
    messages: dict[str, Message] = field(default_factory=dict)
    last_message_id: str | None = None
    is_deleted: bool = False

    @property
    def is_direct(self) -> bool:
        """Whether this is a direct message with the bot."""
        return self.type is ChannelType.DIRECT

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread, a forum's post included."""
        return self.thread is not None

    @property
    def takes_messages(self) -> bool:
        """Whether messages can be sent here: not in forums, whose posts are threads."""
        return self.type not in POSTS_ONLY

    def payload(self, guild_id: str, *, member: str | None = None) -> Payload:
        """Return the channel as Discord describes it; not for direct messages.

        Args:
            guild_id: the server.
            member: whose membership of a thread to tell, where they are a member.
        """
        if self.thread is not None:
            return self._thread_payload(self.thread, guild_id, member)
        payload: Payload = {
            "id": self.id,
            "type": int(self.type),
            "guild_id": guild_id,
            "name": self.name,
            "position": self.position,
            "parent_id": None,
            "topic": self.topic,
            "nsfw": False,
            "flags": self.flags,
            "rate_limit_per_user": self.slowmode_s,
            "last_message_id": self.last_message_id,
            "permission_overwrites": [one.payload() for one in self.overwrites.values()],
        }
        if self.type in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT):
            payload["last_pin_timestamp"] = None
        else:
            payload |= {
                "available_tags": [tag.payload() for tag in self.tags],
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_thread_rate_limit_per_user": 0,
            }
            if self.type is ChannelType.FORUM:
                payload["default_forum_layout"] = 0
        return payload

    def direct_payload(self, recipient: Payload) -> Payload:
        """Return a direct message as Discord describes it.

        Args:
            recipient: the person.
        """
        return {
            "id": self.id,
            "type": int(self.type),
            "last_message_id": self.last_message_id,
            "flags": 0,
            "recipients": [recipient],
        }

    def thread_member(self, user: str) -> Payload | None:
        """Return somebody's membership of this thread.

        Args:
            user: their id.
        """
        if self.thread is None or user not in self.thread.members:
            return None
        return {
            "id": self.id,
            "user_id": user,
            "join_timestamp": self.thread.members[user],
            "flags": 1,
        }

    def _thread_payload(self, thread: ThreadState, guild_id: str, member: str | None) -> Payload:
        payload: Payload = {
            "id": self.id,
            "type": int(self.type),
            "guild_id": guild_id,
            "parent_id": None if self.parent is None else self.parent.id,
            "owner_id": thread.owner_id,
            "name": self.name,
            "last_message_id": self.last_message_id,
            "flags": self.flags,
            "rate_limit_per_user": self.slowmode_s,
            "message_count": thread.message_count,
            "member_count": min(len(thread.members), 50),
            "total_message_sent": thread.total_message_sent,
            "thread_metadata": {
                "archived": thread.is_archived,
                "archive_timestamp": thread.archived_at,
                "auto_archive_duration": thread.auto_archive_minutes,
                "locked": thread.is_locked,
                "create_timestamp": thread.created_at,
            },
        }
        if self.type is ChannelType.PRIVATE_THREAD:
            payload["thread_metadata"]["invitable"] = thread.is_invitable
        if self.parent is not None and self.parent.type in POSTS_ONLY:
            payload["applied_tags"] = list(thread.tags)
        own = None if member is None else self.thread_member(member)
        if own is not None:
            payload["member"] = own
        return payload
