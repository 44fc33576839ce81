"""Typed reading of the dictionaries that Discord sends: what is not as expected reads as empty."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from adapters.fields import fields, text

_SNOWFLAKE = re.compile(r"[0-9]{1,20}")
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_BELOW_MS = 22


def number(value: object, *path: str) -> int | None:
    """The whole number at a path; None where there is none.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    found = fields(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def truth(value: object, *path: str) -> bool:
    """Whether there is a `true` at a path.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    return fields(value, *path[:-1]).get(path[-1]) is True


def snowflake(value: object, *path: str) -> str:
    """The id at a path, in digits; empty where there is none.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    found = fields(value, *path[:-1]).get(path[-1])
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return found if isinstance(found, str) and is_snowflake(found) else ""


def is_snowflake(id_: str) -> bool:
    """Whether this is an id of Discord's: a number of 64 bits."""
    return _SNOWFLAKE.fullmatch(id_) is not None and int(id_) < 1 << 64


def moment(id_: str) -> datetime:
    """When an id was made (UTC).

    An id has milliseconds and counts on within one: that becomes microseconds, so that what was
    said first is also earlier. https://docs.discord.com/developers/reference#snowflakes

    Args:
        id_: one for which `is_snowflake` holds.
    """
    milliseconds, rest = divmod(int(id_), 1 << _BELOW_MS)
    return _EPOCH + timedelta(milliseconds=milliseconds, microseconds=rest * 1000 >> _BELOW_MS)


def id_at(when: datetime) -> str:
    """The smallest id that can have been made at a moment.

    Args:
        when: with a time zone.
    """
    milliseconds = (when - _EPOCH) // timedelta(milliseconds=1)
    return str(max(0, milliseconds) << _BELOW_MS)


def timestamp(value: object, *path: str) -> datetime | None:
    """The ISO 8601 time at a path (UTC); None where there is none.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    try:
        found = datetime.fromisoformat(text(value, *path))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
