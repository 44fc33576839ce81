"""The server side of a page in a test: its protocol over a real WebSocket, and its uploads.

What a platform's workspace is like, its subclass says.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, Self

from aiohttp import BodyPartReader, WSMsgType, web

from tests.browser.page_host import PageHost

Json = dict[str, Any]


class FakeServer:
    """A server with one platform.

    Attributes:
        address: where the page is, once `serve` runs.
        asked: every request of the page, in order.
        answers: what to answer to a verb instead of the built-in behaviour.
        files: bytes and media type of what was uploaded, by id.
        hello: what pages are told first.
        kept: the files as messages carry them, by id.
        is_open: whether pages may connect.
    """

    prefix = "/page"
    """Where the platform's socket and uploads are."""

    def __init__(self) -> None:
        """Begin empty."""
        self.address = ""
        self.is_open = True
        self.asked: list[Json] = []
        self.answers: dict[str, Callable[[Json], Json]] = {}
        self.hello: Json = {}
        self.files: dict[str, tuple[bytes, str]] = {}
        self.kept: dict[str, Json] = {}
        self._sockets: set[web.WebSocketResponse] = set()
        self._changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def serve(self, host: PageHost | None = None) -> AsyncIterator[Self]:
        """Serve the page until the block ends: at this host, or at one of its own."""
        async with contextlib.AsyncExitStack() as stack:
            if host is None:
                host = await stack.enter_async_context(PageHost().serve())
            await stack.enter_async_context(host.showing(self))
            yield self

    async def tell(self, event: str, **fields: Any) -> None:
        """Send an event to every page."""
        for socket in list(self._sockets):
            with contextlib.suppress(ConnectionError):
                await socket.send_json({"event": event, **fields})

    def keep_file(self, name: str, content: bytes, kind: str, **fields: Any) -> Json:
        """Keep a file, and return it as a message carries it."""
        key = self._file_id(len(self.files) + 1)
        self.files[key] = (content, kind)
        file = self._kept(key, name, kind, len(content))
        self.kept[key] = {**file, "url": f"/files/{key}", **fields}
        return self.kept[key]

    async def drop_pages(self) -> None:
        """Close every page's connection."""
        for socket in list(self._sockets):
            await socket.close()

    async def heard(self, verb: str, **fields: Any) -> Json:
        """Wait until the page asked for `verb` with these fields, and return the request."""

        def found() -> Json | None:
            for request in self.asked:
                if request["do"] == verb and fields.items() <= request.items():
                    return request
            return None

        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(found)
        request = found()
        assert request is not None
        return request

    # ---- what the page sees

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        """Talk with one page."""
        if not self.is_open:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await socket.send_json({"event": "hello", **self.hello})
            async for said in socket:
                if said.type is not WSMsgType.TEXT:
                    continue
                asked = json.loads(said.data)
                answer = await self._answer(asked)
                await socket.send_json({"reply": asked["id"], "ok": True, **answer})
                async with self._changed:
                    self.asked.append(asked)
                    self._changed.notify_all()
        finally:
            self._sockets.discard(socket)
        return socket

    async def _answer(self, asked: Json) -> Json:
        if asked["do"] in self.answers:
            return self.answers[asked["do"]](asked)
        handler = getattr(self, f"_do_{asked['do']}", None)
        return {} if handler is None else await handler(asked)

    def _file_id(self, number: int) -> str:
        """The platform's name for its nth file."""
        raise NotImplementedError

    def _kept(self, key: str, name: str, kind: str, size: int) -> Json:
        """A file, as the platform tells of it, but for where it is."""
        raise NotImplementedError

    async def upload(self, request: web.Request) -> web.Response:
        """Keep what a page sends."""
        part = await (await request.multipart()).next()
        assert isinstance(part, BodyPartReader)
        content = await part.read(decode=True)
        kind = part.headers.get("Content-Type", "application/octet-stream")
        file = self.keep_file(str(part.filename), bytes(content), kind)
        return web.json_response({"ok": True, "file": file})

    async def file(self, request: web.Request) -> web.Response:
        """Hand out what is kept."""
        content, kind = self.files[request.match_info["id"]]
        return web.Response(body=content, headers={"Content-Type": kind})
