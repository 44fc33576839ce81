"""The calls that the app made, whatever the platform."""

from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from playground.payload import Payload
from playground.subscribers import Subscribers


class Call(Protocol):
    """What all platforms' calls have."""

    @property
    def method(self) -> str:
        """What is called."""

    @property
    def http_status(self) -> int:
        """The answer's status."""

    @property
    def ok(self) -> bool:
        """Whether it was carried out and answered."""

    def page_payload(self) -> Payload:
        """The call as the page shows it."""


CallT = TypeVar("CallT", bound=Call)


class Record(Generic[CallT]):
    """The newest calls, in order.

    Args:
        kept: how many to keep.
    """

    def __init__(self, kept: int) -> None:
        self._calls: deque[CallT] = deque(maxlen=kept)
        self._subscribers: Subscribers[[CallT]] = Subscribers()
        self.count = 0

    def subscribe(self, told: Callable[[CallT], None]) -> Callable[[], None]:
        """Tell ``told`` of every call; the answer ends the subscription."""
        return self._subscribers.add(told)

    def add(self, call: CallT) -> None:
        """Note a call that was answered."""
        self._calls.append(call)
        self._subscribers.tell(call)

    def next_number(self) -> int:
        """Return the number of the call that is coming in."""
        self.count += 1
        return self.count

    def calls(
        self,
        method: str | None = None,
        *,
        ok: bool | None = None,
        http_status: int | None = None,
    ) -> list[CallT]:
        """Return the calls kept, oldest first.

        Args:
            method: only those of this name.
            ok: only those that went well, or did not.
            http_status: only those that were answered so.
        """
        return [
            call
            for call in self._calls
            if (method is None or call.method == method)
            and (ok is None or call.ok is ok)
            and (http_status is None or call.http_status == http_status)
        ]

    def last(self, number: int) -> list[CallT]:
        """Return the newest calls, oldest first."""
        return list(self._calls)[-number:]

    def clear(self) -> None:
        """Forget the calls so far."""
        self._calls.clear()
