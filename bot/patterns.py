"""Patterns with `*` and `?`, as the operator writes them."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache


def fits(pattern: str, value: str) -> bool:
    """Whether a pattern fits all of a value; none fits an empty one."""
    return bool(value) and _compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))
