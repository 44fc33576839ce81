"""How long a turn takes, from the event to the whole answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.bench.chat import Chat
from tests.bench.ground import ANSWER, Ground
from tests.bench.processes import Cpu
from tests.bench.result import Judged, Result, middle, spread
from tests.e2e.bot_process import BotProcess

_NEW_THREADS = 8
_CALLS_EACH = 3
"""The calls are made beside every third turn: they count against the limits of the bot."""


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """How the turns of live threads are spread.

    Args:
        rounds: how often new conversations are begun.
        conversations: how many take turns with each other.
        warm_up: turns of each that do not count.
        turns: turns of each that count.
    """

    rounds: int
    conversations: int
    warm_up: int
    turns: int


_PLANS: Final = {
    "slack": _Plan(rounds=3, conversations=1, warm_up=4, turns=12),
    # Discord takes five messages and five changes in five seconds from a channel.
    "discord": _Plan(rounds=1, conversations=16, warm_up=1, turns=3),
}


@dataclass(kw_only=True, slots=True)
class _Sample:
    """Seconds, turn by turn."""

    bot: list[float] = field(default_factory=list)
    sdk: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)

    def result(self, name: str, note: str = "") -> Result:
        bot_ms = [each * 1000 for each in self.bot]
        sdk_ms = [each * 1000 for each in self.sdk]
        calls_ms = middle(self.calls) * 1000
        return Result(
            name=name,
            unit="ms",
            value=middle(bot_ms),
            reference=middle(sdk_ms) + calls_ms,
            limit=1.15,
            judged=Judged.RATIO_AT_MOST,
            note=f"{len(bot_ms)} turns each; quartiles {spread(bot_ms)} ms, bare SDK"
            f" {spread(sdk_ms)} ms, of the reference {calls_ms:.1f} ms are calls of the"
            f" platform{note}",
        )


async def live_threads(ground: Ground, chat: Chat, bot: BotProcess) -> list[Result]:
    """Measure turns of threads whose session is live.

    Each turn of the bot's is followed by one of the bare SDK's, in a conversation that is as
    long.

    Args:
        ground: where.
        chat: the platform.
        bot: runs already, and serves it.
    """
    found = _Sample()
    prompt = f"echo: {ANSWER}"
    plan = _PLANS[chat.name]
    bot_cpu, sdk_cpu = Cpu({"bot": bot.pid}), Cpu({"bare SDK": ground.sdk.pid})
    for _ in range(plan.rounds):
        pairs = []
        for _ in range(plan.conversations):
            begun = await chat.process.ask("turn", text=prompt, expected=ANSWER)
            bare = await ground.sdk.ask("begin", prompt=prompt)
            pairs.append((begun["thread"], bare["session"]))
        for number in range(plan.warm_up + plan.turns):
            for thread, session in pairs:
                with bot_cpu:
                    turn = await chat.process.ask(
                        "turn", text=prompt, expected=ANSWER, thread=thread
                    )
                with sdk_cpu:
                    beside = await ground.sdk.ask("turn", session=session, prompt=prompt)
                if number >= plan.warm_up:
                    found.bot.append(turn["whole_s"])
                    found.sdk.append(beside["whole_s"])
                    if len(found.bot) % _CALLS_EACH == 0:
                        found.calls.append(await _calls(ground, chat, is_new=False))
    note = f"; processor time a turn: {bot_cpu.told()}, {sdk_cpu.told()}"
    return [found.result(chat.named("whole turn, live thread"), note)]


async def new_threads(ground: Ground, chat: Chat, name: str) -> list[Result]:
    """Measure turns that begin a thread.

    Args:
        ground: where; a bot runs already.
        chat: the platform that it serves.
        name: of the figure.
    """
    found = _Sample()
    prompt = f"echo: {ANSWER}"
    for number in range(_NEW_THREADS + 1):
        turn = await chat.process.ask("turn", text=prompt, expected=ANSWER)
        beside = await ground.sdk.ask("begin", prompt=prompt)
        calls_s = await _calls(ground, chat, is_new=True)
        if number:
            found.bot.append(turn["whole_s"])
            found.sdk.append(beside["whole_s"])
            found.calls.append(calls_s)
    return [found.result(chat.named(name))]


async def _calls(ground: Ground, chat: Chat, *, is_new: bool) -> float:
    took: float = await ground.sdk.ask(
        "calls", name=chat.name, place=chat.place, text=ANSWER, is_new=is_new
    )
    return took
