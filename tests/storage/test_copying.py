"""Moving from a file to a server, and back."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.errors import StoreBusy, StoreError, StoreFull
from bot.mailbox import EntryState, Usage
from storage import copying
from storage.copying import copy
from storage.database import Database
from storage.opening import open_database
from storage.schema import metadata
from storage.store import open_store
from tests.contracts.store import OTHER, SetClock, leased, said, taken
from tests.storage.every_call import calls

EVENTS = "/session-state/events.jsonl"


@pytest.fixture
async def file_url(sqlite_copy: Path, clock: SetClock) -> str:
    """The address of a file with a bit of everything."""
    url = f"sqlite:///{sqlite_copy}"
    async with open_store(url, clock=clock) as store:
        every = await calls(store, clock)
        for name in ("decide", "deliver", "raise_budget", "check"):
            await every[name]()
        for number in range(7):
            await store.append(said(f"räksmörgås {number}", key=OTHER, at=number))
        lease = await leased(store, clock, key=OTHER)
        for number in range(7):
            entry = await taken(store, lease)
            files = store.files(lease, lease.thread.session_id)
            await files.write(f"/desk/{number}", bytes(range(256)) * number)
            await files.append(EVENTS, b"%d\n" % number)
            await store.finish(lease, entry.id, EntryState.DONE, Usage(cost=0.1), "title")
    return url


async def everything(url: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables."""

    def read(db: Connection) -> dict[str, list[dict[str, Any]]]:
        return {
            table.name: [
                dict(row)
                for row in db.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for table in metadata.sorted_tables
        }

    async with open_database(url) as database:
        return await database.read(read)


async def test_to_a_server_and_back(
    file_url: str,
    postgres_url: str,
    tmp_path: Path,
    clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is copied is the same in every row, but for the leases, and it works on."""
    monkeypatch.setattr(copying, "_ROWS", 3)
    original = await everything(file_url)
    assert all(original.values())
    for thread in original["threads"]:
        thread.update(lease_owner=None, lease_until=None)
    told: dict[str, int] = {}
    await copy(file_url, postgres_url, told.__setitem__)
    assert told == {name: len(rows) for name, rows in original.items()}
    assert await everything(postgres_url) == original
    back = f"sqlite:///{tmp_path}/back.db"
    await copy(postgres_url, back)
    assert await everything(back) == original
    for url in (postgres_url, back):
        async with open_store(url, clock=clock) as store:
            newest = await store.append(said("new", key=OTHER, at=99))
            assert newest.entry_id > max(row["id"] for row in original["entries"])
            lease = await leased(store, clock, key=OTHER, owner="w2")
            files = store.files(lease, lease.thread.session_id)
            assert await files.read(EVENTS) == b"".join(b"%d\n" % number for number in range(7))
            await files.append(EVENTS, b"on")


async def test_a_database_that_is_in_use_is_not_filled(
    file_url: str, postgres_url: str, clock: SetClock
) -> None:
    """Into a database with rows nothing is copied."""
    async with open_store(postgres_url, clock=clock) as store:
        await store.append(said("1"))
        with pytest.raises(StoreError, match="has rows already: name an empty one"):
            await copy(file_url, postgres_url)
        assert await store.thread(OTHER) is None


async def test_a_file_that_a_bot_has_open_is_not_copied(
    file_url: str, postgres_url: str, clock: SetClock
) -> None:
    """A bot that runs has to be stopped first."""
    async with open_store(file_url, clock=clock):
        with pytest.raises(StoreBusy, match="stop that one first"):
            await copy(file_url, postgres_url)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that does not exist is not made."""
    with pytest.raises(StoreError, match="There is no database"):
        asyncio.run(copy(f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/new.db"))
    assert list(tmp_path.iterdir()) == []


async def test_a_copy_that_fails_leaves_nothing(
    file_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the copy cannot be finished, the target is empty again, and can be tried anew."""
    carry = copying._carry

    async def fails(table: Any, source: Database, target: Database) -> int:
        if table.name == "chunks":
            raise StoreFull("no space")
        return await carry(table, source, target)

    monkeypatch.setattr(copying, "_carry", fails)
    with pytest.raises(StoreFull):
        await copy(file_url, postgres_url)
    assert not any((await everything(postgres_url)).values())
    monkeypatch.setattr(copying, "_carry", carry)
    await copy(file_url, postgres_url)
