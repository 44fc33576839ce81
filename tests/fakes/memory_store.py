"""A store in memory: what the store promises, in the fewest words.

The core's tests use it; it passes the same contract as the real one.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.audit import AuditEntry, entry_of
from bot.budgets import Budget, Scope, Spender, Spent, Standing, Unit, day_of
from bot.choices import Choices
from bot.clock import SteadyTime
from bot.comparison import (
    Candidate,
    CandidateState,
    Comparison,
    ComparisonState,
    chosen,
    overdue,
    revealed,
    settled,
    voted,
)
from bot.defaults import Defaults
from bot.directories import ThreadDirectory
from bot.errors import LeaseLost
from bot.keys import SessionKey
from bot.mailbox import (
    ERRANDS,
    IN_TURN,
    SPOKEN,
    Appended,
    Backlog,
    Delivery,
    Entry,
    EntryKind,
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
from bot.messages import SharedFile
from bot.modes import Mode
from bot.ports import Clock, FileInfo
from bot.profile import Profile
from bot.requests import Request, RequestState, decided, expired
from bot.session_ids import new_session_id
from storage.columns import to_microseconds
from storage.tree import Tree, normal

_PENDING = {EntryState.QUEUED, EntryState.RUNNING}
_ENDED_BADLY = {EntryState.FAILED, EntryState.STOPPED}
_SAID = {EntryKind.MESSAGE, EntryKind.ANSWER}


@dataclass(kw_only=True)
class _Thread:
    """All that is kept of a thread."""

    value: Thread
    first_speaker: str | None = None
    is_shared: bool = False
    fence: int = 0
    owner: str | None = None
    until: datetime | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    directory: ThreadDirectory | None = None
    ranks: dict[int, int] = field(default_factory=dict)
    steered: dict[int, int] = field(default_factory=dict)

    def read(self, entry: Entry) -> Entry:
        """An entry with what it tells of its thread."""
        return replace(
            entry,
            is_shared=self.is_shared,
            unheard_at=self.value.unheard_at,
            choices=self.value.choices,
        )

    def order(self, entry: Entry) -> tuple[int, datetime, int]:
        """The place of a message among those that wait."""
        return -self.ranks.get(entry.id, 0), entry.sent_at, entry.id

    def unbegun(self, entry: Entry, retries: int = 0) -> None:
        """An entry waits as if it had never been begun."""
        self.steered.pop(entry.id, None)
        self.entries[entry.id] = replace(
            entry,
            state=EntryState.QUEUED,
            taken_at=None,
            attempts=0,
            retries=entry.retries + retries,
            acts=(),
        )


@dataclass(frozen=True)
class _Spending:
    """Something that was spent."""

    key: SessionKey
    person: str
    day: int
    usage: Usage


@dataclass(kw_only=True)
class _Session:
    """What is kept of a session beside its files; the title of a current one is its thread's."""

    key: SessionKey
    generation: int
    began_at: datetime
    began_by: str = ""
    title: str = ""
    is_named: bool = False


