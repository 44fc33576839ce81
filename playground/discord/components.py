"""Components: rows of buttons and selects, and what modals are made of.

https://discord.com/developers/docs/components/reference
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any

from playground.discord.form import Form
from playground.payload import Payload


class ComponentType(IntEnum):
    """What sort of component it is; the values are Discord's."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18


SELECTS = (
    ComponentType.STRING_SELECT,
    ComponentType.USER_SELECT,
    ComponentType.ROLE_SELECT,
    ComponentType.MENTIONABLE_SELECT,
    ComponentType.CHANNEL_SELECT,
)
_LINK = 5
_PREMIUM = 6
_IN_LAYOUTS = frozenset(ComponentType) - {ComponentType.TEXT_INPUT, ComponentType.LABEL}
_MOST_ROWS = 5
_MOST_IN_LAYOUTS = 40
_LONGEST_LAYOUT_TEXT = 4000


def read_components(form: Form, *, is_layout: bool) -> list[Payload]:
    """Return a message's components as Discord keeps them, each with an id.

    Args:
        form: the message.
        is_layout: whether the message is made of components only (``IS_COMPONENTS_V2``).
    """
    given = form.items("components", at_most=_MOST_IN_LAYOUTS if is_layout else _MOST_ROWS)
    ids = _Ids()
    read = []
    for index, one in enumerate(given):
        inner = form.part(one, "components", index)
        if is_layout:
            read.append(_layout(inner, ids))
        elif one.get("type") != ComponentType.ACTION_ROW:
            inner.wrong("type", "BASE_TYPE_CHOICES", "Value must be one of {1}.")
        else:
            read.append(_row(inner, ids))
    _check_custom_ids(form, read)
    if is_layout:
        text = sum(len(one.get("content", "")) for one in walk(read))
        if text > _LONGEST_LAYOUT_TEXT:
            form.wrong(
                "components",
                "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
                f"The total length of the text must be {_LONGEST_LAYOUT_TEXT} or fewer.",
            )
    return read


def read_modal(form: Form) -> list[Payload]:
    """Return a modal's components as Discord keeps them.

    Args:
        form: the modal: ``custom_id``, ``title`` and ``components``.
    """
    given = form.items("components", at_most=_MOST_ROWS)
    if not given:
        form.required("components")
    ids = _Ids()
    read = []
    for index, one in enumerate(given):
        inner = form.part(one, "components", index)
        match one.get("type"):
            case ComponentType.ACTION_ROW:
                inputs = inner.items("components", at_most=1)
                row: Payload = {"type": 1, "id": ids.take(one)}
                row["components"] = [
                    _text_input(inner.part(field, "components", at), ids, needs_label=True)
                    for at, field in enumerate(inputs)
                ]
                read.append(row)
            case ComponentType.LABEL:
                read.append(_label(inner, ids))
            case ComponentType.TEXT_DISPLAY:
                inner.text("content", at_most=4000, at_least=1, required=True)
                read.append({"type": 10, "id": ids.take(one), "content": one.get("content")})
            case _:
                inner.wrong("type", "BASE_TYPE_CHOICES", "Value must be one of {1, 10, 18}.")
    _check_custom_ids(form, read)
    return read


def walk(components: Sequence[Payload]) -> Iterator[Payload]:
    """Yield every component, those inside others included.

    Args:
        components: the topmost ones.
    """
    for one in components:
        yield one
        yield from walk(one.get("components") or ())
        inner = one.get("component") or one.get("accessory")
        if inner is not None:
            yield from walk((inner,))


class _Ids:
    """Numbers components that came without an id."""

    def __init__(self) -> None:
        self._last = 0

    def take(self, given: Payload) -> int:
        if isinstance(given.get("id"), int) and given["id"] > 0:
            return int(given["id"])
        self._last += 1
        return self._last


