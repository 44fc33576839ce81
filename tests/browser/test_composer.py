"""Writing: completion, commands, phrases to try, files."""

import re
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import GENERAL as DISCORD_CHANNEL
from tests.browser.fake_guild import FakeGuild
from tests.browser.fake_workspace import FakeWorkspace
from tests.browser.pictures import png

GENERAL = "C0GENERAL"


async def test_slash_completion(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """`/` offers commands with their hints; Tab completes one, then its words; Enter runs it."""
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    await composer.press_sequentially("/co")
    options = page.get_by_test_id("suggestions").first.get_by_role("option")
    await expect(options).to_have_count(1)
    await expect(options).to_contain_text("help | status | reset")
    await expect(composer).to_have_attribute("aria-expanded", "true")
    await composer.press("Tab")
    await expect(composer).to_have_value("/copilot ")
    await expect(options).to_have_text(
        ["help/copilot help", "status/copilot status", "reset/copilot reset"]
    )
    await composer.press_sequentially("re")
    await composer.press("ArrowDown")
    await expect(composer).to_have_attribute("aria-activedescendant", re.compile("-0$"))
    await composer.press("Enter")
    await expect(composer).to_have_value("/copilot reset ")
    await composer.press("Enter")
    asked = await workspace.heard("slash", command="/copilot", channel=GENERAL)
    assert (asked["text"], asked["as"]) == ("reset", "U0ADA")
    await expect(composer).to_have_value("")


async def test_command_typed_in_full_is_sent(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Enter after a whole command runs it, though the list is open."""
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    await composer.press_sequentially("/copilot")
    await composer.press("Enter")
    assert (await workspace.heard("slash"))["text"] == ""


async def test_unknown_command_is_refused(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A command that nobody offers is not sent, and stays to be mended."""
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("/giphy cats")
    await composer.press("Enter")
    await expect(page.get_by_test_id("refusal").first).to_have_text(
        "/giphy is not a valid command."
    )
    await expect(composer).to_have_value("/giphy cats")
    await composer.press_sequentially("!")
    await expect(page.get_by_test_id("refusal").first).to_be_hidden()
    assert not [asked for asked in workspace.asked if asked["do"] in ("slash", "say")]


async def test_no_commands_in_threads(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """As in Slack, a thread offers and takes no slash command."""
    root = workspace.keep(GENERAL, user="U0BEN", text="Hello")
    page = await open_page(workspace.address, f"#/{GENERAL}/{root['ts']}")
    reply = page.get_by_test_id("thread-composer")
    await reply.press_sequentially("/copilot reset")
    await expect(page.get_by_test_id("suggestions").last).to_be_hidden()
    await reply.press("Enter")
    await expect(page.get_by_test_id("refusal").last).to_have_text(
        "/copilot is not supported in threads. Sorry!"
    )


async def test_mention_completion(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """`@` offers the bot and people, `#` channels; arrows choose, Escape leaves the text alone."""
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    options = page.get_by_test_id("suggestions").first.get_by_role("option")
    await composer.press_sequentially("ask @")
    await expect(options).to_have_count(4)
    await expect(options.first).to_have_attribute("aria-selected", "true")
    await composer.press("ArrowDown")
    await composer.press("ArrowDown")
    await composer.press("Enter")
    await expect(composer).to_have_value("ask @ben ")
    await composer.press_sequentially("in #ra")
    await composer.press("Enter")
    await expect(composer).to_have_value("ask @ben in #random ")
    await composer.press_sequentially("@co")
    await composer.press("Escape")
    await expect(composer).to_have_value("ask @ben in #random @co")
    await expect(page.get_by_test_id("suggestions").first).to_be_hidden()
    await composer.fill("@cop")
    await options.first.click()
    await expect(composer).to_have_value("@copilot ")
    await expect(composer).to_be_focused()


async def test_phrases_to_try(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A chip is said at once, naming the bot where it would not know that it is meant."""
    root = workspace.keep(GENERAL, user="U0ADA", text="<@U0BOT> hello")
    workspace.keep(GENERAL, bot_id="B0BOT", user="U0BOT", thread_ts=root["ts"], text="Hello")
    page = await open_page(workspace.address, f"#/{GENERAL}/{root['ts']}")
    main = page.locator("#main")
    thread = page.get_by_role("complementary", name="Thread")
    await thread.get_by_role("button", name="Ask", exact=True).click()
    await workspace.heard("say", text="what is a mutex?", thread_ts=root["ts"])
    await workspace.post(GENERAL, user="U0BEN", thread_ts=root["ts"], text="Hello too")
    await expect(thread.get_by_text("Hello too")).to_be_visible()
    await thread.get_by_role("button", name="Make a file").click()
    await workspace.heard("say", text="@copilot write me a haiku as a file", thread_ts=root["ts"])
    await page.keyboard.press("Escape")
    await expect(thread).to_be_hidden()
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("half a thought")
    await main.get_by_role("button", name="Ask", exact=True).click()
    said = await workspace.heard("say", text="@copilot what is a mutex?")
    assert "thread_ts" not in said
    await expect(thread.get_by_test_id("message")).to_contain_text("what is a mutex?")
    await expect(composer).to_have_value("half a thought")


async def test_phrases_in_direct_messages(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """In a direct message a chip is said plainly, where one is."""
    page = await open_page(workspace.address, "#/dm")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await workspace.heard("say", text="what is a mutex?")
    await expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()


async def test_drafts_wait_where_they_were_begun(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """What was begun in one channel is not in the next, and is there on return."""
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("half a tho")
    await page.get_by_role("link", name="random").click()
    await expect(composer).to_have_value("")
    await page.get_by_role("link", name="general").click()
    await expect(composer).to_have_value("half a tho")


async def test_upload_by_button(
    workspace: FakeWorkspace, open_page: OpenPage, tmp_path: Path
) -> None:
    """A chosen file is uploaded, shown over the text, can be removed, and goes with the message."""
    page = await open_page(workspace.address)
    picker = page.get_by_test_id("channel-file")
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("punched cards")
    two.write_text("looms")
    await picker.set_input_files([one, two])
    tray = page.get_by_test_id("tray-file")
    await expect(tray).to_have_text(["one.txt13 bytes", "two.txt5 bytes"])
    await page.get_by_role("button", name="Remove two.txt").click()
    await expect(tray).to_have_count(1)
    await page.get_by_role("button", name="Send").first.click()
    said = await workspace.heard("say")
    assert [workspace.files[key][0] for key in said["files"]] == [b"punched cards"]
    await expect(tray).to_have_count(0)
    await expect(page.get_by_test_id("message").get_by_test_id("file")).to_be_visible()


@pytest.mark.parametrize("kind", ["paste", "drop"])
async def test_upload_by_paste_and_drop(
    workspace: FakeWorkspace, open_page: OpenPage, kind: str
) -> None:
    """A pasted or dropped file is uploaded too."""
    page = await open_page(workspace.address)
    await page.get_by_test_id("channel-composer").evaluate(
        """(field, kind) => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "note.txt", { type: "text/plain" }));
          const init = { bubbles: true, cancelable: true };
          field.dispatchEvent(kind === "paste"
            ? new ClipboardEvent("paste", { ...init, clipboardData: data })
            : new DragEvent("drop", { ...init, dataTransfer: data }));
        }""",
        kind,
    )
    await expect(page.get_by_test_id("tray-file")).to_have_text(["note.txt1 bytes"])


async def test_failed_upload_is_told(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A file that could not be uploaded says so, and the message can go without it."""
    page = await open_page(workspace.address)
    await page.route("**/page/upload*", lambda route: route.abort())
    await page.get_by_test_id("channel-file").set_input_files(
        FilePayload(name="a.txt", mimeType="text/plain", buffer=b"x")
    )
    await expect(page.get_by_test_id("tray-file")).to_contain_text("no connection")


def payload(name: str, size: int = 3, kind: str = "text/plain") -> FilePayload:
    """A file to choose."""
    return FilePayload(name=name, mimeType=kind, buffer=b"x" * size)


async def test_files_are_taken_out_by_keyboard(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """Removing a file leads to the next one's button, then to the text; each step is heard."""
    page = await open_page(workspace.address)
    await page.get_by_test_id("channel-file").set_input_files([payload("a.txt"), payload("b.txt")])
    await expect(page.get_by_role("status").filter(has_text="b.txt is attached")).to_be_attached()
    await page.get_by_role("button", name="Remove a.txt").press("Enter")
    await expect(page.get_by_role("status").filter(has_text="a.txt is removed")).to_be_attached()
    await expect(page.get_by_role("button", name="Remove b.txt")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("channel-composer")).to_be_focused()
    await expect(page.get_by_role("list", name="Files to send")).to_be_hidden()


async def test_pictures_are_seen_before_they_go(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A picture that waits shows itself; it can go alone, with no text."""
    page = await open_page(workspace.address)
    picture = FilePayload(name="a.png", mimeType="image/png", buffer=png(40, 20))
    await page.get_by_test_id("channel-file").set_input_files([picture])
    shown = page.get_by_test_id("tray-file").locator("img")
    assert await shown.evaluate("i => i.decode().then(() => i.naturalWidth)") == 40
    await page.get_by_role("button", name="Send").first.click()
    assert (await workspace.heard("say"))["text"] == ""
    await expect(page.get_by_role("img", name="a.png")).to_be_visible()


async def test_files_have_limits(guild: FakeGuild, open_page: OpenPage) -> None:
    """What is too large is told at once and does not go up; ten files are the most."""
    guild.hello["files"] = {"largest": 50, "largest_direct": 100, "most": 3}
    page = await open_page(guild.address, f"#/discord/{DISCORD_CHANNEL}")
    picker = page.get_by_test_id("channel-file")
    await picker.set_input_files([payload("a.txt", 60), payload("b.txt", 40)])
    tray = page.get_by_test_id("tray-file")
    await expect(tray).to_have_text(["a.txtToo large: 50 bytes at most", "b.txt40 bytes"])
    assert len(guild.files) == 1
    await picker.set_input_files([payload("c.txt"), payload("d.txt")])
    await expect(tray).to_have_count(3)
    await expect(page.get_by_test_id("refusal").first).to_contain_text("At most 3 files")
    await page.get_by_role("button", name="Send").first.click()
    assert len((await guild.heard("say"))["attachments"]) == 2


async def test_cells_of_a_sheet_are_pasted_as_text(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """What comes as text and as a picture of it, as from a sheet, is taken as text."""
    page = await open_page(workspace.address)
    taken = await page.get_by_test_id("channel-composer").evaluate(
        """(field) => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "image.png", { type: "image/png" }));
          data.setData("text/plain", "1 2");
          data.setData("text/html", "<table></table>");
          const event = { bubbles: true, cancelable: true, clipboardData: data };
          return !field.dispatchEvent(new ClipboardEvent("paste", event));
        }"""
    )
    assert taken is False
    await expect(page.get_by_test_id("tray-file")).to_have_count(0)


async def test_a_file_dropped_elsewhere_does_nothing(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A file that misses every pane does not take the page's place."""
    page = await open_page(workspace.address)
    await page.locator("#sidebar").evaluate(
        """(element) => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "a.html", { type: "text/html" }));
          const event = { bubbles: true, cancelable: true, dataTransfer: data };
          window.refused = !element.dispatchEvent(new DragEvent("drop", event));
        }"""
    )
    assert await page.evaluate("window.refused")
