"""Agent sessions: a thread's lifecycle status and title, and the native stop button.

https://docs.slack.dev/ai/agent-sessions/
"""

from dataclasses import dataclass

from playground.payload import Payload

STATUSES = ("active", "processing", "suspended", "closed")
LONGEST_TITLE = 200


@dataclass(slots=True, kw_only=True)
class AgentSession:
    """What people see of the app's work in one thread."""

    channel: str
    thread_ts: str
    status: str
    title: str | None = None
    initiator: str | None = None

    def page_payload(self) -> Payload:
        """Return the session as the page shows it."""
        return {
            "channel": self.channel,
            "thread_ts": self.thread_ts,
            "status": self.status,
            "title": self.title,
        }
