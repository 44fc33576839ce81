"""A reply as it grows in a Slack thread: streamed where Slack streams, changed in place elsewhere.

A message of a reply is in one of these states:

    NEW -a→ STREAMING -b→ STREAMING -c→ POSTED -d→ POSTED
    NEW -e→ POSTED    NEW -f→ UNCERTAIN -g→ POSTED|NEW    STREAMING -h→ POSTED

a `chat.startStream`; b `chat.appendStream`; c `chat.stopStream`; d `chat.update`;
e `chat.postMessage`: there is no thread to stream into, streaming is refused, or it is final;
f it was cut off while posting: nobody knows whether it is there; g the thread was searched for it;
h the stream cannot go on (Slack closed it, or the text is not a continuation): `chat.stopStream` if
it may be open, then d.

https://docs.slack.dev/reference/methods/chat.startStream, …/chat.update
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import structlog
from slack_sdk.errors import SlackApiError

from adapters.fields import text
from adapters.slack import phrases
from adapters.slack.calls import Calls, code_of, is_definite, retry_after_s, translated
from adapters.slack.dialect import SlackDialect
from adapters.slack.events import Identity, is_direct_channel
from adapters.slack.history import History, ReplyPart, find_part
from adapters.slack.mentions import harmless
from adapters.slack.pace import Pace
from adapters.slack.people import People
from adapters.slack.render import (
    LONGEST_THOUGHT,
    Block,
    Content,
    Rendered,
    render,
    tail,
    task_chunk,
    text_chunk,
    thought_chunk,
)
from adapters.slack.status import AgentSessions
from bot.errors import ChatError, ChatUnavailable, PlaceGone
from bot.keys import SessionKey
from bot.mailbox import Delivery
from bot.messages import Button, OutgoingFile
from bot.ports import Clock, ReplyState, ReplyTarget, ReplyView, ToolLine, ToolState
from bot.recent import Recent
from bot.steps import rolled

MOST_MESSAGES = 8
"""How many messages an answer may take; where it is longer, all of it goes up as a file."""

_FILE_NAME = "answer.md"
_OWN_TASKS = 3
"""So many tools have tasks of their own in a stream; the others share one."""

_log = structlog.get_logger(__name__)

_REFUSED_S = 600.0
_CLOSE_ATTEMPTS = 5
_POST_ANEW = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class Streams:
    """Where streaming was refused lately, so that it is not tried again and again.

    Args:
        clock: time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limited_until = 0.0
        self._refused: Recent[str, float] = Recent(1_000)

    def are_open(self, channel: str) -> bool:
        """Whether a stream may be tried in a channel."""
        until = max(self._limited_until, self._refused.get(channel) or 0.0)
        return self._clock.monotonic() >= until

    def refuse(self, channel: str, error: SlackApiError) -> None:
        """Note a refusal.

        Args:
            channel: where.
            error: what Slack said.
        """
        now, limited_s = self._clock.monotonic(), retry_after_s(error)
        if limited_s is not None:  # that limit is the workspace's
            self._limited_until = now + limited_s
        else:
            self._refused.put(channel, now + _REFUSED_S)
        _log.warning("slack.stream_refused", channel=channel, reason=code_of(error))


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What every reply works with.

    Args:
        calls: the Web API.
        clock: time.
        people: names.
        history: what is in the threads.
        streams: where streaming is refused.
        sessions: the status that people see beside a thread.
        changes: how often messages may be changed.
        dialect: Slack's Markdown.
        send: puts a file into a thread.
        me: tells who we are, once we are signed in.
    """

    calls: Calls
    clock: Clock
    people: People
    history: History
    streams: Streams
    sessions: AgentSessions
    changes: Pace
    dialect: SlackDialect
    send: Callable[[SessionKey, OutgoingFile], Awaitable[object]]
    me: Callable[[], Identity]


@dataclass(kw_only=True, slots=True)
class _Message:
    """One message of a reply, as far as we know."""

    part: int
    ts: str = ""
    is_announced: bool = False
    """The core knows that it is about to be posted."""
    is_uncertain: bool = False
    """Perhaps it was posted: look before posting."""
    is_streaming: bool = False
    """Its stream takes more."""
    may_stream: bool = False
    """Perhaps it has a stream that is open: stop that before changing it."""
    sent: str = ""
    """What was streamed."""
    tools: dict[str, ToolLine] = field(default_factory=dict)
    """The lines that were streamed."""
    thought: str = ""
    """What was streamed of what the model thinks."""
    is_thought_over: bool = False
    """Whether that task was ended."""
    shown: Rendered | None = None
    """What was last put in place."""
    finished: Content | None = None
    """What it was closed with."""

    def took(self, content: Content) -> None:
        """Note what the stream says now."""
        self.sent = content.text
        self.tools.update({tool.id: tool for tool in rolled(content.tools, _OWN_TASKS)})
        self.is_thought_over = bool(content.thought and content.text)
        if content.thought.startswith(self.thought):
            self.thought = content.thought


class SlackReply:
    """One growing answer in a Slack thread: a `Reply`.

    Args:
        target: what it answers.
        desk: what it works with.
    """

    def __init__(self, target: ReplyTarget, desk: Desk) -> None:
        self._target = target
        self._key = target.key
        self._desk = desk
        self._homes: dict[str, int] = {}
        self._messages: dict[int, _Message] = {}
        for delivery in target.earlier:
            self._messages[delivery.part] = _Message(
                part=delivery.part,
                ts=delivery.reference,
                is_uncertain=not delivery.reference,
                may_stream=bool(delivery.reference),
            )

    async def show(self, view: ReplyView) -> None:
        """Bring what people see up to `view`, which is still being worked on."""
        with translated("showing a reply"):
            await self._bring(view, is_final=False)

    async def close(self, view: ReplyView) -> None:
        """Show the final `view`, and end the streaming."""
        for attempt in range(_CLOSE_ATTEMPTS):
            try:
                with translated("ending a reply"):
                    await self._end(view)
            except ChatUnavailable:
                if attempt == _CLOSE_ATTEMPTS - 1:
                    raise
                await self._desk.clock.sleep(2.0**attempt)
            else:
                return

    async def _end(self, view: ReplyView) -> None:
        most = MOST_MESSAGES
        await self._bring(view, is_final=True)
        if len(view.parts) > most and not await self._send_whole(view):
            most = len(view.parts)
            await self._bring(view, is_final=True, most=most)
        await self._remove_from(max(1, min(len(view.parts), most)))

    async def _send_whole(self, view: ReplyView) -> bool:
        """Put the whole answer into the thread as a file; false where Slack takes none."""
        content = (view.whole or "\n\n".join(view.parts)).encode()
        nonce = f"answer-{self._target.name}"
        try:
            await self._desk.send(
                self._key, OutgoingFile(name=_FILE_NAME, content=content, nonce=nonce)
            )
        except (ChatUnavailable, PlaceGone):
            raise
        except ChatError as error:
            _log.warning("slack.answer_file_refused", reason=str(error))
            return False
        return True

    async def _bring(self, view: ReplyView, *, is_final: bool, most: int = MOST_MESSAGES) -> None:
        view = _within(view, most, is_final=is_final)
        parts = view.parts or ("",)
        last = len(parts) - 1
        self._house(view, last)
        for part, said in enumerate(parts):
            message = self._messages.setdefault(part, _Message(part=part))
            tools = tuple(tool for tool in view.tools if self._homes[tool.id] == part)
            thought = view.reasoning[:LONGEST_THOUGHT] if part == 0 else ""
            if part < last:
                content = Content(text=self._safe(said), tools=_ended(tools), thought=thought)
                if message.finished != content:
                    await self._finish(message, content)
                    await self._target.delivered(self._delivery(message, is_open=False))
            elif is_final:
                content = Content(
                    text=self._safe(said),
                    tools=_ended(tools, failed=view.state is not ReplyState.DONE),
                    thought=thought,
                    notice=self._safe(view.notice),
                    footer=view.footer,
                    buttons=view.buttons,
                )
                await self._finish(message, content)
            else:
                content = Content(
                    text=self._safe(said),
                    tools=tools,
                    thought=thought,
                    notice=self._safe(view.notice),
                    footer=view.footer,
                    buttons=view.buttons,
                )
                await self._grow(message, content)

    def _house(self, view: ReplyView, last: int) -> None:
        """Give each tool's line a message; those that still change move to the last one."""
        for tool in view.tools:
            home = min(self._homes.get(tool.id, last), last)
            if tool.state is ToolState.RUNNING:
                home = last
            self._homes[tool.id] = home

    # --- one message ----------------------------------------------------------------------

    async def _grow(self, message: _Message, content: Content) -> None:
        """Show what there is so far."""
        message.finished = None  # where it is begun again, it may have been
        await self._find(message)
        if message.is_streaming and await self._append(message, content):
            return
        if message.ts:
            await self._change(message, self._with_stop(content), may_wait=True)
        elif not await self._start(message, content):
            await self._post(message, self._with_stop(content))

    async def _finish(self, message: _Message, content: Content) -> None:
        """Show it as it stays."""
        if message.finished == content:
            return
        await self._find(message)
        if message.is_streaming and await self._stop(message, content):
            pass
        elif message.ts:
            await self._change(message, content)
        elif not content.is_empty or content.footer:
            await self._post(message, content)
        else:
            return
        message.finished = content

    async def _find(self, message: _Message) -> None:
        """Settle whether a message was posted that we were cut off from."""
        if not message.is_uncertain:
            return
        messages = await self._desk.history.after(self._key, self._target.message_id)
        own = (other.ts for other in self._messages.values() if other.ts)
        known = frozenset((*own, *self._target.others))
        wanted = self._part(message)
        message.ts = find_part(messages, wanted, me=self._desk.me(), known=known)
        message.is_uncertain = False
        if message.ts:
            message.may_stream = True
            _log.info("slack.reply_adopted", reply=wanted.reply, part=wanted.part)
            await self._target.delivered(self._delivery(message))

    # --- streaming ------------------------------------------------------------------------

    async def _start(self, message: _Message, content: Content) -> bool:
        """Begin a stream; false where there can be none."""
        channel = self._key.channel
        if not self._key.thread or not self._desk.streams.are_open(channel):
            return False
        if _needs_blocks(content):
            return False
        if content.is_empty and self._desk.sessions.are_shown:
            return True  # the session's status says that we are at it
        recipient = {}
        if not is_direct_channel(channel):
            user = self._target.person.id
            team = self._desk.people.team(user) or self._key.workspace
            recipient = {"recipient_user_id": user, "recipient_team_id": team}
        chunks = _chunks(message, content.text, content)
        clients = await self._desk.calls.clients()
        await self._announce(message)
        try:
            answer = await clients.impatient.chat_startStream(
                channel=channel,
                thread_ts=self._key.thread,
                chunks=chunks or None,
                **recipient,
            )
        except SlackApiError as error:
            if not is_definite(error):
                raise
            message.is_uncertain = False
            self._desk.streams.refuse(channel, error)
            return False
        message.ts = text(answer.data, "ts")
        message.is_uncertain = False
        message.is_streaming = message.may_stream = True
        message.took(content)
        await self._target.delivered(self._delivery(message))
        return True

    async def _append(self, message: _Message, content: Content) -> bool:
        """Continue the stream; false where it cannot go on."""
        more = _continuation(message.sent, content.text)
        if more is None or _needs_blocks(content):
            return False
        chunks = _chunks(message, more, content)
        if not chunks:
            return True
        client = (await self._desk.calls.clients()).once
        # Should this be cut off, nobody knows what the stream says: it is then put in place.
        message.is_streaming = False
        try:
            await client.chat_appendStream(channel=self._key.channel, ts=message.ts, chunks=chunks)
        except SlackApiError as error:
            if not is_definite(error):
                raise
            _log.info("slack.stream_left", reason=code_of(error))
            return False
        message.is_streaming = True
        message.took(content)
        return True

    async def _stop(self, message: _Message, content: Content) -> bool:
        """End the stream with the rest; false where that must be put in place instead."""
        more = _continuation(message.sent, content.text)
        if more is None:
            return False
        client = (await self._desk.calls.clients()).once
        message.is_streaming = False
        try:
            await client.chat_stopStream(
                channel=self._key.channel,
                ts=message.ts,
                chunks=_chunks(message, more, content, is_over=True) or None,
                blocks=tail(content, self._key) or None,
                metadata=self._part(message).metadata(),
            )
        except SlackApiError as error:
            if not is_definite(error):
                raise
            _log.info("slack.stream_left", reason=code_of(error))
            return False
        message.may_stream = False
        return True

    async def _leave(self, message: _Message) -> None:
        """End a stream that may be open, as it is."""
        if not message.may_stream:
            return
        message.is_streaming = False
        client = (await self._desk.calls.clients()).repeatable
        try:
            await client.chat_stopStream(
                channel=self._key.channel, ts=message.ts, metadata=self._part(message).metadata()
            )
        except SlackApiError as error:
            if not is_definite(error):
                raise
        message.may_stream = False

    # --- messages that are put in place ---------------------------------------------------

    async def _post(self, message: _Message, content: Content) -> None:
        rendered = render(content, self._key, nothing=self._nothing(content))
        client = (await self._desk.calls.clients()).once
        await self._announce(message)
        try:
            answer = await client.chat_postMessage(
                channel=self._key.channel,
                thread_ts=self._key.thread or None,
                text=rendered.text,
                blocks=rendered.blocks,
                metadata=self._part(message).metadata(),
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            message.is_uncertain = not is_definite(error)
            raise
        message.ts = text(answer.data, "ts")
        message.is_uncertain = False
        message.shown = rendered
        await self._target.delivered(self._delivery(message))

    async def _change(self, message: _Message, content: Content, *, may_wait: bool = False) -> None:
        rendered = render(content, self._key, nothing=self._nothing(content))
        await self._leave(message)
        if message.shown == rendered:
            return
        if not may_wait:
            self._desk.changes.take()
        elif not await self._desk.changes.turn():
            raise ChatUnavailable("Slack takes no more changes for now: it is shown later.")
        client = (await self._desk.calls.clients()).repeatable
        message.shown = None  # should this be cut off, nobody knows what it says
        try:
            await client.chat_update(
                channel=self._key.channel,
                ts=message.ts,
                text=rendered.text,
                blocks=rendered.blocks,
                metadata=self._part(message).metadata(),
            )
        except SlackApiError as error:
            if code_of(error) not in _POST_ANEW:
                raise
            # Somebody deleted it, or it may not be changed any more.
            message.ts = ""
            message.is_announced = False
            await self._post(message, content)
        else:
            message.shown = rendered

    async def _remove_from(self, first: int) -> None:
        """Take back the messages of an earlier, longer attempt."""
        for part in sorted(part for part in self._messages if part >= first):
            message = self._messages[part]
            await self._find(message)
            if message.ts:
                await self._leave(message)
                client = (await self._desk.calls.clients()).repeatable
                try:
                    await client.chat_delete(channel=self._key.channel, ts=message.ts)
                except SlackApiError as error:
                    _log.info("slack.surplus_not_deleted", reason=code_of(error))
            del self._messages[part]

    # --- small things ---------------------------------------------------------------------

    def _with_stop(self, content: Content) -> Content:
        if any(button.action == "stop" for button in content.buttons):
            return content
        stop = Button(action="stop", value=self._target.name, label=phrases.STOP)
        return replace(content, buttons=(*content.buttons, stop))

    def _nothing(self, content: Content) -> str:
        is_working = any(button.action == "stop" for button in content.buttons)
        return phrases.WORKING if is_working else phrases.NO_ANSWER

    def _safe(self, said: str) -> str:
        # What comes in Slack's dialect is harmless already: this is the lock at the door.
        return harmless(said, self._desk.dialect.called)

    async def _announce(self, message: _Message) -> None:
        """Note that a message is about to be posted, before it is."""
        if not message.is_announced:
            await self._target.delivered(self._delivery(message))
            message.is_announced = True
        message.is_uncertain = True

    def _part(self, message: _Message) -> ReplyPart:
        return ReplyPart(reply=self._target.name, part=message.part)

    def _delivery(self, message: _Message, *, is_open: bool = True) -> Delivery:
        return Delivery(
            entry_id=self._target.entry_id,
            part=message.part,
            reference=message.ts,
            is_open=is_open,
        )


def _continuation(sent: str, text: str) -> str | None:
    """What is to be appended; None where the text does not continue what was sent."""
    if text.startswith(sent):
        return text[len(sent) :]
    is_trimmed = sent.startswith(text) and not sent[len(text) :].strip()
    return "" if is_trimmed else None


def _chunks(
    message: _Message, more: str, content: Content, *, is_over: bool = False
) -> list[Block]:
    tools = rolled(content.tools, _OWN_TASKS)
    changed = [tool for tool in tools if message.tools.get(tool.id) != tool]
    known = [task_chunk(tool) for tool in changed if tool.id in message.tools]
    new = [task_chunk(tool) for tool in changed if tool.id not in message.tools]
    text_chunks = [text_chunk(more)] if more else []
    return [*_thought_chunks(message, content, is_over=is_over), *known, *text_chunks, *new]


def _thought_chunks(message: _Message, content: Content, *, is_over: bool) -> list[Block]:
    """What the model thinks, as far as it was not told: until it says something."""
    more = _continuation(message.thought, content.thought) or ""
    is_over = is_over or bool(content.text)
    if not content.thought or (not more and is_over == message.is_thought_over):
        return []
    return [thought_chunk(more, is_over=is_over)]


def _needs_blocks(content: Content) -> bool:
    """Whether there is something to show that a stream has no place for before its end."""
    return bool(content.notice) or any(button.action != "stop" for button in content.buttons)


def _within(view: ReplyView, most: int, *, is_final: bool) -> ReplyView:
    """A view of no more messages than that, which says that there is more."""
    if len(view.parts) <= most:
        return view
    if not is_final:
        return replace(view, parts=view.parts[:most])
    notice = "\n\n".join(filter(None, (phrases.WHOLE_IN_FILE, view.notice)))
    return replace(view, parts=view.parts[:most], notice=notice)


def _ended(tools: tuple[ToolLine, ...], *, failed: bool = False) -> tuple[ToolLine, ...]:
    """The lines of a message that does not change any more."""
    end = ToolState.FAILED if failed else ToolState.DONE
    return tuple(
        replace(tool, state=end) if tool.state is ToolState.RUNNING else tool for tool in tools
    )
