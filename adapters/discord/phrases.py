"""What people read that only Discord needs; all else is in `bot.phrases`."""

from __future__ import annotations

STOP = "Stop"
"""The button that ends a reply."""

RETRY = "Retry"
"""The button under a message that could not be kept."""

NO_ANSWER = "There was no answer."
"""A reply that ended without a word."""

NOT_DONE = "That did not work because of an error on my side: please try again."
"""A command or a press that failed in a way that nobody foresaw."""

DONE = "Done."
"""A command that has nothing else to say."""

NO_TEXT = "There is nothing in that message that I could be asked about."
"""*Ask Copilot about this* on a message without text and files."""

MORE_FOLLOWS = "… the rest follows as a file."
"""Under the last message of an answer that is too long, while it grows."""

WHOLE_IN_FILE = "The answer goes on: all of it is in the file."
"""The same, when it is whole."""

THINKING = "💭"
"""Before a line that tells what the model thinks."""

NO_FILES = "There are no files to send."
"""A sending of nothing."""

FILES_NOT_PERMITTED = (
    "I may not attach files in this channel: whoever manages it can give me the permission "
    "Attach Files."
)
"""Files that a channel does not take from the bot."""

CONVERSATION = "Conversation with Copilot"
"""The name of a thread whose first message has no words."""


def asked_there(channel: str) -> str:
    """*Ask Copilot about this* was taken.

    Args:
        channel: the id of the thread or channel where the answer comes.
    """
    return f"I was asked: the answer comes in <#{channel}>."


def not_shown(channel: str, reason: str) -> str:
    """An answer could not be shown where it was asked for.

    Args:
        channel: the id of the thread or channel.
        reason: a sentence.
    """
    return f"I could not answer you in <#{channel}>. {reason}"


NO_DIRECT_MESSAGE = (
    "The answer is for you alone, and I cannot write to you. Allow direct messages from this "
    "server, or type `/copilot`: what that says, only you see."
)


def whispered(text: str, channel: str) -> str:
    """Something for one person alone, in a direct message.

    Args:
        text: what.
        channel: the id of the thread or channel that it is about.
    """
    return f"{text}\n-# about <#{channel}>"


def file_too_large(name: str, most: int) -> str:
    """A file has more bytes than it may have.

    Args:
        name: the file's.
        most: bytes.
    """
    return f"The file {_shown(name)} is larger than {most:,} bytes: share a smaller one."


def file_gone(name: str) -> str:
    """A file was deleted."""
    return f"The file {_shown(name)} was deleted: share it again."


def file_elsewhere(name: str) -> str:
    """A file is not where Discord keeps files."""
    return f"The file {_shown(name)} is not kept in Discord: upload it here to share it."


def file_refused(name: str, status: int) -> str:
    """Discord does not give a file.

    Args:
        name: the file's.
        status: what it answered with.
    """
    return f"Discord does not give me the file {_shown(name)} (status {status}): share it again."


def file_too_slow(name: str) -> str:
    """A file did not come in time."""
    return f"The file {_shown(name)} did not come in time: try again later."


def file_not_to_be_had(name: str) -> str:
    """Discord fails over a file."""
    return f"The file {_shown(name)} could not be fetched from Discord: try again later."


def _shown(name: str) -> str:
    plain = " ".join("".join(each if each.isprintable() else " " for each in name).split())
    return f"`{plain[:80].replace('`', '')}`" if plain else "`?`"
