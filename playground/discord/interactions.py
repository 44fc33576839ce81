"""What people do with commands, buttons, menus and modals, and what the app answers.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from playground.discord import changes
from playground.discord.attachments import Upload
from playground.discord.channels import Channel
from playground.discord.commands import Command, CommandType
from playground.discord.components import ComponentType, read_modal
from playground.discord.drafts import Draft, read_draft
from playground.discord.errors import DiscordError, unknown
from playground.discord.form import Form
from playground.discord.guild import Answered, Guild
from playground.discord.intents import Intent
from playground.discord.mentions import ANYBODY
from playground.discord.message import Message, MessageType
from playground.discord.options import DiscordOptions
from playground.discord.users import User
from playground.errors import AppDidNotRespondError
from playground.payload import Payload

State = Literal["sent", "deferred", "answered", "failed"]
_KEPT = 2000
_MOST_CHOICES = 25


class InteractionType(IntEnum):
    """What a person did; the values are Discord's."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """How the app answers; the values are Discord's."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    AUTOCOMPLETE = 8
    MODAL = 9


_TAKES: Mapping[InteractionType, tuple[CallbackType, ...]] = {
    InteractionType.COMMAND: (
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.MODAL,
    ),
    InteractionType.COMPONENT: (
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.DEFERRED_UPDATE,
        CallbackType.UPDATE,
        CallbackType.MODAL,
    ),
    InteractionType.AUTOCOMPLETE: (CallbackType.AUTOCOMPLETE,),
    InteractionType.MODAL_SUBMIT: (
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.DEFERRED_UPDATE,
        CallbackType.UPDATE,
    ),
}


