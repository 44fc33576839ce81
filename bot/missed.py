"""What was said while the bot was away: it is answered where it is young, else people are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot import phrases
from bot.errors import ChatError
from bot.keys import SessionKey
from bot.messages import Button, IncomingMessage, Post
from bot.ports import ChatAdapter, Clock
from bot.recent import Recent

LOOK_BACK = timedelta(days=7)
"""How far back is looked in threads that are ours."""

_REMEMBERED = 1_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class MissedLimits:
    """How much is looked for after a time in which events may have been missed.

    Args:
        answered_s: how old a message may be to be answered; 0 to look for nothing.
        places: in how many threads and channels is looked, of each platform.
    """

    answered_s: float = 3600.0
    places: int = 100


class Missed:
    """Says what was missed and is not answered any more.

    Args:
        chat: the platform.
        limits: what is answered.
        clock: time.
    """

    def __init__(self, chat: ChatAdapter, limits: MissedLimits, clock: Clock) -> None:
        self._chat = chat
        self._limits = limits
        self._clock = clock
        self._told: Recent[SessionKey, _Told] = Recent(_REMEMBERED)

    def is_too_late(self, message: IncomingMessage) -> bool:
        """Whether a message is not answered unasked."""
        age_s = (self._clock.now() - message.sent_at).total_seconds()
        return message.was_missed and age_s > self._limits.answered_s

    async def tell(self, message: IncomingMessage, entry_id: int) -> None:
        """Say in a thread that a message was missed, in one post however many there are.

        Args:
            message: the newest one so far.
            entry_id: its entry, which can be retried.
        """
        key, told = message.key, self._told.get(message.key)
        count = told.count + 1 if told is not None else 1
        button = Button(action="retry", value=str(entry_id), label=phrases.ANSWER_NOW)
        post = Post(text=phrases.missed(message.text, count), buttons=(button,))
        try:
            if told is not None:
                await self._chat.edit(key, told.reference, post)
                reference = told.reference
            else:
                reference = await self._chat.post(key, post)
        except ChatError as error:
            _log.warning("missed.not_told", thread=str(key), entry=entry_id, reason=str(error))
            return
        self._told.put(key, _Told(reference=reference, count=count))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """Where a thread was told, and of how many messages."""

    reference: str
    count: int
