"""Buttons and menus as Discord carries them: what is pressed comes back with all that it needs.

A `custom_id` has 100 characters and is all that a press brings, also after a restart:
`tp1|ACTION|KEY|VALUE`, the key as `packed` makes it. A menu's has the number of the menu for a
value; each of its choices carries `KEY|VALUE`, the key only where it is another one.
https://docs.discord.com/developers/components/reference
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
from bot.messages import Button, Choice, Menu
from bot.offers import pages

LONGEST_ID = 100
LONGEST_LABEL = 80
MOST_IN_ROW = 5
MOST_ROWS = 5
LONGEST_OPTION = 100
LONGEST_PLACEHOLDER = 150
MOST_OPTIONS = 25

_PREFIX = "tp1"
_ROW, _BUTTON, _SELECT = 1, 2, 3
_PRIMARY, _SECONDARY, _DANGER = 1, 2, 4

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Carried:
    """What a button, a menu or a form carries.

    Args:
        action: the verb.
        value: for the core.
        key: the thread that it acts on.
    """

    action: str
    value: str
    key: SessionKey


def rows(buttons: Sequence[Button], menus: Sequence[Menu], key: SessionKey) -> list[dict[str, Any]]:
    """The action rows with these menus and buttons: the first five rows, each button at most once.

    Args:
        buttons: what can be pressed.
        menus: what can be chosen from.
        key: the thread that they stand in.
    """
    by_id: dict[str, dict[str, Any]] = {}
    for button in buttons:
        if custom_id := custom_id_of(button.action, button.key or key, button.value):
            by_id.setdefault(custom_id, _component(button, custom_id))
    components = list(by_id.values())
    shown = [_row(select) for select in _selects(menus, key)]
    shown += [
        _row(*components[start : start + MOST_IN_ROW])
        for start in range(0, len(components), MOST_IN_ROW)
    ]
    if len(shown) > MOST_ROWS:
        _log.warning("discord.buttons_left_out", rows=len(shown) - MOST_ROWS)
    return shown[:MOST_ROWS]


def custom_id_of(action: str, acts_on: SessionKey, value: str) -> str:
    """What comes back with a press; empty where it is more than Discord carries.

    Args:
        action: the verb.
        acts_on: the thread.
        value: for the core.
    """
    key = packed(acts_on)
    custom_id = f"{_PREFIX}|{action}|{key}|{value}"
    if not key or "|" in action or len(custom_id) > LONGEST_ID:
        _log.warning("discord.button_left_out", action=action, carries=len(custom_id))
        return ""
    return custom_id


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


def chosen(custom_id: str, option: str) -> Carried | None:
    """What a choice of a menu carries; None where it is none of ours.

    Args:
        custom_id: the menu's.
        option: the value of what was chosen.
    """
    menu = carried(custom_id)
    elsewhere, is_ours, value = option.partition("|")
    if menu is None or not is_ours:
        return None
    key = unpacked(elsewhere) if elsewhere else menu.key
    if key is None:
        return None
    return Carried(action=menu.action, value=value, key=key)


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


def _selects(menus: Sequence[Menu], key: SessionKey) -> Iterator[dict[str, Any]]:
    shown = [page for menu in menus for page in pages(menu, MOST_OPTIONS)]
    for place, menu in enumerate(shown):
        custom_id = custom_id_of(menu.action, menu.key or key, str(place))
        options = [option for each in menu.choices if (option := _option(each, menu)) is not None]
        if custom_id and options:
            yield {
                "type": _SELECT,
                "custom_id": custom_id,
                "placeholder": one_line(menu.label, LONGEST_PLACEHOLDER),
                "options": options,
            }


def _option(choice: Choice, menu: Menu) -> dict[str, Any] | None:
    elsewhere = "" if choice.key in {None, menu.key} else packed(choice.key)
    value = f"{elsewhere}|{choice.value}"
    if len(value) > LONGEST_OPTION:
        _log.warning("discord.choice_left_out", action=menu.action, carries=len(value))
        return None
    label = one_line(choice.label, LONGEST_OPTION) or choice.value
    option: dict[str, Any] = {"label": label, "value": value}
    if choice.description:
        option["description"] = one_line(choice.description, LONGEST_OPTION)
    return option


def _row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": _ROW, "components": list(components)}


def _component(button: Button, custom_id: str) -> dict[str, Any]:
    style = _SECONDARY
    if button.is_dangerous:
        style = _DANGER
    elif button.action == "retry":
        style = _PRIMARY
    label = one_line(button.label, LONGEST_LABEL) or button.action
    return {"type": _BUTTON, "style": style, "label": label, "custom_id": custom_id}
