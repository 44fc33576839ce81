"""One headless Chromium for all browser tests, and pages that each test finds empty."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.browser.fake_guild import FakeGuild
from tests.browser.fake_workspace import FakeWorkspace
from tests.browser.page_host import PageHost

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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def host() -> AsyncIterator[PageHost]:
    """Where every page of the run comes from."""
    async with PageHost().serve() as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="session")
async def workspace(host: PageHost) -> AsyncIterator[FakeWorkspace]:
    """A workspace that does what the test says."""
    async with FakeWorkspace().serve(host) as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="session")
async def guild(host: PageHost) -> AsyncIterator[FakeGuild]:
    """A Discord server that does what the test says."""
    async with FakeGuild().serve(host) as serving:
        yield serving


class Pages:
    """The browser's pages. A test gets them empty, and leaves them so."""

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._idle: list[Page] = []
        self._used: list[Page] = []
        self._complaints: list[str] = []

    async def open_at(
        self,
        address: str,
        place: str = "",
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Page:
        """Open a page at an address."""
        page = self._idle.pop() if self._idle else await self._made()
        self._used.append(page)
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        await page.mouse.move(0, 0)
        await page.goto(f"{address}/{place}")
        await page.locator("#main h1").wait_for()
        return page

    async def leave(self) -> list[str]:
        """Empty all pages, and return what they complained of on their consoles."""
        for page in self._used:
            await page.evaluate("localStorage.clear(); sessionStorage.clear()")
            await page.goto("about:blank")
            await page.unroute_all(behavior="ignoreErrors")
        await self._context.clear_permissions()
        self._idle += self._used
        complaints, self._used, self._complaints = self._complaints, [], []
        return complaints

    async def _made(self) -> Page:
        page = await self._context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complaints.append(str(error)))
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        # What the network refused is the test's doing, and the page tells people of it.
        if said.type in ("error", "warning") and not NETWORK.search(said.text):
            self._complaints.append(said.text)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pages(browser: Browser) -> AsyncIterator[Pages]:
    """All pages, of which a new one takes long."""
    context = await browser.new_context(locale="en-GB", timezone_id="UTC")
    context.set_default_timeout(10_000)
    yield Pages(context)
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(pages: Pages) -> AsyncIterator[OpenPage]:
    """Open a page at an address; at the end no page may have complained on its console."""
    yield pages.open_at
    assert await pages.leave() == []
