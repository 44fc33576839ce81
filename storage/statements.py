"""The store's statements, built once so that each is compiled once.

A statement that a worker makes finds its thread by `held`: the thread's row, if the lease is
still its newest. So a stale one changes nothing. It locks that row as well, where there are
other processes: so nobody takes the thread before the transaction is over. SQLite has one
process, and leaves locks out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)

from bot.keys import SessionKey
from bot.mailbox import ERRANDS, IN_TURN, SPOKEN, EntryKind, EntryState, Lease
from storage.database import Tell
from storage.schema import checks, deliveries, entries, people, threads

_MESSAGE: Final = EntryKind.MESSAGE.value
_ANSWER: Final = EntryKind.ANSWER.value
_QUEUED: Final = EntryState.QUEUED.value
_RUNNING: Final = EntryState.RUNNING.value
_EVERY_ID: Final = 2**63 - 1
_TAKEN: Final = (
    entries.c.input_tokens,
    entries.c.output_tokens,
    entries.c.cost,
    entries.c.seconds,
)
"""What the turns of an entry took."""
CHOICES: Final = ("model", "effort", "mode", "profile", "is_muted")
"""The columns of a thread that its people choose, named as in `Choices`."""
TOLD: Final = ("is_shared", "unheard_at", *CHOICES)
"""The columns of a thread that its entries tell."""

is_named = and_(
    threads.c.platform == bindparam("k_platform"),
    threads.c.workspace == bindparam("k_workspace"),
    threads.c.channel == bindparam("k_channel"),
    threads.c.thread == bindparam("k_thread"),
)
is_held = and_(
    is_named,
    threads.c.fence == bindparam("k_fence"),
    threads.c.lease_owner == bindparam("k_owner"),
)
named = select(threads.c.id).where(is_named).scalar_subquery()
held = select(threads.c.id).where(is_held).with_for_update(key_share=True).scalar_subquery()


def of_key(key: SessionKey) -> dict[str, Any]:
    """The parameters of `is_named`."""
    return {
        "k_platform": key.platform,
        "k_workspace": key.workspace,
        "k_channel": key.channel,
        "k_thread": key.thread,
    }


def of_lease(lease: Lease) -> dict[str, Any]:
    """The parameters of `is_held`."""
    return {**of_key(lease.key), "k_fence": lease.fence, "k_owner": lease.owner}


def is_any(column: ColumnElement[str], kinds: Collection[EntryKind]) -> ColumnElement[bool]:
    """Whether a column has one of some kinds."""
    # An IN would be written out anew at each execution.
    return or_(*(column == kind.value for kind in sorted(kinds)))


class Statements:
    """All of them, for one dialect.

    Args:
        insert: the dialect's insert.
        tell: what tells other processes a word; None where there are none.
        now: the clock that leases go by; None where that is the process's, as `p_now`.
    """

    def __init__(
        self,
        insert: Callable[[Table], Any],
        tell: Tell | None = None,
        now: ColumnElement[int] | None = None,
    ) -> None:
        now = bindparam("p_now", type_=BigInteger()) if now is None else now
        until = now + bindparam("p_for", type_=BigInteger())
        # Threads and leases
        self.check_lease = (
            select(threads.c.id, _is_pending().label("is_pending"))
            .where(is_held)
            .with_for_update(of=threads, key_share=True)
        )
        self.thread = select(threads).where(is_named)
        self.make_thread = _make_thread(insert)
        self.share = update(threads).where(is_named).values(is_shared=True)
        self.overhear = (
            update(threads)
            .where(is_named)
            .values(unheard_at=_later_if_known(threads.c.unheard_at, "p_at"))
        )
        self.set_choices = (
            update(threads)
            .where(threads.c.id == bindparam("p_thread_id"))
            .values({name: _if_given(threads.c[name]) for name in CHOICES})
            .returning(threads.c.id, *_told(tell))
        )
        self.threads_of = _threads_of()
        self.recent_threads = {each: _recent_threads(each) for each in (None, False, True)}
        self.pending = _pending()
        self.waiting = _waiting(now)
        self.backlog = _backlog()
        self.lease = (
            update(threads)
            .where(
                is_named,
                or_(
                    threads.c.lease_owner.is_(None),
                    threads.c.lease_owner == bindparam("p_owner"),
                    type_coerce(threads.c.lease_until, BigInteger) <= now,
                ),
            )
            .values(
                lease_owner=bindparam("p_owner"),
                lease_until=until,
                fence=threads.c.fence + 1,
            )
            .returning(threads)
        )
        self.renew = (
            update(threads)
            .where(threads.c.lease_owner == bindparam("p_owner"))
            .values(lease_until=until)
        )
        self.release = (
            update(threads)
            .where(is_held)
            .values(lease_owner=null(), lease_until=null())
            .returning(threads.c.id, *_told(tell, where=_is_pending()))
        )
        self.void_leases = (
            update(threads)
            .where(threads.c.lease_owner.is_not(None))
            .values(lease_owner=null(), lease_until=null())
        )
        self.begin_session = (
            update(threads).where(is_held).values(has_session=True).returning(threads.c.id)
        )
        self.next_generation = (
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

        self.rename = (
            update(threads)
            .where(is_held)
            .values(title=bindparam("p_title"), is_named=True)
            .returning(threads.c.id)
        )

        # The mailbox
        self.append = _append(insert, tell)
        self.appended = _appended()
        self.entry = _entry()
        self.revise = (
            update(entries)
            .where(
                *_waits(named, {EntryKind.MESSAGE}), entries.c.source_id == bindparam("p_source_id")
            )
            .values(text=bindparam("p_text"), files=bindparam("p_files"))
            .returning(entries.c.id)
        )
        self.withdraw = (
            update(entries)
            .where(*_waits(named, SPOKEN), entries.c.source_id == bindparam("p_source_id"))
            .values(state=EntryState.WITHDRAWN.value, ended_at=bindparam("p_now"))
            .returning(entries.c.id)
        )
        self.queued = (
            select(entries, *of_its_thread(is_named))
            .where(*_waits(named, IN_TURN))
            .order_by(entries.c.rank.desc(), entries.c.sent_at, entries.c.id)
        )
        self.promote = _promote()
        self.take = _take()
        self.steer = (
            update(entries)
            .where(*_waits(held, {EntryKind.MESSAGE}), entries.c.id == bindparam("p_entry_id"))
            .values(
                state=_RUNNING,
                attempts=entries.c.attempts + 1,
                taken_at=bindparam("p_now"),
                steered_into=bindparam("p_into"),
                session_id=select(threads.c.session_id).where(is_held).scalar_subquery(),
            )
            .returning(entries, *of_its_thread(is_held))
        )
        self.unsteer = (
            update(entries)
            .where(
                entries.c.thread_id == held,
                entries.c.id == bindparam("p_entry_id"),
                entries.c.steered_into.is_not(None),
                entries.c.ended_at.is_(None),
            )
            .values(**_WAITING)
        )
        self.steered = (
            select(entries, *of_its_thread(is_held))
            .where(
                entries.c.thread_id == select(threads.c.id).where(is_held).scalar_subquery(),
                entries.c.steered_into == bindparam("p_into"),
                entries.c.ended_at.is_(None),
            )
            .order_by(entries.c.taken_at, entries.c.id)
        )
        self.requeue_steered = (
            update(entries)
            .where(
                entries.c.thread_id == held,
                entries.c.steered_into == bindparam("p_into"),
                entries.c.state.in_([EntryState.FAILED.value, EntryState.STOPPED.value]),
            )
            .values(**_WAITING)
        )
        self.has_controls = (
            select(
                threads.c.id,
                _is_pending(not_(is_any(entries.c.kind, IN_TURN))).label("has_controls"),
            )
            .where(is_held)
            .with_for_update(of=threads, key_share=True)
        )
        self.take_controls = (
            update(entries)
            .where(
                entries.c.thread_id == held,
                entries.c.ended_at.is_(None),
                not_(is_any(entries.c.kind, IN_TURN)),
            )
            .values(
                state=EntryState.DONE.value,
                attempts=entries.c.attempts + 1,
                taken_at=bindparam("p_now"),
                ended_at=bindparam("p_now"),
            )
            .returning(entries, *of_its_thread(is_held))
        )
        self.heard = select(entries.c.source_id).where(
            entries.c.thread_id == named,
            entries.c.kind.in_([_MESSAGE, EntryKind.ANSWER.value]),
            entries.c.state == EntryState.DONE.value,
            entries.c.sent_at > bindparam("p_since", type_=entries.c.sent_at.type),
        )
        self.touch = (
            update(threads)
            .where(is_held)
            .values(
                title=case(
                    (
                        and_(bindparam("p_title") != "", threads.c.is_named.is_(False)),
                        bindparam("p_title"),
                    ),
                    else_=threads.c.title,
                ),
                last_active=later(threads.c.last_active, "p_now"),
                seen_until=_later_if_known(threads.c.seen_until, "p_seen_until"),
                is_shared=or_(
                    threads.c.is_shared, bindparam("p_is_shared", type_=threads.c.is_shared.type)
                ),
            )
            .returning(threads.c.id)
        )
        is_this = entries.c.id == bindparam("p_entry_id")
        self.finish = (
            update(entries)
            .where(
                entries.c.thread_id == held,
                or_(is_this, entries.c.steered_into == bindparam("p_entry_id")),
                entries.c.ended_at.is_(None),
            )
            .values(
                state=bindparam("p_state"),
                ended_at=bindparam("p_now"),
                model=bindparam("p_model"),
                **{
                    taken.name: taken + _if(is_this, bindparam(f"p_{taken.name}", type_=taken.type))
                    for taken in _TAKEN
                },
            )
            .returning(entries.c.id, entries.c.author_id)
        )
        # What a reset ended in the middle of its turn, whose usage nobody knew then.
        self.finish_withdrawn = (
            update(entries)
            .where(
                entries.c.thread_id == held,
                entries.c.id == bindparam("p_entry_id"),
                entries.c.state == EntryState.WITHDRAWN.value,
                entries.c.seconds == 0,
            )
            .values(
                model=bindparam("p_model"),
                input_tokens=bindparam("p_input_tokens"),
                output_tokens=bindparam("p_output_tokens"),
                cost=bindparam("p_cost"),
                seconds=bindparam("p_seconds"),
            )
            .returning(entries.c.author_id)
        )
        self.requeue = (
            update(entries)
            .where(
                entries.c.thread_id == held,
                entries.c.id == bindparam("p_entry_id"),
                entries.c.state.in_([EntryState.FAILED.value, EntryState.STOPPED.value]),
            )
            .values(**_WAITING, retries=entries.c.retries + 1)
            .returning(entries.c.id)
        )
        self.withdraw_before_reset = _withdraw_before_reset()

        # Deliveries
        self.deliver = _deliver(insert)
        self.deliveries = _deliveries()
        self.forget_deliveries = delete(deliveries).where(
            deliveries.c.entry_id == bindparam("p_entry_id")
        )

        made = insert(checks).values(id=1, checked_at=bindparam("p_now"))
        self.check = made.on_conflict_do_update(
            index_elements=["id"], set_={"checked_at": made.excluded.checked_at}
        )


def _if(condition: ColumnElement[bool], amount: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((condition, amount), else_=literal(0, amount.type))


def _if_given(column: Any) -> ColumnElement[Any]:
    return func.coalesce(bindparam(f"p_{column.name}", type_=column.type), column)


def later(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """The moment in a column, or a parameter's where that is later."""
    moment = bindparam(name, type_=column.type)
    return case((column < moment, moment), else_=column)


