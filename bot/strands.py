"""The replies to one entry, where it has several: their messages are kept apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.held_thread import HeldThread
from bot.mailbox import Delivery, Entry
from bot.ports import ReplyTarget

_PARTS = 1_000
"""How many deliveries there are room for in a strand: more than any platform's reply has."""


class Strands:
    """Makes the targets of an entry's replies, each with the messages that are its own.

    Args:
        entry: what is answered.
        thread: its thread.
        known: the deliveries of all its replies so far.
    """

    def __init__(self, entry: Entry, thread: HeldThread, known: Iterable[Delivery]) -> None:
        self._entry = entry
        self._thread = thread
        self._known = tuple(known)
        self._others: dict[int, set[str]] = {}

    def target(self, strand: int) -> ReplyTarget:
        """What one of the replies answers.

        Args:
            strand: which one, from 0.
        """
        entry = self._entry
        self._others[strand] = {
            each.reference
            for each in self._known
            if each.reference and each.part // _PARTS != strand
        }

        async def delivered(delivery: Delivery) -> None:
            for other, messages in self._others.items():
                if other != strand and delivery.reference:
                    messages.add(delivery.reference)
            kept = replace(delivery, part=strand * _PARTS + delivery.part)
            await self._thread.tools.store.deliver(self._thread.lease, kept)

        return ReplyTarget(
            key=self._thread.key,
            entry_id=entry.id,
            message_id=entry.source_id,
            person=entry.author,
            earlier=self.earlier(strand),
            delivered=delivered,
            retries=entry.retries,
            strand=strand,
            others=self._others[strand],
        )

    def earlier(self, strand: int) -> tuple[Delivery, ...]:
        """What was delivered of a reply before, its parts numbered from 0."""
        return tuple(
            replace(each, part=each.part % _PARTS)
            for each in self._known
            if each.part // _PARTS == strand
        )
