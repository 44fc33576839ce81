"""The codes with which a conversation goes on elsewhere."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Final

GOOD_FOR: Final = timedelta(minutes=15)
"""How long a code is good for."""

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that is taken for another one."""

_CODE = re.compile(rf"(?i)(?:[{_LETTERS}]{{4}}-){{2}}[{_LETTERS}]{{4}}")


def new_code() -> str:
    """A code that nobody guesses while it is good."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def is_code(said: str) -> bool:
    """Whether words are a code, good or not."""
    return _CODE.fullmatch(said.strip()) is not None


def code_of(said: str) -> str:
    """The code as it was given out."""
    return said.strip().upper()
