"""A person of the workspace, through whom tests and the page act."""

from collections.abc import Mapping, Sequence
from typing import Any

from playground.errors import NotPossibleError
from playground.slack.channels import Channel
from playground.slack.files import FileState, without_what_is_gone
from playground.slack.interactions import Interactions
from playground.slack.message import Message
from playground.slack.users import User
from playground.slack.views import View
from playground.slack.workspace import Workspace


class Person:
    """Does what a person can do in Slack.

    Channels are named by id, by name or as ``"dm"``, the person's direct message with the bot.

    Args:
        user: who it is.
        workspace: where they are.
        interactions: carries commands and clicks to the app.
        base_url: where the playground is served.
    """

    def __init__(
        self, user: User, workspace: Workspace, interactions: Interactions, base_url: str
    ) -> None:
        self.user = user
        self._workspace = workspace
        self._interactions = interactions
        self._base_url = base_url

    @property
    def id(self) -> str:
        """The person's user id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The person's name."""
        return self.user.name

    @property
    def dm(self) -> str:
        """The channel id of the person's direct message with the bot."""
        return self._workspace.direct_with(self.id).id

    def mention(self, text: str) -> str:
        """Return ``text`` said to the bot: with a mention in front."""
        return f"<@{self._workspace.app.bot_user_id}> {text}"

    async def say(
        self, channel: str, text: str, thread_ts: str | None = None, files: Sequence[str] = ()
    ) -> str:
        """Post a message.

        Args:
            channel: where.
            text: the text as Slack writes it: escaped, mentions as ``<@U…>``.
            thread_ts: the thread to reply in.
            files: ids of uploaded files.

        Returns:
            The message's timestamp.

        Raises:
            NotPossibleError: the person is not in the channel, or the thread or a file is gone.
        """
        where = self._channel(channel)
        root = None
        if thread_ts is not None:
            root = self._workspace.root_of(where, thread_ts)
            if root is None:
                raise NotPossibleError(f"there is no message {thread_ts} to reply to")
        known = self._workspace.files
        unknown = [file for file in files if without_what_is_gone(known, file) is None]
        if unknown:
            raise NotPossibleError(f"there is no file {unknown[0]}")
        if not text.strip() and not files:
            raise NotPossibleError("an empty message cannot be sent")
        shared = [self._workspace.files[file] for file in files]
        return self._workspace.say(where, self.id, text, root=root, files=shared).ts

    async def edit(self, channel: str, ts: str, text: str) -> None:
        """Change one of the person's own messages.

        Raises:
            NotPossibleError: it is not theirs.
        """
        message = self._message(channel, ts)
        if message.user != self.id:
            raise NotPossibleError("only one's own messages can be edited")
        self._workspace.edit(message, text)

    async def delete(self, channel: str, ts: str) -> None:
        """Delete one of the person's own messages; an administrator may delete any.

        Raises:
            NotPossibleError: it is not theirs.
        """
        message = self._message(channel, ts)
        if message.user != self.id and not self.user.is_admin:
            raise NotPossibleError("only one's own messages can be deleted")
        self._workspace.delete(message)

    async def react(self, channel: str, ts: str, name: str) -> None:
        """Put a reaction on a message, or take it off where it is."""
        message = self._message(channel, ts)
        if not self._workspace.react(message, self.id, name):
            self._workspace.unreact(message, self.id, name)

    async def join(self, channel: str) -> None:
        """Join a public channel."""
        where = self._known(channel)
        if where.kind != "channel":
            raise NotPossibleError("one is invited to a private channel")
        self._workspace.join(where, self.id)

    async def invite_bot(self, channel: str) -> None:
        """Ask the bot into a channel."""
        where = self._channel(channel)
        self._workspace.join(where, self._workspace.app.bot_user_id, inviter=self.id)

    async def slash(self, command: str, text: str = "", channel: str = "general") -> None:
        """Type a slash command; its answer, if it has one, is posted for this person.

        Args:
            command: the command with its slash.
            text: what follows.
            channel: where. Slack takes no commands in threads.

        Raises:
            NotPossibleError: there is no such command.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        await self._interactions.slash(self.user, self._channel(channel), command, text)

    async def shortcut(self, callback_id: str, channel: str, ts: str) -> None:
        """Use a message shortcut.

        Raises:
            NotPossibleError: there is no such shortcut.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        await self._interactions.shortcut(self.user, self._message(channel, ts), callback_id)

    async def press(
        self,
        on: Message | View,
        action_id: str,
        value: Any = None,
        *,
        block_id: str | None = None,
        filled_in: Mapping[str, Any] | None = None,
    ) -> None:
        """Use a button, a menu or another element.

        Args:
            on: the message or view that shows it.
            action_id: which element.
            value: what was chosen; a button has its own.
            block_id: in which block, where several have the same.
            filled_in: what other elements hold, by action id or block id.

        Raises:
            NotPossibleError: there is no such element, or the person cannot see it.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        if isinstance(on, Message):
            self._message(on.channel, on.ts)
        elif on.user != self.id:
            raise NotPossibleError("this view is somebody else's")
        await self._interactions.press(
            self.user, on, action_id, block_id=block_id, value=value, filled_in=filled_in
        )

    async def submit(self, view_id: str, values: Mapping[str, Any]) -> dict[str, str]:
        """Submit a modal.

        Args:
            view_id: the modal.
            values: what was filled in, by action id or block id.

        Returns:
            What the app finds wrong, by block id; nothing when it accepts.

        Raises:
            NotPossibleError: the person has no such modal open.
            AppDidNotRespondError: the app did not answer in three seconds.
        """
        return await self._interactions.submit(self.user, self._view(view_id), values)

    async def close_view(self, view_id: str) -> None:
        """Close a modal without submitting it."""
        await self._interactions.close_view(self.user, self._view(view_id))

    async def stop(self, channel: str, thread_ts: str) -> None:
        """Press Slack's own stop button.

        Raises:
            NotPossibleError: nothing is being processed there, so there is no button.
        """
        where = self._channel(channel)
        session = self._workspace.sessions.get((where.id, thread_ts))
        if session is None or session.status != "processing":
            raise NotPossibleError("there is no stop button: the app is not processing")
        self._workspace.stop_session(session, self.id)

    async def open_home(self, tab: str = "home") -> None:
        """Open the app's Home or Messages tab.

        Args:
            tab: ``home`` or ``messages``.
        """
        self._workspace.open_home(self.id, tab)

    async def upload(
        self,
        name: str,
        content: bytes,
        *,
        state: FileState = FileState.VISIBLE,
        external_url: str = "",
    ) -> str:
        """Upload a file, to be sent along with a message.

        Args:
            name: the file's name.
            content: its bytes.
            state: what of it others can have.
            external_url: where it is kept, where that is not in Slack.

        Returns:
            The file's id, for `say`.
        """
        file = self._workspace.add_file(
            name,
            content,
            self.id,
            base_url=self._base_url,
            state=state,
            external_url=external_url,
        )
        return file.id

    async def delete_file(self, file_id: str) -> None:
        """Delete one of the person's own files; an administrator may delete any.

        Raises:
            NotPossibleError: it is not theirs, or gone.
        """
        file = without_what_is_gone(self._workspace.files, file_id)
        if file is None:
            raise NotPossibleError(f"there is no file {file_id}")
        if file.user != self.id and not self.user.is_admin:
            raise NotPossibleError("only one's own files can be deleted")
        self._workspace.delete_file(file)

    def can_see(self, channel: str) -> bool:
        """Say whether the person sees what is said in a channel."""
        found = self._workspace.channels.get(channel)
        return found is not None and (found.kind == "channel" or self.id in found.members)

    def _known(self, channel: str) -> Channel:
        if channel == "dm":
            return self._workspace.direct_with(self.id)
        found = self._workspace.channels.get(channel)
        if found is None:
            try:
                found = self._workspace.channel_named(channel.removeprefix("#"))
            except KeyError:
                raise NotPossibleError(f"there is no channel {channel}") from None
        return found

    def _channel(self, channel: str) -> Channel:
        found = self._known(channel)
        if self.id not in found.members:
            raise NotPossibleError(f"{self.name} is not in {channel}")
        return found

    def _message(self, channel: str, ts: str) -> Message:
        message = self._workspace.message(self._channel(channel).id, ts)
        if message is None or message.ephemeral_to not in (None, self.id):
            raise NotPossibleError(f"there is no message {ts}")
        return message

    def _view(self, view_id: str) -> View:
        view = self._workspace.views.get(view_id)
        if view is None or view.user != self.id:
            raise NotPossibleError(f"{self.name} has no view {view_id} open")
        return view
