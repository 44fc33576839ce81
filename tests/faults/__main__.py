"""`make soak`: long runs with many faults, on SQLite and on PostgreSQL with two processes.

What came of them is told, and kept in `build/faults`; a run that broke a promise ends with 1.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from playground.fault_switches import Chances
from tests.faults.drill import Setup, drill
from tests.faults.outcome import Outcome
from tests.faults.plan import OF_THE_BOT, OF_THE_DATABASE, Fault
from tests.postgres import ROLE, PostgresServer, binaries, server

_KEPT = Path("build/faults")


@click.command()
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="sqlite")
@click.option("--turns", default=1000, help="How many messages are said while faults happen.")
@click.option("--seed", default=1, help="From which all is drawn.")
@click.option("--bots", default=0, help="How many processes; two on PostgreSQL, one on SQLite.")
@click.option("--at-once", default=8, help="How many conversations go on at once.")
@click.option(
    "--calm", is_flag=True, help="Without faults: watch what grows over many turns instead."
)
def main(database: str, turns: int, seed: int, bots: int, at_once: int, *, calm: bool) -> None:
    """Play a long run."""
    bots = bots or (2 if database == "postgresql" else 1)
    setup = Setup(
        seed=seed,
        turns=turns,
        faults={} if calm else many(turns, database),
        chances=Chances()
        if calm
        else Chances(rate_limit=0.005, server_error=0.005, lost_answer=0.005),
        bots=bots,
        at_once=at_once,
        delay_s=0.0 if calm else 0.02,
        watches=calm,
    )
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(_database()) if database == "postgresql" else None
        outcome = asyncio.run(_played(setup, directory, postgres))
    name = f"{database}-{seed}{'-calm' if calm else ''}"
    outcome.keep(_KEPT / name)
    click.echo(outcome.report())
    sys.exit(1 if outcome.violations else 0)


def many(turns: int, database: str) -> dict[Fault, int]:
    """How many faults of each kind a long run has: a kill of each sort in ten turns, or more."""
    faults = {
        fault: max(1, turns // 40) for fault in Fault if fault not in OF_THE_BOT | OF_THE_DATABASE
    }
    faults |= {
        Fault.KILL_BOT: turns // 9,
        Fault.KILL_RUNTIME: turns // 9,
        Fault.FREEZE_BOT: turns // 100,
        Fault.SILENCE: turns // 250,
        Fault.LOCK_DATABASE: turns // 100,
    }
    if database == "postgresql":
        faults[Fault.CUT_DATABASE] = turns // 50
    return faults


async def _played(setup: Setup, directory: Path, postgres: PostgresServer | None) -> Outcome:
    async with drill(setup, directory, postgres) as run:
        return await run.run()


@contextmanager
def _database() -> Iterator[PostgresServer]:
    found = binaries()
    if found is None:
        raise click.ClickException("There is no PostgreSQL for this platform.")
    with server(found) as started:
        asyncio.run(started.run(f"CREATE DATABASE test OWNER {ROLE}"))
        yield started


if __name__ == "__main__":
    main()
