"""The chat platforms: messages in, replies out, and what else a platform may be able to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.home import Home
from bot.keys import SessionKey
from bot.mailbox import (
    Delivery,
    LastSaid,
)
from bot.markdown.writing import Dialect, Standard
from bot.messages import (
    Answer,
    Button,
    Command,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    OutgoingFile,
    PastMessage,
    Person,
    Post,
    Press,
    SharedFile,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a platform can do; the core renders by it.

    Args:
        text_limit: the most characters of one message of a reply.
        update_floor_s: the least seconds between two updates of one reply.
        updates_per_minute: what all live replies together may use.
        appends_only: whether streamed text can only grow, so that no part of a reply may be
            shown before it is certain where it is cut.
        dialect: how it wants Markdown to be written.
    """

    text_limit: int
    update_floor_s: float
    updates_per_minute: int
    appends_only: bool
    dialect: Dialect = field(default_factory=Standard)


class ReplyState(StrEnum):
    """How far a reply is."""

    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class ToolState(StrEnum):
    """How far a tool is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolLine:
    """A tool's quiet line in a reply.

    Args:
        id: names the call within the reply.
        title: what it does, for people.
        state: how far it is.
        detail: what came of it; may be empty.
    """

    id: str
    title: str
    state: ToolState
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyView:
    """What people shall see of a reply now.

    Args:
        parts: the messages of the reply in the platform's own dialect, each within the text
            limit. All but the last are final. May be empty while nothing was said.
        tools: the tools' lines, oldest first.
        reasoning: the model's own summary of what it thinks, standard Markdown; empty where the
            operator wants none.
        state: how far the reply is.
        notice: a sentence of the bot's own under the text (stopped, failed, …); may be empty.
        footer: model, time and cost; may be empty.
        buttons: what can be pressed.
        whole: the answer as it was said, standard Markdown: for a file, where there are more parts
            than a thread should have. May be empty where there are few.
    """

    parts: tuple[str, ...] = ()
    tools: tuple[ToolLine, ...] = ()
    reasoning: str = ""
    state: ReplyState = ReplyState.WORKING
    notice: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    whole: str = ""


class Reply(Protocol):
    """One growing answer in a thread. Calls come one at a time."""

    async def show(self, view: ReplyView) -> None:
        """Bring what people see up to `view`, which is still being worked on.

        Raises:
            ChatError: it could not be shown; the next `show` or `close` tries again with all.
        """

    async def close(self, view: ReplyView) -> None:
        """Show the final `view`, and end the streaming.

        Raises:
            ChatError: it could not be shown, after waiting as the platform told.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyTarget:
    """What a reply answers.

    Args:
        key: the thread.
        entry_id: the entry that is answered.
        message_id: the message that is answered.
        person: who is answered.
        earlier: the messages that an earlier attempt posted: they are changed, not posted
            again. One without a reference was perhaps posted: the adapter looks for it.
        delivered: called with a delivery before a message is posted (no reference yet) and
            after it (with it).
        retries: how often the answer was begun from scratch before: each time it is another
            reply, in messages of its own.
        strand: tells the replies to one entry apart, where it has several: 0 is the first.
        others: the messages of its other replies, by the platform's ids: none of them is this
            one's. They may become more.
    """

    key: SessionKey
    entry_id: int
    message_id: str
    person: Person
    earlier: tuple[Delivery, ...]
    delivered: Callable[[Delivery], Awaitable[None]]
    retries: int = 0
    strand: int = 0
    others: Collection[str] = ()

    @property
    def name(self) -> str:
        """Names the reply: the entry, and which of its replies it is."""
        return f"{self.entry_id}-{self.strand}" if self.strand else str(self.entry_id)


class Intake(Protocol):
    """What an adapter brings to the core.

    Each returns once it is durable, so that the platform may be told that it was received.

    All of them raise StoreError where nothing could be written; then the platform must not
    be told so, and delivers again.
    """

    async def message(self, message: IncomingMessage) -> None:
        """Something was said."""

    async def edited(self, edit: MessageEdited) -> None:
        """A message was changed: it counts as long as nobody has begun to answer it."""

    async def deleted(self, deletion: MessageDeleted) -> None:
        """A message was taken back: it is dropped as long as nobody has begun to answer it."""

    async def command(self, command: Command) -> Answer:
        """A command was given; returns what its author alone is told."""

    async def choices(self, command: Command, argument: str, typed: str) -> Sequence[str]:
        """Somebody types an argument of a command; returns what can be offered, best first.

        Args:
            command: as it stands; `argument` is what its other arguments say.
            argument: the name of the one that is typed.
            typed: what was typed of it so far.
        """

    async def pressed(self, press: Press) -> Answer:
        """A button was pressed; returns what that person alone is told."""

    async def stop(self, key: SessionKey, author: Person, request_id: str) -> None:
        """The platform's own stop button was pressed."""

    async def stop_at(self, place: SessionKey, message_id: str, author: Person) -> None:
        """Somebody put a sign onto a message that means stop; on most messages it means nothing.

        An answer is stopped, also by a sign on what it answers; a message that waits is dropped,
        where its author put the sign there.

        Args:
            place: a key without thread: where the message is.
            message_id: the platform's id of it.
            author: who did.
        """

    async def home(self, person: Person, workspace: str) -> Home:
        """Somebody looks at the page of their own, on a platform that shows one.

        It is asked for again when they pressed something on it.

        Args:
            person: who.
            workspace: as in `SessionKey.workspace`.
        """


