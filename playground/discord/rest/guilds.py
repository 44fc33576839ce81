"""Routes about the server: its channels, members and roles."""

from playground.discord.channels import ChannelType
from playground.discord.errors import missing_permissions, unknown
from playground.discord.form import Form
from playground.discord.permissions import Permission
from playground.discord.rest.call import Call, Route
from playground.payload import Payload

_CREATABLE = (
    ChannelType.TEXT,
    ChannelType.ANNOUNCEMENT,
    ChannelType.FORUM,
    ChannelType.MEDIA,
)


def _get(call: Call) -> Payload:
    guild = call.in_guild()
    payload = guild.payload()
    if call.query.get("with_counts", "").lower() in ("true", "1"):
        payload["approximate_member_count"] = len(guild.members)
        payload["approximate_presence_count"] = len(guild.members)
    return payload


def _channels(call: Call) -> list[Payload]:
    return [channel.payload(call.guild.id) for channel in call.in_guild().guild_channels()]


def _create_channel(call: Call) -> Payload:
    guild = call.in_guild()
    form = call.form()
    name = form.text("name", at_most=100, at_least=1, required=True)
    kind = form.choice("type", _CREATABLE, default=ChannelType.TEXT)
    topic = form.text("topic", at_most=1024)
    form.check()
    if Permission.MANAGE_CHANNELS not in guild.permissions(call.bot.id):
        raise missing_permissions()
    channel = guild.create_channel(
        (name or "").lower().replace(" ", "-"), ChannelType(kind or 0), topic=topic
    )
    return call.channel_payload(channel)


def _members(call: Call) -> list[Payload]:
    guild = call.in_guild()
    limit = call.limit(default=1, at_most=1000)
    form = Form(call.query)
    after = int(form.snowflake("after") or 0)
    form.check()
    ids = sorted((one for one in guild.members if int(one) > after), key=int)
    return [guild.members[one].payload() for one in ids[:limit]]


def _search_members(call: Call) -> list[Payload]:
    guild = call.in_guild()
    limit = call.limit(default=1, at_most=1000)
    query = call.query.get("query", "").lower()
    found = [
        member.payload()
        for member in guild.members.values()
        if member.user.username.startswith(query)
        or (member.user.global_name or "").lower().startswith(query)
        or (member.nick or "").lower().startswith(query)
    ]
    return found[:limit]


def _member(call: Call) -> Payload:
    member = call.in_guild().members.get(call.snowflake("user_id"))
    if member is None:
        raise unknown("Member")
    return member.payload()


def _roles(call: Call) -> list[Payload]:
    return [role.payload() for role in call.in_guild().roles.values()]


def _role(call: Call) -> Payload:
    role = call.in_guild().roles.get(call.snowflake("role_id"))
    if role is None:
        raise unknown("Role")
    return role.payload()


_GUILD = "/guilds/{guild_id}"
ROUTES = (
    Route(http="GET", path=_GUILD, name="get_guild", handle=_get),
    Route(http="GET", path=f"{_GUILD}/channels", name="list_guild_channels", handle=_channels),
    Route(
        http="POST",
        path=f"{_GUILD}/channels",
        name="create_guild_channel",
        handle=_create_channel,
        status=201,
    ),
    Route(http="GET", path=f"{_GUILD}/members", name="list_guild_members", handle=_members),
    Route(
        http="GET",
        path=f"{_GUILD}/members/search",
        name="search_guild_members",
        handle=_search_members,
    ),
    Route(
        http="GET",
        path=f"{_GUILD}/members/{{user_id}}",
        name="get_guild_member",
        handle=_member,
    ),
    Route(http="GET", path=f"{_GUILD}/roles", name="list_guild_roles", handle=_roles),
    Route(http="GET", path=f"{_GUILD}/roles/{{role_id}}", name="get_guild_role", handle=_role),
)
