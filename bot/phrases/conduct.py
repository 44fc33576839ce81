"""What people read of how a thread behaves: its mode, whether it is muted, and what waits."""

from __future__ import annotations

from bot.modes import Mode

HELP_ON_MODE = """\
**mode** shows what becomes of what is said while I am answering, and changes it for this \
conversation.

- `mode queue`: it waits and is answered when its turn comes
- `mode steer`: it reaches the answer that is being written, and changes its course
- `mode interrupt`: that answer is stopped, and the new message is answered next"""

HELP_ON_MUTE = """\
**mute** makes me answer nothing in this conversation but what mentions me.

- `mute off` ends it
- what is said meanwhile I am told with the next mention
- a message that begins with `(aside)` or `((` is between people in any case"""

CHOOSE_CONVERSATION = "Which of your conversations here do you mean?"
MUTED = "Muted: here I answer only what mentions me. `mute off` ends that."
UNMUTED = "Not muted any more: I answer here as before."
MUTE_WHAT = "Say `mute on` or `mute off`."
NOT_IN_DIRECT = "In a direct message I always answer: there is nothing to mute."

_MODES: dict[Mode, str] = {
    Mode.QUEUE: "what you say while I am answering waits for its turn",
    Mode.STEER: "what you say while I am answering reaches that answer and changes its course",
    Mode.INTERRUPT: "what you say while I am answering stops that answer and is answered next",
}


def mode_is(mode: Mode) -> str:
    """Which mode a conversation has."""
    return f"The mode of this conversation is **{mode}**: {_MODES[mode]}."


def mode_chosen(mode: Mode) -> str:
    """A mode was chosen."""
    return f"From now on the mode is **{mode}**: {_MODES[mode]}."


def no_such_mode(said: str) -> str:
    """There is no mode of that name."""
    return f"There is no mode `{said}`. Say `mode queue`, `mode steer` or `mode interrupt`."
