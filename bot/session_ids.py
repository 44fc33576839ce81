"""What sessions are called."""

from __future__ import annotations

import secrets


def new_session_id(generation: int) -> str:
    """A name for a session that is to begin: letters, digits and `-`, as the runtime demands.

    Args:
        generation: of its thread; 0 for one beside those.
    """
    return f"tp-{secrets.token_hex(10)}-g{generation}"
