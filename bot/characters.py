"""Whole characters: what people see as one, and what can be sent."""

from __future__ import annotations

import re

import wcwidth

_HALVES = re.compile("[\ud800-\udfff]")
_LONGEST_LOOK_BACK = 64


def whole_characters(text: str) -> str:
    """The text without halves of characters.

    A model's text can come with a pair of surrogates instead of one character, and a piece of it
    can end between the two: neither can be sent.

    Args:
        text: any.
    """
    if text.isascii() or _HALVES.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def sendable(text: str) -> str:
    """Text with one kind of line end, and without what no platform takes.

    Args:
        text: any.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return whole_characters(text).replace("\0", "\ufffd")


def last_whole_character(text: str, most: int) -> int:
    """The last place up to which there are whole characters as people see them.

    An emoji of several code points or a letter with its accents is not cut
    (https://www.unicode.org/reports/tr29/).

    Args:
        text: what shall be cut.
        most: where at the latest.

    Returns:
        A place from 1 to `most`; 0 where one character goes beyond that.
    """
    if most >= len(text):
        return len(text)
    begin = max(0, most - _LONGEST_LOOK_BACK)
    at = begin
    for cluster in wcwidth.iter_graphemes(text[begin : most + _LONGEST_LOOK_BACK]):
        if at + len(cluster) > most:
            break
        at += len(cluster)
    return at if at > begin or begin == 0 else most


def next_whole_character(text: str, least: int) -> int | None:
    """The first place where a character as people see it begins.

    Args:
        text: what shall be cut.
        least: where at the earliest.

    Returns:
        A place from `least`; None where it takes more text to tell.
    """
    at = max(0, least - _LONGEST_LOOK_BACK)
    for cluster in wcwidth.iter_graphemes(text[at : least + _LONGEST_LOOK_BACK]):
        if at >= least:
            return at
        at += len(cluster)
    return None
