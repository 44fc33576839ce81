"""How long a turn takes, from the event to the whole answer, and until its first text is seen."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.bench.ground import ANSWER, Ground
from tests.bench.result import Judged, Result, middle, spread

_ROUNDS = 3
_WARM_UP = 4
_TURNS = 12
_NEW_THREADS = 8


@dataclass(kw_only=True, slots=True)
class _Sample:
    """Seconds, turn by turn."""

    bot: list[float] = field(default_factory=list)
    sdk: list[float] = field(default_factory=list)
    slack: list[float] = field(default_factory=list)

    @property
    def bot_ms(self) -> float:
        return middle(self.bot) * 1000

    @property
    def reference_ms(self) -> float:
        return (middle(self.sdk) + middle(self.slack)) * 1000

    def result(self, name: str) -> Result:
        bot_ms = [each * 1000 for each in self.bot]
        sdk_ms = [each * 1000 for each in self.sdk]
        slack_ms = middle(self.slack) * 1000
        return Result(
            name=name,
            unit="ms",
            value=self.bot_ms,
            reference=self.reference_ms,
            limit=1.15,
            judged=Judged.RATIO_AT_MOST,
            note=f"{len(bot_ms)} turns each; quartiles {spread(bot_ms)} ms, bare SDK"
            f" {spread(sdk_ms)} ms, of the reference {slack_ms:.1f} ms are calls of the Web API",
        )


async def measure(ground: Ground) -> list[Result]:
    """Measure it with a bot that runs already.

    Each turn of the bot's is followed by one of the bare SDK's, in a conversation that is as
    long, and by the calls that the turn needs.
    """
    warm, new = _Sample(), _Sample()
    prompt = f"echo: {ANSWER}"
    for _ in range(_ROUNDS):
        begun = await ground.slack.ask("turn", text=prompt, expected=ANSWER)
        bare = await ground.sdk.ask("begin", prompt=prompt)
        for number in range(_WARM_UP + _TURNS):
            turn = await ground.slack.ask(
                "turn", text=prompt, expected=ANSWER, thread=begun["thread"]
            )
            beside = await ground.sdk.ask("turn", session=bare["session"], prompt=prompt)
            calls_s = await ground.sdk.ask("calls", slack=ground.place, text=ANSWER)
            if number >= _WARM_UP:
                warm.bot.append(turn["whole_s"])
                warm.sdk.append(beside["whole_s"])
                warm.slack.append(calls_s)
    for number in range(_NEW_THREADS + 1):
        turn = await ground.slack.ask("turn", text=prompt, expected=ANSWER)
        beside = await ground.sdk.ask("begin", prompt=prompt)
        calls_s = await ground.sdk.ask("calls", slack=ground.place, text=ANSWER)
        if number:
            new.bot.append(turn["whole_s"])
            new.sdk.append(beside["whole_s"])
            new.slack.append(calls_s)
    return [
        warm.result("whole turn, live thread"),
        new.result("whole turn, new thread"),
    ]
