"""The people of the workspace, and the app's bot among them."""

from dataclasses import dataclass

from playground.payload import Payload

_ZONE = {"tz": "Europe/Amsterdam", "tz_label": "Central European Time", "tz_offset": 3600}
_JOINED = 1_700_000_000


@dataclass(frozen=True, kw_only=True)
class Team:
    """The workspace's name and address."""

    id: str
    name: str
    domain: str


@dataclass(frozen=True, kw_only=True)
class App:
    """The installed app and its bot user."""

    id: str
    name: str
    bot_id: str
    bot_user_id: str
    bot_name: str
    team_id: str

    def bot_profile(self) -> Payload:
        """Return what messages of the bot carry about it."""
        return {
            "id": self.bot_id,
            "deleted": False,
            "name": self.bot_name,
            "updated": _JOINED,
            "app_id": self.id,
            "icons": _icons("bot"),
            "team_id": self.team_id,
        }

    def bot(self) -> Payload:
        """Return the bot as ``bots.info`` describes it."""
        return {
            "id": self.bot_id,
            "deleted": False,
            "name": self.bot_name,
            "updated": _JOINED,
            "app_id": self.id,
            "user_id": self.bot_user_id,
            "icons": _icons("bot"),
        }


@dataclass(frozen=True, kw_only=True)
class User:
    """One user: a member, an administrator or the bot."""

    id: str
    name: str
    real_name: str
    team_id: str
    color: str
    is_admin: bool = False
    bot_id: str | None = None
    app_id: str | None = None

    @property
    def is_bot(self) -> bool:
        """Whether this is the app's bot user."""
        return self.bot_id is not None

    def payload(self) -> Payload:
        """Return the user as ``users.info`` describes it."""
        first, _, last = self.real_name.partition(" ")
        profile: Payload = {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "display_name_normalized": self.name,
            "status_text": "",
            "status_emoji": "",
            "status_expiration": 0,
            "avatar_hash": f"g{self.id[-8:].lower()}",
            "first_name": first,
            "last_name": last,
            "team": self.team_id,
        }
        for size in (24, 32, 48, 72, 192, 512):
            profile[f"image_{size}"] = f"https://avatars.invalid/{self.id}-{size}.png"
        if self.bot_id is not None:
            profile |= {"api_app_id": self.app_id, "bot_id": self.bot_id, "always_active": True}
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": False,
            "color": self.color,
            "real_name": self.real_name,
            **_ZONE,
            "profile": profile,
            "is_admin": self.is_admin,
            "is_owner": self.is_admin,
            "is_primary_owner": self.is_admin,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": _JOINED,
            "is_email_confirmed": not self.is_bot,
            "who_can_share_contact_card": "EVERYONE",
        }

    def brief(self, team: Team) -> Payload:
        """Return the user as interaction payloads name it.

        Args:
            team: the workspace.
        """
        return {"id": self.id, "username": self.name, "name": self.name, "team_id": team.id}


def _icons(name: str) -> Payload:
    return {f"image_{size}": f"https://avatars.invalid/{name}-{size}.png" for size in (36, 48, 72)}
