"""Where and for whom something is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.keys import SessionKey


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where and for whom something is wanted.

    Args:
        platform: as in `SessionKey.platform`.
        channel: the channel's id.
        person: id of who is answered.
    """

    platform: str
    channel: str
    person: str

    @classmethod
    def of(cls, key: SessionKey, person: str) -> Self:
        """A thread's place.

        Args:
            key: the thread.
            person: who is answered there.
        """
        return cls(platform=key.platform, channel=key.channel, person=person)
