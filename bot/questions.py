"""The questions of a turn: shown to people one at a time, and known again when asked again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from bot.events import QuestionAsked
from bot.mailbox import Entry


@dataclass(slots=True)
class Question:
    """A question, and what came of it.

    Args:
        id: as people's answers name it.
        asked_as: the runtime's id of it now; empty while the runtime that asked is lost.
        text: what is asked.
        choices: answers to choose from.
        allows_text: whether a free answer is as good.
        reference: the message that shows it; empty while there is none.
        answer: what was answered; None until then.
        is_choice: whether the answer is one of the choices.
        along: what the model is told with the answer, such as of files.
        words: the mailbox entry that answered in words, if one did.
    """

    id: str
    asked_as: str
    text: str
    choices: tuple[str, ...]
    allows_text: bool
    reference: str = ""
    answer: str | None = None
    is_choice: bool = False
    along: str = ""
    words: Entry | None = None

    def asks_the_same(self, event: QuestionAsked) -> bool:
        """Whether an event asks this very question."""
        return (self.text, self.choices) == (event.question, event.choices)

    def take(self, text: str, words: Entry | None = None) -> None:
        """Note the answer; a choice may be written in words."""
        wanted = text.strip().casefold()
        chosen = [choice for choice in self.choices if choice.strip().casefold() == wanted]
        self.answer = chosen[0] if chosen else text
        self.is_choice = bool(chosen)
        self.words = words


@dataclass(slots=True)
class Questions:
    """The questions of one message's turn, over all attempts at it.

    One is open at a time; others wait. When the runtime is lost, an open question stays as
    it is: sent again, the prompt most likely leads to the same one, and an answer that was
    given meanwhile, or before, counts.
    """

    open: Question | None = None
    _waiting: deque[QuestionAsked] = field(default_factory=deque)
    _answered: list[Question] = field(default_factory=list)
    _kept: list[Question] = field(default_factory=list)

    def ask(self, event: QuestionAsked) -> Question | None:
        """Take a question in.

        Returns:
            The question to deal with now: one with an answer is answered, one with a
            reference is shown already, any other is to be shown. None where it waits.
        """
        for known in self._kept:
            if known.asks_the_same(event):
                self._kept.remove(known)
                self._answered.append(known)
                known.asked_as = event.question_id
                known.words = None
                return known
        if self.open is not None and not self.open.asked_as and self.open.asks_the_same(event):
            self.open.asked_as = event.question_id
            return self.open
        if self.open is not None and self.open.asked_as:
            self._waiting.append(event)
            return None
        return self._opened(event)

    def stale(self, event: QuestionAsked) -> Question | None:
        """Take an open question away where the runtime now asks another one in its stead."""
        if self.open is None or self.open.asked_as or self.open.asks_the_same(event):
            return None
        question, self.open = self.open, None
        return question

    def close(self) -> Question | None:
        """Take the open question away."""
        question, self.open = self.open, None
        if question is not None and question.answer is not None:
            (self._answered if question.asked_as else self._kept).append(question)
        return question

    def next(self) -> Question | None:
        """Open the next one that waits."""
        if self.open is not None or not self._waiting:
            return None
        return self._opened(self._waiting.popleft())

    def cut_off(self) -> None:
        """The runtime that asked is lost."""
        self._waiting.clear()
        for question in self._answered:
            question.asked_as = ""
        self._kept += self._answered
        self._answered.clear()
        if self.open is not None:
            self.open.asked_as = ""

    def unheard(self) -> list[Entry]:
        """The words that were meant as answers, but that no runtime has heard."""
        return [known.words for known in self._kept if known.words is not None]

    def _opened(self, event: QuestionAsked) -> Question:
        self.open = Question(
            id=event.question_id,
            asked_as=event.question_id,
            text=event.question,
            choices=event.choices,
            allows_text=event.allows_text,
        )
        return self.open
