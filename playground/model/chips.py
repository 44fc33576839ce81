"""The phrases that the page offers as chips, and the brain of the demo that knows them.

A small model can neither call a tool nor fail on purpose; for these few phrases the demo
does it by a script. Everything else is answered by the small model itself.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from playground.model.brain import Brain, ModelError, Piece, Text, ToolCall
from playground.model.conversation import ChatRequest
from playground.model.scripted import (
    SUMMARY,
    is_title_request,
    say,
    summarize,
    title_words,
)
from playground.model.smol import PERSONAS, NotInstalledError, SmolBrain


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A phrase that the page offers.

    Args:
        label: What the chip says.
        text: What is said to the bot when it is pressed.
    """

    label: str
    text: str

    def matches(self, prompt: str) -> bool:
        """Whether a prompt says this phrase, whoever is named before it."""
        return self.text.casefold() in prompt.casefold()


USE_A_TOOL = Chip(label="Use a tool", text="What is on your desk?")
MAKE_A_FILE = Chip(label="Make a file", text="Write a packing list for a weekend as a file")
DRAW = Chip(label="Draw a chart", text="Draw how high a heron flies in a day")
ASK_ME = Chip(label="Ask me something", text="Help me to choose a name for a cat")
ANSWER_LONG = Chip(label="A long answer to stop", text="Count slowly to a thousand")
FAIL = Chip(label="Fail once", text="Let the model provider fail")
COMPARE = Chip(label="Compare models", text=f"compare {' '.join(PERSONAS)} Why is the sea salty?")

CHIPS = (USE_A_TOOL, MAKE_A_FILE, DRAW, ASK_ME, COMPARE, ANSWER_LONG, FAIL)

_PACKING_LIST = """# A weekend away

- [ ] Keys, wallet, phone and its charger
- [ ] Two shirts, one jumper, socks for three days
- [ ] Toothbrush
- [ ] Something to read
- [ ] A rain jacket: it will rain
"""


class DemoBrain:
    """Answers the chips' phrases by a script and leaves all else to another brain.

    Args:
        thinker: Answers everything that is no chip.
        pace_s: Seconds between two pieces of the long answer.
    """

    def __init__(self, thinker: Brain, *, pace_s: float = 0.25) -> None:
        self._thinker = thinker
        self._pace_s = pace_s
        self._failures = 0
        self._scripts: dict[Chip, Callable[[ChatRequest], AsyncGenerator[Piece, None]]] = {
            USE_A_TOOL: _look,
            MAKE_A_FILE: _write,
            DRAW: _draw,
            ASK_ME: _ask,
            ANSWER_LONG: self._count,
            FAIL: self._fail,
        }

    async def answer(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Answer by the chip's script, or let the thinker think."""
        if is_title_request(request):
            # Too much for so small a model, and its time is better spent on the answer.
            yield Text(title_words(request))
            return
        chip = next((chip for chip in self._scripts if chip.matches(request.prompt)), None)
        if chip is not None:
            pieces: AsyncIterator[Piece] = self._scripts[chip](request)
        elif re.match(SUMMARY, request.prompt, re.IGNORECASE):
            pieces = summarize(request)
        else:
            pieces = self._thinker.answer(request)
        try:
            async for piece in pieces:
                yield piece
        except NotInstalledError as missing:
            yield Text(str(missing))
        finally:
            # Closing this generator does not close the inner one by itself.
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    async def _count(self, _: ChatRequest) -> AsyncGenerator[Piece, None]:
        for number in range(1, 1001):
            yield Text(f"{number}\n" if number % 10 == 0 else f"{number}, ")
            await asyncio.sleep(self._pace_s)

    async def _fail(self, _: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Fail every other time that it is asked, so that a retry is seen to help."""
        self._failures += 1
        if self._failures % 2:
            # The runtime tries a 5xx or 429 again by itself for 17 to 52 s; a 400 it reports.
            raise ModelError(400, "The provider has failed, as you asked. Retry: it works now.")
        async for piece in say("It works again. Ask once more and it fails once more."):
            yield piece


@asynccontextmanager
async def open_demo_brain() -> AsyncIterator[DemoBrain]:
    """The demo's brain, with the small local model loaded behind it while the context is open."""
    async with SmolBrain() as smol:
        with suppress(NotInstalledError, ModelError):  # told to whoever asks it something
            await smol.ready()
        yield DemoBrain(smol)


async def _look(request: ChatRequest) -> AsyncGenerator[Piece, None]:
    async for piece in _with_tool(
        request, ToolCall("view", {"path": "/desk"}), "I have looked. On my desk:\n\n{result}"
    ):
        yield piece


async def _write(request: ChatRequest) -> AsyncGenerator[Piece, None]:
    # `create` refuses a name that is taken, so each list of a thread has its own.
    made = sum(MAKE_A_FILE.matches(prompt) for prompt in request.earlier_prompts)
    name = f"packing-list-{made + 1}.md" if made else "packing-list.md"
    call = ToolCall("create", {"path": f"/desk/{name}", "file_text": _PACKING_LIST})
    async for piece in _with_tool(request, call, "The file tool says: {result}"):
        yield piece


async def _draw(request: ChatRequest) -> AsyncGenerator[Piece, None]:
    series = [
        {"name": "Grey heron", "values": [0, 0, 40, 120, 310, 180, 60, 0]},
        {"name": "Stork", "values": [0, 0, 150, 820, 1450, 900, 200, 0]},
    ]
    hours = [0, 3, 6, 9, 12, 15, 18, 21]
    call = ToolCall(
        "chart",
        {
            "kind": "line",
            "title": "How high they fly",
            "x": hours,
            "x_label": "hour of the day",
            "y_label": "metres",
            "series": series,
        },
    )
    told = "I made the numbers up, but the chart is real. {result}"
    async for piece in _with_tool(request, call, told):
        yield piece


async def _ask(request: ChatRequest) -> AsyncGenerator[Piece, None]:
    call = ToolCall(
        "ask_user",
        {"question": "What is the cat like?", "choices": ["Sleepy", "Wild", "Noble"]},
    )
    if not request.tool_results:
        async for piece in _with_tool(request, call, ""):
            yield piece
        return
    names = {"sleepy": "Pillow", "wild": "Pepper", "noble": "Duchess"}
    said = request.tool_results[-1].text
    chosen = next((name for kind, name in names.items() if kind in said.casefold()), "Mittens")
    liked = re.sub(r"^.*?: ", "", said)
    async for piece in say(f"“{liked}” – then I would call the cat **{chosen}**."):
        yield piece


async def _with_tool(
    request: ChatRequest, call: ToolCall, told: str
) -> AsyncGenerator[Piece, None]:
    """Call a tool; once its result is there, tell it."""
    if request.tool_results:
        answer = told.format(result=request.tool_results[-1].text.strip() or "(nothing yet)")
    elif call.name in request.tools:
        yield call
        return
    else:
        answer = f"I would use the tool `{call.name}` now, but it is not offered to me here."
    async for piece in say(answer):
        yield piece
