"""The real runtime keeps the contract."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

import pytest

from adapters.copilot.supervisor import CopilotRuntime
from playground.model.scripted import ScriptedBrain
from tests.contracts.runtime import Gate, RuntimeContract

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
