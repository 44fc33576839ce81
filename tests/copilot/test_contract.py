"""The real runtime keeps the contract."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from adapters.copilot.supervisor import CopilotRuntime
from bot.ports import RuntimeSession
from bot.profile import Profile
from playground.model.scripted import ScriptedBrain
from tests.contracts.runtime import Gate, RuntimeContract, new
from tests.fakes.session_files import MemoryFiles

pytestmark = pytest.mark.runtime


@dataclass
class RealStage:
    """The real runtime with a scripted model."""

    runtime: CopilotRuntime
    brain: ScriptedBrain

    def hold(self, pattern: str, *, after: int = 1) -> Gate:
        """Hold some answers."""
        return self.brain.hold(pattern, after=after)

    def kill(self) -> None:
        """Kill the runtime."""
        pid = self.runtime.process_id
        assert pid is not None
        os.kill(pid, signal.SIGKILL)


class TestCopilotRuntime(RuntimeContract):
    @pytest.fixture
    def stage(self, runtime: CopilotRuntime, brain: ScriptedBrain) -> RealStage:
        """The real runtime with a scripted model."""
        return RealStage(runtime, brain)

    @pytest_asyncio.fixture(loop_scope="package")
    async def session(  # type: ignore[override]
        self, stage: RealStage, files: MemoryFiles
    ) -> AsyncIterator[RuntimeSession]:
        """A new session, in the loop of the runtime."""
        session = await stage.runtime.open(new("s-1", files))
        yield session
        await session.close()

    @pytest_asyncio.fixture(loop_scope="package")
    async def web_session(  # type: ignore[override]
        self, stage: RealStage, files: MemoryFiles
    ) -> AsyncIterator[RuntimeSession]:
        """A new session that may ask for pages, in the loop of the runtime."""
        session = await stage.runtime.open(replace(new("s-1", files), profile=Profile.WEB))
        yield session
        await session.close()
