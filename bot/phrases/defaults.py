"""What people read of what they chose for the conversations that they begin."""

from __future__ import annotations

from collections.abc import Sequence

from bot.defaults import Defaults
from bot.modes import Mode

ALWAYS = "- with `always` at the end you choose it for the conversations that you begin as well"
"""A line of the help on each command that takes the word."""

MODEL = "Model of what I begin"
EFFORT = "Effort of what I begin"
MODE = "Mode of what I begin"
NO_CHOICE = "Default"
"""The choice that leaves it to whoever runs the bot."""

NO_EFFORT = (
    "The model that you begin with cannot be told how hard to think: "
    "choose another one first, with `model`, its name, and `always`."
)
NOTHING_CHOSEN = "Conversations that you begin are as whoever runs me chose."


def own(defaults: Defaults) -> str:
    """How the conversations are that somebody begins."""
    lines = facts(defaults)
    return f"Conversations that you begin have {' and '.join(lines)}." if lines else NOTHING_CHOSEN


def facts(defaults: Defaults) -> Sequence[str]:
    """What somebody chose, each in a few words."""
    model = f"the model `{defaults.model}`" if defaults.model else ""
    effort = f"the effort **{defaults.effort}**" if defaults.effort else ""
    mode = f"the mode **{defaults.mode}**" if defaults.mode else ""
    return [each for each in (model, effort, mode) if each]


def no_such_mode(said: str) -> str:
    """There is no mode of that name to begin with."""
    offered = ", ".join(f"`{each}`" for each in Mode)
    return f"There is no mode `{said}`: say `mode`, one of {offered} or `default`, and `always`."
