"""The fake chat keeps the contract of chat adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TypeVar

import pytest

from bot.errors import ChatUnavailable, StoreError
from bot.keys import SessionKey
from bot.messages import Person, Post
from bot.ports import ReplyView
from tests.contracts.chat import ChatContract, Deliveries, OpenForm, Seen, asked, done, replying
from tests.contracts.files import NOTES, Document, FilesContract, outgoing
from tests.fakes.chat import ANN, BEN, FakeChat, Recorder

T = TypeVar("T")

PEOPLE = {"ann": ANN, "ben": BEN}


class FakeStage:
    """The fake chat with people on it."""

    def __init__(self) -> None:
        self.adapter = FakeChat()
        self.intake = Recorder()

    async def say(
        self, who: str, text: str, *, within: SessionKey | None = None, is_direct: bool = False
    ) -> str:
        """Somebody says something."""
        before = set(self.adapter.said)
        with suppress(StoreError):  # as a platform without redelivery
            await self.adapter.say(
                text,
                by=PEOPLE[who],
                thread=within.thread if within else None,
                is_direct=is_direct,
            )
        [message_id] = set(self.adapter.said) - before
        return message_id

    async def share(
        self,
        who: str,
        text: str,
        *documents: Document,
        within: SessionKey | None = None,
        is_direct: bool = False,
    ) -> str:
        """Somebody says something with files."""
        message = await self.adapter.say(
            text,
            by=PEOPLE[who],
            thread=within.thread if within else None,
            is_direct=is_direct,
            mention=bool(text),
            files=[(each.name, each.content) for each in documents],
        )
        return message.message_id

    def files_in(self, key: SessionKey) -> list[Document]:
        """The files in the bot's messages of a thread."""
        return [
            Document(name=file.name, content=file.content)
            for message in self.adapter.seen(key)
            for file in message.files
        ]

    async def edit(self, who: str, key: SessionKey, message_id: str, text: str) -> None:
        """Somebody changes what they said."""
        await self.adapter.edit_said(message_id, text)

    async def delete(self, who: str, key: SessionKey, message_id: str) -> None:
        """Somebody takes back what they said."""
        await self.adapter.take_back(message_id)

    async def press(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody presses a button."""
        await self.adapter.press(self.adapter.shown[reference], label, by=PEOPLE[who])

    async def choose(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody chooses from a menu."""
        await self.adapter.choose(self.adapter.shown[reference], label, by=PEOPLE[who])

    async def react(self, who: str, key: SessionKey, message_id: str, *, stops: bool) -> None:
        """Somebody puts an emoji onto a message."""
        if stops:
            await self.adapter.sign(message_id, key, by=PEOPLE[who])

    def form(self, who: str) -> OpenForm | None:
        """The form that somebody has open."""
        opened = self.adapter.forms.get(PEOPLE[who].id)
        if opened is None:
            return None
        form, _ = opened
        return OpenForm(
            title=form.title,
            about=form.about,
            field=form.field,
            written=form.prefill,
            is_multiline=form.is_multiline,
            is_required=form.is_required,
            most=form.most,
        )

    async def send(self, who: str, text: str) -> str:
        """Somebody sends the form that they have open."""
        answer = await self.adapter.submit(text, by=PEOPLE[who])
        return answer.text if answer.is_refused else ""

    async def restart(self) -> None:
        """Nothing is remembered that a process could lose."""

    def seen(self, key: SessionKey) -> list[Seen]:
        """The bot's messages in a thread."""
        return [
            Seen(
                reference=message.reference,
                text=message.text,
                all="\n".join(
                    [
                        message.text,
                        *(f"{tool.title} {tool.detail}" for tool in message.tools),
                        message.reasoning,
                        message.notice,
                        message.footer,
                    ]
                ),
                buttons=tuple(button.label for button in message.buttons),
                choices=tuple(each.label for menu in message.menus for each in menu.choices),
                is_growing=message.state == "working",
            )
            for message in self.adapter.seen(key)
        ]

    def whispered(self, who: str) -> list[str]:
        """What only this person was shown."""
        return [answer.text for _, person, answer in self.adapter.whispers if person == PEOPLE[who]]

    def person(self, who: str) -> Person:
        """Who that is."""
        return PEOPLE[who]

    async def until(self, predicate: Callable[[], T]) -> T:
        """Wait until something is seen."""
        return await self.adapter.until(predicate)

    async def remove(self, key: SessionKey, reference: str) -> None:
        """A message of the bot's is deleted."""
        del self.adapter.shown[reference]


@pytest.fixture
async def stage() -> AsyncIterator[FakeStage]:
    """The fake chat, running."""
    stage = FakeStage()
    running = asyncio.create_task(stage.adapter.run(stage.intake))
    await asyncio.sleep(0)
    yield stage
    running.cancel()
    await asyncio.wait([running])


class TestFakeChat(ChatContract, FilesContract):
    """The contract."""


async def test_it_fails_on_demand(stage: FakeStage) -> None:
    """A failure that was asked for comes once, for the call that it was asked for."""
    prompt = await asked(stage)
    stage.adapter.fail(ChatUnavailable("out of reach"), on="post")
    with pytest.raises(ChatUnavailable):
        await stage.adapter.post(prompt.key, Post(text="lost"))
    await stage.adapter.post(prompt.key, Post(text="there"))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["there"]


async def test_an_answer_can_be_lost(stage: FakeStage) -> None:
    """A post whose answer was lost is found again, not posted twice."""
    prompt = await asked(stage)
    delivered = Deliveries()
    reply = replying(stage, prompt, delivered)
    stage.adapter.fail(ChatUnavailable("out of reach"), after=True)
    with pytest.raises(ChatUnavailable):
        await reply.show(ReplyView(parts=("A lock",)))
    await reply.close(done("A lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]


async def test_a_sending_whose_answer_was_lost_is_found(stage: FakeStage) -> None:
    """Files whose sending failed after it was carried out are not sent again."""
    prompt = await asked(stage)
    stage.adapter.fail(ChatUnavailable("out of reach"), on="send", after=True)
    with pytest.raises(ChatUnavailable):
        await stage.adapter.send(prompt.key, [outgoing(NOTES, "n1")])
    await stage.adapter.send(prompt.key, [outgoing(NOTES, "n1")])
    assert stage.files_in(prompt.key) == [NOTES]
