"""Raw REST calls and a bare gateway connection, without discord.py in between."""

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from playground.discord.discord import PlaygroundDiscord
from playground.discord.intents import Intent

EVERYTHING = int(
    Intent.GUILDS
    | Intent.GUILD_MEMBERS
    | Intent.GUILD_MESSAGES
    | Intent.GUILD_MESSAGE_REACTIONS
    | Intent.GUILD_MESSAGE_TYPING
    | Intent.DIRECT_MESSAGES
    | Intent.DIRECT_MESSAGE_REACTIONS
    | Intent.DIRECT_MESSAGE_TYPING
    | Intent.MESSAGE_CONTENT
)


class Rest:
    """Calls routes and returns what came back.

    Args:
        discord: where.
        session: the HTTP client.
    """

    def __init__(self, discord: PlaygroundDiscord, session: aiohttp.ClientSession) -> None:
        self._discord = discord
        self.session = session
        self.headers: dict[str, str] = {}
        self.status = 0

    async def __call__(
        self, http: str, path: str, body: Any = None, *, token: str | None = None, **request: Any
    ) -> Any:
        """Call a route, as the bot unless a token is given; an empty one sends none."""
        token = self._discord.bot_token if token is None else token
        headers = {"Authorization": f"Bot {token}"} if token else {}
        if body is not None:
            request["json"] = body
        url = self._discord.api_url + path
        async with self.session.request(http, url, headers=headers, **request) as answer:
            self.headers, self.status = dict(answer.headers), answer.status
            if answer.headers.get("Content-Type") != "application/json":
                return await answer.text()
            return await answer.json()

    async def get(self, path: str, **query: str) -> Any:
        """Get something."""
        return await self("GET", path, params=query)

    async def post(self, path: str, **body: Any) -> Any:
        """Create something."""
        return await self("POST", path, body)

    async def patch(self, path: str, **body: Any) -> Any:
        """Change something."""
        return await self("PATCH", path, body)

    async def put(self, path: str, body: Any = None) -> Any:
        """Put something."""
        return await self("PUT", path, body)

    async def delete(self, path: str) -> Any:
        """Delete something."""
        return await self("DELETE", path)


class Wire:
    """One gateway connection.

    Args:
        socket: the WebSocket.
        is_compressed: whether it was opened with ``zlib-stream``.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, is_compressed: bool) -> None:
        self._socket = socket
        self._inflate = zlib.decompressobj() if is_compressed else None
        self.seq: int | None = None

    async def next(self) -> dict[str, Any]:
        """Return the next message."""
        frame = await self._socket.receive(timeout=5)
        if frame.type is aiohttp.WSMsgType.BINARY and self._inflate is not None:
            assert frame.data.endswith(b"\x00\x00\xff\xff")
            text = self._inflate.decompress(frame.data).decode()
        else:
            assert frame.type is aiohttp.WSMsgType.TEXT, frame
            text = frame.data
        message: dict[str, Any] = json.loads(text)
        if message["s"] is not None:
            self.seq = message["s"]
        return message

    async def event(self, name: str) -> dict[str, Any]:
        """Return the data of the next event with that name."""
        while True:
            message = await self.next()
            if message["t"] == name:
                data: dict[str, Any] = message["d"]
                return data

    async def events_until(self, name: str) -> list[str]:
        """Return the names of the events up to the next one with that name."""
        names: list[str] = []
        while not names or names[-1] != name:
            names.append((await self.next())["t"])
        return names

    async def op(self, op: int) -> dict[str, Any]:
        """Return the next message with that opcode."""
        while True:
            message = await self.next()
            if message["op"] == op:
                return message

    async def send(self, op: int, data: Any = None) -> None:
        """Send a message."""
        await self._socket.send_json({"op": op, "d": data})

    async def send_text(self, text: str) -> None:
        """Send anything."""
        await self._socket.send_str(text)

    async def closed_with(self) -> int | None:
        """Return the code that the gateway closes the connection with."""
        while not self._socket.closed:
            frame = await self._socket.receive(timeout=5)
            if frame.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                break
        return self._socket.close_code

    async def close(self, code: int = 4000) -> None:
        """Hang up."""
        await self._socket.close(code=code)

    async def identify(self, token: str, intents: int = EVERYTHING) -> dict[str, Any]:
        """Identify, and return what READY says."""
        await self.send(2, {"token": token, "intents": intents, "properties": {}})
        return await self.event("READY")


@asynccontextmanager
async def connect(discord: PlaygroundDiscord, query: str = "v=10") -> AsyncIterator[Wire]:
    """Open a gateway connection, which has not said anything yet."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{discord.gateway_url}?{query}") as socket,
    ):
        yield Wire(socket, is_compressed="compress=zlib-stream" in query)


@asynccontextmanager
async def identified(
    discord: PlaygroundDiscord, intents: int = EVERYTHING
) -> AsyncIterator[tuple[Wire, dict[str, Any]]]:
    """Open a gateway connection and identify.

    Yields:
        The connection, past its greeting, and what READY said.
    """
    async with connect(discord) as wire:
        await wire.op(10)
        ready = await wire.identify(discord.bot_token, intents)
        if intents & Intent.GUILDS:
            await wire.event("GUILD_CREATE")
        yield wire, ready
