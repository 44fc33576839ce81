"""What the playground's Discord answers when it refuses.

PlaygroundError
└── DiscordError          a REST call is refused: ``{"message", "code"}`` and an HTTP status
    └── RateLimitedError      HTTP 429 with ``retry_after``

https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from playground.errors import PlaygroundError
from playground.payload import Payload


class DiscordError(PlaygroundError):
    """A REST call is refused.

    Args:
        http_status: the answer's status.
        code: Discord's JSON error code; 0 for the general ones.
        message: what Discord says about it.
        errors: the tree of what is wrong with a form.
    """

    def __init__(
        self, http_status: int, code: int, message: str, *, errors: Payload | None = None
    ) -> None:
        super().__init__(f"{code} {message}")
        self.http_status = http_status
        self.code = code
        self.message = message
        self.errors = errors

    def payload(self) -> Payload:
        """Return the answer's JSON."""
        answer: Payload = {"message": self.message, "code": self.code}
        if self.errors:
            answer["errors"] = self.errors
        return answer


class RateLimitedError(DiscordError):
    """There were too many calls.

    Args:
        retry_after_s: seconds after which a call is accepted again.
        scope: ``user``, ``shared`` or ``global``, as ``X-RateLimit-Scope`` has it.
    """

    def __init__(self, retry_after_s: float, *, scope: str = "user") -> None:
        super().__init__(429, 0, "You are being rate limited.")
        self.retry_after_s = retry_after_s
        self.scope = scope

    def payload(self) -> Payload:
        """Return the answer's JSON, which has no code."""
        return {
            "message": self.message,
            "retry_after": round(self.retry_after_s, 3),
            "global": self.scope == "global",
            "code": 0,
        }


def not_found() -> DiscordError:
    """Return the refusal of an address that does not exist."""
    return DiscordError(404, 0, "404: Not Found")


def unknown(what: str) -> DiscordError:
    """Return the refusal of an id that nothing has.

    Args:
        what: ``Channel``, ``Message`` and so on.
    """
    return DiscordError(404, _UNKNOWN[what], f"Unknown {what}")


def missing_access() -> DiscordError:
    """Return the refusal of what the bot may not see."""
    return DiscordError(403, 50001, "Missing Access")


def missing_permissions() -> DiscordError:
    """Return the refusal of what the bot may not do."""
    return DiscordError(403, 50013, "Missing Permissions")


_UNKNOWN = {
    "Application": 10002,
    "Channel": 10003,
    "Guild": 10004,
    "Member": 10007,
    "Message": 10008,
    "Overwrite": 10009,
    "Role": 10011,
    "User": 10013,
    "Emoji": 10014,
    "Webhook": 10015,
    "interaction": 10062,
    "application command": 10063,
}
