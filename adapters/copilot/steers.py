"""What is said to the model while a turn runs, until the model has it."""

from __future__ import annotations

import asyncio


class Steers:
    """The prompts of a running turn that the model has not seen yet, oldest first."""

    def __init__(self) -> None:
        self.in_order = asyncio.Lock()
        """Held while one is sent, so that none overtakes another."""
        self._waiting: list[tuple[str, asyncio.Future[bool]]] = []

    @property
    def are_waiting(self) -> bool:
        """Whether the model is still to see one."""
        return bool(self._waiting)

    def expect(self, prompt: str) -> asyncio.Future[bool]:
        """A prompt is on its way; the future says whether the model has seen it in this turn."""
        seen: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((prompt, seen))
        return seen

    def see(self, prompt: str) -> bool:
        """The model sees a prompt; false where it is none of these."""
        for waiting in self._waiting:
            if waiting[0] == prompt:
                self._waiting.remove(waiting)
                _settle(waiting[1], is_seen=True)
                return True
        return False

    def release(self) -> None:
        """The turn is over: the model sees no more of them."""
        for _, seen in self._waiting:
            _settle(seen, is_seen=False)
        self._waiting.clear()


def _settle(seen: asyncio.Future[bool], *, is_seen: bool) -> None:
    if not seen.done():
        seen.set_result(is_seen)
