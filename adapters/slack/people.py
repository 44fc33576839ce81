"""What people in a workspace are called, from `users.info`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.fields import fields, text
from adapters.slack.calls import Calls
from adapters.slack.lookup import Lookup, one_line
from bot.ports import Clock


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    name: str
    team: str


class People:
    """Names, by user id.

    Args:
        calls: the Web API.
        clock: time.
    """

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._known: Lookup[_Known] = Lookup("people", self._ask, clock)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """What these people are called; those that Slack does not tell are missing.

        Args:
            ids: of the people.
        """
        wanted = list(ids)
        await self._known.learn(wanted)
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

    async def _ask(self, user: str) -> _Known:
        clients = await self._calls.clients()
        response = await clients.impatient.users_info(user=user)
        found = fields(response.data, "user")
        profile = fields(found, "profile")
        name = (
            text(profile, "display_name")
            or text(profile, "real_name")
            or text(found, "real_name")
            or text(found, "name")
        )
        return _Known(name=one_line(name), team=text(found, "team_id"))
