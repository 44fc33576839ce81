"""The demo's brain: its chips, and what it does without the small model."""

from collections.abc import AsyncGenerator

import pytest

from adapters.charts.chart import parse
from playground.model.brain import ModelError, Piece, Text, ToolCall
from playground.model.chips import (
    ANSWER_LONG,
    ASK_ME,
    CHIPS,
    DRAW,
    FAIL,
    MAKE_A_FILE,
    USE_A_TOOL,
    Chip,
    DemoBrain,
)
from playground.model.conversation import ChatMessage, ChatRequest, RequestedTool
from playground.model.scripted import ScriptedBrain
from playground.model.smol import NotInstalledError

TOOLS = ("view", "create", "edit", "chart", "ask_user")


class NotThere:
    """A thinker whose packages are missing."""

    async def answer(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Refuse as the small model does."""
        raise NotInstalledError("Run `make setup`.")
        yield Text("never")


def asking(*prompts: str, tools: tuple[str, ...] = TOOLS) -> ChatRequest:
    """A request with these user messages."""
    messages = tuple(ChatMessage(role="user", text=prompt) for prompt in prompts)
    return ChatRequest(model="m", messages=messages, tools=tools)


def after_tool(chip: Chip, result: str) -> ChatRequest:
    """The request that follows a tool's result."""
    call = RequestedTool(call_id="c1", name="t", arguments="{}")
    return ChatRequest(
        model="m",
        messages=(
            ChatMessage(role="user", text=chip.text),
            ChatMessage(role="assistant", text="", tool_calls=(call,)),
            ChatMessage(role="tool", text=result, call_id="c1"),
        ),
        tools=TOOLS,
    )


async def pieces_of(brain: DemoBrain, request: ChatRequest) -> list[Piece]:
    """All pieces of an answer."""
    return [piece async for piece in brain.answer(request)]


async def said(brain: DemoBrain, request: ChatRequest) -> str:
    """All text of an answer."""
    pieces = await pieces_of(brain, request)
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


@pytest.fixture
def brain() -> DemoBrain:
    """A demo whose thinker is the script, without pauses."""
    return DemoBrain(ScriptedBrain(), pace_s=0)


def test_no_chip_is_another() -> None:
    """Each chip has a phrase and a label of its own, and only it is meant by its phrase."""
    for chip in CHIPS:
        assert [other for other in CHIPS if other.matches(f"Ada: {chip.text.lower()}")] == [chip]
    assert len({chip.label for chip in CHIPS}) == len(CHIPS)


@pytest.mark.parametrize(
    ("chip", "name"),
    [(USE_A_TOOL, "view"), (MAKE_A_FILE, "create"), (DRAW, "chart"), (ASK_ME, "ask_user")],
)
async def test_a_chip_calls_its_tool(brain: DemoBrain, chip: Chip, name: str) -> None:
    """A chip's tool is called, paths are on the desk, and its result ends up in the answer."""
    (call,) = await pieces_of(brain, asking(chip.text))
    assert isinstance(call, ToolCall)
    assert call.name == name
    assert str(call.arguments.get("path", "/desk")).startswith("/desk")
    assert "It is so" in await said(brain, after_tool(chip, "It is so"))


async def test_a_tool_that_is_not_offered_is_not_called(brain: DemoBrain) -> None:
    """Where the session has no such tool, the answer says so."""
    assert "not offered" in await said(brain, asking(USE_A_TOOL.text, tools=()))


async def test_a_choice_is_taken_up(brain: DemoBrain) -> None:
    """The answer to a question quotes what was chosen."""
    answer = await said(brain, after_tool(ASK_ME, "User selected: Wild"))
    assert "“Wild”" in answer
    assert "Pepper" in answer


async def test_each_file_of_a_thread_has_its_name(brain: DemoBrain) -> None:
    """A second packing list in the same thread does not hit the first."""
    (first,) = await pieces_of(brain, asking(MAKE_A_FILE.text))
    (second,) = await pieces_of(brain, asking(MAKE_A_FILE.text, MAKE_A_FILE.text))
    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolCall)
    assert first.arguments["path"] != second.arguments["path"]


async def test_the_long_answer_is_long(brain: DemoBrain) -> None:
    """The long answer comes in a thousand pieces, so that there is time to stop it."""
    assert len(await pieces_of(brain, asking(ANSWER_LONG.text))) == 1000


async def test_the_failure_is_gone_at_the_retry(brain: DemoBrain) -> None:
    """The provider fails at the first try and answers the second."""
    with pytest.raises(ModelError):
        await said(brain, asking(FAIL.text))
    assert "works" in await said(brain, asking(FAIL.text))


async def test_all_else_is_left_to_the_thinker(brain: DemoBrain) -> None:
    """What is no chip is answered by the other brain."""
    assert await said(brain, asking("echo: thought")) == "thought"


async def test_a_compaction_needs_no_thinker() -> None:
    """The runtime's prompt for compaction is too much for a small model: the script sums up."""
    prompt = "Please create a detailed summary of the conversation so far."
    assert "- hello" in await said(DemoBrain(NotThere()), asking("hello", prompt))


async def test_a_missing_model_is_told_in_the_answer() -> None:
    """Without the small model the answer is a sentence that says what to do; chips still work."""
    brain = DemoBrain(NotThere())
    assert await said(brain, asking("what is a mutex?")) == "Run `make setup`."
    assert len(await pieces_of(brain, asking(ASK_ME.text))) == 1


async def test_the_chart_can_be_drawn(brain: DemoBrain) -> None:
    """What the chip asks the chart tool for is a chart."""
    [call] = await pieces_of(brain, asking(DRAW.text))
    assert isinstance(call, ToolCall)
    assert len(parse(call.arguments).series) == 2


async def test_a_title_costs_nothing(brain: DemoBrain) -> None:
    """A title is the first words of the message, and the small model is not asked."""
    instructions = ChatMessage(role="system", text="You give conversations their titles. Be short.")
    words = ChatMessage(role="user", text=f"<message>\n{FAIL.text}\n</message>")
    request = ChatRequest(model="m", messages=(instructions, words))
    assert await said(brain, request) == "Let the model provider fail"
