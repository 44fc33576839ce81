"""`compare`: several models answer the same, and people vote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.commands.table import Argument, Bench, Handler, ListedCommand, PressHandler, Source
from bot.comparison import LABELS, Comparison, ComparisonState, scores
from bot.context import one_line
from bot.errors import ChatError, CopilotError
from bot.keys import SessionKey
from bot.mailbox import EntryKind, NewEntry
from bot.messages import Answer, Command, Post, Press
from bot.phrases import compare as phrases
from bot.phrases import too_fast, trouble
from bot.ports import OpensThreads

STATS = "stats"
"""Said behind `compare`: how models have fared."""

_LONGEST_TITLE = 60

# Models have a number or a hyphen in their names, and words of a sentence seldom do.
_NAMES_A_MODEL = re.compile(r"(?=.*[\d-])[a-z0-9](?:[\w.:/-]*\w)?,?", re.IGNORECASE)


def begins_with_models(said: str) -> bool:
    """Whether what stands behind the word `compare` makes it a command: models, and a question."""
    words = said.split(maxsplit=2)
    if said.casefold() == STATS:
        return True
    return len(words) > 2 and all(_NAMES_A_MODEL.fullmatch(word) for word in words[:2])


LISTED = (
    ListedCommand(
        name="compare",
        summary="let several models answer the same, and vote",
        help=phrases.HELP,
        arguments=(
            Argument(
                name="first",
                summary="a model, or stats: how models have fared here",
                is_required=True,
                has_choices=True,
            ),
            Argument(name="second", summary="another model", has_choices=True),
            Argument(name="third", summary="a third one", has_choices=True),
            Argument(name="fourth", summary="a fourth one", has_choices=True),
            Argument(name="question", summary="what to ask them"),
        ),
        takes=begins_with_models,
    ),
)


class CompareCommands:
    """Begins comparisons, takes votes, reveals, and goes on with an answer: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._store = bench.store
        self.handlers: Mapping[str, Handler] = {"compare": self._compare}
        self.presses: Mapping[str, PressHandler] = {
            "vote": self._vote,
            "reveal": self._reveal,
            "continue": self._continue,
        }
        self.sources: Mapping[tuple[str, str], Source] = {
            ("compare", "first"): self._first,
            **{("compare", name): self._others for name in ("second", "third", "fourth")},
        }

    # --- beginning ------------------------------------------------------------------------

    async def _compare(self, command: Command) -> Answer:
        said = command.argument.strip()
        if said.casefold() == STATS:
            return await self._stats(command)
        try:
            known = [model.id for model in await self._bench.runtime.models()]
        except CopilotError as error:
            return Answer(text=trouble(error))
        if len(known) < 2:
            return Answer(text=phrases.only_one_model(known))
        models, question = leading_models(said, known)
        if len(models) < 2:
            return Answer(text=phrases.too_few(models, known))
        if len(models) > len(LABELS):
            return Answer(text=phrases.too_many(known))
        if not question:
            return Answer(text=phrases.NO_QUESTION)
        if wait_s := self._bench.rates.take(command.author.id):
            return Answer(text=too_fast(wait_s))
        return await self._begin(command, models, question)

    async def _begin(self, command: Command, models: Sequence[str], question: str) -> Answer:
        key, source = command.key or command.would_begin, command.message_id
        if key is None or not source:
            # Typed as a command, it stands nowhere: people must see what is answered.
            begins = Post(text=phrases.begins(command.author.name, len(models), question))
            try:
                key, source = await self._announced(command, begins, question)
            except ChatError:
                return Answer(text=phrases.NOT_HERE)
        appended = await self._store.append(
            NewEntry(
                key=key,
                kind=EntryKind.COMPARE,
                source_id=source,
                author=command.author,
                text=question,
                reference=" ".join(models),
                sent_at=self._bench.clock.now(),
                is_direct=command.is_direct,
            )
        )
        self._bench.sessions.wake(key)
        if appended.ahead:
            return Answer(text=phrases.WAITS)
        return Answer(text="" if command.key or command.message_id else phrases.BEGUN)

    async def _announced(
        self, command: Command, begins: Post, question: str
    ) -> tuple[SessionKey, str]:
        """Say what is asked, in the thread or in a new one; returns it and the message."""
        chat = self._bench.chat
        if command.key is not None:
            return command.key, await chat.post(command.key, begins)
        if not isinstance(chat, OpensThreads):
            raise ChatError("threads cannot be begun there")
        title = one_line(question, _LONGEST_TITLE)
        key = await chat.open_thread(command.place, begins, title=title)
        return key, key.thread

    async def _first(self, command: Command) -> Iterable[str]:
        return [*await self._others(command), STATS]

    async def _others(self, command: Command) -> Iterable[str]:
        """The models that can be named besides those that were."""
        try:
            known = [model.id for model in await self._bench.runtime.models()]
        except CopilotError:
            return ()
        named, _ = leading_models(command.argument, known)
        return [model for model in known if model not in named]

    # --- the vote -------------------------------------------------------------------------

    async def _vote(self, press: Press) -> Answer:
        comparison_id, _, label = press.value.partition(" ")
        if await self._known(press, comparison_id) is None:
            return _refused(phrases.NO_COMPARISON)
        person = press.author.id
        try:
            after = await self._store.vote(comparison_id, person, label)
        except ValueError:
            after = None
        if after is None:
            return _refused(phrases.NO_COMPARISON)
        await self._bench.put(EntryKind.COMPARED, press.key, press, reference=comparison_id)
        if after.votes.get(person) != label:
            return _refused(phrases.NOT_NOW)
        return Answer(text=phrases.voted(label))

    async def _reveal(self, press: Press) -> Answer:
        comparison = await self._known(press, press.value)
        if comparison is None:
            return _refused(phrases.NO_COMPARISON)
        if not self._bench.access.may_reveal(press.author, comparison):
            return _refused(phrases.NOT_YOURS)
        await self._store.reveal(comparison.id, press.author.id)
        await self._bench.put(EntryKind.COMPARED, press.key, press, reference=comparison.id)
        return Answer()

    async def _continue(self, press: Press) -> Answer:
        """Choose an answer to go on with; the thread's worker does it in its turn."""
        comparison_id, _, label = press.value.partition(" ")
        comparison = await self._known(press, comparison_id)
        if comparison is None:
            return _refused(phrases.NO_COMPARISON)
        if not self._bench.access.may_reveal(press.author, comparison):
            return _refused(phrases.NOT_YOURS)
        thread = await self._store.thread(press.key)
        if not comparison.chosen and (thread is None or thread.generation != comparison.generation):
            return _refused(phrases.CONTINUED_TOO_LATE)
        try:
            after = await self._store.choose(comparison_id, label)
        except ValueError:
            after = None
        if after is None:
            return _refused(phrases.NO_COMPARISON)
        if after.state is not ComparisonState.REVEALED:
            return _refused(phrases.NOT_REVEALED)
        # Once, also where an earlier press was cut off before it came to this.
        once = replace(press, request_id=f"{comparison_id} continue")
        has_to_wait = self._bench.sessions.is_busy(press.key)
        await self._bench.put(EntryKind.CONTINUE, press.key, once, reference=comparison_id)
        if after.chosen != label:
            return _refused(phrases.CHOSEN_ALREADY)
        return Answer(text=phrases.CONTINUING if has_to_wait else "")

    async def _known(self, press: Press, comparison_id: str) -> Comparison | None:
        """The comparison of a button; None where it is of another thread."""
        comparison = await self._store.comparison(comparison_id)
        return comparison if comparison is not None and comparison.key == press.key else None

    # --- how models have fared ------------------------------------------------------------

    async def _stats(self, command: Command) -> Answer:
        place = command.place
        found = await self._store.compared(
            command.author.id, platform=place.platform, workspace=place.workspace
        )
        if not found:
            return Answer(text=phrases.NO_STATS)
        fared = scores((each.models, each.votes) for each in found)
        return Answer(text=phrases.stats(fared, len(found)))


def leading_models(said: str, known: Iterable[str]) -> tuple[list[str], str]:
    """The models with which something begins, each once, and what comes behind them.

    Args:
        said: what was said behind the command's name.
        known: the models that there are.
    """
    by_name = {model.casefold(): model for model in known}
    models: list[str] = []
    rest = said.strip()
    while words := rest.split(maxsplit=1):
        model = by_name.get(words[0].removesuffix(",").casefold())
        if model is None:
            break
        if model not in models:
            models.append(model)
        rest = words[1] if len(words) > 1 else ""
    return models, rest


def _refused(why: str) -> Answer:
    return Answer(text=why, is_refused=True)
