"""The other end of `Apart`: what runs in the process of its own."""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

Work = Callable[[Mapping[str, object], bytes], tuple[Mapping[str, object], bytes]]
"""What the module of a kind of work has as `work`: request and content in, the same out."""

_OPEN_FILES = 64
_WRITTEN = 8 * 1024 * 1024
_NEVER = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn")


class Refused(Exception):
    """What was given cannot be worked on; the message is a sentence that says why."""


def serve(module: str, memory: str, seconds: str, writes: str) -> None:
    """Do the one piece of work that comes in by standard input.

    Args:
        module: where `work` is.
        memory: the most bytes of address space.
        seconds: the most time.
        writes: the directory that may be written; empty for none.
    """
    # What a library prints must not get into the answer.
    answer = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    _limit(int(memory), int(seconds), _WRITTEN if writes else 0)
    sys.addaudithook(_refuse)
    # Libraries have much to say of what is odd in a document, and nobody reads it.
    logging.disable()
    warnings.simplefilter("ignore")
    given = sys.stdin.buffer
    request = json.loads(given.readline())
    told, content = _done(module, request, given.read())
    answer.write(json.dumps(dict(told)).encode() + b"\n" + content)
    answer.close()
    # Without the interpreter's cleaning up: a library that hangs there would cost the answer.
    os._exit(0)


def _done(
    module: str, request: Mapping[str, object], content: bytes
) -> tuple[Mapping[str, object], bytes]:
    try:
        work: Work = importlib.import_module(module).work
        return work(request, content)
    except Refused as exc:
        return {"refused": str(exc)}, b""
    except TimeoutError:
        return {"late": True}, b""
    except BaseException as exc:  # noqa: BLE001 - whatever a library does is told, not shown
        # The kind and the place: the message may quote what people wrote.
        place = traceback.extract_tb(exc.__traceback__)[-1:]
        where = f" at {Path(place[0].filename).name}:{place[0].lineno}" if place else ""
        return {"failed": f"{type(exc).__name__}{where}"}, b""


def _limit(memory: int, seconds: int, written: int) -> None:
    """Limit this process, where the operating system can."""
    if hasattr(signal, "alarm"):
        # By itself as well, for when nobody is there any more to end it.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(seconds + 2)
    if hasattr(os, "nice"):
        os.nice(5)  # the bot goes first
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds + 1),
        (resource.RLIMIT_FSIZE, written),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        allowed = resource.getrlimit(kind)[1]
        if allowed != resource.RLIM_INFINITY:
            most = min(most, allowed)
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            # A system that knows the limit and does not keep it, such as memory on macOS.
            continue


def _refuse(event: str, _: tuple[object, ...]) -> None:
    """An audit hook: no network and no other program, whatever a document makes a library do."""
    if event.startswith(_NEVER):
        raise PermissionError(f"{event} is not for work apart")
