"""What to do with a turn that was cut off: a decision on the session's own history."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.mailbox import Entry
from bot.ports import PastTurn
from bot.prompt import is_prompt_of

INSIDE_TOOLS = frozenset(
    {"view", "create", "edit", "read", "write", "grep", "glob", "chart"}
    | {"read_bash", "list_bash", "stop_bash"}
    | {"ask_user", "report_intent", "task_complete", "web_fetch"}
)
"""Tools that change nothing but the session and its directory: a turn that used only these can be
repeated. A page may be read twice.
"""

ASKING_TOOLS = frozenset({"bash", "push_branch"})
"""Tools that never run unasked. The history has them from when they ask, and perhaps not yet when
they run: that one began is noted with the entry before it may (`Entry.acts`)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliver:
    """The answer is there.

    Args:
        text: the answer.
        heard: ids of the messages brought into the turn that the model saw.
    """

    text: str
    heard: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SendAgain:
    """The prompt never reached the model, or its turn can be repeated.

    Args:
        rewind_to: the prompt to take back first; None where there is nothing to take back, or
            later turns would be taken back as well.
    """

    rewind_to: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TellCutOff:
    """Something outside was perhaps done: do not repeat it.

    Args:
        text: what was said until then.
        tools: what had begun.
        heard: ids of the messages brought into the turn that the model saw.
    """

    text: str
    tools: tuple[str, ...]
    heard: tuple[int, ...] = ()


Recovery = Deliver | SendAgain | TellCutOff


def is_outside(tool: str) -> bool:
    """Whether what a tool does cannot be taken back, and should not be done twice."""
    return tool not in INSIDE_TOOLS


def decide(
    turns: Sequence[PastTurn],
    entry: Entry,
    steered: Sequence[Entry] = (),
    acts: Collection[str] = (),
) -> Recovery:
    """Decide how to go on with a message that a worker had begun.

    A prompt of the same words from before it was first taken is another one.

    Args:
        turns: the session's history, oldest first.
        entry: the message.
        steered: the messages that were brought into its turn, in order. What the model saw of
            them follows in the history, as prompts of their own.
        acts: the tools with an effect outside of which it is noted that they may have begun.

    Returns:
        What to do.
    """
    begun_at = entry.taken_at or entry.sent_at
    begun_at = begun_at.replace(microsecond=begun_at.microsecond // 1000 * 1000)
    mine = [
        index
        for index, turn in enumerate(turns)
        if is_prompt_of(turn.prompt, entry) and turn.said_at >= begun_at
    ]
    noted = tuple(filter(is_outside, acts))
    if not mine:
        return TellCutOff(text="", tools=noted) if noted else SendAgain()
    turn = turns[mine[-1]]
    after = turns[mine[-1] + 1 :]
    heard = _heard(after, steered)
    whole = [turn, *after[: len(heard)]]
    text = "\n\n".join(part.answer for part in whole if part.answer)
    if whole[-1].is_complete and text:
        return Deliver(text=text, heard=heard)
    begun = [tool for part in whole for tool in part.tools if tool not in ASKING_TOOLS]
    outside = tuple(dict.fromkeys((*filter(is_outside, begun), *noted)))
    if outside:
        return TellCutOff(text=text, tools=outside, heard=heard)
    return SendAgain(rewind_to=turn.prompt_id if len(whole) > len(after) else None)


def _heard(turns: Sequence[PastTurn], steered: Sequence[Entry]) -> tuple[int, ...]:
    """Which of the messages the prompts are that come first in the history."""
    left = list(steered)
    heard = []
    for turn in turns:
        found = next((each for each in left if is_prompt_of(turn.prompt, each)), None)
        if found is None:
            break
        left.remove(found)
        heard.append(found.id)
    return tuple(heard)
