"""An HTTP session asks before each request whether the thread is still its worker's."""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp

from bot import fence


def fenced(config: aiohttp.TraceConfig | None = None) -> aiohttp.TraceConfig:
    """What makes each request of an HTTP session pass the fence, at each attempt.

    Args:
        config: what has its turn before; a new one when left out.
    """

    async def ask(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        request: aiohttp.TraceRequestStartParams,
    ) -> None:
        await fence.passed()

    config = config or aiohttp.TraceConfig()
    config.on_request_start.append(ask)
    return config
