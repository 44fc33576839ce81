"""Where something is said: a channel, a thread or a direct message."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.discord.fields import number, snowflake, truth
from adapters.discord.keys import direct_key, thread_key
from adapters.fields import Fields, fields, text
from bot.keys import SessionKey

# https://docs.discord.com/developers/resources/channel#channel-object-channel-types
_TEXT, _DIRECT, _ANNOUNCEMENT = 0, 1, 5
_THREADS = frozenset({10, 11, 12})
_FORUM, _MEDIA = 15, 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A channel, a thread or a direct message.

    Args:
        id: its own.
        guild: the server's id; empty in a direct message.
        parent: the channel that a thread is listed under; empty for all else.
        is_thread: whether it is a thread, or a post in a forum or media channel.
        is_direct: whether it is a direct message.
        takes_threads: whether we may start threads from its messages, as far as is known.
        has_posts: whether all that is said here is said in posts: a forum or media channel.
        owner: who started the thread, as far as is known.
        name: what it is called.
        is_archived: whether the thread is put away.
        is_locked: whether only moderators may write in the thread.
    """

    id: str
    guild: str = ""
    parent: str = ""
    is_thread: bool = False
    is_direct: bool = False
    takes_threads: bool = False
    has_posts: bool = False
    owner: str = ""
    name: str = ""
    is_archived: bool = False
    is_locked: bool = False

    def key(self, thread: str = "") -> SessionKey:
        """The key of a conversation here.

        Args:
            thread: where this is a channel: the message that the thread begins with, or nothing
                for the channel as a place. Elsewhere the place is the conversation.
        """
        if self.is_direct:
            return direct_key(self.id)
        if self.is_thread:
            return thread_key(guild=self.guild, channel=self.parent or self.id, thread=self.id)
        return thread_key(guild=self.guild, channel=self.id, thread=thread)


def parse_place(channel: Fields, *, guild: str = "") -> Place | None:
    """The place that a channel object describes; None where it is malformed.

    Args:
        channel: as Discord sent it, whole or in part.
        guild: the server's id, where the object leaves it out.
    """
    id_, kind = snowflake(channel, "id"), number(channel, "type")
    guild = snowflake(channel, "guild_id") or guild
    if not id_ or kind is None or (not guild and kind != _DIRECT):
        return None
    metadata = fields(channel, "thread_metadata")
    return Place(
        id=id_,
        guild="" if kind == _DIRECT else guild,
        parent=snowflake(channel, "parent_id") if kind in _THREADS else "",
        is_thread=kind in _THREADS,
        is_direct=kind == _DIRECT,
        takes_threads=kind in {_TEXT, _ANNOUNCEMENT},
        has_posts=kind in {_FORUM, _MEDIA},
        owner=snowflake(channel, "owner_id") if kind in _THREADS else "",
        name=text(channel, "name"),
        is_archived=truth(metadata, "archived"),
        is_locked=truth(metadata, "locked"),
    )
