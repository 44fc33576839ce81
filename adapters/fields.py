"""Typed reading of what a platform sends: what is not as expected reads as empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Fields = Mapping[str, object]
"""A JSON object as a platform sent it; nothing in it may be relied on."""


def fields(value: object, *path: str) -> Fields:
    """The object at a path; empty where there is none.

    Args:
        value: where to begin.
        path: the names to follow.
    """
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text(value: object, *path: str) -> str:
    """The string at a path; empty where there is none.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    found = fields(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) else ""


def items(value: object, *path: str) -> Sequence[object]:
    """The list at a path; empty where there is none.

    Args:
        value: where to begin.
        path: the names to follow, at least one.
    """
    found = fields(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, list) else ()
