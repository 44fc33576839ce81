"""`fork`, `rewind`, `compact` and `export`: what is done with a conversation at rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.commands.choosing import choice, threads_here
from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.export import Format
from bot.keys import SessionKey
from bot.mailbox import EntryKind
from bot.messages import Answer, Command, Press
from bot.phrases import NO_THREADS_HERE, conversations

_MOST_PROMPTS = 1_000
_KINDS = {
    "fork": EntryKind.FORK,
    "rewind": EntryKind.REWIND,
    "compact": EntryKind.COMPACT,
    "export": EntryKind.EXPORT,
}

LISTED = (
    ListedCommand(
        name="fork",
        summary="go on from here in a new thread as well",
        help=conversations.HELP_ON_FORK,
        arguments=(Argument(name="prompts", summary="how many of your last prompts to leave out"),),
        takes=str.isdecimal,
    ),
    ListedCommand(
        name="rewind",
        summary="take back your last prompts",
        help=conversations.HELP_ON_REWIND,
        arguments=(Argument(name="prompts", summary="how many; one if you say nothing"),),
        takes=str.isdecimal,
    ),
    ListedCommand(
        name="compact",
        summary="sum up a long conversation, so that it costs less",
        help=conversations.HELP_ON_COMPACT,
    ),
    ListedCommand(
        name="export",
        summary="get this conversation as files",
        help=conversations.HELP_ON_EXPORT,
        arguments=(Argument(name="format", summary="markdown or json", has_choices=True),),
        takes=lambda said: said.casefold() in set(Format),
    ),
)


class ErrandCommands:
    """Has a thread's worker do errands: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.handlers: Mapping[str, Handler] = dict.fromkeys(_KINDS, self._ask)
        self.presses: Mapping[str, PressHandler] = dict.fromkeys(_KINDS, self._pressed)
        self.sources: Mapping[tuple[str, str], Source] = {("export", "format"): self._formats}

    async def _ask(self, command: Command) -> Answer:
        kind = _KINDS[command.name]
        reference = _reference(kind, command.argument)
        if reference is None:
            is_export = kind is EntryKind.EXPORT
            return Answer(
                text=conversations.FORMATS if is_export else conversations.COUNT_OR_NOTHING
            )
        if command.key is None:
            threads = await threads_here(self._bench, command)
            return choice(
                self._bench,
                command.name,
                conversations.CHOOSE_THREAD,
                threads,
                none=NO_THREADS_HERE,
                value=reference,
            )
        return await self._put(kind, command.key, command, reference)

    async def _pressed(self, press: Press) -> Answer:
        kind = _KINDS[press.action]
        reference = _reference(kind, press.value)
        return await self._put(kind, press.key, press, reference or "")

    async def _put(
        self, kind: EntryKind, key: SessionKey, asked: Command | Press, reference: str
    ) -> Answer:
        bench = self._bench
        if await bench.store.thread(key) is None:
            return Answer(text=conversations.NOTHING_YET)
        if kind is EntryKind.REWIND:
            await bench.put(EntryKind.STOP, key, asked)
        await bench.put(kind, key, asked, reference=reference)
        return Answer(text=conversations.ERRAND_COMES)

    async def _formats(self, command: Command) -> Iterable[str]:
        return list(Format)


def _reference(kind: EntryKind, said: str) -> str | None:
    """What an errand is about, as in `NewEntry`; None where it makes no sense."""
    said = said.strip().casefold()
    if kind is EntryKind.EXPORT:
        return said if said in {"", *Format} else None
    if kind is EntryKind.COMPACT:
        return ""
    least = 1 if kind is EntryKind.REWIND else 0
    if not said:
        return str(least)
    if not said.isdecimal() or not least <= int(said) <= _MOST_PROMPTS:
        return None
    return str(int(said))
