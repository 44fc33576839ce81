"""The playground's Discord as a side of the stage."""

# ruff: noqa: D102 - `Side` says what each is for

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from playground.discord.commands import CommandType
from playground.discord.components import walk
from playground.discord.discord import PlaygroundDiscord
from playground.discord.message import Message
from tests.e2e.bot_process import WAIT_S
from tests.e2e.side import Said, Side, Thread

_T = TypeVar("_T")


class DiscordSide(Side):
    """Discord.

    Args:
        discord: the playground's.
        api_url: where the bot reaches its REST API; the playground's own address when left out.
        gateway_url: the same for the gateway.
    """

    name = "discord"

    def __init__(
        self,
        discord: PlaygroundDiscord,
        api_url: str | None = None,
        gateway_url: str | None = None,
    ) -> None:
        self.discord = discord
        self._api_url = api_url or discord.api_url
        self._gateway_url = gateway_url or discord.gateway_url

    def settings(self) -> Mapping[str, str]:
        return {
            "DISCORD_API_URL": self._api_url,
            "DISCORD_GATEWAY_URL": self._gateway_url,
            "DISCORD_BOT_TOKEN": self.discord.bot_token,
        }

    def is_connected(self) -> bool:
        return self.discord.connected()

    async def until(self, predicate: Callable[[], _T], timeout_s: float = WAIT_S) -> _T:
        return await self.discord.until(predicate, timeout_s=timeout_s)

    async def mention(self, text: str, *, who: str = "ann", channel: str = "general") -> Thread:
        person = self.discord.person(who)
        return Thread(channel=channel, id=await person.say(channel, person.mention(text)))

    async def follow_up(self, thread: Thread, text: str, *, who: str = "ann") -> str:
        return await self.discord.person(who).say(await self._home(thread), text)

    async def call(self, thread: Thread, text: str, *, who: str = "ann") -> str:
        return await self.follow_up(thread, self.discord.person(who).mention(text), who=who)

    async def begin(self, text: str, *, who: str = "ben", channel: str = "general") -> Thread:
        person = self.discord.person(who)
        thread = Thread(channel=channel, id=await person.start_thread(channel, text[:40]))
        await person.say(thread.id, text)
        return thread

    async def share(
        self, thread: Thread, text: str, name: str, content: bytes, *, who: str = "ann"
    ) -> str:
        person = self.discord.person(who)
        files = [await person.upload(name, content)]
        return await person.say(await self._home(thread), text, files=files)

    def calling(self, text: str) -> str:
        return self.discord.person("ann").mention(text)

    def direct(self, who: str) -> Thread:
        return Thread(channel=self.discord.person(who).dm)

    def messages(self, thread: Thread) -> list[Said]:
        return [as_said(message) for message in self.raw(thread)]

    def raw(self, thread: Thread) -> list[Message]:
        """The same as Discord keeps them: in the thread, and in reply to where it began."""
        if not thread.id:
            return self.discord.replies(thread.channel)
        within = self.discord.replies(thread.id) if self.discord.thread(thread.id) else []
        return [*self.chain(thread), *within]

    def chain(self, thread: Thread) -> list[Message]:
        """What the bot said in the channel, in reply to the message that the thread began with."""
        return [
            message
            for message in self.discord.replies(thread.channel)
            if (message.reference or {}).get("message_id") == thread.id
        ]

    def told(self, who: str) -> list[Said]:
        found = self.discord.ephemerals(self.discord.person(who).id)
        return [as_said(message) for message in found if not message.is_loading]

    def is_working(self, thread: Thread) -> bool:
        return any(not as_said(message).is_finished for message in self.raw(thread))

    def waits(self, thread: Thread, message: str) -> bool:
        found = self.discord.message(message)
        return found is not None and bool(found.reactions.get("⏳"))

    async def edit(self, thread: Thread, message: str, text: str, *, who: str = "ann") -> None:
        await self.discord.person(who).edit(thread.id or thread.channel, message, text)

    async def delete(self, thread: Thread, message: str, *, who: str = "ann") -> None:
        await self.discord.person(who).delete(thread.id or thread.channel, message)

    async def press(self, said: Said, label: str, *, who: str = "ann") -> None:
        message = self.discord.message(said.id)
        assert message is not None
        await self.discord.person(who).press(message, label)

    async def send_form(self, text: str, *, who: str = "ann") -> None:
        person = self.discord.person(who)
        [modal] = await self.until(lambda: self.discord.modals(person.id))
        field = modal.components[-1]["component"]["custom_id"]
        await person.submit(modal, {field: text})

    async def stop(self, thread: Thread, *, who: str = "ann") -> None:
        await self.press(await self.offered(thread, "", "Stop"), "Stop", who=who)

    async def react(self, thread: Thread, *, who: str = "ann") -> None:
        await self.discord.person(who).react(thread.channel, thread.id, "🛑")

    async def command(self, name: str, *, who: str = "ann", channel: str = "general") -> None:
        await self.registered()
        await self.discord.person(who).command("copilot", name or None, channel=channel)

    async def registered(self) -> None:
        """Wait until the bot has registered its commands."""
        await self.until(lambda: self.discord.commands.find("copilot", CommandType.SLASH))

    def drop(self) -> None:
        self.discord.faults.turn_on("drop_gateway")

    async def _home(self, thread: Thread) -> str:
        if not thread.id:
            return thread.channel
        # The bot starts a thread when it first has something to show.
        await self.until(lambda: self.discord.thread(thread.id))
        return thread.id


def as_said(message: Message) -> Said:
    """A message as people see it."""
    lines = message.content.split("\n")
    labels = tuple(_labels(message))
    return Said(
        id=message.id,
        text="\n".join(line for line in lines if not line.startswith("-# ")).strip(),
        shown=message.content,
        buttons=labels,
        is_finished=not message.is_loading and "Stop" not in labels,
    )


def _labels(message: Message) -> Iterator[str]:
    for component in walk(message.components):
        if "label" in component:
            yield component["label"]
