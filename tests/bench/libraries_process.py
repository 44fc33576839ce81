"""The process that a bot is compared with in memory: it imports the same libraries, and waits."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import sys
from pathlib import Path

from tests.bench.child import answer
from tests.bench.processes import settled_memory_of


async def main() -> None:
    """Wait until the benchmark goes away."""

    async def memory() -> dict[str, float]:
        found = await settled_memory_of(os.getpid())
        return {"rss_kb": found.rss_kb, "pss_kb": found.pss_kb}

    await answer({"memory": memory})


if __name__ == "__main__":
    for module in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        # The list has also what was looked for in vain.
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    asyncio.run(main())
