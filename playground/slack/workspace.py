"""The state of a workspace: people, channels, messages, sessions, files and views.

Pure and synchronous; whoever wants to know what changes subscribes.
"""

import copy
import secrets
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from playground.payload import Payload
from playground.slack import changes, rich_text
from playground.slack.agent_sessions import AgentSession
from playground.slack.channels import Channel, ChannelKind
from playground.slack.files import File, FileState, Share
from playground.slack.message import BLOCKS_ONLY_TEXT, Message, markdown_of
from playground.slack.streams import Piece, Stream, StreamState
from playground.slack.timestamps import Timestamps
from playground.slack.users import App, Team, User
from playground.slack.views import View
from playground.subscribers import Subscribers

TOMBSTONE = "This message was deleted."
_EPHEMERALS_KEPT = 1000


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a message says."""

    text: str = ""
    blocks: list[Payload] | None = None
    attachments: list[Payload] | None = None
    markdown: str | None = None
    files: tuple[File, ...] = ()
    metadata: Payload | None = None
    username: str | None = None
    icons: Payload | None = None


@dataclass(slots=True, kw_only=True)
class Workspace:
    """Everything that the playground's Slack knows.

    Args:
        team: the workspace's name.
        app: the one installed app.
        users: people and the bot, by id.
        channels: conversations, by id.
        user_groups: the handles of user groups, by id.
        now: the clock, in seconds since the epoch.
    """

    team: Team
    app: App
    users: dict[str, User]
    channels: dict[str, Channel]
    user_groups: dict[str, str] = field(default_factory=dict)
    now: Callable[[], float] = time.time
    files: dict[str, File] = field(default_factory=dict)
    sessions: dict[tuple[str, str], AgentSession] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    ephemerals: dict[tuple[str, str], Message] = field(default_factory=dict)
    open_streams: dict[tuple[str, str], Message] = field(default_factory=dict)
    timestamps: Timestamps = field(init=False)
    page_key: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    _subscribers: Subscribers[[changes.Change]] = field(default_factory=Subscribers)
    _counter: int = 0

    def __post_init__(self) -> None:
        self.timestamps = Timestamps(self.now)

    def subscribe(self, told: Callable[[changes.Change], None]) -> Callable[[], None]:
        """Tell ``told`` of every change, in order, as it happens.

        Args:
            told: called with the change; it must not wait.

        Returns:
            What ends the subscription.
        """
        return self._subscribers.add(told)

    def new_id(self, prefix: str) -> str:
        """Return an id that nothing else has.

        Args:
            prefix: Slack's letters for that kind of thing, such as ``F``.
        """
        self._counter += 1
        return f"{prefix}{secrets.token_hex(3).upper()}{self._counter:05d}"

    # people and channels

    def user_named(self, name: str) -> User:
        """Return the user with that name.

        Raises:
            KeyError: nobody is called so.
        """
        for user in self.users.values():
            if user.name == name:
                return user
        raise KeyError(name)

    def channel_named(self, name: str) -> Channel:
        """Return the channel with that name.

        Raises:
            KeyError: no channel is called so.
        """
        for channel in self.channels.values():
            if channel.name == name and not channel.is_direct:
                return channel
        raise KeyError(name)

    def direct_with(self, user: str) -> Channel:
        """Return a person's direct message with the bot.

        Args:
            user: the person's id.
        """
        channel_id = f"D{user[1:]}"
        channel = self.channels.get(channel_id)
        if channel is None:
            channel = self.channels[channel_id] = Channel(
                id=channel_id,
                name="",
                kind=ChannelKind.DIRECT,
                created=int(self.now()),
                creator=user,
                members=[user, self.app.bot_user_id],
                user=user,
            )
        return channel

    def join(self, channel: Channel, user: str, inviter: str | None = None) -> None:
        """Make somebody a member of a channel.

        Args:
            channel: the channel.
            user: who joins.
            inviter: who asked them in.
        """
        if user in channel.members:
            return
        channel.members.append(user)
        self._tell(changes.MemberJoined(channel=channel.id, user=user, inviter=inviter))

    # messages

    def message(self, channel: str, ts: str) -> Message | None:
        """Return a message, an ephemeral one included.

        Args:
            channel: the channel's id.
            ts: the message's timestamp.
        """
        found = self.channels.get(channel)
        if found is not None and ts in found.messages:
            return found.messages[ts]
        return self.ephemerals.get((channel, ts))

    def thread(self, channel: Channel, root: Message) -> Iterator[Message]:
        """Yield a thread's root and its replies, oldest first."""
        yield root
        for ts in root.replies:
            yield channel.messages[ts]

    def root_of(self, channel: Channel, thread_ts: str) -> Message | None:
        """Return the root of the thread that a timestamp names, by its root or by any reply.

        Args:
            channel: the channel.
            thread_ts: the timestamp of a message.
        """
        message = channel.messages.get(thread_ts)
        if message is not None and message.is_reply and message.thread_ts is not None:
            return channel.messages.get(message.thread_ts)
        return message

    def say(
        self,
        channel: Channel,
        user: str,
        text: str,
        *,
        root: Message | None = None,
        files: Sequence[File] = (),
    ) -> Message:
        """Post what a person says.

        Args:
            channel: where.
            user: who.
            text: the text, as Slack writes it.
            root: the thread's root, for a reply.
            files: files that come with it.
        """
        message = Message(
            ts=self.timestamps.mint(),
            channel=channel.id,
            user=user,
            team=self.team.id,
            text=text,
            blocks=rich_text.blocks_of(text) if text else None,
            client_msg_id=str(uuid.uuid4()),
            subtype="file_share" if files else None,
            files=list(files),
        )
        return self._place(channel, message, root)

    def post(
        self,
        channel: Channel,
        content: Content,
        *,
        root: Message | None = None,
        is_broadcast: bool = False,
        stream: Stream | None = None,
        subtype: str | None = None,
    ) -> Message:
        """Post what the app says.

        Args:
            channel: where.
            content: what.
            root: the thread's root, for a reply.
            is_broadcast: whether a reply also shows in the channel.
            stream: the stream that the message is, if it is one.
            subtype: the message's subtype.
        """
        message = self._by_app(channel, content)
        message.is_broadcast = is_broadcast
        message.stream = stream
        message.subtype = subtype
        if stream is not None:
            self.open_streams[channel.id, message.ts] = message
        return self._place(channel, message, root)

    def post_ephemeral(
        self, channel: Channel, content: Content, to: str, *, thread_ts: str | None = None
    ) -> Message:
        """Show a message to one person only. It is in no history.

        Args:
            channel: where.
            content: what.
            to: who sees it.
            thread_ts: the thread in which it shows.
        """
        message = self._by_app(channel, content)
        message.ephemeral_to = to
        message.thread_ts = thread_ts
        self.ephemerals[channel.id, message.ts] = message
        if len(self.ephemerals) > _EPHEMERALS_KEPT:
            del self.ephemerals[next(iter(self.ephemerals))]
        self._tell(changes.MessagePosted(message=message))
        return message

    def update(self, message: Message, content: Content, *, is_edit: bool = True) -> None:
        """Replace what an app's message says.

        Args:
            message: the message.
            content: what it says now; ``None`` for blocks and attachments leaves them.
            is_edit: whether it is marked as edited.
        """
        previous = message.payload()
        message.text = content.text
        message.markdown = content.markdown
        if content.blocks is not None:
            message.blocks = content.blocks or rich_text.blocks_of(content.text)
            message.keeps_blocks = bool(content.blocks)
            if content.blocks and not content.text:
                message.text = BLOCKS_ONLY_TEXT
        elif not message.keeps_blocks:
            message.blocks = rich_text.blocks_of(content.text)
        if content.attachments is not None:
            message.attachments = content.attachments or None
        if content.metadata is not None:
            message.metadata = content.metadata
        if content.files:
            message.files = list(content.files)
        if message.ephemeral_to is not None:
            self._tell(changes.MessageChanged(message=message))
            return
        if is_edit:
            message.edited = {"user": message.user, "ts": self.timestamps.mint()}
        self._tell(changes.MessageChanged(message=message, previous=previous))

    def edit(self, message: Message, text: str) -> None:
        """Replace what a person's message says.

        Args:
            message: the message.
            text: what it says now, as Slack writes it.
        """
        previous = message.payload()
        message.text = text
        message.blocks = rich_text.blocks_of(text) if text else None
        message.edited = {"user": message.user, "ts": self.timestamps.mint()}
        self._tell(changes.MessageChanged(message=message, previous=previous))

    def delete(self, message: Message) -> None:
        """Take a message away; a root with replies leaves a tombstone.

        Args:
            message: the message.
        """
        if message.ephemeral_to is not None:
            self.ephemerals.pop((message.channel, message.ts), None)
            self._tell(changes.MessageDeleted(message=message))
            return
        channel = self.channels[message.channel]
        self.open_streams.pop((message.channel, message.ts), None)
        if message.replies:
            previous = message.payload()
            message.subtype = "tombstone"
            message.text = TOMBSTONE
            message.user = "USLACKBOT"
            message.blocks = message.attachments = message.metadata = message.app = None
            message.files = []
            self._tell(changes.MessageChanged(message=message, previous=previous))
            return
        del channel.messages[message.ts]
        if message.ts in channel.top:
            channel.top.remove(message.ts)
        root = channel.messages.get(message.thread_ts or "") if message.is_reply else None
        if root is not None:
            root.replies.remove(message.ts)
            users = [channel.messages[ts].user for ts in root.replies]
            root.reply_users = list(dict.fromkeys(users))
            if not root.replies:
                root.thread_ts = None
            self._tell(changes.MessageChanged(message=root))
        self._tell(changes.MessageDeleted(message=message))

    def react(self, message: Message, user: str, name: str) -> bool:
        """Put somebody's reaction on a message.

        Returns:
            False where it is there already.
        """
        users = message.reactions.setdefault(name, [])
        if user in users:
            return False
        users.append(user)
        self._tell(changes.ReactionChanged(message=message, user=user, name=name, is_added=True))
        return True

    def unreact(self, message: Message, user: str, name: str) -> bool:
        """Take somebody's reaction off a message.

        Returns:
            False where there is none.
        """
        users = message.reactions.get(name, [])
        if user not in users:
            return False
        users.remove(user)
        if not users:
            del message.reactions[name]
        self._tell(changes.ReactionChanged(message=message, user=user, name=name, is_added=False))
        return True

    # streams

    def append(self, message: Message, piece: Piece) -> None:
        """Add a piece to an open stream.

        Args:
            message: the streaming message.
            piece: what the call brought.

        Raises:
            SlackError: the piece does not fit.
        """
        stream = _stream(message)
        stream.take(piece)
        message.text = message.markdown = stream.text
        self._tell(changes.MessageChanged(message=message))

    def close_stream(
        self,
        message: Message,
        *,
        state: StreamState = "closed",
        blocks: list[Payload] | None = None,
        metadata: Payload | None = None,
    ) -> None:
        """End a stream.

        Args:
            message: the streaming message.
            state: why: ``closed`` by the app, ``expired`` by the server, ``stopped_by_user``.
            blocks: what stands below the text from now on.
            metadata: the message's metadata.
        """
        stream = _stream(message)
        previous = message.payload()
        stream.state = state
        self.open_streams.pop((message.channel, message.ts), None)
        if blocks:
            stream.blocks.extend(blocks)
        if metadata is not None:
            message.metadata = metadata
        message.blocks = _stream_blocks(stream)
        message.keeps_blocks = bool(stream.blocks or stream.tasks)
        self._tell(changes.MessageChanged(message=message, previous=previous))

    # agent sessions

    def set_session(
        self,
        channel: str,
        thread_ts: str,
        status: str,
        *,
        title: str | None = None,
        initiator: str | None = None,
    ) -> AgentSession:
        """Set an agent session's status, creating it if need be.

        Args:
            channel: the channel's id.
            thread_ts: the thread's root.
            status: the status.
            title: the title of a new session.
            initiator: who began a new session.
        """
        session = self.sessions.get((channel, thread_ts))
        if session is None:
            session = self.sessions[channel, thread_ts] = AgentSession(
                channel=channel,
                thread_ts=thread_ts,
                status=status,
                title=title,
                initiator=initiator,
            )
        session.status = status
        self._tell(changes.SessionChanged(session=session))
        return session

    def rename_session(self, session: AgentSession, title: str) -> None:
        """Give an agent session another title."""
        session.title = title
        self._tell(changes.SessionChanged(session=session))

    def stop_session(self, session: AgentSession, user: str) -> None:
        """Do what the native stop button does: stop the thread's streams and tell the app.

        The session's status stays; moving it on is the app's business.

        Args:
            session: the session.
            user: who pressed it.
        """
        stopped = [
            message
            for message in self.open_streams.values()
            if message.channel == session.channel
            and (message.thread_ts or message.ts) == session.thread_ts
        ]
        for message in stopped:
            self.close_stream(message, state="stopped_by_user")
        self._tell(
            changes.SessionStopped(
                channel=session.channel,
                thread_ts=session.thread_ts,
                user=user,
                streams=tuple(message.ts for message in stopped),
            )
        )

    # files and views

    def add_file(
        self,
        name: str,
        content: bytes,
        user: str,
        *,
        base_url: str,
        file_id: str | None = None,
        title: str | None = None,
        alt_text: str | None = None,
        snippet_type: str | None = None,
        state: FileState = FileState.VISIBLE,
        external_url: str = "",
    ) -> File:
        """Keep an uploaded file.

        Args:
            name: the file's name.
            content: its bytes.
            user: who uploaded it.
            base_url: where the playground is served.
            file_id: its id, where one was given out before.
            title: its title, if not its name.
            alt_text: a description of it.
            snippet_type: the syntax of a snippet.
            state: what of it can be had.
            external_url: where it is kept, where that is elsewhere.
        """
        file = File(
            id=file_id or self.new_id("F"),
            name=name,
            title=title or name,
            user=user,
            team=self.team.id,
            created=int(self.now()),
            content=content,
            base_url=base_url,
            page_key=self.page_key,
            alt_text=alt_text,
            snippet_type=snippet_type,
            state=state,
            external_url=external_url,
        )
        self.files[file.id] = file
        return file

    def delete_file(self, file: File) -> None:
        """Delete a file; the messages that had it keep a tombstone.

        Args:
            file: the file.
        """
        shown = [
            message
            for share in file.shares
            if (message := self.message(share.channel, share.ts)) is not None
        ]
        before = [message.payload() for message in shown]
        file.state = FileState.DELETED
        file.content = b""
        self._tell(changes.FileDeleted(file=file))
        for message, previous in zip(shown, before, strict=True):
            self._tell(changes.MessageChanged(message=message, previous=previous))

    def show_view(self, view: View) -> None:
        """Open a modal, or show what changed in it."""
        self.views[view.id] = view
        self._tell(changes.ViewShown(view=view))

    def close_view(self, view: View) -> None:
        """Close a modal."""
        self.views.pop(view.id, None)
        self._tell(changes.ViewGone(view=view))

    def publish_home(self, view: View) -> None:
        """Show somebody's Home tab."""
        self.homes[view.user] = view
        self.views[view.id] = view
        self._tell(changes.HomeChanged(view=view))

    def open_home(self, user: str, tab: str) -> None:
        """Note that a person opened the app's Home or Messages tab."""
        channel = self.direct_with(user)
        view = self.homes.get(user) if tab == "home" else None
        self._tell(changes.HomeOpened(user=user, channel=channel.id, tab=tab, view=view))

    def _by_app(self, channel: Channel, content: Content) -> Message:
        text = content.text
        if content.blocks and not text:
            text = content.markdown or BLOCKS_ONLY_TEXT
        return Message(
            ts=self.timestamps.mint(),
            channel=channel.id,
            user=self.app.bot_user_id,
            team=self.team.id,
            app=self.app,
            text=text,
            blocks=content.blocks or (rich_text.blocks_of(text) if text else None),
            attachments=content.attachments,
            keeps_blocks=bool(content.blocks),
            files=list(content.files),
            metadata=content.metadata,
            username=content.username,
            icons=content.icons,
            markdown=content.markdown or markdown_of(content.blocks),
        )

    def _place(self, channel: Channel, message: Message, root: Message | None) -> Message:
        channel.messages[message.ts] = message
        if root is None:
            channel.top.append(message.ts)
        else:
            message.thread_ts = root.ts
            message.parent_user_id = root.user
            root.thread_ts = root.ts
            root.replies.append(message.ts)
            if message.user not in root.reply_users:
                root.reply_users.append(message.user)
            if message.is_broadcast:
                channel.top.append(message.ts)
        for file in message.files:
            _share(file, message, channel)
            self._tell(changes.FileShared(file=file, message=message))
        self._tell(changes.MessagePosted(message=message))
        if root is not None:
            self._tell(changes.MessageChanged(message=root))
        return message

    def _tell(self, change: changes.Change) -> None:
        self._subscribers.tell(change)


def _share(file: File, message: Message, channel: Channel) -> None:
    channels = {
        ChannelKind.PUBLIC: file.public,
        ChannelKind.PRIVATE: file.private,
        ChannelKind.DIRECT: file.direct,
    }[channel.kind]
    if channel.id not in channels:
        channels.append(channel.id)
    file.shares.append(
        Share(
            kind="public" if channel.kind is ChannelKind.PUBLIC else "private",
            channel=channel.id,
            channel_name=channel.name,
            ts=message.ts,
            thread_ts=message.thread_ts,
            user=message.user,
        )
    )


def _stream(message: Message) -> Stream:
    if message.stream is None:
        raise TypeError(f"message {message.ts} is no stream")
    return message.stream


def _stream_blocks(stream: Stream) -> list[Payload]:
    blocks: list[Payload] = []
    if stream.tasks:
        blocks.append(
            {
                "type": "plan",
                "block_id": rich_text.new_block_id(),
                "title": stream.plan_title or "",
                "tasks": copy.deepcopy(list(stream.tasks.values())),
            }
        )
    if stream.text:
        blocks.append(
            {"type": "markdown", "block_id": rich_text.new_block_id(), "text": stream.text}
        )
    return blocks + stream.blocks
