"""What a person has chosen for the conversations that they begin."""

from __future__ import annotations

from dataclasses import dataclass

from bot.modes import Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class Defaults:
    """A person's own; what they did not choose is as the operator has it.

    A thread takes them over when their message is its first, as far as nobody chose there. After
    that they are the thread's, and another choice of theirs changes it no more.

    Args:
        model: the id of a model; empty where none was chosen.
        effort: how hard that is to think; empty where that was not chosen.
        mode: what becomes of a message that is said during a turn; None where not chosen.
    """

    model: str = ""
    effort: str = ""
    mode: Mode | None = None
