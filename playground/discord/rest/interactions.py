"""Routes by which the app answers interactions: the callback, and its webhook afterwards."""

from playground.discord.errors import DiscordError, unknown
from playground.discord.interactions import CallbackType, Interaction
from playground.discord.limits import CALLBACK, EDIT_MESSAGE, WEBHOOK
from playground.discord.message import Message
from playground.discord.rest.call import Call, Route
from playground.discord.rest.messages import check_edit
from playground.payload import Payload

_TELLING = (CallbackType.MESSAGE, CallbackType.UPDATE)


def _respond(call: Call) -> Payload | None:
    interaction = call.parts.interactions.respond(
        call.snowflake("interaction_id"),
        call.params["interaction_token"],
        dict(call.form().body),
        call.uploads,
    )
    if call.query.get("with_response", "").lower() not in ("true", "1"):
        return None
    return _callback_payload(call, interaction)


def _callback_payload(call: Call, interaction: Interaction) -> Payload:
    about: Payload = {
        "id": interaction.id,
        "type": int(interaction.type),
        "channel_id": interaction.channel.id,
    }
    if not interaction.channel.is_direct:
        about["guild_id"] = call.guild.id
    answer: Payload = {"interaction": about}
    original = interaction.original
    if original is not None and interaction.callback is not CallbackType.DEFERRED_UPDATE:
        about |= {
            "response_message_id": original.id,
            "response_message_loading": original.is_loading,
            "response_message_ephemeral": original.is_ephemeral,
        }
        if interaction.callback in _TELLING:
            answer["resource"] = {
                "type": int(interaction.callback),
                "message": call.message_payload(original),
            }
    return answer


def _follow_up(call: Call) -> Payload:
    interaction = _interaction(call)
    draft = call.draft()
    return call.message_payload(call.parts.interactions.follow_up(interaction, draft))


def _get(call: Call) -> Payload:
    return call.message_payload(_answer(call, _interaction(call)))


def _edit(call: Call) -> Payload:
    interaction = _interaction(call)
    message = _answer(call, interaction)
    draft = call.draft()
    check_edit(message, draft)
    call.parts.interactions.edit(interaction, message, draft)
    return call.message_payload(message)


def _delete(call: Call) -> None:
    interaction = _interaction(call)
    message = _answer(call, interaction)
    if interaction.channel.is_deleted:
        raise unknown("Channel")
    call.guild.delete(message)


def _interaction(call: Call) -> Interaction:
    app_id = call.snowflake("webhook_id")
    if app_id != call.guild.app.id:
        raise DiscordError(404, 10015, "Unknown Webhook")
    return call.parts.interactions.with_token(app_id, call.params["webhook_token"])


def _answer(call: Call, interaction: Interaction) -> Message:
    name = call.params.get("message_id", "@original")
    return call.parts.interactions.message(interaction, name)


_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"


def _routes(path: str, infix: str) -> tuple[Route, ...]:
    return (
        Route(
            http="GET",
            path=path,
            name=f"get_{infix}webhook_message",
            handle=_get,
            bucket=WEBHOOK,
            needs_token=False,
        ),
        Route(
            http="PATCH",
            path=path,
            name=f"update_{infix}webhook_message",
            handle=_edit,
            bucket=EDIT_MESSAGE,
            needs_token=False,
        ),
        Route(
            http="DELETE",
            path=path,
            name=f"delete_{infix}webhook_message",
            handle=_delete,
            bucket=WEBHOOK,
            needs_token=False,
        ),
    )


ROUTES = (
    Route(
        http="POST",
        path="/interactions/{interaction_id}/{interaction_token}/callback",
        name="create_interaction_response",
        handle=_respond,
        bucket=CALLBACK,
        needs_token=False,
    ),
    Route(
        http="POST",
        path=_WEBHOOK,
        name="execute_webhook",
        handle=_follow_up,
        bucket=WEBHOOK,
        needs_token=False,
    ),
    *_routes(f"{_WEBHOOK}/messages/@original", "original_"),
    *_routes(f"{_WEBHOOK}/messages/{{message_id}}", ""),
)
