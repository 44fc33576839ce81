"""What every agent runtime must do, whichever is behind the port."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Protocol

import pytest

from bot.errors import ModelUnknown, NotSignedIn, RuntimeLost, SessionMissing
from bot.events import (
    PermissionAsked,
    QuestionAsked,
    ReasoningDelta,
    ReplyEvent,
    TextDelta,
    TextEnded,
    TitleChanged,
    ToolFinished,
    ToolStarted,
    TurnFailed,
    TurnFinished,
    UsageReported,
)
from bot.ports import Image, Runtime, RuntimeSession, SessionSpec
from bot.profile import Profile
from bot.requests import Decision, Need
from tests.fakes.session_files import MemoryFiles
from tests.fakes.web import HOST, PAGE


class Gate(Protocol):
    """Holds an answer in the middle."""

    async def reached(self) -> None:
        """Wait until an answer is held."""

    def release(self) -> None:
        """Let it go on."""


class Stage(Protocol):
    """A runtime whose model answers by the phrases of `ScriptedBrain`.

    It has the tool `chart`, and gives titles; beside the usual model there is one called
    `blind`, which nobody knows yet, and one called `third`, which may be chosen.
    """

    @property
    def runtime(self) -> Runtime:
        """The runtime."""

    def hold(self, pattern: str, *, after: int = 1) -> Gate:
        """Hold the answers to some prompts after some pieces."""

    def kill(self) -> None:
        """Kill the runtime; it is started again."""


class RuntimeContract:
    """Bind it by a subclass with a fixture `stage`."""

    @pytest.fixture
    def files(self) -> MemoryFiles:
        """A session's files."""
        return MemoryFiles()

    @pytest.fixture
    async def session(self, stage: Stage, files: MemoryFiles) -> AsyncIterator[RuntimeSession]:
        """A new session."""
        session = await stage.runtime.open(new("s-1", files))
        yield session
        await session.close()

    @pytest.fixture
    async def web_session(self, stage: Stage, files: MemoryFiles) -> AsyncIterator[RuntimeSession]:
        """A new session that may ask for pages of the internet."""
        session = await stage.runtime.open(replace(new("s-1", files), profile=Profile.WEB))
        yield session
        await session.close()

    async def test_a_prompt_is_answered(self, session: RuntimeSession) -> None:
        """A turn tells the text piece by piece, then the whole of it, what it took, and ends."""
        events = await take(session, "echo: one two three")
        pieces = [e.text for e in events if isinstance(e, TextDelta)]
        assert "".join(pieces) == "one two three"
        assert [e.text for e in events if isinstance(e, TextEnded)] == ["one two three"]
        assert next(e for e in events if isinstance(e, UsageReported)).output_tokens > 0
        assert events[-1] == TurnFinished(was_stopped=False)
        assert sum(isinstance(e, TurnFinished | TurnFailed) for e in events) == 1

    async def test_it_remembers(self, session: RuntimeSession) -> None:
        """A turn knows the earlier ones."""
        await take(session, "remember the word heron")
        assert said(await take(session, "what was the word")) == "The word was heron."

    async def test_it_remembers_over_resume(self, stage: Stage, files: MemoryFiles) -> None:
        """A session that was let go is resumed from its files with its memory."""
        session = await stage.runtime.open(new("s-1", files))
        await take(session, "remember the word heron")
        await session.close()
        session = await stage.runtime.open(old("s-1", files))
        assert said(await take(session, "what was the word")) == "The word was heron."
        await session.close()

    async def test_nothing_to_resume(self, stage: Stage) -> None:
        """Resuming a session whose files are empty raises SessionMissing."""
        with pytest.raises(SessionMissing):
            await stage.runtime.open(old("s-unknown", MemoryFiles()))

    async def test_history(self, session: RuntimeSession) -> None:
        """The history has each prompt with its answer and the tools that were used."""
        await take(session, "echo: one")
        await take(session, "file a.txt: hi")
        first, second = await session.history()
        assert (first.prompt, first.answer, first.tools) == ("echo: one", "one", ())
        assert (second.prompt, second.tools) == ("file a.txt: hi", ("create",))
        assert second.answer.startswith("create answered")
        assert first.is_complete
        assert second.is_complete
        assert first.said_at <= second.said_at
        assert first.prompt_id != second.prompt_id

    async def test_rewind(self, session: RuntimeSession, stage: Stage, files: MemoryFiles) -> None:
        """A prompt that is taken back is forgotten, now and after a resume."""
        await take(session, "remember the word heron")
        await take(session, "remember the word stork")
        await session.rewind((await session.history())[1].prompt_id)
        assert said(await take(session, "what was the word")) == "The word was heron."
        await session.close()
        session = await stage.runtime.open(old("s-1", files))
        prompts = [turn.prompt for turn in await session.history()]
        assert prompts == ["remember the word heron", "what was the word"]
        await session.close()

    async def test_a_copy_goes_its_own_way(
        self, session: RuntimeSession, stage: Stage, files: MemoryFiles
    ) -> None:
        """A session with a copy of another's files remembers the same; then both differ."""
        await take(session, "remember the word heron")
        copied = files.copy()
        copy = await stage.runtime.open(old("s-copy", copied))
        assert copy.session_id != session.session_id
        assert said(await take(copy, "what was the word")) == "The word was heron."
        await take(copy, "remember the word stork")
        await copy.rewind((await copy.history())[0].prompt_id)
        await take(copy, "remember the word egret")
        await copy.close()
        assert [turn.prompt for turn in await session.history()] == ["remember the word heron"]
        assert said(await take(session, "what was the word")) == "The word was heron."
        copy = await stage.runtime.open(old("s-copy", copied))
        assert said(await take(copy, "what was the word")) == "The word was egret."
        await copy.close()

    async def test_a_compact_session_remembers(
        self, session: RuntimeSession, stage: Stage, files: MemoryFiles
    ) -> None:
        """What was said is summed up for the model, also after a resume; the history keeps it."""
        await take(session, "remember the word heron")
        await take(session, f"echo: {'long ' * 200}")
        compaction = await session.compact()
        assert compaction is not None
        assert compaction.after < compaction.before
        assert compaction.usage.input_tokens > compaction.usage.output_tokens > 0
        assert len(await session.history()) == 2
        await session.close()
        session = await stage.runtime.open(old("s-1", files))
        assert said(await take(session, "what was the word")) == "The word was heron."
        assert [turn.prompt for turn in await session.history()][::2] == [
            "remember the word heron",
            "what was the word",
        ]
        await session.close()

    async def test_a_session_is_summed_up_for_elsewhere(self, session: RuntimeSession) -> None:
        """A summary is told, and the session is as it was; of nothing there is none."""
        assert await session.summary() == ""
        await take(session, "remember the word heron")
        assert await session.summary()
        assert [turn.prompt for turn in await session.history()] == ["remember the word heron"]
        assert said(await take(session, "what was the word")) == "The word was heron."

    async def test_nothing_to_sum_up(self, session: RuntimeSession) -> None:
        """Where nothing was said, nothing becomes smaller."""
        assert await session.compact() is None

    async def test_stop(self, session: RuntimeSession, stage: Stage) -> None:
        """A turn that is stopped ends as stopped, counts as complete, and the next one works."""
        gate = stage.hold("count to", after=3)
        taking = asyncio.create_task(take(session, "count to 50"))
        await gate.reached()
        await session.stop()
        told = await taking
        assert told[-1] == TurnFinished(was_stopped=True)
        assert (await session.history())[-1].is_complete
        assert said(await take(session, "echo: on")) == "on"

    async def test_stop_at_once(self, session: RuntimeSession, stage: Stage) -> None:
        """A turn that is stopped before anything was told ends as stopped."""
        stage.hold("count to", after=1)
        taking = asyncio.create_task(take(session, "count to 50"))
        await asyncio.sleep(0)
        await session.stop()
        assert (await taking)[-1] == TurnFinished(was_stopped=True)
        assert said(await take(session, "echo: on")) == "on"

    async def test_stop_of_nothing(self, session: RuntimeSession) -> None:
        """Without a turn there is nothing to stop, and the next turn is not stopped either."""
        await session.stop()
        assert (await take(session, "echo: on"))[-1] == TurnFinished(was_stopped=False)

    async def test_steer(self, session: RuntimeSession, stage: Stage) -> None:
        """What is said while a turn runs is heard in it, in order, and is in the history."""
        gate = stage.hold("count to", after=2)
        taking = asyncio.create_task(take(session, "count to 4"))
        await gate.reached()
        steers = [
            asyncio.create_task(session.steer(text)) for text in ("echo: north", "echo: south")
        ]
        await asyncio.sleep(0)
        assert not any(steer.done() for steer in steers)
        gate.release()
        events = await taking
        assert [await steer for steer in steers] == [True, True]
        assert said(events).split()[:4] == ["1", "2", "3", "4"]
        assert said(events).split()[-1] == "south"
        assert events[-1] == TurnFinished()
        assert sum(isinstance(e, TurnFinished | TurnFailed) for e in events) == 1
        past = await session.history()
        assert [turn.prompt for turn in past] == ["count to 4", "echo: north", "echo: south"]
        assert past[-1].is_complete
        assert said(await take(session, "echo: on")) == "on"

    async def test_steer_of_nothing(self, session: RuntimeSession) -> None:
        """Where no turn runs nothing can be steered, and nothing was said."""
        assert not await session.steer("echo: north")
        await take(session, "echo: one")
        assert not await session.steer("echo: north")
        assert [turn.prompt for turn in await session.history()] == ["echo: one"]

    async def test_stopped_before_it_was_steered(
        self, session: RuntimeSession, stage: Stage
    ) -> None:
        """What the model had not seen when its turn was stopped was not said."""
        gate = stage.hold("count to", after=3)
        taking = asyncio.create_task(take(session, "count to 50"))
        await gate.reached()
        steer = asyncio.create_task(session.steer("echo: north"))
        await asyncio.sleep(0.05)
        await session.stop()
        assert (await taking)[-1] == TurnFinished(was_stopped=True)
        assert not await steer
        assert said(await take(session, "echo: on")) == "on"
        assert [turn.prompt for turn in await session.history()] == ["count to 50", "echo: on"]

    async def test_killed_while_it_is_steered(self, session: RuntimeSession, stage: Stage) -> None:
        """Who steers a turn whose runtime dies is told so."""
        gate = stage.hold("count to", after=3)
        taking = asyncio.create_task(take(session, "count to 50"))
        await gate.reached()
        steer = asyncio.create_task(session.steer("echo: north"))
        await asyncio.sleep(0)
        stage.kill()
        for task in (taking, steer):
            with pytest.raises(RuntimeLost):
                await task

    async def test_left_alone(self, session: RuntimeSession, stage: Stage) -> None:
        """A turn whose listener went away does not disturb the next one."""
        stage.hold("count to", after=3)
        async with aclosing(session.turn("count to 50")) as events:
            await anext(events)
        assert said(await take(session, "echo: on")) == "on"

    async def test_one_turn_at_a_time(self, session: RuntimeSession, stage: Stage) -> None:
        """A second turn beside a running one is a mistake of the caller."""
        gate = stage.hold("count to", after=1)
        taking = asyncio.create_task(take(session, "count to 3"))
        await gate.reached()
        with pytest.raises(RuntimeError, match="turn running"):
            await take(session, "echo: on")
        gate.release()
        assert (await taking)[-1] == TurnFinished()

    async def test_killed_in_mid_answer(
        self, session: RuntimeSession, stage: Stage, files: MemoryFiles
    ) -> None:
        """A turn whose runtime dies raises RuntimeLost, and can be sent again.

        Its prompt is found cut off in the session that is opened again, and taken back; or it
        is not found at all, if the runtime died before it had noted it.
        """
        await take(session, "remember the word heron")
        assert session.is_usable
        gate = stage.hold("count to 50", after=3)
        taking = asyncio.create_task(take(session, "count to 50"))
        await gate.reached()
        stage.kill()
        with pytest.raises(RuntimeLost):
            await taking
        assert not session.is_usable
        with pytest.raises(RuntimeLost):
            await session.history()
        with pytest.raises(RuntimeLost):
            await take(session, "echo: on")
        await session.close()
        gate.release()

        session = await stage.runtime.open(old("s-1", files))
        past = await session.history()
        assert (past[0].prompt, past[0].is_complete) == ("remember the word heron", True)
        for cut_off in past[1:]:
            assert (cut_off.prompt, cut_off.is_complete) == ("count to 50", False)
            await session.rewind(cut_off.prompt_id)
        assert said(await take(session, "count to 50")).split() == [str(n) for n in range(1, 51)]
        assert said(await take(session, "what was the word")) == "The word was heron."
        assert [turn.is_complete for turn in await session.history()] == [True] * 3
        await session.close()

    async def test_killed_at_rest(self, stage: Stage, files: MemoryFiles) -> None:
        """After a death `open` waits for the runtime that is started again."""
        session = await stage.runtime.open(new("s-1", files))
        await take(session, "remember the word heron")
        stage.kill()
        await session.close()
        session = await stage.runtime.open(old("s-1", files))
        assert said(await take(session, "what was the word")) == "The word was heron."
        assert (await stage.runtime.health()).is_up
        await session.close()

    @pytest.mark.parametrize(("answer", "is_choice"), [("blue", True), ("mauve", False)])
    async def test_question(self, session: RuntimeSession, answer: str, is_choice: bool) -> None:
        """A question is told with its choices, and the turn goes on with the answer."""
        events: list[ReplyEvent] = []
        async for event in session.turn("ask: Which colour? | red | blue"):
            events.append(event)
            if isinstance(event, QuestionAsked):
                assert event.question == "Which colour?"
                assert event.choices == ("red", "blue")
                await session.answer("unknown", "red", is_choice=True)
                await session.answer(event.question_id, answer, is_choice=is_choice)
        assert answer in said(events)
        assert sum(isinstance(e, QuestionAsked) for e in events) == 1

    async def test_stop_at_a_question(self, session: RuntimeSession) -> None:
        """A turn that waits for an answer can be stopped."""
        events: list[ReplyEvent] = []
        async for event in session.turn("ask: Which colour? | red | blue"):
            events.append(event)
            if isinstance(event, QuestionAsked):
                await session.stop()
        assert events[-1] == TurnFinished(was_stopped=True)
        assert said(await take(session, "echo: on")) == "on"

    async def test_left_at_a_question(self, stage: Stage, files: MemoryFiles) -> None:
        """A turn that is left while it waits for an answer is found as it was, and asks again."""
        session = await stage.runtime.open(new("s-1", files))
        await take(session, "remember the word heron")
        async with aclosing(session.turn("ask: Which colour? | red | blue")) as events:
            while not isinstance(await anext(events), QuestionAsked):
                pass
        await session.close()

        session = await stage.runtime.open(old("s-1", files))
        for cut_off in (await session.history())[1:]:
            assert (cut_off.is_complete, cut_off.answer) == (False, "")
            await session.rewind(cut_off.prompt_id)
        heard: list[ReplyEvent] = []
        async for event in session.turn("ask: Which colour? | red | blue"):
            heard.append(event)
            if isinstance(event, QuestionAsked):
                await session.answer(event.question_id, "blue", is_choice=True)
        assert "blue" in said(heard)
        assert "heron" in said(await take(session, "what was the word?"))
        await session.close()

    async def test_permission(self, web_session: RuntimeSession) -> None:
        """What Copilot wants is told, and the turn goes on once it is allowed."""
        events: list[ReplyEvent] = []
        async for event in web_session.turn(f"fetch: {PAGE}"):
            events.append(event)
            if isinstance(event, PermissionAsked):
                wanted = event.wanted
                assert (wanted.need, wanted.tool) == (Need.URL, "web_fetch")
                assert (wanted.hosts, wanted.detail) == ((HOST,), PAGE)
                denied = Decision(is_allowed=False, reason="A mistake.")
                await web_session.decide("unknown", denied)
                await web_session.decide(event.request_id, Decision(is_allowed=True))
                await web_session.decide(event.request_id, denied)
        assert sum(isinstance(e, PermissionAsked) for e in events) == 1
        assert events[-1] == TurnFinished()
        assert said(events)
        assert "A mistake." not in said(events)

    async def test_permission_denied(self, web_session: RuntimeSession) -> None:
        """The model hears why something was not allowed, and the turn goes on."""
        events: list[ReplyEvent] = []
        async for event in web_session.turn(f"fetch: {PAGE}"):
            events.append(event)
            if isinstance(event, PermissionAsked):
                reason = "Look into the handbook."
                decision = Decision(is_allowed=False, reason=reason)
                await web_session.decide(event.request_id, decision)
        assert "Look into the handbook." in said(events)
        assert events[-1] == TurnFinished()

    async def test_stop_at_a_permission(self, web_session: RuntimeSession) -> None:
        """A turn that waits for a permission can be stopped."""
        events: list[ReplyEvent] = []
        async for event in web_session.turn(f"fetch: {PAGE}"):
            events.append(event)
            if isinstance(event, PermissionAsked):
                await web_session.stop()
        assert events[-1] == TurnFinished(was_stopped=True)
        assert said(await take(web_session, "echo: on")) == "on"

    async def test_killed_at_a_permission(
        self, web_session: RuntimeSession, stage: Stage, files: MemoryFiles
    ) -> None:
        """A permission that was open when the runtime died is asked for again, for the same."""
        await take(web_session, "remember the word heron")
        asked: list[PermissionAsked] = []

        async def fetch_and_kill() -> None:
            async for event in web_session.turn(f"fetch: {PAGE}"):
                if isinstance(event, PermissionAsked):
                    asked.append(event)
                    stage.kill()

        with pytest.raises(RuntimeLost):
            await fetch_and_kill()
        await web_session.decide(asked[0].request_id, Decision(is_allowed=True))
        await web_session.close()

        session = await stage.runtime.open(replace(old("s-1", files), profile=Profile.WEB))
        for cut_off in (await session.history())[1:]:
            assert not cut_off.is_complete
            await session.rewind(cut_off.prompt_id)
        async for event in session.turn(f"fetch: {PAGE}"):
            if isinstance(event, PermissionAsked):
                asked.append(event)
                await session.decide(event.request_id, Decision(is_allowed=True))
        first, second = asked
        assert first.wanted.fingerprint == second.wanted.fingerprint
        assert first.request_id != second.request_id
        await session.close()

    async def test_file_on_the_desk(self, session: RuntimeSession, files: MemoryFiles) -> None:
        """What is put on the desk is in the session's files once the turn is over."""
        events = await take(session, "file notes/a.md: # Hi")
        assert files.contents["/desk/notes/a.md"] == b"# Hi"
        started = next(e for e in events if isinstance(e, ToolStarted))
        finished = next(e for e in events if isinstance(e, ToolFinished))
        assert (started.name, started.title) == ("create", "create /desk/notes/a.md")
        assert (finished.call_id, finished.succeeded) == (started.call_id, True)

    async def test_chart(self, session: RuntimeSession, files: MemoryFiles) -> None:
        """A chart is on the desk when the tool is done, and its line says what it shows."""
        events = await take(session, "chart Sales: 1 2.5 3")
        assert files.contents["/desk/charts/sales.png"].startswith(b"\x89PNG")
        started = next(e for e in events if isinstance(e, ToolStarted))
        finished = next(e for e in events if isinstance(e, ToolFinished))
        assert (started.name, started.title) == ("chart", "draws a chart: Sales")
        assert (finished.call_id, finished.succeeded) == (started.call_id, True)
        assert "/desk/charts/sales.png" in said(events)
        assert (await session.history())[-1].tools == ("chart",)

    async def test_pictures(self, stage: Stage, files: MemoryFiles) -> None:
        """Pictures are shown to the model with the prompt, and are remembered over a resume."""
        session = await stage.runtime.open(new("s-1", files))
        assert session.sees_images
        events = await take(session, "what do you see", DOT, TINY)
        assert said(events) == "I see dot.png (image/png, 70 bytes), b (image/gif, 43 bytes)."
        assert (await session.history())[-1].prompt == "what do you see"
        assert said(await take(session, "echo: on")) == "on"
        await session.close()
        session = await stage.runtime.open(old("s-1", files))
        told = said(await take(session, "what do you see"))
        assert told == "I see no picture. Before, I saw 2."
        await session.close()

    async def test_a_model_that_cannot_see(self, stage: Stage, files: MemoryFiles) -> None:
        """A model that refuses pictures answers without them, then and later, and it is told."""
        spec = replace(new("s-1", files), model="blind")
        session = await stage.runtime.open(spec)
        assert session.sees_images
        await take(session, "remember the word heron")
        events = await take(session, "what was the word", DOT)
        assert said(events) == "The word was heron."
        assert next(e for e in events if isinstance(e, ToolStarted)).title == "looks at dot.png"
        assert not next(e for e in events if isinstance(e, ToolFinished)).succeeded
        assert not session.sees_images
        assert [turn.prompt for turn in await session.history()] == [
            "remember the word heron",
            "what was the word",
        ]
        assert said(await take(session, "what do you see", TINY)) == "I see no picture."
        await session.close()

    async def test_models(self, stage: Stage) -> None:
        """The models that a thread may choose are listed, each once."""
        models = await stage.runtime.models()
        assert len({model.id for model in models}) == len(models) == 2
        assert models[1].id == "third"
        assert all(model.name for model in models)

    async def test_another_model(self, stage: Stage, files: MemoryFiles) -> None:
        """A session that is resumed with another model or effort uses it, and forgets nothing."""
        session = await stage.runtime.open(new("s-1", files))
        await take(session, "remember the word heron")
        usual = said(await take(session, "who are you"))
        await session.close()
        for model, effort, told in (
            ("third", "", "I am third."),
            ("third", "low", "I am third, and think with low effort."),
            ("third", "", "I am third."),
            (None, "", usual),
        ):
            spec = replace(old("s-1", files), model=model, effort=effort)
            session = await stage.runtime.open(spec)
            assert said(await take(session, "who are you")) == told
            assert said(await take(session, "what was the word")) == "The word was heron."
            await session.close()

    async def test_reasoning(self, session: RuntimeSession) -> None:
        """What the model thinks is told apart from what it says."""
        events = await take(session, "reason: let me see | done")
        thoughts = "".join(e.text for e in events if isinstance(e, ReasoningDelta))
        assert thoughts == "let me see"
        assert said(events) == "done"
        assert (await session.history())[-1].answer == "done"

    async def test_title(self, stage: Stage, files: MemoryFiles) -> None:
        """A conversation is given a title in its first turn, by the person's words, and no more."""
        session = await stage.runtime.open(new("s-1", files))
        quoted = "<said_before>\n> count to 9\n</said_before>"
        events = await take(session, f'{quoted}\n\n"Ann" says:\n\necho: herons')
        titles = [e.title for e in events if isinstance(e, TitleChanged)]
        assert titles == ["echo: herons"]
        assert isinstance(events[-1], TurnFinished)
        assert not any(isinstance(e, TitleChanged) for e in await take(session, "echo: on"))
        await session.close()
        session = await stage.runtime.open(old("s-1", files))
        assert not any(isinstance(e, TitleChanged) for e in await take(session, "echo: on"))
        await session.close()

    async def test_sessions_do_not_mix(self, stage: Stage) -> None:
        """Ten sessions at once each remember their own word."""

        async def one(number: int) -> str:
            session = await stage.runtime.open(new(f"s-{number}", MemoryFiles()))
            await take(session, f"remember the word secret{number}")
            answer = said(await take(session, "what was the word"))
            await session.close()
            return answer

        answers = await asyncio.gather(*map(one, range(10)))
        assert answers == [f"The word was secret{number}." for number in range(10)]

    @pytest.mark.parametrize(("code", "error"), [(403, NotSignedIn), (404, ModelUnknown)], ids=str)
    async def test_failure(
        self, session: RuntimeSession, code: int, error: type[Exception]
    ) -> None:
        """A turn that the provider refuses ends as failed, is not complete, and others work."""
        events = await take(session, f"fail: {code}")
        assert isinstance(events[-1], TurnFailed)
        assert isinstance(events[-1].error, error)
        assert not (await session.history())[-1].is_complete
        assert said(await take(session, "echo: on")) == "on"

    async def test_closed_twice(self, session: RuntimeSession) -> None:
        """Letting a session go twice does nothing more."""
        await session.close()
        await session.close()


DOT = Image(
    name="dot.png",
    type="image/png",
    content=base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJ"
        "ggg=="
    ),
)
TINY = Image(
    name="b",
    type="image/gif",
    content=base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7") + b"\0",
)
"""Pictures of one pixel."""


def new(session_id: str, files: MemoryFiles) -> SessionSpec:
    """To create a session. Its id has the number of its files, for a runtime that tests share."""
    return SessionSpec(session_id=f"{session_id}-{files.number}", is_new=True, files=files)


def old(session_id: str, files: MemoryFiles) -> SessionSpec:
    """To resume a session."""
    return SessionSpec(session_id=f"{session_id}-{files.number}", is_new=False, files=files)


async def take(session: RuntimeSession, prompt: str, *images: Image) -> list[ReplyEvent]:
    """All events of a turn."""
    return [event async for event in session.turn(prompt, images)]


def said(events: list[ReplyEvent]) -> str:
    """The text of a turn's answer."""
    return "\n\n".join(e.text for e in events if isinstance(e, TextEnded)).strip()
