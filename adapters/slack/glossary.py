"""Learns what the ids in messages stand for, all at once and never for long."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from adapters.fields import Fields, fields
from adapters.slack.calls import Calls
from adapters.slack.channels import Channels
from adapters.slack.groups import Groups
from adapters.slack.known import Known, Wanted
from adapters.slack.lookup import Lookup
from adapters.slack.people import People
from bot.ports import Clock


class Glossary:
    """What is known of people, channels, groups, and of files that messages only name.

    Args:
        calls: the Web API.
        clock: time.
    """

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self.people = People(calls, clock)
        self.channels = Channels(calls, clock)
        self._groups = Groups(calls, clock)
        self._files: Lookup[Fields] = Lookup("files", self._ask_for_file, clock)

    async def known(self, wanted: Wanted) -> Known:
        """What these ids stand for; what Slack does not tell in time is missing.

        Args:
            wanted: the ids.
        """
        async with asyncio.TaskGroup() as tasks:
            people = tasks.create_task(self.people.names(wanted.people))
            channels = tasks.create_task(self.channels.names(wanted.channels))
            groups = tasks.create_task(self._groups.names(wanted.groups))
            files = tasks.create_task(self._described(wanted.files))
        return Known(
            people=people.result(),
            channels=channels.result(),
            groups=groups.result(),
            files=files.result(),
        )

    async def _described(self, ids: Iterable[str]) -> dict[str, Fields]:
        wanted = list(ids)
        await self._files.learn(wanted)
        return {file: told for file in wanted if (told := self._files.get(file))}

    async def _ask_for_file(self, file: str) -> Fields:
        clients = await self._calls.clients()
        response = await clients.impatient.files_info(file=file)
        return fields(response.data, "file")
