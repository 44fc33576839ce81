"""The Slack app, as its manifest describes it: as few permissions as it can work with.

https://docs.slack.dev/reference/app-manifest/
"""

from __future__ import annotations

from typing import Any

from adapters.slack.commands import RESET_SHORTCUT

SCOPES = {
    "app_mentions:read": "to hear when somebody mentions the bot",
    "assistant:write": "to be an agent: session status, titles and the stop button",
    "channels:history": "to read replies in public channels that the bot is in, and what it missed",
    "channels:read": "to call public channels by their names, link to them, and know its own",
    "chat:write": "to answer, and to stream, change and delete its own answers",
    "commands": "for /copilot and the message shortcut",
    "files:read": "to read the files that people share with it",
    "files:write": "to share the files that it makes, and to take back what Slack did not show",
    "groups:history": "to read replies in private channels that the bot is in, and what it missed",
    "groups:read": "to call private channels by their names, and to know which it is in",
    "im:history": "to read what people write to the bot in direct messages",
    "mpim:history": "to read the replies in threads of group messages that the bot is in",
    "reactions:read": "to hear the sign that ends an answer",
    "reactions:write": "to mark a message that waits for its turn with an hourglass",
    "usergroups:read": "to call user groups by their names",
    "users:read": "to call people by their names instead of their ids",
}
"""Every scope of the bot token, and what it is needed for."""

APP_TOKEN_SCOPES = {"connections:write": "to open the Socket Mode connection"}
"""The scope of the app-level token (`SLACK_APP_TOKEN`), which no manifest can ask for."""

EVENTS = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "tokens_revoked",
)


def manifest(*, name: str = "Copilot", command: str = "/copilot") -> dict[str, Any]:
    """The manifest to create the Slack app from.

    Args:
        name: what the app is called in the workspace.
        command: the slash command.

    Returns:
        A JSON object for "From a manifest" at https://api.slack.com/apps.
    """
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": name,
            "description": "GitHub Copilot in your threads: mention it, and the thread remembers.",
            "background_color": "#24292f",
        },
        "features": {
            "agent_view": {
                "agent_description": (
                    "Mention me and the thread becomes a Copilot session that remembers. "
                    "A direct message is a private session of your own."
                ),
                "suggested_prompts": [
                    {
                        "title": "What can you do?",
                        "message": "What can you do for me here, in a few sentences?",
                    },
                    {
                        "title": "Explain an idea",
                        "message": "Explain what a mutex is, with a short example.",
                    },
                    {
                        "title": "Draft a text",
                        "message": "Help me write a short, friendly status update for my team.",
                    },
                ],
            },
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": name.lower(), "always_online": True},
            "shortcuts": [
                {
                    "name": "Reset this thread",
                    "type": "message",
                    "callback_id": RESET_SHORTCUT,
                    "description": "Start afresh: Copilot forgets what was said in this thread",
                }
            ],
            "slash_commands": [
                {
                    "command": command,
                    "description": "Steer your Copilot sessions",
                    "usage_hint": "help | status | model | compare | sessions | …",
                    "should_escape": False,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": True,
            "token_rotation_enabled": False,
        },
    }
