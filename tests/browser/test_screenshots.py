"""A reply with code, table, list, link and picture, as one sees it on both platforms.

What is measured holds with any fonts; pictures are compared coarsely, each construct by itself.
All that was seen is kept in `build/screenshots`, for people to look at.
"""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image, ImageChops, ImageStat
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import ADA, BOT, GENERAL, FakeGuild
from tests.browser.fake_server import Json
from tests.browser.fake_workspace import FakeWorkspace
from tests.browser.pictures import bars
from tests.browser.replies import LINK, PICTURE, REPLY, in_discord, in_slack

HERE = Path(__file__).parent
SHAPES = (HERE / "shapes.js").read_text().partition("\n")[2].rstrip()
MEASURES = (HERE / "measures.js").read_text().partition("\n")[2].rstrip()
BASELINES = HERE / "baselines"
KEPT = Path("build/screenshots")
CHANNEL = "C0GENERAL"
CHART = bars(640, 400)
FOOTER = "gpt-5 · 2.1 s · 410 tokens"
LOOKS = {"desktop": (1440, 900), "phone": (390, 844)}
COARSE = (24, 12)
FAINT, FEW = 48, 0.0002
"""A dot that differs by less is the same; so many of them, as a share, are nothing."""
MOST_UNLIKE = 20
"""How far the mean of a coarse picture may be from the baseline's, of 255."""


def last_of_thread(page: Page) -> Locator:
    """The last message of the thread that is open."""
    return page.get_by_test_id("thread-messages").get_by_test_id("message").last


async def wrong(message: Locator, measure: str, argument: object = None) -> list[str]:
    """What a measure finds wrong with a message."""
    call = f"(message, argument) => ({SHAPES}).{measure}(message, argument)"
    found: list[str] = await message.evaluate(call, argument)
    return found


async def check(message: Locator, *, platform: str, is_wide: bool) -> None:
    """Measure all that a reply is made of."""
    measures: dict[str, object] = {
        "words": None,
        "code": None,
        "list": None,
        "links": [LINK, PICTURE],
        "picture": None,
        "places": None,
    }
    if platform == "slack":
        measures["cells"] = None
    elif is_wide:
        measures["characters"] = None
    found = {name: await wrong(message, name, argument) for name, argument in measures.items()}
    assert {name: each for name, each in found.items() if each} == {}
    assert await message.page.evaluate(f"({MEASURES}).poorContrasts()") == {}


async def seen(page: Page, name: str) -> Image.Image:
    """Take a picture of the page, and keep it."""
    taken = await page.screenshot(animations="disabled")
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    keep(picture, name)
    return picture


def keep(picture: Image.Image, name: str) -> None:
    """Keep a picture for people to look at."""
    KEPT.mkdir(parents=True, exist_ok=True)
    picture.save(KEPT / f"{name}.png")


async def drawn(message: Locator) -> Image.Image:
    """Take a picture of one message."""
    taken = await message.screenshot(animations="disabled")
    return Image.open(io.BytesIO(taken)).convert("RGB")


def coarse(picture: Image.Image, parts: dict[str, Any]) -> Image.Image:
    """Each construct made so small that no letter is left, one under the other."""
    strip = Image.new("RGB", (COARSE[0], COARSE[1] * len(parts)))
    for at, part in enumerate(parts.values()):
        corners = (part["left"], part["top"], part["right"], part["bottom"])
        small = picture.crop(tuple(map(round, corners))).resize(COARSE, Image.Resampling.BOX)
        strip.paste(small, (0, at * COARSE[1]))
    return strip


def compare(strip: Image.Image, parts: dict[str, Any], name: str) -> None:
    """Compare each construct with how it looked before."""
    path = BASELINES / f"{name}.png"
    if not path.is_file():
        BASELINES.mkdir(exist_ok=True)
        strip.save(path, optimize=True)
        pytest.fail(f"{path.name} is new: look at build/screenshots/{name}.png, then keep it")
    before = Image.open(path).convert("RGB")
    assert before.size == strip.size
    for at, part in enumerate(parts):
        where = (0, at * COARSE[1], COARSE[0], (at + 1) * COARSE[1])
        unlike = ImageStat.Stat(ImageChops.difference(strip.crop(where), before.crop(where))).mean
        assert max(unlike) <= MOST_UNLIKE, f"{part} in {name}: {unlike}"


