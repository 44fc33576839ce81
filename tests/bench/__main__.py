"""`make bench`: the bot beside the bare SDK, as a table and in `build/bench.json`.

The measurements are in the modules beside this one; `docs/performance.md` tells how to read them.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from pathlib import Path

import click

from bot.log import set_up_logging
from tests.bench import (
    first_text,
    many_threads,
    memory_at_rest,
    memory_per_session,
    statements,
    threads_at_rest,
    whole_turn,
)
from tests.bench.ground import bare_sdk, ground, machine, say
from tests.bench.result import Result, as_json, table
from tests.bench.starts import starts

_WRITTEN = Path("build/bench.json")


async def measured(directory: Path) -> list[Result]:
    """Measure everything.

    Args:
        directory: for databases and logs.
    """
    results: list[Result] = []
    async with ground(directory) as ready:
        database = directory / "turns" / "threadpilot.db"
        async with ready.bot(database, THREADPILOT_LIVE_SESSIONS="200") as bot:
            say("turns, one after the other …")
            results += await whole_turn.measure(ready)
            say("the first text …")
            results += await first_text.measure(ready)
            say("many threads at once …")
            results += await many_threads.measure(ready, bot)
        say("memory of bots that are started anew …")
        found = await starts(ready)
        results += await memory_at_rest.measure(ready, found)
        say("memory of live sessions …")
        async with bare_sdk(ready.model) as sdk:
            results += await memory_per_session.measure(ready, sdk)
        results += await threads_at_rest.measure(found)
        say("statements …")
        results += await statements.measure(ready)
    return results


async def stoppable(directory: Path) -> list[Result]:
    """Measure until it is done, or until SIGTERM, which ends what was started as well."""
    running = asyncio.current_task()
    assert running is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await measured(directory)


def main() -> None:
    """Measure, show and keep."""
    # What a bot in this process logs would be between the lines.
    set_up_logging(level="warning")
    click.echo(f"{machine()}\n")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="threadpilot-bench-") as directory:
        results = asyncio.run(stoppable(Path(directory)))
    _WRITTEN.parent.mkdir(exist_ok=True)
    _WRITTEN.write_text(as_json(results), encoding="utf-8")
    click.echo(f"\n{table(results)}\n")
    missed = sum(not result.ok for result in results)
    verdict = f"{missed} limits missed" if missed else "every limit is kept"
    click.echo(f"{verdict}; {time.monotonic() - began:.0f} s; written to {_WRITTEN}")


if __name__ == "__main__":
    main()
