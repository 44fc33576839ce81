"""Opening a database on a server: its schema, its migrations, and what may be wrong with it."""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.errors import StoreBusy, StoreDamaged, StoreError, StoreNotWritable, StoreTooNew
from storage.address import PostgresAddress, parse
from storage.postgres import open_postgres
from storage.schema import metadata
from storage.store import SqlStore, open_store
from tests.contracts.store import KEY, SetClock, said
from tests.postgres import PASSWORD, ROLE, PostgresServer
from tests.storage.test_processes import transaction
from tests.storage.tls_door import certificate, tls_door


@pytest.fixture
def url(postgres_url: str) -> str:
    """These are about servers."""
    return postgres_url


@pytest.fixture
def empty_url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a database without tables."""
    asyncio.run(postgres.run(f"CREATE DATABASE empty OWNER {ROLE}"))
    yield postgres.url("empty")
    asyncio.run(postgres.run("DROP DATABASE empty WITH (FORCE)"))


async def opened(url: str, clock: SetClock) -> None:
    """Open a database, and close it."""
    async with open_store(url, clock=clock):
        pass


# --- the schema -----------------------------------------------------------------------------


async def test_migrations_make_the_schema(store: SqlStore) -> None:
    """What the migrations make is what the tables say."""

    def compare(db: Connection) -> object:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    assert await store._database.read(compare) == []


async def test_several_processes_start_at_once(
    empty_url: str, clock: SetClock, postgres: PostgresServer
) -> None:
    """When processes start on an empty database at the same moment, one makes the tables."""
    await asyncio.gather(*(opened(empty_url, clock) for _ in range(4)))
    async with open_store(empty_url, clock=clock) as store:
        await store.append(said("1"))
        assert await store.thread(KEY) is not None


async def test_a_crash_in_a_migration(
    empty_url: str, clock: SetClock, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration that is cut off leaves the old schema; the next start makes it whole."""
    original = op.create_index

    def die(name: str, *arguments: object, **options: object) -> None:
        # The tables before this are made, the others are not.
        op.get_bind().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    monkeypatch.setattr(op, "create_index", die)
    with pytest.raises(StoreError, match="lost"):
        await opened(empty_url, clock)
    connection = await postgres.administrator("empty")
    assert await connection.fetch("SELECT FROM pg_tables WHERE schemaname = 'public'") == []
    await connection.close()
    monkeypatch.setattr(op, "create_index", original)
    await opened(empty_url, clock)


async def test_too_new(postgres: PostgresServer, postgres_copy: str, clock: SetClock) -> None:
    """An older bot does not touch a newer schema."""
    await postgres.run("UPDATE alembic_version SET version_num = '9999'", database=postgres_copy)
    with pytest.raises(StoreTooNew, match="update Threadpilot"):
        await opened(postgres.url(postgres_copy), clock)


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE theirs (id integer)",
        "CREATE TABLE alembic_version (version_num text)",
        "CREATE TABLE threads (); CREATE TABLE alembic_version AS SELECT 'ae10' AS version_num",
    ],
)
async def test_foreign(
    empty_url: str, clock: SetClock, postgres: PostgresServer, made: str
) -> None:
    """Another program's database is refused, and not changed."""
    await postgres.run(f"SET ROLE {ROLE}", made, database="empty")
    with pytest.raises(StoreDamaged, match="belongs to another program"):
        await opened(empty_url, clock)
    connection = await postgres.administrator("empty")
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    assert tables == made.count("CREATE TABLE")
    await connection.close()


async def test_nothing_is_locked_when_there_is_nothing_to_do(
    url: str, clock: SetClock, postgres: PostgresServer
) -> None:
    """A process starts while another one, in the middle of something, holds locks."""
    async with transaction(postgres) as they:
        await they.execute("LOCK TABLE threads IN EXCLUSIVE MODE")
        await opened(url, clock)


