"""One message, and how Slack writes it down."""

from dataclasses import dataclass, field

from playground.payload import Payload
from playground.slack.files import File
from playground.slack.streams import Stream
from playground.slack.users import App

BLOCKS_ONLY_TEXT = "This content can't be displayed."
"""What Slack puts in ``text`` where a message has blocks only."""


@dataclass(slots=True, kw_only=True)
class Message:
    """A message, its thread if it is a root, and its stream if it is one.

    ``ephemeral_to`` names the only person who sees it. ``keeps_blocks`` is true where its author
    gave the blocks, so that an update of the text alone leaves them. ``values`` is what each
    person filled in so far, by user id.
    """

    ts: str
    channel: str
    user: str
    team: str
    text: str
    app: App | None = None
    blocks: list[Payload] | None = None
    attachments: list[Payload] | None = None
    keeps_blocks: bool = False
    thread_ts: str | None = None
    parent_user_id: str | None = None
    is_broadcast: bool = False
    client_msg_id: str | None = None
    subtype: str | None = None
    files: list[File] = field(default_factory=list)
    metadata: Payload | None = None
    username: str | None = None
    icons: Payload | None = None
    edited: Payload | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    reply_users: list[str] = field(default_factory=list)
    ephemeral_to: str | None = None
    markdown: str | None = None
    stream: Stream | None = None
    values: dict[str, Payload] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread and is not its root."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    @property
    def is_streaming(self) -> bool:
        """Whether its stream still takes text."""
        return self.stream is not None and self.stream.state == "open"

    @property
    def by_bot(self) -> bool:
        """Whether the app wrote it."""
        return self.app is not None

    def payload(self, *, with_metadata: bool = False) -> Payload:
        """Return the message as Slack's methods and events carry it.

        Args:
            with_metadata: whether to include its metadata.
        """
        payload: Payload = {"type": "message"}
        if self.subtype is not None:
            payload["subtype"] = self.subtype
        payload["user"] = self.user
        payload["text"] = self.text
        payload["ts"] = self.ts
        payload["team"] = self.team
        if self.client_msg_id is not None:
            payload["client_msg_id"] = self.client_msg_id
        if self.app is not None:
            payload["bot_id"] = self.app.bot_id
            payload["app_id"] = self.app.id
            payload["bot_profile"] = self.app.bot_profile()
        if self.username is not None:
            payload["username"] = self.username
        if self.icons is not None:
            payload["icons"] = self.icons
        if self.blocks is not None:
            payload["blocks"] = self.blocks
        if self.attachments is not None:
            payload["attachments"] = self.attachments
        if self.files:
            payload["files"] = [file.payload() for file in self.files]
            payload["upload"] = False
            payload["display_as_bot"] = False
        if self.edited is not None:
            payload["edited"] = self.edited
        if self.thread_ts is not None:
            payload["thread_ts"] = self.thread_ts
        if self.is_reply:
            payload["parent_user_id"] = self.parent_user_id
        elif self.replies:
            payload |= {
                "reply_count": len(self.replies),
                "reply_users_count": len(self.reply_users),
                "latest_reply": self.replies[-1],
                "reply_users": list(self.reply_users),
                "is_locked": False,
                "subscribed": False,
            }
        if self.reactions:
            payload["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)}
                for name, users in self.reactions.items()
            ]
        if with_metadata and self.metadata is not None:
            payload["metadata"] = self.metadata
        return payload

    def page_payload(self) -> Payload:
        """Return the message as the page shows it."""
        payload = self.payload(with_metadata=True)
        payload["channel"] = self.channel
        payload["streaming"] = self.is_streaming
        payload["tasks"] = (
            [] if self.stream is None else [dict(task) for task in self.stream.tasks.values()]
        )
        payload["edited"] = self.edited is not None
        payload["files"] = [file.page_payload() for file in self.files]
        payload["reactions"] = [
            {"name": name, "users": list(users)} for name, users in self.reactions.items()
        ]
        payload["reply_count"] = len(self.replies)
        payload["reply_users"] = list(self.reply_users)
        if self.markdown is not None:
            payload["markdown"] = self.markdown
        if self.stream is not None and self.stream.plan_title is not None:
            payload["plan_title"] = self.stream.plan_title
        if self.ephemeral_to is not None:
            payload["ephemeral_to"] = self.ephemeral_to
        return payload


def markdown_of(blocks: list[Payload] | None) -> str | None:
    """Return the Markdown of a message's markdown blocks, if it has any.

    Args:
        blocks: the message's blocks.
    """
    parts = [block["text"] for block in blocks or () if block.get("type") == "markdown"]
    return "\n\n".join(parts) if parts else None
