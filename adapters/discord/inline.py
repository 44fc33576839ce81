"""What stands within a paragraph, as Discord wants it: changed in places, else as it was said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.markdown.breaks import BEGINS_BLOCK, nothing
from bot.markdown.edits import Edit, edited
from bot.markdown.html import Tags
from bot.markdown.parser import References, Span, spans, words

_PLACES = re.compile(
    r"(?P<spoiler>(?<!\\)\|\|)|(?P<ticks>(?<!\\)`+)"
    r"|(?P<end>(?: +|(?<!\\)\\)?\n[ \t]*)|\[\^(?P<note>\d{1,3})\](?!\()"
)
_EMPTY_LINES = re.compile(r"\s*\n\s*")
_BLOCK = (
    r"(?:[-+*]|#{1,6})(?:\s|\Z)|>|~{3}"
    r"|(?:-{2,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})[ \t]*(?:\n|\Z)"
)
_BLOCK_IN_LINE = re.compile(
    rf"\A(?={_BLOCK})|\n(?={_BLOCK}|[=-]+[ \t]*(?:\n|\Z)|[|:-][|: \t]*-[-|: \t]*(?:\n|\Z))"
)
"""A line of a paragraph that would become a block, where it was further in before."""

_SPECIAL = frozenset("\\*_~`|<>[]#-+.!()")
_SHOWN_ADDRESS = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)
_LONGEST_ADDRESS = 1_000
_LONGEST_TITLE = 200
_ENTITY = re.compile(r"#?\w{1,31};")
_SOLID = frozenset({"code", "image", "html", "autolink"})


class Inline:
    """Writes paragraphs.

    Args:
        references: link reference definitions that they may use.
    """

    def __init__(self, references: References) -> None:
        self._references = references

    def written(self, text: str, *, is_plain: bool = False) -> str:
        """A paragraph as Discord shows it.

        Args:
            text: standard Markdown.
            is_plain: whether it stands in bold text, so that nothing in it need be bold.
        """
        if not self._references:
            return _written(text, is_plain)
        return _edited(text, spans(text, self._references), is_plain=is_plain)


@lru_cache(maxsize=300)
def _written(text: str, is_plain: bool) -> str:
    """The same paragraphs are written again and again, while what follows them grows."""
    return _edited(text, spans(text), is_plain=is_plain)


def _edited(text: str, found: Sequence[Span], *, is_plain: bool) -> str:
    tags = Tags(link_to_picture)
    edits: list[Edit] = []
    for span in found:
        match span.kind:
            case "strong":
                edits += _strong(text, span, found, is_plain=is_plain)
            case "link":
                edits += _link(text, span, found)
            case "image":
                is_linked = _is_within(span, found, "link")
                picture = _words(span) if is_linked else link_to_picture(_words(span), span.href)
                edits.append(Edit(span.start, span.end, picture))
            case "code":
                edits += _code(text, span)
            case "html":
                shown = tags.shown(span.content) or nothing(text, span.start, span.end)
                if shown == "\n" and BEGINS_BLOCK.match(text, span.end):
                    shown = " "
                edits.append(Edit(span.start, span.end, shown))
            case "autolink" if not _is_web(span.href):
                edits.append(Edit(span.start, span.end, text[span.start + 1 : span.end - 1]))
            case "entity":
                literal = _literal(span.content)
                if literal == "&" and _ENTITY.match(text, span.end):
                    literal = r"\&"
                edits.append(Edit(span.start, span.end, literal))
    taken = [(span.start, span.end) for span in found if span.kind in _SOLID]
    taken += [(span.inner_end, span.end) for span in found if span.kind == "link"]
    places = [
        one
        for one in _PLACES.finditer(text)
        if not any(start <= one.start() < end for start, end in taken)
    ]
    # One that is left would make code of what comes before those that are taken apart.
    has_fence = any(len(one["ticks"] or "") >= 3 for one in places)
    edits += [
        Edit(one.start(), one.end(), _replaced(one))
        for one in places
        if has_fence or not one["ticks"]
    ]
    shown = _EMPTY_LINES.sub("\n", edited(text, edits)).strip()
    return _BLOCK_IN_LINE.sub(r"\g<0>\\", shown)


def _replaced(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "spoiler":
            return r"\|\|"
        case "ticks":
            return r"\`" * len(found["ticks"])
        case "note":
            return rf"\[{found['note']}\]"
    return "\n"


def link_to_picture(seen: str, address: str) -> str:
    """What stands for an image: nobody fetches it before a person presses the link.

    Args:
        seen: what it shows.
        address: where it is.
    """
    seen = seen or "image"
    if not _is_web(address):
        return seen
    if _SHOWN_ADDRESS.search(seen):
        return _beside(seen, address)
    return f"[{seen}]({_bare(address)})"


def _words(span: Span) -> str:
    return words(span).replace("[", "").replace("]", "")


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http://", "https://")) and len(address) <= _LONGEST_ADDRESS


def _bare(address: str) -> str:
    depth = lowest = 0
    for character in address:
        depth += (character == "(") - (character == ")")
        lowest = min(lowest, depth)
    if depth == lowest == 0:
        return address
    return address.replace("(", "%28").replace(")", "%29")


def _is_within(span: Span, found: Sequence[Span], kind: str) -> bool:
    return any(
        each.kind == kind and each is not span and each.start <= span.start and span.end <= each.end
        for each in found
    )


def _strong(text: str, span: Span, found: Sequence[Span], *, is_plain: bool) -> list[Edit]:
    # Two underscores underline in Discord.
    is_lost = is_plain or _is_within(span, found, "strong")
    mark = "" if is_lost else "**"
    if not is_lost and text.startswith("**", span.start):
        return []
    return [Edit(span.start, span.start + 2, mark), Edit(span.end - 2, span.end, mark)]


def _link(text: str, span: Span, found: Sequence[Span]) -> list[Edit]:
    pictures = [
        Edit(each.start - span.start - 1, each.end - span.start - 1, _words(each))
        for each in found
        if each.kind == "image" and span.start < each.start < span.inner_end
    ]
    inner = edited(text[span.start + 1 : span.inner_end], pictures)
    if not _is_web(span.href):
        # Discord makes links of web addresses only.
        address = span.href if len(span.href) <= _LONGEST_ADDRESS else ""
        said = f" (`{address}`)" if address and "`" not in address else ""
        return [Edit(span.start, span.start + 1, ""), Edit(span.inner_end, span.end, said)]
    if _SHOWN_ADDRESS.search(inner) or not inner.strip():
        return [Edit(span.start, span.end, _beside(inner.strip(), span.href))]
    title = ""
    if 0 < len(span.title) <= _LONGEST_TITLE and not set('"\\\n') & set(span.title):
        title = f' "{span.title}"'
    return [Edit(span.inner_end, span.end, f"]({_bare(span.href)}{title})")]


def _beside(said: str, address: str) -> str:
    """Words and an address: a link that leads elsewhere than it says is shown raw by Discord."""
    is_same = said.rstrip("/") in ("", address.rstrip("/"))
    return f"<{address}>" if is_same else f"{said} (<{address}>)"


def _code(text: str, span: Span) -> list[Edit]:
    marker = len(text[span.start : span.end]) - len(text[span.start : span.end].lstrip("`"))
    if marker == 1 and "\n" not in text[span.start : span.end]:
        return []
    content = span.content.replace("``", "`\u200b`").replace("``", "`\u200b`")
    if "`" not in content:
        return [Edit(span.start, span.end, f"`{content}`")]
    padded = f" {content} " if content.startswith("`") or content.endswith("`") else content
    return [Edit(span.start, span.end, f"``{padded}``")]


def _literal(character: str) -> str:
    if character.isspace():
        return "\u00a0" if character == "\u00a0" else " "
    return f"\\{character}" if character in _SPECIAL else character
