"""Finding and installing the runtime."""

from __future__ import annotations

import json
import logging
import os
import platform
import sys
from pathlib import Path

import pytest
from copilot._sdk_protocol_version import get_sdk_protocol_version

from adapters.copilot import discovery
from adapters.copilot.discovery import PROTOCOL, Source, find, install, installed, pinned_version
from bot.errors import RuntimeMissing

ANSWER = '{"jsonrpc":"2.0","id":1,"result":{"message":"pong","protocolVersion":%d}}'


@pytest.fixture(autouse=True)
def _nothing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment and the SDK's download cache are empty."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setenv("COPILOT_CLI_EXTRACT_DIR", str(tmp_path / "downloads"))


def program(path: Path, script: str) -> Path:
    """A shell script that can be run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def copilot(path: Path, *, version: str = "1.0.102", protocol: int = PROTOCOL) -> Path:
    """A program that talks like the Copilot CLI."""
    return program(
        path,
        f'case "$1" in --version) echo "GitHub Copilot CLI {version}.";;\n'
        f"*) cat >/dev/null; printf 'Content-Length: 1\\r\\n\\r\\n{ANSWER % protocol}';; esac",
    )


def fake_npm(path: Path, *, fetches: bool = True) -> str:
    """An npm that puts a runtime where npm would."""
    package = f"node_modules/@github/copilot-{discovery._platform()}"
    script = f"mkdir -p {package}\n"
    if fetches:
        script += (
            f"printf '#!/bin/sh\\necho GitHub Copilot CLI {pinned_version()}.\\n'"
            f" >{package}/copilot\n"
            f"chmod +x {package}/copilot\n"
        )
    return str(program(path, f'echo "$@" >>"{path}.calls"\n{script}'))


# --- finding --------------------------------------------------------------------------------


def test_the_protocol_is_the_sdk_s() -> None:
    """What candidates are asked for is what the SDK speaks."""
    assert get_sdk_protocol_version() == PROTOCOL


def test_the_named_one(tmp_path: Path) -> None:
    """The operator's choice is taken as it is, with the version from its package."""
    path = program(tmp_path / "copilot", "")
    (tmp_path / "package.json").write_text('{"version": "1.2.3"}')
    found = find(path, search_path="")
    assert (found.path, found.source, found.version) == (path, Source.SETTING, "1.2.3")


@pytest.mark.parametrize("name", ["missing", "plain.txt", "."])
def test_the_named_one_cannot_be_run(tmp_path: Path, name: str) -> None:
    """A choice that cannot be run is told, and nothing else is taken instead."""
    (tmp_path / "plain.txt").write_text("")
    copilot(tmp_path / "bin" / "copilot")
    with pytest.raises(RuntimeMissing, match="COPILOT_CLI_PATH"):
        find(tmp_path / name, search_path=str(tmp_path / "bin"))


def test_one_on_path(tmp_path: Path) -> None:
    """One that speaks the protocol is found on PATH."""
    path = copilot(tmp_path / "bin" / "copilot")
    found = find(search_path=f"/nowhere:{path.parent}")
    assert (found.path, found.source, found.version) == (path, Source.PATH, "1.0.102")


def test_others_on_path_are_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Another product of that name, a broken one and one of another protocol are passed over."""
    other = program(tmp_path / "1" / "copilot", "echo copilot version: v1.34.0")
    broken = program(tmp_path / "2" / "copilot", "exit 1")
    too_old = copilot(tmp_path / "3" / "copilot", protocol=PROTOCOL - 1)
    right = copilot(tmp_path / "4" / "copilot")
    with caplog.at_level(logging.INFO):
        found = find(search_path=os.pathsep.join(str(tmp_path / str(n)) for n in range(1, 5)))
    assert found.path == right
    for wrong in (other, broken, too_old):
        assert f"passed over {wrong}" in caplog.text


def test_a_script_of_npm_s_is_unwrapped(tmp_path: Path) -> None:
    """Behind npm's script the program itself is taken, so that killing it ends all of it."""
    modules = tmp_path / "node_modules" / "@github"
    loader = program(modules / "copilot" / "npm-loader.js", "exit 1")
    itself = copilot(modules / f"copilot-{discovery._platform()}" / "copilot")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "copilot").symlink_to(loader)
    assert find(search_path=str(tmp_path / "bin")).path == itself
    assert find(tmp_path / "bin" / "copilot").path == itself


def test_nothing_is_found() -> None:
    """Without any, the sentence says how to get one."""
    with pytest.raises(RuntimeMissing, match="threadpilot runtime install"):
        find(search_path="/nowhere")


