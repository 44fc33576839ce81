"""Which runtime to use: finds the executable, and installs ours."""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path

from bot.errors import RuntimeMissing

PROTOCOL = 3
"""The version of the protocol that the SDK speaks."""

_log = logging.getLogger(__name__)
_ASK_TIMEOUT_S = 15
_INSTALL_TIMEOUT_S = 1800
_REPORT_EVERY_S = 3
_SIZE_MB = 190
_CACHE = "unpacked"
_MEND = "run `threadpilot runtime install`, or name one in COPILOT_CLI_PATH"


class Source(StrEnum):
    """Where a runtime was found."""

    SETTING = "COPILOT_CLI_PATH"
    PATH = "PATH"
    SDK = "the SDK's download"
    INSTALLED = "threadpilot runtime install"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A runtime.

    Args:
        path: the executable.
        source: where it was found.
        version: its version; empty where it does not say.
    """

    path: Path
    source: Source
    version: str


def find(explicit: Path | None = None, *, search_path: str | None = None) -> Found:
    """Find the runtime: the named one, one on PATH, the SDK's download, ours.

    Blocks for up to some seconds where a candidate on PATH is asked. Nothing is downloaded.

    Args:
        explicit: the operator's choice; nothing else is looked at then.
        search_path: directories to search instead of those in PATH.

    Raises:
        RuntimeMissing: there is none, or the named one cannot be run.
    """
    if explicit is not None:
        return _named(explicit)
    for candidate in _on_path(os.environ.get("PATH", "") if search_path is None else search_path):
        if found := _asked(candidate):
            return found
    if found := _downloaded():
        return found
    if found := installed():
        return found
    raise RuntimeMissing(f"No Copilot runtime was found: {_MEND}.")


def installed() -> Found | None:
    """The runtime that `install` put there, if it is the pinned version."""
    version = pinned_version()
    path = _home() / version / "copilot"
    if not _is_executable(path):
        return None
    return Found(path=path, source=Source.INSTALLED, version=version)


def install(report: Callable[[str], None], *, npm: str = "npm") -> Found:
    """Fetch the pinned runtime from npm, so that `find` finds it from anywhere.

    At once when it is there already. Blocks until it is done, which may take minutes.

    Args:
        report: is told of the progress, a line each.
        npm: the program to fetch it with.

    Raises:
        RuntimeMissing: it cannot be installed.
    """
    version = pinned_version()
    if found := installed():
        report(f"The Copilot runtime {version} is installed.")
        return found
    program = shutil.which(npm)
    if program is None:
        raise RuntimeMissing(
            "The Copilot runtime cannot be fetched because npm is not installed:"
            " install Node.js with npm, or name a runtime in COPILOT_CLI_PATH."
        )
    package = f"copilot-{_platform()}"
    home = _home()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home, prefix=".fetching-") as staging:
            _fetch(program, Path(staging), version, report)
            fetched = Path(staging) / "node_modules" / "@github" / package
            if not _is_executable(fetched / "copilot"):
                raise RuntimeMissing(
                    f"npm fetched no Copilot runtime for this machine ({package}):"
                    " name one in COPILOT_CLI_PATH."
                )
            report("Unpacking it …")
            _unpack(fetched)
            _put(fetched, home / version)
        _remove_others(home, version)
    except OSError as exc:
        raise RuntimeMissing(
            f"The Copilot runtime cannot be installed in {home} ({exc.strerror}):"
            " give permission and space there, or name a runtime in COPILOT_CLI_PATH."
        ) from exc
    report(f"The Copilot runtime {version} is ready.")
    if found := installed():
        return found
    raise RuntimeMissing(f"The installed Copilot runtime in {home} is gone: install it again.")


def package_cache(found: Found | None = None) -> Path:
    """Where a runtime unpacks itself, which it does once.

    Args:
        found: the runtime; one of ours was unpacked beside itself when it was installed.
    """
    if found is not None and (beside := found.path.parent / _CACHE).is_dir():
        return beside
    if named := os.environ.get("COPILOT_PKG_CACHE_HOME"):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "copilot"


def pinned_version() -> str:
    """The version that `install` fetches."""
    manifest = json.loads((_package() / "package.json").read_text("utf-8"))
    return str(manifest["dependencies"]["@github/copilot"])


# --- finding --------------------------------------------------------------------------------


def _named(path: Path) -> Found:
    found = shutil.which(path.expanduser())
    if found is None:
        raise RuntimeMissing(
            f"COPILOT_CLI_PATH names {path}, which is no program that can be run:"
            " correct it, or leave it out to have one found."
        )
    executable = _unwrapped(Path(found).absolute())
    return Found(path=executable, source=Source.SETTING, version=_version_beside(executable))


def _on_path(search_path: str) -> Iterator[Path]:
    for directory in search_path.split(os.pathsep):
        if directory and _is_executable(candidate := Path(directory) / "copilot"):
            yield candidate.absolute()


def _asked(candidate: Path) -> Found | None:
    """What a program says that is called `copilot`; other products are, too."""
    executable = _unwrapped(candidate)
    with tempfile.TemporaryDirectory(prefix="threadpilot-ask-") as home:
        told = _ask([str(executable), "--version"], home=home, cache=package_cache())
        version = re.search(rb"GitHub Copilot CLI v?(\d[\w.-]*\w)", told)
        if version is None:
            _log.info("passed over %s: it is not the Copilot CLI", candidate)
            return None
        ping = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}'
        told = _ask(
            [str(executable), "--headless", "--no-auto-update", "--no-auto-login", "--stdio"],
            home=home,
            cache=package_cache(),
            told=b"Content-Length: %d\r\n\r\n%s" % (len(ping), ping),
        )
    speaks = re.search(rb'"protocolVersion"\s*:\s*(\d+)', told)
    if speaks is None or int(speaks[1]) != PROTOCOL:
        _log.info("passed over %s: it does not speak protocol %d", candidate, PROTOCOL)
        return None
    return Found(path=executable, source=Source.PATH, version=version[1].decode())


def _ask(command: list[str], *, home: str, cache: Path, told: bytes = b"") -> bytes:
    """Run a program in an empty home; returns what it printed, nothing if it failed."""
    environment = {
        "HOME": home,
        "COPILOT_HOME": home,
        "COPILOT_OFFLINE": "true",
        "COPILOT_DISABLE_KEYTAR": "1",
        "COPILOT_PKG_CACHE_HOME": str(cache),
        # Offline it wants to know of a model; nobody is listening there.
        "COPILOT_PROVIDER_BASE_URL": "http://127.0.0.1:9/v1",
        "COPILOT_MODEL": "none",
        "PATH": os.environ.get("PATH", os.defpath),
    }
    try:
        done = subprocess.run(  # noqa: S603 (running what is on PATH is the point)
            command,
            input=told,
            capture_output=True,
            env=environment,
            cwd=home,
            timeout=_ASK_TIMEOUT_S,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        _log.info("%s did not answer: %s", command[0], exc)
        return b""
    return done.stdout


def _downloaded() -> Found | None:
    # Importing the SDK takes most of a second, so only once it comes to it.
    from copilot._cli_download import get_cached_cli_path
    from copilot._cli_version import CLI_VERSION

    path = get_cached_cli_path()
    if path is None:
        return None
    return Found(path=Path(path), source=Source.SDK, version=CLI_VERSION or "")


def _unwrapped(executable: Path) -> Path:
    """The program itself where npm put a script of Node in front of it.

    The script starts the program as its child, which would outlive the script's death.
    """
    script = executable.resolve()
    if script.name != "npm-loader.js":
        return executable
    package = f"copilot-{_platform()}"
    for folder in (script.parent.parent, script.parent / "node_modules" / "@github"):
        if _is_executable(program := folder / package / "copilot"):
            return program
    return executable


def _version_beside(executable: Path) -> str:
    try:
        manifest = json.loads((executable.parent / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return ""
    return str(manifest.get("version", "")) if isinstance(manifest, Mapping) else ""


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


# --- installing -----------------------------------------------------------------------------


def _home() -> Path:
    """Ours, inside the environment that we run in."""
    return Path(sys.prefix) / "share" / "threadpilot" / "runtime"


def _package() -> Path:
    with as_file(files("adapters.copilot") / "npm") as folder:
        return folder


def _platform() -> str:
    """This machine as npm's packages of the runtime call it, such as `linux-x64`.

    Raises:
        RuntimeMissing: there is none for it.
    """
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform)
    if machine is None or system is None:
        raise RuntimeMissing(
            f"There is no Copilot runtime for {sys.platform} on {platform.machine()}:"
            " use Linux or macOS on x86-64 or ARM64."
        )
    if system == "linux" and platform.libc_ver()[0] != "glibc" and _has_musl():
        system = "linuxmusl"
    return f"{system}-{machine}"


def _has_musl() -> bool:
    return any(Path("/lib").glob("ld-musl-*"))


def _fetch(npm: str, staging: Path, version: str, report: Callable[[str], None]) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_package() / name, staging / name)
    report(f"Fetching the Copilot runtime {version} from npm, about {_SIZE_MB} MB …")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    began = time.monotonic()
    told = staging / "npm.log"
    with (
        told.open("wb") as log,
        subprocess.Popen(  # noqa: S603 (npm, with arguments of ours)
            command, cwd=staging, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        ) as process,
    ):
        try:
            while True:
                try:
                    status = process.wait(_REPORT_EVERY_S)
                    break
                except subprocess.TimeoutExpired:
                    spent = time.monotonic() - began
                    if spent > _INSTALL_TIMEOUT_S:
                        raise RuntimeMissing(
                            "npm did not fetch the Copilot runtime within"
                            f" {_INSTALL_TIMEOUT_S // 60} minutes: look at the network,"
                            " then try again."
                        ) from None
                    report(f"… {_megabytes(staging)} of {_SIZE_MB} MB after {spent:.0f} s")
        finally:
            process.kill()
    if status != 0:
        raise _refusal(told.read_text("utf-8", errors="replace"))


def _refusal(told: str) -> RuntimeMissing:
    """What npm's failure means. Its own words are left out: they name the registry."""
    code = match[1] if (match := re.search(r"npm (?:error|ERR!) code (\w+)", told)) else "no code"
    network = {"ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH"}
    if code in network or "TIMEOUT" in code:
        mend = "npm cannot reach its registry; look at the network and npm's configuration"
    elif code in {"E401", "E403", "E407"}:
        mend = "npm's registry refused; look at npm's sign-in and proxy"
    elif code in {"E404", "ETARGET"}:
        mend = "npm's registry does not have this version; look at which registry npm uses"
    elif code == "ENOSPC":
        mend = "no space is left on the disk"
    elif code in {"EACCES", "EPERM"}:
        mend = "npm may not write its cache; look at the permissions of its cache directory"
    elif code == "EINTEGRITY":
        mend = "what came is not what was pinned; clean npm's cache and look at its registry"
    else:
        mend = "npm failed; run it again, or name a runtime in COPILOT_CLI_PATH"
    return RuntimeMissing(f"The Copilot runtime was not installed: {mend} ({code}).")


