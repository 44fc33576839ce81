"""A chat platform in memory: people can speak on it, it records what they see, and fails on demand.

`FakeChat` passes the contract of chat adapters (`tests/contracts/chat.py`).
"""

from __future__ import annotations

import asyncio
import mimetypes
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar

from bot import fence, phrases
from bot.errors import ChatError, ChatRefused, FileTooLarge, PlaceGone, StoreError
from bot.home import Home
from bot.keys import SessionKey
from bot.mailbox import Delivery
from bot.messages import (
    Answer,
    Button,
    Command,
    Form,
    IncomingMessage,
    Menu,
    MessageDeleted,
    MessageEdited,
    OutgoingFile,
    PastMessage,
    Person,
    Post,
    Press,
    SharedFile,
)
from bot.ports import (
    Capabilities,
    Intake,
    ReplyState,
    ReplyTarget,
    ReplyView,
    ThreadStatus,
    ToolLine,
)
from bot.steps import newest

T = TypeVar("T")

ANN = Person(id="U-ann", name="Ann")
BEN = Person(id="U-ben", name="Ben")
BOT = Person(id="U-bot", name="Copilot", is_bot=True)

_MOST_TOOLS = 4
_LONGEST_FIELD = 4_000
ANYTHING = Capabilities(
    text_limit=4_000, update_floor_s=0.0, updates_per_minute=100_000, appends_only=False
)


class Recorder:
    """An `Intake` that keeps what it is brought.

    Args:
        answers: what commands and presses are answered with.
    """

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or Answer()
        self.messages: list[IncomingMessage] = []
        self.edits: list[MessageEdited] = []
        self.deletions: list[MessageDeleted] = []
        self.commands: list[Command] = []
        self.typed: list[tuple[Command, str, str]] = []
        self.offered: Sequence[str] = ()
        """What is offered while an argument is typed."""
        self.presses: list[Press] = []
        self.stops: list[tuple[SessionKey, Person, str]] = []
        self.signs: list[tuple[SessionKey, str, Person]] = []
        self.visits: list[tuple[Person, str]] = []
        self.page = Home()
        """What is on everybody's page."""
        self.failures: deque[StoreError] = deque()
        """What the next calls raise, one each."""
        self.gate = asyncio.Event()
        """Closed, it holds every call back."""
        self.gate.set()
        self._changed = asyncio.Condition()

    async def message(self, message: IncomingMessage) -> None:
        """Keep what was said."""
        await self._keep(self.messages, message)

    async def edited(self, edit: MessageEdited) -> None:
        """Keep a change."""
        await self._keep(self.edits, edit)

    async def deleted(self, deletion: MessageDeleted) -> None:
        """Keep a deletion."""
        await self._keep(self.deletions, deletion)

    async def command(self, command: Command) -> Answer:
        """Keep a command."""
        await self._keep(self.commands, command)
        return self.answer

    async def choices(self, command: Command, argument: str, typed: str) -> Sequence[str]:
        """Keep what is being typed."""
        await self._keep(self.typed, (command, argument, typed))
        return self.offered

    async def pressed(self, press: Press) -> Answer:
        """Keep a press."""
        await self._keep(self.presses, press)
        return self.answer

    async def stop(self, key: SessionKey, author: Person, request_id: str) -> None:
        """Keep a stop."""
        await self._keep(self.stops, (key, author, request_id))

    async def stop_at(self, place: SessionKey, message_id: str, author: Person) -> None:
        """Keep a sign that means stop."""
        await self._keep(self.signs, (place, message_id, author))

    async def home(self, person: Person, workspace: str) -> Home:
        """Keep who looks at a page of their own."""
        await self._keep(self.visits, (person, workspace))
        return self.page

    async def until(self, predicate: Callable[[], T], timeout_s: float = 10.0) -> T:
        """Wait until something that was brought makes it so; returns what the predicate did."""
        async with asyncio.timeout(timeout_s), self._changed:
            while not (value := predicate()):
                await self._changed.wait()
            return value

    async def _keep(self, kept: list[T], value: T) -> None:
        await self.gate.wait()
        async with self._changed:
            if self.failures:
                self._changed.notify_all()
                raise self.failures.popleft()
            kept.append(value)
            self._changed.notify_all()


