"""Slash commands and message shortcuts, parsed.

https://docs.slack.dev/interactivity/implementing-slash-commands/ and
https://docs.slack.dev/interactivity/implementing-shortcuts/
"""

from __future__ import annotations

from adapters.fields import fields, text
from adapters.slack.events import is_direct_channel, thread_key
from adapters.slack.timestamps import is_timestamp
from bot.keys import SessionKey
from bot.messages import Command, Person

RESET_SHORTCUT = "reset_session"
"""The callback id of the message shortcut that resets a thread."""


def parse_slash(body: object) -> Command | None:
    """The command that was typed; None where the payload is malformed.

    Slack refuses slash commands in threads: in a channel nobody can tell which thread is meant.

    Args:
        body: the envelope's payload.
    """
    team, channel, user = (text(body, name) for name in ("team_id", "channel_id", "user_id"))
    if not team or not channel or not user or not text(body, "trigger_id"):
        return None
    name, _, argument = text(body, "text").strip().partition(" ")
    place = SessionKey(platform="slack", workspace=team, channel=channel)
    direct = is_direct_channel(channel)
    return Command(
        name=name.casefold(),
        argument=argument.strip(),
        author=Person(id=user, name=text(body, "user_name")),
        key=place if direct else None,
        place=place,
        is_direct=direct,
        request_id=text(body, "trigger_id"),
    )


def parse_shortcut(body: object) -> Command | None:
    """The command that a message shortcut gives; None where it is not ours, or malformed.

    Args:
        body: the envelope's payload.
    """
    if text(body, "callback_id") != RESET_SHORTCUT:
        return None
    team, channel, user = (text(body, name, "id") for name in ("team", "channel", "user"))
    message = fields(body, "message")
    ts = text(message, "ts") or text(body, "message_ts")
    asked = text(body, "trigger_id") or text(body, "action_ts")
    if not team or not channel or not user or not asked or not is_timestamp(ts):
        return None
    key = thread_key(team=team, channel=channel, ts=ts, thread_ts=text(message, "thread_ts"))
    author = fields(body, "user")
    return Command(
        name="reset",
        argument="",
        author=Person(id=user, name=text(author, "name") or text(author, "username")),
        key=key,
        place=SessionKey(platform="slack", workspace=team, channel=channel),
        is_direct=is_direct_channel(channel),
        request_id=asked,
    )