async def tell_slack(workspace: FakeWorkspace, root: Json) -> None:
    """Stream the reply in pieces, as Slack's page gets it; then its footer and a chart."""
    text = in_slack()
    place = {"thread_ts": root["ts"], "bot_id": "B0BOT", "user": "U0BOT"}
    task = {"id": "1", "title": "Measured locks", "status": "in_progress"}
    said = await workspace.post(CHANNEL, **place, markdown="", streaming=True, tasks=[task])
    for end in range(40, len(text), 40):
        await workspace.change(said, markdown=text[:end])
    footer = {"type": "context", "elements": [{"type": "mrkdwn", "text": FOOTER}]}
    chart = workspace.keep_file(
        "costs.png", CHART, "image/png", original_w=640, original_h=400, title="What locks cost"
    )
    done = {**task, "status": "complete", "output": "3 kinds"}
    more = {"tasks": [done], "blocks": [footer], "files": [chart]}
    await workspace.change(said, markdown=text, text=text, streaming=False, **more)


async def tell_discord(guild: FakeGuild, thread: Json) -> None:
    """Write the reply by edits, as on Discord; then a chart with it."""
    said = await guild.post(thread["id"], BOT, "…")
    for end in range(150, len(REPLY), 150):
        await guild.change(said, content=in_discord(REPLY[:end]))
    chart = guild.keep_file("costs.png", CHART, "image/png", width=640, height=400)
    text = f"-# ✓ Measured locks\n{in_discord()}\n-# {FOOTER}"
    await guild.change(said, content=text, attachments=[chart])


@pytest_asyncio.fixture(params=["slack", "discord"], loop_scope="session")
async def told(
    request: pytest.FixtureRequest,
    workspace: FakeWorkspace,
    guild: FakeGuild,
    open_page: OpenPage,
) -> AsyncIterator[tuple[str, Page]]:
    """The platform, and a page on which the reply has just come in, piece by piece."""
    width, height = LOOKS["desktop"]
    if request.param == "slack":
        root = workspace.keep(CHANNEL, user="U0ADA", text="<@U0BOT> what does a lock cost?")
        place = f"#/{CHANNEL}/{root['ts']}"
        page = await open_page(workspace.address, place, width=width, height=height)
        await expect(last_of_thread(page)).to_be_visible()
        await tell_slack(workspace, root)
        await workspace.set_session(CHANNEL, root["ts"], "active", "What a lock costs")
    else:
        question = guild.keep(GENERAL, ADA, f"<@{BOT}> what does a lock cost?")
        thread = guild.keep_thread(GENERAL, "What a lock costs", question)
        place = f"#/discord/{GENERAL}/{thread['id']}"
        page = await open_page(guild.address, place, width=width, height=height)
        await expect(last_of_thread(page)).to_be_visible()
        await tell_discord(guild, thread)
    yield str(request.param), page


async def test_a_reply_looks_right(told: tuple[str, Page]) -> None:
    """Every construct is what it should be, on a desk and on a telephone, light and dark."""
    platform, page = told
    message = last_of_thread(page)
    await expect(message.locator(".picture img")).to_be_visible()
    for look, (width, height) in LOOKS.items():
        await page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            await page.evaluate("theme => (document.documentElement.dataset.theme = theme)", scheme)
            await message.scroll_into_view_if_needed()
            await check(message, platform=platform, is_wide=look == "desktop")
            await seen(page, f"{platform}-{look}-{scheme}")


async def test_a_reply_looks_as_before(told: tuple[str, Page]) -> None:
    """Each construct looks, from afar, as it did when somebody last looked at it."""
    platform, page = told
    message = last_of_thread(page)
    await expect(message.locator(".picture img")).to_be_visible()
    await message.locator(".picture img").evaluate("image => image.decode()")
    await page.set_viewport_size({"width": LOOKS["desktop"][0], "height": 1200})
    for scheme in ("light", "dark"):
        await page.evaluate("theme => (document.documentElement.dataset.theme = theme)", scheme)
        name = f"{platform}-{scheme}"
        picture = await seen(page, name)
        parts = await message.evaluate(f"message => ({SHAPES}).parts(message)")
        compare(coarse(picture, parts), parts, name)


async def test_a_reply_that_grew_looks_as_one_at_once(told: tuple[str, Page]) -> None:
    """What came piece by piece is what one sees who comes later."""
    _, page = told
    message = last_of_thread(page)
    await page.set_viewport_size({"width": LOOKS["desktop"][0], "height": 1200})
    await message.locator(".picture img").evaluate("image => image.decode()")
    grown = await drawn(message)
    await page.reload()
    await message.locator(".picture img").evaluate("image => image.decode()")
    at_once = await drawn(message)
    assert grown.size == at_once.size
    unlike = ImageChops.difference(grown, at_once).convert("L").histogram()
    # Round corners may be smoothed another way; a word, a line or a box that moved is far more.
    assert sum(unlike[FAINT:]) < FEW * grown.width * grown.height
