"""Files: how they are uploaded, described, fetched, spoiled and deleted."""

import copy
from dataclasses import dataclass

import aiohttp
import pytest

from playground.errors import NotPossibleError
from playground.image_size import image_size
from playground.server import PlaygroundOptions
from playground.slack.app_manifest import DEFAULT_MANIFEST
from playground.slack.files import FileState
from playground.slack.rich_text import blocks_of
from playground.slack.slack import PlaygroundSlack
from tests.contracts.files import PICTURE
from tests.playground.calling import Caller
from tests.playground.conftest import quick_options


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    location: str
    body: bytes


async def _fetch(slack: PlaygroundSlack, url: str) -> _Answer:
    """Ask a file's address as the bot does, following nothing."""
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, headers=headers, allow_redirects=False) as answer,
    ):
        location = answer.headers.get("Location", "")
        return _Answer(status=answer.status, location=location, body=await answer.read())


async def _upload(call: Caller, name: str, content: bytes, **more: str) -> str:
    """Upload a file up to where it is to be completed; returns its id."""
    ticket = await call("files.getUploadURLExternal", filename=name, length=len(content), **more)
    async with call.session.post(ticket["upload_url"], data=content) as answer:
        assert answer.status == 200
    return str(ticket["file_id"])


async def test_an_upload_is_one_message_in_its_thread(call: Caller, slack: PlaygroundSlack) -> None:
    """Files that are completed together are one message, and files.info says where it is."""
    general = slack.channel("general")
    root = await slack.person("ann").say("general", "files?")
    ids = [await _upload(call, name, b"text") for name in ("a.txt", "b.bin")]
    done = await call(
        "files.completeUploadExternal",
        files=[{"id": ids[0], "title": "A"}, {"id": ids[1]}],
        channel_id=general,
        thread_ts=root,
        blocks=[
            {"type": "section", "block_id": "mark", "text": {"type": "plain_text", "text": "Hi"}}
        ],
    )
    assert [file["title"] for file in done["files"]] == ["A", "b.bin"]
    [reply] = slack.replies(general, root)
    assert [file.name for file in reply.files] == ["a.txt", "b.bin"]
    assert reply.blocks is not None
    assert reply.blocks[0]["block_id"] == "mark"
    shares = (await call("files.info", file=ids[0]))["file"]["shares"]
    assert [share["ts"] for share in shares["public"][general]] == [reply.ts]
    assert shares["public"][general][0]["thread_ts"] == root


async def test_what_an_upload_may_not_be(call: Caller, slack: PlaygroundSlack) -> None:
    """A snippet that is too large, another size than announced, and Markdown blocks are refused."""
    refused = await call(
        "files.getUploadURLExternal", filename="a.py", length=1_000_001, snippet_type="python"
    )
    assert refused["error"] == "snippet_too_large"
    ticket = await call("files.getUploadURLExternal", filename="a.py", length=3)
    async with call.session.post(ticket["upload_url"], data=b"four") as answer:
        assert answer.status == 400
    file = await _upload(call, "a.py", b"x = 1", snippet_type="python")
    answer = await call(
        "files.completeUploadExternal",
        files=[{"id": file}],
        channel_id=slack.channel("general"),
        blocks=[{"type": "markdown", "text": "Hi"}],
    )
    assert answer["error"] == "internal_error"


async def test_an_upload_can_be_lost(call: Caller, slack: PlaygroundSlack) -> None:
    """By a fault Slack takes files and shows them nowhere."""
    general = slack.channel("general")
    slack.faults.turn_on("lost_share")
    file = await _upload(call, "a.txt", b"text")
    assert (await call("files.completeUploadExternal", files=[{"id": file}], channel_id=general))[
        "ok"
    ]
    assert slack.messages(general) == []
    assert (await call("files.info", file=file))["file"]["shares"] == {}


