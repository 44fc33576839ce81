"""What Copilot writes must never notify anybody: mentions are taken apart before they go out.

Slack reads `<!here>`, `<!subteam^S…>` and `<@U…>` in every text, in code as well, and turns
them into notifications (https://docs.slack.dev/messaging/formatting-message-text/). A character
without width between the parts keeps the text as it looks. What was made of a text is the beginning
of what is made of it when it has grown, as long as it does not end within a mention
(`bot.markdown.unfinished` sees to that), so that it can be streamed.
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
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def harmless(text: str, name_of: Callable[[str], str], *, is_code: bool = False) -> str:
    """The text with every mention made one that notifies nobody.

    Doing so twice changes nothing more.

    Args:
        text: standard Markdown, as Copilot wrote it.
        name_of: what a person is called, by id; the same answer for the same id.
        is_code: whether all of it is code.
    """
    if "@" not in text and "<!" not in text:
        return text

    code = _Code(text)

    def taken_apart(found: re.Match[str]) -> str:
        if found["special"]:
            return f"<{JOINER}!{found['special']}"
        if found["person"]:
            return f"@{JOINER}{name_of(found['person'].upper())}"
        # Code is shown as it is, and a bare `@here` in it is nothing to Slack.
        is_shown = is_code or code.holds(found.start())
        return found[0] if is_shown else f"@{JOINER}{found['word']}"

    return _SPECIAL.sub(taken_apart, text)


class _Code:
    """Tells of places in a text, asked for in order, whether they are in code."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._read_to = 0
        self._fences = 0

    def holds(self, at: int) -> bool:
        begin = self._text.rfind("\n", 0, at) + 1
        self._fences += sum(1 for _ in _FENCE.finditer(self._text, self._read_to, begin))
        self._read_to = begin
        if (self._fences + bool(_FENCE.match(self._text, begin, at))) % 2:
            return True
        # A backtick that finds no other makes no code.
        return bool(self._text.count("`", begin, at) % 2) and "`" in self._line_after(at)

    def _line_after(self, at: int) -> str:
        end = self._text.find("\n", at)
        return self._text[at : end if end >= 0 else len(self._text)]
