"""The people of the server, the roles they have, and the app with its bot."""

from dataclasses import dataclass, field

from playground.discord.permissions import Permission
from playground.payload import Payload

JOINED = "2023-11-14T22:13:20.000000+00:00"


@dataclass(frozen=True, kw_only=True)
class User:
    """One user: a person or the bot.

    Args:
        id: the id.
        username: the unique name, in small letters.
        global_name: the display name.
        color: how the page draws them, as ``rrggbb``.
        is_admin: whether they have the administrators' role.
        is_bot: whether this is the app's bot.
    """

    id: str
    username: str
    global_name: str | None
    color: str
    is_admin: bool = False
    is_bot: bool = False

    @property
    def avatar(self) -> str:
        """The avatar's hash."""
        return f"{int(self.id):032x}"

    def payload(self) -> Payload:
        """Return the user as messages and members carry it."""
        payload: Payload = {
            "id": self.id,
            "username": self.username,
            "discriminator": "0000" if self.is_bot else "0",
            "global_name": self.global_name,
            "avatar": self.avatar,
            "avatar_decoration_data": None,
            "banner": None,
            "accent_color": None,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
            "collectibles": None,
        }
        if self.is_bot:
            payload["bot"] = True
        return payload


@dataclass(slots=True, kw_only=True)
class Role:
    """A role and what it permits."""

    id: str
    name: str
    permissions: Permission
    position: int
    color: int = 0
    bot_id: str | None = None

    def payload(self) -> Payload:
        """Return the role as the server lists it."""
        payload: Payload = {
            "id": self.id,
            "name": self.name,
            "description": None,
            "permissions": str(int(self.permissions)),
            "position": self.position,
            "color": self.color,
            "colors": {
                "primary_color": self.color,
                "secondary_color": None,
                "tertiary_color": None,
            },
            "hoist": False,
            "managed": self.bot_id is not None,
            "mentionable": self.bot_id is None and self.position > 0,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }
        if self.bot_id is not None:
            payload["tags"] = {"bot_id": self.bot_id}
        return payload


@dataclass(slots=True, kw_only=True)
class Member:
    """A user in the server."""

    user: User
    roles: list[str] = field(default_factory=list)
    nick: str | None = None

    def payload(self, *, with_user: bool = True) -> Payload:
        """Return the member as Discord describes it.

        Args:
            with_user: whether to tell who it is; messages have that beside it.
        """
        payload: Payload = {
            "avatar": None,
            "banner": None,
            "avatar_decoration_data": None,
            "collectibles": None,
            "communication_disabled_until": None,
            "flags": 0,
            "joined_at": JOINED,
            "nick": self.nick,
            "pending": False,
            "premium_since": None,
            "roles": list(self.roles),
            "mute": False,
            "deaf": False,
        }
        if with_user:
            payload["user"] = self.user.payload()
        return payload


@dataclass(frozen=True, kw_only=True)
class App:
    """The application that owns the bot.

    Args:
        id: its id, which is its bot's too.
        name: its name.
        owner: who made it.
        bot: its bot.
        flags: which privileged intents it was granted, as Discord writes that.
    """

    id: str
    name: str
    owner: User
    bot: User
    flags: int

    def payload(self) -> Payload:
        """Return the application as its own token may see it."""
        return {
            "id": self.id,
            "name": self.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": self.bot.payload(),
            "bot_public": True,
            "bot_require_code_grant": False,
            "integration_types_config": {"0": {}},
            "verify_key": "0" * 64,
            "flags": self.flags,
            "flags_new": str(self.flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": self.owner.payload(),
            "approximate_guild_count": 1,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "event_webhooks_url": None,
            "event_webhooks_status": 1,
            "event_webhooks_types": [],
            "team": None,
            "eligible_oauth2_scopes": ["bot", "applications.commands"],
        }
