"""Takes envelopes in: through Bolt, parsed, to the core; and says what the core answers."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

import aiohttp
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError

from adapters.fields import Fields, fields, text
from adapters.slack import phrases as slack_phrases
from adapters.slack.buttons import parse_press
from adapters.slack.calls import Calls, translated
from adapters.slack.commands import parse_shortcut, parse_slash
from adapters.slack.connection import Acknowledgement
from adapters.slack.events import (
    Heard,
    HomeOpened,
    Identity,
    Stopped,
    StopSign,
    Unknown,
    may_lack_files,
    parse_event,
)
from adapters.slack.forms import FIELD, form_view, in_form, parse_sent
from adapters.slack.glossary import Glossary
from adapters.slack.home import home_view
from adapters.slack.known import wanted_by
from adapters.slack.render import render_post
from bot import phrases
from bot.errors import ChatError, StoreError
from bot.home import Home
from bot.keys import SessionKey
from bot.messages import (
    Answer,
    Button,
    Command,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Person,
    Post,
    Press,
)
from bot.oddities import Oddities
from bot.ports import Intake
from bot.recent import Recent
from bot.turnstile import Turnstile

_log = structlog.get_logger(__name__)

# Bolt's warnings are about what we do on purpose, or log ourselves, once.
_bolt_log = logging.getLogger(f"{__name__}.bolt")
_bolt_log.setLevel(logging.ERROR)

_FAREWELLS = frozenset({"app_uninstalled", "tokens_revoked"})
_ACK_S = 2.0
_FILES_S = 1.5
_NAMELESS = Unknown | MessageDeleted | StopSign | HomeOpened
"""What is brought to the core without names."""

_ANYTHING = re.compile(".*", re.DOTALL)


class Voice(Protocol):
    """Says things in Slack."""

    async def post(self, key: SessionKey, post: Post) -> str:
        """Post a message into a thread."""

    async def tell(self, key: SessionKey, person: Person, answer: Answer) -> None:
        """Tell one person something in a thread."""

    async def message(self, key: SessionKey, message_id: str) -> IncomingMessage | None:
        """One message as it would have come as an event."""

    def address(self, key: SessionKey) -> str:
        """Where a thread is shown; empty where that is not known."""


class Reception:
    """Takes envelopes in: through Bolt, parsed, to the core, and says what it answers.

    An event is acknowledged once the core has it: a listener of Bolt that raises is not. Commands
    and presses are acknowledged within three seconds whatever happens, as Slack asks for.

    Args:
        intake: the core.
        voice: says things in Slack.
        me: who we are.
        bot_token: for Bolt, which wants one.
        calls: the Web API.
        glossary: what ids stand for.
        oddities: what was logged once.
        doubt: called when Slack tells that the app is perhaps not wanted any more.
        tasks: owns what goes on after an acknowledgement.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        voice: Voice,
        me: Identity,
        bot_token: str,
        calls: Calls,
        glossary: Glossary,
        oddities: Oddities,
        doubt: Callable[[], None],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._intake = intake
        self._voice = voice
        self._me = me
        self._bot_token = bot_token
        self._calls = calls
        self._glossary = glossary
        self._oddities = oddities
        self._doubt = doubt
        self._tasks = tasks
        self._apologized: Recent[str, bool] = Recent(1_000)
        self._commanded: Recent[str, bool] = Recent(1_000)
        self._turnstile = Turnstile()
        self._app = self._bolt()

    async def deal(self, envelope: Fields) -> Acknowledgement | None:
        """Take an envelope; None where it shall be delivered again."""
        payload = fields(envelope, "payload")
        kind = text(payload, "event", "type") or text(payload, "type") or text(envelope, "type")
        if not payload or (
            text(payload, "type") == "event_callback" and not text(payload, "event", "type")
        ):
            self._oddities.note(f"a malformed envelope ({kind[:60]})")
            return Acknowledgement()
        try:
            request = AsyncBoltRequest(mode="socket_mode", body=dict(payload))
            response = await self._app.async_dispatch(request)
        except Exception as error:  # noqa: BLE001 - whatever a payload does to Bolt, we live on
            # Bolt looks into the payload before any of our code does.
            self._oddities.note(f"{kind[:60]} ({type(error).__name__})")
            return Acknowledgement()
        if response.status == 503:
            return None
        if response.status != 200:
            self._oddities.note(f"{kind[:60]} ({response.status})")
        answer = fields(json.loads(response.body)) if response.body else {}
        return Acknowledgement(payload=answer)

    def _bolt(self) -> AsyncApp:
        me, bot_token = self._me, self._bot_token

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=enterprise_id,
                team_id=team_id or me.team,
                bot_id=me.bot,
                bot_user_id=me.user,
                bot_token=bot_token,
            )

        app = AsyncApp(
            name="threadpilot",
            logger=_bolt_log,
            authorize=authorize,
            signing_secret="",  # nothing is signed in Socket Mode
            process_before_response=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            ignoring_self_events_enabled=False,  # `parse_event` does, edits and deletions as well
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.event(_ANYTHING)(self._on_event)
        app.command(_ANYTHING)(self._on_slash)
        app.shortcut(_ANYTHING)(self._on_shortcut)
        app.action(_ANYTHING)(self._on_press)
        app.view(_ANYTHING)(self._on_sent)
        app.error(self._on_error)
        return app

    async def _on_error(self, error: Exception, body: dict[str, Any]) -> BoltResponse:
        if isinstance(error, _NotKeptError):
            return BoltResponse(status=503)
        kind = text(body, "event", "type") or text(body, "type")
        self._oddities.note(f"{kind[:60]} ({type(error).__name__}: {error})"[:200])
        return BoltResponse(status=200)

    # --- events ---------------------------------------------------------------------------

    async def found(self, channel: str, message: Fields) -> bool:
        """Take in a message that was looked up, as the event that it would have been.

        Args:
            channel: where it is.
            message: as `conversations.replies` or `conversations.history` return it.

        Returns:
            Whether the core has it, if it is for us.
        """
        event = {**message, "type": "message", "channel": channel}
        try:
            await self._hear({"team_id": self._me.team, "event": event}, was_missed=True)
        except _NotKeptError:
            return False
        return True

    async def _on_event(self, body: dict[str, Any]) -> None:
        if text(body, "event", "type") in _FAREWELLS:
            self._doubt()
        await self._hear(body)

    async def _hear(self, body: dict[str, Any], *, was_missed: bool = False) -> None:
        me, glossary = self._me, self._glossary
        heard: Sequence[Heard] = parse_event(body, me=me)
        if not heard:
            return
        if glossary.channels.is_list_due:
            self._beside(glossary.channels.read_list())
        # Before anything is awaited: what is said in a thread keeps its order.
        async with self._turnstile.passing(_thread_of(heard[0])):
            if any(not isinstance(each, _NAMELESS) for each in heard):
                known = await glossary.known(wanted_by(body).without_person(me.user))
                heard = parse_event(body, me=me, known=known)
            if may_lack_files(body):
                heard = [await self._with_files(each) for each in heard]
            for each in heard:
                if was_missed:
                    await self._take_missed(each)
                else:
                    await self._take(each)

    async def _take_missed(self, heard: Heard) -> None:
        match heard:
            case IncomingMessage():
                await self._take(replace(heard, was_missed=True))
            case Command(name="reset"):
                await self._take(heard)
            case _:
                pass  # nobody waits for the answer any more

    async def _with_files(self, heard: Heard) -> Heard:
        """A message with what came with it, where its event does not tell."""
        if not isinstance(heard, IncomingMessage):
            return heard
        with suppress(ChatError, TimeoutError):
            async with asyncio.timeout(_FILES_S):
                whole = await self._voice.message(heard.key, heard.message_id)
            return replace(heard, files=whole.files) if whole else heard
        return heard

    async def _take(self, heard: Heard) -> None:
        intake = self._intake
        match heard:
            case IncomingMessage():
                await self._kept(intake.message(heard), heard.key, heard.message_id)
            case MessageEdited():
                await self._kept(intake.edited(heard))
            case MessageDeleted():
                await self._kept(intake.deleted(heard))
            case Stopped():
                await self._kept(intake.stop(heard.key, heard.author, heard.request_id))
            case StopSign():
                await self._kept(intake.stop_at(heard.place, heard.message_id, heard.author))
            case HomeOpened():
                self._beside(self._show_home(heard.author, heard.workspace))
            case Command():
                await self._said(heard)
            case Unknown():
                self._oddities.note(heard.kind)

    async def _kept(
        self, keeping: Awaitable[None], key: SessionKey | None = None, message_id: str = ""
    ) -> None:
        """Wait until it is durable; else Slack is not told that it arrived.

        Args:
            keeping: the core's work.
            key: the thread in which to say that it failed.
            message_id: the message it is about.
        """
        try:
            await keeping
        except StoreError as error:
            _log.error("slack.not_kept", reason=str(error), thread=str(key or ""))
            if key is not None and message_id not in self._apologized:
                self._apologized.put(message_id, True)
                button = Button(action="retry", value=message_id, label=slack_phrases.RETRY)
                post = Post(text=phrases.unsaved(error), buttons=(button,))
                self._beside(self._apologize(key, post))
            raise _NotKeptError from error
        except Exception as error:
            _log.exception("slack.intake_failed")
            raise _NotKeptError from error

    async def _apologize(self, key: SessionKey, post: Post) -> None:
        try:
            await self._voice.post(key, post)
        except ChatError as error:
            _log.warning("slack.apology_failed", reason=str(error))

    async def _said(self, command: Command) -> None:
        """A command that was said to the bot: of its two events the first one counts."""
        if command.request_id in self._commanded:
            return
        self._commanded.put(command.request_id, True)
        key = command.key or command.place
        kept = self._kept(self._run_said(command, key), key, _message_of(command))
        try:
            await kept
        except _NotKeptError:
            self._commanded.drop(command.request_id)
            raise

    async def _run_said(self, command: Command, key: SessionKey) -> None:
        answer = await self._intake.command(command)
        told = _Told(key, command.author, acts_on=key)
        self._beside(self._tell(told, answer))

    # --- interactions ---------------------------------------------------------------------

    async def _on_slash(self, body: dict[str, Any], ack: AsyncAck) -> None:
        command = parse_slash(body)
        if command is None:
            self._oddities.note("a malformed slash command")
        else:
            told = _Told.at(body, command.place, command.author)
            await self._answered(self._intake.command(command), told)
        await ack()

    async def _on_shortcut(self, body: dict[str, Any], ack: AsyncAck) -> None:
        command = parse_shortcut(body)
        if command is None:
            self._oddities.note(f"the shortcut {text(body, 'callback_id')[:60]!r}")
        else:
            told = _Told.at(body, command.key or command.place, command.author)
            await self._answered(self._intake.command(command), told)
        await ack()

    async def _on_press(self, body: dict[str, Any], ack: AsyncAck) -> None:
        press = parse_press(body)
        if press is None:
            self._oddities.note("a press of a button that is not ours")
        else:
            told = _Told.at(body, _stands_in(body, press), press.author, acts_on=press.key)
            told = replace(told, is_home=text(body, "view", "type") == "home")
            await self._answered(self._intake.pressed(press), told)
        await ack()

    async def _on_sent(self, body: dict[str, Any], ack: AsyncAck) -> None:
        """A form was sent: what cannot be done is said in it, and what was written stays."""
        sent = parse_sent(body)
        if sent is None:
            self._oddities.note("a form that is not ours")
            await ack()
            return
        asking = self._tasks.create_task(self._asked(self._intake.pressed(sent.press)))
        await asyncio.wait([asking], timeout=_ACK_S)
        if asking.done() and asking.result().is_refused:
            await ack(response_action="errors", errors={FIELD: in_form(asking.result().text)})
            return
        told = _Told(
            sent.stands_in, sent.press.author, acts_on=sent.press.key, is_home=sent.is_home
        )
        self._beside(self._tell_sent(told, asking, sent.press.text or ""))
        await ack()

    async def _tell_sent(self, told: _Told, asking: asyncio.Task[Answer], written: str) -> None:
        answer = await asking
        if answer.is_refused:
            # The form is closed by now: what was written must not be lost with it.
            answer = replace(answer, text=phrases.not_taken(answer.text, written))
        await self._tell(told, answer)

    async def _answered(self, asked: Awaitable[Answer], told: _Told) -> None:
        """Wait for the core as long as Slack allows, and say what it says when it does."""
        asking = self._tasks.create_task(self._asked(asked))
        self._beside(self._tell_later(told, asking))
        await asyncio.wait([asking], timeout=_ACK_S)

    async def _asked(self, asked: Awaitable[Answer]) -> Answer:
        try:
            return await asked
        except StoreError as error:
            _log.error("slack.not_kept", reason=str(error))
            return Answer(text=phrases.not_done(error), is_refused=True)
        except Exception:  # noqa: BLE001 - whoever asked must be told, whatever it was
            _log.exception("slack.intake_failed")
            return Answer(text=slack_phrases.NOT_DONE, is_refused=True)

    def _beside(self, work: Coroutine[None, None, None]) -> None:
        """Do something that nobody waits for."""

        async def guarded() -> None:
            try:
                await work
            except Exception:  # noqa: BLE001 - it must not end the connection
                _log.exception("slack.not_told")

        self._tasks.create_task(guarded())

    async def _tell_later(self, told: _Told, asking: asyncio.Task[Answer]) -> None:
        await self._tell(told, await asking)

    async def _tell(self, told: _Told, answer: Answer) -> None:
        if answer.form is not None and told.trigger_id:
            view = form_view(answer.form, told.acts_on, stands_in=told.key, is_home=told.is_home)
            if view is None:
                answer = Answer(text=phrases.FORM_TOO_LONG)
            elif await self._opened(told, view):
                return
        if told.is_home:
            await self._show_home(told.author, told.key.workspace, answer)
            return
        if answer.is_empty or (told.response_url and await self._responded(told, answer)):
            return
        try:
            await self._voice.tell(told.key, told.author, answer)
        except ChatError as error:
            _log.warning("slack.answer_not_told", reason=str(error))

    async def _show_home(
        self, person: Person, workspace: str, answer: Answer | None = None
    ) -> None:
        """Show a person the page of their own as it is now.

        Args:
            person: whose.
            workspace: the workspace's id.
            answer: what came of a press on it: said on the page, or where there is more than
                words, in their direct message.
        """
        # One after the other, so that the newest stays.
        async with self._turnstile.passing((workspace, person.id)):
            try:
                home = await self._intake.home(person, workspace)
            except StoreError as error:
                _log.error("slack.home_not_composed", reason=str(error))
                home = Home(notice=phrases.not_done(error))
            if answer is not None:
                post = answer.as_post
                if post.buttons or post.menus:
                    await self._voice.post(_direct(person, workspace), post)
                elif post.text:
                    home = replace(home, notice=post.text)
            try:
                with translated("showing the Home tab"):
                    client = (await self._calls.clients()).repeatable
                    view = home_view(home, self._voice.address)
                    await client.views_publish(user_id=person.id, view=view)
            except ChatError as error:
                self._oddities.note(str(error))

    async def _opened(self, told: _Told, view: dict[str, Any]) -> bool:
        """Open a form; false where that took too long, or Slack refuses it."""
        try:
            with translated("opening a form"):
                client = (await self._calls.clients()).impatient
                await client.views_open(trigger_id=told.trigger_id, view=view)
        except ChatError as error:
            _log.warning("slack.form_not_opened", reason=str(error))
            return False
        return True

    async def _responded(self, told: _Told, answer: Answer) -> bool:
        rendered = render_post(answer.as_post, told.key, self._glossary.people.called)
        body: dict[str, Any] = {
            "response_type": "ephemeral",
            "replace_original": False,
            "text": rendered.text,
            "blocks": rendered.blocks,
        }
        if told.key.thread:
            body["thread_ts"] = told.key.thread
        with suppress(SlackClientError, aiohttp.ClientError, OSError, ChatError):
            webhook = (await self._calls.clients()).webhook(told.response_url)
            response = await webhook.send_dict(body)
            return response.status_code == 200
        return False


class _NotKeptError(Exception):
    """What was said could not be kept: Slack shall deliver it again."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Where an interaction's author is answered.

    Args:
        key: the thread where they stand.
        author: who they are.
        acts_on: the thread that what they did is about.
        response_url: where an answer for them alone can be sent; may be empty.
        trigger_id: what opens a form for them, for three seconds; may be empty.
        is_home: whether they stand in the app's Home instead.
    """

    key: SessionKey
    author: Person
    acts_on: SessionKey
    response_url: str = ""
    trigger_id: str = ""
    is_home: bool = False

    @classmethod
    def at(
        cls, body: object, key: SessionKey, author: Person, *, acts_on: SessionKey | None = None
    ) -> _Told:
        """As an interaction's payload has it."""
        return cls(
            key,
            author,
            acts_on=acts_on or key,
            response_url=text(body, "response_url"),
            trigger_id=text(body, "trigger_id"),
        )


def _thread_of(heard: Heard) -> SessionKey | None:
    match heard:
        case MessageEdited(message=message):
            return message.key
        case Command():
            return heard.key or heard.place
        case Unknown() | StopSign() | HomeOpened():
            return None
        case _:
            return heard.key


def _direct(person: Person, workspace: str) -> SessionKey:
    """A person's direct message: Slack takes their id for it."""
    return SessionKey(platform="slack", workspace=workspace, channel=person.id)


def _message_of(command: Command) -> str:
    return command.request_id.rpartition(":")[2]


def _stands_in(body: object, press: Press) -> SessionKey:
    """The thread in which a button stands, which need not be the one that it acts on."""
    channel = text(body, "channel", "id") or text(body, "container", "channel_id")
    if not channel or channel == press.key.channel:
        thread = text(body, "container", "thread_ts") or text(body, "message", "thread_ts")
        return SessionKey(
            platform="slack",
            workspace=press.key.workspace,
            channel=press.key.channel,
            thread=thread if channel else press.key.thread,
        )
    return SessionKey(platform="slack", workspace=press.key.workspace, channel=channel)
