"""A chat platform as a test uses it: the same verbs for Slack and Discord."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from tests.e2e.bot_process import WAIT_S

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A conversation with the bot.

    Args:
        channel: the name of the channel, or the id of the direct message.
        id: the thread's; empty for the top of a direct message.
    """

    channel: str
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message of the bot's, as people see it.

    Args:
        id: the message's.
        text: what it says, without the quiet lines on tools.
        shown: all that can be read of it.
        buttons: the labels of its buttons.
        is_finished: whether it does not grow any more.
    """

    id: str
    text: str
    shown: str
    buttons: tuple[str, ...]
    is_finished: bool


class Side(ABC):
    """One of the platforms that the bot serves."""

    name: ClassVar[str]

    # --- what a platform does in its own way --------------------------------------------------

    @abstractmethod
    def settings(self) -> Mapping[str, str]:
        """The variables with which the bot finds it."""

    @abstractmethod
    def is_connected(self) -> bool:
        """Whether the bot hears what is said."""

    @abstractmethod
    async def until(self, predicate: Callable[[], _T], timeout_s: float = WAIT_S) -> _T:
        """Wait until something is so; asked after every change."""

    @abstractmethod
    async def mention(self, text: str, *, who: str = "ann", channel: str = "general") -> Thread:
        """Mention the bot in a channel; returns the thread in which it is to answer."""

    @abstractmethod
    async def follow_up(self, thread: Thread, text: str, *, who: str = "ann") -> str:
        """Say something in a thread or a direct message; returns the message's id."""

    @abstractmethod
    async def call(self, thread: Thread, text: str, *, who: str = "ann") -> str:
        """The same, with a mention of the bot."""

    @abstractmethod
    async def begin(self, text: str, *, who: str = "ben", channel: str = "general") -> Thread:
        """Begin a thread in a channel without the bot."""

    @abstractmethod
    async def share(
        self, thread: Thread, text: str, name: str, content: bytes, *, who: str = "ann"
    ) -> str:
        """Say something in a thread or a direct message, with a file; returns the message's id."""

    @abstractmethod
    def calling(self, text: str) -> str:
        """Words with a mention of the bot."""

    @abstractmethod
    def direct(self, who: str) -> Thread:
        """A person's direct message with the bot."""

    @abstractmethod
    def messages(self, thread: Thread) -> list[Said]:
        """What the bot said in a conversation, oldest first."""

    @abstractmethod
    def told(self, who: str) -> list[Said]:
        """What only this person was shown beside the conversations, oldest first."""

    @abstractmethod
    def is_working(self, thread: Thread) -> bool:
        """Whether people see that the bot works on an answer."""

    @abstractmethod
    def waits(self, thread: Thread, message: str) -> bool:
        """Whether a message of a person's is marked as waiting."""

    @abstractmethod
    async def edit(self, thread: Thread, message: str, text: str, *, who: str = "ann") -> None:
        """Change what a person said."""

    @abstractmethod
    async def delete(self, thread: Thread, message: str, *, who: str = "ann") -> None:
        """Take back what a person said."""

    @abstractmethod
    async def press(self, said: Said, label: str, *, who: str = "ann") -> None:
        """Press a button of a message."""

    @abstractmethod
    async def send_form(self, text: str, *, who: str = "ann") -> None:
        """Wait for the form that opens for somebody, fill in its field, and send it."""

    @abstractmethod
    async def stop(self, thread: Thread, *, who: str = "ann") -> None:
        """Stop the answer that is being written, as one does there."""

    @abstractmethod
    async def react(self, thread: Thread, *, who: str = "ann") -> None:
        """Put a stop sign onto the message that began a thread."""

    @abstractmethod
    async def command(self, name: str, *, who: str = "ann", channel: str = "general") -> None:
        """Use `/copilot` with a word.

        Args:
            name: the word.
            who: by whom.
            channel: where; `dm` for the direct message with the bot.
        """

    @abstractmethod
    def drop(self) -> None:
        """Cut the bot's connection off without a word."""

    # --- what follows from it -----------------------------------------------------------------

    def answers(self, thread: Thread) -> list[str]:
        """The texts of the bot's finished messages in a conversation."""
        return [each.text for each in self.messages(thread) if each.is_finished]

    async def answer(self, thread: Thread, number: int = 1) -> str:
        """Wait for the bot's n-th finished message in a thread, and the thread at rest."""

        def found() -> str | None:
            texts = self.answers(thread)
            return texts[number - 1] if len(texts) >= number and self._rests(thread) else None

        return await self.until(found) or ""

    async def answered(self, thread: Thread, text: str, *, timeout_s: float = WAIT_S) -> None:
        """Wait until a finished message of the bot's has this in it."""
        await self.until(lambda: [t for t in self.answers(thread) if text in t], timeout_s)

    async def writing(self, thread: Thread, text: str) -> None:
        """Wait until an answer that is being written shows this."""
        await self.until(
            lambda: [m for m in self.messages(thread) if text in m.text and not m.is_finished]
        )

    async def offered(
        self, thread: Thread, sentence: str, label: str = "Retry", *, timeout_s: float = 60
    ) -> Said:
        """Wait until a thread is told a sentence, with a button."""

        def found() -> Said | None:
            with_button = [m for m in self.messages(thread) if label in m.buttons]
            newest = with_button[-1] if with_button else None
            return newest if newest is not None and sentence in newest.shown else None

        offer = await self.until(found, timeout_s)
        assert offer is not None
        return offer

    def _rests(self, thread: Thread) -> bool:
        return not self.is_working(thread) and all(m.is_finished for m in self.messages(thread))
