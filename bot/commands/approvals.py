"""`approvals`: what Copilot waits for people to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot import phrases
from bot.asking import form_of, offer_of
from bot.commands.table import Bench, Handler, ListedCommand, PressHandler, Source
from bot.mailbox import EntryKind
from bot.messages import Answer, Command, Press
from bot.offers import fitting
from bot.requests import Request, RequestState, expired, verdict_of

_MOST_REQUESTS = 5

LISTED = (
    ListedCommand(
        name="approvals",
        summary="list what waits for your decision",
        help=phrases.HELP_ON_APPROVALS,
    ),
)


class ApprovalCommands:
    """Lists requests, and decides them: a `CommandGroup`.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._access = bench.access
        self._store = bench.store
        self.handlers: Mapping[str, Handler] = {"approvals": self._approvals}
        self.presses: Mapping[str, PressHandler] = {
            "answer": self._decide,
            "decide": self._decide,
        }
        self.sources: Mapping[tuple[str, str], Source] = {}

    async def _approvals(self, command: Command) -> Answer:
        person = command.author
        if command.key is not None and not command.is_direct:
            found = await self._store.open_requests(command.key)
        else:
            found = await self._store.requests_for(
                person.id,
                platform=command.place.platform,
                workspace=command.place.workspace,
                decides_all=person.id in self._access.approvers,
                limit=_MOST_REQUESTS,
            )
        waiting = [each for each in found if self._access.may_decide(person, each)]
        if not waiting:
            return Answer(text=phrases.NOTHING_WAITS)
        offers = [
            offer_of(each).elsewhere(each.key, before=f"{number}: ")
            for number, each in enumerate(waiting, 1)
        ]
        offers = offers[: fitting(offers)]
        listed = [
            phrases.waiting_request(number, each)
            for number, each in enumerate(waiting[: len(offers)], 1)
        ]
        return Answer(
            text="\n\n".join(listed),
            buttons=tuple(button for offer in offers for button in offer.buttons),
            menus=tuple(menu for offer in offers for menu in offer.menus),
        )

    async def _decide(self, press: Press) -> Answer:
        """Decide a request at once; its thread's worker comes to know it, wherever that is."""
        request_id, _, said = press.value.partition(" ")
        request = await self._store.request(request_id)
        if request is None or request.key != press.key:
            return _refused(phrases.QUESTION_OVER)
        if not self._access.may_decide(press.author, request):
            return _refused(phrases.NOT_YOURS_TO_DECIDE)
        request = expired(request, self._bench.clock.now())
        form = form_of(request, said) if press.text is None and request.is_open else None
        if form is not None:
            return Answer(form=form)
        pressed = verdict_of(request, said, press.text)
        if pressed is None:
            is_empty = said == "words" and request.is_open
            return _refused(phrases.ANSWER_IN_WORDS if is_empty else _over(request))
        state, answer = pressed
        after = await self._store.decide(request_id, press.author.id, state, answer)
        if after is None:
            return _refused(phrases.QUESTION_OVER)
        # Once for each decision, also where an earlier press was cut off before it came to this.
        name = f"{request_id} {after.state} {len(after.allowed_by)}"
        decision = replace(press, request_id=name)
        await self._bench.put(EntryKind.DECIDED, press.key, decision, reference=request_id)
        if after.is_open:
            return Answer(text=phrases.ONE_MORE)
        if request.is_open and (after.state, after.decided_by) == (state, press.author.id):
            return Answer()
        return _refused(_over(after))


def _over(request: Request) -> str:
    is_late = request.state is RequestState.EXPIRED
    return phrases.REQUEST_EXPIRED if is_late else phrases.QUESTION_OVER


def _refused(why: str) -> Answer:
    return Answer(text=why, is_refused=True)
