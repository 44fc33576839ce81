"""The status and title of a thread's agent session.

https://docs.slack.dev/ai/agent-sessions/: a session is made by its first status, and its title is
taken then; later ones are set by renaming.
"""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError

from adapters.fields import text
from adapters.slack.calls import Calls, code_of, is_definite, translated
from bot.errors import ChatError
from bot.keys import SessionKey
from bot.ports import Clock, ThreadStatus
from bot.recent import Recent

_log = structlog.get_logger(__name__)

LONGEST_TITLE = 200
_STATUS = {
    ThreadStatus.WORKING: "processing",
    ThreadStatus.WAITING: "suspended",
    ThreadStatus.IDLE: "active",
    ThreadStatus.CLOSED: "closed",
}
_REST_S = 600.0
# The workspace or the app as a whole, not just this thread.
_EVERYWHERE = frozenset(
    {
        "access_denied",
        "feature_not_enabled",
        "method_deprecated",
        "missing_scope",
        "no_permission",
        "not_allowed",
        "not_allowed_token_type",
        "not_authorized",
        "unknown_method",
    }
)


class AgentSessions:
    """Shows what the threads' sessions do.

    Args:
        calls: the Web API.
        clock: time.
    """

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._resting_until = 0.0
        self._logged: set[str] = set()
        self._titles: Recent[SessionKey, str] = Recent(1_000)
        self._wanted: dict[SessionKey, tuple[ThreadStatus, str]] = {}
        self._busy: set[SessionKey] = set()

    @property
    def are_shown(self) -> bool:
        """Whether people see them, as far as is known."""
        return self._clock.monotonic() >= self._resting_until

    async def show(self, key: SessionKey, status: ThreadStatus, title: str) -> None:
        """Show a status; of several for one thread the newest is shown last.

        Args:
            key: a thread; nothing happens at a direct message's top level.
            status: what its session does.
            title: the session's title; empty while it has none.
        """
        if not key.thread or not self.are_shown:
            return
        self._wanted[key] = (status, title)
        if key in self._busy:
            return  # who is at it shows this one next
        self._busy.add(key)
        try:
            while wanted := self._wanted.pop(key, None):
                await self._send(key, *wanted)
        finally:
            self._busy.discard(key)
            self._wanted.pop(key, None)

    async def _send(self, key: SessionKey, status: ThreadStatus, title: str) -> None:
        title = " ".join(title.split())[:LONGEST_TITLE]
        place = {"channel_id": key.channel, "thread_ts": key.thread}
        try:
            with translated("showing a session's status"):
                try:
                    client = (await self._calls.clients()).repeatable
                    answer = await client.agents_sessions_setStatus(
                        **place, status=_STATUS[status], title=title or None
                    )
                except SlackApiError as error:
                    self._note(code_of(error))
                    return
            if title and title != (text(answer.data, "title") or self._titles.get(key)):
                await self._rename(key, title)
        except ChatError as error:
            self._log_once("unavailable", str(error))

    async def _rename(self, key: SessionKey, title: str) -> None:
        place = {"channel_id": key.channel, "thread_ts": key.thread}
        with translated("showing a session's title"):
            try:
                client = (await self._calls.clients()).repeatable
                await client.agents_sessions_rename(**place, title=title)
            except SlackApiError as error:
                if not is_definite(error):
                    raise
                # It goes on without: a refused title is no reason to show no status.
                self._log_once(f"title {code_of(error)}", code_of(error))
        self._titles.put(key, title)

    def _note(self, code: str) -> None:
        if code in _EVERYWHERE:
            self._resting_until = self._clock.monotonic() + _REST_S
        self._log_once(code, code)

    def _log_once(self, code: str, reason: str) -> None:
        if code not in self._logged and len(self._logged) < 100:
            self._logged.add(code)
            _log.warning("slack.status_not_shown", reason=reason)
