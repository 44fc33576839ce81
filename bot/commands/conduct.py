"""`mode` and `mute`: how a thread takes what is said in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.commands.choosing import choice, threads_here
from bot.commands.defaults import SCOPE, OwnDefaults, parted, scopes
from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.keys import SessionKey
from bot.messages import Answer, Choice, Command, Press
from bot.modes import Mode
from bot.offers import offered
from bot.phrases import CHOOSE, NO_THREADS_HERE, conduct

_SWITCH = {"on": True, "off": False}

LISTED = (
    ListedCommand(
        name="mode",
        summary="choose what becomes of what is said while I answer",
        help=conduct.HELP_ON_MODE,
        arguments=(
            Argument(name="mode", summary="queue, steer or interrupt", has_choices=True),
            SCOPE,
        ),
        takes=lambda said: parted(said)[0].casefold() in set(Mode),
    ),
    ListedCommand(
        name="mute",
        summary="answer only what mentions me",
        help=conduct.HELP_ON_MUTE,
        arguments=(Argument(name="switch", summary="on or off", has_choices=True),),
        takes=lambda said: said.casefold() in _SWITCH,
    ),
)


class ConductCommands:
    """Sets how threads behave: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self._own = OwnDefaults(bench)
        self.handlers: Mapping[str, Handler] = {"mode": self._mode, "mute": self._mute}
        self.presses: Mapping[str, PressHandler] = {
            "mode": self._mode_pressed,
            "mute": self._mute_pressed,
        }
        self.sources: Mapping[tuple[str, str], Source] = {
            ("mode", "mode"): self._modes,
            ("mode", "scope"): scopes,
            ("mute", "switch"): self._switches,
        }

    async def _modes(self, command: Command) -> Iterable[str]:
        return list(Mode)

    async def _switches(self, command: Command) -> Iterable[str]:
        return list(_SWITCH)

    # --- mode

    async def _mode(self, command: Command) -> Answer:
        said, is_always = parted(command.argument)
        if is_always:
            is_mode = said.casefold() in set(Mode)  # a thread has none that is the operator's
            here = (
                await self._choose_mode(command.key, Mode(said.casefold()))
                if command.key and is_mode
                else None
            )
            return await self._own.chosen(self._own.choose_mode, command.author, said, here)
        if command.key is None:
            return await self._ask_which(command, "mode")
        if not said:
            return await self._shown_mode(command.key)
        if said.casefold() not in set(Mode):
            return Answer(text=conduct.no_such_mode(said))
        return await self._choose_mode(command.key, Mode(said.casefold()))

    async def _mode_pressed(self, press: Press) -> Answer:
        if press.value not in set(Mode):
            return await self._shown_mode(press.key)
        return await self._choose_mode(press.key, Mode(press.value))

    async def _shown_mode(self, key: SessionKey) -> Answer:
        thread = await self._store.thread(key)
        chosen = None if thread is None else thread.choices.mode
        mode = chosen or self._bench.sessions.limits.mode
        others = [Choice(value=each, label=each.capitalize()) for each in Mode if each is not mode]
        offer = offered("mode", others, label=CHOOSE, key=key)
        return Answer(text=conduct.mode_is(mode), buttons=offer.buttons, menus=offer.menus)

    async def _choose_mode(self, key: SessionKey, mode: Mode) -> Answer:
        await self._store.set_choices(key, mode=mode)
        self._bench.sessions.wake(key)
        return Answer(text=conduct.mode_chosen(mode))

    # --- mute

    async def _mute(self, command: Command) -> Answer:
        if command.is_direct:
            return Answer(text=conduct.NOT_IN_DIRECT)
        if command.key is None:
            return await self._ask_which(command, "mute")
        said = command.argument.strip().casefold() or "on"
        if said not in _SWITCH:
            return Answer(text=conduct.MUTE_WHAT)
        return await self._set_mute(command.key, is_muted=_SWITCH[said])

    async def _mute_pressed(self, press: Press) -> Answer:
        return await self._set_mute(press.key, is_muted=press.value != "off")

    async def _set_mute(self, key: SessionKey, *, is_muted: bool) -> Answer:
        await self._store.set_choices(key, is_muted=is_muted)
        return Answer(text=conduct.MUTED if is_muted else conduct.UNMUTED)

    async def _ask_which(self, command: Command, action: str) -> Answer:
        threads = await threads_here(self._bench, command)
        which = conduct.CHOOSE_CONVERSATION
        return choice(self._bench, action, which, threads, none=NO_THREADS_HERE)
