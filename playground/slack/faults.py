"""Things that go wrong on purpose.

The named faults are those of the page; ``seed`` makes calls go wrong at random, the same way for
the same seed.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.slack.payload import Payload


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """A fault that can be switched on, its label and what can be set about it."""

    label: str
    options: Mapping[str, Any] = field(default_factory=dict)
    is_once: bool = False


KINDS: Mapping[str, FaultKind] = {
    "drop_socket": FaultKind(label="Drop the socket", is_once=True),
    "refresh_socket": FaultKind(label="Ask the bot to reconnect", is_once=True),
    "rate_limit": FaultKind(
        label="Answer 429",
        options={"calls": 3, "retry_after_s": 1, "methods": []},
    ),
    "server_error": FaultKind(
        label="Answer 500",
        options={"calls": 3, "methods": [], "after": False},
    ),
    "redeliver": FaultKind(label="Deliver each event twice"),
    "double_mention": FaultKind(label="A mention's message event comes first"),
    "slow": FaultKind(label="Slow down every call", options={"ms": 800, "methods": []}),
    "refuse_streams": FaultKind(
        label="Refuse streams", options={"error": "channel_type_not_supported"}
    ),
}
"""All faults. ``methods`` narrows one to some methods, ``calls`` to so many calls; ``after``
carries the call out and then loses the answer."""

_STREAM_METHODS = ("chat.startStream", "chat.appendStream", "chat.stopStream")


@dataclass(frozen=True, kw_only=True)
class CallFault:
    """What goes wrong with one Web API call."""

    delay_s: float = 0.0
    retry_after_s: int | None = None
    fails: bool = False
    loses_answer: bool = False
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Chances:
    """How likely each thing is to go wrong with one call, from 0 to 1."""

    rate_limit: float = 0.0
    server_error: float = 0.0
    lost_answer: float = 0.0


_NOTHING = CallFault()


class Faults:
    """The faults that are switched on.

    Args:
        once: does a fault that happens once, at once.
    """

    def __init__(self, once: Callable[[str], None]) -> None:
        self._once = once
        self._on: dict[str, Payload] = {}
        self._chances: Chances | None = None
        self._random = random.Random()  # noqa: S311
        self._subscribers: list[Callable[[Payload], None]] = []

    def subscribe(self, told: Callable[[Payload], None]) -> Callable[[], None]:
        """Tell ``told`` of every switch; the answer ends the subscription."""
        self._subscribers.append(told)
        return lambda: self._subscribers.remove(told)

    def turn_on(self, kind: str, **options: Any) -> None:
        """Switch a fault on.

        Args:
            kind: one of `KINDS`.
            options: what to set about it; the rest stays as `KINDS` has it.

        Raises:
            KeyError: there is no such fault.
        """
        if KINDS[kind].is_once:
            self._once(kind)
            self._tell(kind)
            return
        self._on[kind] = {**KINDS[kind].options, **options}
        self._tell(kind)

    def turn_off(self, kind: str) -> None:
        """Switch a fault off.

        Raises:
            KeyError: there is no such fault.
        """
        _ = KINDS[kind]
        if self._on.pop(kind, None) is not None:
            self._tell(kind)

    def seed(self, seed: int, chances: Chances) -> None:
        """Make calls go wrong at random from now on.

        Args:
            seed: the same seed gives the same run of luck.
            chances: how likely each thing is.
        """
        self._random = random.Random(seed)  # noqa: S311
        self._chances = chances

    def clear(self) -> None:
        """Switch everything off."""
        self._chances = None
        for kind in tuple(self._on):
            self.turn_off(kind)

    def is_on(self, kind: str) -> bool:
        """Say whether a fault is switched on."""
        return kind in self._on

    def state(self, kind: str) -> Payload:
        """Return a fault as the page shows it."""
        known = KINDS[kind]
        return {
            "kind": kind,
            "label": known.label,
            "on": kind in self._on,
            "options": self._on.get(kind, dict(known.options)),
        }

    def for_call(self, method: str) -> CallFault:
        """Decide what goes wrong with a call that has just come in.

        Args:
            method: the method called.
        """
        if not self._on and self._chances is None:
            return _NOTHING
        delay_s = self._on["slow"]["ms"] / 1000 if self._takes("slow", method) else 0.0
        if self._takes("refuse_streams", method):
            return CallFault(delay_s=delay_s, error=self._on["refuse_streams"]["error"])
        if self._takes("rate_limit", method):
            retry_after_s = self._on["rate_limit"]["retry_after_s"]
            self._spend("rate_limit")
            return CallFault(delay_s=delay_s, retry_after_s=retry_after_s)
        if self._takes("server_error", method):
            after = bool(self._on["server_error"]["after"])
            self._spend("server_error")
            return CallFault(delay_s=delay_s, fails=not after, loses_answer=after)
        if self._chances is not None:
            return self._by_chance(self._chances, delay_s)
        return CallFault(delay_s=delay_s)

    def _takes(self, kind: str, method: str) -> bool:
        options = self._on.get(kind)
        if options is None:
            return False
        methods = _STREAM_METHODS if kind == "refuse_streams" else options.get("methods")
        return not methods or method in methods

    def _spend(self, kind: str) -> None:
        options = self._on[kind]
        if options["calls"] is None:
            return
        options["calls"] -= 1
        if options["calls"] <= 0:
            self.turn_off(kind)

    def _by_chance(self, chances: Chances, delay_s: float) -> CallFault:
        luck = self._random.random()
        if luck < chances.rate_limit:
            return CallFault(delay_s=delay_s, retry_after_s=1)
        luck -= chances.rate_limit
        if luck < chances.server_error:
            return CallFault(delay_s=delay_s, fails=True)
        luck -= chances.server_error
        return CallFault(delay_s=delay_s, loses_answer=luck < chances.lost_answer)

    def _tell(self, kind: str) -> None:
        state = self.state(kind)
        for told in tuple(self._subscribers):
            told(state)
