"""A process beside the benchmark that is asked in lines of JSON, and how it answers them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TextIO

_ANSWER_S = 180.0
_STOP_S = 10.0
_LONGEST_LINE = 16 * 1024 * 1024

Verb = Callable[..., Awaitable[object]]
"""Answers a question; what was given with it comes by keyword."""


class Child:
    """Asks a process that runs `answer`.

    Args:
        process: the process.
        name: for messages.
    """

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name
        self._is_asked = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def ask(self, verb: str, **given: object) -> Any:
        """Ask it to do something, and wait for what it says.

        Args:
            verb: what to do.
            given: with what.

        Raises:
            RuntimeError: it failed, or it is gone.
        """
        if self._is_asked:
            raise RuntimeError(f"{self._name} was asked {verb} before it had answered")
        reader, writer = self._process.stdout, self._process.stdin
        assert reader is not None
        assert writer is not None
        self._is_asked = True
        try:
            writer.write(json.dumps([verb, given]).encode() + b"\n")
            await writer.drain()
            async with asyncio.timeout(_ANSWER_S):
                line = await reader.readline()
        except (OSError, TimeoutError) as error:
            raise RuntimeError(f"{self._name} did not answer {verb}: {error!r}") from error
        self._is_asked = False
        if not line:
            raise RuntimeError(f"{self._name} ended at {verb}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self._name} failed at {verb}: {answer['error']}")
        return answer["value"]


@asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[Child]:
    """Run a module of the benchmark in a process of its own while the context is open.

    Args:
        module: its name in `tests.bench`.
        arguments: for its command line.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.bench.{module}",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
        # Ctrl-C is for us: we end it by closing what it reads.
        start_new_session=True,
    )
    try:
        yield Child(process, module)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    """Wait for a process that was asked to end; end it when it does not."""
    if process.returncode is not None:
        return
    try:
        async with asyncio.timeout(_STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def answer(verbs: Mapping[str, Verb]) -> None:
    """Answer what is asked on the standard input, one after the other, until it is closed.

    Args:
        verbs: what can be asked.
    """
    replies = _take_stdout()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        verb, given = json.loads(line)
        try:
            said: dict[str, object] = {"value": await verbs[verb](**given)}
        except Exception as error:  # noqa: BLE001 - told to the one who asked
            said = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(said) + "\n")
        replies.flush()


def _take_stdout() -> TextIO:
    """Keep the standard output for answers; what anyone else prints goes to the error output."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return replies
