"""What every chat adapter must do, whatever the platform.

A platform's test module subclasses `ChatContract` and provides the fixture `stage`: the adapter,
running against a platform on which people can act. Nothing here knows a platform.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import pytest

from bot import fence, phrases
from bot.answer import GrowingAnswer
from bot.errors import ChatUnavailable, LeaseLost, PlaceGone, StoreBusy
from bot.keys import SessionKey
from bot.mailbox import Delivery
from bot.messages import Answer, Button, Choice, Form, IncomingMessage, Menu, Person, Post
from bot.ports import (
    ChatAdapter,
    FindsChannels,
    LinksToThreads,
    OpensThreads,
    Reply,
    ReplyState,
    ReplyTarget,
    ReplyView,
    ToolLine,
    ToolState,
)
from tests.bot.markdown_texts import ANSWERS
from tests.fakes.chat import Recorder

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A message of the bot's as people see it.

    Args:
        reference: the platform's id.
        text: the Markdown, exactly.
        all: everything that can be read: text, tools, notice, footer.
        buttons: the labels.
        choices: what the menus offer.
        is_growing: whether the platform shows that more is to come.
    """

    reference: str
    text: str
    all: str
    buttons: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    is_growing: bool = False


@dataclass(frozen=True, kw_only=True)
class OpenForm:
    """A form as the person sees it who has it open.

    Args:
        title: its heading.
        about: what stands above the field.
        field: what the field is called.
        written: what stands in the field at first.
        is_multiline: whether the field has several lines.
        is_required: whether it may not be left empty.
        most: how many characters can be written.
    """

    title: str
    about: str
    field: str
    written: str
    is_multiline: bool
    is_required: bool
    most: int


