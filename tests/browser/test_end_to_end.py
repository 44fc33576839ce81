"""The page and the real bot with its real runtime; only the model keeps to a script."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from playground.model.brain import Piece, ToolCall
from playground.model.conversation import ChatRequest
from playground.model.scripted import say
from tests.browser.conftest import OpenPage
from tests.browser.replies import LINK, PICTURE, REPLY
from tests.browser.test_screenshots import seen, wrong
from tests.e2e.stage import Stage, stage

pytestmark = pytest.mark.runtime

WAIT_MS = 30_000
ASKED = "what does a lock cost"
COSTS = "kind,ns\nmutex,25\nsemaphore,140\nspinlock,5\n"


async def answer(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
    """Draw a chart, make a file, then answer."""
    match len(request.tool_results):
        case 0:
            series = [{"name": "ns", "values": [25, 140, 5]}]
            labels = ["mutex", "semaphore", "spinlock"]
            chart = {"kind": "bar", "title": "What a lock costs", "x": labels, "series": series}
            yield ToolCall("chart", chart)
        case 1:
            yield ToolCall("create", {"path": "/desk/costs.csv", "file_text": COSTS})
        case _:
            async for piece in say(REPLY):
                yield piece


@pytest_asyncio.fixture(loop_scope="session")
async def play(tmp_path: Path) -> AsyncIterator[Stage]:
    """The product on a stage."""
    async with stage(tmp_path, settings={"THREADPILOT_FOOTER": "true"}) as made:
        made.brain.on(ASKED, answer)
        yield made


async def ask(page: Page) -> None:
    """Ask in the channel that is open, and open the thread of it."""
    composer = page.get_by_test_id("channel-composer")
    await composer.fill(f"@copilot {ASKED}?")
    await composer.press("Enter")
    root = page.get_by_test_id("channel-messages").get_by_test_id("message").filter(has_text=ASKED)
    await root.get_by_test_id("replies").click(timeout=WAIT_MS)


async def check(page: Page, platform: str) -> None:
    """Measure the reply and the files that came with it."""
    thread = page.get_by_test_id("thread-messages")
    reply = thread.get_by_test_id("message").filter(has_text="Measured on one machine.")
    await expect(reply.get_by_role("link", name="a picture")).to_be_visible(timeout=WAIT_MS)
    await expect(reply).not_to_have_attribute("aria-busy", "true", timeout=WAIT_MS)
    chart = message_with(page, ".picture img")
    await expect(chart).to_be_visible(timeout=WAIT_MS)
    text = message_with(page, ".snippet")
    await expect(text.locator("code")).to_contain_text("semaphore,140", timeout=WAIT_MS)
    found = {
        "words": await wrong(reply, "words"),
        "code": await wrong(reply, "code"),
        "table": await wrong(reply, "cells" if platform == "slack" else "characters"),
        "list": await wrong(reply, "list"),
        "links": await wrong(reply, "links", [LINK, PICTURE]),
        "places": await wrong(reply, "places"),
        "picture": await wrong(chart, "picture"),
    }
    assert {name: each for name, each in found.items() if each} == {}
    await seen(page, f"{platform}-end-to-end")


def message_with(page: Page, selector: str) -> Locator:
    """The message of the thread that has this in it."""
    messages = page.get_by_test_id("thread-messages").get_by_test_id("message")
    return messages.filter(has=page.locator(selector)).last


async def test_a_reply_with_everything(open_page: OpenPage, play: Stage) -> None:
    """Asked on the page, the bot answers with text, chart and file, as they should look."""
    page = await open_page(play.playground.url.rstrip("/"), width=1440, height=1200)
    await ask(page)
    await check(page, "slack")
    await page.get_by_role("radio", name="Discord").check()
    await page.get_by_role("link", name="general").click()
    await ask(page)
    await check(page, "discord")
    await page.get_by_role("link", name="Download costs.csv").focus()
    async with page.expect_download() as downloading:
        await page.keyboard.press("Enter")
    assert (await (await downloading.value).path()).read_bytes() == COSTS.encode()
