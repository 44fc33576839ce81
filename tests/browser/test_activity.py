"""The drawer with faults and API calls, and the connection itself."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_workspace import FakeWorkspace


async def test_calls_are_listed_as_they_happen(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """Each call shows its method, time, status and how much of its limit is used, newest first."""
    await workspace.make_call("auth.test", tier=None)
    page = await open_page(workspace.address)
    await page.get_by_role("button", name="Bot activity").click()
    calls = page.get_by_test_id("calls").locator(".call")
    await expect(calls).to_have_count(1)
    await workspace.make_call(
        "chat.appendStream",
        ms=8.2,
        http_status=429,
        ok=False,
        error="ratelimited",
        used=20,
        per_minute=20,
    )
    await expect(calls).to_have_count(2)
    await expect(calls.first).to_contain_text("429")
    await expect(calls.first).to_contain_text("chat.appendStream")
    await expect(calls.first).to_contain_text("8.2 ms")
    await expect(calls.first).to_contain_text("ratelimited")
    await expect(calls.first).to_contain_text("20/20")
    summary = page.get_by_test_id("calls-summary")
    await expect(summary).to_have_text("2 · median 12 ms · 1 failed · limits on")
    await page.get_by_role("button", name="Close bot activity").click()
    await expect(page.get_by_role("complementary", name="Bot activity")).to_be_hidden()


async def test_faults_are_switched(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A fault is switched on with its amounts, shows its state, and once-only ones are buttons."""
    page = await open_page(workspace.address)
    await page.get_by_role("button", name="Bot activity").click()
    switch = page.get_by_role("switch", name="Rate limit (429)")
    await expect(switch).not_to_be_checked()
    await page.get_by_role("spinbutton", name="Rate limit (429): calls").fill("5")
    await switch.click()
    asked = await workspace.heard("fault", kind="rate_limit")
    assert (asked["on"], asked["options"]) == (True, {"calls": 5, "retry_after": 2})
    await expect(switch).to_be_checked()
    await workspace.tell(
        "fault", kind="rate_limit", on=False, options={"calls": 3, "retry_after": 2}
    )
    await expect(switch).not_to_be_checked()
    await page.get_by_role("button", name="Drop the socket: do it now").click()
    assert (await workspace.heard("fault", kind="drop_socket"))["on"] is True


async def test_bot_presence(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """The bot's entry says whether it is connected."""
    page = await open_page(workspace.address)
    await expect(page.get_by_role("link", name="Copilot , connected")).to_be_visible()
    await workspace.tell("bot", connected=False, connections=0)
    await expect(page.get_by_role("link", name="Copilot , not connected")).to_be_visible()


async def test_it_reconnects_by_itself(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A lost connection is said; what was written stays; it comes back with what was missed."""
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("half a thought")
    refuse = page.get_by_text("The connection to the playground is lost")
    workspace.is_open = False
    await workspace.drop_pages()
    await expect(refuse).to_be_visible()
    await expect(page.get_by_role("button", name="Send").first).to_be_disabled()
    workspace.keep("C0GENERAL", user="U0BEN", text="said meanwhile")
    workspace.is_open = True
    await expect(page.get_by_text("said meanwhile")).to_be_visible()
    await expect(refuse).to_be_hidden()
    await expect(composer).to_have_value("half a thought")
    await expect(page.get_by_role("button", name="Send").first).to_be_enabled()


async def test_a_new_connection_leaves_what_one_reads(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """After a break one is where one was: what was unfolded is, and what was missed is there."""
    text = workspace.keep_file("a.txt", b"line\n" * 20, "text/plain")
    for number in range(30):
        workspace.keep(
            "C0GENERAL", user="U0BEN", text=f"line {number}", files=[text] * (number == 3)
        )
    page = await open_page(workspace.address)
    scroller = page.get_by_test_id("channel-messages")
    await page.get_by_role("button", name="Show all 20 lines").click()
    await scroller.evaluate("e => (e.scrollTop = 150)")
    workspace.keep("C0GENERAL", user="U0BEN", text="said in between")
    workspace.asked.clear()
    await workspace.drop_pages()
    await workspace.heard("open", channel="C0GENERAL")
    await expect(page.get_by_test_id("message")).to_have_count(31)
    await expect(page.get_by_role("button", name="Show less")).to_be_visible()
    assert await scroller.evaluate("e => e.scrollTop") == 150
