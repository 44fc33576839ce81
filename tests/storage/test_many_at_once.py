"""Many callers at once share the database, and do not disturb each other."""

import asyncio
import gc
import tracemalloc

import pytest
from sqlalchemy import Boolean, Connection, Integer
from sqlalchemy.sql.compiler import SQLCompiler

from bot.errors import LeaseLost, StoreError, StoreFull
from bot.keys import SessionKey
from bot.mailbox import EntryState, Usage
from storage.columns import Moment
from storage.files import SqlFiles
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, SetClock, leased, said, taken
from tests.storage.test_failures import NOT_ONE_PAGE_MORE, PAGES_ENOUGH, writer

on_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("url", ["postgres"], indirect=True)

STATEMENTS_OF_A_TURN = [
    "append",
    "appended",
    "lease",
    "renew",
    "take",
    "take_controls",
    "thread",
    "waiting",
]


def thread_key(number: int) -> SessionKey:
    """One of many threads."""
    return SessionKey(platform="slack", workspace="T1", channel="C1", thread=f"{number}.0")


async def test_one_of_many_fails(store: SqlStore, clock: SetClock) -> None:
    """Where transactions share a commit, one that is refused undoes only itself."""
    await store.append(said("1"))
    stale = await leased(store, clock)
    await leased(store, clock)
    results = await asyncio.gather(
        *(store.append(said(f"a{number}")) for number in range(10)),
        store.finish(stale, 1, EntryState.DONE, Usage(), "not mine"),
        *(store.append(said(f"b{number}")) for number in range(10)),
        return_exceptions=True,
    )
    assert [type(each) for each in results if isinstance(each, Exception)] == [LeaseLost]
    assert sum(not isinstance(each, BaseException) for each in results) == 20
    thread = await store.thread(KEY)
    assert thread is not None
    assert thread.title == ""
    lease = await leased(store, clock)
    sources = set()
    while (entry := await store.take(lease)) is not None:
        sources.add(entry.source_id)
        await store.finish(lease, entry.id, EntryState.DONE, Usage())
    assert len(sources) == 21


@on_sqlite
async def test_full_disk_for_one_of_many(store: SqlStore) -> None:
    """A failure that undoes a shared transaction leaves the others to succeed by themselves."""
    connection = await writer(store)
    await store.append(said("0"))
    await connection.execute(NOT_ONE_PAGE_MORE)
    results = await asyncio.gather(
        store.append(said("1")),
        store.append(said("2", text="x" * 100_000)),
        store.append(said("3")),
        return_exceptions=True,
    )
    assert [isinstance(each, StoreFull) for each in results] == [False, True, False]
    await connection.execute(PAGES_ENOUGH)
    assert (await store.append(said("2"))).is_new
    assert not (await store.append(said("3"))).is_new


async def test_one_lease_of_many(store: SqlStore, clock: SetClock) -> None:
    """Of many that want a thread at once, one gets it."""
    await store.append(said("1"))
    until = clock.now().replace(year=2100)
    leases = await asyncio.gather(*(store.lease(KEY, f"w{number}", until) for number in range(50)))
    assert sum(lease is not None for lease in leases) == 1


async def test_same_message_at_once(store: SqlStore) -> None:
    """An event that is delivered many times at once is one entry."""
    results = await asyncio.gather(*(store.append(said("1")) for _ in range(50)))
    assert sum(each.is_new for each in results) == 1
    assert len({each.entry_id for each in results}) == 1


