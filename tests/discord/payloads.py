"""Payloads as Discord sends them, to be varied."""

from __future__ import annotations

from typing import Any

from adapters.discord.places import Place
from adapters.discord.surroundings import Identity, Surroundings

ME = Identity(user="900", application="901")
GENERAL = Place(id="20", guild="10", takes_threads=True, name="general")
THREAD = Place(id="30", guild="10", parent="20", is_thread=True, owner="1", name="talk")
DIRECT = Place(id="40", is_direct=True)
ANN = {"id": "1", "username": "ann", "global_name": "Ann Archer"}
BOT = {"id": "900", "username": "copilot", "global_name": None, "bot": True}


def message(content: str = "hi", **changes: Any) -> dict[str, Any]:
    """A message that Ann said."""
    return {
        "id": "1000",
        "channel_id": "20",
        "guild_id": "10",
        "type": 0,
        "author": ANN,
        "content": content,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "flags": 0,
        **changes,
    }


def mention(content: str = "hi", **changes: Any) -> dict[str, Any]:
    """A message in which Ann mentions the bot."""
    return message(f"<@900> {content}", **{"mentions": [BOT], **changes})


def around(place: Place = GENERAL, **more: Any) -> Surroundings:
    """What a message does not say of itself."""
    return Surroundings(place=place, me=ME, **more)


def interaction(kind: int, data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Something that Ann does in #general."""
    return {
        "id": "5000",
        "application_id": "901",
        "type": kind,
        "token": "a-token",
        "version": 1,
        "guild_id": "10",
        "channel_id": "20",
        "channel": {"id": "20", "type": 0, "name": "general"},
        "member": {"user": ANN, "permissions": "0"},
        "data": data,
        **changes,
    }
