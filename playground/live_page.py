"""The page's WebSocket, whatever the platform: who looks, what they are told and what they ask."""

import asyncio
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from playground.errors import NotPossibleError, PlaygroundError
from playground.fault_switches import FaultSwitches
from playground.payload import Payload, dump
from playground.record import Call, CallT, Record

_CALLS_SHOWN = 200

_log = logging.getLogger(__name__)

PersonT = TypeVar("PersonT")
PersonT_co = TypeVar("PersonT_co", covariant=True)


class Shown(Protocol[PersonT_co, CallT]):
    """A platform that a page can show."""

    @property
    def record(self) -> Record[CallT]:
        """The calls of the app."""

    @property
    def faults(self) -> FaultSwitches:
        """What goes wrong on purpose."""

    @property
    def connections(self) -> int:
        """How many connections the app has open."""

    def person_with_id(self, user_id: str) -> PersonT_co:
        """The person with that id."""

    def on_connections(self, told: Callable[[], None]) -> Callable[[], None]:
        """Tell ``told`` whenever a connection opens or closes; the answer ends it."""


class Looker(ABC, Generic[PersonT, CallT]):
    """One open page.

    Args:
        shown: the platform that it shows.
        socket: the page's.
    """

    _verbs: Mapping[str, Callable[[PersonT, Payload], Awaitable[Payload]]]
    """What a person can do through the page."""

    def __init__(self, shown: Shown[PersonT, CallT], socket: web.WebSocketResponse) -> None:
        self._shown = shown
        self._socket = socket
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._connections = -1

    def hang_up(self) -> None:
        """End it once everything before is sent."""
        self._outbox.put_nowait(None)

    async def run(self) -> None:
        """Tell the page everything, and do what it asks, until it goes."""
        shown = self._shown
        self._put(self._hello())
        endings = [
            self._watch(),
            shown.record.subscribe(self._called),
            shown.faults.subscribe(lambda state: self._put({"event": "fault", **state})),
            shown.on_connections(self._connected),
        ]
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write())
                async for message in self._socket:
                    if message.type is WSMsgType.TEXT:
                        tasks.create_task(self._answer(message.data))
                writer.cancel()
        finally:
            for end in endings:
                end()

    @abstractmethod
    def _hello(self) -> Payload:
        """What a page is told first."""

    @abstractmethod
    def _watch(self) -> Callable[[], None]:
        """Tell the page of what changes; the answer ends it."""

    def _put(self, payload: Payload) -> None:
        self._outbox.put_nowait(dump(payload))

    async def _write(self) -> None:
        while (text := await self._outbox.get()) is not None:
            try:
                await self._socket.send_str(text)
            except ConnectionError:
                return
        await self._socket.close()

    async def _answer(self, text: str) -> None:
        try:
            asked = json.loads(text)
        except ValueError:
            _log.warning("the page sent what is not JSON: %.200r", text)
            return
        if not isinstance(asked, dict):
            _log.warning("the page sent no object: %.200r", text)
            return
        reply = {"reply": asked.get("id")}
        try:
            answer = await self._do(asked)
        except PlaygroundError as error:
            self._put({**reply, "ok": False, "error": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            self._put({**reply, "ok": False, "error": f"not understood: {error!r}"})
        else:
            self._put({**reply, "ok": True, **answer})

    async def _do(self, asked: Payload) -> Payload:
        verb = asked["do"]
        if verb == "fault":
            return self._fault(asked)
        if verb == "calls":
            calls = self._shown.record.last(_CALLS_SHOWN)
            return {"calls": [call.page_payload() for call in calls]}
        if verb not in self._verbs:
            raise NotPossibleError(f"the playground cannot {verb}")
        return await self._verbs[verb](self._shown.person_with_id(asked["as"]), asked)

    def _fault(self, asked: Payload) -> Payload:
        if asked["on"]:
            self._shown.faults.turn_on(asked["kind"], **(asked.get("options") or {}))
        else:
            self._shown.faults.turn_off(asked["kind"])
        return {}

    def _called(self, call: Call) -> None:
        self._put({"event": "call", **call.page_payload()})

    def _connected(self) -> None:
        connections = self._shown.connections
        if connections != self._connections:
            self._connections = connections
            self._put({"event": "bot", "connected": connections > 0, "connections": connections})


class LivePage(ABC):
    """Serves whoever looks at a platform."""

    def __init__(self) -> None:
        self._lookers: set[Looker[Any, Any]] = set()

    def close(self) -> None:
        """Hang up on everybody."""
        for looker in self._lookers:
            looker.hang_up()

    @abstractmethod
    def _looker(self, socket: web.WebSocketResponse) -> Looker[Any, Any]:
        """One more who looks."""

    async def _live(self, request: web.Request) -> web.StreamResponse:
        same_origin(request)
        socket = web.WebSocketResponse(heartbeat=20.0, timeout=1.0)
        await socket.prepare(request)
        looker = self._looker(socket)
        self._lookers.add(looker)
        try:
            await looker.run()
        finally:
            self._lookers.discard(looker)
        return socket


def same_origin(request: web.Request) -> None:
    """Refuse what another site's page asks for in a person's browser.

    Raises:
        HTTPForbidden: it comes from elsewhere.
    """
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="the playground's own page only")
