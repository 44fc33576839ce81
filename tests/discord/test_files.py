"""Files of messages: what comes, from where it is fetched, and what the bot sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.downloads import Downloads, is_file_address
from adapters.discord.shared_files import address, address_in, ends_at, files_of, place_of
from adapters.discord.uploads import LARGEST_TOGETHER, MOST_TOGETHER, batches, upload
from adapters.fields import Fields
from adapters.file_names import acceptable
from bot.errors import ChatError, ChatRefused, ChatUnavailable, FileTooLarge, PlaceGone
from bot.messages import IncomingMessage, OutgoingFile, SharedFile
from playground.discord.message import Message
from tests.contracts.chat import asked, done, replying
from tests.contracts.files import NOTES, PICTURE, shared
from tests.discord.payloads import message
from tests.discord.stage import DiscordStage, HastyClock, staged

CDN = "https://cdn.discordapp.com/attachments/20/77/a.png"
SMALL = OutgoingFile(name="a.txt", content=b"hello", nonce="n")


class Decoy:
    """A server that has what nobody should ask it for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[web.Request] = []
        self.headers: dict[str, str] = {}

    async def answer(self, request: web.Request) -> web.Response:
        """Give anything."""
        self.asked.append(request)
        return web.Response(body=b"stolen", headers=self.headers)


@pytest.fixture
async def decoy() -> AsyncIterator[Decoy]:
    """Another server on this machine."""
    app = web.Application()
    runner = web.AppRunner(app, access_log=None)
    site_of: Decoy = Decoy("")
    app.router.add_route("*", "/{path:.*}", site_of.answer)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(_, port)] = runner.addresses
    site_of.url = f"http://127.0.0.1:{port}"
    yield site_of
    await runner.cleanup()


@asynccontextmanager
async def sharing(**options: Any) -> AsyncIterator[tuple[DiscordStage, IncomingMessage]]:
    """A stage on which Ann has shared a file."""
    async with staged(**options) as stage:
        yield stage, await shared(stage, "look", NOTES)


async def fetched(stage: DiscordStage, file: SharedFile, most: int = 1_000) -> bytes:
    """Fetch a file."""
    return await stage.adapter.fetch(file, most=most)


# --- what comes -------------------------------------------------------------------------------


def test_a_file_says_where_it_is_found_anew() -> None:
    """Its address ends one day; the place of its message stands behind it."""
    attachment = {
        "id": "77",
        "filename": "my_notes.tar.gz",
        "title": "my notes.tar",
        "content_type": "application/gzip",
        "size": 5,
        "url": f"{CDN}?ex=65d903de&is=65c68ede&hm=24&",
    }
    [file] = files_of(message(attachments=[attachment]))
    assert (file.id, file.name, file.type, file.size) == (
        "77",
        "my notes.tar.gz",
        "application/gzip",
        5,
    )
    assert address(file) == attachment["url"]
    assert place_of(file) == ("20", "1000")
    assert ends_at(address(file)) == datetime(2024, 2, 23, 20, 45, 18, tzinfo=UTC)
    assert address_in(message(attachments=[attachment]), "77") == attachment["url"]
    assert address_in(message(attachments=[attachment]), "78") == ""
    assert place_of(replace(file, url=CDN)) == ("", "")
    assert ends_at(f"{CDN}?ex=nonsense") is None


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "id": st.sampled_from(["1", "2", "x", None, 3]),
                "filename": st.text() | st.none(),
                "title": st.text() | st.integers(),
                "size": st.integers() | st.floats() | st.text(),
                "content_type": st.text() | st.none(),
                "url": st.text() | st.none(),
            },
        )
        | st.none()
        | st.text()
    )
)
def test_any_attachments_are_read(attachments: list[Any]) -> None:
    """Whatever names, types and sizes are said, files are what has an id; no two share one."""
    files = files_of(message(attachments=attachments))
    assert len({file.id for file in files}) == len(files)
    for file in files:
        assert file.size >= 0
        assert len(file.name) <= 255
        place_of(file), ends_at(file.url)


async def test_a_voice_message_is_a_file() -> None:
    """A recording comes without a word, and is fetched like any file."""
    async with staged() as stage:
        ann = stage.discord.person("ann")
        recording = await ann.upload("voice-message.ogg", b"OggS...")
        said = await stage.heard(await ann.speak("dm", recording, 2.5))
        assert said.text == ""
        [file] = said.files
        assert (file.name, file.type) == ("voice-message.ogg", "audio/ogg")
        assert await fetched(stage, file) == b"OggS..."


