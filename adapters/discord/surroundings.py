"""What a message does not say of itself: who we are, where it stands, what things are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.discord.places import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who we are.

    Args:
        user: our bot's user id.
        application: our application's id.
    """

    user: str
    application: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a message does not say of itself.

    Args:
        place: where it stands.
        me: who we are.
        role: the role that Discord made for us in this server; empty where there is none.
        names: what roles and channels are called, by id.
        thread_author: who began the thread, where that is known better than from the place.
    """

    place: Place
    me: Identity
    role: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    thread_author: str = ""

    @property
    def ours(self) -> frozenset[str]:
        """The ids by which we are mentioned."""
        return frozenset({self.me.user, self.role} - {""})
