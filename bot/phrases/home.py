"""What people read on the page of their own that a platform shows of the bot."""

from __future__ import annotations

from bot.messages import Person

WAITING = "Waiting for your answer"
NOTHING_WAITS = "Nothing waits for you."
CONVERSATIONS = "Your conversations"
NO_CONVERSATIONS = "You have none yet."
SETTINGS = "You"
BEGIN = "How to begin"
BEGINNING = """\
- *Mention me* in a channel: the thread becomes a conversation that remembers
- *Write to me directly*, under Messages: that is a private conversation of your own
- `/copilot help` shows what I can do"""
STOP = "Stop"
RENAME = "Rename"
IS_APPROVER = "You may decide what others are asked, but for what is asked in private."
ONLY_YOU = "Only you see this page."


def who(person: Person, *, is_approver: bool) -> str:
    """How the bot knows a person, and what that lets them do."""
    lines = [f"I know you as `{person.id}`."]
    if is_approver:
        lines.append(IS_APPROVER)
    return " ".join([*lines, ONLY_YOU])


def facts(*each: str) -> str:
    """A few facts in a line; empty ones are left out."""
    return " · ".join(filter(None, each))


def until(time: str) -> str:
    """Until when something can be decided."""
    return f"until {time} UTC"
