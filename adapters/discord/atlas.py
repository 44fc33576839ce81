"""What discord.py knows of servers, in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import discord

from adapters.discord.places import Place

_TAKES_THREADS = frozenset({discord.ChannelType.text, discord.ChannelType.news})
_HAS_POSTS = frozenset({discord.ChannelType.forum, discord.ChannelType.media})


class ClientAtlas:
    """The servers of one client: an `Atlas`.

    Args:
        client: connected, or about to be.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def place(self, channel: str) -> Place | None:
        """A channel or an open thread; None where it is not known."""
        match self._client.get_channel(int(channel)):
            case discord.Thread() as thread:
                return _thread(thread)
            case discord.abc.GuildChannel() as found:
                return _channel(found)
        return None

    def role(self, guild: str) -> str:
        """The role that Discord made for us in a server; empty where there is none."""
        found = self._client.get_guild(int(guild))
        role = found.self_role if found is not None and found.me is not None else None
        return str(role.id) if role is not None else ""

    def names(self, guild: str) -> Mapping[str, str]:
        """What the roles and channels of a server are called, by id."""
        found = self._client.get_guild(int(guild))
        return _Names(found) if found is not None else {}

    def largest_file(self, guild: str) -> int | None:
        """The most bytes of a file in a server; None where it is not known."""
        found = self._client.get_guild(int(guild))
        return found.filesize_limit if found is not None else None


class _Names(Mapping[str, str]):
    """Looks names up as they are asked for: a server can have thousands."""

    def __init__(self, guild: discord.Guild) -> None:
        self._guild = guild

    def __getitem__(self, id_: str) -> str:
        found = self._guild.get_channel_or_thread(int(id_)) or self._guild.get_role(int(id_))
        if found is None:
            raise KeyError(id_)
        return found.name

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def newest_messages(guild: discord.Guild) -> Iterator[tuple[str, str]]:
    """The channels and open threads of a server, each with the id of its newest message."""
    for place in (*guild.channels, *guild.threads):
        newest = getattr(place, "last_message_id", None)
        # That of a forum is its newest post.
        if newest and place.type not in _HAS_POSTS:
            yield str(place.id), str(newest)


def _thread(thread: discord.Thread) -> Place:
    return Place(
        id=str(thread.id),
        guild=str(thread.guild.id),
        parent=str(thread.parent_id),
        is_thread=True,
        owner=str(thread.owner_id),
        name=thread.name,
        is_archived=thread.archived,
        is_locked=thread.locked,
    )


def _channel(channel: discord.abc.GuildChannel) -> Place:
    me = channel.guild.me
    may = channel.permissions_for(me) if me is not None else discord.Permissions.all()
    return Place(
        id=str(channel.id),
        guild=str(channel.guild.id),
        takes_threads=channel.type in _TAKES_THREADS
        and may.create_public_threads
        and may.send_messages_in_threads,
        has_posts=channel.type in _HAS_POSTS,
        name=channel.name,
    )
