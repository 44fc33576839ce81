"""Names in what Copilot says, written so that Discord shows what they name.

A `#channel` becomes a link to it, a `:name:` of the server's own emoji becomes the emoji. People
and roles stay names: a mention would look as if it had called them. Nothing in code is changed.
https://docs.discord.com/developers/reference#message-formatting
"""

from __future__ import annotations

import re
from typing import Protocol

from adapters.discord.markup import Code

# What stands in an address, or in the words of a link, names nothing.
_NAME = re.compile(
    r"(?<![\w/#&<=?.:\-\[@\\])#(?P<channel>[^\s#@<>`,;!?()\[\]{}\"'*|~\\/]{1,100})"
    r"|(?<![\w:<\\])(?P<emoji>(?::\w{2,32}:)+)(?!\w)"
)
_EMOJI = re.compile(r":(\w+):")


class Names(Protocol):
    """What can be named in a server."""

    def channel(self, name: str) -> str:
        """What is written for a channel; empty where there is none that the reader can see."""

    def emoji(self, name: str) -> str:
        """What is written for an emoji of the server's own; empty where there is none."""


class NoNames:
    """Where nothing has a name: a direct message."""

    def channel(self, name: str) -> str:
        """None."""
        return ""

    def emoji(self, name: str) -> str:
        """None."""
        return ""


def with_names(text: str, names: Names, longest: int) -> str:
    """The text with what it names as Discord writes it.

    Args:
        text: Discord's Markdown.
        names: what can be named.
        longest: the most characters that it may have; a name for which there is no room stays.
    """
    if "#" not in text and ":" not in text:
        return text
    code = Code(text)
    room = longest - len(text)

    def written(found: re.Match[str]) -> str:
        if code.holds(found.start()):
            return found[0]
        if found["channel"] is None:
            return _EMOJI.sub(lambda each: fitting(each[0], names.emoji(each[1])), found[0])
        return fitting(found[0], _channel(found["channel"], names))

    def fitting(said: str, made: str) -> str:
        nonlocal room
        growth = len(made) - len(said)
        if not made or growth > room:
            return said
        room -= growth
        return made

    return _NAME.sub(written, text)


def _channel(name: str, names: Names) -> str:
    """A channel, and what stands behind its name: a full stop may belong to the sentence."""
    bare = name
    while bare:
        if made := names.channel(bare):
            return made + name[len(bare) :]
        if bare[-1] not in "._-:…":
            break
        bare = bare[:-1]
    return ""
