"""One REST call on its way to its handler, and what the table knows of a route."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.discord.attachments import Upload
from playground.discord.channels import Channel
from playground.discord.commands import Commands
from playground.discord.drafts import Draft, read_draft
from playground.discord.errors import (
    DiscordError,
    missing_access,
    missing_permissions,
    unknown,
)
from playground.discord.form import Form
from playground.discord.gateway import Gateway
from playground.discord.guild import Guild
from playground.discord.interactions import Interactions
from playground.discord.limits import READING, Bucket, Limits
from playground.discord.message import Message
from playground.discord.options import DiscordOptions
from playground.discord.permissions import Permission
from playground.discord.snowflakes import is_snowflake
from playground.discord.users import User
from playground.payload import Payload


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """What handlers work with."""

    guild: Guild
    interactions: Interactions
    commands: Commands
    gateway: Gateway
    limits: Limits
    options: DiscordOptions
    gateway_url: str
    sees_content: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call that was admitted.

    Args:
        parts: what handlers work with.
        params: the ids in the address.
        query: the address's query.
        body: the JSON that was sent.
        uploads: files that came with it, by number.
    """

    parts: Parts
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    uploads: Mapping[int, Upload]

    @property
    def guild(self) -> Guild:
        """The server."""
        return self.parts.guild

    @property
    def bot(self) -> User:
        """The bot, who calls."""
        return self.parts.guild.app.bot

    def form(self) -> Form:
        """Return the body to be read, which must be an object.

        Raises:
            DiscordError: it is something else.
        """
        if not isinstance(self.body, dict):
            form = Form({})
            form.wrong((), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            form.check()
        return Form(self.body)

    def draft(self, form: Form | None = None) -> Draft:
        """Return what a message is to say.

        Args:
            form: the message, where it is not the whole body.
        """
        return read_draft(
            self.form() if form is None else form,
            self.uploads,
            largest_file=self.guild.largest_upload(
                self.guild.channels.get(self.params.get("channel_id", ""))
            ),
        )

    def snowflake(self, name: str) -> str:
        """Return an id of the address.

        Raises:
            DiscordError: it is none.
        """
        given = self.params[name]
        if not is_snowflake(given):
            form = Form({})
            form.wrong(name, "NUMBER_TYPE_COERCE", f'Value "{given}" is not snowflake.')
            form.check()
        return given

    def channel(self, name: str = "channel_id") -> Channel:
        """Return the channel that the address names.

        Raises:
            DiscordError: there is none, or the bot cannot see it.
        """
        channel = self.guild.channels.get(self.snowflake(name))
        if channel is None:
            raise unknown("Channel")
        if not self.guild.sees(self.bot.id, channel):
            raise missing_access()
        return channel

    def text_channel(self) -> Channel:
        """Return the channel that the address names and that takes messages.

        Raises:
            DiscordError: there is none, or it is a forum.
        """
        channel = self.channel()
        if not channel.takes_messages:
            raise DiscordError(400, 50008, "Cannot send messages in a non-text channel")
        return channel

    def message(self, channel: Channel, name: str = "message_id") -> Message:
        """Return the message that the address names, which is not an ephemeral one.

        Raises:
            DiscordError: there is none.
        """
        message = channel.messages.get(self.snowflake(name))
        if message is None:
            raise unknown("Message")
        return message

    def require(self, channel: Channel, *needed: Permission) -> None:
        """Refuse the call where the bot lacks a permission.

        Raises:
            DiscordError: 50013, Missing Permissions.
        """
        allowed = self.guild.permissions(self.bot.id, channel)
        for one in needed:
            if one not in allowed:
                raise missing_permissions()

    def may(self, channel: Channel, permission: Permission) -> bool:
        """Say whether the bot has a permission."""
        return permission in self.guild.permissions(self.bot.id, channel)

    def in_guild(self) -> Guild:
        """Return the server that the address names.

        Raises:
            DiscordError: the bot is in no such server.
        """
        if self.snowflake("guild_id") != self.guild.id:
            raise unknown("Guild")
        return self.guild

    def message_payload(self, message: Message) -> Payload:
        """Return a message as the bot may see it."""
        channel = self.guild.channels.get(message.channel_id)
        is_direct = channel is not None and channel.is_direct
        return message.payload(
            me=self.bot.id,
            guild_id=None if is_direct else self.guild.id,
            is_blank=not self.parts.sees_content,
        )

    def channel_payload(self, channel: Channel) -> Payload:
        """Return a channel, a thread or a direct message."""
        if channel.is_direct:
            recipient = self.guild.users[channel.recipient or ""]
            return channel.direct_payload(recipient.payload())
        return channel.payload(self.guild.id, member=self.bot.id)

    def limit(self, *, default: int, at_most: int, at_least: int = 1) -> int:
        """Return the query's ``limit``."""
        form = Form(self.query)
        number = form.number("limit", at_least=at_least, at_most=at_most, default=default)
        form.check()
        return number


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """What the table knows of a route.

    Args:
        http: the HTTP method.
        path: the address, with names in braces for ids.
        name: what Discord's own description calls it.
        handle: carries a call out and returns the answer; ``None`` for 204.
        bucket: how often it may be called.
        status: the status of the answer, where there is one.
        needs_token: whether the bot's token is needed; webhooks carry their own.
    """

    http: str
    path: str
    name: str
    handle: Callable[[Call], Any]
    bucket: Bucket = READING
    status: int = 200
    needs_token: bool = True
