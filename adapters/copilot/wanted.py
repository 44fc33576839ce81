"""What the runtime asks permission for, in the core's words."""

from __future__ import annotations

import json
import posixpath
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
from adapters.copilot.files import is_in_directory
from adapters.copilot.shell_line import read_line
from bot.requests import Need, Wanted


def wanted_of(request: PermissionRequest, directory: str = "") -> Wanted:
    """A permission request, in a form that rules and people can judge.

    What asks to leave the runtime's sandbox can be allowed once only. What reads in the session's
    own directory is harmless.

    Args:
        request: what the runtime wants.
        directory: of the host, that the session works in; empty without one.
    """
    match request:
        case PermissionRequestShell():
            return _shell(request, directory)
        case PermissionRequestRead(path=path, resolved_path=resolved):
            return Wanted(
                need=Need.READ,
                tool="read",
                intention=request.intention,
                paths=(resolved or path,),
                detail=path,
                is_harmless=is_in_directory(path, directory) and not request.request_sandbox_bypass,
                can_repeat=not request.request_sandbox_bypass,
            )
        case PermissionRequestWrite(file_name=path, resolved_path=resolved):
            return Wanted(
                need=Need.WRITE,
                tool="write",
                intention=request.intention,
                paths=(resolved or path,),
                detail=_change(request.diff, path, directory),
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


def _shell(request: PermissionRequestShell, directory: str) -> Wanted:
    # The runtime knows every command of a line, but tells neither where they are redirected to
    # nor what else is in it, unless it is to allow by itself what it thinks harmless.
    text = request.full_command_text
    commands = tuple(segment.full_command_text for segment in request.command_segments or ())
    line = read_line(text, commands)
    resolved = request.resolved_paths or {}
    possible = tuple(resolved.get(path, path) for path in request.possible_paths)
    redirected = tuple(_absolute(resolved.get(path, path), directory) for path in line.redirects)
    return Wanted(
        need=Need.SHELL,
        tool="bash",
        intention=request.intention,
        # Without its commands, the line is judged as one.
        commands=commands or (text,),
        paths=tuple(dict.fromkeys((*possible, *redirected))),
        hosts=_hosts((*(each.url for each in request.possible_urls), *line.addresses)),
        detail=text,
        writes_files=request.has_write_file_redirection or bool(redirected),
        is_certain=line.is_certain,
        # The same for the whole thread is the very same line, so it need not be understood.
        can_repeat=not request.request_sandbox_bypass,
    )


def _absolute(path: str, directory: str) -> str:
    """A path that a line names, from the directory on; as it is where it stands for another."""
    is_plain = directory and not set(path) & set("$`~*?[]{}'\"\\\n")
    return posixpath.normpath(posixpath.join(directory, path)) if is_plain else path


def _change(diff: str, path: str, directory: str) -> str:
    """What would change in a file, under its name; without the header, which says no more."""
    at = diff.find("@@ ")
    if at < 0:
        return diff
    name = path.removeprefix(f"{directory}/") if directory else path
    return f"{name}\n{diff[at:].rstrip()}"


def _hosts(addresses: Iterable[str]) -> tuple[str, ...]:
    """The hosts, each once; an address whose host is not certain stands for itself."""
    return tuple(dict.fromkeys(host_of(address) or address for address in addresses))


def _as_json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
