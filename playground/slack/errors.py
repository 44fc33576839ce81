"""What the playground's Slack answers when it refuses.

PlaygroundError
└── SlackError          a Web API call is refused: ``{"ok": false, "error": code}``
    └── RateLimitedError    HTTP 429 with ``Retry-After``
"""

from collections.abc import Sequence

from playground.errors import PlaygroundError
from playground.payload import Payload


class SlackError(PlaygroundError):
    """A Web API call is refused.

    Args:
        code: Slack's error code.
        messages: the lines of ``response_metadata.messages``.
        fields: more top-level fields of the answer.
        http_status: the status of the answer; Slack uses 200 for nearly all refusals.
    """

    def __init__(
        self,
        code: str,
        *,
        messages: Sequence[str] = (),
        fields: Payload | None = None,
        http_status: int = 200,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.messages = tuple(messages)
        self.fields = fields or {}
        self.http_status = http_status

    def payload(self) -> Payload:
        """Return the answer's JSON."""
        answer: Payload = {"ok": False, "error": self.code, **self.fields}
        if self.messages:
            answer["response_metadata"] = {"messages": list(self.messages)}
        return answer


class RateLimitedError(SlackError):
    """The method was called too often.

    Args:
        retry_after_s: whole seconds after which a call is accepted again; None where that is
            not told.
    """

    def __init__(self, retry_after_s: int | None) -> None:
        super().__init__("ratelimited", http_status=429)
        self.retry_after_s = retry_after_s


def missing_field(name: str) -> SlackError:
    """Return the refusal of a call that lacks a required argument.

    Args:
        name: the argument's name.
    """
    return SlackError("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
