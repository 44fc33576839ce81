"""The list of what waits in a thread: everybody's is seen, one's own can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.commands.table import Bench, Handler, PressHandler, Source
from bot.keys import SessionKey
from bot.mailbox import Entry, EntryKind
from bot.messages import Answer, Button, Form, Person, Press
from bot.offers import MOST_ROWS
from bot.phrases import conduct

_MOST_OWN = MOST_ROWS - 1
"""Of how many messages of one's own there are buttons: each has a row, and one stays free."""


class WaitingList:
    """Changes what waits: a `CommandGroup` of buttons, which `status` shows.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self.handlers: Mapping[str, Handler] = {}
        self.presses: Mapping[str, PressHandler] = {"waiting": self._pressed}
        self.sources: Mapping[tuple[str, str], Source] = {}

    async def _pressed(self, press: Press) -> Answer:
        """Drop a message of one's own, do it first, or change it."""
        verb, _, entry_id = press.value.partition(" ")
        entry = await self._own(press.key, press.author, entry_id)
        if entry is None:
            return Answer(text=conduct.WAITS_NO_MORE, is_refused=True)
        if verb == "edit" and press.text is None:
            return Answer(form=_form(press, entry))
        is_done = await self._do(verb, entry, (press.text or "").strip())
        told = conduct.WAITING_DONE.get(verb, "") if is_done else conduct.WAITS_NO_MORE
        return Answer(text=told, is_refused=not is_done)

    async def _do(self, verb: str, entry: Entry, text: str) -> bool:
        """Do it; false where the message waits no more."""
        match verb:
            case "drop":
                is_done = await self._store.withdraw(entry.key, entry.source_id)
                if is_done:
                    self._bench.sessions.unmark_message(entry.key, entry.source_id)
                return is_done
            case "first":
                return await self._store.promote(entry.key, entry.id, over_all=True)
            case "edit" if text:
                return await self._store.revise(entry.key, entry.source_id, text, entry.files)
            case _:
                return False

    async def _own(self, key: SessionKey, person: Person, entry_id: str) -> Entry | None:
        """A message that waits and is a person's own."""
        waiting = await self._store.queued(key)
        own = (each for each in waiting if each.author.id == person.id)
        return next((each for each in own if str(each.id) == entry_id), None)


def buttons_of(waiting: Sequence[Entry], person: Person, key: SessionKey) -> tuple[Button, ...]:
    """What a person can do with what waits of theirs.

    Args:
        waiting: all that waits, in its order.
        person: who.
        key: the thread.
    """
    own = [(n, each) for n, each in enumerate(waiting, 1) if each.author.id == person.id]
    buttons: list[Button] = []
    for number, each in own[:_MOST_OWN]:
        verbs = ["drop"] if number == 1 else ["first", "drop"]
        if each.kind is EntryKind.MESSAGE:
            verbs.insert(-1, "edit")
        buttons += [
            Button(
                action="waiting",
                value=f"{verb} {each.id}",
                label=f"{number}: {conduct.WAITING_VERBS[verb]}",
                key=key,
                is_dangerous=verb == "drop",
            )
            for verb in verbs
        ]
    return tuple(buttons)


def _form(press: Press, entry: Entry) -> Form:
    return Form(
        action=press.action,
        value=press.value,
        title=conduct.CHANGE_MESSAGE,
        field=conduct.YOUR_MESSAGE,
        key=press.key,
        prefill=entry.text,
        is_multiline=True,
    )
