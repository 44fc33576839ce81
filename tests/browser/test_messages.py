"""Saying something, threads, streaming, and what a message offers."""

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_workspace import FakeWorkspace

GENERAL = "C0GENERAL"


async def test_what_is_said_appears(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Enter sends what was written; the message appears, and the composer is empty again."""
    page = await open_page(workspace.address)
    composer = page.get_by_role("textbox", name="Message #general")
    await composer.fill("two")
    await composer.press("Shift+Enter")
    await composer.press_sequentially("lines")
    await composer.press("Enter")
    said = await workspace.heard("say")
    assert (said["as"], said["channel"], said["text"]) == ("U0ADA", GENERAL, "two\nlines")
    await expect(page.get_by_test_id("message").last).to_contain_text("Ada")
    await expect(page.get_by_test_id("message").last.locator("p")).to_have_text(
        "two\nlines", use_inner_text=True
    )
    await expect(composer).to_have_value("")


async def test_what_could_not_be_sent_stays(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """When the server refuses a message, it is back in the composer, with the reason."""
    workspace.answers["say"] = lambda _: {"ok": False, "error": "msg_too_long"}
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("far too long")
    await composer.press("Enter")
    await expect(page.get_by_test_id("refusal").first).to_have_text("This message is too long.")
    await expect(composer).to_have_value("far too long")


async def test_thread_opens_and_the_address_names_it(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """The line under a root opens the thread; a reload comes back to it; Escape closes it."""
    root = workspace.keep(GENERAL, user="U0BEN", text="What is a mutex?")
    workspace.keep(GENERAL, user="U0ADA", thread_ts=root["ts"], text="A lock")
    page = await open_page(workspace.address)
    line = page.get_by_role("button", name="1 reply")
    await expect(line).to_contain_text("Last reply")
    await line.click()
    thread = page.get_by_role("complementary", name="Thread")
    await expect(thread.get_by_test_id("message")).to_have_count(2)
    await expect(page).to_have_url(re.compile(rf"#/{GENERAL}/{root['ts']}$"))
    await page.reload()
    await expect(thread.get_by_text("A lock")).to_be_visible()
    reply = page.get_by_role("textbox", name="Reply…")
    await reply.fill("and a semaphore?")
    await reply.press("Enter")
    assert (await workspace.heard("say"))["thread_ts"] == root["ts"]
    await expect(thread.get_by_test_id("message")).to_have_count(3)
    await expect(page.get_by_role("button", name="2 replies")).to_be_visible()
    await reply.press("Escape")
    await expect(thread).to_be_hidden()
    await expect(page).to_have_url(re.compile(rf"#/{GENERAL}$"))


async def test_back_leads_to_where_one_was(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """The browser's Back goes from a thread to its channel, and on to the channel before."""
    root = workspace.keep("C0RANDOM", user="U0BEN", text="Tea?")
    page = await open_page(workspace.address)
    await page.get_by_role("link", name="random").click()
    await page.get_by_text("Tea?").hover()
    await page.get_by_role("button", name="Reply in thread").click()
    await expect(page).to_have_url(re.compile(rf"#/C0RANDOM/{root['ts']}$"))
    await page.go_back()
    await expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()
    await page.go_back()
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")


async def test_thread_that_is_not_there_closes(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """An address of a thread that is gone leads to its channel, and says so."""
    page = await open_page(workspace.address, f"#/{GENERAL}/1.000001")
    await expect(page.get_by_test_id("notice")).to_contain_text("thread not found")
    await expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()


async def test_streaming_keeps_the_end_in_view_and_what_is_drawn(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """Text that streams in grows in place: earlier parts stay as they are, the end in view."""
    for number in range(30):
        workspace.keep(GENERAL, user="U0BEN", text=f"line {number}")
    page = await open_page(workspace.address)
    message = await workspace.say_as_bot(GENERAL, markdown="First part.\n\nSec", streaming=True)
    drawn = page.get_by_test_id("message").last
    await expect(drawn).to_have_attribute("aria-busy", "true")
    await drawn.locator("p").first.evaluate("p => p.dataset.seen = 'yes'")
    text = "First part.\n\nSecond part"
    for number in range(25):
        text += f"\n\nParagraph {number}"
        await workspace.change(message, markdown=text)
    await workspace.change(message, markdown=text, streaming=False)
    await expect(drawn.locator("p")).to_have_count(27)
    await expect(drawn).not_to_have_attribute("aria-busy", "true")
    assert await drawn.locator("p").first.evaluate("p => p.dataset.seen") == "yes"
    distance = "e => Math.round(e.scrollHeight - e.scrollTop - e.clientHeight)"
    assert await page.get_by_test_id("channel-messages").evaluate(distance) <= 1


async def test_streaming_leaves_those_alone_who_read_above(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """Who has scrolled up stays there; a button tells of what is new and leads to it."""
    for number in range(40):
        workspace.keep(GENERAL, user="U0BEN", text=f"line {number}")
    page = await open_page(workspace.address)
    scroller = page.get_by_test_id("channel-messages")
    await scroller.evaluate("e => e.scrollTop = 100")
    jump = page.get_by_test_id("jump").first
    await expect(jump).to_have_text("Latest messages")
    message = await workspace.say_as_bot(GENERAL, markdown="Hello", streaming=True)
    await expect(jump).to_have_text("1 new message")
    await workspace.change(message, markdown="Hello\n\n" + "word\n\n" * 30)
    await expect(page.get_by_test_id("message").last.locator("p")).to_have_count(31)
    assert await scroller.evaluate("e => e.scrollTop") == 100
    await jump.click()
    await expect(jump).to_be_hidden()
    await expect(page.get_by_test_id("message").last).to_be_in_viewport()


async def test_a_selection_survives_streaming(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """What a person has selected in a growing code block stays selected."""
    page = await open_page(workspace.address)
    message = await workspace.say_as_bot(GENERAL, markdown="```py\nfirst = 1\n", streaming=True)
    code = page.locator("pre code")
    await code.evaluate("e => getSelection().selectAllChildren(e)")
    await workspace.change(message, markdown="```py\nfirst = 1\nsecond = 2\n")
    await expect(code).to_contain_text("second = 2")
    assert "first = 1" in await page.evaluate("getSelection().toString()")


async def test_a_screen_reader_hears_whole_messages(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A streamed answer is announced when it begins and when it is whole, not piece by piece."""
    page = await open_page(workspace.address)
    message = await workspace.say_as_bot(GENERAL, markdown="A **mutex**", streaming=True)
    await workspace.change(message, markdown="A **mutex** is")
    await workspace.change(message, markdown="A **mutex** is a lock.", streaming=False)
    announced = page.get_by_test_id("announcer").locator("div")
    await expect(announced).to_have_text(["Copilot is answering", "Copilot: A mutex is a lock."])


async def test_stop_button_while_processing(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A thread whose session is processing shows its title and Slack's stop button; it stops."""
    root = workspace.keep(GENERAL, user="U0ADA", text="tell me a long story")
    page = await open_page(workspace.address, f"#/{GENERAL}/{root['ts']}")
    status = page.get_by_test_id("thread-status")
    await expect(page.get_by_role("complementary", name="Thread")).to_be_visible()
    await expect(status).to_be_hidden()
    await workspace.set_session(GENERAL, root["ts"], "processing", "A long story")
    await expect(status).to_contain_text("Copilot is working on it")
    await expect(page.get_by_test_id("thread-title")).to_have_text("A long story · #general")
    await expect(page.get_by_test_id("replies")).to_contain_text("Copilot is at it")
    await status.get_by_role("button", name="Stop").click()
    asked = await workspace.heard("stop", channel=GENERAL, thread_ts=root["ts"])
    assert asked["as"] == "U0ADA"
    await expect(status.get_by_role("button")).to_be_disabled()
    await workspace.set_session(GENERAL, root["ts"], "active", "A long story")
    await expect(status).to_be_hidden()


async def test_waiting_session_has_no_stop_button(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A suspended session says that it waits, and offers no stop."""
    root = workspace.keep(GENERAL, user="U0ADA", text="plan a trip")
    workspace.sessions[GENERAL, root["ts"]] = {"status": "suspended", "title": ""}
    page = await open_page(workspace.address, f"#/{GENERAL}/{root['ts']}")
    status = page.get_by_test_id("thread-status")
    await expect(status).to_contain_text("waiting for an answer")
    await expect(status.get_by_role("button")).to_have_count(0)


async def test_tasks_fold(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A tool call is a quiet line that unfolds, and stays unfolded when it changes."""
    page = await open_page(workspace.address)
    task = {"id": "1", "title": "Searching", "status": "in_progress", "details": "for `mutex`"}
    message = await workspace.say_as_bot(GENERAL, markdown="", streaming=True, tasks=[task])
    line = page.locator(".task")
    await expect(line).to_contain_text("running")
    await line.locator("summary").click()
    await expect(line.locator(".more")).to_be_visible()
    done = {**task, "status": "complete", "output": "3 results"}
    await workspace.change(message, tasks=[done])
    await expect(line).to_contain_text("done")
    await expect(line.locator(".more")).to_contain_text("3 results")
    await expect(line.locator(".more")).to_be_visible()
    more = [{"id": str(n), "title": f"Step {n}", "status": "complete"} for n in range(2, 6)]
    await workspace.change(message, tasks=[done, *more], streaming=False)
    await expect(page.locator(".tasks .group > summary")).to_have_text("5 steps")


async def test_own_messages_can_be_edited_and_deleted(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """Arrow up edits one's last message; the menu deletes it after a question."""
    workspace.keep(GENERAL, user="U0ADA", text="Hello <@U0BEN> &amp; co, see <https://a.example>")
    workspace.keep(GENERAL, user="U0BEN", text="Hello yourself")
    page = await open_page(workspace.address)
    await page.get_by_test_id("channel-composer").press("ArrowUp")
    editor = page.get_by_role("textbox", name="Edit message")
    await expect(editor).to_have_value("Hello @Ben & co, see https://a.example/")
    await editor.fill("Hello all")
    await editor.press("Enter")
    own = page.get_by_test_id("message").first
    await expect(own).to_contain_text("Hello all")
    await expect(own).to_contain_text("(edited)")
    await page.get_by_test_id("message").last.hover()
    await page.get_by_role("button", name="More actions").last.click()
    await expect(page.get_by_role("menuitem", name="Edit message")).to_have_count(0)
    await page.keyboard.press("Escape")
    await own.hover()
    await own.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete message").click()
    await page.get_by_test_id("question").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("Hello all")).to_have_count(0)


async def test_shortcuts_are_in_the_menu(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A message's menu offers the bot's message shortcuts."""
    message = workspace.keep(GENERAL, user="U0BEN", text="Hello")
    page = await open_page(workspace.address)
    await page.get_by_test_id("message").hover()
    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Reset this session").click()
    asked = await workspace.heard("shortcut", callback_id="reset_session")
    assert asked["ts"] == message["ts"]


async def test_reactions(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A reaction counts its people; a click adds one's own, another takes it back."""
    workspace.keep(
        GENERAL, user="U0BEN", text="Done", reactions=[{"name": "tada", "users": ["U0CLEO"]}]
    )
    page = await open_page(workspace.address)
    pill = page.get_by_role("button", name="tada, 1: Cleo")
    await expect(pill).to_have_attribute("aria-pressed", "false")
    await pill.click()
    both = page.get_by_role("button", name="tada, 2: Cleo, Ada")
    await expect(both).to_have_attribute("aria-pressed", "true")
    await page.get_by_test_id("message").hover()
    await page.get_by_role("button", name="Add reaction").click()
    await page.get_by_role("menuitem", name="rocket").click()
    await expect(page.get_by_role("button", name="rocket, 1: Ada")).to_be_visible()


async def test_unread_marks(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A message elsewhere marks its place unread; coming there shows where the new ones begin."""
    workspace.keep("C0RANDOM", user="U0BEN", text="old")
    page = await open_page(workspace.address, "#/C0RANDOM")
    await expect(page.get_by_test_id("message")).to_have_count(1)
    await page.get_by_role("link", name="general").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await workspace.post("C0RANDOM", user="U0BEN", text="new")
    unread = page.get_by_role("link", name="random , unread messages")
    await unread.click()
    await expect(page.get_by_test_id("rule-new")).to_have_text("New")
    await expect(page.get_by_role("link", name="random", exact=True)).to_be_visible()
    await workspace.post("D0ADA", bot_id="B0BOT", user="U0BOT", text="Good morning")
    await expect(page.get_by_test_id("place-dm").locator(".count")).to_have_text("1")


async def test_day_separators_and_runs(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Each day has a line; who goes on within minutes is not named again."""
    workspace.keep(GENERAL, user="U0BEN", text="one")
    workspace.keep(GENERAL, user="U0BEN", text="two")
    workspace.next_ts(90_000)
    workspace.keep(GENERAL, user="U0BEN", text="three")
    page = await open_page(workspace.address)
    await expect(page.get_by_test_id("rule-day")).to_have_count(2)
    await expect(page.locator(".message .author")).to_have_count(2)


async def test_a_session_s_title_is_live(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A session's title stands under its root and over its thread, and changes as it does."""
    root = workspace.keep(GENERAL, user="U0ADA", text="<@U0BOT> what is a mutex?")
    workspace.keep(GENERAL, bot_id="B0BOT", user="U0BOT", thread_ts=root["ts"], text="A lock")
    page = await open_page(workspace.address, f"#/{GENERAL}/{root['ts']}")
    over = page.get_by_test_id("thread-title")
    await expect(over).to_have_text("#general")
    for title in ("Mutexes", "Mutexes <b>explained</b>"):
        await workspace.set_session(GENERAL, root["ts"], "active", title)
        await expect(over).to_have_text(f"{title} · #general")
        await expect(page.get_by_test_id("session-title")).to_have_text(title)
