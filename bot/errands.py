"""What is done with a session at rest: taken back, made smaller, written down, forked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from bot import phrases
from bot.errors import ChatError, ChatRefused, CopilotError, LeaseLost, StoreError
from bot.export import Export, Format
from bot.held_thread import HeldThread
from bot.mailbox import Entry, EntryKind, EntryState, NewThread, Usage
from bot.manner import Manner
from bot.messages import Post
from bot.move_codes import GOOD_FOR, new_code
from bot.patience import failure
from bot.phrases import conversations
from bot.place import Place
from bot.places import place_of
from bot.ports import OpensThreads, PastTurn, SendsFiles, ThreadStatus
from bot.prompt import is_prompt_of
from bot.session_ids import new_session_id

_REPEATABLE = frozenset({EntryKind.EXPORT, EntryKind.COMPACT, EntryKind.HAND_OFF})
"""Errands that may be begun once more where they were cut off: nothing is there twice then."""

_KNOWN_MESSAGES = 20
"""How many of the newest messages are known again, and their answers marked, when prompts are taken
back: platforms take few changes a minute."""

_log = structlog.get_logger(__name__)


class Errand:
    """Does one errand, and says in the thread what came of it.

    Args:
        entry: the errand.
        thread: the thread that it was asked for in.
        is_stopped: whether somebody asked to stop it before it was begun.
    """

    def __init__(self, entry: Entry, thread: HeldThread, *, is_stopped: bool) -> None:
        self.entry = entry
        self.is_stale = False
        """Whether the thread has begun its next generation since."""
        self._thread = thread
        self._tools = thread.tools
        self._work: asyncio.Task[EntryState] | None = None
        self._is_stopped = is_stopped
        self._is_past_stopping = False
        self._usage = Usage()

    async def run(self, watch_controls: Callable[[asyncio.Event], Awaitable[None]]) -> None:
        """Do it while controls are heeded, and write down how it ended.

        Args:
            watch_controls: heeds the controls of the thread until the event that it is given.

        Raises:
            LeaseLost: another worker owns the thread now.
            StoreError: the database failed.
        """
        ended = asyncio.Event()
        self._thread.show_status(ThreadStatus.WORKING)

        async def watch() -> None:
            await watch_controls(ended)

        self._work = work = asyncio.create_task(self._do(), name="errand")
        controls = asyncio.create_task(watch(), name="controls")
        try:
            await asyncio.wait([work, controls], return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The controls are not cancelled: one that was just taken would be lost.
            ended.set()
            self._thread.woken.set()
            work.cancel()
            await asyncio.wait([work, controls])
        controls.result()  # raises where the lease is lost, or what went wrong there
        state = await self._ended(work)
        await self._tools.store.finish(
            self._thread.lease, self.entry.id, state, self._usage, spent_by=self.entry.author.id
        )
        if not self.is_stale:
            self._thread.show_status(ThreadStatus.IDLE)

    async def stop(self) -> None:
        """End it, unless it is past that."""
        if self._work is not None and not self._is_past_stopping:
            self._work.cancel()

    async def outlive(self) -> None:
        """The thread has begun its next generation: end, and count for nothing."""
        self.is_stale = True
        await self.stop()

    async def _ended(self, work: asyncio.Task[EntryState]) -> EntryState:
        """How it ended; people are told where it came to nothing."""
        if work.cancelled():
            if not self.is_stale:
                await self._say(conversations.ERRAND_STOPPED)
            return EntryState.STOPPED
        error = failure(work)
        if isinstance(error, LeaseLost) and self.is_stale:
            return EntryState.STOPPED  # its session is deleted, and the thread still ours
        if isinstance(error, CopilotError):
            _log.error("errand.failed", thread=str(self._thread.key), reason=str(error))
            await self._thread.close_session()
            await self._say(phrases.not_done(error))
            return EntryState.FAILED
        return work.result()

    async def _do(self) -> EntryState:
        entry, thread = self.entry, self._thread
        if self._is_stopped:
            await self._say(conversations.ERRAND_STOPPED)
            return EntryState.STOPPED
        if entry.attempts > 1 and entry.kind not in _REPEATABLE:
            await self._say(conversations.CUT_OFF)
            return EntryState.FAILED
        if not thread.lease.thread.has_session:
            await self._say(conversations.NOTHING_YET)
            return EntryState.DONE
        match entry.kind:
            case EntryKind.REWIND:
                await self._rewind(int(entry.reference))
            case EntryKind.COMPACT:
                await self._compact()
            case EntryKind.EXPORT:
                await self._export()
            case EntryKind.FORK:
                await self._fork(int(entry.reference))
            case EntryKind.HAND_OFF:
                await self._hand_off()
            case _:
                raise AssertionError(f"{entry.kind} is no errand")
        return EntryState.DONE

    @property
    def _manner(self) -> Manner:
        """How the session is to be where it is not live: as its people chose."""
        choices, place = self.entry.choices, Place.of(self._thread.key, self.entry.author.id)
        profile = self._tools.limits.profiles.of(choices.profile, place)
        return Manner(model=choices.model, effort=choices.effort, profile=profile)

    async def _say(self, text: str) -> None:
        await self._thread.post(Post(text=text))

    # --- taking back ----------------------------------------------------------------------

    async def _rewind(self, count: int) -> None:
        """Take back the last prompts, and mark what was answered."""
        await self._thread.ready_session(self.entry.author.id, self._manner)
        session = self._thread.session
        taken = (await session.history())[-count:]
        if not taken:
            await self._say(conversations.NOTHING_TO_TAKE_BACK)
            return
        self._is_past_stopping = True
        await session.rewind(taken[0].prompt_id)
        said = await self._said(taken)
        words = [entry.text if entry else turn.prompt for turn, entry in said]
        await self._say(conversations.taken_back(words))
        for _, entry in said:
            if entry is not None:
                await self._mark_taken_back(entry)

    async def _said(self, turns: Sequence[PastTurn]) -> list[tuple[PastTurn, Entry | None]]:
        """Turns with the messages that they came from, as far as those are known."""
        known = list(await self._tools.store.answered(self._thread.lease, limit=_KNOWN_MESSAGES))
        found = []
        for turn in reversed(turns):
            entry = next((each for each in known if is_prompt_of(turn.prompt, each)), None)
            if entry is not None:
                known.remove(entry)
            found.append((turn, entry))
        return found[::-1]

    async def _mark_taken_back(self, entry: Entry) -> None:
        for delivery in await self._tools.store.deliveries(entry.id):
            if delivery.reference:
                await self._thread.edit(delivery.reference, Post(text=conversations.TAKEN_BACK))

    # --- made smaller, written down -------------------------------------------------------

    async def _compact(self) -> None:
        """Have the model sum up what was said."""
        await self._thread.ready_session(self.entry.author.id, self._manner)
        compaction = await self._thread.session.compact()
        self._is_past_stopping = True
        if compaction is None:
            await self._say(conversations.NOTHING_TO_SUM_UP)
            return
        self._usage = compaction.usage
        if compaction.after >= compaction.before:
            await self._say(conversations.NOT_SMALLER)
        else:
            await self._say(conversations.compacted(compaction.before, compaction.after))

    async def _export(self) -> None:
        """Put the conversation into the thread as files."""
        chat, thread = self._tools.chat, self._thread
        if not isinstance(chat, SendsFiles):
            await self._say(conversations.NO_FILES_HERE)
            return
        await thread.ready_session(self.entry.author.id, self._manner)
        export = Export(
            key=thread.key,
            title=thread.title,
            turns=await thread.session.history(),
            at=self._tools.clock.now(),
        )
        forms = [Format(self.entry.reference)] if self.entry.reference else list(Format)
        files = [export.file(form, nonce=str(self.entry.id)) for form in forms]
        await thread.make_sure()
        try:
            await chat.send(thread.key, files)
        except (LeaseLost, StoreError):
            raise
        except ChatError as error:
            _log.warning("files.not_sent", thread=str(thread.key), reason=str(error))
            await self._say(conversations.files_not_sent([file.name for file in files]))

    async def _hand_off(self) -> None:
        """Sum up what was said for elsewhere, and give a code for that to who asked."""
        thread, tools, person = self._thread, self._tools, self.entry.author
        await thread.ready_session(person.id, self._manner)
        summary = await thread.session.summary()
        if not summary:
            await self._say(conversations.NOTHING_YET)
            return
        code, until = new_code(), tools.clock.now() + GOOD_FOR
        await tools.store.offer_move(thread.key, person.id, code, until, summary=summary)
        await thread.make_sure()
        told = conversations.summary_code(code, GOOD_FOR // timedelta(minutes=1))
        try:
            await tools.chat.whisper(thread.key, person, told)
        except (LeaseLost, StoreError):
            raise
        except ChatError as error:
            _log.warning("whisper.failed", thread=str(thread.key), reason=str(error))
            await self._say(conversations.CODE_NOT_TOLD)

    # --- forked ---------------------------------------------------------------------------

    async def _fork(self, left_out: int) -> None:
        """Open a thread that begins with a copy of the session."""
        chat, thread = self._tools.chat, self._thread
        if not isinstance(chat, OpensThreads):
            await self._say(conversations.NO_THREADS)
            return
        session_id = thread.lease.thread.session_id
        if not left_out:
            await self._open_fork(chat, session_id, left_out)
            return
        copy = new_session_id(0)
        await self._tools.store.copy_session(thread.lease, session_id, copy)
        try:
            if await self._shorten(copy, left_out):
                await self._open_fork(chat, copy, left_out)
            else:
                await self._say(conversations.NOTHING_TO_TAKE_BACK)
        finally:
            await asyncio.shield(self._tools.store.delete_session(thread.lease, copy))

    async def _shorten(self, session_id: str, left_out: int) -> bool:
        """Take the last prompts out of a copy; false where there are none."""
        session = await self._tools.runtime.open(
            self._thread.spec(session_id, self._manner, is_new=False)
        )
        try:
            turns = (await session.history())[-left_out:]
            if turns:
                await session.rewind(turns[0].prompt_id)
        finally:
            await session.close()
        return bool(turns)

    async def _open_fork(self, chat: OpensThreads, session_id: str, left_out: int) -> None:
        thread, store, adapter = self._thread, self._tools.store, self._tools.chat
        is_direct = thread.lease.thread.owner is not None
        here = place_of(adapter, thread.key, is_private=is_direct)
        post = Post(text=conversations.forked_from(here, thread.title))
        await thread.make_sure()
        # A thread that knows nothing is of no use, so from here on it is done to its end.
        self._is_past_stopping = True
        try:
            key = await chat.open_thread(thread.key, post, title=thread.title)
        except ChatError as error:
            _log.warning("thread.not_opened", thread=str(thread.key), reason=str(error))
            is_refused = isinstance(error, ChatRefused)
            await self._say(conversations.NO_THREADS if is_refused else conversations.NOT_OPENED)
            return
        new = NewThread(key=key, began_by=self.entry.author, is_direct=is_direct)
        if await store.copy_session(thread.lease, session_id, new_session_id(1), thread=new):
            there = place_of(adapter, key, is_private=is_direct)
            await self._say(conversations.forked(there, left_out))
        else:
            await self._say(conversations.NOT_OPENED)
