"""Column types that say the same in every database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, Text
from sqlalchemy.types import TypeDecorator

from bot.messages import SharedFile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

RowId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is exactly INTEGER."""


def to_microseconds(moment: datetime) -> int:
    """Count the microseconds from 1970 to `moment`.

    Raises:
        ValueError: `moment` has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Turn `to_microseconds` around (UTC)."""
    return EPOCH + timedelta(microseconds=count)


class Moment(TypeDecorator[datetime]):
    """A time: microseconds since 1970, so that every database compares and indexes it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """Write a time."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        """Read a time."""
        return None if value is None else from_microseconds(value)


class Words(TypeDecorator[str]):
    """Text from outside. What no database stores alike is replaced.

    A lone surrogate (JSON can carry one) has no UTF-8, and PostgreSQL refuses NUL.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Write text."""
        return None if value is None else sound(value)


class Files(TypeDecorator[tuple[SharedFile, ...]]):
    """Files that came with a message, as JSON that is ASCII in every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[SharedFile, ...] | None, dialect: Any) -> str | None:
        """Write them."""
        if value is None:
            return None
        return json.dumps([[file.id, file.name, file.type, file.size, file.url] for file in value])

    def process_result_value(
        self, value: str | None, dialect: Any
    ) -> tuple[SharedFile, ...] | None:
        """Read them."""
        if value is None:
            return None
        return tuple(
            SharedFile(id=id_, name=name, type=type_, size=size, url=url)
            for id_, name, type_, size, url in json.loads(value)
        )


class WordList(TypeDecorator[tuple[str, ...]]):
    """Several texts, as JSON that is ASCII in every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Any) -> str | None:
        """Write them."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Any) -> tuple[str, ...] | None:
        """Read them."""
        return None if value is None else tuple(json.loads(value))


def sound(text: str) -> str:
    """Replace what cannot be stored by U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        # A pair of surrogates, as escaped JSON may bring it, is the character that it stands for.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
