"""What answers at a file's private addresses: its bytes, for who shows the bot's token.

https://docs.slack.dev/reference/objects/file-object/#authentication. Whoever has no right to a
file is sent to the sign-in page, which answers with status 200.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from playground.slack.app_manifest import AppManifest
from playground.slack.faults import Faults
from playground.slack.files import File, FileState, without_what_is_gone
from playground.slack.workspace import Workspace

_PIECE = 64 * 1024


class Downloads:
    """Serves files to the app.

    Args:
        workspace: where the files are.
        manifest: what the app may do.
        faults: what goes wrong on purpose.
        knows_token: whether a token is the bot's.
    """

    def __init__(
        self,
        workspace: Workspace,
        manifest: AppManifest,
        faults: Faults,
        knows_token: Callable[[str], bool],
    ) -> None:
        self._workspace = workspace
        self._manifest = manifest
        self._faults = faults
        self._knows_token = knows_token
        self.asked: list[str] = []
        """The paths that were asked for, oldest first."""

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the addresses.

        Args:
            router: the server's.
        """
        for folder in ("files-pri", "files-tmb"):
            router.add_get(f"/{folder}/{{key}}/{{tail:.+}}", self._serve)
        router.add_get("/signin", _sign_in)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        file = without_what_is_gone(
            self._workspace.files, request.match_info["key"].rpartition("-")[2]
        )
        if not self._knows_token(token) or "files:read" not in self._manifest.scopes:
            raise _to_sign_in(request)
        if file is None or file.state is FileState.EXTERNAL:
            raise web.HTTPNotFound
        if file.state is FileState.HIDDEN or not self._is_seen(file):
            raise _to_sign_in(request)
        fault = self._faults.for_download()
        if fault is not None:
            return await _go_wrong(request, file, fault)
        return web.Response(body=file.content, headers=_headers(request, file))

    def _is_seen(self, file: File) -> bool:
        bot, channels = self._workspace.app.bot_user_id, self._workspace.channels
        return file.user == bot or any(
            bot in channels[share.channel].members for share in file.shares
        )


def _to_sign_in(request: web.Request) -> web.HTTPFound:
    refusal = web.HTTPFound(f"/signin?redir={quote(request.path, safe='')}")
    refusal.headers["x-slack-meta"] = "?;acl_fail"
    return refusal


def _headers(request: web.Request, file: File) -> dict[str, str]:
    headers = {"Content-Type": file.mimetype}
    if "/download/" in request.path:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
    return headers


async def _go_wrong(
    request: web.Request, file: File, fault: Mapping[str, Any]
) -> web.StreamResponse:
    match fault["how"]:
        case "elsewhere":
            raise web.HTTPFound(fault["url"])
        case "html":
            return await _sign_in(request)
        case "error":
            return web.Response(status=500, text="Internal Server Error")
        case "limited":
            return web.Response(status=429, headers={"Retry-After": str(fault["retry_after_s"])})
    answer = web.StreamResponse(headers=_headers(request, file))
    content = file.content
    if fault["how"] == "cut":
        answer.content_length = len(content)
        content = content[: len(content) // 2]
    await answer.prepare(request)
    if fault["how"] == "slow":
        await asyncio.sleep(fault["ms"] / 1000)
    if fault["how"] == "longer":
        content += bytes(len(content) + _PIECE)
    for at in range(0, len(content), _PIECE):
        await answer.write(content[at : at + _PIECE])
    if fault["how"] == "cut" and request.transport is not None:
        request.transport.close()
    else:
        await answer.write_eof()
    return answer


async def _sign_in(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><title>Sign in</title>", content_type="text/html")
