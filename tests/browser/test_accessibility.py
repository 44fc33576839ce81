"""Keyboard, names, landmarks, contrast, small screens and looks."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_workspace import FakeWorkspace

GENERAL = "C0GENERAL"

FROM_THE_START = "document.body.tabIndex = -1; document.body.focus()"

MEASURES = (Path(__file__).parent / "measures.js").read_text().partition("\n")[2]


async def wrong(page: Page, measure: str) -> Any:
    """What a measure finds wrong on the page."""
    return await page.evaluate(f"({MEASURES.rstrip()}).{measure}()")


async def furnish(workspace: FakeWorkspace) -> str:
    """Put something of everything into the workspace; return a thread's root."""
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Yes"}}
    workspace.keep(
        GENERAL, user="U0BEN", text="Hi <@U0ADA> <@U0BEN> <https://x.example> `code` :tada:"
    )
    root = workspace.keep(
        GENERAL, user="U0ADA", text="> quoted", reactions=[{"name": "tada", "users": ["U0ADA"]}]
    )
    workspace.keep(
        GENERAL,
        bot_id="B0BOT",
        user="U0BOT",
        thread_ts=root["ts"],
        markdown="# Head\n\n> quote\n\n```py\nx\n```\n\n| a |\n|---|\n| b |\n\n- [x] done",
        edited=True,
        tasks=[
            {"id": "1", "title": "Searched", "status": "complete", "output": "found"},
            {"id": "2", "title": "Read", "status": "error"},
            {"id": "3", "title": "Thinking", "status": "in_progress"},
        ],
        files=[
            workspace.keep_file("a.pdf", b"%PDF", "application/pdf"),
            workspace.keep_file("b.py", b"x = 1  # one\n" * 9, "text/x-python"),
        ],
    )
    workspace.keep(
        GENERAL,
        bot_id="B0BOT",
        user="U0BOT",
        text="for you",
        ephemeral_to="U0ADA",
        blocks=[
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print"}]},
            {
                "type": "actions",
                "elements": [
                    button,
                    {**button, "action_id": "b", "style": "primary"},
                    {**button, "action_id": "c", "style": "danger"},
                ],
            },
        ],
    )
    workspace.sessions[GENERAL, root["ts"]] = {"status": "processing", "title": "A title"}
    call = {"method": "chat.update", "at": "2026-10-01T10:00:00Z", "ms": 5}
    workspace.calls = [
        {**call, "n": 1, "http_status": 200, "ok": True, "tier": 3, "per_minute": 50, "used": 3},
        {**call, "n": 2, "http_status": 429, "ok": False, "error": "ratelimited"},
    ]
    return str(root["ts"])


async def open_everything(workspace: FakeWorkspace, open_page: OpenPage, *, dark: bool) -> Page:
    """A page with the thread and the drawer open."""
    root = await furnish(workspace)
    page = await open_page(workspace.address, f"#/{GENERAL}/{root}", width=1700, dark=dark)
    await expect(page.get_by_test_id("thread-messages").get_by_test_id("message")).to_have_count(2)
    await page.get_by_role("button", name="Bot activity").click()
    await page.get_by_test_id("fault-slow").get_by_role("switch").click()
    await expect(page.get_by_test_id("calls").locator(".call")).to_have_count(2)
    return page


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_all_text_can_be_read(
    workspace: FakeWorkspace, open_page: OpenPage, dark: bool
) -> None:
    """Every text on the page has a contrast of 4.5 to what is behind it, light and dark."""
    page = await open_everything(workspace, open_page, dark=dark)
    assert await wrong(page, "poorContrasts") == {}
    await page.get_by_test_id("message").first.hover()
    await page.get_by_role("button", name="More actions").first.click()
    await page.get_by_test_id("channel-composer").evaluate("field => field.focus()")
    assert await wrong(page, "poorContrasts") == {}


