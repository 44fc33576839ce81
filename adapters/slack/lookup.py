"""What ids stand for: asked of Slack when it is wanted, remembered for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.calls import code_of
from bot.errors import ChatError
from bot.ports import Clock
from bot.recent import Recent

_log = structlog.get_logger(__name__)

_KEPT = 2_000
_FRESH_S = 3_600.0
_UNKNOWN_S = 60.0
_REST_S = 600.0
_WAIT_S = 1.0
_AT_ONCE = 20
_MOST = 100

Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told(Generic[Value]):
    value: Value | None
    until: float


class Lookup(Generic[Value]):
    """Remembers what Slack tells of ids.

    Whatever fails, nobody waits long: an id that Slack does not tell stays one.

    Args:
        what: what is looked up, for the log.
        ask: tells what an id stands for.
        clock: time.
        most_waited_s: for how long a `learn` waits at most, however many there are.
    """

    def __init__(
        self,
        what: str,
        ask: Callable[[str], Awaitable[Value]],
        clock: Clock,
        *,
        most_waited_s: float = 2.0,
    ) -> None:
        self._what = what
        self._ask = ask
        self._clock = clock
        self._most_waited_s = most_waited_s
        self._told: Recent[str, _Told[Value]] = Recent(_KEPT)
        self._asked: dict[str, asyncio.Event] = {}
        self._resting_until = 0.0

    def get(self, wanted: str) -> Value | None:
        """What an id stands for, as far as is known."""
        told = self._told.get(wanted)
        return told.value if told else None

    async def learn(self, ids: Iterable[str]) -> None:
        """Ask for those that are not known, or not lately.

        Args:
            ids: which.
        """
        now = self._clock.monotonic()
        if now < self._resting_until:
            return
        missing = [each for each in dict.fromkeys(ids) if not self._is_fresh(each, now)][:_MOST]
        if not missing:
            return
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(wanted: str) -> None:
            async with at_once:
                await self._learn(wanted)

        try:
            async with asyncio.timeout(self._most_waited_s), asyncio.TaskGroup() as tasks:
                for each in missing:
                    tasks.create_task(one(each))
        except TimeoutError:
            _log.info("slack.lookup_slow", what=self._what, ids=len(missing))

    def _is_fresh(self, wanted: str, now: float) -> bool:
        told = self._told.get(wanted)
        return told is not None and told.until > now

    async def _learn(self, wanted: str) -> None:
        if (asked := self._asked.get(wanted)) is not None:
            await asked.wait()  # the two events of a mention come together
            return
        self._asked[wanted] = asyncio.Event()
        try:
            await self._ask_for(wanted)
        finally:
            self._asked.pop(wanted).set()

    async def _ask_for(self, wanted: str) -> None:
        value, kept_s = self.get(wanted), _UNKNOWN_S
        try:
            async with asyncio.timeout(_WAIT_S):
                value = await self._ask(wanted)
            kept_s = _FRESH_S
        except (ChatError, SlackClientError, aiohttp.ClientError, OSError) as error:
            code = code_of(error) if isinstance(error, SlackApiError) else ""
            if code == "missing_scope":
                self._resting_until = self._clock.monotonic() + _REST_S
            reason = code or str(error).partition("\n")[0]
            _log.info("slack.lookup_failed", what=self._what, id=wanted, reason=reason)
        self._told.put(wanted, _Told(value=value, until=self._clock.monotonic() + kept_s))


_LONGEST_NAME = 80


def one_line(name: str) -> str:
    """A name in a form in which it cannot mean anything in Markdown or markup.

    Args:
        name: as somebody chose it.
    """
    plain = "".join(" " if character in "<>\n\r`" else character for character in name)
    return " ".join(plain.split())[:_LONGEST_NAME]
