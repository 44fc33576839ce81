"""Comparisons that nobody revealed in time: their threads' workers are told."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.errors import StoreError
from bot.keys import SessionKey
from bot.mailbox import EntryKind, NewEntry
from bot.ports import Clock, Store

_LOOK_S = 60.0
"""How often the store is asked for them."""

_log = structlog.get_logger(__name__)


async def reveal_in_time(store: Store, clock: Clock, wake: Callable[[SessionKey], None]) -> None:
    """See to it that votes end when their time is up, until cancelled.

    Args:
        store: the database.
        clock: time.
        wake: tells that something is in a thread's mailbox.
    """
    while True:
        await clock.sleep(_LOOK_S)
        try:
            for each in await store.overdue_comparisons():
                await store.append(
                    NewEntry(
                        key=each.key,
                        kind=EntryKind.COMPARED,
                        source_id=f"{each.id} time",  # once, whoever notices it
                        author=each.asked_by,
                        reference=each.id,
                        sent_at=clock.now(),
                    )
                )
                wake(each.key)
        except StoreError as error:
            _log.error("comparisons.not_revealed", reason=str(error))
