"""A thread in the hands of its worker: its lease, its live session, and what is posted there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import structlog

from bot.clock import Term
from bot.errors import ChatError, CopilotError, LeaseLost, RuntimeLost, SessionMissing, StoreError
from bot.ground import Ground
from bot.keys import SessionKey
from bot.mailbox import Entry, EntryKind, Lease, NewEntry
from bot.manner import Manner
from bot.messages import Person, Post
from bot.notes import Notes
from bot.ports import RuntimeSession, SessionSpec, ThreadStatus
from bot.profile import Profile
from bot.states import Step, WorkerState, after
from bot.workplace import Surroundings, Tools

_log = structlog.get_logger(__name__)


class HeldThread:
    """What a worker has of its thread, for itself and for the message that it answers.

    Args:
        key: the thread.
        tools: what is worked with.
        around: the session manager.
        notes: what an earlier worker left.
    """

    def __init__(self, key: SessionKey, tools: Tools, around: Surroundings, notes: Notes) -> None:
        self.key = key
        self.tools = tools
        self.around = around
        self.notes = notes
        self.state = WorkerState.COLD
        self.title = ""
        self.ground = Ground(key, tools)
        """Where it works."""
        self.woken = asyncio.Event()
        """Something is in the mailbox, or is to be looked at again."""
        self._lease: Lease | None = None
        self._sure_for = Term.of(0, tools.clock)
        self._is_doubtful = False
        self._session: RuntimeSession | None = None
        self._manner = Manner()
        self._is_admitted = False

    def step(self, step: Step) -> None:
        """Go from one state to the next."""
        self.state = after(self.state, step)

    def show_status(self, status: ThreadStatus) -> None:
        """Show what the thread does, beside the work."""
        self.around.show_status(self.key, status, self.title)

    # --- the lease ------------------------------------------------------------------------

    async def take_lease(self) -> bool:
        """Take the thread; false where another process owns it.

        Raises:
            StoreError: the database failed.
        """
        tools = self.tools
        term = Term.of(tools.limits.lease_s, tools.clock)
        self._lease = await tools.store.lease(self.key, tools.owner, term.until)
        if self._lease is None:
            return False
        self._sure_for = term
        self.title = self._lease.thread.title
        return True

    @property
    def lease(self) -> Lease:
        """The lease, for what is written.

        Raises:
            LeaseLost: it was let go.
        """
        if self._lease is None:
            raise LeaseLost("the thread was let go")
        return self._lease

    def renewed(self, term: Term) -> None:
        """The lease is good for a term, unless it ran out before: then it is looked at again."""
        if self._lease is not None and self._sure_for.is_over(self.tools.clock):
            self._is_doubtful = True
            self.woken.set()
        self._sure_for = term

    def is_surely_ours(self) -> bool:
        """Whether nobody else can have taken the thread."""
        is_over = self._lease is not None and self._sure_for.is_over(self.tools.clock)
        return not is_over and not self._is_doubtful

    async def take_controls(self) -> None:
        """Take the controls that wait into the notes.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        self.notes.controls.extend(await self.tools.store.take_controls(self.lease))
        self._is_doubtful = False

    async def take_entry(self) -> Entry | None:
        """Begin the next entry of the mailbox.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        entry = await self.tools.store.take(self.lease)
        self._is_doubtful = False
        return entry

    async def make_sure(self) -> None:
        """Ask the database whether the thread is still ours, where that is not sure.

        Raises:
            LeaseLost: another worker owns the thread now.
        """
        if not self.is_surely_ours():
            await self.take_controls()
            self.woken.set()

    async def let_go(self) -> None:
        """Let the session go, and then the lease."""
        lease = self.lease
        try:
            await self.close_session()
        finally:
            self.state = WorkerState.COLD
            self._lease = None
            try:
                await asyncio.shield(self.tools.store.release(lease))
            except LeaseLost:
                _log.info("lease.was_lost", thread=str(self.key))

    # --- the session ----------------------------------------------------------------------

    @property
    def has_live_session(self) -> bool:
        """Whether a session is live."""
        return self._session is not None

    @property
    def session(self) -> RuntimeSession:
        """The live session.

        Raises:
            RuntimeLost: it was let go.
        """
        if self._session is None:
            raise RuntimeLost("the session was let go")
        return self._session

    @property
    def manner(self) -> Manner | None:
        """How the live session is; None where there is none."""
        return self._manner if self._session is not None else None

    async def open_session(self, person: str, manner: Manner) -> None:
        """Make the session live, once there is room for it.

        Args:
            person: for whom.
            manner: how it is to be.

        Raises:
            CopilotError: it cannot be opened.
        """
        self.step(Step.ENTRY_ARRIVED if self.state is WorkerState.COLD else Step.REOPENING)
        lease = self.lease
        thread = lease.thread
        if not self._is_admitted:
            await self.around.admit(self.key, person)
            self._is_admitted = True
        spec = self.spec(thread.session_id, manner, is_new=not thread.has_session)
        if spec.profile is Profile.AGENT:
            directory, notice = await self.ground.taken(lease)
            spec = replace(spec, directory=directory, tools=self.ground.session_tools())
            if notice:
                await self.post(Post(text=notice))
        try:
            self._session = await self.tools.runtime.open(spec)
        except SessionMissing:
            # It was begun, but cut off before anything was kept that could be resumed. Where
            # there is a conversation, the runtime begins none over it, and this fails again.
            self._session = await self.tools.runtime.open(replace(spec, is_new=True))
        self._manner = manner
        self.step(Step.SESSION_OPENED)

    def spec(self, session_id: str, manner: Manner, *, is_new: bool) -> SessionSpec:
        """How a session of the thread is opened.

        Args:
            session_id: which session.
            manner: how it is to be.
            is_new: whether it is to be created.
        """
        return SessionSpec(
            session_id=session_id,
            is_new=is_new,
            files=self.tools.store.files(self.lease, session_id),
            model=manner.model or None,
            effort=manner.effort,
            profile=manner.profile,
        )

    async def ready_session(self, person: str, manner: Manner) -> None:
        """Have a live session that can be used; whoever is cancelled in it leaves none.

        Args:
            person: for whom.
            manner: how it is to be, where none is live.

        Raises:
            CopilotError: it cannot be opened.
        """
        if self._session is not None:
            if self._session.is_usable:
                return
            await self.close_session()
        try:
            await self.open_session(person, manner)
        finally:
            if self.state is WorkerState.OPENING:
                self.step(Step.LOST)
                self.step(Step.GIVEN_UP)
                await self.close_session()

    async def note_session(self) -> None:
        """Note that the session exists, before it is told anything."""
        lease = self.lease
        if lease.thread.has_session:
            return
        await self.tools.store.begin_session(lease)
        if self._lease is lease:  # no reset came in between
            self._lease = replace(lease, thread=replace(lease.thread, has_session=True))

    def note_seen(self, until: datetime | None) -> None:
        """The session now knows what was said until then."""
        if until is not None and self._lease is not None:
            known = self._lease.thread
            until = max(until, known.seen_until or until)
            self._lease = replace(self._lease, thread=replace(known, seen_until=until))

    def note_compared(self, at: datetime) -> None:
        """Models were compared in the thread: its session does not know what they said."""
        if self._lease is not None:
            known = replace(self._lease.thread, compared_at=at)
            self._lease = replace(self._lease, thread=known)

    async def adopt(self, session_id: str) -> None:
        """Make another session of the thread its own, as the next generation.

        Raises:
            LookupError: the thread has no such session.
        """
        await self.close_session()
        self._lease = await self.tools.store.adopt_session(self.lease, session_id)
        self.title = self._lease.thread.title

    async def close_session(self) -> None:
        """Let the live session go, and its place."""
        session, self._session = self._session, None
        try:
            if session is not None:
                await session.close()
        except CopilotError as error:
            _log.warning("session.not_closed", thread=str(self.key), reason=str(error))
        finally:
            if self._is_admitted:
                self._is_admitted = False
                self.around.dismissed(self.key)
            if self.state is WorkerState.IDLE:
                self.step(Step.IDLE_LONG_ENOUGH)

    def begin_generation(self, lease: Lease) -> None:
        """Go on with the thread's next generation: nothing of what was said waits any more.

        Args:
            lease: as the store gave it back.
        """
        self._lease = lease
        self.around.unmark_all(self.key)
        self.title = lease.thread.title

    async def rename(self, title: str) -> None:
        """Give the session a person's title."""
        lease = self.lease
        await self.tools.store.rename(lease, title)
        self._lease = replace(lease, thread=replace(lease.thread, title=title, is_named=True))
        self.title = title

    def found_title(self, title: str) -> None:
        """The session is called so, unless a person named it."""
        if title and not self.lease.thread.is_named:
            self.title = title

    # --- the mailbox and the chat ---------------------------------------------------------

    async def take_as_message(self, words: Entry) -> None:
        """Words that were meant as an answer, where nothing is asked: a message like any other."""
        await self.tools.store.append(
            NewEntry(
                key=self.key,
                kind=EntryKind.MESSAGE,
                source_id=words.source_id,
                author=words.author,
                text=words.text,
                files=words.files,
                sent_at=words.sent_at,
            )
        )
        self.woken.set()

    async def tell(self, text: str, person: Person | None) -> None:
        """Tell a person something that nobody else sees; without one, post it."""
        if person is None:
            await self.post(Post(text=text))
            return
        try:
            await self.make_sure()
            await self.tools.chat.whisper(self.key, person, text)
        except LeaseLost:
            raise
        except (ChatError, StoreError) as error:
            _log.warning("whisper.failed", thread=str(self.key), reason=str(error))

    async def post(self, post: Post) -> str:
        """Post a message; returns its id, or nothing where it could not be posted."""
        try:
            await self.make_sure()
            return await self.tools.chat.post(self.key, post)
        except LeaseLost:
            raise
        except (ChatError, StoreError) as error:
            _log.warning("post.failed", thread=str(self.key), reason=str(error))
            return ""

    async def edit(self, reference: str, post: Post) -> None:
        """Change a message that was posted, where that is possible."""
        try:
            await self.make_sure()
            await self.tools.chat.edit(self.key, reference, post)
        except LeaseLost:
            raise
        except (ChatError, StoreError) as error:
            _log.warning("edit.failed", thread=str(self.key), reason=str(error))
