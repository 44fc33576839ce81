"""Work done apart from the bot: in an interpreter of its own, with limits, gone afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[2]
# Isolated, so that neither the working directory nor the environment chooses what is imported.
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    " from adapters.apart.inside import serve; serve(*sys.argv[2:])"
)
_PASSED_ON = frozenset({"PATH", "SYSTEMROOT", "TZ"})
# What the process may live beyond its time, so that it can tell how far it came.
_GRACE_S = 1.0
_CHUNK = 256 * 1024

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one piece of work may take.

    Args:
        seconds: of time; of the processor as well.
        memory: bytes of address space, where the operating system limits it.
        answer: bytes of its answer.
        at_once: how many run at the same time; the others wait.
    """

    seconds: int
    memory: int
    answer: int
    at_once: int = 2


class ApartError(Exception):
    """The work came to nothing."""


class Refused(ApartError):
    """What was given cannot be worked on; the message is a sentence that says why."""


class OutOfTime(ApartError):
    """It took too long."""


class Broken(ApartError):
    """It failed in a way that nobody foresaw, or took too much memory, or died."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of a piece of work.

    Args:
        told: what there is to say about it.
        content: the result.
    """

    told: Mapping[str, object]
    content: bytes


class Apart:
    """Does one kind of work, each piece in a process that ends with it.

    Nothing of a piece is there for the next one, and nothing is kept while there is no work.

    Args:
        module: the module whose `work` does it; imported there, never here.
        limits: what a piece may take.
        directory: the only place where it may write; nowhere when left out.
    """

    def __init__(self, module: str, limits: Limits, directory: Path | None = None) -> None:
        self._module = module
        self._limits = limits
        self._directory = directory
        self._places = asyncio.Semaphore(limits.at_once)

    async def work(self, request: Mapping[str, object], content: bytes = b"") -> Answer:
        """Do a piece of work.

        Args:
            request: what is wanted, as JSON can say it.
            content: what it is about.

        Raises:
            Refused: it cannot be done with what was given.
            OutOfTime: it took too long.
            Broken: it failed otherwise.
        """
        header = json.dumps(dict(request)).encode() + b"\n"
        async with self._places:
            process = await self._started()
            try:
                async with asyncio.timeout(self._limits.seconds + _GRACE_S):
                    given = await self._exchange(process, header + content)
                    await process.wait()
            except TimeoutError as exc:
                raise OutOfTime from exc
            finally:
                await _ended(process)
        return self._understood(given, process.returncode)

    async def _started(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self._command(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment(),
                # Ctrl-C in a terminal is for the bot, which waits for the work's end.
                start_new_session=True,
            )
        except OSError as exc:
            _log.warning("work apart was not started: %s: %s", self._module, exc)
            raise Broken(f"{self._module} was not started") from exc

    def _command(self) -> list[str]:
        limits = self._limits
        writes = "" if self._directory is None else str(self._directory)
        numbers = [str(limits.memory), str(limits.seconds)]
        return [sys.executable, "-I", "-c", _START, str(_ROOT), self._module, *numbers, writes]

    def _environment(self) -> dict[str, str]:
        """Nothing of the bot's, which holds its secrets there."""
        environment = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
        environment |= {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        if self._directory is not None:
            environment |= {"HOME": str(self._directory), "TMPDIR": str(self._directory)}
        return environment

    async def _exchange(self, process: asyncio.subprocess.Process, content: bytes) -> bytes:
        """Hand over the work; returns all that comes back."""
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the process was started without its pipes")
        with contextlib.suppress(ConnectionError):  # it died; its exit code says so
            stdin.write(content)
            await stdin.drain()
        stdin.close()
        pieces: list[bytes] = []
        size = 0
        while piece := await stdout.read(_CHUNK):
            pieces.append(piece)
            size += len(piece)
            if size > self._limits.answer:
                raise Broken(f"{self._module} answered with more than {self._limits.answer} bytes")
        return b"".join(pieces)

    def _understood(self, given: bytes, code: int | None) -> Answer:
        header, newline, content = given.partition(b"\n")
        # One that was killed may have told the beginning.
        if not newline or code != 0:
            _log.warning("work apart died: %s ended with %s", self._module, code)
            raise Broken(f"{self._module} ended with {code}")
        told = json.loads(header)
        match told:
            case {"refused": str(sentence)}:
                raise Refused(sentence)
            case {"late": _}:
                raise OutOfTime
            case {"failed": str(what)}:
                _log.warning("work apart failed: %s: %s", self._module, what)
                raise Broken(what)
        return Answer(told=told, content=content)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """End the process if it has not ended, and wait for it, whatever comes meanwhile."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    ending = asyncio.ensure_future(process.wait())
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise
