"""Things that go wrong on purpose with calls and connections."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playground.fault_switches import Chances, FaultKind, FaultSwitches

KINDS: Mapping[str, FaultKind] = {
    "drop_socket": FaultKind(label="Drop the socket", is_once=True),
    "refresh_socket": FaultKind(label="Ask the bot to reconnect", is_once=True),
    "rate_limit": FaultKind(
        label="Answer 429",
        options={"calls": 3, "retry_after_s": 1, "methods": []},
    ),
    "server_error": FaultKind(
        label="Answer 500",
        options={"calls": 3, "methods": [], "after": False, "ms": 0},
    ),
    "redeliver": FaultKind(label="Deliver each event twice"),
    "hold_event": FaultKind(label="Let an event be overtaken", options={"calls": 1, "ms": 500}),
    "close_streams": FaultKind(label="Close the streams that are open", is_once=True),
    "double_mention": FaultKind(label="A mention's message event comes first"),
    "bad_download": FaultKind(
        label="Spoil the app's downloads",
        options={
            "calls": 1,
            "how": "cut",
            "ms": 2000,
            "retry_after_s": 1,
            "url": "https://files.example.com/",
        },
    ),
    "bare_mention": FaultKind(label="A mention's event leaves its files out"),
    "lost_share": FaultKind(label="Take uploads and show none", options={"calls": 1}),
    "slow": FaultKind(label="Slow down every call", options={"ms": 800, "methods": []}),
    "revoke_token": FaultKind(label="Revoke the bot's token"),
    "refuse_streams": FaultKind(
        label="Refuse streams", options={"error": "channel_type_not_supported"}
    ),
}
"""All faults. ``methods`` narrows one to some methods, ``calls`` to so many calls; ``after``
carries the call out and then loses the answer, ``ms`` later; a ``retry_after_s`` of ``None`` leaves
the header out. An event that is held comes ``ms`` later than those behind it. A download goes wrong
as ``how`` says: ``cut`` in the middle, ``longer`` than the file is, ``slow`` by ``ms``, sent
``elsewhere`` to ``url``, answered with ``html``, an ``error``, or ``limited`` for
``retry_after_s``."""

_STREAM_METHODS = ("chat.startStream", "chat.appendStream", "chat.stopStream")


@dataclass(frozen=True, kw_only=True)
class CallFault:
    """What goes wrong with one Web API call."""

    delay_s: float = 0.0
    is_limited: bool = False
    retry_after_s: int | None = None
    fails: bool = False
    loses_answer: bool = False
    loses_after_s: float = 0.0
    error: str | None = None


_NOTHING = CallFault()


class Faults(FaultSwitches):
    """The faults of Slack's that are switched on.

    Args:
        once: does a fault that happens once, at once, with its options.
    """

    def __init__(self, once: Callable[[str, Mapping[str, Any]], None]) -> None:
        super().__init__(KINDS, once)

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
            options = self._spend("rate_limit")
            return CallFault(
                delay_s=delay_s, is_limited=True, retry_after_s=options["retry_after_s"]
            )
        if self._takes("server_error", method):
            options = self._spend("server_error")
            after = bool(options["after"])
            return CallFault(
                delay_s=delay_s,
                fails=not after,
                loses_answer=after,
                loses_after_s=options["ms"] / 1000,
            )
        if self._chances is not None:
            return self._by_chance(self._chances, delay_s)
        return CallFault(delay_s=delay_s)

    def for_event(self) -> float:
        """Decide for how long an event that is just to be sent is held back (seconds)."""
        return float(self._spend("hold_event")["ms"]) / 1000 if self.is_on("hold_event") else 0.0

    def for_download(self) -> Mapping[str, Any] | None:
        """Decide what goes wrong with a download that was just asked for."""
        return self._spend("bad_download") if self.is_on("bad_download") else None

    def for_share(self) -> bool:
        """Decide whether files that were just uploaded are shown nowhere."""
        if not self.is_on("lost_share"):
            return False
        self._spend("lost_share")
        return True

    def _takes(self, kind: str, method: str) -> bool:
        options = self._on.get(kind)
        if options is None:
            return False
        methods = _STREAM_METHODS if kind == "refuse_streams" else options.get("methods")
        return not methods or method in methods

    def _by_chance(self, chances: Chances, delay_s: float) -> CallFault:
        match self._draw(chances):
            case "rate_limit":
                return CallFault(delay_s=delay_s, is_limited=True, retry_after_s=1)
            case "server_error":
                return CallFault(delay_s=delay_s, fails=True)
            case "lost_answer":
                return CallFault(delay_s=delay_s, loses_answer=True)
            case _:
                return CallFault(delay_s=delay_s)
