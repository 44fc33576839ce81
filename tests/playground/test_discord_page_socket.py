"""The page's WebSocket and uploads for Discord, as the page uses them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from playground.discord.discord import PlaygroundDiscord
from playground.server import DiscordOptions, Playground
from tests.playground.discord_api import Rest
from tests.playground.discord_bot import running
from tests.playground.test_discord_client import Copilot
from tests.playground.test_slack_page_socket import Browser


@pytest.fixture
def discord_options() -> DiscordOptions:
    """Chips for the page."""
    return DiscordOptions(
        limits=False, ack_timeout_s=0.5, chips=({"label": "A tool", "text": "use a tool"},)
    )


@pytest.fixture
async def page(playground: Playground) -> AsyncIterator[Browser]:
    """A page that is open."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{playground.url}page/discord/live") as socket,
    ):
        yield Browser(socket)


async def test_a_page_is_greeted_with_the_server(page: Browser, world: PlaygroundDiscord) -> None:
    """The greeting names people, channels, posts, commands, chips and faults."""
    hello = await page.event("hello")
    assert hello["platform"] == "discord"
    assert [(one["username"], one["role"]) for one in hello["people"]] == [
        ("ann", "member"),
        ("ben", "member"),
        ("ada", "admin"),
    ]
    assert [(one["name"], one["type"]) for one in hello["channels"]] == [
        ("general", 0),
        ("random", 0),
        ("news", 5),
        ("help", 15),
        ("gallery", 16),
    ]
    assert hello["people"][0]["dm"] == world.person("ann").dm
    assert hello["bot"]["connected"] is False
    assert hello["chips"] == [{"label": "A tool", "text": "use a tool"}]
    assert {fault["kind"] for fault in hello["faults"]} >= {"drop_gateway", "slow"}


async def test_a_page_sees_messages_threads_and_typing(
    page: Browser, rest: Rest, world: PlaygroundDiscord
) -> None:
    """What happens is told as it happens, with whom it notifies."""
    ann, general = world.person("ann"), world.channel("general")
    said = await page.ask("say", **{"as": ann.id}, channel=general, content="@copilot see #random")
    [message] = world.messages("general")
    assert message.id == said["message"]
    assert message.content == f"<@{world.bot_user_id}> see <#{world.channel('random')}>"
    assert page.told[-2]["message"]["pinged"] == [world.bot_user_id]
    thread = await rest.post(f"/channels/{general}/messages/{message.id}/threads", name="t")
    told = await page.event("channel")
    assert (told["channel"]["id"], told["channel"]["parent_id"]) == (thread["id"], general)
    assert (await page.event("message"))["message"]["thread"]["id"] == thread["id"]
    await rest.post(f"/channels/{thread['id']}/typing")
    typing = await page.event("typing")
    assert (typing["channel"], typing["user"]) == (thread["id"], world.bot_user_id)
    answer = await rest.post(f"/channels/{thread['id']}/messages", content="hi")
    assert (await page.event("call", method="create_message"))["limit"] > 0
    opened = await page.ask("open", **{"as": ann.id}, channel=thread["id"])
    assert [one["content"] for one in opened["messages"]] == ["", "hi"]
    assert opened["messages"][0]["referenced_message"]["content"] == message.content
    shown = await page.ask("open", **{"as": ann.id}, channel=general)
    assert [one["name"] for one in shown["threads"]] == ["t"]
    await rest.delete(f"/channels/{thread['id']}/messages/{answer['id']}")
    assert (await page.event("gone"))["message"] == answer["id"]


async def test_a_page_starts_and_closes_threads_and_posts(
    page: Browser, world: PlaygroundDiscord
) -> None:
    """Posts come with their first message; administrators lock, archive, rename and delete."""
    ann, ada = world.person("ann").id, world.person("ada").id
    post = await page.ask(
        "start_post", **{"as": ann}, channel=world.channel("help"), name="Help", content="please"
    )
    assert post["channel"]["first_message"]["content"] == "please"
    thread = post["channel"]["id"]
    refused = await page.ask("lock", **{"as": ann}, channel=thread, locked=True)
    assert refused["error"] == "ann lacks the permission MANAGE_THREADS"
    await page.ask("rename", **{"as": ann}, channel=thread, name="Solved")
    await page.ask("lock", **{"as": ada}, channel=thread, locked=True)
    await page.ask("archive", **{"as": ada}, channel=thread, archived=True)
    found = world.thread(thread)
    assert found is not None
    assert found.thread is not None
    assert (found.name, found.thread.is_locked, found.thread.is_archived) == ("Solved", True, True)
    await page.ask("delete_channel", **{"as": ada}, channel=thread)
    assert page.told[-2] == {"event": "channel_gone", "channel": thread}
    loose = await page.ask("start_thread", **{"as": ann}, channel=world.channel("news"), name="n")
    assert loose["channel"]["type"] == 10