@dataclass(slots=True, kw_only=True, eq=False)
class Modal:
    """A modal that a person has open."""

    id: str
    user: str
    custom_id: str
    title: str
    components: list[Payload]
    opened_by: "Interaction"

    def payload(self) -> Payload:
        """Return the modal as the page shows it."""
        return {
            "id": self.id,
            "custom_id": self.custom_id,
            "title": self.title,
            "components": self.components,
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Interaction:
    """One thing that a person did, and what the app made of it.

    ``original`` is the first answer, or the message whose component was used where the answer
    changes that one. ``choices`` are what autocomplete offers.
    """

    id: str
    token: str
    type: InteractionType
    user: User
    channel: Channel
    data: Payload
    until: float
    command: Command | None = None
    message: Message | None = None
    opened_by: "Interaction | None" = None
    state: State = "sent"
    callback: CallbackType | None = None
    is_ephemeral: bool = False
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    choices: list[Payload] = field(default_factory=list)
    modal: Modal | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """The command's name, with the subcommand, or the component's custom id."""
        if self.command is None:
            return str(self.data.get("custom_id", ""))
        names = [self.command.name]
        options = self.data.get("options") or ()
        while options and options[0]["type"] in (1, 2):
            names.append(str(options[0]["name"]))
            options = options[0].get("options") or ()
        return " ".join(names)

    @property
    def content(self) -> str:
        """The text of the first answer."""
        return "" if self.original is None else self.original.content

    def page_payload(self) -> Payload:
        """Return the interaction as the page shows it."""
        return {
            "as": self.user.id,
            "id": self.id,
            "channel": self.channel.id,
            "state": self.state,
            "name": self.name,
        }


class Interactions:
    """Carries what people do to the app, and what it answers back.

    Args:
        guild: the server.
        options: how long the app has.
        dispatch: sends an event to the app.
        has_sessions: says whether the app is there, or may come back in time.
    """

    def __init__(
        self,
        guild: Guild,
        options: DiscordOptions,
        dispatch: Callable[[str, Intent, Payload], None],
        has_sessions: Callable[[], bool],
    ) -> None:
        self._guild = guild
        self._options = options
        self._dispatch = dispatch
        self._has_sessions = has_sessions
        self._by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self.modals: dict[str, Modal] = {}

    async def ask(
        self,
        kind: InteractionType,
        user: User,
        channel: Channel,
        data: Payload,
        *,
        command: Command | None = None,
        message: Message | None = None,
        opened_by: Interaction | None = None,
    ) -> Interaction:
        """Send what a person did, and wait until the app has acknowledged it.

        Args:
            kind: what they did.
            user: who.
            channel: where.
            data: with what.
            command: which command.
            message: the message whose component was used.
            opened_by: the interaction that opened the modal.

        Raises:
            AppDidNotRespondError: the app did not answer in time.
        """
        interaction = Interaction(
            id=self._guild.snowflakes.mint(),
            token=secrets.token_urlsafe(96),
            type=kind,
            user=user,
            channel=channel,
            data=data,
            until=self._guild.now() + self._options.interaction_lifetime_s,
            command=command,
            message=message,
            opened_by=opened_by,
        )
        self._keep(interaction)
        self._tell(interaction)
        if self._has_sessions():
            self._dispatch("INTERACTION_CREATE", Intent.NONE, self._payload(interaction))
            try:
                async with asyncio.timeout(self._options.ack_timeout_s):
                    await interaction.answered.wait()
            except TimeoutError:
                pass
            else:
                return interaction
        self._to(interaction, "failed")
        raise AppDidNotRespondError(f"The application did not respond ({interaction.name})")

    def respond(
        self, interaction_id: str, token: str, body: Payload, uploads: Mapping[int, Upload]
    ) -> Interaction:
        """Take the app's first answer.

        Args:
            interaction_id: the interaction.
            token: its token.
            body: ``type`` and ``data``.
            uploads: files that come with it.

        Raises:
            DiscordError: it is too late, it was answered before, or the answer does not do.
        """
        interaction = self._by_id.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.state == "failed":
            raise unknown("interaction")
        if interaction.callback is not None:
            raise DiscordError(400, 40060, "Interaction has already been acknowledged.")
        form = Form(body)
        if "type" not in form:
            form.required("type")
            form.check()
        callback = form.choice("type", _TAKES[interaction.type])
        form.check()
        given = body.get("data")
        data = form.part(given if isinstance(given, dict) else {}, "data")
        updates = callback in (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE)
        if updates and interaction.message is None:
            form.wrong("type", "BASE_TYPE_CHOICES", "Value must be one of {4, 5}.")
            form.check()
        self._carry_out(interaction, CallbackType(callback or 0), data, uploads)
        return interaction

    def with_token(self, app_id: str, token: str) -> Interaction:
        """Return the answered interaction that a webhook's token belongs to.

        Args:
            app_id: the webhook's id, which is the application's.
            token: the token.

        Raises:
            DiscordError: there is none, it was not answered yet, or its time is up.
        """
        interaction = self._by_token.get(token)
        if app_id != self._guild.app.id or interaction is None or interaction.callback is None:
            raise unknown("Webhook")
        if self._guild.now() > interaction.until:
            raise DiscordError(401, 50027, "Invalid Webhook Token")
        return interaction

    def follow_up(self, interaction: Interaction, draft: Draft) -> Message:
        """Post a further answer; the first one replaces the message that the bot is thinking.

        Args:
            interaction: the interaction.
            draft: what to say.

        Raises:
            DiscordError: the channel is gone, or there is nothing to say.
        """
        self._check_channel(interaction)
        if draft.is_empty:
            raise DiscordError(400, 50006, "Cannot send an empty message")
        original = interaction.original
        if original is not None and original.is_loading and not original.is_deleted:
            self.edit(interaction, original, draft)
            return original
        message = self._post(
            interaction,
            draft,
            is_ephemeral=draft.is_ephemeral,
            kind=MessageType.DEFAULT if original is None else MessageType.REPLY,
            referenced=original,
        )
        interaction.followups.append(message)
        return message

    def edit(self, interaction: Interaction, message: Message, draft: Draft) -> None:
        """Change an answer.

        Args:
            interaction: the interaction.
            message: the answer.
            draft: what it is to say.
        """
        self._check_channel(interaction)
        self._guild.edit(message, draft)
        if message is interaction.original and interaction.state == "deferred":
            self._to(interaction, "answered")

    def message(self, interaction: Interaction, message_id: str) -> Message:
        """Return an answer of the app.

        Args:
            interaction: the interaction.
            message_id: an id, or ``@original``.

        Raises:
            DiscordError: there is no such answer.
        """
        original = interaction.original
        if message_id == "@original":
            found = original
        else:
            answers = [*interaction.followups, *([] if original is None else [original])]
            found = next((one for one in answers if one.id == message_id), None)
        if found is None or found.is_deleted:
            raise unknown("Message")
        return found

    def close_modal(self, modal: Modal) -> None:
        """Close a modal."""
        if self.modals.pop(modal.id, None) is not None:
            self._guild.tell(changes.ModalGone(modal=modal))

    def _carry_out(
        self,
        interaction: Interaction,
        callback: CallbackType,
        data: Form,
        uploads: Mapping[int, Upload],
    ) -> None:
        state: State = "answered"
        match callback:
            case CallbackType.MESSAGE:
                draft = read_draft(data, uploads, largest_file=self._largest(interaction))
                if draft.is_empty:
                    raise DiscordError(400, 50006, "Cannot send an empty message")
                self._check_channel(interaction)
                interaction.original = self._first(interaction, draft)
            case CallbackType.DEFERRED_MESSAGE:
                draft = Draft(allowed=ANYBODY, flags=data.number("flags", at_most=2**31))
                self._check_channel(interaction)
                interaction.original = self._first(interaction, draft, is_loading=True)
                state = "deferred"
            case CallbackType.DEFERRED_UPDATE:
                interaction.original = interaction.message
            case CallbackType.UPDATE if interaction.message is not None:
                draft = read_draft(data, uploads, largest_file=self._largest(interaction))
                if interaction.message.is_deleted:
                    raise unknown("Message")
                interaction.original = interaction.message
                self._guild.edit(interaction.message, draft)
            case CallbackType.AUTOCOMPLETE:
                interaction.choices = _choices(data)
            case CallbackType.MODAL:
                self._open_modal(interaction, data)
            case _:
                pass
        interaction.callback = callback
        self._to(interaction, state)
        interaction.answered.set()

    def _first(
        self, interaction: Interaction, draft: Draft, *, is_loading: bool = False
    ) -> Message:
        interaction.is_ephemeral = draft.is_ephemeral
        kind, referenced = MessageType.DEFAULT, None
        if interaction.command is not None:
            is_slash = interaction.command.type is CommandType.SLASH
            kind = MessageType.CHAT_INPUT_COMMAND if is_slash else MessageType.CONTEXT_MENU_COMMAND
        elif interaction.message is not None:
            kind, referenced = MessageType.REPLY, interaction.message
        return self._post(
            interaction,
            draft,
            is_ephemeral=draft.is_ephemeral,
            kind=kind,
            referenced=referenced,
            is_loading=is_loading,
        )

    def _post(
        self,
        interaction: Interaction,
        draft: Draft,
        *,
        is_ephemeral: bool,
        kind: MessageType,
        referenced: Message | None,
        is_loading: bool = False,
    ) -> Message:
        return self._guild.post(
            interaction.channel,
            self._guild.app.bot,
            draft,
            kind=kind,
            referenced=referenced,
            answered=self._answered(interaction),
            ephemeral_to=interaction.user.id if is_ephemeral else None,
            is_loading=is_loading,
        )

    def _answered(self, interaction: Interaction) -> Answered:
        older: Payload | None = None
        if interaction.type is InteractionType.COMMAND:
            older = {
                "id": interaction.id,
                "type": int(interaction.type),
                "name": interaction.name,
                "user": interaction.user.payload(),
            }
        return Answered(interaction=older, metadata=self._metadata(interaction))

    def _metadata(self, interaction: Interaction) -> Payload:
        metadata: Payload = {
            "id": interaction.id,
            "type": int(interaction.type),
            "user": interaction.user.payload(),
            "authorizing_integration_owners": self._owners(interaction.channel),
        }
        if interaction.command is not None:
            metadata["name"] = interaction.name
            metadata["command_type"] = int(interaction.command.type)
            target = interaction.data.get("target_id")
            if target is not None and interaction.command.type is CommandType.MESSAGE:
                metadata["target_message_id"] = target
        elif interaction.opened_by is not None:
            metadata["triggering_interaction_metadata"] = self._metadata(interaction.opened_by)
        elif interaction.message is not None:
            metadata["interacted_message_id"] = interaction.message.id
        return metadata

    def _payload(self, interaction: Interaction) -> Payload:
        guild, channel, user = self._guild, interaction.channel, interaction.user
        payload: Payload = {
            "id": interaction.id,
            "application_id": guild.app.id,
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": channel.id,
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self._owners(channel),
            "context": 1 if channel.is_direct else 0,
            "app_permissions": str(int(guild.permissions(guild.bot_id, channel))),
            "attachment_size_limit": self._largest(interaction),
        }
        permissions = str(int(guild.permissions(user.id, channel)))
        if channel.is_direct:
            payload["user"] = user.payload()
            payload["channel"] = channel.direct_payload(user.payload())
        else:
            payload["guild_id"] = guild.id
            payload["guild_locale"] = "en-US"
            payload["guild"] = {"id": guild.id, "locale": "en-US", "features": []}
            payload["member"] = {
                **guild.members[user.id].payload(),
                "permissions": permissions,
                "unusual_dm_activity_until": None,
            }
            payload["channel"] = {**channel.payload(guild.id), "permissions": permissions}
        if interaction.message is not None:
            payload["message"] = interaction.message.payload(
                me=guild.bot_id, guild_id=None if channel.is_direct else guild.id
            )
        return payload

    def _largest(self, interaction: Interaction) -> int:
        return self._guild.largest_upload(interaction.channel)

    def _owners(self, channel: Channel) -> Payload:
        return {"0": "0" if channel.is_direct else self._guild.id}

    def _open_modal(self, interaction: Interaction, data: Form) -> None:
        custom_id = data.text("custom_id", at_most=100, at_least=1, required=True)
        title = data.text("title", at_most=45, at_least=1, required=True)
        components = read_modal(data)
        data.check()
        modal = Modal(
            id=self._guild.snowflakes.mint(),
            user=interaction.user.id,
            custom_id=custom_id or "",
            title=title or "",
            components=components,
            opened_by=interaction,
        )
        interaction.modal = self.modals[modal.id] = modal
        self._guild.tell(changes.ModalShown(modal=modal))

    def _check_channel(self, interaction: Interaction) -> None:
        if interaction.channel.is_deleted:
            raise unknown("Channel")

    def _keep(self, interaction: Interaction) -> None:
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        while len(self._by_id) > _KEPT:
            oldest = self._by_id.pop(next(iter(self._by_id)))
            self._by_token.pop(oldest.token, None)

    def _to(self, interaction: Interaction, state: State) -> None:
        interaction.state = state
        self._tell(interaction)

    def _tell(self, interaction: Interaction) -> None:
        if interaction.type is not InteractionType.AUTOCOMPLETE:
            self._guild.tell(changes.InteractionChanged(interaction=interaction))


def submitted(components: Sequence[Payload], values: Mapping[str, object]) -> list[Payload]:
    """Return a modal's components as they are submitted.

    Args:
        components: the modal's.
        values: what was filled in, by custom id; the rest stays as it was preset.
    """
    read: list[Payload] = []
    for one in components:
        if one["type"] == ComponentType.ACTION_ROW:
            fields = [_filled(field, values) for field in one["components"]]
            read.append({"type": 1, "id": one["id"], "components": fields})
        elif one["type"] == ComponentType.LABEL:
            read.append(
                {"type": 18, "id": one["id"], "component": _filled(one["component"], values)}
            )
        else:
            read.append({"type": one["type"], "id": one["id"]})
    return read


def _filled(component: Payload, values: Mapping[str, object]) -> Payload:
    custom_id = component["custom_id"]
    filled: Payload = {
        "type": component["type"],
        "id": component["id"],
        "custom_id": custom_id,
    }
    if component["type"] == ComponentType.TEXT_INPUT:
        filled["value"] = str(values.get(custom_id, component.get("value", "")))
        return filled
    preset = [one["value"] for one in component.get("options") or () if one.get("default")]
    chosen = values.get(custom_id, preset)
    filled["values"] = [chosen] if isinstance(chosen, str) else chosen
    return filled


def _choices(data: Form) -> list[Payload]:
    read = []
    for index, given in enumerate(data.items("choices", at_most=_MOST_CHOICES)):
        inner = data.part(given, "choices", index)
        name = inner.text("name", at_most=100, at_least=1, required=True)
        value = given.get("value")
        if isinstance(value, str) and len(value) > 100:
            inner.text("value", at_most=100)
        read.append({"name": name, "value": value})
    data.check()
    return read
