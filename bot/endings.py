"""How a message's turn ended, for people and for the mailbox."""

from __future__ import annotations

from dataclasses import dataclass

from bot.mailbox import Entry, EntryState
from bot.messages import Button
from bot.ports import ReplyState


@dataclass(frozen=True, slots=True)
class Ending:
    """How a message's turn ended.

    Args:
        entry_state: how the mailbox keeps it.
        reply_state: how people see it.
        text: the whole answer, where it is not what the turn's events said.
        notice: a sentence of the bot's own.
        buttons: what can be pressed.
    """

    entry_state: EntryState
    reply_state: ReplyState
    text: str | None = None
    notice: str = ""
    buttons: tuple[Button, ...] = ()

    @classmethod
    def failed(cls, notice: str, entry: Entry) -> Ending:
        """It ended without an answer; Retry is offered."""
        return cls(EntryState.FAILED, ReplyState.FAILED, notice=notice, buttons=(_retry(entry),))

    @classmethod
    def stopped(cls, notice: str, entry: Entry) -> Ending:
        """It was told to stop; what was written stays, and Retry is offered."""
        return cls(EntryState.STOPPED, ReplyState.STOPPED, notice=notice, buttons=(_retry(entry),))


def _retry(entry: Entry) -> Button:
    return Button(action="retry", value=str(entry.id), label="Retry")
