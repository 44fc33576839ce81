"""The comparisons of models: statements, and work made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from bot.comparison import (
    Candidate,
    CandidateState,
    Comparison,
    ComparisonState,
    chosen,
    revealed,
    settled,
    voted,
)
from bot.keys import SessionKey
from bot.mailbox import SPOKEN, Lease
from bot.messages import Person
from storage.failures import lease_lost
from storage.schema import candidates, comparisons, entries, sessions, threads, votes
from storage.statements import held, is_any, is_held, is_named, of_key, of_lease

_RUNNING: Final = ComparisonState.RUNNING.value
_VOTING: Final = ComparisonState.VOTING.value
_REVEALED: Final = ComparisonState.REVEALED.value
_KEPT: Final = (
    "label",
    "model",
    "session_id",
    "state",
    "first_text_s",
    "seconds",
    "input_tokens",
    "output_tokens",
    "cost",
    "problem",
    "answer",
)
"""The fields of a candidate, which are columns by the same name."""

_thread_row = (
    select(
        threads.c.id,
        exists().where(sessions.c.session_id == threads.c.session_id).label("has_state"),
    )
    .where(is_held)
    .with_for_update(of=threads, key_share=True)
)
_all = select(
    comparisons,
    threads.c.platform,
    threads.c.workspace,
    threads.c.channel,
    threads.c.thread,
    threads.c.owner,
).join_from(comparisons, threads, threads.c.id == comparisons.c.thread_id)
_by_id = comparisons.c.id == bindparam("p_id")
_one = _all.where(_by_id)
_one_locked = _one.with_for_update(of=comparisons)
_of_entry = _all.where(comparisons.c.entry_id == bindparam("p_entry_id"))
_overdue = _all.where(
    comparisons.c.state == _VOTING,
    comparisons.c.expires_at <= bindparam("p_now", type_=comparisons.c.expires_at.type),
).order_by(comparisons.c.expires_at, comparisons.c.id)
_of_thread = _all.where(
    is_named,
    comparisons.c.generation == bindparam("p_generation"),
    comparisons.c.state != _RUNNING,
).order_by(comparisons.c.began_at, comparisons.c.id)
_of_thread_since = _of_thread.where(
    comparisons.c.began_at > bindparam("p_since", type_=comparisons.c.began_at.type)
)
_of_workspace = _all.where(
    threads.c.platform == bindparam("k_platform"),
    threads.c.workspace == bindparam("k_workspace"),
    or_(threads.c.owner.is_(None), threads.c.owner == bindparam("p_person")),
    comparisons.c.state == _REVEALED,
).order_by(comparisons.c.began_at, comparisons.c.id)
_compared_at = (
    update(threads)
    .where(threads.c.id == bindparam("p_thread_id"))
    .values(compared_at=bindparam("p_began_at", type_=threads.c.compared_at.type))
)
_changed = (
    update(comparisons)
    .where(_by_id)
    .values(
        state=bindparam("p_state"),
        expires_at=bindparam("p_expires_at", type_=comparisons.c.expires_at.type),
        revealed_by=bindparam("p_revealed_by"),
        chosen=bindparam("p_chosen"),
    )
)
_ended = (
    update(candidates)
    .where(
        candidates.c.comparison_id == bindparam("p_id"),
        candidates.c.label == bindparam("p_label"),
        candidates.c.state == CandidateState.RUNNING.value,
    )
    .values(
        {
            candidates.c[name]: bindparam(f"p_{name}", type_=candidates.c[name].type)
            for name in _KEPT
            if name not in {"label", "model", "session_id"}
        }
    )
)
_answers = (
    select(candidates)
    .where(candidates.c.comparison_id == bindparam("p_id"))
    .order_by(candidates.c.label)
)
_votes = select(votes).where(votes.c.comparison_id == bindparam("p_id")).order_by(votes.c.person)
_speakers = (
    select(entries.c.author_id)
    .where(entries.c.thread_id == bindparam("p_thread_id"), is_any(entries.c.kind, SPOKEN))
    .distinct()
)
_left_behind = delete(sessions).where(
    sessions.c.thread_id == held,
    sessions.c.session_id.in_(
        select(candidates.c.session_id)
        .join_from(candidates, comparisons, comparisons.c.id == candidates.c.comparison_id)
        .where(comparisons.c.thread_id == held, comparisons.c.chosen != candidates.c.label)
    ),
    sessions.c.session_id
    != select(threads.c.session_id).where(is_held).with_for_update().scalar_subquery(),
)


def begun(lease: Lease, comparison: Comparison) -> Callable[[Connection], Comparison]:
    """Keep a comparison, or find that of the same entry.

    Where the thread has no session yet that could be copied, those of the answers begin empty.
    """

    def work(db: Connection) -> Comparison:
        row = db.execute(_thread_row, of_lease(lease)).one_or_none()
        if row is None:
            raise lease_lost(lease)
        known = db.execute(_of_entry, {"p_entry_id": comparison.entry_id}).one_or_none()
        if known is not None:
            return _comparison(db, known)
        db.execute(
            insert(comparisons),
            {
                "id": comparison.id,
                "thread_id": row.id,
                "entry_id": comparison.entry_id,
                "generation": comparison.generation,
                "state": comparison.state.value,
                "asked_by": comparison.asked_by.id,
                "asked_by_name": comparison.asked_by.name,
                "began_at": comparison.began_at,
                "expires_at": comparison.expires_at,
                "revealed_by": comparison.revealed_by,
                "chosen": comparison.chosen,
            },
        )
        db.execute(
            insert(candidates),
            [
                {"comparison_id": comparison.id} | {name: getattr(each, name) for name in _KEPT}
                for each in comparison.candidates
            ],
        )
        db.execute(_compared_at, {"p_thread_id": row.id, "p_began_at": comparison.began_at})
        if not row.has_state:
            db.execute(
                insert(sessions),
                [
                    {
                        "thread_id": row.id,
                        "session_id": each.session_id,
                        "generation": 0,
                        "began_at": comparison.began_at,
                    }
                    for each in comparison.candidates
                ],
            )
        return comparison

    return work


def ended(lease: Lease, comparison_id: str, candidate: Candidate) -> Callable[[Connection], None]:
    """Note how an answer has ended."""
    given = {f"p_{name}": getattr(candidate, name) for name in _KEPT}

    def work(db: Connection) -> None:
        _check(db, lease)
        db.execute(_ended, {**given, "p_id": comparison_id})

    return work


def votes_opened(
    lease: Lease, comparison_id: str, expires_at: datetime
) -> Callable[[Connection], Comparison]:
    """No answer is being written any more."""

    def work(db: Connection) -> Comparison:
        _check(db, lease)
        row = db.execute(_one_locked, {"p_id": comparison_id}).one()
        before = _comparison(db, row)
        return _written(db, before, settled(before, expires_at=expires_at))

    return work


def one(comparison_id: str) -> Callable[[Connection], Comparison | None]:
    """One comparison."""

    def work(db: Connection) -> Comparison | None:
        row = db.execute(_one, {"p_id": comparison_id}).one_or_none()
        return None if row is None else _comparison(db, row)

    return work


def vote(
    comparison_id: str, person: str, label: str, *, insert: Callable[[Table], Any], now: datetime
) -> Callable[[Connection], Comparison | None]:
    """Vote, or vote anew.

    Args:
        comparison_id: on what.
        person: who.
        label: for what.
        insert: the dialect's.
        now: when.
    """
    made = insert(votes).values(comparison_id=comparison_id, person=person, label=label)
    kept = made.on_conflict_do_update(
        index_elements=["comparison_id", "person"], set_={"label": made.excluded.label}
    )

    def work(db: Connection) -> Comparison | None:
        row = db.execute(_one_locked, {"p_id": comparison_id}).one_or_none()
        if row is None:
            return None
        speakers = db.execute(_speakers, {"p_thread_id": row.thread_id}).scalars().all()
        before = _comparison(db, row)
        after = voted(
            before,
            person=person,
            label=label,
            speakers=speakers,
            is_direct=row.owner is not None,
            now=now,
        )
        if after.votes != before.votes:
            db.execute(kept)
        return _written(db, before, after)

    return work


def reveal(comparison_id: str, by: str, now: datetime) -> Callable[[Connection], Comparison | None]:
    """Reveal the models."""
    return _change(comparison_id, lambda before: revealed(before, by=by, now=now))


def choice(comparison_id: str, label: str) -> Callable[[Connection], Comparison | None]:
    """Choose with which answer the thread goes on."""
    return _change(comparison_id, lambda before: chosen(before, label))


def overdue_ones(now: datetime) -> Callable[[Connection], list[Comparison]]:
    """The comparisons that nobody revealed in time."""
    return lambda db: _comparisons(db, db.execute(_overdue, {"p_now": now}).all())


def of_thread(
    key: SessionKey, generation: int, since: datetime | None
) -> Callable[[Connection], list[Comparison]]:
    """What a generation of a thread compared."""
    given = {**of_key(key), "p_generation": generation}
    if since is None:
        return lambda db: _comparisons(db, db.execute(_of_thread, given).all())
    return lambda db: _comparisons(
        db, db.execute(_of_thread_since, {**given, "p_since": since}).all()
    )


def of_workspace(
    person: str, *, platform: str, workspace: str
) -> Callable[[Connection], list[Comparison]]:
    """The comparisons of a workspace that are revealed, but for those of others alone."""
    given = {"k_platform": platform, "k_workspace": workspace, "p_person": person}
    return lambda db: _comparisons(db, db.execute(_of_workspace, given).all())


def dropping(lease: Lease) -> Callable[[Connection], None]:
    """Delete the sessions of answers with which the thread did not go on."""

    def work(db: Connection) -> None:
        _check(db, lease)
        db.execute(_left_behind, of_lease(lease))

    return work


def _change(
    comparison_id: str, change: Callable[[Comparison], Comparison]
) -> Callable[[Connection], Comparison | None]:
    def work(db: Connection) -> Comparison | None:
        row = db.execute(_one_locked, {"p_id": comparison_id}).one_or_none()
        if row is None:
            return None
        before = _comparison(db, row)
        return _written(db, before, change(before))

    return work


def _check(db: Connection, lease: Lease) -> None:
    if db.execute(_thread_row, of_lease(lease)).first() is None:
        raise lease_lost(lease)


def _written(db: Connection, before: Comparison, after: Comparison) -> Comparison:
    if after != before:
        db.execute(
            _changed,
            {
                "p_id": after.id,
                "p_state": after.state.value,
                "p_expires_at": after.expires_at,
                "p_revealed_by": after.revealed_by,
                "p_chosen": after.chosen,
            },
        )
    return after


def _comparisons(db: Connection, rows: Iterable[Row[Any]]) -> list[Comparison]:
    return [_comparison(db, row) for row in rows]


def _comparison(db: Connection, row: Row[Any]) -> Comparison:
    """A comparison with its answers and votes."""
    of_it = {"p_id": row.id}
    return Comparison(
        id=row.id,
        key=SessionKey(
            platform=row.platform, workspace=row.workspace, channel=row.channel, thread=row.thread
        ),
        generation=row.generation,
        entry_id=row.entry_id,
        asked_by=Person(id=row.asked_by, name=row.asked_by_name),
        began_at=row.began_at,
        candidates=tuple(_candidate(each) for each in db.execute(_answers, of_it)),
        state=ComparisonState(row.state),
        votes={each.person: each.label for each in db.execute(_votes, of_it)},
        expires_at=row.expires_at,
        revealed_by=row.revealed_by,
        chosen=row.chosen,
    )


def _candidate(row: Row[Any]) -> Candidate:
    values = {name: getattr(row, name) for name in _KEPT}
    return Candidate(**{**values, "state": CandidateState(row.state)})
