"""Looks for what was missed: Slack delivers an event again for some minutes, and then no more.

After a start, and after a time without a connection, the threads and direct messages that the
database knows are read since the newest message that it has, those with the newest talk first; then
the channels that the bot is in, for mentions that are young enough to be answered. What is found
goes the way of events, and the mailbox knows what it has. It is read slowly: the calls are of the
same kind as those that answers need.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime, timedelta

import structlog

from adapters.fields import Fields, fields, items, text
from adapters.slack.calls import Calls, translated
from adapters.slack.events import is_direct_channel
from adapters.slack.history import History
from adapters.slack.pace import Pace
from adapters.slack.timestamps import timestamp
from bot.errors import ChatError, StoreError
from bot.keys import SessionKey
from bot.mailbox import LastSaid
from bot.missed import LOOK_BACK, MissedLimits
from bot.ports import Clock, Recall

_log = structlog.get_logger(__name__)

GAP_S = 30.0
"""So long without a connection, and something may be missed that Slack does not deliver again."""

_MARGIN = timedelta(minutes=5)
"""How much earlier than the newest message that is known another one may have been missed."""

_PER_MINUTE = 20
_BURST = 10
_ATTEMPTS = 5
_PAUSE_S = 60.0
_PAGE = 200
# In a place are this many pages read at most.
_MOST_PAGES = 5

Take = Callable[[str, Fields], Awaitable[bool]]
"""Takes a message of a channel that was found; false where it could not be kept."""


class CatchUp:
    """Knows where to look.

    Args:
        calls: the Web API.
        history: what is in the threads.
        clock: time.
        limits: how much is looked for.
        recall: knows of conversations from earlier times.
        take: takes what is found.
    """

    def __init__(
        self,
        *,
        calls: Calls,
        history: History,
        clock: Clock,
        limits: MissedLimits,
        recall: Recall,
        take: Take,
    ) -> None:
        self._calls = calls
        self._history = history
        self._clock = clock
        self._limits = limits
        self._recall = recall
        self._take = take
        self._pace = Pace(per_minute=_PER_MINUTE, burst=_BURST, clock=clock)
        self._looking = asyncio.Lock()

    async def look(self) -> None:
        """Look for what was missed; again later where the database fails."""
        if not self._limits.answered_s:
            return
        async with self._looking:
            for _ in range(_ATTEMPTS):
                try:
                    if await self._look():
                        return
                except StoreError as error:
                    _log.warning("slack.conversations_unknown", reason=str(error))
                except Exception:  # noqa: BLE001 - it must not end the connection
                    _log.exception("slack.catch_up_failed")
                    return
                await self._clock.sleep(_PAUSE_S)

    async def _look(self) -> bool:
        """Whether all that was found could be kept."""
        now = self._clock.now()
        since = now - LOOK_BACK
        known = await self._recall(since=since, limit=self._limits.places)
        for said in known:
            found = self._after(said.key, timestamp(max(said.at, since)))
            if not await self._read(said.key.channel, found):
                return False
        floor = timestamp(_floor(known, now - timedelta(seconds=self._limits.answered_s)))
        for channel in await self._channels(said.key.channel for said in known):
            if not await self._read(channel, self._at_top(channel, floor)):
                return False
        return True

    async def _read(self, channel: str, found: AsyncIterator[Fields]) -> bool:
        try:
            with translated("looking for what was missed"):
                async for message in found:
                    if not await self._take(channel, message):
                        return False
        except ChatError as error:
            _log.info("slack.not_caught_up", channel=channel, reason=str(error))
        return True

    async def _after(self, key: SessionKey, ts: str) -> AsyncIterator[Fields]:
        """What came after a moment in a conversation that is ours, oldest first."""
        if not key.thread:
            async for message in self._at_top(key.channel, ts):
                yield message
            return
        await self._turn()
        for message in await self._history.after(key, ts):
            yield message

    async def _at_top(self, channel: str, ts: str) -> AsyncIterator[Fields]:
        """What came after a moment at the top level of a channel, oldest first."""
        client = (await self._calls.clients()).repeatable
        found: list[Fields] = []
        cursor = ""
        for _ in range(_MOST_PAGES):
            await self._turn()
            answer = await client.conversations_history(
                channel=channel, oldest=ts, limit=_PAGE, cursor=cursor or None
            )
            found += [fields(message) for message in items(answer.data, "messages")]
            cursor = text(answer.data, "response_metadata", "next_cursor")
            if not cursor:
                break
        for message in reversed(found):
            yield message

    async def _channels(self, known: Iterable[str]) -> list[str]:
        """The channels that the bot is in, those first in which it was spoken to."""
        client = (await self._calls.clients()).repeatable
        await self._turn()
        try:
            with translated("listing the channels that the bot is in"):
                answer = await client.users_conversations(
                    types="public_channel,private_channel", exclude_archived=True, limit=_PAGE
                )
        except ChatError as error:
            _log.info("slack.channels_not_listed", reason=str(error))
            return []
        member = [text(channel, "id") for channel in items(answer.data, "channels")]
        spoken = [each for each in dict.fromkeys(known) if not is_direct_channel(each)]
        first = [each for each in spoken if each in member]
        rest = [each for each in member if each not in first]
        return [*first, *rest][: self._limits.places]

    async def _turn(self) -> None:
        await self._clock.sleep(self._pace.take())


def _floor(known: Iterable[LastSaid], earliest: datetime) -> datetime:
    """From when on mentions in channels can have been missed."""
    newest = max((said.at for said in known), default=earliest)
    return max(earliest, newest - _MARGIN)
