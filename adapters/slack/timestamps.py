"""Slack's timestamps, which name messages and say when they were."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIMESTAMP = re.compile(r"[0-9]{1,11}\.[0-9]{1,6}")


def is_timestamp(ts: str) -> bool:
    """Whether this is a message's `ts`, such as `1721609600.123456`."""
    return _TIMESTAMP.fullmatch(ts) is not None


def moment(ts: str) -> datetime:
    """When a `ts` was (UTC).

    Args:
        ts: one for which `is_timestamp` holds.
    """
    seconds, _, fraction = ts.partition(".")
    # Whole numbers: a float would lose the last digits, which tell messages apart.
    return datetime.fromtimestamp(int(seconds), UTC).replace(
        microsecond=int(fraction.ljust(6, "0"))
    )


def timestamp(moment: datetime) -> str:
    """The `ts` of a moment."""
    microseconds = (moment - _EPOCH) // timedelta(microseconds=1)
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"
