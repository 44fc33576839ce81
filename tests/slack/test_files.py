"""Files: how they are fetched, and who is shown the token; how they get into a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.calls import Calls, SlackOptions
from adapters.slack.downloads import Downloads, is_file_address
from adapters.slack.file_names import LONGEST_NAME, LONGEST_SNIPPET, acceptable, snippet_type
from adapters.slack.files import shared_file
from adapters.slack.manifest import manifest
from bot.clock import SystemClock
from bot.errors import ChatRefused, ChatUnavailable, FileTooLarge, PlaceGone
from bot.messages import OutgoingFile, SharedFile
from playground.slack.files import FileState
from tests.contracts.chat import asked, heard
from tests.contracts.files import NOTES, PICTURE, outgoing, shared
from tests.slack.stage import SlackStage

SLACK = "https://slack.com/api/"


# --- where the token may go -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "is_slacks"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/a.txt", True),
        ("https://team.slack.com/files-pri/T1-F1/a.txt", True),
        ("https://slack-files.com/T1-F1-abc", True),
        ("https://files.slack.com:443/a", True),
        ("http://files.slack.com/a", False),
        ("https://files.slack.com:8443/a", False),
        ("https://files.slack.com.evil.example/a", False),
        ("https://evilslack.com/a", False),
        ("https://slack.com@evil.example/a", False),
        ("https://x:y@files.slack.com/a", False),
        ("https://evil.example\\@files.slack.com/a", False),
        ("https://evil.example/files.slack.com", False),
        ("//files.slack.com/a", False),
        ("files.slack.com/a", False),
        ("https://[", False),
        ("https://files.slack.com:x/a", False),
        ("", False),
    ],
)
def test_the_token_is_for_slacks_own_hosts(address: str, is_slacks: bool) -> None:
    """The bot's token is shown over HTTPS to hosts of Slack's, and to nobody else."""
    assert is_file_address(address, SLACK) is is_slacks


def test_another_api_keeps_its_own_files() -> None:
    """Where the Web API is another host, that very host may be asked, and no other port of it."""
    api = "http://127.0.0.1:8080/api/"
    assert is_file_address("http://127.0.0.1:8080/files-pri/a", api)
    assert not is_file_address("http://127.0.0.1:8081/files-pri/a", api)
    assert not is_file_address("https://127.0.0.1:8080/files-pri/a", api)


@given(host=st.text(max_size=40), path=st.text(max_size=40))
def test_whatever_is_no_host_of_slacks_is_not_asked(host: str, path: str) -> None:
    """No spelling of another host passes for one of Slack's."""
    address = f"https://{host}.example/{path}"
    if "@" not in host and "/" not in host and "\\" not in host and "#" not in host:
        assert not is_file_address(address, SLACK) or "?" in host


class Elsewhere:
    """A host that is not Slack's, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[dict[str, str]] = []


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """Such a host."""
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)

    async def answer(request: web.Request) -> web.Response:
        host.asked.append(dict(request.headers))
        return web.Response(text="got you")

    app.router.add_route("*", "/{tail:.*}", answer)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host = Elsewhere(f"http://127.0.0.1:{runner.addresses[0][1]}/a.txt")
    yield host
    await runner.cleanup()


async def test_another_host_is_never_asked(stage: SlackStage, elsewhere: Elsewhere) -> None:
    """A file said to be at another host is refused before anybody is asked."""
    file = SharedFile(id="F1", name="a.txt", url=elsewhere.url)
    with pytest.raises(ChatRefused, match="not kept in Slack"):
        await stage.adapter.fetch(file, most=100)
    assert elsewhere.asked == []


async def test_a_redirect_elsewhere_is_not_followed(
    stage: SlackStage, elsewhere: Elsewhere
) -> None:
    """When Slack's host leads to another, that one is not asked, with or without the token."""
    [file] = (await shared(stage, "look", NOTES)).files
    stage.slack.faults.turn_on("bad_download", how="elsewhere", url=elsewhere.url)
    with pytest.raises(ChatRefused, match="not kept in Slack"):
        await stage.adapter.fetch(file, most=1_000)
    assert elsewhere.asked == []


async def test_a_redirect_within_slack_is_followed(stage: SlackStage) -> None:
    """Slack may lead from one of its addresses to another."""
    first, second = (await shared(stage, "look", NOTES, PICTURE)).files
    stage.slack.faults.turn_on("bad_download", how="elsewhere", url=second.url)
    assert await stage.adapter.fetch(first, most=1_000) == PICTURE.content


