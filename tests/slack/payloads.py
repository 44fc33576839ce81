"""What Slack sends, in the shapes that it has: https://docs.slack.dev/reference/events/."""

from __future__ import annotations

from typing import Any

from adapters.slack.events import Identity
from adapters.slack.known import Known

ME = Identity(team="T1", user="UBOT", bot="BBOT")
NAMES = {"UANN": "Ann", "UBEN": "Ben"}
KNOWN = Known(people=NAMES, channels={"C1": "general"}, groups={"S1": "admins"})

MENTION: dict[str, Any] = {
    "type": "app_mention",
    "client_msg_id": "4aa1a1d0-0000-4000-8000-000000000001",
    "user": "UANN",
    "text": "<@UBOT> what is a mutex?",
    "ts": "1700000000.000100",
    "team": "T1",
    "channel": "C1",
    "event_ts": "1700000000.000100",
}
MESSAGE: dict[str, Any] = {**MENTION, "type": "message", "channel_type": "channel"}
REPLY: dict[str, Any] = {
    **MESSAGE,
    "text": "and a semaphore?",
    "ts": "1700000050.000200",
    "thread_ts": "1700000000.000100",
    "parent_user_id": "UANN",
    "user": "UBEN",
}
DIRECT: dict[str, Any] = {
    **MESSAGE,
    "text": "hello",
    "channel": "D1",
    "channel_type": "im",
}
CHANGED: dict[str, Any] = {
    "type": "message",
    "subtype": "message_changed",
    "hidden": True,
    "channel": "C1",
    "channel_type": "channel",
    "ts": "1700000060.000300",
    "event_ts": "1700000060.000300",
    "message": {
        **{name: MESSAGE[name] for name in ("type", "user", "ts", "team", "client_msg_id")},
        "text": "<@UBOT> what is a semaphore?",
        "edited": {"user": "UANN", "ts": "1700000060.000000"},
    },
    "previous_message": {
        name: MESSAGE[name] for name in ("type", "user", "ts", "team", "client_msg_id", "text")
    },
}
DELETED: dict[str, Any] = {
    "type": "message",
    "subtype": "message_deleted",
    "hidden": True,
    "channel": "C1",
    "channel_type": "channel",
    "ts": "1700000070.000400",
    "event_ts": "1700000070.000400",
    "deleted_ts": "1700000000.000100",
    "previous_message": CHANGED["previous_message"],
}
STOP_SIGN: dict[str, Any] = {
    "type": "reaction_added",
    "user": "UANN",
    "reaction": "octagonal_sign",
    "item": {"type": "message", "channel": "C1", "ts": "1700000000.000100"},
    "item_user": "UBOT",
    "event_ts": "1700000090.000100",
}
STOPPED: dict[str, Any] = {
    "type": "agent_session_stopped",
    "channel": "C1",
    "user": "UANN",
    "thread_ts": "1700000000.000100",
    "event_ts": "1700000080.000500",
    "streaming_message_ts": ["1700000001.000100"],
}
NOTES: dict[str, Any] = {
    "id": "F1",
    "name": "notes.txt",
    "mimetype": "text/plain",
    "size": 5,
    "mode": "snippet",
    "url_private": "https://files.slack.com/files-pri/T1-F1/notes.txt",
    "url_private_download": "https://files.slack.com/files-pri/T1-F1/download/notes.txt",
}
SHARED: dict[str, Any] = {
    **REPLY,
    "subtype": "file_share",
    "upload": True,
    "files": [
        NOTES,
        {"id": "F2", "mode": "file_access", "file_access": "check_file_info"},
        {"id": "F3", "is_external": True, "title": "Plan", "external_url": "https://x.org"},
    ],
    "blocks": [
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "user", "user_id": "UANN"},
                        {"type": "text", "text": " look", "style": {"bold": True}},
                        {"type": "emoji", "name": "wave", "unicode": "1f44b"},
                        {"type": "date", "timestamp": 1, "fallback": "then"},
                    ],
                },
                {
                    "type": "rich_text_list",
                    "style": "ordered",
                    "indent": 1,
                    "elements": [
                        {
                            "type": "rich_text_section",
                            "elements": [{"type": "link", "url": "https://x.org", "text": "x"}],
                        }
                    ],
                },
            ],
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": "*so*"}},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]},
    ],
    "attachments": [
        {
            "is_share": True,
            "author_name": "Ben",
            "message_blocks": [{"message": {"blocks": [{"type": "header", "text": {}}]}}],
            "fields": [{"title": "CPU", "value": "9"}],
        }
    ],
}
EVENTS = (MENTION, MESSAGE, REPLY, DIRECT, CHANGED, DELETED, STOPPED, SHARED)

SLASH: dict[str, Any] = {
    "token": "x",
    "team_id": "T1",
    "team_domain": "example",
    "channel_id": "C1",
    "channel_name": "general",
    "user_id": "UANN",
    "user_name": "ann",
    "command": "/copilot",
    "text": "reset please now",
    "api_app_id": "A1",
    "is_enterprise_install": "false",
    "response_url": "https://hooks.slack.com/commands/T1/1/x",
    "trigger_id": "1.2.3",
}
SHORTCUT: dict[str, Any] = {
    "type": "message_action",
    "callback_id": "reset_session",
    "trigger_id": "1.2.4",
    "action_ts": "1700000090.000600",
    "response_url": "https://hooks.slack.com/app/T1/1/x",
    "team": {"id": "T1", "domain": "example"},
    "user": {"id": "UANN", "name": "ann", "username": "ann", "team_id": "T1"},
    "channel": {"id": "C1", "name": "general"},
    "message_ts": "1700000050.000200",
    "message": {**REPLY, "team": "T1"},
}
PRESS: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T1", "domain": "example"},
    "user": {"id": "UANN", "name": "ann", "username": "ann", "team_id": "T1"},
    "api_app_id": "A1",
    "trigger_id": "1.2.5",
    "container": {
        "type": "message",
        "message_ts": "1700000001.000100",
        "channel_id": "C1",
        "thread_ts": "1700000000.000100",
        "is_ephemeral": False,
    },
    "channel": {"id": "C1", "name": "general"},
    "message": {"type": "message", "user": "UBOT", "ts": "1700000001.000100", "text": "Sure?"},
    "response_url": "https://hooks.slack.com/actions/T1/1/x",
    "actions": [
        {
            "type": "button",
            "block_id": "threadpilot:buttons:0",
            "action_id": "threadpilot:0:retry",
            "text": {"type": "plain_text", "text": "Retry"},
            "value": '{"a":"retry","v":"7","k":"slack:T1:C1:1700000000.000100"}',
            "action_ts": "1700000095.000700",
        }
    ],
}


def body(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The payload that an event comes in.

    Args:
        event: the event.
        more: other fields of the payload.
    """
    return {
        "token": "x",
        "team_id": "T1",
        "api_app_id": "A1",
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1_700_000_000,
        "event": event,
        **more,
    }