class MemoryStore:
    """A `bot.ports.Store` that forgets everything.

    Args:
        clock: tells what time it is.
        files_limit: the most bytes that the files of one session may take together.
    """

    def __init__(self, clock: Clock, *, files_limit: int = 64 * 1024 * 1024) -> None:
        self._clock = clock
        self._steady = SteadyTime(clock)
        self._files_limit = files_limit
        self._threads: dict[SessionKey, _Thread] = {}
        self._deliveries: dict[int, dict[int, Delivery]] = {}
        self._trees: dict[str, Tree] = {}
        self._sessions: dict[str, _Session] = {}
        self._moves: dict[str, tuple[str, str, datetime, str]] = {}
        self._told: dict[int, str] = {}
        self._ended: dict[int, tuple[datetime, Usage]] = {}
        self._ids = itertools.count(1)
        self._requests: dict[str, Request] = {}
        self._comparisons: dict[str, Comparison] = {}
        self._audit: list[AuditEntry] = []
        self._spending: list[_Spending] = []
        self._defaults: dict[tuple[str, str], Defaults] = {}
        self._raised: dict[tuple[str, str, int], float] = {}
        self._warned: set[tuple[str, str, int]] = set()
        self.usages: list[tuple[int, Usage]] = []
        """What each finished entry took, in the order they finished."""
        self.failure: Exception | None = None
        """Raised by every method until it is None again."""
        self._listening: set[asyncio.Queue[SessionKey | None]] = set()

    async def check(self) -> None:
        """Write a little, to see that it can be written."""
        await self._begin()

    async def listen(self) -> AsyncGenerator[SessionKey | None, None]:
        """The threads that others have put something into: those that `tell` names."""
        told: asyncio.Queue[SessionKey | None] = asyncio.Queue()
        self._listening.add(told)
        try:
            while True:
                yield await told.get()
        finally:
            self._listening.discard(told)

    def tell(self, key: SessionKey | None) -> None:
        """Say that another process has put something into a thread."""
        for told in self._listening:
            told.put_nowait(key)

    async def thread(self, key: SessionKey) -> Thread | None:
        """What is known of a thread."""
        await self._begin()
        found = self._threads.get(key)
        return None if found is None else found.value

    async def append(self, entry: NewEntry) -> Appended:
        """Put an entry into its thread's mailbox, making the thread where needed."""
        await self._begin()
        thread = self._threads.get(entry.key) or self._make(
            entry.key,
            entry.sent_at,
            owner=entry.author.id if entry.is_direct else None,
            seen_until=entry.sent_at if entry.starts_thread else None,
        )
        if entry.kind in SPOKEN:
            if thread.first_speaker is None and not thread.value.has_session:
                own = self._defaults.get((entry.key.platform, entry.author.id), Defaults())
                thread.value = replace(thread.value, choices=_begun_with(own, thread.value.choices))
            thread.first_speaker = thread.first_speaker or entry.author.id
            thread.is_shared |= thread.first_speaker != entry.author.id
        thread.is_shared |= entry.is_shared
        owner = entry.author.id if entry.is_direct else None
        thread.value = replace(
            thread.value,
            owner=thread.value.owner or owner,
            sole_speaker=None if thread.is_shared else thread.first_speaker,
            last_active=max(thread.value.last_active, entry.sent_at),
        )
        for known in thread.entries.values():
            if (known.kind, known.source_id) == (entry.kind, entry.source_id):
                return Appended(entry_id=known.id, is_new=False, ahead=_ahead(thread, known))
        made = Entry(
            id=next(self._ids),
            key=entry.key,
            kind=entry.kind,
            state=EntryState.FAILED if entry.is_too_late else EntryState.QUEUED,
            source_id=entry.source_id,
            author=entry.author,
            text=entry.text,
            reference=entry.reference,
            sent_at=entry.sent_at,
            files=entry.files,
        )
        thread.entries[made.id] = made
        return Appended(entry_id=made.id, is_new=True, ahead=_ahead(thread, made))

    async def share(self, key: SessionKey) -> None:
        """Note that several people have spoken in a thread."""
        await self._begin()
        if (thread := self._threads.get(key)) is not None:
            thread.is_shared = True
            thread.value = replace(thread.value, sole_speaker=None)

    async def overhear(self, key: SessionKey, at: datetime) -> None:
        """Note that something was said in a thread that was not for the bot."""
        await self._begin()
        if (thread := self._threads.get(key)) is not None:
            at = max(at, thread.value.unheard_at or at)
            thread.value = replace(thread.value, unheard_at=at)

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
        """Set what is chosen for a thread, making the thread where needed."""
        await self._begin()
        now = self._clock.now()
        thread = self._threads.get(key) or self._make(key, now)
        before = thread.value.choices
        thread.value = replace(
            thread.value,
            last_active=max(thread.value.last_active, now),
            choices=Choices(
                model=before.model if model is None else model,
                effort=before.effort if effort is None else effort,
                mode=mode or before.mode,
                profile=profile or before.profile,
                is_muted=before.is_muted if is_muted is None else is_muted,
            ),
        )

    async def defaults(self, platform: str, person: str) -> Defaults:
        """What a person has chosen for the threads that they begin."""
        await self._begin()
        return self._defaults.get((platform, person), Defaults())

    async def keep_defaults(self, platform: str, person: str, defaults: Defaults) -> None:
        """Keep what a person chose for the threads that they begin."""
        await self._begin()
        self._defaults[platform, person] = defaults

    async def queued(self, key: SessionKey) -> Sequence[Entry]:
        """The messages of a thread that wait, in the order in which they are taken."""
        await self._begin()
        thread = self._threads.get(key)
        if thread is None:
            return []
        found = [
            thread.read(entry)
            for entry in thread.entries.values()
            if entry.kind in IN_TURN and entry.state is EntryState.QUEUED
        ]
        return sorted(found, key=thread.order)

    async def promote(self, key: SessionKey, entry_id: int, *, over_all: bool) -> bool:
        """Let a message that waits be taken before others; false when it does not wait."""
        if entry_id not in {entry.id for entry in await self.queued(key)}:
            return False
        thread = self._threads[key]
        pending = [id_ for id_, entry in thread.entries.items() if entry.state in _PENDING]
        highest = max(thread.ranks.get(id_, 0) for id_ in pending)
        thread.ranks[entry_id] = highest + 1 if over_all else 1
        return True

    async def revise(
        self, key: SessionKey, source_id: str, text: str, files: tuple[SharedFile, ...]
    ) -> bool:
        """Change a message that still waits; false when none does."""
        await self._begin()
        return self._change_waiting(key, source_id, text=text, files=files)

    async def withdraw(self, key: SessionKey, source_id: str) -> bool:
        """Drop what was said and still waits; false when nothing does."""
        await self._begin()
        return self._change_waiting(key, source_id, state=EntryState.WITHDRAWN)

    async def entry(self, entry_id: int) -> Entry | None:
        """One entry."""
        await self._begin()
        return next(
            (
                thread.read(thread.entries[entry_id])
                for thread in self._threads.values()
                if entry_id in thread.entries
            ),
            None,
        )

    async def heard(self, key: SessionKey, since: datetime | None) -> frozenset[str]:
        """The platform's ids of what was said to a thread's sessions after a moment, or at all."""
        await self._begin()
        thread = self._threads.get(key)
        return frozenset(
            entry.source_id
            for entry in (thread.entries.values() if thread else ())
            if entry.kind in {EntryKind.MESSAGE, EntryKind.ANSWER}
            and entry.state is EntryState.DONE
            and (since is None or entry.sent_at > since)
        )

    async def threads_of(
        self, person: str, *, platform: str, workspace: str, channel: str, limit: int
    ) -> Sequence[Thread]:
        """The threads of a channel in which a person has spoken to the bot, newest first."""
        await self._begin()
        found = [
            thread.value
            for key, thread in self._threads.items()
            if (key.platform, key.workspace, key.channel) == (platform, workspace, channel)
            and thread.value.owner in {None, person}
            and any(
                entry.kind in SPOKEN and entry.author.id == person
                for entry in thread.entries.values()
            )
        ]
        return sorted(found, key=lambda thread: thread.last_active, reverse=True)[:limit]

    async def recent_threads(
        self, platform: str, *, since: datetime, limit: int, is_direct: bool | None = None
    ) -> Sequence[LastSaid]:
        """The threads of a platform in which something happened since, newest first."""
        await self._begin()
        recent = [
            (thread.value.last_active, LastSaid(key=key, at=max(said)))
            for key, thread in self._threads.items()
            if key.platform == platform
            and is_direct in {None, thread.value.owner is not None}
            and thread.value.last_active >= since
            and (said := [each.sent_at for each in thread.entries.values() if each.kind in _SAID])
        ]
        recent.sort(key=lambda each: each[0], reverse=True)
        return [found for _, found in recent[:limit]]

    async def pending(self, place: SessionKey, message_id: str) -> Entry | None:
        """The message that is to be answered, and is a certain one, or has it in its reply."""
        await self._begin()
        for key, thread in self._threads.items():
            if replace(key, thread="") != replace(place, thread=""):
                continue
            for entry in thread.entries.values():
                reply = self._deliveries.get(entry.id, {}).values()
                if entry.state in _PENDING and message_id in {
                    entry.source_id,
                    *(each.reference for each in reply),
                }:
                    return thread.read(entry)
        return None

    async def backlog(self) -> Backlog:
        """What waits and what is being worked on, in all threads."""
        await self._begin()
        pending = [
            entry
            for thread in self._threads.values()
            for entry in thread.entries.values()
            if entry.state in _PENDING
        ]
        queued = [entry for entry in pending if entry.state is EntryState.QUEUED]
        return Backlog(
            queued=len(queued),
            running=len(pending) - len(queued),
            threads=len({entry.key for entry in pending}),
            oldest=min((entry.sent_at for entry in queued), default=None),
        )

    async def waiting(self) -> Sequence[SessionKey]:
        """The threads that have entries queued or running and no live lease."""
        await self._begin()
        now = self._clock.now()
        oldest = {
            key: min(entry.id for entry in thread.entries.values() if entry.state in _PENDING)
            for key, thread in self._threads.items()
            if (thread.until is None or thread.until <= now)
            and any(entry.state in _PENDING for entry in thread.entries.values())
        }
        return sorted(oldest, key=lambda key: oldest[key])

    async def lease(self, key: SessionKey, owner: str, until: datetime) -> Lease | None:
        """Take the thread, if nobody else holds it at this time."""
        await self._begin()
        thread = self._threads.get(key)
        if thread is None:
            return None
        is_live = thread.until is not None and thread.until > self._clock.now()
        if is_live and thread.owner != owner:
            return None
        thread.fence += 1
        thread.owner, thread.until = owner, until
        return Lease(key=key, owner=owner, fence=thread.fence, thread=thread.value)

    async def renew(self, owner: str, until: datetime) -> None:
        """Keep all leases of an owner until then."""
        await self._begin()
        for thread in self._threads.values():
            if thread.owner == owner:
                thread.until = until

    async def release(self, lease: Lease) -> None:
        """Let the thread go."""
        await self._begin()
        thread = self._held(lease)
        thread.owner = thread.until = None

    async def take(self, lease: Lease) -> Entry | None:
        """Begin the next entry: a control, a message left running, the oldest queued one."""
        await self._begin()
        thread = self._held(lease)
        pending = [
            entry
            for entry in thread.entries.values()
            if entry.state in _PENDING and entry.id not in thread.steered
        ]
        if not pending:
            return None
        entry = min(
            pending,
            key=lambda each: (
                each.kind in IN_TURN,
                each.state is EntryState.QUEUED,
                each.kind not in ERRANDS,
                thread.order(each),
            ),
        )
        waits_its_turn = entry.kind in IN_TURN
        taken = replace(
            entry,
            state=EntryState.RUNNING if waits_its_turn else EntryState.DONE,
            attempts=entry.attempts + 1,
            taken_at=entry.taken_at or self._clock.now(),
        )
        thread.entries[taken.id] = taken
        if waits_its_turn:
            self._told[taken.id] = thread.value.session_id
        return thread.read(taken)

    async def steer(self, lease: Lease, entry_id: int, into: int) -> Entry | None:
        """Bring a message that waits into the turn of another one; None when it does not wait."""
        await self._begin()
        thread = self._held(lease)
        entry = thread.entries.get(entry_id)
        if entry is None or entry.kind is not EntryKind.MESSAGE:
            return None
        if entry.state is not EntryState.QUEUED:
            return None
        brought = replace(
            entry,
            state=EntryState.RUNNING,
            attempts=entry.attempts + 1,
            taken_at=self._clock.now(),
        )
        thread.entries[entry_id] = brought
        thread.steered[entry_id] = into
        self._told[entry_id] = thread.value.session_id
        return thread.read(brought)

    async def unsteer(self, lease: Lease, entry_id: int) -> None:
        """Queue a message once more that did not reach the turn it was meant for."""
        await self._begin()
        thread = self._held(lease)
        if entry_id in thread.steered and thread.entries[entry_id].state in _PENDING:
            thread.unbegun(thread.entries[entry_id])

    async def steered(self, lease: Lease, into: int) -> Sequence[Entry]:
        """The messages that are in the turn of another one, in the order they were brought."""
        await self._begin()
        thread = self._held(lease)
        return [
            thread.read(thread.entries[entry_id])
            for entry_id, target in thread.steered.items()
            if target == into and thread.entries[entry_id].state in _PENDING
        ]

    async def take_controls(self, lease: Lease) -> Sequence[Entry]:
        """Take all controls that wait, oldest first; they count as done."""
        await self._begin()
        thread = self._held(lease)
        taken = [
            replace(
                thread.read(entry),
                state=EntryState.DONE,
                attempts=entry.attempts + 1,
                taken_at=self._clock.now(),
            )
            for entry in thread.entries.values()
            if entry.kind not in IN_TURN and entry.state in _PENDING
        ]
        thread.entries.update((entry.id, entry) for entry in taken)
        return sorted(taken, key=lambda each: (each.sent_at, each.id))

    async def begin_session(self, lease: Lease) -> None:
        """Note that the thread's current session exists."""
        await self._begin()
        thread = self._held(lease)
        thread.value = replace(thread.value, has_session=True)

    async def deliver(self, lease: Lease, delivery: Delivery) -> None:
        """Note a message of a reply, or what became of it."""
        await self._begin()
        thread = self._held(lease)
        if delivery.entry_id not in thread.entries:
            raise LookupError(f"{lease.key} has no entry {delivery.entry_id}")
        self._deliveries.setdefault(delivery.entry_id, {})[delivery.part] = delivery

    async def deliveries(self, entry_id: int) -> Sequence[Delivery]:
        """The messages of an entry's reply, in order."""
        await self._begin()
        entry = next(
            (t.entries[entry_id] for t in self._threads.values() if entry_id in t.entries), None
        )
        found = self._deliveries.get(entry_id, {})
        return [
            replace(
                found[part],
                is_open=found[part].is_open and entry is not None and entry.state in _PENDING,
            )
            for part in sorted(found)
        ]

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
        """Note how an entry ended, close its deliveries, and set the title unless empty."""
        await self._begin()
        if state in _PENDING:
            raise ValueError(f"{state} is no end")
        thread = self._held(lease)
        thread.is_shared |= is_shared
        thread.value = replace(
            thread.value,
            title=thread.value.title if thread.value.is_named else title or thread.value.title,
            last_active=max(thread.value.last_active, self._clock.now()),
            sole_speaker=None if thread.is_shared else thread.first_speaker,
            seen_until=max(filter(None, (thread.value.seen_until, seen_until)), default=None),
        )
        entry = thread.entries.get(entry_id)
        if entry is None:
            return
        is_first = entry.state in _PENDING
        if is_first:
            along = [each for each, into in thread.steered.items() if into == entry_id]
            for each in (entry_id, *along):
                thread.entries[each] = replace(thread.entries[each], state=state)
        was_reset = entry.state is EntryState.WITHDRAWN and entry_id not in dict(self.usages)
        if is_first or was_reset:
            self.usages.append((entry_id, usage))
            _, before = self._ended.get(entry_id, (None, Usage()))
            self._ended[entry_id] = (self._clock.now(), _sum(before, usage))
            await self.spend(lease.key, entry.author.id or spent_by, usage)

    async def requeue(self, lease: Lease, entry_id: int) -> bool:
        """Queue an entry that failed or was stopped once more; false if it was neither."""
        await self._begin()
        thread = self._held(lease)
        entry = thread.entries.get(entry_id)
        if entry is None or entry.state not in _ENDED_BADLY:
            return False
        thread.unbegun(entry, retries=1)
        for each, into in list(thread.steered.items()):
            if into == entry_id and thread.entries[each].state in _ENDED_BADLY:
                thread.unbegun(thread.entries[each])
        self._deliveries.pop(entry_id, None)
        return True

    async def reset(self, lease: Lease) -> Lease:
        """Begin the thread's next generation, with a new session; withdraws what waits or runs."""
        await self._begin()
        thread = self._held(lease)
        self._keep_title(thread)
        self._begin_anew(thread)
        resets = [
            entry.id
            for entry in thread.entries.values()
            if entry.kind in {EntryKind.RESET, EntryKind.MOVED} and entry.state not in _PENDING
        ]
        for entry in list(thread.entries.values()):
            waits = entry.state is EntryState.QUEUED and (not resets or entry.id < max(resets))
            if waits or entry.state is EntryState.RUNNING:
                thread.entries[entry.id] = replace(entry, state=EntryState.WITHDRAWN)
        return replace(lease, thread=thread.value)

    async def desk(self, key: SessionKey) -> Sequence[FileInfo]:
        """The files on the desk of a thread's current session, by path."""
        await self._begin()
        thread = self._threads.get(key)
        tree = None if thread is None else self._trees.get(thread.value.session_id)
        if tree is None:
            return []
        paths = sorted(path for path in tree.nodes if path.startswith("/desk/"))
        return [info for path in paths if not (info := tree.info(path)).is_directory]

    # --- sessions ---

    async def sessions(self, key: SessionKey) -> Sequence[KnownSession]:
        """The sessions of a thread that keep anything, the newest generation first."""
        await self._begin()
        found = [
            self._known(session_id, session)
            for session_id, session in self._sessions.items()
            if session.key == key and session.generation
        ]
        return sorted(found, key=lambda each: each.generation, reverse=True)

    async def sessions_of(
        self, person: str, *, platform: str, workspace: str | None, limit: int
    ) -> Sequence[KnownSession]:
        """The sessions in which a person has a part, of all places, the last active first."""
        await self._begin()
        spoken_to = {
            self._told.get(entry.id)
            for thread in self._threads.values()
            for entry in thread.entries.values()
            if entry.kind in SPOKEN and entry.author.id == person
        }
        found = [
            self._known(session_id, session)
            for session_id, session in self._sessions.items()
            if session.key.platform == platform
            and workspace in {None, session.key.workspace}
            and self._threads[session.key].value.owner in {None, person}
            and (session_id in spoken_to or session.began_by == person)
            and session.generation
        ]
        found.reverse()  # of equals, the one that began last comes first
        return sorted(found, key=lambda each: each.last_active, reverse=True)[:limit]

    async def has_part(self, key: SessionKey, person: str) -> bool:
        """Whether a person has spoken to the bot in a thread, or opened it."""
        await self._begin()
        thread = self._threads.get(key)
        return any(
            entry.kind in SPOKEN and entry.author.id == person
            for entry in (thread.entries.values() if thread else ())
        ) or any(
            session.key == key and session.began_by == person for session in self._sessions.values()
        )

    async def answered(self, lease: Lease, *, limit: int) -> Sequence[Entry]:
        """The messages that the thread's current session was told and that are over."""
        await self._begin()
        thread = self._threads[lease.key]
        found = [
            replace(entry, is_shared=thread.is_shared)
            for entry in thread.entries.values()
            if entry.kind is EntryKind.MESSAGE
            and self._told.get(entry.id) == thread.value.session_id
            and entry.state not in _PENDING
        ]
        now = self._clock.now()
        found.sort(key=lambda each: (self._ended.get(each.id, (now,))[0], each.id), reverse=True)
        return found[:limit]

    async def rename(self, lease: Lease, title: str) -> None:
        """Give the thread's current session a title that stays."""
        await self._begin()
        thread = self._held(lease)
        thread.value = replace(thread.value, title=title, is_named=True)

    async def copy_session(
        self,
        lease: Lease,
        source_session_id: str,
        target_session_id: str,
        *,
        thread: NewThread | None = None,
    ) -> bool:
        """Copy all files of a session of the lease's thread."""
        await self._begin()
        source = self._session_of(lease, source_session_id)
        known = self._known(source_session_id, source)
        if target_session_id in self._sessions or (thread and thread.key in self._threads):
            return False
        value = self._held(lease).value
        copied = self._sessions[target_session_id] = _Session(
            key=thread.key if thread else lease.key,
            generation=1 if thread else 0,
            began_at=self._clock.now(),
            began_by=thread.began_by.id if thread else "",
            title=(thread and thread.title) or known.title,
            is_named=value.is_named if known.is_current else source.is_named,
        )
        self._trees[target_session_id] = deepcopy(self._trees[source_session_id])
        if thread is not None:
            person = thread.began_by.id
            made = Thread(
                key=thread.key,
                owner=person if thread.is_direct else None,
                sole_speaker=person,
                generation=1,
                session_id=target_session_id,
                has_session=True,
                is_named=copied.is_named and not thread.title,
                choices=replace(value.choices, is_muted=False),
                title=copied.title,
                last_active=self._clock.now(),
                seen_until=self._clock.now(),
            )
            self._threads[thread.key] = _Thread(value=made, first_speaker=person)
        return True

    async def bring_session(
        self, lease: Lease, source_session_id: str, target_session_id: str, *, by: str
    ) -> bool:
        """Copy a session of another thread into the lease's thread."""
        await self._begin()
        self._held(lease)
        source = self._sessions.get(source_session_id)
        if source is None:
            raise LookupError(f"there is no session {source_session_id}")
        if target_session_id in self._sessions:
            return False
        known, thread = self._known(source_session_id, source), self._threads[source.key].value
        self._sessions[target_session_id] = _Session(
            key=lease.key,
            generation=0,
            began_at=self._clock.now(),
            began_by=by,
            title=known.title,
            is_named=thread.is_named if known.is_current else source.is_named,
        )
        self._trees[target_session_id] = deepcopy(self._trees[source_session_id])
        return True

    async def offer_move(
        self, key: SessionKey, person: str, code: str, until: datetime, *, summary: str = ""
    ) -> bool:
        """Let whoever has a code go on elsewhere with a thread's current session."""
        await self._begin()
        thread = self._threads.get(key)
        if thread is None or thread.value.session_id not in self._sessions:
            return False
        self._moves[code] = (thread.value.session_id, person, until, summary)
        return True

    async def move(self, code: str) -> Move | None:
        """What a code is good for; None for one that is not, or not any more."""
        await self._begin()
        session_id, person, until, summary = self._moves.get(code, ("", "", self._clock.now(), ""))
        session = self._sessions.get(session_id)
        if session is None or until <= self._clock.now():
            return None
        known = self._known(session_id, session)
        return Move(
            key=known.key,
            session_id=session_id,
            owner=known.owner,
            title=known.title,
            person=person,
            summary=summary,
        )

    async def redeem_move(self, code: str) -> Move | None:
        """Use a code up; None where it is not good, or was used by somebody else."""
        found = await self.move(code)
        return None if self._moves.pop(code, None) is None else found

    async def adopt_session(
        self, lease: Lease, session_id: str, *, asked_by: int | None = None
    ) -> Lease:
        """Make a session of the thread its current one, as the next generation."""
        await self._begin()
        session, thread = self._session_of(lease, session_id), self._held(lease)
        self._keep_title(thread)
        session.generation = thread.value.generation + 1
        for entry in list(thread.entries.values()) if asked_by is not None else ():
            if _came_before(entry, asked_by or 0):
                thread.entries[entry.id] = replace(entry, state=EntryState.WITHDRAWN)
        thread.value = replace(
            thread.value,
            generation=session.generation,
            session_id=session_id,
            has_session=True,
            title=session.title,
            is_named=session.is_named,
            last_active=max(thread.value.last_active, self._clock.now()),
            seen_until=self._clock.now(),
        )
        return replace(lease, thread=thread.value)

    async def delete_session(self, lease: Lease, session_id: str, *, by: str = "") -> bool:
        """Delete a session that is not the thread's current one; false where there is none."""
        await self._begin()
        thread = self._held(lease)
        if session_id == thread.value.session_id:
            raise ValueError(f"{session_id} is the current session of {lease.key}")
        session = self._sessions.get(session_id)
        if session is None or session.key != lease.key:
            return False
        self._sessions.pop(session_id)
        self._trees.pop(session_id, None)
        told = {each for each, name in self._told.items() if name == session_id}
        self._forget(thread, told & thread.entries.keys())
        if by:
            self._note_deleted(lease.key, session_id, by)
        return True

    async def delete_thread(self, lease: Lease, *, asked_by: int, by: str) -> Lease:
        """Delete all sessions of the thread and what was said in it."""
        await self._begin()
        thread = self._held(lease)
        for session_id in [name for name, each in self._sessions.items() if each.key == lease.key]:
            self._sessions.pop(session_id)
            self._trees.pop(session_id, None)
        over = {
            entry.id
            for entry in thread.entries.values()
            if entry.state not in _PENDING or _came_before(entry, asked_by)
        }
        self._forget(thread, over)
        self._note_deleted(lease.key, thread.value.session_id, by)
        thread.directory = None
        self._begin_anew(thread)
        return replace(lease, thread=thread.value)

    def _begin_anew(self, thread: _Thread) -> None:
        generation = thread.value.generation + 1
        thread.value = replace(
            thread.value,
            generation=generation,
            session_id=new_session_id(generation),
            has_session=False,
            title="",
            is_named=False,
            last_active=max(thread.value.last_active, self._clock.now()),
            seen_until=self._clock.now(),
        )

    def _keep_title(self, thread: _Thread) -> None:
        if (session := self._sessions.get(thread.value.session_id)) is not None:
            session.title, session.is_named = thread.value.title, thread.value.is_named

    def _forget(self, thread: _Thread, which: Collection[int]) -> None:
        now = self._clock.now()
        for entry in [thread.entries[each] for each in which]:
            self._deliveries.pop(entry.id, None)
            self._told.pop(entry.id, None)
            ended_at, _ = self._ended.get(entry.id, (now, None))
            if ended_at < now - timedelta(days=1) and entry.id < max(thread.entries):
                del thread.entries[entry.id]
                continue
            thread.entries[entry.id] = replace(
                entry,
                author=replace(entry.author, id="", name=""),
                text="",
                files=(),
                reference="",
                state=EntryState.WITHDRAWN if entry.state in _PENDING else entry.state,
            )
        self._requests = {
            name: each for name, each in self._requests.items() if each.entry_id not in which
        }
        self._comparisons = {
            name: each for name, each in self._comparisons.items() if each.entry_id not in which
        }

    def _note_deleted(self, key: SessionKey, session_id: str, by: str) -> None:
        told = AuditEntry(
            at=self._clock.now(),
            key=key,
            person=by,
            action="deleted",
            about=session_id,
            detail="session",
        )
        self._audit.append(told)

    def _session_of(self, lease: Lease, session_id: str) -> _Session:
        self._held(lease)
        session = self._sessions.get(session_id)
        if session is None or session.key != lease.key:
            raise LookupError(f"{lease.key} has no session {session_id}")
        return session

    def _known(self, session_id: str, session: _Session) -> KnownSession:
        thread = self._threads[session.key].value
        is_current = thread.session_id == session_id
        ended = [
            self._ended[each]
            for each, told in self._told.items()
            if told == session_id and each in self._ended
        ]
        usage = Usage()
        for _, each in ended:
            usage = _sum(usage, each)
        return KnownSession(
            session_id=session_id,
            key=session.key,
            owner=thread.owner,
            generation=session.generation,
            is_current=is_current,
            title=thread.title if is_current else session.title,
            began_at=session.began_at,
            last_active=max((at for at, _ in ended), default=session.began_at),
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost=usage.cost,
        )

    # --- requests ---

    async def open_request(self, lease: Lease, request: Request) -> Request:
        """Keep a request; returns the one that counts, as it stands."""
        await self._begin()
        self._held(lease)
        request = replace(
            request,
            opened_at=self._steady.of(request.opened_at),
            expires_at=self._steady.of(request.expires_at),
        )
        for known in self._requests.values():
            if (known.entry_id, known.fingerprint) == (
                request.entry_id,
                request.fingerprint,
            ) and known.state is not RequestState.WITHDRAWN:
                return self._put(expired(known, self._steady.now()))
        for known in self._requests.values():
            if (
                request.is_open
                and request.scope
                and known.state is RequestState.ALLOWED_FOR_THREAD
                and (known.key, known.generation, known.scope)
                == (request.key, request.generation, request.scope)
            ):
                return known
        return self._put(request, by=request.decided_by)

    async def show_request(self, lease: Lease, request_id: str, reference: str) -> None:
        """Note the message that shows a request."""
        await self._begin()
        self._held(lease)
        self._requests[request_id] = replace(self._requests[request_id], reference=reference)

    async def request(self, request_id: str) -> Request | None:
        """One request; None where there is none."""
        await self._begin()
        return self._requests.get(request_id)

    async def open_requests(self, key: SessionKey) -> Sequence[Request]:
        """The requests of a thread that can still be decided, oldest first."""
        await self._begin()
        found = [each for each in self._requests.values() if each.key == key and each.is_open]
        return sorted(found, key=lambda each: (each.opened_at, each.id))

    async def requests_for(
        self, person: str, *, platform: str, workspace: str, decides_all: bool, limit: int
    ) -> Sequence[Request]:
        """The requests that wait for a person, oldest first."""
        await self._begin()
        found = [
            each
            for each in self._requests.values()
            if each.is_open
            and (each.key.platform, each.key.workspace) == (platform, workspace)
            and self._threads[each.key].value.owner in {None, person}
            and (decides_all or each.asked_of == person)
        ]
        return sorted(found, key=lambda each: (each.opened_at, each.id))[:limit]

    async def decide(
        self, request_id: str, by: str, state: RequestState, answer: str = ""
    ) -> Request | None:
        """Decide a request; returns it as it stands now, whoever decided it."""
        await self._begin()
        known = self._requests.get(request_id)
        if known is None:
            return None
        after = decided(known, by=by, state=state, answer=answer, now=self._steady.now())
        return self._put(after, by=by)

    async def expire_requests(self) -> Sequence[Request]:
        """Let all requests end that nobody decided in time; returns those."""
        await self._begin()
        now = self._steady.now()
        overdue = [each for each in self._requests.values() if expired(each, now) != each]
        return [self._put(expired(each, now)) for each in overdue]

    async def withdraw_requests(
        self, lease: Lease, *, entry_id: int | None = None, request_id: str | None = None
    ) -> Sequence[Request]:
        """Withdraw what is open in a thread, of one message or one request if given."""
        await self._begin()
        self._held(lease)
        found = [
            each
            for each in self._requests.values()
            if each.key == lease.key
            and each.is_open
            and entry_id in {None, each.entry_id}
            and request_id in {None, each.id}
        ]
        return [self._put(replace(each, state=RequestState.WITHDRAWN)) for each in found]

    async def audit(self, *, limit: int) -> Sequence[AuditEntry]:
        """What was decided, newest first."""
        await self._begin()
        return self._audit[::-1][:limit]

    def _put(self, after: Request, by: str = "") -> Request:
        before = self._requests.get(after.id)
        self._requests[after.id] = after
        by = "" if after.state is RequestState.EXPIRED else by
        if (told := entry_of(before, after, self._steady.now(), by=by)) is not None:
            self._audit.append(told)
        return after

    # --- working directories ---

    async def act(self, lease: Lease, entry_id: int, tool: str) -> None:
        """Note that a tool with an effect outside begins in an entry's turn."""
        await self._begin()
        thread = self._held(lease)
        entry = thread.entries.get(entry_id)
        if entry is not None and tool not in entry.acts:
            thread.entries[entry_id] = replace(entry, acts=(*entry.acts, tool))

    async def directory(self, lease: Lease) -> ThreadDirectory | None:
        """The directory that the thread works in; None where it has none."""
        await self._begin()
        return self._held(lease).directory

    async def keep_directory(self, lease: Lease, directory: ThreadDirectory | None) -> None:
        """Note which directory the thread works in; None for none any more."""
        await self._begin()
        self._held(lease).directory = directory

    async def directories(self, host: str) -> Collection[str]:
        """The names of the directories that threads have on a host."""
        await self._begin()
        found = (thread.directory for thread in self._threads.values())
        return {each.name for each in found if each is not None and each.host == host}

    # --- comparisons ---

    async def begin_comparison(self, lease: Lease, comparison: Comparison) -> Comparison:
        """Keep a comparison; returns that of the same entry where one was begun before."""
        await self._begin()
        thread = self._held(lease)
        for known in self._comparisons.values():
            if known.entry_id == comparison.entry_id:
                return known
        self._comparisons[comparison.id] = comparison
        for each in comparison.candidates if thread.value.session_id not in self._sessions else ():
            self._sessions[each.session_id] = _Session(
                key=lease.key, generation=0, began_at=comparison.began_at
            )
        thread.value = replace(thread.value, compared_at=comparison.began_at)
        return comparison

    async def end_candidate(self, lease: Lease, comparison_id: str, candidate: Candidate) -> None:
        """Note how an answer of a comparison has ended; the first end counts."""
        await self._begin()
        self._held(lease)
        known = self._comparisons.get(comparison_id)
        if known is None:
            return
        self._comparisons[comparison_id] = replace(
            known,
            candidates=tuple(
                candidate
                if each.label == candidate.label and each.state is CandidateState.RUNNING
                else each
                for each in known.candidates
            ),
        )

    async def open_votes(
        self, lease: Lease, comparison_id: str, *, expires_at: datetime
    ) -> Comparison:
        """No answer is being written any more."""
        await self._begin()
        self._held(lease)
        after = settled(self._comparisons[comparison_id], expires_at=expires_at)
        self._comparisons[comparison_id] = after
        return after

    async def comparison(self, comparison_id: str) -> Comparison | None:
        """One comparison, with its votes; None where there is none."""
        await self._begin()
        return self._comparisons.get(comparison_id)

    async def vote(self, comparison_id: str, person: str, label: str) -> Comparison | None:
        """Vote, or vote anew; None where there is no such comparison."""
        await self._begin()
        known = self._comparisons.get(comparison_id)
        if known is None:
            return None
        thread = self._threads[known.key]
        after = voted(
            known,
            person=person,
            label=label,
            speakers={entry.author.id for entry in thread.entries.values() if entry.kind in SPOKEN},
            is_direct=thread.value.owner is not None,
            now=self._clock.now(),
        )
        self._comparisons[comparison_id] = after
        return after

    async def reveal(self, comparison_id: str, by: str) -> Comparison | None:
        """Reveal the models; None where there is no such comparison."""
        await self._begin()
        known = self._comparisons.get(comparison_id)
        if known is None:
            return None
        after = revealed(known, by=by, now=self._clock.now())
        self._comparisons[comparison_id] = after
        return after

    async def choose(self, comparison_id: str, label: str) -> Comparison | None:
        """Choose with which answer the thread goes on; None where there is no such comparison."""
        await self._begin()
        known = self._comparisons.get(comparison_id)
        if known is None:
            return None
        after = chosen(known, label)
        self._comparisons[comparison_id] = after
        return after

    async def drop_candidates(self, lease: Lease) -> None:
        """Delete the sessions of all answers with which the thread did not go on."""
        await self._begin()
        thread = self._held(lease).value
        for comparison in self._comparisons.values():
            for each in comparison.candidates if comparison.key == lease.key else ():
                if each.label != comparison.chosen and each.session_id != thread.session_id:
                    self._trees.pop(each.session_id, None)
                    self._sessions.pop(each.session_id, None)

    async def overdue_comparisons(self) -> Sequence[Comparison]:
        """The comparisons that nobody revealed in time, and that are not revealed yet."""
        await self._begin()
        now = self._clock.now()
        return [each for each in self._comparisons.values() if overdue(each, now) != each]

    async def comparisons(
        self, key: SessionKey, *, generation: int, since: datetime | None
    ) -> Sequence[Comparison]:
        """What a generation of a thread compared after a moment, or at all, oldest first."""
        await self._begin()
        found = [
            each
            for each in self._comparisons.values()
            if (each.key, each.generation) == (key, generation)
            and each.state is not ComparisonState.RUNNING
            and (since is None or each.began_at > since)
        ]
        return sorted(found, key=lambda each: (each.began_at, each.id))

    async def compared(self, person: str, *, platform: str, workspace: str) -> Sequence[Comparison]:
        """The comparisons that are revealed, but for those in the direct messages of others."""
        await self._begin()
        found = [
            each
            for each in self._comparisons.values()
            if (each.key.platform, each.key.workspace) == (platform, workspace)
            and self._threads[each.key].value.owner in {None, person}
            and each.state is ComparisonState.REVEALED
        ]
        return sorted(found, key=lambda each: (each.began_at, each.id))

    # --- what is spent ---

    async def spend(self, key: SessionKey, person: str, usage: Usage) -> None:
        """Count what was spent beside the messages of a thread."""
        await self._begin()
        if usage.input_tokens + usage.output_tokens or usage.cost:
            self._spending.append(_Spending(key, person, day_of(self._clock.now()), usage))

    async def spent(
        self, scope: Scope, key: SessionKey, person: str, since: datetime | None
    ) -> Spent:
        """What was spent in a thread or channel, by a person or by all."""
        await self._begin()
        day = 0 if since is None else day_of(since)
        budget = Budget(scope=scope, is_daily=False, unit=Unit.TOKENS, amount=0)
        subject = budget.subject(key, person)
        return _spent(
            each
            for each in self._spending
            if each.day >= day and budget.subject(each.key, each.person) == subject
        )

    async def spenders(
        self, platform: str, since: datetime | None, *, limit: int
    ) -> Sequence[Spender]:
        """Who has spent on a platform from the day of a moment on, the most first."""
        await self._begin()
        day = 0 if since is None else day_of(since)
        found = [
            each for each in self._spending if each.key.platform == platform and each.day >= day
        ]
        names = {
            entry.author.id: entry.author.name
            for key, thread in self._threads.items()
            if key.platform == platform
            for entry in thread.entries.values()
        }
        people = [
            Spender(
                id=person,
                name=names.get(person, ""),
                spent=_spent(each for each in found if each.person == person),
            )
            for person in {each.person for each in found}
        ]
        people.sort(key=lambda each: (-each.spent.credits, -each.spent.tokens, each.id))
        return people[:limit]

    async def standings(
        self, budgets: Sequence[Budget], key: SessionKey, person: str
    ) -> Sequence[Standing]:
        """How budgets stand now for a person in a thread, in their order."""
        await self._begin()
        now = self._clock.now()
        found = []
        for budget in budgets:
            spent = await self.spent(budget.scope, key, person, budget.began(now))
            raised = self._raised.get(_allowance(budget, key, person, now), 0)
            found.append(Standing(budget=budget, spent=spent.of(budget.unit), raised=raised))
        return found

    async def raise_budget(
        self, budget: Budget, key: SessionKey, person: str, amount: float, by: str
    ) -> None:
        """Add to a budget; a daily one is raised for today."""
        await self._begin()
        now = self._clock.now()
        name = _allowance(budget, key, person, now)
        self._raised[name] = self._raised.get(name, 0) + amount
        self._warned.discard(name)
        self._audit.append(
            AuditEntry(
                at=now,
                key=key,
                person=by,
                action="raised",
                about=budget.name,
                detail=f"{amount:g} {budget.unit}",
            )
        )

    async def warn_of(self, budget: Budget, key: SessionKey, person: str) -> bool:
        """Note that people know that little is left of a budget; true the first time."""
        await self._begin()
        name = _allowance(budget, key, person, self._clock.now())
        is_first = name not in self._warned
        self._warned.add(name)
        return is_first

    # --- files ---

    def files(self, lease: Lease, session_id: str) -> MemoryFiles:
        """The files of a session of the thread."""
        return MemoryFiles(self, lease, session_id)

    # --- within ---

    async def _begin(self) -> None:
        # Where the real store waits, others run.
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure

    def _make(
        self,
        key: SessionKey,
        at: datetime,
        *,
        owner: str | None = None,
        seen_until: datetime | None = None,
    ) -> _Thread:
        value = Thread(
            key=key,
            owner=owner,
            sole_speaker=None,
            generation=1,
            session_id=new_session_id(1),
            has_session=False,
            title="",
            last_active=at,
            seen_until=seen_until,
        )
        made = self._threads[key] = _Thread(value=value)
        return made

    def _held(self, lease: Lease) -> _Thread:
        thread = self._threads.get(lease.key)
        if thread is None or (thread.fence, thread.owner) != (lease.fence, lease.owner):
            raise LeaseLost(f"the lease on {lease.key} is not the newest any more")
        return thread

    def _change_waiting(
        self,
        key: SessionKey,
        source_id: str,
        *,
        text: str | None = None,
        files: tuple[SharedFile, ...] | None = None,
        state: EntryState | None = None,
    ) -> bool:
        thread = self._threads.get(key)
        for entry in thread.entries.values() if thread else ():
            kinds = {EntryKind.MESSAGE} if state is None else SPOKEN
            if (
                entry.kind in kinds
                and entry.state is EntryState.QUEUED
                and entry.source_id == source_id
            ):
                assert thread is not None
                thread.entries[entry.id] = replace(
                    entry,
                    text=entry.text if text is None else text,
                    files=entry.files if files is None else files,
                    state=entry.state if state is None else state,
                )
                return True
        return False

    def tree(self, lease: Lease, session_id: str) -> Tree:
        """The tree of a session's files."""
        known = self._trees.get(session_id)
        if known is None:
            known = self._trees[session_id] = Tree({}, limit=self._files_limit, now=self.now())
        return known

    def is_kept(self, session_id: str) -> bool:
        """Whether there is such a session."""
        return session_id in self._sessions

    async def writable(self, lease: Lease, session_id: str, *, was_kept: bool = False) -> None:
        """Pass if the lease is the thread's newest; the session is kept from then on.

        Args:
            lease: the thread's.
            session_id: which session.
            was_kept: whether it was there before, so that it was deleted if it is not.
        """
        await self._begin()
        thread = self._held(lease).value
        if session_id not in self._sessions:
            if was_kept:
                raise LeaseLost(f"{session_id} was deleted")
            self._sessions[session_id] = _Session(
                key=lease.key, generation=thread.generation, began_at=self._clock.now()
            )

    def now(self) -> int:
        """Microseconds since 1970."""
        return to_microseconds(self._clock.now())