@dataclass(slots=True, kw_only=True)
class FakeMessage:
    """A message of the bot's, as people see it now.

    Args:
        reference: its id.
        key: the thread.
        text: Markdown.
        tools: the tools' lines.
        reasoning: what the model thinks.
        notice: the bot's own sentence.
        footer: model, time and cost.
        buttons: what can be pressed.
        menus: what can be chosen from.
        state: how far it is; None for what is not part of a reply.
        entry_id: the entry that is answered; 0 for none.
        strand: which of the replies to it.
        part: its place in the reply.
        changes: how often it was changed since it was posted.
        files: what `send` put there, by the names that people see.
    """

    reference: str
    key: SessionKey
    text: str
    tools: tuple[ToolLine, ...] = ()
    reasoning: str = ""
    notice: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    menus: tuple[Menu, ...] = ()
    state: ReplyState | None = None
    entry_id: int = 0
    strand: int = 0
    part: int = 0
    changes: int = 0
    files: tuple[OutgoingFile, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Failure:
    error: ChatError
    on: str
    is_after: bool


class FakeChat:
    """A `ChatAdapter` in memory that also shows status, marks what waits and carries files.

    Args:
        capabilities: what it can do.
        platform: its short name.
        began: when the first thing on it is said; each is a second after the one before.
    """

    def __init__(
        self,
        *,
        capabilities: Capabilities = ANYTHING,
        platform: str = "fake",
        began: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    ) -> None:
        self._capabilities = capabilities
        self._platform = platform
        self._began = began
        self._ids = count(1)
        self._intake: Intake | None = None
        self._connected = asyncio.Event()
        self._changed = asyncio.Condition()
        self._failures: deque[_Failure] = deque()
        self.said: dict[str, IncomingMessage] = {}
        """What people said and did not take back, by id."""
        self.shown: dict[str, FakeMessage] = {}
        """What the bot's messages look like now, by reference."""
        self.whispers: list[tuple[SessionKey, Person, Answer]] = []
        self.forms: dict[str, tuple[Form, SessionKey]] = {}
        """The form that each person has open, and where it acts."""
        self.statuses: list[tuple[SessionKey, ThreadStatus, str]] = []
        self.waiting: set[str] = set()
        self._marks = asyncio.Event()
        self._marks.set()
        """The messages that are marked as waiting."""
        self.files: dict[str, bytes] = {}
        """The bytes of every file, by id."""
        self.largest_file = 25_000_000
        """The most bytes of a file that `send` takes."""
        self.channels: dict[str, set[str]] = {"general": {ANN.id, BEN.id}}
        """Who may write in which channels, where that is asked for."""
        self.titles: dict[SessionKey, str] = {}
        """What the threads are called that the bot began."""
        self.calls: list[str] = []
        """What the bot did, in order: `post`, `change`, `remove`, `whisper`, `fetch`, …"""

    # --- ChatAdapter ----------------------------------------------------------------------

    @property
    def platform(self) -> str:
        """Its short name."""
        return self._platform

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self._capabilities

    @property
    def is_connected(self) -> bool:
        """Whether it runs."""
        return self._connected.is_set()

    async def run(self, intake: Intake) -> None:
        """Bring what people do to `intake`, until cancelled."""
        self._intake = intake
        self._connected.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._connected.clear()
            self._intake = None

    def reply(self, target: ReplyTarget) -> FakeReply:
        """Begin a reply."""
        return FakeReply(self, target)

    async def post(self, key: SessionKey, post: Post) -> str:
        """Post a message."""
        message = FakeMessage(
            reference=self.next_id(),
            key=key,
            text=post.text,
            buttons=post.buttons,
            menus=post.menus,
        )
        await self.put("post", message)
        return message.reference

    async def open_thread(self, place: SessionKey, post: Post, *, title: str) -> SessionKey:
        """Begin a thread; in a direct message there are none."""
        if place.channel.startswith("D-"):
            raise ChatRefused("There are no threads in a direct message.")
        reference = self.next_id()
        key = replace(place, thread=reference)
        message = FakeMessage(reference=reference, key=key, text=post.text, buttons=post.buttons)
        await self.put("post", message)
        self.titles[key] = title
        return key

    async def edit(self, key: SessionKey, reference: str, post: Post) -> None:
        """Change a message that `post` made."""
        before = self.shown.get(reference)
        if before is None:
            raise PlaceGone("The message is gone.")
        await self.put(
            "change", replace(before, text=post.text, buttons=post.buttons, menus=post.menus)
        )

    async def whisper(self, key: SessionKey, person: Person, text: str) -> None:
        """Tell one person something."""
        await self._tell(key, person, Answer(text=text))

    async def history(self, key: SessionKey, *, limit: int) -> Sequence[PastMessage]:
        """What was said in a thread."""
        past = [
            PastMessage(
                message_id=said.message_id,
                author=said.author,
                text=said.text,
                sent_at=said.sent_at,
                files=said.files,
            )
            for said in self.said.values()
            if said.key == key
        ]
        past += [
            PastMessage(
                message_id=each.reference,
                author=BOT,
                text=each.text,
                sent_at=self._moment(each.reference),
                is_ours=True,
                files=tuple(
                    self._file(f"{each.reference}-{n}", file.name, file.content)
                    for n, file in enumerate(each.files)
                ),
            )
            for each in self.shown.values()
            if each.key == key
        ]
        return sorted(past, key=lambda each: each.sent_at)[-limit:]

    async def message(self, key: SessionKey, message_id: str) -> IncomingMessage | None:
        """One message; None when it is gone."""
        found = self.said.get(message_id)
        return found if found is not None and found.key == key else None

    async def set_status(self, key: SessionKey, status: ThreadStatus, *, title: str = "") -> None:
        """Show what a thread's session does."""
        self.statuses.append((key, status, title))
        await self._tell_changed()

    async def mark_waiting(self, key: SessionKey, message_id: str, *, is_waiting: bool) -> None:
        """Mark a message as waiting, or not."""
        await self._marks.wait()
        if is_waiting:
            self.waiting.add(message_id)
        else:
            self.waiting.discard(message_id)
        await self._tell_changed()

    async def fetch(self, file: SharedFile, *, most: int) -> bytes:
        """Fetch what somebody put into a message."""
        self.calls.append("fetch")
        if (failure := self._failure("fetch")) is not None:
            raise failure.error
        if file.url != f"fake:{file.id}":
            raise ChatRefused(f"{file.url} is not where the platform keeps files.")
        content = self.files.get(file.id)
        if content is None:
            raise PlaceGone(f"The file {file.name} is gone.")
        if len(content) > most:
            raise FileTooLarge(f"The file {file.name} has more than {most} bytes.")
        return content

    async def send(self, key: SessionKey, files: Sequence[OutgoingFile]) -> str:
        """Put files into a thread, in one message."""
        for file in files:
            if len(file.content) > self.largest_file:
                raise FileTooLarge(f"The file {file.name} is larger than the platform takes.")
        nonces = {file.nonce for file in files} - {""}
        for each in self.shown.values():
            if each.key == key and nonces & {file.nonce for file in each.files}:
                return each.reference
        message = FakeMessage(
            reference=self.next_id(),
            key=key,
            text="",
            files=tuple(replace(file, name=_acceptable(file.name)) for file in files),
        )
        await self.put("send", message)
        return message.reference

    async def channel(self, place: SessionKey, person: Person, named: str) -> SessionKey | None:
        """The channel of a name in which a person may write."""
        name = named.strip("<#>")
        if person.id not in self.channels.get(name, ()):
            return None
        return replace(place, channel=name, thread="")

    def address(self, key: SessionKey) -> str:
        """Where a thread is shown."""
        return f"https://fake.example/{key.channel}/{key.thread}"

    # --- what people do -------------------------------------------------------------------

    def key(self, thread: str = "", *, channel: str = "general") -> SessionKey:
        """The key of a thread here."""
        return SessionKey(platform=self._platform, workspace="W", channel=channel, thread=thread)

    async def say(
        self,
        text: str,
        *,
        by: Person = ANN,
        thread: str | None = None,
        is_direct: bool = False,
        mention: bool = True,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> IncomingMessage:
        """Somebody says something.

        Args:
            text: what.
            by: who.
            thread: the thread in which; None begins one.
            is_direct: whether to the bot alone.
            mention: whether the bot is mentioned.
            files: name and content of what comes with it.
        """
        message_id = self.next_id()
        if is_direct:
            key = self.key(thread or "", channel=f"D-{by.id}")
        else:
            key = self.key(thread or message_id)
        message = IncomingMessage(
            key=key,
            message_id=message_id,
            author=by,
            text=text,
            sent_at=self._moment(message_id),
            mentions_bot=mention,
            is_direct=is_direct,
            starts_thread=thread is None and not is_direct,
            thread_author=by.id if thread is None else None,
            files=tuple(
                self._file(f"{message_id}-{n}", name, content)
                for n, (name, content) in enumerate(files)
            ),
        )
        self.said[message_id] = message
        await self.intake.message(message)
        return message

    async def edit_said(self, message_id: str, text: str) -> None:
        """Somebody changes what they said."""
        self.said[message_id] = replace(self.said[message_id], text=text)
        await self.intake.edited(MessageEdited(message=self.said[message_id]))

    async def take_back(self, message_id: str) -> None:
        """Somebody deletes what they said."""
        message = self.said.pop(message_id)
        await self.intake.deleted(MessageDeleted(key=message.key, message_id=message_id))

    async def command(
        self,
        name: str,
        *,
        key: SessionKey | None = None,
        by: Person = ANN,
        argument: str = "",
        place: SessionKey | None = None,
    ) -> Answer:
        """Somebody gives a command; returns what they are told."""
        command = self.commanded(name, key=key, by=by, argument=argument, place=place)
        answer = await self.intake.command(command)
        await self._tell(key or command.place, by, answer)
        return answer

    def commanded(
        self,
        name: str,
        *,
        key: SessionKey | None = None,
        by: Person = ANN,
        argument: str = "",
        place: SessionKey | None = None,
    ) -> Command:
        """A command as somebody would give it."""
        place = place or replace(key or self.key(), thread="")
        return Command(
            name=name,
            argument=argument,
            author=by,
            key=key,
            place=place,
            is_direct=place.channel.startswith("D-"),
            request_id=self.next_id(),
        )

    async def press(
        self, message: FakeMessage, label: str, *, by: Person = ANN, text: str | None = None
    ) -> Answer:
        """Somebody presses a button, and sends the form that opens; returns what they are told.

        Args:
            message: under which it stands.
            label: what it says.
            by: who.
            text: what is written into the form; it stays open where that is None.
        """
        [button] = [button for button in message.buttons if button.label == label]
        answer = await self._pressed(button, message.key, by)
        return answer if text is None or answer.form is None else await self.submit(text, by=by)

    async def choose(self, message: FakeMessage, label: str, *, by: Person = ANN) -> Answer:
        """Somebody chooses from a menu; returns what they are told."""
        [button] = [
            Button(action=menu.action, value=each.value, label=label, key=each.key or menu.key)
            for menu in message.menus
            for each in menu.choices
            if each.label == label
        ]
        return await self._pressed(button, message.key, by)

    async def press_button(
        self, button: Button, stands_in: SessionKey, *, by: Person = ANN
    ) -> Answer:
        """Somebody presses a button, wherever it stands; returns what they are told."""
        return await self._pressed(button, stands_in, by)

    async def submit(self, text: str, *, by: Person = ANN) -> Answer:
        """Somebody sends the form that is open for them; returns what they are told."""
        form, key = self.forms[by.id]
        answer = await self._pressed(form, key, by, text)
        if not answer.is_refused:
            del self.forms[by.id]
        return answer

    async def _pressed(
        self, what: Button | Form, stands_in: SessionKey, by: Person, text: str | None = None
    ) -> Answer:
        press = Press(
            action=what.action,
            value=what.value,
            key=what.key or stands_in,
            author=by,
            request_id=self.next_id(),
            text=text,
        )
        answer = await self.intake.pressed(press)
        if answer.form is not None and len(answer.form.prefill) > _LONGEST_FIELD:
            answer = Answer(text=phrases.FORM_TOO_LONG)
        if answer.form is not None:
            self.forms[by.id] = (answer.form, press.key)
            await self._tell_changed()
        elif text is None or not answer.is_refused:  # else the form itself says it
            await self._tell(stands_in, by, answer)
        return answer

    async def stop(self, key: SessionKey, *, by: Person = ANN) -> None:
        """Somebody presses the platform's own stop button."""
        await self.intake.stop(key, by, self.next_id())

    async def sign(self, message_id: str, key: SessionKey, *, by: Person = ANN) -> None:
        """Somebody puts a sign onto a message that means stop."""
        await self.intake.stop_at(replace(key, thread=""), message_id, by)

    # --- what is seen ---------------------------------------------------------------------

    def seen(self, key: SessionKey) -> list[FakeMessage]:
        """The bot's messages in a thread, oldest first."""
        return [message for message in self.shown.values() if message.key == key]

    async def until(self, predicate: Callable[[], T], timeout_s: float = 10.0) -> T:
        """Wait until something that is shown makes it so; returns what the predicate did."""
        async with asyncio.timeout(timeout_s), self._changed:
            while not (value := predicate()):
                await self._changed.wait()
            return value

    # --- failures -------------------------------------------------------------------------

    def fail(self, error: ChatError, *, times: int = 1, on: str = "", after: bool = False) -> None:
        """Make the next calls fail.

        Args:
            error: with what.
            times: how many.
            on: `post`, `change`, `remove`, `whisper`, `fetch` or `send`; any of them when empty.
            after: whether it is carried out nevertheless, and only the answer is lost.
        """
        failure = _Failure(error=error, on=on, is_after=after)
        self._failures.extend(failure for _ in range(times))

    def hold_marks(self) -> asyncio.Event:
        """Let nobody mark or unmark anything until the event that is returned happens."""
        self._marks.clear()
        return self._marks

    # --- for `FakeReply` ------------------------------------------------------------------

    @property
    def intake(self) -> Intake:
        """Where what people do is brought."""
        assert self._intake is not None, "the fake chat does not run"
        return self._intake

    def next_id(self) -> str:
        """An id that sorts after all before."""
        return f"{next(self._ids):08d}"

    async def put(self, call: str, message: FakeMessage) -> None:
        """Show a message as it is now."""
        await fence.passed()
        failure = self._failure(call)
        if failure is None or failure.is_after:
            if message.reference in self.shown:
                message = replace(message, changes=message.changes + 1)
            self.shown[message.reference] = message
            self.calls.append(call)
            await self._tell_changed()
        if failure is not None:
            raise failure.error

    async def remove(self, reference: str) -> None:
        """Take a message away."""
        await fence.passed()
        failure = self._failure("remove")
        if failure is None or failure.is_after:
            self.shown.pop(reference, None)
            self.calls.append("remove")
            await self._tell_changed()
        if failure is not None:
            raise failure.error

    async def _tell(self, key: SessionKey, person: Person, answer: Answer) -> None:
        failure = self._failure("whisper")
        if failure is not None:
            raise failure.error
        if not answer.is_empty:
            self.whispers.append((key, person, answer))
            self.calls.append("whisper")
            await self._tell_changed()

    def _file(self, file_id: str, name: str, content: bytes) -> SharedFile:
        self.files[file_id] = content
        guessed, _ = mimetypes.guess_type(name)
        return SharedFile(
            id=file_id, name=name, type=guessed or "", size=len(content), url=f"fake:{file_id}"
        )

    def _failure(self, call: str) -> _Failure | None:
        for failure in self._failures:
            if failure.on in {"", call}:
                self._failures.remove(failure)
                return failure
        return None

    def _moment(self, message_id: str) -> datetime:
        return self._began + timedelta(seconds=int(message_id))

    async def _tell_changed(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _acceptable(name: str) -> str:
    plain = "".join(each for each in name.rpartition("/")[2] if each.isprintable())
    return plain.strip(". ") or "file"


@dataclass(slots=True)
class FakeReply:
    """A reply on the fake platform: one message a part.

    Args:
        chat: where.
        target: what it answers.
    """

    chat: FakeChat
    target: ReplyTarget
    _references: dict[int, str] = field(init=False)
    _lost: set[int] = field(init=False)

    def __post_init__(self) -> None:
        earlier = self.target.earlier
        self._references = {each.part: each.reference for each in earlier if each.reference}
        self._lost = {each.part for each in earlier if not each.reference}

    async def show(self, view: ReplyView) -> None:
        """Show what there is so far."""
        if view.parts or view.tools or view.reasoning or view.notice or view.buttons:
            await self._bring(view)

    async def close(self, view: ReplyView) -> None:
        """Show the end."""
        if view.parts or view.tools or view.notice or view.buttons or self._references:
            await self._bring(view)
        first = max(1, len(view.parts))
        for part in sorted(part for part in self._references if part >= first):
            await self.chat.remove(self._references.pop(part))

    async def _bring(self, view: ReplyView) -> None:
        parts = view.parts or ("",)
        for part, said in enumerate(parts):
            is_last = part == len(parts) - 1
            await self._put(
                part,
                FakeMessage(
                    reference="",
                    key=self.target.key,
                    text=said,
                    tools=newest(view.tools, _MOST_TOOLS) if is_last else (),
                    reasoning=view.reasoning if is_last else "",
                    notice=view.notice if is_last else "",
                    footer=view.footer if is_last else "",
                    buttons=view.buttons if is_last else (),
                    state=view.state if is_last else ReplyState.DONE,
                    entry_id=self.target.entry_id,
                    strand=self.target.strand,
                    part=part,
                ),
            )

    async def _put(self, part: int, message: FakeMessage) -> None:
        if part in self._lost:
            self._lost.discard(part)
            for each in self.chat.shown.values():
                named = (each.entry_id, each.strand, each.part)
                if named == (self.target.entry_id, self.target.strand, part):
                    self._references[part] = each.reference
                    await self.target.delivered(self._delivery(part, each.reference))
        if reference := self._references.get(part):
            before = self.chat.shown[reference]
            message = replace(message, reference=reference, changes=before.changes)
            if message != before:
                await self.chat.put("change", message)
            return
        await self.target.delivered(self._delivery(part, ""))
        message = replace(message, reference=self.chat.next_id())
        self._lost.add(part)
        await self.chat.put("post", message)
        self._lost.discard(part)
        self._references[part] = message.reference
        await self.target.delivered(self._delivery(part, message.reference))

    def _delivery(self, part: int, reference: str) -> Delivery:
        return Delivery(entry_id=self.target.entry_id, part=part, reference=reference)
