"""Socket Mode: connections, envelopes, acknowledgements and redelivery.

https://docs.slack.dev/apis/events-api/using-socket-mode/ and, for the retries,
https://docs.slack.dev/apis/events-api/#retries
"""

import asyncio
import json
import logging
import secrets
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import aiohttp
from aiohttp import web

from playground.errors import AppDidNotRespondError
from playground.payload import Payload, dump
from playground.slack.options import PlaygroundOptions

MOST_CONNECTIONS = 10
_HOST = "applink-playground"
_TICKET_LIFETIME_S = 30.0
_LEAVE_AFTER_S = 10.0
_LOG_KEPT = 5000
_LARGEST_MESSAGE = 16 * 1024 * 1024

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Connection:
    """One open WebSocket of the app."""

    socket: web.WebSocketResponse
    transport: asyncio.WriteTransport | None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    outbox: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    is_leaving: bool = False

    def send(self, payload: Payload) -> None:
        """Put something on its way."""
        self.outbox.put_nowait(dump(payload))

    def hang_up(self) -> None:
        """Close it once everything before is sent."""
        self.outbox.put_nowait(None)


@dataclass(slots=True, kw_only=True, eq=False)
class Delivery:
    """One payload on its way to the app.

    ``attempts`` counts the times it was sent, or could not be.
    """

    kind: str
    payload: Payload
    attempts: int = 0
    is_acked: bool = False
    is_lost: bool = False
    reason: str = ""
    answer: asyncio.Future[Payload] | None = None
    timer: asyncio.TimerHandle | None = None
    envelope_id: str | None = None
    sent_to: Connection | None = None

    @property
    def is_event(self) -> bool:
        """Whether it is an event, which is delivered again until it is acknowledged."""
        return self.kind == "events_api"

    @property
    def event_type(self) -> str:
        """The event's type, or the interaction's."""
        inner = self.payload.get("event", self.payload)
        return str(inner.get("type", self.kind))


