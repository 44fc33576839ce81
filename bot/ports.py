"""What the core asks of the world, as small Protocols: chat, runtime, store, clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from bot.audit import AuditEntry
from bot.budgets import Budget, Scope, Spender, Spent, Standing
from bot.comparison import Candidate, Comparison
from bot.defaults import Defaults
from bot.directories import Changes, ThreadDirectory, WorkingDirectory
from bot.events import ReplyEvent
from bot.home import Home
from bot.keys import SessionKey
from bot.mailbox import (
    Appended,
    Backlog,
    Delivery,
    Entry,
    EntryState,
    KnownSession,
    LastSaid,
    Lease,
    Move,
    NewEntry,
    NewThread,
    Thread,
    Usage,
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
from bot.modes import Mode
from bot.profile import Profile
from bot.repositories import Repository
from bot.requests import Decision, Request, RequestState

# --- the chat platforms ---------------------------------------------------------------------


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


# --- the agent runtime ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class FileInfo:
    """A file or directory of a session.

    Args:
        path: absolute, with `/`.
        is_directory: whether it is one.
        size: bytes; 0 for a directory.
        changed_at: when it was last written (UTC).
        created_at: when it was made (UTC).
    """

    path: str
    is_directory: bool
    size: int
    changed_at: datetime
    created_at: datetime


class SessionFiles(Protocol):
    """A session's own file system: conversation state and the thread's desk.

    Paths are absolute and normal (`/desk/a.txt`). Raises FileNotFoundError, FileExistsError,
    IsADirectoryError or NotADirectoryError as the operating system's files do; StoreError
    where the database fails; LeaseLost where the session is no longer ours to write.
    """

    async def read(self, path: str) -> bytes:
        """The whole content."""

    async def write(self, path: str, content: bytes) -> None:
        """Make or replace a file; missing directories are made."""

    async def append(self, path: str, content: bytes) -> None:
        """Add to a file, or make it; missing directories are made. Durable on return."""

    async def stat(self, path: str) -> FileInfo:
        """What is there."""

    async def list(self, path: str) -> Sequence[FileInfo]:
        """What is directly in a directory, by name."""

    async def make_directory(self, path: str, *, parents: bool) -> None:
        """Make a directory; with `parents` also those above, and it may exist."""

    async def remove(self, path: str, *, recursive: bool, missing_ok: bool) -> None:
        """Remove a file, or with `recursive` a directory and all in it."""

    async def rename(self, source: str, target: str) -> None:
        """Move a file or directory; a file that is there is replaced."""

    async def flush(self) -> None:
        """Make everything written so far durable."""


class SessionTool(Protocol):
    """A tool that the core gives to one session; people are asked before it runs."""

    @property
    def name(self) -> str:
        """What the model calls it by."""

    @property
    def description(self) -> str:
        """What it is for, for the model and for the people who are asked."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """Its arguments, as a JSON schema."""

    async def run(self, arguments: Mapping[str, object]) -> str:
        """Do it; returns what the model is told. A ThreadpilotError is told to it as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionSpec:
    """Which session to open, and how.

    Args:
        session_id: letters, digits, `_` and `-`, at most 200.
        is_new: create it, unless a conversation is there; else it is resumed.
        files: where its state and desk are.
        model: the model to use; None for the operator's.
        effort: how hard the model is to think, as in `Model.efforts`; empty for its own choice.
        profile: what it may do.
        directory: where it works, for a profile that does so; None for the others.
        tools: what it is offered besides.
        needs_title: whether a title is to be found for it, where it is new.
    """

    session_id: str
    is_new: bool
    files: SessionFiles
    model: str | None = None
    effort: str = ""
    profile: Profile = Profile.CHAT
    directory: WorkingDirectory | None = None
    tools: tuple[SessionTool, ...] = ()
    needs_title: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PastTurn:
    """A turn of a session's history.

    Args:
        prompt_id: the runtime's id of the prompt, for `rewind`.
        prompt: the text that was sent.
        said_at: when it was sent (UTC).
        answer: what was answered; empty if nothing was.
        is_complete: whether the turn came to its end.
        tools: names of the tools that began to run in it; one that only asked for permission is
            none of them.
    """

    prompt_id: str
    prompt: str
    said_at: datetime
    answer: str
    is_complete: bool
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture for the model to see.

    Args:
        name: what it is called.
        type: its MIME type.
        content: its bytes.
    """

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Compaction:
    """What came of making a session's memory smaller.

    Args:
        before: tokens that the model was told with each prompt until now.
        after: tokens that it is told from now on.
        usage: what it took, as far as the runtime tells.
    """

    before: int
    after: int
    usage: Usage = field(default_factory=Usage)


class RuntimeSession(Protocol):
    """A live Copilot session."""

    @property
    def session_id(self) -> str:
        """Its id."""

    @property
    def is_usable(self) -> bool:
        """Whether it can take another turn.

        False once its runtime is gone, or is to go: then close it, and open the session again.
        """

    @property
    def sees_images(self) -> bool:
        """Whether the session's model can be shown pictures, as far as is known."""

    def turn(self, prompt: str, images: Sequence[Image] = ()) -> AsyncGenerator[ReplyEvent, None]:
        """Send a prompt; yields what happens, `TurnFinished` or `TurnFailed` last.

        Args:
            prompt: what to say to the model.
            images: what to show it; none where the model does not see.

        Raises:
            RuntimeLost: the runtime went away; what became of the turn is in `history` of
                the session once it is opened again.
        """

    async def steer(self, prompt: str, images: Sequence[Image] = ()) -> bool:
        """Say something more to the model while a turn runs, which goes on with it in mind.

        The model sees it as soon as it has said what it is saying, or has used a tool; the turn
        does not end before. Several are seen in the order of the calls. In the history it is a
        prompt of its own.

        Args:
            prompt: what to say.
            images: what to show the model, where that is sure to see.

        Returns:
            Whether the model has seen it, once that is known. False where no turn runs, where its
            own prompt was not seen yet, and where it ended before: then nothing was said.

        Raises:
            RuntimeLost: the runtime went away; whether it was seen is in `history`.
        """

    async def stop(self) -> None:
        """End the running turn; its iterator then ends with `TurnFinished(was_stopped=True)`."""

    async def answer(self, question_id: str, text: str, *, is_choice: bool) -> None:
        """Answer a question of the running turn; unknown ids are ignored."""

    async def decide(self, request_id: str, decision: Decision) -> None:
        """Decide a permission that the running turn asks for; unknown ids are ignored."""

    async def history(self) -> Sequence[PastTurn]:
        """The turns of the session, oldest first."""

    async def rewind(self, prompt_id: str) -> None:
        """Take back a prompt and all that came after it."""

    async def summary(self) -> str:
        """What was said, summed up by the model for somebody who goes on with it elsewhere.

        The session stays as it is. Empty where nothing was said.

        Raises:
            CopilotError: it could not be summed up.
        """

    async def compact(self) -> Compaction | None:
        """Have the model sum up what was said, and be told that in its place from now on.

        `history` keeps what was said. Whoever is cancelled in it leaves the session as it was.

        Returns:
            How much smaller it is; None where there was nothing to sum up.

        Raises:
            CopilotError: it could not be summed up.
        """

    async def close(self) -> None:
        """Let the live session go; its state stays in its files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeHealth:
    """How the runtime is.

    Args:
        is_up: whether it answers.
        version: of the runtime; empty while unknown.
        reason: why it is not up; empty when it is.
        memory_mb: how many megabytes it takes; None where nobody can tell.
    """

    is_up: bool
    version: str = ""
    reason: str = ""
    memory_mb: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model that a thread may choose.

    Args:
        id: names it in `SessionSpec.model`.
        name: what people call it.
        efforts: how hard it can be told to think, least first; empty where it cannot.
        sees_images: whether it can be shown pictures, as far as is known.
        multiplier: premium requests that a prompt costs; None where nobody says.
    """

    id: str
    name: str
    efforts: tuple[str, ...] = ()
    sees_images: bool = True
    multiplier: float | None = None


