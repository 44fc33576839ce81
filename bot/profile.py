"""What a thread's sessions may do at most, as the operator says."""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """A set of tools, and what needs no permission with them. Each has all of those before it."""

    CHAT = "chat"
    """Talk, and files on the thread's own desk. Nobody is ever asked for a permission."""

    WEB = "web"
    """As `CHAT`, and pages of the internet, each host with permission."""

    AGENT = "agent"
    """As `WEB`, and a shell, search, edits and git in a directory, each step by the policy."""

    @property
    def rank(self) -> int:
        """Its place in the order; compare by this, not as texts."""
        return list(Profile).index(self)

    def within(self, ceiling: Profile) -> Profile:
        """The profile, or the ceiling where it is above that."""
        return min(self, ceiling, key=lambda each: each.rank)
