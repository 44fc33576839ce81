"""Turns what changes in the server into gateway events for the app.

https://discord.com/developers/docs/events/gateway-events
"""

import time
from collections.abc import Iterator

from playground.discord import changes
from playground.discord.channels import Channel, ChannelType
from playground.discord.gateway import Gateway
from playground.discord.guild import Guild
from playground.discord.intents import Intent
from playground.discord.message import Message, emoji_payload
from playground.discord.users import JOINED
from playground.payload import Payload

_LARGE_CHUNK = 1000


class Events:
    """Tells the app what it asked to be told.

    Args:
        guild: the server.
        gateway: the app's connections.
    """

    def __init__(self, guild: Guild, gateway: Gateway) -> None:
        self._guild = guild
        self._gateway = gateway

    def take(self, change: changes.Change) -> None:
        """Tell the app of a change, where it can see it."""
        match change:
            case changes.MessagePosted(message=message):
                self._message("MESSAGE_CREATE", message)
            case changes.MessageChanged(message=message):
                self._message("MESSAGE_UPDATE", message)
            case changes.MessageDeleted(message=message):
                self._deleted(message)
            case changes.ReactionChanged():
                self._reaction(change)
            case changes.ReactionsCleared(message=message, emoji=emoji):
                self._reactions_cleared(message, emoji)
            case changes.ChannelCreated(channel=channel):
                self._created(channel)
            case changes.ChannelChanged(channel=channel):
                self._changed(change)
            case changes.ChannelDeleted(channel=channel):
                self._channel_deleted(channel)
            case changes.ThreadMembersChanged():
                self._thread_members(change)
            case changes.TypingStarted(channel=channel, user=user):
                self._typing(channel, user)
            case changes.RolesChanged(user=user):
                self._member(user)
            case _:
                pass

    def _message(self, name: str, message: Message) -> None:
        channel = self._guild.channels.get(message.channel_id)
        if message.is_ephemeral or channel is None or not self._sees(channel):
            return
        full = self._message_payload(channel, message, is_blank=False)
        self._gateway.dispatch(
            name,
            _messages(channel),
            full,
            blank=lambda: self._message_payload(channel, message, is_blank=True),
        )

    def _message_payload(self, channel: Channel, message: Message, *, is_blank: bool) -> Payload:
        guild = self._guild
        guild_id = None if channel.is_direct else guild.id
        payload = message.payload(me=guild.bot_id, guild_id=guild_id, is_blank=is_blank)
        payload["channel_type"] = int(channel.type)
        if guild_id is None:
            return payload
        payload["guild_id"] = guild_id
        member = guild.members.get(message.author.id)
        if member is not None:
            payload["member"] = member.payload(with_user=False)
        for user in payload["mentions"]:
            mentioned = guild.members.get(user["id"])
            if mentioned is not None:
                user["member"] = mentioned.payload(with_user=False)
        return payload

    def _deleted(self, message: Message) -> None:
        channel = self._guild.channels.get(message.channel_id)
        if message.is_ephemeral or channel is None or not self._sees(channel):
            return
        self._dispatch(
            "MESSAGE_DELETE",
            _messages(channel),
            channel,
            {"id": message.id, "channel_id": channel.id},
        )

    def _reaction(self, change: changes.ReactionChanged) -> None:
        message = change.message
        channel = self._guild.channels[message.channel_id]
        if not self._sees(channel):
            return
        data: Payload = {
            "user_id": change.user,
            "channel_id": channel.id,
            "message_id": message.id,
            "emoji": emoji_payload(change.emoji),
            "burst": False,
            "type": 0,
        }
        if change.is_added:
            data["message_author_id"] = message.author.id
            data["burst_colors"] = []
            member = self._guild.members.get(change.user)
            if member is not None and not channel.is_direct:
                data["member"] = member.payload()
        name = "MESSAGE_REACTION_ADD" if change.is_added else "MESSAGE_REACTION_REMOVE"
        self._dispatch(name, _reactions(channel), channel, data)

    def _reactions_cleared(self, message: Message, emoji: str | None) -> None:
        channel = self._guild.channels[message.channel_id]
        if not self._sees(channel):
            return
        data: Payload = {"channel_id": channel.id, "message_id": message.id}
        name = "MESSAGE_REACTION_REMOVE_ALL"
        if emoji is not None:
            name = "MESSAGE_REACTION_REMOVE_EMOJI"
            data["emoji"] = emoji_payload(emoji)
        self._dispatch(name, _reactions(channel), channel, data)

    def _created(self, channel: Channel) -> None:
        if channel.is_direct:
            return
        payload = self._channel(channel)
        if not channel.is_thread:
            self._gateway.dispatch("CHANNEL_CREATE", Intent.GUILDS, payload)
        elif self._sees(channel):
            self._gateway.dispatch(
                "THREAD_CREATE", Intent.GUILDS, payload | {"newly_created": True}
            )

    def _changed(self, change: changes.ChannelChanged) -> None:
        channel = change.channel
        if channel.is_direct:
            return
        if channel.is_thread:
            if self._sees(channel):
                self._gateway.dispatch("THREAD_UPDATE", Intent.GUILDS, self._channel(channel))
            return
        self._gateway.dispatch("CHANNEL_UPDATE", Intent.GUILDS, self._channel(channel))
        if change.is_newly_seen:
            self._gateway.dispatch(
                "THREAD_LIST_SYNC",
                Intent.GUILDS,
                {"channel_ids": [channel.id], **active_threads(self._guild, channel)},
            )

    def _channel_deleted(self, channel: Channel) -> None:
        if channel.is_direct:
            return
        if not channel.is_thread:
            self._gateway.dispatch("CHANNEL_DELETE", Intent.GUILDS, self._channel(channel))
        elif self._sees(channel):
            self._gateway.dispatch(
                "THREAD_DELETE",
                Intent.GUILDS,
                {
                    "id": channel.id,
                    "guild_id": self._guild.id,
                    "parent_id": None if channel.parent is None else channel.parent.id,
                    "type": int(channel.type),
                },
            )

    def _thread_members(self, change: changes.ThreadMembersChanged) -> None:
        channel, guild = change.channel, self._guild
        if channel.thread is None or not self._sees(channel):
            return
        concerns_bot = guild.bot_id in (*change.added, *change.removed)
        if guild.bot_id in change.added and channel.type is ChannelType.PRIVATE_THREAD:
            self._gateway.dispatch("THREAD_CREATE", Intent.GUILDS, self._channel(channel))
        added = []
        for user in change.added:
            member = channel.thread_member(user)
            if member is not None and user in guild.members:
                added.append({**member, "member": guild.members[user].payload(), "presence": None})
        data: Payload = {
            "id": channel.id,
            "guild_id": guild.id,
            "member_count": min(len(channel.thread.members), 50),
        }
        if added:
            data["added_members"] = added
        if change.removed:
            data["removed_member_ids"] = list(change.removed)
        needs = Intent.GUILDS if concerns_bot else Intent.GUILD_MEMBERS
        self._gateway.dispatch("THREAD_MEMBERS_UPDATE", needs, data)

    def _typing(self, channel: Channel, user: str) -> None:
        if user == self._guild.bot_id or not self._sees(channel):
            return
        data: Payload = {
            "channel_id": channel.id,
            "user_id": user,
            "timestamp": int(time.time()),
        }
        if channel.is_direct:
            needs = Intent.DIRECT_MESSAGE_TYPING
        else:
            needs = Intent.GUILD_MESSAGE_TYPING
            data["member"] = self._guild.members[user].payload()
        self._dispatch("TYPING_START", needs, channel, data)

    def _member(self, user: str) -> None:
        member = self._guild.members[user]
        needs = Intent.GUILDS if user == self._guild.bot_id else Intent.GUILD_MEMBERS
        self._gateway.dispatch(
            "GUILD_MEMBER_UPDATE", needs, {"guild_id": self._guild.id, **member.payload()}
        )

    def _dispatch(self, name: str, needs: Intent, channel: Channel, data: Payload) -> None:
        if not channel.is_direct:
            data["guild_id"] = self._guild.id
        self._gateway.dispatch(name, needs, data)

    def _channel(self, channel: Channel) -> Payload:
        return channel.payload(self._guild.id, member=self._guild.bot_id)

    def _sees(self, channel: Channel) -> bool:
        return self._guild.sees(self._guild.bot_id, channel)


