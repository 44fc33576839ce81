"""The state of a server: people, roles, channels, threads, direct messages and messages.

Pure and synchronous; whoever wants to know what changes subscribes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from playground.discord import changes
from playground.discord.attachments import Attachment, safe_name
from playground.discord.channels import THREADS, Channel, ChannelType, Tag, ThreadState
from playground.discord.drafts import Draft, NewFile
from playground.discord.mentions import ANYBODY, AllowedMentions, find_mentions
from playground.discord.message import (
    NO_MENTIONS,
    SYSTEM,
    Mentions,
    Message,
    MessageFlag,
    MessageType,
)
from playground.discord.permissions import (
    ALL,
    DIRECT,
    NOBODYS,
    Overwrite,
    Permission,
    in_channel,
)
from playground.discord.signing import Signer
from playground.discord.snapshot import Snapshot
from playground.discord.snowflakes import Snowflakes
from playground.discord.users import App, Member, Role, User
from playground.payload import Payload
from playground.subscribers import Subscribers

_EPHEMERALS_KEPT = 1000
_NONCES_KEPT = 1000
_AUTHORS_FLAGS = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.EPHEMERAL
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_VOICE_MESSAGE
    | MessageFlag.IS_COMPONENTS_V2
)


_BOOSTED = {2: 50 * 1024 * 1024, 3: 100 * 1024 * 1024}


@dataclass(frozen=True, kw_only=True)
class Emoji:
    """An emoji of the server's own."""

    id: str
    name: str
    is_animated: bool = False

    @property
    def written(self) -> str:
        """What a message has in its place."""
        return f"<{'a' * self.is_animated}:{self.name}:{self.id}>"

    def payload(self) -> Payload:
        """Return the emoji as the server lists it."""
        return {
            "id": self.id,
            "name": self.name,
            "roles": [],
            "require_colons": True,
            "managed": False,
            "animated": self.is_animated,
            "available": True,
        }


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The interaction that a message answers.

    Args:
        interaction: the older ``interaction`` field, where it has one.
        metadata: the ``interaction_metadata`` field.
    """

    interaction: Payload | None
    metadata: Payload


@dataclass(slots=True, kw_only=True)
class Guild:
    """Everything that the playground's Discord knows of its server and direct messages.

    ``withheld`` are permissions that the bot lacks everywhere, whatever its roles say.

    Args:
        id: the server's id, which the role that everybody has shares.
        name: its name.
        app: the one app that is installed.
        users: people and the bot, by id.
        members: the same as members.
        roles: by id.
        channels: channels, threads and direct messages, by id.
        cdn_url: where attachments are served, without a slash at the end.
        signer: signs their addresses.
        largest_file: the greatest size of a file where no boost raises it, in bytes.
        premium_tier: how far the server is boosted, from 0 to 3.
        emojis: the server's own, by name.
        now: the clock, in seconds since the epoch.
    """

    id: str
    name: str
    app: App
    users: dict[str, User]
    members: dict[str, Member]
    roles: dict[str, Role]
    channels: dict[str, Channel] = field(default_factory=dict)
    cdn_url: str
    signer: Signer
    largest_file: int
    premium_tier: int = 0
    emojis: dict[str, Emoji] = field(default_factory=dict)
    now: Callable[[], float] = time.time
    withheld: Permission = NOBODYS
    attachments: dict[str, Attachment] = field(default_factory=dict)
    ephemerals: dict[str, Message] = field(default_factory=dict)
    closed_dms: set[str] = field(default_factory=set)
    snowflakes: Snowflakes = field(init=False)
    _subscribers: Subscribers[[changes.Change]] = field(default_factory=Subscribers)
    _directs: dict[str, Channel] = field(default_factory=dict)
    _nonces: dict[tuple[str, str, str], Message] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.snowflakes = Snowflakes(self.now)

    def subscribe(self, told: Callable[[changes.Change], None]) -> Callable[[], None]:
        """Tell ``told`` of every change, in order, as it happens.

        Args:
            told: called with the change; it must not wait.

        Returns:
            What ends the subscription.
        """
        return self._subscribers.add(told)

    def tell(self, change: changes.Change) -> None:
        """Tell all subscribers of a change."""
        self._subscribers.tell(change)

    @property
    def bot_id(self) -> str:
        """The bot's user id."""
        return self.app.bot.id

    def payload(self) -> Payload:
        """Return the server as Discord describes it."""
        return {
            "id": self.id,
            "name": self.name,
            "icon": None,
            "description": None,
            "home_header": None,
            "splash": None,
            "discovery_splash": None,
            "features": [],
            "banner": None,
            "owner_id": self.app.owner.id,
            "application_id": None,
            "region": "deprecated",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "widget_enabled": False,
            "widget_channel_id": None,
            "verification_level": 0,
            "roles": [role.payload() for role in self.roles.values()],
            "default_message_notifications": 1,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "max_presences": None,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": None,
            "premium_tier": self.premium_tier,
            "premium_subscription_count": 0,
            "preferred_locale": "en-US",
            "rules_channel_id": None,
            "safety_alerts_channel_id": None,
            "public_updates_channel_id": None,
            "premium_progress_bar_enabled": False,
            "nsfw": False,
            "nsfw_level": 0,
            "emojis": [emoji.payload() for emoji in self.emojis.values()],
            "stickers": [],
            "incidents_data": None,
        }

    def largest_upload(self, channel: Channel | None = None) -> int:
        """Return the greatest size of a file, in bytes.

        Args:
            channel: where; in the server at large otherwise.
        """
        if channel is not None and channel.is_direct:
            return self.largest_file
        return max(self.largest_file, _BOOSTED.get(self.premium_tier, 0))

    # people and permissions

    def permissions(self, user: str, channel: Channel | None = None) -> Permission:
        """Return what somebody may do.

        Args:
            user: their id.
            channel: where; in the server at large otherwise.
        """
        if channel is not None and channel.is_direct:
            allowed = DIRECT if user in (channel.recipient, self.bot_id) else NOBODYS
        else:
            allowed = self._guild_permissions(user, channel)
        return allowed & ~self.withheld if user == self.bot_id else allowed

    def sees(self, user: str, channel: Channel) -> bool:
        """Say whether somebody can see a channel."""
        allowed = self.permissions(user, channel)
        if Permission.VIEW_CHANNEL not in allowed:
            return False
        if channel.type is ChannelType.PRIVATE_THREAD and channel.thread is not None:
            return user in channel.thread.members or Permission.MANAGE_THREADS in allowed
        return True

    def set_overwrite(self, channel: Channel, overwrite: Overwrite) -> None:
        """Change what a channel allows and denies; empty ones are taken away."""
        saw = self.sees(self.bot_id, channel)
        if overwrite.allow or overwrite.deny:
            channel.overwrites[overwrite.id] = overwrite
        else:
            channel.overwrites.pop(overwrite.id, None)
        sees = self.sees(self.bot_id, channel)
        self.tell(changes.ChannelChanged(channel=channel, is_newly_seen=sees and not saw))

    # channels

    def channel_named(self, name: str) -> Channel:
        """Return the channel with that name.

        Raises:
            KeyError: no channel is called so.
        """
        for channel in self.channels.values():
            if channel.name == name and not channel.is_direct and not channel.is_thread:
                return channel
        raise KeyError(name)

    def direct_with(self, user: str) -> Channel:
        """Return a person's direct message with the bot.

        Args:
            user: the person's id.
        """
        channel = self._directs.get(user)
        if channel is None:
            channel = self._directs[user] = Channel(
                id=self.snowflakes.mint(), type=ChannelType.DIRECT, name="", recipient=user
            )
            self.channels[channel.id] = channel
        return channel

    def guild_channels(self) -> Iterator[Channel]:
        """Yield the server's channels, without threads and direct messages."""
        for channel in self.channels.values():
            if not channel.is_thread and not channel.is_direct:
                yield channel

    def threads(self, parent: Channel | None = None) -> Iterator[Channel]:
        """Yield threads, archived ones included.

        Args:
            parent: only those of this channel.
        """
        for channel in self.channels.values():
            if channel.is_thread and parent in (None, channel.parent):
                yield channel

    def create_channel(
        self, name: str, kind: ChannelType, *, topic: str | None = None, tags: Sequence[str] = ()
    ) -> Channel:
        """Create a channel.

        Args:
            name: its name.
            kind: its type.
            topic: what it is about.
            tags: names of the tags that a forum offers.
        """
        channel = Channel(
            id=self.snowflakes.mint(),
            type=kind,
            name=name,
            topic=topic,
            position=sum(1 for _ in self.guild_channels()),
            tags=[Tag(id=self.snowflakes.mint(), name=tag) for tag in tags],
        )
        self.channels[channel.id] = channel
        self.tell(changes.ChannelCreated(channel=channel))
        return channel

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with its threads, or a thread."""
        gone = [*self.threads(channel), channel] if not channel.is_thread else [channel]
        for one in gone:
            one.is_deleted = True
            self.channels.pop(one.id, None)
        self.tell(changes.ChannelDeleted(channel=channel))

    def rename(self, channel: Channel, name: str, by: User) -> None:
        """Give a channel another name; in threads that leaves a line."""
        if name == channel.name:
            return
        channel.name = name
        self.tell(changes.ChannelChanged(channel=channel))
        if channel.is_thread:
            self._post(channel, by, MessageType.CHANNEL_NAME_CHANGE, content=name)

    def changed(self, channel: Channel) -> None:
        """Tell that a channel's fields were changed."""
        self.tell(changes.ChannelChanged(channel=channel))

    # threads

    def start_thread(
        self,
        parent: Channel,
        name: str,
        owner: User,
        *,
        message: Message | None = None,
        kind: ChannelType | None = None,
        auto_archive_minutes: int = 1440,
        slowmode_s: int = 0,
        is_invitable: bool = True,
    ) -> Channel:
        """Start a thread.

        Args:
            parent: the channel.
            name: the thread's name.
            owner: who starts it.
            message: the message that it starts from, whose id it takes.
            kind: public or private; announcement channels have their own kind.
            auto_archive_minutes: minutes without a message after which it is archived.
            slowmode_s: seconds that each person waits between messages.
            is_invitable: whether members may invite others to a private one.
        """
        if parent.type is ChannelType.ANNOUNCEMENT:
            kind = ChannelType.ANNOUNCEMENT_THREAD
        thread = self._new_thread(
            parent,
            name,
            owner,
            thread_id=self.snowflakes.mint() if message is None else message.id,
            kind=kind or ChannelType.PUBLIC_THREAD,
            auto_archive_minutes=auto_archive_minutes,
            is_invitable=is_invitable,
        )
        thread.slowmode_s = slowmode_s
        self.tell(changes.ChannelCreated(channel=thread))
        if message is not None:
            message.thread = thread
            message.flags |= MessageFlag.HAS_THREAD
            self.tell(changes.MessageChanged(message=message))
            self._post(
                thread,
                message.author,
                MessageType.THREAD_STARTER_MESSAGE,
                reference=self._reference(message),
                referenced=message,
            )
        elif thread.type is not ChannelType.PRIVATE_THREAD:
            self._post(
                parent,
                owner,
                MessageType.THREAD_CREATED,
                content=name,
                reference={"type": 0, "channel_id": thread.id, "guild_id": self.id},
            )
        return thread

    def start_post(
        self,
        forum: Channel,
        name: str,
        owner: User,
        draft: Draft,
        *,
        tags: Sequence[str] = (),
        auto_archive_minutes: int = 4320,
    ) -> tuple[Channel, Message]:
        """Start a post in a forum: a thread with its first message, both with one id.

        Args:
            forum: the forum or media channel.
            name: the post's title.
            owner: who starts it.
            draft: the first message.
            tags: ids of tags.
            auto_archive_minutes: minutes without a message after which it is archived.
        """
        post_id = self.snowflakes.mint()
        thread = self._new_thread(
            forum,
            name,
            owner,
            thread_id=post_id,
            kind=ChannelType.PUBLIC_THREAD,
            auto_archive_minutes=auto_archive_minutes,
            tags=tags,
        )
        self.tell(changes.ChannelCreated(channel=thread))
        return thread, self.post(thread, owner, draft, message_id=post_id)

    def archive(self, channel: Channel, *, is_archived: bool) -> None:
        """Archive a thread, or take it back."""
        thread = channel.thread
        if thread is None or thread.is_archived == is_archived:
            return
        thread.is_archived = is_archived
        thread.archived_at = self.snowflakes.timestamp()
        self.tell(changes.ChannelChanged(channel=channel))

    def lock(self, channel: Channel, *, is_locked: bool) -> None:
        """Lock a thread, so that only moderators can write in it, or unlock it."""
        thread = channel.thread
        if thread is None or thread.is_locked == is_locked:
            return
        thread.is_locked = is_locked
        self.tell(changes.ChannelChanged(channel=channel))

    def join(self, channel: Channel, *users: str) -> None:
        """Make users members of a thread."""
        thread = channel.thread
        if thread is None:
            return
        added = tuple(user for user in users if user not in thread.members)
        for user in added:
            thread.members[user] = self.snowflakes.timestamp()
        if added:
            self.tell(changes.ThreadMembersChanged(channel=channel, added=added))

    def leave(self, channel: Channel, user: str) -> None:
        """Let a user leave a thread."""
        thread = channel.thread
        if thread is not None and thread.members.pop(user, None) is not None:
            self.tell(changes.ThreadMembersChanged(channel=channel, removed=(user,)))

    # messages

    def message(self, channel: Channel, message_id: str) -> Message | None:
        """Return a message, an ephemeral one included."""
        found = channel.messages.get(message_id)
        if found is None:
            found = self.ephemerals.get(message_id)
            if found is not None and found.channel_id != channel.id:
                return None
        return found

    def same_nonce(self, channel: Channel, author: str, nonce: str | int | None) -> Message | None:
        """Return the message that was sent with a nonce not long ago."""
        return self._nonces.get((channel.id, author, str(nonce)))

    def post(
        self,
        channel: Channel,
        author: User,
        draft: Draft,
        *,
        kind: MessageType = MessageType.DEFAULT,
        referenced: Message | None = None,
        message_id: str | None = None,
        answered: Answered | None = None,
        ephemeral_to: str | None = None,
        is_loading: bool = False,
    ) -> Message:
        """Post a message.

        Args:
            channel: where.
            author: who says it.
            draft: what it says.
            kind: its type.
            referenced: the message that it answers.
            message_id: its id, for the first message of a post.
            answered: the interaction that it answers.
            ephemeral_to: the only person who sees it.
            is_loading: whether it only says that the bot is thinking.
        """
        flags = (draft.flags or 0) & _AUTHORS_FLAGS & ~MessageFlag.EPHEMERAL
        if draft.snapshot is not None:
            flags |= MessageFlag.HAS_SNAPSHOT
        if ephemeral_to is not None:
            flags |= MessageFlag.EPHEMERAL
        if is_loading:
            flags |= MessageFlag.LOADING
        content = (draft.content or "").strip()
        message = self._post(
            channel,
            author,
            kind,
            content=content,
            message_id=message_id,
            embeds=draft.embeds or [],
            components=draft.components or [],
            files=draft.new_files,
            stickers=draft.stickers,
            poll=draft.poll,
            snapshot=draft.snapshot,
            mentions=self._mentions(
                channel,
                author,
                content,
                draft.allowed,
                None if draft.snapshot is not None else referenced,
            ),
            flags=int(flags),
            nonce=draft.nonce,
            is_tts=draft.is_tts,
            reference=(
                None
                if referenced is None
                else self._reference(referenced, is_forward=draft.snapshot is not None)
            ),
            referenced=referenced,
            answered=answered,
            ephemeral_to=ephemeral_to,
        )
        if draft.nonce is not None and draft.enforces_nonce:
            self._nonces[(channel.id, author.id, str(draft.nonce))] = message
            while len(self._nonces) > _NONCES_KEPT:
                del self._nonces[next(iter(self._nonces))]
        return message

    def edit(self, message: Message, draft: Draft) -> None:
        """Change what a message says; what the draft leaves out stays.

        Args:
            message: the message.
            draft: what it is to say.
        """
        was_loading = message.is_loading
        channel = self.channels[message.channel_id]
        if draft.content is not None:
            message.content = draft.content.strip()
            message.mentions = self._mentions(
                channel, message.author, message.content, draft.allowed, message.referenced
            )
        if draft.embeds is not None:
            message.embeds = draft.embeds
        if draft.components is not None:
            message.components = draft.components
        if draft.kept_files is not None:
            message.attachments = [one for one in message.attachments if one.id in draft.kept_files]
        message.attachments += self._store(
            channel, draft.new_files, is_ephemeral=message.is_ephemeral
        )
        changeable = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2
        if draft.flags is not None:
            kept = message.flags & ~MessageFlag.SUPPRESS_EMBEDS
            message.flags = int(kept | (draft.flags & changeable))
        message.flags &= ~MessageFlag.LOADING
        if not was_loading:
            message.edited_timestamp = self.snowflakes.timestamp()
        self.tell(changes.MessageChanged(message=message))

    def unfurl(self, message: Message, embeds: Sequence[Payload]) -> None:
        """Show what stands behind a message's links, as Discord does a moment later."""
        message.embeds = [*message.embeds, *embeds]
        self.tell(changes.MessageChanged(message=message))

    def delete(self, message: Message) -> None:
        """Delete a message."""
        message.is_deleted = True
        if self.ephemerals.pop(message.id, None) is None:
            channel = self.channels[message.channel_id]
            channel.messages.pop(message.id, None)
            if channel.thread is not None and _counts(message, channel):
                channel.thread.message_count -= 1
        self.tell(changes.MessageDeleted(message=message))

    def pin(self, message: Message, *, is_pinned: bool) -> None:
        """Pin a message, or take the pin off."""
        if message.is_pinned != is_pinned:
            message.is_pinned = is_pinned
            self.tell(changes.MessageChanged(message=message))

    def react(self, message: Message, user: str, emoji: str) -> bool:
        """Put a reaction on a message.

        Returns:
            Whether it was not there yet.
        """
        users = message.reactions.setdefault(emoji, [])
        if user in users:
            return False
        users.append(user)
        self.tell(changes.ReactionChanged(message=message, user=user, emoji=emoji, is_added=True))
        return True

    def unreact(self, message: Message, user: str, emoji: str) -> bool:
        """Take a reaction off a message.

        Returns:
            Whether it was there.
        """
        users = message.reactions.get(emoji, [])
        if user not in users:
            return False
        users.remove(user)
        if not users:
            del message.reactions[emoji]
        self.tell(changes.ReactionChanged(message=message, user=user, emoji=emoji, is_added=False))
        return True

    def clear_reactions(self, message: Message, emoji: str | None = None) -> None:
        """Take all reactions off a message, or all of one emoji."""
        if emoji is None:
            message.reactions.clear()
        elif message.reactions.pop(emoji, None) is None:
            return
        self.tell(changes.ReactionsCleared(message=message, emoji=emoji))

    def start_typing(self, channel: Channel, user: str) -> None:
        """Show that somebody types."""
        self.tell(changes.TypingStarted(channel=channel, user=user))

    def set_roles(self, user: str, roles: Sequence[str]) -> None:
        """Give a member other roles."""
        self.members[user].roles = list(roles)
        self.tell(changes.RolesChanged(user=user))

    def store(self, channel: Channel, file: NewFile, *, is_ephemeral: bool = False) -> Attachment:
        """Keep a file where the CDN serves it.

        Args:
            channel: whose it is.
            file: the file.
            is_ephemeral: whether it belongs to an ephemeral message.
        """
        upload, id_ = file.upload, self.snowflakes.mint()
        stored = Attachment(
            id=id_,
            upload=replace(upload, description=file.description or upload.description),
            url=f"{self.cdn_url}/attachments/{channel.id}/{id_}/{safe_name(upload.filename)}",
            signer=self.signer,
            voice=file.voice,
            is_ephemeral=is_ephemeral,
        )
        self.attachments[stored.id] = stored
        return stored

    def _guild_permissions(self, user: str, channel: Channel | None) -> Permission:
        member = self.members.get(user)
        if member is None:
            return NOBODYS
        base = self.roles[self.id].permissions
        for role in member.roles:
            base |= self.roles[role].permissions
        if user == self.app.owner.id or Permission.ADMINISTRATOR in base:
            return ALL
        if channel is None:
            return base
        where = channel.parent or channel
        return in_channel(base, self.id, member.roles, user, where.overwrites)

    def _new_thread(
        self,
        parent: Channel,
        name: str,
        owner: User,
        *,
        thread_id: str,
        kind: ChannelType,
        auto_archive_minutes: int,
        is_invitable: bool = True,
        tags: Sequence[str] = (),
    ) -> Channel:
        at = self.snowflakes.timestamp()
        thread = Channel(
            id=thread_id,
            type=kind if kind in THREADS else ChannelType.PUBLIC_THREAD,
            name=name,
            parent=parent,
            thread=ThreadState(
                owner_id=owner.id,
                created_at=at,
                archived_at=at,
                auto_archive_minutes=auto_archive_minutes,
                is_invitable=is_invitable,
                members={owner.id: at},
                tags=list(tags),
            ),
        )
        self.channels[thread.id] = thread
        return thread

    def _post(
        self,
        channel: Channel,
        author: User,
        kind: MessageType,
        *,
        content: str = "",
        message_id: str | None = None,
        embeds: list[Payload] | None = None,
        components: list[Payload] | None = None,
        files: Sequence[NewFile] = (),
        stickers: Sequence[Payload] = (),
        poll: Payload | None = None,
        snapshot: Snapshot | None = None,
        mentions: Mentions | None = None,
        flags: int = 0,
        nonce: str | int | None = None,
        is_tts: bool = False,
        reference: Payload | None = None,
        referenced: Message | None = None,
        answered: Answered | None = None,
        ephemeral_to: str | None = None,
    ) -> Message:
        is_ephemeral = ephemeral_to is not None
        message = Message(
            id=message_id or self.snowflakes.mint(),
            channel_id=channel.id,
            author=author,
            timestamp=self.snowflakes.timestamp(),
            type=kind,
            content=content,
            embeds=embeds or [],
            components=components or [],
            attachments=self._store(channel, files, is_ephemeral=is_ephemeral),
            stickers=list(stickers),
            poll=poll,
            snapshot=snapshot,
            mentions=mentions or NO_MENTIONS,
            flags=flags,
            nonce=nonce,
            is_tts=is_tts,
            reference=reference,
            referenced=referenced,
            ephemeral_to=ephemeral_to,
            application_id=self.app.id if answered is not None else None,
            is_from_interaction=answered is not None,
            interaction=None if answered is None else answered.interaction,
            interaction_metadata=None if answered is None else answered.metadata,
        )
        if is_ephemeral:
            self.ephemerals[message.id] = message
            while len(self.ephemerals) > _EPHEMERALS_KEPT:
                del self.ephemerals[next(iter(self.ephemerals))]
        else:
            self._place(channel, message)
        self.tell(changes.MessagePosted(message=message))
        return message

    def _place(self, channel: Channel, message: Message) -> None:
        thread = channel.thread
        if thread is not None:
            # Whoever writes in a thread, or is named there, follows it from then on; a message
            # opens an archived thread again.
            if message.type not in SYSTEM:
                self.archive(channel, is_archived=False)
                named = (user.id for user in message.mentions.users)
                seeing = (one for one in named if self._may_be_added(one, channel))
                self.join(channel, message.author.id, *seeing)
            message.position = thread.total_message_sent
            if _counts(message, channel):
                thread.message_count += 1
                thread.total_message_sent += 1
        channel.messages[message.id] = message
        channel.last_message_id = message.id

    def _may_be_added(self, user: str, channel: Channel) -> bool:
        return Permission.VIEW_CHANNEL in self.permissions(user, channel)

    def _store(
        self, channel: Channel, files: Sequence[NewFile], *, is_ephemeral: bool
    ) -> list[Attachment]:
        return [self.store(channel, file, is_ephemeral=is_ephemeral) for file in files]

    def _reference(self, message: Message, *, is_forward: bool = False) -> Payload:
        reference: Payload = {
            "type": int(is_forward),
            "channel_id": message.channel_id,
            "message_id": message.id,
        }
        if not self.channels[message.channel_id].is_direct:
            reference["guild_id"] = self.id
        return reference

    def _mentions(
        self,
        channel: Channel,
        author: User,
        content: str,
        allowed: AllowedMentions | None,
        referenced: Message | None,
    ) -> Mentions:
        if "@" not in content and referenced is None:
            return NO_MENTIONS
        return find_mentions(
            content,
            allowed=allowed or ANYBODY,
            author=author.id,
            replied_to=None if referenced is None else referenced.author,
            user=self.users.get,
            members=self.members,
            audience=(one for one in self.members if self.sees(one, channel)),
            may_everyone=(
                not channel.is_direct
                and Permission.MENTION_EVERYONE in self.permissions(author.id, channel)
            ),
        )


def _counts(message: Message, channel: Channel) -> bool:
    return message.id != channel.id and message.type is not MessageType.THREAD_STARTER_MESSAGE
