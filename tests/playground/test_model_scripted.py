"""The script: what each prompt is answered with, and how tests hold an answer."""

import asyncio
from collections.abc import AsyncGenerator
from re import Match

import pytest

from playground.model.brain import Cut, ModelError, Piece, Reasoning, Text, ToolCall
from playground.model.conversation import ChatMessage, ChatRequest, Picture, RequestedTool
from playground.model.scripted import ScriptedBrain

NOW = "<current_datetime>2026-11-22T12:16:09.903+00:00</current_datetime>\n\n"


def asking(*turns: str) -> ChatRequest:
    """A request whose turns are by the user and the assistant, alternately."""
    messages = [
        ChatMessage(role="assistant", text=turn)
        if index % 2
        else ChatMessage(role="user", text=NOW + turn)
        for index, turn in enumerate(turns)
    ]
    return ChatRequest(model="m", messages=tuple(messages))


def after_tool(prompt: str, name: str, result: str) -> ChatRequest:
    """The request that follows a tool's result."""
    call = RequestedTool(call_id="c1", name=name, arguments="{}")
    return ChatRequest(
        model="m",
        messages=(
            ChatMessage(role="user", text=NOW + prompt),
            ChatMessage(role="assistant", text="", tool_calls=(call,)),
            ChatMessage(role="tool", text=result, call_id="c1"),
        ),
    )


async def pieces_of(brain: ScriptedBrain, request: ChatRequest) -> list[Piece]:
    """All pieces of an answer."""
    return [piece async for piece in brain.answer(request)]


async def said(brain: ScriptedBrain, *turns: str) -> str:
    """All text of the answer to a conversation."""
    pieces = await pieces_of(brain, asking(*turns))
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


async def test_a_word_is_remembered_from_the_conversation() -> None:
    """The word is the last that an earlier user message told, and the brain itself keeps none."""
    brain = ScriptedBrain()
    assert await said(brain, "remember the word kiwi") == "I will remember kiwi."
    told = ("remember the word fig", "ok", "please remember the word kiwi.", "ok")
    assert await said(brain, *told, "what was the word?") == "The word was kiwi."
    assert await said(brain, "what was the word?") == "No word was told here."


async def test_a_line_that_names_the_speaker_does_no_harm() -> None:
    """Prompts are understood after a line that says who speaks."""
    brain = ScriptedBrain()
    assert await said(brain, "Ada Lovelace says:\necho: one\ntwo") == "one\ntwo"


async def test_text_is_echoed() -> None:
    """`echo: TEXT` is answered with TEXT, all of its lines and spaces."""
    assert await said(ScriptedBrain(), "echo: one  two\n\nthree") == "one  two\n\nthree"


async def test_numbers_are_counted_one_by_one() -> None:
    """`count to N` is N pieces."""
    pieces = await pieces_of(ScriptedBrain(), asking("count to 4"))
    assert pieces == [Text("1 "), Text("2 "), Text("3 "), Text("4 ")]


async def test_slow_words_take_their_time() -> None:
    """`slow N at S` says N words, S seconds apart; without S at once."""
    assert await said(ScriptedBrain(), "slow 3") == "word1 word2 word3 "
    assert await said(ScriptedBrain(), "slow 2 at 0.001") == "word1 word2 "
    assert await said(ScriptedBrain(delay_s=0.001), "slow 2") == "word1 word2 "


async def test_a_tool_is_called_and_its_result_named() -> None:
    """`tool: NAME JSON` calls the tool, and the next request is answered with its result."""
    brain = ScriptedBrain()
    prompt = 'tool: view {"path": "/desk"}'
    assert await pieces_of(brain, asking(prompt)) == [ToolCall("view", {"path": "/desk"})]
    answer = await pieces_of(brain, after_tool(prompt, "view", "a.txt"))
    assert answer == [Text("view "), Text("answered: "), Text("a.txt")]
    assert brain.counts == {"tool": 1, "after tool": 1}


async def test_a_file_is_made_on_the_desk() -> None:
    """`file NAME: TEXT` calls `create` with a path under /desk."""
    assert await pieces_of(ScriptedBrain(), asking("file a.txt: one\ntwo")) == [
        ToolCall("create", {"path": "/desk/a.txt", "file_text": "one\ntwo"})
    ]


@pytest.mark.parametrize(
    ("prompt", "arguments"),
    [
        ("ask: which? | red | blue", {"question": "which?", "choices": ["red", "blue"]}),
        ("ask: why?", {"question": "why?"}),
    ],
)
async def test_a_question_is_asked(prompt: str, arguments: dict[str, object]) -> None:
    """`ask: QUESTION | A | B` calls `ask_user`, with choices where there are some."""
    pieces = await pieces_of(ScriptedBrain(), asking(prompt))
    assert pieces == [ToolCall("ask_user", arguments)]


async def test_failures_are_told_by_their_status() -> None:
    """`fail: CODE` fails each time, `fail: CODE xN` as often as it says and then no more."""
    brain = ScriptedBrain()
    for prompt in ("fail: 429", "fail: 429", "fail: 503 x2", "fail: 503 x2"):
        with pytest.raises(ModelError) as refused:
            await said(brain, prompt)
        assert str(refused.value.status) in prompt
    assert await said(brain, "fail: 503 x2") == "It works after 2 failures."