def ready(guild: Guild) -> Payload:
    """Return what READY tells about the app.

    Args:
        guild: the server.
    """
    return {
        "v": 10,
        "user_settings": {},
        "user": {**guild.app.bot.payload(), "verified": True, "mfa_enabled": False, "email": None},
        "session_type": "normal",
        "relationships": [],
        "private_channels": [],
        "presences": [],
        "guilds": [{"id": guild.id, "unavailable": True}],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "auth": {},
        "application": {"id": guild.app.id, "flags": guild.app.flags},
        "_trace": [],
    }


def greet(guild: Guild, intents: Intent) -> Iterator[tuple[str, Payload]]:
    """Yield the events that follow READY.

    Args:
        guild: the server.
        intents: what the session asked for.
    """
    if not intents & Intent.GUILDS:
        return
    sees_members = bool(intents & (Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES))
    yield (
        "GUILD_CREATE",
        {
            **guild.payload(),
            "joined_at": JOINED,
            "large": False,
            "unavailable": False,
            "member_count": len(guild.members),
            "voice_states": [],
            "members": [
                member.payload()
                for user, member in guild.members.items()
                if sees_members or user == guild.bot_id
            ],
            "channels": [channel.payload(guild.id) for channel in guild.guild_channels()],
            "threads": active_threads(guild)["threads"],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        },
    )


