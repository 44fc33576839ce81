"""A hundred threads at once, beside a hundred sessions of the bare SDK."""

from __future__ import annotations

import time

from tests.bench.chat import Chat
from tests.bench.ground import ANSWER, Ground
from tests.bench.processes import Cpu, children_of
from tests.bench.result import Judged, Result, middle, spread
from tests.e2e.bot_process import BotProcess

_THREADS = 100
_ROUNDS = 3
_LONGEST_S = 40.0
"""No further round is begun after so long: one on a busy machine takes half a minute."""


async def measure(ground: Ground, chat: Chat, bot: BotProcess) -> list[Result]:
    """Measure it.

    Args:
        ground: where.
        chat: the platform.
        bot: runs already, serves it, and may hold that many sessions live.
    """
    prompt = f"echo: {ANSWER}"
    runtime = await bot.runtime_pid()
    bot_side = {"bot": bot.pid, "runtime": runtime, chat.title: chat.process.pid}
    (sdk_runtime,) = children_of(ground.sdk.pid)
    sdk_side = {"bare SDK": ground.sdk.pid, "runtime": sdk_runtime}
    begun = await chat.process.ask("turns", text=prompt, expected=ANSWER, count=_THREADS)
    bare = await ground.sdk.ask("turns", prompt=prompt, count=_THREADS)
    bot_rate: list[float] = []
    sdk_rate: list[float] = []
    bot_cpu, sdk_cpu = Cpu(bot_side, turns=_THREADS), Cpu(sdk_side, turns=_THREADS)
    began = time.monotonic()
    while len(bot_rate) < _ROUNDS and (not bot_rate or time.monotonic() - began < _LONGEST_S):
        with bot_cpu:
            turns = await chat.process.ask(
                "turns", text=prompt, expected=ANSWER, threads=begun["threads"]
            )
        with sdk_cpu:
            beside = await ground.sdk.ask("turns", prompt=prompt, sessions=bare["sessions"])
        bot_rate.append(_THREADS / turns["seconds"])
        sdk_rate.append(_THREADS / beside["seconds"])
    return [
        Result(
            name=chat.named(f"{_THREADS} live threads at once"),
            unit="turns/s",
            value=middle(bot_rate),
            reference=middle(sdk_rate),
            limit=0.95,
            judged=Judged.RATIO_AT_LEAST,
            note=f"{len(bot_rate)} rounds each; {spread(bot_rate)} turns/s, bare SDK"
            f" {spread(sdk_rate)}; processor time a turn: {bot_cpu.told()}; {sdk_cpu.told()}",
        ),
        Result(
            name=chat.named(f"{_THREADS} new threads at once"),
            unit="turns/s",
            value=_THREADS / begun["seconds"],
            reference=_THREADS / bare["seconds"],
            limit=0.95,
            judged=Judged.RATIO_AT_LEAST,
            note="one round each; the sessions are made in it",
        ),
    ]
