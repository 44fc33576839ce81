"""The page's side of the playground: one WebSocket, uploads, files and the static files.

The page sends files in two steps. ``POST /page/upload?as=U…`` with a multipart field ``file``
answers ``{"ok": true, "file": FILE}``, or ``{"ok": false, "error": "…"}`` with a status of 400 or
more; then ``{"do": "say", "as": "U…", "channel": "…", "text": "…", "files": ["F…"]}`` sends them
with a message, whose text may be empty. ``{"do": "delete_file", "as": "U…", "file": "F…"}`` deletes
one: the messages that had it come again, as ``message``, with a tombstone in its place. ``edit``
with an empty text leaves a message that is only its files.

A message's ``files`` hold for each FILE

- ``{"id", "mode": "tombstone"}``: it was deleted; ``{"id", "mode": "hidden_by_limit"}``: the plan
  hides it;
- else ``id``, ``name``, ``title`` (what people see as its heading), ``mimetype``, ``filetype`` and
  ``pretty_type`` (Slack's short and long name of the type), ``size`` (bytes), ``user`` (who
  uploaded it), ``url`` (to open or to save it; an address elsewhere where ``mode`` is
  ``external``), and ``mode``:
  - ``snippet``: text, shown with its first lines: ``preview``, ``lines``, ``lines_more`` (how many
    more there are), ``preview_is_truncated``;
  - ``hosted``: anything else; a picture has ``thumb_url``, and ``original_w`` and ``original_h``
    (pixels) where they are known, and ``alt_txt`` where somebody wrote one.

Pictures open in the page, all else is saved.
"""

from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from playground.errors import NotPossibleError
from playground.live_page import LivePage, Looker, same_origin
from playground.payload import Payload
from playground.slack import changes, rich_text
from playground.slack.files import without_what_is_gone
from playground.slack.message import Message
from playground.slack.person import Person
from playground.slack.record import ApiCall
from playground.slack.slack import PlaygroundSlack
from playground.slack.views import View

_LARGEST_UPLOAD = 50 * 1024 * 1024


