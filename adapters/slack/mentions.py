"""What Copilot writes must never notify anybody: mentions are taken apart before they go out.

Slack reads `<!here>`, `<!subteam^S…>` and `<@U…>` in every text, in code as well, and turns
them into notifications (https://docs.slack.dev/messaging/formatting-message-text/). A character
without width between the parts keeps the text as it looks. All functions are stable under growth:
what was made of the settled part of a text never changes when the text grows, so that it can be
streamed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

JOINER = "\u2060"
"""Word joiner: has no width, and no line may break at it."""

_SPECIAL = re.compile(
    r"<!(?P<special>(?:here|channel|everyone|group|subteam)\b)"
    r"|<@(?P<person>[A-Z0-9]{1,40})(?P<label>\|[^<>\n]{0,80})?>"
    r"|(?<![\w.@<])@(?P<word>here|channel|everyone)\b",
    re.IGNORECASE,
)
# The end of a text that could still become one of the above.
_BEGUN = re.compile(
    r"(?:<(?:!\w{0,8}|@[A-Z0-9]{0,40}(?:\|[^<>\n]{0,80})?)?|(?<![\w.@<])@[a-z]{0,8})\Z",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def harmless(text: str, name_of: Callable[[str], str]) -> str:
    """The text with every mention made one that notifies nobody.

    Args:
        text: standard Markdown, as Copilot wrote it.
        name_of: what a person is called, by id; the same answer for the same id.
    """

    def taken_apart(found: re.Match[str]) -> str:
        if found["special"]:
            return f"<{JOINER}!{found['special']}"
        if found["person"]:
            return f"@{JOINER}{name_of(found['person'].upper())}"
        # Code is shown as it is, and a bare `@here` in it is nothing to Slack.
        return found[0] if _in_code(text, found.start()) else f"@{JOINER}{found['word']}"

    return _SPECIAL.sub(taken_apart, text)


def settled(text: str) -> str:
    """The part of a growing text that will be read the same however it goes on.

    Args:
        text: what there is so far.
    """
    begun = _BEGUN.search(text, max(0, len(text) - 160))
    return text[: begun.start()] if begun else text


def _in_code(text: str, at: int) -> bool:
    before = text[:at]
    if len(_FENCE.findall(before)) % 2:
        return True
    line = before[before.rfind("\n") + 1 :]
    return bool(line.count("`") % 2)
