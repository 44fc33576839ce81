"""Block Kit: what bots show, and what people do with it."""

from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.fake_workspace import FakeWorkspace

GENERAL = "C0GENERAL"


def plain(text: str) -> dict[str, str]:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def option(text: str, value: str) -> dict[str, Any]:
    """An option of a select."""
    return {"text": plain(text), "value": value}


ASKING: list[dict[str, Any]] = [
    {
        "type": "input",
        "block_id": "where",
        "label": plain("City"),
        "hint": plain("One is enough"),
        "element": {"type": "plain_text_input", "action_id": "city"},
    },
    {
        "type": "input",
        "block_id": "how",
        "label": plain("How"),
        "element": {
            "type": "radio_buttons",
            "action_id": "means",
            "options": [option("By train", "train"), option("By bicycle", "bicycle")],
        },
    },
    {
        "type": "input",
        "block_id": "notes",
        "optional": True,
        "label": plain("Notes"),
        "element": {"type": "plain_text_input", "action_id": "notes", "multiline": True},
    },
]


def modal(view_id: str = "V1", **fields: Any) -> dict[str, Any]:
    """A modal that asks about a trip."""
    return {
        "id": view_id,
        "type": "modal",
        "title": plain("A trip"),
        "submit": plain("Go"),
        "blocks": ASKING,
        **fields,
    }


async def test_every_block_is_drawn(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """Each kind of block has its look; one that the page does not know says so."""
    text = {"type": "mrkdwn", "text": "*bold* <@U0BEN>"}
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "rich", "style": {"bold": True}}],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "emoji", "name": "tada"}]}
                ],
            },
        ],
    }
    rows = [[{"type": "raw_text", "text": "Kind"}], [{"type": "raw_text", "text": "Mutex"}]]
    await_blocks = [
        {"type": "header", "text": plain("A header")},
        {"type": "section", "text": text, "fields": [text]},
        {"type": "divider"},
        {"type": "context", "elements": [text]},
        {"type": "markdown", "text": "## Under\n\n- one"},
        rich,
        {"type": "image", "image_url": "/static/icon.svg", "alt_text": "a plane"},
        {"type": "table", "rows": rows},
        {"type": "carousel"},
    ]
    workspace.keep(GENERAL, bot_id="B0BOT", user="U0BOT", text="fallback", blocks=await_blocks)
    page = await open_page(workspace.address)
    message = page.get_by_test_id("message")
    await expect(message.get_by_role("heading", name="A header")).to_be_visible()
    await expect(message.locator("strong", has_text="bold")).to_have_count(3)
    await expect(message.get_by_role("heading", name="Under")).to_be_visible()
    await expect(message.get_by_role("img", name="tada")).to_be_visible()
    await expect(message.get_by_role("img", name="a plane")).to_be_visible()
    await expect(message.get_by_role("columnheader", name="Kind")).to_be_visible()
    await expect(message).to_contain_text("A block of type carousel")
    await expect(message.get_by_text("fallback")).to_have_count(0)


