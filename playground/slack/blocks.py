"""Checks of Block Kit blocks: the kinds there are and how long their parts may be.

https://docs.slack.dev/reference/block-kit/blocks/
"""

from collections.abc import Iterable
from typing import Any

from playground.payload import Payload
from playground.slack.errors import SlackError
from playground.slack.rich_text import new_block_id

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
LONGEST_MARKDOWN = 12_000

_PLAIN_KINDS = {
    "alert",
    "call",
    "card",
    "carousel",
    "context_actions",
    "data_table",
    "divider",
    "file",
    "plan",
    "rich_text",
    "table",
    "task_card",
    "video",
}
_ACTIONS_ELEMENTS = {
    "button",
    "channels_select",
    "checkboxes",
    "conversations_select",
    "datepicker",
    "datetimepicker",
    "external_select",
    "multi_channels_select",
    "multi_conversations_select",
    "multi_external_select",
    "multi_static_select",
    "multi_users_select",
    "overflow",
    "radio_buttons",
    "rich_text_input",
    "static_select",
    "timepicker",
    "users_select",
    "workflow_button",
}
_INPUT_ELEMENTS = (_ACTIONS_ELEMENTS - {"button", "overflow", "workflow_button"}) | {
    "email_text_input",
    "file_input",
    "number_input",
    "plain_text_input",
    "url_text_input",
}


def check_message_blocks(blocks: list[Payload]) -> list[Payload]:
    """Check a message's blocks and give each an id.

    Args:
        blocks: the blocks as the call brought them.

    Returns:
        The blocks with their ids.

    Raises:
        SlackError: ``invalid_blocks`` with pointers to what is wrong, or ``msg_blocks_too_long``.
    """
    check = _Check()
    check.all(blocks, "/blocks", most=MOST_IN_MESSAGE)
    check.refuse("invalid_blocks")
    markdown = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if markdown > LONGEST_MARKDOWN:
        raise SlackError("msg_blocks_too_long")
    return _named(blocks)


def check_view(view: Payload) -> Payload:
    """Check a modal or a Home tab and give each of its blocks an id.

    Args:
        view: the view as the call brought it.

    Returns:
        The view with its blocks' ids.

    Raises:
        SlackError: ``invalid_arguments`` with pointers to what is wrong.
    """
    check = _Check()
    kind = view.get("type")
    if kind not in ("modal", "home"):
        check.wrong("must be one of modal, home", "/view/type")
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        check.wrong("missing required field: blocks", "/view")
        blocks = []
    check.all(blocks, "/view/blocks", most=MOST_IN_VIEW)
    if kind == "modal":
        check.plain_text(view.get("title"), "/view/title", 24)
        for name in ("submit", "close"):
            if view.get(name) is not None:
                check.plain_text(view[name], f"/view/{name}", 24)
        has_input = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
        if has_input and view.get("submit") is None:
            check.wrong("missing required field: submit", "/view")
    check.length(view.get("private_metadata"), "/view/private_metadata", 3000)
    check.length(view.get("callback_id"), "/view/callback_id", 255)
    check.refuse("invalid_arguments")
    return {**view, "blocks": _named(blocks)}


def _named(blocks: Iterable[Payload]) -> list[Payload]:
    """Give each block and each interactive element the id that Slack makes up for it."""
    return [_named_block(block) for block in blocks]


def _named_block(block: Payload) -> Payload:
    named = {"block_id": new_block_id(), **block}
    for name in ("element", "accessory"):
        if isinstance(block.get(name), dict):
            named[name] = _named_element(block[name])
    if block["type"] in ("actions", "context_actions"):
        named["elements"] = [_named_element(element) for element in block.get("elements", ())]
    return named


def _named_element(element: Payload) -> Payload:
    return element if element["type"] == "image" else {"action_id": new_block_id(), **element}


