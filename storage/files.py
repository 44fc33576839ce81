"""A session's file system, kept in rows.

The runtime makes a handful of directories and small files when a session begins, and later
adds to one file at the end of a turn. So the tree is read once, with what is small; reading is
from memory; and what is written waits for the next `append` or `flush`, to be one transaction
with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    Table,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)

from bot.mailbox import Lease
from bot.ports import Clock, FileInfo
from storage.columns import from_microseconds, to_microseconds
from storage.database import Database
from storage.failures import lease_lost
from storage.schema import chunks, files, sessions, threads
from storage.statements import is_held, is_named, of_key, of_lease
from storage.tree import Node, Snapshot, Tree, normal

SMALL: Final = 16 * 1024
"""The most bytes of a file that stays in memory."""

SMALL_TOGETHER: Final = 128 * 1024
"""The most bytes of content that stay in memory for a session."""

AHEAD: Final = 1024 * 1024
"""The most bytes of a file that only grew for which it is read ahead, with the tree."""


class SqlFiles:
    """A `bot.ports.SessionFiles` over a database.

    Args:
        database: where they are.
        statements: what is asked of it.
        lease: the thread's; every transaction checks it.
        session_id: the session's.
        generation: of the session; None for one that must be there already.
        clock: tells what time it is.
        limit: the most bytes of all files together.
    """

    __slots__ = (
        "__weakref__",
        "_ahead",
        "_clock",
        "_database",
        "_do",
        "_generation",
        "_lease",
        "_limit",
        "_lock",
        "_session",
        "_session_id",
        "_tree",
    )

    def __init__(
        self,
        database: Database,
        statements: FileStatements,
        lease: Lease,
        session_id: str,
        *,
        generation: int | None,
        clock: Clock,
        limit: int,
    ) -> None:
        self._database = database
        self._generation = generation
        self._do = statements
        self._lease = lease
        self._session_id = session_id
        self._clock = clock
        self._limit = limit
        self._lock = asyncio.Lock()
        self._session: int | None = None
        self._tree: Tree | None = None
        self._ahead: dict[int, bytes] = {}

    async def read(self, path: str) -> bytes:
        """The whole content."""
        path = normal(path)
        async with self._lock:
            node = (await self._loaded()).file(path)
            if node.content is not None:
                return node.content
            # It may be large: it is kept until it was read once, which is at once.
            ahead = self._ahead.pop(node.row or 0, b"")
            if len(ahead) == node.size:
                return ahead
            given = {"p_file": node.row}
            parts = await self._database.read(
                lambda db: db.execute(self._do.content, given).scalars().all()
            )
            return b"".join(part for part in parts if part)

    async def write(self, path: str, content: bytes) -> None:
        """Make or replace a file; missing directories are made."""
        path = normal(path)
        async with self._lock:
            tree = await self._loaded()
            before = tree.snapshot()
            tree.put(path, bytes(content), self._now())
            if len(content) > SMALL or tree.pending_bytes() > SMALL_TOGETHER:
                await self._save(tree, before)

    async def append(self, path: str, content: bytes) -> None:
        """Add to a file, or make it; missing directories are made. Durable on return."""
        path = normal(path)
        async with self._lock:
            tree = await self._loaded()
            before = tree.snapshot()
            if path not in tree.nodes:
                tree.put(path, b"", self._now())
            try:
                tree.file(path)
                tree.check_room(len(content), path)
            except OSError:
                tree.restore(before)
                raise
            await self._save(tree, before, _Addition(path=path, content=bytes(content)))

    async def stat(self, path: str) -> FileInfo:
        """What is there."""
        path = normal(path)
        async with self._lock:
            return (await self._loaded()).info(path)

    async def list(self, path: str) -> Sequence[FileInfo]:
        """What is directly in a directory, by name."""
        path = normal(path)
        async with self._lock:
            return (await self._loaded()).list(path)

    async def make_directory(self, path: str, *, parents: bool) -> None:
        """Make a directory; with `parents` also those above, and it may exist."""
        path = normal(path)
        async with self._lock:
            (await self._loaded()).make_directory(path, self._now(), parents=parents)

    async def remove(self, path: str, *, recursive: bool, missing_ok: bool) -> None:
        """Remove a file, or with `recursive` a directory and all in it."""
        path = normal(path)
        async with self._lock:
            (await self._loaded()).remove(path, recursive=recursive, missing_ok=missing_ok)

    async def rename(self, source: str, target: str) -> None:
        """Move a file or directory; a file that is there is replaced."""
        source, target = normal(source), normal(target)
        async with self._lock:
            (await self._loaded()).rename(source, target, self._now())

    async def flush(self) -> None:
        """Make everything written so far durable."""
        async with self._lock:
            if self._tree is not None and (self._tree.dropped or self._tree.pending()):
                await self._save(self._tree, self._tree.snapshot())

    # --- within ---

    def _now(self) -> int:
        return to_microseconds(self._clock.now())

    async def _loaded(self) -> Tree:
        if self._tree is None:
            given = {**of_key(self._lease.key), "p_session_id": self._session_id}
            rows = await self._database.read(lambda db: db.execute(self._do.load, given).all())
            self._session = rows[0].session if rows else None
            nodes = {row.path: _node(row) for row in rows if row.path is not None}
            self._tree = Tree(nodes, limit=self._limit, now=self._now())
            self._ahead = _ahead(rows)
        return self._tree

    def _begin(self, db: Connection, now: int) -> int:
        """Make the session's row."""
        if self._generation is None:
            raise lease_lost(self._lease)
        given = {
            **of_lease(self._lease),
            "p_session_id": self._session_id,
            "p_generation": self._generation,
            "p_now": from_microseconds(now),
        }
        session: int | None = db.execute(self._do.begin, given).scalar_one_or_none()
        if session is None:
            raise lease_lost(self._lease)
        return session

    def _check(self, db: Connection, session: int) -> None:
        """Pass if the session is ours to write."""
        given = {**of_lease(self._lease), "p_session": session}
        if db.execute(self._do.check, given).first() is None:
            raise lease_lost(self._lease)

    async def _save(self, tree: Tree, before: Snapshot, addition: _Addition | None = None) -> None:
        """Write all that waits, and the addition, in one transaction.

        Where it fails, the tree goes back to what it was before.
        """
        is_saved = False
        self._ahead.clear()
        changes = _Changes.of(tree, addition)
        now = self._now()

        def work(db: Connection) -> tuple[int, dict[str, int]]:
            session = self._session
            if session is None:
                session = self._begin(db, now)
            elif not changes.checks_lease:
                self._check(db, session)
            return session, self._do.save(db, self._lease, session, changes, now)

        def settled(result: tuple[int, dict[str, int]]) -> None:
            nonlocal is_saved
            is_saved = True
            self._session, rows = result
            tree.written(rows, largest=SMALL, most=SMALL_TOGETHER)
            if addition is not None:
                tree.added(addition.path, len(addition.content), now)

        try:
            await self._database.write(work, settled)
        finally:
            if not is_saved:
                tree.restore(before)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Addition:
    path: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Changes:
    """What a transaction has to write, taken from a tree; the transaction may run twice."""

    dropped: list[dict[str, Any]]
    aside: list[dict[str, Any]]
    moved: list[dict[str, Any]]
    changed: list[dict[str, Any]]
    made: list[dict[str, Any]]
    addition: _Addition | None
    adds_to: int | None

    @classmethod
    def of(cls, tree: Tree, addition: _Addition | None) -> _Changes:
        aside, moved, changed, made = [], [], [], []
        for path, node in tree.pending().items():
            values = {
                "path": path,
                "is_directory": node.is_directory,
                "created_at": from_microseconds(node.created_at),
                "changed_at": from_microseconds(node.changed_at),
                "size": node.size,
                "content": node.content,
            }
            if node.row is not None and node.stored_as != path:
                # No stored path looks like this one.
                aside.append({"p_file": node.row, "p_path": str(node.row)})
            if node.row is None:
                made.append(values)
            elif node.is_written:
                moved.append({"p_file": node.row, "p_path": path})
            else:
                changed.append(
                    {f"p_{name}": value for name, value in values.items()} | {"p_file": node.row}
                )
        return cls(
            dropped=[{"p_file": row} for row in tree.dropped],
            # Two may have changed places, and no two may have one path even for a moment.
            aside=aside if len(aside) > 1 else [],
            moved=moved,
            changed=changed,
            made=made,
            addition=addition,
            adds_to=None if addition is None else tree.nodes[addition.path].row,
        )

    @property
    def checks_lease(self) -> bool:
        """Whether what is written first fails by itself where the lease was lost."""
        return self.adds_to is not None


