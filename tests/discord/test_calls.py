"""Calls: foreign errors become ours, and all of them together keep a pace."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from adapters.discord.calls import is_definite, translated
from adapters.discord.lanes import Lanes
from adapters.discord.pace import BURST, PER_SECOND, Pace
from bot.clock import SystemClock
from bot.errors import ChatError, ChatRefused, ChatUnavailable, PlaceGone
from bot.recent import Recent


def refusal(status: int, code: int = 0) -> discord.HTTPException:
    """An answer of Discord's that is an error."""
    kind = {403: discord.Forbidden, 404: discord.NotFound}.get(status, discord.HTTPException)
    if status >= 500:
        kind = discord.DiscordServerError
    response: Any = SimpleNamespace(status=status, reason="Reason")
    return kind(response, {"code": code, "message": "Words"})


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (refusal(401, 0), ChatRefused),
        (refusal(403, 50001), ChatRefused),
        (refusal(403, 50013), ChatRefused),
        (refusal(403, 50007), ChatRefused),
        (refusal(400, 50083), ChatRefused),
        (refusal(400, 160005), ChatRefused),
        (refusal(400, 200000), ChatRefused),
        (refusal(400, 50035), ChatRefused),
        (refusal(404, 10003), PlaceGone),
        (refusal(404, 10008), PlaceGone),
        (refusal(404, 10062), PlaceGone),
        (refusal(429), ChatUnavailable),
        (refusal(500), ChatUnavailable),
        (refusal(503), ChatUnavailable),
        (discord.RateLimited(120.0), ChatUnavailable),
        (discord.LoginFailure("no"), ChatUnavailable),
        (discord.InvalidData("odd"), ChatUnavailable),
        (aiohttp.ClientPayloadError("cut"), ChatUnavailable),
        (aiohttp.ServerDisconnectedError(), ChatUnavailable),
        (ConnectionResetError("reset"), ChatUnavailable),
        (TimeoutError(), ChatUnavailable),
    ],
)
def test_foreign_errors_become_ours(error: Exception, ours: type[ChatError]) -> None:
    """Each is one of the three that the core knows, in one sentence, with its cause."""
    with pytest.raises(ours) as found, translated("posting a message"):
        raise error
    assert type(found.value) is ours
    assert found.value.__cause__ is error
    assert str(found.value).endswith(".")
    assert "\n" not in str(found.value)


def test_no_foreign_error_is_forgotten() -> None:
    """Whatever discord.py may raise of its own is translated."""
    for kind in _all_below(discord.DiscordException):
        if issubclass(kind, discord.HTTPException | discord.RateLimited):
            continue  # above, each by what it says
        error = kind.__new__(kind)
        with pytest.raises(ChatError), translated("doing something"):
            raise error


def _all_below(kind: type[Exception]) -> set[type[Exception]]:
    below = set(kind.__subclasses__())
    return below.union(*map(_all_below, below))


def test_our_own_errors_pass() -> None:
    """What is translated already stays as it is."""
    error = PlaceGone("Gone.")
    with pytest.raises(PlaceGone) as found, translated("posting a message"):
        raise error
    assert found.value is error


@pytest.mark.parametrize(("status", "definite"), [(400, True), (403, True), (408, False)])
def test_only_a_no_is_definite(status: int, definite: bool) -> None:
    """After a failure nobody knows whether it was done."""
    assert is_definite(refusal(status)) is definite
    assert not is_definite(refusal(502))


class StillClock(SystemClock):
    """Time that only passes when it is told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def monotonic(self) -> float:
        """Where time stands."""
        return self.time


def test_requests_are_spread() -> None:
    """No second has more than 50 of them, however many come, and after a rest some go at once."""
    clock = StillClock()
    pace = Pace(clock)
    waits = [pace.reserve() for _ in range(200)]
    assert waits[:BURST] == pytest.approx([0.0] * BURST)
    for number, wait in enumerate(waits):
        assert sum(wait <= other < wait + 1 for other in waits[number:]) <= 50
    assert waits[-1] == pytest.approx((200 - BURST) / PER_SECOND)
    clock.time += 60
    assert pace.reserve() == 0.0


async def test_lanes_keep_order_and_do_not_wait_for_each_other() -> None:
    """What is put into one lane is done in order; another lane goes on meanwhile."""
    done: list[str] = []
    gate = asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        done.append("slow")

    async def quick(name: str) -> None:
        done.append(name)
        if name == "elsewhere":
            gate.set()

    async with asyncio.TaskGroup() as tasks:
        lanes = Lanes(tasks)
        lanes.put("a", slow)
        lanes.put("a", lambda: quick("after"))
        lanes.put("b", lambda: quick("elsewhere"))
    assert done == ["elsewhere", "slow", "after"]
    assert lanes._last == {}


def test_the_oldest_is_forgotten() -> None:
    """What is remembered has a bound."""
    recent: Recent[int, str] = Recent(2)
    for number in (1, 2, 1, 3):
        recent.put(number, "x")
    assert [key for key, _ in recent] == [1, 3]
    recent.drop(1)
    assert 1 not in recent
    assert len(recent) == 1
