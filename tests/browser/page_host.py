"""The address at which a page finds its files, and the servers of a test.

One host serves all tests of a run, so that the browser keeps the page's modules; what a test's
servers are like, they say themselves (`FakeServer`).
"""

import contextlib
import functools
import mimetypes
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol, Self

from aiohttp import web

PAGE = Path(__file__).parents[2] / "playground" / "page"


class Served(Protocol):
    """The server side of one platform."""

    prefix: str
    address: str
    files: dict[str, tuple[bytes, str]]

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Answer the page's socket."""

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take a file."""

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Hand a file out."""

    async def drop_pages(self) -> None:
        """Close every page's connection."""


class PageHost:
    """A host on a free port.

    Args:
        files: the page's.

    Attributes:
        address: where it is, once it runs.
    """

    def __init__(self, files: Path = PAGE) -> None:
        self.address = ""
        self._files = files
        self._servers: dict[str, Served] = {}

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[Self]:
        """Listen until the block ends."""
        app = web.Application()
        app.router.add_get("/", self._index)
        app.router.add_get("/static/{path:.+}", self._static)
        app.router.add_get("/files/{id}", self._file)
        app.router.add_get("/{prefix:.+}/live", self._live)
        app.router.add_post("/{prefix:.+}/upload", self._upload)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    @contextlib.asynccontextmanager
    async def showing(self, server: Served) -> AsyncIterator[None]:
        """Let pages find this server until the block ends."""
        server.address = self.address
        self._servers[server.prefix] = server
        try:
            yield
        finally:
            del self._servers[server.prefix]
            await server.drop_pages()

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return self._answer("index.html", cached=False)

    async def _static(self, request: web.Request) -> web.StreamResponse:
        return self._answer(request.match_info["path"], cached=True)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        return await self._server(request).live(request)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        return await self._server(request).upload(request)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        for server in self._servers.values():
            if request.match_info["id"] in server.files:
                response = await server.file(request)
                response.headers["Cache-Control"] = "no-store"
                return response
        raise web.HTTPNotFound

    def _server(self, request: web.Request) -> Served:
        server = self._servers.get(f"/{request.match_info['prefix']}")
        if server is None:
            raise web.HTTPNotFound
        return server

    def _answer(self, path: str, *, cached: bool) -> web.Response:
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        keep = "max-age=3600" if cached else "no-store"
        body = _read(self._files / path)
        return web.Response(body=body, content_type=kind, headers={"Cache-Control": keep})


@functools.cache
def _read(path: Path) -> bytes:
    return path.read_bytes()
