"""Files of messages: pictures, texts and the rest, as Slack and Discord show them."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import BEN as DISCORD_BEN
from tests.browser.fake_guild import BOT, GENERAL, FakeGuild
from tests.browser.fake_server import Json
from tests.browser.fake_workspace import FakeWorkspace
from tests.browser.pictures import png

CHANNEL = "C0GENERAL"
DISCORD = f"#/discord/{GENERAL}"
PYTHON = b'"""Looms."""\n' + b"".join(b"x = %d  # <b>\n" % n for n in range(1, 41))


def file_named(page: Page, name: str) -> Locator:
    """The file with this name in it."""
    return page.get_by_test_id("file").filter(has_text=name)


async def box(element: Locator) -> dict[str, float]:
    """Where an element is."""
    found = await element.bounding_box()
    assert found is not None
    return {name: found[name] for name in ("x", "y", "width", "height")}


async def test_a_picture(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A picture is shown in its proportions, with its title; it folds away, and can be saved."""
    file = workspace.keep_file(
        "loom.png", png(720, 360), "image/png", title="The loom", original_w=720, original_h=360
    )
    workspace.keep(CHANNEL, user="U0BEN", text="look", files=[{**file, "alt_txt": "Threads"}])
    page = await open_page(workspace.address)
    picture = page.get_by_role("img", name="Threads")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("i => i.decode().then(() => i.naturalWidth)") == 720
    shown = await box(picture)
    assert (shown["width"], shown["height"]) == (360, 180)
    save = page.get_by_role("link", name="Download The loom")
    await expect(save).to_have_attribute("download", "The loom")
    await expect(save).to_have_attribute("href", f"{workspace.address}{file['url']}")
    fold = page.get_by_role("button", name="The loom")
    await fold.click()
    await expect(picture).to_be_hidden()
    await fold.click()
    await expect(picture).to_be_visible()


