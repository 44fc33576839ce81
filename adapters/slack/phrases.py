"""What people read that only Slack needs; all else is in `bot.phrases`."""

from __future__ import annotations

WORKING = "Working on it…"
"""Stands where a reply will be."""

THINKING = "💭"
"""Before a line that tells what the model thinks."""

THINKING_TASK = "Thinking"
"""The task that tells it while it does."""

THOUGHT = "Thought about it"
"""The same, when it is over."""

WHOLE_IN_FILE = "The answer goes on: all of it is in the file."
"""Under the last message of an answer that is too long for messages."""

NO_ANSWER = "There was no answer."
"""A reply that ended without a word."""

STOP = "Stop"
"""The button that ends a reply, where Slack shows none of its own."""

RETRY = "Retry"
"""The button under a message that could not be kept."""

CANCEL = "Cancel"
"""The button that closes a form."""

DIRECT = "Direct message"
"""Where a conversation is that is nobody else's."""

SHOW_THREAD = "Show"
"""The link to a thread."""

NOT_DONE = "That did not work because of an error on my side: please try again."
"""A command or a press that failed in a way that nobody foresaw."""

NO_FILES = "There are no files to send."
"""A sending of nothing."""

FILES_NOT_SHOWN = "Slack took the files and does not show them: send them again later."
"""What Slack said yes to, and did not do."""

FILES_NOT_PERMITTED = (
    "Slack does not permit reading files without the scope files:read: install the app again from "
    "the output of `threadpilot manifest slack`."
)
"""Slack led to its sign-in page instead of to a file."""


def file_too_large(name: str, most: int | None) -> str:
    """A file has more bytes than it may have.

    Args:
        name: the file's.
        most: bytes; None where Slack does not say how many it takes.
    """
    limit = "Slack takes" if most is None else f"{most:,} bytes"
    return f"The file {_shown(name)} is larger than {limit}: share a smaller one."


def file_gone(name: str) -> str:
    """A file was deleted."""
    return f"The file {_shown(name)} was deleted: share it again."


def file_hidden(name: str) -> str:
    """A file is older than what the workspace's plan shows."""
    return f"Slack's plan hides the file {_shown(name)}: share it again."


def file_elsewhere(name: str) -> str:
    """A file is not where Slack keeps files."""
    return f"The file {_shown(name)} is not kept in Slack: upload it here to share it."


def file_too_slow(name: str) -> str:
    """A file did not come in time."""
    return f"The file {_shown(name)} did not come in time: try again later."


def file_not_to_be_had(name: str) -> str:
    """Slack fails over a file."""
    return f"The file {_shown(name)} could not be fetched from Slack: try again later."


def file_not_taken(name: str, status: int) -> str:
    """Slack does not take a file's bytes.

    Args:
        name: the file's.
        status: what it answered with.
    """
    return f"Slack does not take the file {_shown(name)} (status {status}): try again later."


def files_disabled(code: str) -> str:
    """The workspace takes no such files.

    Args:
        code: Slack's own.
    """
    return f"This workspace does not take such files ({code}): ask its administrator."


def _shown(name: str) -> str:
    plain = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    return f"`{plain[:80].replace('`', '')}`" if plain else "`?`"
