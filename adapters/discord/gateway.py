"""The gateway: a client of discord.py that stays connected and hands on what comes.

discord.py keeps the heart beating, resumes, unpacks, and knows servers and channels. What is
different here from its plain client:

- The addresses belong to one client: `Route.BASE` and `DiscordWebSocket.DEFAULT_GATEWAY`, which
  belong to the process, stay as they are, so that two adapters can go to two places.
- What comes is handed on as it came, in order and by no task of discord.py's own. A payload that
  discord.py cannot read costs a line in the log: in its plain client it ends the connection.
- A connection that fails before it was ever ready is tried again with growing pauses: the plain
  client ends with an AttributeError where the very first one fails, and does not wait where the
  gateway takes a connection and closes it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Protocol

import aiohttp
import discord
import structlog
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import HTTPClient, Ratelimit, Route
from discord.state import ConnectionState

from adapters.discord.calls import LONGEST_WAIT_S
from adapters.discord.options import DiscordOptions
from adapters.discord.pace import Pace
from adapters.discord.windows import Window
from adapters.fenced import fenced
from adapters.fields import Fields, fields
from bot.errors import ChatRefused
from bot.oddities import Oddities
from bot.ports import Clock

_log = structlog.get_logger(__name__)

# What discord.py says of its own accord stays out of the log below this.
logging.getLogger("discord").setLevel(logging.WARNING)
discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False

RAW = frozenset(
    {
        "INTERACTION_CREATE",
        "MESSAGE_CREATE",
        "MESSAGE_DELETE",
        "MESSAGE_DELETE_BULK",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_UPDATE",
    }
)
"""The events that are handed on; discord.py itself reads the others."""

_HANDSHAKE_S = 60.0
_PATIENCE = aiohttp.ClientTimeout(total=30.0)
"""How long one HTTP request may take; by itself it would wait five minutes on a dead connection."""

_LONGEST_PAUSE_S = 60.0
_STEADY_S = 30.0
_GUILDS_S = 1.0
"""How long the last of the servers is waited for at the start."""

_INTENTS_REFUSED = 4014
_FATAL = {
    4004: (
        "DISCORD_BOT_TOKEN is not accepted: copy the token of the bot from the application's page "
        "Bot in the developer portal."
    ),
    4010: "Discord refuses the connection (4010, invalid shard).",
    4011: "Discord refuses the connection (4011): the bot is in too many servers for one process.",
    4012: "Discord refuses the connection (4012): this version of the API is not served any more.",
    4013: "Discord refuses the connection (4013, invalid intents).",
}


class IntentsRefused(Exception):
    """The application has not the privileged intents that were asked for."""


class Receiver(Protocol):
    """Takes what comes over the gateway. Nothing here waits."""

    def take(self, event: str, data: Fields) -> None:
        """An event of `RAW`."""

    def session_begun(self) -> None:
        """A new session: what came before it and was not received will not come."""

    def session_paused(self) -> None:
        """Nothing comes for now."""

    def guild_seen(self, guild: discord.Guild) -> None:
        """A server with its channels and threads is known."""


class Gateway(discord.Client):
    """A connection to Discord.

    Args:
        options: where to.
        reads_all: whether to ask for the privileged intent MESSAGE CONTENT.
        oddities: what was logged once.
        clock: time.
    """

    def __init__(
        self,
        options: DiscordOptions,
        *,
        reads_all: bool,
        oddities: Oddities,
        clock: Clock,
    ) -> None:
        self._options = options
        self._oddities = oddities
        self._clock = clock
        self._socket_class = _socket_class(options.gateway_url)
        self.receiver: Receiver | None = None
        self.is_live = False
        """Whether events arrive: between READY or RESUMED and the end of the connection."""
        self._was_live = False
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        intents.guild_reactions = intents.dm_reactions = True
        intents.expressions = True
        intents.message_content = reads_all
        super().__init__(
            intents=intents,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=_GUILDS_S,
            http_trace=fenced(Pace(clock).trace()),
            max_ratelimit_timeout=LONGEST_WAIT_S,
        )
        parsers = self._connection.parsers
        for event, parse in list(parsers.items()):
            parsers[event] = partial(self._parse, event, parse)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Stay connected until cancelled.

        Raises:
            IntentsRefused: MESSAGE CONTENT was asked for and is not switched on.
            ChatRefused: Discord does not let us in, and will not.
        """
        is_first, resumes, failures = True, False, 0
        while not self.is_closed():
            self._was_live = False
            began = self._clock.monotonic()
            try:
                await self._open(is_first=is_first, resumes=resumes)
                is_first = False
                while True:
                    await self.ws.poll_event()
            except ReconnectWebSocket as again:
                resumes = again.resume
            except discord.ConnectionClosed as closed:
                if closed.code == _INTENTS_REFUSED:
                    raise IntentsRefused from closed
                if closed.code in _FATAL:
                    raise ChatRefused(_FATAL[closed.code]) from closed
                resumes = True
            except Exception as error:  # noqa: BLE001 - the network, or frames that make no sense
                _log.warning("discord.not_connected", reason=str(error) or type(error).__name__)
                resumes = True
                if self.ws is not None:  # else its thread would go on keeping it alive
                    await self.ws.close()
            finally:
                self.dispatch("disconnect")
                await self._abandon()
            if self._was_live and self._clock.monotonic() - began > _STEADY_S:
                failures = 0
            if self._was_live and failures == 0:
                failures = 1  # once is nothing; again and again there must be pauses
                continue
            pause_s = min(_LONGEST_PAUSE_S, 2.0**failures) * random.uniform(0.5, 1.0)  # noqa: S311
            failures = min(failures + 1, 10)
            await self._clock.sleep(pause_s)

    async def close(self) -> None:
        """End the connection and the HTTP session."""
        waiting = self._connection._ready_task  # noqa: SLF001 - nobody else ends it
        if waiting is not None:
            waiting.cancel()
            await asyncio.wait([waiting])
        await super().close()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait before a new session, as the gateway asks after it refused to resume one."""
        if not initial:
            await self._clock.sleep(random.uniform(1.0, 5.0))  # noqa: S311

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Hand on what discord.py found out."""
        super().dispatch(event, *args, **kwargs)
        match event:
            case "connect":
                self._alive()
                if self.receiver is not None:
                    self.receiver.session_begun()
            case "resumed":
                self._alive()
            case "disconnect":
                if self.is_live:
                    self.is_live = False
                    _log.info("discord.disconnected")
                    if self.receiver is not None:
                        self.receiver.session_paused()
            case "guild_available" | "guild_join" if self.receiver is not None:
                self.receiver.guild_seen(*args)

    # --- private --------------------------------------------------------------------------

    def _alive(self) -> None:
        self.is_live = self._was_live = True
        _log.info("discord.connected")

    def _get_state(self, **options: Any) -> ConnectionState[Any]:
        plain = self.http
        self.http = _Http(
            self._options.api_url,
            plain.loop,
            http_trace=plain.http_trace,
            max_ratelimit_timeout=plain.max_ratelimit_timeout,
        )
        return super()._get_state(**options)

    async def _open(self, *, is_first: bool, resumes: bool) -> None:
        before = self.ws
        session = before.session_id if resumes and before is not None else None
        # Where an address was set, resuming goes there as well.
        gateway = before.gateway if session and not self._options.gateway_url else None
        async with asyncio.timeout(_HANDSHAKE_S):
            self.ws = await self._socket_class.from_client(
                self,
                initial=is_first,
                gateway=gateway,
                session=session,
                sequence=before.sequence if session else None,
                resume=session is not None,
            )

    async def _abandon(self) -> None:
        """Close a connection that did not get as far as to be ours."""
        newest = self._socket_class.newest
        if newest is not None and newest is not self.ws:
            await newest.close()
        self._socket_class.newest = None

    def _parse(self, event: str, parse: Callable[[Any], None], data: Any) -> None:
        try:
            if event not in RAW:
                parse(data)
            elif self.receiver is not None:
                self.receiver.take(event, fields(data))
        except Exception as error:  # noqa: BLE001 - whatever comes must not end the connection
            self._oddities.note(f"the event {event} ({type(error).__name__}: {error})"[:200])