class _Check:
    """Collects what is wrong, each with a pointer to it."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def wrong(self, why: str, where: str) -> None:
        self.messages.append(f"[ERROR] {why} [json-pointer:{where}]")

    def refuse(self, code: str) -> None:
        if self.messages:
            raise SlackError(code, messages=self.messages)

    def length(self, value: Any, where: str, most: int) -> None:
        if value is None:
            return
        if not isinstance(value, str):
            self.wrong("must be a string", where)
        elif len(value) > most:
            self.wrong(f"must be less than {most + 1} characters", where)

    def all(self, blocks: list[Payload], where: str, *, most: int) -> None:
        if len(blocks) > most:
            self.wrong(f"no more than {most} items allowed", where)
        seen: set[str] = set()
        for at, block in enumerate(blocks):
            here = f"{where}/{at}"
            if not isinstance(block, dict):
                self.wrong("must be an object", here)
                continue
            self.length(block.get("block_id"), f"{here}/block_id", 255)
            if (block_id := block.get("block_id")) is not None:
                if block_id in seen:
                    self.wrong(f"`block_id` {block_id} already exists", f"{here}/block_id")
                seen.add(block_id)
            self.block(block, here)

    def block(self, block: Payload, here: str) -> None:
        match block.get("type"):
            case "section":
                self._section(block, here)
            case "header":
                self.plain_text(block.get("text"), f"{here}/text", 150)
            case "markdown":
                if not block.get("text"):
                    self.wrong("missing required field: text", here)
                elif not isinstance(block["text"], str):
                    self.wrong("must be a string", f"{here}/text")
            case "context":
                elements = self._several(block, here, 10)
                for at, element in enumerate(elements):
                    if element.get("type") != "image":
                        self.text(element, f"{here}/elements/{at}", 3000)
            case "actions":
                elements = self._several(block, here, 25)
                self._elements(elements, f"{here}/elements", _ACTIONS_ELEMENTS)
            case "input":
                self.plain_text(block.get("label"), f"{here}/label", 2000)
                self._elements([block.get("element")], f"{here}/element", _INPUT_ELEMENTS)
            case "image":
                self.length(block.get("alt_text") or "", f"{here}/alt_text", 2000)
                if not block.get("alt_text"):
                    self.wrong("missing required field: alt_text", here)
            case kind if kind in _PLAIN_KINDS:
                pass
            case None:
                self.wrong("missing required field: type", here)
            case kind:
                self.wrong(f"unsupported type: {kind}", f"{here}/type")

    def text(self, text: Any, where: str, most: int, *, kinds: str = "") -> None:
        if not isinstance(text, dict):
            self.wrong("must be an object", where)
            return
        allowed = (kinds,) if kinds else ("plain_text", "mrkdwn")
        if text.get("type") not in allowed:
            self.wrong(f"must be one of {', '.join(allowed)}", f"{where}/type")
        content = text.get("text")
        if not content:
            self.wrong("must be more than 0 characters", f"{where}/text")
        self.length(content, f"{where}/text", most)

    def plain_text(self, text: Any, where: str, most: int) -> None:
        self.text(text, where, most, kinds="plain_text")

    def _section(self, block: Payload, here: str) -> None:
        fields = block.get("fields")
        if block.get("text") is None and not fields:
            self.wrong("missing required field: text", here)
        if block.get("text") is not None:
            self.text(block["text"], f"{here}/text", 3000)
        for at, one in enumerate(fields or ()):
            if at >= 10:
                self.wrong("no more than 10 items allowed", f"{here}/fields")
                break
            self.text(one, f"{here}/fields/{at}", 2000)
        if (accessory := block.get("accessory")) is not None:
            self._elements([accessory], f"{here}/accessory", _ACTIONS_ELEMENTS | {"image"})

    def _several(self, block: Payload, here: str, most: int) -> list[Payload]:
        elements = block.get("elements")
        if not isinstance(elements, list) or not elements:
            self.wrong("missing required field: elements", here)
            return []
        if len(elements) > most:
            self.wrong(f"no more than {most} items allowed", f"{here}/elements")
        return [element for element in elements if isinstance(element, dict)]

    def _elements(self, elements: Iterable[Any], where: str, kinds: set[str]) -> None:
        seen: set[str] = set()
        for at, element in enumerate(elements):
            here = f"{where}/{at}"
            if not isinstance(element, dict) or element.get("type") not in kinds:
                kind = element.get("type") if isinstance(element, dict) else None
                self.wrong(f"unsupported type: {kind}", f"{here}/type")
                continue
            action_id = element.get("action_id")
            self.length(action_id, f"{here}/action_id", 255)
            if action_id is not None:
                if action_id in seen:
                    self.wrong(f"`action_id` {action_id} already exists", f"{here}/action_id")
                seen.add(action_id)
            self._element(element, here)

    def _element(self, element: Payload, here: str) -> None:
        if element["type"] == "button":
            self.plain_text(element.get("text"), f"{here}/text", 75)
            self.length(element.get("value"), f"{here}/value", 2000)
            self.length(element.get("url"), f"{here}/url", 3000)
            if element.get("style") not in (None, "primary", "danger"):
                self.wrong("must be one of primary, danger", f"{here}/style")
        if element.get("placeholder") is not None:
            self.plain_text(element["placeholder"], f"{here}/placeholder", 150)
        options = element.get("options")
        if element["type"] in ("static_select", "radio_buttons", "checkboxes", "overflow") and (
            not options and not element.get("option_groups")
        ):
            self.wrong("missing required field: options", here)
        most = {"radio_buttons": 10, "checkboxes": 10, "overflow": 5}.get(element["type"], 100)
        if options is not None and len(options) > most:
            self.wrong(f"no more than {most} items allowed", f"{here}/options")
        for at, option in enumerate(options or ()):
            self.text(option.get("text"), f"{here}/options/{at}/text", 75)
            self.length(option.get("value") or "", f"{here}/options/{at}/value", 150)
