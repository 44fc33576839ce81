"""What blocks say, as Markdown: people's rich text, and what other apps build.

https://docs.slack.dev/reference/block-kit/blocks/. Blocks are read rather than a message's text,
which is written for notifications and loses lists, styles, and all that apps show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

from adapters.fields import Fields, fields, items, text
from adapters.slack.emoji_names import character, of_code_points, spelled
from adapters.slack.known import Known
from adapters.slack.mrkdwn import (
    OURS,
    channel,
    code_span,
    fenced,
    group,
    link,
    person,
    readable,
    without_ours,
)

_INDENT = "    "
_MOST_BLOCKS = 100
_MOST_INDENT = 8
_Style = frozenset[str]


def blocks_text(blocks: Sequence[object], known: Known, *, bot_user: str = "") -> str:
    """What a message's blocks say.

    Args:
        blocks: as Slack sends them; what is not understood is left out.
        known: what ids stand for.
        bot_user: our own user id; mentions of it are taken out.
    """
    reader = _Reader(known, bot_user)
    said = (reader.block(block) for block in blocks[:_MOST_BLOCKS])
    return without_ours("\n\n".join(part for part in said if part.strip())).strip()


class _Reader:
    def __init__(self, known: Known, bot_user: str) -> None:
        self._known = known
        self._bot_user = bot_user
        self._kinds: Mapping[str, Callable[[object], str]] = {
            "rich_text": self._rich_text,
            "section": self._section,
            "header": lambda block: self._heading(fields(block, "text")),
            "context": self._context,
            "divider": lambda _: "---",
            "image": _image,
            "markdown": lambda block: text(block, "text"),
            "table": self._table,
            "video": lambda block: link(text(block, "title_url"), text(block, "title", "text")),
        }

    def block(self, block: object) -> str:
        kind = text(block, "type")
        if read := self._kinds.get(kind):
            return read(block)
        # Buttons and fields to fill in say nothing; of what is new, the text alone is read.
        return "" if kind in _SILENT else self._object(fields(block, "text"))

    # --- blocks of apps -------------------------------------------------------------------

    def _object(self, part: Fields) -> str:
        """A text object."""
        said = text(part, "text")
        if text(part, "type") == "mrkdwn":
            return readable(said, self._known, bot_user=self._bot_user)
        return spelled(said)

    def _heading(self, part: Fields) -> str:
        said = " ".join(self._object(part).split())
        return f"### {said}" if said else ""

    def _section(self, block: object) -> str:
        parts = [self._object(fields(block, "text"))]
        parts += [self._object(fields(each)) for each in items(block, "fields")[:20]]
        return "\n\n".join(part for part in parts if part)

    def _context(self, block: object) -> str:
        parts = (
            _image(each) if text(each, "type") == "image" else self._object(fields(each))
            for each in items(block, "elements")[:20]
        )
        return " ".join(part for part in parts if part)

    def _table(self, block: object) -> str:
        rows = [
            [self._cell(cell) for cell in row] if isinstance(row, list) else []
            for row in items(block, "rows")[:200]
        ]
        width = max((len(row) for row in rows), default=0)
        if not width:
            return ""
        filled = [row + [""] * (width - len(row)) for row in rows]
        lines = ["| " + " | ".join(row) + " |" for row in filled]
        return "\n".join([lines[0], "| " + " | ".join(["---"] * width) + " |", *lines[1:]])

    def _cell(self, cell: object) -> str:
        said = self.block(cell) if text(cell, "type") == "rich_text" else text(cell, "text")
        return " ".join(said.split()).replace("|", "\\|")

    # --- rich text ------------------------------------------------------------------------

    def _rich_text(self, block: object) -> str:
        said = ""
        before = ""
        for element in items(block, "elements"):
            kind = text(element, "type")
            part = self._part(element, kind)
            if not part:
                continue
            if said:
                # A paragraph right behind a quote or a list would be taken for a part of it.
                apart = before != kind and before in {"rich_text_quote", "rich_text_list"}
                said = said.rstrip("\n") + ("\n\n" if apart or said.endswith("\n\n") else "\n")
            said += part
            before = kind
        return said

    def _part(self, element: object, kind: str) -> str:
        match kind:
            case "rich_text_section":
                return self._line(items(element, "elements"))
            case "rich_text_list":
                return self._list(element)
            case "rich_text_quote":
                lines = self._line(items(element, "elements")).strip("\n").split("\n")
                return "\n".join(f"> {line}".rstrip() for line in lines)
            case "rich_text_preformatted":
                code = "".join(_verbatim(each) for each in items(element, "elements"))
                return fenced(code, text(element, "language")[:40])
        return ""

    def _list(self, element: object) -> str:
        margin = _INDENT * min(_MOST_INDENT, max(0, _number(element, "indent")))
        first = _number(element, "offset") + 1
        lines: list[str] = []
        for place, item in enumerate(items(element, "elements")):
            mark = f"{first + place}." if text(element, "style") == "ordered" else "-"
            said = self._line(items(item, "elements")).strip("\n")
            lines.append(f"{margin}{mark} " + said.replace("\n", f"\n{margin}{_INDENT}"))
        return "\n".join(lines)

    def _line(self, elements: Sequence[object]) -> str:
        pieces = [(self._piece(each), _style(each)) for each in elements]
        runs = groupby(pieces, key=lambda piece: piece[1])
        return "".join(_styled("".join(said for said, _ in run), style) for style, run in runs)

    def _piece(self, element: object) -> str:
        match text(element, "type"):
            case "text":
                return text(element, "text").replace(OURS, "")
            case "user":
                return person(text(element, "user_id"), "", self._known, self._bot_user)
            case "channel":
                return channel(text(element, "channel_id"), "", self._known)
            case "usergroup":
                return group(text(element, "usergroup_id"), "", self._known)
            case "broadcast":
                return f"@{text(element, 'range')}"
            case "link":
                return link(text(element, "url"), text(element, "text"))
            case "emoji":
                return _emoji(element)
            case "date":
                return _date(element)
            case "color":
                return text(element, "value")
        return text(element, "text") or text(element, "fallback")


_SILENT = frozenset({"actions", "call", "context_actions", "file", "input", "plan", "task_card"})
_MARKS = (("strike", "~~"), ("italic", "*"), ("bold", "**"))


def _style(element: object) -> _Style:
    return frozenset(name for name, is_on in fields(element, "style").items() if is_on is True)


def _styled(said: str, style: _Style) -> str:
    """Text in a style, line by line: emphasis may neither begin nor end with a space."""
    if not style & {"bold", "code", "italic", "strike"}:
        return said
    return "\n".join(_styled_line(line, style) for line in said.split("\n"))


def _styled_line(line: str, style: _Style) -> str:
    inner = line.strip()
    if not inner.strip(OURS):
        return line
    start = len(line) - len(line.lstrip())
    said = code_span(inner) if "code" in style else inner
    for name, mark in _MARKS:
        if name in style:
            said = f"{mark}{said}{mark}"
    return f"{line[:start]}{said}{line[start + len(inner) :]}"


def _verbatim(element: object) -> str:
    return text(element, "text") or text(element, "url") or text(element, "name")


def _emoji(element: object) -> str:
    name, tone = text(element, "name"), _number(element, "skin_tone")
    named = character(name.partition("::")[0], str(tone) if 2 <= tone <= 6 else "")
    return of_code_points(text(element, "unicode")) or named or f":{name}:"


def _date(element: object) -> str:
    if said := text(element, "fallback"):
        return said
    try:
        moment = datetime.fromtimestamp(_number(element, "timestamp"), UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _image(block: object) -> str:
    said = text(block, "title", "text") or text(block, "alt_text")
    return link(text(block, "image_url"), said) or said


def _number(element: object, name: str) -> int:
    value = fields(element).get(name)
    return value if isinstance(value, int) else 0
