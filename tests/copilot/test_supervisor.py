"""Keeping a runtime running."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.copilot import pulse, supervisor
from adapters.copilot.supervisor import CopilotRuntime, RuntimeOptions, open_runtime
from bot.errors import NotSignedIn, RuntimeLost, RuntimeMissing, RuntimeUnavailable
from bot.ports import SessionSpec
from playground.model.scripted import ScriptedBrain
from tests.contracts.runtime import new, old, said, take
from tests.copilot.conftest import SystemClock
from tests.fakes.session_files import MemoryFiles

BEAT_S = RuntimeOptions(home=Path()).beat_s
"""How often a runtime is asked for a sign of life."""


def a_spec() -> SessionSpec:
    """A new session."""
    return new("s-1", MemoryFiles())


def options_of(tmp_path: Path, script: str) -> RuntimeOptions:
    """Options for a runtime that is a shell script."""
    program = tmp_path / "copilot"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return RuntimeOptions(home=tmp_path / "home", executable=program, github_token="t")


class QuickClock(SystemClock):
    """Time that does not let anybody wait.

    Args:
        enough: set once somebody wanted to wait this many seconds.
    """

    def __init__(self, enough: float = 1.0) -> None:
        self.waits: list[float] = []
        self.is_enough = asyncio.Event()
        self._enough = enough

    async def sleep(self, seconds: float) -> None:
        """Wait for nothing, but for the next beat of a runtime that runs."""
        if seconds == BEAT_S:
            await super().sleep(seconds)
            return
        self.waits.append(seconds)
        if seconds >= self._enough:
            self.is_enough.set()
        await asyncio.sleep(0)


async def test_missing(tmp_path: Path) -> None:
    """Without a runtime the context opens; `open` and `health` say what is missing."""
    options = RuntimeOptions(home=tmp_path, executable=tmp_path / "none", github_token="t")
    async with open_runtime(options, clock=SystemClock()) as runtime:
        with pytest.raises(RuntimeMissing, match="COPILOT_CLI_PATH"):
            await runtime.open(a_spec())
        health = await runtime.health()
    assert not health.is_up
    assert "COPILOT_CLI_PATH" in health.reason


async def test_it_appears_later(options: RuntimeOptions, tmp_path: Path) -> None:
    """A runtime that is installed while the bot runs is found without a restart."""
    assert options.executable is not None
    link = tmp_path / "copilot"
    clock = QuickClock()
    async with open_runtime(dataclasses.replace(options, executable=link), clock=clock) as runtime:
        await clock.is_enough.wait()
        link.symlink_to(options.executable)
        await until(lambda: runtime.process_id is not None)
        session = await runtime.open(a_spec())
        assert said(await take(session, "echo: on")) == "on"
        await session.close()


test_it_appears_later = pytest.mark.runtime(test_it_appears_later)


async def test_it_ends_at_start(tmp_path: Path) -> None:
    """One that ends at once is tried again with longer and longer pauses, and told about."""
    clock = QuickClock(enough=4.0)
    options = options_of(tmp_path, "echo 'no licence' >&2; exit 3")
    async with open_runtime(options, clock=clock) as runtime:
        with pytest.raises(RuntimeUnavailable, match=r"does not start \(no licence\)") as raised:
            await runtime.open(a_spec())
        await clock.is_enough.wait()
        health = await runtime.health()
    assert "\n" not in str(raised.value)
    assert not health.is_up
    assert health.reason == str(raised.value)
    assert clock.waits[:5] == [0.0, 0.5, 1.0, 2.0, 4.0]


async def test_it_is_no_program(tmp_path: Path) -> None:
    """A file that cannot be run as a program is told about."""
    options = options_of(tmp_path, "")
    assert options.executable is not None
    options.executable.write_bytes(b"\x7fELF nonsense")
    async with open_runtime(options, clock=QuickClock()) as runtime:
        with pytest.raises(RuntimeUnavailable, match="does not start"):
            await runtime.open(a_spec())


async def test_it_does_not_answer(tmp_path: Path) -> None:
    """One that hangs keeps nobody waiting for longer than agreed, and is ended."""
    script = f"echo $$ >{tmp_path}/pid; exec sleep 1000"
    options = dataclasses.replace(options_of(tmp_path, script), open_timeout_s=0.2)
    async with open_runtime(options, clock=SystemClock()) as runtime:
        with pytest.raises(RuntimeUnavailable, match="being started"):
            await runtime.open(a_spec())
        noted = tmp_path / "pid"
        await until(lambda: noted.exists() and noted.read_text() != "")
    assert not is_running(int(noted.read_text()))


async def test_no_place_to_work(tmp_path: Path) -> None:
    """A home that cannot be written is named."""
    options = options_of(tmp_path, "exit 1")
    (tmp_path / "home").write_text("a file")
    async with open_runtime(options, clock=QuickClock()) as runtime:
        with pytest.raises(RuntimeUnavailable, match="cannot be written"):
            await runtime.open(a_spec())


@pytest.mark.parametrize(
    ("is_offline", "words"), [(False, "COPILOT_GITHUB_TOKEN"), (True, "COPILOT_PROVIDER_BASE_URL")]
)
async def test_not_signed_in(tmp_path: Path, is_offline: bool, words: str) -> None:
    """With nothing to sign in with, it says at once what to set."""
    options = RuntimeOptions(home=tmp_path, executable=tmp_path / "none", is_offline=is_offline)
    async with open_runtime(options, clock=SystemClock()) as runtime:
        with pytest.raises(NotSignedIn, match=words):
            await runtime.open(a_spec())


def test_secrets_are_not_shown(options: RuntimeOptions) -> None:
    """Options can be logged."""
    assert options.provider is not None
    assert options.provider.api_key is not None
    secret = dataclasses.replace(options, github_token="gho_secret")
    assert "gho_secret" not in repr(secret)
    assert options.provider.api_key not in repr(secret)


@pytest.mark.runtime
async def test_our_secrets_stay_here(
    options: RuntimeOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runtime's environment has nothing that it does not need."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hidden")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hidden@host/db")
    monkeypatch.setenv("COPILOT_PROVIDER_API_KEY", "hidden")
    async with open_runtime(options, clock=SystemClock()) as runtime:
        await (await runtime.open(a_spec())).close()
        environment = environment_of(runtime)
    assert b"hidden" not in environment
    assert f"HOME={options.home}".encode() in environment


@pytest.mark.runtime
async def test_ctrl_c_is_not_for_the_runtime(runtime: CopilotRuntime) -> None:
    """It is in a session of its own, so that a terminal's signals do not end running turns."""
    await (await runtime.open(a_spec())).close()
    assert runtime.process_id is not None
    assert os.getsid(runtime.process_id) == runtime.process_id


