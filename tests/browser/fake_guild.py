"""A Discord server that does what a test tells it: the server side of the page, without a bot."""

from typing import Any

from tests.browser.fake_server import FakeServer, Json

GENERAL, RANDOM, HELP = "100000000000000001", "100000000000000002", "100000000000000003"
ADA, BEN, CLEO = "200000000000000001", "200000000000000002", "200000000000000003"
ADAS_DM = "300000000000000001"
BOT = "400000000000000001"
TEXT, FORUM, THREAD, PRIVATE_THREAD = 0, 15, 11, 12
# So that whatever is minted later than this number is later in time too, in autumn 2026.
FIRST_ID = 1_553_000_000_000_000_000
STEP = 7_000 << 22
"""Seven seconds, as ids count."""


def user(user_id: str, username: str, **fields: Any) -> Json:
    """Make a user."""
    return {
        "id": user_id,
        "username": username,
        "global_name": username.capitalize(),
        "bot": False,
        "avatar_url": None,
        **fields,
    }


USERS = {
    ADA: user(ADA, "ada"),
    BEN: user(BEN, "ben"),
    CLEO: user(CLEO, "cleo"),
    BOT: user(BOT, "copilot", bot=True),
}
COLORS = {ADA: "#1f7a5c", BEN: "#b4552d", CLEO: "#7a3fb0"}


