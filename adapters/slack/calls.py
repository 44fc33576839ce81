"""Calls of Slack's Web API: one HTTP session for all, patience where it is due, our own errors."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.fenced import fenced
from adapters.fields import fields, text
from bot.errors import ChatError, ChatRefused, ChatUnavailable, PlaceGone
from bot.missed import MissedLimits

TIMEOUT_S = 30.0
"""How long one HTTP request may take."""

_START_S = 30.0
CONNECTION_RETRIES = 2
"""How often a call is made again whose connection could not be opened, or broke."""

_TOKENS = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
_GONE = frozenset(
    {
        "cant_update_message",
        "channel_not_found",
        "edit_window_closed",
        "is_archived",
        "message_not_found",
        "thread_not_found",
    }
)
_FAILING = frozenset(
    {
        "accesslimited",
        "fatal_error",
        "internal_error",
        "ratelimited",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "team_added_to_org",
    }
)

# The SDK formats what it sends whenever its logger has no level of its own.
sdk_log = logging.getLogger(f"{__name__}.sdk")
sdk_log.setLevel(logging.WARNING)


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackOptions:
    """How to reach a workspace.

    Args:
        bot_token: `xoxb-…`, of the installed app.
        app_token: `xapp-…`, with the scope `connections:write`.
        api_url: where the Web API is.
        missed: how much is looked for that was missed.
    """

    bot_token: str
    app_token: str
    api_url: str = "https://slack.com/api/"
    missed: MissedLimits = field(default_factory=MissedLimits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clients:
    """The Web API's clients, over one HTTP session.

    Args:
        session: the HTTP session.
        repeatable: for calls that may be made twice: waits as told after a 429 and tries again
            after failures of Slack or of the connection.
        once: for calls that post something: waits as told after a 429, but a failure may have
            come after the message was posted, so that the caller must look.
        impatient: for calls that have a substitute: tries nothing again.
    """

    session: aiohttp.ClientSession
    repeatable: AsyncWebClient
    once: AsyncWebClient
    impatient: AsyncWebClient

    def webhook(self, url: str) -> AsyncWebhookClient:
        """What answers at a `response_url`.

        Args:
            url: as the payload brought it.
        """
        client = AsyncWebhookClient(
            url=url,
            session=self.session,
            logger=sdk_log,
            retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=3)],
        )
        client.proxy = self.once.proxy
        return client


class Calls:
    """The Web API of one workspace.

    Args:
        options: how to reach it.
        doubt: called when Slack refuses a call for its token.
    """

    def __init__(self, options: SlackOptions, doubt: Callable[[], None] = lambda: None) -> None:
        self._options = options
        self._doubt = doubt
        self._clients: Clients | None = None
        self._admitted = asyncio.Event()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Clients]:
        """Keep the HTTP session open; calls wait until they are admitted."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout, trace_configs=[fenced()]) as session:
            waits = AsyncRateLimitErrorRetryHandler(max_retry_count=10)
            connects = AsyncConnectionErrorRetryHandler(
                max_retry_count=CONNECTION_RETRIES, error_types=[aiohttp.ClientConnectorError]
            )
            self._clients = Clients(
                session=session,
                repeatable=self._client(
                    session,
                    waits,
                    AsyncConnectionErrorRetryHandler(max_retry_count=CONNECTION_RETRIES),
                    AsyncServerErrorRetryHandler(max_retry_count=2),
                ),
                once=self._client(session, waits, connects),
                impatient=self._client(session),
            )
            try:
                yield self._clients
            finally:
                self._admitted.clear()
                self._clients = None

    def admit(self) -> None:
        """We are signed in: let calls through."""
        self._admitted.set()

    async def clients(self) -> Clients:
        """The clients, once we are signed in.

        Raises:
            ChatUnavailable: nobody is signed in.
        """
        if not self._admitted.is_set():
            try:
                async with asyncio.timeout(_START_S):
                    await self._admitted.wait()
            except TimeoutError as error:
                raise ChatUnavailable("Slack is not connected: nobody is signed in.") from error
        if self._clients is None:
            raise ChatUnavailable("Slack is not connected: the adapter has ended.")
        return self._clients

    def _client(
        self, session: aiohttp.ClientSession, *handlers: AsyncRetryHandler
    ) -> AsyncWebClient:
        client = _Client(
            self._doubt,
            token=self._options.bot_token,
            base_url=self._options.api_url,
            session=session,
            logger=sdk_log,
            retry_handlers=list(handlers),
        )
        if _is_loopback(self._options.api_url):
            client.proxy = None  # the SDK takes HTTP_PROXY and knows no NO_PROXY
        return client


