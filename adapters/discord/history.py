"""What was said before: in threads and posts, in chains of replies, in direct messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.discord.calls import Calls
from adapters.discord.events import THREAD_STARTER, chain_root, parse_past
from adapters.discord.fields import number, snowflake
from adapters.discord.homes import Home, Homes
from adapters.discord.surroundings import Surroundings
from adapters.fields import Fields, fields
from bot.keys import SessionKey
from bot.messages import PastMessage

_PAGE = 100
_MOST_PAGES = 5
"""How many calls a look back may take, beside those for the place and the first message."""


class History:
    """Reads conversations.

    Args:
        calls: the REST API.
        homes: where conversations live.
    """

    def __init__(self, calls: Calls, homes: Homes) -> None:
        self._calls = calls
        self._homes = homes

    async def read(self, key: SessionKey, *, limit: int) -> Sequence[PastMessage]:
        """What was said in a conversation, oldest first, the newest `limit` messages.

        Raises:
            HTTPException: Discord refused.
            ChatError: the conversation is not to be found.
        """
        home = await self._homes.seek(key)
        place = await self._homes.place(home.channel, key.workspace)
        around = self._homes.around(place)
        found: dict[str, PastMessage] = {}
        before, is_whole = "", False
        for _ in range(_MOST_PAGES):
            # Some of what is there says nothing, and a large page costs no more than a small one.
            page = await self._calls.messages(home.channel, limit=_PAGE, before=before)
            for past in _told(page, home, around):
                found[past.message_id] = past
            before = snowflake(page[0], "id") if page else ""
            is_whole = len(page) < _PAGE or _has_passed(before, home.reply_to)
            if is_whole or len(found) >= limit:
                break
        if is_whole and key.thread and key.thread not in found and not place.has_posts:
            first = await self._first(key, around)
            found |= {first.message_id: first} if first is not None else {}
        in_order = sorted(found.values(), key=lambda each: int(each.message_id))
        return in_order[-limit:] if limit > 0 else []

    async def _first(self, key: SessionKey, around: Surroundings) -> PastMessage | None:
        """The message that a conversation begins with: it stands in the channel."""
        channel = await self._homes.place(key.channel, key.workspace)
        if channel.has_posts:
            return None
        first = await self._calls.message(key.channel, key.thread)
        return parse_past(first, around) if first is not None else None


def _told(page: Sequence[Fields], home: Home, around: Surroundings) -> Iterator[PastMessage]:
    for message in page:
        if number(message, "type") == THREAD_STARTER:
            said = fields(message, "referenced_message")
        elif home.reply_to and not _is_in_chain(message, home, around):
            continue
        else:
            said = message
        past = parse_past(said, around)
        if past is not None:
            yield past


def _is_in_chain(message: Fields, home: Home, around: Surroundings) -> bool:
    is_root = snowflake(message, "id") == home.reply_to
    return is_root or chain_root(message, around.me) == home.reply_to


def _has_passed(oldest: str, root: str) -> bool:
    """Whether a look back through a channel has come to the message that a chain hangs on."""
    return bool(root) and int(oldest) <= int(root)
