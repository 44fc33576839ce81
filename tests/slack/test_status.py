"""Status, titles and marks in Slack."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.slack.manifest import manifest
from bot.ports import MarksWaiting, ShowsStatus, ThreadStatus
from tests.contracts.chat import asked
from tests.slack.stage import SlackStage


def test_the_adapter_can_do_both(stage: SlackStage) -> None:
    """The adapter shows status and marks what waits."""
    assert isinstance(stage.adapter, ShowsStatus)
    assert isinstance(stage.adapter, MarksWaiting)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (ThreadStatus.WORKING, "processing"),
        (ThreadStatus.WAITING, "suspended"),
        (ThreadStatus.IDLE, "active"),
        (ThreadStatus.CLOSED, "closed"),
    ],
)
async def test_each_status_has_slacks_name(
    stage: SlackStage, status: ThreadStatus, shown: str
) -> None:
    """What a session does is shown in Slack's words."""
    thread = await asked(stage)
    await stage.adapter.set_status(thread.key, status)
    session = stage.slack.session(thread.key.channel, thread.key.thread)
    assert session is not None
    assert session.status == shown


async def test_a_title_comes_with_the_session_or_by_renaming(stage: SlackStage) -> None:
    """A title is set when the session is made; one that comes later, or changes, by renaming."""
    one, two = await asked(stage, "one"), await asked(stage, "two")
    await stage.adapter.set_status(one.key, ThreadStatus.WORKING, title="Mutexes")
    await stage.adapter.set_status(one.key, ThreadStatus.IDLE, title="Mutexes")
    assert stage.calls("agents.sessions.rename") == []
    await stage.adapter.set_status(one.key, ThreadStatus.IDLE, title="Locks " * 100)
    await stage.adapter.set_status(two.key, ThreadStatus.WORKING)
    await stage.adapter.set_status(two.key, ThreadStatus.IDLE, title="Flags")
    for thread, title in ((one, ("Locks " * 100)[:200]), (two, "Flags")):
        session = stage.slack.session(thread.key.channel, thread.key.thread)
        assert session is not None
        assert session.title == title.strip()


async def test_a_title_that_is_refused_keeps_the_status(stage: SlackStage) -> None:
    """Where Slack takes no other title, the status is shown all the same."""
    thread = await asked(stage)
    await stage.adapter.set_status(thread.key, ThreadStatus.WORKING, title="Mutexes")
    stage.slack.faults.turn_on("server_error", methods=["agents.sessions.rename"], calls=9)
    await stage.adapter.set_status(thread.key, ThreadStatus.IDLE, title="Locks")
    session = stage.slack.session(thread.key.channel, thread.key.thread)
    assert session is not None
    assert (session.status, session.title) == ("active", "Mutexes")
    stage.slack.faults.clear()
    await stage.adapter.set_status(thread.key, ThreadStatus.IDLE, title="Locks")
    assert session.title == "Locks"


async def test_the_newest_status_is_shown_last(stage: SlackStage) -> None:
    """Of statuses that come while one is on its way, the newest is shown, and the rest not."""
    thread = await asked(stage)
    stage.slack.faults.turn_on("slow", ms=20, methods=["agents.sessions.setStatus"])
    async with asyncio.TaskGroup() as tasks:
        for status in (ThreadStatus.WORKING, ThreadStatus.WAITING, ThreadStatus.IDLE):
            tasks.create_task(stage.adapter.set_status(thread.key, status))
    statuses = [call["status"] for call in stage.calls("agents.sessions.setStatus")]
    assert statuses == ["processing", "active"]


async def test_a_direct_messages_top_level_has_no_status(stage: SlackStage) -> None:
    """There is no thread whose status could be shown."""
    direct = await asked(stage, is_direct=True)
    await stage.adapter.set_status(direct.key, ThreadStatus.WORKING)
    assert stage.calls("agents.sessions.setStatus") == []


class TestNoAgent:
    """An app that is not declared as an agent."""

    @pytest.fixture
    def playground_options(self) -> dict[str, Any]:
        """A manifest without `agent_view`."""
        plain = manifest()
        del plain["features"]["agent_view"]
        return {"manifest": plain}

    async def test_a_refusal_is_quiet(self, stage: SlackStage) -> None:
        """Where Slack does not do it, that is logged once and not tried again and again."""
        thread = await asked(stage)
        with capture_logs() as logs:
            for _ in range(3):
                await stage.adapter.set_status(thread.key, ThreadStatus.WORKING)
        assert len(stage.calls("agents.sessions.setStatus")) == 1
        assert [log["event"] for log in logs] == ["slack.status_not_shown"]


async def test_what_waits_has_an_hourglass(stage: SlackStage) -> None:
    """A message that waits has an hourglass until it does not; twice is as good as once."""
    message = await asked(stage)
    [said] = stage.slack.messages("general")
    for is_waiting, marks in (
        (True, {"hourglass_flowing_sand": [stage.slack.bot_user_id]}),
        (False, {}),
    ):
        for _ in range(2):
            await stage.adapter.mark_waiting(message.key, message.message_id, is_waiting=is_waiting)
        assert said.reactions == marks


async def test_a_mark_that_is_refused_is_quiet(stage: SlackStage) -> None:
    """Where Slack refuses the mark, nothing happens."""
    message = await asked(stage)
    with capture_logs() as logs:
        for _ in range(2):
            await stage.adapter.mark_waiting(message.key, "1.000001", is_waiting=True)
    assert len(logs) == 1
