"""The real runtime, and a scripted model for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from adapters.copilot.discovery import find
from adapters.copilot.supervisor import CopilotRuntime, Provider, RuntimeOptions, open_runtime
from bot.errors import RuntimeMissing
from bot.messages import OutgoingFile
from playground.model.endpoint import ModelServer, serve_model
from playground.model.scripted import ScriptedBrain
from tests.fakes.web import PaperWeb, open_web

API_KEY = "key-of-the-tests"
MODELS = ("playground", "blind", "blind-too", "third")


class PaperCharts:
    """The tool `chart`, without a process and a library behind it."""

    name = "chart"
    description = "Draws a chart."
    parameters: Mapping[str, object] = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "series": {"type": "array"}},
    }

    def title(self, arguments: Mapping[str, object]) -> str:
        """What a call does."""
        return f"draws a chart: {arguments.get('title')}"

    async def make(self, arguments: Mapping[str, object]) -> OutgoingFile | str:
        """A picture, but of nothing."""
        title = str(arguments.get("title", ""))
        if not title:
            return "`title` is missing."
        return OutgoingFile(
            name=f"charts/{title.lower()}.png", content=b"\x89PNG", title="Note it."
        )


class SystemClock:
    """The time as it is."""

    def now(self) -> datetime:
        """The wall clock."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A runtime that tests share: its start takes longer than most of them.

    Args:
        model: asks the brain of the test.
        runtime: asks the model.
        web: all of the internet that it reaches.
    """

    model: ModelServer
    runtime: CopilotRuntime
    web: PaperWeb


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run in one loop what shares the runtime that lives in it."""
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="package"), append=False)


@pytest.fixture(scope="session")
def executable() -> Path:
    """The runtime that tests use."""
    named = os.environ.get("COPILOT_CLI_PATH")
    try:
        return find(Path(named) if named else None).path
    except RuntimeMissing as exc:
        pytest.skip(f"no Copilot runtime: {exc}")


@pytest.fixture
def clock() -> SystemClock:
    """The time as it is."""
    return SystemClock()


@pytest.fixture
def brain() -> ScriptedBrain:
    """What the model answers."""
    return ScriptedBrain()


@pytest.fixture
async def model(brain: ScriptedBrain) -> AsyncIterator[ModelServer]:
    """The model's address."""
    async with serve_model(brain, api_key=API_KEY, models=MODELS) as server:
        yield server


@pytest.fixture
def options(executable: Path, model: ModelServer, tmp_path: Path) -> RuntimeOptions:
    """How a runtime of the test's own is run."""
    return options_for(executable, model, tmp_path / "home")


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def shared(
    executable: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shared]:
    """What the fixture `runtime` is made of."""
    home = tmp_path_factory.mktemp("home")
    async with (
        serve_model(ScriptedBrain(), api_key=API_KEY, models=MODELS) as model,
        open_web() as web,
    ):
        # Offline there would be no tool to fetch pages with.
        options = replace(options_for(executable, model, home), is_offline=False)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in web.environment().items():
                patch.setenv(name, value)
            async with open_runtime(options, clock=SystemClock()) as runtime:
                yield Shared(model=model, runtime=runtime, web=web)


@pytest.fixture
def runtime(shared: Shared, brain: ScriptedBrain) -> CopilotRuntime:
    """A runtime that others used before, whose model answers by the test's own brain."""
    shared.model.brain = brain
    return shared.runtime


@pytest.fixture
def web(shared: Shared) -> PaperWeb:
    """All of the internet that `runtime` reaches."""
    shared.web.visited.clear()
    return shared.web


def options_for(executable: Path, model: ModelServer, home: Path) -> RuntimeOptions:
    """Options for a runtime that asks a scripted model and nobody else."""
    return RuntimeOptions(
        home=home,
        executable=executable,
        model=model.model,
        choice=("third",),
        provider=Provider(base_url=model.base_url, api_key=model.api_key, wire_api="completions"),
        is_offline=True,
        tools=(PaperCharts(),),
    )
