"""A door in front of a server: open, it lets everyone through; shut, nobody gets in or stays.

Whoever is within can also be struck dumb: their connections stay, and carry nothing any more.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType


class Door:
    """Listens on a port of its own and passes on what comes, both ways.

    Args:
        port: where the server behind it listens, on 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self._server: asyncio.Server | None = None
        self._passing: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._talking = asyncio.Event()
        self._talking.set()
        self.port = 0

    async def __aenter__(self) -> Door:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.shut()

    async def open(self) -> None:
        """Let everyone through; the port stays the same."""
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Refuse connections, and cut those off that there are."""
        if self._server is None:
            return
        self._server.close()
        for task, writer in list(self._passing.items()):
            writer.transport.abort()
            task.cancel()
        if self._passing:
            await asyncio.wait(list(self._passing))
        self._server = None

    def strike_dumb(self) -> None:
        """Let the connections that there are stay open, half-open and silent; new ones are heard.

        What comes of theirs is lost, and so is the news that one side has gone.
        """
        dumb, self._talking = self._talking, asyncio.Event()
        self._talking.set()
        dumb.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing[task] = writer
        try:
            inner, outer = await asyncio.open_connection("127.0.0.1", self._behind)
            try:
                talking = self._talking
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(_carry(reader, outer, talking))
                    tasks.create_task(_carry(inner, writer, talking))
            finally:
                outer.close()
        except (asyncio.CancelledError, OSError):
            writer.transport.abort()  # shut, or nobody is behind it: here the task ends
        finally:
            writer.close()
            del self._passing[task]


async def _carry(
    source: asyncio.StreamReader, target: asyncio.StreamWriter, talking: asyncio.Event
) -> None:
    with suppress(OSError):  # one of the two is gone, and reads its end
        while data := await source.read(65_536):
            await talking.wait()
            target.write(data)
            await target.drain()
        await talking.wait()
        target.write_eof()
