"""Work apart from the bot: what it may, and how it ends."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from adapters.apart.process import Apart, Broken, Limits, OutOfTime, Refused

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits are of POSIX systems")

LIMITS = Limits(seconds=20, memory=512 * 1024 * 1024, answer=1_000_000)


@pytest.fixture
def apart() -> Apart:
    """A kind of work."""
    return Apart("tests.apart.jobs", LIMITS)


async def test_an_answer(apart: Apart) -> None:
    """What is given comes back as it was worked on, and nothing that a library prints."""
    answer = await apart.work({"do": "answer", "about": "grüße\n"}, b"abc\n\x00")
    assert answer.told["about"] == "grüße\n"
    assert answer.content == b"\x00\ncba"


async def test_its_own_process(apart: Apart) -> None:
    """Each piece of work has a process of its own, which is gone afterwards."""
    answers = [await apart.work({"do": "answer", "about": n}) for n in range(2)]
    processes = {int(str(answer.told["process"])) for answer in answers}
    assert len(processes) == 2
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


async def test_refused(apart: Apart) -> None:
    """What cannot be worked on is refused with the sentence that says why."""
    with pytest.raises(Refused, match=r"^It is not to be read\.$"):
        await apart.work({"do": "refuse"})


async def test_a_mistake_tells_nothing(apart: Apart, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody foresaw is told by its kind and place, not by what it quotes."""
    with pytest.raises(Broken, match=r"^ValueError at jobs\.py:\d+$"):
        await apart.work({"do": "fail"})
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("what", ["sleep", "spin"])
async def test_time(what: str) -> None:
    """Work that does not end is ended."""
    limits = Limits(seconds=1, memory=LIMITS.memory, answer=1000)
    with pytest.raises((OutOfTime, Broken)):
        await Apart("tests.apart.jobs", limits).work({"do": what})


@pytest.mark.parametrize("what", ["eat", "babble", "die"])
async def test_too_much(apart: Apart, what: str) -> None:
    """Work that takes too much memory, says too much, or dies, is over, and the bot is not."""
    with pytest.raises(Broken):
        await apart.work({"do": what})
    assert (await apart.work({"do": "answer", "about": 1})).told["about"] == 1


async def test_no_interpreter(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that cannot be started is told like one that died."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(Broken, match="was not started"):
        await apart.work({"do": "answer", "about": 1})


async def test_half_an_answer(apart: Apart) -> None:
    """What a process told before it died does not pass for its answer."""
    with pytest.raises(Broken):
        await apart.work({"do": "die while it answers"})


async def test_no_network(apart: Apart) -> None:
    """It reaches no address, this machine's included."""
    reached = asyncio.Event()
    server = await asyncio.start_server(lambda *_: reached.set(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Broken, match="PermissionError"):
            await apart.work({"do": "connect", "port": port})
    assert not reached.is_set()


async def test_no_programs(apart: Apart) -> None:
    """It starts no other program."""
    with pytest.raises(Broken, match="PermissionError"):
        await apart.work({"do": "run"})


async def test_files(apart: Apart, tmp_path: Path) -> None:
    """It fills no file, but in a directory that it was given."""
    path = tmp_path / "file"
    with pytest.raises(Broken):
        await apart.work({"do": "write", "path": str(path)})
    assert not path.exists() or not path.read_bytes()
    await Apart("tests.apart.jobs", LIMITS, tmp_path).work({"do": "write", "path": str(path)})
    assert path.stat().st_size == 100


async def test_environment(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows nothing of the bot's environment, where the secrets are."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    names = (await apart.work({"do": "environment"})).told["names"]
    assert isinstance(names, list)
    assert "SLACK_BOT_TOKEN" not in names
    assert set(names) <= {"PATH", "TZ", "LANG", "LC_CTYPE"} | {
        "OPENBLAS_NUM_THREADS",
        "OMP_NUM_THREADS",
    }


class Watched(Apart):
    """Tells of the process that it has started."""

    def __init__(self) -> None:
        super().__init__("tests.apart.jobs", LIMITS)
        self.started: asyncio.Queue[asyncio.subprocess.Process] = asyncio.Queue()

    async def _exchange(self, process: asyncio.subprocess.Process, content: bytes) -> bytes:
        self.started.put_nowait(process)
        return await super()._exchange(process, content)


async def test_cancelled() -> None:
    """Who does not wait for it any more leaves no process behind."""
    apart = Watched()
    working = asyncio.create_task(apart.work({"do": "sleep"}))
    process = await apart.started.get()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert process.returncode is not None


async def test_large_content_to_the_dead() -> None:
    """A process that dies before it has read all is told as one that died."""
    with pytest.raises(Broken):
        await Apart("tests.apart.jobs", LIMITS).work({"do": "die"}, b"x" * 20_000_000)
