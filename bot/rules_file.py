"""The operator's file of rules: TOML with tables of a few names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.errors import SettingsError

_NAMES = ("rule", "profile", "repository")


def tables(path: Path) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The tables of a file, by their name, in their order.

    Args:
        path: the file.

    Raises:
        SettingsError: it cannot be read, or holds something else.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise problem(path, f"cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise problem(path, f"is not TOML ({error})") from error
    if unknown := sorted(set(found) - set(_NAMES)):
        known = ", ".join(f"[[{name}]]" for name in _NAMES)
        raise problem(path, f"may hold {known} tables only, not {', '.join(unknown)}")
    for name in _NAMES:
        given = found.setdefault(name, [])
        if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
            raise problem(path, f"{name}: write each as a [[{name}]] table")
    return found


def problem(path: Path, what: str) -> SettingsError:
    """What is wrong with the file, as one sentence."""
    return SettingsError([f"THREADPILOT_POLICY: {path} {what}."])