async def test_buttons_and_selects_tell_the_bot(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A button sends its value, a select its option, a date its state, each with its block."""
    elements = [
        {
            "type": "button",
            "action_id": "yes",
            "value": "42",
            "style": "primary",
            "text": plain("Yes"),
        },
        {
            "type": "static_select",
            "action_id": "model",
            "placeholder": plain("Model"),
            "options": [option("Small", "s"), option("Large", "l")],
        },
        {"type": "datepicker", "action_id": "day", "placeholder": plain("Day")},
        {"type": "overflow", "action_id": "more", "options": [option("Later", "later")]},
    ]
    message = workspace.keep(
        GENERAL,
        bot_id="B0BOT",
        user="U0BOT",
        text="ask",
        blocks=[{"type": "actions", "block_id": "b1", "elements": elements}],
    )
    page = await open_page(workspace.address)
    await page.get_by_role("button", name="Yes").click()
    pressed = await workspace.heard("press", action_id="yes", ts=message["ts"], block_id="b1")
    assert (pressed["value"], pressed["as"], pressed["channel"]) == ("42", "U0ADA", GENERAL)
    await page.get_by_role("combobox", name="Model").select_option("Large")
    pressed = await workspace.heard("press", action_id="model")
    assert pressed["selected_option"] == option("Large", "l")
    await page.get_by_label("Day").fill("2026-10-02")
    pressed = await workspace.heard("press", action_id="day")
    assert pressed["value"] == {"type": "datepicker", "selected_date": "2026-10-02"}
    await page.get_by_role("button", name="More choices").click()
    await page.get_by_role("menuitem", name="Later").click()
    assert (await workspace.heard("press", action_id="more"))["selected_option"]["value"] == "later"


async def test_button_may_ask_first(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A button with a confirmation sends nothing until that is given."""
    button = {
        "type": "button",
        "action_id": "wipe",
        "text": plain("Wipe"),
        "confirm": {
            "title": plain("Wipe it?"),
            "text": plain("All of it."),
            "confirm": plain("Do"),
        },
    }
    workspace.keep(
        GENERAL, bot_id="B0BOT", text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    page = await open_page(workspace.address)
    await page.get_by_role("button", name="Wipe").click()
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Wipe").click()
    await page.get_by_role("dialog", name="Wipe it?").get_by_role("button", name="Do").click()
    await workspace.heard("press", action_id="wipe")
    assert len([asked for asked in workspace.asked if asked["do"] == "press"]) == 1


async def test_failed_press_is_told(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """When the bot does not answer a click, the person is told, and can press again."""
    workspace.answers["press"] = lambda _: {"ok": False, "error": "the app did not answer"}
    button = {"type": "button", "action_id": "a", "text": plain("Try")}
    workspace.keep(
        GENERAL, bot_id="B0BOT", text="x", blocks=[{"type": "actions", "elements": [button]}]
    )
    page = await open_page(workspace.address)
    trying = page.locator("#main .message").get_by_role("button", name="Try")
    await trying.click()
    await expect(page.get_by_test_id("notice")).to_contain_text("the app did not answer.")
    await expect(trying).to_be_enabled()


async def test_modal_with_errors(workspace: FakeWorkspace, open_page: OpenPage) -> None:
    """A modal asks for what is missing, shows the bot's errors beside fields, then closes."""
    answers = iter([{"errors": {"where": "Never heard of it"}}, {}])
    workspace.answers["submit"] = lambda _: next(answers)
    page = await open_page(workspace.address)
    await workspace.tell("view", **{"as": "U0ADA", "view": modal()})
    dialog = page.get_by_role("dialog", name="A trip")
    city = dialog.get_by_role("textbox", name="City")
    await expect(city).to_be_focused()
    await dialog.get_by_role("button", name="Go").click()
    await expect(dialog.get_by_text("Please fill in this field.")).to_have_count(2)
    await city.fill("Atlantis")
    await dialog.get_by_role("radio", name="By train").check()
    await city.press("Enter")
    await expect(dialog.get_by_text("Never heard of it")).to_be_visible()
    await expect(city).to_have_attribute("aria-invalid", "true")
    await expect(city).to_have_accessible_description("One is enough Never heard of it")
    await expect(city).to_be_focused()
    await city.fill("Turin")
    await dialog.get_by_role("button", name="Go").click()
    await expect(dialog).to_be_hidden()
    last = [asked for asked in workspace.asked if asked["do"] == "submit"][-1]
    assert last["view_id"] == "V1"
    assert last["values"] == {
        "where": {"city": {"type": "plain_text_input", "value": "Turin"}},
        "how": {"means": {"type": "radio_buttons", "selected_option": option("By train", "train")}},
        "notes": {"notes": {"type": "plain_text_input", "value": None}},
    }


async def test_modal_update_keeps_what_was_typed(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A new version of a modal replaces what changed, and leaves fields that stayed."""
    page = await open_page(workspace.address)
    await workspace.tell("view", **{"as": "U0ADA", "view": modal()})
    city = page.get_by_role("textbox", name="City")
    await city.fill("Turin")
    more = {"type": "section", "block_id": "s", "text": plain("It rains there")}
    await workspace.tell("view", **{"as": "U0ADA", "view": modal(blocks=[more, *ASKING])})
    await expect(page.get_by_role("dialog")).to_contain_text("It rains there")
    await expect(city).to_have_value("Turin")


async def test_modal_is_one_persons_and_escape_closes_it(
    workspace: FakeWorkspace, open_page: OpenPage
) -> None:
    """A modal is its person's alone; Escape closes it, tells the bot, and the focus returns."""
    page = await open_page(workspace.address)
    composer = page.get_by_test_id("channel-composer")
    await composer.focus()
    await workspace.tell("view", **{"as": "U0BEN", "view": modal("V2")})
    await workspace.tell("view", **{"as": "U0ADA", "view": modal("V3", title=plain("Yours"))})
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_have_accessible_name("Yours")
    await page.keyboard.press("Escape")
    await workspace.heard("close_view", view_id="V3")
    await expect(dialog).to_be_hidden()
    await expect(composer).to_be_focused()
    await page.get_by_role("radio", name="Ben").check()
    await expect(dialog).to_have_accessible_name("A trip")
