"""Whoever wants to be told of something, as it happens."""

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Subscribers(Generic[P]):
    """Those who are told, in the order in which they came."""

    def __init__(self) -> None:
        self._told: list[Callable[P, None]] = []

    def add(self, told: Callable[P, None]) -> Callable[[], None]:
        """Tell one more from now on.

        Args:
            told: what is called; it must not wait.

        Returns:
            What ends it.
        """
        self._told.append(told)
        return lambda: self._told.remove(told)

    def tell(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Tell all of them."""
        for told in tuple(self._told):
            told(*args, **kwargs)
