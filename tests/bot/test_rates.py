"""How fast people may speak."""

from __future__ import annotations

from bot.rates import Rates
from tests.contracts.store import SetClock


def test_a_minutes_worth_at_once_then_one_by_one() -> None:
    """After a rest a minute's worth counts at once, and then as many as come with time."""
    clock = SetClock()
    rates = Rates(6, clock)
    assert [rates.take("ann") for _ in range(6)] == [0.0] * 6
    assert round(rates.take("ann"), 6) == 10.0
    assert rates.take("ben") == 0.0
    clock.move(4)
    assert round(rates.take("ann"), 6) == 6.0
    clock.move(6.001)
    assert rates.take("ann") == 0.0
    assert rates.take("ann") > 9.0
    clock.move(3600)
    assert [rates.take("ann") > 0 for _ in range(7)] == [False] * 6 + [True]


def test_no_limit() -> None:
    """Without a limit nobody ever waits."""
    rates = Rates(0, SetClock())
    assert not any(rates.take("ann") for _ in range(1_000))
