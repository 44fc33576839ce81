"""How to reach Discord."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.gate import FollowUp
from bot.missed import MissedLimits


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscordOptions:
    """How to reach Discord, and how much the bot asks to read.

    Args:
        bot_token: of the application's bot.
        api_url: where the REST API is, as `https://host/api/v10`; Discord's own when None.
        gateway_url: where the gateway is, as `wss://host/path`; Discord's own when None. When
            set, every connection goes there, whatever address Discord names for resuming.
        follow_up: the operator's rule. Only `mention` does without the privileged intent
            MESSAGE CONTENT.
        missed: how much is looked for that was missed.
    """

    bot_token: str
    api_url: str | None = None
    gateway_url: str | None = None
    follow_up: FollowUp = FollowUp.THREAD
    missed: MissedLimits = field(default_factory=MissedLimits)
