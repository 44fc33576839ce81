"""The name of a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionKey:
    """Names one thread on one platform: `platform:workspace:channel:thread`.

    Args:
        platform: the platform's short name, `slack` or `discord`.
        workspace: the team or server; empty where there is none.
        channel: the channel or direct message.
        thread: the thread in it; empty for the top level of a direct message.
    """

    platform: str
    workspace: str
    channel: str
    thread: str = ""

    def __str__(self) -> str:
        parts = (self.platform, self.workspace, self.channel, self.thread)
        return ":".join(quote(part, safe="") for part in parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str()` printed.

        Raises:
            ValueError: the text has not four parts, or no platform or channel.
        """
        parts = [unquote(part) for part in text.split(":")]
        if len(parts) != 4 or not parts[0] or not parts[2]:
            raise ValueError(f"{text!r} is not platform:workspace:channel:thread")
        platform, workspace, channel, thread = parts
        return cls(platform=platform, workspace=workspace, channel=channel, thread=thread)