class ChatAdapter(Protocol):
    """A chat platform."""

    @property
    def platform(self) -> str:
        """The platform's short name, as in `SessionKey.platform`."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    @property
    def is_connected(self) -> bool:
        """Whether events arrive."""

    async def run(self, intake: Intake) -> None:
        """Connect and bring events to `intake`, reconnecting as needed, until cancelled.

        Raises:
            ChatError: the platform refuses us for good, such as for a revoked token.
        """

    def reply(self, target: ReplyTarget) -> Reply:
        """Begin a reply; nothing is posted before the first `show` or `close`."""

    async def post(self, key: SessionKey, post: Post) -> str:
        """Post a message into a thread; returns the platform's id of it.

        Raises:
            ChatError: it could not be posted.
        """

    async def edit(self, key: SessionKey, reference: str, post: Post) -> None:
        """Change a message that `post` made, or a reply of one message that is over.

        Raises:
            ChatError: it could not be changed.
        """

    async def whisper(self, key: SessionKey, person: Person, text: str) -> None:
        """Tell one person something in a thread that nobody else sees.

        Raises:
            ChatError: it could not be told.
        """

    async def history(self, key: SessionKey, *, limit: int) -> Sequence[PastMessage]:
        """What was said in a thread, oldest first, the newest `limit` messages.

        Raises:
            ChatError: it could not be read.
        """

    async def message(self, key: SessionKey, message_id: str) -> IncomingMessage | None:
        """One message as it would have come as an event; None when it is gone.

        Raises:
            ChatError: it could not be read.
        """


class ThreadStatus(StrEnum):
    """What a thread's session is doing, for platforms that show it."""

    WORKING = "working"
    WAITING = "waiting"
    IDLE = "idle"
    CLOSED = "closed"


@runtime_checkable
class ShowsStatus(Protocol):
    """An adapter whose platform shows what a session does."""

    async def set_status(self, key: SessionKey, status: ThreadStatus, *, title: str = "") -> None:
        """Show it; quietly does without where the platform refuses.

        Args:
            key: the thread.
            status: what to show.
            title: the session's title, where it is known.
        """


@runtime_checkable
class MarksWaiting(Protocol):
    """An adapter that can mark a message as seen and waiting for its turn."""

    async def mark_waiting(self, key: SessionKey, message_id: str, *, is_waiting: bool) -> None:
        """Mark or unmark it; quietly does without where the platform refuses."""


@runtime_checkable
class OpensThreads(Protocol):
    """An adapter that can begin a thread by itself."""

    async def open_thread(self, place: SessionKey, post: Post, *, title: str) -> SessionKey:
        """Begin a thread with a message of the bot's own.

        Args:
            place: where it begins: in the channel of this key, whatever its thread.
            post: its first message.
            title: what it is called, where threads have names.

        Returns:
            The thread's key; its `thread` is the id of that message.

        Raises:
            ChatRefused: none can be begun there.
            ChatError: it could not be begun.
        """


@runtime_checkable
class FetchesFiles(Protocol):
    """An adapter whose platform carries files."""

    async def fetch(self, file: SharedFile, *, most: int) -> bytes:
        """Fetch what somebody put into a message.

        Asks the platform's own file hosts only, and follows no redirect elsewhere.

        Args:
            file: which one.
            most: bytes; a larger file is refused while it is read.

        Raises:
            FileTooLarge: it has more bytes.
            ChatError: it could not be fetched in time, or is not where files of the platform are.
        """


@runtime_checkable
class SendsFiles(Protocol):
    """An adapter that can put files into a thread."""

    async def send(self, key: SessionKey, files: Sequence[OutgoingFile]) -> str:
        """Put files into a thread, in one message where the platform can.

        Short text is shown as such and images are shown, where the platform can. A name that
        the platform does not take is changed.

        Returns:
            The platform's id of the message or of the first file.

        Raises:
            FileTooLarge: one is larger than the platform takes.
            ChatError: they could not be sent.
        """


class Recall(Protocol):
    """Knows from the database in which threads of a platform something was said, and when."""

    async def __call__(
        self, *, since: datetime, limit: int, is_direct: bool | None = None
    ) -> Sequence[LastSaid]:
        """Those in which something happened since, newest first; see `Store.recent_threads`."""


@runtime_checkable
class FindsChannels(Protocol):
    """An adapter that knows where people may write."""

    async def channel(self, place: SessionKey, person: Person, named: str) -> SessionKey | None:
        """The channel of a name, or of an id, in which a person may write.

        Args:
            place: of whose workspace.
            person: who.
            named: as people write it: `#general`, or as the platform has it in what they write.

        Returns:
            The channel as a place; None where there is none, or not for this person.

        Raises:
            ChatError: it could not be looked for.
        """


@runtime_checkable
class LinksToThreads(Protocol):
    """An adapter that can name the address of a thread."""

    def address(self, key: SessionKey) -> str:
        """Where a thread is shown; empty where that is not known."""
