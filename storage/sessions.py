"""The sessions of threads: listed, copied, made the current one, and deleted.

The title of a thread's current session is with the thread, where each turn reads and writes it; it
goes to the session once another becomes the current one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import insert as insert_into

from bot.audit import AuditEntry
from bot.keys import SessionKey
from bot.mailbox import SPOKEN, EntryKind, EntryState, KnownSession, Lease, NewThread
from storage.audit import note
from storage.failures import lease_lost
from storage.schema import (
    chunks,
    comparisons,
    deliveries,
    directories,
    entries,
    files,
    requests,
    sessions,
    threads,
)
from storage.statements import (
    CHOICES,
    held,
    is_any,
    is_held,
    is_named,
    later,
    of_its_thread,
    of_key,
    of_lease,
)

_KNOWN_FOR: Final = timedelta(days=1)
"""How long platforms may bring once more what was said; so long it is known that it was heard."""

_CARRIED: Final = tuple(name for name in CHOICES if name != "is_muted")
"""What a thread that begins with a copy has from the other one's people: how sessions are."""

_of_session = sessions.c.session_id == bindparam("p_session_id")
_is_current = sessions.c.session_id == threads.c.session_id

# --- listing


def _listed() -> Any:
    """Sessions with what they took: a `where` is still to come."""

    def total(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(func.coalesce(func.sum(column), 0), column.type).label(column.key)

    last_active = func.coalesce(func.max(entries.c.ended_at), sessions.c.began_at)
    return (
        select(
            sessions.c.session_id,
            sessions.c.generation,
            sessions.c.began_at,
            threads.c.platform,
            threads.c.workspace,
            threads.c.channel,
            threads.c.thread,
            threads.c.owner,
            _is_current.label("is_current"),
            case((_is_current, threads.c.title), else_=sessions.c.title).label("title"),
            cast(last_active, sessions.c.began_at.type).label("last_active"),
            total(entries.c.input_tokens),
            total(entries.c.output_tokens),
            total(entries.c.cost),
        )
        .join_from(sessions, threads, threads.c.id == sessions.c.thread_id)
        .outerjoin(
            entries,
            (entries.c.thread_id == sessions.c.thread_id)
            & (entries.c.session_id == sessions.c.session_id),
        )
        .group_by(sessions.c.id, threads.c.id)
    )


_of_thread = (
    _listed().where(is_named, sessions.c.generation > 0).order_by(sessions.c.generation.desc())
)


def _of_person() -> Any:
    person: ColumnElement[str] = bindparam("p_person")
    spoken_to = select(entries.c.session_id).where(
        entries.c.author_id == person, is_any(entries.c.kind, SPOKEN)
    )
    return (
        _listed()
        .where(
            threads.c.platform == bindparam("k_platform"),
            threads.c.workspace
            == func.coalesce(
                bindparam("k_workspace", type_=threads.c.workspace.type), threads.c.workspace
            ),
            or_(threads.c.owner.is_(None), threads.c.owner == person),
            or_(sessions.c.session_id.in_(spoken_to), sessions.c.began_by == person),
            sessions.c.generation > 0,
        )
        .order_by(
            func.coalesce(func.max(entries.c.ended_at), sessions.c.began_at).desc(),
            sessions.c.id.desc(),
        )
        .limit(bindparam("p_limit"))
    )


_of_one = _of_person()


def of_thread(key: SessionKey) -> Callable[[Connection], list[KnownSession]]:
    """The sessions of a thread, newest first."""
    return lambda db: [_session(row) for row in db.execute(_of_thread, of_key(key))]


def of_person(
    person: str, *, platform: str, workspace: str | None, limit: int
) -> Callable[[Connection], list[KnownSession]]:
    """The sessions in which a person has a part, of all places of a workspace."""
    given = {
        "p_person": person,
        "k_platform": platform,
        "k_workspace": workspace,
        "p_limit": limit,
    }
    return lambda db: [_session(row) for row in db.execute(_of_one, given)]


_spoke_or_opened = select(threads.c.id).where(
    is_named,
    or_(
        exists().where(
            entries.c.thread_id == threads.c.id,
            entries.c.author_id == bindparam("p_person"),
            is_any(entries.c.kind, SPOKEN),
        ),
        exists().where(
            sessions.c.thread_id == threads.c.id, sessions.c.began_by == bindparam("p_person")
        ),
    ),
)
_answered = (
    select(entries, *of_its_thread(is_named))
    .join_from(entries, threads, threads.c.id == entries.c.thread_id)
    .where(
        is_named,
        entries.c.session_id == threads.c.session_id,
        entries.c.kind == EntryKind.MESSAGE.value,
        entries.c.ended_at.is_not(None),
    )
    .order_by(entries.c.ended_at.desc(), entries.c.id.desc())
    .limit(bindparam("p_limit"))
)


def part_of(key: SessionKey, person: str) -> Callable[[Connection], bool]:
    """Whether a person has spoken to the bot in a thread, or opened it."""
    given = {**of_key(key), "p_person": person}
    return lambda db: db.execute(_spoke_or_opened, given).first() is not None


def answered(lease: Lease, limit: int) -> Callable[[Connection], Sequence[Row[Any]]]:
    """The messages that the current session was told and that are over, newest first."""
    given = {**of_key(lease.key), "p_limit": limit}
    return lambda db: db.execute(_answered, given).all()


# --- which one is the current one

_keep_title = (
    update(sessions)
    .where(
        sessions.c.session_id
        == select(threads.c.session_id).where(is_held).with_for_update().scalar_subquery()
    )
    .values(
        title=select(threads.c.title).where(is_held).scalar_subquery(),
        is_named=select(threads.c.is_named).where(is_held).scalar_subquery(),
    )
)
_next_generation = (
    update(sessions)
    .where(sessions.c.thread_id == held, _of_session)
    .values(generation=select(threads.c.generation + 1).where(is_held).scalar_subquery())
    .returning(sessions.c.id)
)
_title = select(sessions.c.title).where(_of_session).scalar_subquery()
_is_titled = select(sessions.c.is_named).where(_of_session).scalar_subquery()
_adopt = (
    update(threads)
    .where(is_held)
    .values(
        generation=threads.c.generation + 1,
        session_id=bindparam("p_session_id"),
        has_session=True,
        title=_title,
        is_named=_is_titled,
        last_active=later(threads.c.last_active, "p_now"),
        seen_until=bindparam("p_now"),
    )
    .returning(threads)
)
_came_before = or_(
    entries.c.state == EntryState.RUNNING.value, entries.c.id < bindparam("p_asked_by")
)
_withdraw = (
    update(entries)
    .where(entries.c.thread_id == held, entries.c.ended_at.is_(None), _came_before)
    .values(state=EntryState.WITHDRAWN.value, ended_at=bindparam("p_now"))
)


def keep_title(db: Connection, lease: Lease) -> None:
    """Leave its title with the thread's current session, before another becomes that."""
    db.execute(_keep_title, of_lease(lease))


def adoption(
    lease: Lease, session_id: str, *, asked_by: int | None, now: datetime
) -> Callable[[Connection], Row[Any]]:
    """Make a session of the thread its current one.

    Raises:
        LookupError: the thread has no such session.
    """
    given = {**of_lease(lease), "p_session_id": session_id, "p_now": now}

    def work(db: Connection) -> Row[Any]:
        keep_title(db, lease)
        if db.execute(_next_generation, given).first() is None:
            _check(db, lease)
            raise _no_session(lease, session_id)
        if asked_by is not None:
            db.execute(_withdraw, {**given, "p_asked_by": asked_by})
        row: Row[Any] = db.execute(_adopt, given).one()
        return row

    return work


# --- copying

_foreign = (
    select(
        sessions.c.id,
        sessions.c.thread_id,
        case((_is_current, threads.c.title), else_=sessions.c.title).label("title"),
        case((_is_current, threads.c.is_named), else_=sessions.c.is_named).label("is_named"),
        *(threads.c[name] for name in _CARRIED),
    )
    .join_from(sessions, threads, threads.c.id == sessions.c.thread_id)
    .where(_of_session)
)
_source = _foreign.where(is_held).with_for_update(of=threads, key_share=True)
_thread_row = select(threads.c.id).where(is_held).with_for_update(key_share=True)
_copy_files = insert_into(files).from_select(
    ["session", "path", "is_directory", "created_at", "changed_at", "size", "content"],
    select(
        bindparam("p_target", type_=files.c.session.type),
        files.c.path,
        files.c.is_directory,
        files.c.created_at,
        files.c.changed_at,
        files.c.size,
        files.c.content,
    ).where(files.c.session == bindparam("p_source")),
)


def _copy_of_chunks() -> Any:
    old, new = files.alias("old"), files.alias("new")
    return insert_into(chunks).from_select(
        ["file_id", "size", "added_at", "content"],
        select(new.c.id, chunks.c.size, chunks.c.added_at, chunks.c.content)
        .join_from(chunks, old, old.c.id == chunks.c.file_id)
        .join(new, new.c.path == old.c.path)
        .where(old.c.session == bindparam("p_source"), new.c.session == bindparam("p_target"))
        # The rows are made, and numbered, in this order, which is that of the content.
        .order_by(chunks.c.id),
    )


_copy_chunks = _copy_of_chunks()


def copy(
    lease: Lease,
    source_session_id: str,
    target_session_id: str,
    *,
    now: datetime,
    insert: Callable[[Table], Any],
    thread: NewThread | None,
) -> Callable[[Connection], bool]:
    """Copy a session, into its thread or into a new one; false where the target is there already.

    Args:
        lease: of the thread that it is copied from.
        source_session_id: what is copied.
        target_session_id: what the copy is called.
        now: the time.
        insert: the dialect's.
        thread: a thread that begins with the copy; None to leave it in the same one.

    Raises:
        LookupError: the thread has no such session.
    """

    def work(db: Connection) -> bool:
        given = {**of_lease(lease), "p_session_id": source_session_id}
        source = db.execute(_source, given).one_or_none()
        if source is None:
            _check(db, lease)
            raise _no_session(lease, source_session_id)
        title = source.title if thread is None else thread.title or source.title
        thread_id = source.thread_id
        if thread is not None:
            making = (
                insert(threads)
                .values(**_thread_of(thread, target_session_id, source, now))
                .on_conflict_do_nothing(
                    index_elements=["platform", "workspace", "channel", "thread"]
                )
                .returning(threads.c.id)
            )
            thread_id = db.execute(making).scalar_one_or_none()
            if thread_id is None:
                return False
        made = {
            "thread_id": thread_id,
            "session_id": target_session_id,
            "generation": 0 if thread is None else 1,
            "began_at": now,
            "began_by": "" if thread is None else thread.began_by.id,
            "title": title,
            "is_named": bool(source.is_named),
        }
        return _copied(db, insert, source.id, made)

    return work


def bringing(
    lease: Lease,
    source_session_id: str,
    target_session_id: str,
    *,
    by: str,
    now: datetime,
    insert: Callable[[Table], Any],
) -> Callable[[Connection], bool]:
    """Copy a session of another thread into the lease's; false where the target is there already.

    Raises:
        LookupError: there is no such session.
    """

    def work(db: Connection) -> bool:
        thread_id = db.execute(_thread_row, of_lease(lease)).scalar_one_or_none()
        if thread_id is None:
            raise lease_lost(lease)
        source = db.execute(_foreign, {"p_session_id": source_session_id}).one_or_none()
        if source is None:
            raise LookupError(f"there is no session {source_session_id}")
        made = {
            "thread_id": thread_id,
            "session_id": target_session_id,
            "generation": 0,
            "began_at": now,
            "began_by": by,
            "title": source.title,
            "is_named": bool(source.is_named),
        }
        return _copied(db, insert, source.id, made)

    return work


def _copied(
    db: Connection, insert: Callable[[Table], Any], source: int, made: dict[str, Any]
) -> bool:
    """Make a session with the files of another one; false where there is one of its name."""
    making = (
        insert(sessions)
        .values(**made)
        .on_conflict_do_nothing(index_elements=["session_id"])
        .returning(sessions.c.id)
    )
    target = db.execute(making).scalar_one_or_none()
    if target is None:
        return False
    both = {"p_source": source, "p_target": target}
    db.execute(_copy_files, both)
    db.execute(_copy_chunks, both)
    return True


def _thread_of(
    thread: NewThread, session_id: str, source: Row[Any], now: datetime
) -> dict[str, Any]:
    person = thread.began_by.id
    return {
        **{name: getattr(source, name) for name in _CARRIED},
        **{name.removeprefix("k_"): part for name, part in of_key(thread.key).items()},
        "owner": person if thread.is_direct else None,
        "first_speaker": person,
        "is_shared": False,
        "generation": 1,
        "session_id": session_id,
        "has_session": True,
        "title": thread.title or source.title,
        "is_named": bool(source.is_named) and not thread.title,
        "last_active": now,
        "seen_until": now,
        "fence": 0,
    }


# --- deleting

_current_id = select(threads.c.session_id).where(is_held).with_for_update(key_share=True)
_drop_one = (
    delete(sessions).where(sessions.c.thread_id == held, _of_session).returning(sessions.c.id)
)
_drop_all = delete(sessions).where(sessions.c.thread_id == held)
_drop_directory = delete(directories).where(directories.c.thread_id == held)
_was_told = entries.c.session_id == bindparam("p_session_id")
_is_over = or_(entries.c.ended_at.is_not(None), _came_before)
_begin_anew = (
    update(threads)
    .where(is_held)
    .values(
        generation=threads.c.generation + 1,
        session_id=bindparam("p_session_id"),
        has_session=False,
        title="",
        is_named=False,
        last_active=later(threads.c.last_active, "p_now"),
        seen_until=bindparam("p_now"),
    )
    .returning(threads)
)


class _Forgetting:
    """Statements that forget what was said: some entries of a thread, with all about them.

    Of what a platform may bring once more, it stays known that it was said, and nothing else: not
    what, and not by whom. So does when the last of it was.
    """

    def __init__(self, which: ColumnElement[bool]) -> None:
        # Some databases leave no reading of the table that is changed, but by another name.
        other = entries.alias("other")
        last = select(func.max(other.c.id)).where(other.c.thread_id == held).scalar_subquery()
        ours = select(entries.c.id).where(entries.c.thread_id == held, which)
        self._statements = (
            delete(requests).where(requests.c.entry_id.in_(ours)),
            delete(deliveries).where(deliveries.c.entry_id.in_(ours)),
            delete(comparisons).where(comparisons.c.entry_id.in_(ours)),
            delete(entries).where(
                entries.c.thread_id == held,
                which,
                entries.c.ended_at < bindparam("p_known_since", type_=entries.c.ended_at.type),
                entries.c.id < last,
            ),
            update(entries)
            .where(entries.c.thread_id == held, which)
            .values(
                author_id="",
                author_name="",
                text="",
                files=(),
                reference="",
                session_id="",
                state=case(
                    (entries.c.ended_at.is_(None), literal(EntryState.WITHDRAWN.value)),
                    else_=entries.c.state,
                ),
                ended_at=func.coalesce(
                    entries.c.ended_at, bindparam("p_now", type_=entries.c.ended_at.type)
                ),
            ),
        )

    def run(self, db: Connection, given: dict[str, Any], now: datetime) -> None:
        """Forget them."""
        for statement in self._statements:
            db.execute(statement, {**given, "p_now": now, "p_known_since": now - _KNOWN_FOR})


_forget_told, _forget_all = _Forgetting(_was_told), _Forgetting(_is_over)


def deletion(
    lease: Lease, session_id: str, *, by: str, now: datetime
) -> Callable[[Connection], bool]:
    """Delete a session that is not the current one; false where the thread has no such session.

    Raises:
        ValueError: it is the current one.
    """

    def work(db: Connection) -> bool:
        given = {**of_lease(lease), "p_session_id": session_id}
        if _check(db, lease) == session_id:
            raise ValueError(f"{session_id} is the current session of {lease.key}")
        if db.execute(_drop_one, given).first() is None:
            return False
        _forget_told.run(db, given, now)
        if by:
            note(db, _deleted(lease.key, by, session_id, now))
        return True

    return work


def clearing(
    lease: Lease, new_id: str, *, asked_by: int, by: str, now: datetime
) -> Callable[[Connection], Row[Any]]:
    """Delete all that was said in a thread until it was asked for, and all its sessions."""

    def work(db: Connection) -> Row[Any]:
        given = {**of_lease(lease), "p_asked_by": asked_by}
        session_id = _check(db, lease)
        db.execute(_drop_all, given)
        db.execute(_drop_directory, given)
        _forget_all.run(db, given, now)
        note(db, _deleted(lease.key, by, session_id, now))
        row: Row[Any] = db.execute(
            _begin_anew, {**of_lease(lease), "p_session_id": new_id, "p_now": now}
        ).one()
        return row

    return work


def _deleted(key: SessionKey, by: str, session_id: str, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now, key=key, person=by, action="deleted", about=session_id, detail="session"
    )


# --- within


def _check(db: Connection, lease: Lease) -> str:
    """Pass if the lease is the thread's newest; tells the thread's current session."""
    found: str | None = db.execute(_current_id, of_lease(lease)).scalar_one_or_none()
    if found is None:
        raise lease_lost(lease)
    return found


def _no_session(lease: Lease, session_id: str) -> LookupError:
    return LookupError(f"{lease.key} has no session {session_id}")


def _session(row: Row[Any]) -> KnownSession:
    return KnownSession(
        session_id=row.session_id,
        key=SessionKey(
            platform=row.platform, workspace=row.workspace, channel=row.channel, thread=row.thread
        ),
        owner=row.owner,
        generation=row.generation,
        is_current=bool(row.is_current),
        title=row.title,
        began_at=row.began_at,
        last_active=row.last_active,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cost=row.cost,
    )
