"""Work beside the connection: whatever goes wrong with it, the connection lives on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.errors import ChatError

_log = structlog.get_logger(__name__)


async def guarded(work: Callable[[], Awaitable[None]], doing: str) -> None:
    """Do something, and log what goes wrong.

    Args:
        work: what to do; called when this begins, which a task may never do.
        doing: what that is, in a word or two.
    """
    try:
        await work()
    except ChatError as error:
        _log.warning("discord.not_done", doing=doing, reason=str(error))
    except Exception:  # noqa: BLE001 - a mistake in the program must not end the connection
        _log.exception("discord.failed", doing=doing)
