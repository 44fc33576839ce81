"""The playground's Discord as a whole: what `serve` hands out."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aiohttp import web

from playground.discord import avatars, changes, events
from playground.discord.cdn import Cdn, Download
from playground.discord.channels import Channel, ChannelType
from playground.discord.commands import Commands
from playground.discord.faults import Faults
from playground.discord.gateway import Gateway
from playground.discord.guild import Emoji, Guild
from playground.discord.intents import application_flags, granted
from playground.discord.interactions import Interactions, Modal
from playground.discord.limits import Limits
from playground.discord.message import SYSTEM, Message
from playground.discord.options import ChannelOption, DiscordOptions
from playground.discord.permissions import ALL, MEMBERS, Overwrite, Permission, named
from playground.discord.person import DiscordPerson
from playground.discord.record import ApiCall
from playground.discord.rest.call import Parts
from playground.discord.rest.server import RestApi
from playground.discord.signing import Signer
from playground.discord.users import App, Member, Role, User
from playground.record import Record
from playground.subscribers import Subscribers
from playground.waiting import Waiting

_T = TypeVar("_T")

GUILD_ID = "1100000000000000001"
_BOT_ID = "1100000000000000100"
_BOT_ROLE = "1100000000000000010"
_ADMIN_ROLE = "1100000000000000011"
_TEAM_ROLE = "1100000000000000012"
_PEOPLE = (
    ("ann", "Ann Archer", "9f69e7", False),
    ("ben", "Ben Baker", "4bbe2e", False),
    ("ada", "Ada Admin", "e7392d", True),
)
_CHANNELS = (
    ChannelOption(name="general", topic="Everything that concerns everybody"),
    ChannelOption(name="random", topic="Everything else"),
    ChannelOption(name="news", type=ChannelType.ANNOUNCEMENT, topic="What is new"),
    ChannelOption(
        name="help",
        type=ChannelType.FORUM,
        topic="Ask here",
        tags=("question", "solved"),
    ),
    ChannelOption(name="gallery", type=ChannelType.MEDIA, topic="Show here"),
)
_PREFIX = "/discord/api/v10"
_DUMPED = 30
_OLD_TOKEN_PARTS = 3


class PlaygroundDiscord:
    """A Discord server with one installed app.

    Args:
        options: how it behaves.
        base_url: where it is served, without a slash at the end.
    """

    def __init__(self, options: DiscordOptions, base_url: str) -> None:
        self.options = options
        self.base_url = base_url
        self.bot_token = options.bot_token or _made_up_token()
        self.guild = _guild(options, f"{base_url}/discord/cdn")
        self.commands = Commands(
            self.guild.snowflakes, lambda: self.guild.tell(changes.CommandsChanged())
        )
        self.record: Record[ApiCall] = Record(options.calls_kept)
        self.faults = Faults(self._go_wrong, self._switched)
        self.limits = Limits(is_on=options.limits, invalid_requests=options.invalid_requests)
        self.gateway = Gateway(
            token=self.bot_token,
            url=self.gateway_url,
            options=options,
            granted=granted(options.privileged_intents),
            ready=lambda: events.ready(self.guild),
            greet=lambda intents: events.greet(self.guild, intents),
            members=lambda asked, intents: events.members_chunk(self.guild, asked, intents),
            changed=self._connections_changed,
        )
        self.interactions = Interactions(
            self.guild, options, self.gateway.dispatch, lambda: self.gateway.sessions > 0
        )
        self._rest = RestApi(
            parts=Parts(
                guild=self.guild,
                interactions=self.interactions,
                commands=self.commands,
                gateway=self.gateway,
                limits=self.limits,
                options=options,
                gateway_url=self.gateway_url,
                sees_content="message_content" in options.privileged_intents,
            ),
            faults=self.faults,
            record=self.record,
            bot_token=self.bot_token,
            prefix=_PREFIX,
        )
        self._cdn = Cdn(self.guild, self.faults)
        self._events = events.Events(self.guild, self.gateway)
        self._waiting = Waiting(self.dump)
        self._connected: Subscribers[[]] = Subscribers()
        self.guild.subscribe(self._take)
        self.record.subscribe(lambda _: self._waiting.wake())
        self._people = {
            user.username: DiscordPerson(user, self.guild, self.interactions, self.commands)
            for user in self.guild.users.values()
            if not user.is_bot
        }

    @property
    def api_url(self) -> str:
        """The REST API's address, without a slash at the end."""
        return f"{self.base_url}{_PREFIX}"

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return f"ws{self.base_url.removeprefix('http')}/discord/gateway"

    @property
    def application_id(self) -> str:
        """The application's id."""
        return self.guild.app.id

    @property
    def guild_id(self) -> str:
        """The server's id."""
        return self.guild.id

    @property
    def bot_user_id(self) -> str:
        """The bot's user id."""
        return self.guild.bot_id

    @property
    def people(self) -> list[DiscordPerson]:
        """Everybody, in order."""
        return list(self._people.values())

    def person(self, name: str) -> DiscordPerson:
        """Return a person: ``ann`` or ``ben``, members, or ``ada``, the administrator."""
        return self._people[name]

    def person_with_id(self, user_id: str) -> DiscordPerson:
        """Return the person with that user id.

        Raises:
            KeyError: nobody has it.
        """
        return self._people[self.guild.users[user_id].username]

    def channel(self, name: str) -> str:
        """Return the id of the channel with that name."""
        return self.guild.channel_named(name).id

    def messages(self, channel: str) -> list[Message]:
        """Return what was said in a channel or thread, oldest first.

        Args:
            channel: the channel's id or name, or the thread's id.
        """
        found = self._found(channel)
        return [] if found is None else list(found.messages.values())

    def replies(self, channel: str) -> list[Message]:
        """Return what the bot said in a channel or thread, oldest first.

        Args:
            channel: the channel's id or name, or the thread's id.
        """
        return [one for one in self.messages(channel) if one.by_bot and one.type not in SYSTEM]

    def message(self, message_id: str) -> Message | None:
        """Return the message with that id, wherever it is, ephemeral ones included."""
        for channel in self.guild.channels.values():
            if message_id in channel.messages and channel.id != message_id:
                return channel.messages[message_id]
        post = self.guild.channels.get(message_id)
        if post is not None and message_id in post.messages:
            return post.messages[message_id]
        return self.guild.ephemerals.get(message_id)

    def threads(self, channel: str) -> list[Channel]:
        """Return a channel's threads or a forum's posts, oldest first, archived ones included.

        Args:
            channel: the channel's id or name.
        """
        return list(self.guild.threads(self._found(channel)))

    def thread(self, thread_id: str) -> Channel | None:
        """Return the thread with that id; one that started from a message has its id."""
        found = self.guild.channels.get(thread_id)
        return found if found is not None and found.is_thread else None

    def ephemerals(self, user: str, channel: str | None = None) -> list[Message]:
        """Return what only one person sees, oldest first.

        Args:
            user: the person's id.
            channel: only in this channel or thread, by id.
        """
        return [
            message
            for message in self.guild.ephemerals.values()
            if message.ephemeral_to == user and channel in (None, message.channel_id)
        ]

    @property
    def downloads(self) -> list[Download]:
        """Who asked the CDN for what, oldest first."""
        return list(self._cdn.downloads)

    def modals(self, user: str) -> list[Modal]:
        """Return the modals that a person has open, oldest first."""
        return [modal for modal in self.interactions.modals.values() if modal.user == user]

    @property
    def connections(self) -> int:
        """How many connections the app has open."""
        return self.gateway.connections

    def connected(self) -> bool:
        """Say whether the app has a connection open and has identified."""
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
        """Add the addresses that Discord has for apps.

        Args:
            router: the server's.
        """
        router.add_route("*", _PREFIX + "/{path:.*}", self._rest.handle)
        router.add_get("/discord/gateway", self.gateway.handle)
        router.add_get("/discord/gateway/", self.gateway.handle)
        router.add_get("/discord/cdn/attachments/{channel}/{id}/{name}", self._cdn.handle)
        router.add_get("/discord/cdn/avatars/{user}/{hash}.{kind}", self._avatar)
        router.add_get("/discord/cdn/emojis/{id}.svg", self._emoji)
        router.add_get("/discord/cdn/embed/avatars/{number}.png", self._avatar)

    def close(self) -> None:
        """Stop all timers and hang up."""
        self.gateway.close()

    def _found(self, channel: str) -> Channel | None:
        found = self.guild.channels.get(channel)
        if found is None and not channel.isdecimal():
            found = self.guild.channel_named(channel)
        return found

    def _take(self, change: changes.Change) -> None:
        self._events.take(change)
        self._waiting.wake()

    def _go_wrong(self, kind: str, options: Mapping[str, Any]) -> None:
        if kind == "drop_gateway":
            self.gateway.drop()
        elif kind == "reconnect":
            self.gateway.reconnect()
        elif kind == "expire_files":
            self.guild.signer.expire()
        elif options["drop"]:
            self.gateway.forget_sessions()
        else:
            self.gateway.invalidate(is_resumable=bool(options["resumable"]))

    def _switched(self) -> None:
        self.guild.withheld = named(self.faults.withheld_permissions())

    def _connections_changed(self) -> None:
        self._connected.tell()
        self._waiting.wake()

    async def _avatar(self, request: web.Request) -> web.StreamResponse:
        user = self.guild.users.get(request.match_info.get("user", ""))
        color = "5865f2" if user is None else user.color
        letter = "?" if user is None else (user.global_name or user.username)[0]
        if request.match_info.get("kind", "png") == "svg":
            return web.Response(text=avatars.svg(color, letter), content_type="image/svg+xml")
        return web.Response(body=avatars.png(color), content_type="image/png")

    async def _emoji(self, request: web.Request) -> web.StreamResponse:
        emojis = {emoji.id: emoji.name for emoji in self.guild.emojis.values()}
        name = emojis.get(request.match_info["id"], "?")
        return web.Response(text=avatars.svg("f0b132", name[0]), content_type="image/svg+xml")

    def _dumped_messages(self) -> list[str]:
        shown = [
            *(
                message
                for channel in self.guild.channels.values()
                for message in channel.messages.values()
            ),
            *self.guild.ephemerals.values(),
        ]
        lines = ["messages:"]
        for message in sorted(shown, key=lambda one: int(one.id))[-_DUMPED:]:
            channel = self.guild.channels.get(message.channel_id)
            where = message.channel_id if channel is None else _where(channel)
            marks = "".join(
                mark
                for mark, is_so in (
                    (f" type {int(message.type)}", message.type != 0),
                    (" loading", message.is_loading),
                    (" ephemeral", message.is_ephemeral),
                    (" edited", message.edited_timestamp is not None),
                )
                if is_so
            )
            lines.append(
                f"  {message.id} {where}{marks} {message.author.username}: "
                f"{message.content[:200]!r}"
            )
        return lines

    def _dumped_calls(self) -> list[str]:
        gateway = self.gateway
        lines = [
            (
                f"connections: {gateway.connections}, sessions: {gateway.sessions}, "
                f"identified {gateway.identified} times, resumed {gateway.resumed} times"
            ),
            "calls:",
        ]
        for call in self.record.last(_DUMPED):
            outcome = "ok" if call.error is None else call.error
            lines.append(
                f"  #{call.n} {call.method} {call.path} {call.ms:.1f} ms: {outcome} "
                f"{str(call.arguments)[:200]}"
            )
        return lines