async def test_everything_has_a_name(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Each control, landmark and picture has a name for a screen reader."""
    page = await open_everything(workspace, open_page, dark=False)
    await page.get_by_test_id("message").first.hover()
    await page.get_by_test_id("channel-file").set_input_files(
        FilePayload(name="a.txt", mimeType="text/plain", buffer=b"x")
    )
    await expect(page.get_by_test_id("tray-file")).to_have_count(1)
    assert await wrong(page, "nameless") == []
    assert await wrong(page, "brokenReferences") == []
    for role in ("banner", "navigation", "main"):
        await expect(page.get_by_role(role)).to_have_count(1)


async def test_focus_goes_in_reading_order(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Tab leads from the skip link through bar and column to the messages, then to writing."""
    workspace.keep(GENERAL, user="U0BEN", text="one")
    workspace.keep(GENERAL, user="U0BEN", text="two")
    page = await open_page(workspace.address)
    await expect(page.get_by_test_id("message")).to_have_count(2)
    await page.evaluate(FROM_THE_START)
    seen = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        seen.append(
            await page.evaluate(
                """(({ dataset, ariaLabel, textContent }) =>
                  dataset.testid ?? ariaLabel ?? textContent.trim())(document.activeElement)"""
            )
        )
        if seen[-1] == "channel-composer":
            break
    assert seen[0] == "Skip to writing a message"
    assert [name for name in seen if name in ("Ada", "place-C0GENERAL", "place-dm", "message")] == [
        "Ada",
        "place-C0GENERAL",
        "place-dm",
        "message",
    ]
    assert seen[-1] == "channel-composer"


async def test_skip_link(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """The first Tab offers to skip to writing."""
    page = await open_page(workspace.address)
    await page.evaluate(FROM_THE_START)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to writing a message")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("channel-composer")).to_be_focused()


async def test_arrow_keys_in_lists(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Arrows go through messages and channels; Enter opens a thread; Escape comes back."""
    for number in range(3):
        workspace.keep(GENERAL, user="U0BEN", text=f"line {number}")
    page = await open_page(workspace.address)
    messages = page.get_by_test_id("channel-messages").get_by_test_id("message")
    await messages.last.focus()
    await page.keyboard.press("ArrowUp")
    await expect(messages.nth(1)).to_be_focused()
    await page.keyboard.press("Home")
    await expect(messages.first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("thread-composer")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(messages.first).to_be_focused()
    await page.get_by_test_id("place-C0GENERAL").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_test_id("place-C0RANDOM")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("random")


async def test_speakers_by_keyboard(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Who is speaking is one group of radio buttons: arrows switch, the focus stays."""
    page = await open_page(workspace.address)
    await page.get_by_role("radio", name="Ada").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="Ben")).to_be_checked()
    await expect(page.get_by_role("radio", name="Ben")).to_be_focused()


async def test_menus_by_keyboard(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A menu takes the focus, arrows go round, Escape gives the focus back."""
    workspace.keep(GENERAL, user="U0ADA", text="mine")
    page = await open_page(workspace.address)
    await page.get_by_test_id("message").focus()
    more = page.get_by_role("button", name="More actions")
    await more.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem").first).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_role("menuitem", name="Delete message")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(more).to_be_focused()


async def test_theme(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """The look follows the system until one chooses; the choice stays."""
    page = await open_page(workspace.address, dark=True)
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = await page.evaluate(ground)
    await page.get_by_role("button", name="Light theme").click()
    light = await page.evaluate(ground)
    assert light != dark
    await page.reload()
    await expect(page.get_by_role("button", name="Dark theme")).to_be_visible()
    assert await page.evaluate(ground) == light


async def test_small_screens(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """On a telephone there is one column: the list comes over it, a thread takes its place."""
    root = workspace.keep(GENERAL, user="U0BEN", text="word " * 60 + "x" * 300)
    workspace.keep(GENERAL, user="U0ADA", thread_ts=root["ts"], text="reply")
    page = await open_page(workspace.address, width=375, height=667)
    await expect(page.get_by_test_id("message")).to_be_visible()
    assert await wrong(page, "overflowing") == []
    await expect(page.get_by_role("link", name="random")).not_to_be_visible()
    await page.get_by_role("button", name="Channels").click()
    await page.get_by_role("link", name="general").click()
    await page.get_by_role("button", name="Channels").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="1 reply").click()
    await expect(page.get_by_test_id("thread-composer")).to_be_visible()
    await expect(page.get_by_test_id("channel-composer")).not_to_be_visible()
    assert await wrong(page, "overflowing") == []
    await page.get_by_role("button", name="Close thread").click()
    await expect(page.get_by_test_id("channel-composer")).to_be_visible()


async def test_long_things_fit(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Names, tables and code that are too wide scroll in themselves or break, never the page."""
    workspace.hello["team"]["name"] = "W" * 80
    workspace.hello["channels"][0]["name"] = "c" * 80
    wide = "| " + " | ".join(["column"] * 30) + " |\n|" + "---|" * 30 + "\n\n```\n" + "y" * 400
    workspace.keep(GENERAL, bot_id="B0BOT", markdown=wide)
    page = await open_page(workspace.address)
    await expect(page.get_by_role("table")).to_be_visible()
    assert await wrong(page, "overflowing") == []