class Page(LivePage):
    """Serves the page and whoever looks at it.

    Args:
        slack: the Slack that it shows.
        static_dir: the page's files.
    """

    def __init__(self, slack: PlaygroundSlack, static_dir: Path) -> None:
        super().__init__()
        self._slack = slack
        self._static_dir = static_dir

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the page's addresses.

        Args:
            router: the server's.
        """
        router.add_get("/", self._index)
        router.add_get("/static/{path:.+}", self._static)
        router.add_get("/page/live", self._live)
        router.add_post("/page/upload", self._upload)
        router.add_get("/files/{key}/{id}/{name}", self._file)
        router.add_get("/archives/{channel}/p{digits:\\d{7,}}", _permalink)
        router.add_get("/archives/{channel}", _channel)

    async def _index(self, _: web.Request) -> web.StreamResponse:
        index = self._static_dir / "index.html"
        if not index.is_file():
            return web.Response(text="The playground runs. It has no page in this installation.")
        return web.FileResponse(index, headers={"Cache-Control": "no-cache"})

    async def _static(self, request: web.Request) -> web.StreamResponse:
        root = self._static_dir.resolve()
        path = (root / request.match_info["path"]).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    def _looker(self, socket: web.WebSocketResponse) -> "_Looker":
        return _Looker(self._slack, socket)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        same_origin(request)
        try:
            person = self._slack.person_with_id(request.query.get("as", ""))
        except KeyError:
            return web.json_response({"ok": False, "error": "nobody has this id"}, status=400)
        field = (await request.post()).get("file")
        if not isinstance(field, web.FileField):
            return web.json_response({"ok": False, "error": "no file came"}, status=400)
        content = field.file.read(_LARGEST_UPLOAD + 1)
        if len(content) > _LARGEST_UPLOAD:
            return web.json_response({"ok": False, "error": "the file is too large"}, status=413)
        file_id = await person.upload(Path(field.filename).name, content)
        file = self._slack.workspace.files[file_id]
        return web.json_response({"ok": True, "file": file.page_payload()})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = without_what_is_gone(self._slack.workspace.files, request.match_info["id"])
        if file is None or request.match_info["key"] != file.page_key:
            raise web.HTTPNotFound
        shows = file.mimetype.startswith("image/") and file.mimetype != "image/svg+xml"
        headers = {"X-Content-Type-Options": "nosniff"}
        if not shows:
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=file.content, content_type=file.mimetype, headers=headers)


class _Looker(Looker[Person, ApiCall]):
    """One open page."""

    def __init__(self, slack: PlaygroundSlack, socket: web.WebSocketResponse) -> None:
        super().__init__(slack, socket)
        self._slack = slack
        self._verbs = {
            "open": self._open,
            "thread": self._thread,
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "delete_file": self._delete_file,
            "slash": self._slash,
            "shortcut": self._shortcut,
            "press": self._press,
            "submit": self._submit,
            "close_view": self._close_view,
            "stop": self._stop,
            "home": self._home,
        }

    def _watch(self) -> Callable[[], None]:
        return self._slack.workspace.subscribe(self._take)

    def _hello(self) -> Payload:
        slack = self._slack
        workspace, manifest = slack.workspace, slack.manifest
        prompts = slack.options.suggested_prompts
        if prompts is None:
            prompts = manifest.suggested_prompts
        return {
            "event": "hello",
            "platform": "slack",
            "team": {"id": workspace.team.id, "name": workspace.team.name},
            "people": [
                {
                    "id": user.id,
                    "name": user.name,
                    "display_name": user.real_name,
                    "role": "admin" if user.is_admin else "member",
                    "color": f"#{user.color}",
                    "dm": workspace.direct_with(user.id).id,
                }
                for user in workspace.users.values()
                if not user.is_bot
            ],
            "bot": {
                "id": workspace.app.bot_id,
                "user_id": workspace.app.bot_user_id,
                "name": workspace.app.bot_name,
                "connected": slack.connected(),
                "connections": slack.socket.connections,
            },
            "has_home": manifest.has_home,
            "channels": [
                {
                    "id": channel.id,
                    "name": channel.name,
                    "topic": channel.topic,
                    "is_private": channel.kind == "group",
                    "members": list(channel.members),
                }
                for channel in workspace.channels.values()
                if not channel.is_direct
            ],
            "commands": [
                {
                    "command": command.command,
                    "description": command.description,
                    "usage_hint": command.usage_hint,
                }
                for command in manifest.commands
            ],
            "shortcuts": [
                {"callback_id": shortcut.callback_id, "name": shortcut.name}
                for shortcut in manifest.shortcuts
            ],
            "chips": [dict(chip) for chip in slack.options.chips],
            "faults": slack.faults.states(),
            "limits": slack.limits.is_on,
            "suggested_prompts": [dict(prompt) for prompt in prompts],
        }

    # what the page is told

    def _take(self, change: changes.Change) -> None:
        match change:
            case (
                changes.MessagePosted(message=message)
                | changes.MessageChanged(message=message)
                | changes.ReactionChanged(message=message)
            ):
                self._show(message)
            case changes.MessageDeleted(message=message):
                self._put({"event": "gone", "channel": message.channel, "ts": message.ts})
            case changes.SessionChanged(session=session):
                self._put({"event": "session", **session.page_payload()})
            case changes.ViewShown(view=view):
                self._put({"event": "view", "as": view.user, "view": view.payload()})
            case changes.ViewGone(view=view):
                self._put({"event": "view_gone", "as": view.user, "view_id": view.id})
            case changes.HomeChanged(view=view):
                self._put({"event": "home", "as": view.user, "view": view.payload()})
            case _:
                pass

    def _show(self, message: Message) -> None:
        self._put(
            {"event": "message", "channel": message.channel, "message": message.page_payload()}
        )

    # what the page asks for

    async def _open(self, person: Person, asked: Payload) -> Payload:
        channel = person.dm if asked["channel"] == "dm" else str(asked["channel"])
        if not person.can_see(channel):
            raise NotPossibleError(f"{person.name} cannot see this channel")
        messages = self._slack.messages(channel) + self._slack.ephemerals(person.id, channel)
        messages.sort(key=lambda message: message.ts)
        sessions = [
            session.page_payload()
            for session in self._slack.workspace.sessions.values()
            if session.channel == channel
        ]
        return {
            "channel": channel,
            "messages": [
                message.page_payload()
                for message in messages
                if message.ephemeral_to is None or message.thread_ts is None
            ],
            "sessions": sessions,
        }

    async def _thread(self, person: Person, asked: Payload) -> Payload:
        channel, thread_ts = str(asked["channel"]), str(asked["thread_ts"])
        if not person.can_see(channel):
            raise NotPossibleError(f"{person.name} cannot see this channel")
        messages = self._slack.messages(channel, thread_ts) + [
            message
            for message in self._slack.ephemerals(person.id, channel)
            if message.thread_ts == thread_ts
        ]
        session = self._slack.session(channel, thread_ts)
        return {
            "messages": [message.page_payload() for message in messages],
            "session": None if session is None else session.page_payload(),
        }

    async def _say(self, person: Person, asked: Payload) -> Payload:
        ts = await person.say(
            asked["channel"],
            self._encoded(asked.get("text") or ""),
            asked.get("thread_ts"),
            asked.get("files") or (),
        )
        return {"ts": ts}

    async def _edit(self, person: Person, asked: Payload) -> Payload:
        await person.edit(asked["channel"], asked["ts"], self._encoded(asked["text"]))
        return {}

    async def _delete(self, person: Person, asked: Payload) -> Payload:
        await person.delete(asked["channel"], asked["ts"])
        return {}

    async def _react(self, person: Person, asked: Payload) -> Payload:
        await person.react(asked["channel"], asked["ts"], asked["name"])
        return {}

    async def _delete_file(self, person: Person, asked: Payload) -> Payload:
        await person.delete_file(asked["file"])
        return {}

    async def _slash(self, person: Person, asked: Payload) -> Payload:
        await person.slash(asked["command"], asked.get("text") or "", asked["channel"])
        return {}

    async def _shortcut(self, person: Person, asked: Payload) -> Payload:
        await person.shortcut(asked["callback_id"], asked["channel"], asked["ts"])
        return {}

    async def _press(self, person: Person, asked: Payload) -> Payload:
        value = asked.get("selected_option")
        if value is None:
            value = asked.get("value")
        await person.press(
            self._pressed(asked),
            asked["action_id"],
            value,
            block_id=asked.get("block_id"),
            filled_in=asked.get("values"),
        )
        return {}

    def _pressed(self, asked: Payload) -> Message | View:
        workspace = self._slack.workspace
        if "view_id" in asked:
            return workspace.views[asked["view_id"]]
        message = workspace.message(asked["channel"], asked["ts"])
        if message is None:
            raise NotPossibleError("this message is gone")
        return message

    async def _submit(self, person: Person, asked: Payload) -> Payload:
        errors = await person.submit(asked["view_id"], asked.get("values") or {})
        return {"errors": errors} if errors else {}

    async def _close_view(self, person: Person, asked: Payload) -> Payload:
        await person.close_view(asked["view_id"])
        return {}

    async def _stop(self, person: Person, asked: Payload) -> Payload:
        await person.stop(asked["channel"], asked["thread_ts"])
        return {}

    async def _home(self, person: Person, asked: Payload) -> Payload:
        await person.open_home(asked.get("tab") or "home")
        home = self._slack.workspace.homes.get(person.id)
        return {"view": None if home is None else home.payload()}

    def _encoded(self, typed: str) -> str:
        workspace = self._slack.workspace
        return rich_text.encode(
            typed,
            {user.name: user.id for user in workspace.users.values()},
            {c.name: c.id for c in workspace.channels.values() if not c.is_direct},
        )


async def _channel(request: web.Request) -> web.StreamResponse:
    """Lead a channel's address to the channel on the page."""
    channel = request.match_info["channel"]
    raise web.HTTPFound(f"/#/{'dm' if channel.startswith('D') else channel}")


async def _permalink(request: web.Request) -> web.StreamResponse:
    """Lead a message's permalink to its place on the page."""
    channel, digits = request.match_info["channel"], request.match_info["digits"]
    ts = request.query.get("thread_ts") or f"{digits[:-6]}.{digits[-6:]}"
    where = "dm" if channel.startswith("D") else channel
    raise web.HTTPFound(f"/#/{where}/{ts}")
