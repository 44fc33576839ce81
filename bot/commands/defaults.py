"""What a person chooses for the conversations that they begin, by commands and on their page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from bot.commands.table import Argument, Bench, Handler, PressHandler, Source
from bot.defaults import Defaults
from bot.errors import CopilotError
from bot.messages import Answer, Choice, Command, Menu, Person, Press
from bot.modes import Mode
from bot.patience import within
from bot.phrases import defaults as words
from bot.phrases import models, trouble
from bot.ports import Model

DEFAULT = "default"
"""The word for what the operator chose, and for a model's own effort."""

ALWAYS = "always"
"""The word behind a choice that makes it one's own default as well."""

_LISTED_S = 3.0
"""How long a page waits for the models: without them it still has the rest."""

SCOPE = Argument(name="scope", summary="always: for what you begin, too", has_choices=True)
"""Where that word is said."""


def parted(said: str) -> tuple[str, bool]:
    """What was said to choose something, and whether it is one's own default as well."""
    before, _, last = said.strip().rpartition(" ")
    if last.casefold() == ALWAYS:
        return before.strip(), True
    return said.strip(), False


def named(listed: Sequence[Model], said: str) -> Model | None:
    """The model that somebody means, by its id or its name."""
    wanted = said.casefold()
    return next(
        (each for each in listed if wanted in {each.id.casefold(), each.name.casefold()}), None
    )


async def scopes(command: Command) -> Iterable[str]:
    """What can be said behind a choice."""
    return (ALWAYS,)


class OwnDefaults:
    """Chooses people's own defaults, each for themselves alone: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._platform = bench.chat.platform
        self._store = bench.store
        self._runtime = bench.runtime
        self._clock = bench.clock
        self._limits = bench.sessions.limits
        self.handlers: Mapping[str, Handler] = {}
        self.presses: Mapping[str, PressHandler] = {
            "own-model": self._model_pressed,
            "own-effort": self._effort_pressed,
            "own-mode": self._mode_pressed,
        }
        self.sources: Mapping[tuple[str, str], Source] = {}

    async def of(self, person: Person) -> Defaults:
        """What a person chose."""
        return await self._store.defaults(self._platform, person.id)

    async def menus(self, own: Defaults) -> tuple[Menu, ...]:
        """What can be chosen instead; of models nothing where they cannot be listed now.

        Args:
            own: what is chosen.
        """
        try:
            listed = await within(_LISTED_S, self._clock, self._runtime.models())
        except (CopilotError, TimeoutError):
            listed = ()
        model = self._model_of(own, listed)
        offered = [
            Choice(value=each.id, label=models.label(each), description=models.costs(each))
            for each in listed
        ]
        efforts = [
            Choice(value=each, label=each.capitalize()) for each in (model.efforts if model else ())
        ]
        modes = [Choice(value=each, label=each.capitalize()) for each in Mode]
        offers = (
            ("own-model", words.MODEL, offered, own.model),
            ("own-effort", words.EFFORT, efforts, own.effort),
            ("own-mode", words.MODE, modes, own.mode or ""),
        )
        nothing = Choice(value=DEFAULT, label=words.NO_CHOICE)
        return tuple(
            Menu(
                action=action,
                label=label,
                choices=(
                    *(each for each in choices if each.value != current),
                    *((nothing,) if current else ()),
                ),
            )
            for action, label, choices, current in offers
            if choices
        )

    async def choose_model(self, person: Person, said: str) -> Answer:
        """Choose the model that somebody begins with; `default` for the operator's."""
        own = await self.of(person)
        if said.casefold() == DEFAULT:
            return await self._keep(person, replace(own, model="", effort=""))
        try:
            listed = await self._runtime.models()
        except CopilotError as error:
            return Answer(text=trouble(error), is_refused=True)
        wanted = named(listed, said)
        if wanted is None:
            current = own.model or self._limits.model
            return Answer(text=models.no_such_model(said, listed, current), is_refused=True)
        effort = own.effort if own.effort in wanted.efforts else ""
        return await self._keep(person, replace(own, model=wanted.id, effort=effort))

    async def choose_effort(self, person: Person, said: str) -> Answer:
        """Choose how hard the model thinks that somebody begins with; `default` for its own."""
        own = await self.of(person)
        if said.casefold() == DEFAULT:
            return await self._keep(person, replace(own, effort=""))
        try:
            model = self._model_of(own, await self._runtime.models())
        except CopilotError as error:
            return Answer(text=trouble(error), is_refused=True)
        if model is None or not model.efforts:
            return Answer(text=words.NO_EFFORT, is_refused=True)
        if said.casefold() not in model.efforts:
            return Answer(text=models.no_such_effort(said, model), is_refused=True)
        return await self._keep(person, replace(own, effort=said.casefold()))

    async def choose_mode(self, person: Person, said: str) -> Answer:
        """Choose the mode that somebody begins with; `default` for the operator's."""
        own = await self.of(person)
        if said.casefold() not in {*Mode, DEFAULT}:
            return Answer(text=words.no_such_mode(said), is_refused=True)
        mode = None if said.casefold() == DEFAULT else Mode(said.casefold())
        return await self._keep(person, replace(own, mode=mode))

    async def chosen(
        self,
        choose: Callable[[Person, str], Awaitable[Answer]],
        person: Person,
        said: str,
        here: Answer | None,
    ) -> Answer:
        """Choose one of them behind a choice for a thread; without a choice, say what they are.

        Args:
            choose: which one.
            person: who chooses.
            said: what is chosen; may be empty.
            here: what came of it in the thread; None where there is none.
        """
        if here is not None and here.is_refused and said.casefold() != DEFAULT:
            return here
        own = await choose(person, said) if said else Answer(text=words.own(await self.of(person)))
        return own if here is None else replace(own, text=f"{here.text} {own.text}")

    async def _model_pressed(self, press: Press) -> Answer:
        return await self.choose_model(press.author, press.value)

    async def _effort_pressed(self, press: Press) -> Answer:
        return await self.choose_effort(press.author, press.value)

    async def _mode_pressed(self, press: Press) -> Answer:
        return await self.choose_mode(press.author, press.value)

    async def _keep(self, person: Person, own: Defaults) -> Answer:
        await self._store.keep_defaults(self._platform, person.id, own)
        return Answer(text=words.own(own))

    def _model_of(self, own: Defaults, listed: Iterable[Model]) -> Model | None:
        """The model that somebody begins with, as far as it is listed."""
        wanted = own.model or self._limits.model
        return next((each for each in listed if each.id == wanted), None)
