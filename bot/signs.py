"""What a platform shows of a thread beside its replies: its status, and which messages wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping
from datetime import datetime, timedelta

import structlog

from bot import fence
from bot.errors import LeaseLost
from bot.keys import SessionKey
from bot.mailbox import Entry
from bot.patience import happens
from bot.ports import ChatAdapter, Clock, MarksWaiting, ShowsStatus, ThreadStatus
from bot.recent import Recent

_CLOCKS_DIFFER_S = 5.0
"""How much the platform's clock may be ahead of ours."""

_HANDED_OVER = 1000
"""How many messages that we marked are remembered while other processes work on their threads."""

_TAKEN_IN = 1000
"""How many of the newest messages are known to bear no mark but ours: this process took them in."""

_PATIENCE_S = 10.0
"""For how long the end of a message is put off until its mark is off."""

_Call = Callable[[], Awaitable[None]]

_log = structlog.get_logger(__name__)


class Signs:
    """Shows signs beside the work: of each the newest wins, one call at a time.

    A platform that fails to show one is logged and costs nothing else. A thread without
    messages that wait costs nothing.

    Args:
        chats: the platforms, by their short names.
        beside: starts something whose end nobody waits for; false when it cannot.
        began_at: when this process began (UTC): what was said before may bear a mark that
            an earlier one made.
    """

    def __init__(
        self,
        chats: Mapping[str, ChatAdapter],
        beside: Callable[[Coroutine[None, None, None]], bool],
        began_at: datetime,
    ) -> None:
        self._chats = chats
        self._beside = beside
        self._began_at = began_at + timedelta(seconds=_CLOCKS_DIFFER_S)
        self._wanted: dict[Hashable, _Call] = {}
        self._settled: dict[Hashable, asyncio.Event] = {}
        """Somebody waits until a sign is shown."""
        self._marked: dict[SessionKey, set[str]] = {}
        self._handed_over: Recent[tuple[SessionKey, str], None] = Recent(_HANDED_OVER)
        self._taken_in: Recent[tuple[SessionKey, str], None] = Recent(_TAKEN_IN)
        self._others: set[SessionKey] = set()

    @property
    def are_settled(self) -> bool:
        """Whether nothing is to be shown, and no message bears a mark."""
        return not self._wanted and not self._marked and not self._others

    def status(self, key: SessionKey, status: ThreadStatus, title: str) -> None:
        """Show what a thread does."""
        chat = self._chats[key.platform]
        if isinstance(chat, ShowsStatus):
            self._show(key, lambda: chat.set_status(key, status, title=title))

    def taken_in(self, key: SessionKey, message_id: str) -> None:
        """This process put a message into the mailbox: it bears a mark of ours or none."""
        self._taken_in.put((key, message_id), None)

    def mark(self, key: SessionKey, message_id: str, waits: Callable[[], Awaitable[bool]]) -> None:
        """Show that a message was seen and waits for its turn.

        Args:
            key: its thread.
            message_id: the message.
            waits: asked once it bears the mark: whether it still does.
        """
        chat = self._chats[key.platform]
        if not isinstance(chat, MarksWaiting):
            return

        async def show() -> None:
            await chat.mark_waiting(key, message_id, is_waiting=True)
            # Who has taken it meanwhile, perhaps in another process, took no mark off.
            if not await waits():
                self.unmark(key, message_id)

        self._marked.setdefault(key, set()).add(message_id)
        self._show((key, message_id), show)

    def unmark(self, key: SessionKey, message_id: str) -> None:
        """Take a message's mark off, if it has one of ours."""
        marked = self._ours(key)
        if message_id in marked:
            marked.discard(message_id)
            if not marked:
                del self._marked[key]
            self._unmark(key, message_id)

    def unmark_taken(self, entry: Entry) -> None:
        """Take the mark off a message whose turn has come, also one that another process made."""
        if entry.source_id in self._ours(entry.key):
            self.unmark(entry.key, entry.source_id)
        elif (entry.key, entry.source_id) in self._taken_in:
            pass
        elif entry.sent_at < self._began_at or entry.key in self._others:
            self._unmark(entry.key, entry.source_id)

    async def unmarked(self, entry: Entry, clock: Clock) -> None:
        """Wait, but not for long, until a mark is off that is just being taken off."""
        sign = (entry.key, entry.source_id)
        if sign in self._wanted:
            await happens(self._settled.setdefault(sign, asyncio.Event()), clock, _PATIENCE_S)

    def unmark_all(self, key: SessionKey) -> None:
        """Take the marks of a thread off."""
        self._ours(key)
        for message_id in self._marked.pop(key, set()):
            self._unmark(key, message_id)

    def hand_over(self, key: SessionKey) -> None:
        """Another process works on a thread: it takes the marks off, unless it dies."""
        for message_id in self._marked.pop(key, set()):
            self._handed_over.put((key, message_id), None)

    def expect_others(self, key: SessionKey) -> None:
        """Messages of a thread may bear marks that another process made."""
        self._others.add(key)

    def expect_no_others(self, key: SessionKey) -> None:
        """A thread is not worked on any more."""
        self._others.discard(key)

    def _ours(self, key: SessionKey) -> set[str]:
        """The messages of a thread that bear marks of ours, now that we work on it."""
        for each, _ in self._handed_over:
            if each[0] == key:
                self._handed_over.drop(each)
                self._marked.setdefault(key, set()).add(each[1])
        return self._marked.get(key, set())

    def _unmark(self, key: SessionKey, message_id: str) -> None:
        chat = self._chats[key.platform]
        if isinstance(chat, MarksWaiting):
            self._show(
                (key, message_id), lambda: chat.mark_waiting(key, message_id, is_waiting=False)
            )

    def _show(self, sign: Hashable, show: _Call) -> None:
        around = fence.around()  # whoever shows it may stand in another thread's

        async def call() -> None:
            with fence.within(around):
                await show()

        is_busy = sign in self._wanted
        self._wanted[sign] = call
        if not is_busy and not self._beside(self._keep_showing(sign)):
            del self._wanted[sign]

    async def _keep_showing(self, sign: Hashable) -> None:
        shown: _Call | None = None
        try:
            while (call := self._wanted[sign]) is not shown:
                try:
                    await call()
                except LeaseLost:
                    _log.info("sign.left_to_another", sign=str(sign))
                except Exception:  # noqa: BLE001 - nothing that is shown beside may end the bot
                    _log.exception("sign.not_shown", sign=str(sign))
                shown = call
        finally:
            del self._wanted[sign]
            if settled := self._settled.pop(sign, None):
                settled.set()