async def test_cancelled_callers(store: SqlStore, clock: SetClock) -> None:
    """Callers that are cancelled leave a store that works."""
    for steps in range(6):
        tasks = [asyncio.create_task(store.append(said(f"{steps} {n}"))) for n in range(5)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert (await store.append(said("last"))).is_new
    lease = await leased(store, clock)
    assert await store.take(lease) is not None


async def test_closing_ends_what_was_asked(url: str, clock: SetClock) -> None:
    """What was asked before the store is closed is still done."""
    async with open_store(url, clock=clock) as store:
        tasks = [asyncio.create_task(store.append(said(str(number)))) for number in range(100)]
        await asyncio.sleep(0)
    assert all(each.is_new for each in await asyncio.gather(*tasks))
    async with open_store(url, clock=clock) as store:
        assert not (await store.append(said("99"))).is_new
    with pytest.raises(StoreError, match="closed"):
        await store.thread(KEY)


async def test_concurrent_file_operations(store: SqlStore, clock: SetClock) -> None:
    """Operations on a session's files at once come one after another."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    files = store.files(lease, lease.thread.session_id)
    await asyncio.gather(
        *(files.append("/desk/log", b"%02d" % number) for number in range(30)),
        *(files.write(f"/desk/{number}", b"x") for number in range(30)),
    )
    assert await files.read("/desk/log") == b"".join(b"%02d" % number for number in range(30))
    assert len(await files.list("/desk")) == 31


@pytest.mark.parametrize("name", STATEMENTS_OF_A_TURN)
@on_sqlite
async def test_plans(store: SqlStore, name: str) -> None:
    """No statement of a turn walks through a whole table, however much is in it."""
    statement = getattr(store._do, name)

    def explain(db: Connection) -> list[str]:
        sql = str(statement.compile(dialect=db.dialect))
        marks = sql.count("?")
        rows = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple([None] * marks))
        return [row[3] for row in rows]

    plan = await store._database.write(explain)
    scans = [step for step in plan if step.startswith("SCAN")]
    # Only what waits is in this index, and in what is gathered from it.
    assert all("ix_entries_pending" in step or step == "SCAN pending" for step in scans), plan
    if name in {"take", "take_controls"}:
        assert any("ix_entries_pending" in step for step in plan), plan


@pytest.mark.parametrize("name", STATEMENTS_OF_A_TURN)
@on_postgres
async def test_plans_on_a_server(store: SqlStore, name: str) -> None:
    """PostgreSQL need not walk through a whole table either."""
    statement = getattr(store._do, name)

    def explain(db: Connection) -> list[str]:
        # As few rows as there are here are read as a whole, unless that is forbidden.
        db.exec_driver_sql("SET LOCAL enable_seqscan = off")
        compiled = statement.compile(dialect=db.dialect)
        given = tuple(_any_value(compiled, name) for name in compiled.positiontup or ())
        return [row[0] for row in db.exec_driver_sql(f"EXPLAIN {compiled}", given)]

    plan = await store._database.write(explain)
    assert not any("Seq Scan" in step for step in plan), plan
    if name in {"take", "take_controls", "waiting"}:
        assert any("ix_entries_pending" in step for step in plan), plan


def _any_value(compiled: SQLCompiler, name: str) -> object:
    """What may stand for a parameter: its own value, or any of its type."""
    match compiled.binds[name].type:
        case _ if compiled.params[name] is not None:
            return compiled.params[name]
        case Integer() | Moment():
            return 1
        case Boolean():
            return True
        case _:
            return "x"


async def test_files_of_an_ordinary_session_are_small(store: SqlStore, clock: SetClock) -> None:
    """A live session's files take under 30 KB of memory."""
    count = 20
    leases = []
    for number in range(count):
        await store.append(said("1", key=thread_key(number)))
        leases.append(await leased(store, clock, key=thread_key(number)))

    async def use(files: SqlFiles) -> SqlFiles:
        for name in ("checkpoints", "files", "research", "temp"):
            await files.make_directory(f"/session-state/{name}", parents=True)
        await files.write("/session-state/checkpoints/index.md", b"x" * 172)
        await files.write("/session-state/workspace.yaml", b"x" * 176)
        for _ in range(5):
            await files.append("/session-state/events.jsonl", b"x" * 11_431)
        return files

    warm = await use(store.files(leases[0], leases[0].thread.session_id))
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    live = [await use(store.files(each, each.thread.session_id)) for each in leases[1:]]
    gc.collect()
    used = (tracemalloc.get_traced_memory()[0] - before) / len(live)
    tracemalloc.stop()
    assert used < 30_000
    assert warm not in live


async def test_nothing_is_kept_of_closed_sessions(store: SqlStore, clock: SetClock) -> None:
    """Files that nobody uses any more are not in memory."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    files = store.files(lease, lease.thread.session_id)
    await files.append("/desk/a", b"1")
    await taken(store, lease)
    del files
    gc.collect()
    assert len(store._open_files) == 0
