"""The page's WebSocket, uploads and files, as the page uses them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground.payload import Payload
from playground.server import Playground, PlaygroundOptions
from playground.slack.slack import PlaygroundSlack
from tests.playground.calling import Caller
from tests.playground.conftest import quick_options


class Browser:
    """A page without a browser: asks, and keeps what it is told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked = 0
        self.told: list[Payload] = []

    async def next(self) -> Payload:
        """Return what comes next."""
        message: Payload = await self._socket.receive_json(timeout=5)
        self.told.append(message)
        return message

    async def event(self, kind: str, **wanted: Any) -> Payload:
        """Return the next event of that kind with these fields."""
        while True:
            message = await self.next()
            if message.get("event") == kind and wanted.items() <= message.items():
                return message

    async def ask(self, do: str, **fields: Any) -> Payload:
        """Ask for something and return the reply."""
        self._asked += 1
        await self._socket.send_json({"id": self._asked, "do": do, **fields})
        while True:
            message = await self.next()
            if message.get("reply") == self._asked:
                return message


@pytest.fixture
def options() -> PlaygroundOptions:
    """Chips and prompts for the page."""
    return quick_options(
        chips=({"label": "A tool", "text": "use a tool"},),
        suggested_prompts=({"title": "Explain", "message": "Explain a mutex"},),
    )


@pytest.fixture
async def browser(playground: Playground) -> AsyncIterator[Browser]:
    """A page that is open."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{playground.url}page/live") as socket,
    ):
        yield Browser(socket)


async def test_a_page_is_greeted_with_the_workspace(
    browser: Browser, slack: PlaygroundSlack
) -> None:
    """The greeting names people, channels, commands, chips, faults and prompts."""
    hello = await browser.event("hello")
    assert hello["platform"] == "slack"
    assert [(one["name"], one["role"]) for one in hello["people"]] == [
        ("ann", "member"),
        ("ben", "member"),
        ("ada", "admin"),
    ]
    assert [channel["name"] for channel in hello["channels"]] == ["general", "random"]
    assert hello["commands"][0]["command"] == "/copilot"
    assert hello["bot"]["connected"] is False
    assert hello["chips"] == [{"label": "A tool", "text": "use a tool"}]
    assert hello["suggested_prompts"] == [{"title": "Explain", "message": "Explain a mutex"}]
    assert {fault["kind"] for fault in hello["faults"]} >= {"drop_socket", "slow"}


async def test_what_is_typed_becomes_slacks_text(browser: Browser, slack: PlaygroundSlack) -> None:
    """Names, channels, addresses and special characters are written as Slack writes them."""
    ann = slack.person("ann")
    typed = "@copilot, see #random & https://example.org/a?b=1. <b> @nobody @ben."
    said = await browser.ask("say", **{"as": ann.id}, channel=slack.channel("general"), text=typed)
    [message] = slack.messages("general")
    assert message.ts == said["ts"]
    assert message.text == (
        f"<@{slack.bot_user_id}>, see <#{slack.channel('random')}|random> &amp; "
        f"<https://example.org/a?b=1>. &lt;b&gt; @nobody <@{slack.person('ben').id}>."
    )
    shown = await browser.ask("open", **{"as": ann.id}, channel=slack.channel("general"))
    assert shown["messages"][0]["text"] == message.text


async def test_a_page_sees_messages_grow_and_go(
    browser: Browser, call: Caller, slack: PlaygroundSlack
) -> None:
    """Messages, streams, sessions, calls and deletions are told as they happen."""
    ann = slack.person("ann")
    root = (await browser.ask("say", **{"as": ann.id}, channel="dm", text="go"))["ts"]
    await call("agents.sessions.setStatus", channel_id=ann.dm, thread_ts=root, status="processing")
    session = await browser.event("session")
    assert (session["thread_ts"], session["status"]) == (root, "processing")
    made = await browser.event("call")
    assert (made["method"], made["ok"], made["tier"]) == ("agents.sessions.setStatus", True, "3")
    started = await call("chat.startStream", channel=ann.dm, thread_ts=root, markdown_text="a")
    message = (await browser.event("message"))["message"]
    assert (message["markdown"], message["streaming"]) == ("a", True)
    await call("chat.stopStream", channel=ann.dm, ts=started["ts"], markdown_text="b")
    while message["streaming"]:
        message = (await browser.event("message"))["message"]
        if message["ts"] != started["ts"]:
            message = {"streaming": True}
    assert message["markdown"] == "ab"
    thread = await browser.ask("thread", **{"as": ann.id}, channel=ann.dm, thread_ts=root)
    assert [one["ts"] for one in thread["messages"]] == [root, started["ts"]]
    assert thread["messages"][0]["reply_count"] == 1
    assert thread["session"]["status"] == "processing"
    await call("chat.delete", channel=ann.dm, ts=started["ts"])
    assert (await browser.event("gone"))["ts"] == started["ts"]
    calls = (await browser.ask("calls"))["calls"]
    assert [one["method"] for one in calls][-1] == "chat.delete"


async def test_a_page_is_told_why_something_cannot_be_done(
    browser: Browser, slack: PlaygroundSlack
) -> None:
    """A refusal has a sentence; nonsense does no harm."""
    ann, ben = slack.person("ann"), slack.person("ben")
    refused = await browser.ask("open", **{"as": ben.id}, channel=ann.dm)
    assert refused == {"reply": 1, "ok": False, "error": "ben cannot see this channel"}
    refused = await browser.ask("slash", **{"as": ben.id}, channel="general", command="/copilot")
    assert "did not respond" in refused["error"]
    for nonsense in ({"do": "dance"}, {"do": "say"}, {"do": "say", "as": "U0"}):
        assert (await browser.ask(**nonsense))["ok"] is False
    assert (await browser.ask("calls"))["ok"] is True


async def test_a_page_uploads_and_shows_files(
    browser: Browser, playground: Playground, slack: PlaygroundSlack
) -> None:
    """A file is uploaded, sent and fetched without a token, on the page's own address."""
    ann, base = slack.person("ann"), playground.url.rstrip("/")
    form = aiohttp.FormData()
    form.add_field("file", b"<script>", filename="evil.html", content_type="text/html")
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{base}/page/upload?as={ann.id}", data=form) as answer:
            file = (await answer.json())["file"]
        assert file["name"] == "evil.html"
        said = await browser.ask("say", **{"as": ann.id}, channel="dm", text="", files=[file["id"]])
        assert said["ok"]
        async with session.get(base + file["url"]) as answer:
            assert await answer.read() == b"<script>"
            assert answer.headers["Content-Disposition"] == "attachment"
        async with session.get(f"{base}/files/guess/{file['id']}/evil.html") as answer:
            assert answer.status == 404


