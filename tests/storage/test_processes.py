"""Several processes on one PostgreSQL: what each may rely on, whatever the others do meanwhile.

Each store has connections of its own, so it is what a process is to the others.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from bot.clock import SystemClock
from bot.errors import LeaseLost
from bot.mailbox import Delivery, EntryKind, EntryState, Lease, Usage
from storage.files import SqlFiles
from storage.schema import metadata
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, OTHER, SetClock, leased, said, taken
from tests.postgres import PostgresServer

EVENTS = "/session-state/events.jsonl"


@pytest.fixture
def url(postgres_url: str) -> str:
    """These are about servers."""
    return postgres_url


@pytest.fixture
async def other(clock: SetClock, url: str) -> AsyncIterator[SqlStore]:
    """Another process."""
    async with open_store(url, clock=clock) as store:
        yield store


@asynccontextmanager
async def transaction(postgres: PostgresServer) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else's transaction, which is committed when the context ends."""
    connection = await postgres.administrator("test")
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()


async def test_one_wins(store: SqlStore, other: SqlStore, clock: SetClock) -> None:
    """When processes want a thread at the same moment, exactly one gets it."""
    until = clock.now() + timedelta(minutes=1)
    for number in range(20):
        key = KEY if number % 2 else OTHER
        await store.append(said(str(number), key=key))
        found = await asyncio.gather(
            *(store.lease(key, f"a{n}", until) for n in range(3)),
            *(other.lease(key, f"b{n}", until) for n in range(3)),
        )
        (lease,) = [each for each in found if each is not None]
        await other.release(lease)


async def test_one_entry(store: SqlStore, other: SqlStore) -> None:
    """What two processes receive at the same moment is one entry."""
    for number in range(20):
        found = await asyncio.gather(
            *(each.append(said(str(number))) for each in (store, other) for _ in range(3))
        )
        assert sum(each.is_new for each in found) == 1
        assert len({each.entry_id for each in found}) == 1


async def test_first_speakers_at_once(store: SqlStore, other: SqlStore) -> None:
    """A thread that two processes make at the same moment is one thread."""
    await asyncio.gather(store.append(said("1")), other.append(said("2")))
    thread = await store.thread(KEY)
    assert thread == await other.thread(KEY)
    assert list(await store.waiting()) == [KEY]


class WrongClock(SystemClock):
    """A machine's clock that is off.

    Args:
        hours: by how much.
    """

    def __init__(self, hours: float) -> None:
        self._off = timedelta(hours=hours)

    def now(self) -> datetime:
        """The wrong time."""
        return super().now() + self._off


@pytest.mark.parametrize("hours", [-3, 3])
async def test_clocks_that_differ(url: str, hours: float) -> None:
    """Leases go by the database's clock: machines need not agree on what time it is."""
    right, wrong = SystemClock(), WrongClock(hours)
    async with open_store(url, clock=right) as one, open_store(url, clock=wrong) as two:
        for first, its, second, other in ((one, right, two, wrong), (two, wrong, one, right)):
            await first.append(said("1"))
            lease = await first.lease(KEY, "first", its.now() + timedelta(minutes=1))
            assert lease is not None
            until = other.now() + timedelta(minutes=1)
            assert await second.lease(KEY, "second", until) is None
            assert list(await second.waiting()) == []
            await first.renew("first", its.now())  # so it is over at once
            assert list(await second.waiting()) == [KEY]
            taken_over = await second.lease(KEY, "second", until)
            assert taken_over is not None
            await second.release(taken_over)


async def test_a_newer_version_migrates_meanwhile(
    clock: SetClock, postgres: PostgresServer, postgres_copy: str
) -> None:
    """A process that runs goes on while a newer version adds columns and tables."""
    tables = ("threads", "entries", "deliveries", "sessions", "files", "chunks")
    async with open_store(postgres.url(postgres_copy), clock=clock) as store:
        for number in range(3):
            await store.append(said(f"{number}", at=number))
            lease = await leased(store, clock)
            entry = await taken(store, lease)
            await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference=""))
            await files_of(store, lease).append(EVENTS, b"1")
            await store.finish(lease, entry.id, EntryState.DONE, Usage())
            await store.release(lease)
            assert await store.thread(KEY) is not None
            assert list(await store.waiting()) == []
            await postgres.run(
                *(f"ALTER TABLE {each} ADD COLUMN x{number} text DEFAULT ''" for each in tables),
                f"CREATE TABLE later_{number} (id integer)",
                database=postgres_copy,
            )