def _where(channel: Channel) -> str:
    if channel.is_thread and channel.parent is not None:
        return f"{channel.parent.name}/{channel.name} ({channel.id})"
    return channel.name or f"dm {channel.id}"


def _made_up_token() -> str:
    # Three parts: clients look no closer than that.
    return ".".join(secrets.token_urlsafe(18) for _ in range(_OLD_TOKEN_PARTS))


def _guild(options: DiscordOptions, cdn_url: str) -> Guild:
    users, members = {}, {}
    for number, (name, global_name, color, is_admin) in enumerate(_PEOPLE, 1):
        user = User(
            id=f"{int(_BOT_ID) + number}",
            username=name,
            global_name=global_name,
            color=color,
            is_admin=is_admin,
        )
        users[user.id] = user
        members[user.id] = Member(user=user, roles=[_ADMIN_ROLE if is_admin else _TEAM_ROLE])
    bot = User(id=_BOT_ID, username="copilot", global_name=None, color="757575", is_bot=True)
    users[bot.id] = bot
    members[bot.id] = Member(user=bot, roles=[_BOT_ROLE])
    owner = next(user for user in users.values() if user.is_admin)
    guild = Guild(
        id=GUILD_ID,
        name="Playground",
        app=App(
            id=_BOT_ID,
            name="Copilot",
            owner=owner,
            bot=bot,
            flags=application_flags(options.privileged_intents),
        ),
        users=users,
        members=members,
        roles=_roles(),
        cdn_url=cdn_url,
        signer=Signer(lifetime_s=options.file_url_lifetime_s),
        largest_file=options.largest_file,
        premium_tier=options.premium_tier,
    )
    for named_so in options.emojis:
        name = named_so.removeprefix("a:")
        guild.emojis[name] = Emoji(
            id=guild.snowflakes.mint(), name=name, is_animated=name != named_so
        )
    for option in (*_CHANNELS, *options.channels):
        channel = guild.create_channel(
            option.name, option.type, topic=option.topic or None, tags=option.tags
        )
        if option.denied:
            guild.set_overwrite(
                channel, Overwrite(id=bot.id, is_role=False, deny=named(option.denied))
            )
    for user in users.values():
        if not user.is_bot:
            guild.direct_with(user.id)
    return guild


def _roles() -> dict[str, Role]:
    roles = (
        Role(id=GUILD_ID, name="@everyone", permissions=MEMBERS, position=0),
        Role(id=_TEAM_ROLE, name="team", permissions=Permission(0), position=1, color=0x1ABC9C),
        Role(
            id=_BOT_ROLE,
            name="Copilot",
            permissions=MEMBERS & ~Permission.CREATE_INSTANT_INVITE,
            position=2,
            bot_id=_BOT_ID,
        ),
        Role(id=_ADMIN_ROLE, name="admin", permissions=ALL, position=3, color=0xE74C3C),
    )
    return {role.id: role for role in roles}
