"""Buttons as Slack carries them: what is pressed comes back with all that it needs.

https://docs.slack.dev/reference/block-kit/block-elements/button-element/
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import structlog

from adapters.fields import Fields, fields, items, text
from bot.keys import SessionKey
from bot.messages import Button, Person, Press

PREFIX = "threadpilot"
"""How the block and action ids of our buttons begin."""

LONGEST_LABEL = 75
LONGEST_VALUE = 2_000
MOST_IN_BLOCK = 25

_log = structlog.get_logger(__name__)


def button_blocks(buttons: Sequence[Button], key: SessionKey) -> list[dict[str, Any]]:
    """The blocks with these buttons; no forms are opened, so one that asks for words is left out.

    Args:
        buttons: what can be pressed.
        key: the thread that they stand in.
    """
    elements = [
        element
        for number, button in enumerate(buttons)
        if not button.asks and (element := _element(number, button, key)) is not None
    ]
    return [
        {
            "type": "actions",
            "block_id": f"{PREFIX}:buttons:{start // MOST_IN_BLOCK}",
            "elements": elements[start : start + MOST_IN_BLOCK],
        }
        for start in range(0, len(elements), MOST_IN_BLOCK)
    ]


def parse_press(body: object) -> Press | None:
    """The press that a `block_actions` payload brings; None where it is not one of ours.

    Args:
        body: the envelope's payload, https://docs.slack.dev/reference/interaction-payloads/.
    """
    user = fields(body, "user")
    for action in items(body, "actions"):
        carried = _carried(text(action, "value"))
        key = _key(text(carried, "k"))
        pressed_at = text(action, "action_ts") or text(body, "trigger_id")
        if (
            not text(action, "action_id").startswith(f"{PREFIX}:")
            or not (verb := text(carried, "a"))
            or key is None
            or not text(user, "id")
            or not pressed_at
        ):
            continue
        name = text(user, "name") or text(user, "username")
        return Press(
            action=verb,
            value=text(carried, "v"),
            key=key,
            author=Person(id=text(user, "id"), name=name),
            request_id=f"{text(user, 'id')}:{pressed_at}",
        )
    return None


def _element(number: int, button: Button, key: SessionKey) -> dict[str, Any] | None:
    value = json.dumps(
        {"a": button.action, "v": button.value, "k": str(button.key or key)},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    if len(value) > LONGEST_VALUE:
        _log.warning("slack.button_left_out", action=button.action, carries=len(value))
        return None
    label = button.label.strip() or button.action
    if len(label) > LONGEST_LABEL:
        label = f"{label[: LONGEST_LABEL - 1]}…"
    element: dict[str, Any] = {
        "type": "button",
        "action_id": f"{PREFIX}:{number}:{button.action}"[:255],
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "value": value,
    }
    if button.is_dangerous:
        element["style"] = "danger"
    return element


def _carried(value: str) -> Fields:
    try:
        return fields(json.loads(value))
    except (ValueError, RecursionError):
        return {}


def _key(printed: str) -> SessionKey | None:
    try:
        return SessionKey.parse(printed)
    except ValueError:
        return None
