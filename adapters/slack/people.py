"""What people in a workspace are called, from `users.info`, remembered for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError

from adapters.fields import fields, text
from adapters.slack.calls import Calls
from bot.errors import ChatError
from bot.ports import Clock

_log = structlog.get_logger(__name__)

_KEPT = 2_000
_FRESH_S = 3_600.0
_UNKNOWN_S = 60.0
_WAIT_S = 1.0
_LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    name: str
    team: str
    until: float


class People:
    """Names, by user id.

    Args:
        calls: the Web API.
        clock: time.
    """

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asked: dict[str, asyncio.Event] = {}

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """What these people are called; those that Slack does not tell are missing.

        Args:
            ids: of the people.
        """
        now = self._clock.monotonic()
        wanted = list(ids)
        missing = [
            user for user in wanted if user not in self._known or self._known[user].until <= now
        ]
        if missing:
            async with asyncio.TaskGroup() as tasks:
                for user in missing[:20]:
                    tasks.create_task(self._learn(user))
        return {user: name for user in wanted if (name := self._name(user))}

    def called(self, user: str) -> str:
        """What a person is called as far as is known, else their id."""
        return self._name(user) or user

    def team(self, user: str) -> str:
        """The workspace that a person belongs to; empty where it is not known."""
        known = self._known.get(user)
        return known.team if known else ""

    def _name(self, user: str) -> str:
        known = self._known.get(user)
        return known.name if known else ""

    async def _learn(self, user: str) -> None:
        if (asked := self._asked.get(user)) is not None:
            await asked.wait()  # the two events of a mention come together
            return
        self._asked[user] = asyncio.Event()
        try:
            await self._ask(user)
        finally:
            self._asked.pop(user).set()

    async def _ask(self, user: str) -> None:
        name = team = ""
        kept_s = _UNKNOWN_S
        try:
            async with asyncio.timeout(_WAIT_S):
                clients = await self._calls.clients()
                response = await clients.impatient.users_info(user=user)
            found = fields(response.data, "user")
            profile = fields(found, "profile")
            name = _one_line(
                text(profile, "display_name")
                or text(profile, "real_name")
                or text(found, "real_name")
                or text(found, "name")
            )
            team = text(found, "team_id")
            kept_s = _FRESH_S
        except (ChatError, SlackClientError, aiohttp.ClientError, OSError) as error:
            _log.info("slack.name_unknown", user=user, reason=str(error).partition("\n")[0])
            if before := self._known.get(user):
                name, team = before.name, before.team
        self._known[user] = _Known(name=name, team=team, until=self._clock.monotonic() + kept_s)
        self._known.move_to_end(user)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)


def _one_line(name: str) -> str:
    # A name is put into Markdown and markup: it must not be able to mean anything there.
    plain = "".join(" " if character in "<>\n\r`" else character for character in name)
    return " ".join(plain.split())[:_LONGEST_NAME]
