"""What user groups are called: `usergroups.list` tells of all of them at once."""

from __future__ import annotations

from collections.abc import Iterable

from adapters.fields import items, text
from adapters.slack.calls import Calls
from adapters.slack.lookup import Lookup, one_line
from bot.ports import Clock

_ALL = "all"


class Groups:
    """Names, by the group's id.

    Args:
        calls: the Web API.
        clock: time.
    """

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._known: Lookup[dict[str, str]] = Lookup("groups", self._ask, clock)

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """What these groups are called; those that Slack does not tell are missing.

        Args:
            ids: of the groups.
        """
        wanted = list(ids)
        if wanted:
            await self._known.learn([_ALL])
        known = self._known.get(_ALL) or {}
        return {group: known[group] for group in wanted if group in known}

    async def _ask(self, _: str) -> dict[str, str]:
        clients = await self._calls.clients()
        response = await clients.impatient.usergroups_list()
        return {
            text(group, "id"): one_line(text(group, "handle") or text(group, "name"))
            for group in items(response.data, "usergroups")
        }
