"""A bare Socket Mode connection, which acknowledges only what a test wants acknowledged."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from playground.slack.slack import PlaygroundSlack


class Listener:
    """One connection.

    Args:
        socket: the WebSocket.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def next(self) -> dict[str, Any]:
        """Return the next message that Slack sends."""
        message: dict[str, Any] = await self._socket.receive_json(timeout=5)
        return message

    async def next_type(self) -> aiohttp.WSMsgType:
        """Return what sort of frame comes next."""
        return (await self._socket.receive(timeout=5)).type

    async def acknowledge(self, envelope: dict[str, Any], payload: Any = None) -> None:
        """Acknowledge an envelope, with a payload where one is given."""
        answer = {"envelope_id": envelope["envelope_id"]}
        if payload is not None:
            answer["payload"] = payload
        await self._socket.send_json(answer)

    async def send_text(self, text: str) -> None:
        """Send anything."""
        await self._socket.send_str(text)

    async def close(self) -> None:
        """Hang up."""
        await self._socket.close()


@asynccontextmanager
async def listen(slack: PlaygroundSlack) -> AsyncIterator[tuple[Listener, dict[str, Any]]]:
    """Open a connection.

    Yields:
        The connection and the hello that it began with.
    """
    headers = {"Authorization": f"Bearer {slack.app_token}"}
    async with aiohttp.ClientSession() as session:
        async with session.post(slack.api_url + "apps.connections.open", headers=headers) as answer:
            url = (await answer.json())["url"]
        async with session.ws_connect(url) as socket:
            listener = Listener(socket)
            yield listener, await listener.next()
