"""Comparing models on the page, with the real bot and runtime: looked at on both platforms."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from playground.model.brain import Piece
from playground.model.conversation import ChatRequest
from playground.model.scripted import say
from tests.browser.conftest import OpenPage
from tests.browser.test_screenshots import seen, wrong
from tests.e2e.stage import COMPARED, UNKNOWN, Stage, stage

pytestmark = pytest.mark.runtime

WAIT_MS = 30_000
ASKED = "Why is the sea salty?"
SAID = {
    COMPARED[0]: "Rivers carry minerals into it. Water leaves, *salt stays*.",
    COMPARED[1]: (
        "For two reasons:\n\n1. Rain is a weak acid: it washes **minerals** from rocks.\n"
        "2. Vents at the bottom of the sea add more.\n\nWhat evaporates leaves them behind."
    ),
}


async def answer(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
    """Answer as each of the models does."""
    async for piece in say(SAID[request.model]):
        yield piece


@pytest_asyncio.fixture(loop_scope="session")
async def play(tmp_path: Path) -> AsyncIterator[Stage]:
    """The product on a stage."""
    async with stage(tmp_path) as made:
        made.brain.on(re.escape(ASKED), answer)
        yield made


def offering(page: Page, label: str) -> Locator:
    """The message of the thread with a button."""
    messages = page.get_by_test_id("thread-messages").get_by_test_id("message")
    return messages.filter(has=page.get_by_role("button", name=label, exact=True))


async def compare(page: Page, platform: str) -> None:
    """Ask, vote, have the models revealed, and go on with one; look at each."""
    composer = page.get_by_test_id("channel-composer")
    await composer.fill(f"@copilot compare {' '.join(COMPARED)} {UNKNOWN} {ASKED}")
    await composer.press("Enter")
    root = page.get_by_test_id("channel-messages").get_by_test_id("message").filter(has_text=ASKED)
    await root.get_by_test_id("replies").click(timeout=WAIT_MS)
    vote = offering(page, "Reveal models")
    await expect(vote).to_be_visible(timeout=WAIT_MS)
    thread = page.get_by_test_id("thread-messages")
    await expect(thread.get_by_role("heading", name=re.compile("^Answer [ABC]$"))).to_have_count(3)
    why = thread.get_by_text("No answer: why is told with the models.", exact=True)
    await expect(why).to_have_count(1)
    # Only who asked names the models.
    named = re.compile("|".join([*COMPARED, UNKNOWN]))
    await expect(thread.get_by_test_id("message").filter(has_text=named)).to_have_count(1)
    await seen(page, f"{platform}-compare-vote")
    label = await vote.get_by_role("button", name=re.compile("^[ABC]$")).first.inner_text()
    await vote.get_by_role("button", name=label, exact=True).click()
    await expect(vote).to_contain_text("One vote so far", timeout=WAIT_MS)
    await vote.get_by_role("button", name="Reveal models").click()
    told = offering(page, f"Continue with {label}")
    await expect(told.get_by_role("heading")).to_contain_text("won", timeout=WAIT_MS)
    await expect(told.get_by_role("listitem")).to_have_count(3)
    await expect(told).to_contain_text("gave no answer. It is not known here")
    assert await wrong(told, "places") == []
    await seen(page, f"{platform}-compare-models")
    await told.get_by_role("button", name=f"Continue with {label}").click()
    await expect(thread.get_by_text(f"goes on with {label}")).to_be_visible(timeout=WAIT_MS)


async def test_models_are_compared(open_page: OpenPage, play: Stage) -> None:
    """Blind answers, the vote, the models and the choice, as they look on both platforms."""
    page = await open_page(play.playground.url.rstrip("/"), width=1440, height=1200)
    await compare(page, "slack")
    await page.get_by_role("radio", name="Discord").check()
    await page.get_by_role("link", name="general").click()
    await compare(page, "discord")