class Runtime(Protocol):
    """The agent runtime, supervised: it is started again when it dies."""

    async def open(self, spec: SessionSpec) -> RuntimeSession:
        """Open a session, waiting for a runtime that is being started again.

        One that is resumed goes on with the model and the effort that are named now.

        Raises:
            SessionMissing: there is nothing to resume.
            CopilotError: it cannot be opened.
        """

    async def models(self) -> Sequence[Model]:
        """The models that a thread may choose.

        Raises:
            CopilotError: they cannot be listed.
        """

    async def health(self) -> RuntimeHealth:
        """Ask it."""


# --- working directories --------------------------------------------------------------------


class Directories(Protocol):
    """Makes the directories that threads work in, on this host. All raise DirectoryUnavailable."""

    @property
    def host(self) -> str:
        """Names this host, as `ThreadDirectory.host` has it."""

    async def plan(self, repository: Repository | None) -> ThreadDirectory:
        """A directory to be, with a name of its own: a clone of a repository, or a fresh one."""

    async def make(self, directory: ThreadDirectory, patch: bytes = b"") -> bool:
        """Make a directory, in the place of whatever is there.

        Args:
            directory: as it was planned.
            patch: changes that it is to begin with.

        Returns:
            Whether the changes are in it.
        """

    async def opened(self, directory: ThreadDirectory) -> WorkingDirectory | None:
        """A directory as a session uses it; None where it is not here."""

    async def changes(self, directory: ThreadDirectory) -> Changes:
        """What is in a directory that was not there at its beginning."""

    async def push(self, directory: ThreadDirectory) -> str:
        """Push what was committed on its branch to the repository's remote; names the commit."""

    async def remove(self, directory: ThreadDirectory) -> None:
        """Remove a directory and all in it; nothing where it is not here."""

    async def sweep(self, known: Collection[str]) -> int:
        """Remove those whose names threads do not have any more; returns how many."""


