"""What a thread's sessions may do at most, as the operator says."""

from __future__ import annotations

from enum import StrEnum


class Profile(StrEnum):
    """A set of tools, and what needs no permission with them."""

    CHAT = "chat"
    """Talk, and files on the thread's own desk. Nobody is ever asked for a permission."""

    WEB = "web"
    """As `CHAT`, and pages of the internet, each host with permission."""
