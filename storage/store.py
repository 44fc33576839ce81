"""The store: threads, their mailboxes, leases and deliveries. `open_store` opens it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Row

from bot.audit import AuditEntry
from bot.budgets import Budget, Scope, Spender, Spent, Standing
from bot.choices import Choices
from bot.clock import SteadyTime, SystemClock
from bot.comparison import Candidate, Comparison
from bot.defaults import Defaults
from bot.directories import ThreadDirectory
from bot.keys import SessionKey
from bot.mailbox import (
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
from bot.messages import Person, SharedFile
from bot.modes import Mode
from bot.ports import Clock, FileInfo
from bot.profile import Profile
from bot.requests import Request, RequestState
from bot.session_ids import new_session_id
from storage import audit, comparisons, directories, moves, requests, sessions, spending
from storage.columns import EPOCH, sound, to_microseconds
from storage.database import Database
from storage.desk import desk_statement, file_info
from storage.failures import lease_lost
from storage.files import FileStatements, SqlFiles
from storage.opening import open_database
from storage.people import PeopleStatements, defaults_of
from storage.spending import SpendingStatements
from storage.statements import Statements, of_key, of_lease

_LONGEST_WORD: Final = 7000
"""The most characters that are told of a thread's name; PostgreSQL takes fewer than 8000."""


@asynccontextmanager
async def open_store(
    url: str,
    *,
    clock: Clock,
    count_statements: Callable[[str], None] | None = None,
    busy_timeout_s: float = 5.0,
    files_limit: int = 64 * 1024 * 1024,
) -> AsyncIterator[SqlStore]:
    """Open the database, bring it up to date, and close it at the end.

    Args:
        url: `sqlite:///data/x.db` (from the working directory), `sqlite:////srv/x.db`, or
            `postgresql://user:password@host:5432/name`.
        clock: tells what time it is. Where it is the machine's, and other processes have theirs,
            leases go by the database's.
        count_statements: called with each statement, in the database's own thread if it has one.
        busy_timeout_s: how long to wait for another program that holds the file or rows locked.
        files_limit: the most bytes that the files of one session may take together.

    Raises:
        SettingsError: the URL names nothing that can be opened.
        StoreError: the database cannot be used; the message says what to do.
    """
    async with open_database(
        url, busy_timeout_s=busy_timeout_s, count_statements=count_statements
    ) as database:
        store = SqlStore(database, clock=clock, files_limit=files_limit)
        if database.tell is None:
            # There is no other process, so what held them is dead.
            await store.void_leases()
        yield store


