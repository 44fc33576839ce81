"""`move`: a conversation goes on elsewhere, for whoever has its code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

import structlog

from bot.commands.choosing import choice, threads_here
from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.errors import ChatError
from bot.keys import SessionKey
from bot.mailbox import EntryKind, Move
from bot.messages import Answer, Button, Command, Person, Post, Press
from bot.move_codes import GOOD_FOR, new_code
from bot.phrases import NO_THREADS_HERE, conversations
from bot.ports import FindsChannels, OpensThreads
from bot.session_ids import new_session_id

_SUMMARY = "summary"

LISTED = (
    ListedCommand(
        name="move",
        summary="go on with this conversation elsewhere",
        help=conversations.HELP_ON_MOVE,
        arguments=(
            Argument(name="how", summary="a channel, summary, or nothing", has_choices=True),
        ),
        takes=lambda said: _is_taken(said) and len(said.split()) == 1,
    ),
)

_log = structlog.get_logger(__name__)


def _names_channel(said: str) -> bool:
    return said.startswith(("#", "<#"))


def _is_taken(said: str) -> bool:
    return _names_channel(said) or said.casefold() == _SUMMARY


class Moving:
    """Gives codes out, and goes on with a conversation where one is given: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self.handlers: Mapping[str, Handler] = {"move": self._move}
        self.presses: Mapping[str, PressHandler] = {
            "move": self._move_pressed,
            "carry": self._carry_pressed,
            "carry_to": self._carry_to_pressed,
        }
        self.sources: Mapping[tuple[str, str], Source] = {("move", "how"): self._ways}

    # --- away -----------------------------------------------------------------------------

    async def _move(self, command: Command) -> Answer:
        if command.key is None:
            threads = await threads_here(self._bench, command)
            return choice(
                self._bench,
                "move",
                conversations.CHOOSE_THREAD,
                threads,
                none=NO_THREADS_HERE,
                value=command.argument if _is_taken(command.argument) else "",
            )
        return await self._away(command.key, command, command.argument)

    async def _move_pressed(self, press: Press) -> Answer:
        return await self._away(press.key, press, press.value)

    async def _away(self, key: SessionKey, asked: Command | Press, how: str) -> Answer:
        person = asked.author
        if not await self._store.has_part(key, person.id):
            return Answer(text=conversations.NOT_YOURS_TO_MOVE)
        if _names_channel(how):
            return await self._confirm_channel(key, person, how)
        if how.casefold() == _SUMMARY:
            await self._bench.put(EntryKind.HAND_OFF, key, asked)
            return Answer(text=conversations.CODE_COMES)
        return await self._give_code(key, person)

    async def _give_code(self, key: SessionKey, person: Person) -> Answer:
        code = await self._offer(key, person)
        if code is None:
            return Answer(text=conversations.NOTHING_YET)
        _log.info("move.offered", thread=str(key), by=person.id)
        return Answer(text=conversations.move_code(code, GOOD_FOR // timedelta(minutes=1)))

    async def _confirm_channel(self, key: SessionKey, person: Person, named: str) -> Answer:
        """Ask whether a conversation shall go on in a channel of the same platform."""
        thread = await self._store.thread(key)
        if thread is None:
            return Answer(text=conversations.NOTHING_YET)
        place = await self._channel(key, person, named)
        if place is None:
            return Answer(text=conversations.no_channel(named))
        button = Button(
            action="carry_to", value=place.channel, label=conversations.CARRY_THERE, key=key
        )
        return Answer(text=conversations.confirm_carry_to(thread.title, named), buttons=(button,))

    async def _carry_to_pressed(self, press: Press) -> Answer:
        thread = await self._store.thread(press.key)
        if thread is None or not await self._store.has_part(press.key, press.author.id):
            return Answer(text=conversations.NOT_YOURS_TO_MOVE)
        if not thread.has_session:
            return Answer(text=conversations.NOTHING_YET)
        # It may be long since it was asked.
        place = await self._channel(press.key, press.author, press.value)
        if place is None:
            return Answer(text=conversations.no_channel(press.value))
        move = Move(
            key=press.key,
            session_id=thread.session_id,
            owner=thread.owner,
            title=thread.title,
            person=press.author.id,
        )
        return await self._carry(place, press, move)

    async def _channel(self, key: SessionKey, person: Person, named: str) -> SessionKey | None:
        """A channel in which a person may use the bot, and write."""
        chat = self._bench.chat
        if not isinstance(chat, FindsChannels):
            return None
        try:
            place = await chat.channel(key, person, named)
        except ChatError as error:
            _log.warning("channel.not_found", thread=str(key), reason=str(error))
            return None
        if place is None or not self._bench.access.allows(person, place.channel, is_direct=False):
            return None
        return place

    async def _offer(self, key: SessionKey, person: Person, summary: str = "") -> str | None:
        code, until = new_code(), self._bench.clock.now() + GOOD_FOR
        is_offered = await self._store.offer_move(key, person.id, code, until, summary=summary)
        return code if is_offered else None

    async def _ways(self, command: Command) -> Iterable[str]:
        return [_SUMMARY]

    # --- here -----------------------------------------------------------------------------

    async def arrive(self, command: Command, code: str) -> Answer:
        """Go on here with the conversation that a code is for.

        Args:
            command: where.
            code: as it was given out.
        """
        move = await self._store.redeem_move(code)
        if move is None:
            return Answer(text=conversations.CODE_NOT_GOOD)
        place = command.key or command.place
        if place == move.key:
            return Answer(text=conversations.IS_CURRENT)
        if move.owner is None or command.is_direct:
            return await self._carry(place, command, move)
        # Here everybody reads along, perhaps also the code: the button has another one.
        again = await self._offer(move.key, Person(id=move.person), move.summary)
        if again is None:
            return Answer(text=conversations.SESSION_GONE)
        button = Button(action="carry", value=again, label=conversations.CARRY_HERE, key=place)
        return Answer(text=conversations.confirm_carry(move.title), buttons=(button,))

    async def _carry_pressed(self, press: Press) -> Answer:
        move = await self._store.redeem_move(press.value)
        if move is None:
            return Answer(text=conversations.CODE_NOT_GOOD)
        return await self._carry(press.key, press, move)

    async def _carry(self, place: SessionKey, asked: Command | Press, move: Move) -> Answer:
        """Put a copy of the session into a thread here, and say there that it went."""
        key = await self._thread_in(place, move, is_direct=_is_direct(asked))
        if key is None:
            return Answer(text=conversations.NOT_OPENED)
        _log.info("move.done", thread=str(move.key), to=str(key), by=asked.author.id)
        if move.summary:
            words = conversations.handed_over(move.summary)
            await self._bench.put(EntryKind.MESSAGE, key, asked, text=words)
        else:
            copy = f"{move.session_id} {new_session_id(0)}"
            await self._bench.put(EntryKind.RESUME, key, asked, reference=copy, text=str(move.key))
        await self._bench.put(EntryKind.MOVED, move.key, asked, reference=str(key))
        return Answer(text=conversations.CARRIED)

    async def _thread_in(
        self, place: SessionKey, move: Move, *, is_direct: bool
    ) -> SessionKey | None:
        """The thread in which it goes on: where it was asked for, or a new one in a channel."""
        if place.thread or is_direct:
            return place
        chat = self._bench.chat
        if not isinstance(chat, OpensThreads):
            return None
        post = Post(text=conversations.begun_with(move.title))
        try:
            return await chat.open_thread(place, post, title=move.title)
        except ChatError as error:
            _log.warning("thread.not_opened", thread=str(place), reason=str(error))
            return None


def _is_direct(asked: Command | Press) -> bool:
    return isinstance(asked, Command) and asked.is_direct