async def test_a_mention_that_leaves_its_files_out(stage: SlackStage) -> None:
    """Where the event of a mention does not tell which files came with it, they are looked up."""
    stage.slack.faults.turn_on("bare_mention")
    message = await shared(stage, "look", NOTES)
    assert [file.name for file in message.files] == [NOTES.name]
    stage.slack.faults.turn_on("server_error", methods=["conversations.replies"], calls=9)
    message = await shared(stage, "look again", NOTES)
    assert message.text == "look again"


# --- fetching ---------------------------------------------------------------------------------


async def test_the_sign_in_page_is_no_file(stage: SlackStage) -> None:
    """A page for people in place of a file says which scope is missing."""
    [file] = (await shared(stage, "look", NOTES)).files
    stage.slack.faults.turn_on("bad_download", how="html")
    with pytest.raises(ChatRefused, match="files:read"):
        await stage.adapter.fetch(file, most=1_000)


async def test_a_page_that_somebody_shared_is_a_file(stage: SlackStage) -> None:
    """A file of HTML is not taken for the sign-in page."""
    file = await stage.slack.person("ann").upload(
        "a.html", b"<!doctype html><title>Sign in</title>"
    )
    ts = await stage.slack.person("ann").say("dm", "", files=[file])
    [found] = (await heard(stage, ts)).files
    assert (await stage.adapter.fetch(found, most=1_000)).startswith(b"<!doctype html>")


class TestWithoutScope:
    """An app that was installed before it could read files."""

    @pytest.fixture
    def playground_options(self) -> dict[str, Any]:
        """The scope is missing."""
        old = manifest()
        scopes = old["oauth_config"]["scopes"]["bot"]
        old["oauth_config"]["scopes"]["bot"] = [each for each in scopes if "files:" not in each]
        return {"manifest": old}

    async def test_a_missing_scope_is_named(self, stage: SlackStage) -> None:
        """Reading and sending say which scope is missing, and to install the app again."""
        prompt = await shared(stage, "look", NOTES)
        with pytest.raises(ChatRefused, match=r"files:read: install the app again"):
            await stage.adapter.fetch(prompt.files[0], most=1_000)
        with pytest.raises(ChatRefused, match=r"files:write: install the app again"):
            await stage.adapter.send(prompt.key, [outgoing(NOTES, "")])


@pytest.mark.parametrize("how", ["cut", "error", "limited"])
async def test_a_download_is_tried_again(stage: SlackStage, how: str) -> None:
    """What broke off, failed or was limited is asked for again, until it comes whole."""
    [file] = (await shared(stage, "look", NOTES)).files
    stage.slack.faults.turn_on("bad_download", how=how, calls=2)
    assert await stage.adapter.fetch(file, most=1_000) == NOTES.content
    assert len(stage.slack.downloads.asked) == 3
    if how == "limited":
        assert stage.clock.slept[-2:] == [1.0, 1.0]


async def test_patience_ends(stage: SlackStage) -> None:
    """A file that fails each time could not be fetched."""
    [file] = (await shared(stage, "look", NOTES)).files
    stage.slack.faults.turn_on("bad_download", how="error", calls=9)
    with pytest.raises(ChatUnavailable, match=r"`notes.txt` could not be fetched"):
        await stage.adapter.fetch(file, most=1_000)


async def test_a_download_that_never_ends_is_given_up(stage: SlackStage) -> None:
    """More bytes than Slack announced are not read to their end."""
    [file] = (await shared(stage, "look", NOTES)).files
    stage.slack.faults.turn_on("bad_download", how="longer")
    with pytest.raises(FileTooLarge, match="10,000 bytes"):
        await stage.adapter.fetch(file, most=10_000)


@asynccontextmanager
async def downloads(stage: SlackStage, **limits: Any) -> AsyncIterator[Downloads]:
    """Downloads with limits of their own."""
    slack = stage.slack
    options = SlackOptions(
        bot_token=slack.bot_token, app_token=slack.app_token, api_url=slack.api_url
    )
    calls = Calls(options)
    async with calls.opened():
        calls.admit()
        yield Downloads(options, calls, SystemClock(), **limits)


