"""A hundred threads at once, beside a hundred sessions of the bare SDK."""

from __future__ import annotations

import time

from tests.bench.ground import ANSWER, Ground
from tests.bench.processes import children_of, cpu_s
from tests.bench.result import Judged, Result, middle, spread
from tests.e2e.bot_process import BotProcess

_THREADS = 100
_ROUNDS = 3
_LONGEST_S = 40.0
"""No further round is begun after so long: one on a busy machine takes half a minute."""


async def measure(ground: Ground, bot: BotProcess) -> list[Result]:
    """Measure it.

    Args:
        ground: where.
        bot: runs already, and may hold that many sessions live.
    """
    prompt = f"echo: {ANSWER}"
    runtime = await bot.runtime_pid()
    bot_side = {"bot": bot.pid, "runtime": runtime, "Slack": ground.slack.pid}
    (sdk_runtime,) = children_of(ground.sdk.pid)
    sdk_side = {"bare SDK": ground.sdk.pid, "runtime": sdk_runtime}
    begun = await ground.slack.ask("turns", text=prompt, expected=ANSWER, count=_THREADS)
    bare = await ground.sdk.ask("turns", prompt=prompt, count=_THREADS)
    bot_rate: list[float] = []
    sdk_rate: list[float] = []
    bot_cpu, sdk_cpu = _Cpu(bot_side), _Cpu(sdk_side)
    began = time.monotonic()
    while len(bot_rate) < _ROUNDS and (not bot_rate or time.monotonic() - began < _LONGEST_S):
        with bot_cpu:
            turns = await ground.slack.ask(
                "turns", text=prompt, expected=ANSWER, threads=begun["threads"]
            )
        with sdk_cpu:
            beside = await ground.sdk.ask("turns", prompt=prompt, sessions=bare["sessions"])
        bot_rate.append(_THREADS / turns["seconds"])
        sdk_rate.append(_THREADS / beside["seconds"])
    return [
        Result(
            name=f"{_THREADS} live threads at once",
            unit="turns/s",
            value=middle(bot_rate),
            reference=middle(sdk_rate),
            limit=0.95,
            judged=Judged.RATIO_AT_LEAST,
            note=f"{len(bot_rate)} rounds each; {spread(bot_rate)} turns/s, bare SDK"
            f" {spread(sdk_rate)}; processor time a turn: {bot_cpu.told()}; {sdk_cpu.told()}",
        ),
        Result(
            name=f"{_THREADS} new threads at once",
            unit="turns/s",
            value=_THREADS / begun["seconds"],
            reference=_THREADS / bare["seconds"],
            limit=0.95,
            judged=Judged.RATIO_AT_LEAST,
            note="one round each; the sessions are made in it",
        ),
    ]


class _Cpu:
    """The processor time that processes used in all rounds.

    Args:
        pids: of the processes, by what they are called.
    """

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._used = dict.fromkeys(pids, 0.0)
        self._rounds = 0

    def __enter__(self) -> None:
        for name, pid in self._pids.items():
            self._used[name] -= cpu_s(pid)

    def __exit__(self, *_: object) -> None:
        self._rounds += 1
        for name, pid in self._pids.items():
            self._used[name] += cpu_s(pid)

    def told(self) -> str:
        """In words, by turn."""
        turns = self._rounds * _THREADS
        return ", ".join(
            f"{name} {used * 1000 / turns:.0f} ms" for name, used in self._used.items()
        )
