"""What a turn costs in statements; BEGIN and COMMIT do not count."""

from datetime import timedelta

import pytest

from bot.mailbox import Delivery, EntryKind, EntryState, Usage
from storage.files import AHEAD, SqlFiles
from storage.store import SqlStore
from tests.contracts.store import KEY, OTHER, SetClock, leased, said

EVENTS = "/session-state/events.jsonl"


async def test_each_method(store: SqlStore, clock: SetClock, statements: list[str]) -> None:
    """Each method takes as few statements as it can, however it ends."""

    def taken() -> int:
        count = len(statements)
        statements.clear()
        return count

    await store.append(said("1"))
    assert taken() == 2
    await store.append(said("1"))
    assert taken() == 3
    await store.append(said("1", key=OTHER))
    await leased(store, clock, key=OTHER)
    taken()
    lease = await leased(store, clock)
    assert taken() == 1
    await store.renew("w1", clock.now() + timedelta(minutes=1))
    assert taken() == 1
    await store.take_controls(lease)
    assert taken() == 1
    entry = await store.take(lease)
    assert entry is not None
    assert taken() == 1
    await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference=""))
    assert taken() == 1
    await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference="m"))
    assert taken() == 1
    await store.finish(lease, entry.id, EntryState.DONE, Usage(), "title")
    assert taken() == 2
    assert await store.take(lease) is None
    assert taken() == 2
    await store.append(said("2", kind=EntryKind.STOP))
    taken()
    await store.take_controls(lease)
    assert taken() == 2
    await store.thread(KEY)
    assert taken() == 1
    await store.waiting()
    assert taken() == 1
    await store.release(lease)
    assert taken() == 1


async def test_first_turn_of_a_thread(
    store: SqlStore, clock: SetClock, statements: list[str]
) -> None:
    """A cold thread's first turn: 6 before the prompt is sent at most, 15 in all."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    entry = await store.take(lease)
    assert entry is not None
    files = store.files(lease, lease.thread.session_id)
    # What the runtime does when it makes a session, as seen with version 1.0.102.
    for name in ("settings.json", "workspace.yaml", "plan.md", "permissions.json"):
        with pytest.raises(FileNotFoundError):
            await files.read(f"/session-state/{name}")
    for name in ("checkpoints", "files", "research", "temp"):
        await files.make_directory(f"/session-state/{name}", parents=True)
    await files.write("/session-state/checkpoints/index.md", b"x" * 172)
    await files.write("/session-state/workspace.yaml.tmp.1", b"x" * 161)
    await files.rename("/session-state/workspace.yaml.tmp.1", "/session-state/workspace.yaml")
    await store.begin_session(lease)
    assert len(statements) <= 6
    # The prompt is sent.
    await files.write("/session-state/workspace.yaml.tmp.2", b"x" * 176)
    await files.rename("/session-state/workspace.yaml.tmp.2", "/session-state/workspace.yaml")
    await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference=""))
    await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference="m"))
    await files.append(EVENTS, b"x" * 11_431)
    await store.finish(lease, entry.id, EntryState.DONE, Usage(), "title")
    assert await store.take(lease) is None
    assert len(statements) <= 15


async def test_next_turn(store: SqlStore, clock: SetClock, statements: list[str]) -> None:
    """A turn of a live session takes 10."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    await store.take(lease)
    files = store.files(lease, lease.thread.session_id)
    await files.append(EVENTS, b"1")
    await store.finish(lease, 1, EntryState.DONE, Usage())
    statements.clear()

    await store.append(said("2"))
    entry = await store.take(lease)
    assert entry is not None
    assert len(statements) == 3
    await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference=""))
    await store.deliver(lease, Delivery(entry_id=entry.id, part=0, reference="m"))
    await files.append(EVENTS, b"2")
    await store.finish(lease, entry.id, EntryState.DONE, Usage())
    assert await store.take(lease) is None
    assert len(statements) == 10


async def test_files(store: SqlStore, clock: SetClock, statements: list[str]) -> None:
    """Files are listed once, small ones are read from memory, and writes wait for an append."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    files = store.files(lease, lease.thread.session_id)
    statements.clear()
    await files.write("/desk/small", b"s" * 1000)
    await files.list("/desk")
    assert len(statements) == 1
    await files.append(EVENTS, b"1")
    assert len(statements) == 4
    await files.append(EVENTS, b"2")
    assert len(statements) == 5
    assert await files.read("/desk/small") == b"s" * 1000
    await files.stat(EVENTS)
    await files.flush()
    assert len(statements) == 5
    await files.read(EVENTS)
    assert len(statements) == 6
    clock.move(60)
    lease = await leased(store, clock, owner="w2")
    statements.clear()
    files = store.files(lease, lease.thread.session_id)
    assert await files.read("/desk/small") == b"s" * 1000
    assert (await files.stat(EVENTS)).size == 2
    assert len(statements) == 1
    await files.write("/desk/small", b"t")
    await files.flush()
    assert len(statements) == 3


async def test_what_grew_is_read_ahead(
    store: SqlStore, clock: SetClock, statements: list[str]
) -> None:
    """A session's events come with its tree, once, unless they are long or changed since."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    long = "/session-state/long.jsonl"
    before = store.files(lease, lease.thread.session_id)
    await before.append(EVENTS, b"1")
    await before.append(EVENTS, b"2")
    await before.append(long, b"x" * AHEAD)
    await before.append(long, b"y")

    def again() -> SqlFiles:
        store._open_files.clear()
        statements.clear()
        return store.files(lease, lease.thread.session_id)

    files = again()
    assert await files.read(EVENTS) == b"12"
    assert len(statements) == 1
    assert await files.read(EVENTS) == b"12"
    assert len(statements) == 2
    assert await files.read(long) == b"x" * AHEAD + b"y"
    assert len(statements) == 3
    files = again()
    await files.append(EVENTS, b"3")
    assert await files.read(EVENTS) == b"123"
    files = again()
    await files.rename(EVENTS, "/session-state/else.jsonl")
    await files.write(EVENTS, b"new")
    assert await files.read("/session-state/else.jsonl") == b"123"
    assert await files.read(EVENTS) == b"new"
    files = again()
    await files.write(EVENTS, b"z" * 100_000)
    assert await files.read(EVENTS) == b"z" * 100_000


async def test_next_turn_of_a_thread_at_rest(
    store: SqlStore, clock: SetClock, statements: list[str]
) -> None:
    """A session is resumed with 5 before the prompt is sent, beside the look at its thread."""
    await store.append(said("1"))
    lease = await leased(store, clock)
    entry = await store.take(lease)
    assert entry is not None
    await store.files(lease, lease.thread.session_id).append(EVENTS, b"1")
    await store.finish(lease, entry.id, EntryState.DONE, Usage())
    await store.release(lease)
    store._open_files.clear()
    statements.clear()
    await store.append(said("2", at=1))
    lease = await leased(store, clock)
    await store.take(lease)
    assert await store.files(lease, lease.thread.session_id).read(EVENTS) == b"1"
    assert len(statements) == 5