async def test_pictures_have_thumbnails_and_texts_a_preview(
    call: Caller, slack: PlaygroundSlack
) -> None:
    """A picture tells its size and where smaller ones are; a text shows its first lines."""
    ann = slack.person("ann")
    lines = b"\n".join(b"line %d" % number for number in range(10))
    files = [await ann.upload("a.png", PICTURE.content), await ann.upload("a.txt", lines)]
    await ann.say("general", "", files=files)
    picture, text = [(await call("files.info", file=file))["file"] for file in files]
    assert (picture["original_w"], picture["mode"]) == (1, "hosted")
    assert (await _fetch(slack, picture["thumb_360"])).body == PICTURE.content
    assert (text["mode"], text["lines"], text["lines_more"]) == ("snippet", 10, 4)
    assert text["preview"].endswith("line 5")


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (b"GIF89a\x03\x00\x02\x00", (3, 2)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x02\x00\x03", (3, 2)),
        (b"\xff\xd8\xff\xe0", None),
        (b"\x89PNG", None),
        (b"", None),
    ],
)
def test_the_size_of_a_picture_is_read(content: bytes, size: tuple[int, int] | None) -> None:
    """Width and height stand in the first bytes; what is cut or unknown has none."""
    assert image_size(content) == size


async def test_states_of_a_file(call: Caller, slack: PlaygroundSlack) -> None:
    """A file can be hidden, kept elsewhere, or be told by files.info alone."""
    ann = slack.person("ann")
    hidden = await ann.upload("old.txt", b"old", state=FileState.HIDDEN)
    outside = await ann.upload(
        "Plan", b"", state=FileState.EXTERNAL, external_url="https://docs.example.com/1"
    )
    unchecked = await ann.upload("shared.txt", b"shared", state=FileState.UNCHECKED)
    await ann.say("general", "", files=[hidden, outside, unchecked])
    [message] = slack.messages("general")
    told = message.payload()["files"]
    assert told[0] == {"id": hidden, "mode": "hidden_by_limit"}
    assert (told[1]["is_external"], told[1]["url_private"]) == (True, "https://docs.example.com/1")
    assert told[2]["file_access"] == "check_file_info"
    assert "url_private" not in told[2]
    info = (await call("files.info", file=unchecked))["file"]
    assert (await _fetch(slack, info["url_private_download"])).body == b"shared"


async def test_a_deleted_file_leaves_a_tombstone(call: Caller, slack: PlaygroundSlack) -> None:
    """Its message stays, the app is told of both, and nobody gets its bytes any more."""
    ann, ben, general = slack.person("ann"), slack.person("ben"), slack.channel("general")
    file = await ann.upload("a.txt", b"text")
    await ann.say("general", "look", files=[file])
    info = (await call("files.info", file=file))["file"]
    with pytest.raises(NotPossibleError, match="one's own files"):
        await ben.delete_file(file)
    await ann.delete_file(file)
    changed = slack.socket.log[-1].payload["event"]
    assert changed["subtype"] == "message_changed"
    assert changed["message"]["files"] == [{"id": file, "mode": "tombstone"}]
    assert changed["previous_message"]["files"][0]["name"] == "a.txt"
    assert (await call("files.info", file=file))["error"] == "file_deleted"
    assert (await _fetch(slack, info["url_private"])).status == 404
    [message] = slack.messages(general)
    assert message.page_payload()["files"] == [{"id": file, "mode": "tombstone"}]


async def test_files_are_for_those_who_may_see_them(slack: PlaygroundSlack) -> None:
    """A file that was shared where the bot is not leads it to the sign-in page."""
    ann = slack.person("ann")
    file = slack.workspace.files[await ann.upload("a.txt", b"text")]
    answer = await _fetch(slack, file.payload()["url_private_download"])
    assert answer.status == 302
    assert answer.location.startswith("/signin?redir=")


@pytest.mark.parametrize(
    ("how", "status"), [("elsewhere", 302), ("html", 200), ("error", 500), ("limited", 429)]
)
async def test_downloads_can_be_spoiled(slack: PlaygroundSlack, how: str, status: int) -> None:
    """Each way in which a download goes wrong happens once."""
    ann = slack.person("ann")
    file = slack.workspace.files[await ann.upload("a.txt", b"text" * 1000)]
    await ann.say("general", "", files=[file.id])
    url = file.payload()["url_private_download"]
    slack.faults.turn_on("bad_download", how=how)
    assert (await _fetch(slack, url)).status == status
    assert (await _fetch(slack, url)).body == b"text" * 1000


