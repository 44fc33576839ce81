"""Who may have a live session next."""

from __future__ import annotations

import asyncio

from bot.admission import Admission
from bot.keys import SessionKey


def thread(name: str) -> SessionKey:
    """A thread."""
    return SessionKey(platform="fake", workspace="W", channel="general", thread=name)


class Line:
    """Places, those who wait for one, and those who were let in so far.

    Args:
        most: how many places there are.
    """

    def __init__(self, most: int) -> None:
        self.admission = Admission(most)
        self.asked: dict[str, asyncio.Future[None] | None] = {}

    def ask(self, name: str, person: str) -> None:
        """Somebody's thread asks for a place."""
        self.asked[name] = self.admission.asks(thread(name), person)

    def leave(self, name: str) -> list[str]:
        """A thread's place becomes free; returns who is let in."""
        before = self.let_in
        self.admission.leaves(thread(name))
        return sorted(self.let_in - before)

    @property
    def let_in(self) -> set[str]:
        """Who was let in."""
        return {name for name, given in self.asked.items() if given is None or given.done()}


async def test_as_many_as_may() -> None:
    """As long as there are places they are given at once; then threads wait in line."""
    line = Line(2)
    for name in "abcd":
        line.ask(name, name)
    assert line.let_in == {"a", "b"}
    assert (len(line.admission.live), line.admission.waiting) == (2, 2)
    assert [line.admission.ahead_of(thread(name)) for name in "acd"] == [None, 0, 1]
    assert line.leave("b") == ["c"]
    assert line.leave("c") == ["d"]
    assert line.admission.waiting == 0


async def test_one_person_does_not_keep_the_others_waiting() -> None:
    """Somebody with a hundred threads in line has two others before them at most."""
    line = Line(3)
    for number in range(100):
        line.ask(f"many {number}", "many")
    line.ask("ben's", "ben")
    line.ask("cleo's", "cleo")
    let_in = [line.leave(f"many {number}")[0] for number in range(4)]
    assert let_in == ["many 3", "ben's", "many 4", "cleo's"]


async def test_nobody_waits_for_ever() -> None:
    """However many newcomers there are, who has waited longest is let in every other time."""
    line = Line(1)
    for number in range(10):
        line.ask(f"many {number}", "many")
    live = "many 0"
    order = []
    for number in range(18):
        line.ask(f"new {number}", f"new {number}")
        [live] = line.leave(live)
        order.append(live)
    assert [name for name in order if name.startswith("many")] == [
        f"many {number}" for number in range(1, 10)
    ]


async def test_who_gives_up_leaves_the_line() -> None:
    """Who was just let in and does not want it any more leaves the place to the next one."""
    line = Line(1)
    for name in "abcd":
        line.ask(name, name)
    line.admission.gives_up(thread("c"))
    assert line.leave("a") == ["b"]
    line.admission.gives_up(thread("b"))  # it was cancelled at the same moment
    assert line.let_in == {"a", "b", "d"}
