"""Errors that a person sees: one clear sentence, the message kept, Retry offered."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from adapters.copilot.discovery import find
from playground.slack.message import Message
from tests.e2e.stage import Stage, stage

pytestmark = pytest.mark.runtime


def _with_retry(play: Stage, thread: str) -> tuple[Message, str] | None:
    """The newest message of the bot in a thread that offers Retry, and the button's id."""
    for message in reversed(play.slack.replies("general", thread)):
        for block in message.blocks or []:
            for element in block.get("elements", []):
                if element.get("text", {}) and element["text"] != "":
                    label = element["text"]
                    if isinstance(label, dict) and label.get("text") == "Retry":
                        return message, element["action_id"]
    return None


def _shown(message: Message) -> str:
    return f"{message.text} {message.blocks}"


async def _told(play: Stage, thread: str, sentence: str) -> tuple[Message, str]:
    """Wait until a thread was told a sentence, with Retry."""

    def found() -> tuple[Message, str] | None:
        offer = _with_retry(play, thread)
        return offer if offer and sentence in _shown(offer[0]) else None

    offer = await play.slack.until(found, timeout_s=60)
    assert offer is not None
    return offer


async def test_a_refused_key_is_told_and_retry_works_once_it_is_mended(tmp_path: Path) -> None:
    """Not signed in: the sentence names what to check; after the mend, Retry answers."""
    async with stage(tmp_path, settings={"COPILOT_PROVIDER_API_KEY": "wrong-key"}) as play:
        thread = await play.mention("echo: signed in")
        message, button = await _told(play, thread, "not signed in")
        assert "COPILOT_PROVIDER_API_KEY" in _shown(message)
        assert "wrong-key" not in play.bot.said + _shown(message)
        assert "turn.failed" in play.bot.said
        await play.bot.end()
        play.bot.environment["COPILOT_PROVIDER_API_KEY"] = play.model.api_key
        await play.bot.start()
        await play.connected()
        await play.slack.person("ann").press(message, button)
        await play.slack.until(lambda: "signed in" in play.answers(thread), timeout_s=30)


async def test_an_unknown_model_is_told(tmp_path: Path) -> None:
    """Model unknown: the sentence names the setting."""
    async with stage(tmp_path, settings={"COPILOT_MODEL": "no-such-model"}) as play:
        thread = await play.mention("echo: hello")
        message, _ = await _told(play, thread, "is not known")
        assert "COPILOT_MODEL" in _shown(message)


async def test_an_unreachable_provider_shows_life_at_once_and_the_reason_at_the_end(
    tmp_path: Path,
) -> None:
    """The runtime tries for half a minute: people see that it works, then why it failed."""
    async with stage(
        tmp_path, settings={"COPILOT_PROVIDER_BASE_URL": "http://127.0.0.1:9/v1"}
    ) as play:
        thread = await play.mention("echo: hello")
        channel = play.slack.channel("general")

        def lives() -> bool:
            session = play.slack.session(channel, thread)
            return session is not None and session.status == "processing"

        await play.slack.until(lives, timeout_s=10)
        assert not play.answers(thread)
        message, _ = await _told(play, thread, "cannot reach the language model")
        assert "kept" in _shown(message)


async def test_a_provider_that_fails_once_is_retried(tmp_path: Path) -> None:
    """An error of the provider is told, and Retry asks again."""
    async with stage(tmp_path) as play:
        thread = await play.mention("fail: 400 x1")
        message, button = await _told(play, thread, "answered with an error")
        await play.slack.person("ann").press(message, button)
        await play.slack.until(
            lambda: "It works after 1 failures." in play.answers(thread), timeout_s=30
        )


async def test_a_runtime_that_is_gone_is_told_and_found_again(tmp_path: Path) -> None:
    """Without a runtime the thread is told, and goes on once there is one again."""
    link = tmp_path / "copilot"
    link.symlink_to(find(None).path)
    async with stage(tmp_path, settings={"COPILOT_CLI_PATH": str(link)}) as play:
        thread = await play.mention("echo: first")
        await play.answer(thread)
        pid = await play.bot.runtime_pid()
        link.unlink()
        os.kill(pid, signal.SIGKILL)
        await play.follow_up(thread, "echo: second")
        message, button = await _told(play, thread, "The Copilot runtime")
        assert "kept" in _shown(message)
        link.symlink_to(find(None).path)
        await play.slack.person("ann").press(message, button)
        await play.slack.until(lambda: "second" in play.answers(thread), timeout_s=60)


async def test_a_database_that_cannot_be_written_is_told_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    """While the database is held by another program, people are told; then it goes on."""
    async with stage(tmp_path) as play:
        thread = await play.mention("echo: first")
        await play.answer(thread)
        with closing(sqlite3.connect(tmp_path / "threadpilot.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            held = await play.mention("echo: held up")
            message, _ = await _told(play, held, "database")
            assert "Retry" in _shown(message)
            other.execute("ROLLBACK")
        await play.slack.until(lambda: "held up" in play.answers(held), timeout_s=60)
        assert play.answers(held).count("held up") == 1


def _fill(file: Path) -> None:
    """Write to a file until nothing more can be written."""
    with suppress(OSError), file.open("wb", buffering=0) as ballast:
        while True:
            ballast.write(b"x" * 512)


@asynccontextmanager
async def _small_disk(directory: Path) -> AsyncIterator[Path]:
    """A file system with three megabytes, where one may make one."""
    mount = await asyncio.create_subprocess_exec(
        "mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(directory),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if await mount.wait():
        pytest.skip("a small file system needs the right to mount one")
    try:
        yield directory
    finally:
        unmount = await asyncio.create_subprocess_exec("umount", "-l", str(directory))
        await unmount.wait()


async def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    """With no space left, people are told what to do; with space again, it goes on."""
    directory = tmp_path / "disk"
    directory.mkdir()
    async with _small_disk(directory) as disk:
        database = {"DATABASE_URL": f"sqlite:///{disk}/threadpilot.db"}
        async with stage(tmp_path, settings=database) as play:
            thread = await play.mention("remember the word ibis")
            await play.answer(thread)
            ballast = disk / "ballast"
            _fill(ballast)
            full = await play.mention("echo: " + "much " * 3000)
            message, _ = await _told(play, full, "no space left")
            assert "make room" in _shown(message)
            ballast.unlink()
            await play.slack.until(
                lambda: [t for t in play.answers(full) if t.startswith("much much")], timeout_s=90
            )
            await play.follow_up(thread, "what was the word?")
            await play.slack.until(
                lambda: "The word was ibis." in play.answers(thread), timeout_s=60
            )
