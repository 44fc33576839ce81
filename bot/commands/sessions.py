"""`sessions`, `resume`, `rename`, `delete` and `whoami`: one's conversations, and oneself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot import move_codes, offers
from bot.commands import moving
from bot.commands.choosing import choice, threads_here
from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.keys import SessionKey
from bot.mailbox import EntryKind, KnownSession, Thread
from bot.messages import Answer, Button, Choice, Command, Form, Person, Press
from bot.phrases import NO_THREADS_HERE, conversations
from bot.places import place_of

# Every platform shows so many lines in one message.
_LISTED = 8
_COUNTED = 1_000
_LONGEST_TITLE = 100
_ALL = "all"

LISTED = (
    ListedCommand(
        name="sessions",
        summary="list your conversations",
        help=conversations.HELP_ON_SESSIONS,
    ),
    ListedCommand(
        name="resume",
        summary="let an older conversation go on, or one from elsewhere",
        help=conversations.HELP_ON_RESUME,
        arguments=(
            Argument(
                name="conversation",
                summary="its number or title, or a code of move",
                has_choices=True,
            ),
        ),
        takes=lambda said: said.isdecimal() or move_codes.is_code(said),
    ),
    ListedCommand(
        name="rename",
        summary="give this conversation a title",
        help=conversations.HELP_ON_RENAME,
        arguments=(Argument(name="title", summary="the title"),),
    ),
    ListedCommand(
        name="delete",
        summary="delete this conversation for good",
        help=conversations.HELP_ON_DELETE,
        arguments=(
            Argument(name="conversation", summary="an older one of this thread", has_choices=True),
        ),
        takes=str.isdecimal,
    ),
    ListedCommand(
        name="whoami",
        summary="show what I know of you",
        help=conversations.HELP_ON_WHOAMI,
    ),
)


class SessionCommands:
    """Lists conversations, lets older ones go on, names and deletes them: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self._moving = moving.Moving(bench)
        self.handlers: Mapping[str, Handler] = {
            "sessions": self._sessions,
            "resume": self._resume,
            "rename": self._rename,
            "delete": self._delete,
            "whoami": self._whoami,
        }
        self.presses: Mapping[str, PressHandler] = {
            "resume": self._resume_pressed,
            "rename": self._rename_pressed,
            "delete": self._delete_pressed,
        }
        self.sources: Mapping[tuple[str, str], Source] = {
            ("resume", "conversation"): self._older_ones,
            ("delete", "conversation"): self._older_ones,
        }

    # --- listed ---------------------------------------------------------------------------

    async def _sessions(self, command: Command) -> Answer:
        found = await self._own(command, limit=_LISTED + 1)
        if not found:
            return Answer(text=conversations.NO_SESSIONS)
        now, shown = self._bench.clock.now(), found[:_LISTED]
        lines = [
            conversations.session_line(
                number, each, place=self._place(each), since=now - each.last_active
            )
            for number, each in enumerate(shown, 1)
        ]
        older = [
            Choice(value=each.session_id, label=conversations.resume(number), key=each.key)
            for number, each in enumerate(shown, 1)
            if not each.is_current
        ]
        offer = offers.offered("resume", older, label=conversations.CHOOSE)
        return Answer(
            text=conversations.sessions(lines, has_more=len(found) > len(shown)),
            buttons=offer.buttons,
            menus=offer.menus,
        )

    async def _whoami(self, command: Command) -> Answer:
        person, found = command.author, await self._own(command, limit=_COUNTED)
        roles = [conversations.MAY_USE]
        if person.id in self._bench.access.approvers:
            roles.append(conversations.MAY_DECIDE_ALL)
        if person.id in self._bench.access.admins:
            roles.append(conversations.MAY_RAISE)
        return Answer(
            text=conversations.who_one_is(
                name=person.name,
                id_=person.id,
                platform=command.place.platform,
                roles=roles,
                defaults=await self._store.defaults(self._bench.chat.platform, person.id),
                sessions=len(found),
                tokens=sum(each.input_tokens + each.output_tokens for each in found),
                cost=sum(each.cost for each in found),
            )
        )

    async def _own(self, command: Command, *, limit: int) -> Sequence[KnownSession]:
        """The author's own sessions: of the workspace, or in their direct message of all."""
        return await self._store.sessions_of(
            command.author.id,
            platform=command.place.platform,
            workspace=None if command.is_direct else command.place.workspace,
            limit=limit,
        )

    def _place(self, session: KnownSession) -> str:
        return place_of(self._bench.chat, session.key, is_private=session.owner is not None)

    # --- an older one goes on -------------------------------------------------------------

    async def _resume(self, command: Command) -> Answer:
        if move_codes.is_code(command.argument):
            return await self._moving.arrive(command, move_codes.code_of(command.argument))
        if command.key is None:
            threads = await threads_here(self._bench, command)
            return choice(
                self._bench, "resume", conversations.CHOOSE_THREAD, threads, none=NO_THREADS_HERE
            )
        if not command.argument:
            return await self._offer_older(command.key)
        found = _named(await self._older(command.key), command.argument)
        if found is None:
            return Answer(text=conversations.NO_SUCH_SESSION)
        await self._bench.put(EntryKind.RESUME, command.key, command, reference=found.session_id)
        return Answer()  # the thread itself says so, for everyone in it

    async def _resume_pressed(self, press: Press) -> Answer:
        if not press.value:
            return await self._offer_older(press.key)
        if " " in press.value:
            return Answer(text=conversations.NO_SUCH_SESSION)
        await self._bench.put(EntryKind.RESUME, press.key, press, reference=press.value)
        return Answer(text=conversations.RESUME_COMES)

    async def _offer_older(self, key: SessionKey) -> Answer:
        older = await self._older(key)
        if not older:
            return Answer(text=conversations.NO_OTHER_SESSIONS)
        choices = [
            Choice(value=each.session_id, label=self._label(each), key=key) for each in older
        ]
        offer = offers.offered("resume", choices, label=conversations.CHOOSE)
        return Answer(text=conversations.CHOOSE_SESSION, buttons=offer.buttons, menus=offer.menus)

    async def _older(self, key: SessionKey) -> list[KnownSession]:
        """The sessions of a thread that are not its current one, the newest first."""
        return [each for each in await self._store.sessions(key) if not each.is_current]

    async def _older_ones(self, command: Command) -> Iterable[str]:
        if command.key is None:
            return ()
        return [self._label(each) for each in await self._older(command.key)]

    def _label(self, session: KnownSession) -> str:
        since = self._bench.clock.now() - session.last_active
        return conversations.generation_label(session, since)

    # --- named ----------------------------------------------------------------------------

    async def _rename(self, command: Command) -> Answer:
        if command.key is None:
            threads = await threads_here(self._bench, command)
            return choice(
                self._bench, "rename", conversations.CHOOSE_THREAD, threads, none=NO_THREADS_HERE
            )
        if not command.argument.strip():
            return await self._ask_title(command.key)
        return await self._name(command.key, command, command.argument)

    async def _rename_pressed(self, press: Press) -> Answer:
        if press.text is None:
            return await self._ask_title(press.key)
        return await self._name(press.key, press, press.text)

    async def _ask_title(self, key: SessionKey) -> Answer:
        thread = await self._store.thread(key)
        if thread is None:
            return Answer(text=conversations.NOTHING_YET)
        return Answer(
            form=Form(
                action="rename",
                value="",
                title=conversations.GIVE_TITLE,
                field=conversations.TITLE,
                key=key,
                prefill=thread.title,
                most=_LONGEST_TITLE,
            )
        )

    async def _name(self, key: SessionKey, asked: Command | Press, said: str) -> Answer:
        title = " ".join(said.split())[:_LONGEST_TITLE]
        if await self._store.thread(key) is None:
            return Answer(text=conversations.NOTHING_YET)
        if not title:
            return Answer(text=conversations.SAY_TITLE, is_refused=True)
        await self._bench.put(EntryKind.RENAME, key, asked, text=title)
        return Answer(text=conversations.renamed(title))

    # --- deleted --------------------------------------------------------------------------

    async def _delete(self, command: Command) -> Answer:
        if command.key is None:
            threads = await threads_here(self._bench, command)
            return choice(
                self._bench, "delete", conversations.CHOOSE_THREAD, threads, none=NO_THREADS_HERE
            )
        return await self._confirm(command.key, command.author, command.argument)

    async def _delete_pressed(self, press: Press) -> Answer:
        if not press.value:
            return await self._confirm(press.key, press.author, "")
        if not await self._may_delete(press.author, await self._store.thread(press.key)):
            return Answer(text=conversations.NOT_YOURS_TO_DELETE)
        reference = "" if press.value == _ALL else press.value
        await self._bench.put(EntryKind.DELETE, press.key, press, reference=reference)
        return Answer(text=conversations.DELETING)

    async def _confirm(self, key: SessionKey, person: Person, named: str) -> Answer:
        """Ask whether something shall be deleted: all of a thread, or an older session."""
        thread = await self._store.thread(key)
        if thread is None:
            return Answer(text=conversations.NOTHING_YET)
        if not await self._may_delete(person, thread):
            return Answer(text=conversations.NOT_YOURS_TO_DELETE)
        older = await self._older(key)
        value, text, label = (
            _ALL,
            conversations.confirm_delete(thread.title, len(older)),
            conversations.DELETE_ALL,
        )
        if named.strip():
            found = _named(older, named)
            if found is None:
                return Answer(text=conversations.NO_SUCH_SESSION)
            value, label = found.session_id, conversations.DELETE
            text = conversations.confirm_delete_older(found)
        button = Button(action="delete", value=value, label=label, key=key, is_dangerous=True)
        return Answer(text=text, buttons=(button,))

    async def _may_delete(self, person: Person, thread: Thread | None) -> bool:
        """Who has a part in a thread may delete it, and approvers."""
        if thread is None:
            return False
        if thread.owner == person.id or person.id in self._bench.access.approvers:
            return True
        return await self._store.has_part(thread.key, person.id)


def _named(sessions: Sequence[KnownSession], said: str) -> KnownSession | None:
    """The session that is meant: by the number of its generation, or by its title."""
    wanted = said.strip().casefold()
    number = wanted.partition(":")[0]
    for each in sessions:
        if number.isdecimal() and int(number) == each.generation:
            return each
    return next((each for each in sessions if wanted in each.title.casefold()), None)