class MemoryFiles:
    """A `bot.ports.SessionFiles` over a tree that keeps all content."""

    def __init__(self, store: MemoryStore, lease: Lease, session_id: str) -> None:
        self._store = store
        self._lease = lease
        self._session_id = session_id
        self._was_kept = store.is_kept(session_id)

    async def read(self, path: str) -> bytes:
        """The whole content."""
        content = self._tree().file(normal(path)).content
        assert content is not None
        return content

    async def write(self, path: str, content: bytes) -> None:
        """Make or replace a file; missing directories are made."""
        self._tree().put(normal(path), bytes(content), self._store.now())

    async def append(self, path: str, content: bytes) -> None:
        """Add to a file, or make it; missing directories are made. Durable on return."""
        await self._keep()
        path, tree = normal(path), self._tree()
        before = tree.file(path).content or b"" if path in tree.nodes else b""
        tree.put(path, before + content, self._store.now())

    async def stat(self, path: str) -> FileInfo:
        """What is there."""
        return self._tree().info(normal(path))

    async def list(self, path: str) -> Sequence[FileInfo]:
        """What is directly in a directory, by name."""
        return self._tree().list(normal(path))

    async def make_directory(self, path: str, *, parents: bool) -> None:
        """Make a directory; with `parents` also those above, and it may exist."""
        self._tree().make_directory(normal(path), self._store.now(), parents=parents)

    async def remove(self, path: str, *, recursive: bool, missing_ok: bool) -> None:
        """Remove a file, or with `recursive` a directory and all in it."""
        self._tree().remove(normal(path), recursive=recursive, missing_ok=missing_ok)

    async def rename(self, source: str, target: str) -> None:
        """Move a file or directory; a file that is there is replaced."""
        self._tree().rename(normal(source), normal(target), self._store.now())

    async def flush(self) -> None:
        """Make everything written so far durable."""
        await self._keep()

    async def _keep(self) -> None:
        await self._store.writable(self._lease, self._session_id, was_kept=self._was_kept)
        self._was_kept = True

    def _tree(self) -> Tree:
        return self._store.tree(self._lease, self._session_id)


