"""Things that go wrong on purpose with calls, connections and downloads."""

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
        options={"calls": 3, "status": 502, "routes": [], "after": False, "ms": 0},
    ),
    "slow": FaultKind(label="Slow down every call", options={"ms": 800, "routes": []}),
    "expire_files": FaultKind(label="End the addresses of all files", is_once=True),
    "lose_files": FaultKind(
        label="Answer downloads with an error", options={"calls": 1, "status": 404}
    ),
    "slow_files": FaultKind(label="Slow down downloads", options={"ms": 500}),
    "cut_files": FaultKind(label="Cut downloads off", options={"calls": 1, "after": 1}),
    "redirect_files": FaultKind(
        label="Send downloads elsewhere", options={"calls": 1, "to": "https://example.org/"}
    ),
    "endless_files": FaultKind(
        label="Send more than the file has", options={"calls": 1, "bytes": 64 * 1024 * 1024}
    ),
    "refuse_threads": FaultKind(label="Forbid threads"),
    "missing_permission": FaultKind(
        label="Take permissions away", options={"permissions": ["SEND_MESSAGES"]}
    ),
}
"""All faults. ``routes`` narrows one to some calls, by the names that the record has for them;
``calls`` to so many, ``None`` for any number; ``after`` carries the call out and then loses the
answer, ``ms`` later; where ``retry_after_s`` is ``None``, what stands in front of Discord refuses
the call, and says no more; ``drop`` cuts the connection, so that the bot learns of it when it
resumes. Those about files are for downloads from the CDN: ``ms`` is waited before each 16 KiB,
``after`` are bytes."""

THREAD_PERMISSIONS = ("CREATE_PUBLIC_THREADS", "CREATE_PRIVATE_THREADS")


@dataclass(frozen=True, kw_only=True)
class CallFault:
    """What goes wrong with one REST call."""

    delay_s: float = 0.0
    retry_after_s: float | None = None
    is_global: bool = False
    is_shut_out: bool = False
    fails_with: int | None = None
    loses_answer: bool = False
    loses_after_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class DownloadFault:
    """What goes wrong with one download.

    Args:
        fails_with: the status of an error.
        redirects_to: where it is sent instead.
        delay_s: seconds before each piece.
        cut_after: bytes after which the connection is cut.
        more_bytes: how many follow the file, unannounced.
    """

    fails_with: int | None = None
    redirects_to: str | None = None
    delay_s: float = 0.0
    cut_after: int | None = None
    more_bytes: int = 0

    @property
    def is_plain(self) -> bool:
        """Whether the file goes out as it is."""
        return not (self.delay_s or self.cut_after is not None or self.more_bytes)


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
            if options["retry_after_s"] is None:
                return CallFault(delay_s=delay_s, is_shut_out=True)
            return CallFault(
                delay_s=delay_s,
                retry_after_s=float(options["retry_after_s"]),
                is_global=bool(options["global"]),
            )
        if self._takes("server_error", route):
            options = self._spend("server_error")
            if options["after"]:
                return CallFault(
                    delay_s=delay_s, loses_answer=True, loses_after_s=options["ms"] / 1000
                )
            return CallFault(delay_s=delay_s, fails_with=int(options["status"]))
        if self._chances is not None:
            return self._by_chance(self._chances, delay_s)
        return CallFault(delay_s=delay_s)

    def for_download(self) -> DownloadFault:
        """Decide what goes wrong with a download that has just come in."""
        delay_s = self._on["slow_files"]["ms"] / 1000 if "slow_files" in self._on else 0.0
        if "lose_files" in self._on:
            return DownloadFault(fails_with=int(self._spend("lose_files")["status"]))
        if "redirect_files" in self._on:
            return DownloadFault(redirects_to=str(self._spend("redirect_files")["to"]))
        if "cut_files" in self._on:
            after = int(self._spend("cut_files")["after"])
            return DownloadFault(delay_s=delay_s, cut_after=after)
        if "endless_files" in self._on:
            more = int(self._spend("endless_files")["bytes"])
            return DownloadFault(delay_s=delay_s, more_bytes=more)
        return DownloadFault(delay_s=delay_s)

    def _takes(self, kind: str, route: str) -> bool:
        options = self._on.get(kind)
        return options is not None and (not options["routes"] or route in options["routes"])

    def _by_chance(self, chances: Chances, delay_s: float) -> CallFault:
        match self._draw(chances):
            case "rate_limit":
                return CallFault(delay_s=delay_s, retry_after_s=0.5)
            case "server_error":
                return CallFault(delay_s=delay_s, fails_with=502)
            case "lost_answer":
                return CallFault(delay_s=delay_s, loses_answer=True)
            case _:
                return CallFault(delay_s=delay_s)
