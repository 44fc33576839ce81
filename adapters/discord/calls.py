"""Calls of Discord's REST API, through discord.py's HTTP client, and our own errors for its.

The client waits as the limits of each route ask, and tries again after failures of Discord.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Route

from adapters.discord.fields import snowflake
from adapters.discord.interactions import Ticket
from adapters.discord.render import SILENT, File, Rendered
from adapters.discord.uploads import Upload
from adapters.fields import Fields, fields
from bot.errors import ChatError, ChatRefused, ChatUnavailable, FileTooLarge, PlaceGone

LONGEST_WAIT_S = 60.0
"""How long a call waits for a limit before it counts as failed."""

_START_S = 30.0

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
THREAD_EXISTS = 160004
THREAD_ARCHIVED = 50083
TOO_OLD_TO_CHANGE = frozenset({30046, 50005})
NO_THREADS_HERE = frozenset({50013, 50024, 160006, 160007})
"""Why no thread can be started: not permitted, not in such a channel, or too many of them."""

_GONE = frozenset({10003, 10004, 10008, 10013, 10015, 10062})
_CANNOT_SEE = 50001
NOT_PERMITTED = 50013
_NO_DIRECT_MESSAGES = frozenset({50007, 50278})
_LOCKED = 160005
_BLOCKED = frozenset({200000, 200001})
_TOO_LARGE = 40005

_LONGEST_CHOICE, _MOST_CHOICES = 100, 25
_MESSAGE, _DEFERRED, _DEFERRED_UPDATE, _CHOICES, _MODAL = 4, 5, 6, 8, 9
_EPHEMERAL = 1 << 6


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A file of a request."""

    name: str
    type: str
    content: bytes


