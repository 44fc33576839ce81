import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot import __version__
from bot.audit import AuditEntry
from bot.keys import SessionKey
from storage.audit import note
from storage.opening import open_database
from storage.store import open_store
from tests.contracts.store import SetClock, said

ROOT = Path(__file__).parents[2]
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1-2-abc", "SLACK_APP_TOKEN": "xapp-1-A-2-abc"}
PROGRAM = "from bot.cli import main; main(prog_name='threadpilot')"
# Stands for the wiring, which the commands import late.
STUB = """
import sys, types
import bot
stub = types.ModuleType("bot.wiring")
sys.modules["bot.wiring"] = bot.wiring = stub
"""


def _environ(place: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def _threadpilot(
    place: Path, *arguments: str, before: str = "", **environ: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", before + PROGRAM, *arguments],
        cwd=place,
        env=_environ(place, **environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def _running(place: Path, before: str) -> Iterator[subprocess.Popen[str]]:
    """`threadpilot run` with `before` in place of the wiring, once it printed "ready"."""
    with subprocess.Popen(
        [sys.executable, "-c", STUB + before + PROGRAM, "run"],
        cwd=place,
        env=_environ(place, **TOKENS),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


# --- what it prints -------------------------------------------------------------------------


def test_help_lists_the_commands(tmp_path: Path) -> None:
    """`--help` names every command."""
    done = _threadpilot(tmp_path, "--help")
    assert done.returncode == 0
    for command in ("run", "demo", "runtime", "database", "manifest"):
        assert f"\n  {command} " in done.stdout


def test_help_imports_nothing_slow(tmp_path: Path) -> None:
    """The command line loads no library of the bot's work before a command asks for it."""
    slow = ["copilot", "slack_bolt", "slack_sdk", "sqlalchemy", "alembic", "pydantic"]
    slow += ["pydantic_settings", "aiohttp", "structlog", "bot.settings", "bot.wiring"]
    code = f"import sys, bot.cli; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=_environ(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"


def test_version(tmp_path: Path) -> None:
    """`--version` prints the version of the package."""
    done = _threadpilot(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"threadpilot, version {__version__}\n")
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments", [("fly",), ("run", "--fast"), ("demo", "--port", "x"), ("manifest", "icq")]
)
def test_a_command_that_is_not_understood_is_told_with_2(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """A wrong command or option exits with 2 and says what is wrong."""
    done = _threadpilot(tmp_path, *arguments)
    assert done.returncode == 2
    assert "Error: " in done.stderr


def test_the_manifest_is_json(tmp_path: Path) -> None:
    """`manifest slack` prints what Slack takes to make the app, and needs no settings."""
    done = _threadpilot(tmp_path, "manifest", "slack", THREADPILOT_HTTP_PORT="wrong")
    assert (done.returncode, done.stderr) == (0, "")
    assert "oauth_config" in json.loads(done.stdout)


def test_the_docs_tell_each_permission_and_its_reason() -> None:
    """docs/slack.md has the scopes and events of the manifest, each with why it is needed."""
    from adapters.slack.manifest import APP_TOKEN_SCOPES, EVENTS, SCOPES

    text = (ROOT / "docs" / "slack.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_.:]+)` \| (.+) \|$", text, re.MULTILINE)
    scopes = [row for row in rows if ":" in row[0] or row[0] == "commands"]
    assert scopes == [*SCOPES.items(), *APP_TOKEN_SCOPES.items()]
    assert [name for name, _ in rows if (name, _) not in scopes] == list(EVENTS)


# --- the runtime ----------------------------------------------------------------------------


def test_the_runtime_is_shown(tmp_path: Path) -> None:
    """`runtime` prints where it is, how it was found and its version."""
    program = tmp_path / "copilot"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "package.json").write_text('{"version": "1.2.3"}')
    (tmp_path / ".env").write_text("COPILOT_CLI_PATH=./copilot\n")
    done = _threadpilot(tmp_path, "runtime")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"path     {program}",
        "found    COPILOT_CLI_PATH",
        "version  1.2.3",
    ]


def test_without_a_runtime_it_says_how_to_get_one(tmp_path: Path) -> None:
    """`runtime` exits with 78 and the mend when there is none."""
    before = (
        "import adapters.copilot.discovery as d\nfrom bot.errors import RuntimeMissing\n"
        "def find(*_):\n    raise RuntimeMissing('No runtime: install one.')\nd.find = find\n"
    )
    done = _threadpilot(tmp_path, "runtime", before=before)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr == "error: No runtime: install one.\n"


def test_installing_tells_of_its_progress(tmp_path: Path) -> None:
    """`runtime install` prints a line for each step, and needs no settings."""
    before = (
        "import adapters.copilot.discovery as d\n"
        "def install(report):\n    report('one')\n    report('two')\nd.install = install\n"
    )
    done = _threadpilot(
        tmp_path, "runtime", "install", before=before, THREADPILOT_HTTP_PORT="wrong"
    )
    assert (done.returncode, done.stdout) == (0, "one\ntwo\n")


# --- database -------------------------------------------------------------------------------


def test_a_database_is_copied(tmp_path: Path) -> None:
    """`database copy` fills the database of the settings, and tells what it carried."""
    source = f"sqlite:///{tmp_path}/old.db"

    async def fill() -> None:
        async with open_store(source, clock=SetClock()) as store:
            await store.append(said("1"))

    asyncio.run(fill())
    target = f"sqlite:///{tmp_path}/new.db"
    done = _threadpilot(tmp_path, "database", "copy", source, DATABASE_URL=target)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^threads +1$", done.stdout, re.MULTILINE)
    assert (tmp_path / "new.db").exists()


def test_a_database_that_is_not_there_is_not_copied(tmp_path: Path) -> None:
    """What is wrong is told in a sentence."""
    done = _threadpilot(tmp_path, "database", "copy", f"sqlite:///{tmp_path}/none.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: There is no database ")


# --- run ------------------------------------------------------------------------------------


def test_a_wrong_configuration_is_told_with_78(tmp_path: Path) -> None:
    """`run` prints every problem of the settings, one a line, and does not start."""
    (tmp_path / ".env").write_text("SLACK_APP_TOKEN=xoxb-1\nTHREADPILOT_FOOTER=2\n")
    done = _threadpilot(tmp_path, "run")
    assert (done.returncode, done.stdout) == (78, "")
    told = done.stderr.splitlines()
    assert all(line.startswith("error: ") and line.endswith(".") for line in told)
    assert [line.split()[1] for line in told] == [
        "SLACK_APP_TOKEN",
        "THREADPILOT_FOOTER",
        "SLACK_BOT_TOKEN",
    ]


def test_run_hands_over_the_settings_and_sets_up_the_log(tmp_path: Path) -> None:
    """`run` ends with 0 when the bot ends by itself; its log hides the tokens."""
    before = STUB + (
        "import logging\n"
        "async def run(settings):\n"
        "    token = settings.slack_bot_token.get_secret_value()\n"
        "    print(settings.http_port, token)\n"
        "    logging.getLogger('bot').info('with %s', token)\n"
        "stub.run = run\n"
    )
    done = _threadpilot(tmp_path, "run", before=before, THREADPILOT_HTTP_PORT="1", **TOKENS)
    assert (done.returncode, done.stdout) == (0, "1 xoxb-1-2-abc\n")
    assert json.loads(done.stderr)["event"] == "with [secret]"


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        ("e.StoreFull('No space: make some.')", 1, "error: No space: make some.\n"),
        ("e.SettingsError(['A is wrong.', 'B too.'])", 78, "error: A is wrong.\nerror: B too.\n"),
        (
            "ExceptionGroup('', [ExceptionGroup('', [e.PlaceGone('No.')]), e.StoreError('Gone.')])",
            1,
            "error: No.\nerror: Gone.\n",
        ),
    ],
)
def test_errors_of_ours_are_told_in_a_sentence(
    tmp_path: Path, raised: str, code: int, told: str
) -> None:
    """What the bot itself raises is printed without a traceback, each error on its line."""
    before = STUB + (
        f"import bot.errors as e\nasync def run(settings):\n    raise {raised}\nstub.run = run\n"
    )
    done = _threadpilot(tmp_path, "run", before=before, **TOKENS)
    assert (done.returncode, done.stderr) == (code, told)


