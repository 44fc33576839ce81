"""Discord as the core sees it: a `ChatAdapter` with all that one can do besides."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace

import discord
import structlog

from adapters.discord import phrases
from adapters.discord.atlas import ClientAtlas
from adapters.discord.calls import Calls, translated
from adapters.discord.catch_up import CatchUp
from adapters.discord.commands import are_current, definitions
from adapters.discord.dialect import DiscordDialect
from adapters.discord.downloads import Downloads
from adapters.discord.events import parse_message
from adapters.discord.fields import snowflake
from adapters.discord.gateway import Gateway, IntentsRefused
from adapters.discord.guard import guarded
from adapters.discord.history import History
from adapters.discord.homes import Home, Homes
from adapters.discord.keys import PLATFORM, is_direct
from adapters.discord.options import DiscordOptions
from adapters.discord.places import Place
from adapters.discord.reception import UNSAVED, Reception
from adapters.discord.render import LONGEST, TEXT_LIMIT, Rendered, render_post
from adapters.discord.reply import Desk, DiscordReply
from adapters.discord.sending import Sending
from adapters.discord.signs import TypingSigns
from adapters.discord.surroundings import Identity
from adapters.discord.thread_names import thread_name
from adapters.discord.titles import Titles
from adapters.discord.visit import Visit
from bot.errors import ChatError, ChatRefused, ChatUnavailable
from bot.gate import FollowUp
from bot.keys import SessionKey
from bot.messages import (
    Answer,
    IncomingMessage,
    OutgoingFile,
    PastMessage,
    Person,
    Post,
    SharedFile,
)
from bot.oddities import Oddities
from bot.ports import Capabilities, Clock, Intake, Recall, Reply, ReplyTarget, ThreadStatus
from bot.recent import Recent

__all__ = ["DiscordAdapter", "DiscordOptions"]

_log = structlog.get_logger(__name__)

_WAITING = "⏳"
_MARK_ATTEMPTS = 3
_LONGEST_PAUSE_S = 60.0
# A message takes 5 changes in 5 s; all requests together 50 a second, of which changes take 30.
_CAPABILITIES = Capabilities(
    text_limit=TEXT_LIMIT,
    update_floor_s=1.2,
    updates_per_minute=1_800,
    appends_only=False,
    dialect=DiscordDialect(),
)


class DiscordAdapter:
    """Discord over its gateway: a `ChatAdapter` with all that one can do besides.

    That is `ShowsStatus`, `MarksWaiting`, `FetchesFiles`, `SendsFiles`, `OpensThreads`,
    `LinksToThreads` and `FindsChannels`.

    Args:
        options: how to reach Discord.
        clock: time.
        recall: knows of conversations from before the start; None where nobody does.
    """

    def __init__(
        self, options: DiscordOptions, *, clock: Clock, recall: Recall | None = None
    ) -> None:
        self._options = options
        self._clock = clock
        self._oddities = Oddities("discord.odd")
        self._calls = Calls()
        self._homes = Homes(self._calls, clock)
        self._downloads = Downloads(self._calls.message, api_url=options.api_url, clock=clock)
        self._sending = Sending(self._calls, self._homes)
        self._history = History(self._calls, self._homes)
        self._signs = TypingSigns(self._calls, self._homes, self._oddities)
        self._titles = Titles(self._calls, self._homes, self._oddities, clock)
        self._reads_all = options.follow_up is not FollowUp.MENTION
        self._me = Identity(user="", application="")
        self._gateway: Gateway | None = None
        self._direct: Recent[str, str] = Recent(5_000)
        self._catch_up = CatchUp(self._calls, clock, options.missed, recall)
        self._complained: Recent[tuple[SessionKey, str], bool] = Recent(1_000)

    @property
    def platform(self) -> str:
        """`discord`."""
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        """What Discord can do."""
        return _CAPABILITIES

    @property
    def is_connected(self) -> bool:
        """Whether events arrive."""
        return self._gateway is not None and self._gateway.is_live

    async def run(self, intake: Intake) -> None:
        """Connect and bring events to `intake`, reconnecting as needed, until cancelled.

        Raises:
            ChatRefused: Discord does not let the bot in; the sentence says what to mend.
        """
        with self._calls.running():
            await self._stay(intake)

    # --- what the core says ---------------------------------------------------------------

    def reply(self, target: ReplyTarget) -> Reply:
        """Begin a reply; nothing is posted before the first `show` or `close`."""
        desk = Desk(
            calls=self._calls,
            homes=self._homes,
            signs=self._signs,
            clock=self._clock,
            me=lambda: self._me,
            complain=self._complain,
        )
        return DiscordReply(target, desk)

    async def post(self, key: SessionKey, post: Post) -> str:
        """Post a message into a conversation; returns its id.

        Raises:
            ChatError: it could not be posted.
        """
        rendered = self._rendered(post, key)
        nonce = secrets.token_hex(8)
        with translated("posting a message"):
            home = await self._homes.home(key)
            posted = await self._homes.in_open(
                home,
                lambda: self._calls.post_message(
                    home.channel, rendered, nonce=nonce, reply_to=home.reply_to
                ),
            )
        self._signs.end(key)
        return snowflake(posted, "id")

    async def open_thread(self, place: SessionKey, post: Post, *, title: str) -> SessionKey:
        """Begin a thread with a message of ours, or a post where there are only posts.

        Where there can be neither, what follows replies.

        Raises:
            ChatError: it could not be posted, or this is a direct message.
        """
        if is_direct(place):
            raise ChatRefused("There are no threads in a direct message.")
        top = replace(place, thread="")
        with translated("looking at a channel"):
            channel = await self._homes.place(top.channel, top.workspace)
        if channel.has_posts:
            return await self._start_post(top, post, title)
        key = replace(top, thread=await self.post(top, post))
        self._homes.name_beginning(key, title)
        with translated("starting a thread"):
            await self._homes.home(key)
        return key

    async def _start_post(self, forum: SessionKey, post: Post, title: str) -> SessionKey:
        """Begin a thread where all that is said is said in posts."""
        name = thread_name(title)
        with translated("starting a post"):
            made = await self._calls.start_post(forum.channel, name, self._rendered(post, forum))
        key = replace(forum, thread=snowflake(made, "id"))
        self._homes.give_name(key.thread, name)
        return key

    async def edit(self, key: SessionKey, reference: str, post: Post) -> None:
        """Change a message that `post` made, or a reply of one message that is over.

        Raises:
            ChatError: it could not be changed.
        """
        rendered = self._rendered(post, key)
        with translated("changing a message"):
            home = await self._homes.seek(key)
            await self._homes.in_open(
                home, lambda: self._calls.change_message(home.channel, reference, rendered)
            )

    async def whisper(self, key: SessionKey, person: Person, text: str) -> None:
        """Tell one person something that nobody else sees: in a direct message.

        Raises:
            ChatError: it could not be told, such as where they take no direct messages.
        """
        await self.tell(key, person, Answer(text=text))

    async def tell(self, key: SessionKey, person: Person, answer: Answer) -> None:
        """Whisper, with buttons and menus.

        Args:
            key: the conversation that it is about.
            person: who is told.
            answer: what; nothing happens when it is empty.

        Raises:
            ChatError: it could not be told.
        """
        if answer.is_empty:
            return
        post = answer.as_post
        if is_direct(key):
            await self.post(key, post)
            return
        about = self._homes.settled(key) or Home(channel=key.channel)
        said = phrases.whispered(post.text, about.channel)
        rendered = render_post(replace(post, text=said), key)
        with translated("telling somebody something"):
            channel = self._direct.get(person.id) or await self._calls.direct_channel(person.id)
            self._direct.put(person.id, channel)
            await self._calls.post_message(channel, rendered, nonce=secrets.token_hex(8))

    async def history(self, key: SessionKey, *, limit: int) -> Sequence[PastMessage]:
        """What was said in a conversation, oldest first, the newest `limit` messages.

        Raises:
            ChatError: it could not be read.
        """
        with translated("reading a conversation"):
            return await self._history.read(key, limit=limit)

    async def message(self, key: SessionKey, message_id: str) -> IncomingMessage | None:
        """One message as it would have come as an event; None when it is gone.

        Raises:
            ChatError: it could not be read.
        """
        id_ = message_id.removeprefix(UNSAVED).partition("-")[0]
        with translated("reading a message"):
            for place in await self._places(key, id_):
                found = await self._calls.message(place.id, id_)
                if found is not None:
                    return parse_message(found, self._homes.around(place))
        return None

    async def fetch(self, file: SharedFile, *, most: int) -> bytes:
        """Fetch what somebody put into a message.

        Raises:
            FileTooLarge: it has more than `most` bytes.
            ChatError: it could not be fetched in time, or is not where Discord keeps files.
        """
        return await self._downloads.fetch(file, most=most)

    async def send(self, key: SessionKey, files: Sequence[OutgoingFile]) -> str:
        """Put files into a conversation; returns the id of the first message.

        Raises:
            FileTooLarge: one is larger than Discord takes there.
            ChatError: they could not be sent.
        """
        sent = await self._sending.send(key, files)
        self._signs.end(key)
        return sent

    async def set_status(self, key: SessionKey, status: ThreadStatus, *, title: str = "") -> None:
        """Show that the bot is typing, and the title as the thread's name."""
        if status is ThreadStatus.WORKING:
            self._signs.begin(key)
        else:
            self._signs.end(key)
        await self._titles.show(key, title)

    async def mark_waiting(self, key: SessionKey, message_id: str, *, is_waiting: bool) -> None:
        """Put an hourglass on a message, or take it away; quietly does without."""
        id_ = message_id.partition("-")[0]
        for attempt in range(_MARK_ATTEMPTS):
            try:
                with translated("marking a message"):
                    place = (await self._places(key, id_))[0]
                    await self._calls.react(place.id, id_, _WAITING, is_on=is_waiting)
            except ChatError as error:
                self._oddities.note(str(error))
                if not isinstance(error, ChatUnavailable) or attempt == _MARK_ATTEMPTS - 1:
                    return
                await self._clock.sleep(2.0**attempt)
            else:
                return

    async def channel(self, place: SessionKey, person: Person, named: str) -> SessionKey | None:
        """The channel of a name in which a person may write, of the same server."""
        name = named.strip().removeprefix("<").removesuffix(">").lstrip("#")
        found = self._homes.where_writes(place.workspace, person.id, name)
        return replace(place, channel=found, thread="") if found else None

    def address(self, key: SessionKey) -> str:
        """Where a conversation is shown."""
        place = f"https://discord.com/channels/{key.workspace or '@me'}"
        home = self._homes.settled(key)
        if home is not None and home.reply_to:
            return f"{place}/{home.channel}/{home.reply_to}"
        return f"{place}/{key.thread or key.channel}"

    # --- serving --------------------------------------------------------------------------

    async def _stay(self, intake: Intake) -> None:
        failures = 0
        while True:
            try:
                await self._serve(intake)
            except IntentsRefused:
                self._reads_all = False
                _log.warning(
                    "discord.no_message_content",
                    reason="The bot may not read messages that do not mention it, so it answers "
                    "mentions and direct messages only: switch on Message Content Intent on the "
                    "application's page Bot in the developer portal and start the bot again, or "
                    "set THREADPILOT_FOLLOW_UP=mention.",
                )
            except ChatUnavailable as error:
                _log.warning("discord.not_signed_in", reason=str(error))
                await self._clock.sleep(min(_LONGEST_PAUSE_S, 2.0**failures))
                failures = min(failures + 1, 10)

    async def _serve(self, intake: Intake) -> None:
        """Sign in and stay connected.

        Raises:
            IntentsRefused: see `Gateway.connect`.
            ChatRefused: for good.
            ChatUnavailable: not now.
        """
        failure: Exception | None = None
        gateway = Gateway(
            self._options, reads_all=self._reads_all, oddities=self._oddities, clock=self._clock
        )
        async with gateway:
            await self._sign_in(gateway)
            await self._catch_up.remember()
            atlas = ClientAtlas(gateway)
            self._homes.enter(atlas, self._me)
            with self._calls.opened(gateway.http, self._me.application):
                async with asyncio.TaskGroup() as tasks:
                    gateway.receiver = self._visit(intake, tasks)
                    self._gateway = gateway
                    self._signs.enter(tasks)
                    self._titles.enter(atlas, tasks)
                    tasks.create_task(guarded(self._sync_commands, "registering commands"))
                    try:
                        await gateway.connect()
                    except (IntentsRefused, ChatRefused) as error:
                        failure = error
                    finally:
                        gateway.receiver = None  # nobody owns what would come of it now
                        self._signs.leave()
                        self._titles.leave()
                        self._gateway = None
        if failure is not None:
            raise failure

    async def _sign_in(self, gateway: Gateway) -> None:
        try:
            with translated("signing in"):
                await gateway.login(self._options.bot_token)
        except ChatUnavailable as error:
            if isinstance(error.__cause__, discord.LoginFailure):
                raise ChatRefused(
                    "DISCORD_BOT_TOKEN is not accepted: copy the token of the bot from the "
                    "application's page Bot in the developer portal."
                ) from error
            raise
        user, application = gateway.user, gateway.application
        if user is None or application is None:
            raise ChatUnavailable("Discord does not say who we are.")
        self._me = Identity(user=str(user.id), application=str(application.id))
        _log.info("discord.signed_in", user=self._me.user, application=self._me.application)

    async def _sync_commands(self) -> None:
        with translated("registering commands"):
            if not are_current(await self._calls.commands()):
                await self._calls.register(definitions())
                _log.info("discord.commands_registered")

    def _visit(self, intake: Intake, tasks: asyncio.TaskGroup) -> Visit:
        reception = Reception(
            intake=intake,
            voice=self,
            me=self._me,
            reads_all=self._reads_all,
            calls=self._calls,
            homes=self._homes,
            oddities=self._oddities,
            clock=self._clock,
            handled=self._catch_up.handled,
            tasks=tasks,
        )
        return Visit(
            reception=reception, catch_up=self._catch_up, oddities=self._oddities, tasks=tasks
        )

    # --- looking --------------------------------------------------------------------------

    async def _places(self, key: SessionKey, id_: str) -> list[Place]:
        """Where a message of a conversation can be, the likeliest first."""
        channel = await self._homes.place(key.channel, key.workspace)
        if not key.thread or (id_ == key.thread and not channel.has_posts):
            return [channel]
        home = await self._homes.seek(key)
        return [await self._homes.place(home.channel, key.workspace)]

    def _rendered(self, post: Post, key: SessionKey) -> Rendered:
        rendered = render_post(post, key)
        return rendered.saying(self._homes.named(rendered.content, key, longest=LONGEST))

    async def _complain(self, key: SessionKey, person: Person, reason: str) -> None:
        """Tell somebody, once, that their answer could not be shown where they asked."""
        if (key, reason) in self._complained or is_direct(key):
            return
        self._complained.put((key, reason), True)
        there = (self._homes.settled(key) or Home(channel=key.channel)).channel
        try:
            await self.whisper(key, person, phrases.not_shown(there, reason))
        except ChatError as error:
            self._oddities.note(str(error))