@pytest.mark.parametrize(
    "limits", [{"timeout": aiohttp.ClientTimeout(sock_read=0.02)}, {"total_s": 0.05}]
)
async def test_a_slow_download_ends(stage: SlackStage, limits: dict[str, Any]) -> None:
    """A file that does not come in time is given up; each attempt and all together have a limit."""
    [file] = (await shared(stage, "look", NOTES)).files
    stage.slack.faults.turn_on("bad_download", how="slow", ms=300, calls=9)
    async with downloads(stage, **limits) as slow:
        slow._clock = stage.clock
        with pytest.raises(ChatUnavailable, match="try again later"):
            await slow.fetch(file, most=1_000)


async def test_files_that_slack_does_not_give(stage: SlackStage) -> None:
    """Hidden, external and deleted files say why they cannot be had; Slack Connect's can."""
    ann = stage.slack.person("ann")
    ids = [
        await ann.upload("old.txt", b"old", state=FileState.HIDDEN),
        await ann.upload("Plan", b"", state=FileState.EXTERNAL, external_url="https://x.example"),
        await ann.upload("theirs.txt", b"theirs", state=FileState.UNCHECKED),
        await ann.upload("gone.txt", b"gone"),
    ]
    message = await heard(stage, await ann.say("dm", "look", files=ids))
    hidden, outside, theirs, gone = message.files
    await ann.delete_file(ids[3])
    with pytest.raises(ChatRefused, match="plan hides"):
        await stage.adapter.fetch(hidden, most=100)
    with pytest.raises(ChatRefused, match=r"`Plan` is not kept in Slack"):
        await stage.adapter.fetch(outside, most=100)
    assert theirs.name == "theirs.txt"
    assert await stage.adapter.fetch(theirs, most=100) == b"theirs"
    for file in (gone, SharedFile(id="F0", name="never.txt")):
        with pytest.raises(PlaceGone, match="was deleted"):
            await stage.adapter.fetch(file, most=100)
    assert message.text == "look\n\n[Plan](https://x.example)"


async def test_a_deleted_file_leaves_its_message(stage: SlackStage) -> None:
    """A file that its owner deletes is taken out of the message that nobody has answered yet."""
    message = await shared(stage, "look", NOTES, PICTURE)
    await stage.slack.person("ann").delete_file(message.files[0].id)
    [edit] = await stage.intake.until(lambda: stage.intake.edits)
    assert [file.name for file in edit.message.files] == [PICTURE.name]
    past = await stage.adapter.history(message.key, limit=5)
    assert [file.name for file in past[0].files] == [PICTURE.name]


# --- sending ----------------------------------------------------------------------------------


async def test_how_files_are_shown(stage: SlackStage) -> None:
    """Short text is a snippet with its syntax, a picture is a picture, all in one message."""
    prompt = await asked(stage)
    files = [
        OutgoingFile(name="a.py", content=b"x = 1\n", title="src/a.py"),
        OutgoingFile(name="b.txt", content=b"x" * (LONGEST_SNIPPET + 1)),
        outgoing(PICTURE, ""),
    ]
    ts = await stage.adapter.send(prompt.key, files)
    [message] = stage.messages(prompt.key)
    assert (message.ts, message.thread_ts) == (ts, prompt.key.thread)
    assert [file.title for file in message.files] == ["src/a.py", "b.txt", PICTURE.name]
    assert [file.snippet_type for file in message.files] == ["python", None, None]
    assert message.files[2].is_image
    assert message.blocks is None


async def test_more_files_than_fit_into_a_message(stage: SlackStage) -> None:
    """Many files are several messages; what was sent of them before is not sent again."""
    prompt = await asked(stage)
    files = [OutgoingFile(name=f"{n}.txt", content=b"x", nonce=f"n{n}") for n in range(23)]
    first = await stage.adapter.send(prompt.key, files[:3])
    assert await stage.adapter.send(prompt.key, files) == first
    assert [file.name for file in stage.files_in(prompt.key)] == [file.name for file in files]
    assert [len(message.files) for message in stage.messages(prompt.key)] == [3, 10, 10]


async def test_an_empty_file_is_an_empty_line(stage: SlackStage) -> None:
    """Slack takes no empty files."""
    prompt = await asked(stage)
    await stage.adapter.send(prompt.key, [OutgoingFile(name="__init__.py", content=b"")])
    assert [file.content for file in stage.files_in(prompt.key)] == [b"\n"]


