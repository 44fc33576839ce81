"""A process that opens databases, and is killed in the middle of it as often as it is told.

It is told an address and a number, a line each time: of the statements that opening takes, the one
before which it dies. It forks for each, since what is imported takes longer than all the rest. It
says `killed`, or how many statements there were.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

# All that a migration needs, before anything is forked.
from alembic import command  # noqa: F401

from bot.clock import SystemClock
from storage.store import open_store


def main() -> None:
    """Do as it is told until nobody tells more."""
    for line in sys.stdin:
        url, at = line.split()
        child = os.fork()
        if child == 0:
            asyncio.run(_open(url, int(at)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            _say("killed")


async def _open(url: str, at: int) -> None:
    statements = 0

    def count(_: str) -> None:
        nonlocal statements
        statements += 1
        if statements == at:
            os.kill(os.getpid(), signal.SIGKILL)

    async with open_store(url, clock=SystemClock(), count_statements=count):
        pass
    _say(str(statements))


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
