"""The playground's Slack as a whole: what `serve` hands out."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from aiohttp import web

from playground.payload import Payload
from playground.record import Record
from playground.slack import changes
from playground.slack.agent_sessions import AgentSession
from playground.slack.app_manifest import AppManifest
from playground.slack.channels import Channel, ChannelKind
from playground.slack.downloads import Downloads
from playground.slack.events import Events
from playground.slack.faults import Faults
from playground.slack.interactions import Interactions
from playground.slack.limits import Limits
from playground.slack.message import Message
from playground.slack.options import ChannelOption, PlaygroundOptions
from playground.slack.person import Person
from playground.slack.record import ApiCall
from playground.slack.socket_mode import SocketMode
from playground.slack.users import App, Team, User
from playground.slack.views import View
from playground.slack.web_api.server import WebApi
from playground.slack.workspace import Workspace
from playground.subscribers import Subscribers
from playground.waiting import Waiting

_T = TypeVar("_T")

TEAM_ID = "T0PLAYGROUND"
_CREATED = 1_700_000_000
_PEOPLE = (
    ("ann", "Ann Archer", "9f69e7", False),
    ("ben", "Ben Baker", "4bbe2e", False),
    ("ada", "Ada Admin", "e7392d", True),
)
_CHANNELS = (
    ChannelOption(name="general", topic="Everything that concerns everybody"),
    ChannelOption(name="random", topic="Everything else"),
)
_DUMPED = 30


class PlaygroundSlack:
    """A Slack workspace with one installed app.

    Args:
        options: how it behaves.
        base_url: where it is served, without a slash at the end.
    """

    def __init__(self, options: PlaygroundOptions, base_url: str) -> None:
        self.options = options
        self.base_url = base_url
        self.manifest = AppManifest.parse(options.manifest)
        self.workspace = _workspace(options, self.manifest)
        self.bot_token = options.bot_token or f"xoxb-{secrets.token_hex(20)}"
        app_id = self.workspace.app.id
        self.app_token = options.app_token or f"xapp-1-{app_id}-{secrets.token_hex(20)}"
        self.record: Record[ApiCall] = Record(options.calls_kept)
        self.faults = Faults(self._go_wrong)
        self.limits = Limits(is_on=options.limits)
        self.socket = SocketMode(app_id, options, self._changed)
        self.interactions = Interactions(
            self.workspace, self.manifest, self.socket, options, base_url
        )
        self._web_api = WebApi(
            workspace=self.workspace,
            manifest=self.manifest,
            interactions=self.interactions,
            socket=self.socket,
            limits=self.limits,
            faults=self.faults,
            record=self.record,
            bot_token=self.bot_token,
            app_token=self.app_token,
            largest_file=options.largest_file,
        )
        self.downloads = Downloads(
            self.workspace, self.manifest, self.faults, self._web_api.knows_bot_token
        )
        self._events = Events(self.workspace, self.manifest, self.faults, self._deliver)
        self._waiting = Waiting(self.dump)
        self._connected: Subscribers[[]] = Subscribers()
        self._stream_timers: dict[str, asyncio.TimerHandle] = {}
        self.workspace.subscribe(self._take)
        self.record.subscribe(lambda _: self._waiting.wake())
        self._people = {
            user.name: Person(user, self.workspace, self.interactions, base_url)
            for user in self.workspace.users.values()
            if not user.is_bot
        }

    @property
    def api_url(self) -> str:
        """The Web API's address, with a slash at the end."""
        return f"{self.base_url}/api/"

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.workspace.team.id

    @property
    def bot_user_id(self) -> str:
        """The bot's user id."""
        return self.workspace.app.bot_user_id

    @property
    def people(self) -> list[Person]:
        """Everybody, in order."""
        return list(self._people.values())

    def person(self, name: str) -> Person:
        """Return a person: ``ann`` or ``ben``, members, or ``ada``, the administrator."""
        return self._people[name]

    def person_with_id(self, user_id: str) -> Person:
        """Return the person with that user id.

        Raises:
            KeyError: nobody has it.
        """
        return self._people[self.workspace.users[user_id].name]

    def channel(self, name: str) -> str:
        """Return the id of the channel with that name."""
        return self.workspace.channel_named(name).id

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """Return what was said, oldest first.

        Args:
            channel: the channel's id or name.
            thread_ts: a thread, whose root and replies are returned; the channel itself
                otherwise.
        """
        found = self.workspace.channels.get(channel) or self.workspace.channel_named(channel)
        if thread_ts is None:
            return [found.messages[ts] for ts in found.top]
        root = found.messages.get(thread_ts)
        return [] if root is None else list(self.workspace.thread(found, root))

    def replies(self, channel: str, thread_ts: str) -> list[Message]:
        """Return what the app answered in a thread, oldest first."""
        return [one for one in self.messages(channel, thread_ts)[1:] if one.by_bot]

    def ephemerals(self, user: str, channel: str | None = None) -> list[Message]:
        """Return what only one person sees, oldest first.

        Args:
            user: the person's id.
            channel: only in this channel.
        """
        return [
            message
            for message in self.workspace.ephemerals.values()
            if message.ephemeral_to == user and channel in (None, message.channel)
        ]

    def session(self, channel: str, thread_ts: str) -> AgentSession | None:
        """Return a thread's agent session."""
        return self.workspace.sessions.get((channel, thread_ts))

    def views(self, user: str) -> list[View]:
        """Return the modals that a person has open, the topmost last."""
        return [
            view
            for view in self.workspace.views.values()
            if view.user == user and view.kind == "modal"
        ]

    @property
    def connections(self) -> int:
        """How many connections the app has open."""
        return self.socket.connections

    def connected(self) -> bool:
        """Say whether the app has a connection open."""
        return self.connections > 0

    async def until(self, predicate: Callable[[], _T], timeout_s: float = 20.0) -> _T:
        """Wait until something is so.

        Args:
            predicate: asked after every change, until it returns something true.
            timeout_s: seconds to wait at most.

        Returns:
            What the predicate returned.

        Raises:
            TimeoutError: it did not come to pass; the message tells what happened instead.
        """
        return await self._waiting.until(predicate, timeout_s)

    def dump(self) -> str:
        """Return the newest messages and calls, for people to read."""
        return "\n".join([*self._dumped_messages(), *self._dumped_calls()])

    def on_connections(self, told: Callable[[], None]) -> Callable[[], None]:
        """Tell ``told`` whenever a connection opens or closes; the answer ends it."""
        return self._connected.add(told)

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the addresses that Slack has for apps.

        Args:
            router: the server's.
        """
        router.add_route("*", "/api/{method}", self._web_api.handle)
        router.add_get("/link/", self.socket.handle)
        router.add_post("/upload/v1/{ticket}", self._web_api.upload)
        self.downloads.add_routes(router)
        for path in ("commands", "actions", "app"):
            router.add_post(f"/{path}/{{team}}/{{secret}}", self._respond)

    def close(self) -> None:
        """Stop all timers and hang up."""
        for timer in self._stream_timers.values():
            timer.cancel()
        self.socket.close()

    def _take(self, change: changes.Change) -> None:
        match change:
            case changes.MessagePosted(message=message) if message.is_streaming:
                self._stream_timers[message.ts] = asyncio.get_running_loop().call_later(
                    self.options.stream_lifetime_s, partial(self._expire, message)
                )
            case changes.MessageChanged(message=message) if message.stream is not None:
                if not message.is_streaming and message.ts in self._stream_timers:
                    self._stream_timers.pop(message.ts).cancel()
            case _:
                pass
        self._events.take(change)
        self._waiting.wake()

    def _expire(self, message: Message) -> None:
        self._stream_timers.pop(message.ts, None)
        if message.is_streaming:
            self.workspace.close_stream(message, state="expired")

    def _deliver(self, event: Payload) -> None:
        held_s = self.faults.for_event()
        delivery = self.socket.deliver(event, held_s=held_s)
        if self.faults.is_on("redeliver"):
            self.faults.happened["redeliver"] += 1
            self.socket.redeliver(delivery)

    def _go_wrong(self, kind: str, _: Mapping[str, Any]) -> None:
        if kind == "drop_socket":
            self.socket.drop()
        elif kind == "close_streams":
            for message in tuple(self.workspace.open_streams.values()):
                self._expire(message)
        else:
            self.socket.refresh()

    def _changed(self) -> None:
        self._connected.tell()
        self._waiting.wake()

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        status, text = self.interactions.respond(request.match_info["secret"], await _json(request))
        self._waiting.wake()
        return web.Response(status=status, text=text)

    def _dumped_messages(self) -> list[str]:
        newest = sorted(
            (
                message
                for channel in self.workspace.channels.values()
                for message in channel.messages.values()
            ),
            key=lambda message: message.ts,
        )
        lines = ["messages:"]
        shown = [*newest, *self.workspace.ephemerals.values()]
        for message in sorted(shown, key=lambda message: message.ts)[-_DUMPED:]:
            channel = self.workspace.channels[message.channel]
            user = self.workspace.users.get(message.user)
            marks = "".join(
                mark
                for mark, is_so in (
                    (f" in {message.thread_ts}", message.is_reply),
                    (" streaming", message.is_streaming),
                    (" ephemeral", message.ephemeral_to is not None),
                )
                if is_so
            )
            who = user.name if user else message.user
            where = channel.name or channel.id
            lines.append(f"  {message.ts} {where}{marks} {who}: {message.text[:200]!r}")
        return lines + [
            f"  session {session.thread_ts}: {session.status} {session.title!r}"
            for session in self.workspace.sessions.values()
        ]

    def _dumped_calls(self) -> list[str]:
        lines = [
            f"connections: {self.socket.connections}",
            f"events not acknowledged: {self.socket.unacknowledged}",
            "calls:",
        ]
        for call in self.record.last(_DUMPED):
            outcome = "ok" if call.ok else f"{call.http_status} {call.error}"
            lines.append(f"  {call.method} {outcome} {str(dict(call.arguments))[:200]}")
        return lines


def _workspace(options: PlaygroundOptions, manifest: AppManifest) -> Workspace:
    team = Team(id=TEAM_ID, name="Playground", domain="playground")
    app = App(
        id="A0PLAYGROUND",
        name=manifest.name,
        bot_id="B0COPILOT00",
        bot_user_id="U0COPILOT00",
        bot_name=manifest.bot_name,
        team_id=team.id,
    )
    users = {}
    for name, real_name, color, is_admin in _PEOPLE:
        user = User(
            id=f"U0{name.upper():0<9}",
            name=name,
            real_name=real_name,
            team_id=team.id,
            color=color,
            is_admin=is_admin,
        )
        users[user.id] = user
    users[app.bot_user_id] = User(
        id=app.bot_user_id,
        name=app.bot_name,
        real_name=app.name,
        team_id=team.id,
        color="757575",
        bot_id=app.bot_id,
        app_id=app.id,
    )
    workspace = Workspace(team=team, app=app, users=users, channels={})
    for option in (*_CHANNELS, *options.channels):
        channel = _channel(option, workspace)
        workspace.channels[channel.id] = channel
    for user in users.values():
        if not user.is_bot:
            workspace.direct_with(user.id)
    return workspace


def _channel(option: ChannelOption, workspace: Workspace) -> Channel:
    letters = "".join(letter for letter in option.name.upper() if letter.isalnum())
    channel_id = f"C0{letters:0<9}"
    while channel_id in workspace.channels:
        channel_id += "X"
    people = [user for user in workspace.users.values() if not user.is_bot]
    members = [user.id for user in people if option.members is None or user.name in option.members]
    if option.has_bot:
        members.append(workspace.app.bot_user_id)
    return Channel(
        id=channel_id,
        name=option.name,
        kind=ChannelKind.PRIVATE if option.is_private else ChannelKind.PUBLIC,
        created=_CREATED,
        creator=people[-1].id,
        members=members,
        topic=option.topic,
    )


async def _json(request: web.Request) -> Payload:
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="invalid_payload") from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="invalid_payload")
    return body