async def test_a_page_uses_commands_buttons_menus_and_modals(
    page: Browser, world: PlaygroundDiscord
) -> None:
    """Everything that the bot offers can be used from the page."""
    ann = {"as": world.person("ann").id}
    general = world.channel("general")
    async with running(Copilot(), world):
        commands = (await page.event("commands"))["commands"]
        assert [command["name"] for command in commands] == ["copilot", "Ask Copilot about this"]
        where = {**ann, "channel": general, "command": "copilot"}
        offered = await page.ask(
            "autocomplete", **where, subcommand="model", option="name", value="cl"
        )
        assert offered["choices"] == [{"name": "CLAUDE", "value": "claude"}]
        await page.ask("command", **where, subcommand="model", options={"name": "claude"})
        states = [one["state"] for one in page.told if one.get("event") == "interaction"]
        assert states == ["sent", "answered"]
        await page.ask("command", **where, subcommand="buttons")
        shown = world.messages("general")[-1]
        on = {**ann, "channel": general, "message": shown.id}
        await page.ask("select", **on, custom_id="color", values=["red"])
        [ephemeral] = [
            one["message"]
            for one in page.told
            if one.get("event") == "message" and one["message"].get("ephemeral_to")
        ]
        assert (ephemeral["content"], ephemeral["ephemeral_to"]) == ("red it is", ann["as"])
        await page.ask("press", **on, custom_id="explain")
        modal = next(one for one in page.told if one.get("event") == "modal")["modal"]
        assert modal["title"] == "Why?"
        await page.ask("submit", **ann, modal=modal["id"], values={"reason": "because"})
        assert world.messages("general")[-1].content == "because because"
        menu = await page.ask("context_menu", **on | {"command": "Ask Copilot about this"})
        assert menu["ok"]
        refused = await page.ask("command", **where, subcommand="sulk")
        assert "did not respond" in refused["error"]


async def test_a_page_is_told_why_something_cannot_be_done(
    page: Browser, world: PlaygroundDiscord
) -> None:
    """A refusal has a sentence; nonsense does no harm."""
    ann, ben = world.person("ann"), world.person("ben")
    refused = await page.ask("open", **{"as": ben.id}, channel=ann.dm)
    assert refused == {"reply": 1, "ok": False, "error": "ben cannot see this channel"}
    for nonsense in ({"do": "dance"}, {"do": "say"}, {"do": "say", "as": "0"}):
        assert (await page.ask(**nonsense))["ok"] is False
    assert (await page.ask("calls"))["ok"] is True


async def test_a_page_uploads_and_shows_files(
    page: Browser, playground: Playground, world: PlaygroundDiscord
) -> None:
    """A file is uploaded, sent, and fetched from the page's own address."""
    ann, base = world.person("ann"), playground.url.rstrip("/")
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", b"<script>", filename="evil page.html", content_type="text/html")
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base}/page/discord/upload?as={ann.id}", data=form) as answer:
            file = (await answer.json())["file"]
        assert file["filename"] == "evil_page.html"
        await page.ask("say", **{"as": ann.id}, channel="dm", content="", attachments=[file["id"]])
        shown = await page.ask("open", **{"as": ann.id}, channel="dm")
        [attachment] = shown["messages"][0]["attachments"]
        async with session.get(base + attachment["url"]) as answer:
            assert await answer.read() == b"<script>"
            assert answer.headers["Content-Disposition"].startswith("attachment")
        avatar = shown["messages"][0]["author"]["avatar_url"]
        for kind in ("svg", "png"):
            async with session.get(base + avatar.replace(".svg", f".{kind}")) as answer:
                assert answer.content_type.startswith("image/")
        async with session.get(f"{base}/discord/cdn/attachments/1/2/x.png") as answer:
            assert answer.status == 404


async def test_another_sites_page_is_refused(playground: Playground) -> None:
    """A page of another origin in the same browser cannot act here."""
    headers = {"Origin": "https://evil.example"}
    async with aiohttp.ClientSession(headers=headers) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{playground.url}page/discord/live")
        async with session.post(f"{playground.url}page/discord/upload?as=1") as answer:
            assert answer.status == 403


async def test_faults_are_switched_on_the_page(page: Browser, world: PlaygroundDiscord) -> None:
    """A switch is told to every page."""
    await page.event("hello")
    await page.ask("fault", kind="slow", on=True, options={"ms": 5})
    assert world.faults.is_on("slow")
    switched = page.told[-2]
    assert (switched["event"], switched["on"], switched["options"]["ms"]) == ("fault", True, 5)
    await page.ask("fault", kind="slow", on=False)
    assert not world.faults.is_on("slow")
