"""Where a conversation lives: which channel to post in, and as a reply to what.

A thread is started when the bot first has something to show in it. Until then, and where Discord
does not permit it, there is only the message that it would start from:

    NONE -a→ THREAD    NONE -b→ CHAIN

a the message's thread is started, or there already; b threads cannot be started there: what the bot
says replies to the message.

https://docs.discord.com/developers/resources/channel#start-thread-from-message
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import discord
import structlog

from adapters.discord.calls import (
    NO_THREADS_HERE,
    THREAD_ARCHIVED,
    THREAD_EXISTS,
    UNKNOWN_MESSAGE,
    Calls,
    translated,
)
from adapters.discord.keys import is_direct
from adapters.discord.names import Names, with_names
from adapters.discord.places import Place, parse_place
from adapters.discord.surroundings import Identity, Surroundings
from adapters.discord.thread_names import thread_name
from adapters.discord.uploads import LARGEST
from adapters.discord.utterance import said, utterance
from bot.errors import ChatError, PlaceGone
from bot.keys import SessionKey
from bot.messages import IncomingMessage
from bot.ports import Clock
from bot.recent import Recent

_log = structlog.get_logger(__name__)

_REFUSED_S = 600.0

_NO_NAMES: Mapping[str, str] = {}

T = TypeVar("T")


class Atlas(Protocol):
    """What is known of servers without asking."""

    def place(self, channel: str) -> Place | None:
        """A channel or an open thread."""

    def role(self, guild: str) -> str:
        """The role that Discord made for us in a server."""

    def names(self, guild: str) -> Mapping[str, str]:
        """What the roles and channels of a server are called."""

    def written(self, guild: str, person: str, roles: frozenset[str]) -> Names:
        """What can be named in a server to somebody who has these roles."""

    def where_writes(self, guild: str, person: str, roles: frozenset[str], named: str) -> str:
        """The id of the channel of a name or id that somebody may write in; empty for none."""

    def largest_file(self, guild: str) -> int | None:
        """The most bytes of a file in a server."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Where to post.

    Args:
        channel: the channel, thread or direct message.
        reply_to: the message that all that is posted replies to; empty for none.
    """

    channel: str
    reply_to: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Beginning:
    """The message that a thread begins with; nobody's where it is ours."""

    author: str
    name: str


