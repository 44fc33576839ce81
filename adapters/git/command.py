"""Runs git: bounded in time and output, and by nobody's configuration but ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MOST_SECONDS = 300.0
_MOST_BYTES = 32 * 1024 * 1024
_PIECE = 64 * 1024
_MOST_OF_A_REASON = 300
_PASSED_ON = frozenset({"PATH", "LANG", "LC_ALL", "TZ"})
# What reaches a remote as the operator would: with their keys, through their proxy.
_OF_THE_OPERATOR = (
    frozenset({"HOME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_ASKPASS"})
    | {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    | {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR"}
)
# Whoever works in a directory can write whatever git reads there. Nothing of it may run.
_HARMLESS = (
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.attributesFile=/dev/null"),
    *("-c", "core.excludesFile=/dev/null"),
    *("-c", "submodule.recurse=false"),
    *("-c", "gc.auto=0"),
)


class GitError(Exception):
    """Git failed; the message is what it said last."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shadow:
    """A repository of our own over files that others work on: they cannot write in it.

    Args:
        git: the repository.
        files: the files.
    """

    git: Path
    files: Path


async def git(
    arguments: Sequence[str],
    *,
    at: Path,
    shadow: Shadow | None = None,
    given: bytes | None = None,
    as_operator: bool = False,
) -> bytes:
    """Run git, and return what it printed.

    Args:
        arguments: without the program's name.
        at: the directory that it runs in.
        shadow: what it works on, in the place of a repository that it would look for.
        given: its standard input.
        as_operator: whether it has the operator's configuration, keys and proxy.

    Raises:
        GitError: it failed, took too long, or printed too much.
    """
    names = _PASSED_ON | _OF_THE_OPERATOR if as_operator else _PASSED_ON
    environment = {name: value for name, value in os.environ.items() if name in names}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    if not as_operator:
        environment |= {"HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null"}
        environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
    if shadow is not None:
        environment |= {"GIT_DIR": str(shadow.git), "GIT_WORK_TREE": str(shadow.files)}
    settings = () if as_operator else _HARMLESS
    try:
        return await _run(["git", *settings, *arguments], at, environment, given)
    except OSError as error:
        raise GitError(f"git cannot be run ({error.strerror})") from error


async def _run(
    command: Sequence[str], at: Path, environment: Mapping[str, str], given: bytes | None
) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=at,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE if given is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            talking = _feed(process, given), _read(process), _last_words(process.stderr)
            _, told, reason = await asyncio.gather(*talking)
            code = await process.wait()
    except TimeoutError as error:
        raise GitError("it took too long") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if told is None:
        raise GitError("it says too much")
    if code:
        raise GitError(reason or f"exit code {code}")
    return told


async def _feed(process: asyncio.subprocess.Process, given: bytes | None) -> None:
    if given is None or process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(given)
        await process.stdin.drain()
    process.stdin.close()


async def _read(process: asyncio.subprocess.Process) -> bytes | None:
    """All that a process prints; None where that is too much, which ends it."""
    found = bytearray()
    while process.stdout is not None and (piece := await process.stdout.read(_PIECE)):
        found += piece
        if len(found) > _MOST_BYTES:
            process.kill()
            return None
    return bytes(found)


async def _last_words(stream: asyncio.StreamReader | None) -> str:
    """The last line of a stream."""
    found = b""
    while stream is not None and (piece := await stream.read(_PIECE)):
        found = (found + piece)[-_PIECE:]
    lines = found.decode(errors="replace").strip().splitlines()
    return lines[-1][:_MOST_OF_A_REASON] if lines else ""
