"""One message, and how Discord writes it down."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

from playground.discord.attachments import Attachment
from playground.discord.snapshot import Snapshot
from playground.discord.users import User
from playground.payload import Payload

if TYPE_CHECKING:
    from playground.discord.channels import Channel


class MessageType(IntEnum):
    """What sort of message it is; the values are Discord's."""

    DEFAULT = 0
    CHANNEL_NAME_CHANGE = 4
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER_MESSAGE = 21
    CONTEXT_MENU_COMMAND = 23


SYSTEM = (
    MessageType.CHANNEL_NAME_CHANGE,
    MessageType.THREAD_CREATED,
    MessageType.THREAD_STARTER_MESSAGE,
)
"""Those that Discord writes itself."""


class MessageFlag(IntFlag):
    """Flags of a message; the values are Discord's."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True, kw_only=True)
class Mentions:
    """Whom a message mentions, after ``allowed_mentions`` had its say.

    Args:
        users: users named, the author of the message replied to included.
        roles: ids of roles named.
        everyone: whether everybody is.
        pinged: ids of all who are notified.
    """

    users: tuple[User, ...] = ()
    roles: tuple[str, ...] = ()
    everyone: bool = False
    pinged: frozenset[str] = frozenset()


NO_MENTIONS = Mentions()


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """A message.

    ``reference`` names the message that it answers or was made from, ``referenced`` is that one,
    ``None`` where it was deleted. ``snapshot`` is what the message said that it forwards.
    ``thread`` is the thread that was started from it. ``ephemeral_to`` names the only person who
    sees it.
    """

    id: str
    channel_id: str
    author: User
    timestamp: str
    type: MessageType = MessageType.DEFAULT
    content: str = ""
    edited_timestamp: str | None = None
    is_tts: bool = False
    is_pinned: bool = False
    embeds: list[Payload] = field(default_factory=list)
    components: list[Payload] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    stickers: list[Payload] = field(default_factory=list)
    poll: Payload | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    mentions: Mentions = NO_MENTIONS
    flags: int = 0
    nonce: str | int | None = None
    application_id: str | None = None
    is_from_interaction: bool = False
    interaction: Payload | None = None
    interaction_metadata: Payload | None = None
    reference: Payload | None = None
    referenced: Message | None = None
    snapshot: Snapshot | None = None
    thread: Channel | None = None
    position: int | None = None
    ephemeral_to: str | None = None
    is_deleted: bool = False

    @property
    def by_bot(self) -> bool:
        """Whether the app's bot wrote it."""
        return self.author.is_bot

    @property
    def is_loading(self) -> bool:
        """Whether it only says that the bot is thinking."""
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.ephemeral_to is not None

    def hides_from(self, user: str) -> bool:
        """Say whether a bot without the message-content intent sees no content of it.

        Args:
            user: the bot. Its own messages and those that mention it are shown.
        """
        return self.author.id != user and all(one.id != user for one in self.mentions.users)

    def payload(
        self,
        *,
        me: str,
        guild_id: str | None,
        is_blank: bool = False,
        with_reference: bool = True,
    ) -> Payload:
        """Return the message as Discord describes it.

        Args:
            me: the bot, for the reactions that are its own.
            guild_id: the server, or ``None`` in a direct message.
            is_blank: whether the bot lacks the message-content intent; content that it may see
                without is there all the same.
            with_reference: whether the message that this one answers is included.
        """
        hides = is_blank and guild_id is not None and self.hides_from(me)
        payload: Payload = {
            "id": self.id,
            "channel_id": self.channel_id,
            "type": int(self.type),
            "content": "" if hides else self.content,
            "author": self.author.payload(),
            "timestamp": self.timestamp,
            "edited_timestamp": self.edited_timestamp,
            "tts": self.is_tts,
            "mention_everyone": self.mentions.everyone,
            "mentions": [user.payload() for user in self.mentions.users],
            "mention_roles": list(self.mentions.roles),
            "attachments": [] if hides else [one.payload() for one in self.attachments],
            "embeds": [] if hides else self.embeds,
            "components": [] if hides else self.components,
            "flags": self.flags,
            "pinned": self.is_pinned,
        }
        if self.reactions:
            payload["reactions"] = [
                _reaction(name, users, me) for name, users in self.reactions.items()
            ]
        if self.nonce is not None:
            payload["nonce"] = self.nonce
        if self.application_id is not None:
            payload["application_id"] = self.application_id
            if self.is_from_interaction:
                payload["webhook_id"] = self.application_id
        if self.interaction is not None:
            payload["interaction"] = self.interaction
        if self.interaction_metadata is not None:
            payload["interaction_metadata"] = self.interaction_metadata
        if self.stickers:
            payload["sticker_items"] = list(self.stickers)
        if self.poll is not None and not hides:
            payload["poll"] = self.poll
        if self.snapshot is not None and not hides:
            payload["message_snapshots"] = [self.snapshot.payload()]
        if self.position is not None:
            payload["position"] = self.position
        if self.reference is not None:
            payload["message_reference"] = self.reference
            if with_reference and self.snapshot is None:
                payload["referenced_message"] = (
                    None
                    if self.referenced is None or self.referenced.is_deleted
                    else self.referenced.payload(
                        me=me, guild_id=guild_id, is_blank=is_blank, with_reference=False
                    )
                )
        if self.thread is not None and guild_id is not None and with_reference:
            payload["thread"] = self.thread.payload(guild_id, member=me)
        return payload


def emoji_payload(key: str) -> Payload:
    """Return an emoji as reactions and events carry it.

    Args:
        key: the character, or ``name:id`` of a server's own.
    """
    name, _, emoji_id = key.partition(":")
    return {"id": emoji_id or None, "name": name}


def _reaction(key: str, users: list[str], me: str) -> Payload:
    return {
        "emoji": emoji_payload(key),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "burst_me": False,
        "burst_count": 0,
        "me": me in users,
    }