class FileStatements:
    """The statements about sessions' files, for one dialect."""

    def __init__(self, insert_: Callable[[Table], Any]) -> None:
        self.check = (
            select(sessions.c.id)
            .join_from(sessions, threads, threads.c.id == sessions.c.thread_id)
            .where(is_held, sessions.c.id == bindparam("p_session"))
            .with_for_update(of=threads, key_share=True)
        )
        self.begin = (
            insert_(sessions)
            .from_select(
                ["thread_id", "session_id", "generation", "began_at"],
                select(
                    threads.c.id,
                    bindparam("p_session_id", type_=sessions.c.session_id.type),
                    bindparam("p_generation", type_=sessions.c.generation.type),
                    bindparam("p_now", type_=sessions.c.began_at.type),
                )
                .where(is_held)
                .with_for_update(of=threads, key_share=True),
            )
            .returning(sessions.c.id)
        )
        self._make = insert(files).returning(files.c.id, files.c.path)
        self._change = (
            update(files)
            .where(files.c.id == bindparam("p_file"))
            .values(
                path=bindparam("p_path"),
                is_directory=bindparam("p_is_directory"),
                created_at=bindparam("p_created_at"),
                changed_at=bindparam("p_changed_at"),
                size=bindparam("p_size"),
                content=bindparam("p_content"),
            )
        )
        self._move = (
            update(files).where(files.c.id == bindparam("p_file")).values(path=bindparam("p_path"))
        )
        self._drop = delete(files).where(files.c.id == bindparam("p_file"))
        self._add = (
            insert_(chunks)
            .from_select(
                ["file_id", "size", "added_at", "content"],
                select(
                    files.c.id,
                    bindparam("p_size", type_=chunks.c.size.type),
                    bindparam("p_now", type_=chunks.c.added_at.type),
                    bindparam("p_content", type_=chunks.c.content.type),
                )
                .join_from(files, sessions, sessions.c.id == files.c.session)
                .join(threads, threads.c.id == sessions.c.thread_id)
                .where(is_held, files.c.id == bindparam("p_file"))
                .with_for_update(of=threads, key_share=True),
            )
            .returning(chunks.c.id)
        )
        self.load = _load()
        self.content = _content()

    def save(
        self, db: Connection, lease: Lease, session: int, changes: _Changes, now: int
    ) -> dict[str, int]:
        """Write changes.

        Returns:
            The rows of the files that were made, by path.

        Raises:
            LeaseLost: the session is no longer ours to write.
        """
        addition = changes.addition
        if addition is not None and changes.adds_to is not None:
            self._add_to(db, lease, changes.adds_to, addition, now)
        if changes.dropped:
            db.execute(self._drop, changes.dropped)
        if changes.aside:
            db.execute(self._move, changes.aside)
        if changes.moved:
            db.execute(self._move, changes.moved)
        if changes.changed:
            db.execute(self._change, changes.changed)
        rows = {}
        if changes.made:
            made = db.execute(self._make, [{**each, "session": session} for each in changes.made])
            rows = {row.path: row.id for row in made}
        if addition is not None and changes.adds_to is None:
            self._add_to(db, lease, rows[addition.path], addition, now)
        return rows

    def _add_to(
        self, db: Connection, lease: Lease, file: int, addition: _Addition, now: int
    ) -> None:
        given = {
            **of_lease(lease),
            "p_file": file,
            "p_size": len(addition.content),
            "p_now": from_microseconds(now),
            "p_content": addition.content,
        }
        if db.execute(self._add, given).first() is None:
            raise lease_lost(lease)


