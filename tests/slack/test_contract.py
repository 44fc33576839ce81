"""The Slack adapter keeps the contract of chat adapters."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.manifest import manifest
from tests.contracts.chat import ChatContract
from tests.contracts.files import FilesContract
from tests.slack.stage import SlackStage


class TestStreaming(ChatContract, FilesContract):
    """Where Slack streams."""


class TestUpdating(ChatContract):
    """Where Slack refuses streams: messages are posted and changed."""

    @pytest.fixture(autouse=True)
    def _refuse_streams(self, stage: SlackStage) -> None:
        stage.slack.faults.turn_on("refuse_streams")


class TestWithoutSessions(ChatContract):
    """Where the app is no agent, and each event comes twice."""

    @pytest.fixture
    def playground_options(self) -> dict[str, Any]:
        """An app that is not declared as an agent."""
        plain = manifest()
        del plain["features"]["agent_view"]
        return {"manifest": plain}
