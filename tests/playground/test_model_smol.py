"""The small local model: what it is given, and that it really answers."""

import asyncio
import os
import signal
from contextlib import aclosing

import pytest

from playground.model.brain import ModelError, Text, Usage
from playground.model.conversation import ChatMessage, ChatRequest, Picture
from playground.model.smol import (
    PERSONAS,
    NotInstalledError,
    SmolBrain,
    find_weights,
    short_conversation,
)

try:
    find_weights()
    missing = ""
except NotInstalledError as exc:
    missing = str(exc)

installed = pytest.mark.skipif(bool(missing), reason=missing)

NOW = "<current_datetime>2026-11-22T12:16:09.903+00:00</current_datetime>\n\n"


def asking(*turns: str) -> ChatRequest:
    """A request as the runtime sends it, turns by the user and the assistant alternately."""
    messages = [ChatMessage(role="system", text="You are GitHub Copilot. " * 500)] + [
        ChatMessage(role="assistant", text=turn)
        if index % 2
        else ChatMessage(role="user", text=NOW + turn)
        for index, turn in enumerate(turns)
    ]
    return ChatRequest(model="m", messages=tuple(messages), tools=("view",))


def test_only_the_conversation_itself_is_given() -> None:
    """The runtime's system prompt and wrapping are left out, the turns of the thread are not."""
    given = short_conversation(asking("My name is Ada.", "Hello Ada.", "What is my name?"))
    assert [m["content"] for m in given[-3:]] == [
        "My name is Ada.",
        "Hello Ada.",
        "What is my name?",
    ]
    assert "Copilot" not in str(given)
    assert "current_datetime" not in str(given)


def test_a_long_conversation_is_cut_to_its_last_turns() -> None:
    """What does not fit is left out from the beginning; the last message is always there."""
    turns = [f"This is turn number {index} of many. " * 5 for index in range(41)]
    given = short_conversation(asking(*turns))
    assert given[-1]["content"] == turns[-1].strip()
    assert turns[0].strip() not in [m["content"] for m in given]
    assert len(str(given)) < 4000


def test_a_message_that_is_too_long_is_cut() -> None:
    """One endless message is given in part."""
    given = short_conversation(asking("1234567890 " * 10_000))
    assert given[-1]["content"].startswith("1234567890 ")
    assert len(given[-1]["content"]) < 2000


def test_it_poses_as_several_models() -> None:
    """Under some names it is told to answer in another way; the conversation is the same."""
    request = asking("What is my name?")
    given = [short_conversation(request, persona) for persona in PERSONAS.values()]
    assert [each[-1]["content"] for each in given] == ["What is my name?"] * len(PERSONAS)
    assert len({each[0]["content"] for each in [short_conversation(request), *given]}) == 3


@installed
async def test_the_model_answers_piece_by_piece() -> None:
    """A real answer comes in several pieces, with its true usage; no process stays behind."""
    async with SmolBrain() as brain:
        await brain.ready()
        pieces = [piece async for piece in brain.answer(asking("List three fruits."))]
        server = brain._server
    assert sum(isinstance(piece, Text) for piece in pieces) > 3
    assert isinstance(pieces[-1], Usage)
    assert pieces[-1].completion_tokens > 3
    assert server is not None
    assert not server.running


@installed
async def test_the_model_outlives_a_reader_that_goes_and_a_crash_of_its_own() -> None:
    """An answer that is closed in the middle ends; a model that died starts again when asked."""
    async with SmolBrain() as brain:
        async with aclosing(brain.answer(asking("Tell me a story."))) as pieces:
            await anext(pieces)
        server = brain._server
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        await server.ended()
        again = [piece async for piece in brain.answer(asking("Say hello."))]
    assert any(isinstance(piece, Text) for piece in again)


@installed
async def test_the_models_process_ends_with_its_parent() -> None:
    """The process ends when its standard input does, which any death of the parent closes."""
    async with SmolBrain() as brain:
        await brain.ready()
        server = brain._server
        assert server is not None
        server.hang_up()
        async with asyncio.timeout(10):
            await server.ended()


async def test_it_refuses_pictures() -> None:
    """It cannot see, and says so as providers do, before anything is loaded."""
    picture = Picture(name="a.png", type="image/png", content=b"x")
    message = ChatMessage(role="user", text="what is this?", pictures=(picture,))
    request = ChatRequest(model="m", messages=(message,))
    with pytest.raises(ModelError, match="image input"):
        async for _ in SmolBrain().answer(request):
            pass
