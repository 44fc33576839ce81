"""A reply that grows in its thread while the turn goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import structlog

from bot import phrases
from bot.answer import GrowingAnswer
from bot.errors import ChatError, ChatUnavailable, LeaseLost, PlaceGone, StoreError
from bot.events import (
    ReasoningDelta,
    ReplyEvent,
    TextDelta,
    TextEnded,
    ToolFinished,
    ToolStarted,
)
from bot.messages import Button
from bot.pace import interval_s
from bot.patience import happens
from bot.ports import Capabilities, ChatAdapter, Clock, ReplyState, ReplyTarget, ReplyView
from bot.transcript import Transcript

_SIGN_OF_LIFE_S = 0.8
"""When nothing was said by then, the reply is shown empty, so that people see it is begun."""

_log = structlog.get_logger(__name__)


class LiveReplies:
    """Counts the replies that share a platform's budget.

    Args:
        capabilities: of the platform.
        has_reasoning: whether the model's summaries of what it thinks are shown.
    """

    def __init__(self, capabilities: Capabilities, *, has_reasoning: bool = False) -> None:
        self.capabilities = capabilities
        self.has_reasoning = has_reasoning
        self.count = 0

    @property
    def interval_s(self) -> float:
        """The least seconds between two updates of one of them."""
        return interval_s(self.capabilities, self.count)


class LiveReply:
    """Shows a turn's events as a reply: the newest state only, at the platform's pace.

    An async context manager: leaving it without `close` shows nothing more, and a later
    attempt goes on in the same messages.

    Args:
        chat: the thread's platform.
        target: what is answered.
        live: the replies of that platform.
        clock: time.
        has_footer: whether model, time and cost are shown at the end.
        may_show: whether the thread is surely ours; while it is not, nothing is shown.
        heading: stands above all that is said, standard Markdown; may be empty.
    """

    def __init__(
        self,
        chat: ChatAdapter,
        target: ReplyTarget,
        live: LiveReplies,
        clock: Clock,
        *,
        has_footer: bool,
        may_show: Callable[[], bool] = lambda: True,
        heading: str = "",
    ) -> None:
        self.transcript = Transcript()
        self._reply = chat.reply(target)
        self._live = live
        self._answer = GrowingAnswer(
            live.capabilities.text_limit,
            live.capabilities.dialect,
            appends_only=live.capabilities.appends_only,
        )
        self._clock = clock
        self._has_footer = has_footer
        self._may_show = may_show
        self._heading = heading
        self._begun = clock.monotonic()
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()
        self._buttons: tuple[Button, ...] = ()
        self._painter: asyncio.Task[None] | None = None
        self._is_closed = False
        self._is_shown = False
        self._is_gone = False

    async def __aenter__(self) -> Self:
        self._live.count += 1
        self._painter = asyncio.create_task(self._paint(), name="reply")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.count -= 1
        if self._painter is not None and not self._painter.done():
            self._painter.cancel()
            await asyncio.wait([self._painter])
        if self._painter is not None and not self._painter.cancelled():
            self._painter.exception()  # `close` has raised it, or there was no `close`

    @property
    def is_closed(self) -> bool:
        """Whether its end was shown."""
        return self._is_closed

    @property
    def is_shown(self) -> bool:
        """Whether it was shown as being worked on."""
        return self._is_shown

    @property
    def is_gone(self) -> bool:
        """Whether there is no place any more where it could be shown."""
        return self._is_gone

    @property
    def seconds(self) -> float:
        """How long the reply has been going on."""
        return self._clock.monotonic() - self._begun

    async def announce(self) -> None:
        """Show it before anything is said: so several stand in the order of their announcement.

        Not once the context is entered.
        """
        if self._may_show():
            await self._show()

    def begin_again(self) -> None:
        """Forget what was said: the prompt is sent once more."""
        self.transcript = Transcript(self.transcript)

    def feed(self, event: ReplyEvent) -> None:
        """Take an event of the turn in."""
        self.transcript.add(event)
        match event:
            case TextDelta() | TextEnded() | ToolStarted() | ToolFinished():
                self._changed.set()
            case ReasoningDelta() if self._live.has_reasoning:
                self._changed.set()

    async def close(
        self,
        state: ReplyState,
        *,
        text: str | None = None,
        notice: str = "",
        buttons: Sequence[Button] = (),
    ) -> None:
        """Show how it ended.

        Args:
            state: how.
            text: the whole answer, where it is not what the events said.
            notice: a sentence of the bot's own under it.
            buttons: what can be pressed.

        Raises:
            ChatError: the platform would not show it.
            LeaseLost: another worker owns the thread.
        """
        self._closing.set()
        self._changed.set()
        if self._painter is not None:
            await self._painter
        said = self._headed(self.transcript.text if text is None else text)
        footer = ""
        if self._has_footer and state is ReplyState.DONE:
            footer = phrases.footer(self.transcript.usage(self.seconds))
        await self._reply.close(
            ReplyView(
                parts=self._answer.whole(said),
                tools=self.transcript.tools,
                reasoning=self._reasoning,
                state=state,
                notice=notice,
                footer=footer,
                buttons=tuple(buttons),
                whole=said,
            )
        )
        self._is_closed = True

    async def _paint(self) -> None:
        await happens(self._changed, self._clock, _SIGN_OF_LIFE_S)
        while not self._closing.is_set():
            if self._may_show():
                self._changed.clear()
                await self._show()
            if self._is_gone:
                return
            if not await happens(self._closing, self._clock, self._live.interval_s):
                await self._changed.wait()

    async def _show(self) -> None:
        try:
            await self._reply.show(self._view())
        except LeaseLost:
            raise
        except PlaceGone as error:
            self._is_gone = True
            _log.warning("reply.place_gone", reason=str(error))
        except ChatUnavailable as error:
            _log.info("reply.not_shown", reason=str(error))
            self._changed.set()  # the newest is tried again, at the platform's pace
        except (ChatError, StoreError) as error:
            _log.warning("reply.not_shown", reason=str(error))
        except Exception:  # noqa: BLE001 - the end is what counts, and is tried in any case
            _log.exception("reply.not_shown")
        else:
            self._is_shown = True

    def _view(self) -> ReplyView:
        return ReplyView(
            parts=self._answer.so_far(self._headed(self.transcript.text)),
            tools=self.transcript.tools,
            reasoning=self._reasoning,
            state=ReplyState.WORKING,
            buttons=self._buttons,
        )

    def _headed(self, text: str) -> str:
        return "\n\n".join(filter(None, (self._heading, text)))

    @property
    def _reasoning(self) -> str:
        return self.transcript.reasoning if self._live.has_reasoning else ""
