"""Titles by the real runtime."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from adapters.copilot.naming import Naming
from adapters.copilot.supervisor import CopilotRuntime, RuntimeOptions, open_runtime
from bot.events import ReplyEvent, TitleChanged, TurnFinished, UsageReported
from playground.model.brain import ModelError
from playground.model.endpoint import ModelServer
from playground.model.scripted import ScriptedBrain
from tests.contracts.runtime import new, old, said, take
from tests.copilot.conftest import SystemClock
from tests.fakes.session_files import MemoryFiles


def titles(events: list[ReplyEvent]) -> list[str]:
    """The titles that a turn told."""
    return [event.title for event in events if isinstance(event, TitleChanged)]


@pytest.fixture
async def naming_runtime(options: RuntimeOptions) -> AsyncIterator[CopilotRuntime]:
    """A runtime that asks for titles."""
    async with open_runtime(replace(options, has_titles=True), clock=SystemClock()) as runtime:
        yield runtime


@pytest.mark.runtime
async def test_titles(
    naming_runtime: CopilotRuntime, brain: ScriptedBrain, model: ModelServer
) -> None:
    """The model is asked once, beside the first turn, and nothing of it is kept.

    Where it gives none that can be used, or fails, the title is the first words of the message.
    """
    files = MemoryFiles()
    session = await naming_runtime.open(new("s-1", files))
    events = await take(
        session, '<x>\n> no\n</x>\n\n"Ann" says:\n\necho: herons and storks, please'
    )
    assert titles(events) == ["On echo herons and storks please"]
    assert sum(isinstance(event, UsageReported) and event.is_beside for event in events) == 1
    assert isinstance(events[-1], TurnFinished)
    assert said(events) == "herons and storks, please"
    [asked] = [r for r in model.requests if not r.tools]
    assert [m.role for m in asked.messages] == ["system", "user"]
    assert "Ann" not in asked.messages[1].text
    assert titles(await take(session, "echo: more")) == []
    assert [turn.prompt for turn in await session.history()][1:] == ["echo: more"]
    await session.close()
    assert not any(b"titles" in content for content in files.contents.values())
    session = await naming_runtime.open(old("s-1", files))
    assert titles(await take(session, "echo: more")) == []
    await session.close()
    assert brain.counts["title"] == 1

    brain.title = "I cannot give a title for this because " + "I cannot do it " * 20
    session = await naming_runtime.open(new("s-2", MemoryFiles()))
    assert titles(await take(session, "echo: on")) == ["echo: on"]
    await session.close()
    brain.title = ModelError(400)
    session = await naming_runtime.open(new("s-3", MemoryFiles()))
    assert titles(await take(session, "echo: on")) == ["echo: on"]
    assert titles(await take(session, "echo: on")) == []
    await session.close()


@pytest.mark.runtime
async def test_a_first_turn_that_failed(naming_runtime: CopilotRuntime) -> None:
    """A conversation whose first turn failed gets its title with the next."""
    session = await naming_runtime.open(new("s-1", MemoryFiles()))
    assert titles(await take(session, "fail: 403")) == []
    assert titles(await take(session, "echo: on")) == ["On echo on"]
    await session.close()


class Model:
    """Thinks of a title until it is told one."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_thinking = False
        self._title: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def title(self, prompt: str, spent: Callable[[UsageReported], None]) -> str:
        """A title."""
        self.asked.append(prompt)
        spent(UsageReported(model="cheap", input_tokens=1, output_tokens=1, is_beside=True))
        self.is_thinking = True
        try:
            return await self._title
        finally:
            self.is_thinking = False

    def answer(self, title: str) -> None:
        """Let the title be this."""
        self._title.set_result(title)


async def test_a_late_title_comes_with_a_later_turn() -> None:
    """The end of a turn waits a moment only; a title that comes later is told then."""
    model = Model()
    naming = Naming(model.title, is_needed=True, grace_s=0)
    found = asyncio.Event()
    naming.begin("herons", lambda _: found.set())
    naming.begin("herons", lambda _: found.set())
    assert naming.found() == ""
    assert await naming.at_end("herons") == "herons"
    assert await naming.at_end("herons") == ""
    model.answer("About herons")
    await found.wait()
    assert naming.found() == "About herons"
    assert naming.found() == ""
    naming.begin("storks", lambda _: None)
    assert model.asked == ["herons"]


async def test_a_title_in_time() -> None:
    """A title that comes at the end of the turn is waited for."""
    model = Model()
    naming = Naming(model.title, is_needed=True)
    naming.begin("herons", lambda _: None)
    ending = asyncio.create_task(naming.at_end("herons"))
    model.answer("About herons")
    assert await ending == "About herons"
    assert await naming.at_end("herons") == ""


async def test_without_a_model() -> None:
    """Where no model is asked, the first words are the title; one that has a title gets none."""
    naming = Naming(None, is_needed=True)
    naming.begin("herons", lambda _: None)
    assert await naming.at_end("herons") == "herons"
    assert await Naming(None, is_needed=False).at_end("herons") == ""


async def test_closed_while_it_is_thought_of() -> None:
    """Nobody goes on thinking for a session that is let go."""
    model = Model()
    naming = Naming(model.title, is_needed=True)
    naming.begin("herons", lambda _: None)
    await asyncio.sleep(0)
    assert model.is_thinking
    await naming.close()
    assert not model.is_thinking
    await naming.close()
