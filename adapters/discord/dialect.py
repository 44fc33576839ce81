"""Standard Markdown as Discord's Markdown.

Discord renders three levels of headings, lists, quotes, code, bold, italic and struck text, links
and small text, and nothing else (https://support.discord.com/hc/en-us/articles/210298617). Tables
become code, deeper headings bold lines, task lists boxes, images links; a rule is drawn, HTML and
reference links are resolved. What stands within a paragraph is changed in places only, so that it
stays as it was said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from adapters.discord.inline import Inline, link_to_picture
from adapters.discord.tables import table
from bot.markdown.html import plain_lines
from bot.markdown.parser import DEEPEST, References, blocks, definitions
from bot.markdown.seams import Seam
from bot.markdown.units import Kind, Unit
from bot.markdown.writing import Segment, Written, as_said, joint, lead

RULE = "─" * 12
_LANGUAGE = re.compile(r"[a-zA-Z0-9_+\-.#]{1,30}")
_TASK = re.compile(r"\[([ xX])\](?=\s)")
_BOXES = {" ": "☐", "x": "☑"}
_FOOTNOTE_TEXT = re.compile(r"^(?: {0,3}|\u00a0)\[\^([^\]\s]{1,40})\]:[ \t]*", re.MULTILINE)
_CLOSING_MARKS = re.compile(r"(?<!\S)#+\Z")
_LABEL = re.compile(r"^(?: {0,3}|\u00a0)\[([^\[\]\n]{1,200})\]:", re.MULTILINE)
_BREAKER = "\u200b"
"""Has no width. It takes three backticks apart that would end the code that they stand in."""


class DiscordDialect:
    """Discord's Markdown: a `Dialect`."""

    def written(self, unit: Unit, references: References) -> Written:
        """A unit as Discord shows it."""
        is_apart = unit.is_apart
        if unit.kind is Kind.ITEM:
            is_apart = is_apart and unit.begins_list
        elif unit.kind in (Kind.RULE, Kind.HTML):
            is_apart = True
        return _written(unit, references, is_apart=is_apart and unit.seam is None)


def _written(unit: Unit, references: References, *, is_apart: bool) -> Written:
    source = unit.source
    if unit.kind is Kind.TEXT and "]:" in source:
        source = _FOOTNOTE_TEXT.sub(r"-# \\[\1\\] ", source)
    is_prose = unit.seam is not None and unit.seam.is_prose
    between = joint(unit) if is_prose else "\n"
    tokens = blocks(source, references)
    if any(token.level >= DEEPEST - 2 for token in tokens):
        return Written(segments=as_said(unit), is_apart=is_apart, joint=between, lead=lead(unit))
    writer = _Writer(references, unit)
    found = writer.segments(_Block(tokens, 0, len(tokens)))
    if unit.kind is Kind.TEXT and "]:" in source:
        found = [*_sources(source), *found]
    if is_prose and found and not found[0].opening:
        head, *tail = found[0].lines
        found[0] = replace(found[0], lines=(head.removeprefix(writer.lead), *tail))
    return Written(segments=tuple(found), is_apart=is_apart, joint=between, lead=writer.lead)


def _sources(text: str) -> tuple[Segment, ...]:
    """The addresses that reference links name, in small text."""
    found = definitions(text)
    labels = dict.fromkeys(_LABEL.findall(text))
    lines = tuple(
        f"-# \\[{label}\\] <{reference['href']}>"
        for label, reference in zip(labels, found.values(), strict=False)
    )
    return (Segment(lines=lines),) if lines else ()


@dataclass(frozen=True, slots=True)
class _Block:
    """A run of the parser's tokens."""

    tokens: Sequence[Token]
    begin: int
    end: int

    @property
    def first(self) -> Token:
        return self.tokens[self.begin]

    def children(self) -> list[_Block]:
        """The blocks in this run, each with its opening and closing token."""
        found: list[_Block] = []
        at = self.begin
        while at < self.end:
            end = at + 1
            if self.tokens[at].nesting > 0:
                depth = 1
                while depth:
                    depth += self.tokens[end].nesting
                    end += 1
            found.append(_Block(self.tokens, at, end))
            at = end
        return found

    @property
    def inner(self) -> _Block:
        return _Block(self.tokens, self.begin + 1, self.end - 1)


