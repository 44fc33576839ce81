"""The requests of threads, and what was decided of them: statements, and work made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from bot.audit import AuditEntry, entry_of
from bot.keys import SessionKey
from bot.mailbox import Lease
from bot.requests import Request, RequestKind, RequestState, decided, expired
from storage.audit import note
from storage.failures import lease_lost
from storage.schema import requests, threads
from storage.statements import is_held, is_named, of_key, of_lease

_OPEN: Final = RequestState.OPEN.value
_NAMES: Final = (threads.c.platform, threads.c.workspace, threads.c.channel, threads.c.thread)
_KEPT: Final = (
    "generation",
    "entry_id",
    "kind",
    "state",
    "fingerprint",
    "scope",
    "text",
    "detail",
    "choices",
    "allows_text",
    "asked_of",
    "needed",
    "allowed_by",
    "reference",
    "answer",
    "decided_by",
    "opened_at",
    "expires_at",
)
"""The fields of a request that are columns by the same name."""

_thread_row = select(threads.c.id).where(is_held).with_for_update(key_share=True)
_all = select(requests, *_NAMES).join_from(requests, threads, threads.c.id == requests.c.thread_id)
_locked = _all.with_for_update(of=requests)
_is_open = requests.c.state == _OPEN

_same = _locked.where(
    requests.c.entry_id == bindparam("p_entry_id"),
    requests.c.fingerprint == bindparam("p_fingerprint"),
    requests.c.state != RequestState.WITHDRAWN.value,
)
_standing = _all.where(
    is_named,
    requests.c.generation == bindparam("p_generation"),
    requests.c.scope == bindparam("p_scope"),
    requests.c.state == RequestState.ALLOWED_FOR_THREAD.value,
).limit(1)
_by_id = requests.c.id == bindparam("p_id")
_one = _all.where(_by_id)
_one_locked = _locked.where(_by_id)
_open_of_thread = _all.where(is_named, _is_open).order_by(requests.c.opened_at, requests.c.id)
_overdue = _locked.where(
    _is_open, requests.c.expires_at <= bindparam("p_now", type_=requests.c.expires_at.type)
).order_by(requests.c.id)
_shown = (
    update(requests)
    .where(_by_id, requests.c.thread_id == bindparam("p_thread_id"))
    .values(reference=bindparam("p_reference"))
)
_changed = (
    update(requests)
    .where(_by_id)
    .values(
        state=bindparam("p_state"),
        allowed_by=bindparam("p_allowed_by"),
        answer=bindparam("p_answer"),
        decided_by=bindparam("p_decided_by"),
    )
)


def _for_person(*, decides_all: bool) -> Any:
    person: ColumnElement[str] = bindparam("p_person")
    own = requests.c.asked_of == person
    return (
        _all.where(
            threads.c.platform == bindparam("k_platform"),
            threads.c.workspace == bindparam("k_workspace"),
            or_(threads.c.owner.is_(None), threads.c.owner == person),
            _is_open,
            *(() if decides_all else (own,)),
        )
        .order_by(requests.c.opened_at, requests.c.id)
        .limit(bindparam("p_limit"))
    )


_of_all, _of_own = _for_person(decides_all=True), _for_person(decides_all=False)


def opened(lease: Lease, request: Request, now: datetime) -> Callable[[Connection], Request]:
    """Keep a request, or find the one that counts."""

    def work(db: Connection) -> Request:
        thread_id = _held(db, lease)
        found = db.execute(
            _same, {"p_entry_id": request.entry_id, "p_fingerprint": request.fingerprint}
        ).one_or_none()
        if found is not None:
            return _written(db, _request(found), now, by="")
        if request.is_open and request.scope:
            given = {"p_generation": request.generation, "p_scope": request.scope}
            standing = db.execute(_standing, {**of_key(request.key), **given}).one_or_none()
            if standing is not None:
                return _request(standing)
        values = {name: getattr(request, name) for name in _KEPT}
        db.execute(insert(requests), {**values, "id": request.id, "thread_id": thread_id})
        _tell(db, entry_of(None, request, now, by=request.decided_by))
        return request

    return work


def shown(lease: Lease, request_id: str, reference: str) -> Callable[[Connection], None]:
    """Note the message that shows a request."""

    def work(db: Connection) -> None:
        given = {"p_id": request_id, "p_reference": reference}
        db.execute(_shown, {**given, "p_thread_id": _held(db, lease)})

    return work


def one(request_id: str) -> Callable[[Connection], Request | None]:
    """One request."""

    def work(db: Connection) -> Request | None:
        row = db.execute(_one, {"p_id": request_id}).one_or_none()
        return None if row is None else _request(row)

    return work


def open_ones(key: SessionKey) -> Callable[[Connection], list[Request]]:
    """The requests of a thread that can still be decided, oldest first."""
    return lambda db: [_request(row) for row in db.execute(_open_of_thread, of_key(key))]


def waiting_for(
    person: str, *, platform: str, workspace: str, decides_all: bool, limit: int
) -> Callable[[Connection], list[Request]]:
    """The requests that wait for a person, oldest first."""
    given = {
        "p_person": person,
        "k_platform": platform,
        "k_workspace": workspace,
        "p_limit": limit,
    }
    statement = _of_all if decides_all else _of_own
    return lambda db: [_request(row) for row in db.execute(statement, given)]


def decision(
    request_id: str, by: str, state: RequestState, answer: str, now: datetime
) -> Callable[[Connection], Request | None]:
    """Decide a request."""

    def work(db: Connection) -> Request | None:
        row = db.execute(_one_locked, {"p_id": request_id}).one_or_none()
        if row is None:
            return None
        after = decided(_request(row), by=by, state=state, answer=answer, now=now)
        return _written(db, _request(row), now, by=by, after=after)

    return work


def expiry(now: datetime) -> Callable[[Connection], list[Request]]:
    """Let all requests end that nobody decided in time."""

    def work(db: Connection) -> list[Request]:
        overdue = [_request(row) for row in db.execute(_overdue, {"p_now": now})]
        return [_written(db, request, now, by="") for request in overdue]

    return work


def withdrawal(
    lease: Lease, *, entry_id: int | None, request_id: str | None, now: datetime
) -> Callable[[Connection], list[Request]]:
    """Withdraw what is open in a thread."""
    wanted = [requests.c.thread_id == bindparam("p_thread_id"), _is_open]
    if entry_id is not None:
        wanted.append(requests.c.entry_id == entry_id)
    if request_id is not None:
        wanted.append(requests.c.id == request_id)
    statement = _locked.where(and_(*wanted)).order_by(requests.c.id)

    def work(db: Connection) -> list[Request]:
        rows = db.execute(statement, {"p_thread_id": _held(db, lease)}).all()
        return [_withdrawn(db, _request(row), now) for row in rows]

    return work


def _held(db: Connection, lease: Lease) -> int:
    """The thread's row, locked, where the lease is its newest."""
    found: int | None = db.execute(_thread_row, of_lease(lease)).scalar_one_or_none()
    if found is None:
        raise lease_lost(lease)
    return found


