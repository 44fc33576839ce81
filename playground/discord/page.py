"""The page's side of the playground's Discord: one WebSocket, and uploads.

Objects are Discord's own, with fields of the page's beside them. Of files, this is what goes over:

`POST /page/discord/upload?as=USER`, a form with `file` and, if wanted, `description` (the text for
those who do not see it, 1,024 characters at most):

    {"ok": true, "file": {"id", "filename", "title"?, "size", "content_type", "description"?,
                          "width"?, "height"?, "url": null}}
    {"ok": false, "error": "the file is too large: 10 MB at most"}      (413; 400 for nonsense)

`filename` is what Discord makes of the name (letters, digits, `_`, `.`, `-`); `title`, where it is
there, is the name as it was, without its ending: show `title` with the ending of `filename`. The
file's `id` goes into `attachments` of `say` and `start_post`; it can be used once or more often.

`hello` has

    "files": {"largest": bytes, "largest_direct": bytes, "largest_together": bytes, "most": 10}
    "emojis": [{"id", "name", "animated", "url"}]       (typed as `:name:` in `say` and `edit`)

A page does, beside what it did (`as` is the user, `channel` an id or `"dm"`, answers have the new
`message`'s id):

    say         {content, attachments: [file ids], reply_to?, ping?}   content may be empty then
    speak       {channel, attachment: file id, duration_s}             a voice message
    forward     {channel, message, to: channel}                        anything but system messages
    sticker     {channel, name}
    poll        {channel, question, answers: [1 to 10 texts]}

A message has, where it has any:

    "attachments": [{"id", "filename", "title"?, "description"?, "size", "content_type", "url",
                     "width"?, "height"?, "flags"? (8: hidden until clicked),
                     "duration_secs"?, "waveform"? (of a recording)}]
    "message_snapshots": [{"message": {"content", "attachments", "embeds", "timestamp",
                           "sticker_items"?, …}}]       (forwarded: shown as a quote without author)
    "sticker_items": [{"id", "name", "format_type"}]
    "poll": {"question": {"text"}, "answers": [{"answer_id", "poll_media": {"text"}}], "expiry"}
    "embeds": [{"type", "title"?, "description"?, "url"?, "fields"?, …}]
    "flags": 8192 is a voice message, 16384 a forwarded one

The `url` of an attachment is of the same origin, signed, and ends after a day, as Discord's do: an
address from an older `open` answers 404, a new `open` brings new ones. It answers with the file's
own `Content-Type`; what is no image, sound or film comes as a download, so the first lines of a
text (`text/*`, JSON) are shown by fetching it. The faults `lose_files`, `slow_files`, `cut_files`,
`redirect_files` and `endless_files` are for all who download, the page as well; `expire_files`
happens once.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from aiohttp import web

from playground.discord import changes
from playground.discord.attachments import Attachment
from playground.discord.channels import POSTS_ONLY, Channel, ChannelType
from playground.discord.discord import PlaygroundDiscord
from playground.discord.drafts import LARGEST_REQUEST, MOST_FILES
from playground.discord.message import Message, emoji_payload
from playground.discord.person import DiscordPerson
from playground.discord.record import ApiCall
from playground.discord.typed import encode
from playground.discord.users import User
from playground.errors import NotPossibleError
from playground.live_page import LivePage, Looker, same_origin
from playground.payload import Payload

_TYPING_S = 10
_LONGEST_DESCRIPTION = 1024
_MEGABYTE = 1024 * 1024


class DiscordPage(LivePage):
    """Serves whoever looks at the Discord side of the page.

    Args:
        discord: the Discord that it shows.
    """

    def __init__(self, discord: PlaygroundDiscord) -> None:
        super().__init__()
        self._discord = discord

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add the page's addresses.

        Args:
            router: the server's.
        """
        router.add_get("/page/discord/live", self._live)
        router.add_post("/page/discord/upload", self._upload)

    def _looker(self, socket: web.WebSocketResponse) -> "_Looker":
        return _Looker(self._discord, socket)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        same_origin(request)
        try:
            person = self._discord.person_with_id(request.query.get("as", ""))
        except KeyError:
            return web.json_response({"ok": False, "error": "nobody has this id"}, status=400)
        form = await request.post()
        field, description = form.get("file"), form.get("description") or None
        if not isinstance(field, web.FileField):
            return web.json_response({"ok": False, "error": "no file came"}, status=400)
        if isinstance(description, web.FileField) or len(description or "") > _LONGEST_DESCRIPTION:
            return web.json_response({"ok": False, "error": "no such description"}, status=400)
        largest = self._discord.guild.largest_upload()
        content = field.file.read(largest + 1)
        if len(content) > largest:
            error = f"the file is too large: {largest // _MEGABYTE} MB at most"
            return web.json_response({"ok": False, "error": error}, status=413)
        text = None if description is None else str(description)
        file_id = await person.upload(Path(field.filename).name, content, text)
        return web.json_response({"ok": True, "file": {**person.uploaded(file_id), "url": None}})


