"""``apps.connections.open``: the way into Socket Mode."""

from urllib.parse import urlencode, urlsplit

from playground.payload import Payload
from playground.slack.limits import TIER_3
from playground.slack.web_api.call import Call, Method


def _open(call: Call) -> Payload:
    query = urlencode({"ticket": call.socket.new_ticket(), "app_id": call.workspace.app.id})
    return {"url": f"ws://{urlsplit(call.base_url).netloc}/link/?{query}"}


METHODS = {"apps.connections.open": Method(handle=_open, tier=TIER_3, token="app")}  # noqa: S106