# --- where files are fetched from -------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "is_discords"),
    [
        (CDN, True),
        ("https://media.discordapp.net/attachments/1/2/a?ex=1", True),
        ("https://cdn.discordapp.com:443/ephemeral-attachments/1/2/a", True),
        ("http://cdn.discordapp.com/attachments/1/2/a", False),
        ("https://cdn.discordapp.com:8443/attachments/1/2/a", False),
        ("https://cdn.discordapp.com/avatars/1/2.png", False),
        ("https://cdn.discordapp.com/attachments/../../x", False),
        ("https://cdn.discordapp.com.example.org/attachments/1/2/a", False),
        ("https://example.org/attachments/1/2/a", False),
        ("https://cdn.discordapp.com@example.org/attachments/1/2/a", False),
        ("https://me@cdn.discordapp.com/attachments/1/2/a", False),
        ("https://example.org\\@cdn.discordapp.com/attachments/1/2/a", False),
        ("https://cdn.discordapp.com/attachments/1/2/a\r\nHost: x", False),
        ("https://discord.com/attachments/1/2/a", False),
        ("file:///attachments/1", False),
        ("https://[::1/attachments/1", False),
        ("", False),
    ],
)
def test_only_discords_own_hosts_have_files(url: str, is_discords: bool) -> None:
    """Files of messages are at two hosts, under https; nothing that looks like them will do."""
    assert is_file_address(url, None) is is_discords
    assert is_file_address(url, "https://discord.com/api/v10") is (
        is_discords or url.startswith("https://discord.com/")
    )


def test_another_api_keeps_its_own_files() -> None:
    """Where the API is elsewhere, files are there too: same scheme, same port, no other path."""
    api = "http://127.0.0.1:8100/discord/api/v10"
    assert is_file_address("http://127.0.0.1:8100/discord/cdn/attachments/1/2/a", api)
    assert is_file_address(CDN, api)
    for url in (
        "http://127.0.0.1:8101/discord/cdn/attachments/1/2/a",
        "https://127.0.0.1:8100/discord/cdn/attachments/1/2/a",
        "http://127.0.0.1:8100/discord/api/v10/users/@me",
        "http://127.0.0.1:8100/page/live",
    ):
        assert not is_file_address(url, api)


@given(st.text(st.sampled_from("htps:/@.\\#?[]% \ncdndiscordapp.com/attachments/1"), max_size=80))
def test_no_address_is_taken_for_discords(tail: str) -> None:
    """Whatever is written, what is asked is one of the two hosts."""
    for url in (tail, f"https://{tail}", f"https://cdn.discordapp.com{tail}"):
        if is_file_address(url, None):
            assert urlsplit(url).hostname in {"cdn.discordapp.com", "media.discordapp.net"}
            assert urlsplit(url).scheme == "https"


async def test_another_host_is_never_asked(decoy: Decoy) -> None:
    """A file that is said to be elsewhere is refused before anything is sent there."""
    async with sharing() as (stage, said):
        for path in ("/attachments/1/2/a", "/discord/cdn/attachments/1/2/a"):
            with pytest.raises(ChatRefused):
                await fetched(stage, replace(said.files[0], url=decoy.url + path))
    assert decoy.asked == []


async def test_no_redirect_is_followed(decoy: Decoy) -> None:
    """Where the CDN sends elsewhere, the file is refused and nobody is asked."""
    async with sharing() as (stage, said):
        for target in (decoy.url, f"{decoy.url}/attachments/1/2/a", stage.discord.api_url):
            stage.discord.faults.turn_on("redirect_files", to=target)
            before = len(stage.discord.record.calls())
            with pytest.raises(ChatRefused):
                await fetched(stage, said.files[0])
            assert len(stage.discord.record.calls()) == before
    assert decoy.asked == []


async def test_the_token_never_goes_to_the_cdn() -> None:
    """The CDN asks for no token, and is shown none, nor anything else of the bot's calls."""
    async with sharing() as (stage, said):
        assert await fetched(stage, said.files[0]) == NOTES.content
        stage.discord.faults.turn_on("expire_files")
        assert await fetched(stage, said.files[0]) == NOTES.content
        downloads = stage.discord.downloads
        assert [each.status for each in downloads] == [200, 404, 200]
        for each in downloads:
            assert not {"authorization", "cookie"} & each.headers.keys()
            assert stage.discord.bot_token not in str(each.headers)


