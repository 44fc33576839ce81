"""Permissions: their bits, overwrites, and what somebody may do somewhere.

https://discord.com/developers/docs/topics/permissions
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag

from playground.payload import Payload


class Permission(IntFlag):
    """The permissions that mean something in the playground, by Discord's names."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CHANGE_NICKNAME = 1 << 26
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    PIN_MESSAGES = 1 << 51


ALL = Permission(sum(Permission))
"""Everything."""

NOBODYS = Permission(0)
"""Nothing."""

MEMBERS = (
    Permission.CREATE_INSTANT_INVITE
    | Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.CHANGE_NICKNAME
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What everybody may do unless something else is said."""

DIRECT = (
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.MENTION_EVERYONE
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
)
"""What both may do in a direct message."""


@dataclass(frozen=True, kw_only=True)
class Overwrite:
    """What a channel allows and denies to a role or a member.

    Args:
        id: the role's or the user's id.
        is_role: whether it is a role.
        allow: what is allowed.
        deny: what is denied.
    """

    id: str
    is_role: bool
    allow: Permission = NOBODYS
    deny: Permission = NOBODYS

    def payload(self) -> Payload:
        """Return it as channels carry it."""
        return {
            "id": self.id,
            "type": 0 if self.is_role else 1,
            "allow": str(int(self.allow)),
            "deny": str(int(self.deny)),
        }


def in_channel(
    base: Permission,
    everyone: str,
    roles: Iterable[str],
    user: str,
    overwrites: dict[str, Overwrite],
) -> Permission:
    """Return what somebody may do in a channel.

    Args:
        base: what their roles give them.
        everyone: the id of the role that everybody has.
        roles: their other roles.
        user: their id.
        overwrites: the channel's, by id.
    """
    if Permission.ADMINISTRATOR in base:
        return ALL
    allowed = base
    of_all = overwrites.get(everyone)
    if of_all is not None:
        allowed = (allowed & ~of_all.deny) | of_all.allow
    allow, deny = NOBODYS, NOBODYS
    for role in roles:
        of_role = overwrites.get(role)
        if of_role is not None:
            allow |= of_role.allow
            deny |= of_role.deny
    allowed = (allowed & ~deny) | allow
    own = overwrites.get(user)
    if own is not None:
        allowed = (allowed & ~own.deny) | own.allow
    if Permission.VIEW_CHANNEL not in allowed:
        return NOBODYS
    return allowed


def named(names: Iterable[str]) -> Permission:
    """Return the permissions with these names.

    Raises:
        KeyError: there is no such permission.
    """
    found = NOBODYS
    for name in names:
        found |= Permission[name]
    return found
