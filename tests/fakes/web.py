"""A small internet: it is reached through a proxy, so nothing leaves the machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

HOST = "192.88.99.1"
"""An address of the internet that nobody has any more (RFC 7526)."""

OTHER_HOST = "192.88.99.2"

PAGE = f"http://{HOST}/page"
"""A page that says that herons stand still."""

_PAGES = {
    PAGE: "<html><body><h1>Herons</h1><p>They stand <b>still</b>.</p></body></html>",
    f"http://{OTHER_HOST}/page": "<html><body><p>Storks clatter.</p></body></html>",
}
_REDIRECTS = {
    f"http://{HOST}/moved": "/page",
    f"http://{HOST}/away": f"http://{OTHER_HOST}/page",
    f"http://{HOST}/inside": "http://127.0.0.1:9/secret",
}


@dataclass
class PaperWeb:
    """The small internet.

    Args:
        proxy: the proxy's address.
        visited: addresses that were fetched, in order.
    """

    proxy: str
    visited: list[str] = field(default_factory=list)

    def environment(self) -> Mapping[str, str]:
        """What a process is told so that it reaches no other internet."""
        told = {"http_proxy": self.proxy, "https_proxy": self.proxy, "no_proxy": "127.0.0.1"}
        return told | {name.upper(): value for name, value in told.items()}


@asynccontextmanager
async def open_web() -> AsyncIterator[PaperWeb]:
    """Serve it while the context is open."""
    paper = PaperWeb(proxy="")

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        address = str(request.url)
        paper.visited.append(address)
        if address in _REDIRECTS:
            return web.Response(status=302, headers={"Location": _REDIRECTS[address]})
        if address in _PAGES:
            return web.Response(text=_PAGES[address], content_type="text/html")
        return web.Response(status=404, text="There is no such page.")

    runner = web.ServerRunner(web.Server(serve))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        paper.proxy = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield paper
    finally:
        await runner.cleanup()