class SqlStore:
    """A `bot.ports.Store` over a database; see there for what each method promises.

    Args:
        database: where it is kept, ready and migrated.
        clock: tells what time it is.
        files_limit: the most bytes that the files of one session may take together.
    """

    def __init__(self, database: Database, *, clock: Clock, files_limit: int) -> None:
        self._database = database
        self._clock = clock
        self._files_limit = files_limit
        self._steady = SteadyTime(clock)
        # In tests time is a value, and goes for the leases as well.
        shared_now = database.now if isinstance(clock, SystemClock) else None
        self._do = Statements(database.insert, database.tell, shared_now)
        self._has_shared_time = shared_now is not None
        self._spending = SpendingStatements(database.insert)
        self._people = PeopleStatements(database.insert)
        self._file_statements = FileStatements(database.insert)
        self._desk = desk_statement()
        self._open_files: WeakValueDictionary[tuple[str, int, str], SqlFiles] = (
            WeakValueDictionary()
        )

    async def check(self) -> None:
        """Write a little, to see that it can be written.

        Raises:
            StoreError: it cannot.
        """
        given = {"p_now": self._clock.now()}
        await self._database.write(lambda db: _run(db, self._do.check, given))

    async def void_leases(self) -> None:
        """End all leases: what held them is dead. For a database of one process, at its start."""
        await self._database.write(lambda db: _run(db, self._do.void_leases, {}))

    async def listen(self) -> AsyncGenerator[SessionKey | None, None]:
        """The threads that got something from another process, as it comes; see `Store`."""
        async with aclosing(self._database.listen()) as words:
            async for word in words:
                yield SessionKey.parse(word) if word else None

    # --- threads ---

    async def thread(self, key: SessionKey) -> Thread | None:
        """What is known of a thread."""
        row = await self._database.read(
            lambda db: db.execute(self._do.thread, of_key(key)).one_or_none()
        )
        return None if row is None else _thread(row)

    async def share(self, key: SessionKey) -> None:
        """Note that several people have spoken in a thread; nothing for an unknown one."""
        await self._database.write(lambda db: _run(db, self._do.share, of_key(key)))

    async def overhear(self, key: SessionKey, at: datetime) -> None:
        """Note that something was said in a thread that was not for the bot."""
        given = {**of_key(key), "p_at": at}
        await self._database.write(lambda db: _run(db, self._do.overhear, given))

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
        made = {
            **of_key(key),
            "p_owner": None,
            "p_speaker": None,
            "p_is_shared": False,
            "p_session_id": new_session_id(1),
            "p_sent_at": self._clock.now(),
            "p_seen_until": None,
        }
        told = self._told(key)
        chosen = {
            "p_model": model,
            "p_effort": effort,
            "p_mode": mode,
            "p_profile": profile,
            "p_is_muted": is_muted,
        }

        def work(db: Connection) -> None:
            thread_id = db.execute(self._do.make_thread, made).scalar_one()
            db.execute(self._do.set_choices, {**chosen, "p_thread_id": thread_id, **told})

        await self._database.write(work)

    async def defaults(self, platform: str, person: str) -> Defaults:
        """What a person has chosen for the threads that they begin."""
        return await self._database.read(defaults_of(platform, person))

    async def keep_defaults(self, platform: str, person: str, defaults: Defaults) -> None:
        """Keep what a person chose for the threads that they begin."""
        await self._database.write(self._people.keeping(platform, person, defaults))

    async def threads_of(
        self, person: str, *, platform: str, workspace: str, channel: str, limit: int
    ) -> Sequence[Thread]:
        """The threads of a channel in which a person has spoken to the bot, newest first."""
        given = {
            "p_person": person,
            "k_platform": platform,
            "k_workspace": workspace,
            "k_channel": channel,
            "p_limit": limit,
        }
        rows = await self._database.read(lambda db: db.execute(self._do.threads_of, given).all())
        return [_thread(row) for row in rows]

    async def recent_threads(
        self, platform: str, *, since: datetime, limit: int, is_direct: bool | None = None
    ) -> Sequence[LastSaid]:
        """The threads of a platform in which something happened since, newest first."""
        given = {"k_platform": platform, "p_since": since, "p_limit": limit}
        statement = self._do.recent_threads[is_direct]
        rows = await self._database.read(lambda db: db.execute(statement, given).all())
        return [LastSaid(key=_key(row), at=row.said_at) for row in rows]

    async def desk(self, key: SessionKey) -> Sequence[FileInfo]:
        """The files on the desk of a thread's current session, by path: those that are durable."""
        rows = await self._database.read(lambda db: db.execute(self._desk, of_key(key)).all())
        return [file_info(row) for row in rows]

    async def backlog(self) -> Backlog:
        """What waits and what is being worked on, in all threads."""
        row = await self._database.read(lambda db: db.execute(self._do.backlog).one())
        return Backlog(
            queued=row.queued, running=row.running, threads=row.threads, oldest=row.oldest
        )

    async def waiting(self) -> Sequence[SessionKey]:
        """The threads that have something to do and no live lease, longest waiting first."""
        given = self._lease_times()
        rows = await self._database.read(lambda db: db.execute(self._do.waiting, given).all())
        return [_key(row) for row in rows]

    # --- what the intake writes ---

    async def append(self, entry: NewEntry) -> Appended:
        """Put an entry into its thread's mailbox, making the thread where needed."""
        has_spoken = entry.kind in SPOKEN
        thread_given = {
            **of_key(entry.key),
            "p_owner": entry.author.id if entry.is_direct else None,
            "p_speaker": entry.author.id if has_spoken else None,
            "p_is_shared": entry.is_shared,
            "p_session_id": new_session_id(1),
            "p_sent_at": entry.sent_at,
            "p_seen_until": entry.sent_at if entry.starts_thread else None,
        }
        given = {
            "p_kind": entry.kind.value,
            "p_source_id": entry.source_id,
            "p_author_id": entry.author.id,
            "p_author_name": entry.author.name,
            "p_author_is_bot": entry.author.is_bot,
            "p_text": entry.text,
            "p_files": entry.files,
            "p_reference": entry.reference,
            "p_sent_at": entry.sent_at,
            "p_state": (EntryState.FAILED if entry.is_too_late else EntryState.QUEUED).value,
            "p_ended_at": self._clock.now() if entry.is_too_late else None,
        }
        told = self._told(entry.key)

        def work(db: Connection) -> Appended:
            thread_id = db.execute(self._do.make_thread, thread_given).scalar_one()
            all_given = {**given, "p_thread_id": thread_id}
            row = db.execute(self._do.append, {**all_given, **told}).one_or_none()
            is_new = row is not None
            if row is None:
                row = db.execute(self._do.appended, all_given).one()
            return Appended(entry_id=row.id, is_new=is_new, ahead=row.ahead)

        return await self._database.write(work)

    async def revise(
        self, key: SessionKey, source_id: str, text: str, files: tuple[SharedFile, ...]
    ) -> bool:
        """Change a message that still waits; false when none does."""
        given = {**of_key(key), "p_source_id": source_id, "p_text": text, "p_files": files}
        return await self._database.write(lambda db: _hits(db, self._do.revise, given))

    async def withdraw(self, key: SessionKey, source_id: str) -> bool:
        """Drop what was said and still waits; false when nothing does."""
        given = {**of_key(key), "p_source_id": source_id, "p_now": self._clock.now()}
        return await self._database.write(lambda db: _hits(db, self._do.withdraw, given))

    async def queued(self, key: SessionKey) -> Sequence[Entry]:
        """The messages of a thread that wait, in the order in which they are taken."""
        rows = await self._database.read(lambda db: db.execute(self._do.queued, of_key(key)).all())
        return [_entry(row, key) for row in rows]

    async def promote(self, key: SessionKey, entry_id: int, *, over_all: bool) -> bool:
        """Let a message that waits be taken before others; false when it does not wait."""
        given = {**of_key(key), "p_entry_id": entry_id, "p_over_all": over_all}
        return _is_id(entry_id) and await self._database.write(
            lambda db: _hits(db, self._do.promote, given)
        )

    async def entry(self, entry_id: int) -> Entry | None:
        """One entry."""
        if not _is_id(entry_id):
            return None
        given = {"p_entry_id": entry_id}
        row = await self._database.read(lambda db: db.execute(self._do.entry, given).one_or_none())
        return None if row is None else _entry(row, _key(row))

    async def pending(self, place: SessionKey, message_id: str) -> Entry | None:
        """The message that is to be answered, and is a certain one, or has it in its reply."""
        given = {
            "k_platform": place.platform,
            "k_workspace": place.workspace,
            "k_channel": place.channel,
            "p_message_id": message_id,
        }
        row = await self._database.read(
            lambda db: db.execute(self._do.pending, given).one_or_none()
        )
        return None if row is None else _entry(row, _key(row))

    async def deliveries(self, entry_id: int) -> Sequence[Delivery]:
        """The messages of an entry's reply, in order."""
        if not _is_id(entry_id):
            return []
        given = {"p_entry_id": entry_id}
        rows = await self._database.read(lambda db: db.execute(self._do.deliveries, given).all())
        return [
            Delivery(
                entry_id=row.entry_id,
                part=row.part,
                reference=row.reference,
                is_open=bool(row.is_open),
            )
            for row in rows
        ]

    async def heard(self, key: SessionKey, since: datetime | None) -> frozenset[str]:
        """The platform's ids of what was said to a thread's sessions after a moment, or at all."""
        given = {**of_key(key), "p_since": since or EPOCH}
        rows = await self._database.read(lambda db: db.execute(self._do.heard, given).all())
        return frozenset(row.source_id for row in rows)

    # --- leases ---

    async def lease(self, key: SessionKey, owner: str, until: datetime) -> Lease | None:
        """Take the thread, if nobody else holds it at this time.

        Who holds it already may take it again: the new lease replaces the old one.
        """
        given = {**of_key(key), "p_owner": owner, **self._lease_times(until)}
        row = await self._database.write(lambda db: db.execute(self._do.lease, given).one_or_none())
        return None if row is None else _lease(row, owner)

    async def renew(self, owner: str, until: datetime) -> None:
        """Keep all leases of an owner until then."""
        given = {"p_owner": owner, **self._lease_times(until)}
        await self._database.write(lambda db: _run(db, self._do.renew, given))

    async def release(self, lease: Lease) -> None:
        """Let the thread go."""
        await self._database.write(self._fenced(lease, self._do.release, self._told(lease.key)))

    # --- what a worker writes ---

    async def take(self, lease: Lease) -> Entry | None:
        """Begin the next entry.

        The oldest control that waits comes first, and counts as done; then a message left
        running; then the oldest message that is queued.
        """
        given = {**of_lease(lease), "p_now": self._clock.now()}

        def work(db: Connection) -> Row[Any] | None:
            while True:
                row = db.execute(self._do.take, given).one_or_none()
                # Where that one was taken back at the same moment, another may be there.
                if row is not None or not self._check_lease(db, lease):
                    return row

        row = await self._database.write(work)
        return None if row is None else _entry(row, lease.key)

    async def take_controls(self, lease: Lease) -> Sequence[Entry]:
        """Take all controls that wait, oldest first; they count as done."""
        held = of_lease(lease)
        given = {**held, "p_now": self._clock.now()}

        def work(db: Connection) -> Sequence[Row[Any]]:
            found = db.execute(self._do.has_controls, held).one_or_none()
            if found is None:
                raise lease_lost(lease)
            if not found.has_controls:
                return []
            return db.execute(self._do.take_controls, given).all()

        rows = await self._database.write(work)
        taken = [_entry(row, lease.key) for row in rows]
        return sorted(taken, key=lambda entry: (entry.sent_at, entry.id))

    async def steer(self, lease: Lease, entry_id: int, into: int) -> Entry | None:
        """Bring a message that waits into the turn of another one; None when it does not wait."""
        given = {
            **of_lease(lease),
            "p_entry_id": entry_id,
            "p_into": into,
            "p_now": self._clock.now(),
        }

        def work(db: Connection) -> Row[Any] | None:
            row = db.execute(self._do.steer, given).one_or_none()
            if row is None:
                self._check_lease(db, lease)
            return row

        row = await self._database.write(work)
        return None if row is None else _entry(row, lease.key)

    async def unsteer(self, lease: Lease, entry_id: int) -> None:
        """Queue a message once more that did not reach the turn it was meant for."""
        given = {**of_lease(lease), "p_entry_id": entry_id}

        def work(db: Connection) -> None:
            self._check_lease(db, lease)
            db.execute(self._do.unsteer, given)

        await self._database.write(work)

    async def steered(self, lease: Lease, into: int) -> Sequence[Entry]:
        """The messages that are in the turn of another one, in the order they were brought."""
        given = {**of_lease(lease), "p_into": into}
        rows = await self._database.read(lambda db: db.execute(self._do.steered, given).all())
        return [_entry(row, lease.key) for row in rows]

    async def begin_session(self, lease: Lease) -> None:
        """Note that the thread's current session exists."""
        await self._database.write(self._fenced(lease, self._do.begin_session, {}))

    async def deliver(self, lease: Lease, delivery: Delivery) -> None:
        """Note a message of a reply, or what became of it.

        Raises:
            LookupError: the thread has no such entry.
        """
        given = {
            **of_lease(lease),
            "p_entry_id": delivery.entry_id,
            "p_part": delivery.part,
            "p_reference": delivery.reference,
            "p_is_open": delivery.is_open,
        }

        def work(db: Connection) -> None:
            if not _hits(db, self._do.deliver, given):
                self._check_lease(db, lease)
                raise LookupError(f"{lease.key} has no entry {delivery.entry_id}")

        await self._database.write(work)

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

        An entry that has ended already keeps how it ended.
        """
        if state in {EntryState.QUEUED, EntryState.RUNNING}:
            raise ValueError(f"{state} is no end")
        touched = {
            **of_lease(lease),
            "p_now": self._clock.now(),
            "p_title": title,
            "p_seen_until": seen_until,
            "p_is_shared": is_shared,
        }
        given = {
            **of_lease(lease),
            "p_now": touched["p_now"],
            "p_entry_id": entry_id,
            "p_state": state.value,
            "p_model": usage.model,
            "p_input_tokens": usage.input_tokens,
            "p_output_tokens": usage.output_tokens,
            "p_cost": usage.cost,
            "p_seconds": usage.seconds,
        }

        def work(db: Connection) -> None:
            if not _hits(db, self._do.touch, touched):
                raise lease_lost(lease)
            # This closes the deliveries as well: they are open only as long as their entry is.
            ended = db.execute(self._do.finish, given).all()
            row = next((each for each in ended if each.id == entry_id), None)
            if row is None:
                row = db.execute(self._do.finish_withdrawn, given).one_or_none()
            if row is not None:
                person = row.author_id or spent_by
                self._spending.spend(db, lease.key, person, usage, touched["p_now"])

        await self._database.write(work)

    async def requeue(self, lease: Lease, entry_id: int) -> bool:
        """Queue an entry that failed or was stopped once more; false if it was neither."""
        given = {**of_lease(lease), "p_entry_id": entry_id}

        def work(db: Connection) -> bool:
            if not _is_id(entry_id) or not _hits(db, self._do.requeue, given):
                self._check_lease(db, lease)
                return False
            db.execute(self._do.forget_deliveries, {"p_entry_id": entry_id})
            db.execute(self._do.requeue_steered, {**of_lease(lease), "p_into": entry_id})
            return True

        return await self._database.write(work)

    async def reset(self, lease: Lease) -> Lease:
        """Begin the thread's next generation, with a new session; withdraws what waits or runs.

        What came in after the newest reset that was taken stays: it is for the new session.
        """
        now = self._clock.now()
        held = of_lease(lease)
        given = {**held, "p_session_id": new_session_id(lease.thread.generation + 1), "p_now": now}

        def work(db: Connection) -> Row[Any]:
            sessions.keep_title(db, lease)
            row = db.execute(self._do.next_generation, given).one_or_none()
            if row is None:
                raise lease_lost(lease)
            db.execute(self._do.withdraw_before_reset, {**held, "p_now": now})
            return row

        return _lease(await self._database.write(work), lease.owner)

    # --- sessions ---

    async def sessions(self, key: SessionKey) -> Sequence[KnownSession]:
        """The sessions of a thread that there are, the current one first, then newest first."""
        return await self._database.read(sessions.of_thread(key))

    async def sessions_of(
        self, person: str, *, platform: str, workspace: str | None, limit: int
    ) -> Sequence[KnownSession]:
        """The sessions in which a person has a part, of all places of a workspace."""
        return await self._database.read(
            sessions.of_person(person, platform=platform, workspace=workspace, limit=limit)
        )

    async def has_part(self, key: SessionKey, person: str) -> bool:
        """Whether a person has spoken to the bot in a thread, or opened it."""
        return await self._database.read(sessions.part_of(key, person))

    async def answered(self, lease: Lease, *, limit: int) -> Sequence[Entry]:
        """The messages that the thread's current session was told and that are over."""
        rows = await self._database.read(sessions.answered(lease, limit))
        return [_entry(row, lease.key) for row in rows]

    async def rename(self, lease: Lease, title: str) -> None:
        """Give the thread's current session a title that stays."""
        await self._database.write(self._fenced(lease, self._do.rename, {"p_title": title}))

    async def copy_session(
        self,
        lease: Lease,
        source_session_id: str,
        target_session_id: str,
        *,
        thread: NewThread | None = None,
    ) -> bool:
        """Copy all files of a session of the thread, as they are durable, into a new session."""
        now = self._clock.now()
        return await self._database.write(
            sessions.copy(
                lease,
                source_session_id,
                target_session_id,
                now=now,
                insert=self._database.insert,
                thread=thread,
            )
        )

    async def bring_session(
        self, lease: Lease, source_session_id: str, target_session_id: str, *, by: str
    ) -> bool:
        """Copy a session of another thread into the lease's thread."""
        now = self._clock.now()
        return await self._database.write(
            sessions.bringing(
                lease,
                source_session_id,
                target_session_id,
                by=by,
                now=now,
                insert=self._database.insert,
            )
        )

    async def offer_move(
        self, key: SessionKey, person: str, code: str, until: datetime, *, summary: str = ""
    ) -> bool:
        """Let whoever has a code go on elsewhere with a thread's current session."""
        now = self._steady.now()
        return await self._database.write(
            moves.offer(key, person, code, now=now, until=self._steady.of(until), summary=summary)
        )

    async def move(self, code: str) -> Move | None:
        """What a code is good for; None for one that is not, or not any more."""
        return await self._database.read(moves.look(code, self._steady.now()))

    async def redeem_move(self, code: str) -> Move | None:
        """Use a code up; None where it is not good, or was used by somebody else."""
        return await self._database.write(moves.redemption(code, self._steady.now()))

    async def adopt_session(
        self, lease: Lease, session_id: str, *, asked_by: int | None = None
    ) -> Lease:
        """Make a session of the thread its current one, as the next generation."""
        now = self._clock.now()
        row = await self._database.write(
            sessions.adoption(lease, session_id, asked_by=asked_by, now=now)
        )
        return _lease(row, lease.owner)

    async def delete_session(self, lease: Lease, session_id: str, *, by: str = "") -> bool:
        """Delete a session that is not the thread's current one, and what was said to it."""
        now = self._clock.now()
        return await self._database.write(sessions.deletion(lease, session_id, by=by, now=now))

    async def delete_thread(self, lease: Lease, *, asked_by: int, by: str) -> Lease:
        """Delete all sessions of the thread and all that was said in it, and begin anew."""
        now = self._clock.now()
        new_id = new_session_id(lease.thread.generation + 1)
        row = await self._database.write(
            sessions.clearing(lease, new_id, asked_by=asked_by, by=by, now=now)
        )
        return _lease(row, lease.owner)

    # --- requests ---

    async def open_request(self, lease: Lease, request: Request) -> Request:
        """Keep a request; returns the one that counts, as it stands."""
        kept = replace(
            request,
            opened_at=self._steady.of(request.opened_at),
            expires_at=self._steady.of(request.expires_at),
        )
        return await self._database.write(requests.opened(lease, kept, self._steady.now()))

    async def show_request(self, lease: Lease, request_id: str, reference: str) -> None:
        """Note the message that shows a request."""
        await self._database.write(requests.shown(lease, request_id, reference))

    async def request(self, request_id: str) -> Request | None:
        """One request; None where there is none."""
        return await self._database.read(requests.one(request_id))

    async def open_requests(self, key: SessionKey) -> Sequence[Request]:
        """The requests of a thread that can still be decided, oldest first."""
        return await self._database.read(requests.open_ones(key))

    async def requests_for(
        self, person: str, *, platform: str, workspace: str, decides_all: bool, limit: int
    ) -> Sequence[Request]:
        """The requests that wait for a person, oldest first."""
        return await self._database.read(
            requests.waiting_for(
                person,
                platform=platform,
                workspace=workspace,
                decides_all=decides_all,
                limit=limit,
            )
        )

    async def decide(
        self, request_id: str, by: str, state: RequestState, answer: str = ""
    ) -> Request | None:
        """Decide a request; returns it as it stands now, whoever decided it."""
        now = self._steady.now()
        return await self._database.write(requests.decision(request_id, by, state, answer, now))

    async def expire_requests(self) -> Sequence[Request]:
        """Let all requests end that nobody decided in time; returns those."""
        return await self._database.write(requests.expiry(self._steady.now()))

    async def withdraw_requests(
        self, lease: Lease, *, entry_id: int | None = None, request_id: str | None = None
    ) -> Sequence[Request]:
        """Withdraw what is open in a thread, of one message or one request if given."""
        now = self._steady.now()
        return await self._database.write(
            requests.withdrawal(lease, entry_id=entry_id, request_id=request_id, now=now)
        )

    # --- what is spent ---

    async def spend(self, key: SessionKey, person: str, usage: Usage) -> None:
        """Count what was spent beside the messages of a thread."""
        now = self._clock.now()
        await self._database.write(lambda db: self._spending.spend(db, key, person, usage, now))

    async def spent(
        self, scope: Scope, key: SessionKey, person: str, since: datetime | None
    ) -> Spent:
        """What was spent in a thread or channel, by a person or by all."""
        return await self._database.read(spending.sum_of(scope, key, person, since))

    async def spenders(
        self, platform: str, since: datetime | None, *, limit: int
    ) -> Sequence[Spender]:
        """Who has spent on a platform from the day of a moment on, the most first."""
        return await self._database.read(spending.by_person(platform, since, limit=limit))

    async def standings(
        self, budgets: Sequence[Budget], key: SessionKey, person: str
    ) -> Sequence[Standing]:
        """How budgets stand now for a person in a thread, in their order."""
        now = self._clock.now()
        return await self._database.read(spending.standing(budgets, key, person, now))

    async def raise_budget(
        self, budget: Budget, key: SessionKey, person: str, amount: float, by: str
    ) -> None:
        """Add to a budget; a daily one is raised for today."""
        now = self._clock.now()
        await self._database.write(self._spending.raising(budget, key, person, amount, by, now))

    async def warn_of(self, budget: Budget, key: SessionKey, person: str) -> bool:
        """Note that people know that little is left of a budget; true the first time."""
        now = self._clock.now()
        return await self._database.write(self._spending.warning(budget, key, person, now))

    async def audit(self, *, limit: int) -> Sequence[AuditEntry]:
        """What was decided, newest first."""
        return await self._database.read(audit.listing(limit))

    # --- comparisons ---

    async def begin_comparison(self, lease: Lease, comparison: Comparison) -> Comparison:
        """Keep a comparison; returns that of the same entry where one was begun before."""
        return await self._database.write(comparisons.begun(lease, comparison))

    async def end_candidate(self, lease: Lease, comparison_id: str, candidate: Candidate) -> None:
        """Note how an answer of a comparison has ended; the first end counts."""
        await self._database.write(comparisons.ended(lease, comparison_id, candidate))

    async def open_votes(
        self, lease: Lease, comparison_id: str, *, expires_at: datetime
    ) -> Comparison:
        """No answer is being written any more."""
        return await self._database.write(
            comparisons.votes_opened(lease, comparison_id, expires_at)
        )

    async def comparison(self, comparison_id: str) -> Comparison | None:
        """One comparison, with its votes; None where there is none."""
        return await self._database.read(comparisons.one(comparison_id))

    async def vote(self, comparison_id: str, person: str, label: str) -> Comparison | None:
        """Vote, or vote anew; None where there is no such comparison."""
        now, insert = self._clock.now(), self._database.insert
        return await self._database.write(
            comparisons.vote(comparison_id, person, label, insert=insert, now=now)
        )

    async def reveal(self, comparison_id: str, by: str) -> Comparison | None:
        """Reveal the models; None where there is no such comparison."""
        return await self._database.write(comparisons.reveal(comparison_id, by, self._clock.now()))

    async def choose(self, comparison_id: str, label: str) -> Comparison | None:
        """Choose with which answer the thread goes on; None where there is no such comparison."""
        return await self._database.write(comparisons.choice(comparison_id, label))

    async def drop_candidates(self, lease: Lease) -> None:
        """Delete the sessions of all answers with which the thread did not go on."""
        await self._database.write(comparisons.dropping(lease))

    async def overdue_comparisons(self) -> Sequence[Comparison]:
        """The comparisons that nobody revealed in time, and that are not revealed yet."""
        return await self._database.read(comparisons.overdue_ones(self._clock.now()))

    async def comparisons(
        self, key: SessionKey, *, generation: int, since: datetime | None
    ) -> Sequence[Comparison]:
        """What a generation of a thread compared after a moment, or at all, oldest first."""
        return await self._database.read(comparisons.of_thread(key, generation, since))

    async def compared(self, person: str, *, platform: str, workspace: str) -> Sequence[Comparison]:
        """The comparisons that are revealed, but for those in the direct messages of others."""
        return await self._database.read(
            comparisons.of_workspace(person, platform=platform, workspace=workspace)
        )

    # --- working directories ---

    async def act(self, lease: Lease, entry_id: int, tool: str) -> None:
        """Note that a tool with an effect outside begins in an entry's turn."""
        await self._database.write(directories.act(lease, entry_id, tool))

    async def directory(self, lease: Lease) -> ThreadDirectory | None:
        """The directory that the thread works in; None where it has none."""
        return await self._database.write(directories.one(lease))

    async def keep_directory(self, lease: Lease, directory: ThreadDirectory | None) -> None:
        """Note which directory the thread works in; None for none any more."""
        await self._database.write(directories.kept(lease, directory))

    async def directories(self, host: str) -> Collection[str]:
        """The names of the directories that threads have on a host."""
        return await self._database.read(directories.names_on(host))

    # --- files ---

    def files(self, lease: Lease, session_id: str) -> SqlFiles:
        """The files of a session of the thread; nothing is read before the first call.

        As long as somebody holds on to them, the same object is returned for the same lease.
        What was not flushed goes with the object.
        """
        name = (session_id, lease.fence, lease.owner)
        found = self._open_files.get(name)
        if found is None:
            is_current = session_id == lease.thread.session_id
            found = self._open_files[name] = SqlFiles(
                self._database,
                self._file_statements,
                lease,
                session_id,
                generation=lease.thread.generation if is_current else None,
                clock=self._clock,
                limit=self._files_limit,
            )
        return found

    def _fenced(
        self, lease: Lease, statement: Any, given: dict[str, Any]
    ) -> Callable[[Connection], None]:
        """A transaction of one statement that must change the thread's own row."""

        def work(db: Connection) -> None:
            if not _hits(db, statement, {**of_lease(lease), **given}):
                raise lease_lost(lease)

        return work

    def _check_lease(self, db: Connection, lease: Lease) -> bool:
        """Pass if the lease is the thread's newest; tells whether something is in its mailbox."""
        row = db.execute(self._do.check_lease, of_lease(lease)).one_or_none()
        if row is None:
            raise lease_lost(lease)
        return bool(row.is_pending)

    def _lease_times(self, until: datetime | None = None) -> dict[str, int]:
        """The parameters of a statement that looks at leases, or makes one last until then."""
        now = self._clock.now()
        given = {} if self._has_shared_time else {"p_now": to_microseconds(now)}
        if until is not None:
            given["p_for"] = (until - now) // timedelta(microseconds=1)
        return given

    def _told(self, key: SessionKey) -> dict[str, Any]:
        """The parameter of a statement that tells the others of a thread."""
        if self._database.tell is None:
            return {}
        name = str(SessionKey(**{part: sound(text) for part, text in asdict(key).items()}))
        return {"p_told": name if len(name) <= _LONGEST_WORD else ""}


