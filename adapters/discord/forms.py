"""Forms as Discord's modals: what opens, and what was sent.

All that a form needs to be sent is in its `custom_id`, as with buttons, so it can be sent to
another process than the one that opened it. https://docs.discord.com/developers/components/reference
"""

from __future__ import annotations

from typing import Any

from adapters.discord.buttons import custom_id_of
from adapters.discord.fields import number
from adapters.discord.markup import one_line
from adapters.fields import Fields, fields, items, text
from bot.keys import SessionKey
from bot.messages import Form

LONGEST_TEXT = 4_000

_LABEL, _TEXT_INPUT, _TEXT_DISPLAY = 18, 4, 10
_SHORT, _PARAGRAPH = 1, 2
_FIELD = "text"
_LONGEST_TITLE = 45
_LONGEST_LABEL = 45
_LONGEST_ABOUT = 2_000


def form_modal(form: Form, key: SessionKey) -> dict[str, Any] | None:
    """The modal of a form; None where its text is longer than a field of Discord's takes.

    Args:
        form: what opens.
        key: the thread that it acts on, unless it names one.
    """
    custom_id = custom_id_of(form.action, form.key or key, form.value)
    if not custom_id or len(form.prefill) > LONGEST_TEXT:
        return None
    entry: dict[str, Any] = {
        "type": _TEXT_INPUT,
        "custom_id": _FIELD,
        "style": _PARAGRAPH if form.is_multiline else _SHORT,
        "required": form.is_required,
        "max_length": max(min(form.most, LONGEST_TEXT), len(form.prefill)),
    }
    if form.prefill:
        entry["value"] = form.prefill
    label = one_line(form.field, _LONGEST_LABEL)
    components = [{"type": _LABEL, "label": label, "component": entry}]
    if about := form.about.strip()[:_LONGEST_ABOUT]:
        components.insert(0, {"type": _TEXT_DISPLAY, "content": about})
    title = one_line(form.title, _LONGEST_TITLE)
    return {"custom_id": custom_id, "title": title, "components": components}


def written(data: Fields) -> str:
    """What was written into a form that was sent.

    Args:
        data: of the interaction.
    """
    for each in items(data, "components"):
        entry = fields(each, "component")
        if number(entry, "type") == _TEXT_INPUT and text(entry, "custom_id") == _FIELD:
            return text(entry, "value")
    return ""
