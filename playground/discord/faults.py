"""Things that go wrong on purpose with calls and connections."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.fault_switches import Chances, FaultKind, FaultSwitches

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


_NOTHING = CallFault()


class Faults(FaultSwitches):
    """The faults of Discord's that are switched on.

    Args:
        once: does a fault that happens once, at once, with its options.
        switched: called after another was switched.
    """

    def __init__(
        self, once: Callable[[str, Mapping[str, Any]], None], switched: Callable[[], None]
    ) -> None:
        super().__init__(KINDS, once, switched)

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

    def _by_chance(self, chances: Chances, delay_s: float) -> CallFault:
        luck = self._random.random()
        if luck < chances.rate_limit:
            return CallFault(delay_s=delay_s, retry_after_s=0.5)
        luck -= chances.rate_limit
        if luck < chances.server_error:
            return CallFault(delay_s=delay_s, fails_with=502)
        luck -= chances.server_error
        return CallFault(delay_s=delay_s, loses_answer=luck < chances.lost_answer)
