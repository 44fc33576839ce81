"""A playground with people in it, and the Slack adapter running against it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from adapters.slack.adapter import SlackAdapter, SlackOptions
from adapters.slack.forms import FIELD
from adapters.slack.manifest import manifest
from bot.clock import SystemClock
from bot.keys import SessionKey
from bot.messages import Person
from bot.ports import Clock, Recall
from playground.server import serve
from playground.slack.message import Message
from playground.slack.options import PlaygroundOptions
from playground.slack.slack import PlaygroundSlack
from playground.slack.views import View
from tests.contracts.chat import OpenForm, Seen
from tests.contracts.files import Document
from tests.fakes.chat import Recorder

T = TypeVar("T")


class HastyClock(SystemClock):
    """Real time, but nobody waits: what was asked for is noted."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._slept_again = asyncio.Condition()

    async def sleep(self, seconds: float) -> None:
        """Note it, and let the others have their turn."""
        async with self._slept_again:
            self.slept.append(seconds)
            self._slept_again.notify_all()
        await asyncio.sleep(0)

    async def until_slept(self, times: int) -> None:
        """Wait until somebody has slept so often."""
        async with self._slept_again:
            await self._slept_again.wait_for(lambda: len(self.slept) >= times)


@dataclass(kw_only=True)
class SlackStage:
    """The playground's Slack with the adapter running against it."""

    slack: PlaygroundSlack
    adapter: SlackAdapter
    intake: Recorder
    clock: HastyClock
    running: asyncio.Task[None]

    @property
    def general(self) -> str:
        """The id of the channel #general."""
        return self.slack.channel("general")

    async def say(
        self, who: str, text: str, *, within: SessionKey | None = None, is_direct: bool = False
    ) -> str:
        """Somebody mentions the bot, or speaks to it alone."""
        person = self.slack.person(who)
        if is_direct:
            return await person.say("dm", text)
        channel = within.channel if within else "general"
        thread = within.thread if within else None
        return await person.say(channel, person.mention(text), thread)

    async def share(
        self,
        who: str,
        text: str,
        *documents: Document,
        within: SessionKey | None = None,
        is_direct: bool = False,
    ) -> str:
        """Somebody says something with files."""
        person = self.slack.person(who)
        files = [await person.upload(each.name, each.content) for each in documents]
        if is_direct:
            return await person.say("dm", text, files=files)
        channel = within.channel if within else "general"
        thread = within.thread if within else None
        return await person.say(channel, person.mention(text) if text else "", thread, files)

    def files_in(self, key: SessionKey) -> list[Document]:
        """The files in the bot's messages of a thread, oldest first."""
        return [
            Document(name=file.name, content=file.content)
            for message in self.messages(key)
            for file in message.files
        ]

    async def edit(self, who: str, key: SessionKey, message_id: str, text: str) -> None:
        """Somebody changes what they said, and keeps the mention."""
        person = self.slack.person(who)
        said = text if key.channel.startswith("D") else person.mention(text)
        await person.edit(key.channel, message_id, said)

    async def delete(self, who: str, key: SessionKey, message_id: str) -> None:
        """Somebody takes back what they said."""
        await self.slack.person(who).delete(key.channel, message_id)

    async def press(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody presses a button."""
        message = next(each for each in self.messages(key) if each.ts == reference)
        await self.press_on(who, message, label)

    async def press_on(self, who: str, message: Message, label: str) -> None:
        """Somebody presses a button of a message, which may be theirs alone to see."""
        [action_id] = [
            element["action_id"]
            for element in elements(message)
            if element["type"] == "button" and element["text"]["text"] == label
        ]
        await self.slack.person(who).press(message, action_id)

    async def choose(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody chooses from a menu."""
        message = next(each for each in self.messages(key) if each.ts == reference)
        [(action_id, value)] = [
            (element["action_id"], option["value"])
            for element in elements(message)
            for option in element.get("options", ())
            if option["text"]["text"] == label
        ]
        await self.slack.person(who).press(message, action_id, value)

    async def react(self, who: str, key: SessionKey, message_id: str, *, stops: bool) -> None:
        """Somebody puts an emoji onto a message."""
        name = "octagonal_sign" if stops else "tada"
        await self.slack.person(who).react(key.channel, message_id, name)

    def form(self, who: str) -> OpenForm | None:
        """The form that somebody has open."""
        views = self.modals(who)
        if not views:
            return None
        given = views[-1].given
        [field] = [block for block in given["blocks"] if block["type"] == "input"]
        about = [block["text"]["text"] for block in given["blocks"] if block["type"] == "section"]
        return OpenForm(
            title=given["title"]["text"],
            about="".join(about),
            field=field["label"]["text"],
            written=field["element"].get("initial_value", ""),
            is_multiline=field["element"]["multiline"],
            is_required=not field["optional"],
            most=field["element"]["max_length"],
        )

    def modals(self, who: str) -> list[View]:
        """The modals that somebody has open."""
        return [
            each for each in self.slack.views(self.slack.person(who).id) if each.kind == "modal"
        ]

    async def send(self, who: str, text: str) -> str:
        """Somebody sends the form that they have open."""
        view = self.modals(who)[-1]
        errors = await self.slack.person(who).submit(view.id, {FIELD: text})
        return "".join(errors.values())

    async def restart(self) -> None:
        """The process ends, and another one runs the adapter."""
        self.running.cancel()
        await asyncio.wait([self.running])
        await self.slack.until(lambda: not self.slack.connected())
        self.adapter = adapter_for(self.slack, self.clock)
        self.running = asyncio.create_task(self.adapter.run(self.intake))
        await self.slack.until(lambda: self.slack.connected() or self.running.done())

    def messages(self, key: SessionKey) -> list[Message]:
        """The bot's messages in a thread, oldest first."""
        if key.thread:
            return self.slack.replies(key.channel, key.thread)
        return [each for each in self.slack.messages(key.channel) if each.by_bot]

    def seen(self, key: SessionKey) -> list[Seen]:
        """The bot's messages in a thread as people see them."""
        return [seen(message) for message in self.messages(key)]

    def whispered(self, who: str) -> list[str]:
        """What only this person was shown."""
        return ["\n".join(texts(each.blocks)) for each in self.whispers(who)]

    def whispers(self, who: str) -> list[Message]:
        """The messages that only this person sees."""
        return self.slack.ephemerals(self.slack.person(who).id)

    def person(self, who: str) -> Person:
        """Who that is."""
        person = self.slack.person(who)
        return Person(id=person.id, name=person.user.name)

    async def until(self, predicate: Callable[[], T]) -> T:
        """Wait until something is seen."""
        return await self.slack.until(predicate)

    async def remove(self, key: SessionKey, reference: str) -> None:
        """An administrator deletes a message of the bot's."""
        await self.slack.person("ada").delete(key.channel, reference)

    def calls(self, method: str) -> list[dict[str, Any]]:
        """What was asked of a method, oldest first."""
        return [dict(call.arguments) for call in self.slack.record.calls(method)]


@asynccontextmanager
async def staged(**options: Any) -> AsyncIterator[SlackStage]:
    """Run the adapter against a playground.

    Args:
        options: of the playground, other than what suits tests.
    """
    async with playing(**options) as slack, running(slack) as stage:
        yield stage


@asynccontextmanager
async def playing(**options: Any) -> AsyncIterator[PlaygroundSlack]:
    """Serve a playground's Slack.

    Args:
        options: of the playground, other than what suits tests.
    """
    chosen: dict[str, Any] = {
        "limits": False,
        "ack_timeout_s": 1.0,
        "retry_delays_s": (0.0, 0.1, 0.1),
        "manifest": manifest(),
        **options,
    }
    async with serve(options=PlaygroundOptions(**chosen)) as playground:
        yield playground.slack


@asynccontextmanager
async def running(
    slack: PlaygroundSlack, *, recall: Recall | None = None
) -> AsyncIterator[SlackStage]:
    """Run the adapter against a playground that is there.

    Args:
        slack: the playground's Slack.
        recall: knows of earlier conversations.
    """
    clock, intake = HastyClock(), Recorder()
    adapter = adapter_for(slack, clock, recall=recall)
    task = asyncio.create_task(adapter.run(intake))
    stage = SlackStage(slack=slack, adapter=adapter, intake=intake, clock=clock, running=task)
    try:
        await slack.until(lambda: slack.connected() or task.done())
        yield stage
    finally:
        stage.running.cancel()
        await asyncio.wait([stage.running])
    if not stage.running.cancelled():
        stage.running.result()


def adapter_for(
    slack: PlaygroundSlack,
    clock: Clock,
    *,
    recall: Recall | None = None,
    bot_token: str | None = None,
    app_token: str | None = None,
) -> SlackAdapter:
    """An adapter for a playground.

    Args:
        slack: the playground's Slack.
        clock: time.
        recall: knows of earlier conversations.
        bot_token: another one than the right one.
        app_token: the same.
    """
    options = SlackOptions(
        bot_token=bot_token or slack.bot_token,
        app_token=app_token or slack.app_token,
        api_url=slack.api_url,
    )
    return SlackAdapter(options, clock=clock, recall=recall)


def seen(message: Message) -> Seen:
    """A message as people see it."""
    stream = message.stream
    tasks = list(stream.tasks.values()) if stream is not None else []
    blocks = message.blocks or []
    if stream is not None and (message.is_streaming or message.edited is None):
        said = stream.text
    else:
        said = next((block["text"] for block in blocks if block["type"] == "markdown"), "")
    return Seen(
        reference=message.ts,
        text=said,
        all="\n".join([said, *texts(blocks), *texts(tasks)]),
        buttons=tuple(
            element["text"]["text"] for element in elements(message) if element["type"] == "button"
        ),
        choices=tuple(
            option["text"]["text"]
            for element in elements(message)
            for option in element.get("options", ())
        ),
        is_growing=message.is_streaming or "Stop" in str(list(elements(message))),
    )


def elements(message: Message) -> Iterator[dict[str, Any]]:
    """The elements of a message's action blocks."""
    for block in message.blocks or []:
        if block["type"] == "actions":
            yield from block["elements"]


def texts(value: object) -> Iterator[str]:
    """All that can be read in blocks or tasks."""
    match value:
        case dict():
            for name, inner in value.items():
                if name in {"text", "title", "details", "output"} and isinstance(inner, str):
                    yield inner
                else:
                    yield from texts(inner)
        case list():
            for inner in value:
                yield from texts(inner)
