"""Signs of life, and memory."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

import pytest

from adapters.copilot import pulse
from adapters.copilot.pulse import MISSED_BEATS, heavier, resident_mb, silent
from bot.errors import RuntimeLost
from tests.copilot.conftest import SystemClock


class BeatClock(SystemClock):
    """A clock that lets everything else go on once with each beat, and counts the beats."""

    def __init__(self) -> None:
        self.beats = 0

    async def sleep(self, seconds: float) -> None:
        """One beat."""
        for _ in range(5):
            await asyncio.sleep(0)
        self.beats += 1


class Patient:
    """Answers pings, or not, by beats.

    Args:
        clock: tells which beat it is.
        answers_until: the beat from which on it answers no more.
        speaks_until: the beat from which on nothing else is heard of it either.
    """

    def __init__(self, clock: BeatClock, *, answers_until: int, speaks_until: int = 0) -> None:
        self._clock = clock
        self._answers_until = answers_until
        self._speaks_until = speaks_until
        self.pings = 0

    @property
    def signs(self) -> int:
        """One with each beat as long as it speaks."""
        return min(self._clock.beats, self._speaks_until)

    async def ping(self) -> None:
        """Answer at once, or never."""
        self.pings += 1
        if self._clock.beats >= self._answers_until:
            await asyncio.Event().wait()


async def test_one_that_answers_lives() -> None:
    """It counts as silent only after it has missed some beats in a row."""
    clock = BeatClock()
    patient = Patient(clock, answers_until=20)
    await silent(patient, clock, 10)
    assert 20 + MISSED_BEATS <= clock.beats <= 21 + MISSED_BEATS
    assert patient.pings <= 21  # one that is not answered is not followed by others


async def test_one_that_speaks_lives() -> None:
    """One that is too busy to answer but tells something is not silent."""
    clock = BeatClock()
    await silent(Patient(clock, answers_until=0, speaks_until=50), clock, 10)
    assert 50 + MISSED_BEATS <= clock.beats <= 51 + MISSED_BEATS


async def test_a_refusal_is_a_sign_of_life() -> None:
    """Who says that something is wrong lives; of a death others tell."""

    class Refusing(Patient):
        async def ping(self) -> None:
            if self._clock.beats < 30:
                raise RuntimeLost("gone")
            await super().ping()

    clock = BeatClock()
    await silent(Refusing(clock, answers_until=0), clock, 10)
    assert clock.beats >= 30 + MISSED_BEATS


async def test_memory_is_looked_at_with_each_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new runtime is left alone for some beats; then the first look over the limit counts."""
    sizes: Iterable[float] = iter([100.0, 499.0, 500.0, 501.0])
    monkeypatch.setattr(pulse, "resident_mb", lambda _: next(iter(sizes)))
    clock = BeatClock()
    await heavier(1, 500, clock, 10)
    assert clock.beats == pulse._LEFT_ALONE + 3


async def test_where_nobody_can_tell_there_is_no_limit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A system that does not say what a process takes is told about once."""
    monkeypatch.setattr(pulse, "resident_mb", lambda _: None)
    waiting = asyncio.create_task(heavier(1, 500, BeatClock(), 10, at_once=True))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    waiting.cancel()
    assert caplog.text.count("no limit") == 1


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc here")  # noqa: PTH110
def test_memory_is_read_from_the_system() -> None:
    """A process takes some megabytes; one that is gone takes none."""
    ours = resident_mb(os.getpid())
    assert ours is not None
    assert 5 < ours < 5000
    assert resident_mb(2**22 + 1) == 0.0
