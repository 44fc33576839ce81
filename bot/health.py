"""The health endpoint: `/healthz` for "is it alive", `/readyz` for "can it answer".

`/metrics` tells what an operator watches.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from bot.errors import SettingsError
from bot.numbers import Number, written

_LONGEST_CHECK_S = 5.0
_HEADERS = {"Cache-Control": "no-store"}


@asynccontextmanager
async def serve_health(
    host: str,
    port: int,
    *,
    ready: Callable[[], Awaitable[Mapping[str, str]]],
    numbers: Callable[[], Awaitable[Sequence[Number]]] | None = None,
    longest_check_s: float = _LONGEST_CHECK_S,
) -> AsyncIterator[int]:
    """Serve the endpoint while the context is open.

    `/healthz` is 200 as long as the process does its work. `/readyz` is 200 when every part
    is ready and 503 when one is not; its body is JSON,
    `{"ready": false, "parts": {"slack": "ok", "runtime": "the reason"}}`. `/metrics` has numbers.

    Args:
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        ready: says for each part of the bot the reason why it is not ready, empty when it is.
        numbers: says what an operator watches; None for no `/metrics`.
        longest_check_s: seconds that `ready` may take; after them the bot counts as not ready.

    Yields:
        The port.

    Raises:
        SettingsError: nothing can listen there.
    """
    app = web.Application()
    endpoint = _Endpoint(ready, numbers, longest_check_s)
    app.router.add_get("/healthz", endpoint.healthz)
    app.router.add_get("/readyz", endpoint.readyz)
    if numbers is not None:
        app.router.add_get("/metrics", endpoint.metrics)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as exc:
            raise SettingsError([_why(exc, host, port)]) from exc
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


class _Endpoint:
    def __init__(
        self,
        ready: Callable[[], Awaitable[Mapping[str, str]]],
        numbers: Callable[[], Awaitable[Sequence[Number]]] | None,
        longest_check_s: float,
    ) -> None:
        self._ready = ready
        self._numbers = numbers
        self._longest_check_s = longest_check_s

    async def healthz(self, request: web.Request) -> web.Response:
        return web.Response(text="ok\n", headers=_HEADERS)

    async def readyz(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(self._longest_check_s):
                parts = await self._ready()
        except TimeoutError:
            parts = {"check": f"took longer than {self._longest_check_s:g} seconds"}
        is_ready = not any(parts.values())
        body = {"ready": is_ready, "parts": {part: why or "ok" for part, why in parts.items()}}
        return web.json_response(body, status=200 if is_ready else 503, headers=_HEADERS)

    async def metrics(self, request: web.Request) -> web.Response:
        numbers: Sequence[Number] = ()
        if self._numbers is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._longest_check_s):
                    numbers = await self._numbers()
        status = 200 if numbers else 503
        return web.Response(text=written(numbers), status=status, headers=_HEADERS)


def _why(exc: OSError, host: str, port: int) -> str:
    match exc.errno:
        case errno.EADDRINUSE:
            return (
                f"THREADPILOT_HTTP_PORT is {port}, which another program uses on {host}: "
                "choose another port, or 0 for no health endpoint."
            )
        case errno.EACCES | errno.EPERM:
            return (
                f"THREADPILOT_HTTP_PORT is {port}, which this user may not listen on: choose "
                "one above 1023, or 0 for no health endpoint."
            )
        case _:
            return (
                f"THREADPILOT_HTTP_HOST is {host}, which is no address of this machine: choose "
                "127.0.0.1, or 0.0.0.0 for all of them."
            )
