"""Slack as the core sees it: a `ChatAdapter` that also shows status and marks what waits."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial, reduce
from operator import or_

import structlog
from slack_sdk.errors import SlackApiError

from adapters.fields import text
from adapters.slack.calls import Calls, Clients, SlackOptions, code_of, translated
from adapters.slack.catch_up import GAP_S, CatchUp
from adapters.slack.channel_links import ChannelLinks
from adapters.slack.connection import Connection
from adapters.slack.dialect import SlackDialect
from adapters.slack.downloads import Downloads
from adapters.slack.events import Identity, is_direct_channel, parse_message
from adapters.slack.glossary import Glossary
from adapters.slack.history import POST, History, find_post
from adapters.slack.home import thread_address
from adapters.slack.known import Wanted, wanted_by
from adapters.slack.pace import Pace
from adapters.slack.past import past_message
from adapters.slack.reception import Reception
from adapters.slack.render import Rendered, render_post
from adapters.slack.reply import Desk, SlackReply, Streams
from adapters.slack.status import AgentSessions
from adapters.slack.uploads import Uploads
from bot.errors import ChatError, ChatRefused, ChatUnavailable
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
from bot.patience import cancelled, failure
from bot.ports import Capabilities, Clock, Intake, Recall, Reply, ReplyTarget, ThreadStatus

__all__ = ["SlackAdapter", "SlackOptions"]

_log = structlog.get_logger(__name__)

_POST_ATTEMPTS = 3
_DOUBT_S = 30.0
_WAITING = "hourglass_flowing_sand"
_TEXT_LIMIT = 10_800
"""All Markdown of a message may have 12,000 characters: the bot's own sentence is some of it."""


