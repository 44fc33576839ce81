"""Discord's threads and forums."""

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import (
    ADA,
    BEN,
    BOT,
    CLEO,
    GENERAL,
    HELP,
    PRIVATE_THREAD,
    RANDOM,
    FakeGuild,
)

PLACE = f"#/discord/{GENERAL}"


async def test_thread_of_a_message(guild: FakeGuild, open_page: OpenPage) -> None:
    """A thread is named under its message and its channel; there it opens beside, root first."""
    root = guild.keep(GENERAL, ADA, f"<@{BOT}> what is a mutex?")
    page = await open_page(guild.address, PLACE)
    thread = await guild.start_thread(GENERAL, "Mutexes", root)
    guild.keep(thread["id"], BOT, type=21, referenced_message=root)
    await guild.post(thread["id"], BOT, "A lock.")
    line = page.get_by_test_id("replies")
    await expect(line).to_contain_text("Mutexes")
    entry = page.get_by_test_id(f"thread-{thread['id']}")
    await expect(entry).to_have_class(re.compile("unread"))
    await line.click()
    await expect(page).to_have_url(re.compile(f"{PLACE}/{thread['id']}$"))
    pane = page.get_by_role("complementary", name="Thread")
    await expect(pane.get_by_role("heading", name="Mutexes")).to_be_visible()
    messages = pane.get_by_test_id("message")
    await expect(messages).to_have_count(2)
    await expect(messages.last).to_contain_text("A lock.")
    await expect(entry).to_have_attribute("aria-current", "page")
    reply = page.get_by_test_id("thread-composer")
    await reply.fill("and a semaphore?")
    await reply.press("Enter")
    await guild.heard("say", channel=thread["id"], content="and a semaphore?")
    await expect(messages).to_have_count(3)
    await guild.tell("typing", channel=thread["id"], user=BOT, for_s=10)
    await expect(page.get_by_test_id("thread-typing")).to_have_text("Copilot is typing…")


async def test_thread_is_started(guild: FakeGuild, open_page: OpenPage) -> None:
    """One starts a thread from a message and names it; it opens."""
    message = guild.keep(GENERAL, BEN, f"<@{BOT}> the looms are **stuck**")
    page = await open_page(guild.address, PLACE)
    view = page.get_by_test_id("message").first
    await view.hover()
    await view.get_by_role("button", name="Create thread").click()
    name = page.get_by_role("textbox", name="Thread name")
    await expect(name).to_have_value("the looms are stuck")
    await name.fill("Looms")
    await name.press("Enter")
    await guild.heard("start_thread", message=message["id"], name="Looms")
    await expect(page.get_by_role("heading", name="Looms")).to_be_visible()


async def test_things_that_happened(guild: FakeGuild, open_page: OpenPage) -> None:
    """That a thread was started, or renamed, is a line of its own; it leads to the thread."""
    thread = guild.keep_thread(GENERAL, "Loose ends")
    started = {"type": 18, "message_reference": {"channel_id": thread["id"]}}
    guild.keep(GENERAL, BEN, "Loose ends", **started)
    guild.keep(thread["id"], BEN, "Tight ends", type=4)
    page = await open_page(guild.address, PLACE)
    note = page.get_by_test_id("message")
    await expect(note).to_contain_text("Ben started a thread: Loose ends.")
    await note.get_by_role("link", name="Loose ends").click()
    pane = page.get_by_role("complementary", name="Thread")
    await expect(pane).to_contain_text("Ben changed the name: Tight ends")


async def test_locked_and_archived(guild: FakeGuild, open_page: OpenPage) -> None:
    """A locked thread takes no words but an administrator's, who can unlock it."""
    thread = guild.keep_thread(GENERAL, "Mutexes", guild.keep(GENERAL, ADA, "hello"))
    page = await open_page(guild.address, f"{PLACE}/{thread['id']}")
    composer, closed = page.get_by_test_id("thread-composer"), page.get_by_test_id("closed").last
    await expect(composer).to_be_visible()
    await guild.change_thread(thread, locked=True, archived=True)
    await expect(closed).to_contain_text("This thread is locked")
    await expect(composer).to_be_hidden()
    await expect(page.get_by_test_id("thread-title")).to_contain_text("Locked")
    await page.get_by_role("radio", name="Cleo, administrator").check()
    await expect(composer).to_be_visible()
    await page.get_by_role("button", name="More about this thread").click()
    await page.get_by_role("menuitem", name="Unlock thread").click()
    await guild.heard("lock", channel=thread["id"], locked=False, **{"as": CLEO})
    await expect(page.get_by_test_id("thread-title")).to_contain_text("Archived")
    await page.get_by_role("button", name="Close thread").click()
    await expect(page.get_by_test_id(f"thread-{thread['id']}")).to_have_count(0)
    await expect(page.get_by_test_id("replies")).to_contain_text("Archived")


