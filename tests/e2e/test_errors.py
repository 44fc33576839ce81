"""Errors that a person sees: one clear sentence, the message kept, Retry offered."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from adapters.copilot.discovery import find
from playground.slack.options import PlaygroundOptions
from tests.e2e.door import Door
from tests.e2e.stage import Side, Stage, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]

# What cannot be kept is delivered again after a second, not after minutes.
_IMPATIENT = PlaygroundOptions(limits=False, retry_delays_s=(0.0, 0.5, 1.0))


@dataclass(frozen=True, kw_only=True)
class Troubled:
    """A bot whose model and runtime can be taken from it: a start takes longer than most tests.

    Args:
        play: its stage.
        door: in front of the model.
        link: the runtime, as the bot knows it.
    """

    play: Stage
    door: Door
    link: Path


@pytest_asyncio.fixture(loop_scope="package", scope="module", name="troubled")
async def _troubled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Troubled]:
    directory = tmp_path_factory.mktemp("troubled")
    link = directory / "copilot"
    link.symlink_to(find(None).path)
    async with stage(
        directory, options=_IMPATIENT, settings={"COPILOT_CLI_PATH": str(link)}, starts=False
    ) as play:
        port = urlsplit(play.model.base_url).port
        assert port is not None
        async with Door(port) as door:
            address = play.model.base_url.replace(f":{port}/", f":{door.port}/")
            play.bot.environment["COPILOT_PROVIDER_BASE_URL"] = address
            await play.start()
            yield Troubled(play=play, door=door, link=link)
            await play.bot.end()  # while it can still say goodbye


@pytest.fixture(name="play")
def _play(troubled: Troubled) -> Stage:
    return troubled.play


async def test_a_refused_key_is_told_and_retry_works_once_it_is_mended(troubled: Troubled) -> None:
    """Not signed in: the sentence names what to check; after the mend, Retry answers."""
    play = troubled.play
    wrong, play.model.api_key = play.model.api_key, "another-key"
    failed = play.bot.times("turn.failed")
    threads = [(side, await side.mention("echo: signed in")) for side in play.sides]
    offers = []
    for side, thread in threads:
        offer = await side.offered(thread, "not signed in")
        assert "COPILOT_PROVIDER_API_KEY" in offer.shown
        assert wrong not in offer.shown
        offers.append((side, thread, offer))
    assert wrong not in play.bot.said
    assert play.bot.times("turn.failed") == failed + len(threads)
    await play.bot.end()
    play.bot.environment["COPILOT_PROVIDER_API_KEY"] = play.model.api_key
    await play.start()
    for side, _, offer in offers:
        await side.press(offer, "Retry")
    for side, thread, _ in offers:
        await side.answered(thread, "signed in")


async def test_an_unknown_model_is_told(
    troubled: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Model unknown: the sentence names the setting."""
    play = troubled.play
    monkeypatch.setattr(play.model, "models", ("another-model",))
    threads = [(side, await side.mention("echo: hello")) for side in play.sides]
    for side, thread in threads:
        offer = await side.offered(thread, "is not known")
        assert "COPILOT_MODEL" in offer.shown


async def test_an_unreachable_provider_shows_life_at_once_and_the_reason_at_the_end(
    troubled: Troubled,
) -> None:
    """The runtime tries for half a minute: people see that it works, then why it failed."""
    side = troubled.play.on_slack
    await troubled.door.shut()
    try:
        thread = await side.mention("echo: reached again")
        await side.until(lambda: side.is_working(thread))
        assert not side.answers(thread)
        offer = await side.offered(thread, "cannot reach the language model", timeout_s=90)
        assert "kept" in offer.shown
    finally:
        await troubled.door.open()
    await side.press(offer, "Retry")
    await side.answered(thread, "reached again")


async def test_a_provider_that_fails_once_is_retried(side: Side) -> None:
    """An error of the provider is told, and Retry asks again."""
    thread = await side.mention(f"for {side.name} fail: 400 x1")
    await side.press(await side.offered(thread, "answered with an error"), "Retry")
    await side.answered(thread, "It works after 1 failures.")


async def test_a_runtime_that_is_gone_is_told_and_found_again(troubled: Troubled) -> None:
    """Without a runtime the threads are told, and go on once there is one again."""
    play = troubled.play
    threads = [(side, await side.mention("echo: first")) for side in play.sides]
    for side, thread in threads:
        await side.answer(thread)
    pid = await play.bot.runtime_pid()
    troubled.link.unlink()
    os.kill(pid, signal.SIGKILL)
    for side, thread in threads:
        await side.follow_up(thread, "echo: second")
    offers = []
    for side, thread in threads:
        offer = await side.offered(thread, "The Copilot runtime")
        assert "kept" in offer.shown
        offers.append((side, thread, offer))
    troubled.link.symlink_to(find(None).path)
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
    async with _small_disk(directory) as disk:
        database = {"DATABASE_URL": f"sqlite:///{disk}/threadpilot.db"}
        async with stage(tmp_path, options=_IMPATIENT, settings=database) as play:
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
