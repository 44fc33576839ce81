"""The process of the playground's Slack: people speak in it, and see when they are answered.

It measures by itself, from the moment at which somebody speaks, so that nothing of the
benchmark's own is between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from playground.server import PlaygroundOptions, serve
from playground.slack import changes
from playground.slack.message import Message
from playground.slack.slack import PlaygroundSlack
from tests.bench.child import answer

_WAIT_S = 120.0
_CHANNEL = "general"


class Audience:
    """Speaks as a person, and waits for answers.

    Args:
        slack: where.
    """

    def __init__(self, slack: PlaygroundSlack) -> None:
        self._slack = slack
        self._person = slack.person("ann")
        self._channel = slack.channel(_CHANNEL)
        self._watches: dict[str, _Watch] = {}
        slack.workspace.subscribe(self._told)

    async def where(self) -> dict[str, str]:
        """How to reach the Slack."""
        slack = self._slack
        return {
            "api_url": slack.api_url,
            "bot_token": slack.bot_token,
            "app_token": slack.app_token,
            "channel": self._channel,
            "person": self._person.id,
            "team": slack.team_id,
        }

    async def connected(self) -> None:
        """Wait until a bot hears what is said."""
        await self._slack.until(self._slack.connected, timeout_s=_WAIT_S)

    async def disconnected(self) -> None:
        """Wait until no bot is connected."""
        await self._slack.until(lambda: not self._slack.connected(), timeout_s=_WAIT_S)

    async def turn(self, text: str, expected: str, thread: str = "") -> dict[str, object]:
        """Say something and wait for the whole answer, and then for the bot's rest.

        Args:
            text: what is said.
            expected: the answer.
            thread: where; a mention in the channel when left out, which begins a thread.

        Returns:
            The thread; seconds until the first text was seen and until the answer was whole.
        """
        watch = await self._say(text, expected, thread)
        async with asyncio.timeout(_WAIT_S):
            await watch.rested.wait()
        del self._watches[watch.thread]
        return {
            "thread": watch.thread,
            "first_s": watch.first_at - watch.said_at,
            "whole_s": watch.whole_at - watch.said_at,
        }

    async def turns(
        self, text: str, expected: str, threads: Sequence[str] = (), count: int = 0
    ) -> dict[str, object]:
        """Say the same in many threads at once, and wait for all the answers.

        Args:
            text: what is said.
            expected: the answer.
            threads: where.
            count: how many threads to begin instead.

        Returns:
            The threads; seconds from the first word to the last answer being whole.
        """
        began = time.monotonic()
        places = threads or [""] * count
        watches = [await self._say(text, expected, thread) for thread in places]
        async with asyncio.timeout(_WAIT_S):
            for watch in watches:
                await watch.rested.wait()
        for watch in watches:
            del self._watches[watch.thread]
        last = max(watch.whole_at for watch in watches)
        return {"threads": [watch.thread for watch in watches], "seconds": last - began}

    async def calls(self, after: int) -> dict[str, object]:
        """The Web API methods that the bot called since then, and the number of the last."""
        calls = [call for call in self._slack.record.calls() if call.n > after]
        return {"methods": [call.method for call in calls], "last": self._slack.record.count}

    async def _say(self, text: str, expected: str, thread: str) -> _Watch:
        said = text if thread else self._person.mention(text)
        said_at = time.monotonic()
        # Nothing else runs between: what it says to us is heard after the watch is set.
        ts = await self._person.say(_CHANNEL, said, thread or None)
        watch = _Watch(thread or ts, ts, expected, said_at)
        self._watches[watch.thread] = watch
        return watch

    def _told(self, change: changes.Change) -> None:
        match change:
            case changes.MessagePosted(message=message) | changes.MessageChanged(message=message):
                if message.by_bot and message.thread_ts in self._watches:
                    self._watches[message.thread_ts].see(message)
            case changes.SessionChanged(session=session) if session.status != "processing":
                if session.thread_ts in self._watches:
                    self._watches[session.thread_ts].rest()
            case _:
                pass


class _Watch:
    """What is waited for in a thread."""

    def __init__(self, thread: str, prompt_ts: str, expected: str, said_at: float) -> None:
        self.thread = thread
        self._prompt_ts = prompt_ts
        self.said_at = said_at
        self.first_at = 0.0
        self.whole_at = 0.0
        self.rested = asyncio.Event()
        self._expected = expected.strip()

    def see(self, message: Message) -> None:
        if message.ts <= self._prompt_ts or self.whole_at:
            return  # of an earlier turn
        if message.text.strip() and not self.first_at:
            self.first_at = time.monotonic()
        if not message.is_streaming and message.text.strip() == self._expected:
            self.whole_at = time.monotonic()

    def rest(self) -> None:
        if self.whole_at:
            self.rested.set()


async def main() -> None:
    """Serve it until the benchmark goes away."""
    async with serve(options=PlaygroundOptions(limits=False)) as playground:
        audience = Audience(playground.slack)
        await answer(
            {
                "where": audience.where,
                "connected": audience.connected,
                "disconnected": audience.disconnected,
                "turn": audience.turn,
                "turns": audience.turns,
                "calls": audience.calls,
            }
        )


if __name__ == "__main__":
    asyncio.run(main())
