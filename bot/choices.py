"""What the people of a thread chose for it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.modes import Mode
from bot.profile import Profile


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """A thread's own settings; what nobody chose is as the operator has it.

    They stay when the thread is started afresh.

    Args:
        model: the id of a model; empty where none was chosen.
        effort: how hard it is to think; empty where that was not chosen.
        mode: what becomes of a message that is said during a turn; None where not chosen.
        profile: what sessions may do; None where not chosen.
        is_muted: whether only a mention counts.
    """

    model: str = ""
    effort: str = ""
    mode: Mode | None = None
    profile: Profile | None = None
    is_muted: bool = False