def members_chunk(guild: Guild, asked: Payload, intents: Intent) -> Payload:
    """Return the members that an app asked for, which all fit in one chunk.

    Args:
        guild: the server.
        asked: ``query`` or ``user_ids``, ``limit`` and ``nonce``.
        intents: what the session asked for; all members need the privileged one.
    """
    ids = asked.get("user_ids")
    missing: list[str] = []
    if ids is not None:
        wanted = [str(one) for one in (ids if isinstance(ids, list) else [ids])]
        missing = [one for one in wanted if one not in guild.members]
        found = [guild.members[one] for one in wanted if one in guild.members]
    else:
        query, limit = str(asked.get("query") or "").lower(), int(asked.get("limit") or 0)
        found = [
            member
            for member in guild.members.values()
            if member.user.username.startswith(query)
            or (member.user.global_name or "").lower().startswith(query)
        ]
        if not query and not intents & Intent.GUILD_MEMBERS:
            found = [guild.members[guild.bot_id]]
        found = found[: limit or _LARGE_CHUNK]
    chunk: Payload = {
        "guild_id": guild.id,
        "members": [member.payload() for member in found],
        "chunk_index": 0,
        "chunk_count": 1,
    }
    if missing:
        chunk["not_found"] = missing
    if asked.get("presences"):
        chunk["presences"] = []
    if asked.get("nonce") is not None:
        chunk["nonce"] = asked["nonce"]
    return chunk


def active_threads(guild: Guild, parent: Channel | None = None) -> Payload:
    """Return the threads that are not archived and that the bot sees, with its memberships.

    Args:
        guild: the server.
        parent: only those of this channel.
    """
    seen = [
        thread
        for thread in guild.threads(parent)
        if thread.thread is not None
        and not thread.thread.is_archived
        and guild.sees(guild.bot_id, thread)
    ]
    memberships = [thread.thread_member(guild.bot_id) for thread in seen]
    return {
        "guild_id": guild.id,
        "threads": [thread.payload(guild.id, member=guild.bot_id) for thread in seen],
        "members": [one for one in memberships if one is not None],
    }


def _messages(channel: Channel) -> Intent:
    return Intent.DIRECT_MESSAGES if channel.is_direct else Intent.GUILD_MESSAGES


def _reactions(channel: Channel) -> Intent:
    if channel.is_direct:
        return Intent.DIRECT_MESSAGE_REACTIONS
    return Intent.GUILD_MESSAGE_REACTIONS
