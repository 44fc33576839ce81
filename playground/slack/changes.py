"""What can change in a workspace: the values that its subscribers are told."""

from dataclasses import dataclass

from playground.payload import Payload
from playground.slack.agent_sessions import AgentSession
from playground.slack.files import File
from playground.slack.message import Message
from playground.slack.views import View


@dataclass(frozen=True, kw_only=True)
class MessagePosted:
    """A message came, ephemeral ones included."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class MessageChanged:
    """A message changed.

    ``previous`` is what it was, for changes that apps are told of; ``None`` for those that only
    show (a stream's next words, a reaction, a reply counted at its root).
    """

    message: Message
    previous: Payload | None = None


@dataclass(frozen=True, kw_only=True)
class MessageDeleted:
    """A message went."""

    message: Message


@dataclass(frozen=True, kw_only=True)
class ReactionChanged:
    """Somebody put a reaction on a message, or took it off."""

    message: Message
    user: str
    name: str
    is_added: bool


@dataclass(frozen=True, kw_only=True)
class FileShared:
    """A file came with a message."""

    file: File
    message: Message


@dataclass(frozen=True, kw_only=True)
class FileDeleted:
    """Somebody deleted a file; the messages that had it keep a tombstone."""

    file: File


@dataclass(frozen=True, kw_only=True)
class MemberJoined:
    """Somebody joined a channel."""

    channel: str
    user: str
    inviter: str | None = None


@dataclass(frozen=True, kw_only=True)
class SessionChanged:
    """An agent session has a new status or title."""

    session: AgentSession


@dataclass(frozen=True, kw_only=True)
class SessionStopped:
    """A person pressed the native stop button."""

    channel: str
    thread_ts: str
    user: str
    streams: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class HomeOpened:
    """A person opened the app's Home or Messages tab."""

    user: str
    channel: str
    tab: str
    view: View | None


@dataclass(frozen=True, kw_only=True)
class ViewShown:
    """A modal opened or changed."""

    view: View


@dataclass(frozen=True, kw_only=True)
class ViewGone:
    """A modal closed."""

    view: View


@dataclass(frozen=True, kw_only=True)
class HomeChanged:
    """The app published somebody's Home tab."""

    view: View


Change = (
    MessagePosted
    | MessageChanged
    | MessageDeleted
    | ReactionChanged
    | FileShared
    | FileDeleted
    | MemberJoined
    | SessionChanged
    | SessionStopped
    | HomeOpened
    | ViewShown
    | ViewGone
    | HomeChanged
)
