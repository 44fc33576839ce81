"""The permissions that a session's runtime asks for: given by rule, or by people."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from copilot import PermissionNoResult
from copilot.rpc import PermissionDecisionApproveOnce, PermissionDecisionReject
from copilot.session_events import PermissionRequest, PermissionRequestCustomTool

from adapters.copilot import profile
from adapters.copilot.wanted import wanted_of
from bot.events import PermissionAsked
from bot.profile import Profile
from bot.requests import Decision, Wanted


class Permissions:
    """The permissions of a session: what its profile does not decide waits for a decision.

    It exists before the session does: the SDK wants to know at once whom to ask.

    Args:
        kind: the session's profile.
        own: names of the tools of the bot's own.
        directory: of the host, that the session works in; empty without one.
        asking: names of tools of the bot's own that nobody may use unasked.
    """

    def __init__(
        self,
        kind: Profile,
        own: Iterable[str] = (),
        directory: str = "",
        asking: Iterable[str] = (),
    ) -> None:
        self.ask: Callable[[PermissionAsked], bool] | None = None
        self._profile = kind
        self._own = frozenset(own)
        self._directory = directory
        self._asking = frozenset(asking)
        self._open: dict[str, asyncio.Future[Decision | None]] = {}

    async def handle(
        self, request: PermissionRequest, _: Mapping[str, Any]
    ) -> PermissionDecisionApproveOnce | PermissionDecisionReject | PermissionNoResult:
        """Decide for the runtime, and wait for people where they have to."""
        ruled = profile.judge(request, self._profile, self._own, self._directory)
        if ruled is not None and not self._is_asking(request):
            return ruled
        decision = await self._decision(wanted_of(request, self._directory))
        if decision is None:
            return PermissionNoResult()
        if not decision.is_allowed:
            return PermissionDecisionReject(feedback=decision.reason or _DENIED.reason)
        # Never for longer: what the runtime would allow from now on is more than people saw. The
        # core remembers what is allowed for the thread, and answers at once.
        return PermissionDecisionApproveOnce()

    def _is_asking(self, request: PermissionRequest) -> bool:
        return (
            isinstance(request, PermissionRequestCustomTool) and request.tool_name in self._asking
        )

    def decide(self, request_id: str, decision: Decision) -> None:
        """Decide one of them; unknown ids are ignored."""
        if (waiting := self._open.get(request_id)) is not None and not waiting.done():
            waiting.set_result(decision)

    def release(self, *, is_left: bool) -> None:
        """Deny all that wait.

        Args:
            is_left: whether nobody is told so: the runtime is gone, or its turn is only left.
        """
        for waiting in self._open.values():
            if not waiting.done():
                waiting.set_result(None if is_left else _NOBODY)

    async def _decision(self, wanted: Wanted) -> Decision | None:
        asked = PermissionAsked(request_id=uuid.uuid4().hex, wanted=wanted)
        decision: asyncio.Future[Decision | None] = asyncio.get_running_loop().create_future()
        self._open[asked.request_id] = decision
        try:
            if self.ask is None or not self.ask(asked):
                return _NOBODY
            return await decision
        finally:
            del self._open[asked.request_id]


_DENIED = Decision(is_allowed=False, reason="A person in the thread did not allow it.")
_NOBODY = Decision(is_allowed=False, reason="Nobody decided whether it is allowed.")
