"""Discord's side for every eye and hand: contrast, names, small screens."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import ADA, BEN, BOT, GENERAL, HELP, FakeGuild

MEASURES = (Path(__file__).parent / "measures.js").read_text().partition("\n")[2].rstrip()


async def wrong(page: Page, measure: str) -> Any:
    """What a measure finds wrong on the page."""
    return await page.evaluate(f"({MEASURES}).{measure}()")


def furnish(guild: FakeGuild) -> str:
    """Put something of everything into the server; return a thread."""
    root = guild.keep(GENERAL, ADA, f"<@{BOT}> a **b** `c` https://x.example", pinged=[])
    thread = str(guild.keep_thread(GENERAL, "Mutexes", root)["id"])
    answer = {"message_id": root["id"], "channel_id": GENERAL}
    emoji = {"id": None, "name": "🎉"}
    guild.keep(
        GENERAL,
        BEN,
        f"<@{ADA}> ||x|| @everyone <t:0:R>\n> quote\n-# small",
        type=19,
        message_reference=answer,
        referenced_message=root,
        pinged=[ADA],
        reactions=[{"emoji": emoji, "count": 1, "users": [ADA]}],
    )
    guild.keep(GENERAL, BEN, "Loose", type=18, message_reference={"channel_id": thread})
    styles = [
        {"type": 2, "style": style, "label": f"Style {style}", "custom_id": str(style)}
        for style in (1, 2, 3, 4)
    ]
    embed = {"title": "Title", "description": "words", "footer": {"text": "foot"}, "color": 255}
    select = {"type": 3, "custom_id": "s", "placeholder": "Pick", "options": []}
    used = {"id": "1", "type": 2, "user": {"id": ADA}, "name": "copilot help"}
    guild.keep(
        thread,
        BOT,
        "# Head\n```py\nx\n```\n1. one",
        type=20,
        flags=64,
        ephemeral_to=ADA,
        interaction_metadata=used,
        embeds=[embed],
        components=[
            {"type": 1, "components": styles},
            {"type": 1, "components": [select]},
            {"type": 17, "components": [{"type": 10, "content": "inside"}]},
        ],
        attachments=[
            guild.keep_file("a.md", b"# A\n`b`", "text/markdown"),
            guild.keep_file("b.zip", b"PK", "application/zip"),
        ],
    )
    guild.keep(thread, BOT, loading=True, type=20)
    guild.keep_post("Looms", BEN, "stuck", applied_tags=["9"])
    guild.keep_post("Old", BEN, "old")["thread_metadata"]["locked"] = True
    return thread


@pytest.mark.parametrize("look", ["dark", "light"])
async def test_it_can_be_read_and_named(guild: FakeGuild, open_page: OpenPage, look: str) -> None:
    """Every text has a contrast of 4.5, every control a name, in the dark and in the light."""
    thread = furnish(guild)
    page = await open_page(guild.address, f"#/discord/{GENERAL}/{thread}", width=1700)
    if look == "light":
        await page.get_by_role("button", name="Light theme").click()
    await page.get_by_role("button", name="Bot activity").click()
    await guild.make_call("create_message", ok=False, http_status=403, error="50013 Missing")
    await expect(page.get_by_test_id("calls").locator(".call")).to_have_count(1)
    await guild.tell("typing", channel=GENERAL, user=BOT, for_s=10)
    await expect(page.get_by_test_id("embed")).to_be_visible()
    view = page.get_by_test_id("message").first
    await view.press("Enter")
    await expect(page.get_by_test_id("thread-messages").get_by_test_id("message")).to_have_count(3)
    assert await wrong(page, "poorContrasts") == {}
    assert await wrong(page, "nameless") == []
    assert await wrong(page, "brokenReferences") == []
    await page.get_by_role("link", name="help").click()
    await page.get_by_role("button", name="New post").click()
    await expect(page.get_by_test_id("post")).to_have_count(2)
    assert await wrong(page, "poorContrasts") == {}
    assert await wrong(page, "nameless") == []


async def test_small_screens(guild: FakeGuild, open_page: OpenPage) -> None:
    """On a telephone nothing is wider than its place: list, thread and forum."""
    guild.channels[GENERAL]["name"] = "c" * 80
    thread = furnish(guild)
    guild.keep(thread, BOT, "x" * 300 + "\n```\n" + "y" * 400 + "\n```")
    page = await open_page(guild.address, f"#/discord/{GENERAL}", width=375, height=667)
    await expect(page.get_by_test_id("message")).to_have_count(3)
    assert await wrong(page, "overflowing") == []
    await page.get_by_test_id("replies").click()
    await expect(page.get_by_test_id("embed")).to_be_visible()
    assert await wrong(page, "overflowing") == []
    await page.get_by_role("button", name="Channels").click()
    await page.get_by_role("link", name="help").click()
    await expect(page.get_by_test_id("post")).to_have_count(2)
    assert await wrong(page, "overflowing") == []
    assert HELP in page.url
