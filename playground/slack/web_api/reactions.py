"""``reactions.*``."""

import re

from playground.payload import Payload
from playground.slack.errors import SlackError
from playground.slack.limits import TIER_2, TIER_3
from playground.slack.message import Message
from playground.slack.web_api.call import Call, Method

_NAME = re.compile(r"[\w+'-]+(::skin-tone-[2-6])?")


def _add(call: Call) -> Payload:
    message, name = _wanted(call)
    if not call.workspace.react(message, call.bot, name):
        raise SlackError("already_reacted")
    return {}


def _remove(call: Call) -> Payload:
    message, name = _wanted(call)
    if not call.workspace.unreact(message, call.bot, name):
        raise SlackError("no_reaction")
    return {}


def _get(call: Call) -> Payload:
    channel = call.channel()
    message = call.message(channel, "timestamp")
    return {"type": "message", "channel": channel.id, "message": message.payload()}


def _wanted(call: Call) -> tuple[Message, str]:
    name = call.args.need("name").strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    if not call.args.text("timestamp"):
        raise SlackError("no_item_specified")
    channel = call.channel()
    call.args.timestamp("timestamp", "bad_timestamp")
    return call.message(channel, "timestamp"), name


METHODS = {
    "reactions.add": Method(handle=_add, tier=TIER_3, scopes=("reactions:write",)),
    "reactions.remove": Method(handle=_remove, tier=TIER_2, scopes=("reactions:write",)),
    "reactions.get": Method(handle=_get, tier=TIER_3, scopes=("reactions:read",)),
}
