"""Commands in a directory: asked for, allowed, denied, ruled, expired, and good over restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.side import Said, Side, Thread
from tests.e2e.stage import Stage, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]

_RULES = """
[[rule]]
command = "git status*"
decide = "allow"

[[rule]]
command = "rm *"
decide = "deny"
reason = "Nothing is removed here."
"""
_ALLOW = "Allow once"


@pytest_asyncio.fixture(loop_scope="package", scope="module", name="agents")
async def _agents(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    directory = tmp_path_factory.mktemp("agents")
    clone = directory / "clone"
    for command in (
        ("init", "-q", "-b", "main", str(clone)),
        ("-C", str(clone), "commit", "-q", "--allow-empty", "-m", "First"),
    ):
        author = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
        subprocess.run(["git", *author, *command], check=True)  # noqa: ASYNC221
    rules = directory / "policy.toml"
    rules.write_text(f'{_RULES}\n[[repository]]\npath = "{clone}"\n')
    settings = {
        "THREADPILOT_PROFILE": "agent",
        "THREADPILOT_WORK_DIR": str(directory / "work"),
        "THREADPILOT_POLICY": str(rules),
        "THREADPILOT_SANDBOX": "off",
        "THREADPILOT_DRAIN_S": "5",
    }
    async with stage(directory, settings=settings) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="package", name="play")
async def _play(agents: Stage) -> Stage:
    """The stage of this module; its bot runs."""
    if not agents.bot.is_running:
        await agents.start()
    return agents


async def _asked(side: Side, prompt: str) -> tuple[Thread, Said]:
    """A thread in which Copilot asks for a permission."""
    thread = await side.mention(prompt)
    return thread, await side.offered(thread, "wants to run a command", _ALLOW)


def _requests(side: Side, thread: Thread) -> list[Said]:
    return [each for each in side.messages(thread) if "wants to" in each.shown]


async def test_a_command_is_allowed_and_run(side: Side) -> None:
    """The thread asks with the command; pressed, it runs, and what it changed comes as a patch."""
    command = f"echo made on {side.name} | tee made.txt; env"
    thread, request = await _asked(side, f"run: {command}")
    assert command in request.shown
    assert "As I was told" in request.shown
    await side.press(request, _ALLOW)
    await side.answered(thread, f"bash answered: made on {side.name}")
    [answer] = [each for each in side.messages(thread) if "bash answered" in each.text]
    for secret in ("xoxb-", "xapp-", "API_KEY", "DISCORD", "DATABASE_URL", "THREADPILOT"):
        assert secret not in answer.shown
    assert "1 file changed, 1 insertion(+) on threadpilot/" in answer.shown.replace("`", "")


async def test_a_command_is_denied_with_a_reason(side: Side) -> None:
    """What the rules deny nobody is asked for; the model hears their reason."""
    thread = await side.mention("run: rm -rf made.txt")
    assert "Nothing is removed here." in await side.answer(thread)
    assert _requests(side, thread) == []


async def test_a_command_is_denied_with_a_persons_reason(side: Side) -> None:
    """Who denies may say why in a form: the model hears it, and nothing is run."""
    thread, request = await _asked(side, "run: echo ran > ran.txt")
    await side.press(request, "Deny and say why")
    await side.send_form("Use printf instead.")
    await side.answered(thread, "bash answered")
    [answer] = [each for each in side.messages(thread) if "bash answered" in each.text]
    assert "Use printf instead." in answer.text
    assert "1 file changed" not in answer.shown


async def test_a_command_is_allowed_by_rule(side: Side) -> None:
    """What the rules allow runs without a question; with something beside it, it is asked for."""
    thread = await side.mention("run: git status")
    assert "On branch threadpilot/" in await side.answer(thread)
    assert _requests(side, thread) == []
    thread, request = await _asked(side, "run: git status > made.txt")
    await side.press(request, "Deny")
    await side.answered(thread, "bash answered")


async def test_a_change_is_shown_as_a_diff(side: Side) -> None:
    """A file's change is shown as it would be, and made once it is allowed."""
    thread = await side.mention('tool: create {"path": "a.txt", "file_text": "hello"}')
    request = await side.offered(thread, "wants to change files", _ALLOW)
    assert "+hello" in request.shown
    await side.press(request, _ALLOW)
    await side.answered(thread, "create answered: Created file")


async def test_a_press_after_the_bot_was_killed(play: Stage) -> None:
    """Killed between showing and pressing, the bot asks nothing twice, and runs it once."""
    asked = [(side, *await _asked(side, "run: echo once >> a; wc -l a")) for side in play.sides]
    for _, thread, _ in asked:
        await play.bot.logged("request.shown", thread.id)
    await play.bot.end(signal.SIGKILL)
    await play.start()
    for side, thread, request in asked:
        await side.press(request, _ALLOW)
        await side.answered(thread, "bash answered: 1 a")
        assert len(_requests(side, thread)) == 1


async def test_a_press_after_the_runtime_was_killed(play: Stage) -> None:
    """The runtime dies while a permission is open: asked once, decided once, run once."""
    asked = [(side, *await _asked(side, "run: echo again >> b; wc -l b")) for side in play.sides]
    lost = play.bot.times("turn.lost")
    os.kill(await play.bot.runtime_pid(), signal.SIGKILL)
    await play.bot.logged("turn.lost", times=lost + len(asked))
    for side, thread, request in asked:
        await side.press(request, _ALLOW)
        await side.answered(thread, "bash answered: 1 b")
        assert len(_requests(side, thread)) == 1


async def test_a_command_that_ran_is_not_run_again(play: Stage, tmp_path: Path) -> None:
    """Killed while a command runs, the bot does not run it again, and says so."""
    threads = []
    for side in play.sides:
        ran = tmp_path / side.name
        pipe = tmp_path / f"{side.name}.pipe"
        os.mkfifo(pipe)
        command = f"echo ran >> {ran}; echo > {pipe}; sleep 60"
        thread, request = await _asked(side, f"run: {command}")
        await side.press(request, _ALLOW)
        await asyncio.to_thread(pipe.read_text)  # it runs
        threads.append((side, thread, ran))
    await play.bot.end(signal.SIGKILL)
    await play.start()
    for side, thread, ran in threads:
        await side.offered(thread, "had begun, so I do not repeat it")
        assert ran.read_text() == "ran\n"
