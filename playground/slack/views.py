"""Modals and App Home tabs.

https://docs.slack.dev/reference/views/
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.payload import Payload
from playground.slack.users import App

DEEPEST_STACK = 3
_CARRIED = ("title", "submit", "close")
_STATELESS = ("button", "feedback_buttons", "icon_button", "overflow", "workflow_button")


@dataclass(slots=True, kw_only=True)
class View:
    """A modal that is open for somebody, or somebody's App Home."""

    id: str
    user: str
    app: App
    given: Payload
    hash: str = field(default_factory=lambda: f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}")
    values: Payload = field(default_factory=dict)
    root_id: str | None = None
    previous_id: str | None = None
    response_channel: str | None = None

    @property
    def kind(self) -> str:
        """``modal`` or ``home``."""
        return str(self.given.get("type", "modal"))

    @property
    def callback_id(self) -> str:
        """The app's name for this sort of view."""
        return str(self.given.get("callback_id") or "")

    @property
    def external_id(self) -> str:
        """The app's own id for this very view."""
        return str(self.given.get("external_id") or "")

    def replace(self, given: Payload) -> None:
        """Show something else in the same place.

        Args:
            given: the app's new view.
        """
        self.given = given
        self.values = {}
        self.hash = f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"

    def payload(self) -> Payload:
        """Return the view as methods and interactions carry it."""
        given = self.given
        return {
            "id": self.id,
            "team_id": self.app.team_id,
            "type": self.kind,
            "blocks": given.get("blocks", []),
            "private_metadata": given.get("private_metadata") or "",
            "callback_id": self.callback_id,
            "state": {"values": self.values},
            "hash": self.hash,
            **{name: given.get(name) for name in _CARRIED},
            "clear_on_close": bool(given.get("clear_on_close", False)),
            "notify_on_close": bool(given.get("notify_on_close", False)),
            "submit_disabled": bool(given.get("submit_disabled", False)),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id or self.id,
            "app_id": self.app.id,
            "external_id": self.external_id,
            "app_installed_team_id": self.app.team_id,
            "bot_id": self.app.bot_id,
        }


def elements_of(blocks: list[Payload]) -> list[tuple[str, Payload]]:
    """List the interactive elements in blocks, each with its block's id.

    Args:
        blocks: a message's or a view's blocks.
    """
    found: list[tuple[str, Payload]] = []
    for block in blocks:
        block_id = block.get("block_id", "")
        inner = [block.get("element"), block.get("accessory"), *(block.get("elements") or ())]
        found.extend(
            (block_id, element)
            for element in inner
            if isinstance(element, dict) and "action_id" in element
        )
    return found


def state_of(element: Payload, value: Any) -> Payload:
    """Return an element's state after a person gave it a value.

    Args:
        element: the interactive element.
        value: the text, the option's value, a list of those, or the state in Slack's shape.
    """
    kind = element.get("type", "plain_text_input")
    if isinstance(value, Mapping) and "type" in value:
        return dict(value)
    options = {
        option["value"]: option
        for group in [element, *element.get("option_groups", [])]
        for option in group.get("options", [])
    }
    single = {
        "datepicker": "selected_date",
        "timepicker": "selected_time",
        "datetimepicker": "selected_date_time",
        "users_select": "selected_user",
        "conversations_select": "selected_conversation",
        "channels_select": "selected_channel",
    }
    several = {
        "multi_users_select": "selected_users",
        "multi_conversations_select": "selected_conversations",
        "multi_channels_select": "selected_channels",
    }
    match kind:
        case "static_select" | "external_select" | "radio_buttons" | "overflow":
            return {"type": kind, "selected_option": _option(options, value)}
        case "checkboxes" | "multi_static_select" | "multi_external_select":
            chosen = [] if value is None else [_option(options, one) for one in value]
            return {"type": kind, "selected_options": chosen}
        case _ if kind in single:
            return {"type": kind, single[kind]: value}
        case _ if kind in several:
            return {"type": kind, several[kind]: list(value or ())}
        case _:
            return {"type": kind, "value": value}


def state_of_all(
    blocks: list[Payload], values: Mapping[str, Any], earlier: Mapping[str, Any]
) -> Payload:
    """Return the state of all elements of blocks that hold a value.

    Args:
        blocks: a message's or a view's blocks.
        values: what a person filled in, by action id or block id, each as `state_of` takes it,
            or in Slack's nesting of block id and action id.
        earlier: the state so far.
    """
    state: Payload = {}
    for block_id, element in elements_of(blocks):
        if element["type"] in _STATELESS:
            continue
        action_id = element["action_id"]
        value = values.get(action_id, values.get(block_id))
        if isinstance(value, Mapping) and action_id in value:
            value = value[action_id]
        if value is not None:
            held = state_of(element, value)
        else:
            held = earlier.get(block_id, {}).get(action_id) or state_of(element, _initial(element))
        state.setdefault(block_id, {})[action_id] = held
    return state


def _initial(element: Payload) -> Any:
    for name, value in element.items():
        if name.startswith("initial_"):
            return value
    return None


def _option(options: Mapping[str, Payload], value: Any) -> Payload | None:
    if isinstance(value, Mapping):
        return dict(value)
    return options.get(str(value)) if value is not None else None
