"""`make bench`: the bot beside the bare SDK, as a table and in `build/bench.json`.

The measurements are in the modules beside this one; `docs/performance.md` tells how to read them.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

import click

from bot.log import set_up_logging
from tests.bench import (
    endless,
    first_text,
    many_threads,
    memory_at_rest,
    memory_per_session,
    page,
    rendering,
    statements,
    threads_at_rest,
    whole_turn,
)
from tests.bench.ground import bare_sdk, ground, machine, say
from tests.bench.result import Result, as_json, table
from tests.bench.starts import at_rest, starts

_WRITTEN = Path("build/bench.json")


async def measured(directory: Path) -> list[Result]:
    """Measure everything.

    Args:
        directory: for databases and logs.
    """
    results: list[Result] = []

    def take(found: list[Result]) -> None:
        results.extend(found)
        for each in found:
            say(f"  {each.told}")

    async with ground(directory) as ready:
        # First what shall not find the threads of the rest on the platforms.
        say("memory of bots that are started anew …")
        found = await starts(ready)
        for rest in (found.rest, await at_rest(ready, ready.discord)):
            take(await memory_at_rest.measure(ready, rest))
        take(await threads_at_rest.measure(found))
        for chat in ready.chats:
            say(f"{chat.title}: statements …")
            take(await statements.measure(ready, chat))
        for chat in ready.chats:
            database = directory / f"turns-{chat.name}" / "threadpilot.db"
            async with ready.bot(database, chat, THREADPILOT_LIVE_SESSIONS="200") as bot:
                say(f"{chat.title}: turns, one after the other …")
                take(await whole_turn.live_threads(ready, chat, bot))
                take(await whole_turn.new_threads(ready, chat, "whole turn, new thread"))
                say(f"{chat.title}: the first text …")
                take(await first_text.measure(ready, chat))
                say(f"{chat.title}: many threads at once …")
                take(await many_threads.measure(ready, chat, bot))
            # The bare SDK asks for no title either.
            database = directory / f"untitled-{chat.name}" / "threadpilot.db"
            async with ready.bot(database, chat, THREADPILOT_TITLES="false"):
                name = "whole turn, new thread without a title"
                take(await whole_turn.new_threads(ready, chat, name))
        say("memory of live sessions …")
        async with bare_sdk(ready.model) as sdk:
            take(await memory_per_session.measure(ready, sdk))
    say("rendering …")
    take(rendering.measure())
    take(list(endless.measure()))
    say("the playground's page …")
    take(await page.measure())
    return results


async def stoppable(directory: Path) -> list[Result]:
    """Measure until it is done, or until SIGTERM, which ends what was started as well."""
    running = asyncio.current_task()
    assert running is not None

    def stop() -> None:
        if not running.cancelling():
            running.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    return await measured(directory)


def main() -> None:
    """Measure, show and keep."""
    # What a bot in this process logs would be between the lines.
    set_up_logging(level="warning")
    click.echo(f"{machine()}\n")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="threadpilot-bench-") as directory:
        try:
            results = asyncio.run(stoppable(Path(directory)))
        except asyncio.CancelledError:
            sys.exit(128 + signal.SIGTERM)
    _WRITTEN.parent.mkdir(exist_ok=True)
    _WRITTEN.write_text(as_json(results), encoding="utf-8")
    click.echo(f"\n{table(results)}\n")
    missed = sum(not result.ok for result in results)
    verdict = f"{missed} limits missed" if missed else "every limit is kept"
    click.echo(f"{verdict}; {time.monotonic() - began:.0f} s; written to {_WRITTEN}")


if __name__ == "__main__":
    main()
