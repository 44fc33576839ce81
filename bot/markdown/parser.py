"""Reads Markdown with markdown-it-py, and remembers where in the text everything stands.

Dialects change as little as they can of what was said: they need to know from where to where a link
or an image goes. The parser itself forgets that, so its rules are wrapped here
(https://markdown-it-py.readthedocs.io/en/latest/architecture.html).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

DEEPEST = 100
"""How deep lists and quotes may stand in each other; the parser drops what is deeper."""

References = Mapping[str, Any]
"""What the parser knows of link reference definitions: by label, with address and title."""

_Rule = Callable[[StateInline, bool], bool]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A construct within a line or paragraph.

    Args:
        kind: `link`, `image`, `code`, `html`, `autolink`, `entity`, `strong`, `em` or `s`.
        start: where it begins.
        end: where it ends.
        inner_end: of a link or an image: where its words end, before `]`.
        href: the address of a link or an image.
        title: what a link or an image says when it is pointed at.
        content: the text of code, the tag of HTML, the character of an entity, the words of an
            image.
        is_reference: whether the address of the link stands elsewhere.
    """

    kind: str
    start: int
    end: int
    inner_end: int = 0
    href: str = ""
    title: str = ""
    content: str = ""
    is_reference: bool = False


@dataclass(kw_only=True, slots=True)
class _Notes:
    """What the rules note while they read."""

    spans: list[Span] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)
    """Where the emphasis markers stand, by the identity of their token."""
    unmatched: list[int] = field(default_factory=list)
    """Where a bracket or a backtick stands that found no end yet."""
    images: int = 0
    """How many images we are in: what they hold has places of its own."""


def _noted(state: StateInline) -> _Notes | None:
    notes: _Notes | None = state.env.get("notes")
    return None if notes is None or notes.images else notes


