"""The CDN: hands out files to whoever has an address that holds, and asks nobody who they are."""

import asyncio
from collections import deque
from dataclasses import dataclass

from aiohttp import web

from playground.discord.faults import DownloadFault, Faults
from playground.discord.guild import Guild

_KEPT = 1000
_PIECE = 16 * 1024
_GONE = "This content is no longer available."


@dataclass(frozen=True, kw_only=True)
class Download:
    """Somebody asked for a file.

    Args:
        path: which one.
        headers: what else they sent, by names in small letters.
        status: what they were answered.
    """

    path: str
    headers: dict[str, str]
    status: int


class Cdn:
    """Serves the files of messages.

    Args:
        guild: whose files they are.
        faults: what goes wrong on purpose.
    """

    def __init__(self, guild: Guild, faults: Faults) -> None:
        self._guild = guild
        self._faults = faults
        self.downloads: deque[Download] = deque(maxlen=_KEPT)
        """Who asked for what, newest last."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one download."""
        fault = self._faults.for_download()
        response = await self._answer(request, fault)
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.downloads.append(Download(path=request.path, headers=headers, status=response.status))
        return response

    async def _answer(self, request: web.Request, fault: DownloadFault) -> web.StreamResponse:
        file = self._guild.attachments.get(request.match_info["id"])
        holds = self._guild.signer.holds(request.path, request.query)
        if file is None or not holds or file.filename != request.match_info["name"]:
            return web.Response(status=404, text=_GONE)
        if fault.fails_with is not None:
            return web.Response(status=fault.fails_with, text=_GONE)
        if fault.redirects_to is not None:
            return web.Response(status=302, headers={"Location": fault.redirects_to})
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "public",
            "Content-Type": file.content_type,
        }
        shows = file.content_type.startswith(("image/", "audio/", "video/"))
        if not shows or "svg" in file.content_type:
            headers["Content-Disposition"] = f'attachment; filename="{file.filename}"'
        if fault.is_plain:
            return web.Response(body=file.content, headers=headers)
        return await self._pieces(request, file.content, headers, fault)

    async def _pieces(
        self,
        request: web.Request,
        content: bytes,
        headers: dict[str, str],
        fault: DownloadFault,
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        if fault.more_bytes:
            content += bytes(fault.more_bytes)
        else:
            response.content_length = len(content)
        await response.prepare(request)
        whole = len(content) if fault.cut_after is None else min(fault.cut_after, len(content))
        try:
            for start in range(0, whole, _PIECE):
                await asyncio.sleep(fault.delay_s)
                await response.write(content[start : min(start + _PIECE, whole)])
        except ConnectionError:
            return response  # whoever asked has heard enough
        if fault.cut_after is not None and request.transport is not None:
            request.transport.abort()
        return response
