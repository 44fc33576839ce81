"""Files in the playground's Discord: how they go up, where they are, how long, what goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from playground.discord.attachments import Upload, safe_name, title_of
from playground.discord.discord import PlaygroundDiscord
from playground.discord.signing import Signer
from playground.image_size import image_size
from playground.server import DiscordOptions, Playground
from tests.playground.discord_api import Rest
from tests.playground.test_slack_page_socket import Browser

_PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\x02\0\0\0\x03" + b"\x08\x02\0\0\0"
_JPEG = b"\xff\xd8\xff\xe0\0\x04\0\0\xff\xc0\0\x0b\x08\0\x05\0\x07\x01\x01\x11\0"


@pytest.fixture
async def page(playground: Playground) -> AsyncIterator[Browser]:
    """A page that is open."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{playground.url}page/discord/live") as socket,
    ):
        yield Browser(socket)


async def downloaded(rest: Rest, url: str) -> tuple[int, bytes]:
    """Ask for a file as anybody can."""
    async with rest.session.get(url, allow_redirects=False) as answer:
        return answer.status, await answer.read()


async def shared(world: PlaygroundDiscord, name: str = "a.txt", content: bytes = b"hello") -> str:
    """Ann shares a file in #general; returns its address."""
    ann = world.person("ann")
    said = await ann.say("general", "", files=[await ann.upload(name, content)])
    message = world.message(said)
    assert message is not None
    return message.attachments[0].signed_url


async def put(playground: Playground, user: str, **parts: Any) -> tuple[int, Any]:
    """Upload as the page does."""
    form = aiohttp.FormData(quote_fields=False)
    for name, (content, filename) in parts.items():
        form.add_field(name, content, filename=filename)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{playground.url}page/discord/upload?as={user}", data=form) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("name", "safe", "title"),
    [
        ("report.pdf", "report.pdf", None),
        ("my report.pdf", "my_report.pdf", "my report"),
        ("Übersicht (neu).xlsx", "bersicht_neu.xlsx", "Übersicht (neu)"),
        ("../../etc/passwd", "passwd", None),
        ("図.png", "png", "図"),
        ("", "unknown", None),
    ],
)
def test_names_are_kept_as_discord_keeps_them(name: str, safe: str, title: str | None) -> None:
    """A name becomes plain; what it was is the title, without its ending."""
    assert (safe_name(name), title_of(name)) == (safe, title)


def test_images_say_how_large_they_are() -> None:
    """Width and height are those of the file; what is no image has none."""
    assert image_size(_PNG) == (2, 3)
    assert image_size(_JPEG) == (7, 5)
    assert image_size(b"GIF89a\x04\0\x06\0") == (4, 6)
    assert image_size(_JPEG[:9]) is None
    assert image_size(b"hello") is None
    assert Upload(filename="SPOILER_a.png", content=_PNG).payload()["flags"] == 8


