"""llama.cpp's server in a process of its own: `python -m playground.model.llama`.

Reads one line of JSON, the settings, from standard input, serves on a free port of the
loopback address, writes that address as one line to standard output, and ends when
standard input ends: when its parent closes it, or dies in whatever way.
"""

import json
import os
import signal
import sys


def main() -> None:
    """Serve until standard input ends."""
    # Ctrl-C in a terminal reaches the whole group; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = json.loads(sys.stdin.readline())

    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["weights"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["api_key"]]
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["context_tokens"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    params.cache_ram_mib = 0
    params.ui = False
    params.verbosity = -1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # Tearing the server down waits for its answers; nobody reads them any more.
    os._exit(0)


if __name__ == "__main__":
    main()
