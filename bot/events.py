"""What happens in a turn, as the runtime tells it: a closed set, taken apart with `match`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import ThreadpilotError
from bot.requests import Wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class TextDelta:
    """More text of the answer.

    Args:
        text: the piece, standard Markdown, to be appended.
    """

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TextEnded:
    """One message of the answer is whole; a later one begins a new paragraph.

    Args:
        text: the message as the model finally said it, which the deltas add up to.
    """

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReasoningDelta:
    """More of the model's own summary of what it thinks.

    Args:
        text: the piece, to be appended.
    """

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolStarted:
    """A tool began to work.

    Args:
        call_id: names this call until `ToolFinished`.
        name: the tool.
        title: a short line for people, such as `create /desk/report.md`.
    """

    call_id: str
    name: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolFinished:
    """A tool is done.

    Args:
        call_id: which call.
        succeeded: whether it did what it was asked.
        detail: a short line on the outcome; may be empty.
    """

    call_id: str
    succeeded: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionAsked:
    """Copilot waits for an answer of a person: `RuntimeSession.answer`.

    Args:
        question_id: names the question.
        question: what is asked.
        choices: answers to choose from; may be empty.
        allows_text: whether a free answer is as good.
    """

    question_id: str
    question: str
    choices: tuple[str, ...]
    allows_text: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PermissionAsked:
    """Copilot waits to be allowed something: `RuntimeSession.decide`.

    Args:
        request_id: names the request.
        wanted: what it wants to do.
    """

    request_id: str
    wanted: Wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class UsageReported:
    """What one call of the model took.

    Args:
        model: the model that answered.
        input_tokens: tokens read.
        output_tokens: tokens written.
        cost: in the provider's premium requests; 0 where it does not say.
        is_beside: whether it was called for something beside the answer, such as a title.
    """

    model: str
    input_tokens: int
    output_tokens: int
    cost: float = 0.0
    is_beside: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TitleChanged:
    """The session has a title.

    Args:
        title: one line.
    """

    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnFinished:
    """Copilot is idle again; the turn's last event.

    Args:
        was_stopped: whether it was told to stop.
    """

    was_stopped: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnFailed:
    """The turn ended without an answer; the turn's last event.

    Args:
        error: why, in our words.
    """

    error: ThreadpilotError


ReplyEvent = (
    TextDelta
    | TextEnded
    | ReasoningDelta
    | ToolStarted
    | ToolFinished
    | QuestionAsked
    | PermissionAsked
    | UsageReported
    | TitleChanged
    | TurnFinished
    | TurnFailed
)
