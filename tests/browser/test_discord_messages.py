"""Messages as Discord shows them."""

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import ADA, BEN, BOT, CLEO, GENERAL, FakeGuild

PLACE = f"#/discord/{GENERAL}"


async def test_it_looks_like_discord(guild: FakeGuild, open_page: OpenPage) -> None:
    """It is dark until one chooses, has a bar of servers, and no switch where Slack is not."""
    page = await open_page(guild.address, PLACE)
    root = page.locator("html")
    await expect(root).to_have_attribute("data-platform", "discord")
    await expect(root).to_have_attribute("data-theme", "dark")
    rail = page.get_by_role("navigation", name="Servers")
    await expect(rail.get_by_role("link")).to_have_count(2)
    await rail.get_by_role("link", name="Direct messages").click()
    await expect(page).to_have_url(re.compile("#/discord/dm$"))
    await rail.get_by_role("link", name="Analytical Engines").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await page.get_by_role("button", name="Light theme").click()
    await page.reload()
    await expect(root).to_have_attribute("data-theme", "light")
    await expect(page.get_by_test_id("platforms")).to_be_hidden()


async def test_messages(guild: FakeGuild, open_page: OpenPage) -> None:
    """Those of the bot are marked as an app's; edits are marked; who goes on has no head."""
    guild.keep(GENERAL, BEN, f"Hello <@{ADA}>, see <#{GENERAL}>", pinged=[ADA])
    guild.keep(GENERAL, BEN, "and **more**")
    guild.keep(GENERAL, BOT, "Hello", edited_timestamp="2026-10-01T10:00:00Z")
    page = await open_page(guild.address, PLACE)
    messages = page.get_by_test_id("message")
    await expect(messages).to_have_count(3)
    await expect(messages.first.locator(".mention")).to_have_text(["@Ada", "#general"])
    await expect(messages.first).to_have_class(re.compile("for-me"))
    await expect(messages.nth(1)).to_have_class(re.compile("compact"))
    await expect(messages.nth(1).locator("strong")).to_have_text("more")
    await expect(messages.last).to_contain_text("Copilot")
    await expect(messages.last.locator(".app-badge")).to_have_text("APP")
    await expect(messages.last).to_contain_text("(edited)")


async def test_answers_name_what_they_answer(guild: FakeGuild, open_page: OpenPage) -> None:
    """A reply quotes its message and leads to it; one whose message is gone says so."""
    asked = guild.keep(GENERAL, BEN, "what is a **mutex**?")
    reference = {"message_id": asked["id"], "channel_id": GENERAL}
    answer = {"type": 19, "message_reference": reference}
    guild.keep(GENERAL, BOT, "A lock.", referenced_message=asked, **answer)
    guild.keep(GENERAL, BOT, "Of what?", referenced_message=None, **answer)
    page = await open_page(guild.address, PLACE)
    references = page.get_by_test_id("reference")
    await expect(references).to_have_text(
        [re.compile("@Benwhat is a mutex\\?"), "Original message was deleted"]
    )
    await references.first.click()
    await expect(page.get_by_test_id("message").first).to_be_focused()


async def test_one_replies(guild: FakeGuild, open_page: OpenPage) -> None:
    """A reply says to whom, can leave its author in peace, and Escape drops it."""
    asked = guild.keep(GENERAL, BEN, "what is a mutex?")
    page = await open_page(guild.address, PLACE)
    message = page.get_by_test_id("message").first
    composer = page.get_by_test_id("channel-composer")
    answering = page.get_by_test_id("answering").first
    await message.hover()
    await message.get_by_role("button", name="Reply").click()
    await expect(answering).to_contain_text("Replying to Ben")
    await composer.press("Escape")
    await expect(answering).to_be_hidden()
    await message.press("Enter")
    await answering.get_by_role("switch", name="Mention Ben").click()
    await composer.fill("A lock.")
    await composer.press("Enter")
    said = await guild.heard("say", content="A lock.")
    assert (said["reply_to"], said["ping"]) == (asked["id"], False)
    await expect(answering).to_be_hidden()
    await expect(page.get_by_test_id("reference")).to_contain_text("@Ben")


async def test_only_one_sees_it(guild: FakeGuild, open_page: OpenPage) -> None:
    """An answer for one person alone can be dismissed, and stays away."""
    used = {"id": "1", "type": 2, "user": {"id": ADA}, "name": "copilot help"}
    guild.keep(GENERAL, BOT, "Help", type=20, ephemeral_to=ADA, flags=64, interaction_metadata=used)
    page = await open_page(guild.address, PLACE)
    message = page.get_by_test_id("message")
    await expect(message.get_by_test_id("reference")).to_have_text(
        re.compile("Ada used /copilot help")
    )
    await expect(message).to_contain_text("Only you can see this")
    await page.get_by_role("radio", name="Ben").check()
    await expect(message).to_have_count(0)
    await page.get_by_role("radio", name="Ada").check()
    await message.get_by_role("button", name="Dismiss message").click()
    await expect(message).to_have_count(0)
    await page.get_by_role("link", name="random").click()
    await page.get_by_role("link", name="general").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await expect(message).to_have_count(0)