@pytest.mark.parametrize(
    "raised", ["KeyError('a')", "ExceptionGroup('', [KeyError('a'), e.StoreError('Gone.')])"]
)
def test_other_errors_are_logged_with_their_traceback(tmp_path: Path, raised: str) -> None:
    """A bug ends with 1 and is in the log whole, as an event like any other."""
    before = STUB + (
        f"import bot.errors as e\nasync def run(settings):\n    raise {raised}\nstub.run = run\n"
    )
    done = _threadpilot(tmp_path, "run", before=before, **TOKENS)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "KeyError: 'a'" in json.loads(line)["exception"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C cancel the bot, which ends its work; the exit code is 0."""
    before = (
        "import asyncio\n"
        "async def run(settings):\n"
        "    print('ready')\n"
        "    try:\n        await asyncio.Event().wait()\n"
        "    finally:\n        await asyncio.sleep(0)\n        print('drained')\n"
        "stub.run = run\n"
    )
    with _running(tmp_path, before) as process:
        process.send_signal(number)
        told, errors = process.communicate(timeout=30)
    assert (process.returncode, told, errors) == (0, "drained\n", "")


def test_a_second_signal_stops_the_draining(tmp_path: Path) -> None:
    """Whoever does not want to wait for running answers asks twice."""
    before = (
        "import asyncio\n"
        "async def run(settings):\n"
        "    print('ready')\n"
        "    try:\n        await asyncio.Event().wait()\n"
        "    finally:\n        print('draining')\n        await asyncio.Event().wait()\n"
        "stub.run = run\n"
    )
    with _running(tmp_path, before) as process:
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline() == "draining\n"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_it_runs_stops_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """Also while libraries are still being imported the exit code is 0."""
    before = (
        "import time\n"
        "class Slow:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'bot.wiring':\n            print('ready')\n            time.sleep(60)\n"
        "del sys.modules['bot.wiring'], bot.wiring\n"
        "sys.meta_path.insert(0, Slow())\n"
    )
    with _running(tmp_path, before) as process:
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


# --- the log --------------------------------------------------------------------------------


async def test_the_log_of_decisions(tmp_path: Path) -> None:
    """`audit` shows what was decided while the bot runs, oldest first, for people or programs."""
    key = SessionKey(platform="slack", workspace="T", channel="C", thread="1")

    def fill(db: Connection) -> None:
        for day, by in enumerate(("U1", "U2", ""), 1):
            at = datetime(2026, 1, day, tzinfo=UTC)
            told = {"action": "allowed", "about": "r", "detail": "x"}
            note(db, AuditEntry(at=at, key=key, person=by, **told))

    url = f"sqlite:///{tmp_path}/bot.db"

    async def audit(*options: str) -> subprocess.CompletedProcess[str]:
        def run() -> subprocess.CompletedProcess[str]:
            return _threadpilot(tmp_path, "audit", *options, DATABASE_URL=url)

        return await asyncio.to_thread(run)

    missing = await audit()
    assert "There is no database" in missing.stderr
    async with open_database(url) as database:
        await database.write(fill)
        done = await audit()
        assert [line.split("  ")[2] for line in done.stdout.splitlines()] == ["U1", "U2", "-"]
        done = await audit("--json", "--since", "2026-01-02", "--limit", "2")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert [each["person"] for each in found] == ["U2", ""]
        assert found[0]["thread"] == "slack:T:C:1"