class SlackAdapter:
    """Slack over Socket Mode: a `ChatAdapter` that shows status, marks what waits, carries files.

    Args:
        options: how to reach the workspace.
        clock: time.
        recall: knows of conversations from before the start; None where nobody does.
    """

    def __init__(
        self, options: SlackOptions, *, clock: Clock, recall: Recall | None = None
    ) -> None:
        self._options = options
        self._recall = recall
        self._clock = clock
        self._is_doubtful = asyncio.Event()
        """Slack perhaps does not accept us any more."""
        self._calls = Calls(options, self._is_doubtful.set)
        self._glossary = Glossary(self._calls, clock)
        self._people = self._glossary.people
        self._channel_links = ChannelLinks(lambda: self._glossary.channels.public, clock)
        self._dialect = SlackDialect(self._people.called, self._channel_links.address)
        self._capabilities = Capabilities(
            text_limit=_TEXT_LIMIT,
            update_floor_s=0.7,
            updates_per_minute=90,
            appends_only=True,
            dialect=self._dialect,
        )
        self._history = History(self._calls)
        self._downloads = Downloads(options, self._calls, clock)
        self._uploads = Uploads(options, self._calls, self._history, clock)
        self._streams = Streams(clock)
        self._sessions = AgentSessions(self._calls, clock)
        # https://docs.slack.dev/apis/web-api/rate-limits: chat.update is of tier 3, 50 a minute.
        self._changes = Pace(per_minute=48, burst=12, clock=clock)
        self._connection: Connection | None = None
        self._looking: set[asyncio.Task[None]] = set()
        self._me = Identity(team="", user="", bot="")
        self._oddities = Oddities("slack.odd")

    @property
    def platform(self) -> str:
        """`slack`."""
        return "slack"

    @property
    def capabilities(self) -> Capabilities:
        """What Slack can do."""
        return self._capabilities

    @property
    def is_connected(self) -> bool:
        """Whether events arrive."""
        return self._connection is not None and self._connection.is_alive

    async def run(self, intake: Intake) -> None:
        """Connect and bring events to `intake`, reconnecting as needed, until cancelled.

        Raises:
            ChatRefused: a token is not accepted; the sentence names the setting to mend.
        """
        refusal: ChatRefused | None = None
        async with self._calls.opened() as clients:
            try:
                await self._identify(clients)
            except ChatRefused as error:
                refusal = error
            else:
                async with asyncio.TaskGroup() as tasks:
                    reception = Reception(
                        intake=intake,
                        voice=self,
                        me=self._me,
                        bot_token=self._options.bot_token,
                        calls=self._calls,
                        glossary=self._glossary,
                        oddities=self._oddities,
                        doubt=self._is_doubtful.set,
                        tasks=tasks,
                    )
                    connection = Connection(
                        session=clients.session,
                        open_url=self._open_url,
                        deal=reception.deal,
                        clock=self._clock,
                        oddities=self._oddities,
                        opened=partial(self._opened, self._catch_up(reception), tasks),
                        proxy=clients.once.proxy,
                    )
                    self._connection = connection
                    try:
                        refusal = await self._refused(connection)
                    finally:
                        self._connection = None
                        for looking in self._looking:
                            looking.cancel()
        if refusal is not None:
            raise refusal

    # --- what the core says ---------------------------------------------------------------

    def reply(self, target: ReplyTarget) -> Reply:
        """Begin a reply; nothing is posted before the first `show` or `close`."""
        desk = Desk(
            calls=self._calls,
            clock=self._clock,
            people=self._people,
            history=self._history,
            streams=self._streams,
            sessions=self._sessions,
            changes=self._changes,
            dialect=self._dialect,
            send=lambda key, file: self.send(key, [file]),
            me=lambda: self._me,
        )
        return SlackReply(target, desk)

    async def post(self, key: SessionKey, post: Post) -> str:
        """Post a message into a thread; returns its `ts`.

        Raises:
            ChatError: it could not be posted.
        """
        rendered = render_post(post, key, self._people.called)
        nonce = secrets.token_hex(8)
        for attempt in range(_POST_ATTEMPTS):
            if attempt:
                # Nobody knows whether it is there: look before posting it again.
                await self._clock.sleep(2.0 ** (attempt - 1))
                with suppress(ChatUnavailable):
                    if ts := await self._find_post(key, nonce):
                        return ts
            try:
                return await self._post_once(key, rendered, nonce)
            except ChatUnavailable:
                if attempt == _POST_ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    async def open_thread(self, place: SessionKey, post: Post, *, title: str) -> SessionKey:
        """Begin a thread with a message of ours; its title is shown once it works.

        Raises:
            ChatError: it could not be posted.
        """
        top = replace(place, thread="")
        return replace(top, thread=await self.post(top, post))

    async def edit(self, key: SessionKey, reference: str, post: Post) -> None:
        """Change a message that `post` made, or a reply of one message that is over.

        Raises:
            ChatError: it could not be changed.
        """
        rendered = render_post(post, key, self._people.called)
        client = (await self._calls.clients()).repeatable
        with translated("changing a message"):
            await client.chat_update(
                channel=key.channel, ts=reference, text=rendered.text, blocks=rendered.blocks
            )

    async def whisper(self, key: SessionKey, person: Person, text: str) -> None:
        """Tell one person something in a thread that nobody else sees.

        Raises:
            ChatError: it could not be told.
        """
        await self.tell(key, person, Answer(text=text))

    async def tell(self, key: SessionKey, person: Person, answer: Answer) -> None:
        """Whisper, with buttons and menus.

        Args:
            key: the thread.
            person: who is told.
            answer: what; nothing happens when it is empty.

        Raises:
            ChatError: it could not be told.
        """
        if answer.is_empty:
            return
        post = answer.as_post
        if is_direct_channel(key.channel):
            await self.post(key, post)  # there is nobody else, and this one stays
            return
        rendered = render_post(post, key, self._people.called)
        client = (await self._calls.clients()).repeatable
        with translated("telling somebody something"):
            await client.chat_postEphemeral(
                channel=key.channel,
                user=person.id,
                thread_ts=key.thread or None,
                text=rendered.text,
                blocks=rendered.blocks,
            )

    async def history(self, key: SessionKey, *, limit: int) -> Sequence[PastMessage]:
        """What was said in a thread, oldest first, the newest `limit` messages.

        Raises:
            ChatError: it could not be read.
        """
        with translated("reading a thread"):
            messages = await self._history.newest(key, limit)
        wanted = reduce(or_, map(wanted_by, messages), Wanted())
        known = await self._glossary.known(wanted)
        past = (past_message(each, me=self._me, known=known) for each in messages)
        return [each for each in past if each is not None]

    async def message(self, key: SessionKey, message_id: str) -> IncomingMessage | None:
        """One message as it would have come as an event; None when it is gone.

        Raises:
            ChatError: it could not be read.
        """
        with translated("reading a message"):
            found = await self._history.one(key, message_id)
        if found is None:
            return None
        known = await self._glossary.known(wanted_by(found))
        return parse_message(found, key=key, me=self._me, known=known)

    async def fetch(self, file: SharedFile, *, most: int) -> bytes:
        """Fetch what somebody put into a message.

        Raises:
            FileTooLarge: it has more than `most` bytes.
            ChatError: it could not be fetched in time, or is not where Slack keeps files.
        """
        return await self._downloads.fetch(file, most=most)

    async def send(self, key: SessionKey, files: Sequence[OutgoingFile]) -> str:
        """Put files into a thread, up to ten in a message; returns the first one's `ts`.

        Raises:
            FileTooLarge: one is larger than Slack takes.
            ChatError: they could not be sent.
        """
        return await self._uploads.send(key, files, self._me)

    async def set_status(self, key: SessionKey, status: ThreadStatus, *, title: str = "") -> None:
        """Show what a thread's session does; quietly does without where Slack refuses."""
        await self._sessions.show(key, status, title)

    async def mark_waiting(self, key: SessionKey, message_id: str, *, is_waiting: bool) -> None:
        """Put an hourglass on a message, or take it away; quietly does without."""
        try:
            with translated("marking a message"):
                client = (await self._calls.clients()).repeatable
                place = {"channel": key.channel, "timestamp": message_id, "name": _WAITING}
                try:
                    if is_waiting:
                        await client.reactions_add(**place)
                    else:
                        await client.reactions_remove(**place)
                except SlackApiError as error:
                    if code_of(error) not in {"already_reacted", "no_reaction"}:
                        raise
        except ChatError as error:
            self._oddities.note(str(error))

    async def channel(self, place: SessionKey, person: Person, named: str) -> SessionKey | None:
        """The channel of a name in which a person may write: those that they are in.

        Raises:
            ChatError: it could not be looked for.
        """
        name = named.strip().removeprefix("<").removesuffix(">").partition("|")[0].lstrip("#")
        with translated("looking for a channel"):
            found = await self._glossary.channels.where_writes(person.id, name)
        return replace(place, channel=found, thread="") if found else None

    def address(self, key: SessionKey) -> str:
        """Where a thread is shown; empty where that is not known."""
        return thread_address(self._channel_links.workspace_url, key)

    # --- private --------------------------------------------------------------------------

    def _opened(
        self, catch_up: CatchUp | None, tasks: asyncio.TaskGroup, gap_s: float | None
    ) -> None:
        if gap_s is not None:
            # While nobody could be told: https://docs.slack.dev/reference/events/app_uninstalled
            self._is_doubtful.set()
        if catch_up is not None and (gap_s is None or gap_s >= GAP_S):
            looking = tasks.create_task(catch_up.look(), name="slack-catch-up")
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)

    def _catch_up(self, reception: Reception) -> CatchUp | None:
        if self._recall is None:
            return None
        return CatchUp(
            calls=self._calls,
            history=self._history,
            clock=self._clock,
            limits=self._options.missed,
            recall=self._recall,
            take=reception.found,
        )

    async def _post_once(self, key: SessionKey, rendered: Rendered, nonce: str) -> str:
        client = (await self._calls.clients()).once
        with translated("posting a message"):
            answer = await client.chat_postMessage(
                channel=key.channel,
                thread_ts=key.thread or None,
                text=rendered.text,
                blocks=rendered.blocks,
                metadata={"event_type": POST, "event_payload": {"post": nonce}},
                unfurl_links=False,
                unfurl_media=False,
            )
        return text(answer.data, "ts")

    async def _find_post(self, key: SessionKey, nonce: str) -> str:
        with translated("looking for a message"):
            messages = await self._history.newest(key, 50)
        return find_post(messages, nonce, me=self._me)

    async def _identify(self, clients: Clients) -> None:
        """Learn who we are, once: Slack need not be asked again with each event.

        Before that nothing is looked for or said: what is ours could not be told from the rest.
        """
        wait_s = 1.0
        while True:
            try:
                with translated("signing in"):
                    answer = await clients.repeatable.auth_test()
            except ChatUnavailable as error:
                _log.warning("slack.not_signed_in", reason=str(error))
                await self._clock.sleep(wait_s)
                wait_s = min(30.0, 2 * wait_s)
                continue
            self._me = Identity(
                team=text(answer.data, "team_id"),
                user=text(answer.data, "user_id"),
                bot=text(answer.data, "bot_id"),
            )
            if not self._me.bot:
                raise ChatRefused(
                    "SLACK_BOT_TOKEN is not the token of a bot: set it to the one that begins "
                    "with xoxb-."
                )
            self._channel_links.workspace_url = text(answer.data, "url")
            self._calls.admit()
            _log.info("slack.signed_in", team=self._me.team, user=self._me.user)
            return

    async def _refused(self, connection: Connection) -> ChatRefused:
        """Stay connected until Slack refuses us for good; returns why."""
        serving = asyncio.create_task(connection.run(), name="slack-connection")
        doubting = asyncio.create_task(self._doubt(), name="slack-doubt")
        try:
            await asyncio.wait({serving, doubting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await cancelled(serving, doubting)
        for task in (doubting, serving):
            if isinstance(reason := failure(task), ChatRefused):
                return reason
        serving.result()
        raise AssertionError("unreachable")

    async def _doubt(self) -> None:
        """Ask Slack whether it still accepts us, where there is a reason to doubt it.

        Raises:
            ChatRefused: it does not; the sentence names the setting to mend.
        """
        while True:
            await self._is_doubtful.wait()
            self._is_doubtful.clear()
            try:
                client = (await self._calls.clients()).impatient
                with translated("signing in"):
                    await client.auth_test()
            except ChatUnavailable:
                await self._clock.sleep(_DOUBT_S)
                self._is_doubtful.set()
            except ChatRefused:
                # Its own refusal is no new doubt.
                self._is_doubtful.clear()
                raise

    async def _open_url(self) -> str:
        client = (await self._calls.clients()).repeatable
        with translated("connecting"):
            try:
                answer = await client.apps_connections_open(app_token=self._options.app_token)
            except SlackApiError as error:
                if (code := code_of(error)) in _APP_TOKEN:
                    raise ChatRefused(
                        f"SLACK_APP_TOKEN is not accepted ({code}): set it to an app-level token "
                        "(xapp-…) with the scope connections:write."
                    ) from error
                raise
        return text(answer.data, "url")


_APP_TOKEN = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)