class ChatStage(Protocol):
    """A platform with people on it, and the adapter running against it."""

    @property
    def adapter(self) -> ChatAdapter:
        """The adapter, running."""

    @property
    def intake(self) -> Recorder:
        """What the adapter brings the platform's doings to."""

    async def say(
        self, who: str, text: str, *, within: SessionKey | None = None, is_direct: bool = False
    ) -> str:
        """`ann` or `ben` mentions the bot: a new thread, or in one; or speaks to it alone."""

    async def edit(self, who: str, key: SessionKey, message_id: str, text: str) -> None:
        """Somebody changes what they said."""

    async def delete(self, who: str, key: SessionKey, message_id: str) -> None:
        """Somebody takes back what they said."""

    async def press(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody presses a button."""

    async def choose(self, who: str, key: SessionKey, reference: str, label: str) -> None:
        """Somebody chooses from a menu."""

    def form(self, who: str) -> OpenForm | None:
        """The form that somebody has open; None where they have none."""

    async def send(self, who: str, text: str) -> str:
        """Somebody sends the form that they have open; returns what it then says is wrong."""

    async def restart(self) -> None:
        """The process ends, and another one runs the adapter."""

    async def react(self, who: str, key: SessionKey, message_id: str, *, stops: bool) -> None:
        """Somebody puts an emoji onto a message, one that means stop or another."""

    def seen(self, key: SessionKey) -> list[Seen]:
        """The bot's messages in a thread that everybody sees, oldest first."""

    def whispered(self, who: str) -> list[str]:
        """What only this person was shown."""

    def person(self, who: str) -> Person:
        """Who that is."""

    async def until(self, predicate: Callable[[], T]) -> T:
        """Wait until something is seen."""

    async def remove(self, key: SessionKey, reference: str) -> None:
        """Somebody with the right to do so deletes a message of the bot's."""


class Deliveries:
    """Keeps what a reply says of its messages."""

    def __init__(self) -> None:
        self.all: list[Delivery] = []

    async def __call__(self, delivery: Delivery) -> None:
        """Keep one."""
        self.all.append(delivery)

    @property
    def newest(self) -> tuple[Delivery, ...]:
        """The last word on each part."""
        return tuple({each.part: each for each in self.all}.values())


async def heard(stage: ChatStage, message_id: str) -> IncomingMessage:
    """The message as the core was brought it."""

    def found() -> IncomingMessage | None:
        return next((m for m in stage.intake.messages if m.message_id == message_id), None)

    message = await stage.intake.until(found)
    assert message is not None
    return message


async def asked(
    stage: ChatStage, text: str = "what is a mutex?", *, is_direct: bool = False
) -> IncomingMessage:
    """Somebody asks something."""
    return await heard(stage, await stage.say("ann", text, is_direct=is_direct))


def replying(
    stage: ChatStage,
    prompt: IncomingMessage,
    delivered: Deliveries | None = None,
    *,
    earlier: tuple[Delivery, ...] = (),
    entry_id: int = 7,
    retries: int = 0,
    strand: int = 0,
    others: Collection[str] = (),
) -> Reply:
    """A reply to what was asked."""
    target = ReplyTarget(
        key=prompt.key,
        entry_id=entry_id,
        message_id=prompt.message_id,
        person=prompt.author,
        earlier=earlier,
        delivered=delivered or Deliveries(),
        retries=retries,
        strand=strand,
        others=others,
    )
    return stage.adapter.reply(target)


def done(*parts: str) -> ReplyView:
    """How an answer ends well."""
    return ReplyView(parts=parts, state=ReplyState.DONE)


async def lost() -> None:
    """A fence that nobody passes."""
    raise LeaseLost("another worker owns the thread now")


class LostAfter:
    """A fence that a call passes so often, and then no more.

    Args:
        times: how often.
    """

    def __init__(self, times: int) -> None:
        self._left = times

    async def __call__(self) -> None:
        """Pass, or not any more."""
        self._left -= 1
        if self._left < 0:
            await lost()


RENAME = Form(
    action="rename",
    value="2",
    title="Rename",
    field="Title",
    about="What shall it be called?",
    prefill="A mutex",
    most=100,
)
"""A form that opens with something in it."""


class ChatContract:
    """The contract."""

    # --- what people say ------------------------------------------------------------------

    async def test_a_mention_begins_a_thread(self, stage: ChatStage) -> None:
        """A mention reaches the core once its own thread is known, without the mention itself."""
        message = await asked(stage, "what is a mutex?")
        assert message.text == "what is a mutex?"
        assert message.mentions_bot
        assert message.starts_thread
        assert not message.is_direct
        assert message.author.id == stage.person("ann").id
        assert message.key.platform == stage.adapter.platform
        assert message.key.thread

    async def test_a_follow_up_has_the_key_of_its_thread(self, stage: ChatStage) -> None:
        """What is said in a thread has the same key as what began it, and comes after it."""
        first = await asked(stage)
        second = await heard(stage, await stage.say("ben", "and a semaphore?", within=first.key))
        assert second.key == first.key
        assert not second.starts_thread
        assert second.sent_at > first.sent_at

    async def test_two_mentions_begin_two_threads(self, stage: ChatStage) -> None:
        """Each mention outside of a thread begins a thread of its own."""
        assert (await asked(stage, "one")).key != (await asked(stage, "two")).key

    async def test_direct_messages_are_apart(self, stage: ChatStage) -> None:
        """What two people say to the bot alone has two keys, each always the same."""
        ann = await heard(stage, await stage.say("ann", "hi", is_direct=True))
        ben = await heard(stage, await stage.say("ben", "hi", is_direct=True))
        again = await heard(stage, await stage.say("ann", "hi again", is_direct=True))
        assert ann.is_direct
        assert ben.is_direct
        assert ann.key == again.key != ben.key

    async def test_an_edit_is_brought(self, stage: ChatStage) -> None:
        """A changed message comes as an edit, with its id and what it says now."""
        message = await asked(stage, "what is a mutx?")
        await stage.edit("ann", message.key, message.message_id, "what is a mutex?")
        [edit] = await stage.intake.until(lambda: stage.intake.edits)
        assert edit.message.key == message.key
        assert edit.message.message_id == message.message_id
        assert edit.message.text == "what is a mutex?"

    async def test_a_deletion_is_brought(self, stage: ChatStage) -> None:
        """A message that was taken back comes as a deletion, with its key and id."""
        message = await asked(stage)
        await stage.delete("ann", message.key, message.message_id)
        [deletion] = await stage.intake.until(lambda: stage.intake.deletions)
        assert (deletion.key, deletion.message_id) == (message.key, message.message_id)

    async def test_a_thread_is_brought_in_order(self, stage: ChatStage) -> None:
        """What is said in a thread is brought in the order in which it was said."""
        first = await asked(stage)
        said = [
            await stage.say(who, f"number {number}", within=first.key)
            for number, who in enumerate(("ben", "ann", "ben", "ann"))
        ]
        await heard(stage, said[-1])
        brought = [message.message_id for message in stage.intake.messages]
        assert list(dict.fromkeys(brought))[1:] == said

    async def test_a_failing_store_does_not_end_it(self, stage: ChatStage) -> None:
        """When the core cannot keep a message, the adapter lives on and brings the next."""
        stage.intake.failures.append(StoreBusy("The database is busy: try again."))
        await stage.say("ann", "lost?")
        await stage.intake.until(lambda: not stage.intake.failures)
        assert (await asked(stage, "and now?")).text == "and now?"
        assert stage.adapter.is_connected

    # --- replies --------------------------------------------------------------------------

    async def test_a_reply_posts_nothing_by_itself(self, stage: ChatStage) -> None:
        """Beginning a reply posts nothing."""
        prompt = await asked(stage)
        replying(stage, prompt)
        assert stage.seen(prompt.key) == []

    async def test_a_reply_grows_in_one_message(self, stage: ChatStage) -> None:
        """A reply is one message in the thread that grows and ends with the whole text."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        await reply.show(ReplyView(parts=("A mutex",)))
        [early] = stage.seen(prompt.key)
        assert early.text == "A mutex"
        await reply.show(ReplyView(parts=("A mutex is a **lock**.",)))
        await reply.close(done("A mutex is a **lock**.\n\nOne at a time."))
        [late] = stage.seen(prompt.key)
        assert late.reference == early.reference
        assert late.text == "A mutex is a **lock**.\n\nOne at a time."
        assert not late.is_growing

    async def test_a_reply_in_a_direct_message(self, stage: ChatStage) -> None:
        """A reply to a direct message grows there as well."""
        prompt = await asked(stage, is_direct=True)
        reply = replying(stage, prompt)
        await reply.show(ReplyView(parts=("A mutex",)))
        await reply.close(done("A mutex is a lock."))
        [seen] = stage.seen(prompt.key)
        assert seen.text == "A mutex is a lock."
        assert not seen.is_growing
        assert seen.buttons == ()

    async def test_a_reply_can_come_at_once(self, stage: ChatStage) -> None:
        """A reply may be closed without ever having been shown before."""
        prompt = await asked(stage)
        await replying(stage, prompt).close(done("A lock."))
        assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]

    async def test_deliveries_frame_each_post(self, stage: ChatStage) -> None:
        """Before a message is posted the core hears of it without reference, and after with it."""
        prompt = await asked(stage)
        delivered = Deliveries()
        reply = replying(stage, prompt, delivered)
        await reply.show(ReplyView(parts=("A lock",)))
        await reply.close(done("A lock."))
        [seen] = stage.seen(prompt.key)
        first, second, *_ = delivered.all
        assert (first.entry_id, first.part, first.reference) == (7, 0, "")
        assert (second.entry_id, second.part, second.reference) == (7, 0, seen.reference)

    async def test_parts_are_messages(self, stage: ChatStage) -> None:
        """Each part is a message, in order; only the last one grows."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        await reply.show(ReplyView(parts=("one",)))
        await reply.show(ReplyView(parts=("one, whole", "tw")))
        assert [seen.text for seen in stage.seen(prompt.key)] == ["one, whole", "tw"]
        assert not stage.seen(prompt.key)[0].is_growing
        await reply.close(done("one, whole", "two", "three"))
        seen = stage.seen(prompt.key)
        assert [each.text for each in seen] == ["one, whole", "two", "three"]
        assert not any(each.is_growing for each in seen)

    async def test_everything_about_the_end_is_shown(self, stage: ChatStage) -> None:
        """Tools, a notice, a footer and buttons can be seen at the end."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        tool = ToolLine(id="1", title="create /desk/report.md", state=ToolState.RUNNING)
        await reply.show(ReplyView(parts=("Writing",), tools=(tool,)))
        assert tool.title in stage.seen(prompt.key)[0].all
        await reply.close(
            ReplyView(
                parts=("Writing it.",),
                tools=(replace(tool, state=ToolState.FAILED, detail="no space"),),
                state=ReplyState.FAILED,
                notice="It failed.",
                footer="gpt-5 · 1.2 s",
                buttons=(Button(action="retry", value="7", label="Retry"),),
            )
        )
        [seen] = stage.seen(prompt.key)
        for part in ("Writing it.", tool.title, "no space", "It failed.", "gpt-5 · 1.2 s"):
            assert part in seen.all
        assert seen.buttons == ("Retry",)

    async def test_a_long_answer_is_shown_as_it_was_written(self, stage: ChatStage) -> None:
        """An answer with all constructs grows over several messages, and ends as it is written."""
        prompt = await asked(stage)
        reply, can = replying(stage, prompt), stage.adapter.capabilities
        answer = GrowingAnswer(can.text_limit, can.dialect, appends_only=can.appends_only)
        text = "\n\n".join(file.read_text(encoding="utf-8") for file in ANSWERS[:2])
        for end in range(300, len(text), 900):
            with suppress(ChatUnavailable):
                await reply.show(ReplyView(parts=answer.so_far(text[:end])))
        parts = answer.whole(text)
        await reply.close(ReplyView(parts=parts, state=ReplyState.DONE, whole=text))
        assert [seen.text for seen in stage.seen(prompt.key)] == list(parts)

    async def test_what_the_model_thinks_is_seen(self, stage: ChatStage) -> None:
        """Reasoning stands beside the answer, not in it."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        await reply.show(ReplyView(reasoning="Let me look."))
        assert "Let me look." in stage.seen(prompt.key)[0].all
        await reply.close(
            ReplyView(parts=("A lock.",), reasoning="Let me look.", state=ReplyState.DONE)
        )
        [seen] = stage.seen(prompt.key)
        assert seen.text == "A lock."

    async def test_many_tools_are_counted(self, stage: ChatStage) -> None:
        """Of many tools the newest is named, and the others are a number."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        tools = tuple(
            ToolLine(id=str(number), title=f"look at number {number}", state=ToolState.DONE)
            for number in range(20)
        )
        await reply.show(ReplyView(parts=("Looking",), tools=tools))
        await reply.close(ReplyView(parts=("Looking.",), tools=tools, state=ReplyState.DONE))
        [seen] = stage.seen(prompt.key)
        assert "look at number 19" in seen.all
        assert "look at number 10" not in seen.all

    async def test_a_text_that_is_no_continuation_replaces(self, stage: ChatStage) -> None:
        """When the answer begins anew, the message says what is true now, and nothing else."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        await reply.show(ReplyView(parts=("I think that",)))
        await reply.show(ReplyView(parts=("Actually, no",)))
        await reply.close(done("Actually, no: a lock."))
        [seen] = stage.seen(prompt.key)
        assert seen.text == "Actually, no: a lock."

    async def test_a_part_that_begins_again_ends_as_whole_as_before(self, stage: ChatStage) -> None:
        """A message that was whole, and grows again when the prompt is sent again, ends whole."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        await reply.show(ReplyView(parts=("The first.", "The sec")))
        await reply.show(ReplyView(parts=("The",)))
        await reply.close(done("The first.", "The second."))
        assert [seen.text for seen in stage.seen(prompt.key)] == ["The first.", "The second."]
        assert not any(seen.is_growing for seen in stage.seen(prompt.key))

    async def test_the_messages_of_an_earlier_attempt_are_changed(self, stage: ChatStage) -> None:
        """A later attempt changes what an earlier one posted, and takes back what is too much."""
        prompt = await asked(stage)
        delivered = Deliveries()
        await replying(stage, prompt, delivered).show(ReplyView(parts=("one", "two")))
        before = [seen.reference for seen in stage.seen(prompt.key)]
        again = replying(stage, prompt, earlier=delivered.newest)
        await again.close(done("The whole answer."))
        [seen] = stage.seen(prompt.key)
        assert (seen.reference, seen.text) == (before[0], "The whole answer.")
        assert not seen.is_growing

    async def test_a_message_that_was_perhaps_posted_is_found(self, stage: ChatStage) -> None:
        """A delivery without reference is looked for, so that nothing is posted twice."""
        prompt = await asked(stage)
        await replying(stage, prompt).show(ReplyView(parts=("A mutex is",)))
        delivered = Deliveries()
        lost = (Delivery(entry_id=7, part=0, reference=""),)
        again = replying(stage, prompt, delivered, earlier=lost)
        await again.show(ReplyView(parts=("A mutex is a lock",)))
        await again.close(done("A mutex is a lock."))
        [seen] = stage.seen(prompt.key)
        assert seen.text == "A mutex is a lock."
        assert delivered.newest[0].reference == seen.reference

    async def test_a_message_that_was_not_posted_is_posted(self, stage: ChatStage) -> None:
        """A delivery without reference that is nowhere to be found is posted, beside all else."""
        prompt = await asked(stage)
        await replying(stage, prompt, entry_id=6).close(done("Of another entry."))
        await stage.adapter.post(prompt.key, Post(text="Not part of a reply."))
        lost = (Delivery(entry_id=7, part=0, reference=""),)
        await replying(stage, prompt, earlier=lost).close(done("A lock."))
        assert [seen.text for seen in stage.seen(prompt.key)] == [
            "Of another entry.",
            "Not part of a reply.",
            "A lock.",
        ]

    async def test_a_retried_answer_is_another_reply(self, stage: ChatStage) -> None:
        """An answer that is begun from scratch has messages of its own, however soon it comes."""
        prompt = await asked(stage)
        await replying(stage, prompt).close(ReplyView(parts=("Half",), state=ReplyState.STOPPED))
        await replying(stage, prompt, retries=1).close(done("The whole."))
        assert [seen.text for seen in stage.seen(prompt.key)] == ["Half", "The whole."]

    async def test_several_replies_to_one_message_do_not_mix(self, stage: ChatStage) -> None:
        """Replies to the same message grow side by side, each in messages of its own."""
        prompt = await asked(stage)
        replies = [replying(stage, prompt, strand=strand) for strand in range(3)]
        for number, reply in enumerate(replies):
            await reply.show(ReplyView(parts=(f"answer {number}",)))
        for number, reply in reversed(list(enumerate(replies))):
            await reply.close(done(f"answer {number}, whole"))
        assert [seen.text for seen in stage.seen(prompt.key)] == [
            "answer 0, whole",
            "answer 1, whole",
            "answer 2, whole",
        ]

    async def test_each_of_several_replies_finds_its_own_messages(self, stage: ChatStage) -> None:
        """Cut off, each reply to a message goes on in its own messages, also in one not noted."""
        prompt = await asked(stage)
        kept = [Deliveries() for _ in range(3)]
        for strand, delivered in enumerate(kept):
            reply = replying(stage, prompt, delivered, strand=strand)
            await reply.show(ReplyView(parts=(f"answer {strand}",)))
        lost = (Delivery(entry_id=7, part=0, reference=""),)
        known = {kept[0].newest[0].reference, kept[2].newest[0].reference}
        again = replying(stage, prompt, earlier=lost, strand=1, others=known)
        await again.close(done("answer 1, whole"))
        for strand in (2, 0):
            others = {seen.reference for seen in stage.seen(prompt.key)}
            earlier = kept[strand].newest
            others -= {each.reference for each in earlier}
            reply = replying(stage, prompt, earlier=earlier, strand=strand, others=others)
            await reply.close(done(f"answer {strand}, whole"))
        assert [seen.text for seen in stage.seen(prompt.key)] == [
            "answer 0, whole",
            "answer 1, whole",
            "answer 2, whole",
        ]

    async def test_a_reply_that_was_closed_can_be_changed(self, stage: ChatStage) -> None:
        """What a reply of one message was closed with can be changed like a post."""
        prompt = await asked(stage)
        delivered = Deliveries()
        button = Button(action="vote", value="c1 A", label="A")
        view = ReplyView(parts=("Which?",), state=ReplyState.DONE, buttons=(button,))
        await replying(stage, prompt, delivered).close(view)
        reference = delivered.newest[0].reference
        await stage.adapter.edit(prompt.key, reference, Post(text="It is A."))
        [seen] = stage.seen(prompt.key)
        assert (seen.reference, seen.text, seen.buttons) == (reference, "It is A.", ())

    async def test_a_lost_thread_is_left_alone(self, stage: ChatStage) -> None:
        """Where the thread turns out to be another worker's, nothing is posted or changed."""
        prompt = await asked(stage)
        before = await stage.adapter.post(prompt.key, Post(text="Before."))
        reply = replying(stage, prompt)
        with fence.within(lost):
            with pytest.raises(LeaseLost):
                await reply.show(ReplyView(parts=("Too",)))
            with pytest.raises(LeaseLost):
                await reply.close(done("Too late."))
            with pytest.raises(LeaseLost):
                await stage.adapter.post(prompt.key, Post(text="Too late."))
            with pytest.raises(LeaseLost):
                await stage.adapter.edit(prompt.key, before, Post(text="Too late."))
        assert [seen.text for seen in stage.seen(prompt.key)] == ["Before."]

    async def test_many_replies_do_not_mix(self, stage: ChatStage) -> None:
        """Replies in several threads at once stay in their own."""
        prompts = [await asked(stage, f"question {number}") for number in range(5)]

        async def answer(number: int) -> None:
            reply = replying(stage, prompts[number], entry_id=100 + number)
            await reply.show(ReplyView(parts=(f"answer {number}",)))
            await reply.close(done(f"answer {number}, whole"))

        async with asyncio.TaskGroup() as tasks:
            for number in range(5):
                tasks.create_task(answer(number))
        for number, prompt in enumerate(prompts):
            assert [seen.text for seen in stage.seen(prompt.key)] == [f"answer {number}, whole"]

    # --- posts, buttons, whispers ---------------------------------------------------------

    async def test_a_post_can_be_changed(self, stage: ChatStage) -> None:
        """What `post` returns is what `edit` takes."""
        prompt = await asked(stage)
        button = Button(action="answer", value="q1 0", label="Yes")
        reference = await stage.adapter.post(prompt.key, Post(text="Sure?", buttons=(button,)))
        [seen] = stage.seen(prompt.key)
        assert (seen.reference, seen.text, seen.buttons) == (reference, "Sure?", ("Yes",))
        await stage.adapter.edit(prompt.key, reference, Post(text="Sure? *Yes*"))
        [seen] = stage.seen(prompt.key)
        assert (seen.reference, seen.text, seen.buttons) == (reference, "Sure? *Yes*", ())

    async def test_what_is_gone_cannot_be_changed(self, stage: ChatStage) -> None:
        """Changing a message that somebody deleted raises PlaceGone."""
        prompt = await asked(stage)
        reference = await stage.adapter.post(prompt.key, Post(text="Sure?"))
        await stage.remove(prompt.key, reference)
        try:
            await stage.adapter.edit(prompt.key, reference, Post(text="Sure!"))
        except PlaceGone:
            return
        raise AssertionError("nothing was raised")

    async def test_a_press_brings_back_what_the_button_carries(self, stage: ChatStage) -> None:
        """A press carries the button's action and value, the thread, and who pressed it."""
        prompt = await asked(stage)
        stage.intake.answer = Answer(text="Noted, thank you.")
        button = Button(action="answer", value="q1 0", label="Yes")
        reference = await stage.adapter.post(prompt.key, Post(text="Sure?", buttons=(button,)))
        await stage.press("ben", prompt.key, reference, "Yes")
        [press] = await stage.intake.until(lambda: stage.intake.presses)
        assert (press.action, press.value, press.key) == ("answer", "q1 0", prompt.key)
        assert press.author.id == stage.person("ben").id
        await stage.until(lambda: "Noted, thank you." in "".join(stage.whispered("ben")))
        assert stage.whispered("ann") == []

    async def test_a_button_can_act_elsewhere(self, stage: ChatStage) -> None:
        """A button that names a thread acts on that one, wherever it stands."""
        here, there = await asked(stage, "here"), await asked(stage, "there")
        button = Button(action="reset", value="", label="there", key=there.key)
        reference = await stage.adapter.post(here.key, Post(text="Which?", buttons=(button,)))
        await stage.press("ann", here.key, reference, "there")
        [press] = await stage.intake.until(lambda: stage.intake.presses)
        assert press.key == there.key

    async def test_a_button_works_after_a_restart(self, stage: ChatStage) -> None:
        """All that a press needs is in the button, whichever process shows and hears it."""
        prompt = await asked(stage)
        button = Button(action="answer", value="q1 0", label="Yes")
        reference = await stage.adapter.post(prompt.key, Post(text="Sure?", buttons=(button,)))
        await stage.restart()
        await stage.press("ben", prompt.key, reference, "Yes")
        [press] = await stage.intake.until(lambda: stage.intake.presses)
        assert (press.action, press.value, press.key) == ("answer", "q1 0", prompt.key)
        assert press.text is None

    async def test_a_refusal_is_for_who_pressed(self, stage: ChatStage) -> None:
        """Who may not press is told so in private, and what everybody sees stays as it was."""
        prompt = await asked(stage)
        button = Button(action="decide", value="q1 once", label="Allow")
        reference = await stage.adapter.post(prompt.key, Post(text="May I?", buttons=(button,)))
        before = stage.seen(prompt.key)
        stage.intake.answer = Answer(text="That is for ann to decide.", is_refused=True)
        await stage.press("ben", prompt.key, reference, "Allow")
        await stage.until(lambda: "for ann to decide" in "".join(stage.whispered("ben")))
        assert stage.whispered("ann") == []
        assert stage.seen(prompt.key) == before

    async def test_a_sign_that_means_stop_is_brought(self, stage: ChatStage) -> None:
        """A stop sign on any message is brought with its place, and no other emoji is."""
        prompts = [await asked(stage, is_direct=is_direct) for is_direct in (False, True)]
        for number, prompt in enumerate(prompts):
            await replying(stage, prompt, entry_id=7 + number).close(done("A lock."))
            [answer] = stage.seen(prompt.key)
            for message_id in (prompt.message_id, answer.reference):
                await stage.react("ann", prompt.key, message_id, stops=False)
                await stage.react("ann", prompt.key, message_id, stops=True)
        signs = await stage.intake.until(lambda: stage.intake.signs[3:] and stage.intake.signs)
        found = {(place, message_id, person.id) for place, message_id, person in signs}
        assert found == {
            (replace(prompt.key, thread=""), message_id, stage.person("ann").id)
            for prompt in prompts
            for message_id in (prompt.message_id, stage.seen(prompt.key)[0].reference)
        }

    # --- menus ----------------------------------------------------------------------------

    async def test_many_things_are_a_menu(self, stage: ChatStage) -> None:
        """However many choices there are, all can be seen, and choosing one is a press."""
        prompt, there = await asked(stage), await asked(stage, "there")
        choices = [Choice(value=f"model-{n}", label=f"Model {n}") for n in range(30)]
        choices.append(Choice(value="", label="elsewhere", key=there.key, description="a thread"))
        menu = Menu(action="model", label="Which model?", choices=tuple(choices))
        button = Button(action="stop", value="", label="Leave it")
        post = Post(text="Which?", menus=(menu,), buttons=(button,))
        reference = await stage.adapter.post(prompt.key, post)
        [seen] = stage.seen(prompt.key)
        assert seen.choices == tuple(choice.label for choice in choices)
        assert seen.buttons == ("Leave it",)
        await stage.restart()
        stage.intake.answer = Answer(text="Chosen.")
        await stage.choose("ben", prompt.key, reference, "Model 28")
        [press] = await stage.intake.until(lambda: stage.intake.presses)
        assert (press.action, press.value, press.key) == ("model", "model-28", prompt.key)
        assert press.author.id == stage.person("ben").id
        await stage.until(lambda: "Chosen." in "".join(stage.whispered("ben")))
        await stage.choose("ben", prompt.key, reference, "elsewhere")
        press = (await stage.intake.until(lambda: stage.intake.presses[1:]))[0]
        assert (press.action, press.value, press.key) == ("model", "", there.key)
        await stage.adapter.edit(prompt.key, reference, Post(text="Done."))
        assert stage.seen(prompt.key)[0].choices == ()

    async def test_long_choices_are_cut(self, stage: ChatStage) -> None:
        """A choice that is longer than the platform shows is cut, and can be chosen."""
        prompt = await asked(stage)
        choices = tuple(Choice(value=str(n), label=f"{n} {'x' * 300}") for n in range(2))
        menu = Menu(action="answer", label="y" * 300, choices=choices)
        reference = await stage.adapter.post(prompt.key, Post(text="Which?", menus=(menu,)))
        [seen] = stage.seen(prompt.key)
        assert [label[:20] for label in seen.choices] == [each.label[:20] for each in choices]
        await stage.choose("ben", prompt.key, reference, seen.choices[1])
        [press] = await stage.intake.until(lambda: stage.intake.presses)
        assert press.value == "1"

    # --- forms ----------------------------------------------------------------------------

    async def test_a_press_opens_a_form(self, stage: ChatStage) -> None:
        """Who presses writes into the field, and what is sent is a press with that text."""
        prompt = await asked(stage)
        button = Button(action="rename", value="1", label="Rename")
        reference = await stage.adapter.post(prompt.key, Post(text="A.", buttons=(button,)))
        stage.intake.answer = Answer(form=RENAME)
        await stage.press("ben", prompt.key, reference, "Rename")
        form = await stage.until(lambda: stage.form("ben"))
        assert form == OpenForm(
            title="Rename",
            about="What shall it be called?",
            field="Title",
            written="A mutex",
            is_multiline=False,
            is_required=True,
            most=100,
        )
        assert stage.form("ann") is None
        stage.intake.answer = Answer(text="Renamed.")
        assert await stage.send("ben", "Locks & keys") == ""
        opening, press = await stage.intake.until(
            lambda: stage.intake.presses[1:] and stage.intake.presses
        )
        assert (opening.value, opening.text) == ("1", None)
        assert (press.action, press.value, press.key) == ("rename", "2", prompt.key)
        assert (press.author.id, press.text) == (stage.person("ben").id, "Locks & keys")
        await stage.until(lambda: "Renamed." in "".join(stage.whispered("ben")))
        assert stage.form("ben") is None
        assert stage.whispered("ann") == []

    async def test_a_form_works_over_restarts(self, stage: ChatStage) -> None:
        """Shown by one process, opened by another, sent to a third: nothing is remembered."""
        prompt, there = await asked(stage), await asked(stage, "there")
        button = Button(action="decide", value="q1 why", label="Deny and say why")
        reference = await stage.adapter.post(prompt.key, Post(text="May I?", buttons=(button,)))
        await stage.restart()
        form = Form(
            action="decide",
            value="q1 why",
            title="Deny and say why",
            field="Why not?",
            key=there.key,
            is_multiline=True,
            is_required=False,
        )
        stage.intake.answer = Answer(form=form)
        await stage.press("ann", prompt.key, reference, "Deny and say why")
        opened = await stage.until(lambda: stage.form("ann"))
        assert opened is not None
        assert (opened.about, opened.written) == ("", "")
        assert opened.is_multiline
        assert not opened.is_required
        await stage.restart()
        stage.intake.answer = Answer()
        assert await stage.send("ann", "Not now.\nLater.") == ""
        press = (await stage.intake.until(lambda: stage.intake.presses[1:]))[0]
        assert (press.action, press.value, press.key) == ("decide", "q1 why", there.key)
        assert press.text == "Not now.\nLater."
        assert stage.whispered("ann") == []

    async def test_a_form_that_is_refused_loses_no_words(self, stage: ChatStage) -> None:
        """Where nothing comes of what was sent, its author is told why, and keeps the words."""
        prompt = await asked(stage)
        button = Button(action="rename", value="1", label="Rename")
        reference = await stage.adapter.post(prompt.key, Post(text="A.", buttons=(button,)))
        stage.intake.answer = Answer(form=RENAME)
        await stage.press("ben", prompt.key, reference, "Rename")
        await stage.until(lambda: stage.form("ben"))
        stage.intake.answer = Answer(text="That is over.", is_refused=True)
        wrong = await stage.send("ben", "my long words")
        if wrong:
            assert wrong == "That is over."
            assert stage.form("ben") is not None
        else:
            told = "".join(stage.whispered("ben"))
            assert "That is over." in told
            assert "my long words" in told

    async def test_a_text_too_long_for_a_form_is_not_cut(self, stage: ChatStage) -> None:
        """A form whose field would not hold its text is not opened: its author is told so."""
        prompt = await asked(stage)
        button = Button(action="rename", value="1", label="Rename")
        reference = await stage.adapter.post(prompt.key, Post(text="A.", buttons=(button,)))
        stage.intake.answer = Answer(form=replace(RENAME, prefill="x" * 5_000))
        await stage.press("ben", prompt.key, reference, "Rename")
        await stage.until(lambda: phrases.FORM_TOO_LONG in "".join(stage.whispered("ben")))
        assert stage.form("ben") is None

    async def test_a_whisper_is_for_one(self, stage: ChatStage) -> None:
        """A whisper in a thread is seen by one person, and stands in nobody's history."""
        prompt = await asked(stage)
        await stage.adapter.whisper(prompt.key, prompt.author, "Only you.")
        await stage.until(lambda: "Only you." in "".join(stage.whispered("ann")))
        assert stage.whispered("ben") == []
        assert stage.seen(prompt.key) == []

    # --- threads of our own ---------------------------------------------------------------

    async def test_a_channel_is_found_by_its_name(self, stage: ChatStage) -> None:
        """A channel in which somebody may write is found by its name and by its id."""
        adapter, prompt = stage.adapter, await asked(stage)
        assert isinstance(adapter, FindsChannels)
        found = await adapter.channel(prompt.key, prompt.author, "#general")
        assert found == replace(prompt.key, thread="")
        by_id = await adapter.channel(prompt.key, prompt.author, f"<#{prompt.key.channel}>")
        assert by_id == found
        assert await adapter.channel(prompt.key, prompt.author, "#nowhere") is None

    async def test_threads_have_addresses(self, stage: ChatStage) -> None:
        """Each thread, and each direct message, is shown somewhere, and that can be said."""
        adapter = stage.adapter
        assert isinstance(adapter, LinksToThreads)
        prompts = [await asked(stage), await asked(stage), await asked(stage, is_direct=True)]
        addresses = {adapter.address(prompt.key) for prompt in prompts}
        assert len(addresses) == 3
        assert all(address.startswith("http") for address in addresses)

    async def test_a_thread_can_be_begun(self, stage: ChatStage) -> None:
        """A thread that the bot begins is one like any other, and nobody else's beginning."""
        prompt = await asked(stage)
        adapter = stage.adapter
        assert isinstance(adapter, OpensThreads)
        place = replace(prompt.key, thread="")
        key = await adapter.open_thread(place, Post(text="Which is it?"), title="Which is it?")
        assert replace(key, thread="") == place
        assert key.thread not in {"", prompt.key.thread}
        await replying(stage, replace(prompt, key=key), entry_id=8).close(done("A lock."))
        assert [seen.text for seen in stage.seen(key)][-1:] == ["A lock."]
        said = await heard(stage, await stage.say("ann", "And a flag?", within=key))
        assert (said.key, said.thread_author) == (key, None)
        past = await adapter.history(key, limit=10)
        assert [each.text for each in past][-3:] == ["Which is it?", "A lock.", "And a flag?"]
        assert stage.seen(prompt.key) == []

    # --- looking back ---------------------------------------------------------------------

    async def test_history_is_the_newest_in_order(self, stage: ChatStage) -> None:
        """The history of a thread is what people and the bot said, oldest first, newest kept."""
        prompt = await asked(stage, "one")
        await replying(stage, prompt).close(done("two"))
        await heard(stage, await stage.say("ben", "three", within=prompt.key))
        past = await stage.adapter.history(prompt.key, limit=10)
        assert [each.text for each in past] == ["one", "two", "three"]
        assert [each.author.is_bot for each in past] == [False, True, False]
        assert [each.is_ours for each in past] == [False, True, False]
        newest = await stage.adapter.history(prompt.key, limit=2)
        assert [each.text for each in newest] == ["two", "three"]

    async def test_a_message_can_be_fetched(self, stage: ChatStage) -> None:
        """A message that is fetched is the one that came; one that is gone is None."""
        first = await asked(stage, "one")
        second = await heard(stage, await stage.say("ann", "two", within=first.key))
        direct = await asked(stage, "alone", is_direct=True)
        for message in (first, second, direct):
            fetched = await stage.adapter.message(message.key, message.message_id)
            assert fetched is not None
            # A platform need not say each time who began the thread.
            assert replace(fetched, thread_author=message.thread_author) == message
        await stage.delete("ann", second.key, second.message_id)
        await stage.intake.until(lambda: stage.intake.deletions)
        assert await stage.adapter.message(second.key, second.message_id) is None
