"""Pages of a list, with Slack's cursors."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from playground.payload import Payload
from playground.slack.errors import SlackError

_Item = TypeVar("_Item")


def page(items: Sequence[_Item], cursor: str | None, limit: int) -> tuple[list[_Item], Payload]:
    """Return one page of a list.

    Args:
        items: the whole list.
        cursor: where the page begins, as an earlier answer said; nothing for the first.
        limit: how many items a page has.

    Returns:
        The page, and the ``response_metadata`` that leads to the next.

    Raises:
        SlackError: ``invalid_cursor``.
    """
    start = _position(cursor) if cursor else 0
    end = start + limit
    following = _cursor(end) if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": following}


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _position(cursor: str) -> int:
    try:
        kind, _, position = base64.b64decode(cursor, validate=True).decode().partition(":")
        number = int(position)
    except (ValueError, binascii.Error):
        raise SlackError("invalid_cursor") from None
    if kind != "next" or number < 0:
        raise SlackError("invalid_cursor")
    return number
