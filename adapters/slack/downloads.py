"""Fetches what people put into messages, from where Slack keeps files and from nowhere else.

https://docs.slack.dev/reference/objects/file-object/#authentication: a file's private address wants
the bot's token. That token can do all that the app can, so it is shown to Slack's own hosts only,
and no redirect is followed to another. Who has no right to a file is not refused: Slack leads to
its sign-in page, which answers 200.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urljoin, urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.fields import Fields, fields, text
from adapters.slack import phrases
from adapters.slack.calls import Calls, SlackOptions, code_of, translated
from adapters.slack.files import GONE, address_of
from bot.errors import ChatRefused, ChatUnavailable, FileTooLarge, PlaceGone
from bot.messages import SharedFile
from bot.ports import Clock

_TOTAL_S = 90.0
_TIMEOUT = aiohttp.ClientTimeout(total=60.0, sock_connect=10.0, sock_read=15.0)
_ATTEMPTS = 3
_LONGEST_WAIT_S = 20.0
_REDIRECTS = 3
_PIECE = 64 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})
_HOSTS = frozenset({"slack-files.com", "files.slack-gov.com"})
_DOMAIN = ".slack.com"


class Downloads:
    """Fetches files.

    Args:
        options: how to reach the workspace.
        calls: the Web API.
        clock: time.
        timeout: of one attempt.
        total_s: seconds for all attempts at a file.
    """

    def __init__(
        self,
        options: SlackOptions,
        calls: Calls,
        clock: Clock,
        *,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
        total_s: float = _TOTAL_S,
    ) -> None:
        self._options = options
        self._calls = calls
        self._clock = clock
        self._timeout = timeout
        self._total_s = total_s

    async def fetch(self, file: SharedFile, *, most: int) -> bytes:
        """The bytes of a file.

        Args:
            file: which one; without an address Slack is asked for it.
            most: bytes; a larger file is refused while it is read.

        Raises:
            FileTooLarge: it has more bytes.
            PlaceGone: it was deleted.
            ChatRefused: it is not in Slack, or Slack does not give it.
            ChatUnavailable: it did not come in time.
        """
        if file.size > most:
            raise _too_large(file, most)
        try:
            async with asyncio.timeout(self._total_s):
                address = file.url or await self._address(file)
                return await self._patiently(file, address, most)
        except TimeoutError as error:
            raise ChatUnavailable(phrases.file_too_slow(file.name)) from error

    async def _address(self, file: SharedFile) -> str:
        client = (await self._calls.clients()).repeatable
        with translated("asking for a file"):
            try:
                answer = await client.files_info(file=file.id)
            except SlackApiError as error:
                if code_of(error) in {"file_deleted", "file_not_found"}:
                    raise PlaceGone(phrases.file_gone(file.name)) from error
                raise
        return _address_in(fields(answer.data, "file"), file)

    async def _patiently(self, file: SharedFile, address: str, most: int) -> bytes:
        for attempt in range(_ATTEMPTS):
            try:
                return await self._once(file, address, most)
            except _LaterError as error:
                if attempt == _ATTEMPTS - 1 or error.after_s > _LONGEST_WAIT_S:
                    raise ChatUnavailable(phrases.file_not_to_be_had(file.name)) from error
                await self._clock.sleep(error.after_s or 2.0**attempt)
            except (aiohttp.ClientError, OSError) as error:
                # A TimeoutError is an OSError: of one attempt, while the whole has time left.
                if attempt == _ATTEMPTS - 1:
                    raise ChatUnavailable(phrases.file_not_to_be_had(file.name)) from error
                await self._clock.sleep(2.0**attempt)
        raise AssertionError("unreachable")

    async def _once(self, file: SharedFile, address: str, most: int) -> bytes:
        for _ in range(_REDIRECTS + 1):
            async with self._asked(address, file) as response:
                if response.status not in _MOVED:
                    return await _read(response, file, most)
                address = urljoin(address, response.headers.get("Location", ""))
            if "redir" in parse_qs(urlsplit(address).query):
                raise ChatRefused(phrases.FILES_NOT_PERMITTED)
        raise ChatRefused(phrases.file_elsewhere(file.name))

    @asynccontextmanager
    async def _asked(self, address: str, file: SharedFile) -> AsyncIterator[aiohttp.ClientResponse]:
        if not is_file_address(address, self._options.api_url):
            raise ChatRefused(phrases.file_elsewhere(file.name))
        clients = await self._calls.clients()
        async with clients.session.get(
            address,
            headers={"Authorization": f"Bearer {self._options.bot_token}"},
            allow_redirects=False,
            timeout=self._timeout,
            proxy=clients.once.proxy,
        ) as response:
            yield response


class _LaterError(Exception):
    """Slack asks to come again.

    Args:
        after_s: when; 0 where it does not say.
    """

    def __init__(self, after_s: float = 0.0) -> None:
        super().__init__(after_s)
        self.after_s = after_s


def is_file_address(address: str, api_url: str) -> bool:
    """Whether the bot's token may be shown at an address.

    Args:
        address: where a file is said to be.
        api_url: where the Web API is; another host than Slack's own keeps its files itself.
    """
    try:
        parts, api = urlsplit(address), urlsplit(api_url)
        host, port = parts.hostname or "", parts.port
        is_plain = parts.username is None and parts.password is None
    except ValueError:
        return False
    if not is_plain or "\\" in address:
        return False
    if (parts.scheme, host, port) == (api.scheme, api.hostname, api.port):
        return True
    is_slacks = host in _HOSTS or host.endswith(_DOMAIN)
    return parts.scheme == "https" and is_slacks and port in {None, 443}


def _address_in(described: Fields, file: SharedFile) -> str:
    mode = text(described, "mode")
    if mode == GONE:
        raise PlaceGone(phrases.file_gone(file.name))
    if mode == "hidden_by_limit":
        raise ChatRefused(phrases.file_hidden(file.name))
    if address := address_of(described):
        return address
    raise ChatRefused(phrases.file_elsewhere(file.name))


async def _read(response: aiohttp.ClientResponse, file: SharedFile, most: int) -> bytes:
    match response.status:
        case 200:
            pass
        case 404 | 410:
            raise PlaceGone(phrases.file_gone(file.name))
        case 429:
            raise _LaterError(_seconds(response.headers.get("Retry-After", "")))
        case status if status >= 500:
            raise _LaterError
        case _:
            raise ChatRefused(phrases.FILES_NOT_PERMITTED)
    if _is_sign_in(response):
        raise ChatRefused(phrases.FILES_NOT_PERMITTED)
    if (response.content_length or 0) > most:
        raise _too_large(file, most)
    content = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > most:
            raise _too_large(file, most)
    return bytes(content)


def _is_sign_in(response: aiohttp.ClientResponse) -> bool:
    """Whether this is a page for people; a file of HTML comes as one to save."""
    disposition = response.headers.get("Content-Disposition", "")
    return response.content_type == "text/html" and not disposition.startswith("attachment")


def _seconds(header: str) -> float:
    try:
        return max(0.0, float(header))
    except ValueError:
        return 0.0


def _too_large(file: SharedFile, most: int) -> FileTooLarge:
    return FileTooLarge(phrases.file_too_large(file.name, most))
