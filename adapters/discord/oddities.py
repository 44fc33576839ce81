"""Logs what we cannot make sense of: each kind once."""

from __future__ import annotations

import structlog

from adapters.discord.recent import Recent

_log = structlog.get_logger(__name__)


class Oddities:
    """What was logged already."""

    def __init__(self) -> None:
        self._noted: Recent[str, bool] = Recent(500)

    def note(self, kind: str) -> None:
        """Log it, unless it was.

        Args:
            kind: what it is, in a few words; nothing of what people said.
        """
        if kind not in self._noted:
            self._noted.put(kind, True)
            _log.warning("discord.odd", kind=kind)
