"""`model`, `effort` and `profile`: what answers in a thread, and what it may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.choices import Choices
from bot.commands.choosing import choice, threads_here
from bot.commands.defaults import DEFAULT, SCOPE, OwnDefaults, named, parted, scopes
from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.errors import CopilotError
from bot.keys import SessionKey
from bot.messages import Answer, Choice, Command, Press
from bot.offers import offered
from bot.phrases import CHOOSE, NO_THREADS_HERE, models, trouble
from bot.phrases.conduct import CHOOSE_CONVERSATION
from bot.place import Place
from bot.ports import Model
from bot.profile import Profile

_EFFORTS = {"none", "minimal", "low", "medium", "high", "xhigh", "max", DEFAULT}


def _is_a_model(said: str) -> bool:
    """Whether a word behind `model` can hardly be anything else than a model's id."""
    said, _ = parted(said)
    return said == DEFAULT or (" " not in said and any(char.isdigit() for char in said))


LISTED = (
    ListedCommand(
        name="model",
        summary="list the models, or choose one for this conversation",
        help=models.HELP_ON_MODEL,
        arguments=(Argument(name="model", summary="which model", has_choices=True), SCOPE),
        takes=_is_a_model,
    ),
    ListedCommand(
        name="effort",
        summary="choose how hard the model thinks",
        help=models.HELP_ON_EFFORT,
        arguments=(Argument(name="effort", summary="how hard", has_choices=True), SCOPE),
        takes=lambda said: parted(said)[0].casefold() in _EFFORTS,
    ),
    ListedCommand(
        name="profile",
        summary="choose what I may do in this conversation",
        help=models.HELP_ON_PROFILE,
        arguments=(Argument(name="profile", summary="chat, web or agent", has_choices=True),),
        takes=lambda said: said.casefold() in set(Profile),
    ),
)


