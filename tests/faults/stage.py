"""What a run is played on: both platforms, a model, and processes of the bot on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playground.discord.options import DiscordOptions
from playground.model.endpoint import serve_model
from playground.model.scripted import ScriptedBrain
from playground.server import Playground, serve
from playground.slack.options import PlaygroundOptions
from tests.faults.crew import Member, crew
from tests.postgres import PostgresServer

LEASE_S = 3.0
"""How long a process may be silent before another takes its threads over."""

# An hour of Slack's, and a minute of ours.
_SLACK = PlaygroundOptions(limits=False, retry_delays_s=(0.0, 3.0, 15.0), undelivered_s=600)
_DISCORD = DiscordOptions(limits=False, heartbeat_interval_s=5.0)
_SETTINGS = {
    "THREADPILOTLEASE_S": str(int(LEASE_S)),
    "THREADPILOT_IDLE_S": "2",
    "THREADPILOT_DRAIN_S": "5",
    "THREADPILOT_LOG_LEVEL": "info",
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a run is played on.

    Args:
        playground: the platforms.
        brain: the model.
        members: the processes.
        where: the database: a SQLite file, or a server.
    """

    playground: Playground
    brain: ScriptedBrain
    members: list[Member]
    where: Path | PostgresServer


@asynccontextmanager
async def staged(
    directory: Path,
    postgres: PostgresServer | None = None,
    *,
    bots: int = 1,
    settings: Mapping[str, str] | None = None,
    tells_numbers: bool = False,
) -> AsyncIterator[Stage]:
    """Make a stage with processes that are not started, and take it down again.

    Args:
        directory: for databases and logs.
        postgres: where the database is; None for a SQLite file.
        bots: how many processes there are.
        settings: of the bots, beside the usual.
        tells_numbers: whether they tell how they are.
    """
    brain = ScriptedBrain()
    where = directory / "threadpilot.db" if postgres is None else postgres
    address = f"sqlite:///{where}" if postgres is None else postgres.url("test")
    given = {**_SETTINGS, "DATABASE_URL": address, **(settings or {})}
    async with (
        serve_model(brain) as model,
        serve(options=_SLACK, discord=_DISCORD) as playground,
        crew(
            directory,
            playground=playground,
            model=model,
            count=bots,
            settings=given,
            tells_numbers=tells_numbers,
        ) as members,
    ):
        yield Stage(playground=playground, brain=brain, members=members, where=where)
