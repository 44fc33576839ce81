"""Fetches what people put into messages, from Discord's own CDN and from nowhere else.

An address is all that the CDN asks for: the bot's token is never sent there. It ends after a day;
then the message is read again, which brings a new one. No redirect is followed.
https://docs.discord.com/developers/reference#signed-attachment-cdn-urls
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from adapters.discord import phrases
from adapters.discord.calls import translated
from adapters.discord.shared_files import address, address_in, ends_at, place_of
from adapters.fields import Fields
from bot.errors import ChatRefused, ChatUnavailable, FileTooLarge, PlaceGone
from bot.messages import SharedFile
from bot.ports import Clock

_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_FILES = ("/attachments/", "/ephemeral-attachments/")
_TIMEOUT = aiohttp.ClientTimeout(total=60.0, sock_connect=10.0, sock_read=15.0)
_TOTAL_S = 90.0
_ATTEMPTS = 3
_PIECE = 64 * 1024
_SPARE = timedelta(seconds=30)

Reading = Callable[[str, str], Awaitable[Fields | None]]
"""Reads a message: its channel, its id; None where it is gone."""


class Downloads:
    """Fetches files.

    Args:
        read: reads the message that a file is in.
        api_url: where the REST API is; another host than Discord's own keeps its files itself.
        clock: time.
        timeout: of one attempt.
        total_s: seconds for all attempts at a file.
    """

    def __init__(
        self,
        read: Reading,
        *,
        api_url: str | None,
        clock: Clock,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
        total_s: float = _TOTAL_S,
    ) -> None:
        self._read = read
        self._api_url = api_url
        self._clock = clock
        self._timeout = timeout
        self._total_s = total_s

    async def fetch(self, file: SharedFile, *, most: int) -> bytes:
        """The bytes of a file.

        Args:
            file: which one.
            most: bytes; a larger file is refused while it is read.

        Raises:
            FileTooLarge: it has more bytes.
            PlaceGone: it was deleted.
            ChatRefused: it is not where Discord keeps files.
            ChatUnavailable: it did not come in time.
        """
        try:
            async with asyncio.timeout(self._total_s):
                return await self._patiently(file, most)
        except TimeoutError as error:
            raise ChatUnavailable(phrases.file_too_slow(file.name)) from error

    async def _patiently(self, file: SharedFile, most: int) -> bytes:
        url = self._checked(address(file), file)
        ends = ends_at(url)
        is_fresh = False
        if ends is not None and ends - _SPARE <= self._clock.now():
            url, is_fresh = await self._refreshed(file), True
        attempt = 0
        while True:
            try:
                return await self._once(url, file, most)
            except _GoneError as error:
                if is_fresh:
                    raise PlaceGone(phrases.file_gone(file.name)) from error
                url, is_fresh = await self._refreshed(file), True
            except (_LaterError, aiohttp.ClientError, OSError) as error:
                # A TimeoutError is an OSError: of one attempt, while the whole has time left.
                attempt += 1
                if attempt == _ATTEMPTS:
                    raise ChatUnavailable(phrases.file_not_to_be_had(file.name)) from error
                await self._clock.sleep(2.0 ** (attempt - 1))

    async def _refreshed(self, file: SharedFile) -> str:
        """The file's new address, from its message."""
        channel, message = place_of(file)
        found: Fields | None = None
        if channel:
            with translated("reading the message of a file"):
                found = await self._read(channel, message)
        url = address_in(found, file.id) if found is not None else ""
        if not url:
            raise PlaceGone(phrases.file_gone(file.name))
        return self._checked(url, file)

    def _checked(self, url: str, file: SharedFile) -> str:
        if not is_file_address(url, self._api_url):
            raise ChatRefused(phrases.file_elsewhere(file.name))
        return url

    async def _once(self, url: str, file: SharedFile, most: int) -> bytes:
        async with (
            # A session of its own: nothing of the bot's calls, not even a cookie, goes along.
            aiohttp.ClientSession(
                timeout=self._timeout, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            session.get(
                URL(url, encoded=True),
                headers={"Accept-Encoding": "identity"},
                allow_redirects=False,
            ) as response,
        ):
            return await _content(response, file, most)


class _GoneError(Exception):
    """The file is not there, or its address has ended."""


class _LaterError(Exception):
    """The CDN fails, or asks to come again."""


def is_file_address(url: str, api_url: str | None) -> bool:
    """Whether an address is where Discord keeps the files of messages.

    Args:
        url: where a file is said to be.
        api_url: where the REST API is, if it is not Discord's own.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        api = urlsplit(api_url or "")
        is_plain = parts.username is None and parts.password is None
        at_api = (parts.scheme, host, port) == (api.scheme, api.hostname, api.port)
    except ValueError:
        return False
    is_sound = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    if not (is_plain and is_sound) or ".." in parts.path:
        return False
    if at_api and api_url is not None:
        return any(each in parts.path for each in _FILES)
    is_cdn = parts.scheme == "https" and host in _HOSTS and port in {None, 443}
    return is_cdn and parts.path.startswith(_FILES)


async def _content(response: aiohttp.ClientResponse, file: SharedFile, most: int) -> bytes:
    match response.status:
        case 200:
            pass
        case 403 | 404 | 410:
            raise _GoneError
        case status if status == 429 or status >= 500:
            raise _LaterError
        case status if 300 <= status < 400:
            raise ChatRefused(phrases.file_elsewhere(file.name))
        case status:
            raise ChatRefused(phrases.file_refused(file.name, status))
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise _LaterError  # nobody asked for it packed, and unpacked it could be of any size
    if (response.content_length or 0) > most:
        raise FileTooLarge(phrases.file_too_large(file.name, most))
    content = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        content += piece
        if len(content) > most:
            raise FileTooLarge(phrases.file_too_large(file.name, most))
    return bytes(content)
