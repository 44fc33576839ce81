"""A reply as it grows in Discord: messages that are posted once and then changed in place.

A message of a reply is in one of these states:

    NEW -a→ POSTED -b→ POSTED    NEW -c→ UNCERTAIN -d→ POSTED|NEW    POSTED -e→ NEW

a it is created; b it is changed; c it was cut off while being created: nobody knows whether it is
there; d the thread was searched for it; e somebody deleted it, or it is too old to be changed.

Discord keeps a message's nonce for some minutes only, and creates no second message with it. Beyond
that a message that still grows is known by its stop button, which says which entry it answers.

https://docs.discord.com/developers/resources/message#create-message
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from hashlib import blake2s

import discord
import structlog

from adapters.discord import phrases
from adapters.discord.buttons import buttons_of
from adapters.discord.calls import (
    TOO_OLD_TO_CHANGE,
    UNKNOWN_MESSAGE,
    Calls,
    is_definite,
    translated,
)
from adapters.discord.events import is_ours
from adapters.discord.fields import snowflake
from adapters.discord.homes import Homes
from adapters.discord.render import LONGEST, Content, Rendered, render
from adapters.discord.signs import TypingSigns
from adapters.discord.surroundings import Identity
from adapters.fields import Fields, text
from bot.errors import ChatError, ChatRefused, ChatUnavailable, PlaceGone
from bot.keys import SessionKey
from bot.mailbox import Delivery
from bot.messages import Button, Person
from bot.ports import Clock, ReplyState, ReplyTarget, ReplyView, ToolState

_log = structlog.get_logger(__name__)

MOST_MESSAGES = 5
"""How many messages an answer may take; where it is longer, all of it goes up as a file."""

_CLOSE_ATTEMPTS = 5
_SEARCHED = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What every reply works with.

    Args:
        calls: the REST API.
        homes: where conversations live.
        signs: who is seen typing.
        clock: time.
        me: tells who we are, once we are signed in.
        complain: tells a person that their answer could not be shown; never raises.
    """

    calls: Calls
    homes: Homes
    signs: TypingSigns
    clock: Clock
    me: Callable[[], Identity]
    complain: Callable[[SessionKey, Person, str], Awaitable[None]]


@dataclass(kw_only=True, slots=True)
class _Message:
    """One message of a reply, as far as we know."""

    part: int
    id: str = ""
    is_uncertain: bool = False
    """Perhaps it was posted: look before posting."""
    posts: int = 0
    """How often it was lost and posted anew."""
    shown: Rendered | None = None
    """What it says."""
    finished: Content | None = None
    """What it was closed with."""


