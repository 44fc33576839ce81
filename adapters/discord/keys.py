"""Names of Discord's conversations as the core's keys, and short enough for a button.

- `discord:SERVER:CHANNEL:THREAD` is a thread, a post in a forum or media channel, or the chain of
  replies below a message where there can be no thread. A thread that is started from a message
  has the message's id, so its key is known before there is a thread.
- `discord::CHANNEL:` is a direct message.
"""

from __future__ import annotations

import re

from adapters.discord.fields import is_snowflake
from bot.keys import SessionKey

PLATFORM = "discord"

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PACKED = re.compile(r"([0-9A-Za-z]{0,11})\.([0-9A-Za-z]{1,11})\.([0-9A-Za-z]{0,11})")


def thread_key(*, guild: str, channel: str, thread: str = "") -> SessionKey:
    """The key of a thread in a server; without thread, of the channel as a place.

    Args:
        guild: the server's id.
        channel: the id of the channel that the thread is listed under.
        thread: the thread's id, or that of the message that it is or would be started from.
    """
    return SessionKey(platform=PLATFORM, workspace=guild, channel=channel, thread=thread)


def direct_key(channel: str) -> SessionKey:
    """The key of a direct message.

    Args:
        channel: its channel's id.
    """
    return SessionKey(platform=PLATFORM, workspace="", channel=channel)


def is_direct(key: SessionKey) -> bool:
    """Whether a key names a direct message."""
    return not key.workspace


def packed(key: SessionKey) -> str:
    """The key in at most 35 characters; empty where it is none of Discord's.

    Ids are 64 bits: each takes at most 11 digits to the base of 62.
    """
    ids = (key.workspace, key.channel, key.thread)
    if key.platform != PLATFORM or not key.channel or not all(map(_is_plain, ids)):
        return ""
    return ".".join(_packed(id_) for id_ in ids)


def unpacked(text: str) -> SessionKey | None:
    """The key that `packed` made this of; None where it made nothing of the kind."""
    found = _PACKED.fullmatch(text)
    if found is None:
        return None
    guild, channel, thread = (_unpacked(part) for part in found.groups())
    if not all(map(_is_plain, (guild, channel, thread))):
        return None
    return SessionKey(platform=PLATFORM, workspace=guild, channel=channel, thread=thread)


def _is_plain(id_: str) -> bool:
    # A leading zero would not come back.
    return not id_ or (is_snowflake(id_) and str(int(id_)) == id_)


def _packed(id_: str) -> str:
    if not id_:
        return ""
    rest, digits = int(id_), ""
    while rest or not digits:
        rest, digit = divmod(rest, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def _unpacked(part: str) -> str:
    if not part:
        return ""
    value = 0
    for digit in part:
        value = value * len(_DIGITS) + _DIGITS.index(digit)
    return str(value)
