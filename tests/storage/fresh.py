"""A new database for each example of a test that makes many of them."""

from collections.abc import Awaitable, Callable

fresh: dict[str, Callable[[], Awaitable[str]]] = {}
"""What gives the address of a new, migrated and empty database, by kind; see `conftest`."""
