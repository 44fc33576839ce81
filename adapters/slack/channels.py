"""What channels are called, and which channel a name means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.fields import Fields, fields, items, text
from adapters.slack.calls import Calls, code_of
from adapters.slack.lookup import Lookup, one_line
from bot.errors import ChatError
from bot.ports import Clock

_log = structlog.get_logger(__name__)

_LIST_FRESH_S = 3_600.0
_LIST_RETRY_S = 600.0
_LIST_PAGES = 3
_PAGE = 999


class Channels:
    """Names of channels, by id, and public channels by name.

    Args:
        calls: the Web API.
        clock: time.
    """

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._known: Lookup[str] = Lookup("channels", self._ask, clock)
        self._public: Mapping[str, str] = {}
        self._listed_until = 0.0

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """What these channels are called; those that Slack does not tell are missing.

        Args:
            ids: of the channels.
        """
        wanted = list(ids)
        await self._known.learn(wanted)
        return {channel: name for channel in wanted if (name := self._known.get(channel))}

    @property
    def public(self) -> Mapping[str, str]:
        """The ids of the workspace's public channels, by name, as far as they are known."""
        return self._public

    @property
    def is_list_due(self) -> bool:
        """Whether the list of public channels should be read (again)."""
        return self._clock.monotonic() >= self._listed_until

    async def read_list(self) -> None:
        """Read which public channels there are; quietly does without where Slack refuses."""
        # Whoever asks meanwhile need not as well.
        self._listed_until = self._clock.monotonic() + _LIST_RETRY_S
        try:
            self._public = await self._list()
        except (ChatError, SlackClientError, aiohttp.ClientError, OSError) as error:
            reason = code_of(error) if isinstance(error, SlackApiError) else str(error)
            _log.info("slack.channels_not_listed", reason=reason)
            return
        self._listed_until = self._clock.monotonic() + _LIST_FRESH_S

    async def where_writes(self, person: str, named: str) -> str:
        """The id of the channel of a name or id that a person is in; empty where there is none.

        Args:
            person: their id.
            named: the channel's name, or its id.
        """
        client = (await self._calls.clients()).repeatable
        cursor = ""
        for _ in range(_LIST_PAGES):
            answer = await client.users_conversations(
                user=person,
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=_PAGE,
                cursor=cursor or None,
            )
            for channel in items(answer.data, "channels"):
                if named in {text(channel, "id"), text(channel, "name")}:
                    return text(channel, "id")
            cursor = text(answer.data, "response_metadata", "next_cursor")
            if not cursor:
                break
        return ""

    async def _list(self) -> dict[str, str]:
        client = (await self._calls.clients()).repeatable
        found: dict[str, str] = {}
        cursor = ""
        for _ in range(_LIST_PAGES):
            answer = await client.conversations_list(
                types="public_channel",
                exclude_archived=True,
                limit=_PAGE,
                cursor=cursor or None,
            )
            for channel in items(answer.data, "channels"):
                if (name := text(channel, "name")) and (channel_id := text(channel, "id")):
                    found[name] = channel_id
            cursor = text(answer.data, "response_metadata", "next_cursor")
            if not cursor:
                break
        return found

    async def _ask(self, channel: str) -> str:
        clients = await self._calls.clients()
        response = await clients.impatient.conversations_info(channel=channel)
        return one_line(_name_of(fields(response.data, "channel")))


def _name_of(channel: Fields) -> str:
    return text(channel, "name_normalized") or text(channel, "name")
