"""What the runtime's file operations do to a session's files."""

from __future__ import annotations

import asyncio

import pytest
from copilot import SessionFsProvider
from copilot.rpc import SessionFSErrorCode
from copilot.session_fs_provider import SessionFsBinaryProvider, create_session_fs_adapter

from adapters.copilot.files import EVENTS, FilesBridge
from bot.errors import StoreFull
from tests.fakes.session_files import MemoryFiles

OF_A_HOME = "/somewhere/home/session-state/s-1/workspace.yaml"


@pytest.fixture
def files() -> MemoryFiles:
    """The session's files."""
    return MemoryFiles()


@pytest.fixture
def bridge(files: MemoryFiles) -> FilesBridge:
    """What the runtime talks to."""
    return FilesBridge(files)


async def test_a_missing_file_is_told_as_missing(bridge: FilesBridge) -> None:
    """The runtime is told ENOENT, which it expects of files that it has not made yet."""

    class Path:
        path = "/session-state/plan.md"

    for path in ("/session-state/plan.md", OF_A_HOME):
        Path.path = path
        adapter = create_session_fs_adapter(bridge)
        for answer in (await adapter.read_file(Path), await adapter.stat(Path)):  # type: ignore[arg-type]
            assert answer.error is not None
            assert answer.error.code is SessionFSErrorCode.ENOENT


async def test_binary(bridge: FilesBridge, files: MemoryFiles) -> None:
    """Bytes are kept as they are."""
    assert isinstance(bridge, SessionFsProvider)
    assert isinstance(bridge, SessionFsBinaryProvider)
    await bridge.write_file_bytes("/desk/a.bin", b"\xff\x00\xfe")
    assert files.contents["/desk/a.bin"] == b"\xff\x00\xfe"
    assert await bridge.read_file_bytes("/desk/a.bin") == b"\xff\x00\xfe"
    assert await bridge.read_file("/desk/a.bin") == "\ufffd\x00\ufffd"


async def test_other_places_are_kept_in_memory(bridge: FilesBridge, files: MemoryFiles) -> None:
    """What is under the runtime's home, or anywhere else, never reaches the session's files."""
    await bridge.mkdir("/somewhere/home/session-state/s-1", recursive=True)
    await bridge.write_file(OF_A_HOME, "a")
    await bridge.append_file(OF_A_HOME, "b")
    assert await bridge.read_file(OF_A_HOME) == "ab"
    assert await bridge.readdir("/somewhere/home/session-state/s-1") == ["workspace.yaml"]
    assert (await bridge.stat("/somewhere/home")).is_directory
    await bridge.rm("/somewhere", recursive=True, force=False)
    assert not await bridge.exists(OF_A_HOME)
    assert not await bridge.exists("/somewhere/home")
    assert files.contents == {}
    assert files.calls == []


async def test_other_places_are_small(bridge: FilesBridge) -> None:
    """The memory for other places is limited."""
    with pytest.raises(OSError, match="no space"):
        await bridge.write_file("/tmp/big", "x" * 9_000_000)  # noqa: S108 (a path of the session)


async def test_paths_cannot_leave(bridge: FilesBridge, files: MemoryFiles) -> None:
    """A path that climbs out of the desk is not on it."""
    await bridge.write_file("/desk/../elsewhere", "a")
    assert files.contents == {}


async def test_a_replaced_file_is_written_once(bridge: FilesBridge, files: MemoryFiles) -> None:
    """The runtime's way to replace a file, beside it and renamed, is one write."""
    beside = "/session-state/workspace.yaml.tmp.0d7fbc4e-64bb-4d5c-9f0c-0f3b9f8f4b8e"
    await bridge.write_file(beside, "a: 1")
    await bridge.rename(beside, "/session-state/workspace.yaml")
    assert files.contents == {"/session-state/workspace.yaml": b"a: 1"}
    assert files.calls == ["write /session-state/workspace.yaml"]
    assert not await bridge.exists(beside)


