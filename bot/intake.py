"""What comes from the platforms: judged, made durable, and told to the session manager."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from bot import phrases
from bot.commands import Bench, Commands
from bot.errors import ChatError, StoreError
from bot.gate import Access, FollowUp, Verdict, judge_call, judge_follow_up
from bot.home import Home, own_page
from bot.home_page import HomePage
from bot.keys import SessionKey
from bot.mailbox import EntryKind, EntryState, NewEntry, Thread
from bot.messages import (
    Answer,
    Command,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Person,
    Press,
)
from bot.missed import Missed, MissedLimits
from bot.ports import ChatAdapter, Clock, Runtime, Store
from bot.rates import Rates
from bot.recent import Recent
from bot.sessions import SessionManager

_REMEMBERED = 512
"""How many of the newest messages are known again when they come once more."""

_INSTANT = timedelta(microseconds=1)

_MessageKey = tuple[SessionKey, str]

_log = structlog.get_logger(__name__)


class ThreadIntake:
    """Accepts what people say and do on one platform: an `Intake`.

    Args:
        chat: the platform.
        store: the database.
        sessions: who works on threads.
        runtime: the agent runtime.
        clock: time.
        access: who may use the bot.
        follow_up: when a message in a thread counts without a mention.
        missed: how much of what was missed is answered.
        rates: how fast people may say things; None for any speed.
    """

    def __init__(
        self,
        *,
        chat: ChatAdapter,
        store: Store,
        sessions: SessionManager,
        runtime: Runtime,
        clock: Clock,
        access: Access,
        follow_up: FollowUp,
        missed: MissedLimits | None = None,
        rates: Rates | None = None,
    ) -> None:
        self._chat = chat
        self._store = store
        self._sessions = sessions
        self._clock = clock
        self._access = access
        self._follow_up = follow_up
        self._rates = rates or Rates(0, clock)
        self._bench = Bench(
            chat=chat,
            store=store,
            sessions=sessions,
            clock=clock,
            access=access,
            runtime=runtime,
            rates=self._rates,
        )
        self._commands = Commands(self._bench)
        self._home = HomePage(self._bench)
        self._missed = Missed(chat, missed or MissedLimits(), clock)
        self._refused: Recent[_MessageKey, bool] = Recent(_REMEMBERED)
        self._accepted: Recent[_MessageKey, bool] = Recent(_REMEMBERED)
        self._whispered: Recent[_MessageKey, str] = Recent(_REMEMBERED)

    async def message(self, message: IncomingMessage) -> None:
        """Something was said: into the mailbox with it, if it is for us."""
        verdict = judge_call(message, self._access)
        if verdict is None:
            thread = await self._store.thread(message.key)
            verdict = judge_follow_up(message, thread, self._follow_up)
        match verdict:
            case Verdict.ACCEPT:
                await self._accept(message)
            case Verdict.OTHERS_JOINED:
                await self._store.share(message.key)
            case Verdict.REFUSE:
                _log.info("message.refused", thread=str(message.key), by=message.author.id)
                await self._whisper(message, phrases.NOT_ALLOWED)
            case Verdict.OVERHEAR:
                await self._overhear(message)
            case Verdict.IGNORE:
                pass

    async def _overhear(self, message: IncomingMessage) -> None:
        """It was said between people: Copilot is told of it with the next message for it."""
        thread = await self._store.thread(message.key)
        if thread is None:
            return
        await self._store.overhear(message.key, message.sent_at)
        if thread.sole_speaker not in {None, message.author.id}:
            await self._store.share(message.key)

    async def _accept(self, message: IncomingMessage) -> None:
        key = message.key
        if _is_empty(message):
            await self._whisper(message, phrases.NOTHING_SAID)
            return
        if message.was_missed and await self._is_known(message):
            return
        began_by_other = message.thread_author not in {None, message.author.id}
        is_shared = began_by_other and not message.is_direct
        if _named(message) in self._accepted:
            # One utterance can come as two events: the second is what the first one was, also
            # when a question was asked, or answered, in between. Only one of the two says who
            # began the thread.
            if is_shared:
                await self._store.share(key)
            return
        question = await self._question_for(message)
        if not question and await self._is_too_fast(message):
            return
        is_too_late = not question and self._missed.is_too_late(message)
        appended = await self._store.append(
            NewEntry(
                key=key,
                kind=EntryKind.ANSWER if question else EntryKind.MESSAGE,
                source_id=message.message_id,
                author=message.author,
                text=message.text,
                reference=question,
                sent_at=message.sent_at,
                is_direct=message.is_direct,
                is_shared=is_shared,
                # What nobody answered is no beginning that a session knows.
                starts_thread=message.starts_thread and not is_too_late,
                files=message.files,
                is_too_late=is_too_late,
            )
        )
        self._accepted.put(_named(message), True)
        if appended.is_new and is_too_late:
            _log.info("message.too_late", thread=str(key), entry=appended.entry_id)
            await self._missed.tell(message, appended.entry_id)
        elif appended.is_new:
            _log.info("message.accepted", thread=str(key), entry=appended.entry_id)
            self._sessions.taken_in(key, message.message_id)
            if appended.ahead and not question:
                self._mark(message, appended.entry_id)

    async def _is_too_fast(self, message: IncomingMessage) -> bool:
        """Whether a message is refused because its author says too much; they are told."""
        if _named(message) in self._refused:
            return True
        wait_s = 0.0 if message.was_missed else self._rates.take(message.author.id)
        if not wait_s:
            return False
        # However often it comes: it was told that it does not count.
        self._refused.put(_named(message), True)
        _log.info("message.too_fast", thread=str(message.key), by=message.author.id)
        await self._whisper(message, phrases.too_fast(wait_s))
        return True

    async def _is_known(self, message: IncomingMessage) -> bool:
        """Whether a message that was looked for had been dealt with, as whatever it counted."""
        since = message.sent_at - _INSTANT
        return message.message_id in await self._store.heard(message.key, since)

    async def _question_for(self, message: IncomingMessage) -> str:
        """The id of the question that a message answers; empty for none."""
        question = self._sessions.open_question(message.key)
        if question is None:
            return ""
        request = await self._store.request(question)
        if request is None or not self._access.may_decide(message.author, request):
            return ""
        if message.was_missed and message.sent_at < request.opened_at:
            return ""
        return question

    def _mark(self, message: IncomingMessage, entry_id: int) -> None:
        async def waits() -> bool:
            try:
                entry = await self._store.entry(entry_id)
            except StoreError as error:
                _log.warning("mark.not_checked", thread=str(message.key), reason=str(error))
                return True
            return entry is not None and entry.state is EntryState.QUEUED

        self._sessions.mark(message.key, message.message_id, waits)

    async def edited(self, edit: MessageEdited) -> None:
        """A message was changed: it counts as long as nobody has begun to answer it."""
        message = edit.message
        key, message_id = message.key, message.message_id
        if _is_empty(message):
            await self.deleted(MessageDeleted(key=key, message_id=message_id))
        elif await self._store.revise(key, message_id, message.text, message.files):
            _log.info("message.revised", thread=str(key))
        elif message.mentions_bot:
            # Perhaps it did not call us before; if it did, it is known and nothing happens.
            await self.message(message)

    async def deleted(self, deletion: MessageDeleted) -> None:
        """A message was taken back: it is dropped as long as nobody has begun to answer it."""
        await self._drop(deletion.key, deletion.message_id)

    async def command(self, command: Command) -> Answer:
        """A command was given."""
        place = command.key or command.place
        if not self._access.allows(command.author, place.channel, is_direct=command.is_direct):
            return Answer(text=phrases.NOT_ALLOWED)
        return await self._commands.run(command)

    async def choices(self, command: Command, argument: str, typed: str) -> Sequence[str]:
        """Somebody types an argument of a command: what could be meant."""
        place = command.key or command.place
        if not self._access.allows(command.author, place.channel, is_direct=command.is_direct):
            return ()
        return await self._commands.choices(command, argument, typed)

    async def pressed(self, press: Press) -> Answer:
        """A button was pressed."""
        thread = await self._store.thread(press.key)
        if thread is not None and not is_open_to(thread, press.author):
            return Answer(text=phrases.NOT_YOURS, is_refused=True)
        is_direct = thread is not None and bool(thread.owner)
        is_own = press.key == own_page(press.key.platform, press.key.workspace, press.author.id)
        if not self._access.allows(press.author, press.key.channel, is_direct=is_direct or is_own):
            return Answer(text=phrases.NOT_ALLOWED, is_refused=True)
        if press.action == "retry":
            return await self._retry(press)
        answer = await self._commands.press(press)
        if answer is None:
            _log.warning("press.unknown", action=press.action)
        return answer or Answer()

    async def stop(self, key: SessionKey, author: Person, request_id: str) -> None:
        """The platform's own stop button was pressed."""
        await self.pressed(
            Press(action="stop", value="", key=key, author=author, request_id=request_id)
        )

    async def stop_at(self, place: SessionKey, message_id: str, author: Person) -> None:
        """Somebody put a sign onto a message that means stop."""
        entry = await self._store.pending(place, message_id)
        if entry is None:
            return
        if entry.state is EntryState.QUEUED:
            if entry.author.id == author.id:
                await self._drop(entry.key, entry.source_id)
        else:
            # Once for each attempt at the message, however often the sign is put there.
            await self.stop(entry.key, author, f"sign {entry.id} {entry.retries} {author.id}")

    async def home(self, person: Person, workspace: str) -> Home:
        """The page of their own that a person looks at."""
        return await self._home.compose(person, workspace)

    async def _drop(self, key: SessionKey, message_id: str) -> None:
        """Take a message that waits out of the mailbox, and its mark off."""
        if await self._store.withdraw(key, message_id):
            self._sessions.unmark_message(key, message_id)
            _log.info("message.withdrawn", thread=str(key))

    async def _retry(self, press: Press) -> Answer:
        entry = await self._store.entry(int(press.value)) if press.value.isdecimal() else None
        if entry is not None:
            if entry.key != press.key or entry.state is EntryState.WITHDRAWN:
                return Answer(text=phrases.NOTHING_TO_RETRY)
            if entry.state is EntryState.DONE:
                return Answer(text=phrases.ANSWERED_ALREADY)
            await self._bench.put(EntryKind.RETRY, press.key, press, reference=press.value)
            return Answer(text=phrases.RETRYING)
        # The message could not even be written down: the platform still has it.
        try:
            message = await self._chat.message(press.key, press.value)
        except ChatError as error:
            _log.warning("message.not_read", thread=str(press.key), reason=str(error))
            return Answer(text=phrases.RETRY_LATER)
        if message is None:
            return Answer(text=phrases.NOTHING_TO_RETRY)
        await self.message(replace(message, mentions_bot=True))
        return Answer(text=phrases.RETRYING)

    async def _whisper(self, message: IncomingMessage, text: str) -> None:
        """Tell the author of a message something, once."""
        if message.was_missed:
            return  # it was perhaps told when it was said
        if self._whispered.get(_named(message)) == text:
            return
        self._whispered.put(_named(message), text)
        try:
            await self._chat.whisper(message.key, message.author, text)
        except ChatError as error:
            _log.warning("whisper.failed", thread=str(message.key), reason=str(error))


def _is_empty(message: IncomingMessage) -> bool:
    return not message.text.strip() and not message.files


def _named(message: IncomingMessage) -> _MessageKey:
    return message.key, message.message_id


def is_open_to(thread: Thread, person: Person) -> bool:
    """Whether a person may act on a thread: a direct message is its owner's alone."""
    return thread.owner is None or thread.owner == person.id
