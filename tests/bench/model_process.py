"""The process of the model: answers by a script, at once, streaming."""

from __future__ import annotations

import asyncio

from playground.model.endpoint import serve_model
from playground.model.scripted import ScriptedBrain
from tests.bench.child import answer


async def main() -> None:
    """Serve it until the benchmark goes away."""
    async with serve_model(ScriptedBrain()) as model:

        async def where() -> dict[str, str]:
            return {"base_url": model.base_url, "api_key": model.api_key, "model": model.model}

        await answer({"where": where})


if __name__ == "__main__":
    asyncio.run(main())