async def test_a_new_address_is_checked_like_the_old(decoy: Decoy) -> None:
    """What a message says when it is read again is not trusted either."""

    async def read(channel: str, id_: str) -> Fields:
        return message(attachments=[{"id": "77", "url": f"{decoy.url}/attachments/1/2/a"}])

    downloads = Downloads(read, api_url=None, clock=HastyClock())
    file = SharedFile(id="77", name="a", url=f"{CDN}?ex=1#20/1000")
    with pytest.raises(ChatRefused):
        await downloads.fetch(file, most=1_000)
    assert decoy.asked == []


# --- addresses that end -----------------------------------------------------------------------


async def test_an_address_that_ended_is_asked_for_anew() -> None:
    """The message is read again, once, and the file comes."""
    async with sharing() as (stage, said):
        stage.discord.faults.turn_on("expire_files")
        assert await fetched(stage, said.files[0]) == NOTES.content
        assert len(stage.calls("get_message")) == 1


@pytest.mark.parametrize("is_direct", [False, True])
async def test_an_address_that_is_about_to_end_is_not_tried(is_direct: bool) -> None:
    """When an address says that its time is up, a new one is asked for first."""
    async with staged(file_url_lifetime_s=5) as stage:
        said = await shared(stage, "look", PICTURE, is_direct=is_direct)
        assert await fetched(stage, said.files[0]) == PICTURE.content
        assert [each.status for each in stage.discord.downloads] == [200]
        assert len(stage.calls("get_message")) == 1


async def test_a_forwarded_file_is_asked_for_anew() -> None:
    """It is found in the message that forwards it, also where the first one was deleted."""
    async with staged() as stage:
        ann = stage.discord.person("ann")
        upload_id = await ann.upload(NOTES.name, NOTES.content)
        first = await ann.say("random", "look", files=[upload_id])
        said = await stage.heard(await ann.forward("random", first, "dm"))
        await ann.delete("random", first)
        stage.discord.faults.turn_on("expire_files")
        assert await fetched(stage, said.files[0]) == NOTES.content


async def test_a_file_of_a_deleted_message_is_gone() -> None:
    """Where no new address is to be had, the file counts as deleted; so without a place."""
    async with sharing() as (stage, said):
        [file] = said.files
        stage.discord.faults.turn_on("expire_files")
        with pytest.raises(PlaceGone):
            await fetched(stage, replace(file, url=address(file)))
        await stage.delete("ann", said.key, said.message_id)
        with pytest.raises(PlaceGone) as error:
            await fetched(stage, file)
        assert "`notes.txt` was deleted" in str(error.value)


async def test_a_file_that_is_lost_is_gone() -> None:
    """A fresh address at which there is nothing ends the search."""
    async with sharing() as (stage, said):
        stage.discord.faults.turn_on("lose_files", calls=2)
        with pytest.raises(PlaceGone):
            await fetched(stage, said.files[0])


# --- downloads that go wrong ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [("cut_files", {"after": 3}), ("lose_files", {"status": 503}), ("lose_files", {"status": 429})],
)
async def test_a_download_that_fails_is_tried_again(kind: str, options: dict[str, int]) -> None:
    """Once more is enough where the failure passes; where it stays, that is said."""
    async with sharing() as (stage, said):
        stage.discord.faults.turn_on(kind, calls=2, **options)
        assert await fetched(stage, said.files[0]) == NOTES.content
        stage.discord.faults.turn_on(kind, calls=None, **options)
        with pytest.raises(ChatUnavailable) as error:
            await fetched(stage, said.files[0])
        assert "could not be fetched" in str(error.value)
        assert len(stage.discord.downloads) == 6


async def test_a_refusal_is_told() -> None:
    """What the CDN refuses for any other reason is not tried again."""
    async with sharing() as (stage, said):
        stage.discord.faults.turn_on("lose_files", status=415)
        with pytest.raises(ChatRefused) as error:
            await fetched(stage, said.files[0])
        assert "status 415" in str(error.value)


async def test_a_file_that_goes_on_is_refused_while_it_is_read() -> None:
    """More bytes than were told are counted as they come."""
    async with sharing() as (stage, said):
        stage.discord.faults.turn_on("endless_files", bytes=16 * 1024 * 1024)
        with pytest.raises(FileTooLarge) as error:
            await fetched(stage, said.files[0], most=1_000)
        assert "larger than 1,000 bytes" in str(error.value)


