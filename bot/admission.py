"""How many sessions may be live at once, and who is let in next."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection

from bot.keys import SessionKey

_Seat = tuple[SessionKey, str]
"""A thread, and the label of an answer that is compared there; empty for its own session."""


class Admission:
    """The places of live sessions, and the line of those that wait for one.

    Every other place that becomes free goes to who has waited longest, so that nobody waits for
    ever. The ones between go to the person with the fewest live sessions, and among equals to who
    has waited longest: so somebody with a hundred threads does not keep the others waiting for
    all of them. Who waits holds no other place, so that nobody waits for one another.

    Args:
        most: how many may be live at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._live: dict[_Seat, str] = {}
        self._line: dict[_Seat, _Place] = {}
        """In the order of asking."""
        self._is_oldest_due = True

    @property
    def live(self) -> Collection[SessionKey]:
        """The threads whose own sessions are live."""
        return [key for key, label in self._live if not label]

    @property
    def taken(self) -> int:
        """How many sessions are live, those of answers that are compared included."""
        return len(self._live)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._line)

    def ahead_of(self, key: SessionKey) -> int | None:
        """How many threads have waited longer than one; None where that one does not wait."""
        threads = [waiting for waiting, _ in self._line]
        return threads.index(key) if key in threads else None

    def asks(self, key: SessionKey, person: str, label: str = "") -> asyncio.Future[None] | None:
        """Take a place, or one in the line.

        Args:
            key: the thread.
            person: for whom.
            label: of an answer that is compared; empty for the thread's own session.

        Returns:
            What is done once the thread is let in; None where it was at once.
        """
        if not self._line and len(self._live) < self._most:
            self._live[key, label] = person
            return None
        place = _Place(person)
        self._line[key, label] = place
        return place.given

    def gives_up(self, key: SessionKey, label: str = "") -> None:
        """A thread does not wait any more; where it was just let in, its place becomes free."""
        if self._line.pop((key, label), None) is None:
            self.leaves(key, label)

    def leaves(self, key: SessionKey, label: str = "") -> None:
        """A thread's session, or that of an answer, is not live any more."""
        self._live.pop((key, label), None)
        while self._line and len(self._live) < self._most:
            chosen = self._next()
            place = self._line.pop(chosen)
            if not place.given.done():
                self._live[chosen] = place.person
                self._is_oldest_due = not self._is_oldest_due
                place.given.set_result(None)

    def _next(self) -> _Seat:
        if self._is_oldest_due:
            return next(iter(self._line))
        of_person = Counter(self._live.values())
        # Among equals this is the first one.
        return min(self._line, key=lambda seat: of_person[self._line[seat].person])


class _Place:
    """A place in the line.

    Args:
        person: for whom.
    """

    def __init__(self, person: str) -> None:
        self.person = person
        self.given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