@pytest.mark.runtime
async def test_nothing_is_left(options: RuntimeOptions) -> None:
    """At the end the process is gone, with sessions open and a turn running, too."""
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(a_spec())
        turn = aiter(session.turn("slow 1000 at 0.05"))
        await anext(turn)
        process_id = runtime.process_id
        assert process_id is not None
    assert not is_running(process_id)
    await turn.aclose()  # type: ignore[attr-defined]
    await session.close()


@pytest.mark.runtime
async def test_ended_while_starting(options: RuntimeOptions) -> None:
    """A context that is left at once leaves nothing behind."""
    async with open_runtime(options, clock=SystemClock()):
        await asyncio.sleep(0.05)
    async with open_runtime(options, clock=SystemClock()):
        pass


@pytest.mark.runtime
async def test_killed_again_and_again(options: RuntimeOptions) -> None:
    """However often it dies, it is back; sessions that were being opened are opened."""
    files = MemoryFiles()
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", files))
        await take(session, "remember the word heron")
        for _ in range(2):
            assert runtime.process_id is not None
            os.kill(runtime.process_id, signal.SIGKILL)
            opening = asyncio.create_task(runtime.open(old("s-1", files)))
            await session.close()
            session = await opening
            assert said(await take(session, "what was the word")) == "The word was heron."
        await session.close()


