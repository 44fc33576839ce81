"""What becomes of HTML in Markdown: no chat platform shows any.

Tags that only format are dropped, so that their words stay. What is no tag that people know, such
as `List<int>`, stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import unescape

from markdown_it.common.normalize_url import normalizeLink

COMMENT = re.compile(r"<!---?>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(
    r"<(?P<closes>/?)(?P<name>[a-z][a-z0-9]*)(?P<rest>(?:\s[^<>]*)?)/?>", re.IGNORECASE
)
_ATTRIBUTE = re.compile(r"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+))""", re.IGNORECASE)
_DROPPED = frozenset(
    [
        "abbr",
        "b",
        "big",
        "blockquote",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "ins",
        "kbd",
        "label",
        "main",
        "mark",
        "nav",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
        "wbr",
    ]
)

NAMES = _DROPPED | {"a", "br", "img", "li"}
"""The tags that do not stay as they were said."""

Picture = Callable[[str, str], str]
"""What stands for an image, by its words and its address."""


class Tags:
    """Turns the tags of a paragraph into what can be shown, one after the other.

    Args:
        picture: what stands for an image.
        line_break: what `<br>` is.
    """

    def __init__(self, picture: Picture, *, line_break: str = "\n") -> None:
        self._picture = picture
        self._line_break = line_break
        self._addresses: list[str] = []

    def shown(self, tag: str) -> str:
        """What stands for a tag or a comment.

        Args:
            tag: all of it, with its angle brackets.
        """
        if COMMENT.fullmatch(tag):
            return ""
        found = _TAG.fullmatch(tag)
        if found is None:
            return tag
        name = found["name"].lower()
        attributes = {
            key.lower(): unescape(next(filter(None, values), ""))
            for key, *values in _ATTRIBUTE.findall(found["rest"])
        }
        match name:
            case "br":
                return self._line_break
            case "img":
                return self._picture(attributes.get("alt", ""), _address(attributes, "src"))
            case "li":
                return "" if found["closes"] else "- "
            case "a" if found["closes"]:
                address = self._addresses.pop() if self._addresses else ""
                return f" (<{address}>)" if address else ""
            case "a":
                address = _address(attributes, "href")
                is_link = address.startswith(("http://", "https://"))
                self._addresses.append(address if is_link else "")
                return ""
        return "" if name in _DROPPED else tag


def _address(attributes: Mapping[str, str], name: str) -> str:
    """An address as Markdown's links have it: what stands in one must have no spaces, for example.

    Args:
        attributes: of a tag.
        name: of the one that is an address.
    """
    return normalizeLink(attributes.get(name, "").strip())


def places(block: str, picture: Picture) -> list[tuple[int, int, str]]:
    """What stands for each tag and each comment of a block of HTML, and where.

    Args:
        block: its source.
        picture: what stands for an image.
    """
    tags = Tags(picture)
    return [(found.start(), found.end(), tags.shown(found[0])) for found in _ANY.finditer(block)]


_ANY = re.compile(rf"{COMMENT.pattern}|<[^<>]+>", re.DOTALL)


def plain_lines(block: str, picture: Picture) -> list[str]:
    """A block of HTML as the lines that can be shown.

    Args:
        block: its source.
        picture: what stands for an image.
    """
    tags = Tags(picture)
    text = _ANY.sub(lambda found: tags.shown(found[0]), block)
    return [line.strip() for line in text.split("\n") if line.strip()]