def _row(form: Form, ids: _Ids) -> Payload:
    row: Payload = {"type": 1, "id": ids.take(dict(form.body)), "components": []}
    inner = form.items("components", at_most=5)
    if not inner:
        form.wrong("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for index, one in enumerate(inner):
        part = form.part(one, "components", index)
        kind = one.get("type")
        if kind == ComponentType.BUTTON:
            row["components"].append(_button(part, ids))
        elif kind in SELECTS:
            row["components"].append(_select(part, ids))
        else:
            part.wrong("type", "BASE_TYPE_CHOICES", "Value must be one of {2, 3, 5, 6, 7, 8}.")
    has_select = any(one["type"] in SELECTS for one in row["components"])
    if has_select and len(row["components"]) > 1:
        form.wrong(
            "components",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )
    return row


def _button(form: Form, ids: _Ids) -> Payload:
    button: Payload = {"type": 2, "id": ids.take(dict(form.body))}
    style = form.choice("style", range(1, 7))
    if style is None and "style" not in form:
        form.required("style")
    button["style"] = style or 2
    label = form.text("label", at_most=80)
    if label:
        button["label"] = label
    emoji = form.body.get("emoji")
    if emoji:
        button["emoji"] = _emoji(emoji)
    if not label and not emoji:
        form.wrong("label", "BUTTON_COMPONENT_LABEL_REQUIRED", "A label or an emoji is required")
    if style == _LINK:
        button["url"] = form.text("url", at_most=512, at_least=1, required=True)
        if form.body.get("custom_id"):
            form.wrong(
                "custom_id",
                "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                "A custom id and url cannot both be specified",
            )
    elif style == _PREMIUM:
        button["sku_id"] = form.snowflake("sku_id", required=True)
    else:
        button["custom_id"] = form.text("custom_id", at_most=100, at_least=1, required=True)
    if form.flag("disabled"):
        button["disabled"] = True
    return button


def _select(form: Form, ids: _Ids, *, is_required: bool | None = None) -> Payload:
    select: Payload = {
        "type": form.body["type"],
        "id": ids.take(dict(form.body)),
        "custom_id": form.text("custom_id", at_most=100, at_least=1, required=True),
        "min_values": form.number("min_values", at_most=25, default=1),
        "max_values": form.number("max_values", at_least=1, at_most=25, default=1),
    }
    placeholder = form.text("placeholder", at_most=150)
    if placeholder:
        select["placeholder"] = placeholder
    if form.flag("disabled"):
        select["disabled"] = True
    if is_required is not None:
        select["required"] = is_required
    if form.body.get("default_values"):
        select["default_values"] = form.body["default_values"]
    if select["type"] == ComponentType.CHANNEL_SELECT and form.body.get("channel_types"):
        select["channel_types"] = form.body["channel_types"]
    if select["type"] != ComponentType.STRING_SELECT:
        return select
    options = form.items("options", at_most=25)
    if not options:
        form.wrong("options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    select["options"] = []
    seen = set()
    for index, one in enumerate(options):
        part = form.part(one, "options", index)
        option: Payload = {
            "label": part.text("label", at_most=100, at_least=1, required=True),
            "value": part.text("value", at_most=100, at_least=1, required=True),
        }
        description = part.text("description", at_most=100)
        if description:
            option["description"] = description
        if one.get("emoji"):
            option["emoji"] = _emoji(one["emoji"])
        if part.flag("default"):
            option["default"] = True
        if option["value"] in seen:
            part.wrong(
                "value",
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        seen.add(option["value"])
        select["options"].append(option)
    return select


def _text_input(form: Form, ids: _Ids, *, needs_label: bool) -> Payload:
    if form.body.get("type") != ComponentType.TEXT_INPUT:
        form.wrong("type", "BASE_TYPE_CHOICES", "Value must be one of {4}.")
    field: Payload = {
        "type": 4,
        "id": ids.take(dict(form.body)),
        "custom_id": form.text("custom_id", at_most=100, at_least=1, required=True),
        "style": form.choice("style", (1, 2), default=1),
        "label": form.text("label", at_most=45, at_least=1, required=True)
        if needs_label
        else form.body.get("label"),
        "required": form.flag("required", default=True),
        "min_length": form.number("min_length", at_most=4000),
        "max_length": form.number("max_length", at_least=1, at_most=4000, default=4000),
    }
    for name, at_most in (("value", 4000), ("placeholder", 100)):
        text = form.text(name, at_most=at_most)
        if text:
            field[name] = text
    return field


def _label(form: Form, ids: _Ids) -> Payload:
    label: Payload = {
        "type": 18,
        "id": ids.take(dict(form.body)),
        "label": form.text("label", at_most=45, at_least=1, required=True),
    }
    description = form.text("description", at_most=100)
    if description:
        label["description"] = description
    given = form.body.get("component")
    if not isinstance(given, dict):
        form.required("component")
        return label
    inner = form.part(given, "component")
    if given.get("type") == ComponentType.TEXT_INPUT:
        label["component"] = _text_input(inner, ids, needs_label=False)
    elif given.get("type") in SELECTS:
        label["component"] = _select(inner, ids, is_required=given.get("required", True))
    else:
        inner.wrong("type", "BASE_TYPE_CHOICES", "Value must be one of {3, 4, 5, 6, 7, 8}.")
    return label


def _layout(form: Form, ids: _Ids) -> Payload:
    kind = form.body.get("type")
    if kind == ComponentType.ACTION_ROW:
        return _row(form, ids)
    if kind == ComponentType.BUTTON:
        return _button(form, ids)
    if kind not in _IN_LAYOUTS:
        form.wrong("type", "BASE_TYPE_CHOICES", "Value is no component of a message.")
        return {}
    kept: Payload = {**form.body, "id": ids.take(dict(form.body))}
    if kind == ComponentType.TEXT_DISPLAY:
        form.text("content", at_most=4000, at_least=1, required=True)
    if isinstance(form.body.get("components"), list):
        kept["components"] = [
            _layout(form.part(one, "components", index), ids)
            for index, one in enumerate(form.items("components", at_most=_MOST_IN_LAYOUTS))
        ]
    if isinstance(form.body.get("accessory"), dict):
        kept["accessory"] = _layout(form.part(form.body["accessory"], "accessory"), ids)
    return kept


def _emoji(given: Any) -> Payload:
    if not isinstance(given, dict):
        return {"name": str(given)}
    return {key: value for key, value in given.items() if value is not None}


def _check_custom_ids(form: Form, components: list[Payload]) -> None:
    seen = set()
    for one in walk(components):
        custom_id = one.get("custom_id")
        if custom_id is None:
            continue
        if custom_id in seen:
            form.wrong(
                "components",
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        seen.add(custom_id)
