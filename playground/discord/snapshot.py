"""A message as it was when somebody forwarded it.

https://docs.discord.com/developers/resources/message#message-snapshot-object
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.discord.attachments import Attachment
from playground.discord.users import User
from playground.payload import Payload

if TYPE_CHECKING:
    from playground.discord.message import Message


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What a forwarded message said; not who said it.

    Args:
        type: the message's type.
        content: the text.
        timestamp: when it was said.
        edited_timestamp: when it was changed.
        flags: the message's flags.
        mentions: users named.
        mention_roles: ids of roles named.
        embeds: the embeds.
        attachments: the files.
        stickers: the stickers.
    """

    type: int
    content: str
    timestamp: str
    edited_timestamp: str | None
    flags: int
    mentions: tuple[User, ...] = ()
    mention_roles: tuple[str, ...] = ()
    embeds: tuple[Payload, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    stickers: tuple[Payload, ...] = field(default=())

    def payload(self) -> Payload:
        """Return the snapshot as the forwarding message carries it."""
        message: Payload = {
            "type": self.type,
            "content": self.content,
            "timestamp": self.timestamp,
            "edited_timestamp": self.edited_timestamp,
            "flags": self.flags,
            "mentions": [user.payload() for user in self.mentions],
            "mention_roles": list(self.mention_roles),
            "embeds": list(self.embeds),
            "attachments": [one.payload() for one in self.attachments],
            "components": [],
        }
        if self.stickers:
            message["sticker_items"] = list(self.stickers)
        return {"message": message}


def snapshot_of(message: Message) -> Snapshot:
    """Return what a message says now.

    Args:
        message: where it was forwarded itself, that is what goes on.
    """
    if message.snapshot is not None:
        return message.snapshot
    return Snapshot(
        type=int(message.type),
        content=message.content,
        timestamp=message.timestamp,
        edited_timestamp=message.edited_timestamp,
        flags=message.flags,
        mentions=message.mentions.users,
        mention_roles=message.mentions.roles,
        embeds=tuple(message.embeds),
        attachments=tuple(message.attachments),
        stickers=tuple(message.stickers),
    )
