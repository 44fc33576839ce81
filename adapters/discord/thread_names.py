"""The names of the threads that the bot starts."""

from __future__ import annotations

import re

from adapters.discord import phrases
from adapters.discord.markup import one_line

LONGEST = 100
"""Discord's limit: https://docs.discord.com/developers/resources/channel."""

_MARKS = re.compile(r"```\w*|`|\*\*|^\s*(?:#{1,3}|>{1,3}|-#)\s+", re.MULTILINE)
_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>|@(?=everyone\b|here\b)")


def thread_name(said: str) -> str:
    """The name of a thread that begins with this message: one line, without mentions.

    Args:
        said: the message, readable.
    """
    plain = _MARKS.sub("", _MENTION.sub("", said))
    return one_line(plain, LONGEST) or phrases.CONVERSATION