def _later_if_known(column: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    moment = bindparam(name, type_=column.type)
    # A comparison with null is not true.
    return case((column >= moment, column), else_=func.coalesce(moment, column))


_WAITING: Final[dict[str, Any]] = {
    "state": _QUEUED,
    "ended_at": null(),
    "taken_at": null(),
    "attempts": 0,
    "steered_into": null(),
    "acts": (),
}
"""The values of an entry that waits as if it had never been begun."""


def of_its_thread(which: ColumnElement[bool]) -> list[ColumnElement[Any]]:
    """What an entry tells of its thread, as something to return."""
    return [
        select(threads.c[name]).where(which).scalar_subquery().label(f"thread_{name}")
        for name in TOLD
    ]


def _make_thread(insert: Callable[[Table], Any]) -> Any:
    def own(column: ColumnElement[str]) -> ColumnElement[str]:
        """What who speaks has chosen for the threads that they begin."""
        chosen = select(column).where(
            people.c.platform == bindparam("k_platform"), people.c.person == bindparam("p_speaker")
        )
        return func.coalesce(chosen.scalar_subquery(), "")

    made = insert(threads).values(
        platform=bindparam("k_platform"),
        workspace=bindparam("k_workspace"),
        channel=bindparam("k_channel"),
        thread=bindparam("k_thread"),
        owner=bindparam("p_owner"),
        first_speaker=bindparam("p_speaker"),
        is_shared=bindparam("p_is_shared"),
        generation=1,
        session_id=bindparam("p_session_id"),
        has_session=False,
        title="",
        is_named=False,
        last_active=bindparam("p_sent_at"),
        seen_until=bindparam("p_seen_until"),
        fence=0,
        model=own(people.c.model),
        effort=own(people.c.effort),
        mode=own(people.c.mode),
    )
    new = made.excluded
    begins = and_(
        threads.c.first_speaker.is_(None),
        new.first_speaker.is_not(None),
        # A copy goes on as the conversation that it was made of.
        threads.c.has_session.is_(False),
    )
    # An effort is one of its model's.
    has_own_model = and_(begins, threads.c.model == "", threads.c.effort == "")
    return made.on_conflict_do_update(
        index_elements=["platform", "workspace", "channel", "thread"],
        set_={
            # Unknown speakers are null, and a comparison with null is not true.
            "is_shared": case(
                (
                    or_(
                        threads.c.is_shared,
                        new.is_shared,
                        threads.c.first_speaker != new.first_speaker,
                    ),
                    literal(True),
                ),
                else_=literal(False),
            ),
            "first_speaker": func.coalesce(threads.c.first_speaker, new.first_speaker),
            # Something may have been chosen before the first message says whose it is.
            "owner": func.coalesce(threads.c.owner, new.owner),
            "model": case((has_own_model, new.model), else_=threads.c.model),
            "effort": case((has_own_model, new.effort), else_=threads.c.effort),
            "mode": case((and_(begins, threads.c.mode == ""), new.mode), else_=threads.c.mode),
            "last_active": case(
                (threads.c.last_active < new.last_active, new.last_active),
                else_=threads.c.last_active,
            ),
        },
    ).returning(threads.c.id)


def _threads_of() -> Any:
    person: ColumnElement[str] = bindparam("p_person")
    return (
        select(threads)
        .where(
            threads.c.platform == bindparam("k_platform"),
            threads.c.workspace == bindparam("k_workspace"),
            threads.c.channel == bindparam("k_channel"),
            or_(threads.c.owner.is_(None), threads.c.owner == person),
            exists().where(
                entries.c.thread_id == threads.c.id,
                entries.c.author_id == person,
                is_any(entries.c.kind, SPOKEN),
            ),
        )
        .order_by(threads.c.last_active.desc(), threads.c.id.desc())
        .limit(bindparam("p_limit"))
    )


def _recent_threads(is_direct: bool | None) -> Any:
    owner = threads.c.owner
    wanted = {None: (), False: (owner.is_(None),), True: (owner.is_not(None),)}[is_direct]
    said_at = (
        select(func.max(entries.c.sent_at))
        .where(entries.c.thread_id == threads.c.id, entries.c.kind.in_([_MESSAGE, _ANSWER]))
        .scalar_subquery()
    )
    return (
        select(threads, said_at.label("said_at"))
        .where(
            threads.c.platform == bindparam("k_platform"),
            *wanted,
            threads.c.last_active >= bindparam("p_since", type_=threads.c.last_active.type),
            said_at.is_not(None),
        )
        .order_by(threads.c.last_active.desc(), threads.c.id.desc())
        .limit(bindparam("p_limit"))
    )


def _pending() -> Any:
    message_id: ColumnElement[Any] = bindparam("p_message_id")
    is_in_reply = exists().where(
        deliveries.c.entry_id == entries.c.id, deliveries.c.reference == message_id
    )
    return (
        _any_entry()
        .where(
            threads.c.platform == bindparam("k_platform"),
            threads.c.workspace == bindparam("k_workspace"),
            threads.c.channel == bindparam("k_channel"),
            entries.c.ended_at.is_(None),
            or_(entries.c.source_id == message_id, is_in_reply),
        )
        .limit(1)
    )


def _backlog() -> Any:
    is_queued = entries.c.state == _QUEUED
    return select(
        func.count().filter(is_queued).label("queued"),
        func.count().filter(entries.c.state == _RUNNING).label("running"),
        func.count(entries.c.thread_id.distinct()).label("threads"),
        func.min(entries.c.sent_at).filter(is_queued).label("oldest"),
    ).where(entries.c.ended_at.is_(None))


def _waiting(now: ColumnElement[int]) -> Any:
    pending = (
        select(entries.c.thread_id, func.min(entries.c.id).label("oldest"))
        .where(entries.c.ended_at.is_(None))
        .group_by(entries.c.thread_id)
        .subquery("pending")
    )
    return (
        select(threads.c.platform, threads.c.workspace, threads.c.channel, threads.c.thread)
        .join_from(pending, threads, threads.c.id == pending.c.thread_id)
        .where(
            or_(
                threads.c.lease_owner.is_(None),
                type_coerce(threads.c.lease_until, BigInteger) <= now,
            )
        )
        .order_by(pending.c.oldest)
        # One that another process is just taking does not wait.
        .with_for_update(of=threads, key_share=True, skip_locked=True)
    )


def _append(insert: Callable[[Table], Any], tell: Tell | None) -> Any:
    # In RETURNING, columns of the new row cannot be told from those of the others: so no
    # column of it is named here.
    other = entries.alias("other")
    sent_at = bindparam("p_sent_at", type_=entries.c.sent_at.type)
    ahead = (
        select(func.count())
        .select_from(other)
        .where(
            other.c.thread_id == bindparam("p_thread_id"),
            other.c.ended_at.is_(None),
            is_any(other.c.kind, IN_TURN),
            or_(other.c.kind != bindparam("p_kind"), other.c.source_id != bindparam("p_source_id")),
            or_(other.c.state == _RUNNING, other.c.sent_at <= sent_at),
        )
        .scalar_subquery()
    )
    return (
        insert(entries)
        .values(
            thread_id=bindparam("p_thread_id"),
            kind=bindparam("p_kind"),
            state=bindparam("p_state"),
            source_id=bindparam("p_source_id"),
            author_id=bindparam("p_author_id"),
            author_name=bindparam("p_author_name"),
            author_is_bot=bindparam("p_author_is_bot"),
            text=bindparam("p_text"),
            files=bindparam("p_files"),
            reference=bindparam("p_reference"),
            sent_at=bindparam("p_sent_at"),
            ended_at=bindparam("p_ended_at"),
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["thread_id", "kind", "source_id"])
        .returning(entries.c.id, ahead.label("ahead"), *_told(tell))
    )


def _appended() -> Any:
    other = entries.alias("other")
    ahead = (
        select(func.count())
        .select_from(other)
        .where(
            other.c.thread_id == entries.c.thread_id,
            other.c.ended_at.is_(None),
            is_any(other.c.kind, IN_TURN),
            other.c.id != entries.c.id,
            # Nothing is ahead of one that has begun or ended.
            entries.c.state == _QUEUED,
            or_(
                other.c.state == _RUNNING,
                tuple_(other.c.sent_at, other.c.id) < tuple_(entries.c.sent_at, entries.c.id),
            ),
        )
        .correlate(entries)
        .scalar_subquery()
    )
    return select(entries.c.id, ahead.label("ahead")).where(
        entries.c.thread_id == bindparam("p_thread_id"),
        entries.c.kind == bindparam("p_kind"),
        entries.c.source_id == bindparam("p_source_id"),
    )


def _entry() -> Any:
    return _any_entry().where(entries.c.id == bindparam("p_entry_id"))


def _any_entry() -> Any:
    return select(
        entries,
        threads.c.platform,
        threads.c.workspace,
        threads.c.channel,
        threads.c.thread,
        *(threads.c[name].label(f"thread_{name}") for name in TOLD),
    ).join_from(entries, threads, threads.c.id == entries.c.thread_id)


def _waits(thread: Any, kinds: Collection[EntryKind]) -> tuple[ColumnElement[bool], ...]:
    return (
        entries.c.thread_id == thread,
        entries.c.ended_at.is_(None),
        is_any(entries.c.kind, kinds),
        entries.c.state == _QUEUED,
    )


def _take() -> Any:
    waiting = entries.alias("waiting")
    is_control = not_(is_any(waiting.c.kind, IN_TURN))
    next_one = (
        select(waiting.c.id)
        .where(
            waiting.c.thread_id == held,
            waiting.c.ended_at.is_(None),
            waiting.c.steered_into.is_(None),
        )
        .order_by(
            case(
                (is_control, 0),
                (waiting.c.state == _RUNNING, 1),
                (is_any(waiting.c.kind, ERRANDS), 2),
                else_=3,
            ),
            waiting.c.rank.desc(),
            waiting.c.sent_at,
            waiting.c.id,
        )
        .limit(1)
        .scalar_subquery()
    )
    waits_its_turn = is_any(entries.c.kind, IN_TURN)
    now = bindparam("p_now", type_=entries.c.taken_at.type)
    told = select(threads.c.session_id).where(is_held).scalar_subquery()
    return (
        update(entries)
        # It may have been taken back since it was looked up.
        .where(entries.c.id == next_one, entries.c.ended_at.is_(None))
        .values(
            state=case((waits_its_turn, _RUNNING), else_=EntryState.DONE.value),
            attempts=entries.c.attempts + 1,
            taken_at=func.coalesce(entries.c.taken_at, now),
            ended_at=case((waits_its_turn, null()), else_=now),
            session_id=case((waits_its_turn, told), else_=entries.c.session_id),
        )
        .returning(entries, *of_its_thread(is_held))
    )


def _promote() -> Any:
    other = entries.alias("other")
    highest = (
        select(func.max(other.c.rank))
        .where(other.c.thread_id == named, other.c.ended_at.is_(None))
        .scalar_subquery()
    )
    return (
        update(entries)
        .where(*_waits(named, IN_TURN), entries.c.id == bindparam("p_entry_id"))
        .values(rank=case((bindparam("p_over_all", type_=Boolean()), highest + 1), else_=1))
        .returning(entries.c.id)
    )


def _is_pending(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        entries.c.thread_id == threads.c.id, entries.c.ended_at.is_(None), *conditions
    )


def _told(tell: Tell | None, where: ColumnElement[bool] | None = None) -> list[ColumnElement[Any]]:
    """What tells the others of a thread, as something to return."""
    if tell is None:
        return []
    telling = tell(bindparam("p_told", type_=Text()))
    return [telling if where is None else case((where, telling))]


def _withdraw_before_reset() -> Any:
    # What was said after the reset was asked for belongs to the next generation.
    reset = entries.alias("reset")
    newest = (
        select(func.max(reset.c.id))
        .where(
            reset.c.thread_id == held,
            is_any(reset.c.kind, (EntryKind.RESET, EntryKind.MOVED)),
            reset.c.ended_at.is_not(None),
        )
        .scalar_subquery()
    )
    return (
        update(entries)
        .where(
            entries.c.thread_id == held,
            entries.c.ended_at.is_(None),
            or_(entries.c.state == _RUNNING, entries.c.id < func.coalesce(newest, _EVERY_ID)),
        )
        .values(state=EntryState.WITHDRAWN.value, ended_at=bindparam("p_now"))
    )


def _deliver(insert: Callable[[Table], Any]) -> Any:
    made = insert(deliveries).from_select(
        ["entry_id", "part", "reference", "is_open"],
        select(
            entries.c.id,
            bindparam("p_part", type_=deliveries.c.part.type),
            bindparam("p_reference", type_=deliveries.c.reference.type),
            bindparam("p_is_open", type_=deliveries.c.is_open.type),
        ).where(entries.c.id == bindparam("p_entry_id"), entries.c.thread_id == held),
    )
    return made.on_conflict_do_update(
        index_elements=["entry_id", "part"],
        set_={"reference": made.excluded.reference, "is_open": made.excluded.is_open},
    ).returning(deliveries.c.entry_id)


def _deliveries() -> Any:
    return (
        select(
            deliveries.c.entry_id,
            deliveries.c.part,
            deliveries.c.reference,
            and_(deliveries.c.is_open, entries.c.ended_at.is_(None)).label("is_open"),
        )
        .join_from(deliveries, entries, entries.c.id == deliveries.c.entry_id)
        .where(deliveries.c.entry_id == bindparam("p_entry_id"))
        .order_by(deliveries.c.part)
    )
