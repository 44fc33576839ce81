"""The gateway: connections, sessions, heartbeats, resumption and what is sent to whom.

https://discord.com/developers/docs/events/gateway
"""

import asyncio
import json
import logging
import secrets
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum

import aiohttp
from aiohttp import web

from playground.discord.intents import KNOWN, Intent
from playground.discord.options import DiscordOptions
from playground.payload import Payload, dump

_LARGEST_MESSAGE = 4096
_SENT_PER_MINUTE = 120
_LEAVE_AFTER_S = 10.0
_LOG_KEPT = 5_000
_SESSION_STARTS = 1_000

_log = logging.getLogger(__name__)


_ACK_AFTER_S = 0.02


class Op(IntEnum):
    """The gateway's opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    REQUEST_SOUNDBOARD_SOUNDS = 31


class Close(IntEnum):
    """The codes that the gateway closes a connection with."""

    NORMAL = 1000
    GOING_AWAY = 1001
    UNKNOWN_ERROR = 4000
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQ = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    SHARDING_REQUIRED = 4011
    INVALID_API_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


_REASONS = {
    Close.UNKNOWN_ERROR: "Unknown error.",
    Close.UNKNOWN_OPCODE: "Unknown opcode.",
    Close.DECODE_ERROR: "Error while decoding payload.",
    Close.NOT_AUTHENTICATED: "Not authenticated.",
    Close.AUTHENTICATION_FAILED: "Authentication failed.",
    Close.ALREADY_AUTHENTICATED: "Already authenticated.",
    Close.INVALID_SEQ: "Invalid seq.",
    Close.RATE_LIMITED: "You are being rate limited.",
    Close.SESSION_TIMED_OUT: "Session timed out.",
    Close.INVALID_SHARD: "Invalid shard.",
    Close.SHARDING_REQUIRED: "Sharding required.",
    Close.INVALID_API_VERSION: "Invalid API version.",
    Close.INVALID_INTENTS: "Invalid intent(s).",
    Close.DISALLOWED_INTENTS: "Disallowed intent(s).",
}


class _CloseError(Exception):
    """The connection must be closed with a code."""

    def __init__(self, code: Close) -> None:
        super().__init__(_REASONS.get(code, ""))
        self.code = code


@dataclass(slots=True, eq=False, kw_only=True)
class Session:
    """What an identified app is owed: it outlives its connection for a while."""

    id: str
    intents: Intent
    seq: int = 0
    sent: deque[tuple[int, str]]
    connection: "Connection | None" = None
    expiry: asyncio.TimerHandle | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Connection:
    """One open WebSocket of the app."""

    socket: web.WebSocketResponse
    transport: asyncio.WriteTransport | None
    compressor: "zlib._Compress | None"
    outbox: asyncio.Queue[str | Close] = field(default_factory=asyncio.Queue)
    session: Session | None = None
    heartbeat_due: asyncio.TimerHandle | None = None
    received: deque[float] = field(default_factory=deque)

    def send(self, op: Op, data: object = None) -> None:
        """Put something on its way that is no event."""
        self.outbox.put_nowait(dump({"t": None, "s": None, "op": int(op), "d": data}))

    def close(self, code: Close) -> None:
        """Close it once everything before is sent."""
        self.outbox.put_nowait(code)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """An event that the app was owed.

    Args:
        name: such as ``MESSAGE_CREATE``.
        data: its payload, with all content.
        sessions: how many sessions asked for it.
    """

    name: str
    data: Payload
    sessions: int


class Gateway:
    """The app's connections and all that travels over them.

    Args:
        token: the bot's token.
        url: where it is served.
        options: the times.
        granted: the intents that the app may ask for.
        ready: returns what READY tells about the app, without the session.
        greet: returns the events that follow READY, for these intents.
        members: returns the chunk that answers a request for members.
        changed: called when connections change.
    """

    def __init__(
        self,
        *,
        token: str,
        url: str,
        options: DiscordOptions,
        granted: Intent,
        ready: Callable[[], Payload],
        greet: Callable[[Intent], Iterable[tuple[str, Payload]]],
        members: Callable[[Payload, Intent], Payload],
        changed: Callable[[], None],
    ) -> None:
        self._token = token
        self._url = url
        self._options = options
        self._granted = granted
        self._ready = ready
        self._greet = greet
        self._members = members
        self._changed = changed
        self._connections: list[Connection] = []
        self._sessions: dict[str, Session] = {}
        self.identified = 0
        self.resumed = 0
        self.log: deque[Event] = deque(maxlen=_LOG_KEPT)

    @property
    def connections(self) -> int:
        """How many connections are open and identified."""
        return sum(1 for one in self._connections if one.session is not None)

    @property
    def sessions(self) -> int:
        """How many sessions are connected or can be resumed."""
        return len(self._sessions)

    @property
    def session_starts_left(self) -> int:
        """How often the app may still identify today."""
        return max(0, _SESSION_STARTS - self.identified)

    @property
    def most_session_starts(self) -> int:
        """How often an app may identify in a day."""
        return _SESSION_STARTS

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket connection."""
        # Compression is the gateway's own, on top of the protocol's; both would be a waste.
        socket = web.WebSocketResponse(
            compress=False, timeout=1.0, autoping=True, max_msg_size=_LARGEST_MESSAGE * 4
        )
        await socket.prepare(request)
        transport = request.transport
        is_compressed = request.query.get("compress") == "zlib-stream"
        connection = Connection(
            socket=socket,
            transport=transport if isinstance(transport, asyncio.WriteTransport) else None,
            compressor=zlib.compressobj() if is_compressed else None,
        )
        self._connections.append(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(_write(connection))
                self._hello(connection, request)
                await self._read(connection)
                writer.cancel()
        finally:
            self._gone(connection)
        return socket

    def dispatch(
        self,
        name: str,
        needs: Intent,
        data: Payload,
        *,
        blank: Callable[[], Payload] | None = None,
    ) -> None:
        """Send an event to every session that asked for it.

        Args:
            name: the event's name.
            needs: intents of which one must have been asked for; none for all sessions.
            data: the payload.
            blank: returns the payload for those without the message-content intent, if it
                differs.
        """
        full_text: str | None = None
        blank_text: str | None = None
        count = 0
        for session in self._sessions.values():
            if needs and not session.intents & needs:
                continue
            count += 1
            if blank is not None and not session.intents & Intent.MESSAGE_CONTENT:
                blank_text = dump(blank()) if blank_text is None else blank_text
                self._send(session, name, blank_text)
            else:
                full_text = dump(data) if full_text is None else full_text
                self._send(session, name, full_text)
        self.log.append(Event(name=name, data=data, sessions=count))

    def drop(self) -> None:
        """Cut every connection off without a word."""
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.abort()

    def reconnect(self) -> None:
        """Ask every connection to go and resume on another."""
        for connection in self._connections:
            connection.send(Op.RECONNECT)

    def invalidate(self, *, is_resumable: bool) -> None:
        """Tell every connection that its session is invalid.

        Args:
            is_resumable: whether it can be resumed all the same.
        """
        for connection in self._connections:
            if not is_resumable and connection.session is not None:
                self._forget(connection.session)
            connection.send(Op.INVALID_SESSION, is_resumable)
        self._changed()

    def forget_sessions(self) -> None:
        """Cut every connection off and forget its session, so that none can be resumed."""
        for session in tuple(self._sessions.values()):
            self._forget(session)
        self.drop()

    def hang_up(self, code: int) -> None:
        """Close every connection with a code.

        Args:
            code: one of `Close`.
        """
        for connection in self._connections:
            connection.close(Close(code))

    def close(self) -> None:
        """Stop all timers and hang up."""
        for session in tuple(self._sessions.values()):
            if session.expiry is not None:
                session.expiry.cancel()
        for connection in self._connections:
            if connection.heartbeat_due is not None:
                connection.heartbeat_due.cancel()
                connection.heartbeat_due = None
            connection.close(Close.GOING_AWAY)

    # the connection's side

    def _hello(self, connection: Connection, request: web.Request) -> None:
        if request.query.get("v", "10") not in ("9", "10"):
            connection.close(Close.INVALID_API_VERSION)
            return
        connection.send(
            Op.HELLO,
            {"heartbeat_interval": int(self._options.heartbeat_interval_s * 1000), "_trace": []},
        )
        self._expect_heartbeat(connection)

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            try:
                self._count(connection)
                self._take(connection, _decoded(message))
            except _CloseError as error:
                connection.close(error.code)

    def _take(self, connection: Connection, message: Payload) -> None:
        op, data = message.get("op"), message.get("d")
        match op:
            case Op.HEARTBEAT:
                self._expect_heartbeat(connection)
                # No network is as fast as this machine: discord.py takes an answer that comes
                # before it has noted that it asked for one that took a whole interval.
                asyncio.get_running_loop().call_later(
                    _ACK_AFTER_S, connection.send, Op.HEARTBEAT_ACK
                )
            case Op.IDENTIFY if isinstance(data, dict):
                self._identify(connection, data)
            case Op.RESUME if isinstance(data, dict):
                self._resume(connection, data)
            case Op.IDENTIFY | Op.RESUME:
                raise _CloseError(Close.DECODE_ERROR)
            case _ if connection.session is None:
                raise _CloseError(Close.NOT_AUTHENTICATED)
            case Op.REQUEST_GUILD_MEMBERS if isinstance(data, dict):
                intents = connection.session.intents
                chunk = self._members(data, intents)
                self._send(connection.session, "GUILD_MEMBERS_CHUNK", dump(chunk))
            case Op.PRESENCE_UPDATE | Op.VOICE_STATE_UPDATE | Op.REQUEST_SOUNDBOARD_SOUNDS:
                pass
            case _:
                raise _CloseError(Close.UNKNOWN_OPCODE)

    def _identify(self, connection: Connection, data: Payload) -> None:
        if connection.session is not None:
            raise _CloseError(Close.ALREADY_AUTHENTICATED)
        if not self._is_token(data.get("token")):
            raise _CloseError(Close.AUTHENTICATION_FAILED)
        intents = data.get("intents")
        if not isinstance(intents, int) or isinstance(intents, bool) or intents & ~int(KNOWN):
            raise _CloseError(Close.INVALID_INTENTS)
        if intents & ~self._granted:
            raise _CloseError(Close.DISALLOWED_INTENTS)
        shard = data.get("shard")
        if shard is not None and shard != [0, 1]:
            raise _CloseError(Close.INVALID_SHARD)
        session = Session(
            id=secrets.token_hex(16),
            intents=Intent(intents),
            sent=deque(maxlen=self._options.replay_kept),
            connection=connection,
        )
        self._sessions[session.id] = session
        connection.session = session
        self.identified += 1
        ready = self._ready() | {"session_id": session.id, "resume_gateway_url": self._url}
        if shard is not None:
            ready["shard"] = shard
        self._send(session, "READY", dump(ready))
        for name, payload in self._greet(session.intents):
            self._send(session, name, dump(payload))
        self._changed()

    def _resume(self, connection: Connection, data: Payload) -> None:
        if connection.session is not None:
            raise _CloseError(Close.ALREADY_AUTHENTICATED)
        if not self._is_token(data.get("token")):
            raise _CloseError(Close.AUTHENTICATION_FAILED)
        session = self._sessions.get(str(data.get("session_id")))
        seq = data.get("seq")
        if session is None or not isinstance(seq, int):
            connection.send(Op.INVALID_SESSION, False)
            return
        if seq > session.seq:
            raise _CloseError(Close.INVALID_SEQ)
        missed = [text for number, text in session.sent if number > seq]
        if len(missed) < session.seq - seq:
            self._forget(session)
            connection.send(Op.INVALID_SESSION, False)
            return
        if session.connection is not None:
            session.connection.session = None
            session.connection.close(Close.UNKNOWN_ERROR)
        if session.expiry is not None:
            session.expiry.cancel()
            session.expiry = None
        session.connection, connection.session = connection, session
        self.resumed += 1
        for text in missed:
            connection.outbox.put_nowait(text)
        self._send(session, "RESUMED", dump({"_trace": []}))
        self._changed()

    def _is_token(self, given: object) -> bool:
        return isinstance(given, str) and given.removeprefix("Bot ") == self._token

    def _send(self, session: Session, name: str, data: str) -> None:
        session.seq += 1
        text = f'{{"t":"{name}","s":{session.seq},"op":0,"d":{data}}}'
        session.sent.append((session.seq, text))
        if session.connection is not None:
            session.connection.outbox.put_nowait(text)

    def _gone(self, connection: Connection) -> None:
        self._connections.remove(connection)
        if connection.heartbeat_due is not None:
            connection.heartbeat_due.cancel()
        session = connection.session
        if session is not None and session.connection is connection:
            session.connection = None
            if connection.socket.close_code in (Close.NORMAL, Close.GOING_AWAY):
                # Whoever says goodbye does not come back for more.
                self._forget(session)
            else:
                session.expiry = asyncio.get_running_loop().call_later(
                    self._options.resume_window_s, self._expire, session
                )
        self._changed()

    def _expire(self, session: Session) -> None:
        self._forget(session)
        self._changed()

    def _forget(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        if session.expiry is not None:
            session.expiry.cancel()
            session.expiry = None
        if session.connection is not None:
            session.connection.session = None
            session.connection = None

    def _expect_heartbeat(self, connection: Connection) -> None:
        if connection.heartbeat_due is not None:
            connection.heartbeat_due.cancel()
        connection.heartbeat_due = asyncio.get_running_loop().call_later(
            self._options.heartbeat_interval_s * 1.5, connection.close, Close.SESSION_TIMED_OUT
        )

    def _count(self, connection: Connection) -> None:
        now = asyncio.get_running_loop().time()
        received = connection.received
        received.append(now)
        while received[0] < now - 60.0:
            received.popleft()
        if len(received) > _SENT_PER_MINUTE:
            raise _CloseError(Close.RATE_LIMITED)


def _decoded(frame: aiohttp.WSMessage) -> Payload:
    if frame.type is not aiohttp.WSMsgType.TEXT or len(frame.data) > _LARGEST_MESSAGE:
        raise _CloseError(Close.DECODE_ERROR)
    try:
        message = json.loads(frame.data)
    except ValueError:
        raise _CloseError(Close.DECODE_ERROR) from None
    if not isinstance(message, dict):
        raise _CloseError(Close.DECODE_ERROR)
    return message


async def _write(connection: Connection) -> None:
    while isinstance(item := await connection.outbox.get(), str):
        try:
            if connection.compressor is None:
                await connection.socket.send_str(item)
            else:
                packed = connection.compressor.compress(item.encode())
                packed += connection.compressor.flush(zlib.Z_SYNC_FLUSH)
                await connection.socket.send_bytes(packed)
        except ConnectionError:
            # The reader notices as well and ends the connection; the session keeps the rest.
            return
    await connection.socket.close(code=item, message=_REASONS.get(item, "").encode())
