"""What people do with commands, shortcuts, buttons and modals, and what the app answers.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.errors import NotPossibleError
from playground.payload import Payload
from playground.slack.app_manifest import AppManifest
from playground.slack.blocks import check_message_blocks, check_view
from playground.slack.channels import Channel, ChannelKind
from playground.slack.errors import SlackError
from playground.slack.message import Message
from playground.slack.options import PlaygroundOptions
from playground.slack.socket_mode import SocketMode
from playground.slack.users import User
from playground.slack.views import DEEPEST_STACK, View, elements_of, state_of, state_of_all
from playground.slack.workspace import Content, Workspace

_RESPONSE_URL_USES = 5
_RESPONSE_URL_LIFETIME_S = 30 * 60
_VERIFICATION = "playground-verification"


@dataclass(slots=True)
class _Trigger:
    user: str
    until: float
    is_used: bool = False


@dataclass(slots=True)
class _ResponseUrl:
    channel: Channel
    user: str
    until: float
    message: Message | None = None
    uses: int = 0


class Interactions:
    """Carries what people do to the app, and what it answers back.

    Args:
        workspace: the workspace.
        manifest: the app's manifest.
        socket: the app's connections.
        options: how long trigger ids live.
        base_url: where the playground is served.
    """

    def __init__(
        self,
        workspace: Workspace,
        manifest: AppManifest,
        socket: SocketMode,
        options: PlaygroundOptions,
        base_url: str,
    ) -> None:
        self._workspace = workspace
        self._manifest = manifest
        self._socket = socket
        self._options = options
        self._base_url = base_url
        self._triggers: dict[str, _Trigger] = {}
        self._response_urls: dict[str, _ResponseUrl] = {}

    async def slash(self, user: User, channel: Channel, command: str, text: str) -> None:
        """Send a slash command; its answer, if it has one, is posted.

        Args:
            user: who typed it.
            channel: where.
            command: the command with its slash.
            text: what follows.

        Raises:
            NotPossibleError: there is no such command.
            AppDidNotRespondError: the app did not answer in time.
        """
        if command not in {known.command for known in self._manifest.commands}:
            raise NotPossibleError(f"{command} is not a valid command")
        team = self._workspace.team
        answer = await self._socket.ask(
            "slash_commands",
            {
                "token": _VERIFICATION,
                "team_id": team.id,
                "team_domain": team.domain,
                "channel_id": channel.id,
                "channel_name": _command_channel_name(channel),
                "user_id": user.id,
                "user_name": user.name,
                "command": command,
                "text": text,
                "api_app_id": self._workspace.app.id,
                "is_enterprise_install": "false",
                "response_url": self._response_url(channel, user.id, path="commands"),
                "trigger_id": self._trigger(user.id),
            },
        )
        if answer.get("text") or answer.get("blocks"):
            self._post(_ResponseUrl(channel, user.id, 0.0), answer)

    async def shortcut(self, user: User, message: Message, callback_id: str) -> None:
        """Use a message shortcut.

        Args:
            user: who.
            message: on which message.
            callback_id: which shortcut.

        Raises:
            NotPossibleError: there is no such shortcut.
            AppDidNotRespondError: the app did not answer in time.
        """
        if callback_id not in {known.callback_id for known in self._manifest.shortcuts}:
            raise NotPossibleError(f"there is no shortcut {callback_id}")
        channel = self._workspace.channels[message.channel]
        await self._socket.ask(
            "interactive",
            {
                "type": "message_action",
                **self._about(user),
                "action_ts": self._workspace.timestamps.mint(),
                "channel": {"id": channel.id, "name": _interaction_channel_name(channel)},
                "callback_id": callback_id,
                "trigger_id": self._trigger(user.id),
                "response_url": self._response_url(channel, user.id, path="app"),
                "message_ts": message.ts,
                "message": message.payload(),
            },
        )

    async def press(
        self,
        user: User,
        on: Message | View,
        action_id: str,
        *,
        block_id: str | None = None,
        value: Any = None,
        filled_in: Mapping[str, Any] | None = None,
    ) -> None:
        """Use a button, a menu or another element of a message or view.

        Args:
            user: who.
            on: the message or view that shows it.
            action_id: which element.
            block_id: in which block, where several have the same.
            value: what was chosen; a button has its own.
            filled_in: what other elements hold, by action id or block id.

        Raises:
            NotPossibleError: there is no such element.
            AppDidNotRespondError: the app did not answer in time.
        """
        blocks = on.given.get("blocks", []) if isinstance(on, View) else (on.blocks or [])
        for found_in, element in elements_of(blocks):
            if element["action_id"] == action_id and block_id in (None, found_in):
                break
        else:
            raise NotPossibleError(f"there is no element {action_id}")
        action: Payload = {
            "action_id": action_id,
            "block_id": found_in,
            "action_ts": self._workspace.timestamps.mint(),
            "type": element["type"],
        }
        if element["type"] == "button":
            action["text"] = element["text"]
            if "style" in element:
                action["style"] = element["style"]
            if value is not None or "value" in element:
                action["value"] = value if value is not None else element["value"]
        else:
            action |= state_of(element, value)
        payload: Payload = {
            "type": "block_actions",
            **self._about(user),
            "trigger_id": self._trigger(user.id),
        }
        given = {**(filled_in or {}), action_id: value}
        if isinstance(on, View):
            on.values = state_of_all(blocks, given, on.values)
            payload["container"] = {"type": "view", "view_id": on.id}
            payload["view"] = on.payload()
        else:
            on.values[user.id] = state_of_all(blocks, given, on.values.get(user.id, {}))
            payload |= self._about_message(user, on)
        payload["actions"] = [action]
        await self._socket.ask("interactive", payload)

    async def submit(self, user: User, view: View, values: Mapping[str, Any]) -> dict[str, str]:
        """Submit a modal.

        Args:
            user: who.
            view: the modal.
            values: what was filled in, by action id or by block id; each a plain value or
                Slack's state of the element.

        Returns:
            What the app finds wrong, by block id; nothing when it accepts.

        Raises:
            AppDidNotRespondError: the app did not answer in time.
        """
        view.values = state_of_all(view.given.get("blocks", []), values, view.values)
        view.hash = f"{int(self._workspace.now())}.{secrets.token_hex(4)}"
        answer = await self._socket.ask(
            "interactive",
            {
                "type": "view_submission",
                **self._about(user),
                "trigger_id": self._trigger(user.id),
                "view": view.payload(),
                "response_urls": [],
            },
        )
        match answer.get("response_action"):
            case "errors":
                return {str(block): str(why) for block, why in answer.get("errors", {}).items()}
            case "update":
                view.replace(check_view(answer["view"]))
                self._workspace.show_view(view)
            case "push":
                self.open_view(view.user, answer["view"], below=view)
            case "clear":
                self._close_stack(view)
            case _:
                self._workspace.close_view(view)
        return {}

    async def close_view(self, user: User, view: View) -> None:
        """Close a modal without submitting it.

        Args:
            user: who.
            view: the modal.
        """
        self._workspace.close_view(view)
        if view.given.get("notify_on_close"):
            await self._socket.ask(
                "interactive",
                {
                    "type": "view_closed",
                    **self._about(user),
                    "view": view.payload(),
                    "is_cleared": False,
                },
            )

    def open_view(self, user: str, given: Payload, *, below: View | None = None) -> View:
        """Show a person a modal.

        Args:
            user: who sees it.
            given: the view as the app gave it.
            below: the modal it is put upon.

        Raises:
            SlackError: the view is not valid, or the stack too high.
        """
        checked = check_view(given)
        if below is not None and self._depth(below) >= DEEPEST_STACK:
            raise SlackError("push_limit_reached")
        view = View(
            id=self._workspace.new_id("V"),
            user=user,
            app=self._workspace.app,
            given=checked,
            root_id=None if below is None else below.root_id or below.id,
            previous_id=None if below is None else below.id,
        )
        self._workspace.show_view(view)
        return view

    def use_trigger(self, trigger_id: str) -> str:
        """Exchange a trigger id for the person it came from.

        Args:
            trigger_id: the id.

        Raises:
            SlackError: it is unknown, too old or was used.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if trigger.until < self._workspace.now():
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger.user

    def respond(self, secret: str, body: Payload) -> tuple[int, str]:
        """Do what the app posts to a response URL.

        Args:
            secret: the last part of the URL.
            body: the posted JSON.

        Returns:
            The HTTP status and text of the answer.
        """
        url = self._response_urls.get(secret)
        if url is None or url.until < self._workspace.now():
            return 404, "expired_url"
        if url.uses >= _RESPONSE_URL_USES:
            return 404, "used_url"
        url.uses += 1
        try:
            self._post(url, body)
        except SlackError as error:
            return 400, error.code
        return 200, "ok"

    def _post(self, url: _ResponseUrl, body: Payload) -> None:
        if body.get("delete_original"):
            if url.message is not None:
                self._workspace.delete(url.message)
            return
        blocks = body.get("blocks")
        content = Content(
            text=str(body.get("text") or ""),
            blocks=None if blocks is None else check_message_blocks(blocks),
            attachments=body.get("attachments"),
        )
        if not (content.text or content.blocks or content.attachments):
            raise SlackError("no_text")
        if body.get("replace_original") and url.message is not None:
            self._workspace.update(url.message, content)
            return
        thread_ts = body.get("thread_ts")
        if body.get("response_type") == "in_channel":
            root = self._workspace.root_of(url.channel, thread_ts) if thread_ts else None
            self._workspace.post(url.channel, content, root=root)
        else:
            self._workspace.post_ephemeral(url.channel, content, url.user, thread_ts=thread_ts)

    def _about(self, user: User) -> Payload:
        team = self._workspace.team
        return {
            "user": user.brief(team),
            "api_app_id": self._workspace.app.id,
            "token": _VERIFICATION,
            "team": {"id": team.id, "domain": team.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _about_message(self, user: User, message: Message) -> Payload:
        channel = self._workspace.channels[message.channel]
        container: Payload = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": message.ephemeral_to is not None,
        }
        if message.thread_ts is not None:
            container["thread_ts"] = message.thread_ts
        payload: Payload = {
            "container": container,
            "channel": {"id": channel.id, "name": _interaction_channel_name(channel)},
            "state": {"values": message.values.get(user.id, {})},
            "response_url": self._response_url(channel, user.id, path="actions", message=message),
        }
        if message.ephemeral_to is None:
            payload["message"] = message.payload(with_metadata=True)
        return payload

    def _trigger(self, user: str) -> str:
        now = self._workspace.now()
        for stale in [key for key, one in self._triggers.items() if one.until < now - 60]:
            del self._triggers[stale]
        trigger_id = (
            f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        )
        self._triggers[trigger_id] = _Trigger(user, now + self._options.trigger_lifetime_s)
        return trigger_id

    def _response_url(
        self, channel: Channel, user: str, *, path: str, message: Message | None = None
    ) -> str:
        now = self._workspace.now()
        for stale in [key for key, one in self._response_urls.items() if one.until < now]:
            del self._response_urls[stale]
        secret = secrets.token_urlsafe(18)
        self._response_urls[secret] = _ResponseUrl(
            channel, user, now + _RESPONSE_URL_LIFETIME_S, message
        )
        return f"{self._base_url}/{path}/{self._workspace.team.id}/{secret}"

    def _depth(self, view: View) -> int:
        depth = 1
        while view.previous_id is not None and view.previous_id in self._workspace.views:
            view = self._workspace.views[view.previous_id]
            depth += 1
        return depth

    def _close_stack(self, view: View) -> None:
        root = view.root_id or view.id
        for one in list(self._workspace.views.values()):
            if one.kind == "modal" and (one.root_id or one.id) == root:
                self._workspace.close_view(one)


def _command_channel_name(channel: Channel) -> str:
    match channel.kind:
        case ChannelKind.DIRECT:
            return "directmessage"
        case ChannelKind.PRIVATE:
            return "privategroup"
        case ChannelKind.PUBLIC:
            return channel.name


def _interaction_channel_name(channel: Channel) -> str:
    return "directmessage" if channel.is_direct else channel.name
