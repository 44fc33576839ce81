"""The REST API's front door: tokens, faults, limits, then the route's handler."""

import asyncio
import math
import time
from typing import Any

from aiohttp import web

from playground.discord.errors import DiscordError, RateLimitedError
from playground.discord.faults import CallFault, Faults
from playground.discord.limits import Limits, Usage
from playground.discord.record import ApiCall
from playground.discord.rest import (
    channels,
    commands,
    files,
    guilds,
    interactions,
    messages,
    reactions,
    threads,
    users,
)
from playground.discord.rest.body import read_body
from playground.discord.rest.call import Call, Parts, Route
from playground.discord.rest.router import Router
from playground.payload import Payload, dump
from playground.record import Record

ROUTES = (
    *channels.ROUTES,
    *commands.ROUTES,
    *files.ROUTES,
    *guilds.ROUTES,
    *interactions.ROUTES,
    *messages.ROUTES,
    *reactions.ROUTES,
    *threads.ROUTES,
    *users.ROUTES,
)
"""Every route that the playground knows."""

_JSON = "application/json"
# What runs in front of Discord tells of itself; clients take a 429 without it for a ban.
_VIA = "1.1 google"
_SHUT_OUT = "error code: 1015"
_MAJOR = ("channel_id", "guild_id", "webhook_id")


class RestApi:
    """Answers REST calls, one after the other, and records them.

    Args:
        parts: what handlers work with.
        faults: what goes wrong on purpose.
        record: what was called.
        bot_token: the bot's token.
        prefix: the path that all addresses begin with.
    """

    def __init__(
        self, *, parts: Parts, faults: Faults, record: Record[ApiCall], bot_token: str, prefix: str
    ) -> None:
        self._parts = parts
        self._faults = faults
        self._record = record
        self._authorization = f"Bot {bot_token}"
        self._prefix = prefix
        self._router = Router(ROUTES)

    @property
    def _limits(self) -> Limits:
        return self._parts.limits

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        started = time.perf_counter()
        n, at = self._record.next_number(), time.time()
        path = request.path.removeprefix(self._prefix)
        route: Route | None = None
        body: Any = None
        usage: Usage | None = None
        answer: Any = None
        error: DiscordError | None = None
        fault = CallFault()
        try:
            route, params = self._router.find(request.method, path)
            fault = self._faults.for_call(route.name)
            if fault.delay_s:
                await asyncio.sleep(fault.delay_s)
            body, uploads = await read_body(request)
            self._admit(request, route)
            _go_wrong(fault)
            # What the window has left is told even where the call is one too many.
            major = _major(params)
            usage = self._limits.usage(route.bucket, major)
            usage = self._limits.take(route.bucket, major)
            call = Call(
                parts=self._parts, params=params, query=request.query, body=body, uploads=uploads
            )
            answer = route.handle(call)
            if uploads and isinstance(body, dict):
                body = {**body, "files": [upload.filename for upload in uploads.values()]}
        except DiscordError as refusal:
            error = refusal
        if fault.loses_answer and error is None:
            error = DiscordError(502, 0, "502: Bad Gateway")
        scope = error.scope if isinstance(error, RateLimitedError) else None
        if error is not None:
            self._limits.note_invalid(error.http_status, scope=scope)
            answer = error.payload()
        status = _status(route, answer, error)
        self._record.add(
            ApiCall(
                n=n,
                method=f"{request.method} {path}" if route is None else route.name,
                host=request.host,
                http=request.method,
                path=path,
                route=path if route is None else route.path,
                at=at,
                ms=(time.perf_counter() - started) * 1000,
                http_status=status,
                ok=error is None,
                code=None if error is None else error.code,
                error=None if error is None else f"{error.code or status} {error.message}",
                arguments=body,
                query=dict(request.query),
                answer=answer,
                usage=usage,
                retry_after_s=(
                    error.retry_after_s if isinstance(error, RateLimitedError) else None
                ),
            )
        )
        if fault.loses_after_s:
            await asyncio.sleep(fault.loses_after_s)
        if fault.loses_answer and request.transport is not None:
            # The call was carried out; its answer never arrives.
            request.transport.abort()
        return self._response(status, answer, usage, error)

    def _admit(self, request: web.Request, route: Route) -> None:
        if self._limits.is_shut_out:
            raise _ShutOutError
        if route.needs_token:
            if request.headers.get("Authorization") != self._authorization:
                raise DiscordError(401, 0, "401: Unauthorized")
            self._limits.take_global()

    def _response(
        self, status: int, answer: Any, usage: Usage | None, error: DiscordError | None
    ) -> web.StreamResponse:
        if isinstance(error, _ShutOutError):
            return web.Response(status=429, text=_SHUT_OUT, headers={"Retry-After": "600"})
        headers = {"Via": _VIA}
        if usage is not None:
            headers |= usage.headers(time.time())
        if isinstance(error, RateLimitedError):
            headers["Retry-After"] = str(math.ceil(error.retry_after_s))
            headers["X-RateLimit-Scope"] = error.scope
            if error.scope == "global":
                headers["X-RateLimit-Global"] = "true"
        if status >= 500:
            return web.Response(status=status, text="upstream connect error", headers=headers)
        if status == 204:
            return web.Response(status=204, headers=headers)
        # Exactly this type: clients look no further.
        headers["Content-Type"] = _JSON
        return web.Response(status=status, body=dump(answer).encode(), headers=headers)


class _ShutOutError(DiscordError):
    """Too many calls were refused; the app gets no answers for a while."""

    def __init__(self) -> None:
        super().__init__(429, 0, "shut out after too many invalid requests")


def _major(params: dict[str, str]) -> str:
    if "interaction_token" in params:
        return params["interaction_token"]
    major = next((params[name] for name in _MAJOR if name in params), "")
    return major + params.get("webhook_token", "")


def _go_wrong(fault: CallFault) -> None:
    if fault.is_shut_out:
        raise _ShutOutError
    if fault.retry_after_s is not None:
        raise RateLimitedError(fault.retry_after_s, scope="global" if fault.is_global else "user")
    if fault.fails_with is not None:
        raise DiscordError(fault.fails_with, 0, f"{fault.fails_with}: Server Error")


def _status(route: Route | None, answer: Payload | None, error: DiscordError | None) -> int:
    if error is not None:
        return error.http_status
    if answer is None or route is None:
        return 204
    return route.status
