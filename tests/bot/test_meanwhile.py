"""What is said while a message is answered: it waits, steers the turn, or interrupts it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot import phrases
from bot.errors import StoreBusy
from bot.mailbox import EntryState
from bot.messages import IncomingMessage
from bot.modes import Mode
from bot.phrases import conduct
from bot.states import WorkerState
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.chat import ANN, BEN, FakeChat


@pytest.fixture
async def steering() -> AsyncIterator[Stage]:
    """A stage on which what is said during a turn steers it."""
    async with staged(limits=Limits(has_footer=False, mode=Mode.STEER)) as stage:
        yield stage


@pytest.fixture
async def interrupting() -> AsyncIterator[Stage]:
    """A stage on which what is said during a turn interrupts it."""
    async with staged(limits=Limits(has_footer=False, mode=Mode.INTERRUPT)) as stage:
        yield stage


async def states(stage: Stage, *said: IncomingMessage) -> list[str]:
    """Where messages stand."""
    return [str(stage.entry_state(each)) for each in said]


# --- steering -------------------------------------------------------------------------------


async def test_what_is_said_steers_the_turn(steering: Stage) -> None:
    """It reaches the running turn, is answered in the same reply, and ends with it."""
    hold = steering.runtime.hold("one", after=1)
    first = await steering.say("echo: one and all")
    second = await steering.say("echo: two", to=first)
    assert await states(steering, first, second) == ["running", "running"]
    assert steering.chat.waiting == {second.message_id}
    hold.release()
    await settle()
    assert steering.prompts() == ["echo: one and all", "echo: two"]
    assert steering.texts(first) == ["one and all\n\ntwo"]
    assert await states(steering, first, second) == ["done", "done"]
    assert steering.chat.waiting == set()
    await steering.say("echo: three", to=first)
    assert steering.texts(first)[1:] == ["three"]


async def test_several_steer_in_the_order_of_saying(steering: Stage) -> None:
    """What is said later comes later."""
    hold = steering.runtime.hold("one")
    first = await steering.say("echo: one")
    said = [await steering.say(f"echo: {word}", to=first) for word in ("two", "three", "four")]
    hold.release()
    await settle()
    words = ["one", "two", "three", "four"]
    assert steering.prompts() == [f"echo: {word}" for word in words]
    assert steering.texts(first) == ["one\n\nfour"]  # the model was told three at once
    assert await states(steering, *said) == ["done"] * 3


async def test_a_prompt_that_steers_tells_who_speaks_and_brings_files(steering: Stage) -> None:
    """Its author, what others said in between, and its files are told as in any prompt."""
    hold = steering.runtime.hold("one")
    first = await steering.say("echo: one")
    await steering.say("not for the bot", by=BEN, to=first, mention=False)
    await steering.say("echo: two", by=BEN, to=first, files=[("a.txt", b"hi")])
    hold.release()
    await settle()
    told = steering.prompts()[1]
    assert told.endswith('"Ben" says:\n\necho: two')
    assert "not for the bot" in told
    assert "/desk/uploads/a.txt" in told
    assert "echo: one" not in told
    await steering.say("echo: three", by=BEN, to=first)
    assert "not for the bot" not in steering.prompts()[2]
    assert not steering.chat.seen(first.key)[0].files


async def test_what_waits_before_the_turn_is_not_overtaken(steering: Stage) -> None:
    """What waits for its own turn keeps its place, and so does all that is said behind it."""
    gate = steering.store.gates["lease"] = asyncio.Event()
    first = await steering.say("echo: one")
    second = await steering.say("echo: two", to=first)
    hold = steering.runtime.hold("one")
    gate.set()
    await settle()
    third = await steering.say("echo: three", to=first)
    assert await states(steering, first, second, third) == ["running", "queued", "queued"]
    hold.release()
    await settle()
    assert steering.texts(first) == ["one", "two", "three"]


async def test_while_it_opens_it_waits(steering: Stage) -> None:
    """What is said before the prompt was sent is answered in its own turn."""
    steering.runtime.take_away(open_waits=True)
    first = await steering.say("echo: one")
    second = await steering.say("echo: two", to=first)
    assert steering.state(first) is WorkerState.OPENING
    steering.runtime.bring_back()
    await settle()
    assert steering.texts(first) == ["one", "two"]
    assert await states(steering, first, second) == ["done", "done"]


async def test_while_people_are_asked_it_waits(steering: Stage) -> None:
    """While a question is open, the words of others wait for their own turn."""
    first = await steering.say("ask: Which? | red | blue")
    second = await steering.say("echo: two", by=BEN, to=first)
    assert steering.entry_state(second) is EntryState.QUEUED
    await steering.say("red", to=first)
    assert steering.texts(first)[-2:] == ["ask_user answered: red", "two"]


async def test_what_the_model_has_not_seen_when_it_is_stopped_is_answered_next(
    steering: Stage,
) -> None:
    """A stop ends the turn; what had not reached it is answered by itself."""
    steering.runtime.hold("count", after=3)
    first = await steering.say("count to 9")
    second = await steering.say("echo: two", to=first)
    await steering.stop(first)
    assert await states(steering, first, second) == ["stopped", "done"]
    assert steering.texts(first) == ["1 2 3", "two"]


async def test_a_retry_brings_back_what_steered(steering: Stage) -> None:
    """What the model has seen is stopped with its turn, and comes back with it."""
    steering.runtime.hold("two", after=1)
    hold = steering.runtime.hold("one")
    first = await steering.say("echo: one")
    second = await steering.say("echo: two and more", to=first)
    hold.release()
    await settle()
    await steering.stop(first)
    assert await states(steering, first, second) == ["stopped", "stopped"]
    steering.runtime._holds.clear()
    await steering.press(steering.answer(first), "Retry")
    assert await states(steering, first, second) == ["done", "done"]
    assert steering.texts(first)[1:] == ["one", "two and more"]


async def test_a_reset_drops_what_steers(steering: Stage) -> None:
    """A reset ends the turn with all that was brought into it."""
    steering.runtime.hold("one")
    first = await steering.say("echo: one")
    second = await steering.say("echo: two", to=first)
    await steering.reset(first)
    assert await states(steering, first, second) == ["withdrawn", "withdrawn"]
    await steering.say("echo: three", to=first)
    assert steering.texts(first)[-1] == "three"


async def test_taken_back_before_it_is_brought(steering: Stage) -> None:
    """A message that is not in the turn yet can be changed and taken back."""
    hold = steering.runtime.hold("one")
    first = await steering.say("echo: one")
    steering.store.fail("steer", error=StoreBusy("busy"), times=1)
    await steering.say("echo: two", to=first)
    third = await steering.say("echo: three", to=first)
    fourth = await steering.say("echo: four", to=first)
    await steering.chat.take_back(third.message_id)
    await steering.chat.edit_said(fourth.message_id, "echo: 4")
    hold.release()
    await settle()
    assert steering.texts(first) == ["one", "two", "4"]
    assert steering.entry_state(third) is EntryState.WITHDRAWN


@pytest.mark.parametrize("is_seen", [True, False])
async def test_lost_runtime(steering: Stage, is_seen: bool) -> None:
    """When the runtime dies, the turn is taken back, and each message is answered once."""
    hold = steering.runtime.hold("one")
    steering.runtime.hold("two", after=1)
    first = await steering.say("echo: one")
    second = await steering.say("echo: two and more", to=first)
    if is_seen:
        hold.release()
        await settle()
    steering.runtime._holds.clear()
    steering.runtime.kill()
    await settle()
    assert steering.texts(first) == ["one", "two and more"]
    assert await states(steering, first, second) == ["done", "done"]
    assert steering.prompts()[-2:] == ["echo: one", "echo: two and more"]


@pytest.mark.parametrize("is_seen", [True, False])
async def test_killed_process(is_seen: bool) -> None:
    """When the process dies, the next one answers each message once."""
    limits = Limits(has_footer=False, mode=Mode.STEER)
    stage = assembled(limits=limits)
    await stage.start()
    hold = stage.runtime.hold("one")
    stage.runtime.hold("two", after=1)
    first = await stage.say("echo: one")
    second = await stage.say("echo: two and more", to=first)
    if is_seen:
        hold.release()
        await settle()
    await stage.kill()
    stage.runtime._holds.clear()
    await stage.pass_time(60)
    other = assembled(limits=limits, beside=stage, owner="another process")
    await other.start()
    assert await states(other, first, second) == ["done", "done"]
    assert other.texts(first) == ["one", "two and more"]
    assert other.prompts().count("echo: two and more") == (2 if is_seen else 1)
    await other.end()


async def test_killed_when_the_answer_was_there() -> None:
    """An answer that stands in the history is delivered for all whom it answers."""
    limits = Limits(has_footer=False, mode=Mode.STEER)
    stage = assembled(limits=limits)
    await stage.start()
    hold = stage.runtime.hold("one")
    first = await stage.say("echo: one")
    second = await stage.say("echo: two", to=first)
    stage.store.gates["finish"] = asyncio.Event()
    hold.release()
    await settle()
    await stage.kill()
    del stage.store.gates["finish"]
    await stage.pass_time(60)
    other = assembled(limits=limits, beside=stage, owner="another process")
    await other.start()
    assert await states(other, first, second) == ["done", "done"]
    assert other.texts(first) == ["one\n\ntwo"]
    assert other.prompts() == ["echo: one", "echo: two"]
    await other.end()


async def test_across_processes() -> None:
    """What another process took steers the turn of the process that has the thread."""
    limits = Limits(has_footer=False, mode=Mode.STEER)
    stage = assembled(limits=limits)
    await stage.start()
    hold = stage.runtime.hold("one")
    first = await stage.say("echo: one")
    other = assembled(limits=limits, beside=stage, owner="another process")
    other.chat = FakeChat(capabilities=stage.chat.capabilities)
    await other.intake.message(await stage.chat.say("echo: two", thread=first.key.thread))
    stage.store.tell(first.key)
    await settle()
    hold.release()
    await settle()
    assert stage.texts(first) == ["one\n\ntwo"]
    await stage.end()


@pytest.mark.parametrize("is_noted", [False, True])
async def test_a_database_that_fails_meanwhile(steering: Stage, is_noted: bool) -> None:
    """What cannot be brought into the turn waits for its own, whatever was written of it."""
    hold = steering.runtime.hold("one")
    first = await steering.say("echo: one")
    steering.store.fail("steer", error=StoreBusy("busy"), times=1, after=is_noted)
    second = await steering.say("echo: two", to=first)
    third = await steering.say("echo: three", to=first)
    hold.release()
    await settle()
    assert steering.texts(first) == ["one", "two", "three"]
    assert await states(steering, second, third) == ["done", "done"]


# --- interrupting ---------------------------------------------------------------------------


async def test_what_is_said_interrupts_the_turn(interrupting: Stage) -> None:
    """The running turn is stopped, what is there stays and is marked, and the new one is next."""
    interrupting.runtime.hold("count", after=3)
    first = await interrupting.say("count to 9")
    second = await interrupting.say("echo: two", to=first)
    assert await states(interrupting, first, second) == ["stopped", "done"]
    assert interrupting.texts(first) == ["1 2 3", "two"]
    assert interrupting.answer(first).notice == phrases.INTERRUPTED
    assert [button.label for button in interrupting.answer(first).buttons] == ["Retry"]


async def test_what_interrupts_goes_before_what_waits(stage: Stage) -> None:
    """It is answered before all that waited; several in the order of saying."""
    stage.runtime.hold("count", after=3)
    first = await stage.say("count to 9")
    await stage.say("echo: waited", to=first)
    await stage.chat.command("mode", key=first.key, argument="interrupt")
    await settle()
    assert stage.state(first) is WorkerState.RUNNING
    await stage.chat.say("echo: two", thread=first.key.thread)
    await stage.chat.say("echo: three", thread=first.key.thread)
    await settle()
    assert stage.texts(first) == ["1 2 3", "two", "three", "waited"]


async def test_what_is_asked_is_interrupted(interrupting: Stage) -> None:
    """A turn that waits for somebody is interrupted as well, and its question withdrawn."""
    first = await interrupting.say("ask: Which? | red | blue")
    await interrupting.say("echo: two", by=BEN, to=first)
    assert interrupting.texts(first)[-1] == "two"
    assert await interrupting.store.open_requests(first.key) == []


async def test_while_it_opens_nothing_is_interrupted(interrupting: Stage) -> None:
    """A message that the model does not know yet is not stopped: the next one may build on it."""
    interrupting.runtime.take_away(open_waits=True)
    first = await interrupting.say("echo: one")
    await interrupting.say("echo: two", to=first)
    interrupting.runtime.bring_back()
    await settle()
    assert interrupting.texts(first) == ["one", "two"]


# --- the mode of a thread -------------------------------------------------------------------


async def test_mode_is_shown_and_chosen(stage: Stage) -> None:
    """The command shows the mode with the others to choose from, and sets it for its thread."""
    said = await stage.say("echo: one")
    answer = await stage.chat.command("mode", key=said.key)
    assert "**queue**" in answer.text
    assert [button.value for button in answer.buttons] == ["steer", "interrupt"]
    assert (await stage.chat.command("mode", key=said.key, argument="Steer")).text == (
        conduct.mode_chosen(Mode.STEER)
    )
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.choices.mode is Mode.STEER
    assert "queue" in (await stage.chat.command("mode", key=said.key, argument="dance")).text


async def test_a_mode_counts_for_what_is_said_after_it_was_chosen(stage: Stage) -> None:
    """Chosen during a turn it counts at once, but not for what waits already."""
    hold = stage.runtime.hold("one")
    first = await stage.say("echo: one")
    await stage.chat.command("mode", key=first.key, argument="steer")
    await settle()
    second = await stage.say("echo: two", to=first)
    await stage.chat.command("mode", key=first.key, argument="queue")
    await settle()
    third = await stage.say("echo: three", by=ANN, to=first)
    assert await states(stage, second, third) == ["running", "queued"]
    hold.release()
    await settle()
    assert stage.texts(first) == ["one\n\ntwo", "three"]
