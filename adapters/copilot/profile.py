"""What a session may do in a chat thread: its tools, its instructions, its permissions."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from copilot import SystemMessageConfig, ToolSet
from copilot.rpc import (
    PermissionDecisionApproveOnce,
    PermissionDecisionReject,
)
from copilot.session_events import (
    PermissionRequest,
    PermissionRequestCustomTool,
    PermissionRequestRead,
    PermissionRequestWrite,
)

from adapters.copilot.files import DESK, STATE, is_in_state, is_on_desk

# Of the SDK's isolated tools, `ask_user` alone helps in a chat. The tools for sub-agents work
# and keep to this list, but tell the model so much about themselves that every prompt more
# than doubles (5,600 tokens instead of 2,300), for files that one call can view. The others
# belong to modes that a chat does not have. `bash`, `grep` and `glob` work on the host.
_TOOLS = ("ask_user", "view", "create", "edit")

Decision = PermissionDecisionApproveOnce | PermissionDecisionReject

_PREAMBLE = f"""\
You are GitHub Copilot, answering in a thread of a team's chat. Several people may write in the
thread; what they write is told to you as it was said. Your answers are posted into the thread.
You have no terminal, no repository and no access to any computer's files. What you have is the
thread's desk, {DESK}: a directory that only this thread has, for files that are worth keeping."""

_TONE = f"""\
# How to answer
* Answer in standard Markdown: what is read is your message, not the desk.
* Be concise; get to the point, without preamble. Give code in fenced blocks with the language.
* Answer in the language of the question.
* Put something on the desk when a file was asked for, or when it is long and will be worked on
  again; then say so, with its path under {DESK}."""

_GUIDELINES = """\
* When something that you cannot guess decides what you do, ask with the ask_user tool.
* When you do not know, say so. Do not claim to have run or looked up what you cannot."""


def tools(own: Iterable[str] = ()) -> ToolSet:
    """The tools by name; the runtime offers no other.

    Args:
        own: those of the bot's own.
    """
    named = ToolSet().add_builtin(_TOOLS)
    for name in own:
        named.add_custom(name)
    return named


def system_message() -> SystemMessageConfig:
    """The runtime's instructions, where it is about a terminal turned into a chat."""
    return {
        "mode": "customize",
        "sections": {
            # Who it is, how it talks and how it works: of a terminal in each sentence.
            "identity": {"action": "replace", "content": f"{_PREAMBLE}\n\n{_TONE}"},
            "environment_context": {"action": "remove"},
            "code_change_rules": {"action": "remove"},
            "guidelines": {"action": "replace", "content": _GUIDELINES},
            "custom_instructions": {"action": "remove"},
            "runtime_instructions": {"action": "remove"},
            "last_instructions": {"action": "remove"},
        },
    }


def decider(own: Iterable[str]) -> Callable[[PermissionRequest, Mapping[str, Any]], Decision]:
    """What decides on the permissions of a session with these tools of the bot's own."""
    names = frozenset(own)

    def decide_with_own(request: PermissionRequest, context: Mapping[str, Any]) -> Decision:
        # They write on the desk, and are the bot's to keep within bounds.
        if isinstance(request, PermissionRequestCustomTool) and request.tool_name in names:
            return PermissionDecisionApproveOnce()
        return decide(request, context)

    return decide_with_own


def decide(request: PermissionRequest, _: Mapping[str, Any]) -> Decision:
    """Allow what stays on the desk and in the session's own state, and nothing else."""
    match request:
        case PermissionRequestRead(path=path) if is_on_desk(path) or is_in_state(path):
            return PermissionDecisionApproveOnce()
        case PermissionRequestWrite(file_name=path) if is_on_desk(path) or _is_artifact(path):
            return PermissionDecisionApproveOnce()
        case PermissionRequestRead() | PermissionRequestWrite():
            return PermissionDecisionReject(
                feedback=f"Only files in {DESK} can be used in this thread."
            )
    return PermissionDecisionReject(feedback="That is not available in this thread.")


def _is_artifact(path: str) -> bool:
    """Whether the model may write there: not what the session itself is remembered by."""
    path = posixpath.normpath(path)
    return path == f"{STATE}/plan.md" or path.startswith((f"{STATE}/files/", f"{STATE}/research/"))
