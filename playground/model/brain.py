"""What answers behind the endpoint: a brain, and the pieces that it answers with."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from playground.model.conversation import ChatRequest


@dataclass(frozen=True)
class Text:
    """Some of the answer's text."""

    text: str


@dataclass(frozen=True)
class Reasoning:
    """Some of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """A tool that the client shall run and come back with its result."""

    name: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What the answer cost, in tokens. Without one the endpoint estimates."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Cut:
    """The connection breaks here, without an end of the answer."""


Piece = Text | Reasoning | ToolCall | Usage | Cut


class ModelError(Exception):
    """The provider's refusal, told in OpenAI's shape.

    Before the first piece it is an HTTP error; after it, an error within the stream.

    Args:
        status: HTTP status.
        message: What the client is told; a sentence that fits the status if left out.
        code: OpenAI's short code; one that fits the status if left out.
        retry_after_s: Seconds for a `Retry-After` header.
    """

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        code: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        usual = _USUAL.get(status, _USUAL[500] if status >= 500 else _USUAL[400])
        self.status = status
        self.message = message or usual.message
        self.type = usual.type
        self.code = code or usual.code
        self.retry_after_s = retry_after_s
        super().__init__(f"{status}: {self.message}")


class Brain(Protocol):
    """Whatever answers the requests of an endpoint."""

    def answer(self, request: ChatRequest) -> AsyncIterator[Piece]:
        """Answer a conversation, piece by piece.

        An asynchronous generator is closed when the client goes away before the end.

        Raises:
            ModelError: The provider refuses.
        """
        ...


@dataclass(frozen=True)
class _Usual:
    type: str
    code: str | None
    message: str


# The words that https://platform.openai.com/docs/guides/error-codes uses.
_USUAL = {
    400: _Usual("invalid_request_error", None, "The request is not valid."),
    401: _Usual("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: _Usual("invalid_request_error", "forbidden", "The key may not use this model."),
    404: _Usual("invalid_request_error", "model_not_found", "The model does not exist."),
    429: _Usual("requests", "rate_limit_exceeded", "Rate limit reached."),
    500: _Usual("server_error", None, "The server had an error while processing your request."),
    503: _Usual("server_error", None, "The engine is currently overloaded."),
}
