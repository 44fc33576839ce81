"""The repositories that the operator bound to channels: what threads there work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.keys import SessionKey
from bot.patterns import fits
from bot.rules_file import problem, tables

_PATTERNS = ("platform", "channel")
_KEYS = frozenset({*_PATTERNS, "path", "branch", "push"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Repository:
    """A clone on the host that threads of some channels work on, each in a clone of its own.

    Args:
        path: of the clone, absolute.
        platform: a pattern of the platform with `*` and `?`; empty for any.
        channel: a pattern of the channel's id; empty for any.
        branch: what threads begin with; empty for what the clone has checked out.
        may_push: whether what threads commit may be pushed to its remote, with permission.
    """

    path: str
    platform: str = ""
    channel: str = ""
    branch: str = ""
    may_push: bool = False

    def is_bound_to(self, key: SessionKey) -> bool:
        """Whether it is for a thread."""
        pairs = ((self.platform, key.platform), (self.channel, key.channel))
        return all(not pattern or fits(pattern, value) for pattern, value in pairs)


def read_repositories(path: Path) -> tuple[Repository, ...]:
    """Read the `[[repository]]` tables of the operator's rules; the first that fits counts.

    Args:
        path: the file.

    Raises:
        SettingsError: it cannot be read, or says something that cannot be; the sentence names
            the table.
    """
    return tuple(
        _repository(path, number, given)
        for number, given in enumerate(tables(path)["repository"], start=1)
    )


def _repository(path: Path, number: int, given: Mapping[str, Any]) -> Repository:
    name = f"repository {number}"
    if unknown := sorted(set(given) - _KEYS):
        known = ", ".join(sorted(_KEYS))
        raise problem(path, f"{name}: knows no {unknown[0]!r}, only {known}")
    for key, value in given.items():
        if not isinstance(value, bool if key == "push" else str):
            kind = "true or false" if key == "push" else "a text in quotes"
            raise problem(path, f"{name}: {key} must be {kind}")
    clone = Path(given.get("path", "")).expanduser()
    if not clone.is_absolute():
        raise problem(path, f"{name}: path must be the absolute path of a clone on this host")
    if not any((clone / each).exists() for each in (".git", "HEAD")):
        raise problem(path, f"{name}: there is no git repository at {clone}")
    return Repository(
        path=str(clone),
        platform=given.get("platform", ""),
        channel=given.get("channel", ""),
        branch=given.get("branch", ""),
        may_push=given.get("push", False),
    )
