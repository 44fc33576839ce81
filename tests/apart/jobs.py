"""Kinds of work that misbehave."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from adapters.apart.inside import Refused


def work(request: Mapping[str, object], content: bytes) -> tuple[Mapping[str, object], bytes]:
    """Do what the request says."""
    match request["do"]:
        case "answer":
            print("a library talks")  # noqa: T201
            return {"about": request["about"], "process": os.getpid()}, content[::-1]
        case "refuse":
            raise Refused("It is not to be read.")
        case "fail":
            raise ValueError("the secret in the document")
        case "sleep":
            time.sleep(60)
        case "spin":
            while True:
                pass
        case "eat":
            return {"size": len(bytearray(4 * 1024**3))}, b""
        case "babble":
            return {}, b"x" * 10_000_000
        case "die":
            os.abort()
        case "die while it answers":
            answer = next(fd for fd in range(3, 64) if _is_open(fd))
            os.write(answer, b"{}\nhalf")
            os.abort()
        case "connect":
            socket.create_connection(("127.0.0.1", int(str(request["port"]))))
        case "run":
            subprocess.run([sys.executable, "--version"], check=True)
        case "write":
            Path(str(request["path"])).write_bytes(b"x" * 100)
        case "environment":
            return {"names": sorted(os.environ)}, b""
    return {}, b""


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
