"""How often a reply may be brought up to date."""

from __future__ import annotations

from bot.ports import Capabilities


def interval_s(capabilities: Capabilities, live_replies: int) -> float:
    """The least seconds between two updates of one reply.

    The platform's budget is spread evenly over all replies that are live.

    Args:
        capabilities: of the platform.
        live_replies: how many replies share the budget, this one included.

    Returns:
        Seconds, never under the platform's floor.
    """
    share = 60.0 * max(1, live_replies) / capabilities.updates_per_minute
    return max(capabilities.update_floor_s, share)
