"""`threadpilot run` as a process of its own, with its log."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

WAIT_S = 60.0
"""How long a test waits for something before it says what it saw instead."""


@dataclass
class BotProcess:
    """The bot, to be stopped, killed and started again.

    Args:
        environment: its variables.
        directory: where it runs; its database is there.
    """

    environment: dict[str, str]
    directory: Path
    _lines: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None
    _reading: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_running(self) -> bool:
        """Whether it was started and not seen to its end."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process id of the bot."""
        assert self._process is not None
        return self._process.pid

    @property
    def said(self) -> str:
        """Its log, over all its starts."""
        return "\n".join(self._lines)

    @property
    def traces(self) -> list[str]:
        """The lines of its log that carry a traceback: there should be none."""
        return [line for line in self._lines if "Traceback" in line]

    def times(self, event: str, *also: str) -> int:
        """How many lines of the log name an event.

        Args:
            event: its name.
            also: what else must be in the line.
        """
        wanted = (f'"{event}"', *also)
        return sum(all(each in line for each in wanted) for line in self._lines)

    async def logged(self, event: str, *also: str, times: int = 1) -> None:
        """Wait until the log names an event.

        Args:
            event: its name.
            also: what else must be in the line.
            times: how often, since the beginning.
        """
        try:
            async with asyncio.timeout(WAIT_S):
                while self.times(event, *also) < times:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"the log does not say {event} {also}:\n{self.said}") from None

    def mark(self) -> int:
        """Where its log ends now."""
        return len(self._lines)

    async def logged_since(self, mark: int, event: str, *, timeout_s: float = WAIT_S) -> None:
        """Wait until the log names an event.

        Args:
            mark: where to begin to look; see `mark`.
            event: its name.
            timeout_s: how long to wait at most.
        """
        wanted = f'"{event}"'
        try:
            async with asyncio.timeout(timeout_s):
                while not any(wanted in line for line in self._lines[mark:]):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            said = "\n".join(self._lines[mark:])
            raise TimeoutError(f"the log does not say {event}:\n{said}") from None

    async def start(self) -> None:
        """Start it; it may take a while to connect."""
        assert self._process is None
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            env={**os.environ, **self.environment},
            cwd=self.directory,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**24,
        )
        assert self._process.stdout is not None
        # Whoever waits for the end waits for this as well.
        self._reading = asyncio.create_task(self._read(self._process.stdout))

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self.ended()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal and go on."""
        assert self._process is not None
        self._process.send_signal(number)

    async def ended(self) -> int:
        """Wait for an end that comes by itself, and return the exit code."""
        assert self._process is not None
        assert self._reading is not None
        code = await self._process.wait()
        # A runtime that outlived a killed bot keeps the pipe open.
        await asyncio.wait([self._reading], timeout=2)
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self._process = self._reading = None
        return code

    async def runtime_pid(self) -> int:
        """The process id of the Copilot runtime that the bot started."""
        listing = await asyncio.create_subprocess_exec(
            "ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.pid), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await listing.communicate()
        for line in out.decode().splitlines():
            pid, _, command = line.strip().partition(" ")
            if "--headless" in command:
                return int(pid)
        raise AssertionError(f"the bot has no runtime: {out.decode()!r}")

    async def _read(self, output: asyncio.StreamReader) -> None:
        async for line in output:
            self._lines.append(line.decode(errors="replace").rstrip())
            self._news.set()
