"""Finds a title for a new conversation, beside its first turn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from copilot import CopilotClient, ProviderConfig, SessionEvent
from copilot.session_events import (
    AssistantMessageData,
    AssistantMessageDeltaData,
    AssistantUsageData,
    SessionErrorData,
    SessionIdleData,
)

from adapters.copilot.asking import asked
from adapters.copilot.files import FilesBridge
from adapters.copilot.models import Models
from adapters.copilot.titles import INSTRUCTIONS, first_words, question, title_of
from adapters.copilot.usage import of_title
from bot.errors import CopilotError
from bot.events import UsageReported

_LONGEST_S = 10.0
# The answer is read meanwhile, so nobody notices; but what is said next waits.
_GRACE_S = 1.0
_AT_ONCE = 2
# Nobody needs more of what shall be six words.
_MOST_CHARACTERS = 300

_T = TypeVar("_T")
Ask = Callable[[str, Callable[[UsageReported], None]], Coroutine[Any, Any, str]]
_log = logging.getLogger(__name__)


class Namer:
    """Asks a model for titles, in short sessions of which nothing is kept.

    Args:
        client: the SDK's.
        lost: is done once the runtime is gone.
        models: says which model is cheap.
        provider: the operator's, as the SDK takes it; None for GitHub.
        github_token: signs in to GitHub, where the runtime does not.
    """

    def __init__(
        self,
        client: CopilotClient,
        lost: asyncio.Future[None],
        models: Models,
        provider: ProviderConfig | None,
        github_token: str | None = None,
    ) -> None:
        self._client = client
        self._lost = lost
        self._models = models
        self._provider = provider
        self._github_token = github_token
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def title(
        self,
        session_id: str,
        model: str | None,
        prompt: str,
        spent: Callable[[UsageReported], None],
    ) -> str:
        """A title for the conversation that a prompt begins; empty where none is to be had.

        Args:
            session_id: of the conversation.
            model: that it uses.
            prompt: its first.
            spent: is told what it took.
        """
        cheap = self._models.cheap(model)
        if cheap is None:
            return ""
        try:
            async with asyncio.timeout(_LONGEST_S), self._places:
                answer = await self._answer(f"{session_id[:190]}-title", cheap, prompt, spent)
                return title_of(answer)
        except (CopilotError, TimeoutError) as exc:
            _log.info("a conversation was given no title: %r", exc)
        except Exception:  # noqa: BLE001 - a mistake there is not worth anybody's turn
            _log.exception("a conversation was given no title")
        return ""

    async def _answer(
        self, session_id: str, model: str, prompt: str, spent: Callable[[UsageReported], None]
    ) -> str:
        bridge = FilesBridge(None)
        session = await self._ask(
            self._client.create_session(
                session_id=session_id,
                model=model,
                provider=self._provider,
                github_token=self._github_token,
                streaming=True,
                available_tools=[],
                system_message={"mode": "replace", "content": INSTRUCTIONS},
                create_session_fs_handler=lambda _: bridge,
            )
        )
        said = _Said(spent)
        try:
            session.on(said.receive)
            await self._ask(session.send(question(prompt)))
            await self._ask(said.is_enough.wait())
            if not said.is_over:
                await self._ask(session.abort())
        finally:
            with contextlib.suppress(CopilotError):
                await self._ask(session.disconnect())
        return "" if said.has_failed else said.text

    async def _ask(self, call: Awaitable[_T]) -> _T:
        return await asked(call, self._lost, has_provider=self._provider is not None)


class _Said:
    """What the model says, as far as it is wanted."""

    def __init__(self, spent: Callable[[UsageReported], None]) -> None:
        self.text = ""
        self._spent = spent
        self.is_over = False
        self.has_failed = False
        self.is_enough = asyncio.Event()

    def receive(self, event: SessionEvent) -> None:
        match event.data:
            case AssistantMessageDeltaData(delta_content=text):
                self.text += text
                if len(self.text) >= _MOST_CHARACTERS:
                    self.is_enough.set()
            case AssistantMessageData(content=text):
                self.text = text
            case AssistantUsageData() as data:
                self._spent(of_title(data))
            case SessionErrorData():
                self.has_failed = True
            case SessionIdleData():
                self.is_over = True
                self.is_enough.set()


class Naming:
    """The title of one session.

    Args:
        ask: asks a model for a title by the first prompt, and tells what that took; None where
            none is to be asked.
        is_needed: whether the conversation has none yet.
        grace_s: how long the end of the first turn waits for one.
    """

    def __init__(
        self,
        ask: Ask | None,
        *,
        is_needed: bool,
        grace_s: float = _GRACE_S,
    ) -> None:
        self._ask = ask
        self._grace_s = grace_s
        self._is_needed = is_needed
        self._task: asyncio.Task[str] | None = None
        self._spent: list[UsageReported] = []

    def begin(self, prompt: str, then: Callable[[object], None]) -> None:
        """Begin to look for one, unless there is one or it was begun.

        Args:
            prompt: the first of the conversation.
            then: called when it was found, or given up.
        """
        if not self._is_needed or self._task is not None or self._ask is None:
            return
        self._task = asyncio.create_task(self._ask(prompt, self._spent.append), name="title")
        self._task.add_done_callback(then)

    def spent(self) -> list[UsageReported]:
        """What it took since it was last asked for."""
        spent = self._spent.copy()
        self._spent.clear()
        return spent

    def found(self) -> str:
        """The title if it was found since it was last asked for; else empty."""
        task = self._task
        if task is None or not task.done():
            return ""
        self._task = None
        title = "" if task.cancelled() else task.result()
        self._is_needed = self._is_needed and not title
        self._ask = None
        return title

    async def at_end(self, prompt: str) -> str:
        """What the conversation is called when its first turn is over; else empty.

        A model that thinks longer is not waited for: its title comes with a later turn.
        """
        if not self._is_needed:
            return ""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=self._grace_s)
            if title := self.found():
                return title
        self._is_needed = False
        return first_words(prompt)

    async def close(self) -> None:
        """Look no more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # of what nobody waits for any more
