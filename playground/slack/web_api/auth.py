"""``auth.test`` and ``api.test``."""

from playground.payload import Payload
from playground.slack.errors import SlackError
from playground.slack.limits import SPECIAL, TIER_4
from playground.slack.web_api.call import Call, Method


def _test(call: Call) -> Payload:
    team, app = call.workspace.team, call.workspace.app
    return {
        "url": f"{call.base_url}/",
        "team": team.name,
        "user": app.bot_name,
        "team_id": team.id,
        "user_id": app.bot_user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def _api_test(call: Call) -> Payload:
    if error := call.args.text("error"):
        raise SlackError(error, fields={"args": dict(call.args.given)})
    return {"args": dict(call.args.given)}


METHODS = {
    "auth.test": Method(handle=_test, tier=SPECIAL),
    "api.test": Method(handle=_api_test, tier=TIER_4),
}
