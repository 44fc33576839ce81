"""A workspace that does what a test tells it: the server side of the page, without a bot behind it.

It keeps what the page asked, and puts messages, sessions, modals and calls on the page when a test
says so.
"""

from typing import Any

from tests.browser.fake_server import FakeServer, Json

PEOPLE: list[Json] = [
    {"id": "U0ADA", "name": "ada", "display_name": "Ada", "role": "member", "color": "#1f7a5c"},
    {"id": "U0BEN", "name": "ben", "display_name": "Ben", "role": "member", "color": "#b4552d"},
    {"id": "U0CLEO", "name": "cleo", "display_name": "Cleo", "role": "admin", "color": "#7a3fb0"},
]
BOT: Json = {"id": "B0BOT", "user_id": "U0BOT", "name": "Copilot", "connected": True}
FIRST_TS = 1_790_000_000


class FakeWorkspace(FakeServer):
    """One workspace: three people, two channels, a bot.

    Attributes:
        messages: channel → ts → message.
    """

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.messages: dict[str, dict[str, Json]] = {"C0GENERAL": {}, "C0RANDOM": {}}
        self.sessions: dict[tuple[str, str], Json] = {}
        self.calls: list[Json] = []
        self.hello = {
            "platform": "slack",
            "team": {"id": "T0DEMO", "name": "Analytical Engines"},
            "people": PEOPLE,
            "bot": BOT,
            "channels": [
                {
                    "id": "C0GENERAL",
                    "name": "general",
                    "topic": "Everything that concerns everyone",
                },
                {"id": "C0RANDOM", "name": "random", "topic": "Tea, cats and looms"},
            ],
            "commands": [
                {
                    "command": "/copilot",
                    "description": "Steer your Copilot sessions",
                    "usage_hint": "help | status | reset",
                }
            ],
            "shortcuts": [{"callback_id": "reset_session", "name": "Reset this session"}],
            "chips": [
                {"label": "Ask", "text": "@copilot what is a mutex?"},
                {"label": "Call a tool", "text": "@copilot what time is it?"},
                {"label": "Make a file", "text": "@copilot write me a haiku as a file"},
                {"label": "Ask me back", "text": "@copilot plan a trip"},
                {"label": "Long answer", "text": "@copilot tell me a long story"},
            ],
            "faults": [
                {"kind": "drop_socket", "label": "Drop the socket", "on": False, "options": {}},
                {
                    "kind": "rate_limit",
                    "label": "Rate limit (429)",
                    "on": False,
                    "options": {"calls": 3, "retry_after": 2},
                },
                {"kind": "slow", "label": "Slow API", "on": False, "options": {"ms": 800}},
            ],
            "limits": True,
            "suggested_prompts": [
                {"title": "Explain something", "message": "Explain a mutex in two sentences"},
                {"title": "Write something", "message": "Write a haiku about looms"},
            ],
        }
        self._clock = FIRST_TS

    # ---- what a test does

    def next_ts(self, step_s: int = 7) -> str:
        """A timestamp later than all before."""
        self._clock += step_s
        return f"{self._clock}.000100"

    def keep(self, channel: str, **fields: Any) -> Json:
        """Add a message without telling the page."""
        message: Json = {
            "ts": self.next_ts(),
            "channel": channel,
            "text": "",
            "streaming": False,
            "tasks": [],
            "edited": False,
            "files": [],
            "reactions": [],
            "reply_count": 0,
            "reply_users": [],
            **fields,
        }
        self.messages.setdefault(channel, {})[message["ts"]] = message
        thread = message.get("thread_ts")
        root = self.messages[channel].get(thread) if thread and thread != message["ts"] else None
        if root is not None and "ephemeral_to" not in message:
            author = message.get("bot_id") or message.get("user")
            root["reply_count"] += 1
            root["latest_reply"] = message["ts"]
            root["reply_users"] = list(dict.fromkeys([*root["reply_users"], author]))
        return message

    async def post(self, channel: str, **fields: Any) -> Json:
        """Add a message and tell the page, the root of its thread as well."""
        message = self.keep(channel, **fields)
        await self.tell("message", channel=channel, message=message)
        root = self.messages[channel].get(message.get("thread_ts") or "")
        if root is not None and root is not message:
            await self.tell("message", channel=channel, message=root)
        return message

    async def say_as_bot(self, channel: str, **fields: Any) -> Json:
        """Post a message of the bot."""
        return await self.post(channel, bot_id=BOT["id"], user=BOT["user_id"], **fields)

    async def change(self, message: Json, **fields: Any) -> None:
        """Change a message and tell the page."""
        message.update(fields)
        await self.tell("message", channel=message["channel"], message=message)

    async def set_session(self, channel: str, thread_ts: str, status: str, title: str = "") -> None:
        """Move a session on and tell the page."""
        self.sessions[channel, thread_ts] = {"status": status, "title": title}
        await self.tell("session", channel=channel, thread_ts=thread_ts, status=status, title=title)

    async def make_call(self, method: str, **fields: Any) -> None:
        """Say that the bot called a method."""
        call = {
            "n": len(self.calls) + 1,
            "method": method,
            "at": "2026-10-01T10:00:00+00:00",
            "ms": 12.4,
            "http_status": 200,
            "ok": True,
            "tier": 3,
            "per_minute": 50,
            "used": len(self.calls) + 1,
            **fields,
        }
        self.calls.append(call)
        await self.tell("call", **call)

    async def _do_open(self, asked: Json) -> Json:
        channel = f"D{asked['as'][1:]}" if asked["channel"] == "dm" else asked["channel"]
        known = self.messages.setdefault(channel, {}).values()
        return {
            "channel": channel,
            "messages": [m for m in known if m.get("thread_ts", m["ts"]) == m["ts"]],
        }

    async def _do_thread(self, asked: Json) -> Json:
        known = self.messages[asked["channel"]]
        root = asked["thread_ts"]
        if root not in known:
            return {"ok": False, "error": "thread_not_found"}
        return {
            "messages": [m for m in known.values() if root in (m["ts"], m.get("thread_ts"))],
            "session": self.sessions.get((asked["channel"], root)),
        }

    async def _do_say(self, asked: Json) -> Json:
        fields = {"thread_ts": asked["thread_ts"]} if asked.get("thread_ts") else {}
        files = [self.kept[key] for key in asked.get("files", [])]
        text = asked["text"].replace("@copilot", "<@U0BOT>")
        message = await self.post(
            asked["channel"], user=asked["as"], text=text, files=files, **fields
        )
        return {"ts": message["ts"]}

    async def _do_edit(self, asked: Json) -> Json:
        message = self.messages[asked["channel"]][asked["ts"]]
        await self.change(message, text=asked["text"], edited=True)
        return {}

    async def _do_delete(self, asked: Json) -> Json:
        del self.messages[asked["channel"]][asked["ts"]]
        await self.tell("gone", channel=asked["channel"], ts=asked["ts"])
        return {}

    async def _do_react(self, asked: Json) -> Json:
        message = self.messages[asked["channel"]][asked["ts"]]
        users: list[str] = next(
            (r["users"] for r in message["reactions"] if r["name"] == asked["name"]), []
        )
        if asked["as"] in users:
            users.remove(asked["as"])
        elif users:
            users.append(asked["as"])
        else:
            message["reactions"].append({"name": asked["name"], "users": [asked["as"]]})
        await self.change(message)
        return {}

    async def _do_calls(self, _: Json) -> Json:
        return {"calls": self.calls}

    async def _do_fault(self, asked: Json) -> Json:
        change = {"kind": asked["kind"], "on": asked["on"], "options": asked.get("options", {})}
        await self.tell("fault", **change)
        return {}

    async def _do_close_view(self, asked: Json) -> Json:
        await self.tell("view_gone", **{"as": asked["as"], "view_id": asked["view_id"]})
        return {}

    def _file_id(self, number: int) -> str:
        return f"F{number}"

    def _kept(self, key: str, name: str, kind: str, size: int) -> Json:
        return {"id": key, "name": name, "title": name, "mimetype": kind, "size": size}
