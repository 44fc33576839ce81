"""What can change in a server: the values that its subscribers are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.discord.channels import Channel
from playground.discord.message import Message

if TYPE_CHECKING:
    from playground.discord.interactions import Interaction, Modal


@dataclass(frozen=True, kw_only=True)
class MessagePosted:
    """A message came, ephemeral ones included."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class MessageChanged:
    """A message changed."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class MessageDeleted:
    """A message went."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class ReactionChanged:
    """Somebody put a reaction on a message, or took it off."""

    message: Message
    user: str
    emoji: str
    is_added: bool


@dataclass(frozen=True, kw_only=True)
class ReactionsCleared:
    """All reactions of a message went, or all of one emoji."""

    message: Message
    emoji: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelCreated:
    """A channel or a thread came."""

    channel: Channel


@dataclass(frozen=True, kw_only=True)
class ChannelChanged:
    """A channel or a thread changed.

    ``is_newly_seen`` is true where the bot could not see it before. ``only_counts`` is true
    where nothing changed but how many messages there are, which nobody is told.
    """

    channel: Channel
    is_newly_seen: bool = False
    only_counts: bool = False


@dataclass(frozen=True, kw_only=True)
class ChannelDeleted:
    """A channel or a thread went."""

    channel: Channel


@dataclass(frozen=True, kw_only=True)
class ThreadMembersChanged:
    """Somebody joined or left a thread."""

    channel: Channel
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TypingStarted:
    """Somebody types."""

    channel: Channel
    user: str


@dataclass(frozen=True, kw_only=True)
class RolesChanged:
    """Somebody's roles changed."""

    user: str


@dataclass(frozen=True, kw_only=True)
class CommandsChanged:
    """The app synced its commands."""


@dataclass(frozen=True, kw_only=True)
class InteractionChanged:
    """An interaction was sent, deferred, answered, or failed."""

    interaction: Interaction


@dataclass(frozen=True, kw_only=True)
class ModalShown:
    """A modal opened."""

    modal: Modal


@dataclass(frozen=True, kw_only=True)
class ModalGone:
    """A modal closed."""

    modal: Modal


Change = (
    MessagePosted
    | MessageChanged
    | MessageDeleted
    | ReactionChanged
    | ReactionsCleared
    | ChannelCreated
    | ChannelChanged
    | ChannelDeleted
    | ThreadMembersChanged
    | TypingStarted
    | RolesChanged
    | CommandsChanged
    | InteractionChanged
    | ModalShown
    | ModalGone
)
