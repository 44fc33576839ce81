"""A chat platform that is measured: its process, and what is particular about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tests.bench.child import Child

_SETTINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "slack": {
        "SLACK_API_URL": "api_url",
        "SLACK_BOT_TOKEN": "bot_token",
        "SLACK_APP_TOKEN": "app_token",
    },
    "discord": {
        "DISCORD_API_URL": "api_url",
        "DISCORD_GATEWAY_URL": "gateway_url",
        "DISCORD_BOT_TOKEN": "bot_token",
    },
}


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A platform.

    Args:
        name: its short name.
        process: answers what an `Audience` can be asked.
        place: how to reach it, as its process tells.
    """

    name: Literal["slack", "discord"]
    process: Child
    place: Mapping[str, str]

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.name.capitalize()

    @property
    def settings(self) -> dict[str, str]:
        """The variables with which a bot serves it."""
        return {name: self.place[key] for name, key in _SETTINGS[self.name].items()}

    def named(self, figure: str) -> str:
        """The name of a figure on this platform."""
        return figure if self.name == "slack" else f"{figure}, {self.title}"