class _Client(AsyncWebClient):
    """The SDK's client, which says when the bot's token is refused.

    Args:
        doubt: called then.
        options: of the SDK's.
    """

    def __init__(self, doubt: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._doubt = doubt

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        """Call a method."""
        try:
            return await super().api_call(api_method, **options)
        except SlackApiError as error:
            # Its token is another one.
            if code_of(error) in _TOKENS and api_method != "apps.connections.open":
                self._doubt()
            raise


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn the errors of slack-sdk and aiohttp into ours.

    Args:
        doing: what is being done, such as "posting a message".

    Raises:
        ChatUnavailable: Slack is out of reach, fails, or is still limiting us after waiting.
        ChatRefused: Slack does not permit it.
        PlaceGone: the channel, the thread or the message is gone.
    """
    try:
        yield
    except SlackApiError as error:
        raise _translation(error, doing) from error
    except (aiohttp.ClientError, SlackClientError, OSError) as error:
        # OSError has TimeoutError in it.
        reason = str(error) or type(error).__name__
        raise ChatUnavailable(f"Slack is out of reach while {doing}: {reason}.") from error


def code_of(error: SlackApiError) -> str:
    """Slack's own code of an error, such as `channel_not_found`; empty where there is none."""
    return text(getattr(error.response, "data", error.response), "error")


def is_definite(error: SlackApiError) -> bool:
    """Whether Slack said no, so that nothing was done; else nobody knows."""
    status = getattr(error.response, "status_code", None)
    return (
        bool(code_of(error))
        and code_of(error) not in _FAILING - {"ratelimited"}
        and (not isinstance(status, int) or status < 500)
    )


def retry_after_s(error: SlackApiError) -> float | None:
    """For how long Slack asks to wait (seconds); None where it was not a 429."""
    if getattr(error.response, "status_code", None) != 429:
        return None
    headers = getattr(error.response, "headers", {})
    named = {str(name).lower(): value for name, value in headers.items()}
    try:
        return max(1.0, float(named.get("retry-after", 1)))
    except ValueError:
        return 1.0


def _translation(error: SlackApiError, doing: str) -> ChatError:
    code = code_of(error)
    status = getattr(error.response, "status_code", None)
    if not code or code in _FAILING or (isinstance(status, int) and status >= 500):
        return ChatUnavailable(f"Slack fails while {doing} ({code or status}): try again later.")
    if code in _TOKENS:
        return ChatRefused(
            f"SLACK_BOT_TOKEN is not accepted ({code}): set it to the bot token (xoxb-…) of the "
            "installed app."
        )
    if code == "missing_scope":
        needed = text(fields(getattr(error.response, "data", error.response)), "needed")
        return ChatRefused(
            f"Slack does not permit {doing} without the scope {needed}: install the app again "
            "from the output of `threadpilot manifest slack`."
        )
    if code == "not_in_channel":
        return ChatRefused(f"Slack does not permit {doing}: invite the bot to the channel.")
    if code in _GONE:
        return PlaceGone(f"The place is gone while {doing} ({code}).")
    return ChatRefused(f"Slack refuses {doing} ({code}).")


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