# --- installing -----------------------------------------------------------------------------


def test_install(tmp_path: Path) -> None:
    """It is fetched once, with progress, and found from then on from any directory."""
    npm = fake_npm(tmp_path / "npm")
    told: list[str] = []
    found = install(told.append, npm=npm)
    assert found.source is Source.INSTALLED
    assert found.version == pinned_version()
    assert found.path.is_relative_to(tmp_path / "prefix" / "share" / "threadpilot" / "runtime")
    assert "npm" in told[0]
    assert "ready" in told[-1]
    assert find(search_path="/nowhere") == found == installed()
    assert discovery.package_cache(found) == found.path.parent / "unpacked"

    assert install(told.append, npm=npm) == found
    calls = Path(f"{npm}.calls").read_text().splitlines()
    assert len(calls) == 1
    assert calls[0].startswith("ci ")
    assert "--ignore-scripts" in calls[0]


def test_an_older_one_is_replaced(tmp_path: Path) -> None:
    """Once the new one is there, the old one and what was left half fetched are removed."""
    home = tmp_path / "prefix" / "share" / "threadpilot" / "runtime"
    copilot(home / "0.9.0" / "copilot")
    (home / pinned_version()).mkdir()
    install(lambda _: None, npm=fake_npm(tmp_path / "npm"))
    assert [entry.name for entry in home.iterdir()] == [pinned_version()]


def test_without_npm() -> None:
    """A missing npm is told with what to do."""
    with pytest.raises(RuntimeMissing, match=r"npm is not installed: install Node\.js"):
        install(lambda _: None, npm="no-such-npm")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ENOTFOUND", "cannot reach"),
        ("ETIMEDOUT", "cannot reach"),
        ("ERR_SOCKET_TIMEOUT", "cannot reach"),
        ("E403", "refused"),
        ("E404", "does not have"),
        ("ENOSPC", "space"),
        ("EACCES", "permissions"),
        ("EINTEGRITY", "not what was pinned"),
        ("EWHATEVER", "npm failed"),
    ],
)
def test_npm_fails(tmp_path: Path, code: str, words: str) -> None:
    """What npm fails with is told in our words, without the registry's address."""
    npm = program(
        tmp_path / "npm",
        f"echo 'npm error code {code}\nnpm error https://registry.invalid/' >&2; exit 1",
    )
    with pytest.raises(RuntimeMissing, match=words) as raised:
        install(lambda _: None, npm=str(npm))
    assert code in str(raised.value)
    assert "registry.invalid" not in str(raised.value)
    assert installed() is None
    home = tmp_path / "prefix" / "share" / "threadpilot" / "runtime"
    assert list(home.iterdir()) == []


def test_nothing_for_this_machine(tmp_path: Path) -> None:
    """An npm that fetches nothing for this machine is told."""
    npm = fake_npm(tmp_path / "npm", fetches=False)
    with pytest.raises(RuntimeMissing, match="no Copilot runtime for this machine"):
        install(lambda _: None, npm=npm)


def test_no_place_to_install(tmp_path: Path) -> None:
    """A place that cannot be written is named."""
    (tmp_path / "prefix").write_text("a file")
    with pytest.raises(RuntimeMissing, match="cannot be installed in"):
        install(lambda _: None, npm=fake_npm(tmp_path / "npm"))


@pytest.mark.parametrize(
    ("system", "machine", "libc", "expected"),
    [
        ("linux", "x86_64", "glibc", "linux-x64"),
        ("linux", "aarch64", "glibc", "linux-arm64"),
        ("linux", "x86_64", "", "linuxmusl-x64"),
        ("linux", "aarch64", "musl", "linuxmusl-arm64"),
        ("darwin", "arm64", "", "darwin-arm64"),
        ("darwin", "x86_64", "", "darwin-x64"),
    ],
)
def test_platforms(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, libc: str, expected: str
) -> None:
    """Each machine gets its own package, which is one that the lock names."""
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, ""))
    monkeypatch.setattr(discovery, "_has_musl", lambda: True)
    assert discovery._platform() == expected
    lock = json.loads((discovery._package() / "package-lock.json").read_text())
    package = lock["packages"][f"node_modules/@github/copilot-{expected}"]
    assert package["version"] == pinned_version()


def test_no_such_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a runtime is told so."""
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(RuntimeMissing, match="riscv64"):
        discovery._platform()


def test_the_lock_names_no_registry() -> None:
    """What is committed says what to fetch, not where from."""
    assert "resolved" not in (discovery._package() / "package-lock.json").read_text()
