"""One Web API call on its way to its handler, and what the table knows of a method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playground.payload import Payload
from playground.slack.app_manifest import AppManifest
from playground.slack.arguments import Arguments
from playground.slack.channels import Channel
from playground.slack.errors import SlackError, missing_field
from playground.slack.faults import Faults
from playground.slack.interactions import Interactions
from playground.slack.limits import Tier
from playground.slack.message import Message
from playground.slack.socket_mode import SocketMode
from playground.slack.workspace import Workspace

TokenKind = Literal["bot", "app"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Uploads:
    """Files that are announced, and those whose bytes have come.

    Args:
        announced: name, size and description by upload ticket and file id.
        received: the bytes by file id.
    """

    announced: dict[str, "Announced"]
    received: dict[str, bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Announced:
    """A file that the app is about to upload."""

    file_id: str
    name: str
    length: int
    alt_text: str | None
    snippet_type: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call that was admitted: its arguments, and what handlers work with."""

    args: Arguments
    workspace: Workspace
    manifest: AppManifest
    interactions: Interactions
    socket: SocketMode
    uploads: Uploads
    faults: Faults
    base_url: str
    largest_file: int

    @property
    def bot(self) -> str:
        """The bot's user id."""
        return self.workspace.app.bot_user_id

    def channel(self, name: str = "channel", code: str = "channel_not_found") -> Channel:
        """Return the channel that an argument names: an id, ``#name`` or a person's id.

        Args:
            name: the argument.
            code: the refusal where there is no such channel, or the bot may not know of it.
        """
        given = self.args.need(name)
        channel = self.workspace.channels.get(given)
        if channel is None and given.startswith(("U", "W")) and given in self.workspace.users:
            return self.workspace.direct_with(given)
        if channel is None and given.startswith("#"):
            try:
                channel = self.workspace.channel_named(given[1:])
            except KeyError:
                raise SlackError(code) from None
        if channel is None or (channel.kind != "channel" and self.bot not in channel.members):
            raise SlackError(code)
        return channel

    def own_channel(self, name: str = "channel") -> Channel:
        """Return the channel that an argument names and that the bot must be in."""
        channel = self.channel(name)
        if self.bot not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def message(self, channel: Channel, name: str = "ts") -> Message:
        """Return the message that an argument names.

        Raises:
            SlackError: ``message_not_found``.
        """
        ts = self.args.text(name)
        if not ts:
            raise missing_field(name)
        message = channel.messages.get(ts)
        if message is None:
            raise SlackError("message_not_found")
        return message

    def require(self, scope: str) -> None:
        """Refuse the call where the app was not granted a scope.

        Raises:
            SlackError: ``missing_scope``.
        """
        if scope not in self.manifest.scopes:
            raise missing_scope(scope, self.manifest.provided)


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """What the table knows of a method.

    Args:
        handle: carries a call out and returns the answer without ``ok``.
        tier: how often it may be called.
        scopes: scopes of which one must be granted; none where any token will do.
        token: the kind of token it takes.
    """

    handle: Callable[[Call], Payload]
    tier: Tier
    scopes: tuple[str, ...] = ()
    token: TokenKind = "bot"  # noqa: S105 (a kind of token)


def missing_scope(needed: str, provided: str) -> SlackError:
    """Return the refusal of a call whose token lacks a scope."""
    return SlackError("missing_scope", fields={"needed": needed, "provided": provided})