class Calls:
    """The REST API, as far as it is used here. All raise ChatError inside `translated`."""

    def __init__(self) -> None:
        self._http: HTTPClient | None = None
        self._application = ""
        self._opened = asyncio.Event()
        self._is_shut = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Calls wait while nobody is signed in; after this they fail at once."""
        self._is_shut = False
        try:
            yield
        finally:
            self._is_shut = True

    @contextmanager
    def opened(self, http: HTTPClient, application: str) -> Iterator[None]:
        """Let calls through.

        Args:
            http: signed in.
            application: our application's id.
        """
        self._http, self._application = http, application
        self._opened.set()
        try:
            yield
        finally:
            self._opened.clear()
            self._http = None

    # --- messages -------------------------------------------------------------------------

    async def post_message(
        self, channel: str, rendered: Rendered, *, nonce: str, reply_to: str = ""
    ) -> Fields:
        """Post a message, once for each nonce within some minutes.

        Args:
            channel: where.
            rendered: what.
            nonce: names the attempt, at most 25 characters.
            reply_to: the message that it replies to; empty for none.

        Returns:
            The message: an earlier one where there is one with this nonce.
        """
        body = rendered.body() | {"nonce": nonce, "enforce_nonce": True}
        if reply_to:
            body["message_reference"] = {"message_id": reply_to, "fail_if_not_exists": False}
        path = "/channels/{channel_id}/messages"
        return fields(await self._send("POST", path, body, rendered.files, channel_id=channel))

    async def post_files(
        self, channel: str, files: Sequence[Upload], *, nonce: str, reply_to: str = ""
    ) -> Fields:
        """Post a message of files, once for each nonce within some minutes.

        Args:
            channel: where.
            files: what, at most 10.
            nonce: names the attempt, at most 25 characters.
            reply_to: the message that it replies to; empty for none.

        Returns:
            The message: an earlier one where there is one with this nonce.
        """
        body: dict[str, Any] = {
            "allowed_mentions": SILENT,
            "attachments": [file.described(number) for number, file in enumerate(files)],
            "nonce": nonce,
            "enforce_nonce": True,
        }
        if reply_to:
            body["message_reference"] = {"message_id": reply_to, "fail_if_not_exists": False}
        parts = [_Part(name=each.name, type=each.type, content=each.content) for each in files]
        path = "/channels/{channel_id}/messages"
        return fields(await self._form("POST", path, body, parts, channel_id=channel))

    async def change_message(self, channel: str, message: str, rendered: Rendered) -> None:
        """Change a message of ours."""
        await self._send(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            rendered.body(),
            rendered.files,
            channel_id=channel,
            message_id=message,
        )

    async def delete_message(self, channel: str, message: str) -> None:
        """Delete a message of ours."""
        path = "/channels/{channel_id}/messages/{message_id}"
        await self._call("DELETE", path, channel_id=channel, message_id=message)

    async def message(self, channel: str, message: str) -> Fields | None:
        """One message; None where there is none."""
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            return fields(await self._call("GET", path, channel_id=channel, message_id=message))
        except discord.NotFound as error:
            if error.code in {UNKNOWN_MESSAGE, UNKNOWN_CHANNEL}:
                return None
            raise

    async def messages(
        self, channel: str, *, limit: int, after: str = "", before: str = ""
    ) -> list[Fields]:
        """Messages of a channel or thread, oldest first.

        Args:
            channel: where.
            limit: how many at most, up to 100: the newest, or those next to `after`.
            after: only what came after this id.
            before: only what came before this id.
        """
        query: dict[str, str] = {"limit": str(limit)}
        if after:
            query["after"] = after
        if before:
            query["before"] = before
        path = "/channels/{channel_id}/messages"
        found = await self._call("GET", path, query=query, channel_id=channel)
        read = [fields(each) for each in found] if isinstance(found, list) else []
        return sorted(
            (each for each in read if snowflake(each, "id")),
            key=lambda each: int(snowflake(each, "id")),
        )

    async def react(self, channel: str, message: str, emoji: str, *, is_on: bool) -> None:
        """Put a reaction of ours on a message, or take it away."""
        await self._call(
            "PUT" if is_on else "DELETE",
            "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me",
            channel_id=channel,
            message_id=message,
            emoji=emoji,
        )

    async def type_in(self, channel: str) -> None:
        """Show that we are typing, for ten seconds or until we post."""
        await self._call("POST", "/channels/{channel_id}/typing", channel_id=channel)

    # --- channels -------------------------------------------------------------------------

    async def channel(self, channel: str) -> Fields:
        """A channel, a thread or a direct message."""
        return fields(await self._call("GET", "/channels/{channel_id}", channel_id=channel))

    async def start_thread(self, channel: str, message: str, name: str) -> Fields:
        """Start a thread from a message; it has the message's id."""
        return fields(
            await self._call(
                "POST",
                "/channels/{channel_id}/messages/{message_id}/threads",
                body={"name": name},
                channel_id=channel,
                message_id=message,
            )
        )

    async def start_post(self, forum: str, name: str, rendered: Rendered) -> Fields:
        """Start a post in a forum or media channel; it has the id of its first message.

        Args:
            forum: the channel.
            name: the post's title.
            rendered: its first message, without files.
        """
        return fields(
            await self._call(
                "POST",
                "/channels/{channel_id}/threads",
                body={"name": name, "message": rendered.body()},
                channel_id=forum,
            )
        )

    async def change_thread(self, thread: str, **changes: object) -> None:
        """Change a thread: `name`, `archived`."""
        await self._call("PATCH", "/channels/{channel_id}", body=changes, channel_id=thread)

    async def direct_channel(self, person: str) -> str:
        """The direct message with a person, opened where there is none yet."""
        answer = await self._call("POST", "/users/@me/channels", body={"recipient_id": person})
        return snowflake(answer, "id")

    # --- interactions ---------------------------------------------------------------------

    async def defer(self, ticket: Ticket) -> None:
        """Say that an answer comes: away from messages with the sign that all know as waiting."""
        kind: dict[str, Any] = {"type": _DEFERRED_UPDATE}
        if not ticket.is_on_message:
            kind = {"type": _DEFERRED, "data": {"flags": _EPHEMERAL}}
        await self._callback(ticket, kind)

    async def tell_at_once(self, ticket: Ticket, rendered: Rendered) -> None:
        """Answer an interaction; only its author sees it."""
        body = rendered.body()
        body["flags"] |= _EPHEMERAL
        await self._callback(ticket, {"type": _MESSAGE, "data": body})

    async def open_form(self, ticket: Ticket, modal: dict[str, Any]) -> None:
        """Answer an interaction with a form that opens for its author."""
        await self._callback(ticket, {"type": _MODAL, "data": modal})

    async def offer(self, ticket: Ticket, choices: Sequence[str]) -> None:
        """Say how what is being typed could go on; what is too long to be chosen is left out."""
        fitting = [choice for choice in choices if 0 < len(choice) <= _LONGEST_CHOICE]
        named = [{"name": choice, "value": choice} for choice in fitting[:_MOST_CHOICES]]
        await self._callback(ticket, {"type": _CHOICES, "data": {"choices": named}})

    async def tell_deferred(self, ticket: Ticket, rendered: Rendered) -> None:
        """Answer what was deferred away from messages; only its author sees it."""
        path = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
        await self._hook("PATCH", path, ticket, rendered.body())

    async def tell_nothing(self, ticket: Ticket) -> None:
        """Take the sign of waiting away."""
        await self._hook(
            "DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", ticket, None
        )

    async def tell_also(self, ticket: Ticket, rendered: Rendered) -> None:
        """Answer what was deferred at a message; only its author sees it."""
        body = rendered.body()
        body["flags"] |= _EPHEMERAL
        await self._hook("POST", "/webhooks/{webhook_id}/{webhook_token}", ticket, body)

    # --- the application ------------------------------------------------------------------

    async def commands(self) -> Sequence[object]:
        """The commands that are registered."""
        path = "/applications/{application_id}/commands"
        found = await self._call("GET", path, application_id=self._application)
        return found if isinstance(found, list) else ()

    async def register(self, commands: list[dict[str, Any]]) -> None:
        """Replace the commands that are registered."""
        path = "/applications/{application_id}/commands"
        await self._call("PUT", path, body=commands, application_id=self._application)

    # --- private --------------------------------------------------------------------------

    async def _callback(self, ticket: Ticket, answer: dict[str, Any]) -> None:
        await self._call(
            "POST",
            "/interactions/{webhook_id}/{webhook_token}/callback",
            body=answer,
            webhook_id=ticket.id,
            webhook_token=ticket.token,
        )

    async def _hook(self, method: str, path: str, ticket: Ticket, body: object) -> None:
        await self._call(
            method,
            path,
            body=body,
            webhook_id=self._application,
            webhook_token=ticket.token,
        )

    async def _send(
        self, method: str, path: str, body: dict[str, Any], files: Sequence[File], **names: str
    ) -> object:
        if not files:
            return await self._call(method, path, body=body, query=None, **names)
        parts = [
            _Part(name=file.name, type="text/markdown; charset=utf-8", content=file.data)
            for file in files
        ]
        return await self._form(method, path, body, parts, **names)

    async def _form(
        self, method: str, path: str, body: dict[str, Any], parts: Sequence[_Part], **names: str
    ) -> object:
        # Each attempt reads them from the beginning.
        files = [discord.File(BytesIO(part.content), filename=part.name) for part in parts]
        said: dict[str, Any] = {
            "name": "payload_json",
            "value": json.dumps(body),
            "content_type": "application/json",
        }
        form = [
            {
                "name": f"files[{number}]",
                "value": file.fp,
                "filename": part.name,
                "content_type": part.type,
            }
            for number, (part, file) in enumerate(zip(parts, files, strict=True))
        ]
        http = await self._ready()
        return await _asked(http, Route(method, path, **names), form=[said, *form], files=files)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: dict[str, str] | None = None,
        **names: str,
    ) -> object:
        http = await self._ready()
        more: dict[str, Any] = {}
        if body is not None:
            more["json"] = body
        if query is not None:
            more["params"] = query
        return await _asked(http, Route(method, path, **names), **more)

    async def _ready(self) -> HTTPClient:
        if self._http is None and not self._is_shut:
            try:
                async with asyncio.timeout(_START_S):
                    await self._opened.wait()
            except TimeoutError as error:
                raise ChatUnavailable("Discord is not connected: nobody is signed in.") from error
        if self._http is None:
            raise ChatUnavailable("Discord is not connected: the adapter has ended.")
        return self._http


