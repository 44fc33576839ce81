"""The Discord adapter keeps the contract of chat adapters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.chat import ChatContract
from tests.contracts.files import FilesContract
from tests.discord.stage import DiscordStage


class TestThreads(ChatContract, FilesContract):
    """Where threads can be started."""


class TestChains(ChatContract, FilesContract):
    """Where Discord refuses threads: answers reply to the message."""

    @pytest.fixture(autouse=True)
    def _refuse_threads(self, stage: DiscordStage) -> None:
        stage.discord.faults.turn_on("refuse_threads")


class TestMentionsOnly(ChatContract):
    """Where the application has no privileged intent."""

    @pytest.fixture
    def playground_options(self) -> dict[str, Any]:
        """An application as it is made, with no switch touched."""
        return {"privileged_intents": frozenset()}
