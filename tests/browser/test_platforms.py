"""The page stands for one platform or the other, against the playground itself."""

import asyncio
import re
from collections.abc import AsyncIterator

import discord
import pytest_asyncio
from discord import app_commands
from playwright.async_api import expect

from playground.discord.options import DiscordOptions
from playground.server import Playground, serve
from playground.slack.options import PlaygroundOptions
from tests.browser.conftest import OpenPage
from tests.playground.discord_bot import Bot, running

CHIPS = ({"label": "Ask", "text": "what is a mutex?"},)


@pytest_asyncio.fixture(loop_scope="session")
async def playground() -> AsyncIterator[Playground]:
    """A running playground."""
    slack = PlaygroundOptions(limits=False, ack_timeout_s=0.2, chips=CHIPS)
    options = DiscordOptions(limits=False, chips=CHIPS)
    async with serve(options=slack, discord=options) as running:
        yield running


async def test_switch(playground: Playground, open_page: OpenPage) -> None:
    """A switch turns to the other platform and back to where one was, as the same person."""
    page = await open_page(playground.url.rstrip("/"))
    switch = page.get_by_role("group", name="Platform")
    await page.get_by_role("link", name="random").click()
    await page.get_by_role("radio", name="Ben Baker").check()
    await expect(switch.get_by_role("radio", name="Slack")).to_be_checked()
    await switch.get_by_role("radio", name="Slack").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page).to_have_url(re.compile(r"#/discord/\d+$"))
    await expect(page.locator("html")).to_have_attribute("data-platform", "discord")
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await expect(page.get_by_role("radio", name="Ben Baker")).to_be_checked()
    await expect(switch.get_by_role("radio", name="Discord")).to_be_focused()
    await page.get_by_role("link", name="news").click()
    await page.keyboard.press("Escape")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("news")
    await expect(switch.get_by_role("radio", name="Discord")).to_be_checked()
    await switch.get_by_role("radio", name="Slack").check()
    await expect(page.locator("html")).to_have_attribute("data-platform", "slack")
    await expect(page.get_by_role("heading", level=1)).to_have_text("general")
    await page.get_by_role("link", name="random").click()
    await switch.get_by_role("radio", name="Discord").check()
    await expect(page.get_by_role("heading", level=1)).to_have_text("news")
    await page.go_back()
    await expect(page.locator("html")).to_have_attribute("data-platform", "slack")
    await expect(page.get_by_role("heading", level=1)).to_have_text("random")


async def test_what_is_said_stays_on_its_platform(
    playground: Playground, open_page: OpenPage
) -> None:
    """What happens on one platform is never shown on the other."""
    page = await open_page(playground.url.rstrip("/"))
    await page.get_by_test_id("channel-composer").fill("half a thought")
    await page.get_by_role("radio", name="Discord").check()
    await expect(page.get_by_role("link", name="help")).to_be_visible()
    await expect(page.get_by_test_id("channel-composer")).to_have_value("")
    slack = playground.slack
    await slack.person("ben").say(slack.channel("general"), "said in Slack")
    await playground.discord.person("ben").say("general", "said in Discord")
    await expect(page.get_by_test_id("message")).to_have_text(re.compile("said in Discord$"))
    await page.get_by_role("radio", name="Slack").check()
    await expect(page.get_by_test_id("message")).to_have_text(re.compile("said in Slack$"))
    await expect(page.get_by_test_id("channel-composer")).to_have_value("half a thought")


class Helper(Bot):
    """A bot that starts a thread from a mention, and asks there."""

    async def answer(self, message: discord.Message) -> None:
        """Answer in a thread."""
        if self.user not in message.mentions:
            return
        thread = await message.create_thread(name="Mutexes")
        async with thread.typing():
            sent = await thread.send("A **lo")
        view = discord.ui.View(timeout=None)
        view.add_item(discord.ui.Button(label="Why?", custom_id="why"))
        await sent.edit(content="A **lock**.\n-# 2 s", view=view)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Ask with a modal, and take what was said."""
        if interaction.type is discord.InteractionType.component:
            modal = discord.ui.Modal(title="Why?", custom_id="m")
            modal.add_item(discord.ui.TextInput(label="Say why", custom_id="t"))
            await interaction.response.send_modal(modal)
        elif interaction.type is discord.InteractionType.modal_submit:
            await interaction.response.send_message("Thank you.", ephemeral=True)


async def test_a_real_bot(playground: Playground, open_page: OpenPage) -> None:
    """With discord.py: a chip, the thread it starts, a button, a modal, commands, a prompt."""
    bot = Helper()
    bot.syncs = True
    group = app_commands.Group(name="copilot", description="Copilot")

    @group.command(name="model", description="Choose the model")
    async def model(interaction: discord.Interaction, name: str) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(f"Now it is **{name}**.")

    @model.autocomplete("name")
    async def names(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        known = ("gpt-5", "sonnet")
        return [app_commands.Choice(name=one, value=f"v-{one}") for one in known if typed in one]

    bot.tree.add_command(group)
    page = await open_page(playground.url.rstrip("/"), "#/discord/dm")
    await expect(page.get_by_text("The bot is not connected.")).to_be_visible()
    async with asyncio.timeout(60), running(bot, playground.discord):
        await page.get_by_role("link", name="general").click()
        await page.get_by_role("button", name="Ask", exact=True).click()
        pane = page.get_by_role("complementary", name="Thread")
        await expect(pane.get_by_role("heading", name="Mutexes")).to_be_visible()
        answer = pane.get_by_test_id("message").last
        await expect(answer.locator("strong")).to_have_text("lock")
        await answer.get_by_role("button", name="Why?").click()
        await page.get_by_role("textbox", name="Say why").fill("Because")
        await page.get_by_role("button", name="Submit").click()
        await expect(pane.get_by_text("Thank you.")).to_be_visible()
        await expect(pane.get_by_text("Only you can see this")).to_be_visible()
        composer = page.get_by_test_id("thread-composer")
        await composer.press_sequentially("/copilot model name:son")
        await page.get_by_role("option", name="sonnet").click()
        await composer.press("Enter")
        await expect(pane.get_by_text("Now it is v-sonnet.")).to_be_visible()
        await page.get_by_role("button", name="Bot activity").click()
        await expect(page.get_by_test_id("calls")).to_contain_text("create_interaction_response")