async def test_an_answer_can_be_cut() -> None:
    """`cut N` says N words and breaks the connection."""
    assert await pieces_of(ScriptedBrain(), asking("cut 1")) == [Text("word1 "), Cut()]


async def test_a_summary_tells_what_was_said() -> None:
    """The runtime's prompt for compaction is answered with what the user has said so far."""
    prompt = "Please create a detailed summary of the conversation so far. The history is"
    summary = await said(ScriptedBrain(), "remember the word kiwi", "ok", prompt)
    assert "- remember the word kiwi" in summary
    assert "<checkpoint_title>" in summary


async def test_anything_else_is_quoted() -> None:
    """A prompt that no rule knows is quoted, without the runtime's wrapping."""
    assert await said(ScriptedBrain(), "what is a mutex?") == "You said: what is a mutex?"


async def test_tests_add_rules_of_their_own() -> None:
    """An added rule goes before all others, is a text or a behaviour, and is counted."""

    async def shout(request: ChatRequest, match: Match[str]) -> AsyncGenerator[Piece, None]:
        yield Text(match[1].upper())

    brain = ScriptedBrain()
    brain.on("mutex", "A lock.")
    brain.on(r"echo: (\w+)", shout, kind="shout")
    assert await said(brain, "what is a mutex?") == "A lock."
    assert await said(brain, "echo: hi") == "HI"
    assert brain.counts == {"mutex": 1, "shout": 1}


async def test_an_answer_is_held_in_the_middle() -> None:
    """A gate lets so many pieces through, says when they are sent, and lets go when told."""
    brain = ScriptedBrain()
    gate = brain.hold("count", after=2)
    heard: list[Piece] = []

    async def listen() -> None:
        async for piece in brain.answer(asking("count to 4")):
            heard.append(piece)  # noqa: PERF401 (seen while it grows)

    async with asyncio.TaskGroup() as group:
        group.create_task(listen())
        await gate.reached()
        assert heard == [Text("1 "), Text("2 ")]
        assert await said(brain, "echo: others pass") == "others pass"
        gate.release()
        await gate.left()
    assert len(heard) == 4
    assert await said(brain, "count to 3") == "1 2 3 "


async def test_a_gate_knows_when_its_client_went_away() -> None:
    """A held answer that is closed leaves the gate."""
    brain = ScriptedBrain()
    gate = brain.hold("slow", after=0)
    asked = asyncio.ensure_future(said(brain, "slow 3"))
    await gate.reached()
    asked.cancel()
    await gate.left()
    with pytest.raises(asyncio.CancelledError):
        await asked


def seeing(*names: str, model: str = "m", before: int = 0) -> ChatRequest:
    """A request with pictures."""
    pictures = tuple(Picture(name=name, type="image/png", content=b"abc") for name in names)
    earlier = ChatMessage(role="user", text="look", pictures=pictures[:1] * before)
    message = ChatMessage(role="user", text="what do you see?", pictures=pictures)
    return ChatRequest(model=model, messages=(earlier, message))


async def test_it_says_what_it_sees() -> None:
    """Pictures are told by name, type and size; those of earlier messages by their number."""
    brain = ScriptedBrain()

    async def told(request: ChatRequest) -> str:
        pieces = await pieces_of(brain, request)
        return "".join(piece.text for piece in pieces if isinstance(piece, Text))

    assert await told(seeing()) == "I see no picture."
    seen = "I see a.png (image/png, 3 bytes), a picture (image/png, 3 bytes). Before, I saw 2."
    assert await told(seeing("a.png", "", before=2)) == seen


@pytest.mark.parametrize(
    "request_", [seeing("a.png", model="blind"), seeing("a.png", model="blind-2")]
)
async def test_a_blind_model_refuses(request_: ChatRequest) -> None:
    """A model whose name begins with `blind` refuses whatever has a picture, and nothing else."""
    with pytest.raises(ModelError, match="image input"):
        await pieces_of(ScriptedBrain(), request_)
    assert await pieces_of(ScriptedBrain(), seeing(model="blind"))


async def test_it_thinks() -> None:
    """Thoughts come before the answer, apart from it."""
    pieces = await pieces_of(ScriptedBrain(), asking("reason: let me see | it is so"))
    assert [p.text for p in pieces if isinstance(p, Reasoning)] == ["let ", "me ", "see"]
    assert [p.text for p in pieces if isinstance(p, Text)] == ["it ", "is ", "so"]


async def test_it_draws() -> None:
    """A chart is asked of the tool, and then its result is named."""
    [call] = await pieces_of(ScriptedBrain(), asking("chart Sales 2026: 1 2.5 -3"))
    assert isinstance(call, ToolCall)
    assert call.name == "chart"
    assert call.arguments["series"] == [{"name": "Sales 2026", "values": [1, 2.5, -3]}]


async def test_a_title() -> None:
    """Asked for a title it gives the first words, whatever they would else make it do."""
    brain = ScriptedBrain()
    brain.hold("count to")
    instructions = ChatMessage(role="system", text="You give conversations their titles. Be short.")
    words = ChatMessage(role="user", text=f"{NOW}<message>\ncount to 9, please\n</message>")
    request = ChatRequest(model="m", messages=(instructions, words))
    assert await pieces_of(brain, request) == [Text("On count to 9 please")]
    assert brain.counts == {"title": 1}
    brain.title = ModelError(400)
    with pytest.raises(ModelError):
        await pieces_of(brain, request)
