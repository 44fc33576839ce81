"""Reads what was said in a thread: `conversations.replies` and `conversations.history`."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError

from adapters.fields import Fields, fields, items, text
from adapters.slack.calls import Calls, code_of
from adapters.slack.events import Identity
from adapters.slack.timestamps import is_timestamp
from bot.keys import SessionKey

REPLY = "threadpilot_reply"
"""The `event_type` in the metadata of a message that is part of a reply."""

POST = "threadpilot_post"
"""The `event_type` in the metadata of any other message of ours."""

_PAGE = 200
_MOST_PAGES = 25
# How a long thread's end is looked for: how often, how far at a time, and with how much to spare.
_GUESSES = 5
_TAIL_PAGES = 4
_MARGIN = 2.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyPart:
    """Which part of which reply a message is.

    Args:
        reply: the reply's name: `ReplyTarget.name`.
        part: its place in the reply.
    """

    reply: str
    part: int

    def metadata(self) -> dict[str, object]:
        """How a message says so: https://docs.slack.dev/messaging/message-metadata/."""
        payload = {"entry": self.reply, "part": str(self.part)}
        return {"event_type": REPLY, "event_payload": payload}


def is_ours(message: Fields, me: Identity) -> bool:
    """Whether we posted a message."""
    return text(message, "user") == me.user or bool(me.bot and text(message, "bot_id") == me.bot)


def find_part(
    messages: list[Fields], wanted: ReplyPart, *, me: Identity, known: frozenset[str]
) -> str:
    """The `ts` of a message that was perhaps posted as part of a reply; empty if there is none.

    A message that still streams carries no metadata yet: the newest such one is it.

    Args:
        messages: what came after the prompt, oldest first.
        wanted: the part.
        me: who we are.
        known: messages that are known to be something else.
    """
    unmarked = ""
    for message in reversed(messages):
        ts = text(message, "ts")
        if not is_ours(message, me) or ts in known:
            continue
        kind = text(message, "metadata", "event_type")
        payload = fields(message, "metadata", "event_payload")
        if kind == REPLY and _names(payload) == (wanted.reply, str(wanted.part)):
            return ts
        if not kind and not unmarked:
            unmarked = ts
    return unmarked


def _names(payload: Fields) -> tuple[str, str]:
    return str(payload.get("entry")), str(payload.get("part"))


def find_post(messages: list[Fields], nonce: str, *, me: Identity) -> str:
    """The `ts` of a post that was perhaps made; empty if it was not.

    Args:
        messages: where it would be.
        nonce: what it was marked with.
        me: who we are.
    """
    for message in reversed(messages):
        if is_ours(message, me) and text(message, "metadata", "event_payload", "post") == nonce:
            return text(message, "ts")
    return ""


