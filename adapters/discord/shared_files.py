"""Files in messages, as the core sees them; and where to ask for them anew.

The address of a file ends after a day (https://docs.discord.com/developers/reference#signed-attachment-cdn-urls).
The message brings a new one, so its place stands behind the address: `…?ex=…&hm=…#CHANNEL/MESSAGE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urldefrag, urlsplit

from adapters.discord.fields import is_snowflake, number, snowflake
from adapters.discord.utterance import snapshots
from adapters.fields import Fields, items, text
from bot.messages import SharedFile

_MOST = 50
_LONGEST_NAME = 255
_PLACE = re.compile(r"([0-9]{1,20})/([0-9]{1,20})")


def files_of(message: Fields) -> tuple[SharedFile, ...]:
    """The files of a message, those of what it forwards included.

    Args:
        message: as Discord sent it.
    """
    place = f"{snowflake(message, 'channel_id')}/{snowflake(message, 'id')}"
    found = {each["id"]: each for each in _attachments(message)}
    return tuple(_file(each, place) for each in list(found.values())[:_MOST])


def address_in(message: Fields, file: str) -> str:
    """Where a file of a message is now; empty where the message has no such file.

    Args:
        message: as it was fetched.
        file: the file's id.
    """
    return next(
        (text(each, "url") for each in _attachments(message) if snowflake(each, "id") == file), ""
    )


def address(file: SharedFile) -> str:
    """Where a file was when its message was read."""
    return urldefrag(file.url).url


def place_of(file: SharedFile) -> tuple[str, str]:
    """The channel and the message that a file is in; empty where that is not known."""
    found = _PLACE.fullmatch(urldefrag(file.url).fragment)
    if found is None or not all(map(is_snowflake, found.groups())):
        return "", ""
    return found[1], found[2]


def ends_at(url: str) -> datetime | None:
    """When an address ends (UTC); None where it does not say.

    Args:
        url: of a file.
    """
    try:
        [ends] = parse_qs(urlsplit(url).query)["ex"]
        return datetime.fromtimestamp(int(ends, 16), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def _attachments(message: Fields) -> Iterator[Fields]:
    for each in (message, *snapshots(message)):
        for attachment in items(each, "attachments"):
            if isinstance(attachment, dict) and snowflake(attachment, "id"):
                yield attachment


def _file(attachment: Fields, place: str) -> SharedFile:
    url = text(attachment, "url")
    size = number(attachment, "size") or 0
    return SharedFile(
        id=snowflake(attachment, "id"),
        name=_name(attachment),
        type=text(attachment, "content_type")[:_LONGEST_NAME],
        size=max(0, size),
        url=f"{url}#{place}" if url else "",
    )


def _name(attachment: Fields) -> str:
    """What people see: Discord keeps a plain name, and the one that it was as a title."""
    name, title = text(attachment, "filename"), text(attachment, "title")
    stem, dot, ending = name.rpartition(".")
    if title and stem and not title.endswith(dot + ending):
        title += dot + ending
    return (title or name)[-_LONGEST_NAME:]