def _is_id(number: int) -> bool:
    # An id may come from a button, so from outside; a database knows 64 bits.
    return 0 < number < 2**63


def _run(db: Connection, statement: Any, given: dict[str, Any]) -> None:
    db.execute(statement, given)


def _hits(db: Connection, statement: Any, given: dict[str, Any]) -> bool:
    return db.execute(statement, given).first() is not None


def _key(row: Row[Any]) -> SessionKey:
    return SessionKey(
        platform=row.platform, workspace=row.workspace, channel=row.channel, thread=row.thread
    )


def _thread(row: Row[Any]) -> Thread:
    return Thread(
        key=_key(row),
        owner=row.owner,
        sole_speaker=None if row.is_shared else row.first_speaker,
        generation=row.generation,
        session_id=row.session_id,
        has_session=row.has_session,
        title=row.title,
        last_active=row.last_active,
        seen_until=row.seen_until,
        is_named=bool(row.is_named),
        compared_at=row.compared_at,
        unheard_at=row.unheard_at,
        choices=_choices(row),
    )


def _choices(row: Row[Any], prefix: str = "") -> Choices:
    mode, profile = getattr(row, f"{prefix}mode"), getattr(row, f"{prefix}profile")
    return Choices(
        model=getattr(row, f"{prefix}model"),
        effort=getattr(row, f"{prefix}effort"),
        # What a newer version has set, this one may not know.
        mode=Mode(mode) if mode in set(Mode) else None,
        profile=Profile(profile) if profile in set(Profile) else None,
        is_muted=bool(getattr(row, f"{prefix}is_muted")),
    )


def _lease(row: Row[Any], owner: str) -> Lease:
    thread = _thread(row)
    return Lease(key=thread.key, owner=owner, fence=row.fence, thread=thread)


def _entry(row: Row[Any], key: SessionKey) -> Entry:
    return Entry(
        id=row.id,
        key=key,
        kind=EntryKind(row.kind),
        state=EntryState(row.state),
        source_id=row.source_id,
        author=Person(id=row.author_id, name=row.author_name, is_bot=row.author_is_bot),
        text=row.text,
        reference=row.reference,
        sent_at=row.sent_at,
        attempts=row.attempts,
        taken_at=row.taken_at,
        retries=row.retries,
        files=row.files,
        is_shared=bool(row.thread_is_shared),
        unheard_at=row.thread_unheard_at,
        choices=_choices(row, "thread_"),
        acts=row.acts,
    )