def _written(
    db: Connection, before: Request, now: datetime, *, by: str, after: Request | None = None
) -> Request:
    """Write down how a request has changed, if only by time."""
    after = after or expired(before, now)
    if after != before:
        db.execute(
            _changed,
            {
                "p_id": after.id,
                "p_state": after.state.value,
                "p_allowed_by": after.allowed_by,
                "p_answer": after.answer,
                "p_decided_by": after.decided_by,
            },
        )
        by = "" if after.state is RequestState.EXPIRED else by
        _tell(db, entry_of(before, after, now, by=by))
    return after


def _withdrawn(db: Connection, request: Request, now: datetime) -> Request:
    after = replace(request, state=RequestState.WITHDRAWN)
    return _written(db, request, now, by="", after=after)


def _tell(db: Connection, entry: AuditEntry | None) -> None:
    if entry is not None:
        note(db, entry)


def _key(row: Row[Any]) -> SessionKey:
    return SessionKey(
        platform=row.platform, workspace=row.workspace, channel=row.channel, thread=row.thread
    )


def _request(row: Row[Any]) -> Request:
    values = {name: getattr(row, name) for name in _KEPT}
    values["kind"] = RequestKind(row.kind)
    values["state"] = RequestState(row.state)
    values["allows_text"] = bool(row.allows_text)
    return Request(id=row.id, key=_key(row), **values)