@pytest.mark.runtime
async def test_death_is_noticed_without_pidfd(
    options: RuntimeOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system has no pidfd, a waiting thread notices the death as well."""

    def refuse(_: int) -> int:
        raise OSError(38, "not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    files = MemoryFiles()
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", files))
        first = runtime.process_id
        assert first is not None
        os.kill(first, signal.SIGKILL)
        session = await runtime.open(new("s-1", files))
        assert runtime.process_id != first
        await session.close()


@pytest.mark.runtime
async def test_one_that_hangs_is_killed(options: RuntimeOptions) -> None:
    """Without a sign of life it is killed: what waits for it fails, and a new one goes on."""
    files = MemoryFiles()
    options = dataclasses.replace(options, beat_s=1.0)
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", files))
        await take(session, "remember the word heron")
        hung = runtime.process_id
        assert hung is not None
        turn = asyncio.create_task(take(session, "slow 1000 at 0.01"))
        os.kill(hung, signal.SIGSTOP)
        with pytest.raises(RuntimeLost):
            await turn
        await session.close()
        session = await runtime.open(old("s-1", files))
        assert not is_running(hung)
        assert said(await take(session, "what was the word")) == "The word was heron."
        await session.close()


@pytest.mark.runtime
async def test_one_that_takes_too_much_memory_is_replaced(
    options: RuntimeOptions, brain: ScriptedBrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh one takes its place at once; a turn ends on the old one, which then goes."""
    heavy: set[int] = set()
    monkeypatch.setattr(pulse, "resident_mb", lambda process_id: 1001.0 * (process_id in heavy))
    monkeypatch.setattr(pulse, "_LEFT_ALONE", 0)
    files = MemoryFiles()
    options = dataclasses.replace(options, beat_s=1.0, memory_mb=1000)
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", files))
        gate = brain.hold("slow 6")
        turn = asyncio.create_task(take(session, "slow 6"))
        await gate.reached()
        old_one = runtime.process_id
        assert old_one is not None
        heavy.add(old_one)
        await until(lambda: runtime.process_id not in {None, old_one})
        assert not session.is_usable
        other = await runtime.open(new("s-2", MemoryFiles()))
        assert said(await take(other, "echo: on the fresh one")) == "on the fresh one"
        assert is_running(old_one)
        gate.release()
        assert said(await turn) == "word1 word2 word3 word4 word5 word6"
        await until(lambda: not is_running(old_one))
        await session.close()
        await other.close()


@pytest.mark.runtime
async def test_one_that_takes_twice_as_much_is_not_waited_for(
    options: RuntimeOptions, brain: ScriptedBrain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At twice the limit the old one goes at once: its turns are lost, and can be recovered."""
    heavy: set[int] = set()
    monkeypatch.setattr(pulse, "resident_mb", lambda process_id: 2001.0 * (process_id in heavy))
    monkeypatch.setattr(pulse, "_LEFT_ALONE", 0)
    options = dataclasses.replace(options, beat_s=1.0, memory_mb=1000)
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", MemoryFiles()))
        gate = brain.hold("slow 6")
        turn = asyncio.create_task(take(session, "slow 6"))
        await gate.reached()
        old_one = runtime.process_id
        assert old_one is not None
        heavy.add(old_one)
        with pytest.raises(RuntimeLost):
            await turn
        gate.release()
        assert runtime.process_id != old_one
        await until(lambda: not is_running(old_one))
        await session.close()


async def test_another_protocol(tmp_path: Path) -> None:
    """A runtime that speaks another version of the protocol is told about, with the mend."""
    (tmp_path / "old.py").write_text(_SPEAKS_VERSION_2)
    options = options_of(tmp_path, f"exec {sys.executable} {tmp_path}/old.py")
    async with open_runtime(options, clock=QuickClock()) as runtime:
        with pytest.raises(RuntimeUnavailable, match=r"version 2 .*threadpilot runtime install"):
            await runtime.open(a_spec())
        health = await runtime.health()
    assert "Threadpilot version 3" in health.reason


_SPEAKS_VERSION_2 = r"""
import json, sys
while header := sys.stdin.buffer.readline():
    sys.stdin.buffer.readline()
    asked = json.loads(sys.stdin.buffer.read(int(header.split(b":")[1])))
    said = {"ok": True, "version": "0.1", "protocolVersion": 2}
    answer = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": said}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))
    sys.stdout.buffer.flush()
"""


def test_pauses_grow() -> None:
    """The first restart is at once, the later ones wait, never longer than half a minute."""
    pauses = [supervisor._pause_s(lives) for lives in range(1, 12)]
    assert pauses[:4] == [0.0, 0.5, 1.0, 2.0]
    assert max(pauses) == 30.0
    assert pauses == sorted(pauses)
    assert supervisor._pause_s(100_000) == 30.0


async def until(is_true: Callable[[], bool]) -> None:
    """Wait for something that nobody tells of."""
    async with asyncio.timeout(60):
        while not is_true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def environment_of(runtime: CopilotRuntime) -> bytes:
    """What the runtime's process was told."""
    return Path(f"/proc/{runtime.process_id}/environ").read_bytes()


def is_running(process_id: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