class SocketMode:
    """The app's connections and all that travels over them.

    Args:
        app_id: the app.
        options: the times: acknowledgement, retries, pings.
        changed: called when connections or deliveries change.
    """

    def __init__(
        self, app_id: str, options: PlaygroundOptions, changed: Callable[[], None]
    ) -> None:
        self._app_id = app_id
        self._options = options
        self._changed = changed
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._awaiting: dict[str, Delivery] = {}
        self._parked: deque[Delivery] = deque()
        self._timers: set[asyncio.TimerHandle] = set()
        self._turn = 0
        self._is_closed = False
        self.log: deque[Delivery] = deque(maxlen=_LOG_KEPT)

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def unacknowledged(self) -> int:
        """How many events were neither acknowledged nor given up."""
        return sum(1 for delivery in self.log if delivery.is_event and _is_open(delivery))

    def new_ticket(self) -> str:
        """Return what admits one connection, soon."""
        now = asyncio.get_running_loop().time()
        self._tickets = {ticket: until for ticket, until in self._tickets.items() if until > now}
        ticket = str(uuid.uuid4())
        self._tickets[ticket] = now + _TICKET_LIFETIME_S
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket connection."""
        if self._tickets.pop(request.query.get("ticket", ""), None) is None:
            return web.Response(status=404, text="unknown or used ticket")
        socket = web.WebSocketResponse(
            heartbeat=self._options.ping_interval_s, timeout=1.0, max_msg_size=_LARGEST_MESSAGE
        )
        await socket.prepare(request)
        transport = request.transport
        connection = Connection(
            socket, transport if isinstance(transport, asyncio.WriteTransport) else None
        )
        if len(self._connections) >= MOST_CONNECTIONS:
            await socket.send_str(dump(_disconnect("too_many_websockets")))
            await socket.close()
            return socket
        self._connections.append(connection)
        self._greet(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(_write(connection))
                await self._read(connection)
                writer.cancel()
        finally:
            self._connections.remove(connection)
            self._changed()
        return socket

    def deliver(self, event: Payload, *, held_s: float = 0.0) -> Delivery:
        """Send an event to the app, again and again until it is acknowledged.

        Args:
            event: the ``event_callback`` payload.
            held_s: seconds by which it comes late, so that later ones overtake it.
        """
        delivery = Delivery(kind="events_api", payload=event)
        self.log.append(delivery)
        if held_s:
            delivery.timer = self._later(held_s, partial(self._send_again, delivery))
        else:
            self._send(delivery)
        return delivery

    def redeliver(self, delivery: Delivery) -> None:
        """Send an event a second time although nothing went wrong."""
        twin = Delivery(kind=delivery.kind, payload=delivery.payload, attempts=1, reason="timeout")
        self.log.append(twin)
        self._send(twin)

    async def ask(self, kind: str, payload: Payload) -> Payload:
        """Send a command or an interaction and wait for the app's answer.

        Args:
            kind: ``slash_commands`` or ``interactive``.
            payload: what the person did.

        Returns:
            The payload of the acknowledgement, empty where it has none.

        Raises:
            AppDidNotRespondError: no connection is open, or no answer came in time.
        """
        answer: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
        delivery = Delivery(kind=kind, payload=payload, answer=answer)
        self.log.append(delivery)
        self._send(delivery)
        return await answer

    def drop(self) -> None:
        """Cut every connection off without a word."""
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abort()

    def refresh(self, reason: str = "refresh_requested") -> None:
        """Ask every connection to go and come back.

        Args:
            reason: ``warning`` announces it, ``refresh_requested`` means it.
        """
        for connection in self._connections:
            connection.send(_disconnect(reason))
            if reason == "refresh_requested":
                connection.is_leaving = True
                self._later(_LEAVE_AFTER_S, connection.hang_up)

    def close(self) -> None:
        """Stop all timers and hang up."""
        self._is_closed = True
        for timer in self._timers:
            timer.cancel()
        for delivery in self._awaiting.values():
            if delivery.answer is not None and not delivery.answer.done():
                delivery.answer.cancel()
        for connection in self._connections:
            connection.hang_up()

    def _greet(self, connection: Connection) -> None:
        connection.send(
            {
                "type": "hello",
                "num_connections": len(self._connections),
                "debug_info": {
                    "host": _HOST,
                    "build_number": 1,
                    "approximate_connection_time": 18060,
                },
                "connection_info": {"app_id": self._app_id},
            }
        )
        parked, self._parked = self._parked, deque()
        for delivery in parked:
            if delivery.timer is not None:
                self._cancel(delivery)
            self._send(delivery)
        self._changed()

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            try:
                answer = json.loads(message.data)
            except ValueError:
                _log.warning("the app sent what is not JSON: %.200r", message.data)
                continue
            if isinstance(answer, dict) and "envelope_id" in answer:
                self._acknowledge(answer)

    def _acknowledge(self, answer: Payload) -> None:
        # An envelope may be acknowledged on another connection than it came by: a client that
        # reconnects answers on the new one.
        delivery = self._awaiting.pop(str(answer["envelope_id"]), None)
        if delivery is None:
            return
        self._cancel(delivery)
        delivery.is_acked = True
        if delivery.answer is not None and not delivery.answer.done():
            delivery.answer.set_result(answer.get("payload") or {})
        self._changed()

    def _send(self, delivery: Delivery) -> None:
        connection = self._next_connection(delivery.sent_to)
        if connection is None:
            self._not_connected(delivery)
            return
        delivery.envelope_id = str(uuid.uuid4())
        delivery.sent_to = connection
        envelope: Payload = {
            "envelope_id": delivery.envelope_id,
            "type": delivery.kind,
            "accepts_response_payload": not delivery.is_event,
            "payload": delivery.payload,
        }
        if delivery.is_event:
            envelope["retry_attempt"] = delivery.attempts
            envelope["retry_reason"] = delivery.reason
        self._awaiting[delivery.envelope_id] = delivery
        delivery.attempts += 1
        delivery.timer = self._later(
            self._options.ack_timeout_s, partial(self._timed_out, delivery)
        )
        connection.send(envelope)

    def _next_connection(self, last: Connection | None) -> Connection | None:
        able = [one for one in self._connections if not one.is_leaving]
        others = [one for one in able if one is not last] or able
        if not others:
            return None
        self._turn += 1
        return others[self._turn % len(others)]

    def _timed_out(self, delivery: Delivery) -> None:
        self._awaiting.pop(delivery.envelope_id or "", None)
        delivery.timer = None
        delivery.reason = "timeout"
        if not delivery.is_event:
            self._give_up(delivery)
            return
        delays = self._options.retry_delays_s
        if delivery.attempts > len(delays):
            self._give_up(delivery)
            return
        delivery.timer = self._later(
            delays[delivery.attempts - 1], partial(self._send_again, delivery)
        )
        self._changed()

    def _send_again(self, delivery: Delivery) -> None:
        delivery.timer = None
        self._send(delivery)

    def _not_connected(self, delivery: Delivery) -> None:
        if not delivery.is_event:
            self._give_up(delivery)
            return
        delivery.attempts = max(1, delivery.attempts)
        delivery.reason = delivery.reason or "connection_failed"
        self._parked.append(delivery)
        delivery.timer = self._later(
            self._options.undelivered_s, partial(self._parked_too_long, delivery)
        )

    def _parked_too_long(self, delivery: Delivery) -> None:
        delivery.timer = None
        self._parked.remove(delivery)
        self._give_up(delivery)

    def _give_up(self, delivery: Delivery) -> None:
        delivery.is_lost = True
        if delivery.answer is not None and not delivery.answer.done():
            delivery.answer.set_exception(
                AppDidNotRespondError(f"{delivery.event_type}: the app did not respond")
            )
        self._changed()

    def _later(self, delay_s: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        def due() -> None:
            self._timers.discard(timer)
            if not self._is_closed:
                call()

        timer = asyncio.get_running_loop().call_later(delay_s, due)
        self._timers.add(timer)
        return timer

    def _cancel(self, delivery: Delivery) -> None:
        if delivery.timer is not None:
            delivery.timer.cancel()
            self._timers.discard(delivery.timer)
            delivery.timer = None


def _is_open(delivery: Delivery) -> bool:
    return not (delivery.is_acked or delivery.is_lost)


def _disconnect(reason: str) -> Payload:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}


async def _write(connection: Connection) -> None:
    while (text := await connection.outbox.get()) is not None:
        try:
            await connection.socket.send_str(text)
        except ConnectionError:
            # The reader notices as well and ends the connection; what was not acknowledged
            # is sent again.
            return
    await connection.socket.close()
