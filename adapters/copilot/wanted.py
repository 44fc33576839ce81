"""What the runtime asks permission for, in the core's words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from copilot.session_events import (
    PermissionRequest,
    PermissionRequestCustomTool,
    PermissionRequestMcp,
    PermissionRequestRead,
    PermissionRequestShell,
    PermissionRequestUrl,
    PermissionRequestWrite,
)

from adapters.copilot.addresses import host_of
from bot.requests import Need, Wanted


def wanted_of(request: PermissionRequest) -> Wanted:
    """A permission request, in a form that rules and people can judge.

    What asks to leave the runtime's sandbox can be allowed once only.
    """
    match request:
        case PermissionRequestShell():
            return _shell(request)
        case PermissionRequestRead(path=path, resolved_path=resolved):
            return Wanted(
                need=Need.READ,
                tool="read",
                intention=request.intention,
                paths=(resolved or path,),
                detail=path,
                can_repeat=not request.request_sandbox_bypass,
            )
        case PermissionRequestWrite(file_name=path, resolved_path=resolved):
            return Wanted(
                need=Need.WRITE,
                tool="write",
                intention=request.intention,
                paths=(resolved or path,),
                detail=request.diff,
                can_repeat=request.can_offer_session_approval
                and not request.request_sandbox_bypass,
            )
        case PermissionRequestUrl(url=address):
            return Wanted(
                need=Need.URL,
                tool="web_fetch",
                intention=request.intention,
                hosts=_hosts([address]),
                detail=address,
                can_repeat=not request.request_sandbox_bypass,
            )
        case PermissionRequestMcp():
            return Wanted(
                need=Need.MCP,
                tool=f"{request.server_name}/{request.tool_name}",
                intention=request.tool_title,
                detail=_as_json(request.args),
            )
        case PermissionRequestCustomTool():
            return Wanted(
                need=Need.TOOL,
                tool=request.tool_name,
                intention=request.tool_description,
                detail=_as_json(request.args),
            )
    return Wanted(
        need=Need.OTHER,
        tool=request.kind,
        detail=_as_json(request.to_dict()),
        can_repeat=False,
    )


def _shell(request: PermissionRequestShell) -> Wanted:
    segments = [segment.full_command_text for segment in request.command_segments or ()]
    resolved = request.resolved_paths or {}
    return Wanted(
        need=Need.SHELL,
        tool="bash",
        intention=request.intention,
        # Without its commands, the line is judged as one.
        commands=tuple(segments or [request.full_command_text]),
        paths=tuple(resolved.get(path, path) for path in request.possible_paths),
        hosts=_hosts(possible.url for possible in request.possible_urls),
        detail=request.full_command_text,
        writes_files=request.has_write_file_redirection,
        can_repeat=request.can_offer_session_approval and not request.request_sandbox_bypass,
    )


def _hosts(addresses: Iterable[str]) -> tuple[str, ...]:
    """The hosts, each once; an address whose host is not certain stands for itself."""
    return tuple(dict.fromkeys(host_of(address) or address for address in addresses))


def _as_json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