# --- what is in files -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Extract:
    """What could be read in a document.

    Args:
        text: its text, as Markdown where it has structure (tables of sheets, slides, pages).
        note: what was left out and why, a sentence; may be empty.
    """

    text: str
    note: str = ""


class Documents(Protocol):
    """Reads office documents, PDFs and the lists of archives, apart from the bot's own process."""

    def can_read(self, name: str) -> bool:
        """Whether a file of this name is of a kind that `extract` knows."""

    async def extract(self, name: str, content: bytes) -> Extract:
        """The text of a document, or the list of what is in an archive.

        Raises:
            DocumentUnreadable: it is damaged, protected, or takes too long; says so in a sentence.
        """


# --- the store ------------------------------------------------------------------------------


class Store(Protocol):
    """The database. Every method is one transaction.

    All raise StoreError; those that take a lease raise LeaseLost when it is not the thread's
    newest any more.
    """

    async def check(self) -> None:
        """Write a little, to see that it can be written."""

    def listen(self) -> AsyncGenerator[SessionKey | None, None]:
        """The threads that others than this process have put something into, as they do.

        None stands for any thread: something was perhaps missed. What this process appends is
        not told. It goes on for as long as it is iterated, through every failure, so it raises
        nothing; where it is silent, `waiting` is the net.
        """

    async def thread(self, key: SessionKey) -> Thread | None:
        """What is known of a thread."""

    async def append(self, entry: NewEntry) -> Appended:
        """Put an entry into its thread's mailbox, making the thread where needed."""

    async def share(self, key: SessionKey) -> None:
        """Note that several people have spoken in a thread."""

    async def overhear(self, key: SessionKey, at: datetime) -> None:
        """Note that something was said in a thread that was not for the bot; nothing for others.

        Args:
            key: the thread.
            at: when (UTC).
        """

    async def set_choices(
        self,
        key: SessionKey,
        *,
        model: str | None = None,
        effort: str | None = None,
        mode: Mode | None = None,
        profile: Profile | None = None,
        is_muted: bool | None = None,
    ) -> None:
        """Set what is chosen for a thread, as in `Choices`, making the thread where needed.

        What is None stays as it is.
        """

    async def defaults(self, platform: str, person: str) -> Defaults:
        """What a person has chosen for the threads that they begin."""

    async def keep_defaults(self, platform: str, person: str, defaults: Defaults) -> None:
        """Keep what a person chose for the threads that they begin, in place of what they had.

        `append` gives it to a thread whose first message is theirs, as far as nothing was chosen
        there: the mode, and the model with its effort.
        """

    async def queued(self, key: SessionKey) -> Sequence[Entry]:
        """What waits its turn in a thread, in the order in which it is taken."""

    async def promote(self, key: SessionKey, entry_id: int, *, over_all: bool) -> bool:
        """Let what waits its turn be taken before others; false when it does not wait.

        Args:
            key: its thread.
            entry_id: which message.
            over_all: whether before all that wait; else behind those that were promoted before.
        """

    async def revise(
        self, key: SessionKey, source_id: str, text: str, files: tuple[SharedFile, ...]
    ) -> bool:
        """Change a message that still waits; false when none does."""

    async def withdraw(self, key: SessionKey, source_id: str) -> bool:
        """Drop what was said and still waits; false when nothing does."""

    async def entry(self, entry_id: int) -> Entry | None:
        """One entry."""

    async def pending(self, place: SessionKey, message_id: str) -> Entry | None:
        """The message that is to be answered, and is a certain one, or has it in its reply.

        Args:
            place: a key without thread: where the message is.
            message_id: the platform's id of it.
        """

    async def desk(self, key: SessionKey) -> Sequence[FileInfo]:
        """The files on the desk of a thread's current session, by path: those that are durable."""

    async def threads_of(
        self, person: str, *, platform: str, workspace: str, channel: str, limit: int
    ) -> Sequence[Thread]:
        """The threads of a channel in which a person has spoken to the bot, newest first."""

    async def recent_threads(
        self, platform: str, *, since: datetime, limit: int, is_direct: bool | None = None
    ) -> Sequence[LastSaid]:
        """The threads of a platform in which something happened since, newest first.

        Args:
            platform: as in `SessionKey.platform`.
            since: when.
            limit: how many at most.
            is_direct: whether direct messages, or all others; None for both.
        """

    async def backlog(self) -> Backlog:
        """What waits and what is being worked on, in all threads."""

    async def waiting(self) -> Sequence[SessionKey]:
        """The threads that have entries queued or running and no live lease."""

    async def lease(self, key: SessionKey, owner: str, until: datetime) -> Lease | None:
        """Take the thread, if nobody else holds it at this time."""

    async def renew(self, owner: str, until: datetime) -> None:
        """Keep all leases of an owner until then; one that somebody else took stays theirs."""

    async def release(self, lease: Lease) -> None:
        """Let the thread go; a write with this lease is refused from then on."""

    async def take(self, lease: Lease) -> Entry | None:
        """Begin the next entry.

        The oldest control that waits comes first, and counts as done; then what was left
        running; then the oldest errand; then the oldest message that is queued.
        """

    async def take_controls(self, lease: Lease) -> Sequence[Entry]:
        """Take all controls that wait, oldest first; they count as done."""

    async def steer(self, lease: Lease, entry_id: int, into: int) -> Entry | None:
        """Bring a message that waits into the turn of another one; None when it does not wait.

        It is running then, is never taken by itself, and ends as that one does, or is queued again
        with it.
        """

    async def unsteer(self, lease: Lease, entry_id: int) -> None:
        """Queue a message once more that did not reach the turn it was meant for."""

    async def steered(self, lease: Lease, into: int) -> Sequence[Entry]:
        """The messages that are in the turn of another one, in the order they were brought."""

    async def begin_session(self, lease: Lease) -> None:
        """Note that the thread's current session exists."""

    async def deliver(self, lease: Lease, delivery: Delivery) -> None:
        """Note a message of a reply, or what became of it."""

    async def deliveries(self, entry_id: int) -> Sequence[Delivery]:
        """The messages of an entry's reply, in order."""

    async def finish(
        self,
        lease: Lease,
        entry_id: int,
        state: EntryState,
        usage: Usage,
        title: str = "",
        *,
        seen_until: datetime | None = None,
        is_shared: bool = False,
        spent_by: str = "",
    ) -> None:
        """Note how an entry ended, close its deliveries, and set the title unless empty.

        The first end counts, also for what was brought into its turn. What the turns of an entry
        took adds up over its attempts, and counts as spent by its author, also where a reset came
        before.

        Args:
            lease: the thread's.
            entry_id: which entry.
            state: how it ended.
            usage: what its turn took.
            title: the session's; empty to leave it. One that a person gave it stays.
            seen_until: until when the session now knows what was said; never moves back.
            is_shared: whether several people turned out to have spoken in the thread.
            spent_by: whose the usage is where the entry's author was forgotten, since what was
                said was deleted meanwhile.
        """

    async def requeue(self, lease: Lease, entry_id: int) -> bool:
        """Queue an entry that failed or was stopped once more; false if it was neither.

        It is as if it had never been begun, but for its `retries`: its deliveries are forgotten.
        What was brought into its turn is queued with it.
        """

    async def heard(self, key: SessionKey, since: datetime | None) -> Collection[str]:
        """The platform's ids of what was said to a thread's sessions after a moment, or at all.

        They are those of the messages that were answered, and of the answers to questions.
        """

    async def reset(self, lease: Lease) -> Lease:
        """Begin the thread's next generation, with a new session; withdraws what waits or runs.

        What came in after the reset was asked for stays: it belongs to the new session. To that,
        all that was said before the reset is as if it were known.
        """

    async def sessions(self, key: SessionKey) -> Sequence[KnownSession]:
        """The sessions of a thread that keep anything, the newest generation first."""

    async def sessions_of(
        self, person: str, *, platform: str, workspace: str | None, limit: int
    ) -> Sequence[KnownSession]:
        """The sessions in which a person has a part, of all places, the last active first.

        They have spoken to it, or brought it to its thread. Others' direct messages are left out.

        Args:
            person: who.
            platform: as in `SessionKey.platform`.
            workspace: as in `SessionKey.workspace`; None for all of the platform.
            limit: how many at most.
        """

    async def has_part(self, key: SessionKey, person: str) -> bool:
        """Whether a person has spoken to the bot in a thread, or opened it."""

    async def answered(self, lease: Lease, *, limit: int) -> Sequence[Entry]:
        """The messages that the thread's current session was told and that are over, newest first.

        A retried one is there once.
        """

    async def rename(self, lease: Lease, title: str) -> None:
        """Give the thread's current session a title that stays until a person gives another."""

    async def copy_session(
        self,
        lease: Lease,
        source_session_id: str,
        target_session_id: str,
        *,
        thread: NewThread | None = None,
    ) -> bool:
        """Copy all files of a session of the lease's thread, as far as they are durable.

        In the same thread the copy is no generation before it is adopted, and is not listed.

        Args:
            lease: of the thread that is copied from.
            source_session_id: which session of it.
            target_session_id: what the copy is called, see `new_session_id`.
            thread: a new thread whose current session the copy is; None for the same thread.

        Returns:
            Whether it was made: false where there is such a session already, or such a thread.

        Raises:
            LookupError: the thread has no such session.
        """

    async def bring_session(
        self, lease: Lease, source_session_id: str, target_session_id: str, *, by: str
    ) -> bool:
        """Copy a session of another thread into the lease's thread, as `copy_session` does.

        Whether that is permitted is not asked here: see `redeem_move`.

        Args:
            lease: of the thread that it is brought to.
            source_session_id: which session.
            target_session_id: what the copy is called, see `new_session_id`.
            by: who brings it.

        Returns:
            Whether it was made: false where there is such a session already.

        Raises:
            LookupError: there is no such session.
        """

    async def offer_move(
        self, key: SessionKey, person: str, code: str, until: datetime, *, summary: str = ""
    ) -> bool:
        """Let whoever has a code go on elsewhere with a thread's current session.

        Only a hash of the code is kept. What is over is forgotten with it.

        Args:
            key: the thread.
            person: who asks for it.
            code: a long random one.
            until: how long it is good for (UTC).
            summary: of what was said, where the session itself does not go on.

        Returns:
            Whether there is a session that keeps anything.
        """

    async def move(self, code: str) -> Move | None:
        """What a code is good for; None for one that is not, or not any more."""

    async def redeem_move(self, code: str) -> Move | None:
        """Use a code up; None where it is not good, or was used by somebody else."""

    async def adopt_session(
        self, lease: Lease, session_id: str, *, asked_by: int | None = None
    ) -> Lease:
        """Make a session of the thread its current one, as the next generation.

        It keeps its title, and the session that was current before is listed on. To it, all that
        was said before is as if it were known.

        Args:
            lease: the thread's.
            session_id: which session.
            asked_by: the entry that asked for it; what was said before that and waits or runs is
                withdrawn. None to leave what waits to the adopted session.

        Raises:
            LookupError: the thread has no such session.
        """

    async def delete_session(self, lease: Lease, session_id: str, *, by: str = "") -> bool:
        """Delete a session that is not the thread's current one; false where there is none.

        Its files go, and what was said to it. The log says only that it was deleted, and by whom.

        Args:
            lease: the thread's.
            session_id: which session.
            by: who asked for it; empty for a copy of our own making, which is not logged.

        Raises:
            ValueError: it is the thread's current one.
        """

    async def delete_thread(self, lease: Lease, *, asked_by: int, by: str) -> Lease:
        """Delete all sessions of the thread and what was said in it, and begin the next generation.

        The mailbox goes with what was asked, answered and delivered, and so does what names the
        thread's directory. What came in after the entry that asked for it stays, and, for as long
        as a platform may bring a message again, that it was dealt with. The log says only that it
        was deleted, and by whom.

        Args:
            lease: the thread's.
            asked_by: the entry that asked for it.
            by: who asked.
        """

    async def open_request(self, lease: Lease, request: Request) -> Request:
        """Keep a request; returns the one that counts, as it stands.

        One of the same message with the same fingerprint is the same request, unless it was
        withdrawn. Where it is still open, and the same was allowed for the rest of the thread in
        this generation, that one counts. One that is decided already is noted as such.
        """

    async def show_request(self, lease: Lease, request_id: str, reference: str) -> None:
        """Note the message that shows a request."""

    async def request(self, request_id: str) -> Request | None:
        """One request; None where there is none."""

    async def open_requests(self, key: SessionKey) -> Sequence[Request]:
        """The requests of a thread that can still be decided, oldest first."""

    async def requests_for(
        self, person: str, *, platform: str, workspace: str, decides_all: bool, limit: int
    ) -> Sequence[Request]:
        """The requests that wait for a person, oldest first.

        Args:
            person: who.
            platform: as in `SessionKey.platform`.
            workspace: as in `SessionKey.workspace`.
            decides_all: whether they may decide what others are asked as well; never in the
                direct messages of others.
            limit: how many at most.
        """

    async def decide(
        self, request_id: str, by: str, state: RequestState, answer: str = ""
    ) -> Request | None:
        """Decide a request as `bot.requests.decided` has it; None where there is none.

        Returns:
            The request as it stands now, whoever decided it.

        Raises:
            ValueError: a request of its kind cannot end so.
        """

    async def expire_requests(self) -> Sequence[Request]:
        """Let all requests end that nobody decided in time; returns those."""

    async def withdraw_requests(
        self, lease: Lease, *, entry_id: int | None = None, request_id: str | None = None
    ) -> Sequence[Request]:
        """Withdraw what is open in a thread, of one message or one request if given; returns it."""

    async def begin_comparison(self, lease: Lease, comparison: Comparison) -> Comparison:
        """Keep a comparison; returns that of the same entry where one was begun before."""

    async def end_candidate(self, lease: Lease, comparison_id: str, candidate: Candidate) -> None:
        """Note how an answer of a comparison has ended; the first end counts.

        Of a comparison that was deleted, nothing is noted.
        """

    async def open_votes(
        self, lease: Lease, comparison_id: str, *, expires_at: datetime
    ) -> Comparison:
        """No answer is being written any more: `bot.comparison.settled` says what comes then.

        Args:
            lease: the thread's.
            comparison_id: which one.
            expires_at: until when people may vote.
        """

    async def comparison(self, comparison_id: str) -> Comparison | None:
        """One comparison, with its votes; None where there is none."""

    async def vote(self, comparison_id: str, person: str, label: str) -> Comparison | None:
        """Vote, or vote anew, as `bot.comparison.voted` has it; None where there is none.

        Raises:
            ValueError: there is no such answer.
        """

    async def reveal(self, comparison_id: str, by: str) -> Comparison | None:
        """Reveal the models, as `bot.comparison.revealed` has it; None where there is none."""

    async def choose(self, comparison_id: str, label: str) -> Comparison | None:
        """Choose with which answer the thread goes on; None where there is none.

        Raises:
            ValueError: there is no such answer.
        """

    async def drop_candidates(self, lease: Lease) -> None:
        """Delete the sessions of all answers with which the thread did not go on."""

    async def overdue_comparisons(self) -> Sequence[Comparison]:
        """The comparisons that nobody revealed in time, and that are not revealed yet."""

    async def comparisons(
        self, key: SessionKey, *, generation: int, since: datetime | None
    ) -> Sequence[Comparison]:
        """What a generation of a thread compared after a moment, or at all, oldest first.

        Those whose answers are still being written are not among them.
        """

    async def compared(self, person: str, *, platform: str, workspace: str) -> Sequence[Comparison]:
        """The comparisons that are revealed, but for those in the direct messages of others."""

    async def spend(self, key: SessionKey, person: str, usage: Usage) -> None:
        """Count what was spent beside the messages of a thread.

        Args:
            key: the thread.
            person: for whom.
            usage: what it took.
        """

    async def spent(
        self, scope: Scope, key: SessionKey, person: str, since: datetime | None
    ) -> Spent:
        """What was spent.

        Args:
            scope: by whom or where, of the next two.
            key: a thread.
            person: a person of its platform.
            since: from the day of this moment on; None for ever.
        """

    async def spenders(
        self, platform: str, since: datetime | None, *, limit: int
    ) -> Sequence[Spender]:
        """Who has spent on a platform from the day of a moment on, the most first."""

    async def standings(
        self, budgets: Sequence[Budget], key: SessionKey, person: str
    ) -> Sequence[Standing]:
        """How budgets stand now for a person in a thread, in their order."""

    async def raise_budget(
        self, budget: Budget, key: SessionKey, person: str, amount: float, by: str
    ) -> None:
        """Add to a budget; a daily one is raised for today.

        Args:
            budget: which one.
            key: the thread that it bounds.
            person: the person that it bounds there.
            amount: how much is added.
            by: who adds it.
        """

    async def warn_of(self, budget: Budget, key: SessionKey, person: str) -> bool:
        """Note that people know that little is left of a budget; true the first time.

        A budget that is raised begins anew, and so does a daily one each day.
        """

    async def audit(self, *, limit: int) -> Sequence[AuditEntry]:
        """What was decided, newest first."""

    async def act(self, lease: Lease, entry_id: int, tool: str) -> None:
        """Note that a tool with an effect outside begins in an entry's turn."""

    async def directory(self, lease: Lease) -> ThreadDirectory | None:
        """The directory that the thread works in; None where it has none."""

    async def keep_directory(self, lease: Lease, directory: ThreadDirectory | None) -> None:
        """Note which directory the thread works in; None for none any more."""

    async def directories(self, host: str) -> Collection[str]:
        """The names of the directories that threads have on a host."""

    def files(self, lease: Lease, session_id: str) -> SessionFiles:
        """The files of a session of the thread; nothing is read before the first call.

        Small writes are durable at the next `append` or `flush`: hold on to the object.
        """


# --- time -----------------------------------------------------------------------------------


class Clock(Protocol):
    """Time, so that it is a value in tests."""

    def now(self) -> datetime:
        """The wall clock (UTC)."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