async def test_leases_outlive_a_start(
    store: SqlStore, clock: SetClock, postgres: PostgresServer
) -> None:
    """A process that starts takes nothing away from those that run."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    async with open_store(postgres.url("test"), clock=clock) as started:
        assert list(await started.waiting()) == []
    assert await store.take(lease) is not None


WRITES: dict[str, Callable[[SqlStore, Lease], Coroutine[Any, Any, object]]] = {
    "begin_session": lambda store, lease: store.begin_session(lease),
    "deliver": lambda store, lease: store.deliver(
        lease, Delivery(entry_id=1, part=0, reference="late")
    ),
    "finish": lambda store, lease: store.finish(lease, 1, EntryState.DONE, Usage(), "late"),
    "release": lambda store, lease: store.release(lease),
    "requeue": lambda store, lease: store.requeue(lease, 2),
    "reset": lambda store, lease: store.reset(lease),
    "take": lambda store, lease: store.take(lease),
    "take_controls": lambda store, lease: store.take_controls(lease),
    "append to a file": lambda store, lease: files_of(store, lease).append(EVENTS, b"late"),
    "begin a file": lambda store, lease: files_of(store, lease).append("/desk/new", b"late"),
    "write a file": lambda store, lease: files_of(store, lease).write("/desk/a", b"x" * 20_000),
}


def files_of(store: SqlStore, lease: Lease) -> SqlFiles:
    """The files of the thread's session."""
    return store.files(lease, lease.thread.session_id)


async def at_work(store: SqlStore, clock: SetClock) -> Lease:
    """A thread with a message running, one that failed, one that waits, a stop, and files."""
    await store.append(said("1", at=1))
    await store.append(said("2"))
    await store.append(said("3", at=3))
    lease = await leased(store, clock)
    failed = await taken(store, lease)
    await store.finish(lease, failed.id, EntryState.FAILED, Usage())
    assert (await taken(store, lease)).id == 1
    await store.append(said("stop", at=4, kind=EntryKind.STOP))
    files = files_of(store, lease)
    await files.append(EVENTS, b"1")
    await files.write("/desk/a", b"1")
    await files.flush()
    return lease


async def everything(connection: asyncpg.Connection) -> list[object]:
    """All rows of all tables, as a connection sees them."""
    return [
        await connection.fetch(f'SELECT * FROM "{table.name}" AS t ORDER BY t')  # noqa: S608
        for table in metadata.sorted_tables
    ]


@pytest.mark.parametrize("name", WRITES)
async def test_a_stale_write(
    store: SqlStore, clock: SetClock, postgres: PostgresServer, name: str
) -> None:
    """What a worker writes while another is taking its thread waits, is refused, leaves nothing."""
    lease = await at_work(store, clock)
    async with transaction(postgres) as they:
        await they.execute("UPDATE threads SET fence = fence + 1, lease_owner = 'w2'")
        before = await everything(they)
        late = asyncio.create_task(WRITES[name](store, lease))
        await postgres.held_up()
    with pytest.raises(LeaseLost):
        await late
    async with transaction(postgres) as they:
        assert await everything(they) == before


async def test_taking_over_waits(
    store: SqlStore, other: SqlStore, clock: SetClock, postgres: PostgresServer
) -> None:
    """Who takes a thread over sees all that the worker before was still writing."""
    lease = await at_work(store, clock)
    clock.move(61)
    async with transaction(postgres) as they:
        # As a worker's write does.
        await they.execute("SELECT FROM threads FOR NO KEY UPDATE")
        taking = asyncio.create_task(leased(other, clock, owner="w2"))
        await postgres.held_up()
        await they.execute("UPDATE entries SET state = 'done', ended_at = 1 WHERE id = 1")
    found = await taking
    assert found.fence > lease.fence
    assert (await taken(other, found)).kind is EntryKind.STOP
    assert (await taken(other, found)).source_id == "3"


