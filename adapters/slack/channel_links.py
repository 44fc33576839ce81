"""Channels that an answer names: `#general` becomes a link to it, where there is such a channel.

A standard Markdown link is read everywhere that Slack reads Markdown, and notifies nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from bot.ports import Clock
from bot.recent import Recent

_NAMED = re.compile(r"(?<![\w/&#@.:=?%~-])#([^\W_][\w-]{0,79})(?![\w-])")
_KEPT_S = 900.0


class ChannelLinks:
    """Where the channels are that an answer may name.

    The answer for a name stays the same for a while, so that a text that was shown does not read
    otherwise when it has grown.

    Args:
        public: the ids of the public channels, by name, as far as they are known.
        clock: time.
    """

    def __init__(self, public: Callable[[], Mapping[str, str]], clock: Clock) -> None:
        self._public = public
        self._clock = clock
        self._told: Recent[str, tuple[str, float]] = Recent(1_000)
        self.workspace_url = ""
        """The workspace's own address, with a slash at the end; links to nothing while empty."""

    def address(self, name: str) -> str:
        """Where a channel is; empty where there is none of that name.

        Args:
            name: without `#`, as it was written.
        """
        if not self.workspace_url:
            return ""
        now, name = self._clock.monotonic(), name.lower()
        told = self._told.get(name)
        if told is None or told[1] <= now:
            channel = self._public().get(name, "")
            address = f"{self.workspace_url}archives/{channel}" if channel else ""
            told = address, now + _KEPT_S
            self._told.put(name, told)
        return told[0]


def named_channels(text: str, address_of: Callable[[str], str]) -> Iterator[tuple[int, int, str]]:
    """The places in prose that name a channel: where each begins and ends, and the link for it.

    Args:
        text: of a paragraph; what is code or a link already is for the caller to leave alone.
        address_of: where a channel is; empty where there is none of that name.
    """
    for found in _NAMED.finditer(text):
        if address := address_of(found[1]):
            yield found.start(), found.end(), f"[{found[0]}]({address})"
