"""What to do with a turn that was cut off: a decision on the session's own history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.mailbox import Entry
from bot.ports import PastTurn
from bot.prompt import is_prompt_of

INSIDE_TOOLS = frozenset(
    {"view", "create", "edit", "chart", "ask_user", "report_intent", "task_complete", "web_fetch"}
)
"""Tools that change nothing but the session itself: a turn that used only these can be repeated.

A page may be read twice; one that still waited for permission is asked for again.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deliver:
    """The answer is there.

    Args:
        text: the answer.
    """

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SendAgain:
    """The prompt never reached the model.

    Args:
        rewind_to: the prompt to take back first; None where there is nothing to take back.
    """

    rewind_to: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TellCutOff:
    """Something outside was perhaps done: do not repeat it.

    Args:
        text: what was said until then.
        tools: what had begun.
    """

    text: str
    tools: tuple[str, ...]


Recovery = Deliver | SendAgain | TellCutOff


def decide(turns: Sequence[PastTurn], entry: Entry) -> Recovery:
    """Decide how to go on with a message that a worker had begun.

    A prompt of the same words from before it was first taken is another one.

    Args:
        turns: the session's history, oldest first.
        entry: the message.

    Returns:
        What to do.
    """
    begun_at = entry.taken_at or entry.sent_at
    begun_at = begun_at.replace(microsecond=begun_at.microsecond // 1000 * 1000)
    mine = [turn for turn in turns if is_prompt_of(turn.prompt, entry) and turn.said_at >= begun_at]
    if not mine:
        return SendAgain()
    turn = mine[-1]
    if turn.is_complete and turn.answer:
        return Deliver(text=turn.answer)
    outside = tuple(tool for tool in turn.tools if tool not in INSIDE_TOOLS)
    if outside:
        return TellCutOff(text=turn.answer, tools=outside)
    return SendAgain(rewind_to=turn.prompt_id)
