"""What every store's session files promise. Bound together with the store's contract."""

from __future__ import annotations

import errno

import pytest

from bot.ports import SessionFiles, Store
from tests.contracts.store import OTHER, SetClock, leased, said

EVENTS = "/session-state/events.jsonl"


class SessionFilesContract:
    """The promises."""

    @pytest.fixture
    def clock(self) -> SetClock:
        """The clock that the store goes by."""
        return SetClock()

    @pytest.fixture
    async def files(self, store: Store, clock: SetClock) -> SessionFiles:
        """The files of a new thread's session."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        return store.files(lease, lease.thread.session_id)

    async def test_roots(self, files: SessionFiles) -> None:
        """The desk and the state's directory are there from the start, empty."""
        assert (await files.stat("/desk")).is_directory
        assert (await files.stat("/session-state")).is_directory
        assert list(await files.list("/desk")) == []
        assert [each.path for each in await files.list("/")] == ["/desk", "/session-state"]

    @pytest.mark.parametrize(
        "content", [b"", b"text", bytes(range(256)) * 3, b"\xff\xfe\0", b"x" * 100_000]
    )
    async def test_write_and_read(self, files: SessionFiles, content: bytes) -> None:
        """A file reads as it was written, whatever its bytes."""
        await files.write("/desk/a", content)
        assert await files.read("/desk/a") == content
        await files.flush()
        assert await files.read("/desk/a") == content
        assert (await files.stat("/desk/a")).size == len(content)

    async def test_append(self, files: SessionFiles) -> None:
        """What is appended comes after what was there, in order."""
        await files.write("/desk/a", b"0;")
        for number in range(1, 20):
            await files.append("/desk/a", b"%d;" % number)
        expected = b"".join(b"%d;" % number for number in range(20))
        assert await files.read("/desk/a") == expected
        assert (await files.stat("/desk/a")).size == len(expected)

    async def test_append_makes_the_file(self, files: SessionFiles) -> None:
        """Appending makes the file, and the directories above it."""
        await files.append("/desk/x/y/z", b"1")
        assert await files.read("/desk/x/y/z") == b"1"
        assert (await files.stat("/desk/x/y")).is_directory

    async def test_write_replaces(self, files: SessionFiles) -> None:
        """Writing replaces all that was written and appended before."""
        await files.append(EVENTS, b"1")
        await files.append(EVENTS, b"2")
        await files.write(EVENTS, b"new")
        assert await files.read(EVENTS) == b"new"
        await files.append(EVENTS, b"er")
        assert await files.read(EVENTS) == b"newer"
        assert (await files.stat(EVENTS)).size == 5

    async def test_times(self, files: SessionFiles, clock: SetClock) -> None:
        """A file tells when it was made and when it was last written, in UTC."""
        made = clock.now()
        await files.append("/desk/a", b"1")
        clock.move(5)
        await files.append("/desk/a", b"2")
        info = await files.stat("/desk/a")
        assert (info.created_at, info.changed_at) == (made, clock.now())
        clock.move(5)
        await files.write("/desk/b", b"")
        await files.write("/desk/b", b"1")
        assert (await files.stat("/desk/b")).changed_at == clock.now()

    @pytest.mark.parametrize("content", [b"", b"1"])
    async def test_times_of_what_is_written_anew(
        self, files: SessionFiles, clock: SetClock, content: bytes
    ) -> None:
        """A file that was added to and is then written anew was made when it was made."""
        made = clock.now()
        await files.append("/desk/a", content)
        clock.move(5)
        await files.write("/desk/a", b"2")
        await files.flush()
        info = await files.stat("/desk/a")
        assert (info.created_at, info.changed_at) == (made, clock.now())

    async def test_list(self, files: SessionFiles) -> None:
        """A directory lists what is directly in it, by name."""
        for path in ("/desk/b", "/desk/a", "/desk/sub/c", "/desk/sub2/d", "/desk/ä"):
            await files.write(path, b"1")
        listed = [(each.path, each.is_directory) for each in await files.list("/desk")]
        assert listed == [
            ("/desk/a", False),
            ("/desk/b", False),
            ("/desk/sub", True),
            ("/desk/sub2", True),
            ("/desk/ä", False),
        ]

    async def test_missing(self, files: SessionFiles) -> None:
        """What is not there is FileNotFoundError."""
        for path in ("/desk/none", "/none/none"):
            with pytest.raises(FileNotFoundError):
                await files.read(path)
            with pytest.raises(FileNotFoundError):
                await files.stat(path)
            with pytest.raises(FileNotFoundError):
                await files.list(path)
            with pytest.raises(FileNotFoundError):
                await files.remove(path, recursive=True, missing_ok=False)
            with pytest.raises(FileNotFoundError):
                await files.rename(path, "/desk/x")
            await files.remove(path, recursive=False, missing_ok=True)
        with pytest.raises(FileNotFoundError):
            await files.make_directory("/desk/a/b", parents=False)

    async def test_files_are_no_directories(self, files: SessionFiles) -> None:
        """A file in the place of a directory is NotADirectoryError, and the other way round."""
        await files.write("/desk/file", b"1")
        for path in ("/desk/file/x", "/desk/file/x/y"):
            with pytest.raises(NotADirectoryError):
                await files.write(path, b"")
            with pytest.raises(NotADirectoryError):
                await files.append(path, b"")
            with pytest.raises(NotADirectoryError):
                await files.make_directory(path, parents=True)
            with pytest.raises(NotADirectoryError):
                await files.read(path)
        with pytest.raises(NotADirectoryError):
            await files.list("/desk/file")
        with pytest.raises(IsADirectoryError):
            await files.read("/desk")
        with pytest.raises(IsADirectoryError):
            await files.write("/desk", b"")
        with pytest.raises(IsADirectoryError):
            await files.append("/desk", b"")
        assert [each.path for each in await files.list("/desk")] == ["/desk/file"]

    async def test_make_directory(self, files: SessionFiles) -> None:
        """With `parents` a directory is made with those above, and may be there already."""
        await files.make_directory("/desk/a/b", parents=True)
        await files.make_directory("/desk/a/b", parents=True)
        await files.make_directory("/desk", parents=True)
        await files.make_directory("/desk/a/c", parents=False)
        assert [each.path for each in await files.list("/desk/a")] == ["/desk/a/b", "/desk/a/c"]
        with pytest.raises(FileExistsError):
            await files.make_directory("/desk/a/c", parents=False)
        await files.write("/desk/file", b"")
        with pytest.raises(FileExistsError):
            await files.make_directory("/desk/file", parents=True)

    async def test_remove(self, files: SessionFiles) -> None:
        """A file is removed; a directory only with `recursive`, and all in it."""
        await files.write("/desk/a/b/c", b"1")
        await files.append("/desk/a/d", b"1")
        await files.append("/desk/ab", b"1")
        await files.remove("/desk/a/d", recursive=False, missing_ok=False)
        with pytest.raises(IsADirectoryError):
            await files.remove("/desk/a", recursive=False, missing_ok=True)
        await files.remove("/desk/a", recursive=True, missing_ok=False)
        assert [each.path for each in await files.list("/desk")] == ["/desk/ab"]
        await files.flush()
        await files.append("/desk/a/d", b"2")
        assert await files.read("/desk/a/d") == b"2"

    async def test_roots_stay(self, files: SessionFiles) -> None:
        """Removing the desk or the state empties it; they cannot be moved."""
        await files.append("/desk/a", b"1")
        await files.append(EVENTS, b"1")
        await files.remove("/desk", recursive=True, missing_ok=False)
        assert list(await files.list("/desk")) == []
        await files.remove("/", recursive=True, missing_ok=False)
        assert list(await files.list("/session-state")) == []
        for pair in (("/desk", "/x"), ("/desk/a", "/session-state")):
            await files.write("/desk/a", b"1")
            with pytest.raises(OSError, match="busy"):
                await files.rename(*pair)

    async def test_rename(self, files: SessionFiles) -> None:
        """A file moves with its content, and replaces the one that is there."""
        await files.append("/desk/a", b"1")
        await files.append("/desk/a", b"2")
        await files.append("/desk/b", b"old")
        await files.rename("/desk/a", "/desk/b")
        assert await files.read("/desk/b") == b"12"
        with pytest.raises(FileNotFoundError):
            await files.stat("/desk/a")
        await files.append("/desk/b", b"3")
        await files.rename("/desk/b", "/desk/b")
        assert await files.read("/desk/b") == b"123"

    async def test_rename_a_directory(self, files: SessionFiles) -> None:
        """A directory moves with all in it, onto nothing or an empty directory."""
        await files.append("/desk/a/b/c", b"1")
        await files.write("/desk/a/d", b"2")
        await files.rename("/desk/a", "/desk/n")
        assert await files.read("/desk/n/b/c") == b"1"
        await files.make_directory("/desk/empty", parents=False)
        await files.rename("/desk/n", "/desk/empty")
        await files.flush()
        assert await files.read("/desk/empty/d") == b"2"
        await files.write("/desk/full/x", b"")
        with pytest.raises(OSError, match="not empty") as caught:
            await files.rename("/desk/empty", "/desk/full")
        assert caught.value.errno == errno.ENOTEMPTY
        with pytest.raises(OSError, match="Invalid"):
            await files.rename("/desk/empty", "/desk/empty/inside")
        with pytest.raises(NotADirectoryError):
            await files.rename("/desk/empty", "/desk/full/x")
        with pytest.raises(IsADirectoryError):
            await files.rename("/desk/full/x", "/desk/empty")
        with pytest.raises(FileNotFoundError):
            await files.rename("/desk/full/x", "/desk/none/x")

    async def test_changing_places(self, files: SessionFiles) -> None:
        """Files that were stored can change places, also while their content changes."""
        for name in "abc":
            await files.append(f"/desk/{name}", name.encode())
        await files.rename("/desk/a", "/desk/t")
        await files.rename("/desk/b", "/desk/a")
        await files.rename("/desk/t", "/desk/b")
        await files.write("/desk/x", b"x")
        await files.append("/desk/b", b"!")
        await files.rename("/desk/c", "/desk/t")
        await files.rename("/desk/x", "/desk/c")
        await files.write("/desk/c", b"cc")
        await files.rename("/desk/t", "/desk/x")
        await files.flush()
        assert [await files.read(f"/desk/{name}") for name in "abcx"] == [b"b", b"a!", b"cc", b"c"]

    async def test_paths(self, files: SessionFiles) -> None:
        """Paths are made normal; one that is not absolute, or holds NUL, is refused."""
        await files.write("//desk/./a/../b/", b"1")
        assert await files.read("/desk/b") == b"1"
        for path in ("desk/a", "", "/desk/\0", "/desk/\ud800", "/" + "x" * 5000):
            with pytest.raises(OSError, match=r"Invalid|too long"):
                await files.write(path, b"")

    async def test_limit(self, files: SessionFiles) -> None:
        """Past the limit of the session's files there is no space left; removing makes some."""
        await files.write("/desk/a", b"x" * 600_000)
        await files.append("/desk/b", b"x" * 400_000)
        for grow in (files.write, files.append):
            with pytest.raises(OSError, match="remove some") as caught:
                await grow("/desk/c", b"x" * 100_000)
            assert caught.value.errno == errno.ENOSPC
        assert [each.path for each in await files.list("/desk")] == ["/desk/a", "/desk/b"]
        await files.write("/desk/a", b"y" * 500_000)
        await files.append("/desk/c", b"x" * 100_000)
        assert (await files.read("/desk/a"))[:1] == b"y"

    async def test_next_worker_reads_it(
        self, store: Store, clock: SetClock, files: SessionFiles
    ) -> None:
        """What was flushed or appended is there for the next worker, byte by byte."""
        await files.make_directory("/session-state/empty", parents=True)
        await files.write("/desk/big", b"b" * 50_000)
        await files.write("/desk/small", b"s")
        await files.append(EVENTS, b"1\n")
        await files.append(EVENTS, b"2\n")
        await files.append("/desk/small", b"!")
        await files.write("/desk/sub/other", b"\0\xff")
        await files.rename("/desk/sub", "/desk/dir")
        await files.flush()
        before = [await files.list(path) for path in ("/", "/desk", "/desk/dir", "/session-state")]
        clock.move(60)
        lease = await leased(store, clock, owner="w2")
        again = store.files(lease, lease.thread.session_id)
        after = [await again.list(path) for path in ("/", "/desk", "/desk/dir", "/session-state")]
        assert after[1:] == before[1:]
        assert await again.read(EVENTS) == b"1\n2\n"
        assert await again.read("/desk/big") == b"b" * 50_000
        assert await again.read("/desk/small") == b"s!"
        assert await again.read("/desk/dir/other") == b"\0\xff"
        await again.append(EVENTS, b"3\n")
        assert await again.read(EVENTS) == b"1\n2\n3\n"

    async def test_sessions_are_apart(
        self, store: Store, clock: SetClock, files: SessionFiles
    ) -> None:
        """Another thread's session, and the next generation, see none of it."""
        await files.append("/desk/a", b"1")
        await store.append(said("1", key=OTHER))
        other = await leased(store, clock, key=OTHER)
        assert list(await store.files(other, other.thread.session_id).list("/desk")) == []
        lease = await store.reset(await leased(store, clock))
        assert list(await store.files(lease, lease.thread.session_id).list("/desk")) == []

    async def test_old_generation_can_be_closed(self, store: Store, clock: SetClock) -> None:
        """A session that a reset left behind may still write its last lines."""
        await store.append(said("1"))
        lease = await leased(store, clock)
        files = store.files(lease, lease.thread.session_id)
        await files.write("/session-state/workspace.yaml", b"x")
        await store.reset(lease)
        await files.append(EVENTS, b"shutdown")
        assert await files.read(EVENTS) == b"shutdown"

    async def test_the_desk_without_a_lease(
        self, store: Store, clock: SetClock, files: SessionFiles
    ) -> None:
        """What is on a thread's desk can be read without its lease, once it is durable."""
        key = said("1").key
        assert list(await store.desk(OTHER)) == []
        await files.write("/desk/b.txt", b"12345")
        await files.append("/desk/deep/a.log", b"1")
        await files.append("/desk/deep/a.log", b"23")
        await files.write("/session-state/x", b"1")
        await files.flush()
        found = await store.desk(key)
        assert [(each.path, each.size) for each in found] == [
            ("/desk/b.txt", 5),
            ("/desk/deep/a.log", 3),
        ]
        assert list(found) == [await files.stat(each.path) for each in found]

    async def test_same_files(self, store: Store, clock: SetClock, files: SessionFiles) -> None:
        """Whoever asks for the files of a session under one lease sees what was just written."""
        lease = await leased(store, clock)
        first = store.files(lease, lease.thread.session_id)
        await first.write("/desk/a", b"1")
        assert await store.files(lease, lease.thread.session_id).read("/desk/a") == b"1"
