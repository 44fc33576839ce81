"""What people read of how a thread behaves: its mode, whether it is muted, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

from bot.mailbox import Entry
from bot.modes import Mode
from bot.phrases.defaults import ALWAYS

HELP_ON_MODE = f"""\
**mode** shows what becomes of what is said while I am answering, and changes it for this \
conversation.

- `mode queue`: it waits and is answered when its turn comes
- `mode steer`: it reaches the answer that is being written, and changes its course
- `mode interrupt`: that answer is stopped, and the new message is answered next
{ALWAYS}"""

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

WAITS_NO_MORE = "That does not wait any more, or is not yours: `status` shows what does."
WAITING_DONE: dict[str, str] = {
    "drop": "Dropped: it will not be answered.",
    "first": "It is answered next.",
    "edit": "Changed: it is answered as it reads now.",
}
CHANGE_MESSAGE = "Change your message"
YOUR_MESSAGE = "Your message"

WAITING_VERBS: dict[str, str] = {"first": "Do this first", "edit": "Edit", "drop": "Drop"}
"""What the buttons of the waiting list say."""

_LONGEST_WAITING = 80
_MOST_WAITING = 10

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


def waiting(entries: Sequence[Entry]) -> str:
    """What waits, in its order; empty where nothing does."""
    if not entries:
        return ""
    lines = [f"{number}. {_said(each)}" for number, each in enumerate(entries[:_MOST_WAITING], 1)]
    if len(entries) > _MOST_WAITING:
        lines.append(f"… and {len(entries) - _MOST_WAITING} more")
    return "**Waiting**\n\n" + "\n".join(lines)


def settings(
    *, model: str, effort: str, mode: Mode, profile: str, is_muted: bool, budgets: Sequence[str]
) -> str:
    """What holds for a conversation, as lines of a list."""
    thinks = f", effort {effort}" if effort else ""
    lines = [
        f"- model: {f'`{model}`' if model else 'the default'}{thinks}",
        f"- mode: {mode}, profile: {profile}",
        *(["- muted: only mentions are answered"] if is_muted else []),
        *(f"- {each}" for each in budgets),
    ]
    return "\n".join(lines)


def _said(entry: Entry) -> str:
    text = " ".join(entry.text.split()) or "(only files)"
    shown = text if len(text) <= _LONGEST_WAITING else f"{text[: _LONGEST_WAITING - 1]}…"
    return f"{entry.author.name or entry.author.id}: {shown}"
