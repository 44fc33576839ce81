"""Pictures in a session of the real runtime, beyond the contract."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import PIL.Image
import pytest

from adapters.charts.tool import ChartTool
from adapters.copilot.models import Sight
from adapters.copilot.supervisor import CopilotRuntime, RuntimeOptions, open_runtime
from adapters.documents.fitter import PictureFitter
from bot.errors import NotSignedIn, ProviderFailed
from bot.events import ReplyEvent, ToolFinished, ToolStarted, TurnFailed, TurnFinished
from bot.ports import Image
from playground.model.endpoint import ModelServer
from playground.model.scripted import ScriptedBrain
from tests.contracts.runtime import DOT, TINY, new, old, said, take
from tests.copilot.conftest import SystemClock
from tests.fakes.session_files import MemoryFiles

pytestmark = pytest.mark.runtime


def unseen(events: list[ReplyEvent]) -> list[tuple[str, str]]:
    """What was told of pictures that the model was not shown: the line and the reason."""
    lines = {e.call_id: e.title for e in events if isinstance(e, ToolStarted) and e.name == "look"}
    return [
        (lines[e.call_id], e.detail)
        for e in events
        if isinstance(e, ToolFinished) and e.call_id in lines
    ]


async def test_all_that_the_bot_brings(
    options: RuntimeOptions, model: ModelServer, tmp_path: Path
) -> None:
    """Large pictures are small in the history; those on the desk can be looked at; charts too."""
    stream = BytesIO()
    PIL.Image.effect_noise((1800, 900), 50).convert("RGB").save(stream, "PNG")
    large = Image(name="large.png", type="image/png", content=stream.getvalue())
    photo = Image(name="IMG_1.HEIC", type="image/heic", content=bytes(4) + b"ftypheic")
    files = MemoryFiles()
    options = replace(
        options,
        sight=Sight.YES,
        fit=PictureFitter().fit,
        tools=(ChartTool(tmp_path / "charts"),),
    )
    async with open_runtime(options, clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", files))
        events = await take(session, "what do you see", large, photo)
        [seen] = model.requests[-1].pictures
        assert (seen.name, seen.type) == ("large.png", "image/jpeg")
        assert max(PIL.Image.open(BytesIO(seen.content)).size) == 1568
        assert len(files.contents["/session-state/events.jsonl"]) < 1.5 * len(seen.content)
        assert unseen(events) == [
            (
                "looks at IMG_1.HEIC",
                "The picture is a HEIC, which cannot be read here: send it as JPEG or PNG.",
            )
        ]
        said_of_chart = said(await take(session, "chart Sales: 1 2 3"))
        assert said_of_chart.startswith("chart answered: It is in /desk/charts/sales.png.")
        await take(session, 'tool: view {"path": "/desk/charts/sales.png"}')
        shown = [p.content for m in model.requests[-1].messages for p in m.pictures]
        assert files.contents["/desk/charts/sales.png"] in shown
        await session.close()


async def test_a_failure_that_is_no_picture(runtime: CopilotRuntime, brain: ScriptedBrain) -> None:
    """What fails with pictures and without them says nothing about the model's sight."""
    session = await runtime.open(replace(new("s-1", MemoryFiles()), model="third"))
    for code, error, attempts in ((400, ProviderFailed, 2), (403, NotSignedIn, 1)):
        brain.counts.clear()
        failed = (await take(session, f"fail: {code}", DOT))[-1]
        assert isinstance(failed, TurnFailed)
        assert isinstance(failed.error, error)
        assert brain.counts["fail"] == attempts
        assert session.sees_images
    assert said(await take(session, "what do you see", DOT)).startswith("I see dot.png")
    await session.close()


async def test_too_many(runtime: CopilotRuntime) -> None:
    """Of very many pictures the first are shown, and it is told."""
    session = await runtime.open(new("s-1", MemoryFiles()))
    pictures = [replace(TINY, name=f"{n}.gif") for n in range(12)]
    events = await take(session, "what do you see", *pictures)
    assert said(events).count(".gif") == 10
    told = "Only the first 10 pictures of a message are shown to the model."
    assert unseen(events) == [("looks at 10.gif, 11.gif", told)]
    await session.close()


async def test_a_refused_picture_is_gone(runtime: CopilotRuntime) -> None:
    """What a provider refused is in no later request, not after a resume either."""
    files = MemoryFiles()
    spec = replace(new("s-1", files), model="blind-too")
    session = await runtime.open(spec)
    events = await take(session, "remember the word heron", DOT)
    assert said(events) == "I will remember heron."
    assert unseen(events) == [
        ("looks at dot.png", "This model cannot see pictures: it was asked without them.")
    ]
    await session.close()
    session = await runtime.open(replace(old("s-1", files), model="blind-too"))
    assert said(await take(session, "what was the word")) == "The word was heron."
    assert len(await session.history()) == 2
    await session.close()


async def test_stopped_while_it_looks(options: RuntimeOptions, model: ModelServer) -> None:
    """A turn can be stopped while its pictures are made small."""
    is_looking, may_go_on = asyncio.Event(), asyncio.Event()

    async def look(image: Image) -> Image:
        is_looking.set()
        await may_go_on.wait()
        return image

    async with open_runtime(replace(options, fit=look), clock=SystemClock()) as runtime:
        session = await runtime.open(new("s-1", MemoryFiles()))
        taking = asyncio.create_task(take(session, "count to 9", DOT))
        await is_looking.wait()
        await session.stop()
        may_go_on.set()
        assert (await taking)[-1] == TurnFinished(was_stopped=True)
        assert said(await take(session, "echo: on")) == "on"
        await session.close()
