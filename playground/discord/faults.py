"""Things that go wrong on purpose.

The named faults are those of the page; ``seed`` makes calls go wrong at random, the same way for
the same seed.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.discord.payload import Payload


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """A fault that can be switched on, its label and what can be set about it."""

    label: str
    options: Mapping[str, Any] = field(default_factory=dict)
    is_once: bool = False


KINDS: Mapping[str, FaultKind] = {
    "drop_gateway": FaultKind(label="Drop the gateway", is_once=True),
    "reconnect": FaultKind(label="Ask the bot to reconnect", is_once=True),
    "invalid_session": FaultKind(
        label="Invalidate the session", options={"resumable": False, "drop": False}, is_once=True
    ),
    "rate_limit": FaultKind(
        label="Answer 429",
        options={"calls": 3, "retry_after_s": 1.0, "global": False, "routes": []},
    ),
    "server_error": FaultKind(
        label="Answer 5xx",
        options={"calls": 3, "status": 502, "routes": [], "after": False},
    ),
    "slow": FaultKind(label="Slow down every call", options={"ms": 800, "routes": []}),
    "refuse_threads": FaultKind(label="Forbid threads"),
    "missing_permission": FaultKind(
        label="Take permissions away", options={"permissions": ["SEND_MESSAGES"]}
    ),
}
"""All faults. ``routes`` narrows one to some calls, by the names that the record has for them;
``calls`` to so many, ``None`` for any number; ``after`` carries the call out and then loses the
answer; ``drop`` cuts the connection, so that the bot learns of it when it resumes."""

THREAD_PERMISSIONS = ("CREATE_PUBLIC_THREADS", "CREATE_PRIVATE_THREADS")


@dataclass(frozen=True, kw_only=True)
class CallFault:
    """What goes wrong with one REST call."""

    delay_s: float = 0.0
    retry_after_s: float | None = None
    is_global: bool = False
    fails_with: int | None = None
    loses_answer: bool = False


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
        switched: called after another was switched.
    """

    def __init__(
        self, once: Callable[[str, Mapping[str, Any]], None], switched: Callable[[], None]
    ) -> None:
        self._once = once
        self._switched = switched
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
        chosen = {**KINDS[kind].options, **options}
        if KINDS[kind].is_once:
            self._once(kind, chosen)
            self._tell(kind)
            return
        self._on[kind] = chosen
        self._switched()
        self._tell(kind)

    def turn_off(self, kind: str) -> None:
        """Switch a fault off.

        Raises:
            KeyError: there is no such fault.
        """
        _ = KINDS[kind]
        if self._on.pop(kind, None) is not None:
            self._switched()
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

    def withheld_permissions(self) -> tuple[str, ...]:
        """Return the names of the permissions that the bot is to lack."""
        names: tuple[str, ...] = ()
        if "missing_permission" in self._on:
            names += tuple(self._on["missing_permission"]["permissions"])
        if "refuse_threads" in self._on:
            names += THREAD_PERMISSIONS
        return names

    def for_call(self, route: str) -> CallFault:
        """Decide what goes wrong with a call that has just come in.

        Args:
            route: the call's name.
        """
        if not self._on and self._chances is None:
            return _NOTHING
        delay_s = self._on["slow"]["ms"] / 1000 if self._takes("slow", route) else 0.0
        if self._takes("rate_limit", route):
            options = self._spend("rate_limit")
            return CallFault(
                delay_s=delay_s,
                retry_after_s=float(options["retry_after_s"]),
                is_global=bool(options["global"]),
            )
        if self._takes("server_error", route):
            options = self._spend("server_error")
            if options["after"]:
                return CallFault(delay_s=delay_s, loses_answer=True)
            return CallFault(delay_s=delay_s, fails_with=int(options["status"]))
        if self._chances is not None:
            return self._by_chance(self._chances, delay_s)
        return CallFault(delay_s=delay_s)

    def _takes(self, kind: str, route: str) -> bool:
        options = self._on.get(kind)
        return options is not None and (not options["routes"] or route in options["routes"])

    def _spend(self, kind: str) -> Payload:
        options = self._on[kind]
        if options["calls"] is not None:
            options["calls"] -= 1
            if options["calls"] <= 0:
                self.turn_off(kind)
        return options

    def _by_chance(self, chances: Chances, delay_s: float) -> CallFault:
        luck = self._random.random()
        if luck < chances.rate_limit:
            return CallFault(delay_s=delay_s, retry_after_s=0.5)
        luck -= chances.rate_limit
        if luck < chances.server_error:
            return CallFault(delay_s=delay_s, fails_with=502)
        luck -= chances.server_error
        return CallFault(delay_s=delay_s, loses_answer=luck < chances.lost_answer)

    def _tell(self, kind: str) -> None:
        state = self.state(kind)
        for told in tuple(self._subscribers):
            told(state)
