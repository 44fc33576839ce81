"""``agents.sessions.*``, and the older ``assistant.threads.*`` that they replace."""

from playground.payload import Payload
from playground.slack.agent_sessions import LONGEST_TITLE, STATUSES
from playground.slack.channels import Channel
from playground.slack.errors import SlackError, missing_field
from playground.slack.limits import SPECIAL, TIER_3, TIER_4
from playground.slack.message import Message
from playground.slack.web_api.call import Call, Method

_WARNING = "missing_agent_session_stopped_event_subscription"
_WARNING_TEXT = (
    "[WARN] Subscribe to the agent_session_stopped event so that people can stop the app"
)


def _set_status(call: Call) -> Payload:
    _must_be_agent(call)
    channel, root = _thread(call)
    status = call.args.need("status")
    if status not in STATUSES:
        raise SlackError("invalid_arguments", messages=["[ERROR] invalid value: status"])
    title = call.args.text("title")
    if title is not None and len(title) > LONGEST_TITLE:
        raise _too_long(title)
    initiator = call.args.text("initiator_user_id")
    if initiator is not None and initiator not in channel.members:
        raise SlackError("user_not_in_channel")
    session = call.workspace.set_session(
        channel.id, root.ts, status, title=title, initiator=initiator
    )
    answer: Payload = {"status": session.status, "agent_status": session.status}
    if session.title is not None:
        answer["title"] = session.title
    if not call.manifest.tells("agent_session_stopped"):
        answer["warning"] = _WARNING
        answer["response_metadata"] = {"warnings": [_WARNING], "messages": [_WARNING_TEXT]}
    return answer


def _rename(call: Call) -> Payload:
    _must_be_agent(call)
    channel, root = _thread(call)
    title = call.args.need("title")
    if len(title) > LONGEST_TITLE:
        raise _too_long(title)
    session = call.workspace.sessions.get((channel.id, root.ts))
    if session is None:
        raise SlackError("session_not_found")
    call.workspace.rename_session(session, title)
    return {"title": title}


def _thread(call: Call) -> tuple[Channel, Message]:
    channel = call.own_channel("channel_id")
    thread_ts = call.args.timestamp("thread_ts")
    if thread_ts is None:
        raise missing_field("thread_ts")
    root = call.workspace.root_of(channel, thread_ts)
    if root is None:
        raise SlackError("thread_not_found")
    return channel, root


def _must_be_agent(call: Call) -> None:
    if not call.manifest.is_agent:
        raise SlackError("not_authorized")


def _too_long(title: str) -> SlackError:
    why = f"must be at most {LONGEST_TITLE} characters, not {len(title)}"
    return SlackError("invalid_arguments", messages=[f"[ERROR] {why}: title"])


def _assistant_status(call: Call) -> Payload:
    channel, root = _thread(call)
    if call.args.text("status") is None:
        raise missing_field("status")
    status = "processing" if call.args.text("status") else "active"
    call.workspace.set_session(channel.id, root.ts, status)
    return {}


def _assistant_title(call: Call) -> Payload:
    channel, root = _thread(call)
    title = call.args.need("title")
    session = call.workspace.sessions.get((channel.id, root.ts))
    if session is None:
        session = call.workspace.set_session(channel.id, root.ts, "active")
    call.workspace.rename_session(session, title)
    return {}


def _assistant_prompts(call: Call) -> Payload:
    _thread(call)
    if call.args.items("prompts") is None:
        raise missing_field("prompts")
    return {}


_WRITE = ("chat:write",)
_ASSISTANT = ("assistant:write",)

METHODS = {
    "agents.sessions.setStatus": Method(handle=_set_status, tier=TIER_3, scopes=_WRITE),
    "agents.sessions.rename": Method(handle=_rename, tier=TIER_3, scopes=_WRITE),
    "assistant.threads.setStatus": Method(
        handle=_assistant_status, tier=SPECIAL, scopes=_ASSISTANT + _WRITE
    ),
    "assistant.threads.setTitle": Method(handle=_assistant_title, tier=TIER_4, scopes=_ASSISTANT),
    "assistant.threads.setSuggestedPrompts": Method(
        handle=_assistant_prompts, tier=TIER_4, scopes=_ASSISTANT
    ),
}