async def test_thread_that_is_gone_closes(guild: FakeGuild, open_page: OpenPage) -> None:
    """A deleted thread closes; a deleted channel leads elsewhere."""
    thread = guild.keep_thread(RANDOM, "Mutexes")
    page = await open_page(guild.address, f"#/discord/{RANDOM}/{thread['id']}")
    await expect(page.get_by_test_id("thread-composer")).to_be_visible()
    await guild.tell("channel_gone", channel=thread["id"])
    await expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()
    await guild.tell("channel_gone", channel=RANDOM)
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await expect(page.get_by_role("link", name="random")).to_have_count(0)


async def test_private_threads(guild: FakeGuild, open_page: OpenPage) -> None:
    """A private thread is its members' and administrators'."""
    thread = guild.keep_thread(GENERAL, "Psst", type=PRIVATE_THREAD, member_ids=[ADA])
    page = await open_page(guild.address, f"{PLACE}/{thread['id']}")
    entry = page.get_by_test_id(f"thread-{thread['id']}")
    await expect(entry).to_be_visible()
    await page.get_by_role("radio", name="Ben").check()
    await expect(entry).to_have_count(0)
    await expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()
    await page.get_by_role("radio", name="Cleo, administrator").check()
    await expect(entry).to_be_visible()


async def test_phrases_open_their_thread(guild: FakeGuild, open_page: OpenPage) -> None:
    """A chip is said to the bot; the thread that it starts from that opens by itself."""
    page = await open_page(guild.address, PLACE)
    await page.get_by_role("button", name="Ask", exact=True).first.click()
    await guild.heard("say", content="@copilot what is a mutex?")
    await expect(page.get_by_test_id("message")).to_contain_text("what is a mutex?")
    await expect(page.get_by_role("complementary", name="Thread")).to_be_hidden()
    root = next(iter(guild.messages[GENERAL].values()))
    await guild.start_thread(GENERAL, "Mutexes", root)
    await expect(page.get_by_role("heading", name="Mutexes")).to_be_visible()


async def test_forum(guild: FakeGuild, open_page: OpenPage) -> None:
    """A forum lists its posts with tags and state, the newest first; one opens beside."""
    old = guild.keep_post("Old", BEN, "never mind")
    old["thread_metadata"]["archived"] = True
    guild.keep_post("Where are the cards?", BEN, f"Ask <@{ADA}>", applied_tags=["9"])
    stuck = guild.keep_post("Looms are stuck", BEN, "They **do not** move")
    page = await open_page(guild.address, f"#/discord/{HELP}")
    posts = page.get_by_test_id("post")
    await expect(posts).to_have_count(3)
    await expect(posts.nth(0)).to_contain_text("Looms are stuckBen: They do not move")
    await expect(posts.nth(1)).to_contain_text("questionWhere are the cards?Ben: Ask @Ada")
    await expect(posts.nth(2)).to_contain_text("Archived")
    await expect(page.get_by_test_id("channel-composer")).to_be_hidden()
    await posts.first.click()
    await expect(page.get_by_test_id("thread-messages")).to_contain_text("They do not move")
    await guild.post(stuck["id"], BOT, "Oil them.")
    await expect(page.get_by_test_id("thread-messages")).to_contain_text("Oil them.")


async def test_new_post(guild: FakeGuild, open_page: OpenPage) -> None:
    """One starts a post with a title, a tag and a first message; it opens."""
    page = await open_page(guild.address, f"#/discord/{HELP}")
    await expect(page.get_by_text("There are no posts here yet")).to_be_visible()
    await page.get_by_role("button", name="New post").click()
    await expect(page.get_by_test_id("post-title")).to_be_focused()
    await page.get_by_test_id("post-title").fill("Looms")
    await page.get_by_test_id("post-text").fill("@copilot why?")
    await page.get_by_role("button", name="question").click()
    await page.get_by_role("button", name="Post", exact=True).click()
    asked = await guild.heard("start_post", channel=HELP, name="Looms")
    assert (asked["content"], asked["tags"], asked["as"]) == ("@copilot why?", ["9"], ADA)
    await expect(page.get_by_role("heading", name="Looms")).to_be_visible()
    await expect(page.get_by_test_id("thread-messages")).to_contain_text("@copilot why?")
    await expect(page.get_by_test_id("post")).to_have_count(1)


async def test_a_new_name_is_everywhere(guild: FakeGuild, open_page: OpenPage) -> None:
    """A thread that is renamed has its new name over it, under its root and in the column."""
    root = guild.keep(GENERAL, ADA, "what is a mutex?")
    thread = guild.keep_thread(GENERAL, "what is a mutex?", root)
    page = await open_page(guild.address, f"#/discord/{GENERAL}/{thread['id']}")
    await expect(page.get_by_test_id("replies")).to_contain_text("what is a mutex?")
    thread["name"] = "Mutexes *explained*"
    await guild.tell("channel", channel=thread)
    await expect(page.locator("#thread h2")).to_have_text(thread["name"])
    await expect(page.get_by_test_id("replies")).to_contain_text(thread["name"])
    await expect(page.get_by_role("link", name=thread["name"])).to_be_visible()
    await expect(page.get_by_role("textbox", name=f"Message {thread['name']}")).to_be_visible()
