"""A person of the server, through whom tests and the page act."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from playground.discord.attachments import Upload, Voice
from playground.discord.channels import POSTS_ONLY, Channel, ChannelType
from playground.discord.commands import Command, Commands, CommandType
from playground.discord.components import SELECTS, ComponentType, walk
from playground.discord.drafts import LARGEST_REQUEST, LONGEST_CONTENT, MOST_FILES, Draft, NewFile
from playground.discord.guild import Guild
from playground.discord.interactions import (
    Interaction,
    Interactions,
    InteractionType,
    Modal,
    submitted,
)
from playground.discord.mentions import ANYBODY
from playground.discord.message import SYSTEM, Message, MessageFlag, MessageType
from playground.discord.options_given import given_options
from playground.discord.permissions import Overwrite, Permission, named
from playground.discord.snapshot import snapshot_of
from playground.discord.users import User
from playground.errors import NotPossibleError
from playground.payload import Payload

_LINK = 5
_MOST_ANSWERS = 10
_POLL_S = 86_400


class DiscordPerson:
    """Does what a person can do in Discord.

    Channels and threads are named by id, channels also by name, and ``"dm"`` is the person's
    direct message with the bot.

    Args:
        user: who it is.
        guild: where they are.
        interactions: carries commands and clicks to the app.
        commands: the app's commands.
    """

    def __init__(
        self, user: User, guild: Guild, interactions: Interactions, commands: Commands
    ) -> None:
        self.user = user
        self._guild = guild
        self._interactions = interactions
        self._commands = commands
        self._uploads: dict[str, Upload] = {}

    @property
    def id(self) -> str:
        """The person's user id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The person's name."""
        return self.user.username

    @property
    def dm(self) -> str:
        """The channel id of the person's direct message with the bot."""
        return self._guild.direct_with(self.id).id

    def mention(self, text: str) -> str:
        """Return ``text`` said to the bot: with a mention in front."""
        return f"<@{self._guild.bot_id}> {text}"

    async def say(
        self,
        channel: str,
        text: str,
        reply_to: str | None = None,
        files: Sequence[str] = (),
        *,
        ping: bool = True,
    ) -> str:
        """Post a message.

        Args:
            channel: where.
            text: the text as Discord writes it: mentions as ``<@id>``.
            reply_to: the id of the message that it answers.
            files: ids of uploaded files.
            ping: whether the author of that message is notified, as they are unless one
                switches it off.

        Returns:
            The message's id.

        Raises:
            NotPossibleError: the person cannot write there, or a message or file is gone.
        """
        where = self._writable(channel)
        referenced = None if reply_to is None else self._message(channel, reply_to)
        message = self._guild.post(
            where,
            self.user,
            self._draft(where, text, files, ping=ping),
            kind=MessageType.DEFAULT if referenced is None else MessageType.REPLY,
            referenced=referenced,
        )
        return message.id

    async def speak(self, channel: str, file: str, duration_s: float) -> str:
        """Post a voice message: a recording and nothing else.

        Args:
            channel: where.
            file: the id of the uploaded recording.
            duration_s: how long it is, in seconds.

        Returns:
            The message's id.
        """
        where = self._writable(channel)
        draft = self._draft(where, "", [file])
        recording = replace(draft.new_files[0], voice=Voice(duration_s=duration_s))
        draft = replace(draft, new_files=(recording,), flags=int(MessageFlag.IS_VOICE_MESSAGE))
        return self._guild.post(where, self.user, draft).id

    async def forward(self, channel: str, message_id: str, to: str) -> str:
        """Forward a message: what it says, and not who said it.

        Args:
            channel: where it is.
            message_id: its id.
            to: where it goes.

        Returns:
            The id of the message that forwards it.
        """
        where = self._writable(to)
        message = self._message(channel, message_id)
        if message.type in SYSTEM or message.poll is not None or message.is_ephemeral:
            raise NotPossibleError("this message cannot be forwarded")
        draft = Draft(content="", allowed=ANYBODY, snapshot=snapshot_of(message))
        return self._guild.post(where, self.user, draft, referenced=message).id

    async def stick(self, channel: str, name: str) -> str:
        """Post a sticker.

        Args:
            channel: where.
            name: what the sticker is called.

        Returns:
            The message's id.
        """
        sticker = {"id": self._guild.snowflakes.mint(), "name": name, "format_type": 1}
        draft = Draft(content="", allowed=ANYBODY, stickers=(sticker,))
        return self._guild.post(self._writable(channel), self.user, draft).id

    async def start_poll(self, channel: str, question: str, answers: Sequence[str]) -> str:
        """Ask everybody a question.

        Args:
            channel: where.
            question: what is asked.
            answers: one to ten answers to choose from.

        Returns:
            The message's id.
        """
        where = self._writable(channel)
        if not question.strip() or not 1 <= len(answers) <= _MOST_ANSWERS:
            raise NotPossibleError("a poll has a question and 1 to 10 answers")
        ends = self._guild.now() + _POLL_S
        poll: Payload = {
            "question": {"text": question},
            "answers": [
                {"answer_id": number, "poll_media": {"text": answer}}
                for number, answer in enumerate(answers, 1)
            ],
            "expiry": datetime.fromtimestamp(ends, UTC).isoformat(),
            "allow_multiselect": False,
            "layout_type": 1,
            "results": {"answer_counts": [], "is_finalized": False},
        }
        return self._guild.post(where, self.user, Draft(allowed=ANYBODY, poll=poll)).id

    async def edit(self, channel: str, message_id: str, text: str) -> None:
        """Change one of the person's own messages.

        Raises:
            NotPossibleError: it is not theirs.
        """
        message = self._message(channel, message_id)
        if message.author.id != self.id:
            raise NotPossibleError("only one's own messages can be edited")
        self._check_text(text)
        self._guild.edit(message, Draft(content=text, allowed=ANYBODY))

    async def delete(self, channel: str, message_id: str) -> None:
        """Delete one of the person's own messages; an administrator may delete any.

        Raises:
            NotPossibleError: it is not theirs.
        """
        message = self._message(channel, message_id)
        own = message.author.id == self.id or message.is_ephemeral
        if not own and not self._may(self._channel(channel), Permission.MANAGE_MESSAGES):
            raise NotPossibleError("only one's own messages can be deleted")
        self._guild.delete(message)

    async def react(self, channel: str, message_id: str, emoji: str) -> None:
        """Put a reaction on a message, or take it off where it is."""
        message = self._message(channel, message_id)
        if not self._guild.react(message, self.id, emoji):
            self._guild.unreact(message, self.id, emoji)

    async def type(self, channel: str) -> None:
        """Show that the person types."""
        self._guild.start_typing(self._writable(channel), self.id)

    # threads

    async def start_post(
        self,
        forum: str,
        title: str,
        text: str,
        files: Sequence[str] = (),
        tags: Sequence[str] = (),
    ) -> str:
        """Start a post in a forum or media channel.

        Args:
            forum: which.
            title: the post's title.
            text: its first message.
            files: ids of uploaded files.
            tags: ids of tags.

        Returns:
            The post's id, which is its first message's too.
        """
        channel = self._channel(forum)
        if channel.type not in POSTS_ONLY:
            raise NotPossibleError(f"{forum} is no forum")
        self._check_may(channel, Permission.SEND_MESSAGES)
        self._check_name(title)
        draft = self._draft(channel, text, files)
        thread, _ = self._guild.start_post(channel, title, self.user, draft, tags=tags)
        return thread.id

    async def start_thread(
        self,
        channel: str,
        name: str,
        message_id: str | None = None,
        *,
        is_private: bool = False,
    ) -> str:
        """Start a thread, from a message where one is given.

        Args:
            channel: where.
            name: the thread's name.
            message_id: the message.
            is_private: whether only those who are invited see it.

        Returns:
            The thread's id.
        """
        where = self._channel(channel)
        if where.is_thread or where.is_direct or not where.takes_messages:
            raise NotPossibleError(f"{channel} has no threads")
        self._check_may(
            where,
            Permission.CREATE_PRIVATE_THREADS if is_private else Permission.CREATE_PUBLIC_THREADS,
        )
        self._check_name(name)
        message = None if message_id is None else self._message(channel, message_id)
        if message is not None and message.thread is not None:
            raise NotPossibleError("this message has a thread already")
        kind = ChannelType.PRIVATE_THREAD if is_private else ChannelType.PUBLIC_THREAD
        thread = self._guild.start_thread(where, name, self.user, message=message, kind=kind)
        return thread.id

    async def invite(self, thread: str, user: str) -> None:
        """Add somebody to a thread.

        Args:
            thread: the thread's id.
            user: their user id.
        """
        self._guild.join(self._thread(thread), user)

    async def archive_thread(self, thread: str, *, is_archived: bool = True) -> None:
        """Archive a thread, or take it back: administrators, and whoever started it."""
        channel = self._thread(thread)
        owns = channel.thread is not None and channel.thread.owner_id == self.id
        if not owns:
            self._check_may(channel, Permission.MANAGE_THREADS)
        self._guild.archive(channel, is_archived=is_archived)

    async def lock_thread(self, thread: str, *, is_locked: bool = True) -> None:
        """Lock a thread, or unlock it: administrators only."""
        channel = self._thread(thread)
        self._check_may(channel, Permission.MANAGE_THREADS)
        self._guild.lock(channel, is_locked=is_locked)

    async def rename(self, channel: str, name: str) -> None:
        """Rename a channel or a thread: administrators, and whoever started the thread."""
        where = self._channel(channel)
        self._check_name(name)
        owns = where.thread is not None and where.thread.owner_id == self.id
        if not owns:
            needed = Permission.MANAGE_THREADS if where.is_thread else Permission.MANAGE_CHANNELS
            self._check_may(where, needed)
        self._guild.rename(where, name, self.user)

    async def delete_channel(self, channel: str) -> None:
        """Delete a channel or a thread: administrators only."""
        where = self._channel(channel)
        self._check_may(where, Permission.MANAGE_CHANNELS)
        if where.is_direct:
            raise NotPossibleError("a direct message cannot be deleted")
        self._guild.delete_channel(where)

    async def set_permissions(
        self,
        channel: str,
        *,
        allow: Sequence[str] = (),
        deny: Sequence[str] = (),
        who: str | None = None,
    ) -> None:
        """Change what somebody may do in a channel: administrators only.

        Args:
            channel: where.
            allow: names of permissions that are given, such as ``SEND_MESSAGES``.
            deny: names of those that are taken.
            who: a user's or a role's id; the bot's where it is left out.
        """
        where = self._channel(channel)
        self._check_may(where, Permission.MANAGE_ROLES)
        whose = who or self._guild.bot_id
        self._guild.set_overwrite(
            where,
            Overwrite(
                id=whose,
                is_role=whose in self._guild.roles,
                allow=named(allow),
                deny=named(deny),
            ),
        )

    def close_dm(self, *, is_closed: bool = True) -> None:
        """Take no direct messages from the server's members any more."""
        if is_closed:
            self._guild.closed_dms.add(self.id)
        else:
            self._guild.closed_dms.discard(self.id)

    # commands, components and modals

    async def command(
        self,
        name: str,
        subcommand: str | None = None,
        options: Mapping[str, Any] | None = None,
        channel: str = "general",
    ) -> Interaction:
        """Use a slash command.

        Args:
            name: its name or id.
            subcommand: the subcommand, with its group in front where it has one.
            options: values by option name. Users, channels and roles are given by id, users
                and channels also by name, files by upload id.
            channel: where; threads and ``"dm"`` as well.

        Returns:
            The interaction, which the app has acknowledged.

        Raises:
            NotPossibleError: there is no such command, or it cannot be used so.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        command, where = self._command(name, CommandType.SLASH, channel)
        given, resolved = given_options(
            command, subcommand, options or {}, guild=self._guild, uploads=self._uploads
        )
        return await self._interactions.ask(
            InteractionType.COMMAND,
            self.user,
            where,
            self._command_data(command, given, resolved),
            command=command,
        )

    async def autocomplete(
        self,
        name: str,
        subcommand: str | None,
        option: str,
        value: str,
        options: Mapping[str, Any] | None = None,
        channel: str = "general",
    ) -> list[Payload]:
        """Type into an option of a slash command.

        Args:
            name: the command's name or id.
            subcommand: the subcommand, with its group in front where it has one.
            option: the option that is typed into.
            value: what is typed so far.
            options: the other options filled in so far.
            channel: where.

        Returns:
            The choices that the app offers, as ``{"name", "value"}``.

        Raises:
            NotPossibleError: there is no such command, or the option has no autocomplete.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        command, where = self._command(name, CommandType.SLASH, channel)
        given, resolved = given_options(
            command,
            subcommand,
            {**(options or {}), option: value},
            guild=self._guild,
            uploads=self._uploads,
            focused=option,
        )
        interaction = await self._interactions.ask(
            InteractionType.AUTOCOMPLETE,
            self.user,
            where,
            self._command_data(command, given, resolved),
            command=command,
        )
        return interaction.choices

    async def context_menu(self, name: str, channel: str, message_id: str) -> Interaction:
        """Use a command of a message's context menu.

        Raises:
            NotPossibleError: there is no such command or message.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        command, where = self._command(name, CommandType.MESSAGE, channel)
        message = self._message(channel, message_id)
        data = self._command_data(command, [], {})
        data["target_id"] = message.id
        data["resolved"] = {"messages": {message.id: self._seen(message)}}
        return await self._interactions.ask(
            InteractionType.COMMAND, self.user, where, data, command=command
        )

    async def press(self, message: Message, button: str) -> Interaction:
        """Press a button.

        Args:
            message: the message that shows it.
            button: its custom id or its label.

        Raises:
            NotPossibleError: there is no such button, or it is disabled.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        for one in walk(message.components):
            if one["type"] != ComponentType.BUTTON or one.get("style") == _LINK:
                continue
            if button in (one.get("custom_id"), one.get("label")):
                return await self._use(message, one)
        raise NotPossibleError(f"there is no button {button}")

    async def select(self, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """Choose from a select menu.

        Args:
            message: the message that shows it.
            custom_id: the menu's custom id.
            values: the values chosen.

        Raises:
            NotPossibleError: there is no such menu, or it does not take these.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        for one in walk(message.components):
            if one["type"] in SELECTS and one.get("custom_id") == custom_id:
                if not one["min_values"] <= len(values) <= one["max_values"]:
                    raise NotPossibleError("too many or too few are chosen")
                known = {option["value"] for option in one.get("options") or ()}
                if one["type"] == ComponentType.STRING_SELECT and not known >= set(values):
                    raise NotPossibleError(f"the menu does not offer {values}")
                return await self._use(message, one, values=list(values))
        raise NotPossibleError(f"there is no menu {custom_id}")

    async def submit(self, modal: Modal, values: Mapping[str, object]) -> Interaction:
        """Submit a modal.

        Args:
            modal: the modal.
            values: what was filled in, by custom id; lists for menus.

        Raises:
            NotPossibleError: the person has no such modal open, or leaves out what it needs.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        if modal.user != self.id or modal.id not in self._interactions.modals:
            raise NotPossibleError(f"{self.name} has no such modal open")
        components = submitted(modal.components, values)
        _check_filled(modal.components, components)
        opened_by = modal.opened_by
        interaction = await self._interactions.ask(
            InteractionType.MODAL_SUBMIT,
            self.user,
            opened_by.channel,
            {"custom_id": modal.custom_id, "components": components, "id": "0"},
            message=opened_by.message,
            opened_by=opened_by,
        )
        self._interactions.close_modal(modal)
        return interaction

    async def close_modal(self, modal: Modal) -> None:
        """Close a modal without submitting it; Discord tells the app nothing of that."""
        self._interactions.close_modal(modal)

    async def upload(self, name: str, content: bytes, description: str | None = None) -> str:
        """Upload a file, to be sent along with a message.

        Args:
            name: the file's name.
            content: its bytes.
            description: the alternative text.

        Returns:
            The file's id, for `say`.
        """
        upload_id = self._guild.snowflakes.mint()
        self._uploads[upload_id] = Upload(filename=name, content=content, description=description)
        return upload_id

    def uploaded(self, upload_id: str) -> Payload:
        """Return an upload as the page shows it, before it is sent.

        Args:
            upload_id: its id.

        Raises:
            KeyError: there is none.
        """
        shown = self._uploads[upload_id].payload()
        return {"id": upload_id, **shown}

    def can_see(self, channel: str) -> bool:
        """Say whether the person sees what is said in a channel."""
        found = self._guild.channels.get(channel)
        return found is not None and self._guild.sees(self.id, found)

    def _draft(
        self, where: Channel, text: str, files: Sequence[str], *, ping: bool = True
    ) -> Draft:
        self._check_text(text)
        if files and not where.is_direct:
            self._check_may(where, Permission.ATTACH_FILES)
        if len(files) > MOST_FILES:
            raise NotPossibleError(f"a message has {MOST_FILES} files at most")
        unknown = [file for file in files if file not in self._uploads]
        if unknown:
            raise NotPossibleError(f"there is no file {unknown[0]}")
        if not text.strip() and not files:
            raise NotPossibleError("an empty message cannot be sent")
        sizes = [len(self._uploads[file].content) for file in files]
        largest = self._guild.largest_upload(where)
        if max(sizes, default=0) > largest or sum(sizes) > max(largest, LARGEST_REQUEST):
            raise NotPossibleError("your files are too powerful: they are too large")
        return Draft(
            content=text,
            allowed=replace(ANYBODY, replied_user=ping),
            new_files=tuple(NewFile(upload=self._uploads[file]) for file in files),
            nonce=self._guild.snowflakes.mint(),
        )

    async def _use(
        self, message: Message, component: Payload, *, values: list[str] | None = None
    ) -> Interaction:
        if message.is_deleted or message.ephemeral_to not in (None, self.id):
            raise NotPossibleError("this message is gone")
        if component.get("disabled"):
            raise NotPossibleError("this is disabled")
        where = self._channel(message.channel_id)
        data: Payload = {
            "custom_id": component["custom_id"],
            "component_type": component["type"],
            "id": component["id"],
        }
        if values is not None:
            data["values"] = values
            # A menu of texts has none at all; clients tell by that what the values are.
            resolved = self._resolved(component, values)
            if resolved:
                data["resolved"] = resolved
        return await self._interactions.ask(
            InteractionType.COMPONENT, self.user, where, data, message=message
        )

    def _resolved(self, component: Payload, values: list[str]) -> Payload:
        guild = self._guild
        if component["type"] == ComponentType.USER_SELECT:
            return {
                "users": {one: guild.users[one].payload() for one in values},
                "members": {
                    one: guild.members[one].payload(with_user=False)
                    for one in values
                    if one in guild.members
                },
            }
        if component["type"] == ComponentType.ROLE_SELECT:
            return {"roles": {one: guild.roles[one].payload() for one in values}}
        return {}

    def _command(self, name: str, kind: CommandType, channel: str) -> tuple[Command, Channel]:
        where = self._channel(channel)
        command = self._commands.find(name.removeprefix("/"), kind)
        if command is None:
            raise NotPossibleError(f"there is no command {name}")
        suits = command.is_for_direct_messages if where.is_direct else command.is_for_guilds
        if not (suits and where.takes_messages) or not (
            where.is_direct or self._may(where, Permission.USE_APPLICATION_COMMANDS)
        ):
            raise NotPossibleError(f"{name} cannot be used here")
        needed = command.fields["default_member_permissions"]
        if needed is not None and not where.is_direct:
            allowed = self._guild.permissions(self.id, where)
            if int(needed) & ~int(allowed) or (int(needed) == 0 and not self.user.is_admin):
                raise NotPossibleError(f"{self.name} may not use {name}")
        return command, where

    def _command_data(self, command: Command, options: list[Payload], resolved: Payload) -> Payload:
        data: Payload = {"id": command.id, "name": command.name, "type": int(command.type)}
        if options:
            data["options"] = options
        if resolved:
            data["resolved"] = resolved
        if command.guild_id is not None:
            data["guild_id"] = command.guild_id
        return data

    def _seen(self, message: Message) -> Payload:
        where = self._guild.channels[message.channel_id]
        guild_id = None if where.is_direct else self._guild.id
        return message.payload(me=self._guild.bot_id, guild_id=guild_id)

    def _known(self, channel: str) -> Channel:
        if channel == "dm":
            return self._guild.direct_with(self.id)
        found = self._guild.channels.get(channel)
        if found is None:
            try:
                found = self._guild.channel_named(channel.removeprefix("#"))
            except KeyError:
                raise NotPossibleError(f"there is no channel {channel}") from None
        return found

    def _channel(self, channel: str) -> Channel:
        found = self._known(channel)
        if not self._guild.sees(self.id, found):
            raise NotPossibleError(f"{self.name} cannot see {channel}")
        return found

    def _thread(self, channel: str) -> Channel:
        found = self._channel(channel)
        if not found.is_thread:
            raise NotPossibleError(f"{channel} is no thread")
        return found

    def _writable(self, channel: str) -> Channel:
        where = self._channel(channel)
        if not where.takes_messages:
            raise NotPossibleError("a forum takes posts only")
        thread = where.thread
        self._check_may(
            where,
            Permission.SEND_MESSAGES if thread is None else Permission.SEND_MESSAGES_IN_THREADS,
        )
        if thread is not None and thread.is_locked:
            self._check_may(where, Permission.MANAGE_THREADS)
        return where

    def _message(self, channel: str, message_id: str) -> Message:
        message = self._guild.message(self._channel(channel), message_id)
        if message is None or message.ephemeral_to not in (None, self.id):
            raise NotPossibleError(f"there is no message {message_id}")
        return message

    def _may(self, channel: Channel, permission: Permission) -> bool:
        return permission in self._guild.permissions(self.id, channel)

    def _check_may(self, channel: Channel, permission: Permission) -> None:
        if not self._may(channel, permission):
            raise NotPossibleError(f"{self.name} lacks the permission {permission.name}")

    def _check_text(self, text: str) -> None:
        if len(text) > LONGEST_CONTENT:
            raise NotPossibleError(f"a message has {LONGEST_CONTENT} characters at most")

    def _check_name(self, name: str) -> None:
        if not 1 <= len(name.strip()) <= 100:
            raise NotPossibleError("a name has 1 to 100 characters")


def _check_filled(wanted: Sequence[Payload], given: Sequence[Payload]) -> None:
    values = {one["custom_id"]: one for one in walk(list(given)) if "custom_id" in one}
    for one in walk(list(wanted)):
        if "custom_id" not in one:
            continue
        filled = values[one["custom_id"]]
        content = filled.get("value", filled.get("values"))
        if one.get("required") and not content:
            raise NotPossibleError(f"{one['custom_id']} must be filled in")
        if one["type"] == ComponentType.TEXT_INPUT and content:
            least, most = one.get("min_length") or 0, one.get("max_length") or 4000
            if not least <= len(content) <= most:
                raise NotPossibleError(f"{one['custom_id']} takes {least} to {most} characters")