class DiscordReply:
    """One growing answer: a `Reply`.

    Args:
        target: what it answers.
        desk: what it works with.
    """

    def __init__(self, target: ReplyTarget, desk: Desk) -> None:
        self._target = target
        self._key = target.key
        self._desk = desk
        self._homes: dict[str, int] = {}
        self._refusal: ChatError | None = None
        self._messages: dict[int, _Message] = {
            delivery.part: _Message(
                part=delivery.part,
                id=delivery.reference,
                is_uncertain=not delivery.reference,
            )
            for delivery in target.earlier
        }

    async def show(self, view: ReplyView) -> None:
        """Bring what people see up to `view`, which is still being worked on.

        A refusal is not raised here, and nothing more is tried before `close`, which raises it.
        """
        if self._refusal is not None:
            return
        try:
            with translated("showing a reply"):
                await self._bring(view, is_final=False)
        except (ChatRefused, PlaceGone) as error:
            self._refusal = error
            self._desk.signs.end(self._key)

    async def close(self, view: ReplyView) -> None:
        """Show the final `view`."""
        try:
            await self._close(view)
        except (ChatRefused, PlaceGone) as error:
            await self._desk.complain(self._key, self._target.person, str(error))
            raise
        finally:
            self._desk.signs.end(self._key)

    async def _close(self, view: ReplyView) -> None:
        for attempt in range(_CLOSE_ATTEMPTS):
            try:
                with translated("showing a reply"):
                    await self._bring(view, is_final=True)
                    await self._remove_from(max(1, min(len(view.parts), MOST_MESSAGES)))
            except ChatUnavailable:
                if attempt == _CLOSE_ATTEMPTS - 1:
                    raise
                await self._desk.clock.sleep(2.0**attempt)
            else:
                return

    async def _bring(self, view: ReplyView, *, is_final: bool) -> None:
        parts = view.parts[:MOST_MESSAGES] or ("",)
        last = len(parts) - 1
        self._house(view, last)
        for part, said in enumerate(parts):
            message = self._messages.setdefault(part, _Message(part=part))
            tools = tuple(tool for tool in view.tools if self._homes[tool.id] == part)
            content = Content(text=said, tools=tools, thought=view.reasoning if part == 0 else "")
            if part < last:
                await self._finish(message, _ended(content))
            elif is_final:
                await self._finish(message, self._at_the_end(content, view))
            else:
                await self._grow(message, self._so_far(content, view))

    def _house(self, view: ReplyView, last: int) -> None:
        """Give each tool's line a message; those that still change move to the last one."""
        for tool in view.tools:
            home = min(self._homes.get(tool.id, last), last)
            if tool.state is ToolState.RUNNING:
                home = last
            self._homes[tool.id] = home

    def _so_far(self, content: Content, view: ReplyView) -> Content:
        is_cut = len(view.parts) > MOST_MESSAGES
        buttons = view.buttons
        if not any(button.action == "stop" for button in buttons):
            stop = Button(action="stop", value=self._target.name, label=phrases.STOP)
            buttons = (*buttons, stop)
        return replace(
            content,
            notice=view.notice,
            footer=phrases.MORE_FOLLOWS if is_cut else view.footer,
            buttons=buttons,
        )

    def _at_the_end(self, content: Content, view: ReplyView) -> Content:
        whole = ""
        if len(view.parts) > MOST_MESSAGES:
            whole = view.whole or "\n\n".join(view.parts)
        return _ended(
            replace(
                content,
                notice="\n".join(filter(None, (phrases.WHOLE_IN_FILE * bool(whole), view.notice))),
                footer=view.footer,
                buttons=view.buttons,
                whole=whole,
            ),
            failed=view.state is not ReplyState.DONE,
        )

    # --- one message ----------------------------------------------------------------------

    async def _grow(self, message: _Message, content: Content) -> None:
        """Show what there is so far."""
        message.finished = None  # where it is begun again, it may have been
        await self._find(message)
        is_silent = replace(content, buttons=()).is_empty
        if is_silent and not message.id:
            self._desk.signs.begin(self._key)
            return
        await self._put(message, content)

    async def _finish(self, message: _Message, content: Content) -> None:
        """Show it as it stays."""
        if message.finished == content:
            return
        await self._find(message)
        if not message.id and content.is_empty:
            return
        await self._put(message, content)
        message.finished = content
        await self._target.delivered(self._delivery(message, is_open=False))

    async def _put(self, message: _Message, content: Content) -> None:
        rendered = render(content, self._key)
        rendered = rendered.saying(
            self._desk.homes.named(
                rendered.content, self._key, self._target.person.id, longest=LONGEST
            )
        )
        if message.id:
            await self._change(message, rendered)
        else:
            await self._post(message, rendered)

    async def _post(self, message: _Message, rendered: Rendered) -> None:
        home = await self._desk.homes.home(self._key)
        await self._target.delivered(self._delivery(message))
        message.is_uncertain = True
        try:
            posted = await self._desk.homes.in_open(
                home,
                lambda: self._desk.calls.post_message(
                    home.channel, rendered, nonce=self._nonce(message), reply_to=home.reply_to
                ),
            )
        except discord.HTTPException as error:
            message.is_uncertain = not is_definite(error)
            raise
        message.id = snowflake(posted, "id")
        message.is_uncertain = False
        self._desk.signs.end(self._key)
        await self._target.delivered(self._delivery(message))
        if text(posted, "content").strip() == rendered.content.strip():
            message.shown = rendered
        else:
            # An earlier attempt's message with the same nonce was there.
            await self._change(message, rendered)

    async def _change(self, message: _Message, rendered: Rendered) -> None:
        if message.shown == rendered:
            return
        message.shown = None  # should this be cut off, nobody knows what it says
        home = await self._desk.homes.home(self._key)
        try:
            await self._desk.homes.in_open(
                home, lambda: self._desk.calls.change_message(home.channel, message.id, rendered)
            )
        except discord.HTTPException as error:
            if error.code != UNKNOWN_MESSAGE and error.code not in TOO_OLD_TO_CHANGE:
                raise
            message.id = ""
            message.posts += 1
            await self._post(message, rendered)
        else:
            message.shown = rendered

    async def _find(self, message: _Message) -> None:
        """Settle whether a message was posted that we were cut off from."""
        if not message.is_uncertain:
            return
        home = await self._desk.homes.home(self._key)
        known = {other.id for other in self._messages.values() if other.id}
        known.update(self._target.others)
        after = self._target.message_id.partition("-")[0]
        for found in await self._desk.calls.messages(home.channel, limit=_SEARCHED, after=after):
            if snowflake(found, "id") in known or not is_ours(found, self._desk.me()):
                continue
            if self._is_it(message, found):
                message.id = snowflake(found, "id")
                _log.info("discord.reply_found", reply=self._target.name, part=message.part)
                await self._target.delivered(self._delivery(message))
                break
        message.is_uncertain = False

    def _is_it(self, message: _Message, found: Fields) -> bool:
        if found.get("nonce") == self._nonce(message):
            return True
        return any(
            button.action == "stop"
            and button.key == self._key
            and button.value == self._target.name
            for button in buttons_of(found)
        )

    async def _remove_from(self, first: int) -> None:
        """Take back the messages of an earlier, longer attempt."""
        for part in sorted(part for part in self._messages if part >= first):
            message = self._messages[part]
            await self._find(message)
            if message.id:
                home = await self._desk.homes.home(self._key)
                try:
                    await self._desk.calls.delete_message(home.channel, message.id)
                except discord.HTTPException as error:
                    if not is_definite(error):
                        raise
                    _log.info("discord.surplus_not_deleted", reason=error.code)
            del self._messages[part]

    # --- small things ---------------------------------------------------------------------

    def _nonce(self, message: _Message) -> str:
        name = f"{self._key}/{self._target.message_id}/{self._target.name}"
        name += f"/{message.part}/{message.posts}/{self._target.retries}"
        return blake2s(name.encode(), digest_size=12).hexdigest()

    def _delivery(self, message: _Message, *, is_open: bool = True) -> Delivery:
        return Delivery(
            entry_id=self._target.entry_id,
            part=message.part,
            reference=message.id,
            is_open=is_open,
        )


def _ended(content: Content, *, failed: bool = False) -> Content:
    """A message that does not change any more: no tool goes on."""
    end = ToolState.FAILED if failed else ToolState.DONE
    tools = tuple(
        replace(tool, state=end) if tool.state is ToolState.RUNNING else tool
        for tool in content.tools
    )
    return replace(content, tools=tools)
