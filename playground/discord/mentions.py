"""Who is mentioned in a text, and who of them is notified.

https://discord.com/developers/docs/resources/message#allowed-mentions-object
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from playground.discord.form import Form
from playground.discord.message import Mentions
from playground.discord.users import Member, User

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")
_CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
_KINDS = ("roles", "users", "everyone")


@dataclass(frozen=True, kw_only=True)
class AllowedMentions:
    """What a message may mention.

    Args:
        parse: which kinds are taken from the text.
        users: the only users that may be.
        roles: the only roles that may be.
        replied_user: whether the author of the message replied to is.
    """

    parse: frozenset[str] = frozenset(_KINDS)
    users: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    replied_user: bool = False


ANYBODY = AllowedMentions(replied_user=True)
"""What holds where a message says nothing about it."""


def read_allowed_mentions(form: Form) -> AllowedMentions:
    """Return the ``allowed_mentions`` of a message.

    Args:
        form: the message.
    """
    given = form.body.get("allowed_mentions")
    if not isinstance(given, dict):
        return ANYBODY
    inner = form.part(given, "allowed_mentions")
    # With lists and no `parse`, only those listed are meant.
    parse = [str(one) for one in inner.items("parse", at_most=100, of=str)]
    for index, kind in enumerate(parse):
        if kind not in _KINDS:
            inner.wrong(
                ("parse", index),
                "BASE_TYPE_CHOICES",
                "Value must be one of ('users', 'roles', 'everyone').",
            )
    users = inner.snowflakes("users", at_most=100)
    roles = inner.snowflakes("roles", at_most=100)
    for kind, listed in (("users", users), ("roles", roles)):
        if listed and kind in parse:
            form.wrong(
                "allowed_mentions",
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.',
            )
    return AllowedMentions(
        parse=frozenset(parse),
        users=frozenset(users or ()),
        roles=frozenset(roles or ()),
        replied_user=inner.flag("replied_user"),
    )


def find_mentions(
    text: str,
    *,
    allowed: AllowedMentions,
    author: str,
    replied_to: User | None,
    user: Callable[[str], User | None],
    members: Mapping[str, Member],
    audience: Iterable[str],
    may_everyone: bool,
) -> Mentions:
    """Return whom a message mentions and notifies.

    Args:
        text: its content.
        allowed: what it may mention.
        author: who says it; nobody notifies themselves.
        replied_to: the author of the message that it answers.
        user: finds a user who can be mentioned here.
        members: the server's members, for their roles.
        audience: the ids of those whom ``@everyone`` means.
        may_everyone: whether the author may notify everybody, and any role.
    """
    plain = _CODE.sub("", text) if "`" in text else text
    named: dict[str, User] = {}
    for user_id in _USER.findall(plain):
        found = user(user_id)
        if found is not None and ("users" in allowed.parse or user_id in allowed.users):
            named[user_id] = found
    roles = [
        role
        for role in dict.fromkeys(_ROLE.findall(plain))
        if "roles" in allowed.parse or role in allowed.roles
    ]
    everyone = may_everyone and "everyone" in allowed.parse and _EVERYONE.search(plain) is not None
    if replied_to is not None and allowed.replied_user:
        named.setdefault(replied_to.id, replied_to)
    pinged = set(named)
    if everyone:
        pinged.update(audience)
    for role in roles:
        pinged.update(one for one, member in members.items() if role in member.roles)
    pinged.discard(author)
    return Mentions(
        users=tuple(named.values()),
        roles=tuple(roles),
        everyone=everyone,
        pinged=frozenset(pinged),
    )
