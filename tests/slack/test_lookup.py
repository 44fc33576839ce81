"""What ids stand for is asked when it is wanted, and nobody waits long for it."""

from __future__ import annotations

import asyncio

import pytest

from adapters.slack.lookup import Lookup, one_line
from bot.errors import ChatUnavailable
from tests.contracts.store import SetClock


class Slack:
    """Tells what ids stand for, and counts who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.fails = False

    async def __call__(self, wanted: str) -> str:
        """Tell of one."""
        self.asked.append(wanted)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if self.fails:
            raise ChatUnavailable("Slack is out of reach.")
        if wanted == "slow":
            await asyncio.Event().wait()
        return wanted.lower()


async def test_each_is_asked_once_in_a_while() -> None:
    """What is known is not asked again, until it is old; then the old counts if that fails."""
    slack, clock = Slack(), SetClock()
    lookup = Lookup("people", slack, clock)
    for _ in range(2):
        await lookup.learn(["A", "B", "A"])
    assert slack.asked == ["A", "B"]
    clock.move(4_000)
    slack.fails = True
    await lookup.learn(["A"])
    assert slack.asked == ["A", "B", "A"]
    assert lookup.get("A") == "a"
    assert lookup.get("C") is None


async def test_what_is_unknown_is_asked_again_later() -> None:
    """An id that Slack did not tell is not asked again at once."""
    slack, clock = Slack(), SetClock()
    slack.fails = True
    lookup = Lookup("people", slack, clock)
    for _ in range(2):
        await lookup.learn(["A"])
    clock.move(61)
    await lookup.learn(["A"])
    assert slack.asked == ["A", "A"]


async def test_who_asks_meanwhile_waits_for_the_same() -> None:
    """The two events of a mention ask for a name together, once."""
    slack = Slack()
    lookup = Lookup("people", slack, SetClock())
    await asyncio.gather(lookup.learn(["A"]), lookup.learn(["A"]))
    assert slack.asked == ["A"]


async def test_many_are_asked_a_few_at_a_time() -> None:
    """A thread of many people is no flood of calls, and its length has a limit."""
    slack = Slack()
    lookup = Lookup("people", slack, SetClock())
    await lookup.learn(f"U{number}" for number in range(300))
    assert (len(slack.asked), slack.most_at_once) == (100, 20)


async def test_nobody_waits_for_what_does_not_come() -> None:
    """What comes in time is there; what does not keeps nobody."""
    lookup = Lookup("people", Slack(), SetClock(), most_waited_s=0.05)
    await lookup.learn(["slow", "A"])
    assert (lookup.get("A"), lookup.get("slow")) == ("a", None)


@pytest.mark.parametrize(
    ("name", "plain"), [("a <b>\n`c`", "a b c"), ("  x  ", "x"), ("n" * 200, "n" * 80), ("", "")]
)
def test_a_name_means_nothing_but_itself(name: str, plain: str) -> None:
    """What somebody calls themselves is no markup, and one line."""
    assert one_line(name) == plain