def test_the_driver_only_where_it_is_wanted(sqlite_copy: Path) -> None:
    """A bot on SQLite does not import asyncpg."""
    program = """
import asyncio, sys
from storage.store import open_store
from tests.contracts.store import SetClock
async def main():
    async with open_store(sys.argv[1], clock=SetClock()):
        pass
asyncio.run(main())
print({"asyncpg", "tenacity"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{sqlite_copy}"],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert done.stdout == "set()\n"


# --- what may be wrong ----------------------------------------------------------------------


async def test_settings_of_a_connection(store: SqlStore) -> None:
    """A connection says whose it is, and waits for nothing for ever."""

    def ask(db: Connection) -> list[object]:
        words = (
            "application_name",
            "lock_timeout",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "transaction_isolation",
        )
        return [db.execute(text(f"SHOW {word}")).scalar() for word in words]

    assert await store._database.write(ask) == [
        "threadpilot",
        "5s",
        "20s",
        "30s",
        "read committed",
    ]


async def test_options(url: str, clock: SetClock) -> None:
    """What the address says of the server's settings counts."""
    async with open_store(
        f"{url}?application_name=pilot&options=-c%20work_mem%3D1MB", clock=clock
    ) as store:

        def ask(db: Connection) -> list[object]:
            return [
                db.execute(text(f"SHOW {word}")).scalar()
                for word in ("application_name", "work_mem")
            ]

        assert await store._database.read(ask) == ["pilot", "1MB"]


async def test_socket(postgres: PostgresServer, url: str, clock: SetClock) -> None:
    """A server is reached over its socket as well."""
    await opened(f"postgresql://{ROLE}@:{postgres.port}/test?host={postgres.directory}", clock)


async def test_no_server(clock: SetClock) -> None:
    """Where nothing listens, the sentence names the place."""
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9 cannot be reached .*: start it"):
        await opened("postgresql://bot:secret@127.0.0.1:9/x", clock)


async def test_no_such_host(clock: SetClock) -> None:
    """A host that does not exist is named."""
    with pytest.raises(StoreError, match=r"no-such-host\.invalid:5432 cannot be reached"):
        await opened("postgresql://bot:secret@no-such-host.invalid/x", clock)


