"""What Copilot needs a person for: a permission or an answer. Values only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.keys import SessionKey


class Need(StrEnum):
    """What kind of thing Copilot wants to do."""

    SHELL = "shell"
    READ = "read"
    WRITE = "write"
    URL = "url"
    MCP = "mcp"
    TOOL = "tool"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What Copilot wants to do, in a form that rules and people can judge.

    Args:
        need: what kind of thing.
        tool: the tool's name.
        intention: why, in the model's words; may be empty.
        commands: for a shell, each command of the line as it would be run.
        paths: files that it would read or write, absolute.
        hosts: hosts that it would reach.
        detail: exactly what would be done, for people: the command line, the diff, the address
            or the arguments.
        writes_files: whether a shell line reads from or writes to `paths` beside its commands.
        is_certain: whether `commands` are surely all that a shell line does.
        is_harmless: whether nobody need be asked: only a rule can forbid it.
        can_repeat: whether it may be allowed for the rest of the thread.
    """

    need: Need
    tool: str
    intention: str = ""
    commands: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    detail: str = ""
    writes_files: bool = False
    is_certain: bool = True
    is_harmless: bool = False
    can_repeat: bool = True

    @property
    def fingerprint(self) -> str:
        """The same for all requests that want the very same thing."""
        said = [self.need, self.tool, self.commands, self.paths, self.hosts, self.detail]
        return _digest(said)

    @property
    def scope(self) -> str:
        """The same for all that is allowed together for the rest of a thread; empty for nothing.

        It is the tool, and for a shell the very same line, for addresses the same hosts.
        """
        if not self.can_repeat:
            return ""
        line = self.need is Need.SHELL and (self.commands, self.detail)
        return _digest([self.need, self.tool, self.hosts, line])


def question_fingerprint(question: str, choices: Sequence[str]) -> str:
    """The same for all questions that ask the very same thing."""
    return _digest(["question", question, *choices])


def numbered(fingerprint: str, *, retries: int, times: int) -> str:
    """Tells what is asked several times in a turn apart, the same whenever that is sent again.

    Args:
        fingerprint: of what is asked.
        retries: how often the message was begun from scratch.
        times: how often the same was asked before, since the prompt was last sent.
    """
    return _digest([fingerprint, retries, times])


def _digest(said: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What became of a permission that Copilot asked for.

    Args:
        is_allowed: whether it may go on.
        for_thread: whether the same is allowed for the rest of the thread as well.
        reason: why, for the model where it was not allowed; may be empty.
    """

    is_allowed: bool
    for_thread: bool = False
    reason: str = ""


class RequestKind(StrEnum):
    """What is needed of a person."""

    PERMISSION = "permission"
    QUESTION = "question"


class RequestState(StrEnum):
    """Where a request stands. It leaves `OPEN` once, for good."""

    OPEN = "open"
    ALLOWED = "allowed"
    ALLOWED_FOR_THREAD = "allowed_for_thread"
    DENIED = "denied"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """The turn that needed it ended otherwise: it was stopped, reset or deleted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request as it is kept.

    Args:
        id: names it in buttons; letters and digits, at most 32.
        key: the thread.
        generation: of the thread when it was asked.
        entry_id: the message in whose turn it was asked.
        kind: what is needed.
        state: where it stands.
        fingerprint: the same for requests that ask the same in the same turn.
        text: what people read: the question, or what is wanted.
        detail: exactly what would be done; empty for a question.
        choices: answers to choose from; empty for a permission.
        allows_text: whether a question may be answered in words.
        scope: the same for all that a permission for the rest of the thread covers; empty where
            none may be given.
        asked_of: the person in whose turn it was asked.
        needed: how many different people must allow it.
        allowed_by: who has allowed it so far.
        reference: the message that shows it; empty while there is none.
        answer: what was answered, or why it was denied; empty otherwise.
        decided_by: who decided; empty while nobody has, `POLICY` where the operator's rules did.
        opened_at: when (UTC).
        expires_at: when it can be decided no more (UTC).
    """

    id: str
    key: SessionKey
    generation: int
    entry_id: int
    kind: RequestKind
    state: RequestState
    fingerprint: str
    text: str
    asked_of: str
    opened_at: datetime
    expires_at: datetime
    detail: str = ""
    choices: tuple[str, ...] = ()
    allows_text: bool = True
    scope: str = ""
    needed: int = 1
    allowed_by: tuple[str, ...] = ()
    reference: str = ""
    answer: str = ""
    decided_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it can still be decided."""
        return self.state is RequestState.OPEN

    @property
    def can_repeat(self) -> bool:
        """Whether a permission may be given for the rest of the thread."""
        return bool(self.scope)


POLICY = "policy"
"""Who decided where the operator's rules did."""

_ALLOWED = frozenset({RequestState.ALLOWED, RequestState.ALLOWED_FOR_THREAD})
_ENDS = {
    RequestKind.PERMISSION: _ALLOWED | {RequestState.DENIED},
    RequestKind.QUESTION: frozenset({RequestState.ANSWERED}),
}


def expired(request: Request, now: datetime) -> Request:
    """A request as it stands at a moment: one that nobody decided in time has expired."""
    if request.is_open and request.expires_at <= now:
        return replace(request, state=RequestState.EXPIRED)
    return request


def decided(
    request: Request, *, by: str, state: RequestState, answer: str = "", now: datetime
) -> Request:
    """What a request becomes when somebody decides it. The first decision counts.

    One denial denies. Where several people have to allow it, it stays open until so many
    different ones have, and is allowed for the thread only where the last one said so.

    Args:
        request: as it stands.
        by: who decides.
        state: what they say.
        answer: what they answer, or why they deny.
        now: when.

    Raises:
        ValueError: a request of this kind cannot end so.
    """
    if state not in _ENDS[request.kind] or (
        state is RequestState.ALLOWED_FOR_THREAD and not request.can_repeat
    ):
        raise ValueError(f"a {request.kind} does not become {state}")
    request = expired(request, now)
    if not request.is_open:
        return request
    if state not in _ALLOWED:
        return replace(request, state=state, decided_by=by, answer=answer)
    if by in request.allowed_by:
        return request
    allowed_by = (*request.allowed_by, by)
    if len(allowed_by) < request.needed:
        return replace(request, allowed_by=allowed_by)
    return replace(request, state=state, allowed_by=allowed_by, decided_by=by)


_PRESSED = {
    "once": RequestState.ALLOWED,
    "thread": RequestState.ALLOWED_FOR_THREAD,
    "no": RequestState.DENIED,
    "why": RequestState.DENIED,
}


def verdict_of(request: Request, said: str, text: str | None) -> tuple[RequestState, str] | None:
    """What a press says of a request.

    Args:
        request: which one.
        said: what the button carried: `once`, `thread`, `no`, `why`, `words` or the number of a
            choice.
        text: what was written into its form; None where none was sent.

    Returns:
        The state, and the answer or the reason; None where it says nothing that can be.
    """
    text = (text or "").strip()
    if request.kind is RequestKind.PERMISSION:
        state = _PRESSED.get(said)
        if state is None or (state is RequestState.ALLOWED_FOR_THREAD and not request.can_repeat):
            return None
        return state, text if state is RequestState.DENIED else ""
    if said == "words":
        return (RequestState.ANSWERED, text) if text and request.allows_text else None
    if said.isdecimal() and int(said) < len(request.choices):
        return RequestState.ANSWERED, request.choices[int(said)]
    return None
