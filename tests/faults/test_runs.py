"""Short runs: all sorts of faults while people talk on both platforms; nothing is lost or twice.

`FAULT_SEED=17` plays another run. What helps to find out why one failed is in `build/faults`;
`make soak` runs the long ones.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from playground.fault_switches import Chances
from tests.faults.drill import Setup, drill
from tests.faults.plan import Fault
from tests.postgres import PostgresServer, empty

pytestmark = [pytest.mark.runtime, pytest.mark.timeout(600)]

_SEED = int(os.environ.get("FAULT_SEED", "1"))
_KEPT = Path("build/faults").absolute()
_OFTEN = Chances(rate_limit=0.01, server_error=0.01, lost_answer=0.02)
_PLATFORM_FAULTS = {
    Fault.DROP: 1,
    Fault.RECONNECT: 1,
    Fault.FORGET: 1,
    Fault.REDELIVER: 1,
    Fault.OTHER_EVENT_FIRST: 1,
    Fault.OVERTAKE: 1,
    Fault.RATE_LIMIT_UNTOLD: 1,
    Fault.LOST_ANSWER: 2,
    Fault.LATE_LOSS: 1,
    Fault.CLOSE_STREAMS: 1,
    Fault.DELETE_REPLY: 1,
}


async def _holds(setup: Setup, directory: Path, postgres: PostgresServer | None = None) -> None:
    """Play a run, and find nothing in it that should not be."""
    async with drill(setup, directory, postgres) as run:
        outcome = await run.run()
    if outcome.violations:
        kept = _KEPT / directory.name
        outcome.keep(kept)
        pytest.fail(f"{outcome.report()}\nMore is in {kept}.", pytrace=False)
    assert outcome.happened[Fault.KILL_BOT] >= 2
    assert outcome.happened[Fault.KILL_RUNTIME] >= 1
    assert outcome.platform_faults >= 10


async def test_one_process_on_sqlite(tmp_path: Path) -> None:
    """A bot that is killed again and again, as its runtime is, on platforms that fail."""
    faults = {**_PLATFORM_FAULTS, Fault.KILL_BOT: 3, Fault.KILL_RUNTIME: 3, Fault.LOCK_DATABASE: 1}
    await _holds(Setup(seed=_SEED, turns=24, faults=faults, chances=_OFTEN), tmp_path)


async def test_two_processes_on_postgresql(tmp_path: Path, postgres: PostgresServer) -> None:
    """The same with two processes on one database, which also sleep and lose their connections."""
    await empty(postgres)
    faults = {
        **_PLATFORM_FAULTS,
        Fault.KILL_BOT: 3,
        Fault.KILL_RUNTIME: 3,
        Fault.FREEZE_BOT: 1,
        Fault.CUT_DATABASE: 2,
    }
    setup = Setup(seed=_SEED, turns=24, faults=faults, chances=_OFTEN, bots=2)
    await _holds(setup, tmp_path, postgres)
