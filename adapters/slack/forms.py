"""Forms as Slack's modals: what opens, and what was sent.

https://docs.slack.dev/surfaces/modals/. All that a form needs to be sent is in its
`private_metadata`, so it can be sent to another process than the one that opened it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.fields import fields, text
from adapters.slack import phrases
from adapters.slack.buttons import PREFIX, brought, carried, compact, key_of, plain, presser
from adapters.slack.sections import section
from bot.keys import SessionKey
from bot.messages import Form, Press

FIELD = f"{PREFIX}:field"
"""The id of the block with the field: what is wrong is said there."""

LONGEST_TEXT = 3_000
"""https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element/"""

_LONGEST_TITLE = 24
_LONGEST_LABEL = 2_000
_CALLBACK = f"{PREFIX}:form"
_HOME = "home"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A form that was sent.

    Args:
        press: what it brings.
        stands_in: the thread where who sent it had it opened, and is answered.
        is_home: whether that was in the app's Home instead.
    """

    press: Press
    stands_in: SessionKey
    is_home: bool


def form_view(
    form: Form, key: SessionKey, *, stands_in: SessionKey, is_home: bool
) -> dict[str, Any] | None:
    """The modal of a form; None where its text is longer than a field of Slack's takes.

    Args:
        form: what opens.
        key: the thread that it acts on, unless it names one.
        stands_in: the thread where it is opened.
        is_home: whether it is opened in the app's Home instead.
    """
    if len(form.prefill) > LONGEST_TEXT:
        return None
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": FIELD,
        "multiline": form.is_multiline,
        "max_length": max(min(form.most, LONGEST_TEXT), len(form.prefill)),
        "focus_on_load": True,
    }
    if form.prefill:
        element["initial_value"] = form.prefill
    blocks: list[dict[str, Any]] = []
    if form.about:
        blocks.append(section(form.about))
    blocks.append(
        {
            "type": "input",
            "block_id": FIELD,
            "label": plain(form.field, _LONGEST_LABEL),
            "element": element,
            "optional": not form.is_required,
        }
    )
    carries = carried(form.action, form.value, form.key or key) | {"w": str(stands_in)}
    if is_home:
        carries["h"] = "1"
    return {
        "type": "modal",
        "callback_id": _CALLBACK,
        "private_metadata": compact(carries),
        "title": plain(form.title, _LONGEST_TITLE),
        "submit": plain(form.send, _LONGEST_TITLE),
        "close": plain(phrases.CANCEL, _LONGEST_TITLE),
        "blocks": blocks,
    }


def parse_sent(body: object) -> Sent | None:
    """The press that a `view_submission` payload brings; None where it is not one of ours.

    Args:
        body: the envelope's payload.
    """
    view = fields(body, "view")
    carries = brought(text(view, "private_metadata"))
    action, key, stands_in = text(carries, "a"), key_of(carries), key_of(carries, "w")
    author, id_ = presser(body), text(view, "id")
    if text(view, "callback_id") != _CALLBACK or not (action and author.id and id_):
        return None
    if key is None or stands_in is None:
        return None
    press = Press(
        action=action,
        value=text(carries, "v"),
        key=key,
        author=author,
        # What is sent once more, after something in it was wrong, is another press.
        request_id=text(body, "trigger_id") or f"{id_}:{text(view, 'hash')}",
        text=text(view, "state", "values", FIELD, FIELD, "value"),
    )
    return Sent(press=press, stands_in=stands_in, is_home=bool(text(carries, "h")))


def in_form(markdown: str) -> str:
    """A sentence as it stands under a field, where nothing is rendered.

    Args:
        markdown: standard Markdown.
    """
    return markdown.replace("**", "").replace("`", "")[:_LONGEST_LABEL]
