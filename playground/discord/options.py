"""What can be set when the playground's Discord is started."""

from collections.abc import Mapping
from dataclasses import dataclass

from playground.discord.channels import ChannelType


@dataclass(frozen=True, kw_only=True)
class ChannelOption:
    """A channel beside #general, #random, #news, #help and #gallery.

    Args:
        name: the channel's name, without ``#``.
        type: what sort of channel it is.
        topic: what the channel is about.
        denied: names of permissions that the bot lacks there, such as ``SEND_MESSAGES``.
        tags: names of the tags that a forum offers.
    """

    name: str
    type: ChannelType = ChannelType.TEXT
    topic: str = ""
    denied: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DiscordOptions:
    """How the playground's Discord behaves.

    Args:
        limits: whether calls are rate limited as Discord does it.
        privileged_intents: which of ``message_content``, ``guild_members`` and ``presences``
            the app was granted.
        heartbeat_interval_s: seconds between the heartbeats asked for.
        resume_window_s: seconds for which a session without a connection can be resumed.
        replay_kept: how many events a session keeps for that.
        ack_timeout_s: seconds within which an interaction must be answered.
        interaction_lifetime_s: seconds for which an interaction's token lives.
        invalid_requests: refused calls in ten minutes after which the app is shut out.
        largest_file: the greatest size of a file where no boost raises it, in bytes.
        premium_tier: how far the server is boosted, from 0 to 3.
        file_url_lifetime_s: seconds for which the address of a file holds.
        emojis: names of the server's own emoji; one that begins with ``a:`` moves.
        channels: more channels.
        chips: phrases that the page offers, as ``{"label", "text"}``.
        bot_token: the bot's token; ``None`` makes one up.
        calls_kept: how many REST calls the record keeps.
    """

    limits: bool = True
    privileged_intents: frozenset[str] = frozenset({"message_content", "guild_members"})
    heartbeat_interval_s: float = 41.25
    resume_window_s: float = 120.0
    replay_kept: int = 5_000
    ack_timeout_s: float = 3.0
    interaction_lifetime_s: float = 900.0
    invalid_requests: int = 10_000
    largest_file: int = 10 * 1024 * 1024
    premium_tier: int = 0
    file_url_lifetime_s: float = 86_400.0
    emojis: tuple[str, ...] = ("party", "a:wave")
    channels: tuple[ChannelOption, ...] = ()
    chips: tuple[Mapping[str, str], ...] = ()
    bot_token: str | None = None
    calls_kept: int = 20_000
