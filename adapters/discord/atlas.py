"""What discord.py knows of servers, in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import discord

from adapters.discord.names import Names, NoNames
from adapters.discord.places import Place

_TAKES_THREADS = frozenset({discord.ChannelType.text, discord.ChannelType.news})
_UNNAMED = frozenset({discord.ChannelType.category})
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

    def written(self, guild: str, person: str, roles: frozenset[str]) -> Names:
        """What can be named in a server to somebody.

        Args:
            guild: the server's id.
            person: who shall see it; empty for everybody.
            roles: the person's, as far as they are known.
        """
        found = self._client.get_guild(int(guild))
        return _Written(found, person, roles) if found is not None else NoNames()

    def where_writes(self, guild: str, person: str, roles: frozenset[str], named: str) -> str:
        """The id of the one channel of a name or id that a person sees and may write in.

        Args:
            guild: the server's id.
            person: who.
            roles: theirs, as far as they are known.
            named: the channel's name, or its id.

        Returns:
            Empty where there is none, or several of one name.
        """
        found = self._client.get_guild(int(guild))
        if found is None:
            return ""
        rights = Rights(found, person, roles)
        seen = [
            str(each.id)
            for each in found.channels
            if named in {each.name, str(each.id)}
            and each.type in _TAKES_THREADS | _HAS_POSTS
            and rights.has(each, "view_channel")
            and rights.has(each, "send_messages")
        ]
        return seen[0] if len(seen) == 1 else ""

    def largest_file(self, guild: str) -> int | None:
        """The most bytes of a file in a server; None where it is not known."""
        found = self._client.get_guild(int(guild))
        return found.filesize_limit if found is not None else None


class _Written:
    """What can be named in a server to somebody; looked for as it is named."""

    def __init__(self, guild: discord.Guild, person: str, roles: frozenset[str]) -> None:
        self._guild = guild
        self._rights = Rights(guild, person, roles)

    def channel(self, name: str) -> str:
        seen = [
            each
            for each in self._guild.channels
            if each.name == name
            and each.type not in _UNNAMED
            and self._rights.has(each, "view_channel")
        ]
        # Two of one name: nobody knows which is meant.
        return f"<#{seen[0].id}>" if len(seen) == 1 else ""

    def emoji(self, name: str) -> str:
        for each in self._guild.emojis:
            if each.name == name and each.is_usable():
                return str(each)
        return ""


class Rights:
    """What somebody may do in a server's channels.

    https://docs.discord.com/developers/topics/permissions#permission-overwrites

    Args:
        guild: the server.
        person: who; empty for everybody.
        roles: theirs, as far as they are known.
    """

    def __init__(self, guild: discord.Guild, person: str, roles: frozenset[str]) -> None:
        self._guild = guild
        self._person = int(person or 0)
        self._roles = [role for id_ in roles if (role := guild.get_role(int(id_))) is not None]

    def has(self, channel: discord.abc.GuildChannel, right: str) -> bool:
        """Whether they have a right in a channel, named as discord.py names it."""
        if self._person == self._guild.owner_id:
            return True
        everyone = self._guild.default_role
        base = [role.permissions for role in (everyone, *self._roles)]
        if any(each.administrator for each in base):
            return True
        has_it = any(getattr(each, right) for each in base)
        if (by_all := getattr(channel.overwrites_for(everyone), right)) is not None:
            has_it = by_all
        by_role = {getattr(channel.overwrites_for(role), right) for role in self._roles}
        if by_role - {None}:
            has_it = True in by_role
        person = discord.Object(self._person, type=discord.Member)
        own = getattr(channel.overwrites_for(person), right)
        return bool(has_it if own is None else own)


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
