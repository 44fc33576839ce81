"""A session of the real runtime, beyond the contract."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
import shutil
import signal
import socket
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from adapters.copilot.session import tool_title
from adapters.copilot.supervisor import CopilotRuntime, open_runtime
from bot.errors import NotSignedIn, RuntimeLost, SessionMissing, StoreFull
from bot.events import (
    ReasoningDelta,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnFailed,
    TurnFinished,
)
from playground.model.brain import Cut, Piece, Reasoning, Text, ToolCall
from playground.model.conversation import ChatRequest
from playground.model.endpoint import ModelServer
from playground.model.scripted import ScriptedBrain
from tests.contracts.runtime import new, old, said, take
from tests.copilot.conftest import Shared, SystemClock, options_for
from tests.fakes.session_files import MemoryFiles

pytestmark = pytest.mark.runtime

EVENTS = "/session-state/events.jsonl"


class WatchedFiles(MemoryFiles):
    """Files that can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Condition()

    async def append(self, path: str, content: bytes) -> None:
        """Add to a file, and tell who waits."""
        await super().append(path, content)
        async with self._changed:
            self._changed.notify_all()

    async def has(self, text: str) -> None:
        """Wait until a text is in the session's events."""
        async with self._changed:
            await self._changed.wait_for(lambda: text.encode() in self.contents.get(EVENTS, b""))


async def test_all_state_is_in_the_files(
    executable: Path, model: ModelServer, brain: ScriptedBrain, tmp_path: Path
) -> None:
    """Killed in mid-answer, its home deleted, another runtime goes on from the files alone."""
    files = WatchedFiles()
    gate = brain.hold("count to", after=3)
    options = options_for(executable, model, tmp_path / "one")
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", files))
        await take(session, "remember the word heron")
        await take(session, "file a.md: hi")
        taking = asyncio.create_task(take(session, "count to 9"))
        await gate.reached()
        await files.has('"count to 9"')
        assert runtime.process_id is not None
        os.kill(runtime.process_id, signal.SIGKILL)
        with pytest.raises(RuntimeLost):
            await taking
        await session.close()
    gate.release()
    shutil.rmtree(options.home)

    options = options_for(executable, model, tmp_path / "two")
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(old("s-1", files))
        past = await session.history()
        assert [turn.is_complete for turn in past] == [True, True, False]
        assert past[-1].prompt == "count to 9"
        await session.rewind(past[-1].prompt_id)
        assert said(await take(session, "count to 9")).split() == list("123456789")
        assert said(await take(session, "what was the word")) == "The word was heron."
        assert said(await take(session, 'tool: view {"path": "/desk/a.md"}')).endswith("hi")
        await session.close()
    assert not any(str(tmp_path) in path for path in files.contents)


async def test_a_new_session_is_never_put_over_another(runtime: CopilotRuntime) -> None:
    """A session that is to be created but is there is resumed."""
    files = MemoryFiles()
    session = await runtime.open(new("s-1", files))
    await take(session, "remember the word heron")
    await session.close()
    session = await runtime.open(new("s-1", files))
    assert said(await take(session, "what was the word")) == "The word was heron."
    await session.close()


async def test_the_host_is_out_of_reach(runtime: CopilotRuntime, tmp_path: Path) -> None:
    """Files of the host can be neither read nor written, and there is no shell."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the host's secret")
    session = await runtime.open(new("s-1", MemoryFiles()))
    for path in (str(secret), "/etc/hostname", f"/desk/../..{secret}"):
        events = await take(session, f'tool: view {{"path": "{path}"}}')
        assert not next(e for e in events if isinstance(e, ToolFinished)).succeeded
        assert "secret" not in said(events).replace("secret.txt", "")
        assert socket.gethostname() not in said(events)
    for target in (tmp_path / "new.txt", Path("/tmp/threadpilot-new.txt")):  # noqa: S108
        await take(session, f'tool: create {{"path": "{target}", "file_text": "x"}}')
        assert not target.exists()
    for tool in ("bash", "grep", "glob", "task", "web_fetch"):
        assert "does not exist" in said(await take(session, f'tool: {tool} {{"command": "id"}}'))
    await session.close()


async def test_the_desk(runtime: CopilotRuntime) -> None:
    """Files on the desk are listed, viewed and edited."""
    files = MemoryFiles()
    files.contents["/desk/from a person.txt"] = "grüße".encode()
    session = await runtime.open(new("s-1", files))
    listed = said(await take(session, 'tool: view {"path": "/desk"}'))
    assert "from a person.txt" in listed
    path = "/desk/from a person.txt"
    assert "grüße" in said(await take(session, f'tool: view {{"path": "{path}"}}'))
    await take(session, f'tool: edit {{"path": "{path}", "old_str": "grüße", "new_str": "Grüße!"}}')
    assert files.contents[path] == "Grüße!".encode()
    await session.close()


async def test_a_refused_tool_is_told(runtime: CopilotRuntime) -> None:
    """A tool that fails is told with the reason in a line."""
    session = await runtime.open(new("s-1", MemoryFiles()))
    events = await take(session, 'tool: view {"path": "/etc/hostname"}')
    started = next(e for e in events if isinstance(e, ToolStarted))
    finished = next(e for e in events if isinstance(e, ToolFinished))
    assert started.title == "view /etc/hostname"
    assert not finished.succeeded
    assert "/desk" in finished.detail
    await session.close()


async def test_retried_text_is_told_once(runtime: CopilotRuntime, brain: ScriptedBrain) -> None:
    """When the connection to the model breaks in mid-answer, no word is told twice."""
    attempts = 0

    async def break_once(_: ChatRequest, __: re.Match[str]) -> AsyncGenerator[Piece, None]:
        nonlocal attempts
        attempts += 1
        for number in range(1, 4 if attempts == 1 else 7):
            yield Text(f"word{number} ")
        if attempts == 1:
            yield Cut()

    brain.on("break once", break_once)
    session = await runtime.open(new("s-1", MemoryFiles()))
    events = await take(session, "break once")
    assert attempts == 2
    expected = "word1 word2 word3 word4 word5 word6 "
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == expected
    assert said(events) == expected.strip()
    await session.close()


async def test_a_wrong_key(
    runtime: CopilotRuntime, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that refuses the key ends the turn with what to check, and without the key."""
    monkeypatch.setattr(shared.model, "api_key", "another-key")
    session = await runtime.open(new("s-1", MemoryFiles()))
    failed = (await take(session, "echo: on"))[-1]
    await session.close()
    assert isinstance(failed, TurnFailed)
    assert isinstance(failed.error, NotSignedIn)
    assert "COPILOT_PROVIDER_API_KEY" in str(failed.error)
    assert "key-of" not in str(failed.error)


