"""A session's files against the same tree in memory, by any sequence of operations."""

import asyncio
import os
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlalchemy import text

from bot.errors import StoreFull
from bot.ports import SessionFiles
from storage.store import open_store
from tests.contracts.store import SetClock, leased, said
from tests.fakes.memory_store import MemoryStore
from tests.storage.fresh import fresh
from tests.storage.test_failures import NOT_ONE_PAGE_MORE, PAGES_ENOUGH, execute, writer

PATHS = st.sampled_from(["/desk", "/desk/a", "/desk/b", "/desk/c", "/desk/d", "/desk/d/e"])
CONTENT = st.sampled_from([b"", b"1", b"22", b"x" * 20_000])


class Files(RuleBasedStateMachine):
    """Operations on both; each must end alike, and leave the same behind."""

    kind: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        self.clock = SetClock()
        self.run(self.begin())

    async def begin(self) -> None:
        """A session on both sides."""
        url = await fresh[self.kind]()
        self.store = await self.stack.enter_async_context(open_store(url, clock=self.clock))
        self.model = MemoryStore(self.clock)
        for store in (self.store, self.model):
            await store.append(said("1"))
        self.lease = await leased(self.store, self.clock)
        model_lease = await leased(self.model, self.clock)
        self.ours: SessionFiles = self.store.files(self.lease, self.lease.thread.session_id)
        self.theirs = self.model.files(model_lease, model_lease.thread.session_id)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a call; what it raises is its result."""
        try:
            return self.loop.run_until_complete(work)
        except OSError as exc:
            return exc.errno

    def both(self, method: str, *args: Any, **options: Any) -> None:
        """Call both, which must end alike."""
        ours = self.run(getattr(self.ours, method)(*args, **options))
        theirs = self.run(getattr(self.theirs, method)(*args, **options))
        assert ours == theirs

    def teardown(self) -> None:
        """Compare what is left, and forget it."""
        try:
            self.reload()
        finally:
            self.run(self.stack.aclose())
            self.loop.close()

    @rule(path=PATHS, content=CONTENT)
    def write(self, path: str, content: bytes) -> None:
        """Write a file."""
        self.both("write", path, content)

    @rule(path=PATHS, content=CONTENT)
    def append(self, path: str, content: bytes) -> None:
        """Add to a file."""
        self.both("append", path, content)

    @rule(path=PATHS)
    def read(self, path: str) -> None:
        """Read a file."""
        self.both("read", path)

    @rule(path=PATHS, parents=st.booleans())
    def make_directory(self, path: str, parents: bool) -> None:
        """Make a directory."""
        self.both("make_directory", path, parents=parents)

    @rule(path=PATHS, recursive=st.booleans(), missing_ok=st.booleans())
    def remove(self, path: str, recursive: bool, missing_ok: bool) -> None:
        """Remove something."""
        self.both("remove", path, recursive=recursive, missing_ok=missing_ok)

    @rule(before=PATHS, after=PATHS)
    def rename(self, before: str, after: str) -> None:
        """Move something."""
        self.both("rename", before, after)

    @rule()
    def pass_time(self) -> None:
        """Time passes."""
        self.clock.move(1)

    @rule()
    def reload(self) -> None:
        """Everything is there for whoever looks at it next."""
        self.run(self.ours.flush())
        self.store._open_files.clear()
        self.ours = self.store.files(self.lease, self.lease.thread.session_id)
        for directory in ("/desk", "/desk/d"):
            self.both("list", directory)
        for each in self.run(self.theirs.list("/desk")):
            if not each.is_directory:
                self.both("read", each.path)


class FilesInAFile(Files):
    """On SQLite."""

    kind = "sqlite"

    @rule(path=PATHS)
    def append_on_a_full_disk(self, path: str) -> None:
        """Nothing comes of adding to a file on a full disk."""
        connection = self.run(writer(self.store))
        self.run(execute(connection, NOT_ONE_PAGE_MORE))
        try:
            done = self.run(self.ours.append(path, b"x" * 500_000))
            assert done is not None
        except StoreFull:
            pass
        self.run(execute(connection, PAGES_ENOUGH))


class FilesOnAServer(Files):
    """On PostgreSQL."""

    kind = "postgres"

    @rule(path=PATHS)
    def append_on_a_full_disk(self, path: str) -> None:
        """Nothing comes of adding to a file on a full disk."""
        made = "BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END"
        for statement in (
            f"CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $${made}$$",
            "CREATE TRIGGER disk_full BEFORE INSERT ON chunks EXECUTE FUNCTION disk_full()",
        ):
            self.execute(statement)
        try:
            done = self.run(self.ours.append(path, b"x" * 500_000))
            assert done is not None
        except StoreFull:
            pass
        self.execute("DROP FUNCTION disk_full() CASCADE")

    def execute(self, statement: str) -> None:
        """Run a statement beside the store."""
        self.run(self.store._database.write(lambda db: db.execute(text(statement))))


_SETTINGS = settings(
    max_examples=int(os.environ.get("THREADPILOT_EXAMPLES", "15")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize="THREADPILOT_EXAMPLES" not in os.environ,
)

TestInAFile = pytest.mark.usefixtures("fresh_sqlite")(FilesInAFile.TestCase)
TestInAFile.settings = _SETTINGS
TestOnAServer = pytest.mark.usefixtures("fresh_postgres")(FilesOnAServer.TestCase)
TestOnAServer.settings = _SETTINGS
