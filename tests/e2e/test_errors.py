"""Errors that a person sees: one clear sentence, the message kept, Retry offered."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from adapters.copilot.discovery import find
from playground.slack.options import PlaygroundOptions
from tests.e2e.stage import Side, Stage, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


async def test_a_refused_key_is_told_and_retry_works_once_it_is_mended(tmp_path: Path) -> None:
    """Not signed in: the sentence names what to check; after the mend, Retry answers."""
    async with stage(tmp_path, settings={"COPILOT_PROVIDER_API_KEY": "wrong-key"}) as play:
        threads = [(side, await side.mention("echo: signed in")) for side in play.sides]
        offers = []
        for side, thread in threads:
            offer = await side.offered(thread, "not signed in")
            assert "COPILOT_PROVIDER_API_KEY" in offer.shown
            assert "wrong-key" not in offer.shown
            offers.append((side, thread, offer))
        assert "wrong-key" not in play.bot.said
        assert play.bot.times("turn.failed") == len(threads)
        await play.bot.end()
        play.bot.environment["COPILOT_PROVIDER_API_KEY"] = play.model.api_key
        await play.start()
        for side, _, offer in offers:
            await side.press(offer, "Retry")
        for side, thread, _ in offers:
            await side.answered(thread, "signed in")


async def test_an_unknown_model_is_told(tmp_path: Path) -> None:
    """Model unknown: the sentence names the setting."""
    async with stage(tmp_path, settings={"COPILOT_MODEL": "no-such-model"}) as play:
        threads = [(side, await side.mention("echo: hello")) for side in play.sides]
        for side, thread in threads:
            offer = await side.offered(thread, "is not known")
            assert "COPILOT_MODEL" in offer.shown


async def test_an_unreachable_provider_shows_life_at_once_and_the_reason_at_the_end(
    tmp_path: Path,
) -> None:
    """The runtime tries for half a minute: people see that it works, then why it failed."""
    nowhere = {"COPILOT_PROVIDER_BASE_URL": "http://127.0.0.1:9/v1"}
    async with stage(tmp_path, settings=nowhere) as play:
        side = play.on_slack
        thread = await side.mention("echo: hello")
        await side.until(lambda: side.is_working(thread))
        assert not side.answers(thread)
        offer = await side.offered(thread, "cannot reach the language model", timeout_s=90)
        assert "kept" in offer.shown


async def test_a_provider_that_fails_once_is_retried(side: Side) -> None:
    """An error of the provider is told, and Retry asks again."""
    thread = await side.mention(f"for {side.name} fail: 400 x1")
    await side.press(await side.offered(thread, "answered with an error"), "Retry")
    await side.answered(thread, "It works after 1 failures.")


async def test_a_runtime_that_is_gone_is_told_and_found_again(tmp_path: Path) -> None:
    """Without a runtime the threads are told, and go on once there is one again."""
    link = tmp_path / "copilot"
    link.symlink_to(find(None).path)
    async with stage(tmp_path, settings={"COPILOT_CLI_PATH": str(link)}) as play:
        threads = [(side, await side.mention("echo: first")) for side in play.sides]
        for side, thread in threads:
            await side.answer(thread)
        pid = await play.bot.runtime_pid()
        link.unlink()
        os.kill(pid, signal.SIGKILL)
        for side, thread in threads:
            await side.follow_up(thread, "echo: second")
        offers = []
        for side, thread in threads:
            offer = await side.offered(thread, "The Copilot runtime")
            assert "kept" in offer.shown
            offers.append((side, thread, offer))
        link.symlink_to(find(None).path)
        for side, thread, offer in offers:
            await side.press(offer, "Retry")
            await side.answered(thread, "second", timeout_s=60)


async def test_a_database_that_cannot_be_written_is_told_and_nothing_is_lost(
    play: Stage,
) -> None:
    """While the database is held by another program, people are told; then it goes on."""
    database = play.bot.directory / "threadpilot.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        held = [(side, await side.mention("echo: held up")) for side in play.sides]
        for side, thread in held:
            await side.offered(thread, "database")
        other.execute("ROLLBACK")
    for side, thread in held:
        await side.answered(thread, "held up", timeout_s=60)
        assert side.answers(thread).count("held up") == 1


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
    impatient = PlaygroundOptions(limits=False, retry_delays_s=(0.0, 0.5, 1.0))
    async with _small_disk(directory) as disk:
        database = {"DATABASE_URL": f"sqlite:///{disk}/threadpilot.db"}
        async with stage(tmp_path, options=impatient, settings=database) as play:
            threads = [(side, await side.mention("remember the word ibis")) for side in play.sides]
            for side, thread in threads:
                await side.answer(thread)
            ballast = disk / "ballast"
            _fill(ballast)
            full = [(side, await side.mention("echo: " + "much " * 350)) for side in play.sides]
            for side, thread in full:
                offer = await side.offered(thread, "no space left")
                assert "make room" in offer.shown
            ballast.unlink()
            for side, thread in full:
                await side.answered(thread, "much much", timeout_s=90)
            for side, thread in threads:
                await side.follow_up(thread, "what was the word?")
                await side.answered(thread, "The word was ibis.", timeout_s=60)
