"""The app manifest: what the installed app may do and what it is told.

The shape is Slack's own, https://docs.slack.dev/reference/app-manifest/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

DEFAULT_MANIFEST: Mapping[str, Any] = {
    "display_information": {"name": "Copilot", "description": "Copilot in your threads"},
    "features": {
        "agent_view": {"agent_description": "Copilot in your threads"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "copilot", "always_online": True},
        "slash_commands": [
            {
                "command": "/copilot",
                "description": "Steer your Copilot sessions",
                "usage_hint": "help | status | reset",
            }
        ],
        "shortcuts": [
            {
                "name": "Reset this session",
                "type": "message",
                "callback_id": "reset_session",
                "description": "Start afresh in this thread",
            }
        ],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "assistant:write",
                "channels:history",
                "channels:join",
                "channels:read",
                "chat:write",
                "commands",
                "files:read",
                "files:write",
                "groups:history",
                "groups:read",
                "im:history",
                "im:read",
                "im:write",
                "reactions:read",
                "reactions:write",
                "team:read",
                "usergroups:read",
                "users:read",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "agent_session_stopped",
                "app_home_opened",
                "app_mention",
                "member_joined_channel",
                "message.channels",
                "message.groups",
                "message.im",
                "reaction_added",
            ]
        },
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}
"""Everything that a bot of this kind could need."""

EVENT_SCOPES: Mapping[str, str] = {
    "agent_session_stopped": "assistant:write",
    "app_mention": "app_mentions:read",
    "file_deleted": "files:read",
    "file_shared": "files:read",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
}
"""The scope without which an event is not sent; events that need none are not listed."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A slash command of the app."""

    command: str
    description: str
    usage_hint: str


@dataclass(frozen=True, kw_only=True)
class Shortcut:
    """A message shortcut of the app."""

    callback_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class AppManifest:
    """The parts of an app manifest that change what Slack does."""

    name: str
    bot_name: str
    is_agent: bool
    has_home: bool
    scopes: tuple[str, ...]
    events: frozenset[str]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    suggested_prompts: tuple[Mapping[str, str], ...]

    @classmethod
    def parse(cls, manifest: Mapping[str, Any]) -> Self:
        """Read a manifest as Slack's app settings take it.

        Args:
            manifest: the manifest's JSON object.
        """
        features = manifest.get("features", {})
        settings = manifest.get("settings", {})
        agent = features.get("agent_view") or features.get("assistant_view")
        name = manifest.get("display_information", {}).get("name", "app")
        return cls(
            name=name,
            bot_name=features.get("bot_user", {}).get("display_name", name),
            is_agent=agent is not None,
            has_home=bool(features.get("app_home", {}).get("home_tab_enabled")),
            scopes=tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
            events=frozenset(settings.get("event_subscriptions", {}).get("bot_events", ())),
            commands=tuple(
                Command(
                    command=command["command"],
                    description=command.get("description", ""),
                    usage_hint=command.get("usage_hint", ""),
                )
                for command in features.get("slash_commands", ())
            ),
            shortcuts=tuple(
                Shortcut(callback_id=shortcut["callback_id"], name=shortcut["name"])
                for shortcut in features.get("shortcuts", ())
                if shortcut.get("type") == "message"
            ),
            suggested_prompts=tuple((agent or {}).get("suggested_prompts", ())),
        )

    @property
    def provided(self) -> str:
        """The granted scopes as Slack lists them in headers and refusals."""
        return ",".join(self.scopes)

    def tells(self, event: str) -> bool:
        """Say whether the app is told of ``event``: subscribed, and the scope granted.

        Args:
            event: the event's name in the manifest, such as ``message.channels``.
        """
        scope = EVENT_SCOPES.get(event)
        return event in self.events and (scope is None or scope in self.scopes)
