"""Every method of the store, ready to be called: for what goes wrong with a database."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.budgets import Budget, Scope, Unit
from bot.defaults import Defaults
from bot.directories import ThreadDirectory
from bot.mailbox import Delivery, EntryState, Lease, NewEntry, Usage
from storage.files import SqlFiles
from storage.store import SqlStore
from tests.contracts.comparisons import answered, compared
from tests.contracts.requests import ALLOWED, HOUR, wanted
from tests.contracts.store import KEY, SetClock, leased, said

BUDGET = Budget(scope=Scope.PERSON, is_daily=True, unit=Unit.TOKENS, amount=9)

WRITES = [
    "append",
    "share",
    "overhear",
    "set_choices",
    "keep_defaults",
    "promote",
    "steer",
    "unsteer",
    "spend",
    "raise_budget",
    "warn_of",
    "revise",
    "withdraw",
    "lease",
    "renew",
    "release",
    "take",
    "take_controls",
    "begin_session",
    "deliver",
    "finish",
    "requeue",
    "reset",
    "rename",
    "copy_session",
    "bring_session",
    "offer_move",
    "redeem_move",
    "adopt_session",
    "delete_session",
    "delete_thread",
    "open_request",
    "show_request",
    "decide",
    "expire_requests",
    "withdraw_requests",
    "act",
    "directory",
    "keep_directory",
    "begin_comparison",
    "end_candidate",
    "open_votes",
    "vote",
    "reveal",
    "choose",
    "drop_candidates",
    "check",
    "files.append",
    "files.write",
    "files.flush",
]
READS = [
    "thread",
    "defaults",
    "entry",
    "queued",
    "steered",
    "spent",
    "spenders",
    "standings",
    "threads_of",
    "backlog",
    "recent_threads",
    "pending",
    "waiting",
    "deliveries",
    "heard",
    "sessions",
    "sessions_of",
    "has_part",
    "answered",
    "move",
    "desk",
    "request",
    "open_requests",
    "requests_for",
    "audit",
    "directories",
    "comparison",
    "comparisons",
    "compared",
    "overdue_comparisons",
    "files.read",
    "files.list",
]


async def calls(store: SqlStore, clock: SetClock) -> dict[str, Callable[[], Awaitable[object]]]:
    """Every method of a store, ready to be called, on a thread at work."""
    await store.append(said("1"))
    await store.append(said("2", at=1))
    last = await store.append(said("3", at=2))
    lease = await leased(store, clock)
    failed = await store.take(lease)
    assert failed is not None
    await store.finish(lease, failed.id, EntryState.FAILED, Usage())
    entry = await store.take(lease)
    assert entry is not None
    files = store.files(lease, lease.thread.session_id)
    await files.append("/desk/a", b"1")
    await store.copy_session(lease, lease.thread.session_id, "other")
    await store.offer_move(KEY, "U1", "code", clock.now() + HOUR)
    await files.write("/desk/pending", b"1")
    for name, expiry in (("r1", HOUR), ("r2", timedelta(seconds=1))):
        request = wanted(lease, entry.id, name, expires_at=clock.now() + expiry)
        await store.open_request(lease, request)
    await store.keep_directory(lease, ThreadDirectory(name="d1", host="h1"))
    await store.keep_defaults("slack", "U1", Defaults(model="m"))
    comparison = await answered(store, lease, compared(lease, entry.id))
    await store.vote("c1", "U2", "B")
    clock.move(2)
    return {
        "append": lambda: store.append(large("4")),
        "share": lambda: store.share(KEY),
        "overhear": lambda: store.overhear(KEY, clock.now()),
        "set_choices": lambda: store.set_choices(KEY, model="x" * 100_000),
        "keep_defaults": lambda: store.keep_defaults(
            "slack", "x" * 100_000, Defaults(model="x" * 100_000)
        ),
        "promote": lambda: store.promote(KEY, last.entry_id, over_all=True),
        "steer": lambda: store.steer(lease, last.entry_id, entry.id),
        "unsteer": lambda: store.unsteer(lease, last.entry_id),
        "spend": lambda: store.spend(KEY, "x" * 100_000, Usage(output_tokens=1)),
        "raise_budget": lambda: store.raise_budget(BUDGET, KEY, "U1", 5, "U2"),
        "warn_of": lambda: store.warn_of(BUDGET, KEY, "U1"),
        "queued": lambda: store.queued(KEY),
        "steered": lambda: store.steered(lease, entry.id),
        "spent": lambda: store.spent(Scope.PERSON, KEY, "U1", clock.now()),
        "spenders": lambda: store.spenders("slack", clock.now(), limit=9),
        "standings": lambda: store.standings([BUDGET], KEY, "U1"),
        "revise": lambda: store.revise(KEY, "3", "x" * 100_000, ()),
        "withdraw": lambda: store.withdraw(KEY, "3"),
        "lease": lambda: leased(store, clock),
        "renew": lambda: store.renew("w1", clock.now()),
        "release": lambda: store.release(lease),
        "take": lambda: store.take(lease),
        "take_controls": lambda: store.take_controls(lease),
        "begin_session": lambda: store.begin_session(lease),
        "deliver": lambda: store.deliver(
            lease, Delivery(entry_id=entry.id, part=0, reference="x" * 100_000)
        ),
        "finish": lambda: store.finish(lease, entry.id, EntryState.DONE, Usage(), "t" * 100_000),
        "requeue": lambda: store.requeue(lease, failed.id),
        "reset": lambda: store.reset(lease),
        "rename": lambda: store.rename(lease, "x" * 100_000),
        "copy_session": lambda: store.copy_session(lease, lease.thread.session_id, "copy"),
        "bring_session": lambda: store.bring_session(
            lease, lease.thread.session_id, "brought", by="U1"
        ),
        "offer_move": lambda: store.offer_move(KEY, "x" * 100_000, "new", clock.now() + HOUR),
        "redeem_move": lambda: store.redeem_move("code"),
        "adopt_session": lambda: store.adopt_session(lease, "other"),
        "delete_session": lambda: store.delete_session(lease, "other", by="U1"),
        "delete_thread": lambda: store.delete_thread(lease, asked_by=entry.id, by="U1"),
        "open_request": lambda: store.open_request(lease, wanted(lease, entry.id, "r3")),
        "show_request": lambda: store.show_request(lease, "r1", "m"),
        "decide": lambda: store.decide("r1", "U1", ALLOWED),
        "expire_requests": store.expire_requests,
        "withdraw_requests": lambda: store.withdraw_requests(lease),
        "act": lambda: store.act(lease, entry.id, "x" * 100_000),
        "directory": lambda: store.directory(lease),
        "keep_directory": lambda: store.keep_directory(
            lease, ThreadDirectory(name="d2", host="h1", repository="x" * 100_000)
        ),
        "directories": lambda: store.directories("h1"),
        "begin_comparison": lambda: store.begin_comparison(lease, compared(lease, failed.id, "c2")),
        "end_candidate": lambda: store.end_candidate(lease, "c1", comparison.candidates[0]),
        "open_votes": lambda: store.open_votes(lease, "c1", expires_at=clock.now()),
        "vote": lambda: store.vote("c1", "U1", "A"),
        "reveal": lambda: store.reveal("c1", "U1"),
        "choose": lambda: store.choose("c1", "A"),
        "drop_candidates": lambda: store.drop_candidates(lease),
        "check": store.check,
        "files.append": lambda: files.append("/desk/a", b"x" * 100_000),
        "files.write": lambda: files.write("/desk/b", b"x" * 100_000),
        "files.flush": files.flush,
        "thread": lambda: store.thread(KEY),
        "defaults": lambda: store.defaults("slack", "U1"),
        "entry": lambda: store.entry(entry.id),
        "threads_of": lambda: store.threads_of(
            "U1", platform="slack", workspace="T1", channel="C1", limit=9
        ),
        "backlog": store.backlog,
        "recent_threads": lambda: store.recent_threads("slack", since=clock.now(), limit=9),
        "pending": lambda: store.pending(KEY, "1"),
        "waiting": store.waiting,
        "deliveries": lambda: store.deliveries(entry.id),
        "heard": lambda: store.heard(KEY, clock.now()),
        "sessions": lambda: store.sessions(KEY),
        "sessions_of": lambda: store.sessions_of("U1", platform="slack", workspace="T1", limit=9),
        "has_part": lambda: store.has_part(KEY, "U1"),
        "answered": lambda: store.answered(lease, limit=9),
        "move": lambda: store.move("code"),
        "request": lambda: store.request("r1"),
        "open_requests": lambda: store.open_requests(KEY),
        "requests_for": lambda: store.requests_for(
            "U1", platform="slack", workspace="T1", decides_all=True, limit=9
        ),
        "audit": lambda: store.audit(limit=9),
        "comparison": lambda: store.comparison("c1"),
        "comparisons": lambda: store.comparisons(KEY, generation=1, since=None),
        "compared": lambda: store.compared("U1", platform="slack", workspace="T1"),
        "overdue_comparisons": store.overdue_comparisons,
        "desk": lambda: store.desk(KEY),
        "files.read": lambda: files.read("/desk/a"),
        "files.list": lambda: unread(store, lease).list("/desk"),
    }


def large(source: str) -> NewEntry:
    """Something long that was said."""
    return said(source, text="x" * 100_000)


def unread(store: SqlStore, lease: Lease) -> SqlFiles:
    """The same files, but not looked at."""
    store._open_files.clear()
    return store.files(lease, lease.thread.session_id)
