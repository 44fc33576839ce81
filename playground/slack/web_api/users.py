"""``users.*``, ``usergroups.list``, ``team.info`` and ``bots.info``."""

from playground.payload import Payload
from playground.slack.errors import SlackError
from playground.slack.limits import TIER_2, TIER_3, TIER_4
from playground.slack.web_api.call import Call, Method
from playground.slack.web_api.cursors import page


def _info(call: Call) -> Payload:
    user = call.workspace.users.get(call.args.need("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": user.payload()}


def _list(call: Call) -> Payload:
    users = list(call.workspace.users.values())
    limit = call.args.count("limit", default=len(users), most=1000)
    shown, metadata = page(users, call.args.text("cursor"), limit)
    return {
        "members": [user.payload() for user in shown],
        "cache_ts": int(call.workspace.now()),
        "response_metadata": metadata,
    }


def _groups(call: Call) -> Payload:
    return {
        "usergroups": [
            {
                "id": group_id,
                "team_id": call.workspace.team.id,
                "is_usergroup": True,
                "name": handle,
                "handle": handle,
                "is_external": False,
                "date_delete": 0,
            }
            for group_id, handle in call.workspace.user_groups.items()
        ]
    }


def _team(call: Call) -> Payload:
    team = call.workspace.team
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "domain": team.domain,
            "email_domain": "",
            "url": f"{call.base_url}/",
            "icon": {"image_default": True},
        }
    }


def _bot(call: Call) -> Payload:
    bot = call.args.text("bot")
    if bot is None:
        return {}
    if bot != call.workspace.app.bot_id:
        raise SlackError("bot_not_found")
    return {"bot": call.workspace.app.bot()}


_READ = ("users:read",)

METHODS = {
    "users.info": Method(handle=_info, tier=TIER_4, scopes=_READ),
    "users.list": Method(handle=_list, tier=TIER_2, scopes=_READ),
    "usergroups.list": Method(handle=_groups, tier=TIER_2, scopes=("usergroups:read",)),
    "bots.info": Method(handle=_bot, tier=TIER_3, scopes=_READ),
    "team.info": Method(handle=_team, tier=TIER_3, scopes=("team:read",)),
}
