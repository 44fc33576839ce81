"""The commands: one table for all platforms, whichever way they are given.

Each module of this package has commands that belong together: how they are listed (`LISTED`), and a
`CommandGroup` that does them. What they have in common is in `bot.commands.table`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot import phrases
from bot.commands import (
    approvals,
    basics,
    compare,
    conduct,
    defaults,
    desk,
    errands,
    models,
    moving,
    sessions,
    usage,
    waiting,
)
from bot.commands.table import (
    Argument,
    Bench,
    CommandGroup,
    Handler,
    ListedCommand,
    PressHandler,
    Source,
)
from bot.messages import Answer, Command, Press

__all__ = [
    "COMMANDS",
    "HELP",
    "MOST_CHOICES",
    "Argument",
    "Bench",
    "Commands",
    "ListedCommand",
    "matching",
    "spoken",
]

MOST_CHOICES = 25
"""How many choices are offered at most while an argument is typed."""

COMMANDS: Mapping[str, ListedCommand] = {
    command.name: command
    for command in (
        ListedCommand(
            name="help",
            summary="show what I can do",
            help=phrases.HELP_ON_HELP,
            arguments=(
                Argument(name="command", summary="the command to explain", has_choices=True),
            ),
            takes=lambda said: said.casefold() in COMMANDS,
        ),
        *basics.LISTED,
        *conduct.LISTED,
        *models.LISTED,
        *desk.LISTED,
        *approvals.LISTED,
        *compare.LISTED,
        *sessions.LISTED,
        *errands.LISTED,
        *moving.LISTED,
        *usage.LISTED,
    )
}
"""Every command by its name, in the order in which they are listed; Discord takes 25."""

HELP = phrases.help_on_all((command.name, command.summary) for command in COMMANDS.values())
"""What people are told who ask for help."""


def spoken(text: str) -> tuple[str, str] | None:
    """The command that a message is, where all it says to the bot is one.

    With a slash before its name it always is. Otherwise its name alone counts, and words behind it
    where `ListedCommand.takes` has them, since any other words make it a message.

    Args:
        text: what was said, without the mention.

    Returns:
        Its name and argument; None where it is a message.
    """
    name, _, said = text.strip().partition(" ")
    is_marked = name.startswith("/")
    name, said = name.removeprefix("/").casefold(), said.strip()
    if name not in COMMANDS:
        return None
    if said and not is_marked and not COMMANDS[name].takes(said):
        return None
    return name, said


def matching(offered: Iterable[str], typed: str) -> list[str]:
    """What of the offered continues what was typed: what begins so, then what holds it.

    Args:
        offered: in the order in which it is offered.
        typed: what was typed so far.

    Returns:
        At most `MOST_CHOICES`.
    """
    wanted = typed.strip().casefold()
    holding = [each for each in dict.fromkeys(offered) if wanted in each.casefold()]
    # Sorting keeps the order of equals.
    holding.sort(key=lambda each: not each.casefold().startswith(wanted))
    return holding[:MOST_CHOICES]


class Commands:
    """Runs the commands of one platform, and the buttons that they show.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._store = bench.store
        groups: tuple[CommandGroup, ...] = (
            basics.BasicCommands(bench),
            conduct.ConductCommands(bench),
            defaults.OwnDefaults(bench),
            models.ModelCommands(bench),
            desk.DeskCommands(bench),
            approvals.ApprovalCommands(bench),
            compare.CompareCommands(bench),
            sessions.SessionCommands(bench),
            errands.ErrandCommands(bench),
            moving.Moving(bench),
            usage.UsageCommands(bench),
            waiting.WaitingList(bench),
        )
        self._handlers: dict[str, Handler] = {"help": self._help}
        self._presses: dict[str, PressHandler] = {}
        self._sources: dict[tuple[str, str], Source] = {("help", "command"): self._names}
        for group in groups:
            self._handlers |= group.handlers
            self._presses |= group.presses
            self._sources |= group.sources

    async def run(self, command: Command) -> Answer:
        """Do what a command asks, and say what its author is told."""
        if not await self._is_open_to_author(command):
            return Answer(text=phrases.NOT_YOURS)
        handler = self._handlers.get(command.name or "help")
        if handler is None:
            return Answer(text=phrases.unknown_command(command.name, HELP))
        return await handler(command)

    async def press(self, press: Press) -> Answer | None:
        """Do what a button asks; returns what is told, or None for a button that no group has."""
        handler = self._presses.get(press.action)
        return None if handler is None else await handler(press)

    async def choices(self, command: Command, argument: str, typed: str) -> Sequence[str]:
        """What can be offered while somebody types an argument.

        Args:
            command: as it stands; `argument` is what its other arguments say.
            argument: the name of the one that is typed.
            typed: what was typed of it so far.
        """
        source = self._sources.get((command.name, argument))
        if source is None or not await self._is_open_to_author(command):
            return ()
        return matching(await source(command), typed)

    async def _is_open_to_author(self, command: Command) -> bool:
        if command.key is None:
            return True
        thread = await self._store.thread(command.key)
        return thread is None or thread.owner in {None, command.author.id}

    async def _help(self, command: Command) -> Answer:
        if not command.argument:
            return Answer(text=HELP)
        explained = COMMANDS.get(command.argument.casefold())
        if explained is None:
            return Answer(text=phrases.unknown_command(command.argument, HELP))
        return Answer(text=explained.help)

    async def _names(self, command: Command) -> Iterable[str]:
        return COMMANDS
