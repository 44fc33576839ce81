"""A mapping that forgets what was put in longest ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The newest entries by key.

    Args:
        size: how many are kept.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: OrderedDict[Key, Value] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """What was put in for a key, if it is still there."""
        return self._entries.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Put in, as the newest."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def drop(self, key: Key) -> None:
        """Forget a key."""
        self._entries.pop(key, None)

    def __iter__(self) -> Iterator[tuple[Key, Value]]:
        return iter(list(self._entries.items()))
