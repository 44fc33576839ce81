"""Gateway intents: which events an app asks for.

https://discord.com/developers/docs/events/gateway#gateway-intents
"""

from enum import IntFlag


class Intent(IntFlag):
    """An intent; the values are Discord's."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


KNOWN = Intent(sum(Intent))
"""Every bit that means something; others close the connection with 4013."""

PRIVILEGED = {
    "guild_members": Intent.GUILD_MEMBERS,
    "presences": Intent.GUILD_PRESENCES,
    "message_content": Intent.MESSAGE_CONTENT,
}
"""Those that an app must be granted; asking without closes the connection with 4014."""

_APPLICATION_FLAGS = {
    "presences": 1 << 13,
    "guild_members": 1 << 15,
    "message_content": 1 << 19,
}


def granted(names: frozenset[str]) -> Intent:
    """Return the intents that an app with these privileges may ask for.

    Raises:
        KeyError: no privileged intent is called so.
    """
    refused = Intent.NONE
    for name, intent in PRIVILEGED.items():
        if name not in names:
            refused |= intent
    for name in names:
        _ = PRIVILEGED[name]
    return KNOWN & ~refused


def application_flags(names: frozenset[str]) -> int:
    """Return how an application's flags tell of its privileges.

    Args:
        names: the privileges; those of a small app, which needs no approval.
    """
    return sum(flag for name, flag in _APPLICATION_FLAGS.items() if name in names)
