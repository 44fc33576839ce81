"""Buttons as Discord carries them: what is pressed comes back with all that it needs.

A `custom_id` has 100 characters and is all that a press brings, also after a restart:
`tp1|ACTION|KEY|VALUE`, the key as `packed` makes it.
https://docs.discord.com/developers/components/reference#button
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.discord.fields import number
from adapters.discord.keys import packed, unpacked
from adapters.discord.markup import one_line
from adapters.fields import Fields, items, text
from bot.keys import SessionKey
from bot.messages import Button

LONGEST_ID = 100
LONGEST_LABEL = 80
MOST_IN_ROW = 5
MOST_ROWS = 5

_PREFIX = "tp1"
_BUTTON, _ROW = 2, 1
_PRIMARY, _SECONDARY, _DANGER = 1, 2, 4

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What a button carries.

    Args:
        action: the verb.
        value: for the core.
        key: the thread that it acts on.
    """

    action: str
    value: str
    key: SessionKey


def button_rows(buttons: Sequence[Button], key: SessionKey) -> list[dict[str, Any]]:
    """The action rows with these buttons: the first 25, each at most once.

    No forms are opened, so one that asks for words is left out.

    Args:
        buttons: what can be pressed.
        key: the thread that they stand in.
    """
    by_id: dict[str, dict[str, Any]] = {}
    for button in buttons:
        custom_id = _custom_id(button, key)
        if custom_id and not button.asks:
            by_id.setdefault(custom_id, _component(button, custom_id))
    components = list(by_id.values())
    rows = [
        {"type": _ROW, "components": components[start : start + MOST_IN_ROW]}
        for start in range(0, len(components), MOST_IN_ROW)
    ]
    if len(rows) > MOST_ROWS:
        _log.warning("discord.buttons_left_out", count=len(components) - MOST_IN_ROW * MOST_ROWS)
    return rows[:MOST_ROWS]


def carried(custom_id: str) -> Carried | None:
    """What a custom id carries; None where it is not one of ours."""
    prefix, *parts = custom_id.split("|", 3)
    if prefix != _PREFIX or len(parts) != 3:
        return None
    action, key, value = parts
    acts_on = unpacked(key)
    if not action or acts_on is None:
        return None
    return Carried(action=action, value=value, key=acts_on)


def buttons_of(message: Fields) -> Iterator[Carried]:
    """What the buttons under a message of ours carry.

    Args:
        message: as Discord sent it.
    """
    for row in items(message, "components"):
        for component in items(row, "components"):
            if number(component, "type") == _BUTTON:
                found = carried(text(component, "custom_id"))
                if found is not None:
                    yield found


def _custom_id(button: Button, key: SessionKey) -> str:
    acts_on = packed(button.key or key)
    custom_id = f"{_PREFIX}|{button.action}|{acts_on}|{button.value}"
    if not acts_on or "|" in button.action or len(custom_id) > LONGEST_ID:
        _log.warning("discord.button_left_out", action=button.action, carries=len(custom_id))
        return ""
    return custom_id


def _component(button: Button, custom_id: str) -> dict[str, Any]:
    style = _SECONDARY
    if button.is_dangerous:
        style = _DANGER
    elif button.action == "retry":
        style = _PRIMARY
    label = one_line(button.label, LONGEST_LABEL) or button.action
    return {"type": _BUTTON, "style": style, "label": label, "custom_id": custom_id}