async def test_a_failing_store_ends_the_turn(runtime: CopilotRuntime) -> None:
    """When the session's files cannot be written the turn fails with the store's own error."""
    files = MemoryFiles()
    session = await runtime.open(new("s-1", files))
    await take(session, "remember the word heron")
    files.failing = lambda _: StoreFull("No space is left.")
    failed = (await take(session, "echo: on"))[-1]
    assert isinstance(failed, TurnFailed)
    assert isinstance(failed.error, StoreFull)
    await session.close()

    files.failing = None
    session = await runtime.open(old("s-1", files))
    assert said(await take(session, "what was the word")) == "The word was heron."
    await session.close()


async def test_a_failing_store_at_opening(runtime: CopilotRuntime) -> None:
    """When the session's files cannot be written at all, opening fails with the store's error."""
    with pytest.raises(StoreFull):
        await runtime.open(new("s-1", MemoryFiles(lambda _: StoreFull("No space is left."))))


async def test_damaged_state(runtime: CopilotRuntime) -> None:
    """A session without its events cannot be resumed."""
    files = MemoryFiles()
    session = await runtime.open(new("s-1", files))
    await take(session, "remember the word heron")
    await session.close()
    files.contents.clear()
    with pytest.raises(SessionMissing):
        await runtime.open(old("s-1", files))


async def test_stopped_then_closed(runtime: CopilotRuntime, brain: ScriptedBrain) -> None:
    """A session can be let go in mid-answer, and resumed."""
    gate = brain.hold("count to", after=1)
    files = MemoryFiles()
    session = await runtime.open(new("s-1", files))
    taking = asyncio.create_task(take(session, "count to 9"))
    await gate.reached()
    await session.stop()
    assert (await taking)[-1] == TurnFinished(was_stopped=True)
    await session.close()
    session = await runtime.open(old("s-1", files))
    assert said(await take(session, "echo: on")) == "on"
    await session.close()


async def test_options_of_others(runtime: CopilotRuntime) -> None:
    """A session may name a model of its own, which the provider may not know."""
    spec = dataclasses.replace(new("s-1", MemoryFiles()), model="other")
    session = await runtime.open(spec)
    failed = (await take(session, "echo: on"))[-1]
    await session.close()
    assert isinstance(failed, TurnFailed)
    assert "COPILOT_MODEL" in str(failed.error)


async def test_a_tool_of_our_own_that_refuses(runtime: CopilotRuntime) -> None:
    """What a tool cannot do is told to the model, and to people in a line."""
    session = await runtime.open(new("s-1", MemoryFiles()))
    events = await take(session, 'tool: chart {"title": ""}')
    finished = next(e for e in events if isinstance(e, ToolFinished))
    assert (finished.succeeded, finished.detail) == (False, "`title` is missing.")
    assert "`title` is missing." in said(events)
    assert "Note it." in said(await take(session, "chart Sales: 1 2"))
    await session.close()


async def test_a_tool_of_our_own_when_the_store_fails(runtime: CopilotRuntime) -> None:
    """When the desk cannot be written the turn fails with the store's own error."""
    files = MemoryFiles()
    session = await runtime.open(new("s-1", files))
    await take(session, "echo: on")
    files.failing = lambda path: StoreFull("No space.") if path.endswith(".png") else None
    failed = (await take(session, "chart Sales: 1 2"))[-1]
    assert isinstance(failed, TurnFailed)
    assert isinstance(failed.error, StoreFull)
    files.failing = None
    await session.close()


async def test_thoughts_that_come_whole(runtime: CopilotRuntime, brain: ScriptedBrain) -> None:
    """Each train of thought is a paragraph of its own."""

    async def think_twice(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
        yield Reasoning("again" if request.tool_results else "first I look")
        if request.tool_results:
            yield Text("done")
        else:
            yield ToolCall("view", {"path": "/desk"})

    brain.on("think twice", think_twice)
    session = await runtime.open(new("s-1", MemoryFiles()))
    events = await take(session, "think twice")
    assert (
        "".join(e.text for e in events if isinstance(e, ReasoningDelta)) == "first I look\n\nagain"
    )
    await session.close()


def test_titles() -> None:
    """A tool's title is its name and its file, in one line that is not long."""
    assert tool_title("create", {"path": "/desk/report.md"}) == "create /desk/report.md"
    assert tool_title("task_complete", None) == "task_complete"
    assert tool_title("view", {"path": 7}) == "view"
    assert tool_title("view", {"path": "/desk/a\nb"}) == "view /desk/a b"
    assert len(tool_title("view", {"path": "x" * 1000})) == 120
