"""Buttons and menus as Slack carries them: what is pressed comes back with all that it needs.

- https://docs.slack.dev/reference/block-kit/block-elements/button-element/: a button carries verb,
  value and thread in its `value`.
- https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element/: of a menu the
  verb is in its `action_id`, the thread in its block's id, and only what differs between the
  choices in theirs, which have 150 characters.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import structlog

from adapters.fields import Fields, fields, items, text
from bot.keys import SessionKey
from bot.messages import Button, Choice, Menu, Person, Press
from bot.offers import pages

PREFIX = "threadpilot"
"""How the block and action ids of our buttons begin."""

LONGEST_LABEL = 75
LONGEST_VALUE = 2_000
MOST_IN_BLOCK = 25
LONGEST_OPTION = 150
LONGEST_PLACEHOLDER = 150
MOST_OPTIONS = 100

_MENU = f"{PREFIX}:menu:"

_log = structlog.get_logger(__name__)


def button_blocks(
    buttons: Sequence[Button], key: SessionKey, *, item: int = 0
) -> list[dict[str, Any]]:
    """The blocks with these buttons.

    Args:
        buttons: what can be pressed.
        key: the thread that they stand in.
        item: another one for each of several such things in one view.
    """
    elements = [
        element
        for number, button in enumerate(buttons)
        if (element := _element(number, button, key)) is not None
    ]
    return [
        {
            "type": "actions",
            "block_id": f"{PREFIX}:buttons:{item}:{start // MOST_IN_BLOCK}",
            "elements": elements[start : start + MOST_IN_BLOCK],
        }
        for start in range(0, len(elements), MOST_IN_BLOCK)
    ]


def menu_blocks(menus: Sequence[Menu], key: SessionKey, *, item: int = 0) -> list[dict[str, Any]]:
    """The blocks with these menus, one for each hundred choices.

    Args:
        menus: what can be chosen from.
        key: the thread that they stand in.
        item: another one for each of several such things in one view.
    """
    shown = [page for menu in menus for page in pages(menu, MOST_OPTIONS)]
    blocks = []
    for number, menu in enumerate(shown):
        options = [option for each in menu.choices if (option := _option(each, menu)) is not None]
        if options:
            element = {
                "type": "static_select",
                "action_id": f"{PREFIX}:{number}:{menu.action}"[:255],
                "placeholder": plain(menu.label, LONGEST_PLACEHOLDER),
                "options": options,
            }
            block_id = f"{_MENU}{item}.{number}:{menu.key or key}"
            blocks.append({"type": "actions", "block_id": block_id, "elements": [element]})
    return blocks


def parse_press(body: object) -> Press | None:
    """The press that a `block_actions` payload brings; None where it is not one of ours.

    Args:
        body: the envelope's payload, https://docs.slack.dev/reference/interaction-payloads/.
    """
    user = fields(body, "user")
    for action in items(body, "actions"):
        verb, value, key = _chosen(action) if _is_menu(action) else _pressed(action)
        pressed_at = text(action, "action_ts") or text(body, "trigger_id")
        if (
            not text(action, "action_id").startswith(f"{PREFIX}:")
            or not verb
            or key is None
            or not text(user, "id")
            or not pressed_at
        ):
            continue
        return Press(
            action=verb,
            value=value,
            key=key,
            author=presser(body),
            request_id=f"{text(user, 'id')}:{pressed_at}",
        )
    return None


def presser(body: object) -> Person:
    """Who did what an interaction's payload brings.

    Args:
        body: the envelope's payload.
    """
    user = fields(body, "user")
    return Person(id=text(user, "id"), name=text(user, "name") or text(user, "username"))


def carried(action: str, value: str, key: SessionKey) -> dict[str, str]:
    """What comes back with a press, in few characters.

    Args:
        action: the verb.
        value: for the core.
        key: the thread that it acts on.
    """
    return {"a": action, "v": value, "k": str(key)}


def brought(carried: str) -> Fields:
    """What `carried` wrote, as it came back; empty where it did not.

    Args:
        carried: JSON.
    """
    try:
        return fields(json.loads(carried))
    except (ValueError, RecursionError):
        return {}


def key_of(carried: Fields, name: str = "k") -> SessionKey | None:
    """A thread that something carries; None where it carries none.

    Args:
        carried: as `brought` read it.
        name: which of its fields.
    """
    return _key(text(carried, name))


def compact(value: object) -> str:
    """A value as JSON, in as few characters as can be."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def plain(text: str, longest: int) -> dict[str, Any]:
    """Plain text, cut where it is too long."""
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return {"type": "plain_text", "text": shown, "emoji": False}


def _is_menu(action: object) -> bool:
    return text(action, "block_id").startswith(_MENU)


def _pressed(action: object) -> tuple[str, str, SessionKey | None]:
    carries = brought(text(action, "value"))
    return text(carries, "a"), text(carries, "v"), key_of(carries)


def _chosen(action: object) -> tuple[str, str, SessionKey | None]:
    verb = text(action, "action_id").split(":", 2)[2:]
    stands_for = text(action, "block_id").removeprefix(_MENU).partition(":")[2]
    try:
        value, *elsewhere = json.loads(text(action, "selected_option", "value"))
    except (ValueError, TypeError, RecursionError):
        return "", "", None
    if not verb or not all(isinstance(each, str) for each in (value, *elsewhere)):
        return "", "", None
    return verb[0], value, _key(elsewhere[0] if elsewhere else stands_for)


def _element(number: int, button: Button, key: SessionKey) -> dict[str, Any] | None:
    value = compact(carried(button.action, button.value, button.key or key))
    if len(value) > LONGEST_VALUE:
        _log.warning("slack.button_left_out", action=button.action, carries=len(value))
        return None
    element: dict[str, Any] = {
        "type": "button",
        "action_id": f"{PREFIX}:{number}:{button.action}"[:255],
        "text": plain(button.label.strip() or button.action, LONGEST_LABEL),
        "value": value,
    }
    if button.is_dangerous:
        element["style"] = "danger"
    return element


def _option(choice: Choice, menu: Menu) -> dict[str, Any] | None:
    elsewhere = () if choice.key in {None, menu.key} else (str(choice.key),)
    value = compact([choice.value, *elsewhere])
    if len(value) > LONGEST_OPTION:
        _log.warning("slack.choice_left_out", action=menu.action, carries=len(value))
        return None
    label = plain(choice.label.strip() or choice.value, LONGEST_LABEL)
    option: dict[str, Any] = {"text": label, "value": value}
    if choice.description:
        option["description"] = plain(choice.description, LONGEST_LABEL)
    return option


def _key(printed: str) -> SessionKey | None:
    try:
        return SessionKey.parse(printed)
    except ValueError:
        return None
