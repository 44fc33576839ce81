"""What can be set when a playground is started."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.slack.app_manifest import DEFAULT_MANIFEST

PAGE_DIR = Path(__file__).parent.parent / "page"


@dataclass(frozen=True, kw_only=True)
class ChannelOption:
    """A channel beside #general and #random.

    Args:
        name: the channel's name, without ``#``.
        topic: what the channel is about.
        is_private: whether it is a private channel (an id in ``G`` style is not used any more).
        members: the names of the people in it; ``None`` for everybody.
        has_bot: whether the bot was invited.
    """

    name: str
    topic: str = ""
    is_private: bool = False
    members: tuple[str, ...] | None = None
    has_bot: bool = True


@dataclass(frozen=True, kw_only=True)
class PlaygroundOptions:
    """How a playground behaves.

    Args:
        limits: whether methods are rate limited as Slack's tiers say.
        stream_lifetime_s: seconds after which the server closes a stream.
        ack_timeout_s: seconds within which an envelope must be acknowledged.
        retry_delays_s: seconds waited before each redelivery of an event.
        undelivered_s: seconds for which an event waits for a connection to open.
        trigger_lifetime_s: seconds for which a trigger id opens a view.
        ping_interval_s: seconds between the server's WebSocket pings.
        channels: channels beside #general and #random.
        manifest: the app manifest in Slack's shape.
        chips: phrases that the page offers, as ``{"label", "text"}``.
        suggested_prompts: prompts that the page offers in a direct message, as
            ``{"title", "message"}``; ``None`` takes the manifest's.
        static_dir: the page's files.
        bot_token: the bot's token; ``None`` makes one up.
        app_token: the app-level token; ``None`` makes one up.
        calls_kept: how many Web API calls the record keeps.
        largest_file: the most bytes of a file that the app may upload.
    """

    limits: bool = True
    stream_lifetime_s: float = 300.0
    ack_timeout_s: float = 3.0
    retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    undelivered_s: float = 600.0
    trigger_lifetime_s: float = 3.0
    ping_interval_s: float = 10.0
    channels: tuple[ChannelOption, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=lambda: DEFAULT_MANIFEST)
    chips: tuple[Mapping[str, str], ...] = ()
    suggested_prompts: tuple[Mapping[str, str], ...] | None = None
    static_dir: Path = PAGE_DIR
    bot_token: str | None = None
    app_token: str | None = None
    calls_kept: int = 20_000
    largest_file: int = 1_000_000_000
