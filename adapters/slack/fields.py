"""Typed reading of the dictionaries that Slack sends: what is not as expected reads as empty."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

Fields = Mapping[str, object]
"""A JSON object as Slack sent it; nothing in it may be relied on."""

_TIMESTAMP = re.compile(r"[0-9]{1,11}\.[0-9]{1,6}")


def fields(value: object, *path: str) -> Fields:
    """The object at a path; empty where there is none.

    Args:
        value: where to begin.
        path: the names to follow.
    """
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: object, *path: str) -> str:
    """The string at a path; empty where there is none.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    found = fields(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) else ""


def items(value: object, *path: str) -> Sequence[object]:
    """The list at a path; empty where there is none.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    found = fields(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, list) else ()


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
