"""Looks for what was missed: a session that was resumed brings it, a new one does not.

After a start, messages are looked at that are young enough to be answered, and in the threads that
the database knows those since the newest message that it has; after a lost session, those since the
newest one that was dealt with. Only places in which something was said since are asked for, the
newest first. Direct messages are listed nowhere in Discord: those are looked at that the database
knows, and those that came since the start. One call is made after the other, so that what people
say meanwhile goes its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog

from adapters.discord.calls import Calls, translated
from adapters.discord.fields import id_at, snowflake
from adapters.fields import Fields
from bot.errors import ChatError, StoreError
from bot.missed import LOOK_BACK, MissedLimits
from bot.ports import Clock, Recall
from bot.recent import Recent

_log = structlog.get_logger(__name__)

_MARGIN = timedelta(minutes=15)
"""How much earlier than a connection was lost something may have been missed."""

_PAGE = 100
_MOST_PAGES = 5

Bring = Callable[[Fields, bool], None]
"""Takes a message that was found, and whether nobody knows if it was dealt with."""


class CatchUp:
    """Knows up to where everything was dealt with.

    Args:
        calls: the REST API.
        clock: time.
        limits: how much is looked for.
        recall: knows of threads and direct messages from earlier times; None where nobody does.
    """

    def __init__(
        self, calls: Calls, clock: Clock, limits: MissedLimits, recall: Recall | None = None
    ) -> None:
        self._calls = calls
        self._limits = limits
        self._clock = clock
        self._recall = recall
        self._handled: Recent[str, str] = Recent(10_000)
        self._direct: Recent[str, bool] = Recent(200)
        self._floor = id_at(clock.now() - timedelta(seconds=limits.answered_s))
        self._since: dict[str, str] = {}
        self._recalled: dict[str, str] = {}

    def handled(self, channel: str, message: str, *, is_direct: bool) -> None:
        """A message needs no more attention.

        Args:
            channel: where it is.
            message: its id.
            is_direct: whether that is a direct message.
        """
        if int(message) > int(self._handled.get(channel) or 0):
            self._handled.put(channel, message)
        if is_direct:
            self._direct.put(channel, True)

    async def remember(self) -> None:
        """Learn of the conversations of earlier times, before anything new comes; once."""
        if self._recall is None or not self._limits.answered_s:
            return
        since, limit = self._clock.now() - LOOK_BACK, self._limits.places
        try:
            direct = await self._recall(since=since, limit=limit, is_direct=True)
            others = await self._recall(since=since, limit=limit, is_direct=False)
        except StoreError as error:
            _log.warning("discord.conversations_unknown", reason=str(error))
            return
        self._recall = None
        for said in (*direct, *others):
            channel = said.key.thread or said.key.channel
            self._recalled[channel] = id_at(max(said.at, since))
        for said in direct:
            self._direct.put(said.key.channel, True)

    def paused(self) -> None:
        """The connection was lost: from here on something may be missed."""
        self._floor = id_at(self._clock.now() - _MARGIN)

    def begin(self) -> None:
        """A new session begins: what came before it has to be looked for."""
        self._since = dict(self._handled)

    async def look(self, guild: str, places: Iterable[tuple[str, str]], bring: Bring) -> None:
        """Look for what was missed in a server.

        Args:
            guild: its id.
            places: its channels and threads, each with the id of its newest message.
            bring: takes what is found.
        """
        if not self._limits.answered_s:
            return
        behind = [
            (newest, channel)
            for channel, newest in places
            if newest and int(newest) > int(self._mark(channel))
        ]
        behind.sort(key=lambda each: int(each[0]), reverse=True)
        most = self._limits.places
        if len(behind) > most:
            _log.warning("discord.not_all_caught_up", left_out=len(behind) - most)
        for _, channel in behind[:most]:
            await self._read(channel, guild, bring)

    async def look_at_direct(self, bring: Bring) -> None:
        """Look for what was missed in direct messages.

        Args:
            bring: takes what is found.
        """
        for channel, _ in self._direct if self._limits.answered_s else ():
            await self._read(channel, "", bring)

    async def _read(self, channel: str, guild: str, bring: Bring) -> None:
        mark = self._mark(channel)
        is_late = channel not in self._since
        try:
            with translated("looking for what was missed"):
                for _ in range(_MOST_PAGES):
                    found = await self._calls.messages(channel, limit=_PAGE, after=mark)
                    for message in found:
                        bring({"guild_id": guild, **message} if guild else message, is_late)
                    if len(found) < _PAGE:
                        return
                    mark = snowflake(found[-1], "id")
        except ChatError as error:
            _log.info("discord.not_caught_up", channel=channel, reason=str(error))

    def _mark(self, channel: str) -> str:
        return self._since.get(channel) or self._recalled.get(channel) or self._floor
