"""The Socket Mode connection: kept open, watched, and opened anew before the old one goes.

slack-sdk has a client of its own. It starts tasks that nobody owns, tries a revoked token for ever,
and closes the old connection before the new one is open; so the connection is held here, and
what comes over it goes to Bolt. https://docs.slack.dev/apis/events-api/using-socket-mode/
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import structlog

from adapters.fields import Fields, fields, text
from bot.errors import ChatError, ChatRefused
from bot.oddities import Oddities
from bot.ports import Clock

_log = structlog.get_logger(__name__)

PING_S = 10.0
"""How often the connection is tried; it counts as dead when half of that brings no answer."""

_STALE_S = 3 * PING_S
_HELLO_S = 15.0
_LEAVING_S = 30.0
_LONGEST_WAIT_S = 30.0
_LARGEST_FRAME = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledgement:
    """What an envelope is answered with.

    Args:
        payload: for commands and interactions that take one.
    """

    payload: Fields = field(default_factory=dict)


Deal = Callable[[Fields], Awaitable[Acknowledgement | None]]
"""Takes an envelope; None leaves it unacknowledged, so that Slack delivers it again."""


class Connection:
    """Brings the envelopes of Socket Mode.

    Args:
        session: the HTTP session.
        open_url: asks Slack for the address of a new connection.
        deal: what to do with an envelope; one task for each.
        clock: time.
        oddities: what was logged once.
        opened: called once envelopes arrive after a time in which none did, with how long that
            was (seconds); None for the first time.
        proxy: an HTTP proxy to go through.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        open_url: Callable[[], Awaitable[str]],
        deal: Deal,
        clock: Clock,
        oddities: Oddities,
        opened: Callable[[float | None], None] = lambda _: None,
        proxy: str | None = None,
    ) -> None:
        self._session = session
        self._open_url = open_url
        self._deal = deal
        self._clock = clock
        self._proxy = proxy
        self._lines: set[_Line] = set()
        self._oddities = oddities
        self._opened = opened
        self._heard_at: float | None = None
        """When the newest of the connections that are gone was last heard of."""

    @property
    def is_alive(self) -> bool:
        """Whether envelopes arrive: Slack said hello, and was heard of lately."""
        now = self._clock.monotonic()
        return any(line.is_greeted and now - line.heard_at < _STALE_S for line in self._lines)

    async def run(self) -> None:
        """Stay connected until cancelled.

        Raises:
            ChatRefused: Slack does not let us in, and will not.
        """
        refusal: ChatRefused | None = None
        async with asyncio.TaskGroup() as tasks:
            failures = 0
            while refusal is None:
                try:
                    line = await self._connect()
                except ChatRefused as error:
                    refusal = error
                    break
                except (ChatError, aiohttp.ClientError, OSError) as error:
                    _log.warning("slack.not_connected", reason=str(error) or type(error).__name__)
                else:
                    reading = tasks.create_task(self._read(line, tasks), name="slack-socket")
                    await line.is_ending.wait()
                    if line.was_greeted:
                        failures = 0
                    if not reading.done():
                        continue  # it is leaving, and may still bring something
                    _log.info("slack.disconnected")
                    if line.was_greeted:
                        continue
                wait_s = min(_LONGEST_WAIT_S, 2.0**failures) * random.uniform(0.5, 1.0)  # noqa: S311
                failures = min(failures + 1, 10)
                await self._clock.sleep(wait_s)
        if refusal is not None:
            raise refusal

    async def _connect(self) -> _Line:
        url = await self._open_url()
        socket = await self._session.ws_connect(
            url, heartbeat=PING_S, max_msg_size=_LARGEST_FRAME, proxy=self._proxy, autoping=False
        )
        return _Line(socket=socket, heard_at=self._clock.monotonic())

    async def _read(self, line: _Line, tasks: asyncio.TaskGroup) -> None:
        self._lines.add(line)
        try:
            async with line.socket, asyncio.timeout(_HELLO_S) as patience:
                async for frame in line.socket:
                    line.heard_at = self._clock.monotonic()
                    match frame.type:
                        case aiohttp.WSMsgType.PING:
                            await line.socket.pong(frame.data)
                        case aiohttp.WSMsgType.TEXT:
                            self._take(line, frame.data, tasks, patience)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            _log.info("slack.connection_broke", reason=str(error) or type(error).__name__)
        finally:
            if line.is_greeted:
                self._heard_at = max(self._heard_at or line.heard_at, line.heard_at)
            line.is_greeted = False
            self._lines.discard(line)
            # After this task is done: whoever waits for it looks whether it is.
            asyncio.get_running_loop().call_soon(line.is_ending.set)

    def _take(
        self, line: _Line, frame: str, tasks: asyncio.TaskGroup, patience: asyncio.Timeout
    ) -> None:
        try:
            message = fields(json.loads(frame))
        except (ValueError, RecursionError):
            self._oddities.note("a frame that is not JSON")
            return
        match kind := text(message, "type"):
            case "hello":
                if not any(other.is_greeted for other in self._lines):
                    heard_at = self._heard_at
                    self._opened(None if heard_at is None else line.heard_at - heard_at)
                line.is_greeted = line.was_greeted = True
                patience.reschedule(None)
                _log.info("slack.connected")
            case "disconnect":
                # Slack closes it soon; what is under way may still come and be acknowledged.
                _log.info("slack.refreshing", reason=text(message, "reason"))
                patience.reschedule(asyncio.get_running_loop().time() + _LEAVING_S)
                if line.was_greeted:  # else it was turned away, and the next may be as well
                    line.is_ending.set()
            case _ if text(message, "envelope_id"):
                tasks.create_task(self._answer(line, message), name="slack-envelope")
            case _:
                self._oddities.note(f"a frame of the type {kind[:60]!r}")

    async def _answer(self, line: _Line, envelope: Fields) -> None:
        acknowledgement = await self._deal(envelope)
        if acknowledgement is None:
            return
        answer: dict[str, object] = {"envelope_id": text(envelope, "envelope_id")}
        if acknowledgement.payload:
            answer["payload"] = acknowledgement.payload
        # By the connection it came by, or by any other when that is gone meanwhile.
        for candidate in (line, *self._lines):
            try:
                await candidate.socket.send_json(answer)
            except (aiohttp.ClientError, OSError):
                continue
            return
        _log.warning("slack.not_acknowledged", reason="the connection is gone")


@dataclass(kw_only=True, slots=True, eq=False)
class _Line:
    """One WebSocket."""

    socket: aiohttp.ClientWebSocketResponse
    heard_at: float
    is_greeted: bool = False
    was_greeted: bool = False
    is_ending: asyncio.Event = field(default_factory=asyncio.Event)