class Homes:
    """Knows where conversations live, and starts threads.

    Args:
        calls: the REST API.
        clock: time.
    """

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._atlas: Atlas | None = None
        self._me = Identity(user="", application="")
        self._fetched: Recent[str, Place] = Recent(1_000)
        self._homes: Recent[SessionKey, Home] = Recent(5_000)
        self._beginnings: Recent[SessionKey, _Beginning] = Recent(5_000)
        self._names: Recent[str, str] = Recent(2_000)
        self._roles: Recent[tuple[str, str], frozenset[str]] = Recent(5_000)
        self._refused: Recent[str, float] = Recent(1_000)
        self._making: dict[SessionKey, asyncio.Event] = {}

    def enter(self, atlas: Atlas, me: Identity) -> None:
        """Use what a new connection knows.

        Args:
            atlas: of that connection.
            me: who we are.
        """
        self._atlas, self._me = atlas, me

    def where_writes(self, guild: str, person: str, named: str) -> str:
        """The id of the channel of a name or id that somebody may write in; empty for none.

        Args:
            guild: the server's id; empty in a direct message, where there are no channels.
            person: who.
            named: the channel's name, or its id.
        """
        if self._atlas is None or not guild:
            return ""
        roles = self._roles.get((guild, person)) or frozenset()
        return self._atlas.where_writes(guild, person, roles, named)

    # --- places ---------------------------------------------------------------------------

    async def place(self, channel: str, guild: str) -> Place:
        """A place by its id.

        Args:
            channel: the channel, thread or direct message.
            guild: the server's id; empty for a direct message.

        Raises:
            ChatError: it could not be found.
        """
        if not guild:
            return Place(id=channel, is_direct=True)
        found = self._known(channel) or self._fetched.get(channel)
        if found is None:
            with translated("looking up a channel"):
                found = parse_place(await self._calls.channel(channel), guild=guild)
            if found is None:
                raise PlaceGone("The channel cannot be read.")
            self._fetched.put(channel, found)
        return found

    def around(self, place: Place) -> Surroundings:
        """What messages in a place do not say of themselves."""
        beginning = self._beginnings.get(place.key()) if place.is_thread else None
        role, names = "", _NO_NAMES
        if self._atlas is not None and place.guild:
            role, names = self._atlas.role(place.guild), self._atlas.names(place.guild)
        return Surroundings(
            place=place,
            me=self._me,
            role=role,
            names=names,
            thread_author=beginning.author if beginning is not None else "",
        )

    def met(self, guild: str, person: str, roles: Iterable[str]) -> None:
        """Note which roles somebody has."""
        self._roles.put((guild, person), frozenset(roles))

    def named(self, text: str, key: SessionKey, person: str = "", *, longest: int) -> str:
        """A text with the channels and emoji that it names as Discord writes them.

        Args:
            text: Discord's Markdown.
            key: the conversation that it is for.
            person: who is answered: only channels that they can see are linked; with nobody, only
                those that everybody can.
            longest: the most characters that it may have.
        """
        if is_direct(key) or self._atlas is None:
            return text
        roles = self._roles.get((key.workspace, person)) or frozenset()
        return with_names(text, self._atlas.written(key.workspace, person, roles), longest)

    def largest_file(self, key: SessionKey) -> int:
        """The most bytes of a file in a conversation: boosts of a server raise it."""
        if is_direct(key) or self._atlas is None:
            return LARGEST
        return self._atlas.largest_file(key.workspace) or LARGEST

    def begins(self, message: IncomingMessage, words: str) -> None:
        """Note a message from which a thread may be started.

        Args:
            message: what was said.
            words: what its author says, without whom they answer and what they show.
        """
        if message.starts_thread:
            name = thread_name(words or message.text)
            beginning = _Beginning(author=message.author.id, name=name)
            self._beginnings.put(message.key, beginning)

    def name_beginning(self, key: SessionKey, title: str) -> None:
        """Note what a thread shall be called that is started from a message of ours."""
        self._beginnings.put(key, _Beginning(author="", name=thread_name(title)))

    def name_given(self, thread: str) -> str:
        """The name that we gave to a thread that we started; empty for any other."""
        return self._names.get(thread) or ""

    def give_name(self, thread: str, name: str) -> None:
        """Note that we named a thread."""
        self._names.put(thread, name)

    # --- homes ----------------------------------------------------------------------------

    async def home(self, key: SessionKey) -> Home:
        """Where to post in a conversation; starts its thread where there is none.

        Raises:
            ChatError: there is no such place, or it could not be made.
        """
        if is_direct(key) or not key.thread:
            return Home(channel=key.channel)
        while (home := self.settled(key)) is None:
            if (making := self._making.get(key)) is not None:
                await making.wait()  # and look again: it may have failed
                continue
            made = self._making[key] = asyncio.Event()
            try:
                self._homes.put(key, await self._make(key))
            finally:
                del self._making[key]
                made.set()
        return home

    def settled(self, key: SessionKey) -> Home | None:
        """Where a conversation lives, if that is known without asking."""
        if is_direct(key) or not key.thread:
            return Home(channel=key.channel)
        if (home := self._homes.get(key)) is not None:
            return home
        known = self._known(key.thread)
        return Home(channel=key.thread) if known is not None and known.is_thread else None

    async def seek(self, key: SessionKey) -> Home:
        """Where a conversation lives, without starting a thread for it.

        Raises:
            ChatError: it could not be found out.
        """
        if (home := self.settled(key)) is not None:
            return home
        if await self._is_thread(key):
            return Home(channel=key.thread)
        return Home(channel=key.channel, reply_to=key.thread)

    def forget(self, key: SessionKey) -> None:
        """Look again where a conversation lives."""
        self._homes.drop(key)
        self._fetched.drop(key.thread)

    async def in_open(self, home: Home, act: Callable[[], Awaitable[T]]) -> T:
        """Do something in a thread, opening it again where it is archived.

        Args:
            home: where.
            act: what; called once more where the first time was refused.

        Raises:
            HTTPException: Discord refused.
        """
        try:
            return await act()
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            try:
                await self._calls.change_thread(home.channel, archived=False)
            except discord.HTTPException as refusal:
                if refusal.status != 403:
                    raise
                raise error from refusal  # what is wrong is that it is archived
        return await act()

    # --- private --------------------------------------------------------------------------

    def _known(self, channel: str) -> Place | None:
        return self._atlas.place(channel) if self._atlas is not None else None

    async def _make(self, key: SessionKey) -> Home:
        chain = Home(channel=key.channel, reply_to=key.thread)
        channel = await self.place(key.channel, key.workspace)
        if channel.is_thread:
            return Home(channel=channel.id)
        if channel.has_posts:
            return Home(channel=key.thread)
        if not channel.takes_threads or self._is_refused(key.channel):
            return Home(channel=key.thread) if await self._is_thread(key) else chain
        try:
            with translated("starting a thread"):
                try:
                    return await self._start(key)
                except discord.HTTPException as error:
                    if error.code == THREAD_EXISTS:
                        return Home(channel=key.thread)
                    if error.code not in NO_THREADS_HERE:
                        raise
                    self._refuse(key.channel, _REFUSED_S, f"error {error.code}")
                except discord.RateLimited as error:
                    self._refuse(key.channel, error.retry_after, "too many at once")
                return Home(channel=key.thread) if await self._is_thread(key) else chain
        except PlaceGone:
            # Not every thread begins with a message: this one may be there all the same.
            if await self._is_thread(key):
                return Home(channel=key.thread)
            raise

    async def _start(self, key: SessionKey) -> Home:
        beginning = self._beginnings.get(key)
        name = beginning.name if beginning is not None else await self._name(key)
        await self._calls.start_thread(key.channel, key.thread, name)
        self.give_name(key.thread, name)
        return Home(channel=key.thread)

    async def _name(self, key: SessionKey) -> str:
        message = await self._calls.message(key.channel, key.thread)
        if message is None:
            raise PlaceGone(f"The message that the thread begins with is gone ({UNKNOWN_MESSAGE}).")
        place = await self.place(key.channel, key.workspace)
        around = self.around(place)
        return thread_name(said(message, around) or utterance(message, around))

    async def _is_thread(self, key: SessionKey) -> bool:
        try:
            return (await self.place(key.thread, key.workspace)).is_thread
        except ChatError as error:
            if isinstance(error, PlaceGone):
                return False
            raise

    def _is_refused(self, channel: str) -> bool:
        return self._clock.monotonic() < (self._refused.get(channel) or 0.0)

    def _refuse(self, channel: str, rest_s: float, reason: str) -> None:
        self._refused.put(channel, self._clock.monotonic() + rest_s)
        _log.warning("discord.no_threads", channel=channel, reason=reason, for_s=rest_s)