def _begun_with(own: Defaults, choices: Choices) -> Choices:
    if not choices.model and not choices.effort:
        choices = replace(choices, model=own.model, effort=own.effort)
    return replace(choices, mode=choices.mode or own.mode)


def _ahead(thread: _Thread, entry: Entry) -> int:
    if entry.state is not EntryState.QUEUED:
        return 0
    return sum(
        1
        for other in thread.entries.values()
        if other.kind in IN_TURN
        and other.id != entry.id
        and (
            other.state is EntryState.RUNNING
            or (
                other.state is EntryState.QUEUED
                and (other.sent_at, other.id) < (entry.sent_at, entry.id)
            )
        )
    )


def _came_before(entry: Entry, asked_by: int) -> bool:
    """Whether something waits or runs that was said before something was asked for."""
    waits = entry.state is EntryState.QUEUED and entry.id < asked_by
    return waits or entry.state is EntryState.RUNNING


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        model=other.model or one.model,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost=one.cost + other.cost,
        seconds=one.seconds + other.seconds,
    )


def _spent(spending: Iterable[_Spending]) -> Spent:
    usages = [each.usage for each in spending]
    return Spent(
        tokens=sum(usage.input_tokens + usage.output_tokens for usage in usages),
        credits=sum(usage.cost for usage in usages),
        turns=len(usages),
    )


def _allowance(budget: Budget, key: SessionKey, person: str, now: datetime) -> tuple[str, str, int]:
    return budget.name, budget.subject(key, person), budget.day(now)


def _session_id(generation: int) -> str:
    return f"tp-{secrets.token_hex(10)}-g{generation}"
