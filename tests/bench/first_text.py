"""How long people wait for the first word, beyond what the bare SDK makes them wait."""

from __future__ import annotations

from tests.bench.chat import Chat
from tests.bench.ground import Ground
from tests.bench.result import Judged, Result, middle, spread

_WORDS = 8
_PACE_S = 0.04
_CONVERSATIONS = 3
_WARM_UP = 3
_TURNS = 15


async def measure(ground: Ground, chat: Chat) -> list[Result]:
    """Measure it with a bot that runs already.

    The model speaks at the pace of a quick one, so that the first word is seen on its own.

    Args:
        ground: where.
        chat: the platform.
    """
    prompt = f"slow {_WORDS} at {_PACE_S}"
    expected = " ".join(f"word{number}" for number in range(1, _WORDS + 1))
    pairs = []
    for _ in range(_CONVERSATIONS):
        begun = await chat.process.ask("turn", text=prompt, expected=expected)
        bare = await ground.sdk.ask("begin", prompt=prompt)
        pairs.append((begun["thread"], bare["session"]))
    bot_ms, sdk_ms = [], []
    for number in range(_WARM_UP + _TURNS):
        thread, session = pairs[number % _CONVERSATIONS]
        turn = await chat.process.ask("turn", text=prompt, expected=expected, thread=thread)
        beside = await ground.sdk.ask("turn", session=session, prompt=prompt)
        if number >= _WARM_UP:
            bot_ms.append(turn["first_s"] * 1000)
            sdk_ms.append(beside["first_s"] * 1000)
    return [
        Result(
            name=chat.named("first visible text, after the bare SDK's first delta"),
            unit="ms",
            value=middle(bot_ms) - middle(sdk_ms),
            limit=150,
            judged=Judged.VALUE_AT_MOST,
            note=f"{len(bot_ms)} turns each; seen after {spread(bot_ms)} ms, the SDK's first"
            f" delta after {spread(sdk_ms)} ms",
        )
    ]
