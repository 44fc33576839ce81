"""Which faults happen when: drawn from a seed, so that a run can be played again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.script import PLATFORMS


class Fault(StrEnum):
    """What can be done to the product and to what it stands on."""

    KILL_BOT = "the bot is killed (kill -9) and started again"
    KILL_RUNTIME = "the Copilot runtime is killed (kill -9)"
    FREEZE_BOT = "the bot is stopped (SIGSTOP) until its leases are over, and goes on"
    DROP = "the platform drops the connection"
    RECONNECT = "the platform asks to connect anew"
    FORGET = "the platform forgets the session: nothing is resumed"
    SILENCE = "the network goes silent: connections stay half-open, and carry nothing"
    REDELIVER = "events are delivered twice"
    OTHER_EVENT_FIRST = "a mention's message event comes before its mention event"
    OVERTAKE = "an event is overtaken by later ones"
    RATE_LIMIT = "calls are answered 429, with Retry-After"
    RATE_LIMIT_UNTOLD = "a call is answered 429, without Retry-After"
    SERVER_ERROR = "calls are answered 5xx"
    LOST_ANSWER = "a call is carried out, and its answer is lost"
    LATE_LOSS = "a call is carried out, nothing is answered for a while, then the connection breaks"
    CLOSE_STREAMS = "Slack closes the streams"
    DELETE_REPLY = "a person deletes the message that is being written"
    LOCK_DATABASE = "somebody else holds the database locked"
    CUT_DATABASE = "the database drops all connections"


OF_THE_BOT = frozenset({Fault.KILL_BOT, Fault.KILL_RUNTIME, Fault.FREEZE_BOT})
OF_THE_DATABASE = frozenset({Fault.LOCK_DATABASE, Fault.CUT_DATABASE})
_SLACK_ONLY = frozenset(
    {Fault.REDELIVER, Fault.OTHER_EVENT_FIRST, Fault.OVERTAKE, Fault.CLOSE_STREAMS}
)
_DISCORD_ONLY = frozenset({Fault.FORGET})


class Trigger(StrEnum):
    """What a fault waits for, once its turn has come."""

    SAID = "a message was said"
    CALLED = "the bot has called a platform, and the call was carried out but not answered"
    PIECE = "the model is about to send a piece of an answer"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A fault at a moment.

    Args:
        fault: what.
        after: how many messages have been said by then.
        trigger: what it waits for then.
        times: the how-manieth such moment it is.
        platform: which platform it is about, where that makes a difference.
        bot: which of the processes, where that makes a difference.
        seconds: how long it takes, where that makes a difference.
    """

    fault: Fault
    after: int
    trigger: Trigger
    times: int
    platform: str
    bot: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"after {self.after} messages, when {self.trigger} (no. {self.times}): {self.fault} "
            f"({self.platform}, bot {self.bot}, {self.seconds} s)"
        )


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How many faults there are.

    Args:
        faults: of each kind.
        bots: how many processes serve.
        lease_s: how long their leases are good for.
    """

    faults: Mapping[Fault, int] = field(default_factory=dict)
    bots: int = 1
    lease_s: float = 3.0


def drawn(seed: int, turns: int, amounts: Amounts) -> list[Planned]:
    """Draw a plan for a run of so many turns, in the order in which it happens."""
    luck = random.Random(f"plan {seed}")  # noqa: S311
    plan = []
    for fault, count in amounts.faults.items():
        platforms: tuple[str, ...] = PLATFORMS
        if fault in _SLACK_ONLY:
            platforms = ("slack",)
        elif fault in _DISCORD_ONLY:
            platforms = ("discord",)
        # Spread out: two kills at once are one.
        plan += [
            Planned(
                fault=fault,
                after=1 + int((number + luck.random()) * turns / count),
                trigger=luck.choice(tuple(Trigger)),
                times=luck.randint(1, 8),
                platform=luck.choice(platforms),
                bot=luck.randrange(amounts.bots),
                seconds=_seconds(fault, luck, amounts),
            )
            for number in range(count)
        ]
    return sorted(plan, key=lambda each: each.after)


def _seconds(fault: Fault, luck: random.Random, amounts: Amounts) -> float:
    match fault:
        case Fault.FREEZE_BOT:
            return round(amounts.lease_s * luck.uniform(1.1, 2.0), 1)
        case Fault.KILL_BOT if amounts.bots > 1:
            # Now and then the others have time to take over before it is back.
            return round(luck.choice([0.0, 0.0, amounts.lease_s * 1.5]), 1)
        case Fault.LOCK_DATABASE:
            return round(luck.uniform(0.5, 8.0), 1)
        case Fault.LATE_LOSS | Fault.OVERTAKE:
            return round(luck.uniform(0.1, 1.5), 1)
        case Fault.REDELIVER | Fault.OTHER_EVENT_FIRST:
            return round(luck.uniform(0.5, 3.0), 1)
        case _:
            return 0.0
