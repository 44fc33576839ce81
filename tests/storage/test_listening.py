"""What a process hears of the others' mail."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from bot.keys import SessionKey
from bot.mailbox import EntryState, Usage
from storage import listening
from storage.listening import Listening
from storage.postgres import CHANNEL, PostgresDatabase
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, OTHER, SetClock, leased, said, taken
from tests.postgres import PostgresServer
from tests.storage.test_postgres_failures import cut

Heard = AsyncGenerator[SessionKey | None, None]


@pytest.fixture
def url(postgres_url: str) -> str:
    """These are about servers."""
    return postgres_url


@pytest.fixture
async def other(clock: SetClock, url: str) -> AsyncIterator[SqlStore]:
    """Another process."""
    async with open_store(url, clock=clock) as store:
        yield store


@pytest.fixture
async def heard(store: SqlStore) -> AsyncIterator[Heard]:
    """What a process hears, from now on."""
    async with aclosing(store.listen()) as heard:
        assert await anext(heard) is None
        yield heard


async def test_what_others_append(heard: Heard, other: SqlStore) -> None:
    """Each thread is named that got something from another process, in order."""
    await other.append(said("1"))
    await other.append(said("1", key=OTHER))
    assert [await anext(heard), await anext(heard)] == [KEY, OTHER]
    await other.append(said("2"))
    assert await anext(heard) == KEY


async def test_what_it_appends_itself(heard: Heard, store: SqlStore, other: SqlStore) -> None:
    """What a process appends itself is no news to it, nor is what was there already."""
    await store.append(said("1", key=OTHER))
    await other.append(said("1", key=OTHER))
    await other.append(said("1"))
    assert await anext(heard) == KEY


async def test_a_transaction_that_was_undone(heard: Heard, other: SqlStore) -> None:
    """What was not kept is not told."""

    def work(db: object) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await other._database.write(work)
    await other.append(said("1"))
    assert await anext(heard) == KEY


async def test_what_is_let_go_with_something_in_it(
    heard: Heard, other: SqlStore, clock: SetClock
) -> None:
    """A thread that is let go before its mailbox is empty is told of; one that is empty is not."""
    await other.append(said("1"))
    await other.append(said("1", key=OTHER))
    for key in (KEY, OTHER):
        assert await anext(heard) == key
    done = await leased(other, clock)
    entry = await taken(other, done)
    await other.finish(done, entry.id, EntryState.DONE, Usage())
    await other.release(done)
    await other.release(await leased(other, clock, key=OTHER))
    assert await anext(heard) == OTHER


@pytest.mark.parametrize(
    "key",
    [
        SessionKey(platform="slack", workspace="", channel="a b", thread="ü:'🙂"),
        SessionKey(platform="slack", workspace="", channel="a\0b", thread="\ud800"),
    ],
)
async def test_odd_names(heard: Heard, other: SqlStore, key: SessionKey) -> None:
    """A thread is told of as the store knows it."""
    await other.append(said("1", key=key))
    assert [await anext(heard)] == list(await other.waiting())


async def test_a_name_that_is_too_long(heard: Heard, other: SqlStore) -> None:
    """A name that does not fit counts as something missed."""
    key = SessionKey(platform="slack", workspace="", channel="C1", thread="x" * 8000)
    await other.append(said("1", key=key))
    assert await anext(heard) is None


async def test_a_lost_connection(heard: Heard, other: SqlStore, postgres: PostgresServer) -> None:
    """After a loss it listens again, and says that something may have been missed."""
    await cut(postgres)
    await other.append(said("1"))
    assert await anext(heard) is None
    await other.append(said("1", key=OTHER))
    assert await anext(heard) == OTHER


def ears(store: SqlStore, **options: float) -> AsyncGenerator[str | None, None]:
    """What a process hears, as it is told, with other times."""
    database = store._database
    assert isinstance(database, PostgresDatabase)
    return Listening(
        database._connect, CHANNEL, origin=database._origin, pause_s=0.01, **options
    ).words()


async def test_a_quiet_connection_is_looked_at(store: SqlStore, other: SqlStore) -> None:
    """A connection on which nothing comes is asked whether it lives, and goes on if it does."""
    async with aclosing(ears(store, check_s=0.01)) as heard:
        assert await anext(heard) is None
        waiting = asyncio.ensure_future(anext(heard))
        assert isinstance(other._database, PostgresDatabase)
        while not await asked(other):
            pass
        await other.append(said("1"))
        assert await waiting == str(KEY)


async def asked(store: SqlStore) -> bool:
    """Whether a connection that listens was asked whether it lives."""
    found = await store._database.read(
        lambda db: db.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT 1'"
        ).scalar_one()
    )
    return bool(found)


async def test_more_than_can_be_kept(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody asks for long, a word is heard once, and too many count as missed."""
    monkeypatch.setattr(listening, "_MOST_WORDS", 3)
    assert isinstance(store._database, PostgresDatabase)
    connection = await store._database._connect()
    line = listening._Line(connection, origin="me", check_s=1)

    async def told(*words: str) -> list[str | None]:
        for word in (*words, "last"):
            line.heard(connection, 1, CHANNEL, f"they {word}")
        heard = [await line.next()]
        while heard[-1] != "last":
            heard.append(await line.next())
        return heard[:-1]

    assert await told("a", "b", "a") == ["a", "b"]
    assert await told("a", "b", "c") == [None]
    assert await told("a") == ["a"]
    await connection.close()


async def test_a_server_that_is_not_there_yet(store: SqlStore) -> None:
    """It connects as soon as it can, however often that fails before."""
    assert isinstance(store._database, PostgresDatabase)
    connect, failures = store._database._connect, [OSError("no"), ConnectionRefusedError("no")]

    async def connected() -> object:
        if failures:
            raise failures.pop()
        return await connect()

    async with aclosing(Listening(connected, CHANNEL, origin="me", pause_s=0.01).words()) as heard:
        assert await anext(heard) is None
    assert failures == []


async def test_on_a_file(sqlite_copy: object, clock: SetClock) -> None:
    """A database of one process has nobody to hear of."""
    async with (
        open_store(f"sqlite:///{sqlite_copy}", clock=clock) as store,
        aclosing(store.listen()) as heard,
    ):
        waiting = asyncio.ensure_future(anext(heard))
        await store.append(said("1"))
        assert not waiting.done()
        waiting.cancel()
        await asyncio.wait([waiting])