def test_an_address_holds_for_its_time() -> None:
    """A signature is for one file, ends when it says, and cannot be lengthened."""
    now = [1_000.0]
    signer = Signer(lifetime_s=60, now=lambda: now[0])
    url = urlsplit(signer.signed("http://cdn/attachments/1/2/a.txt"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert (int(query["ex"], 16), int(query["is"], 16)) == (1_060, 1_000)
    assert signer.holds(url.path, query)
    assert not signer.holds("/attachments/1/2/b.txt", query)
    assert not signer.holds(url.path, {**query, "ex": "ffffffff"})
    assert not signer.holds(url.path, {})
    now[0] = 1_060.0
    assert not signer.holds(url.path, query)


async def test_a_file_is_had_by_its_address_alone(rest: Rest, world: PlaygroundDiscord) -> None:
    """Whoever has the address gets the file, whoever has not does not; both are recorded."""
    url = await shared(world)
    assert await downloaded(rest, url) == (200, b"hello")
    assert (await downloaded(rest, url.partition("?")[0]))[0] == 404
    assert [one.status for one in world.downloads] == [200, 404]
    assert "authorization" not in world.downloads[0].headers


async def test_an_address_that_ended_is_refreshed(rest: Rest, world: PlaygroundDiscord) -> None:
    """Reading the message again brings a new address, and so does refresh-urls."""
    url = await shared(world)
    world.faults.turn_on("expire_files")
    assert (await downloaded(rest, url))[0] == 404
    [message] = await rest.get(f"/channels/{world.channel('general')}/messages")
    assert (await downloaded(rest, message["attachments"][0]["url"]))[0] == 200
    answer = await rest.post("/attachments/refresh-urls", attachment_urls=[url, "https://a/b"])
    [first, second] = answer["refreshed_urls"]
    assert first["original"] == url
    assert (await downloaded(rest, first["refreshed"]))[0] == 200
    assert second == {"original": "https://a/b", "refreshed": "https://a/b"}


async def test_downloads_go_wrong_on_purpose(rest: Rest, world: PlaygroundDiscord) -> None:
    """A download can fail, go elsewhere, be cut off, be slow, or be longer than was told."""
    url = await shared(world, content=b"x" * 100_000)
    world.faults.turn_on("lose_files", status=500)
    assert (await downloaded(rest, url))[0] == 500
    world.faults.turn_on("redirect_files", to="http://elsewhere.example/")
    async with rest.session.get(url, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, "http://elsewhere.example/")
    world.faults.turn_on("cut_files", after=50_000)
    with pytest.raises(aiohttp.ClientError):
        await downloaded(rest, url)
    world.faults.turn_on("endless_files", bytes=1_000)
    assert len((await downloaded(rest, url))[1]) == 101_000
    world.faults.turn_on("slow_files", ms=1)
    assert await downloaded(rest, url) == (200, b"x" * 100_000)


@pytest.mark.parametrize(
    "discord_options", [DiscordOptions(limits=False, largest_file=10, premium_tier=2)]
)
async def test_a_boosted_server_takes_larger_files(rest: Rest, world: PlaygroundDiscord) -> None:
    """A boost raises the limit in the server, and not in direct messages."""
    ann = world.person("ann")
    upload = await ann.upload("a.bin", b"x" * 11)
    await ann.say("general", "", files=[upload])
    with pytest.raises(Exception, match="too large"):
        await ann.say("dm", "", files=[upload])
    files = {f"file{number}": b"x" * 9 for number in range(10)}
    form = aiohttp.FormData()
    for number, content in enumerate(files.values()):
        form.add_field(f"files[{number}]", content, filename="a.bin")
    said = await rest("POST", f"/channels/{world.channel('general')}/messages", data=form)
    assert len(said["attachments"]) == 10


async def test_what_people_send_beside_text(rest: Rest, world: PlaygroundDiscord) -> None:
    """Voice messages, stickers, polls and forwarded messages come as Discord sends them."""
    ann, ben = world.person("ann"), world.person("ben")
    path = f"/channels/{world.channel('general')}/messages"
    upload = await ann.upload("voice-message.ogg", b"OggS")
    await ann.speak("general", upload, 2.5)
    await ann.stick("general", "hello there")
    await ann.start_poll("general", "which?", ["this", "that"])
    said = await ann.say("random", "look", files=[await ann.upload("a.png", _PNG)])
    await ben.forward("random", said, "general")
    forwarded, poll, sticker, voice = await rest.get(path)
    assert (voice["flags"], voice["attachments"][0]["duration_secs"]) == (8192, 2.5)
    assert sticker["sticker_items"][0]["name"] == "hello there"
    assert poll["poll"]["answers"][1]["poll_media"]["text"] == "that"
    assert (forwarded["content"], forwarded["author"]["id"]) == ("", ben.id)
    assert forwarded["message_reference"]["type"] == 1
    assert forwarded["message_reference"]["channel_id"] == world.channel("random")
    assert "referenced_message" not in forwarded
    [snapshot] = forwarded["message_snapshots"]
    assert snapshot["message"]["content"] == "look"
    assert snapshot["message"]["attachments"][0]["filename"] == "a.png"
    with pytest.raises(Exception, match="cannot be forwarded"):
        await ben.forward("general", poll["id"], "random")
    with pytest.raises(Exception, match="a poll has"):
        await ben.start_poll("general", "which?", [])


async def test_a_page_uploads_and_shares_files(
    page: Browser, playground: Playground, world: PlaygroundDiscord
) -> None:
    """What the page uploads comes with the message, under an address of the same origin."""
    ann = world.person("ann").id
    hello = await page.event("hello")
    assert hello["files"]["most"] == 10
    assert hello["files"]["largest"] == 10 * 1024 * 1024
    assert [(one["name"], one["animated"]) for one in hello["emojis"]] == [
        ("party", False),
        ("wave", True),
    ]
    status, answer = await put(
        playground, ann, file=(_PNG, "my picture.png"), description=("two by three", None)
    )
    assert (status, answer["file"]["filename"], answer["file"]["title"]) == (
        200,
        "my_picture.png",
        "my picture",
    )
    assert (answer["file"]["width"], answer["file"]["description"]) == (2, "two by three")
    general = world.channel("general")
    await page.ask(
        "say", **{"as": ann}, channel=general, content=":party:", attachments=[answer["file"]["id"]]
    )
    shown = page.told[-2]["message"]
    assert shown["content"] == world.guild.emojis["party"].written
    [file] = shown["attachments"]
    assert file["description"] == "two by three"
    assert file["url"].startswith("/discord/cdn/attachments/")
    async with aiohttp.ClientSession(playground.url) as session, session.get(file["url"]) as got:
        assert (got.status, got.content_type, await got.read()) == (200, "image/png", _PNG)
    said = {"as": ann, "channel": general, "message": shown["id"]}
    assert (await page.ask("forward", **said, to="dm"))["ok"]
    forwarded = page.told[-2]["message"]
    [snapshot] = forwarded["message_snapshots"]
    assert snapshot["message"]["attachments"][0]["url"].startswith("/discord/cdn/attachments/")
    where = {"as": ann, "channel": general}
    assert (await page.ask("sticker", **where, name="hi"))["ok"]
    assert (await page.ask("poll", **where, question="which?", answers=["a", "b"]))["ok"]
    assert (await page.ask("speak", **where, attachment=answer["file"]["id"], duration_s=1))["ok"]


@pytest.mark.parametrize("discord_options", [DiscordOptions(limits=False, largest_file=1024)])
async def test_an_upload_is_refused_with_a_reason(
    playground: Playground, world: PlaygroundDiscord
) -> None:
    """Too large a file, nobody's, none at all: each refusal says why."""
    ann = world.person("ann").id
    status, answer = await put(playground, ann, file=(b"x" * 1025, "a.bin"))
    assert (status, answer["ok"]) == (413, False)
    assert "too large" in answer["error"]
    assert (await put(playground, "5", file=(b"x", "a.bin")))[0] == 400
    assert (await put(playground, ann, other=(b"x", "a.bin")))[0] == 400
    long = ("d" * 1025, None)
    assert (await put(playground, ann, file=(b"x", "a.bin"), description=long))[0] == 400


async def test_a_slow_download_is_given_up_by_who_asked(
    rest: Rest, world: PlaygroundDiscord
) -> None:
    """Somebody who hangs up while it is slow does no harm."""
    url = await shared(world)
    world.faults.turn_on("slow_files", ms=60_000)
    asked = asyncio.ensure_future(downloaded(rest, url))
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    world.faults.clear()
    assert await downloaded(rest, url) == (200, b"hello")