async def test_a_server_that_says_nothing(clock: SetClock) -> None:
    """A server that takes a connection and says nothing is given up."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        address = parse(f"postgresql://bot:secret@127.0.0.1:{port}/x")
        assert isinstance(address, PostgresAddress)
        with pytest.raises(StoreError, match="does not answer in time"):
            async with open_postgres(
                replace(address, connect_timeout_s=0.05), busy_timeout_s=1, count_statements=None
            ):
                pass


async def test_wrong_password(postgres: PostgresServer, clock: SetClock) -> None:
    """A wrong password is said to be one, and is not repeated."""
    with pytest.raises(StoreNotWritable, match="refuses the password") as caught:
        await opened(postgres.url("test", password="wr/ong"), clock)
    assert "ong" not in str(caught.value).replace("wrong", "")
    assert "with %xx" in str(caught.value)


async def test_no_such_role(postgres: PostgresServer, clock: SetClock) -> None:
    """A role that does not exist looks like a wrong password, as the server has it."""
    with pytest.raises(StoreNotWritable, match=r'refuses the password .*"nobody"'):
        await opened(postgres.url("test", role="nobody"), clock)


async def test_role_that_may_not_log_in(postgres: PostgresServer, clock: SetClock) -> None:
    """A role that the server does not let in is told apart from a wrong password."""
    await postgres.run(
        "DROP ROLE IF EXISTS group_", f"CREATE ROLE group_ NOLOGIN PASSWORD '{PASSWORD}'"
    )
    with pytest.raises(StoreNotWritable, match=r"does not let the role in .*pg_hba\.conf"):
        await opened(postgres.url("test", role="group_"), clock)


async def test_no_such_database(postgres: PostgresServer, clock: SetClock) -> None:
    """A missing database is said to be missing, with the way to make it."""
    with pytest.raises(StoreNotWritable, match="no database missing: make it with CREATE DATABASE"):
        await opened(postgres.url("missing"), clock)


async def test_no_right_to_make_tables(
    empty_url: str, postgres: PostgresServer, clock: SetClock
) -> None:
    """A role that may not make tables learns what it takes."""
    await postgres.run("ALTER DATABASE empty OWNER TO postgres")
    with pytest.raises(StoreNotWritable, match=r"permission denied for schema public.*its owner"):
        await opened(empty_url, clock)


async def test_no_connection_left(
    postgres: PostgresServer, postgres_copy: str, clock: SetClock
) -> None:
    """Where the server takes no more connections, StoreBusy says so."""
    await postgres.run(f"ALTER DATABASE {postgres_copy} CONNECTION LIMIT 0")
    with pytest.raises(StoreBusy, match="takes no more connections"):
        await opened(postgres.url(postgres_copy), clock)


async def test_too_old(url: str) -> None:
    """A server that is too old is refused, with both versions."""
    address = parse(url)
    assert isinstance(address, PostgresAddress)
    with pytest.raises(StoreError, match=r"is version \d+.*, and Threadpilot needs 99 or newer"):
        async with open_postgres(
            address, busy_timeout_s=1, count_statements=None, oldest_server=99
        ):
            pass


@pytest.mark.parametrize("mode", ["require", "verify-full"])
async def test_no_tls(url: str, clock: SetClock, tmp_path: Path, mode: str) -> None:
    """Where TLS is wanted and the server has none, the sentence says so."""
    authorities = ssl.get_default_verify_paths().cafile
    if mode == "verify-full" and authorities is None:
        pytest.skip("this system trusts no certificate")
    options = f"sslmode={mode}" + ("&sslrootcert=system" if mode == "verify-full" else "")
    with pytest.raises(StoreError, match="over TLS"):
        await opened(f"{url}?{options}", clock)


@pytest.mark.parametrize(
    ("options", "is_let_in"),
    [
        ("sslmode=require", True),
        ("sslmode=prefer", True),
        ("sslmode=verify-full&sslrootcert={own}", True),
        ("sslmode=verify-ca&sslrootcert={own}", True),
        ("sslmode=verify-full&sslrootcert={other}", False),
        ("sslmode=verify-ca&sslrootcert={other}", False),
    ],
)
async def test_tls(
    postgres: PostgresServer,
    url: str,
    clock: SetClock,
    tmp_path: Path,
    options: str,
    is_let_in: bool,
) -> None:
    """A server is spoken to over TLS, if it is the one that the certificate vouches for."""
    other = certificate(tmp_path / "other.pem", "localhost")
    async with tls_door(postgres.port, tmp_path) as port:
        address = url.replace(f"127.0.0.1:{postgres.port}", f"localhost:{port}")
        options = options.format(own=tmp_path / "server.pem", other=other)
        if is_let_in:
            await opened(f"{address}?{options}", clock)
        else:
            with pytest.raises(StoreError, match=r"over TLS .*certificate.*sslrootcert"):
                await opened(f"{address}?{options}", clock)


async def test_tls_of_another_server(
    postgres: PostgresServer, url: str, clock: SetClock, tmp_path: Path
) -> None:
    """A certificate for another name is refused where names count."""
    async with tls_door(postgres.port, tmp_path, name="db.example.org") as port:
        address = url.replace(f"127.0.0.1:{postgres.port}", f"localhost:{port}")
        authority = f"sslrootcert={tmp_path}/server.pem"
        await opened(f"{address}?sslmode=verify-ca&{authority}", clock)
        with pytest.raises(StoreError, match="over TLS"):
            await opened(f"{address}?sslmode=verify-full&{authority}", clock)