async def test_a_picture_keeps_its_place_before_it_is_there(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A picture of known size is as high before it is loaded as after: nothing below it moves."""
    lost: Json = {
        "id": "9",
        "name": "slow.png",
        "mimetype": "image/png",
        "url": "/files/slow",
        "original_w": 200,
        "original_h": 100,
    }
    page = await open_page(workspace.address)
    await page.route("**/files/slow", lambda _: None)
    await workspace.post(CHANNEL, user="U0BEN", text="look", files=[lost])
    shown = await box(page.get_by_test_id("file"))
    assert (shown["width"], shown["height"]) == (200, 100)


async def test_a_picture_that_is_gone(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A picture that cannot be loaded is a card, and says so."""
    lost = {"id": "9", "name": "a.png", "mimetype": "image/png", "size": 5, "url": "/files/9"}
    page = await open_page(workspace.address)
    await page.route("**/files/9", lambda route: route.abort())
    await workspace.post(CHANNEL, user="U0BEN", files=[lost])
    await expect(page.get_by_text("could not be shown")).to_be_visible()
    await expect(file_named(page, "a.png")).to_have_text("a.pngPNG · 5 bytes")


async def test_lightbox(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A picture opens large, by keyboard too; arrows go on, Escape gives the focus back."""
    files = [
        workspace.keep_file(name, png(width, 300), "image/png", original_w=width, original_h=300)
        for name, width in (("one.png", 300), ("two.png", 600))
    ]
    message = workspace.keep(CHANNEL, user="U0BEN", text="two", files=files)
    page = await open_page(workspace.address)
    one = page.get_by_role("link", name="one.png", exact=True)
    await one.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="one.png")
    await expect(dialog).to_contain_text("300 × 300 · 1 of 2")
    await expect(dialog.get_by_role("link", name="Download one.png")).to_be_visible()
    large = dialog.get_by_role("img", name="one.png")
    assert await large.evaluate("i => i.decode().then(() => i.naturalWidth)") == 300
    await workspace.change(message, text="two pictures", edited=True)
    await expect(page.get_by_text("two pictures")).to_be_visible()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("dialog", name="two.png")).to_contain_text("2 of 2")
    await page.get_by_role("button", name="Next picture").click()
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("lightbox")).to_have_count(0)
    await expect(one).to_be_focused()


async def test_a_text_file(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A text shows its first lines in colours; all of it comes, and goes, at the press of a key."""
    file = workspace.keep_file(
        "looms.py",
        PYTHON,
        "text/x-python",
        mode="snippet",
        pretty_type="Python",
        preview=PYTHON.decode()[:70],
        lines=41,
    )
    message = workspace.keep(CHANNEL, user="U0BEN", files=[file])
    page = await open_page(workspace.address)
    snippet = page.get_by_role("region", name="Text file looms.py")
    await expect(snippet).to_contain_text("Python · ")
    code = snippet.locator("code")
    await expect(code.locator(".tok-string")).to_have_text('"""Looms."""')
    assert (await code.inner_text()).count("\n") == 5
    more = snippet.get_by_role("button", name="Show all 41 lines")
    await more.press("Enter")
    await expect(code).to_have_text(PYTHON.decode().rstrip("\n"), use_inner_text=True)
    await expect(code.locator("b")).to_have_count(0)
    await workspace.change(message, text="these are they", edited=True)
    await expect(page.get_by_text("these are they")).to_be_visible()
    await expect(code).to_contain_text("x = 40")
    await snippet.get_by_role("button", name="Show less").click()
    await expect(code).not_to_contain_text("x = 40")


async def test_a_text_that_cannot_be_read(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A text that cannot be read says so, and can still be saved."""
    page = await open_page(workspace.address)
    await page.route("**/files/9", lambda route: route.abort())
    file = {"id": "9", "name": "a.log", "mimetype": "text/plain", "size": 9, "url": "/files/9"}
    await workspace.post(CHANNEL, user="U0BEN", files=[file])
    await expect(page.get_by_role("alert").filter(has_text="could not be read")).to_be_visible()
    await expect(page.get_by_role("link", name="Download a.log")).to_be_visible()


async def test_other_files(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Any other file is a card with its name, kind and size, and is saved under its name."""
    workspace.keep(
        CHANNEL,
        user="U0BEN",
        files=[
            workspace.keep_file("b.pdf", b"%PDF" + bytes(48_209), "application/pdf"),
            {"id": "x", "mode": "tombstone"},
            {"id": "y", "mode": "hidden_by_limit"},
            {
                "id": "z",
                "name": "Plan",
                "mode": "external",
                "url": "https://example.com/plan",
                "mimetype": "application/vnd.slack-remote",
                "pretty_type": "Remote",
            },
        ],
    )
    page = await open_page(workspace.address)
    card = page.get_by_role("link", name="b.pdf PDF · 48 kB")
    async with page.expect_download() as downloading:
        await card.click()
    assert (await downloading.value).suggested_filename == "b.pdf"
    await expect(page.get_by_text("This file was deleted.")).to_be_visible()
    await expect(page.get_by_text("This file is hidden")).to_be_visible()
    elsewhere = page.get_by_role("link", name="Plan")
    await expect(elsewhere).to_have_attribute("href", "https://example.com/plan")
    await expect(elsewhere).to_have_attribute("rel", "noopener noreferrer")


async def test_files_that_come_and_go_leave_the_others_alone(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """Another file in a message leaves the elements of those that were there."""
    first = workspace.keep_file("a.zip", b"PK", "application/zip")
    second = workspace.keep_file("b.zip", b"PK", "application/zip")
    message = workspace.keep(CHANNEL, user="U0BEN", files=[first])
    page = await open_page(workspace.address)
    await file_named(page, "a.zip").evaluate("e => e.dataset.seen = 'yes'")
    await workspace.change(message, files=[second, first])
    await expect(page.get_by_test_id("file")).to_have_count(2)
    await expect(file_named(page, "a.zip")).to_have_attribute("data-seen", "yes")


async def test_messages_of_files_alone(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A message may be its files; one's own loses its text, or a file, but not the other."""
    file = workspace.keep_file("a.zip", b"PK", "application/zip", user="U0ADA")
    workspace.keep(CHANNEL, user="U0ADA", text="here", files=[file])
    page = await open_page(workspace.address)
    await page.get_by_test_id("channel-composer").press("ArrowUp")
    editor = page.get_by_role("textbox", name="Edit message")
    await editor.fill("")
    await editor.press("Enter")
    await workspace.heard("edit", text="")
    await expect(page.get_by_text("here", exact=True)).to_have_count(0)
    await expect(file_named(page, "a.zip")).to_be_visible()
    await page.get_by_test_id("message").hover()
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete “a.zip”…").click()
    await page.get_by_test_id("question").get_by_role("button", name="Delete").click()
    await workspace.heard("delete_file", file=file["id"])


HOSTILE = [
    '"><img src=x onerror=alert(1)>.png',
    "<script>alert(1)</script>.txt",
    "javascript:alert(1)",
    "a\u202egnp.exe",
    "x" * 300 + ".zip",
    "../../etc/passwd",
]


async def test_hostile_names_are_text(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A file's name is text wherever it stands, and a bad address is none."""
    shown = [
        {"id": f"h{n}", "name": name, "mimetype": kind, "url": "javascript:alert(1)", "size": 1}
        for n, name in enumerate(HOSTILE)
        for kind in ("image/png", "text/plain", "application/zip")
    ]
    pictures = [workspace.keep_file(name, png(9, 9), "image/png") for name in HOSTILE]
    workspace.keep(CHANNEL, user="U0BEN", files=[*shown, *pictures])
    page = await open_page(workspace.address)
    await expect(page.get_by_test_id("file")).to_have_count(len(shown) + len(pictures))
    bad = "document.querySelectorAll('#main script, [onerror], [src^=javascript], [href^=java]')"
    assert await page.evaluate(f"{bad}.length") == 0
    wide = "document.querySelector('.scroller').scrollWidth"
    assert await page.evaluate(f"{wide} <= document.querySelector('.scroller').clientWidth")
    await page.get_by_role("link", name=HOSTILE[0], exact=True).click()
    await expect(page.get_by_test_id("lightbox").get_by_role("heading")).to_have_text(HOSTILE[0])


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html", "application/xhtml+xml"])
async def test_documents_are_no_pictures(
    workspace: FakeWorkspace, open_page: OpenPage, kind: str
) -> None:
    """An SVG or an HTML page is never drawn: it is saved, or shown as the text that it is."""
    name = f"a.{kind.partition('/')[2].partition('+')[0]}"
    workspace.keep(CHANNEL, user="U0BEN", files=[workspace.keep_file(name, SVG, kind)])
    page = await open_page(workspace.address)
    await expect(page.get_by_test_id("file")).to_be_visible()
    assert await page.locator("#main :is(img, iframe, object, embed, script)").count() == 0
    if kind == "text/html":
        await expect(page.locator("#main code")).to_have_text(SVG.decode())


async def test_nothing_is_loaded_from_elsewhere(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A picture on another server is a link: the page asks only its own for anything."""
    block = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A loom"}
    page = await open_page(workspace.address)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await workspace.say_as_bot(CHANNEL, text="x", blocks=[block])
    await workspace.say_as_bot(CHANNEL, markdown="![A cat](https://example.com/b.png)")
    for words, address in (("A loom", "a.png"), ("A cat", "b.png")):
        link = page.get_by_role("link", name=words)
        await expect(link).to_have_attribute("href", f"https://example.com/{address}")
    assert [url for url in asked if not url.startswith(workspace.address)] == []


# ---- Discord


def discord_pictures(guild: FakeGuild, count: int) -> list[Json]:
    """As many pictures as Discord has them."""
    return [
        guild.keep_file(f"{n}.png", png(400, 300), "image/png", width=400, height=300)
        for n in range(count)
    ]


RECTS = """block => [block, ...block.querySelectorAll(".picture")]
  .map(element => element.getBoundingClientRect().toJSON())"""


async def test_discord_pictures_are_a_mosaic(guild: FakeGuild, open_page: OpenPage) -> None:
    """Pictures of one message fill a block together, and none is over another."""
    pictures = discord_pictures(guild, 10)
    message = guild.keep(GENERAL, BOT, attachments=pictures)
    page = await open_page(guild.address, DISCORD)
    for count in range(10, 1, -1):
        await guild.change(message, attachments=pictures[:count])
        await expect(page.locator(".picture")).to_have_count(count)
        block, *parts = await page.locator(".pictures").evaluate(RECTS)
        filled = sum(part["width"] * part["height"] for part in parts)
        assert 0.93 < filled / (block["width"] * block["height"]) <= 1, count
        assert max(part["right"] for part in parts) <= block["right"] + 1
        assert block["width"] <= 550


async def test_discord_files(guild: FakeGuild, open_page: OpenPage) -> None:
    """A text shows its first lines, fetched; a file's title stands for its name."""
    text = guild.keep_file("looms.py", PYTHON, "text/x-python; charset=utf-8")
    film = guild.keep_file("Plan_.zip", b"PK", "application/zip", title="Plan 漢字")
    guild.keep(GENERAL, BOT, attachments=[text, film])
    page = await open_page(guild.address, DISCORD)
    snippet = page.get_by_role("region", name="Text file looms.py")
    await expect(snippet.locator("code")).to_contain_text("x = 5")
    await expect(snippet.locator("code")).not_to_contain_text("x = 6")
    await snippet.get_by_role("button", name="Show all 41 lines").click()
    await expect(snippet.locator("code")).to_contain_text("x = 40")
    await expect(page.get_by_role("link", name=re.compile("^Plan 漢字.zip Zip"))).to_be_visible()


async def test_discord_spoilers_and_forwards(guild: FakeGuild, open_page: OpenPage) -> None:
    """A picture may be covered until one asks; what was forwarded stands as a quote."""
    covered = guild.keep_file("a.png", png(90, 90), "image/png", flags=8, width=90, height=90)
    inside = {"content": "**said**", "attachments": [], "embeds": []}
    guild.keep(GENERAL, DISCORD_BEN, attachments=[covered])
    guild.keep(GENERAL, DISCORD_BEN, message_snapshots=[{"message": inside}], flags=16384)
    page = await open_page(guild.address, DISCORD)
    picture = page.get_by_role("link", name="a.png", exact=True)
    await expect(picture).to_have_count(0)
    await page.get_by_role("button", name="Spoiler: press to show the picture").click()
    await expect(picture).to_be_focused()
    await expect(page.get_by_test_id("forwarded").locator("strong")).to_have_text("said")
