"""A thousand messages in a second, over many threads of ten people."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.keys import SessionKey
from bot.messages import IncomingMessage, Person

THREADS, EACH = 50, 20


def key_of(thread: int) -> SessionKey:
    """One of the threads."""
    return SessionKey(platform="fake", workspace="W", channel="general", thread=f"{thread}")


def rush(now: datetime) -> list[IncomingMessage]:
    """The messages, as they come: thread by thread again and again.

    One person has half of the threads.

    Args:
        now: when the first one is said (UTC).
    """
    return [
        IncomingMessage(
            key=key_of(thread),
            message_id=f"{thread}.{number}",
            author=_author(thread),
            text=f"echo: {thread}.{number}",
            sent_at=now + timedelta(milliseconds=number * THREADS + thread),
            mentions_bot=True,
        )
        for number in range(EACH)
        for thread in range(THREADS)
    ]


def _author(thread: int) -> Person:
    number = 0 if thread % 2 else 1 + thread % 9
    return Person(id=f"U{number}", name=f"Person {number}")
