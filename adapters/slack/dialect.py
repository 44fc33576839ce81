"""Markdown as Slack's `markdown` blocks and streams want it: nearly as it is.

Slack renders headings, lists, task lists, tables, rules, quotes and code itself
(https://docs.slack.dev/reference/block-kit/blocks/markdown-block/). Left to change are images,
which become links, HTML and footnotes, which it does not know, and mentions, which would
notify people. Channels that are named become links to them; people stay names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from adapters.slack.channel_links import named_channels
from adapters.slack.mentions import harmless
from bot.markdown.breaks import BEGINS_BLOCK, begins_line, nothing
from bot.markdown.edits import Edit, Prose, edited, prose
from bot.markdown.html import Tags, places, plain_lines
from bot.markdown.parser import References, spans, words
from bot.markdown.seams import GUARD
from bot.markdown.units import Kind, Unit
from bot.markdown.writing import Segment, Written, as_said, joint, lead
from bot.recent import Recent

_NEEDS_READING = re.compile(r"!\[|<[a-zA-Z/!]|\[\^|#\w")
_FOOTNOTE = re.compile(r"\[\^(\d{1,3})\](?!\()")
_FOOTNOTE_TEXT = re.compile(r"^( {0,3}|\u00a0)\[\^([^\]\s]{1,40})\]:", re.MULTILINE)
_LONGEST_ADDRESS = 2_000


class SlackDialect:
    """Slack's Markdown: a `Dialect`.

    Args:
        name_of: what a person is called, by id.
        channel_at: where the channel of a name is; empty where there is none. The same answer for
            the same name, while a text grows.
    """

    def __init__(
        self, name_of: Callable[[str], str], channel_at: Callable[[str], str] = lambda _: ""
    ) -> None:
        self._name_of = name_of
        self._channel_at = channel_at
        self._names: Recent[str, str] = Recent(1_000)

    def written(self, unit: Unit, references: References) -> Written:
        """A unit as Slack shows it; references stay as they are, for text that only grows."""
        if unit.kind is Kind.HTML:
            text = "\n".join(plain_lines(unit.source, link_to_picture))
            one = Prose(text, False, [(0, 0)])
            lines = edited(text, _edits(one, self._channel_at)).split("\n")
            segments: tuple[Segment, ...] = (Segment(lines=tuple(lines)),) if text else ()
        else:
            if unit.kind is not Kind.CODE and _NEEDS_READING.search(unit.source):
                unit = replace(unit, source=_shown(unit, self._channel_at))
            segments = as_said(unit)
        if "@" in unit.source or "<!" in unit.source:
            segments = tuple(self._harmless(segment) for segment in segments)
        return Written(
            segments=segments, is_apart=unit.is_apart, joint=joint(unit), lead=lead(unit)
        )

    def called(self, user: str) -> str:
        """What a person is called: always the same, as long as anybody may remember.

        Args:
            user: the person's id.
        """
        name = self._names.get(user)
        if name is None:
            name = self._name_of(user)
            self._names.put(user, name)
        return name

    def _harmless(self, segment: Segment) -> Segment:
        is_code = bool(segment.closing) or segment.is_code
        return Segment(
            opening=harmless(segment.opening, self.called, is_code=is_code),
            lines=tuple(harmless(line, self.called, is_code=is_code) for line in segment.lines),
            closing=segment.closing,
            again=harmless(segment.again, self.called, is_code=is_code),
            is_code=segment.is_code,
        )


def link_to_picture(seen: str, address: str) -> str:
    """What stands for an image: nobody fetches it before a person presses the link.

    Args:
        seen: what it shows.
        address: where it is.
    """
    if not address.startswith(("http://", "https://")) or len(address) > _LONGEST_ADDRESS:
        return seen or "image"
    return f"[{seen or 'image'}]({address})"


def _shown(unit: Unit, channel_at: Callable[[str], str]) -> str:
    source = _FOOTNOTE_TEXT.sub(r"\1[\2]", unit.source)
    edits: list[Edit] = []
    # The beginning of a paragraph could be read as another block.
    begin = len(GUARD) if source.startswith(GUARD) else 0
    whole = [Prose(source[begin:], False, [(0, begin)])]
    for one in whole if unit.kind is Kind.TEXT else prose(source, {}):
        edits += _edits(one, channel_at)
    lines = edited(source, edits).rstrip().split("\n") if edits else source.split("\n")
    return "\n".join(lines[next((at for at, line in enumerate(lines) if line.strip()), 0) :])


def _edits(one: Prose, channel_at: Callable[[str], str]) -> list[Edit]:
    found = spans(one.text)
    tags = Tags(link_to_picture, line_break=" " if one.is_one_line else "\n")
    edits = [Edit(*each) for each in places(one.text, link_to_picture)] if one.is_html else []
    for span in found:
        if span.kind == "image":
            is_linked = any(
                each.kind == "link" and each.start < span.start < each.end for each in found
            )
            address = "" if is_linked else span.href
            edits.append(Edit(span.start, span.end, link_to_picture(words(span), address)))
        elif span.kind == "html" and not one.is_html:
            shown = tags.shown(span.content)
            if not shown or (not shown.strip() and begins_line(one.text, span.start)):
                shown = nothing(one.text, span.start, span.end)
            if shown == "\n" and BEGINS_BLOCK.match(one.text, span.end):
                shown = " "
            edits.append(Edit(span.start, span.end, shown))
    solid = [each for each in found if each.kind in {"link", "image", "code", "html", "autolink"}]
    edits += [
        Edit(note.start(), note.end(), f"[{note[1]}]")
        for note in _FOOTNOTE.finditer(one.text)
        if not any(each.start <= note.start() < each.end for each in solid)
    ]
    edits += [
        Edit(start, end, link)
        for start, end, link in named_channels(one.text, channel_at)
        if not any(each.start <= start < each.end for each in solid)
    ]
    return [Edit(one.place(each.start), one.place(each.end), each.text) for each in edits]
