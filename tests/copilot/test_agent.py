"""Sessions of the real runtime that work in a directory of the host."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.copilot.discovery import Found, Source
from adapters.copilot.launch import sandbox_of
from adapters.copilot.sandbox import SandboxUse
from adapters.copilot.supervisor import CopilotRuntime, open_runtime
from bot.directories import WorkingDirectory
from bot.errors import SandboxMissing
from bot.events import PermissionAsked, ReplyEvent, ToolFinished, ToolStarted, TurnFinished
from bot.ports import RuntimeSession, SessionSpec
from bot.profile import Profile
from bot.requests import Decision, Need, Wanted
from playground.model.endpoint import ModelServer
from tests.contracts.runtime import new, old, said, take
from tests.copilot.conftest import API_KEY, SystemClock, options_for
from tests.fakes.session_files import MemoryFiles

pytestmark = pytest.mark.runtime

_TOKENS = {
    "SLACK_BOT_TOKEN": "xoxb-secret-of-slack",
    "DISCORD_BOT_TOKEN": "secret.of.discord",
    "DATABASE_URL": "postgresql://bot:secret-of-database@localhost/bot",
    "COPILOT_PROVIDER_API_KEY": "secret-of-provider",
    "THREADPILOT_ADMINS": "secret-admin",
}
has_bubblewrap = pytest.mark.skipif(shutil.which("bwrap") is None, reason="no Bubblewrap here")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The directory; a secret lies beside it."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "a.txt").write_text("hello\n")
    (tmp_path / "secret.txt").write_text("hush")
    return place


def working(spec: SessionSpec, place: Path) -> SessionSpec:
    """The same session, as an agent in a directory."""
    directory = WorkingDirectory(path=str(place))
    return replace(spec, profile=Profile.AGENT, directory=directory)


@pytest_asyncio.fixture(loop_scope="package")
async def session(runtime: CopilotRuntime, place: Path) -> AsyncIterator[RuntimeSession]:
    """A new session that works in the directory."""
    session = await runtime.open(working(new("s-1", MemoryFiles()), place))
    yield session
    await session.close()


async def allow(
    session: RuntimeSession, prompt: str, *, is_allowed: bool = True
) -> tuple[list[ReplyEvent], list[Wanted]]:
    """A turn in which everything is allowed, or nothing; its events, and what was wanted."""
    events: list[ReplyEvent] = []
    async for event in session.turn(prompt):
        events.append(event)
        if isinstance(event, PermissionAsked):
            await session.decide(
                event.request_id, Decision(is_allowed=is_allowed, reason="Not today.")
            )
    return events, [each.wanted for each in events if isinstance(each, PermissionAsked)]


async def test_a_command_is_asked_for_and_run(session: RuntimeSession, place: Path) -> None:
    """A command is told as it stands, runs in the directory once it is allowed, and answers."""
    events, asked = await allow(session, "run: pwd > here.txt && cat a.txt")
    assert [(each.need, each.detail) for each in asked] == [
        (Need.SHELL, "pwd > here.txt && cat a.txt")
    ]
    assert asked[0].commands == ("pwd", "cat a.txt")
    assert asked[0].paths == (f"{place}/here.txt",)
    assert asked[0].intention == "As I was told"
    assert asked[0].is_certain
    assert (place / "here.txt").read_text().strip() == str(place)
    assert "hello" in said(events)
    started = next(each for each in events if isinstance(each, ToolStarted))
    assert started.title == "$ pwd > here.txt && cat a.txt"


async def test_a_command_that_is_denied(session: RuntimeSession, place: Path) -> None:
    """A command that is denied does not run, and the model hears why."""
    events, asked = await allow(session, "run: touch b.txt", is_allowed=False)
    assert len(asked) == 1
    assert not (place / "b.txt").exists()
    assert "Not today." in said(events)
    # It is told as a tool that began to run, though it never did.
    assert (await session.history())[-1].tools == ()


@pytest.mark.parametrize(
    "command", ["git status", "ls", "cat /etc/hostname", "env", "true", "cd /; pwd"]
)
async def test_nothing_runs_unasked(session: RuntimeSession, command: str) -> None:
    """Not even what changes nothing runs without being asked for: rules allow it, or people."""
    _, asked = await allow(session, f"run: {command}", is_allowed=False)
    assert len(asked) == 1


async def test_files_of_the_directory(session: RuntimeSession, place: Path) -> None:
    """Files are read without being asked for, and changed once the change is allowed."""
    events, asked = await allow(session, 'tool: view {"path": "a.txt"}')
    assert "hello" in said(events)
    assert [each.is_harmless for each in asked] == [True]
    change = f'{{"path": "{place}/a.txt", "old_str": "hello", "new_str": "bye"}}'
    _, asked = await allow(session, f"tool: edit {change}", is_allowed=False)
    assert (place / "a.txt").read_text() == "hello\n"
    assert not asked[0].is_harmless
    await allow(session, f"tool: edit {change}")
    assert (place / "a.txt").read_text() == "bye\n"
    assert asked[0].need is Need.WRITE
    assert "-hello" in asked[0].detail
    assert "+bye" in asked[0].detail
    assert asked[0].paths == (f"{place}/a.txt",)
    events, _ = await allow(session, 'tool: grep {"pattern": "bye"}')
    assert "a.txt" in said(events)
    events, _ = await allow(session, 'tool: glob {"pattern": "*.txt"}')
    assert "a.txt" in said(events)


async def test_the_desk_beside_it(runtime: CopilotRuntime, place: Path) -> None:
    """The desk is there as well, and nobody is asked for it."""
    files = MemoryFiles()
    session = await runtime.open(working(new("s-1", files), place))
    _, asked = await allow(session, "file notes.md: hi")
    assert files.contents["/desk/notes.md"] == b"hi"
    assert asked == []
    assert not any(str(place) in path for path in files.contents)
    await session.close()


async def test_files_that_lie_outside(session: RuntimeSession, place: Path) -> None:
    """No file outside is read, searched or written, whichever way leads there."""
    (place / "out").symlink_to(place.parent)
    for path in (f"{place.parent}/secret.txt", f"{place}/out/secret.txt", "../secret.txt"):
        for call in (
            f'view {{"path": "{path}"}}',
            f'grep {{"pattern": "hush", "path": "{path}", "output_mode": "content"}}',
            f'edit {{"path": "{path}", "old_str": "hush", "new_str": "ha"}}',
        ):
            events, asked = await allow(session, f"tool: {call}")
            assert not next(e for e in events if isinstance(e, ToolFinished)).succeeded, call
            assert "hush" not in said(events).replace('"hush"', "")
            assert asked == []
    assert (place.parent / "secret.txt").read_text() == "hush"


async def test_it_goes_on_elsewhere(runtime: CopilotRuntime, place: Path, tmp_path: Path) -> None:
    """A session is resumed from its files alone, in another directory as well."""
    files = MemoryFiles()
    session = await runtime.open(working(new("s-1", files), place))
    await allow(session, "remember the word heron")
    await session.close()
    other = tmp_path / "other"
    other.mkdir()
    session = await runtime.open(working(old("s-1", files), other))
    assert said(await take(session, "what was the word")) == "The word was heron."
    events, _ = await allow(session, "run: pwd")
    assert str(other) in said(events)
    await session.close()


async def test_what_still_runs_is_ended(session: RuntimeSession, place: Path) -> None:
    """A turn ends with its answer: a command that still runs then is ended."""
    os.mkfifo(place / "pipe")
    heard = asyncio.create_task(asyncio.to_thread((place / "pipe").read_text))
    command = "exec > pipe; echo on; sleep 600"
    call = f'{{"command": "{command}", "mode": "async", "description": "Sleep"}}'
    events, _ = await allow(session, f"tool: bash {call}")
    assert events[-1] == TurnFinished()
    assert await heard == "on\n"  # whoever held the pipe is gone
    assert said(await take(session, "echo: on")) == "on"


async def test_stop_ends_a_command(session: RuntimeSession, place: Path) -> None:
    """A turn whose command runs can be stopped, and the session be used again."""
    events: list[ReplyEvent] = []
    os.mkfifo(place / "pipe")
    async for event in session.turn("run: echo on > pipe; sleep 600"):
        events.append(event)
        if isinstance(event, PermissionAsked):
            await session.decide(event.request_id, Decision(is_allowed=True))
            await asyncio.to_thread((place / "pipe").read_text)  # it runs
            await session.stop()
    assert events[-1] == TurnFinished(was_stopped=True)
    assert said(await take(session, "echo: on")) == "on"


async def test_no_secret_is_in_the_environment(
    executable: Path,
    model: ModelServer,
    tmp_path: Path,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither a command nor the runtime that runs it has a secret of the bot in its environment."""
    for name, value in _TOKENS.items():
        monkeypatch.setenv(name, value)
    secrets = (*_TOKENS.values(), API_KEY, "ghu_secret")
    options = replace(
        options_for(executable, model, tmp_path / "home"),
        has_agents=True,
        github_token="ghu_secret",
        sandbox=SandboxUse.OFF,
    )
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(working(new("s-1", MemoryFiles()), place))
        events, _ = await allow(session, "run: env; tr '\\0' '\\n' < /proc/$PPID/environ")
        told = said(events)
        await session.close()
        environ = Path(f"/proc/{runtime.process_id}/environ")
        inherited = await asyncio.to_thread(environ.read_text)
    assert f"COPILOT_HOME={tmp_path}/home" in told
    for secret in secrets:
        assert secret not in told
        assert secret not in inherited


