"""Who is speaking: what each sees, and what is kept from the others."""

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_workspace import FakeWorkspace

GENERAL = "C0GENERAL"


async def test_each_has_their_own_direct_message(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """Switching who speaks shows another direct message; a thread of the first one closes."""
    root = workspace.keep("D0ADA", user="U0ADA", text="Ada's secret")
    workspace.keep("D0BEN", user="U0BEN", text="Ben's secret")
    page = await open_page(workspace.address, f"#/dm/{root['ts']}")
    await expect(page.get_by_role("complementary", name="Thread")).to_be_visible()
    await page.get_by_role("radio", name="Ben").check()
    await expect(page.get_by_text("Ben's secret")).to_be_visible()
    await expect(page.get_by_text("Ada's secret")).to_have_count(0)
    await expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()
    await page.get_by_role("radio", name="Cleo, administrator").check()
    await expect(page.get_by_text("Nobody else sees it.")).to_contain_text("Cleo")
    await expect(page.get_by_test_id("message")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_role("radio", name="Cleo, administrator")).to_be_checked()


async def test_ephemerals_are_one_persons(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A message only visible to one is marked so, and gone when another speaks."""
    page = await open_page(workspace.address)
    await workspace.say_as_bot(GENERAL, text="Your threads", ephemeral_to="U0ADA")
    message = page.get_by_test_id("message")
    await expect(message).to_contain_text("Only visible to you")
    await message.hover()
    await expect(message.get_by_role("toolbar")).to_have_count(0)
    await page.get_by_role("radio", name="Ben").check()
    await expect(message).to_have_count(0)
    await page.get_by_role("radio", name="Ada").check()
    await expect(message).to_have_count(1)


async def test_private_channels_are_their_members(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A private channel is listed for its members alone; others are led elsewhere."""
    workspace.hello["channels"].append(
        {
            "id": "C0SECRET",
            "name": "secret",
            "topic": "",
            "is_private": True,
            "members": ["U0ADA"],
        }
    )
    page = await open_page(workspace.address, "#/C0SECRET")
    await expect(page.get_by_role("heading", level=1)).to_have_text("secret")
    await page.get_by_role("radio", name="Ben").check()
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await expect(page.get_by_test_id("place-C0SECRET")).to_have_count(0)


async def test_suggested_prompts_begin_a_direct_message(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """An empty direct message offers prompts; one of them is said at once."""
    page = await open_page(workspace.address, "#/dm")
    assert (await workspace.heard("home"))["tab"] == "messages"
    await page.get_by_role("button", name="Write something").click()
    said = await workspace.heard("say")
    assert (said["channel"], said["text"]) == ("D0ADA", "Write a haiku about looms")
    await expect(page.get_by_role("button", name="Write something")).to_have_count(0)


async def test_direct_message_has_a_stop_button(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A direct message's own session is stopped where it answers: at the top level."""
    message = workspace.keep("D0ADA", user="U0ADA", text="tell me a story")
    page = await open_page(workspace.address, "#/dm")
    await workspace.set_session("D0ADA", message["ts"], "processing")
    await page.get_by_test_id("channel-status").get_by_role("button", name="Stop").click()
    await workspace.heard("stop", channel="D0ADA", thread_ts=message["ts"])


async def test_home_tab(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A home tab that the bot published is there for its person; its buttons work."""
    page = await open_page(workspace.address, "#/dm")
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    view = {
        "id": "V0HOME",
        "type": "home",
        "blocks": [{"type": "actions", "block_id": "b", "elements": [button]}],
    }
    await expect(page.get_by_role("tab")).to_have_count(0)
    await workspace.tell("home", **{"as": "U0ADA", "view": view})
    await page.get_by_role("tab", name="Home").click()
    await workspace.heard("home", tab="home")
    await page.get_by_test_id("home-view").get_by_role("button", name="Go").click()
    await workspace.heard("press", view_id="V0HOME", action_id="go", block_id="b")
    await page.get_by_role("tab", name="Home").press("ArrowRight")
    await expect(page.get_by_role("tab", name="Messages")).to_be_focused()
    await expect(page.get_by_test_id("channel-composer")).to_be_visible()