class _Socket(DiscordWebSocket):
    """A WebSocket to the gateway; each client has a class of its own."""

    newest: ClassVar[DiscordWebSocket | None] = None

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, *, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(socket, loop=loop)
        type(self).newest = self


def _socket_class(gateway_url: str | None) -> type[_Socket]:
    body: dict[str, Any] = {}
    if gateway_url is not None:
        body["DEFAULT_GATEWAY"] = yarl.URL(gateway_url)
    return type("GatewaySocket", (_Socket,), body)


class _Http(HTTPClient):
    """discord.py's HTTP client, going to an address of its own."""

    def __init__(self, base: str | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._base = base

    def get_ratelimit(self, key: str) -> Ratelimit:
        """The window of a limit."""
        if key not in self._buckets:
            self._buckets[key] = Window(self.max_ratelimit_timeout)
        return super().get_ratelimit(key)

    async def request(self, route: Route, **kwargs: Any) -> Any:
        """Ask Discord, where it is for us."""
        if self._base is not None and route.url.startswith(Route.BASE):
            route.url = self._base.rstrip("/") + route.url[len(Route.BASE) :]
        if "form" not in kwargs:  # files may take as long as they take
            kwargs.setdefault("timeout", _PATIENCE)
        return await super().request(route, **kwargs)
