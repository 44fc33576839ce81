"""What Discord's apps offer: commands, components, modals, and how the bot fares."""

import re

import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_guild import ADA, BEN, BOT, GENERAL, FakeGuild
from tests.browser.fake_server import Json

PLACE = f"#/discord/{GENERAL}"
NAME = {"type": 3, "name": "name", "description": "which", "required": True, "autocomplete": True}
EFFORT = {
    "type": 3,
    "name": "effort",
    "description": "how hard",
    "choices": [{"name": "Low", "value": "l"}, {"name": "High", "value": "h"}],
}
LOUD = {"type": 5, "name": "loud", "description": "tell everybody"}
COMMANDS: list[Json] = [
    {
        "id": "51",
        "type": 1,
        "name": "copilot",
        "description": "Copilot",
        "options": [
            {"type": 1, "name": "help", "description": "What I can do"},
            {
                "type": 2,
                "name": "model",
                "description": "Models",
                "options": [
                    {
                        "type": 1,
                        "name": "set",
                        "description": "Choose one",
                        "options": [NAME, EFFORT, LOUD],
                    }
                ],
            },
        ],
    },
    {"id": "52", "type": 3, "name": "Ask Copilot about this", "description": ""},
]


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def commands(guild: FakeGuild) -> None:
    """The bot's commands."""
    guild.hello["commands"] = COMMANDS
    guild.answers["autocomplete"] = lambda asked: {
        "choices": [
            {"name": name, "value": f"id-{name}"}
            for name in ("gpt-5", "gpt-5-mini", "sonnet")
            if asked["value"] in name
        ]
    }


async def test_command_completion(guild: FakeGuild, open_page: OpenPage) -> None:
    """Commands are offered whole, then their options, then what those may be."""
    page = await open_page(guild.address, PLACE)
    composer = page.get_by_test_id("channel-composer")
    options = page.get_by_test_id("suggestions").first.get_by_role("option")
    await composer.press_sequentially("/co")
    await expect(options).to_have_text(
        [
            "/copilot helpWhat I can do",
            "/copilot model setChoose one  ·  name [effort] [loud]",
        ]
    )
    await composer.press("ArrowDown")
    await composer.press("Enter")
    await expect(composer).to_have_value("/copilot model set ")
    await expect(options).to_have_text(
        [re.compile("^name"), re.compile("^effort"), "loudtell everybody"]
    )
    await composer.press("Enter")
    await expect(composer).to_have_value("/copilot model set name:")
    await composer.press_sequentially("gpt")
    await expect(options).to_have_count(2)
    await composer.press("ArrowDown")
    await composer.press("Enter")
    await expect(composer).to_have_value("/copilot model set name:gpt-5-mini ")
    asked = await guild.heard("autocomplete", value="gpt")
    assert asked["subcommand"] == "model set"
    assert (asked["command"], asked["option"], asked["channel"]) == ("51", "name", GENERAL)
    await composer.press_sequentially("effort:")
    await expect(options).to_have_text(["Loweffort", "Higheffort"])
    await composer.press_sequentially("Hi")
    await composer.press("Tab")
    await composer.press_sequentially("loud:T")
    await composer.press("Tab")
    await composer.press("Enter")
    asked = await guild.heard("command")
    assert (asked["command"], asked["subcommand"]) == ("51", "model set")
    assert asked["options"] == {"name": "id-gpt-5-mini", "effort": "h", "loud": True}
    await expect(composer).to_have_value("")


async def test_commands_that_are_not_whole(guild: FakeGuild, open_page: OpenPage) -> None:
    """What is missing is said; a slash that begins no command is just text."""
    page = await open_page(guild.address, PLACE)
    composer = page.get_by_test_id("channel-composer")
    refusal = page.get_by_test_id("refusal").first
    for text, why in {
        "/copilot dance": "Choose one: /copilot help, /copilot model set.",
        "/copilot help me": "/copilot help takes no “me”.",
        "/copilot model set effort:Low": "The option name is required: which",
    }.items():
        await composer.fill(text)
        await composer.press("Escape")
        await composer.press("Enter")
        await expect(refusal).to_have_text(why)
    await composer.fill("/giphy cats")
    await composer.press("Enter")
    await guild.heard("say", content="/giphy cats")


async def test_commands_in_threads(guild: FakeGuild, open_page: OpenPage) -> None:
    """A command is used where one writes, threads included; a refusal keeps it."""
    thread = guild.keep_thread(GENERAL, "Mutexes")
    page = await open_page(guild.address, f"{PLACE}/{thread['id']}")
    guild.answers["command"] = lambda _: {
        "ok": False,
        "error": "The application did not respond (copilot help)",
    }
    composer = page.get_by_test_id("thread-composer")
    await composer.press_sequentially("/copilot help")
    await composer.press("Enter")
    await guild.heard("command", channel=thread["id"], subcommand="help", options={})
    await expect(page.get_by_test_id("refusal").last).to_contain_text("did not respond")
    await expect(composer).to_have_value("/copilot help")


