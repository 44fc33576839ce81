"""What is kept of a thread: its mailbox, its lease, its deliveries. Values of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.choices import Choices
from bot.keys import SessionKey
from bot.messages import Person, SharedFile


class EntryKind(StrEnum):
    """What an entry asks for. All but those of `IN_TURN` are controls: handled at once."""

    MESSAGE = "message"
    COMPARE = "compare"
    CONTINUE = "continue"
    STOP = "stop"
    RESET = "reset"
    RETRY = "retry"
    ANSWER = "answer"
    DECIDED = "decided"
    SEND_FILE = "send_file"
    DELETE_FILE = "delete_file"
    COMPARED = "compared"
    RENAME = "rename"
    RESUME = "resume"
    DELETE = "delete"
    MOVED = "moved"
    FORK = "fork"
    REWIND = "rewind"
    COMPACT = "compact"
    EXPORT = "export"
    HAND_OFF = "hand_off"


ERRANDS = frozenset(
    {
        EntryKind.FORK,
        EntryKind.REWIND,
        EntryKind.COMPACT,
        EntryKind.EXPORT,
        EntryKind.HAND_OFF,
    }
)
"""What is done with a session at rest: after the running turn, before what waits behind it."""

IN_TURN = frozenset({EntryKind.MESSAGE, EntryKind.COMPARE, EntryKind.CONTINUE}) | ERRANDS
"""What waits its turn, and is begun again where its worker was cut off."""

SPOKEN = frozenset({EntryKind.MESSAGE, EntryKind.COMPARE})
"""What makes its author somebody who speaks with the bot in the thread."""


class EntryState(StrEnum):
    """Where an entry stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEntry:
    """Something to be put into a thread's mailbox.

    Args:
        key: the thread; it is made when there is none.
        kind: what it asks for.
        source_id: the platform's id of the message, command or press; a second entry with
            the same kind and source is the same one.
        author: whose it is.
        text: the prompt of a message or comparison, the answer of an `ANSWER`, the title of a
            `RENAME`, the thread that a `RESUME` brings a session from, else empty.
        reference: the entry (`RETRY`), request (`ANSWER` in words, `DECIDED`), file
            (`SEND_FILE`, `DELETE_FILE`), comparison (`COMPARED`, `CONTINUE`), session (`DELETE`,
            `RESUME`; of one that is brought also what its copy is called), thread (`MOVED`) or
            number of prompts (`FORK`, `REWIND`) it is about, the models (`COMPARE`), with spaces
            between, or the format (`EXPORT`); else empty.
        sent_at: when it was said (UTC): entries are taken in this order.
        is_direct: whether the thread is a direct message, which makes it its author's own.
        is_shared: whether others than the author have already spoken in the thread.
        starts_thread: whether nothing was said in the thread before.
        files: what came with a message.
        is_too_late: whether it was found too late to be answered unasked: it counts as failed at
            once, and can be retried.
    """

    key: SessionKey
    kind: EntryKind
    source_id: str
    author: Person
    sent_at: datetime
    text: str = ""
    reference: str = ""
    is_direct: bool = False
    is_shared: bool = False
    starts_thread: bool = False
    files: tuple[SharedFile, ...] = ()
    is_too_late: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Appended:
    """What became of a `NewEntry`.

    Args:
        entry_id: the entry's id, also where it was there before.
        is_new: false for a duplicate.
        ahead: messages of the thread that are queued or running before this one.
    """

    entry_id: int
    is_new: bool
    ahead: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a mailbox.

    Args:
        id: grows with each entry; unique in the database.
        key: its thread.
        kind: what it asks for.
        state: where it stands.
        source_id: the platform's id of what was said.
        author: who said it.
        text: the prompt or the answer.
        reference: what it is about, see `NewEntry`.
        sent_at: when it was said (UTC).
        attempts: how often a worker has begun it, this time included.
        taken_at: when a worker first began it (UTC); None while it waits.
        retries: how often it was queued once more after its end, to begin from scratch; attempts
            and `taken_at` count from the last time on.
        files: what came with it.
        is_shared: whether several people had spoken in its thread when it was read.
        unheard_at: when something was last said in its thread that was not for the bot (UTC).
        choices: what was chosen for its thread when it was read.
        acts: the tools with an effect outside that were begun in its turn, as far as that is known:
            each is noted before it may begin.
    """

    id: int
    key: SessionKey
    kind: EntryKind
    state: EntryState
    source_id: str
    author: Person
    text: str
    reference: str
    sent_at: datetime
    attempts: int = 0
    taken_at: datetime | None = None
    retries: int = 0
    files: tuple[SharedFile, ...] = ()
    is_shared: bool = False
    unheard_at: datetime | None = None
    choices: Choices = field(default_factory=Choices)
    acts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """What the store knows of a thread.

    Args:
        key: its name.
        owner: the person of a direct message; None elsewhere.
        sole_speaker: the only person who has spoken there; None once there are several.
        generation: counts the resets, from 1.
        session_id: the id of the current generation's Copilot session.
        has_session: whether that session was ever begun.
        title: the session's title; empty while it has none.
        is_named: whether a person gave it that title, which then stays.
        last_active: when something was last said or answered (UTC).
        seen_until: what was said until then is known to the current session, or is not meant
            for it (UTC); None where nothing is known.
        compared_at: when the newest comparison of models was asked for there (UTC); None where
            there was none.
        unheard_at: when something was last said there that was not for the bot, and that no
            session was told of by itself (UTC); None where nothing was.
        choices: what its people chose.
    """

    key: SessionKey
    owner: str | None
    sole_speaker: str | None
    generation: int
    session_id: str
    has_session: bool
    title: str
    last_active: datetime
    seen_until: datetime | None = None
    is_named: bool = False
    compared_at: datetime | None = None
    unheard_at: datetime | None = None
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownSession:
    """A session of a thread, the current one or an older one.

    Args:
        session_id: names it.
        key: its thread.
        owner: whose direct message the thread is; None elsewhere.
        generation: of the thread, when it was last its current session.
        is_current: whether it is the thread's current one.
        title: what it is about; may be empty.
        began_at: when it began (UTC).
        last_active: when an answer of it last ended (UTC).
        input_tokens: tokens read, over all its turns.
        output_tokens: tokens written.
        cost: in the provider's premium requests.
    """

    session_id: str
    key: SessionKey
    owner: str | None
    generation: int
    is_current: bool
    title: str
    began_at: datetime
    last_active: datetime
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class NewThread:
    """A thread that begins with the copy of a session.

    Args:
        key: its name.
        began_by: who opened it.
        is_direct: whether it is a direct message, which makes it that person's own.
        title: what it is about; empty for the title of what is copied.
    """

    key: SessionKey
    began_by: Person
    is_direct: bool = False
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """Leave to go on with a session elsewhere, for whoever has its code.

    Args:
        key: the thread that it comes from.
        session_id: its session.
        owner: whose direct message that thread is; None elsewhere.
        title: of the session; may be empty.
        person: who asked for it there.
        summary: of what was said, where that is all that goes on; empty where the session does.
    """

    key: SessionKey
    session_id: str
    owner: str | None
    title: str
    person: str
    summary: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """What waits and what is being worked on, in all mailboxes.

    Args:
        queued: how many entries nobody has begun.
        running: how many are begun and not ended.
        threads: in how many threads those are.
        oldest: when the oldest of those that nobody has begun was said (UTC); None where none is.
    """

    queued: int
    running: int
    threads: int
    oldest: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LastSaid:
    """Up to when it is known what was said in a thread.

    Args:
        key: the thread.
        at: when the newest message of its mailbox was said (UTC).
    """

    key: SessionKey
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to work on a thread.

    Args:
        key: the thread.
        owner: the process that holds it.
        fence: grows with each lease of the thread; every write carries it, and a write
            with an old one is refused.
        thread: the thread as it was when the lease was taken.
    """

    key: SessionKey
    owner: str
    fence: int
    thread: Thread


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One message of a reply.

    Args:
        entry_id: the entry that is answered.
        part: its place in the reply, from 0.
        reference: the platform's id of the message; empty when it was about to be posted
            and nobody came back to say that it was.
        is_open: whether it may still change.
    """

    entry_id: int
    part: int
    reference: str
    is_open: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a turn took.

    Args:
        model: the model that answered last.
        input_tokens: tokens read, over all calls of the turn.
        output_tokens: tokens written.
        cost: in the provider's premium requests.
        seconds: from the prompt to the end.
    """

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0
