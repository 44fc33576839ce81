"""What the bot's own code and state take in memory, beyond what importing its libraries takes."""

from __future__ import annotations

import json

from tests.bench.child import child
from tests.bench.ground import Ground
from tests.bench.processes import Memory
from tests.bench.result import Judged, Result, middle, spread
from tests.bench.starts import Rest


async def measure(ground: Ground, rest: Rest) -> list[Result]:
    """Compare bots at rest with processes that import the same libraries.

    Args:
        ground: where.
        rest: the bots.
    """
    listing = ground.directory / f"libraries-{rest.chat.name}.json"
    listing.write_text(json.dumps(rest.libraries), encoding="utf-8")
    libraries = []
    for _ in rest.memory:
        async with child("libraries_process", str(listing)) as process:
            libraries.append(Memory(**await process.ask("memory")))
    bot_mb = [each.rss_kb / 1024 for each in rest.memory]
    libraries_mb = [each.rss_kb / 1024 for each in libraries]
    bot_pss_mb = middle([each.pss_kb / 1024 for each in rest.memory])
    libraries_pss_mb = middle([each.pss_kb / 1024 for each in libraries])
    return [
        Result(
            name=rest.chat.named("the bot's own memory at rest"),
            unit="MB",
            value=middle(bot_mb) - middle(libraries_mb),
            limit=15,
            judged=Judged.VALUE_AT_MOST,
            note=f"resident: the bot {spread(bot_mb)} MB, a process with its"
            f" {len(rest.libraries)} modules of libraries {spread(libraries_mb)} MB;"
            f" by share: {bot_pss_mb:.1f} and {libraries_pss_mb:.1f} MB",
        )
    ]
