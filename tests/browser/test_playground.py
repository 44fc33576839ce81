"""The page against the playground's own Slack, with a bot that is the Web API alone."""

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground, serve
from playground.slack.options import PlaygroundOptions
from tests.browser.conftest import OpenPage


@pytest_asyncio.fixture(loop_scope="session")
async def playground() -> AsyncIterator[Playground]:
    """A running playground."""
    async with serve(options=PlaygroundOptions(limits=False, ack_timeout_s=0.2)) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def bot(playground: Playground) -> AsyncWebClient:
    """The bot's client."""
    slack = playground.slack
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


async def test_mention_thread_and_stream(
    playground: Playground, bot: AsyncWebClient, open_page: OpenPage
) -> None:
    """A mention is Slack's; the bot's stream shows in its thread, with tasks and status."""
    slack = playground.slack
    team, ann, general = slack.workspace.team.id, slack.person("ann"), slack.channel("general")
    page = await open_page(playground.url.rstrip("/"))
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("@copilot what is a *mutex*?")
    await composer.press("Enter")
    root = page.get_by_test_id("message").last
    await expect(root.locator(".mention")).to_have_text("@copilot")
    await expect(root.locator("strong")).to_have_text("mutex")
    ts = await root.get_attribute("data-ts")
    assert ts is not None
    said = slack.workspace.message(general, ts)
    assert said is not None
    assert said.text == f"<@{slack.workspace.app.bot_user_id}> what is a *mutex*?"
    await root.hover()
    await root.get_by_role("button", name="Reply in thread").click()
    thread = page.get_by_role("complementary", name="Thread")

    place = {"channel_id": general, "thread_ts": ts}
    await bot.api_call(
        "agents.sessions.setStatus", json={**place, "status": "processing", "title": "Mutexes"}
    )
    await expect(page.get_by_test_id("thread-title")).to_contain_text("Mutexes")
    stop = page.get_by_test_id("thread-status").get_by_role("button", name="Stop")
    await expect(stop).to_be_visible()
    task = {"type": "task_update", "id": "1", "title": "Looking", "status": "in_progress"}
    started = await bot.chat_startStream(
        channel=general,
        thread_ts=ts,
        recipient_team_id=team,
        recipient_user_id=ann.id,
        chunks=[task],
    )
    stream = {"channel": general, "ts": started["ts"]}
    answer = thread.get_by_test_id("message").last
    await expect(answer.locator(".task")).to_have_count(1)
    await bot.chat_appendStream(**stream, chunks=[{"type": "markdown_text", "text": "A **lo"}])
    await expect(answer.locator("strong")).to_have_text("lo")
    await expect(answer.locator("p")).to_have_count(1)
    done = {**task, "status": "complete", "output": "found"}
    end = {"type": "markdown_text", "text": "ck**."}
    context = {"type": "context", "elements": [{"type": "mrkdwn", "text": "small print"}]}
    await bot.chat_stopStream(**stream, chunks=[done, end], blocks=[context])
    await expect(answer.locator(".said")).to_have_text("A lock.small print")
    await expect(answer.locator(".task")).to_have_count(1)
    await stop.click()
    await expect(page.get_by_text("Stopping…")).to_be_visible()
    await bot.api_call("agents.sessions.setStatus", json={**place, "status": "active"})
    await expect(page.get_by_test_id("thread-status")).to_be_hidden()
    await expect(page.get_by_test_id("replies")).to_contain_text("1 reply")


async def test_direct_messages_and_ephemerals(
    playground: Playground, bot: AsyncWebClient, open_page: OpenPage
) -> None:
    """The bot's direct message and what only one may see are that person's alone."""
    slack = playground.slack
    ann, general = slack.person("ann"), slack.channel("general")
    page = await open_page(playground.url.rstrip("/"))
    await bot.chat_postMessage(channel=ann.dm, text="psst")
    await page.get_by_role("link", name=re.compile("copilot.*unread")).click()
    await expect(page.get_by_text("psst")).to_be_visible()
    await page.get_by_role("link", name="general").click()
    await bot.chat_postEphemeral(channel=general, user=ann.id, text="just you")
    await expect(page.get_by_text("just you")).to_be_visible()
    await page.get_by_role("radio", name="Ben").check()
    await expect(page.get_by_text("just you")).to_have_count(0)
    await page.get_by_role("link", name=re.compile("copilot")).click()
    await expect(page.get_by_text("Direct message with Ben")).to_be_visible()
    await expect(page.get_by_text("psst")).to_have_count(0)


async def test_files_edits_and_deletions(playground: Playground, open_page: OpenPage) -> None:
    """Uploads, edits, reactions and deletions go through Slack and come back."""
    page = await open_page(playground.url.rstrip("/"))
    await page.get_by_test_id("channel-file").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"remember the milk"}
    )
    await expect(page.get_by_test_id("tray-file")).to_contain_text("17 bytes")
    await page.get_by_role("button", name="Send").click()
    message = page.get_by_test_id("message").last
    async with page.expect_download() as downloading:
        await message.get_by_role("link", name="notes.txt").click()
    download = await downloading.value
    assert (await download.path()).read_bytes() == b"remember the milk"
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("fist")
    await composer.press("Enter")
    await expect(page.get_by_text("fist")).to_be_visible()
    await composer.press("ArrowUp")
    editor = page.get_by_role("textbox", name="Edit message")
    await editor.fill("first")
    await editor.press("Enter")
    await expect(message).to_contain_text("first")
    await expect(message).to_contain_text("(edited)")
    await message.hover()
    await message.get_by_role("button", name="Add reaction").click()
    await page.get_by_role("menuitem", name="rocket").click()
    await expect(message.get_by_role("button", name="rocket, 1: Ann Archer")).to_be_visible()
    await message.hover()
    await message.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Delete message").click()
    await page.get_by_test_id("question").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("first", exact=True)).to_have_count(0)


async def test_commands_need_the_bot(playground: Playground, open_page: OpenPage) -> None:
    """A command that nobody answers says so, and stays to be tried again."""
    page = await open_page(playground.url.rstrip("/"))
    composer = page.get_by_test_id("channel-composer")
    await composer.fill("/copilot status")
    await composer.press("Enter")
    await expect(page.get_by_test_id("refusal").first).to_contain_text("did not")
    await expect(composer).to_have_value("/copilot status")


async def test_home_calls_and_faults(
    playground: Playground, bot: AsyncWebClient, open_page: OpenPage
) -> None:
    """A published home tab, the bot's calls and the faults show as they are."""
    slack = playground.slack
    page = await open_page(playground.url.rstrip("/"), "#/dm")
    block = {"type": "header", "text": {"type": "plain_text", "text": "At home"}}
    await bot.views_publish(
        user_id=slack.person("ann").id, view={"type": "home", "blocks": [block]}
    )
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_role("heading", name="At home")).to_be_visible()
    await page.get_by_role("button", name="Bot activity").click()
    await expect(page.get_by_test_id("calls")).to_contain_text("views.publish")
    switch = page.get_by_role("switch", name="Answer 429")
    await switch.click()
    await expect(switch).to_be_checked()
    assert slack.faults.is_on("rate_limit")
    slack.faults.turn_off("rate_limit")
    await expect(switch).not_to_be_checked()
