"""Whether threads at rest take memory: they shall be rows, and nothing else."""

from __future__ import annotations

from tests.bench.result import Judged, Result, middle
from tests.bench.starts import THREADS, Starts


async def measure(starts: Starts) -> list[Result]:
    """Compare bots that have many threads at rest in the database with bots that have none.

    The limit is the noise: how far bots with one and the same database are apart.
    """
    empty_mb = [each.rss_kb / 1024 for each in starts.empty]
    full_mb = [each.rss_kb / 1024 for each in starts.full]
    noise_mb = max(max(empty_mb) - min(empty_mb), max(full_mb) - min(full_mb))
    growth_mb = middle(full_mb) - middle(empty_mb)
    return [
        Result(
            name=f"growth for {THREADS:,} threads at rest",
            unit="MB",
            value=growth_mb,
            limit=round(noise_mb, 2),
            judged=Judged.VALUE_AT_MOST,
            note=f"after a start and one turn, {len(full_mb)} starts each: without them"
            f" {min(empty_mb):.1f}–{max(empty_mb):.1f} MB, with them"
            f" {min(full_mb):.1f}–{max(full_mb):.1f} MB; the limit is this noise;"
            f" {growth_mb * 1024 / THREADS:.3f} KB a thread",
        )
    ]
