"""The Web API's front door: tokens, faults, limits, scopes, then the method's handler."""

import asyncio
import secrets
import time
from collections.abc import Mapping

from aiohttp import web

from playground.payload import Payload, dump
from playground.record import Record
from playground.slack.app_manifest import AppManifest
from playground.slack.arguments import Arguments, read_arguments
from playground.slack.errors import RateLimitedError, SlackError
from playground.slack.faults import CallFault, Faults
from playground.slack.interactions import Interactions
from playground.slack.limits import Limits
from playground.slack.record import ApiCall
from playground.slack.socket_mode import SocketMode
from playground.slack.web_api import (
    agents,
    apps,
    auth,
    chat,
    conversations,
    files,
    reactions,
    streams,
    users,
    views,
)
from playground.slack.web_api.call import Call, Method, Uploads, missing_scope
from playground.slack.workspace import Workspace

METHODS: Mapping[str, Method] = {
    **agents.METHODS,
    **apps.METHODS,
    **auth.METHODS,
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **reactions.METHODS,
    **streams.METHODS,
    **users.METHODS,
    **views.METHODS,
}
"""Every method that the playground knows."""


class WebApi:
    """Answers Web API calls, one after the other, and records them.

    Args:
        workspace: the workspace.
        manifest: the app's manifest.
        interactions: for trigger ids.
        socket: for connections.
        limits: counts the calls.
        faults: what goes wrong on purpose.
        record: what was called.
        bot_token: the bot's token.
        app_token: the app-level token.
        largest_file: the most bytes of a file that the app may upload.
    """

    def __init__(
        self,
        *,
        workspace: Workspace,
        manifest: AppManifest,
        interactions: Interactions,
        socket: SocketMode,
        limits: Limits,
        faults: Faults,
        record: Record[ApiCall],
        bot_token: str,
        app_token: str,
        largest_file: int,
    ) -> None:
        self._workspace = workspace
        self._manifest = manifest
        self._interactions = interactions
        self._socket = socket
        self._limits = limits
        self._faults = faults
        self._record = record
        self._tokens = {bot_token: "bot", app_token: "app"}
        self._largest_file = largest_file
        self._uploads = Uploads(announced={}, received={})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        started = time.perf_counter()
        n, at = self._record.next_number(), time.time()
        name = request.match_info["method"]
        method = METHODS.get(name)
        fault = self._faults.for_call(name)
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        args, used, answer = Arguments({}), None, None
        error: SlackError | None = None
        try:
            args, token = await read_arguments(request)
            method = self._admit(name, method, token)
            _go_wrong(fault)
            used = self._limits.take(name, method.tier, _channel(args))
            self._check_scopes(method)
            answer = {"ok": True, **method.handle(self._call(args, request))}
        except SlackError as refusal:
            error = refusal
        if fault.loses_answer and error is None:
            error = SlackError("internal_error", http_status=500)
        payload = answer if error is None and answer is not None else _refused(error)
        self._record.add(
            ApiCall(
                n=n,
                method=name,
                host=request.host,
                at=at,
                ms=(time.perf_counter() - started) * 1000,
                http_status=200 if error is None else error.http_status,
                ok=error is None,
                error=None if error is None else error.code,
                arguments=args.given,
                answer=payload,
                tier=None if method is None else method.tier.name,
                per_minute=None if method is None else method.tier.per_minute,
                used=used,
            )
        )
        if fault.loses_after_s:
            await asyncio.sleep(fault.loses_after_s)
        return self._response(request, method, payload, error, fault)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes of an announced file."""
        announced = self._uploads.announced.get(request.match_info["ticket"])
        if announced is None:
            return web.Response(status=404, text="not found")
        content = await _uploaded(request)
        if len(content) != announced.length:
            return web.Response(status=400, text="the size is not the one that was announced")
        self._uploads.received[announced.file_id] = content
        return web.Response(text=f"OK - {len(content)}")

    def knows_bot_token(self, token: str) -> bool:
        """Say whether a token is the bot's."""
        return self._tokens.get(token) == "bot"

    def _admit(self, name: str, method: Method | None, token: str | None) -> Method:
        if method is None:
            raise SlackError("unknown_method", fields={"req_method": name})
        if token is None:
            raise SlackError("not_authed")
        kind = self._tokens.get(token)
        if kind is None:
            raise SlackError("invalid_auth")
        if kind == "bot" and self._faults.is_on("revoke_token"):
            raise SlackError("token_revoked")
        if kind != method.token:
            raise SlackError("not_allowed_token_type")
        return method

    def _check_scopes(self, method: Method) -> None:
        if method.scopes and not set(method.scopes) & set(self._manifest.scopes):
            raise missing_scope(",".join(method.scopes), self._manifest.provided)

    def _call(self, args: Arguments, request: web.Request) -> Call:
        return Call(
            args=args,
            workspace=self._workspace,
            manifest=self._manifest,
            interactions=self._interactions,
            socket=self._socket,
            uploads=self._uploads,
            # Whoever came by another address goes on by it.
            base_url=f"{request.scheme}://{request.host}",
            faults=self._faults,
            largest_file=self._largest_file,
        )

    def _response(
        self,
        request: web.Request,
        method: Method | None,
        payload: Payload,
        error: SlackError | None,
        fault: CallFault,
    ) -> web.StreamResponse:
        if error is not None and error.http_status == 500:
            if fault.loses_answer and request.transport is not None:
                # The call was carried out; its answer never arrives.
                request.transport.abort()
            return web.Response(status=500, text="Internal Server Error")
        headers = {
            "x-slack-req-id": secrets.token_hex(16),
            "Cache-Control": "private, no-cache, no-store, must-revalidate",
        }
        if method is not None and method.token == "bot":  # noqa: S105
            headers["x-oauth-scopes"] = self._manifest.provided
            if method.scopes:
                headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
        if isinstance(error, RateLimitedError) and error.retry_after_s is not None:
            headers["Retry-After"] = str(error.retry_after_s)
        return web.Response(
            text=dump(payload),
            status=200 if error is None else error.http_status,
            content_type="application/json",
            headers=headers,
        )


def _go_wrong(fault: CallFault) -> None:
    if fault.is_limited:
        raise RateLimitedError(fault.retry_after_s)
    if fault.fails:
        raise SlackError("internal_error", http_status=500)
    if fault.error is not None:
        raise SlackError(fault.error)


def _refused(error: SlackError | None) -> Payload:
    return {"ok": False, "error": "internal_error"} if error is None else error.payload()


def _channel(args: Arguments) -> str:
    return str(args.given.get("channel", ""))


async def _uploaded(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for field in (await request.post()).values():
        if isinstance(field, web.FileField):
            return field.file.read()
    return b""
