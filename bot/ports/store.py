"""The database, as several small ports: what belongs together is a Protocol of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.audit import AuditEntry
from bot.budgets import Budget, Scope, Spender, Spent, Standing
from bot.comparison import Candidate, Comparison
from bot.defaults import Defaults
from bot.directories import ThreadDirectory
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
from bot.messages import (
    SharedFile,
)
from bot.modes import Mode
from bot.ports.runtime import FileInfo, SessionFiles
from bot.profile import Profile
from bot.requests import Request, RequestState


class Mailboxes(Protocol):
    """Threads, what was said to them and not yet dealt with, and who works on them. See `Store`."""

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

    async def act(self, lease: Lease, entry_id: int, tool: str) -> None:
        """Note that a tool with an effect outside begins in an entry's turn."""


class Conversations(Protocol):
    """The sessions of threads, with their files. See `Store`."""

    async def begin_session(self, lease: Lease) -> None:
        """Note that the thread's current session exists."""

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

    async def desk(self, key: SessionKey) -> Sequence[FileInfo]:
        """The files on the desk of a thread's current session, by path: those that are durable."""

    def files(self, lease: Lease, session_id: str) -> SessionFiles:
        """The files of a session of the thread; nothing is read before the first call.

        Small writes are durable at the next `append` or `flush`: hold on to the object.
        """


class Requests(Protocol):
    """What Copilot needs people for, and the log of what was decided. See `Store`."""

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

    async def audit(self, *, limit: int) -> Sequence[AuditEntry]:
        """What was decided, newest first."""


class Comparisons(Protocol):
    """The same question to several models, and the votes. See `Store`."""

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


class Spending(Protocol):
    """What was spent, and what may be. See `Store`."""

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


class Grounds(Protocol):
    """Which directories threads work in. See `Store`."""

    async def directory(self, lease: Lease) -> ThreadDirectory | None:
        """The directory that the thread works in; None where it has none."""

    async def keep_directory(self, lease: Lease, directory: ThreadDirectory | None) -> None:
        """Note which directory the thread works in; None for none any more."""

    async def directories(self, host: str) -> Collection[str]:
        """The names of the directories that threads have on a host."""


class Store(Mailboxes, Conversations, Requests, Comparisons, Spending, Grounds, Protocol):
    """The database. Every method is one transaction.

    All raise StoreError; those that take a lease raise LeaseLost when it is not the thread's
    newest any more.
    """