async def test_directories_of_the_state(bridge: FilesBridge, files: MemoryFiles) -> None:
    """The state's directories are there once made, and cost the store nothing."""
    await bridge.mkdir("/session-state/checkpoints", recursive=True)
    assert (await bridge.stat("/session-state/checkpoints")).is_directory
    assert files.calls == []
    await bridge.write_file("/session-state/checkpoints/index.md", "a")
    assert await bridge.readdir("/session-state/checkpoints") == ["index.md"]
    assert await bridge.readdir("/session-state") == ["checkpoints"]


async def test_the_desk(bridge: FilesBridge, files: MemoryFiles) -> None:
    """The desk is there from the start, and its files and directories are the session's."""
    assert (await bridge.stat("/desk")).is_directory
    assert await bridge.readdir("/desk") == []
    await bridge.mkdir("/desk/notes", recursive=False)
    await bridge.write_file("/desk/a.txt", "a")
    entries = [(e.name, e.type.value) for e in await bridge.readdir_with_types("/desk")]
    assert entries == [("a.txt", "file"), ("notes", "directory")]
    await bridge.rename("/desk/a.txt", "/desk/notes/b.txt")
    assert files.contents == {"/desk/notes/b.txt": b"a"}
    await bridge.rm("/desk/notes", recursive=True, force=False)
    assert files.contents == {}
    with pytest.raises(FileNotFoundError):
        await bridge.rm("/desk/notes", recursive=True, force=False)
    await bridge.rm("/desk/notes", recursive=True, force=True)


async def test_room_for_a_new_file(bridge: FilesBridge, files: MemoryFiles) -> None:
    """The directory of a file that is about to be made is made once it is asked for."""
    assert not await bridge.exists("/desk/a/b")
    bridge.expect_file("/desk/a/b/c.md")
    bridge.expect_file("/etc/x/y")
    assert await bridge.exists("/desk/a/b")
    assert "/desk/a/b" in files.directories
    assert not await bridge.exists("/desk/a/b/c.md")
    assert not await bridge.exists("/etc/x")


async def test_the_store_s_failure_is_kept(bridge: FilesBridge, files: MemoryFiles) -> None:
    """What the runtime is told only as a failure is told to the turn as what it is."""
    heard: list[Exception] = []
    bridge.on_failure = heard.append
    files.failing = lambda path: StoreFull("No space.") if "events" in path else None
    await bridge.write_file("/desk/a", "a")
    with pytest.raises(StoreFull):
        await bridge.append_file("/session-state/events.jsonl", "{}")
    assert heard == [bridge.failure]
    with pytest.raises(StoreFull):
        await bridge.settle()


async def test_a_copy_of_another_sessions_history_has_its_own_name(files: MemoryFiles) -> None:
    """The history begins with the session's own name, and is as it was otherwise; files stay."""
    events = '{"type":"session.start","data":{"sessionId":"s-1","version":1}}\n{"of":"s-1"}\n'
    files.contents[EVENTS] = events.encode()
    assert await FilesBridge(files, "s-1").read_file(EVENTS) == events
    assert await FilesBridge(files, "s-2").read_file(EVENTS) == events.replace("s-1", "s-2", 1)
    assert files.contents[EVENTS] == events.encode()


@pytest.mark.parametrize("events", [b"", b"\n", b"{", b"[]\n{}", b'{"data":1}\n'])
async def test_a_damaged_history_is_handed_on(files: MemoryFiles, events: bytes) -> None:
    """What is no history is read as it is: the runtime says what is wrong with it."""
    files.contents[EVENTS] = events
    assert await FilesBridge(files, "s-2").read_file_bytes(EVENTS) == events


async def test_settling_waits_for_what_runs() -> None:
    """What is on its way into the files is there, and flushed, once it is settled."""
    release = asyncio.Event()

    class SlowFiles(MemoryFiles):
        async def append(self, path: str, content: bytes) -> None:
            await release.wait()
            await super().append(path, content)

    files = SlowFiles()
    bridge = FilesBridge(files)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bridge.append_file("/session-state/events.jsonl", "{}"))
        await asyncio.sleep(0)
        settling = tasks.create_task(bridge.settle())
        await asyncio.sleep(0)
        assert not settling.done()
        assert files.flushes == 0
        release.set()
    assert files.contents["/session-state/events.jsonl"] == b"{}"
    assert files.flushes == 1
