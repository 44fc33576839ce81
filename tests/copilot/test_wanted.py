"""What the runtime asks permission for, in the core's words."""

from __future__ import annotations

from pathlib import Path

from copilot.session_events import (
    PermissionRequestCustomTool,
    PermissionRequestHook,
    PermissionRequestMcp,
    PermissionRequestRead,
    PermissionRequestShell,
    PermissionRequestShellCommandSegment,
    PermissionRequestShellPossibleUrl,
    PermissionRequestUrl,
    PermissionRequestWrite,
)

from adapters.copilot.wanted import wanted_of
from bot.requests import Need, Wanted

_LINE = "curl https://a.example/x > out.txt && rm -r build"


def test_shell() -> None:
    """A shell line has its commands, the files and the hosts that it touches."""
    request = PermissionRequestShell(
        can_offer_session_approval=True,
        commands=[],
        full_command_text=_LINE,
        has_write_file_redirection=True,
        intention="Clean up",
        possible_paths=["out.txt", "/src/build"],
        possible_urls=[
            PermissionRequestShellPossibleUrl(url="https://a.example/x"),
            PermissionRequestShellPossibleUrl(url="https://A.example/y"),
            PermissionRequestShellPossibleUrl(url="https://b.example\\@c.example"),
        ],
        command_segments=[
            PermissionRequestShellCommandSegment(
                full_command_text="curl https://a.example/x", identifier="curl"
            ),
            PermissionRequestShellCommandSegment(full_command_text="rm -r build", identifier="rm"),
        ],
        resolved_paths={"out.txt": "/src/out.txt"},
    )
    assert wanted_of(request) == Wanted(
        need=Need.SHELL,
        tool="bash",
        intention="Clean up",
        commands=("curl https://a.example/x", "rm -r build"),
        paths=("/src/out.txt", "/src/build"),
        hosts=("a.example", "https://b.example\\@c.example"),
        detail=_LINE,
        writes_files=True,
    )


def test_shell_in_one() -> None:
    """A line that was not taken apart is one command, and not sure to be all; see `ShellLine`."""
    request = PermissionRequestShell(
        can_offer_session_approval=False,
        commands=[],
        full_command_text=_LINE,
        has_write_file_redirection=False,
        intention="",
        possible_paths=[],
        possible_urls=[],
    )
    wanted = wanted_of(request)
    assert wanted.commands == (_LINE,)
    assert wanted.paths == ("out.txt",)
    assert wanted.hosts == ("a.example",)
    assert wanted.writes_files
    assert not wanted.is_certain
    assert wanted.can_repeat


def test_shell_in_a_directory() -> None:
    """Where a line is redirected to is taken from the session's directory, if it is plain."""
    request = PermissionRequestShell(
        can_offer_session_approval=False,
        commands=[],
        full_command_text="ls > ../out.txt; ls > $HOME/x",
        has_write_file_redirection=False,
        intention="",
        possible_paths=[],
        possible_urls=[],
        request_sandbox_bypass=True,
        command_segments=[
            PermissionRequestShellCommandSegment(full_command_text="ls", identifier="ls")
        ],
    )
    wanted = wanted_of(request, "/work/a")
    assert wanted.paths == ("/work/out.txt", "$HOME/x")
    assert wanted.writes_files
    assert not wanted.can_repeat


def test_reading_in_a_directory(tmp_path: Path) -> None:
    """What reads in the session's own directory is harmless, unless a link leads out of it."""
    (tmp_path / "out").symlink_to("/etc")
    inside = PermissionRequestRead(intention="", path=str(tmp_path / "a"))
    assert wanted_of(inside, str(tmp_path)).is_harmless
    assert not wanted_of(inside).is_harmless
    outside = PermissionRequestRead(intention="", path=str(tmp_path / "out" / "passwd"))
    assert not wanted_of(outside, str(tmp_path)).is_harmless


def test_files() -> None:
    """A file is named by its real path; what would be written is shown."""
    reading = PermissionRequestRead(intention="Read it", path="a", resolved_path="/src/a")
    assert wanted_of(reading) == Wanted(
        need=Need.READ, tool="read", intention="Read it", paths=("/src/a",), detail="a"
    )
    writing = PermissionRequestWrite(
        can_offer_session_approval=True, diff="-a\n+b", file_name="/src/a", intention="Write it"
    )
    assert wanted_of(writing) == Wanted(
        need=Need.WRITE, tool="write", intention="Write it", paths=("/src/a",), detail="-a\n+b"
    )
    diff = "\ndiff --git a/src/a b/src/a\n--- a/src/a\n+++ b/src/a\n@@ -1 +1 @@\n-a\n+b\n"
    whole = PermissionRequestWrite(
        can_offer_session_approval=True, diff=diff, file_name="/src/a", intention=""
    )
    assert wanted_of(whole).detail == "/src/a\n@@ -1 +1 @@\n-a\n+b"
    assert wanted_of(whole, "/src").detail == "a\n@@ -1 +1 @@\n-a\n+b"
    outside = PermissionRequestRead(intention="", path="/etc/a", request_sandbox_bypass=True)
    assert not wanted_of(outside).can_repeat


def test_page() -> None:
    """A page is judged by its host and shown with its whole address."""
    address = "https://A.example:8443/x?y=1"
    request = PermissionRequestUrl(intention="Fetch it", url=address)
    assert wanted_of(request) == Wanted(
        need=Need.URL, tool="web_fetch", intention="Fetch it", hosts=("a.example",), detail=address
    )


def test_tools() -> None:
    """A tool of a server or of a host is shown with its arguments."""
    of_server = PermissionRequestMcp(
        read_only=True, server_name="maps", tool_name="find", tool_title="Find", args={"q": "ö"}
    )
    assert wanted_of(of_server) == Wanted(
        need=Need.MCP, tool="maps/find", intention="Find", detail='{"q": "ö"}'
    )
    own = PermissionRequestCustomTool(tool_name="chart", tool_description="Draws")
    assert wanted_of(own) == Wanted(need=Need.TOOL, tool="chart", intention="Draws")


def test_other() -> None:
    """What is of no kind that we know can be allowed once only, and is shown as it came."""
    wanted = wanted_of(PermissionRequestHook(tool_name="bash"))
    assert (wanted.need, wanted.tool, wanted.can_repeat) == (Need.OTHER, "hook", False)
    assert '"toolName": "bash"' in wanted.detail
