"""Routes about reactions."""

import unicodedata

from playground.discord.errors import unknown
from playground.discord.limits import REACTION
from playground.discord.permissions import Permission
from playground.discord.rest.call import Call, Route
from playground.discord.rest.channels import archived
from playground.payload import Payload


def _add(call: Call) -> None:
    channel = call.text_channel()
    message = call.message(channel)
    emoji = _emoji(call)
    call.require(channel, Permission.READ_MESSAGE_HISTORY)
    if emoji not in message.reactions:
        call.require(channel, Permission.ADD_REACTIONS)
    if channel.thread is not None and channel.thread.is_archived:
        raise archived()
    call.guild.react(message, call.bot.id, emoji)


def _remove_own(call: Call) -> None:
    message = call.message(call.text_channel())
    call.guild.unreact(message, call.bot.id, _emoji(call))


def _remove(call: Call) -> None:
    channel = call.text_channel()
    call.require(channel, Permission.MANAGE_MESSAGES)
    call.guild.unreact(call.message(channel), call.snowflake("user_id"), _emoji(call))


def _list(call: Call) -> list[Payload]:
    message = call.message(call.text_channel())
    limit = call.limit(default=25, at_most=100)
    users = message.reactions.get(_emoji(call), [])
    return [call.guild.users[user].payload() for user in users[:limit]]


def _clear(call: Call) -> None:
    channel = call.text_channel()
    call.require(channel, Permission.MANAGE_MESSAGES)
    call.guild.clear_reactions(call.message(channel))


def _clear_one(call: Call) -> None:
    channel = call.text_channel()
    call.require(channel, Permission.MANAGE_MESSAGES)
    call.guild.clear_reactions(call.message(channel), _emoji(call))


def _emoji(call: Call) -> str:
    emoji = call.params["emoji_name"]
    if not is_emoji(emoji):
        raise unknown("Emoji")
    return emoji


def is_emoji(text: str) -> bool:
    """Say whether a text is a Unicode emoji; the server has none of its own."""
    return (
        bool(text)
        and len(text) <= 16
        and any(
            unicodedata.category(letter) in ("So", "Sk", "Sm", "Po") or letter == "\u20e3"
            for letter in text
        )
    )


_ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
_ONE = f"{_ALL}/{{emoji_name}}"
ROUTES = (
    Route(
        http="PUT",
        path=f"{_ONE}/@me",
        name="add_my_message_reaction",
        handle=_add,
        bucket=REACTION,
    ),
    Route(
        http="DELETE",
        path=f"{_ONE}/@me",
        name="delete_my_message_reaction",
        handle=_remove_own,
        bucket=REACTION,
    ),
    Route(
        http="DELETE",
        path=f"{_ONE}/{{user_id}}",
        name="delete_user_message_reaction",
        handle=_remove,
        bucket=REACTION,
    ),
    Route(http="GET", path=_ONE, name="list_message_reactions_by_emoji", handle=_list),
    Route(
        http="DELETE",
        path=_ALL,
        name="delete_all_message_reactions",
        handle=_clear,
        bucket=REACTION,
    ),
    Route(
        http="DELETE",
        path=_ONE,
        name="delete_all_message_reactions_by_emoji",
        handle=_clear_one,
        bucket=REACTION,
    ),
)
