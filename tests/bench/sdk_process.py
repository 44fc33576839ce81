"""The process of the bare SDK: the same runtime, model and instructions, and nothing of the bot's.

It also makes the calls that a turn needs of the platforms.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from copilot import CopilotClient, CopilotSession, RuntimeConnection, SessionEvent
from copilot.session_events import AssistantMessageDeltaData

from adapters.copilot import profile
from adapters.copilot.discovery import find, package_cache
from adapters.copilot.permissions import Permissions
from bot.profile import Profile
from tests.bench.bare_calls import on_discord, on_slack
from tests.bench.child import answer
from tests.bench.processes import settled_memory_of

_TURN_S = 120.0


class Bare:
    """Sessions of the SDK, by number.

    Args:
        client: started.
        model: where the model is, as `model_process` tells it.
        web: for the platforms.
    """

    def __init__(
        self, client: CopilotClient, model: dict[str, str], web: aiohttp.ClientSession
    ) -> None:
        self._client = client
        self._model = model
        self._web = web
        self._sessions: list[CopilotSession] = []
        self._calls = 0

    async def begin(self, prompt: str) -> dict[str, object]:
        """Make a session and take its first turn.

        Returns:
            The session's number; seconds until the first delta and until the end.
        """
        began = time.monotonic()
        session = await self._made()
        return await self._turn(session, prompt, began) | {"session": len(self._sessions) - 1}

    async def turn(self, session: int, prompt: str) -> dict[str, object]:
        """Take a turn; returns seconds until the first delta and until the end."""
        return await self._turn(self._sessions[session], prompt, time.monotonic())

    async def turns(
        self, prompt: str, sessions: list[int] | None = None, count: int = 0
    ) -> dict[str, object]:
        """Take a turn in many sessions at once.

        Args:
            prompt: what is sent.
            sessions: which.
            count: how many sessions to make instead.

        Returns:
            The sessions; seconds until the last has ended.
        """
        began = time.monotonic()
        first = len(self._sessions)
        if sessions is None:
            sessions = list(range(first, first + count))
            async with asyncio.TaskGroup() as tasks:
                for _ in range(count):
                    tasks.create_task(self._begin(prompt))
        else:
            async with asyncio.TaskGroup() as tasks:
                for number in sessions:
                    tasks.create_task(self._sessions[number].send_and_wait(prompt, timeout=_TURN_S))
        return {"sessions": sessions, "seconds": time.monotonic() - began}

    async def memory(self) -> dict[str, float]:
        """This process's memory, in kB."""
        found = await settled_memory_of(os.getpid())
        return {"rss_kb": found.rss_kb, "pss_kb": found.pss_kb}

    async def calls(self, name: str, place: dict[str, str], text: str, *, is_new: bool) -> float:
        """Make the calls of a turn; returns the seconds that they took.

        Args:
            name: of the platform.
            place: where, as the platform's process tells it.
            text: the answer.
            is_new: whether it begins a thread.
        """
        self._calls += 1
        if name == "slack":
            return await on_slack(self._web, place, text)
        return await on_discord(self._web, place, text, self._calls, is_new=is_new)

    async def _begin(self, prompt: str) -> None:
        session = await self._made()
        await session.send_and_wait(prompt, timeout=_TURN_S)

    async def _made(self) -> CopilotSession:
        session = await self._client.create_session(
            model=self._model["model"],
            provider={
                "type": "openai",
                "base_url": self._model["base_url"],
                "api_key": self._model["api_key"],
                "wire_api": "completions",
            },
            streaming=True,
            include_sub_agent_streaming_events=False,
            available_tools=profile.tools(),
            system_message=profile.system_message(),
            on_permission_request=Permissions(Profile.CHAT).handle,
        )
        self._sessions.append(session)
        return session

    async def _turn(self, session: CopilotSession, prompt: str, began: float) -> dict[str, object]:
        first_at = 0.0

        def told(event: SessionEvent) -> None:
            nonlocal first_at
            if not first_at and isinstance(event.data, AssistantMessageDeltaData):
                first_at = time.monotonic()

        silence = session.on(told)
        try:
            await session.send_and_wait(prompt, timeout=_TURN_S)
        finally:
            silence()
        return {"first_s": first_at - began, "whole_s": time.monotonic() - began}


async def main(model: dict[str, str]) -> None:
    """Run it until the benchmark goes away.

    Args:
        model: as `model_process` tells it.
    """
    # This runtime does not know the SDK's newest call, which is told once for each session.
    logging.getLogger("copilot").setLevel(logging.CRITICAL)
    found = find()
    with tempfile.TemporaryDirectory(prefix="threadpilot-bench-") as directory:
        home = Path(directory) / "home"
        (home / "tmp").mkdir(parents=True)
        client = CopilotClient(
            connection=RuntimeConnection.for_stdio(path=str(found.path)),
            working_directory=str(home),
            base_directory=str(home),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "TMPDIR": str(home / "tmp"),
                "COPILOT_PKG_CACHE_HOME": str(package_cache(found)),
                "COPILOT_OFFLINE": "true",
                "COPILOT_PROVIDER_BASE_URL": model["base_url"],
                "COPILOT_MODEL": model["model"],
            },
            log_level="error",
            use_logged_in_user=False,
            mode="empty",
        )
        await client.start()
        try:
            async with aiohttp.ClientSession() as web:
                bare = Bare(client, model, web)
                await answer(
                    {
                        "begin": bare.begin,
                        "turn": bare.turn,
                        "turns": bare.turns,
                        "memory": bare.memory,
                        "calls": bare.calls,
                    }
                )
        finally:
            await client.force_stop()


if __name__ == "__main__":
    base_url, api_key, name = sys.argv[1:]
    asyncio.run(main({"base_url": base_url, "api_key": api_key, "model": name}))
