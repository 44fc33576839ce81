"""Slack's events, parsed: what was said, changed, taken back or stopped.

Pure, and never raises: https://docs.slack.dev/apis/events-api/ says what comes, and anything else
reads as `Unknown`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from adapters.fields import Fields, fields, items, text
from adapters.slack.files import shared_files
from adapters.slack.known import NOTHING, Known, mentions
from adapters.slack.timestamps import is_timestamp, moment
from adapters.slack.words import said_in
from bot.commands import spoken
from bot.keys import SessionKey
from bot.messages import Command, IncomingMessage, MessageDeleted, MessageEdited, Person

STOP_SIGNS = frozenset(
    {
        "black_square_for_stop",
        "no_entry",
        "no_entry_sign",
        "octagonal_sign",
        "stop_button",
        "stop_sign",
        "x",
    }
)
"""Slack's names of the emoji that end an answer: 🛑 ❌ ⛔ 🚫 ⏹️."""

# https://docs.slack.dev/reference/events/message/#subtypes: those that carry a person's words.
_WORDS = frozenset({"", "file_share", "thread_broadcast", "me_message"})
# Known, and nothing to us: what happens to a file changes the messages that have it.
_IGNORED_EVENTS = frozenset(
    {
        "app_uninstalled",
        "file_change",
        "file_created",
        "file_deleted",
        "file_public",
        "file_shared",
        "file_unshared",
        "member_joined_channel",
        "member_left_channel",
        "reaction_removed",
        "tokens_revoked",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who we are in a workspace, as `auth.test` says.

    Args:
        team: the workspace's id.
        user: our bot user's id.
        bot: our bot's id.
    """

    team: str
    user: str
    bot: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """Slack's own stop button was pressed.

    Args:
        key: the thread.
        author: who pressed it.
        request_id: the event's id.
    """

    key: SessionKey
    author: Person
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StopSign:
    """Somebody put an emoji onto a message that means stop.

    Args:
        place: where the message is: nobody says in which thread.
        message_id: its `ts`.
        author: who did.
    """

    place: SessionKey
    message_id: str
    author: Person


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeOpened:
    """Somebody opened the app's Home tab.

    Args:
        author: who did.
        workspace: the workspace's id.
    """

    author: Person
    workspace: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Something that we cannot make sense of.

    Args:
        kind: what it is, in a few words: logged once for each.
    """

    kind: str


Heard = (
    IncomingMessage
    | MessageEdited
    | MessageDeleted
    | Command
    | Stopped
    | StopSign
    | HomeOpened
    | Unknown
)


def parse_event(body: object, *, me: Identity, known: Known = NOTHING) -> tuple[Heard, ...]:
    """What an event means to us, in the order in which to deal with it.

    The two events of one mention, `app_mention` and `message`, read the same.

    Args:
        body: the envelope's payload.
        me: who we are.
        known: what ids stand for.

    Returns:
        Nothing for what is not for us.
    """
    event = fields(body, "event")
    reading = _Reading(body=fields(body), event=event, me=me, known=known)
    match kind := text(event, "type"):
        case "app_mention":
            return reading.mention()
        case "message":
            return reading.message()
        case "agent_session_stopped":
            return reading.stopped()
        case "app_home_opened":
            return reading.home_opened()
        case "reaction_added":
            return reading.stop_sign()
        case "":
            return (Unknown(kind="an event without a type"),)
        case _ if kind in _IGNORED_EVENTS:
            return ()
    return (Unknown(kind=f"the event {kind[:60]}"),)


def parse_message(
    message: object, *, key: SessionKey, me: Identity, known: Known = NOTHING
) -> IncomingMessage | None:
    """A message that was fetched, as it would have come as an event.

    Args:
        message: as `conversations.replies` or `conversations.history` return it.
        key: the thread that it was fetched from.
        me: who we are.
        known: what ids stand for.

    Returns:
        None if it carries nobody's words.
    """
    body: Fields = {"team_id": key.workspace}
    event: Fields = {**fields(message), "channel": key.channel}
    return _Reading(body=body, event=event, me=me, known=known).words(event)


def may_lack_files(body: object) -> bool:
    """Whether this is a mention that came with files and does not say which.

    Of the two events of such a mention `app_mention` may be the first, and the first one counts.

    Args:
        body: the envelope's payload.
    """
    event = fields(body, "event")
    return (
        text(event, "type") == "app_mention"
        and ("upload" in event or text(event, "subtype") == "file_share")
        and not items(event, "files")
    )


def is_direct_channel(channel: str) -> bool:
    """Whether a channel id names a direct message with one person."""
    return channel.startswith("D")


def thread_key(*, team: str, channel: str, ts: str, thread_ts: str) -> SessionKey:
    """The key of the thread that a message belongs to, or would start.

    Args:
        team: the workspace's id.
        channel: the channel's id.
        ts: the message's own.
        thread_ts: the thread's, empty at the top level.
    """
    if is_direct_channel(channel):
        # A root that has replies carries its own ts as thread_ts: it is still the top level.
        thread = "" if thread_ts == ts else thread_ts
    else:
        thread = thread_ts or ts
    return SessionKey(platform="slack", workspace=team, channel=channel, thread=thread)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    body: Fields
    event: Fields
    me: Identity
    known: Known

    @property
    def channel(self) -> str:
        return text(self.event, "channel")

    def mention(self) -> tuple[Heard, ...]:
        if self._is_bots(self.event):
            return ()
        message = self.words(self.event)
        if message is None:
            return (Unknown(kind="a malformed app_mention"),)
        return (self._said(replace(message, mentions_bot=True)),)

    def message(self) -> tuple[Heard, ...]:
        subtype = text(self.event, "subtype")
        if subtype == "message_changed":
            return self._changed()
        if subtype == "message_deleted":
            return self._deleted(fields(self.event, "previous_message"))
        if subtype not in _WORDS or self._is_bots(self.event):
            return ()
        message = self.words(self.event)
        if message is None:
            return (Unknown(kind="a malformed message"),)
        return (self._said(message),) if self._is_for_us(message) else ()

    def stopped(self) -> tuple[Heard, ...]:
        thread, user = text(self.event, "thread_ts"), text(self.event, "user")
        if not self.channel or not user or not (thread or is_direct_channel(self.channel)):
            return (Unknown(kind="a malformed agent_session_stopped"),)
        return (
            Stopped(
                key=self._key(thread=thread),
                author=self._person(user),
                request_id=text(self.body, "event_id") or text(self.event, "event_ts"),
            ),
        )

    def home_opened(self) -> tuple[Heard, ...]:
        user = text(self.event, "user")
        if text(self.event, "tab") != "home":
            return ()
        if not user:
            return (Unknown(kind="a malformed app_home_opened"),)
        return (HomeOpened(author=self._person(user), workspace=self._team),)

    def stop_sign(self) -> tuple[Heard, ...]:
        item, user = fields(self.event, "item"), text(self.event, "user")
        if text(self.event, "reaction") not in STOP_SIGNS or text(item, "type") != "message":
            return ()
        channel, ts = text(item, "channel"), text(item, "ts")
        if not channel or not user or not is_timestamp(ts):
            return (Unknown(kind="a malformed reaction_added"),)
        if user == self.me.user:
            return ()
        place = SessionKey(platform="slack", workspace=self._team, channel=channel)
        return (StopSign(place=place, message_id=ts, author=self._person(user)),)

    def words(self, message: Fields) -> IncomingMessage | None:
        """Read a message, wherever in the event it stands; None where it is malformed."""
        ts, thread_ts, user = (text(message, name) for name in ("ts", "thread_ts", "user"))
        if not self.channel or not user or not is_timestamp(ts):
            return None
        if text(message, "subtype") not in _WORDS or self._is_bots(message):
            return None
        direct = is_direct_channel(self.channel)
        starts = thread_ts in {"", ts} and not direct
        edited = text(message, "edited", "ts")
        return IncomingMessage(
            key=thread_key(team=self._team, channel=self.channel, ts=ts, thread_ts=thread_ts),
            message_id=ts,
            author=self._person(user),
            text=said_in(message, self.known, bot_user=self.me.user),
            # A mention that was edited in counts as said now.
            sent_at=moment(edited if is_timestamp(edited) else ts),
            mentions_bot=mentions(message, self.me.user),
            is_direct=direct,
            starts_thread=starts,
            thread_author=user if starts else self._began_by(message),
            files=shared_files(message, self.known),
        )

    def _began_by(self, message: Fields) -> str | None:
        """Who began the thread of a message; None where nobody says so, or we did."""
        author = text(message, "parent_user_id")
        return author if author and author != self.me.user else None

    def _changed(self) -> tuple[Heard, ...]:
        now, before = fields(self.event, "message"), fields(self.event, "previous_message")
        if text(now, "subtype") == "tombstone":
            return self._deleted(before or now)
        if self._is_bots(now) or text(now, "subtype") not in _WORDS:
            return ()
        # Links unfold, files get previews, threads get replies: all of that "changes" a message.
        if before and self._says(before) == self._says(now):
            return ()
        if not before and not text(now, "edited", "ts"):
            return ()
        message = self.words(now)
        if message is None:
            return (Unknown(kind="a malformed message_changed"),)
        if not text(now, "text") and not message.files:
            return self._deleted(before or now)  # its only file was deleted
        mentioned_before = mentions(before, self.me.user)
        if not self._is_for_us(message) and not mentioned_before:
            return ()
        edited = MessageEdited(message=message)
        if not message.mentions_bot or mentioned_before or message.is_direct:
            return (edited,)
        said = self._said(message)
        return (said,) if isinstance(said, Command) else (edited, said)

    def _deleted(self, previous: Fields) -> tuple[Heard, ...]:
        ts = text(self.event, "deleted_ts") or text(previous, "ts")
        if not self.channel or not is_timestamp(ts):
            return (Unknown(kind="a malformed message_deleted"),)
        if self._is_bots(previous):
            return ()
        thread_ts = text(previous, "thread_ts")
        key = thread_key(team=self._team, channel=self.channel, ts=ts, thread_ts=thread_ts)
        is_top = thread_ts in {"", ts} and not is_direct_channel(self.channel)
        if is_top and previous and not mentions(previous, self.me.user):
            return ()
        return (MessageDeleted(key=key, message_id=ts),)

    def _said(self, message: IncomingMessage) -> IncomingMessage | Command:
        is_said_to_us = message.mentions_bot or message.is_direct
        meant = spoken(message.text) if is_said_to_us and not message.files else None
        if meant is None:
            return message
        return Command(
            name=meant[0],
            argument=meant[1],
            author=message.author,
            # At the top of a channel there is no thread yet that it could be about.
            key=None if message.starts_thread else message.key,
            place=replace(message.key, thread=""),
            is_direct=message.is_direct,
            request_id=f"{message.key.channel}:{message.message_id}",
            message_id=message.message_id,
            would_begin=message.key if message.starts_thread else None,
        )

    def _says(self, message: Fields) -> tuple[str, frozenset[str]]:
        """What an edit can change: the text, and which files are there."""
        files = shared_files(message, self.known)
        return text(message, "text"), frozenset(file.id for file in files)

    def _is_for_us(self, message: IncomingMessage) -> bool:
        return message.is_direct or message.mentions_bot or not message.starts_thread

    def _is_bots(self, message: Fields) -> bool:
        user = text(message, "user")
        return bool(
            text(message, "bot_id")
            or fields(message, "bot_profile")
            or text(message, "subtype") == "bot_message"
            or user == "USLACKBOT"
            or (user and user == self.me.user)
        )

    def _person(self, user: str) -> Person:
        return Person(id=user, name=self.known.people.get(user, ""))

    def _key(self, *, thread: str) -> SessionKey:
        return SessionKey(
            platform="slack", workspace=self._team, channel=self.channel, thread=thread
        )

    @property
    def _team(self) -> str:
        # Not the event's own `team`: in a shared channel that is the author's workspace.
        return text(self.body, "team_id") or self.me.team
