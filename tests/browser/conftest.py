"""One headless Chromium for all browser tests; a fresh context, so a fresh page, for each."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.browser.fake_guild import FakeGuild
from tests.browser.fake_workspace import FakeWorkspace

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

NETWORK = re.compile("WebSocket|net::ERR_")

OpenPage = Callable[..., Awaitable[Page]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and run it in the loop that the browser lives in."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser, started once."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium, or Google Chrome on PATH")
    # Chromium's sandbox refuses to run as root.
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def workspace() -> AsyncIterator[FakeWorkspace]:
    """A workspace that does what the test says."""
    async with FakeWorkspace().serve() as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="session")
async def guild() -> AsyncIterator[FakeGuild]:
    """A Discord server that does what the test says."""
    async with FakeGuild().serve() as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """Open a page at an address; at the end no page may have complained on its console."""
    contexts = []
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        # What the network refused is the test's doing, and the page tells people of it.
        if said.type in ("error", "warning") and not NETWORK.search(said.text):
            complaints.append(said.text)

    async def open_at(
        address: str,
        place: str = "",
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = await context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{address}/{place}")
        await page.locator("#main h1").wait_for()
        return page

    yield open_at
    for context in contexts:
        await context.close()
    assert complaints == []
