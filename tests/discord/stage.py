"""A playground with people in it, and the Discord adapter running against it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from adapters.discord.adapter import DiscordAdapter, DiscordOptions
from adapters.discord.keys import is_direct
from bot.clock import SystemClock
from bot.keys import SessionKey
from bot.messages import IncomingMessage, Person
from bot.ports import Clock
from playground.discord.components import ComponentType, walk
from playground.discord.discord import PlaygroundDiscord
from playground.discord.message import Message
from playground.discord.options import DiscordOptions as PlaygroundOptions
from tests.contracts.chat import OpenForm, Seen
from tests.contracts.files import Document
from tests.fakes.chat import Recorder

T = TypeVar("T")


class HastyClock(SystemClock):
    """Real time, but nobody waits: what was asked for is noted."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Note it, and let the others have their turn."""
        self.slept.append(seconds)
        await asyncio.sleep(0)


@dataclass(kw_only=True)
class DiscordStage:
    """The playground's Discord with the adapter running against it."""

    discord: PlaygroundDiscord
    adapter: DiscordAdapter
    intake: Recorder
    clock: Clock
    running: asyncio.Task[None]

    async def say(
        self, who: str, text: str, *, within: SessionKey | None = None, is_direct: bool = False
    ) -> str:
        """Somebody mentions the bot, or speaks to it alone."""
        person = self.discord.person(who)
        if is_direct:
            return await person.say("dm", text)
        if within is None:
            return await person.say("general", person.mention(text))
        if chain := self.chain(within):
            return await person.say(within.channel, person.mention(text), chain[-1].id)
        if self.discord.thread(within.thread) is None:
            # The bot starts it only when it answers; whoever is first may.
            await person.start_thread(within.channel, "Talk", within.thread)
        return await person.say(within.thread, person.mention(text))

    async def share(
        self,
        who: str,
        text: str,
        *documents: Document,
        within: SessionKey | None = None,
        is_direct: bool = False,
    ) -> str:
        """Somebody says something with files; without a text the bot is not mentioned."""
        person = self.discord.person(who)
        files = [await person.upload(each.name, each.content) for each in documents]
        said = person.mention(text) if text and not is_direct else text
        if is_direct:
            return await person.say("dm", said, files=files)
        if within is None:
            return await person.say("general", said, files=files)
        if chain := self.chain(within):
            return await person.say(within.channel, said, chain[-1].id, files)
        if self.discord.thread(within.thread) is None:
            await person.start_thread(within.channel, "Talk", within.thread)
        return await person.say(within.thread, said, files=files)

    def files_in(self, key: SessionKey) -> list[Document]:
        """The files in the bot's messages of a conversation, oldest first."""
        return [
            Document(name=file.filename, content=file.content)
            for message in self.messages(key)
            for file in message.attachments
        ]

    async def follow_up(self, who: str, key: SessionKey, text: str) -> str:
        """Somebody says something in a thread, without a mention."""
        return await self.discord.person(who).say(key.thread, text)

    async def edit(self, who: str, key: SessionKey, message_id: str, text: str) -> None:
        """Somebody changes what they said, and keeps the mention."""
        person = self.discord.person(who)
        said = text if is_direct(key) else person.mention(text)
        await person.edit(self.channel_of(message_id), message_id, said)

    async def delete(self, who: str, key: SessionKey, message_id: str) -> None:
        """Somebody takes back what they said."""
        await self.discord.person(who).delete(self.channel_of(message_id), message_id)

    async def press(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody presses a button."""
        message = self.discord.message(reference)
        assert message is not None
        await self.discord.person(who).press(message, label)

    async def choose(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody chooses from a menu."""
        message = self.discord.message(reference)
        assert message is not None
        [(custom_id, value)] = [
            (menu["custom_id"], option["value"])
            for menu in components_of(message, ComponentType.STRING_SELECT)
            for option in menu["options"]
            if option["label"] == label
        ]
        await self.discord.person(who).select(message, custom_id, [value])

    async def react(self, who: str, key: SessionKey, message_id: str, *, stops: bool) -> None:
        """Somebody puts an emoji onto a message."""
        person = self.discord.person(who)
        await person.react(self.channel_of(message_id), message_id, "⏹️" if stops else "🎉")

    def form(self, who: str) -> OpenForm | None:
        """The form that somebody has open."""
        modals = self.discord.modals(self.person(who).id)
        if not modals:
            return None
        *about, label = modals[-1].components
        entry = label["component"]
        return OpenForm(
            title=modals[-1].title,
            about="".join(each["content"] for each in about),
            field=label["label"],
            written=entry.get("value", ""),
            is_multiline=entry["style"] == 2,
            is_required=entry["required"],
            most=entry["max_length"],
        )

    async def send(self, who: str, text: str) -> str:
        """Somebody sends the form that they have open: Discord has nothing in it that is wrong."""
        modal = self.discord.modals(self.person(who).id)[-1]
        entry = modal.components[-1]["component"]
        await self.discord.person(who).submit(modal, {entry["custom_id"]: text})
        return ""

    async def restart(self) -> None:
        """The process ends, and another one runs the adapter."""
        self.running.cancel()
        await asyncio.wait([self.running])
        self.adapter = adapter_for(self.discord, self.clock)
        self.running = asyncio.create_task(self.adapter.run(self.intake))
        await connected(self.discord, self.adapter, self.running)

    def channel_of(self, message_id: str) -> str:
        """Where a message is."""
        message = self.discord.message(message_id)
        assert message is not None
        return message.channel_id

    def messages(self, key: SessionKey) -> list[Message]:
        """The bot's messages in a conversation, oldest first."""
        if is_direct(key):
            return self.discord.replies(key.channel)
        found = self.discord.replies(key.thread) if self.discord.thread(key.thread) else []
        return [*self.chain(key), *found]

    def chain(self, key: SessionKey) -> list[Message]:
        """The bot's replies to the message that a conversation hangs on, oldest first."""
        return [
            message
            for message in self.discord.replies(key.channel)
            if (message.reference or {}).get("message_id") == key.thread
        ]

    def seen(self, key: SessionKey) -> list[Seen]:
        """The bot's messages in a conversation as people see them."""
        return [seen(message) for message in self.messages(key)]

    def whispered(self, who: str) -> list[str]:
        """What only this person was shown: beside messages, or in their direct message."""
        person = self.discord.person(who)
        beside = [each for each in self.discord.ephemerals(person.id) if not each.is_loading]
        return [each.content for each in [*beside, *self.discord.replies(person.dm)]]

    def person(self, who: str) -> Person:
        """Who that is."""
        user = self.discord.person(who).user
        return Person(id=user.id, name=user.global_name or user.username)

    async def until(self, predicate: Callable[[], T]) -> T:
        """Wait until something is seen."""
        return await self.discord.until(predicate)

    async def remove(self, key: SessionKey, reference: str) -> None:
        """An administrator deletes a message of the bot's."""
        await self.discord.person("ada").delete(self.channel_of(reference), reference)

    async def heard(self, message_id: str) -> IncomingMessage:
        """A message as the core was brought it."""
        found = await self.intake.until(
            lambda: [each for each in self.intake.messages if each.message_id == message_id]
        )
        return found[0]

    def calls(self, method: str) -> list[Any]:
        """The calls of a method, oldest first."""
        return list(self.discord.record.calls(method))


@asynccontextmanager
async def playing(**options: Any) -> AsyncIterator[PlaygroundDiscord]:
    """Serve a playground's Discord.

    Args:
        options: of the playground, other than what suits tests.
    """
    chosen: dict[str, Any] = {"limits": False, **options}
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    discord = PlaygroundDiscord(PlaygroundOptions(**chosen), url)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    discord.add_routes(app.router)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        yield discord
    finally:
        discord.close()
        await runner.cleanup()
        listening.close()


@asynccontextmanager
async def staged(
    *,
    clock: Clock | None = None,
    adapter_options: dict[str, Any] | None = None,
    **options: Any,
) -> AsyncIterator[DiscordStage]:
    """Run the adapter against a playground.

    Args:
        clock: time; one on which nobody waits when left out.
        adapter_options: of the adapter, other than what suits tests.
        options: of the playground.
    """
    async with (
        playing(**options) as discord,
        running(discord, clock=clock, **(adapter_options or {})) as stage,
    ):
        yield stage


@asynccontextmanager
async def running(
    discord: PlaygroundDiscord, *, clock: Clock | None = None, **options: Any
) -> AsyncIterator[DiscordStage]:
    """Run an adapter against a playground that is there.

    Args:
        discord: the playground.
        clock: time; one on which nobody waits when left out.
        options: of the adapter, other than what suits tests.
    """
    clock = clock or HastyClock()
    adapter, intake = adapter_for(discord, clock, **options), Recorder()
    task = asyncio.create_task(adapter.run(intake))
    stage = DiscordStage(discord=discord, adapter=adapter, intake=intake, clock=clock, running=task)
    try:
        await connected(discord, adapter, task)
        yield stage
    finally:
        stage.running.cancel()
        await asyncio.wait([stage.running])
    if not stage.running.cancelled():
        stage.running.result()


async def connected(
    discord: PlaygroundDiscord, adapter: DiscordAdapter, task: asyncio.Task[None]
) -> None:
    """Wait until an adapter has heard that it is connected, or has ended."""
    await discord.until(lambda: discord.connected() or task.done())
    async with asyncio.timeout(20):
        while not (adapter.is_connected or task.done()):  # noqa: ASYNC110
            await asyncio.sleep(0)  # what was sent to it is on its way


def adapter_for(discord: PlaygroundDiscord, clock: Clock, **options: Any) -> DiscordAdapter:
    """An adapter for a playground.

    Args:
        discord: the playground.
        clock: time.
        options: other than the right ones; `recall` knows of earlier direct messages.
    """
    recall = options.pop("recall", None)
    chosen = {
        "bot_token": discord.bot_token,
        "api_url": discord.api_url,
        "gateway_url": discord.gateway_url,
        **options,
    }
    return DiscordAdapter(DiscordOptions(**chosen), clock=clock, recall=recall)


def seen(message: Message) -> Seen:
    """A message as people see it."""
    lines = message.content.split("\n")
    said = "\n".join(line for line in lines if not line.startswith("-# "))
    labels = tuple(labels_of(message))
    return Seen(
        reference=message.id,
        text=said,
        all=message.content.replace("\\", ""),
        buttons=labels,
        choices=tuple(
            option["label"]
            for menu in components_of(message, ComponentType.STRING_SELECT)
            for option in menu["options"]
        ),
        is_growing="Stop" in labels,
    )


def labels_of(message: Message) -> Iterator[str]:
    """The labels of a message's buttons."""
    return (each["label"] for each in components_of(message, ComponentType.BUTTON))


def components_of(message: Message, kind: ComponentType) -> Iterator[dict[str, Any]]:
    """The components of a kind under a message."""
    return (each for each in walk(message.components) if each["type"] == kind)
