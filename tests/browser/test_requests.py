"""What Copilot asks people, with the real bot: forms, menus and the Home tab, over restarts."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_screenshots import MEASURES, seen
from tests.e2e.stage import Stage, stage

pytestmark = pytest.mark.runtime

WAIT_MS = 30_000
WAYS = [f"the {each} way" for each in ("short", "long", "easy", "hard", "old", "new", "scenic")]
FORM = "ask: Which *colour* shall it have? | red | blue"
MENU = f"ask: Which way? | {' | '.join(WAYS)}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The product on a stage."""
    async with stage(tmp_path_factory.mktemp("requests")) as made:
        yield made


async def restart(play: Stage) -> None:
    """End the bot and its runtime, and start both anew."""
    assert await play.bot.end() == 0
    await play.start()


async def both(play: Stage, open_page: OpenPage) -> dict[str, Page]:
    """A page for each platform."""
    pages = {}
    for platform in ("slack", "discord"):
        page = await open_page(play.playground.url.rstrip("/"), width=1440, height=1000)
        if platform == "discord":
            await page.get_by_role("radio", name="Discord").check()
            await page.get_by_role("link", name="general").click()
        pages[platform] = page
    return pages


async def ask(page: Page, prompt: str) -> Locator:
    """Ask in the channel, and wait in its thread for the question that comes back."""
    composer = page.get_by_test_id("channel-composer")
    await composer.fill(f"@copilot {prompt}")
    await composer.press("Enter")
    await open_thread(page, prompt)
    question = message(page, words_of(prompt))
    await expect(question.get_by_role("button", name="Write an answer")).to_be_visible(
        timeout=WAIT_MS
    )
    return question


async def open_thread(page: Page, prompt: str) -> None:
    """Open the thread of what was asked."""
    messages = page.get_by_test_id("channel-messages").get_by_test_id("message")
    root = messages.filter(has_text="ask:").filter(has_text=words_of(prompt))
    await root.get_by_test_id("replies").click(timeout=WAIT_MS)


def words_of(prompt: str) -> str:
    """Words of a question, as the page shows them."""
    return "shall it have?" if prompt == FORM else "Which way?"


def message(page: Page, words: str) -> Locator:
    """The newest message of the thread with these words in it."""
    thread = page.get_by_test_id("thread-messages").get_by_test_id("message")
    return thread.filter(has_text=words).filter(has_not_text="ask:").last


async def test_a_form_over_restarts(open_page: OpenPage, play: Stage) -> None:
    """Shown, then the bot starts anew; opened, then again; sent: answered. Others get no form."""
    pages = await both(play, open_page)
    questions = {name: await ask(page, FORM) for name, page in pages.items()}
    await restart(play)
    for name, page in pages.items():
        await page.get_by_role("radio", name="Ben Baker").check()
        button = questions[name].get_by_role("button", name="Write an answer")
        await button.click()
        refusal = page.get_by_text("That is for the person who was asked")
        await expect(refusal.first).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_test_id("modal")).to_be_hidden()
        await page.get_by_role("radio", name="Ann Archer").check()
        await button.click()
        dialog = page.get_by_test_id("modal")
        await expect(dialog.get_by_role("heading", name="Write an answer")).to_be_visible(
            timeout=WAIT_MS
        )
        await expect(dialog.get_by_text("Which colour shall it have?")).to_be_visible()
        await dialog.get_by_label("Your answer").fill("mauve,\nand nothing else")
        await seen(page, f"{name}-form")
        assert await page.evaluate(f"({MEASURES}).poorContrasts()") == {}
    await restart(play)
    for name, page in pages.items():
        await (
            page.get_by_test_id("modal")
            .get_by_role("button", name="Send" if name == "slack" else "Submit")
            .click()
        )
        answer = message(page, "User responded: mauve,")
        await expect(answer).to_be_visible(timeout=WAIT_MS)
        await expect(questions[name].get_by_role("button", name="red")).to_have_count(0)
        await expect(page.get_by_test_id("modal")).to_be_hidden()


async def test_a_menu_and_the_home_tab(open_page: OpenPage, play: Stage) -> None:
    """Many choices are a menu; in Slack what waits can be chosen on the Home tab as well."""
    pages = await both(play, open_page)
    for name, page in pages.items():
        question = await ask(page, MENU)
        menu = question.get_by_role("combobox", name="Choose an answer")
        await expect(menu).to_be_visible(timeout=WAIT_MS)
        await seen(page, f"{name}-menu")
        if name == "discord":
            await menu.select_option(WAYS[4])
            await expect(message(page, f"User selected: {WAYS[4]}")).to_be_visible(timeout=WAIT_MS)
    page = pages["slack"]
    await page.get_by_role("link", name="copilot").click()
    await page.get_by_role("tab", name="Home").click()
    home = page.get_by_test_id("home-view")
    await expect(home.get_by_role("heading", name="Waiting for your answer")).to_be_visible()
    await expect(home.get_by_text("Which way?")).to_be_visible()
    await expect(home.get_by_role("link", name="Show")).to_be_visible()
    await seen(page, "slack-home")
    assert await page.evaluate(f"({MEASURES}).poorContrasts()") == {}
    await home.get_by_role("combobox", name="Choose an answer").select_option(WAYS[6])
    await expect(home.get_by_text("Nothing waits for you.")).to_be_visible(timeout=WAIT_MS)
    await page.get_by_test_id(re.compile("^place-C0GENERAL")).click()
    await open_thread(page, MENU)
    await expect(message(page, f"User selected: {WAYS[6]}")).to_be_visible(timeout=WAIT_MS)