def _load() -> Any:
    added = (
        select(
            chunks.c.file_id,
            cast(func.sum(chunks.c.size), chunks.c.size.type).label("size"),
            func.max(chunks.c.added_at).label("added_at"),
        )
        .join_from(chunks, files, files.c.id == chunks.c.file_id)
        .join(sessions, sessions.c.id == files.c.session)
        .where(sessions.c.session_id == bindparam("p_session_id"))
        .group_by(chunks.c.file_id)
        .subquery("added")
    )
    is_small = and_(
        files.c.is_directory.is_(False), files.c.size <= SMALL, added.c.file_id.is_(None)
    )
    so_far = func.sum(case((is_small, files.c.size), else_=0)).over(
        order_by=(files.c.size, files.c.id)
    )
    tree = (
        select(
            sessions.c.id.label("session"),
            files.c.id,
            files.c.path,
            files.c.is_directory,
            files.c.created_at,
            files.c.changed_at,
            files.c.size,
            added.c.size.label("added"),
            added.c.added_at,
            case((and_(is_small, so_far <= SMALL_TOGETHER), files.c.content)).label("content"),
        )
        .join_from(threads, sessions, sessions.c.thread_id == threads.c.id)
        .outerjoin(files, files.c.session == sessions.c.id)
        .outerjoin(added, added.c.file_id == files.c.id)
        .where(is_named, sessions.c.session_id == bindparam("p_session_id"))
        .subquery("tree")
    )
    # A file's row comes as often as it has chunks that are read ahead.
    is_ahead = and_(chunks.c.file_id == tree.c.id, tree.c.size == 0, tree.c.added <= AHEAD)
    return (
        select(tree, chunks.c.content.label("chunk"))
        .outerjoin(chunks, is_ahead)
        .order_by(chunks.c.id)
    )


def _content() -> Any:
    whole = select(literal(0).label("place"), files.c.content.label("content")).where(
        files.c.id == bindparam("p_file")
    )
    added = select(chunks.c.id.label("place"), chunks.c.content.label("content")).where(
        chunks.c.file_id == bindparam("p_file")
    )
    both = union_all(whole, added).subquery("both")
    return select(both.c.content).order_by(both.c.place)


def _ahead(rows: Sequence[Row[Any]]) -> dict[int, bytes]:
    """The content of the files that were read ahead, by their rows."""
    pieces: dict[int, list[bytes]] = {}
    for row in rows:
        if row.chunk is not None:
            pieces.setdefault(row.id, []).append(row.chunk)
    return {file: b"".join(parts) for file, parts in pieces.items()}


def _node(row: Row[Any]) -> Node:
    changed_at = row.changed_at
    if row.added_at is not None:
        changed_at = max(changed_at, row.added_at)
    return Node(
        is_directory=row.is_directory,
        created_at=to_microseconds(row.created_at),
        changed_at=to_microseconds(changed_at),
        size=row.size + (row.added or 0),
        content=row.content,
        row=row.id,
        stored_as=row.path,
        is_chunked=row.added is not None,
        is_written=True,
    )
