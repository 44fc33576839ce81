"""How a thread begins its next generation: afresh, with another session, or all deleted."""

from __future__ import annotations

from bot import phrases
from bot.held_thread import HeldThread
from bot.keys import SessionKey
from bot.mailbox import Entry, EntryKind
from bot.messages import Post
from bot.phrases import conversations
from bot.places import place_of


class Generations:
    """Changes a thread's current session.

    Args:
        thread: the thread.
    """

    def __init__(self, thread: HeldThread) -> None:
        self._thread = thread
        self._store = thread.tools.store

    async def begin(self, entry: Entry) -> str | None:
        """Do what a `RESET`, `RESUME`, `DELETE` or `MOVED` asks.

        Returns:
            What is told in the thread once the session of before is let go; None where the current
            session stays, and people were told why.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        match entry.kind:
            case EntryKind.RESUME:
                return await self._resume(entry)
            case EntryKind.DELETE if entry.reference:
                await self._delete_older(entry)
                return None
            case EntryKind.DELETE:
                await self._delete(entry)
                return conversations.DELETED
            case EntryKind.MOVED:
                await self._reset()
                there = SessionKey.parse(entry.reference)
                return conversations.went_to(place_of(self._thread.tools.chat, there))
            case _:
                await self._reset()
                return phrases.FRESH_START

    async def _reset(self) -> None:
        self._thread.begin_generation(await self._store.reset(self._thread.lease))

    async def _resume(self, entry: Entry) -> str | None:
        """Go on with an older session of the thread, or with a copy of another thread's."""
        thread = self._thread
        session_id, _, copy = entry.reference.partition(" ")
        if session_id == thread.lease.thread.session_id:
            await thread.post(Post(text=conversations.IS_CURRENT))
            return None
        try:
            if copy:
                await self._store.bring_session(thread.lease, session_id, copy, by=entry.author.id)
            lease = await self._store.adopt_session(
                thread.lease, copy or session_id, asked_by=entry.id
            )
        except LookupError:
            await thread.post(Post(text=conversations.SESSION_GONE))
            return None
        thread.begin_generation(lease)
        if not copy:
            return conversations.resumed(thread.title)
        source = SessionKey.parse(entry.text)
        return conversations.came_from(thread.title, place_of(thread.tools.chat, source))

    async def _delete(self, entry: Entry) -> None:
        lease = await self._store.delete_thread(
            self._thread.lease, asked_by=entry.id, by=entry.author.id
        )
        self._thread.begin_generation(lease)

    async def _delete_older(self, entry: Entry) -> None:
        lease, by = self._thread.lease, entry.author.id
        told = conversations.DELETED_OLDER
        try:
            if not await self._store.delete_session(lease, entry.reference, by=by):
                told = conversations.SESSION_GONE
        except ValueError:
            told = conversations.NOT_DELETED
        await self._thread.post(Post(text=told))