class _Writer:
    """Writes the blocks of one unit.

    Args:
        references: link reference definitions.
        unit: what is written.
    """

    def __init__(self, references: References, unit: Unit) -> None:
        self._inline = Inline(references)
        self._numbers = list(unit.numbers)
        self._seam = unit.seam or Seam()
        self._is_parted = unit.is_parted
        self._begun = self._seam.holders
        """How many quotes and items there still are in each other that began in another unit."""
        self.lead = ""
        """What the first line begins with that was said before."""

    def segments(self, run: _Block, *, is_quoted: bool = False) -> list[Segment]:
        """All blocks of a run, each on lines of its own."""
        found: list[Segment] = []
        before = "" if self._begun else self._take_before()
        for block in run.children():
            own = self._block(block, is_quoted=is_quoted)
            if not own:
                continue
            # A rule is drawn with letters: it is read as a paragraph.
            kind = "paragraph_open" if block.first.type == "hr" else block.first.type
            goes_on = kind == "paragraph_open" and before in _TAKES_WHAT_FOLLOWS
            if goes_on or (is_quoted and before == kind == "paragraph_open"):
                found.append(Segment(lines=("",)))
            found += own
            before = _last_kind(block) if is_quoted else kind
        return found

    def _take_before(self) -> str:
        """The kind of the block before, where it stands in another unit."""
        before, self._seam = self._seam.follows, replace(self._seam, follows="")
        return before

    def _take_begun(self, mark: str) -> bool:
        """Whether a quote or an item began in another unit; what its lines begin with is noted."""
        if not self._begun:
            return False
        self._begun -= 1
        self.lead += mark
        return True

    def _block(self, block: _Block, *, is_quoted: bool) -> list[Segment]:
        token = block.first
        match token.type:
            case "paragraph_open":
                return _prose(self._inline.written(block.inner.first.content))
            case "heading_open":
                return self._heading(int(token.tag[1:]), block.inner.first.content)
            case "fence":
                return [code(token.content, token.info)]
            case "code_block":
                return [code(token.content, "")]
            case "hr":
                return [Segment(lines=(RULE,))]
            case "html_block":
                shown = "\n".join(plain_lines(token.content, link_to_picture))
                return _prose(self._inline.written(shown))
            case "blockquote_open":
                self._take_begun("" if is_quoted else "> ")
                inner = self.segments(block.inner, is_quoted=True)
                return inner if is_quoted else [_marked(each, "> ", "> ") for each in inner]
            case "bullet_list_open" | "ordered_list_open":
                return self._list(block, is_quoted=is_quoted)
            case "table_open":
                tokens = block.tokens[block.begin : block.end]
                return table(tokens, self._inline, self._seam.above, goes_on=self._is_parted)
        return []

    def _heading(self, level: int, content: str) -> list[Segment]:
        words = self._inline.written(content, is_plain=level > 3).replace("\n", " ").strip()
        if not words:
            return []
        words = _CLOSING_MARKS.sub(r"\\\g<0>", words)
        line = f"{'#' * level} {words}" if level <= 3 else f"**{words}**"
        return [Segment(lines=(line,))]

    def _list(self, block: _Block, *, is_quoted: bool) -> list[Segment]:
        number: int | None = None
        if block.first.type == "ordered_list_open":
            number = int(block.first.attrs.get("start", 1))
        if self._numbers:
            known = self._numbers.pop(0)
            number = number if known is None else known
        found: list[Segment] = []
        for item in block.inner.children():
            mark = "- " if number is None else f"{number}. "
            room = " " * len(mark)
            number = None if number is None else number + 1
            is_begun = self._take_begun(room)
            own = self.segments(_boxed(item.inner), is_quoted=is_quoted)
            if not own and not is_begun:
                own = [Segment(lines=(_BREAKER,))]  # a mark alone may be read as something else
            for segment in own:
                found.append(_marked(segment, room if is_begun else mark, room))
                is_begun = True
        return found


_TAKES_WHAT_FOLLOWS = frozenset({"blockquote_open", "bullet_list_open", "ordered_list_open"})
"""After these a paragraph would go on in them."""


def _last_kind(block: _Block) -> str:
    """What a block ends with, where quotes in quotes are not shown as such."""
    while block.first.type == "blockquote_open" and (inner := block.inner.children()):
        block = inner[-1]
    return block.first.type


def code(content: str, info: str) -> Segment:
    """Code, in the one kind of fence that Discord knows.

    Args:
        content: the code.
        info: what stands beside the fence; its first word is the language.
    """
    language = info.split(maxsplit=1)[0] if info.strip() else ""
    lines = content.removesuffix("\n").replace("```", f"`{_BREAKER}`{_BREAKER}`").split("\n")
    if lines == [""]:
        lines = [" "]  # without anything in it Discord shows the fence itself
    opening = f"```{language if _LANGUAGE.fullmatch(language) else ''}"
    return Segment(opening=opening, lines=tuple(lines), closing="```")


def _prose(text: str) -> list[Segment]:
    lines = tuple(line.rstrip() for line in text.split("\n") if line.strip())
    return [Segment(lines=lines)] if lines else []


def _boxed(item: _Block) -> _Block:
    """A task's item, with a box for its brackets."""
    tokens = item.tokens[item.begin : item.end]
    if len(tokens) < 2 or tokens[0].type != "paragraph_open":
        return item
    found = _TASK.match(tokens[1].content)
    if found is None:
        return item
    box = _BOXES[found[1].lower()]
    words = tokens[1].copy(content=box + tokens[1].content[found.end() :])
    return _Block([tokens[0], words, *tokens[2:]], 0, len(tokens))


def _marked(segment: Segment, first: str, rest: str) -> Segment:
    """A segment with something before each line."""
    if not segment.opening:
        head, *tail = segment.lines
        return replace(segment, lines=(*_all([head], first), *_all(tail, rest)))
    opening, *more = segment.opening.split("\n")
    return Segment(
        opening="\n".join((first + opening, *_all(more, rest))),
        lines=tuple("\n".join(_all(line.split("\n"), rest)) for line in segment.lines),
        closing=rest + segment.closing,
        again="\n".join(_all((segment.again or segment.opening).split("\n"), rest)),
    )


def _all(lines: Sequence[str], before: str) -> list[str]:
    return [before + line if line or before.strip() else line for line in lines]
