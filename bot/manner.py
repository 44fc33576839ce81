"""How a session is to be: its model, how hard that thinks, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from bot.profile import Profile


@dataclass(frozen=True, kw_only=True, slots=True)
class Manner:
    """How a live session is, or is to be. Another manner is another way to open it.

    Args:
        model: the id of its model; empty for the operator's.
        effort: how hard that is to think; empty for its own choice.
        profile: what the session may do.
    """

    model: str = ""
    effort: str = ""
    profile: Profile = Profile.CHAT
