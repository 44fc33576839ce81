"""What a worker is given: what it works with, and what the session manager does for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from bot.budgets import Budget
from bot.ceilings import Ceilings
from bot.context import ContextLimits
from bot.gate import FollowUp
from bot.keys import SessionKey
from bot.mailbox import Entry
from bot.modes import Mode
from bot.policy import Policy
from bot.ports import ChatAdapter, Clock, Directories, Documents, Runtime, Store, ThreadStatus
from bot.replies import LiveReplies
from bot.repositories import Repository
from bot.uploads import FileLimits


class Surroundings(Protocol):
    """What a worker is given by the session manager."""

    def show_status(self, key: SessionKey, status: ThreadStatus, title: str) -> None:
        """Show what the thread does, beside the work."""

    def is_elsewhere(self, key: SessionKey) -> None:
        """Another process works on the thread."""

    def unmark(self, entry: Entry) -> None:
        """The message does not wait any more."""

    async def unmarked(self, entry: Entry) -> None:
        """Wait, but not for long, until its mark is off that one knows of."""

    def unmark_all(self, key: SessionKey) -> None:
        """No message of the thread waits any more."""

    async def admit(self, key: SessionKey, person: str, label: str = "") -> None:
        """Wait until one more session may be live, for this person.

        It is the thread's own, or that of an answer by its label.
        """

    def dismissed(self, key: SessionKey, label: str = "") -> None:
        """That session is not live any more."""

    def got_on(self, key: SessionKey) -> None:
        """The thread's worker did something to its end, so that an earlier failure is over."""

    def make_room(self) -> None:
        """Where others wait for a live session, let one that is idle give way."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How the operator wants sessions to be held.

    Args:
        idle_s: how long a live session is kept without work.
        live_sessions: how many may be live at once.
        lease_s: how long a lease on a thread is good for.
        turn_s: the longest that a turn may take.
        has_footer: whether replies end with model, time and cost.
        has_reasoning: whether replies tell what the model thinks.
        follow_up: when a message in a thread counts without a mention.
        context: how much of what was said before a prompt may carry.
        files: what files people may send.
        profiles: what sessions may do, where.
        model: the id of the operator's model; empty for Copilot's own choice.
        budgets: how much may be spent.
        mode: what becomes of a message that is said during a turn, where its thread says nothing.
        request_s: how long people may take to decide what Copilot asks.
        policy: what is decided without asking anyone.
        repositories: what threads work on; the first that is bound to a thread counts.
        compare_s: how long people may vote on answers that are compared.
    """

    idle_s: float = 600.0
    live_sessions: int = 100
    lease_s: float = 30.0
    turn_s: float = 1800.0
    has_footer: bool = True
    has_reasoning: bool = False
    follow_up: FollowUp = FollowUp.THREAD
    context: ContextLimits = field(default_factory=ContextLimits)
    files: FileLimits = field(default_factory=FileLimits)
    profiles: Ceilings = field(default_factory=Ceilings)
    model: str = ""
    budgets: tuple[Budget, ...] = ()
    mode: Mode = Mode.QUEUE
    request_s: float = 3600.0
    policy: Policy = field(default_factory=Policy)
    repositories: tuple[Repository, ...] = ()
    compare_s: float = 86_400.0

    def repository_of(self, key: SessionKey) -> Repository | None:
        """The repository that a thread works on; None where it has none."""
        return next((each for each in self.repositories if each.is_bound_to(key)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What a worker works with.

    Args:
        store: the database.
        runtime: the agent runtime.
        chat: the thread's platform.
        live: the replies of that platform.
        clock: time.
        owner: the name under which this process holds leases.
        limits: how sessions are held.
        documents: reads documents and archives; None where nothing does.
        directories: where threads work; None where none does.
    """

    store: Store
    runtime: Runtime
    chat: ChatAdapter
    live: LiveReplies
    clock: Clock
    owner: str
    limits: Limits
    documents: Documents | None = None
    directories: Directories | None = None