async def test_a_slow_download_ends() -> None:
    """Neither one attempt nor all of them take longer than they may."""
    async with sharing() as (stage, said):
        stage.discord.faults.turn_on("slow_files", ms=60_000)
        for limits in (
            {"timeout": aiohttp.ClientTimeout(total=0.01)},
            {"timeout": aiohttp.ClientTimeout(sock_read=0.01)},
            {"total_s": 0.01},
        ):
            downloads = Downloads(
                stage.adapter._calls.message,
                api_url=stage.discord.api_url,
                clock=HastyClock(),
                **limits,
            )
            with pytest.raises(ChatUnavailable):
                await downloads.fetch(said.files[0], most=1_000)


async def test_what_comes_packed_is_refused(decoy: Decoy) -> None:
    """A small file that unpacks into a large one is not unpacked: it was asked for as it is."""
    decoy.headers = {"Content-Encoding": "gzip"}

    async def read(channel: str, id_: str) -> None:
        return None

    downloads = Downloads(read, api_url=f"{decoy.url}/api", clock=HastyClock())
    file = SharedFile(id="1", name="a", url=f"{decoy.url}/attachments/1/2/a")
    with pytest.raises(ChatUnavailable):
        await downloads.fetch(file, most=1_000)
    assert {each.headers["Accept-Encoding"] for each in decoy.asked} == {"identity"}


async def test_an_unreachable_cdn_is_told() -> None:
    """Nobody there is an error of ours."""

    async def read(channel: str, id_: str) -> None:
        return None

    downloads = Downloads(read, api_url="http://127.0.0.1:9/api", clock=HastyClock())
    file = SharedFile(id="1", name="", url="http://127.0.0.1:9/attachments/1/2/a")
    with pytest.raises(ChatUnavailable) as error:
        await downloads.fetch(file, most=1_000)
    assert "`?`" in str(error.value)


# --- what the bot sends -----------------------------------------------------------------------


def sent(stage: DiscordStage, prompt: IncomingMessage) -> list[Message]:
    """The bot's messages with files."""
    return [each for each in stage.messages(prompt.key) if each.attachments]


async def test_more_files_than_a_message_takes_are_several_messages() -> None:
    """Ten to a message, in order; a second sending shows none twice."""
    async with staged() as stage:
        prompt = await asked(stage)
        files = [replace(SMALL, name=f"{n}.txt", nonce=f"n{n}") for n in range(23)]
        for _ in range(2):
            first = await stage.adapter.send(prompt.key, files)
            messages = sent(stage, prompt)
            assert messages[0].id == first
            assert [len(each.attachments) for each in messages] == [10, 10, 3]
        assert [each.name for each in stage.files_in(prompt.key)] == [each.name for each in files]
        assert all(each.content == "" and not each.mentions.pinged for each in messages)


async def test_an_image_is_shown_with_its_description() -> None:
    """A picture that has no ending gets one, and its title is read to who does not see it."""
    async with staged() as stage:
        prompt = await asked(stage)
        picture = OutgoingFile(name="Prüfung", content=PICTURE.content, title="Sales\nby month")
        await stage.adapter.send(prompt.key, [picture])
        [file] = sent(stage, prompt)[0].attachments
        shown = file.payload()
        assert (shown["filename"], shown["title"]) == ("Prfung.png", "Prüfung")
        assert (shown["content_type"], shown["width"]) == ("image/png", 1)
        assert shown["description"] == "Sales by month"


async def test_a_sending_whose_answer_was_lost_is_there_once() -> None:
    """One that Discord limits is sent again whole; one that it made, unheard of, stays one."""
    async with staged() as stage:
        prompt = await asked(stage)
        await replying(stage, prompt).close(done("Here."))
        stage.discord.faults.turn_on("rate_limit", calls=1, retry_after_s=0.0)
        await stage.adapter.send(prompt.key, [replace(SMALL, nonce="before")])
        assert [each.content for each in stage.files_in(prompt.key)] == [SMALL.content]
        stage.discord.faults.turn_on("server_error", calls=1, after=True, routes=["create_message"])
        with pytest.raises(ChatUnavailable):
            await stage.adapter.send(prompt.key, [SMALL])
        reference = await stage.adapter.send(prompt.key, [SMALL])
        assert [each.id for each in sent(stage, prompt)][1:] == [reference]


