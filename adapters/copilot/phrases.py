"""What people read that this adapter says."""

from __future__ import annotations

from collections.abc import Sequence


def looks_at(names: Sequence[str]) -> str:
    """A quiet line on pictures."""
    if len(names) > 3:
        return f"looks at {len(names)} pictures"
    return f"looks at {', '.join(name or 'a picture' for name in names)}"


BLIND = "This model cannot see pictures: it was asked without them."
TOO_MANY = "Only the first {most} pictures of a message are shown to the model."