class _Looker(Looker[DiscordPerson, ApiCall]):
    """One open page."""

    def __init__(self, discord: PlaygroundDiscord, socket: web.WebSocketResponse) -> None:
        super().__init__(discord, socket)
        self._discord = discord
        self._guild = discord.guild
        self._verbs = {
            "open": self._open,
            "say": self._say,
            "speak": self._speak,
            "forward": self._forward,
            "sticker": self._sticker,
            "poll": self._poll,
            "edit": self._edit,
            "delete": self._delete,
            "react": self._react,
            "typing": self._type,
            "start_post": self._start_post,
            "start_thread": self._start_thread,
            "archive": self._archive,
            "lock": self._lock,
            "rename": self._rename,
            "delete_channel": self._delete_channel,
            "command": self._command,
            "autocomplete": self._autocomplete,
            "context_menu": self._context_menu,
            "press": self._press,
            "select": self._select,
            "submit": self._submit,
            "close_modal": self._close_modal,
        }

    def _watch(self) -> Callable[[], None]:
        return self._guild.subscribe(self._take)

    def _hello(self) -> Payload:
        discord, guild = self._discord, self._guild
        bot = guild.app.bot
        shown = [*guild.guild_channels(), *guild.threads()]
        return {
            "event": "hello",
            "platform": "discord",
            "guild": {"id": guild.id, "name": guild.name},
            "people": [
                {
                    **self._author(person.user),
                    "role": "admin" if person.user.is_admin else "member",
                    "color": f"#{person.user.color}",
                    "dm": person.dm,
                }
                for person in discord.people
            ],
            "bot": {
                **self._author(bot),
                "application_id": guild.app.id,
                "connected": discord.connected(),
                "connections": discord.gateway.connections,
            },
            "channels": [self._channel(channel) for channel in shown],
            "roles": [
                {"id": role.id, "name": role.name, "color": f"#{role.color:06x}"}
                for role in guild.roles.values()
            ],
            "emojis": [
                {
                    **emoji.payload(),
                    "url": f"/discord/cdn/emojis/{emoji.id}.svg",
                }
                for emoji in guild.emojis.values()
            ],
            "files": {
                "largest": guild.largest_upload(),
                "largest_direct": guild.largest_file,
                "largest_together": max(LARGEST_REQUEST, guild.largest_upload()),
                "most": MOST_FILES,
            },
            "commands": self._commands(),
            "chips": [dict(chip) for chip in discord.options.chips],
            "faults": discord.faults.states(),
            "limits": discord.limits.is_on,
        }

    # what the page is told

    def _take(self, change: changes.Change) -> None:
        match change:
            case changes.MessagePosted(message=message):
                self._show(message)
                channel = self._guild.channels[message.channel_id]
                if channel.is_thread:
                    self._put({"event": "channel", "channel": self._channel(channel)})
            case (
                changes.MessageChanged(message=message)
                | changes.ReactionChanged(message=message)
                | changes.ReactionsCleared(message=message)
            ):
                self._show(message)
            case changes.MessageDeleted(message=message):
                self._put({"event": "gone", "channel": message.channel_id, "message": message.id})
            case (
                changes.ChannelCreated(channel=channel)
                | changes.ChannelChanged(channel=channel)
                | changes.ThreadMembersChanged(channel=channel)
            ):
                self._put({"event": "channel", "channel": self._channel(channel)})
            case changes.ChannelDeleted(channel=channel):
                self._put({"event": "channel_gone", "channel": channel.id})
            case changes.TypingStarted(channel=channel, user=user):
                self._put(
                    {"event": "typing", "channel": channel.id, "user": user, "for_s": _TYPING_S}
                )
            case changes.CommandsChanged():
                self._put({"event": "commands", "commands": self._commands()})
            case changes.InteractionChanged(interaction=interaction):
                self._put({"event": "interaction", **interaction.page_payload()})
            case changes.ModalShown(modal=modal):
                self._put({"event": "modal", "as": modal.user, "modal": modal.payload()})
            case changes.ModalGone(modal=modal):
                self._put({"event": "modal_gone", "as": modal.user, "modal": modal.id})
            case _:
                pass

    def _show(self, message: Message) -> None:
        self._put(
            {
                "event": "message",
                "channel": message.channel_id,
                "message": self._message(message),
            }
        )

    def _author(self, user: User) -> Payload:
        return {
            "id": user.id,
            "username": user.username,
            "global_name": user.global_name or user.username.capitalize(),
            "bot": user.is_bot,
            "avatar_url": f"/discord/cdn/avatars/{user.id}/{user.avatar}.svg",
        }

    def _channel(self, channel: Channel) -> Payload:
        if channel.is_direct:
            user = self._guild.users[channel.recipient or ""]
            return channel.direct_payload(self._author(user))
        payload = channel.payload(self._guild.id)
        del payload["guild_id"]
        thread = channel.thread
        if thread is None:
            return payload
        if channel.type is ChannelType.PRIVATE_THREAD:
            payload["member_ids"] = list(thread.members)
        if channel.parent is not None and channel.parent.type in POSTS_ONLY:
            first = channel.messages.get(channel.id)
            payload["first_message"] = None if first is None else self._message(first)
        return payload

    def _message(self, message: Message, *, with_reference: bool = True) -> Payload:
        channel = self._guild.channels[message.channel_id]
        payload = message.payload(
            me=self._guild.bot_id,
            guild_id=None if channel.is_direct else self._guild.id,
            with_reference=False,
        )
        payload |= {
            "author": self._author(message.author),
            "mentions": [self._author(user) for user in message.mentions.users],
            "attachments": self._files(message.attachments),
            "reactions": [
                {"emoji": emoji_payload(key), "count": len(users), "users": list(users)}
                for key, users in message.reactions.items()
            ],
            "loading": message.is_loading,
            "pinged": sorted(message.mentions.pinged),
        }
        if message.snapshot is not None:
            [forwarded] = payload["message_snapshots"]
            forwarded["message"]["attachments"] = self._files(message.snapshot.attachments)
        if message.is_ephemeral:
            payload["ephemeral_to"] = message.ephemeral_to
        if with_reference and message.reference is not None:
            referenced = message.referenced
            payload["referenced_message"] = (
                None
                if referenced is None or referenced.is_deleted
                else self._message(referenced, with_reference=False)
            )
        if with_reference and message.thread is not None:
            payload["thread"] = self._channel(message.thread)
        return payload

    def _files(self, attachments: Iterable[Attachment]) -> list[Payload]:
        base_url = self._discord.base_url
        payloads = [one.payload() for one in attachments]
        return [{**one, "url": one["url"].removeprefix(base_url)} for one in payloads]

    def _commands(self) -> list[Payload]:
        return [one.payload(self._guild.app.id) for one in self._discord.commands.all()]

    # what the page asks for

    async def _open(self, person: DiscordPerson, asked: Payload) -> Payload:
        channel = self._where(person, asked)
        if not person.can_see(channel.id):
            raise NotPossibleError(f"{person.name} cannot see this channel")
        messages = [
            *channel.messages.values(),
            *self._discord.ephemerals(person.id, channel.id),
        ]
        messages.sort(key=lambda message: int(message.id))
        threads = [one for one in self._guild.threads(channel) if person.can_see(one.id)]
        threads.sort(key=lambda thread: int(thread.last_message_id or thread.id), reverse=True)
        return {
            "channel": self._channel(channel),
            "messages": [self._message(message) for message in messages],
            "threads": [self._channel(thread) for thread in threads if not channel.is_direct],
        }

    async def _say(self, person: DiscordPerson, asked: Payload) -> Payload:
        message = await person.say(
            asked["channel"],
            self._encoded(asked.get("content") or ""),
            asked.get("reply_to"),
            asked.get("attachments") or (),
            ping=bool(asked.get("ping", True)),
        )
        return {"message": message}

    async def _speak(self, person: DiscordPerson, asked: Payload) -> Payload:
        message = await person.speak(
            asked["channel"], asked["attachment"], float(asked["duration_s"])
        )
        return {"message": message}

    async def _forward(self, person: DiscordPerson, asked: Payload) -> Payload:
        return {"message": await person.forward(asked["channel"], asked["message"], asked["to"])}

    async def _sticker(self, person: DiscordPerson, asked: Payload) -> Payload:
        return {"message": await person.stick(asked["channel"], str(asked["name"])[:30])}

    async def _poll(self, person: DiscordPerson, asked: Payload) -> Payload:
        answers = [str(answer) for answer in asked["answers"]]
        message = await person.start_poll(asked["channel"], str(asked["question"]), answers)
        return {"message": message}

    async def _edit(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.edit(asked["channel"], asked["message"], self._encoded(asked["content"]))
        return {}

    async def _delete(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.delete(asked["channel"], asked["message"])
        return {}

    async def _react(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.react(asked["channel"], asked["message"], asked["emoji"])
        return {}

    async def _type(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.type(asked["channel"])
        return {}

    async def _start_post(self, person: DiscordPerson, asked: Payload) -> Payload:
        post = await person.start_post(
            asked["channel"],
            asked["name"],
            self._encoded(asked.get("content") or ""),
            asked.get("attachments") or (),
            asked.get("tags") or (),
        )
        return {"channel": self._channel(self._guild.channels[post]), "message": post}

    async def _start_thread(self, person: DiscordPerson, asked: Payload) -> Payload:
        thread = await person.start_thread(
            asked["channel"],
            asked["name"],
            asked.get("message"),
            is_private=bool(asked.get("private")),
        )
        return {"channel": self._channel(self._guild.channels[thread])}

    async def _archive(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.archive_thread(asked["channel"], is_archived=bool(asked["archived"]))
        return {}

    async def _lock(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.lock_thread(asked["channel"], is_locked=bool(asked["locked"]))
        return {}

    async def _rename(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.rename(asked["channel"], asked["name"])
        return {}

    async def _delete_channel(self, person: DiscordPerson, asked: Payload) -> Payload:
        await person.delete_channel(asked["channel"])
        return {}

    async def _command(self, person: DiscordPerson, asked: Payload) -> Payload:
        interaction = await person.command(
            asked["command"],
            asked.get("subcommand"),
            asked.get("options") or {},
            asked["channel"],
        )
        return {"interaction": interaction.id}

    async def _autocomplete(self, person: DiscordPerson, asked: Payload) -> Payload:
        choices = await person.autocomplete(
            asked["command"],
            asked.get("subcommand"),
            asked["option"],
            str(asked.get("value") or ""),
            asked.get("options") or {},
            asked["channel"],
        )
        return {"choices": choices}

    async def _context_menu(self, person: DiscordPerson, asked: Payload) -> Payload:
        interaction = await person.context_menu(
            asked["command"], asked["channel"], asked["message"]
        )
        return {"interaction": interaction.id}

    async def _press(self, person: DiscordPerson, asked: Payload) -> Payload:
        interaction = await person.press(self._used(person, asked), asked["custom_id"])
        return {"interaction": interaction.id}

    async def _select(self, person: DiscordPerson, asked: Payload) -> Payload:
        interaction = await person.select(
            self._used(person, asked), asked["custom_id"], asked["values"]
        )
        return {"interaction": interaction.id}

    async def _submit(self, person: DiscordPerson, asked: Payload) -> Payload:
        modal = self._discord.interactions.modals.get(asked["modal"])
        if modal is None:
            raise NotPossibleError("this modal is closed")
        interaction = await person.submit(modal, asked.get("values") or {})
        return {"interaction": interaction.id}

    async def _close_modal(self, person: DiscordPerson, asked: Payload) -> Payload:
        for modal in self._discord.modals(person.id):
            if modal.id == asked["modal"]:
                await person.close_modal(modal)
        return {}

    def _where(self, person: DiscordPerson, asked: Payload) -> Channel:
        name = person.dm if asked["channel"] == "dm" else str(asked["channel"])
        channel = self._guild.channels.get(name)
        if channel is None:
            raise NotPossibleError("this channel is gone")
        return channel

    def _used(self, person: DiscordPerson, asked: Payload) -> Message:
        channel = self._where(person, asked)
        message = self._guild.message(channel, asked["message"])
        if message is None:
            raise NotPossibleError("this message is gone")
        return message

    def _encoded(self, typed: str) -> str:
        guild = self._guild
        return encode(
            typed,
            {user.username: user.id for user in guild.users.values()},
            {role.name: role.id for role in guild.roles.values() if role.id != guild.id},
            {channel.name: channel.id for channel in guild.guild_channels()},
            {emoji.name: emoji.written for emoji in guild.emojis.values()},
        )