def _spanned(kind: str, rule: _Rule) -> _Rule:
    """A rule that notes from where to where a token of its own goes."""

    def wrapped(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        notes = None if silent else _noted(state)
        if notes is not None:
            own = next((token for token in state.tokens[known:] if token.type != "text"), None)
            if own is not None and own.info != "escape":
                notes.spans.append(
                    Span(
                        kind=kind,
                        start=start,
                        end=state.pos,
                        href=str(own.attrs.get("href", "")),
                        content=own.content,
                    )
                )
        return True

    return wrapped


def _backticks(rule: _Rule) -> _Rule:
    spanned = _spanned("code", rule)

    def wrapped(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if not spanned(state, silent):
            return False
        notes = None if silent else _noted(state)
        if notes is not None and all(token.type != "code_inline" for token in state.tokens[known:]):
            notes.unmatched.append(start)
        return True

    return wrapped


def _bracketed(kind: str, rule: _Rule) -> _Rule:
    """A link or an image, whose words end somewhere before it does."""
    opening = 2 if kind == "image" else 1

    def wrapped(state: StateInline, silent: bool) -> bool:
        notes = None if silent else _noted(state)
        if notes is None:
            return rule(state, silent)
        start, known = state.pos, len(state.tokens)
        if not state.src.startswith("![" if kind == "image" else "[", start):
            return rule(state, silent)
        if state.src.find("]", start, state.posMax) < 0:
            notes.unmatched.append(start)  # looking for its end from each one takes long
            return False
        inner_end = state.md.helpers.parseLinkLabel(state, start + opening - 1, kind == "link")
        at = len(notes.spans)
        notes.images += kind == "image"
        found = rule(state, silent)
        notes.images -= kind == "image"
        if not found:
            if _may_go_on(state.src, inner_end, state.posMax):
                notes.unmatched.append(start)
            return False
        opened = "image" if kind == "image" else "link_open"
        own = next(token for token in state.tokens[known:] if token.type == opened)
        notes.spans.insert(
            at,
            Span(
                kind=kind,
                start=start,
                end=state.pos,
                inner_end=inner_end,
                href=str(own.attrs.get("src" if kind == "image" else "href", "")),
                title=str(own.attrs.get("title", "")),
                content=own.content,
                is_reference=not state.src.startswith("(", inner_end + 1),
            ),
        )
        return True

    return wrapped


def _may_go_on(text: str, inner_end: int, end: int) -> bool:
    """Whether what begins with a bracket can still become a link when more text comes."""
    if inner_end < 0 or inner_end + 1 >= end:
        return True
    match text[inner_end + 1]:
        case "(":
            rest = text[inner_end + 1 : end]
            is_open = rest.count("(") > rest.count(")") or rest.count("<") > rest.count(">")
            return is_open or bool(rest.count('"') % 2 or rest.count("'") % 2)
        case "[":
            return "]" not in text[inner_end + 1 : end]
    return False


def _placed(rule: _Rule, markers: str) -> _Rule:
    """A rule for emphasis: each of its tokens knows where its marker stands."""

    def wrapped(state: StateInline, silent: bool) -> bool:
        if state.src[state.pos] not in markers:
            return False
        known = len(state.tokens)
        if not rule(state, silent):
            return False
        notes = _noted(state)
        if notes is not None:
            position = state.pos  # what was pending became a token too: count from the end
            for token in reversed(state.tokens[known:]):
                position -= len(token.content)
                notes.positions[id(token)] = position
        return True

    return wrapped


def _collect(state: StateInline) -> None:
    """After all is read: the emphasis that has an end, and the markers that have none."""
    notes = _noted(state)
    if notes is None:
        return
    runs = [state.delimiters]
    runs += [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    for delimiters in runs:
        for each in delimiters:
            if each.end == -1 and each.open:
                notes.unmatched.append(
                    _AFTER_MARKER + notes.positions[id(state.tokens[each.token])]
                )
    opened: list[tuple[str, int]] = []
    for token in state.tokens:
        position = notes.positions.get(id(token))
        if position is None or token.type not in _EMPHASIS:
            continue
        name, kind = _EMPHASIS[token.type]
        if kind > 0:
            opened.append((name, position - (name == "strong")))
        elif opened:
            _, start = opened.pop()
            width = {"strong": 2, "s": 2}.get(name, 1)
            notes.spans.append(Span(kind=name, start=start, end=position + width))


_AFTER_MARKER = 1 << 40
"""Added to where emphasis begins that has no end, to tell it from a bracket."""

_EMPHASIS = {
    "strong_open": ("strong", 1),
    "strong_close": ("strong", -1),
    "em_open": ("em", 1),
    "em_close": ("em", -1),
    "s_open": ("s", 1),
    "s_close": ("s", -1),
}


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable(["table", "strikethrough"])
    rules = {rule.name: rule.fn for rule in parser.inline.ruler.__rules__}
    parser.inline.ruler.at("backticks", _backticks(rules["backticks"]))
    parser.inline.ruler.at("link", _bracketed("link", rules["link"]))
    parser.inline.ruler.at("image", _bracketed("image", rules["image"]))
    parser.inline.ruler.at("autolink", _spanned("autolink", rules["autolink"]))
    parser.inline.ruler.at("html_inline", _spanned("html", rules["html_inline"]))
    parser.inline.ruler.at("entity", _spanned("entity", rules["entity"]))
    parser.inline.ruler.at("emphasis", _placed(rules["emphasis"], "*_"))
    parser.inline.ruler.at("strikethrough", _placed(rules["strikethrough"], "~"))
    parser.inline.ruler2.before("fragments_join", "collect", _collect)
    return parser


_PARSER = _parser()
_STRUCTURE = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable(["table"]).disable("inline")
_STRUCTURE.disable("reference")  # a definition is a paragraph: it is shown where nobody reads it


def structure(text: str) -> Sequence[Token]:
    """The blocks of a text; what stands within their lines is not read.

    Args:
        text: standard Markdown.
    """
    return _STRUCTURE.parse(text)


def blocks(text: str, references: References) -> Sequence[Token]:
    """The blocks of a text, without its link reference definitions.

    Args:
        text: standard Markdown.
        references: definitions that stand elsewhere.
    """
    tokens: list[Token] = []
    _PARSER.block.parse(text, _PARSER, {"references": dict(references)}, tokens)
    return tokens


def definitions(text: str) -> References:
    """The link reference definitions of a text.

    Args:
        text: standard Markdown.
    """
    env: dict[str, Any] = {}
    _PARSER.block.parse(text, _PARSER, env, [])
    found: References = env.get("references", {})
    return found


def spans(text: str, references: References | None = None) -> Sequence[Span]:
    """The constructs within a paragraph, those that hold others first.

    Args:
        text: a paragraph's text, or a line's.
        references: link reference definitions that it may use.
    """
    return (_read(text, references) if references else _plainly_read(text)).spans


@dataclass(frozen=True, slots=True)
class Loose:
    """Where something begins in a paragraph that has no end yet.

    Args:
        brackets: links, images and code.
        emphasis: bold, italic and struck text.
        spans: what has an end.
    """

    brackets: Sequence[int]
    emphasis: Sequence[int]
    spans: Sequence[Span]


def loose_ends(text: str) -> Loose:
    """What has no end yet in a paragraph that still grows.

    Args:
        text: what there is of it.
    """
    notes = _plainly_read(text)
    return Loose(
        [each for each in notes.unmatched if each < _AFTER_MARKER],
        [each - _AFTER_MARKER for each in notes.unmatched if each >= _AFTER_MARKER],
        notes.spans,
    )


def words(span: Span) -> str:
    """What a picture shows, without marks.

    Args:
        span: an image.
    """
    return " ".join("".join(token.content for token in inline(span.content)).split())


def inline(text: str) -> Sequence[Token]:
    """The tokens of a paragraph or a cell.

    Args:
        text: standard Markdown.
    """
    return _PARSER.inline.parse(text, _PARSER, {}, [])


@lru_cache(maxsize=50)
def _plainly_read(text: str) -> _Notes:
    """What of a paragraph is settled and how it is written is asked one after the other."""
    return _read(text, None)


def _read(text: str, references: References | None) -> _Notes:
    notes = _Notes()
    env: dict[str, Any] = {"notes": notes}
    if references:
        env["references"] = references
    state = StateInline(text, _PARSER, env, [])
    _PARSER.inline.tokenize(state)
    for rule in _PARSER.inline.ruler2.getRules(""):
        rule(state)
    return notes