async def _asked(http: HTTPClient, route: Route, **more: Any) -> object:
    try:
        answer: object = await http.request(route, **more)
    except RuntimeError as error:
        if "closed" not in str(error):
            raise
        raise ChatUnavailable("Discord is not connected: the adapter has ended.") from error
    return answer


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the errors of discord.py and aiohttp into ours.

    Args:
        doing: what is being done, such as "posting a message".

    Raises:
        ChatUnavailable: Discord is out of reach, fails, or limits us for too long.
        ChatRefused: Discord does not permit it.
        PlaceGone: the channel, the thread or the message is gone.
        FileTooLarge: what is sent is larger than Discord takes.
    """
    try:
        yield
    except discord.HTTPException as error:
        raise _translation(error, doing) from error
    except discord.RateLimited as error:
        raise ChatUnavailable(
            f"Discord limits {doing} for {error.retry_after:.0f} s: try again later."
        ) from error
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        # OSError has TimeoutError in it.
        reason = str(error) or type(error).__name__
        raise ChatUnavailable(f"Discord is out of reach while {doing}: {reason}.") from error


def is_definite(error: discord.HTTPException) -> bool:
    """Whether Discord said no, so that nothing was done; else nobody knows."""
    return 400 <= error.status < 500 and error.status != 408


def _translation(error: discord.HTTPException, doing: str) -> ChatError:
    status, code = error.status, error.code
    if status >= 500 or status == 429:
        return ChatUnavailable(f"Discord fails while {doing} ({status}): try again later.")
    if status == 401 and code != 50027:
        return ChatRefused(
            "DISCORD_BOT_TOKEN is not accepted: copy the token of the bot from the application's "
            "page Bot in the developer portal."
        )
    if status == 413 or code == _TOO_LARGE:
        return FileTooLarge("Discord takes no file as large as this: send a smaller one.")
    if code in _GONE:
        return PlaceGone(
            f"What this was about is gone: a message, thread or channel was deleted ({code})."
        )
    if code == _CANNOT_SEE:
        return ChatRefused(
            f"Discord does not permit {doing}: the bot may not see this channel. Give it the "
            "permissions of its invitation there."
        )
    if code == NOT_PERMITTED:
        return ChatRefused(
            f"Discord does not permit {doing}: the bot lacks a permission in this channel. Give "
            "it the permissions of its invitation there."
        )
    if code in _NO_DIRECT_MESSAGES:
        return ChatRefused("This person takes no direct messages from the bot.")
    if code == _LOCKED:
        return ChatRefused("This thread is locked: ask a moderator to unlock it.")
    if code in _BLOCKED:
        return ChatRefused("The server's AutoMod does not let this through.")
    if code == THREAD_ARCHIVED:
        return ChatRefused("This thread is archived, and the bot may not open it again.")
    return ChatRefused(f"Discord refuses {doing} ({status}, {code}).")