async def test_downloads_can_be_cut_and_too_long(slack: PlaygroundSlack) -> None:
    """A download breaks off in the middle, or never says how long it is and goes on."""
    ann = slack.person("ann")
    file = slack.workspace.files[await ann.upload("a.txt", b"text" * 1000)]
    await ann.say("general", "", files=[file.id])
    url = file.payload()["url_private"]
    slack.faults.turn_on("bad_download", how="cut")
    with pytest.raises(aiohttp.ClientPayloadError):
        await _fetch(slack, url)
    slack.faults.turn_on("bad_download", how="longer")
    assert len((await _fetch(slack, url)).body) > 70_000


async def test_a_message_can_be_left_with_its_file_alone(slack: PlaygroundSlack) -> None:
    """Who takes the text out of a message with a file leaves the file."""
    ann = slack.person("ann")
    ts = await ann.say("general", "look", files=[await ann.upload("a.txt", b"text")])
    await ann.edit("general", ts, "")
    [message] = slack.messages("general")
    payload = message.payload()
    assert payload["text"] == ""
    assert "blocks" not in payload
    assert [file["name"] for file in payload["files"]] == ["a.txt"]


class TestSubscribed:
    """An app that asked to be told of files."""

    @pytest.fixture
    def options(self) -> PlaygroundOptions:
        """Both events are subscribed to."""
        manifest = copy.deepcopy(dict(DEFAULT_MANIFEST))
        manifest["settings"]["event_subscriptions"]["bot_events"] = ["file_shared", "file_deleted"]
        return quick_options(manifest=manifest)

    async def test_the_app_is_told_of_files(self, slack: PlaygroundSlack) -> None:
        """A file that is shared and one that is deleted are events of their own."""
        ann, general = slack.person("ann"), slack.channel("general")
        file = await ann.upload("a.txt", b"text")
        await ann.say("general", "", files=[file])
        await ann.delete_file(file)
        shared, deleted = [delivery.payload["event"] for delivery in slack.socket.log]
        assert (shared["type"], shared["file"], shared["channel_id"], shared["user_id"]) == (
            "file_shared",
            {"id": file},
            general,
            ann.id,
        )
        assert (deleted["type"], deleted["file_id"]) == ("file_deleted", file)


def test_what_people_write_has_blocks_as_slack_makes_them() -> None:
    """Styles, code, quotes, lists, links, dates and emoji become elements of their own."""
    text = (
        "*bold* _it_ ~no~ `a_b` :wave::skin-tone-3: :custom: <https://x.org|x> <!here>\n"
        "&gt; quoted &amp; more\n• one\n• two\n1. first\n```\nx &lt; *y*\n```\nsnake_case_name"
    )
    [block] = blocks_of(text)
    section, quote, bullets, ordered, code, last = block["elements"]
    assert section["elements"] == [
        {"type": "text", "text": "bold", "style": {"bold": True}},
        {"type": "text", "text": " "},
        {"type": "text", "text": "it", "style": {"italic": True}},
        {"type": "text", "text": " "},
        {"type": "text", "text": "no", "style": {"strike": True}},
        {"type": "text", "text": " "},
        {"type": "text", "text": "a_b", "style": {"code": True}},
        {"type": "text", "text": " "},
        {"type": "emoji", "name": "wave", "skin_tone": 3, "unicode": "1f44b-1f3fc"},
        {"type": "text", "text": " :custom: "},
        {"type": "link", "url": "https://x.org", "text": "x"},
        {"type": "text", "text": " "},
        {"type": "broadcast", "range": "here"},
    ]
    assert quote == {
        "type": "rich_text_quote",
        "elements": [{"type": "text", "text": "quoted & more"}],
    }
    assert (bullets["style"], len(bullets["elements"])) == ("bullet", 2)
    assert ordered["style"] == "ordered"
    assert code["elements"] == [{"type": "text", "text": "x < *y*"}]
    assert last["elements"] == [{"type": "text", "text": "snake_case_name"}]