async def test_a_file_that_is_too_large_is_not_sent_and_neither_are_the_others() -> None:
    """The limit is known before anything is sent."""
    async with staged() as stage:
        prompt = await asked(stage)
        large = OutgoingFile(name="big.bin", content=bytes(10 * 1024 * 1024 + 1))
        with pytest.raises(FileTooLarge) as error:
            await stage.adapter.send(prompt.key, [SMALL, large])
        assert "`big.bin`" in str(error.value)
        assert stage.calls("create_message") == []


async def test_a_boosted_server_takes_larger_files_and_discord_has_the_last_word() -> None:
    """A boost raises the limit in its server; what Discord refuses is too large all the same."""
    large = OutgoingFile(name="big.bin", content=bytes(10 * 1024 * 1024 + 1))
    async with staged(premium_tier=2) as stage:
        prompt, direct = await asked(stage), await asked(stage, is_direct=True)
        await stage.adapter.send(prompt.key, [large])
        assert len(stage.files_in(prompt.key)) == 1
        with pytest.raises(FileTooLarge):
            await stage.adapter.send(direct.key, [large])
    async with staged(largest_file=4) as stage:
        prompt = await asked(stage)
        with pytest.raises(FileTooLarge):
            await stage.adapter.send(prompt.key, [SMALL])


async def test_where_the_bot_may_attach_no_files_that_is_said() -> None:
    """The sentence names the permission that is missing."""
    async with staged() as stage:
        prompt = await asked(stage)
        stage.discord.faults.turn_on("missing_permission", permissions=["ATTACH_FILES"])
        with pytest.raises(ChatRefused) as error:
            await stage.adapter.send(prompt.key, [SMALL])
        assert "Attach Files" in str(error.value)


async def test_nothing_is_sent_where_there_is_nothing_or_no_place() -> None:
    """No files are no message; files for a deleted thread are refused."""
    async with staged() as stage:
        prompt = await asked(stage)
        with pytest.raises(ChatRefused):
            await stage.adapter.send(prompt.key, [])
        await replying(stage, prompt).close(done("Here."))
        await stage.discord.person("ada").archive_thread(prompt.key.thread)
        await stage.adapter.send(prompt.key, [SMALL])
        assert len(stage.files_in(prompt.key)) == 1
        await stage.discord.person("ada").delete_channel(prompt.key.thread)
        with pytest.raises(ChatError):
            await stage.adapter.send(prompt.key, [SMALL])


@given(
    st.lists(
        st.sampled_from([0, 1, LARGEST_TOGETHER // 3, LARGEST_TOGETHER, LARGEST_TOGETHER + 1]),
        max_size=25,
    )
)
def test_files_are_put_together_as_messages_take_them(sizes: list[int]) -> None:
    """In order, ten at most, and within what a request takes unless one alone is larger."""
    contents = {size: memoryview(_ZEROS)[:size] for size in sizes}
    files = [OutgoingFile(name="a", content=contents[size]) for size in sizes]  # type: ignore[arg-type]
    made = list(batches(files))
    assert [file for batch in made for file in batch] == files
    for batch in made:
        assert 1 <= len(batch) <= MOST_TOGETHER
        assert len(batch) == 1 or sum(len(each.content) for each in batch) <= LARGEST_TOGETHER


@given(st.text(), st.text(), st.binary(max_size=12))
def test_any_file_can_be_named(name: str, title: str, content: bytes) -> None:
    """Names are one line, not empty, no path and not too long; so are descriptions."""
    made = upload(OutgoingFile(name=name, content=content, title=title))
    assert made.name.strip(". ")
    assert made.name.isprintable()
    assert "/" not in made.name
    assert "\\" not in made.name
    assert len(made.name) <= 124
    assert len(made.description) <= 1_024
    said = made.described(3)
    assert (said["id"], said["filename"]) == (3, made.name)
    made.name.encode()


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("report.pdf", "report.pdf"),
        ("/desk/out/report.pdf", "report.pdf"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\nb.txt", "a b.txt"),
        ("txt.\u202eexe", "txt. exe"),
        ("...", "file"),
        ("", "file"),
        ("x" * 200 + ".md", "x" * 116 + "….md"),
    ],
)
def test_a_name_stays_as_it_is_where_it_can(name: str, taken: str) -> None:
    """Paths, controls and directions go; the ending of a long name stays."""
    assert acceptable(name, 120) == taken


_ZEROS = bytes(LARGEST_TOGETHER + 1)
