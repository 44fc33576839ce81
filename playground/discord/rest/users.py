"""Routes about users, the application and the gateway's address."""

from playground.discord.errors import unknown
from playground.discord.limits import CREATE_DM
from playground.discord.rest.call import Call, Route
from playground.payload import Payload


def _me(call: Call) -> Payload:
    return {
        **call.bot.payload(),
        "mfa_enabled": False,
        "locale": "en-US",
        "premium_type": 0,
        "email": None,
        "verified": True,
    }


def _user(call: Call) -> Payload:
    user = call.guild.users.get(call.snowflake("user_id"))
    if user is None:
        raise unknown("User")
    return user.payload()


def _guilds(call: Call) -> list[Payload]:
    guild = call.guild
    return [
        {
            "id": guild.id,
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": str(int(guild.permissions(call.bot.id))),
            "features": [],
        }
    ]


def _create_dm(call: Call) -> Payload:
    form = call.form()
    recipient = form.snowflake("recipient_id", required=True)
    form.check()
    user = call.guild.users.get(recipient or "")
    if user is None or user.is_bot:
        raise unknown("User")
    return call.channel_payload(call.guild.direct_with(user.id))


def _application(call: Call) -> Payload:
    return call.guild.app.payload()


def _gateway(call: Call) -> Payload:
    return {"url": call.parts.gateway_url}


def _bot_gateway(call: Call) -> Payload:
    gateway = call.parts.gateway
    return {
        "url": call.parts.gateway_url,
        "shards": 1,
        "session_start_limit": {
            "total": gateway.most_session_starts,
            "remaining": gateway.session_starts_left,
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        },
    }


ROUTES = (
    Route(http="GET", path="/users/@me", name="get_my_user", handle=_me),
    Route(http="GET", path="/users/@me/guilds", name="list_my_guilds", handle=_guilds),
    Route(
        http="POST",
        path="/users/@me/channels",
        name="create_dm",
        handle=_create_dm,
        bucket=CREATE_DM,
    ),
    Route(http="GET", path="/users/{user_id}", name="get_user", handle=_user),
    Route(
        http="GET",
        path="/oauth2/applications/@me",
        name="get_my_oauth2_application",
        handle=_application,
    ),
    Route(http="GET", path="/applications/@me", name="get_my_application", handle=_application),
    Route(
        http="GET",
        path="/applications/{application_id}/emojis",
        name="list_application_emojis",
        handle=lambda _: {"items": []},
    ),
    Route(http="GET", path="/gateway", name="get_gateway", handle=_gateway, needs_token=False),
    Route(http="GET", path="/gateway/bot", name="get_bot_gateway", handle=_bot_gateway),
)
