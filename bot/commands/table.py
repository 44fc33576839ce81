"""What a command is: how the platforms list it, and what a group of commands can do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.gate import Access
from bot.keys import SessionKey
from bot.mailbox import EntryKind, NewEntry
from bot.messages import Answer, Command, Press
from bot.ports import ChatAdapter, Clock, Runtime, Store
from bot.rates import Rates
from bot.sessions import SessionManager

Handler = Callable[[Command], Awaitable[Answer]]
"""Does what a command asks, and says what its author is told."""

PressHandler = Callable[[Press], Awaitable[Answer]]
"""Does what a button asks, and says what whoever pressed it is told."""

Source = Callable[[Command], Awaitable[Iterable[str]]]
"""What can be offered while an argument is typed; the command has its other arguments."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """What can be said after a command.

    Args:
        name: one word in small letters.
        summary: what it is, in a few words.
        is_required: whether the command makes no sense without it.
        has_choices: whether something can be offered while it is typed: `Commands.choices`.
    """

    name: str
    summary: str
    is_required: bool = False
    has_choices: bool = False


def _nothing(said: str) -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedCommand:
    """A command as the platforms list it.

    Args:
        name: one word in small letters.
        summary: what it does, in a few words.
        help: more about it: Markdown.
        arguments: what can be said after it, in this order.
        takes: whether words behind its name make a command of them, when they are said to the bot
            without a slash before the name: only where they can hardly be a message.
    """

    name: str
    summary: str
    help: str
    arguments: tuple[Argument, ...] = ()
    takes: Callable[[str], bool] = _nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What commands of one platform work with.

    Args:
        chat: the platform.
        store: the database.
        sessions: who works on threads.
        clock: time.
        access: who may do what.
        runtime: the agent runtime; it says which models there are.
        rates: how fast people may have prompts answered.
    """

    chat: ChatAdapter
    store: Store
    sessions: SessionManager
    clock: Clock
    access: Access
    runtime: Runtime
    rates: Rates

    async def put(
        self,
        kind: EntryKind,
        key: SessionKey,
        asked: Command | Press,
        *,
        reference: str = "",
        text: str = "",
    ) -> None:
        """Put a control into a thread's mailbox, and wake its worker.

        Args:
            kind: what it asks for.
            key: the thread.
            asked: what it comes from.
            reference: what it is about, see `NewEntry`.
            text: its words, see there.
        """
        await self.store.append(
            NewEntry(
                key=key,
                kind=kind,
                source_id=asked.request_id,
                author=asked.author,
                text=text,
                reference=reference,
                sent_at=self.clock.now(),
                is_direct=isinstance(asked, Command) and asked.is_direct,
            )
        )
        self.sessions.wake(key)


class CommandGroup(Protocol):
    """Commands that belong together, with the buttons that they show.

    It is made for each platform from a `Bench`. Who may use the bot, and that a direct message
    is its owner's alone, is seen to before any of them is called.
    """

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What does each command, by its name."""

    @property
    def presses(self) -> Mapping[str, PressHandler]:
        """What does each button, by its action."""

    @property
    def sources(self) -> Mapping[tuple[str, str], Source]:
        """What offers something for an argument, by the names of the command and the argument."""
