"""What a worker that could not end its work leaves to the thread's next worker in the process."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

from bot.mailbox import Entry, EntryState, Usage

THREAD = 0
"""Stands for the thread as a whole where an entry's id is wanted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How a message ended that was shown to the end, but could not be written down.

    Args:
        state: how.
        usage: what it took.
        title: the session's title; empty where there is none.
        seen_until: until when the session knows now what was said; None where that is not new.
        is_shared: whether others have turned out to speak in the thread.
    """

    state: EntryState
    usage: Usage
    title: str
    seen_until: datetime | None = None
    is_shared: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Where people were told that a message has to wait.

    Args:
        text: what they were told.
        reference: the message that says so; empty where the reply itself does.
    """

    text: str
    reference: str = ""


@dataclass(slots=True)
class Notes:
    """Notes on the entries of a thread, by their ids.

    They make it go smoothly and no more: without them, as after a restart, the session's
    history decides.

    Args:
        told: of which troubles people know already.
        ended: what only has to be written down.
        excused: how many attempts do not count, for the database failed.
        stopped: what somebody asked to stop.
        controls: what was taken from the mailbox and not yet done.
    """

    told: dict[int, Notice] = field(default_factory=dict)
    ended: dict[int, Ended] = field(default_factory=dict)
    excused: dict[int, int] = field(default_factory=dict)
    stopped: set[int] = field(default_factory=set)
    controls: list[Entry] = field(default_factory=list)

    @property
    def are_empty(self) -> bool:
        """Whether there is nothing to leave."""
        return not any(getattr(self, each.name) for each in fields(self))

    def clear(self) -> None:
        """Nothing waits any more."""
        for each in fields(self):
            getattr(self, each.name).clear()

    def excuse(self, entry_id: int, attempts: int = 1) -> None:
        """Do not count attempts that the database spoiled."""
        self.excused[entry_id] = self.excused.get(entry_id, 0) + attempts

    def forget(self, entry_id: int) -> None:
        """An entry is done with."""
        for known in (self.told, self.ended, self.excused):
            known.pop(entry_id, None)
        self.stopped.discard(entry_id)
