"""Times are read as the SDK reads them, but quickly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.copilot.times import MODULES, NAME, Quick, read_times_quickly

WHEN = "2026-01-31T12:00:00.250Z"


@pytest.fixture(params=MODULES)
def module(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """A module of the SDK's, as it came."""
    module = import_module(request.param)
    before = getattr(module, NAME)
    if isinstance(before, Quick):
        setattr(module, NAME, before._read)
    yield module
    setattr(module, NAME, before)


def read(how: Any, value: object) -> object:
    """What comes of a value: a time, or the kind of error."""
    try:
        return how(value)
    except Exception as error:  # noqa: BLE001
        return type(error)


TIMES = st.datetimes(min_value=datetime(1000, 1, 1)).map(  # noqa: DTZ001
    lambda time: f"{time.isoformat(timespec='milliseconds')}Z"
)
ODD = st.one_of(
    TIMES.flatmap(
        lambda time: st.tuples(st.integers(0, 23), st.characters()).map(
            lambda change: time[: change[0]] + change[1] + time[change[0] + 1 :]
        )
    ),
    st.text(alphabet="0123456789-:.TZ+W ", max_size=30),
    st.none() | st.integers() | st.floats(allow_nan=False),
)


@pytest.mark.parametrize("name", MODULES)
@given(value=TIMES | ODD)
@example(value=WHEN)
@example(value="2026-01-31T12:00:00Z")
@example(value="2026-W05-6T12:00:00.000Z")
def test_the_same_is_read(name: str, value: object) -> None:
    """Whatever it is, it is read or refused as the SDK would."""
    found = getattr(import_module(name), NAME)
    slow = found._read if isinstance(found, Quick) else found
    assert read(Quick(slow), value) == read(slow, value)


def test_it_is_put_in_place_once(module: ModuleType) -> None:
    """The SDK's events are read by it, however often it is put in place."""
    before = getattr(module, NAME)
    for _ in range(2):
        read_times_quickly()
        quick = getattr(module, NAME)
        assert isinstance(quick, Quick)
        assert quick._read is before
    assert quick(WHEN) == datetime(2026, 1, 31, 12, 0, 0, 250_000, tzinfo=UTC)


def test_an_sdk_without_it_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Where the SDK has no such function, nothing happens but a line in the log."""
    with caplog.at_level(logging.WARNING):
        read_times_quickly(("copilot.generated",))
    assert [record.message for record in caplog.records] == [
        "copilot.generated reads times in another way: they are read slowly"
    ]
    assert not hasattr(import_module("copilot.generated"), NAME)
