"""Leave to go on with a session elsewhere: statements, and work made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, insert, literal, select

from bot.keys import SessionKey
from bot.mailbox import Move
from storage.schema import moves, sessions, threads
from storage.statements import is_named, of_key

_forget = delete(moves).where(
    moves.c.expires_at <= bindparam("p_now", type_=moves.c.expires_at.type)
)
_offer = insert(moves).from_select(
    ["code_hash", "thread_id", "session", "person", "expires_at", "summary"],
    select(
        bindparam("p_hash", type_=moves.c.code_hash.type),
        threads.c.id,
        sessions.c.id,
        bindparam("p_person", type_=moves.c.person.type),
        bindparam("p_until", type_=moves.c.expires_at.type),
        bindparam("p_summary", type_=moves.c.summary.type),
    )
    .join_from(threads, sessions, sessions.c.session_id == threads.c.session_id)
    .where(is_named),
)
_is_good = (
    moves.c.code_hash == bindparam("p_hash"),
    moves.c.expires_at > bindparam("p_now", type_=moves.c.expires_at.type),
)
_look: Any = (
    select(
        sessions.c.session_id,
        moves.c.person,
        moves.c.summary,
        threads.c.platform,
        threads.c.workspace,
        threads.c.channel,
        threads.c.thread,
        threads.c.owner,
        case(
            (sessions.c.session_id == threads.c.session_id, threads.c.title),
            else_=sessions.c.title,
        ).label("title"),
    )
    .join_from(moves, threads, threads.c.id == moves.c.thread_id)
    .join(sessions, sessions.c.id == moves.c.session)
    .where(*_is_good)
)
_use_up = delete(moves).where(*_is_good).returning(literal(1))


def offer(
    key: SessionKey, person: str, code: str, *, now: datetime, until: datetime, summary: str
) -> Callable[[Connection], bool]:
    """Let whoever has a code go on elsewhere; false where a thread's session keeps nothing."""
    given = {
        **of_key(key),
        "p_hash": _hash(code),
        "p_person": person,
        "p_until": until,
        "p_summary": summary,
    }

    def work(db: Connection) -> bool:
        db.execute(_forget, {"p_now": now})
        return bool(db.execute(_offer, given).rowcount)

    return work


def look(code: str, now: datetime) -> Callable[[Connection], Move | None]:
    """What a code is good for."""
    given = {"p_hash": _hash(code), "p_now": now}

    def work(db: Connection) -> Move | None:
        row = db.execute(_look, given).one_or_none()
        return None if row is None else _move(row)

    return work


def redemption(code: str, now: datetime) -> Callable[[Connection], Move | None]:
    """Use a code up; None where that is not possible, also where somebody else just did."""
    given = {"p_hash": _hash(code), "p_now": now}

    def work(db: Connection) -> Move | None:
        found = look(code, now)(db)
        return found if db.execute(_use_up, given).first() is not None else None

    return work


def _hash(code: str) -> str:
    # It is long and random, and good for minutes: there is nothing to guess it from.
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


def _move(row: Row[Any]) -> Move:
    return Move(
        key=SessionKey(
            platform=row.platform, workspace=row.workspace, channel=row.channel, thread=row.thread
        ),
        session_id=row.session_id,
        owner=row.owner,
        title=row.title,
        person=row.person,
        summary=row.summary,
    )