class ModelCommands:
    """Chooses models, efforts and profiles for threads: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self._sessions = bench.sessions
        self._own = OwnDefaults(bench)
        self.handlers: Mapping[str, Handler] = {
            "model": self._model,
            "effort": self._effort,
            "profile": self._profile,
        }
        self.presses: Mapping[str, PressHandler] = {
            "model": self._model_pressed,
            "effort": self._effort_pressed,
            "profile": self._profile_pressed,
        }
        self.sources: Mapping[tuple[str, str], Source] = {
            ("model", "model"): self._model_names,
            ("effort", "effort"): self._effort_names,
            ("model", "scope"): scopes,
            ("effort", "scope"): scopes,
            ("profile", "profile"): self._profile_names,
        }

    # --- models

    async def _model(self, command: Command) -> Answer:
        said, is_always = parted(command.argument)
        if is_always:
            here = await self._about_model(command.key, said) if command.key and said else None
            return await self._own.chosen(self._own.choose_model, command.author, said, here)
        if command.key is None:
            return await self._ask_which(command, "model")
        return await self._about_model(command.key, said)

    async def _model_pressed(self, press: Press) -> Answer:
        return await self._about_model(press.key, press.value)

    async def _model_names(self, command: Command) -> Iterable[str]:
        try:
            return [*(each.id for each in await self._sessions.runtime.models()), DEFAULT]
        except CopilotError:
            return (DEFAULT,)

    async def _about_model(self, key: SessionKey, said: str) -> Answer:
        """Show the models, or choose one."""
        try:
            listed = await self._sessions.runtime.models()
        except CopilotError as error:
            return Answer(text=trouble(error), is_refused=True)
        chosen = (await self._choices(key)).model
        current = chosen or self._sessions.limits.model
        if not said:
            others = [
                Choice(value=each.id, label=models.label(each), description=models.costs(each))
                for each in listed
                if each.id != current
            ]
            if chosen:
                others.append(Choice(value=DEFAULT, label=models.DEFAULT_MODEL))
            offer = offered("model", others, label=CHOOSE, key=key)
            text = models.models(listed, current)
            return Answer(text=text, buttons=offer.buttons, menus=offer.menus)
        if said.casefold() == DEFAULT:
            await self._store.set_choices(key, model="", effort="")
            return Answer(text=models.model_chosen(None, is_busy=self._is_busy(key)))
        wanted = named(listed, said)
        if wanted is None:
            return Answer(text=models.no_such_model(said, listed, current), is_refused=True)
        effort = (await self._choices(key)).effort
        kept = None if effort in wanted.efforts else ""
        await self._store.set_choices(key, model=wanted.id, effort=kept)
        return Answer(text=models.model_chosen(wanted, is_busy=self._is_busy(key)))

    # --- efforts

    async def _effort(self, command: Command) -> Answer:
        said, is_always = parted(command.argument)
        if is_always:
            here = await self._about_effort(command.key, said) if command.key and said else None
            return await self._own.chosen(self._own.choose_effort, command.author, said, here)
        if command.key is None:
            return await self._ask_which(command, "effort")
        return await self._about_effort(command.key, said)

    async def _effort_pressed(self, press: Press) -> Answer:
        return await self._about_effort(press.key, press.value)

    async def _effort_names(self, command: Command) -> Iterable[str]:
        if command.key is None:
            return ()
        try:
            model = await self._current(command.key)
        except CopilotError:
            return ()
        return [*model.efforts, DEFAULT] if model and model.efforts else ()

    async def _about_effort(self, key: SessionKey, said: str) -> Answer:
        """Show how hard the model can think, or choose it."""
        try:
            model = await self._current(key)
        except CopilotError as error:
            return Answer(text=trouble(error), is_refused=True)
        if model is None or not model.efforts:
            return Answer(text=models.no_effort(model), is_refused=bool(said))
        current = (await self._choices(key)).effort
        if not said:
            others = [each for each in model.efforts if each != current]
            others += [DEFAULT] if current else []
            choices = [Choice(value=each, label=each.capitalize()) for each in others]
            offer = offered("effort", choices, label=CHOOSE, key=key)
            text = models.efforts(model, current)
            return Answer(text=text, buttons=offer.buttons, menus=offer.menus)
        wanted = said.casefold()
        if wanted not in {*model.efforts, DEFAULT}:
            return Answer(text=models.no_such_effort(said, model), is_refused=True)
        wanted = "" if wanted == DEFAULT else wanted
        await self._store.set_choices(key, effort=wanted)
        return Answer(text=models.effort_chosen(model, wanted, is_busy=self._is_busy(key)))

    # --- profiles

    async def _profile(self, command: Command) -> Answer:
        if command.key is None:
            return await self._ask_which(command, "profile")
        place = Place.of(command.key, command.author.id)
        return await self._about_profile(command.key, place, command.argument.strip())

    async def _profile_pressed(self, press: Press) -> Answer:
        return await self._about_profile(
            press.key, Place.of(press.key, press.author.id), press.value
        )

    async def _profile_names(self, command: Command) -> Iterable[str]:
        return self._within(Place.of(command.key or command.place, command.author.id))

    async def _about_profile(self, key: SessionKey, place: Place, said: str) -> Answer:
        """Show what may be done in a thread, or choose it."""
        possible = self._within(place)
        if not said:
            ceilings = self._sessions.limits.profiles
            current = ceilings.of((await self._choices(key)).profile, place)
            others = [
                Choice(value=each, label=each.capitalize())
                for each in possible
                if each is not current
            ]
            offer = offered("profile", others, label=CHOOSE, key=key)
            text = models.profile_is(current, possible)
            return Answer(text=text, buttons=offer.buttons, menus=offer.menus)
        if said.casefold() not in set(Profile):
            return Answer(text=models.no_such_profile(said, possible), is_refused=True)
        wanted = Profile(said.casefold())
        if wanted not in possible:
            return Answer(text=models.profile_too_high(wanted, possible), is_refused=True)
        await self._store.set_choices(key, profile=wanted)
        return Answer(text=models.profile_chosen(wanted, is_busy=self._is_busy(key)))

    def _within(self, place: Place) -> Sequence[Profile]:
        most = self._sessions.limits.profiles.most(place)
        return [each for each in Profile if each.rank <= most.rank]

    # --- all

    async def _choices(self, key: SessionKey) -> Choices:
        thread = await self._store.thread(key)
        return Choices() if thread is None else thread.choices

    async def _current(self, key: SessionKey) -> Model | None:
        """The model that a thread has, as far as it is listed."""
        wanted = (await self._choices(key)).model or self._sessions.limits.model
        listed = await self._sessions.runtime.models()
        return next((each for each in listed if each.id == wanted), None)

    def _is_busy(self, key: SessionKey) -> bool:
        return self._sessions.is_busy(key)

    async def _ask_which(self, command: Command, action: str) -> Answer:
        threads = await threads_here(self._bench, command)
        return choice(self._bench, action, CHOOSE_CONVERSATION, threads, none=NO_THREADS_HERE)
