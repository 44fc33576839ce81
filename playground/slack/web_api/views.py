"""``views.*``: modals and Home tabs."""

from playground.payload import Payload, dump
from playground.slack.blocks import check_view
from playground.slack.errors import SlackError, missing_field
from playground.slack.limits import TIER_4
from playground.slack.views import View
from playground.slack.web_api.call import Call, Method

_LARGEST = 250_000


def _open(call: Call) -> Payload:
    given = _given(call)
    user = call.interactions.use_trigger(_trigger(call))
    return {"view": call.interactions.open_view(user, given).payload()}


def _push(call: Call) -> Payload:
    given = _given(call)
    user = call.interactions.use_trigger(_trigger(call))
    below = [
        view for view in call.workspace.views.values() if view.user == user and view.kind == "modal"
    ]
    if not below:
        raise SlackError("not_found")
    return {"view": call.interactions.open_view(user, given, below=below[-1]).payload()}


def _update(call: Call) -> Payload:
    given = _given(call)
    view = _known(call)
    _same_hash(call, view)
    view.replace(check_view(given))
    call.workspace.show_view(view)
    return {"view": view.payload()}


def _publish(call: Call) -> Payload:
    if not call.manifest.has_home:
        raise SlackError("not_enabled")
    given = _given(call)
    user = call.args.need("user_id")
    if user not in call.workspace.users:
        raise SlackError("user_not_found")
    if given.get("type") != "home":
        raise SlackError(
            "invalid_arguments", messages=["[ERROR] must be home [json-pointer:/view/type]"]
        )
    home = call.workspace.homes.get(user)
    if home is None:
        home = View(
            id=call.workspace.new_id("V"),
            user=user,
            app=call.workspace.app,
            given=check_view(given),
        )
    else:
        _same_hash(call, home)
        home.replace(check_view(given))
    call.workspace.publish_home(home)
    return {"view": home.payload()}


def _given(call: Call) -> Payload:
    given = call.args.mapping("view")
    if given is None:
        raise missing_field("view")
    if len(dump(given)) > _LARGEST:
        raise SlackError("view_too_large")
    external_id = given.get("external_id")
    view_id = call.args.text("view_id")
    if external_id and any(
        view.external_id == external_id and view.id != view_id
        for view in call.workspace.views.values()
    ):
        raise SlackError("duplicate_external_id")
    return given


def _trigger(call: Call) -> str:
    trigger = call.args.text("trigger_id") or call.args.text("interactivity_pointer")
    if not trigger:
        raise missing_field("trigger_id")
    return trigger


def _known(call: Call) -> View:
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    for view in call.workspace.views.values():
        if view.id == view_id or (external_id and view.external_id == external_id):
            return view
    if not (view_id or external_id):
        raise missing_field("view_id")
    raise SlackError("not_found")


def _same_hash(call: Call, view: View) -> None:
    given = call.args.text("hash")
    if given is not None and given != view.hash:
        raise SlackError("hash_conflict")


METHODS = {
    "views.open": Method(handle=_open, tier=TIER_4),
    "views.push": Method(handle=_push, tier=TIER_4),
    "views.update": Method(handle=_update, tier=TIER_4),
    "views.publish": Method(handle=_publish, tier=TIER_4),
}