class History:
    """What was said in the threads of a workspace.

    Args:
        calls: the Web API.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def newest(self, key: SessionKey, limit: int) -> list[Fields]:
        """The newest messages of a thread, oldest first.

        Args:
            key: the thread.
            limit: how many at most.

        Raises:
            SlackApiError: Slack refused.
        """
        if not key.thread:
            return await self._newest_at_top(key, limit)
        # Slack gives a thread from its beginning, page by page.
        page = await self._page(key)
        if not page.cursor:
            return page.messages[-limit:]
        if (tail := await self._tail(key, page.messages[0], limit)) is not None:
            return tail[-limit:]
        found = deque(page.messages, maxlen=limit)
        async for message in self._pages(key, oldest="", cursor=page.cursor):
            found.append(message)
        return list(found)

    async def _newest_at_top(self, key: SessionKey, limit: int) -> list[Fields]:
        client = (await self._calls.clients()).repeatable
        found: list[Fields] = []
        cursor = ""
        for _ in range(_MOST_PAGES):
            answer = await client.conversations_history(
                channel=key.channel,
                limit=min(limit - len(found), 999),
                cursor=cursor or None,
                include_all_metadata=True,
            )
            found += [fields(message) for message in items(answer.data, "messages")]
            cursor = text(answer.data, "response_metadata", "next_cursor")
            if not cursor or len(found) >= limit:
                break
        return found[:limit][::-1]

    async def _tail(self, key: SessionKey, root: Fields, limit: int) -> list[Fields] | None:
        """The end of a long thread, asked for by a time from which there may be enough.

        None where that does not lead to it in a few calls.
        """
        count, latest = root.get("reply_count"), text(root, "latest_reply")
        first = text(root, "ts")
        if not isinstance(count, int) or not is_timestamp(latest) or not is_timestamp(first):
            return None
        span_s = max(0.001, float(latest) - float(first))
        back_s = span_s * _MARGIN * limit / max(1, count)
        for _ in range(_GUESSES):
            oldest = f"{max(0.0, float(latest) - back_s):.6f}"
            page = await self._page(key, oldest=oldest)
            found = [message for message in page.messages if text(message, "ts") > oldest]
            for _ in range(_TAIL_PAGES):
                if not page.cursor:
                    break
                page = await self._page(key, oldest=oldest, cursor=page.cursor)
                found += page.messages
            if page.cursor:
                back_s /= 4  # people wrote faster towards the end
            elif len(found) >= limit:
                return found
            elif back_s >= span_s:
                return None
            else:
                back_s *= 4
        return None

    async def after(self, key: SessionKey, ts: str) -> list[Fields]:
        """What came after a message in a thread, oldest first.

        Args:
            key: the thread.
            ts: the message.

        Raises:
            SlackApiError: Slack refused.
        """
        if key.thread:
            replies = [message async for message in self._pages(key, oldest=ts)]
        else:
            client = (await self._calls.clients()).repeatable
            answer = await client.conversations_history(
                channel=key.channel, oldest=ts, limit=_PAGE, include_all_metadata=True
            )
            replies = [fields(message) for message in reversed(items(answer.data, "messages"))]
        return [message for message in replies if text(message, "ts") > ts]

    async def one(self, key: SessionKey, ts: str) -> Fields | None:
        """One message of a thread; None when it is gone.

        Args:
            key: the thread.
            ts: the message.

        Raises:
            SlackApiError: Slack refused.
        """
        client = (await self._calls.clients()).repeatable
        if key.thread:
            try:
                answer = await client.conversations_replies(
                    channel=key.channel,
                    ts=key.thread,
                    oldest=ts,
                    latest=ts,
                    inclusive=True,
                    limit=2,
                )
            except SlackApiError as error:
                if code_of(error) in {"thread_not_found", "message_not_found"}:
                    return None
                raise
        else:
            answer = await client.conversations_history(
                channel=key.channel, oldest=ts, latest=ts, inclusive=True, limit=1
            )
        for message in items(answer.data, "messages"):
            if text(message, "ts") == ts and text(message, "subtype") != "tombstone":
                return fields(message)
        return None

    async def _pages(
        self, key: SessionKey, *, oldest: str, cursor: str = ""
    ) -> AsyncIterator[Fields]:
        for _ in range(_MOST_PAGES):
            page = await self._page(key, oldest=oldest, cursor=cursor)
            for message in page.messages:
                yield message
            cursor = page.cursor
            if not cursor:
                return

    async def _page(self, key: SessionKey, *, oldest: str = "", cursor: str = "") -> _Page:
        client = (await self._calls.clients()).repeatable
        answer = await client.conversations_replies(
            channel=key.channel,
            ts=key.thread,
            oldest=oldest or None,
            limit=_PAGE,
            cursor=cursor or None,
            include_all_metadata=True,
        )
        return _Page(
            messages=[fields(message) for message in items(answer.data, "messages")],
            cursor=text(answer.data, "response_metadata", "next_cursor"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """A page of a thread.

    Args:
        messages: the oldest first; the first page begins with the thread's root.
        cursor: where the next page is; empty on the last one.
    """

    messages: list[Fields]
    cursor: str
