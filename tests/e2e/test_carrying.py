"""What a thread carries to the model: what was said in it before, and files that people send."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncGenerator

import pytest

from playground.model.brain import Piece, Text
from playground.model.conversation import ChatRequest
from tests.e2e.stage import Side, Stage, Thread

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]

NOTES = b"The heron stands at the pond.\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
)


def told(play: Stage, pattern: str) -> list[str]:
    """What the model is told, whole, each time that somebody's words match a pattern."""
    prompts: list[str] = []

    async def note(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
        prompts.append(next(m.text for m in reversed(request.messages) if m.role == "user"))
        yield Text("noted")

    play.brain.on(pattern, note)
    return prompts


async def test_a_mention_tells_what_was_said_before(play: Stage, side: Side) -> None:
    """Called into a thread, the model is told who said what; later only what is new since."""
    prompts = told(play, f"herons on {side.name}")
    thread = await side.begin("The heron is grey.")
    await side.follow_up(thread, "I saw two of them.", who="ann")
    await side.call(thread, f"herons on {side.name}, please")
    await side.answer(thread)
    await side.follow_up(thread, "They have flown.", who="ben")
    await side.call(thread, f"more herons on {side.name}")
    await side.answer(thread, 2)
    first, second = prompts
    said = re.findall(r'^"(\w+)[^"]*".*:\n> (.*)$', first, re.MULTILINE)
    assert [(name.lower(), words) for name, words in said] == [
        ("ben", "The heron is grey."),
        ("ann", "I saw two of them."),
    ]
    assert re.search(rf'(?i)"ann[^"]*" says:\n\nherons on {side.name}, please', first)
    assert re.findall("^> .*$", second, re.MULTILINE) == ["> They have flown."]


async def test_a_file_that_somebody_sends_can_be_read(play: Stage, side: Side) -> None:
    """A text file is on the desk, and the model can view it; what cannot be read is told."""
    thread = side.direct("ann")
    prompts = told(play, f"never read on {side.name}")
    await side.share(thread, 'tool: view {"path": "/desk/uploads/notes.txt"}', "notes.txt", NOTES)
    await side.answered(thread, "The heron stands at the pond.")
    await side.share(thread, f"never read on {side.name}", "setup.exe", b"MZ\x00\x01")
    await side.answered(thread, "noted")
    assert [said for said in side.messages(thread) if "setup.exe" in said.shown]
    assert '"setup.exe" (4 bytes): not taken in.' in prompts[-1]


async def test_a_picture_is_seen(play: Stage, side: Side) -> None:
    """A picture that somebody sends goes to the model with the prompt."""
    seen: list[str] = []

    async def look(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
        seen.extend(picture.type for picture in request.pictures)
        yield Text("seen")

    play.brain.on(f"what is this on {side.name}", look)
    thread = side.direct("ben")
    await side.share(thread, f"what is this on {side.name}", "dot.png", PNG, who="ben")
    await side.answered(thread, "seen")
    assert seen == ["image/png"]


async def test_a_killed_bot_answers_once_what_carries_something(play: Stage) -> None:
    """`kill -9` in a turn with what was said before, a file and a picture: answered once."""
    gate = play.brain.hold("slow 4 with luggage", after=2)
    threads: list[tuple[Side, Thread]] = []
    for side in play.sides:
        thread = await side.begin("The heron is grey.")
        await side.share(thread, "See here.", "dot.png", PNG, who="ben")
        threads.append((side, thread))
        calling = side.calling("slow 4 with luggage")
        await side.share(thread, calling, "notes.txt", NOTES)
    await asyncio.gather(*(side.writing(thread, "word1") for side, thread in threads))
    play.brain._gates.remove(gate)
    await play.bot.end(signal.SIGKILL)
    for side, thread in threads:
        await side.follow_up(thread, "Said while nobody listened.", who="ben")
    await play.start()
    for side, thread in threads:
        await side.answered(thread, "word1 word2 word3 word4", timeout_s=60)
        await side.call(thread, 'tool: view {"path": "/desk/uploads"}')
        await side.answered(thread, "notes.txt", timeout_s=60)
        answers = side.answers(thread)
        assert answers.count("word1 word2 word3 word4") == 1
        assert "dot.png" in answers[-1]
        assert "(2)" not in answers[-1]