class FakeGuild(FakeServer):
    """One server: three people, two text channels, a forum, a bot.

    Attributes:
        messages: channel or thread → id → message.
        channels: by id, threads too.
    """

    prefix = "/page/discord"

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._last = FIRST_ID
        self.calls: list[Json] = []
        self.messages: dict[str, dict[str, Json]] = {}
        self.channels: dict[str, Json] = {}
        for channel_id, kind, name in (
            (GENERAL, TEXT, "general"),
            (RANDOM, TEXT, "random"),
            (HELP, FORUM, "help"),
        ):
            self.channels[channel_id] = {"id": channel_id, "type": kind, "name": name, "topic": ""}
        self.channels[HELP]["available_tags"] = [{"id": "9", "name": "question"}]
        self.hello = {
            "platform": "discord",
            "guild": {"id": "1", "name": "Analytical Engines"},
            "people": [
                {
                    **USERS[person],
                    "role": "admin" if person == CLEO else "member",
                    "color": COLORS[person],
                    "dm": f"3{person[1:]}",
                }
                for person in (ADA, BEN, CLEO)
            ],
            "bot": {**USERS[BOT], "application_id": BOT, "connected": True, "connections": 1},
            "roles": [{"id": "7", "name": "weavers", "color": "#123456"}],
            "commands": [],
            "chips": [{"label": "Ask", "text": "what is a mutex?"}],
            "faults": [
                {"kind": "reconnect", "label": "Ask to reconnect", "on": False, "options": {}},
                {
                    "kind": "rate_limit",
                    "label": "Answer 429",
                    "on": False,
                    "options": {"calls": 3, "global": False, "routes": []},
                },
            ],
            "limits": True,
        }
        self._hello()

    # ---- what a test does

    def mint(self) -> str:
        """An id later than all before."""
        self._last += STEP
        return str(self._last)

    def keep(self, channel: str, author: str, content: str = "", **fields: Any) -> Json:
        """Add a message without telling the page."""
        message: Json = {
            "id": self.mint(),
            "channel_id": channel,
            "type": 0,
            "content": content,
            "author": USERS[author],
            "edited_timestamp": None,
            "mentions": [],
            "embeds": [],
            "attachments": [],
            "components": [],
            "reactions": [],
            "flags": 0,
            "loading": False,
            "pinged": [],
            **fields,
        }
        self.messages.setdefault(channel, {})[message["id"]] = message
        where = self.channels.get(channel)
        if where is not None and where["type"] in (THREAD, PRIVATE_THREAD):
            where["message_count"] += message["id"] != channel
            where["last_message_id"] = message["id"]
        return message

    async def post(self, channel: str, author: str, content: str = "", **fields: Any) -> Json:
        """Add a message and tell the page."""
        message = self.keep(channel, author, content, **fields)
        await self.tell("message", channel=channel, message=message)
        return message

    async def change(self, message: Json, **fields: Any) -> None:
        """Change a message and tell the page."""
        message.update(fields)
        await self.tell("message", channel=message["channel_id"], message=message)

    def keep_thread(self, parent: str, name: str, root: Json | None = None, **fields: Any) -> Json:
        """Add a thread without telling the page, from a message where one is given."""
        thread: Json = {
            "id": self.mint() if root is None else root["id"],
            "type": THREAD,
            "name": name,
            "parent_id": parent,
            "owner_id": ADA,
            "message_count": 0,
            "last_message_id": None,
            "thread_metadata": {"archived": False, "locked": False},
            "applied_tags": [],
            **fields,
        }
        self.channels[thread["id"]] = thread
        if root is not None:
            root["thread"] = thread
        self._hello()
        return thread

    async def start_thread(self, parent: str, name: str, root: Json | None = None) -> Json:
        """Start a thread and tell the page."""
        thread = self.keep_thread(parent, name, root)
        await self.tell("channel", channel=thread)
        return thread

    def keep_post(self, name: str, author: str, content: str, **fields: Any) -> Json:
        """Add a post to the forum without telling the page."""
        thread = self.keep_thread(HELP, name, owner_id=author, **fields)
        thread["first_message"] = self.keep(thread["id"], author, content, id=thread["id"])
        return thread

    async def change_thread(self, thread: Json, **state: bool) -> None:
        """Archive or lock a thread, or take that back, and tell the page."""
        thread["thread_metadata"].update(state)
        await self.tell("channel", channel=thread)

    async def make_call(self, method: str, **fields: Any) -> None:
        """Say that the bot called a route."""
        call = {
            "n": len(self.calls) + 1,
            "method": method,
            "http": "POST",
            "path": "/channels/1/messages",
            "at": "2026-10-01T10:00:00+00:00",
            "ms": 12.4,
            "http_status": 200,
            "ok": True,
            "bucket": "messages",
            "limit": 5,
            "remaining": 3,
            "reset_after_s": 4.2,
            **fields,
        }
        self.calls.append(call)
        await self.tell("call", **call)

    # ---- what the page sees

    def _hello(self) -> None:
        self.hello["channels"] = list(self.channels.values())

    async def _do_open(self, asked: Json) -> Json:
        channel = f"3{asked['as'][1:]}" if asked["channel"] == "dm" else asked["channel"]
        threads = [one for one in self.channels.values() if one.get("parent_id") == channel]
        where = self.channels.get(channel, {"id": channel, "type": 1})
        messages = self.messages.get(channel, {}).values()
        seen = [m for m in messages if m.get("ephemeral_to", asked["as"]) == asked["as"]]
        return {"channel": where, "messages": seen, "threads": threads}

    async def _do_say(self, asked: Json) -> Json:
        fields: Json = {}
        if (answered := asked.get("reply_to")) is not None:
            fields["type"] = 19
            fields["message_reference"] = {"message_id": answered, "channel_id": asked["channel"]}
            fields["referenced_message"] = self.messages[asked["channel"]].get(answered)
        content = asked["content"].replace("@copilot", f"<@{BOT}>")
        attachments = [self.kept[key] for key in asked.get("attachments", [])]
        channel = asked["channel"]
        said = await self.post(channel, asked["as"], content, attachments=attachments, **fields)
        return {"message": said["id"]}

    async def _do_edit(self, asked: Json) -> Json:
        message = self.messages[asked["channel"]][asked["message"]]
        await self.change(message, content=asked["content"], edited_timestamp="2026-10-01")
        return {}

    async def _do_delete(self, asked: Json) -> Json:
        del self.messages[asked["channel"]][asked["message"]]
        await self.tell("gone", channel=asked["channel"], message=asked["message"])
        return {}

    async def _do_react(self, asked: Json) -> Json:
        message = self.messages[asked["channel"]][asked["message"]]
        emoji = {"id": None, "name": asked["emoji"]}
        await self.change(message, reactions=[{"emoji": emoji, "count": 1, "users": [asked["as"]]}])
        return {}

    async def _do_start_thread(self, asked: Json) -> Json:
        root = self.messages[asked["channel"]][asked["message"]]
        return {"channel": await self.start_thread(asked["channel"], asked["name"], root)}

    async def _do_start_post(self, asked: Json) -> Json:
        thread = self.keep_post(
            asked["name"], asked["as"], asked["content"], applied_tags=asked["tags"]
        )
        await self.tell("channel", channel=thread)
        return {"channel": thread, "message": thread["id"]}

    async def _do_lock(self, asked: Json) -> Json:
        await self.change_thread(self.channels[asked["channel"]], locked=asked["locked"])
        return {}

    async def _do_calls(self, _: Json) -> Json:
        return {"calls": self.calls}

    async def _do_fault(self, asked: Json) -> Json:
        await self.tell("fault", kind=asked["kind"], on=asked["on"], options=asked["options"])
        return {}

    async def _do_close_modal(self, asked: Json) -> Json:
        await self.tell("modal_gone", **{"as": asked["as"], "modal": asked["modal"]})
        return {}

    def _file_id(self, number: int) -> str:
        return str(5 * 10**17 + number)

    def _kept(self, key: str, name: str, kind: str, size: int) -> Json:
        return {"id": key, "filename": name, "content_type": kind, "size": size}