async def test_taken_back_while_it_is_taken(
    store: SqlStore, clock: SetClock, postgres: PostgresServer
) -> None:
    """Where the next message is withdrawn just as it is taken, the one after it is taken."""
    await store.append(said("1"))
    await store.append(said("2", at=1))
    lease = await leased(store, clock)
    async with transaction(postgres) as they:
        await they.execute("UPDATE entries SET state = 'withdrawn', ended_at = 1 WHERE id = 1")
        taking = asyncio.create_task(store.take(lease))
        await postgres.held_up()
    entry = await taking
    assert entry is not None
    assert entry.source_id == "2"


async def test_revised_while_it_is_taken(
    store: SqlStore, clock: SetClock, postgres: PostgresServer
) -> None:
    """A message that is changed at the moment that it is taken is taken as it reads now."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    async with transaction(postgres) as they:
        await they.execute("UPDATE entries SET text = 'new' WHERE id = 1")
        taking = asyncio.create_task(store.take(lease))
        await postgres.held_up()
    entry = await taking
    assert entry is not None
    assert entry.text == "new"


async def test_too_late_to_revise(
    store: SqlStore, other: SqlStore, clock: SetClock, postgres: PostgresServer
) -> None:
    """A message that is taken at the moment that somebody changes it stays as it was taken."""
    await store.append(said("1", text="old"))
    lease = await leased(store, clock)
    async with transaction(postgres) as they:
        await they.execute("UPDATE entries SET state = 'running', attempts = 1 WHERE id = 1")
        changing = [
            asyncio.create_task(other.revise(KEY, "1", "new", ())),
            asyncio.create_task(other.withdraw(KEY, "1")),
        ]
        await postgres.held_up(processes=2)
    assert await asyncio.gather(*changing) == [False, False]
    assert (await taken(store, lease)).text == "old"


async def test_a_thread_in_other_hands_does_not_wait(
    store: SqlStore, postgres: PostgresServer
) -> None:
    """A thread that another process is just taking is passed over, and nobody waits for it."""
    await store.append(said("1"))
    await store.append(said("1", key=OTHER))
    async with transaction(postgres) as they:
        await they.execute("SELECT FROM threads WHERE id = 1 FOR NO KEY UPDATE")
        assert list(await store.waiting()) == [OTHER]
    assert list(await store.waiting()) == [KEY, OTHER]


async def test_processes_share_the_work(
    store: SqlStore, other: SqlStore, clock: SetClock, url: str
) -> None:
    """However often threads change hands: each message ends once, in order, and none is left."""
    count, keys = 12, (KEY, OTHER)
    ended: list[str] = []

    async def speak(speaking: SqlStore, part: int) -> None:
        for number in range(part, count, 2):
            for key in keys:
                await speaking.append(said(f"{number:02}", key=key, at=number))

    async def work(working: SqlStore, owner: str) -> None:
        turns = 0
        while len(ended) < count * len(keys):
            for key in await working.waiting():
                with suppress(LeaseLost):
                    lease = await working.lease(key, owner, clock.now() + timedelta(seconds=5))
                    while lease and (entry := await working.take(lease)):
                        turns += 1
                        if turns % 3 == 0:
                            clock.move(6)  # all leases are over
                            await asyncio.sleep(0)
                        await working.finish(lease, entry.id, EntryState.DONE, Usage())
                        ended.append(f"{key} {entry.source_id}")
                    if lease:
                        await working.release(lease)

    await asyncio.gather(speak(store, 0), speak(other, 1))
    async with open_store(url, clock=clock) as third:
        stores = (store, other, third)
        await asyncio.gather(*(work(each, f"w{n}") for n, each in enumerate(stores)))
    for key in keys:
        of_thread = [each for each in ended if each.startswith(f"{key} ")]
        assert of_thread == [f"{key} {number:02}" for number in range(count)]
