"""The directory that a thread works in: made, made anew, kept, and what people get of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot import phrases
from bot.ceilings import Ceilings
from bot.directories import ThreadDirectory
from bot.events import PermissionAsked, ReplyEvent, TextEnded
from bot.messages import IncomingMessage
from bot.phrases import directories as told
from bot.ports import SessionSpec
from bot.profile import Profile
from bot.repositories import Repository
from bot.requests import Need, Wanted
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.directories import FakeDirectories

GRANTED = Ceilings(default=Profile.AGENT)
AGENT = Limits(has_footer=False, profiles=GRANTED)
BOUND = Limits(
    has_footer=False,
    profiles=GRANTED,
    repositories=(
        Repository(path="/srv/other", channel="elsewhere"),
        Repository(path="/srv/app", may_push=True),
    ),
)


@pytest.fixture
def directories() -> FakeDirectories:
    """The directories of this host."""
    return FakeDirectories()


@pytest.fixture
async def stage(directories: FakeDirectories) -> AsyncIterator[Stage]:
    """A stage where sessions work in directories."""
    async with staged(limits=AGENT, directories=directories) as stage:
        yield stage


def opened(stage: Stage) -> SessionSpec:
    """The session that was opened last."""
    spec: SessionSpec = stage.runtime.opened[-1]
    return spec


def notice(stage: Stage, said: IncomingMessage) -> str:
    """What the bot says under its last answer in a thread."""
    answers = [seen for seen in stage.chat.seen(said.key) if not seen.files]
    return answers[-1].notice


def sent(stage: Stage, said: IncomingMessage) -> list[tuple[str, bytes]]:
    """The files that were put into a thread."""
    return [(file.name, file.content) for seen in stage.chat.seen(said.key) for file in seen.files]


async def change(
    stage: Stage, directories: FakeDirectories, said: IncomingMessage, patch: bytes
) -> None:
    """A turn that changes something in the only directory there is."""

    def script(prompt: str) -> Iterator[ReplyEvent]:
        for name in directories.made:
            directories.made[name] = patch
        yield TextEnded(text="Changed.")

    stage.runtime.script = script
    await stage.say("change it", to=said)
    stage.runtime.script = None


async def test_a_thread_has_one_directory(stage: Stage, directories: FakeDirectories) -> None:
    """It is made with the first session, and is the same for all that come; threads share none."""
    said = await stage.say("hello")
    assert opened(stage).directory is not None
    assert set(directories.made) == {"h1d1"}
    await stage.pass_time(700)
    await stage.say("again", to=said)
    assert len(stage.runtime.opened) == 2
    assert opened(stage).directory == stage.runtime.opened[0].directory
    await stage.say("another thread")
    assert set(directories.made) == {"h1d1", "h1d2"}


async def test_other_profiles_have_none(directories: FakeDirectories) -> None:
    """A chat has no directory, whether there could be one or not."""
    async with staged(directories=directories) as stage:
        await stage.say("hello")
        assert opened(stage).directory is None
        assert directories.made == {}


async def test_without_a_place_to_work_in(directories: FakeDirectories) -> None:
    """Where there is no place, or it cannot be used, people are told whom to ask."""
    async with staged(limits=AGENT) as stage:
        said = await stage.say("hello")
        assert told.NO_DIRECTORY in stage.last(said).notice
    directories.trouble = "The disk is full."
    async with staged(limits=AGENT, directories=directories) as stage:
        said = await stage.say("hello")
        assert told.NO_DIRECTORY in stage.last(said).notice
        directories.trouble = ""
        await stage.press(stage.last(said), "Retry")
        assert stage.texts(said)[-1].startswith("You said")


async def test_what_changed_is_put_into_the_thread(
    stage: Stage, directories: FakeDirectories
) -> None:
    """A turn that changed something ends with how much, and the patch as a file; others do not."""
    said = await stage.say("hello")
    assert notice(stage, said) == ""
    await change(stage, directories, said, b"diff")
    assert notice(stage, said) == "4 files changed."
    assert sent(stage, said) == [("changes.patch", b"diff")]
    await stage.pass_time(1)
    await stage.say("and now?", to=said)
    assert len(sent(stage, said)) == 1
    await change(stage, directories, said, b"huge")
    assert notice(stage, said) == "9 files changed. That is too much for a patch."
    await stage.pass_time(1)
    await stage.say("and now?", to=said)
    assert notice(stage, said) == ""
    await change(stage, directories, said, b"")
    assert notice(stage, said) == ""
    assert len(sent(stage, said)) == 1


async def test_on_another_host(stage: Stage, directories: FakeDirectories) -> None:
    """Taken up on another host, it is made anew there with its changes, and people are told."""
    said = await stage.say("hello")
    await change(stage, directories, said, b"diff")
    await stage.end()
    elsewhere = FakeDirectories("h2")
    async with staged(
        beside=stage, limits=AGENT, directories=elsewhere, owner="the next process"
    ) as other:
        await other.say("go on", to=said)
        assert elsewhere.made == {"h1d1": b"diff"}
        assert told.MADE_ANEW in other.texts(said)
        await change(other, elsewhere, said, b"stale")
    async with staged(
        beside=stage, limits=AGENT, directories=FakeDirectories("h3"), owner="a third one"
    ) as third:
        await third.say("go on", to=said)
        assert told.MADE_ANEW_WITHOUT_CHANGES in third.texts(said)


async def test_a_reset(stage: Stage, directories: FakeDirectories) -> None:
    """A directory in which nothing has changed goes with a reset; another stays, and is told of."""
    said = await stage.say("hello")
    await stage.reset(said)
    assert directories.removed == ["h1d1"]
    await stage.say("hello", to=said)
    await change(stage, directories, said, b"diff")
    await stage.reset(said)
    assert stage.texts(said)[-1] == f"{phrases.FRESH_START}\n\n" + told.directory_stays(
        "4 files changed"
    )
    assert directories.removed == ["h1d1"]
    await stage.say("hello", to=said)
    assert opened(stage).directory is not None
    assert set(directories.made) == {"h1d2"}


async def test_what_is_left_over_is_swept(directories: FakeDirectories) -> None:
    """At its start the bot removes what no thread has any more."""
    first = assembled(limits=AGENT, directories=directories)
    await first.start()
    await first.say("hello")
    await first.end()
    await directories.make(ThreadDirectory(name="left", host="h1"))
    async with staged(beside=first, limits=AGENT, directories=directories, owner="the next"):
        await settle()
        assert set(directories.made) == {"h1d1"}


async def test_a_bound_repository(directories: FakeDirectories) -> None:
    """A thread of a channel works on its repository, and can push its branch where it may."""
    async with staged(limits=BOUND, directories=directories) as stage:
        said = await stage.say("hello")
        spec = opened(stage)
        assert spec.directory is not None
        assert spec.directory.branch == "threadpilot/h1d1"
        [push] = spec.tools
        assert push.name == "push_branch"
        assert "threadpilot/h1d1" in push.description
        assert await push.run({}) == "threadpilot/h1d1 is pushed, at abc1234567."
        assert directories.pushed == ["h1d1"]
        await change(stage, directories, said, b"diff")
        assert notice(stage, said) == "4 files changed on `threadpilot/h1d1`."


async def test_a_push_that_was_cut_off_is_not_repeated(directories: FakeDirectories) -> None:
    """A push that was allowed when the bot died is told of, not done again."""

    def script(prompt: str) -> Iterator[ReplyEvent]:
        wanted = Wanted(need=Need.TOOL, tool="push_branch")
        yield PermissionAsked(request_id="p", wanted=wanted)
        yield TextEnded(text="Pushed.")

    async with staged(limits=BOUND, directories=directories) as stage:
        stage.runtime.script = script
        stage.runtime.hold("push", after=1)
        said = await stage.say("push it")
        await stage.press(stage.last(said), phrases.ALLOW_ONCE)
        stage.runtime.kill()
        await settle()
        assert stage.last(said).notice == phrases.cut_off(["push_branch"])
