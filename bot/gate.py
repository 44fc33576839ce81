"""Is it for us? Decisions on who may speak to the bot, and what counts as spoken to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.comparison import Comparison
from bot.mailbox import Thread
from bot.messages import IncomingMessage, Person
from bot.requests import Request


class FollowUp(StrEnum):
    """When a message in one of our threads counts without a mention."""

    THREAD = "thread"
    ALWAYS = "always"
    MENTION = "mention"


class Verdict(StrEnum):
    """What the gate says of a message."""

    ACCEPT = "accept"
    IGNORE = "ignore"
    OVERHEAR = "overhear"
    OTHERS_JOINED = "others joined"
    REFUSE = "refuse"


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Who may use the bot, and where.

    Args:
        people: ids of those who may; empty for everyone.
        channels: ids of the channels where it may be used; empty for all. Direct messages
            are not counted as channels.
        approvers: ids of those who may decide what others are asked.
        admins: ids of those who may raise budgets, and see what each person has spent.
    """

    people: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    approvers: frozenset[str] = frozenset()
    admins: frozenset[str] = frozenset()

    def allows(self, person: Person, channel: str, *, is_direct: bool) -> bool:
        """Whether a person may use the bot in a channel."""
        if self.people and person.id not in self.people:
            return False
        return is_direct or not self.channels or channel in self.channels

    def may_decide(self, person: Person, request: Request) -> bool:
        """Whether a person may decide a request: who is asked, and the approvers."""
        return person.id == request.asked_of or person.id in self.approvers

    def may_reveal(self, person: Person, comparison: Comparison) -> bool:
        """Whether a person may end the vote on answers, and choose one to go on with.

        That is who asked for the comparison, the approvers and the administrators.
        """
        is_asker = person.id == comparison.asked_by.id
        return is_asker or person.id in self.approvers | self.admins


def is_aside(message: IncomingMessage) -> bool:
    """Whether a message says of itself that it is between people.

    Two brackets alone are none where the bot is called: code may begin so.
    """
    text = message.text.lstrip().casefold()
    is_called = message.is_direct or message.mentions_bot
    return text.startswith("(aside)") or (text.startswith("((") and not is_called)


def judge_call(message: IncomingMessage, access: Access) -> Verdict | None:
    """Judge a message without looking at its thread.

    Returns:
        The verdict, or None where only the thread can tell: a message in a thread that does
        not call the bot. `OVERHEAR` means to ignore it, and to tell of it later.
    """
    if message.author.is_bot:
        return Verdict.IGNORE
    if is_aside(message):
        return Verdict.OVERHEAR
    is_called = message.is_direct or message.mentions_bot
    if access.allows(message.author, message.key.channel, is_direct=message.is_direct):
        return Verdict.ACCEPT if is_called else None
    return Verdict.REFUSE if is_called else Verdict.IGNORE


def judge_follow_up(message: IncomingMessage, thread: Thread | None, mode: FollowUp) -> Verdict:
    """Judge a message in a thread that does not call the bot.

    In the mode `thread` it counts where only its author and the bot have spoken.

    Args:
        message: the message.
        thread: what is known of its thread; None if it is not one of ours.
        mode: the operator's rule.

    Returns:
        The verdict; `OTHERS_JOINED` means to ignore it, and that the thread is shared now.
    """
    if thread is None:
        return Verdict.IGNORE
    if thread.choices.is_muted:
        return Verdict.OVERHEAR
    is_alone = thread.sole_speaker == message.author.id
    match mode:
        case FollowUp.ALWAYS:
            return Verdict.ACCEPT
        case FollowUp.MENTION:
            return Verdict.IGNORE
        case FollowUp.THREAD if is_alone:
            return Verdict.ACCEPT
        case FollowUp.THREAD:
            return Verdict.OTHERS_JOINED if thread.sole_speaker else Verdict.IGNORE
