"""Things that go wrong on purpose: what is switched on, whatever the platform.

The named faults are those of the page; ``seed`` makes calls go wrong at random, the same way for
the same seed.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from playground.payload import Payload
from playground.subscribers import Subscribers


@dataclass(frozen=True, kw_only=True)
class FaultKind:
    """A fault that can be switched on, its label and what can be set about it."""

    label: str
    options: Mapping[str, Any] = field(default_factory=dict)
    is_once: bool = False


@dataclass(frozen=True, kw_only=True)
class Chances:
    """How likely each thing is to go wrong with one call, from 0 to 1."""

    rate_limit: float = 0.0
    server_error: float = 0.0
    lost_answer: float = 0.0


class FaultSwitches:
    """The faults that are switched on.

    Args:
        kinds: all that there are.
        once: does a fault that happens once, at once, with its options.
        switched: called after another was switched.
    """

    def __init__(
        self,
        kinds: Mapping[str, FaultKind],
        once: Callable[[str, Mapping[str, Any]], None],
        switched: Callable[[], None] = lambda: None,
    ) -> None:
        self._kinds = kinds
        self._once = once
        self._switched = switched
        self._on: dict[str, Payload] = {}
        self._chances: Chances | None = None
        self._random = random.Random()  # noqa: S311
        self._subscribers: Subscribers[[Payload]] = Subscribers()
        self.happened: Counter[str] = Counter()
        """How often each kind of fault went wrong so far."""

    def subscribe(self, told: Callable[[Payload], None]) -> Callable[[], None]:
        """Tell ``told`` of every switch; the answer ends the subscription."""
        return self._subscribers.add(told)

    def turn_on(self, kind: str, **options: Any) -> None:
        """Switch a fault on.

        Args:
            kind: which one.
            options: what to set about it; the rest stays as it is by itself.

        Raises:
            KeyError: there is no such fault.
        """
        chosen = {**self._kinds[kind].options, **options}
        if self._kinds[kind].is_once:
            self._once(kind, chosen)
            self.happened[kind] += 1
        else:
            self._on[kind] = chosen
            self._switched()
        self._subscribers.tell(self.state(kind))

    def turn_off(self, kind: str) -> None:
        """Switch a fault off.

        Raises:
            KeyError: there is no such fault.
        """
        _ = self._kinds[kind]
        if self._on.pop(kind, None) is not None:
            self._switched()
            self._subscribers.tell(self.state(kind))

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
        known = self._kinds[kind]
        return {
            "kind": kind,
            "label": known.label,
            "on": kind in self._on,
            "options": self._on.get(kind, dict(known.options)),
        }

    def states(self) -> list[Payload]:
        """Return all faults as the page shows them."""
        return [self.state(kind) for kind in self._kinds]

    def _draw(self, chances: Chances) -> str:
        """Draw what goes wrong with a call: the name of one of the chances, or nothing."""
        luck = self._random.random()
        for name, chance in asdict(chances).items():
            if luck < chance:
                self.happened[name] += 1
                return str(name)
            luck -= chance
        return ""

    def _spend(self, kind: str) -> Payload:
        """Count a call that the fault took; returns the fault's options."""
        options = self._on[kind]
        self.happened[kind] += 1
        if options["calls"] is not None:
            options["calls"] -= 1
            if options["calls"] <= 0:
                self.turn_off(kind)
        return options