async def test_a_page_deletes_a_file(browser: Browser, slack: PlaygroundSlack) -> None:
    """A person deletes their file on the page; its message is shown again without it."""
    ann, ben = slack.person("ann"), slack.person("ben")
    file = await ann.upload("a.txt", b"text")
    ts = await ann.say("general", "look", files=[file])
    refused = await browser.ask("delete_file", **{"as": ben.id}, file=file)
    assert refused["error"] == "only one's own files can be deleted"
    assert (await browser.ask("delete_file", **{"as": ann.id}, file=file))["ok"]
    shown = [each["message"] for each in browser.told if each.get("event") == "message"]
    assert (shown[-1]["ts"], shown[-1]["files"]) == (ts, [{"id": file, "mode": "tombstone"}])


async def test_another_sites_page_is_refused(playground: Playground) -> None:
    """A page of another origin in the same browser cannot act here."""
    headers = {"Origin": "https://evil.example"}
    async with aiohttp.ClientSession(headers=headers) as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{playground.url}page/live")
        async with session.post(f"{playground.url}page/upload?as=U0ANN000000") as answer:
            assert answer.status == 403


async def test_static_files_stay_in_their_folder(playground: Playground) -> None:
    """Nothing outside of the page's folder is served."""
    reader, writer = await asyncio.open_connection(*playground.url[7:-1].split(":"))
    writer.write(b"GET /static/../server.py HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 404")


async def test_faults_are_switched_on_the_page(browser: Browser, slack: PlaygroundSlack) -> None:
    """A switch is told to every page."""
    await browser.event("hello")
    await browser.ask("fault", kind="slow", on=True, options={"ms": 5})
    assert slack.faults.is_on("slow")
    switched = browser.told[-2]
    assert (switched["event"], switched["on"], switched["options"]["ms"]) == ("fault", True, 5)
    await browser.ask("fault", kind="slow", on=False)
    assert not slack.faults.is_on("slow")


async def test_a_permalink_leads_to_the_page(
    playground: Playground, call: Caller, slack: PlaygroundSlack
) -> None:
    """The address that chat.getPermalink gives opens the message's thread on the page."""
    general = slack.channel("general")
    ts = await slack.person("ann").say("general", "x")
    link = (await call("chat.getPermalink", channel=general, message_ts=ts))["permalink"]
    async with call.session.get(link, allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/#/{general}/{ts}"
    channel = link.rpartition("/")[0]
    async with call.session.get(channel, allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/#/{general}"