@pytest.mark.parametrize(
    "method", ["files.getUploadURLExternal", "files.completeUploadExternal", "files.info"]
)
@pytest.mark.parametrize("after", [False, True])
async def test_a_failing_call_shows_files_once(stage: SlackStage, method: str, after: bool) -> None:
    """Whichever call fails, and whether or not it was carried out: the files are there once."""
    prompt = await asked(stage)
    stage.slack.faults.turn_on("server_error", methods=[method], calls=1, after=after)
    await stage.adapter.send(prompt.key, [outgoing(NOTES, "n1"), outgoing(PICTURE, "n2")])
    assert stage.files_in(prompt.key) == [NOTES, PICTURE]


async def test_files_that_slack_does_not_show_are_sent_again(stage: SlackStage) -> None:
    """Slack may say yes and show nothing: what it has is deleted, and sent once more."""
    prompt = await asked(stage)
    stage.slack.faults.turn_on("lost_share", calls=1)
    await stage.adapter.send(prompt.key, [outgoing(NOTES, "n1")])
    assert stage.files_in(prompt.key) == [NOTES]
    assert len(stage.calls("files.delete")) == 1
    stage.slack.faults.turn_on("lost_share", calls=9)
    with pytest.raises(ChatUnavailable, match="does not show them"):
        await stage.adapter.send(prompt.key, [outgoing(NOTES, "n2")])


async def test_after_a_crash_what_was_sent_is_found(stage: SlackStage) -> None:
    """Another process finds in the thread what was sent before it began."""
    prompt = await asked(stage)
    files = [outgoing(NOTES, "n1"), outgoing(PICTURE, "n2")]
    first = await stage.adapter.send(prompt.key, files[:1])
    stage.adapter._uploads._sent.drop((prompt.key, _only(stage)))
    assert await stage.adapter.send(prompt.key, files) == first
    assert stage.files_in(prompt.key) == [NOTES, PICTURE]


def _only(stage: SlackStage) -> str:
    [((_, mark), _)] = list(stage.adapter._uploads._sent)
    return mark


async def test_somebody_elses_files_are_not_taken_for_ours(stage: SlackStage) -> None:
    """A person's file of the same name and bytes is another one."""
    prompt = await shared(stage, "look", NOTES)
    await stage.adapter.send(prompt.key, [outgoing(NOTES, "n1")])
    assert stage.files_in(prompt.key) == [NOTES]


class TestSmall:
    """A workspace that takes small files only."""

    @pytest.fixture
    def playground_options(self) -> dict[str, Any]:
        """A hundred bytes."""
        return {"largest_file": 100}

    async def test_a_file_too_large_is_refused(self, stage: SlackStage) -> None:
        """What Slack finds too large is said to be so, and nothing is shown."""
        prompt = await asked(stage)
        large = OutgoingFile(name="a.bin", content=bytes(101))
        with pytest.raises(FileTooLarge, match=r"`a.bin` is larger than Slack takes"):
            await stage.adapter.send(prompt.key, [outgoing(NOTES, ""), large])
        assert stage.files_in(prompt.key) == []


async def test_nothing_can_not_be_sent(stage: SlackStage) -> None:
    """A sending of no files is refused."""
    with pytest.raises(ChatRefused):
        await stage.adapter.send((await asked(stage)).key, [])


# --- names, types, sizes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("report.md", "report.md"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("", "file"),
        ("...", "file"),
        ("a\nb\x00\u202etxt.exe", "a b txt.exe"),
        ("x" * 300 + ".txt", "x" * (LONGEST_NAME - 5) + "….txt"),
        ("Ünïcode 日本.md", "Ünïcode 日本.md"),
    ],
)
def test_names_are_made_acceptable(name: str, taken: str) -> None:
    """A name is one line without a path, keeps its ending, and says something."""
    assert acceptable(name) == taken


@given(name=st.text(max_size=400))
def test_any_name_is_made_acceptable(name: str) -> None:
    """Whatever somebody calls a file, Slack takes it, and it stays as it is from then on."""
    taken = acceptable(name)
    assert 0 < len(taken) <= LONGEST_NAME
    assert taken.isprintable()
    assert "/" not in taken
    assert acceptable(taken) == taken


@given(name=st.text(max_size=20), content=st.binary(max_size=200))
def test_a_snippet_is_text(name: str, content: bytes) -> None:
    """Only what is text is shown as such."""
    if snippet_type(name, content) is not None:
        content.decode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


@given(
    file=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("id", "name", "title", "mimetype", "size", "mode", "url_private", "is_external"), JSON
        ),
    )
)
def test_any_description_of_a_file_is_read(file: dict[str, Any]) -> None:
    """Names, types and sizes may be anything."""
    found = shared_file(file)
    assert found is None or (found.name and found.size >= 0)