async def test_commands_on_messages(guild: FakeGuild, open_page: OpenPage) -> None:
    """What the bot offers for messages is in their menu, and comes when it syncs."""
    message = guild.keep(GENERAL, BEN, "hello")
    page = await open_page(guild.address, PLACE)
    view = page.get_by_test_id("message")
    await view.hover()
    await view.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Ask Copilot about this").click()
    await guild.heard("context_menu", message=message["id"], command="52", channel=GENERAL)
    await guild.tell("commands", commands=[{**COMMANDS[0], "name": "pilot"}])
    await page.get_by_test_id("channel-composer").press_sequentially("/pi")
    await expect(page.get_by_role("option", name="/pilot help")).to_be_visible()


async def test_components(guild: FakeGuild, open_page: OpenPage) -> None:
    """Buttons and selects under a message tell the bot what was chosen."""
    choices = [{"label": name, "value": name} for name in ("read", "write", "shell")]
    message = guild.keep(
        GENERAL,
        BOT,
        "May I?",
        components=[
            {
                "type": 1,
                "components": [
                    {"type": 2, "style": 3, "label": "Approve", "custom_id": "yes"},
                    {"type": 2, "style": 4, "label": "Deny", "custom_id": "no", "disabled": True},
                    {"type": 2, "style": 5, "label": "Docs", "url": "https://example.com/"},
                ],
            },
            {
                "type": 1,
                "components": [
                    {"type": 3, "custom_id": "one", "placeholder": "Pick", "options": choices}
                ],
            },
            {
                "type": 1,
                "components": [
                    {
                        "type": 3,
                        "custom_id": "many",
                        "placeholder": "Tools",
                        "options": choices,
                        "min_values": 1,
                        "max_values": 2,
                    }
                ],
            },
        ],
    )
    page = await open_page(guild.address, PLACE)
    await page.get_by_role("button", name="Approve").click()
    await guild.heard("press", message=message["id"], custom_id="yes", channel=GENERAL)
    await expect(page.get_by_role("button", name="Deny")).to_be_disabled()
    await expect(page.get_by_role("link", name="Docs")).to_have_attribute(
        "href", "https://example.com/"
    )
    await page.get_by_role("combobox", name="Pick").select_option("write")
    await guild.heard("select", custom_id="one", values=["write"])
    tools = page.get_by_role("group", name="Tools")
    await tools.get_by_role("checkbox", name="read").check()
    await tools.get_by_role("checkbox", name="shell").check()
    await expect(tools.get_by_role("checkbox", name="write")).to_be_disabled()
    await tools.get_by_role("button", name="Choose").click()
    await guild.heard("select", custom_id="many", values=["read", "shell"])
    guild.answers["press"] = lambda _: {"ok": False, "error": "The application did not respond"}
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("did not respond")


async def test_modals(guild: FakeGuild, open_page: OpenPage) -> None:
    """A modal asks for what is required, sends it, and closes; it is one person's."""
    page = await open_page(guild.address, PLACE)
    why = {"type": 4, "custom_id": "why", "style": 2, "label": "Why?", "required": True}
    pick = {"type": 3, "custom_id": "pick", "options": [{"label": "A", "value": "a"}]}
    modal = {
        "id": "61",
        "custom_id": "m",
        "title": "Approve",
        "components": [
            {"type": 1, "components": [why]},
            {"type": 18, "label": "Pick one", "description": "any", "component": pick},
        ],
    }
    await guild.tell("modal", modal=modal, **{"as": BEN})
    await expect(page.get_by_test_id("modal")).to_be_hidden()
    await guild.tell("modal", modal=modal, **{"as": ADA})
    dialog = page.get_by_test_id("modal")
    await expect(dialog.get_by_role("heading", name="Approve")).to_be_visible()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.get_by_test_id("field-error").first).to_be_visible()
    await dialog.get_by_role("textbox", name="Why?").fill("Because")
    await dialog.get_by_role("combobox", name="Pick one").select_option("a")
    await dialog.get_by_role("button", name="Submit").click()
    asked = await guild.heard("submit", modal="61")
    assert asked["values"] == {"why": "Because", "pick": ["a"]}
    await expect(dialog).to_be_hidden()


async def test_calls_and_faults(guild: FakeGuild, open_page: OpenPage) -> None:
    """A call shows what is used of its bucket; faults are set by numbers, words and ticks."""
    page = await open_page(guild.address, PLACE)
    await page.get_by_role("button", name="Bot activity").click()
    await guild.make_call("create_message")
    await guild.make_call("edit_message", ok=False, http_status=429, remaining=0, retry_after_s=1.5)
    calls = page.get_by_test_id("calls").locator(".call")
    await expect(calls.last).to_contain_text("messages2/5")
    await expect(calls.first).to_contain_text("wait 1.5 s5/5")
    await page.get_by_role("button", name="Ask to reconnect: do it now").click()
    await guild.heard("fault", kind="reconnect", on=True)
    await page.get_by_role("checkbox", name="Answer 429: global").check()
    await page.get_by_role("textbox", name="Answer 429: routes").fill("edit_message, typing")
    await page.get_by_role("switch", name="Answer 429").click()
    asked = await guild.heard("fault", kind="rate_limit")
    assert asked["options"] == {"calls": 3, "global": True, "routes": ["edit_message", "typing"]}