async def test_thinking_becomes_the_answer(guild: FakeGuild, open_page: OpenPage) -> None:
    """A deferred answer says that the bot thinks, until it comes."""
    page = await open_page(guild.address, PLACE)
    message = await guild.post(GENERAL, BOT, type=20, loading=True, flags=128)
    await expect(page.get_by_text("Copilot is thinking…")).to_be_visible()
    await guild.change(message, content="Here it is.", loading=False, flags=0)
    await expect(page.get_by_test_id("message")).to_contain_text("Here it is.")
    await expect(page.get_by_text("Copilot is thinking…")).to_be_hidden()


async def test_typing(guild: FakeGuild, open_page: OpenPage) -> None:
    """Who types is shown until they have spoken; that one types oneself is told once."""
    page = await open_page(guild.address, PLACE)
    typing = page.get_by_test_id("channel-typing")
    await guild.tell("typing", channel=GENERAL, user=BOT, for_s=10)
    await guild.tell("typing", channel=GENERAL, user=BEN, for_s=10)
    await expect(typing).to_have_text("Copilot and Ben are typing…")
    await guild.post(GENERAL, BOT, "Done.")
    await expect(typing).to_have_text("Ben is typing…")
    await page.get_by_test_id("channel-composer").press_sequentially("hello")
    await guild.heard("typing", channel=GENERAL)
    await page.get_by_test_id("channel-composer").press("Enter")
    await guild.heard("say")
    assert len([asked for asked in guild.asked if asked["do"] == "typing"]) == 1


async def test_embeds_and_files(guild: FakeGuild, open_page: OpenPage) -> None:
    """An embed is a card of its parts; an attached file is named with its size."""
    embed = {
        "title": "Sessions",
        "url": "https://example.com/s",
        "description": "in **here**",
        "color": 0x5865F2,
        "fields": [{"name": "Looms", "value": "`12`", "inline": True}],
        "footer": {"text": "Threadpilot"},
    }
    file = guild.keep_file("looms.zip", b"PK...", "application/zip")
    guild.keep(GENERAL, BOT, embeds=[embed], attachments=[file])
    page = await open_page(guild.address, PLACE)
    card = page.get_by_test_id("embed")
    await expect(card.get_by_role("link", name="Sessions")).to_be_visible()
    await expect(card.locator("strong")).to_have_text("here")
    await expect(card.locator("dt")).to_have_text("Looms")
    await expect(card).to_contain_text("Threadpilot")
    await expect(page.get_by_test_id("file")).to_contain_text("looms.zipZip · 5 bytes")


async def test_reactions(guild: FakeGuild, open_page: OpenPage) -> None:
    """Reactions are characters, and are given and taken as such."""
    emoji = {"id": None, "name": "🎉"}
    message = guild.keep(
        GENERAL, BOT, "Done", reactions=[{"emoji": emoji, "count": 1, "users": [BEN]}]
    )
    page = await open_page(guild.address, PLACE)
    await page.get_by_role("button", name="tada, 1: Ben").click()
    await guild.heard("react", message=message["id"], emoji="🎉", channel=GENERAL)


async def test_administrators_delete(guild: FakeGuild, open_page: OpenPage) -> None:
    """One edits one's own messages; an administrator deletes anybody's."""
    message = guild.keep(GENERAL, BEN, "Nonsense")
    page = await open_page(guild.address, PLACE)
    view = page.get_by_test_id("message")
    await view.hover()
    await expect(view.get_by_role("button", name="Add reaction")).to_be_visible()
    await expect(view.get_by_role("button", name="More actions")).to_have_count(0)
    await page.get_by_role("radio", name="Cleo, administrator").check()
    await view.hover()
    await view.get_by_role("button", name="More actions").click()
    await expect(page.get_by_role("menuitem")).to_have_text(["Delete message…"])
    await page.get_by_role("menuitem").click()
    await page.get_by_test_id("question").get_by_role("button", name="Delete").click()
    await guild.heard("delete", message=message["id"], **{"as": CLEO})
    await expect(view).to_have_count(0)


async def test_longest_message(guild: FakeGuild, open_page: OpenPage) -> None:
    """Near 2,000 characters the rest is counted; beyond them nothing is sent."""
    page = await open_page(guild.address, PLACE)
    composer = page.get_by_test_id("channel-composer")
    left = page.get_by_test_id("characters-left").first
    await composer.fill("x" * 1790)
    await expect(left).to_be_hidden()
    await composer.fill("x" * 2001)
    await expect(left).to_have_text("-1")
    await expect(page.get_by_role("button", name="Send").first).to_be_disabled()


async def test_uploads(guild: FakeGuild, open_page: OpenPage) -> None:
    """A file goes up to Discord's place, and with the message."""
    page = await open_page(guild.address, PLACE)
    await page.get_by_test_id("channel-file").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"looms"}
    )
    await expect(page.get_by_test_id("tray-file")).to_contain_text("5 bytes")
    await page.get_by_role("button", name="Send").first.click()
    assert (await guild.heard("say"))["attachments"] == [*guild.files]
    await expect(page.get_by_test_id("file")).to_be_visible()
