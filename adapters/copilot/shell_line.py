"""What a shell line does beside its commands, as far as that can be told without running it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_WORD = r"(?:'[^']*'|\"[^\"]*\"|\\.|[^\s;&|<>()'\"\\])+"
_REDIRECT = re.compile(rf"(?:\d+|&)?(?:<>|>\||>>|>|(?<!<)<(?!<))&?-?[ \t]*(?P<to>{_WORD})?")
# Into nothing, or from one stream of the command to another.
_NOWHERE = re.compile(r"/dev/null|\d+|-")
# What joins commands and does nothing by itself. Whatever else is left may change what they do: a
# variable such as PATH, the words of a loop, a text that is handed to a command.
_JOINTS = re.compile(r"[\s;&|(){}!]+|\b(?:if|then|elif|else|fi|while|until|do|done)\b")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"`;&|<>()]+", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShellLine:
    """What there is in a line beside its commands.

    Args:
        redirects: the files that commands are redirected from or to, as they are written.
        addresses: the addresses that it names.
        is_certain: whether its commands, redirects and addresses are all of it.
    """

    redirects: tuple[str, ...]
    addresses: tuple[str, ...]
    is_certain: bool


def read_line(text: str, commands: Iterable[str]) -> ShellLine:
    """Read a line.

    Args:
        text: all of it.
        commands: those that the runtime found in it, as they stand there; none where it could
            not read it.
    """
    rest = text
    found = False
    for command in sorted(set(commands), key=len, reverse=True):
        found = True
        rest = rest.replace(command, " ; ")
    redirects = [each["to"] or "" for each in _REDIRECT.finditer(rest)]
    left = _JOINTS.sub("", _REDIRECT.sub(" ", rest))
    return ShellLine(
        redirects=tuple(_unquoted(to) for to in redirects if to and not _NOWHERE.fullmatch(to)),
        addresses=tuple(_ADDRESS.findall(text)),
        is_certain=found and not left and all(redirects),
    )


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"" and word[0] not in word[1:-1]:
        return word[1:-1]
    return word
