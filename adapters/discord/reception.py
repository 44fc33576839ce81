"""Takes in what comes over the gateway: parsed, to the core; and says what the core answers.

For Discord a message is delivered as soon as it was sent: there is nothing to acknowledge. So what
the core cannot keep is tried again here, and what was missed is looked for (`catch_up`).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import structlog

from adapters.discord import phrases as discord_phrases
from adapters.discord.calls import Calls, translated
from adapters.discord.events import (
    Heard,
    as_command,
    hear,
    is_edited,
    is_somebodys,
    is_stop_sign,
)
from adapters.discord.fields import is_snowflake, moment, snowflake
from adapters.discord.forms import form_modal
from adapters.discord.guard import guarded
from adapters.discord.homes import Homes
from adapters.discord.interactions import (
    Asked,
    Ticket,
    Typing,
    Unknown,
    parse_interaction,
    parse_ticket,
)
from adapters.discord.lanes import Lanes
from adapters.discord.places import Place
from adapters.discord.render import Rendered, render_post
from adapters.discord.surroundings import Identity
from adapters.discord.utterance import person
from adapters.fields import Fields, fields, items
from bot import phrases
from bot.errors import ChatError, ChatUnavailable, StoreError
from bot.keys import SessionKey
from bot.messages import (
    Answer,
    Button,
    Command,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Person,
    Post,
    Press,
)
from bot.oddities import Oddities
from bot.ports import Clock, Intake
from bot.recent import Recent

_ANSWERED_APART = "📬"
"""The sign on a command that was answered in a direct message."""

_log = structlog.get_logger(__name__)

UNSAVED = "m"
"""Before the id of a message that could not be kept: the core takes a bare number for an entry."""

Asking = Callable[[], Awaitable[Answer]]
"""Asks the core something."""

_ATTEMPTS = 10
_LONGEST_PAUSE_S = 60.0
_WITHDRAWABLE = timedelta(days=1)
_REPEATABLE = frozenset({"reset", "stop"})
_AT_ONCE_S = 1.5
"""How long the core is waited for before Discord is told that an answer comes."""

_OFFER_S = 2.0
"""How long the core may think of choices: after three seconds Discord takes none."""


class Voice(Protocol):
    """Says things in Discord."""

    async def post(self, key: SessionKey, post: Post) -> str:
        """Post a message into a conversation."""

    async def tell(self, key: SessionKey, person: Person, answer: Answer) -> None:
        """Tell one person something; nothing when it is empty."""


class Handled(Protocol):
    """Is told which messages need no more attention."""

    def __call__(self, channel: str, message: str, *, is_direct: bool) -> None:
        """One of them."""


class Reception:
    """Takes in what people say and do.

    What happens in one channel or thread is dealt with in order, commands and presses at once.

    Args:
        intake: the core.
        voice: says things in Discord.
        me: who we are.
        reads_all: whether messages come with their text when they do not mention us.
        calls: the REST API.
        homes: where conversations live.
        oddities: what was logged once.
        clock: time.
        handled: is told which messages need no more attention.
        tasks: owns the work.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        voice: Voice,
        me: Identity,
        reads_all: bool,
        calls: Calls,
        homes: Homes,
        oddities: Oddities,
        clock: Clock,
        handled: Handled,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._intake = intake
        self._voice = voice
        self._me = me
        self._reads_all = reads_all
        self._calls = calls
        self._homes = homes
        self._oddities = oddities
        self._clock = clock
        self._handled = handled
        self._tasks = tasks
        self._lanes = Lanes(tasks)
        self._brought: Recent[str, SessionKey] = Recent(10_000)
        self._commanded: Recent[str, bool] = Recent(1_000)
        self._apologized: Recent[str, bool] = Recent(1_000)

    def take(
        self, event: str, data: Fields, *, was_missed: bool = False, is_late: bool = False
    ) -> None:
        """Take an event in.

        Args:
            event: its name.
            data: its payload.
            was_missed: whether it was looked up.
            is_late: whether nobody knows whether it was dealt with before.
        """
        if event == "INTERACTION_CREATE":
            self._tasks.create_task(guarded(lambda: self._interaction(data), "an interaction"))
            return
        channel = snowflake(data, "channel_id")
        if not channel:
            self._oddities.note(f"a malformed {event}")
            return
        match event:
            case "MESSAGE_CREATE":
                self._lane(channel, lambda: self._created(data, channel, was_missed, is_late))
            case "MESSAGE_UPDATE" if is_edited(data) and is_somebodys(data, self._me):
                self._lane(channel, lambda: self._changed(data, channel))
            case "MESSAGE_DELETE":
                self._lane(channel, lambda: self._deleted(data, channel, data.get("id")))
            case "MESSAGE_DELETE_BULK":
                self._lane(channel, lambda: self._deleted_all(data, channel))
            case "MESSAGE_REACTION_ADD" if is_stop_sign(data, self._me):
                self._lane(channel, lambda: self._stop_sign(data, channel))

    # --- messages -------------------------------------------------------------------------

    async def _created(self, data: Fields, channel: str, was_missed: bool, is_late: bool) -> None:
        id_ = snowflake(data, "id")
        if not id_:
            self._oddities.note("a message without an id")
            return
        if is_somebodys(data, self._me):
            self._meet(data, snowflake(data, "author", "id"))
            heard = await self._read(data, channel)
            if heard is not None and self._is_for_us(heard):
                if was_missed:
                    heard = replace(heard, message=replace(heard.message, was_missed=True))
                await self._bring(heard, is_late=is_late)
        self._handled(channel, id_, is_direct=not snowflake(data, "guild_id"))

    def _meet(self, data: Fields, person: str) -> None:
        guild, member = snowflake(data, "guild_id"), fields(data, "member")
        if guild and person and member:
            roles = [str(role) for role in items(member, "roles")]
            self._homes.met(guild, person, filter(is_snowflake, roles))

    async def _bring(self, heard: Heard, *, is_late: bool) -> None:
        message = heard.message
        self._homes.begins(message, heard.words)
        command = as_command(heard)
        if command is None:
            if is_late and not (message.text or message.files):
                return  # it may have been told already that nothing was said
            self._brought.put(message.message_id, message.key)
            await self._kept(lambda: self._intake.message(message), message)
        elif not is_late or command.name in _REPEATABLE:
            await self._commanded_once(command, message)

    async def _commanded_once(self, command: Command, message: IncomingMessage) -> None:
        if command.request_id in self._commanded:
            return
        self._commanded.put(command.request_id, True)

        async def run() -> None:
            answer = await self._intake.command(command)
            is_told = await self._tell(message.key, command.author, answer)
            if not (command.is_direct or answer.is_empty):
                await self._point_to_answer(message, is_told=is_told)

        await self._kept(run, message)

    async def _point_to_answer(self, message: IncomingMessage, *, is_told: bool) -> None:
        """Show who said a command where its answer is: nothing else tells them to look there."""
        key, id_ = message.key, message.message_id
        try:
            with translated("pointing to an answer"):
                is_top = id_ == key.thread
                channel = key.channel if is_top else (await self._homes.seek(key)).channel
                if is_told:
                    await self._calls.react(channel, id_, _ANSWERED_APART, is_on=True)
                else:
                    said = render_post(Post(text=discord_phrases.NO_DIRECT_MESSAGE), key)
                    nonce = secrets.token_hex(8)
                    await self._calls.post_message(channel, said, nonce=nonce, reply_to=id_)
        except ChatError as error:
            self._oddities.note(str(error))

    async def _changed(self, data: Fields, channel: str) -> None:
        heard = await self._read(data, channel)
        if heard is None:
            return
        message = heard.message
        known = self._brought.get(message.message_id)
        if not (self._reads_all or message.mentions_bot or message.is_direct):
            return  # what it says now is hidden from us
        if known is None:
            command = as_command(heard)
            if command is not None:
                await self._commanded_once(command, message)
                return
            if not self._is_for_us(heard):
                return
        else:
            message = replace(message, key=known)
        self._homes.begins(message, heard.words)
        self._brought.put(message.message_id, message.key)
        await self._kept(lambda: self._intake.edited(MessageEdited(message=message)), message)

    async def _deleted_all(self, data: Fields, channel: str) -> None:
        for id_ in items(data, "ids"):
            await self._deleted(data, channel, id_)

    async def _deleted(self, data: Fields, channel: str, said: object) -> None:
        id_ = snowflake({"id": said}, "id")
        if not id_:
            self._oddities.note("a deletion without an id")
            return
        key = self._brought.get(id_)
        if key is None:
            # Perhaps it was brought before a restart, and still waits.
            if self._clock.now() - moment(id_) > _WITHDRAWABLE:
                return
            key = (await self._place(data, channel)).key(id_)
        deletion = MessageDeleted(key=key, message_id=id_)
        await self._kept(lambda: self._intake.deleted(deletion), None)

    async def _stop_sign(self, data: Fields, channel: str) -> None:
        id_, by = snowflake(data, "message_id"), snowflake(data, "user_id")
        if not id_ or not by:
            self._oddities.note("a malformed reaction")
            return
        author = person({"id": by, **fields(data, "member", "user")})
        place = replace((await self._place(data, channel)).key(), thread="")
        await self._kept(lambda: self._intake.stop_at(place, id_, author), None)

    async def _read(self, data: Fields, channel: str) -> Heard | None:
        return hear(data, self._homes.around(await self._place(data, channel)))

    async def _place(self, data: Fields, channel: str) -> Place:
        for attempt in range(_ATTEMPTS):
            try:
                return await self._homes.place(channel, snowflake(data, "guild_id"))
            except ChatUnavailable as error:
                _log.warning("discord.place_unknown", reason=str(error), attempt=attempt + 1)
                await self._pause(attempt)
        raise ChatUnavailable("Discord does not say where something was said.")

    def _is_for_us(self, heard: Heard) -> bool:
        message = heard.message
        if message.is_direct or message.mentions_bot:
            return True
        return self._reads_all and heard.is_talk and not message.starts_thread

    async def _kept(
        self, keep: Callable[[], Awaitable[None]], message: IncomingMessage | None
    ) -> None:
        """Bring something to the core until it is durable, and say once that it is not.

        Args:
            keep: the core's work; may be done again.
            message: what it is about, where its author shall be told.
        """
        for attempt in range(_ATTEMPTS):
            try:
                await keep()
            except StoreError as error:
                _log.error("discord.not_kept", reason=str(error), attempt=attempt + 1)
                if message is not None and message.message_id not in self._apologized:
                    self._apologized.put(message.message_id, True)
                    self._apologize(message, error)
                await self._pause(attempt)
            else:
                return

    async def _pause(self, attempt: int) -> None:
        await self._clock.sleep(min(_LONGEST_PAUSE_S, 2.0**attempt))

    def _apologize(self, message: IncomingMessage, error: StoreError) -> None:
        value = f"{UNSAVED}{message.message_id}"
        button = Button(action="retry", value=value, label=discord_phrases.RETRY)
        post = Post(text=phrases.unsaved(error), buttons=(button,))

        async def tell() -> None:
            await self._voice.post(message.key, post)

        self._tasks.create_task(guarded(tell, "telling that a message is not kept"))

    # --- interactions ---------------------------------------------------------------------

    async def _interaction(self, data: Fields) -> None:
        ticket = parse_ticket(data)
        if ticket is None:
            self._oddities.note("a malformed interaction")
            return
        self._meet(data, ticket.author.id)
        if ticket.place.is_thread and not ticket.place.parent:
            place = await self._homes.place(ticket.place.id, ticket.place.guild)
            ticket = replace(ticket, place=place)
        meant = parse_interaction(data, ticket, self._homes.around(ticket.place))
        match meant:
            case Command():
                acts_on = meant.key or meant.place
                await self._answer(ticket, lambda: self._intake.command(meant), acts_on)
            case Asked():
                await self._answer(ticket, lambda: self._asked(meant), meant.message.key)
            case Press():
                await self._answer(ticket, lambda: self._pressed(meant), meant.key)
            case Typing():
                await self._offer(ticket, meant)
            case Unknown(kind=kind):
                self._oddities.note(kind)

    async def _offer(self, ticket: Ticket, typing: Typing) -> None:
        """Say what could be meant; in time, and be it nothing."""
        offered: Sequence[str] = ()
        try:
            async with asyncio.timeout(_OFFER_S):
                offered = await self._intake.choices(typing.command, typing.argument, typing.typed)
        except (StoreError, TimeoutError) as error:
            _log.warning("discord.nothing_offered", reason=str(error) or "it takes too long")
        with translated("completing"):
            await self._calls.offer(ticket, offered)

    async def _pressed(self, press: Press) -> Answer:
        answer = await self._intake.pressed(press)
        if answer.is_refused and press.text:
            # The form is closed, whatever we say: what was written must not be lost with it.
            return replace(answer, text=phrases.not_taken(answer.text, press.text))
        return answer

    async def _asked(self, asked: Asked) -> Answer:
        message = asked.message
        if not (message.text or message.files):
            return Answer(text=discord_phrases.NO_TEXT)
        self._homes.begins(message, asked.words)
        await self._intake.message(message)
        there = message.key.thread or message.key.channel
        return Answer(text=discord_phrases.asked_there(there))

    async def _answer(self, ticket: Ticket, asked: Asking, acts_on: SessionKey) -> None:
        """Say what the core says, at once where it does so; else that it was heard, and then that.

        Args:
            ticket: what is answered.
            asked: asks the core.
            acts_on: the thread that it is about.
        """
        asking = self._tasks.create_task(self._asked_core(asked))
        await asyncio.wait([asking], timeout=_AT_ONCE_S)
        try:
            with translated("answering an interaction"):
                if asking.done():
                    await self._answer_at_once(ticket, asking.result(), acts_on)
                else:
                    await self._answer_later(ticket, asking)
        except ChatError as error:
            _log.warning("discord.answer_not_told", reason=str(error))
            await self._tell(ticket.place.key(), ticket.author, await asking)

    async def _answer_at_once(self, ticket: Ticket, answer: Answer, acts_on: SessionKey) -> None:
        if answer.form is not None:
            modal = form_modal(answer.form, acts_on)
            if modal is not None:
                await self._calls.open_form(ticket, modal)
                return
            answer = Answer(text=phrases.FORM_TOO_LONG)
        if not answer.is_empty:
            await self._calls.tell_at_once(ticket, self._rendered(ticket, answer))
            return
        await self._calls.defer(ticket)
        if not ticket.is_on_message:
            await self._calls.tell_nothing(ticket)

    async def _answer_later(self, ticket: Ticket, asking: asyncio.Task[Answer]) -> None:
        await self._calls.defer(ticket)
        answer = await asking
        if ticket.is_on_message:
            if not answer.is_empty:
                await self._calls.tell_also(ticket, self._rendered(ticket, answer))
        elif answer.is_empty:
            await self._calls.tell_nothing(ticket)
        else:
            await self._calls.tell_deferred(ticket, self._rendered(ticket, answer))

    async def _asked_core(self, asked: Asking) -> Answer:
        try:
            return await asked()
        except StoreError as error:
            _log.error("discord.not_kept", reason=str(error))
            return Answer(text=phrases.not_done(error), is_refused=True)
        except Exception:  # noqa: BLE001 - whoever asked must be told, whatever it was
            _log.exception("discord.intake_failed")
            return Answer(text=discord_phrases.NOT_DONE, is_refused=True)

    def _rendered(self, ticket: Ticket, answer: Answer) -> Rendered:
        return render_post(answer.as_post, ticket.place.key())

    # --- saying ---------------------------------------------------------------------------

    async def _tell(self, key: SessionKey, person: Person, answer: Answer) -> bool:
        """Tell a person alone; false where they cannot be told."""
        try:
            await self._voice.tell(key, person, answer)
        except ChatError as error:
            _log.warning("discord.answer_not_told", reason=str(error))
            return False
        return True

    # --- work -----------------------------------------------------------------------------

    def _lane(self, channel: str, work: Callable[[], Awaitable[None]]) -> None:
        self._lanes.put(channel, lambda: guarded(work, "taking an event in"))
