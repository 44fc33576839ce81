"""Composes the page of one's own from the database: what waits for one, and what one has begun."""

from __future__ import annotations

from dataclasses import replace

from bot import phrases
from bot.asking import offer_of
from bot.commands.defaults import OwnDefaults
from bot.commands.table import Bench
from bot.home import Home, HomeItem, HomeSection, own_page
from bot.mailbox import KnownSession
from bot.messages import Button, Person
from bot.phrases import conversations, defaults
from bot.phrases import home as words
from bot.requests import Request
from bot.states import WorkerState

_MOST_REQUESTS = 8
_MOST_SESSIONS = 10
_LOOKED_AT = 50
"""Of how many sessions the current ones are shown: a thread that was reset has several."""

_RESTING = {WorkerState.COLD, WorkerState.IDLE}


class HomePage:
    """Composes the pages of one platform's people. Nobody's shows what is another's alone.

    Args:
        bench: what commands work with.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._access = bench.access
        self._own = OwnDefaults(bench)

    async def compose(self, person: Person, workspace: str) -> Home:
        """The page as it is now.

        Args:
            person: whose.
            workspace: as in `SessionKey.workspace`.
        """
        if not self._access.allows(person, "", is_direct=True):
            return Home(notice=phrases.NOT_ALLOWED)
        return Home(
            sections=(
                await self._waiting(person, workspace),
                await self._conversations(person, workspace),
                await self._settings(person, workspace),
                HomeSection(title=words.BEGIN, text=words.BEGINNING),
            )
        )

    async def _waiting(self, person: Person, workspace: str) -> HomeSection:
        found = await self._bench.store.requests_for(
            person.id,
            platform=self._bench.chat.platform,
            workspace=workspace,
            decides_all=person.id in self._access.approvers,
            limit=_MOST_REQUESTS,
        )
        items = [_as_item(each) for each in found if self._access.may_decide(person, each)]
        text = "" if items else words.NOTHING_WAITS
        return HomeSection(title=words.WAITING, text=text, items=tuple(items))

    async def _conversations(self, person: Person, workspace: str) -> HomeSection:
        found = await self._bench.store.sessions_of(
            person.id,
            platform=self._bench.chat.platform,
            workspace=workspace,
            limit=_LOOKED_AT,
        )
        current = [each for each in found if each.is_current and each.owner in {None, person.id}]
        items = tuple(self._conversation(each) for each in current[:_MOST_SESSIONS])
        text = "" if items else words.NO_CONVERSATIONS
        return HomeSection(title=words.CONVERSATIONS, text=text, items=items)

    def _conversation(self, session: KnownSession) -> HomeItem:
        key = session.key
        state = self._bench.sessions.state_of(key)
        is_at_rest = state in _RESTING
        stop = Button(action="stop", value="", label=words.STOP, key=key)
        rename = Button(action="rename", value="", label=words.RENAME, key=key)
        return HomeItem(
            key=key,
            title=conversations.session_title(session),
            small=words.facts(
                phrases.ago(self._bench.clock.now() - session.last_active)
                + conversations.took(session),
                "" if is_at_rest else phrases.DOING[state],
            ),
            buttons=(rename,) if is_at_rest else (stop, rename),
        )

    async def _settings(self, person: Person, workspace: str) -> HomeSection:
        is_approver = person.id in self._access.approvers
        own = await self._own.of(person)
        key = own_page(self._bench.chat.platform, workspace, person.id)
        return HomeSection(
            title=words.SETTINGS,
            text=f"{words.who(person, is_approver=is_approver)}\n\n{defaults.own(own)}",
            menus=tuple(replace(menu, key=key) for menu in await self._own.menus(own)),
        )


def _as_item(request: Request) -> HomeItem:
    offer = offer_of(request).elsewhere(request.key)
    return HomeItem(
        key=request.key,
        text=phrases.request_asked(request),
        small=words.until(f"{request.expires_at:%H:%M}"),
        buttons=offer.buttons,
        menus=offer.menus,
    )