def _unpack(fetched: Path) -> None:
    """Have it unpack itself beside itself, so that its first start is as fast as the others.

    Raises:
        RuntimeMissing: it does not run here.
    """
    (fetched / _CACHE).mkdir()
    with tempfile.TemporaryDirectory(prefix="threadpilot-ask-") as home:
        told = _ask([str(fetched / "copilot"), "--version"], home=home, cache=fetched / _CACHE)
    if b"GitHub Copilot CLI" not in told:
        raise RuntimeMissing(
            "The Copilot runtime was fetched but does not run on this machine:"
            " name one that does in COPILOT_CLI_PATH."
        )


def _megabytes(folder: Path) -> int:
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(Path(directory) / name).st_size
            except FileNotFoundError:
                continue  # npm moves things about
    return total // 1_000_000


def _put(fetched: Path, target: Path) -> None:
    """Move it into place in one step; whoever was faster has put the same there."""
    try:
        fetched.rename(target)
    except OSError:
        if _is_executable(target / "copilot"):
            return
        shutil.rmtree(target)
        fetched.rename(target)


def _remove_others(home: Path, version: str) -> None:
    for entry in home.iterdir():
        if entry.name != version and not entry.name.startswith(".fetching-"):
            shutil.rmtree(entry, ignore_errors=True)
