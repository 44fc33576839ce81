from datetime import UTC

from bot.clock import SystemClock
from bot.ports import Clock


async def test_it_is_the_clock_of_the_ports() -> None:
    """The wall clock is in UTC, the other one never goes back, and waiting ends."""
    clock: Clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() >= before