async def test_the_host_is_asked_for_its_sandbox(executable: Path) -> None:
    """What the host has is told in a sentence."""
    found = Found(path=executable, source=Source.SETTING, version="")
    told = await sandbox_of(found)
    assert told.startswith("There is a sandbox" if shutil.which("bwrap") else "There is no sandbox")


@has_bubblewrap
async def test_the_sandbox(session: RuntimeSession, place: Path) -> None:
    """In the sandbox a command writes in its directory only, and sees nothing of others."""
    shared = "touch here /etc/there $HOME/there $TMPDIR/there; ls -A $HOME /tmp; ls -A $TMPDIR"
    events, _ = await allow(session, f"run: {shared}; cat ../secret.txt; ps -A | wc -l")
    told = said(events)
    assert (place / "here").exists()
    assert "/etc/there" in told
    assert "Read-only file system" in told
    assert "hush" not in told
    # What one command leaves there, another one does not find.
    events, _ = await allow(session, "run: ls -A $TMPDIR; echo $?")
    assert "there" not in said(events)
    _, asked = await allow(session, 'tool: view {"path": "a.txt"}')
    assert [each.is_harmless for each in asked] == [True]
    events, _ = await allow(session, 'tool: grep {"pattern": "hello"}')
    assert "a.txt" in said(events)
    events, asked = await allow(session, "file notes.md: hi")
    assert "Created file" in said(events)
    assert asked == []
    events, _ = await allow(session, "run: (echo > /dev/tcp/127.0.0.1/9) 2>&1 | head -1")
    assert "refused" in said(events) or "unreachable" in said(events).lower()


async def test_a_sandbox_that_has_to_be(
    executable: Path,
    model: ModelServer,
    tmp_path: Path,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where commands have to run in a sandbox and there is none, there is no session."""
    monkeypatch.setenv("PATH", str(tmp_path))
    options = replace(
        options_for(executable, model, tmp_path / "home"),
        has_agents=True,
        sandbox=SandboxUse.REQUIRED,
    )
    async with open_runtime(options, clock=SystemClock()) as runtime:
        with pytest.raises(SandboxMissing):
            await runtime.open(working(new("s-1", MemoryFiles()), place))
        session = await runtime.open(new("s-2", MemoryFiles()))
        assert said(await take(session, "echo: on")) == "on"
        await session.close()
