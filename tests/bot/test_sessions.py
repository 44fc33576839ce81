"""The session manager: which threads are worked on, and by how many live sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.errors import LeaseLost, RuntimeMissing, StoreBusy
from bot.keys import SessionKey
from bot.mailbox import EntryKind, EntryState, NewEntry
from bot.messages import IncomingMessage
from bot.states import WorkerState
from bot.workplace import Limits
from tests.bot.stage import BEGAN, Stage, assembled, settle, staged
from tests.fakes.chat import ANN, FakeChat
from tests.fakes.runtime import Hold
from tests.fakes.rush import EACH, THREADS, key_of, rush

_TWO = Limits(live_sessions=2, has_footer=False)


def _at_rest(stage: Stage) -> bool:
    """Whether the manager keeps nothing of any thread."""
    sessions = stage.sessions
    kept = (
        sessions._workers,
        sessions._admission.taken,
        sessions._admission.waiting,
        sessions._pauses,
        sessions._notes,
        sessions._running,
    )
    return not any(kept) and sessions._signs.are_settled


# --- idle -----------------------------------------------------------------------------------


async def test_an_idle_thread_is_let_go(stage: Stage) -> None:
    """After the idle time the session is closed and the lease given back; rows are what is left."""
    said = await stage.say("echo: one")
    assert stage.store.owner(said.key) == "this process"
    assert stage.sessions.live_sessions == 1
    await stage.pass_time(599)
    assert stage.state(said) is WorkerState.IDLE
    await stage.pass_time(2)
    assert stage.store.owner(said.key) is None
    assert stage.runtime.live == {}
    assert _at_rest(stage)
    await stage.say("echo: two", to=said)
    assert stage.texts(said) == ["one", "two"]


async def test_threads_at_rest_cost_nothing(stage: Stage) -> None:
    """Whatever a thread went through, the manager keeps nothing of it once it rests."""
    hold = stage.runtime.hold("hold")
    said = [await stage.say(f"echo: hold {number}") for number in range(10)]
    for each in said:
        await stage.say("echo: waits", to=each)
    await stage.stop(said[0])
    await stage.reset(said[1])
    stage.runtime.kill()
    hold.release()
    await settle()
    await stage.say("ask: Which? | red | blue", to=said[3])
    await stage.say("red", to=said[3])
    stage.store.fail("take", error=StoreBusy("held"), times=5)
    for each in said:
        await stage.say("echo: more", to=each)
    stage.store.fail("deliver", error=StoreBusy("held"), times=5)
    await stage.say("fail: 404", to=said[2])
    await stage.pass_time(900)
    assert _at_rest(stage)
    assert stage.chat.waiting == set()
    assert all(
        entry.state not in {EntryState.QUEUED, EntryState.RUNNING}
        for each in said
        for entry in stage.store.entries(each.key)
    )


async def test_a_message_as_the_thread_is_let_go_is_answered(stage: Stage) -> None:
    """What arrives while the worker lets go is worked on right after."""
    said = await stage.say("echo: one")
    stage.store.gates["release"] = asyncio.Event()
    await stage.pass_time(601)
    assert stage.sessions.working == 1
    await stage.say("echo: two", to=said)
    stage.store.gates.pop("release").set()
    await settle()
    assert stage.texts(said) == ["one", "two"]


async def test_the_lease_is_kept_while_it_is_worked_on(stage: Stage) -> None:
    """Leases are renewed in time, so a long turn is not taken over."""
    hold = stage.runtime.hold("long")
    said = await stage.say("echo: long")
    await stage.pass_time(300)
    assert await stage.store.lease(said.key, "thief", stage.clock.now()) is None
    hold.release()
    await settle()
    assert stage.entry_state(said) == "done"


async def test_a_renewal_that_fails_is_tried_again(stage: Stage) -> None:
    """One renewal that fails costs nothing: the next one comes before the lease runs out."""
    stage.runtime.hold("long")
    said = await stage.say("echo: long")
    stage.store.fail("renew", error=StoreBusy("held"), times=1)
    await stage.pass_time(35)
    assert await stage.store.lease(said.key, "thief", stage.clock.now()) is None


# --- the limit ------------------------------------------------------------------------------


async def test_never_more_sessions_than_the_limit() -> None:
    """However many threads speak at once: all are served, and no more are live than may be."""
    async with staged(limits=_TWO) as stage:
        most = 0
        opened = stage.runtime.open

        async def counted(spec: object) -> object:
            nonlocal most
            session = await opened(spec)  # type: ignore[arg-type]
            most = max(most, len(stage.runtime.live))
            return session

        stage.runtime.open = counted  # type: ignore[assignment,method-assign]
        said = [await stage.chat.say(f"echo: {number}") for number in range(20)]
        await settle()
        assert [stage.texts(each) for each in said] == [[str(number)] for number in range(20)]
        assert most == 2
        assert stage.sessions.live_sessions == 2


async def test_the_least_recently_used_gives_way() -> None:
    """A new thread takes the place of the idle one that was used longest ago."""
    async with staged(limits=_TWO) as stage:
        first = await stage.say("echo: 1")
        await stage.pass_time(1)
        second = await stage.say("echo: 2")
        await stage.pass_time(1)
        await stage.say("echo: 1 again", to=first)
        await stage.pass_time(1)
        third = await stage.say("echo: 3")
        assert stage.state(first) is WorkerState.IDLE
        assert stage.state(second) is WorkerState.COLD
        assert stage.state(third) is WorkerState.IDLE


async def test_an_evicted_thread_still_works() -> None:
    """A thread whose session gave way remembers what was said."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        first = await stage.say("remember the word heron")
        await stage.say("echo: other")
        assert stage.state(first) is WorkerState.COLD
        await stage.say("what was the word?", to=first)
        assert stage.texts(first)[-1] == "The word was heron."


async def test_a_thread_that_gives_way_as_it_is_spoken_to() -> None:
    """A message that arrives as its thread's session gives way is answered nevertheless."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        first = await stage.say("echo: 1")
        stage.store.gates["release"] = asyncio.Event()
        second = await stage.say("echo: 2")
        await stage.say("echo: 1 again", to=first)
        stage.store.gates.pop("release").set()
        await settle()
        assert stage.texts(first) == ["1", "1 again"]
        assert stage.texts(second) == ["2"]


async def test_who_waits_gets_the_place_of_a_turn_that_ends() -> None:
    """A place that becomes free as a turn ends goes to who waits, not after the idle time."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        hold = stage.runtime.hold("hold")
        await stage.say("echo: hold")
        waiting = await stage.say("echo: waits")
        assert stage.state(waiting) is WorkerState.OPENING
        assert stage.texts(waiting) == []
        hold.release()
        await settle()
        assert stage.texts(waiting) == ["waits"]


async def test_a_busy_thread_does_not_starve_the_others() -> None:
    """Between two messages of one thread another one that waits has its turn."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        hold = stage.runtime.hold("a1")
        busy = await stage.say("echo: a1")
        await stage.say("echo: a2", to=busy)
        await stage.say("echo: a3", to=busy)
        await stage.say("echo: b")
        hold.release()
        await settle()
        assert stage.prompts() == ["echo: a1", "echo: b", "echo: a2", "echo: a3"]


async def test_places_are_given_in_the_order_of_asking() -> None:
    """Who asked first is let in first."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        hold = stage.runtime.hold("first")
        await stage.say("echo: first")
        for number in range(5):
            await stage.say(f"echo: {number}")
        hold.release()
        await settle()
        assert stage.prompts()[1:] == [f"echo: {number}" for number in range(5)]


async def test_a_thousand_messages_in_a_second() -> None:
    """All are worked off, in order in each thread, within the limit, and nobody is left out."""
    async with staged(limits=Limits(live_sessions=10, has_footer=False)) as stage:
        most = 0
        opened = stage.runtime.open

        async def counted(spec: object) -> object:
            nonlocal most
            session = await opened(spec)  # type: ignore[arg-type]
            most = max(most, len(stage.runtime.live))
            return session

        stage.runtime.open = counted  # type: ignore[assignment,method-assign]
        messages = rush(stage.clock.now())
        await asyncio.gather(*(stage.intake.message(each) for each in messages))
        await settle()
        assert (await stage.store.backlog()).threads == 0
        for thread in range(THREADS):
            expected = [f"{thread}.{number}" for number in range(EACH)]
            assert [each.text for each in stage.chat.seen(key_of(thread))] == expected
        assert most == 10
        # Before anybody's second message all have had their first.
        first = {prompt.partition(".")[0] for prompt in stage.prompts()[: 2 * THREADS]}
        assert len(first) == THREADS


async def test_no_more_is_begun_than_can_be_served_soon() -> None:
    """After a time of rest a process begins with the oldest; others find the rest to take."""
    stage = assembled(limits=_TWO)
    for number in range(40):
        await stage.store.append(
            NewEntry(
                key=stage.chat.key(f"{number:02}"),
                kind=EntryKind.MESSAGE,
                source_id=f"{number}",
                author=ANN,
                text=f"echo: {number}",
                sent_at=stage.clock.now(),
            )
        )
    hold = stage.runtime.hold("echo")
    async with staged(beside=stage, limits=_TWO) as stage:
        assert stage.sessions.working == 12
        assert len(await stage.store.waiting()) == 28
        hold.release()
        await stage.pass_time(20)
        assert stage.prompts() == [f"echo: {number}" for number in range(40)]


async def test_who_stops_waiting_takes_no_place() -> None:
    """A message that is stopped while it waits for a place leaves it to the next one."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        hold = stage.runtime.hold("first")
        await stage.say("echo: first")
        second = await stage.say("echo: second")
        third = await stage.say("echo: third")
        await stage.stop(second)
        assert stage.entry_state(second) == "stopped"
        hold.release()
        await settle()
        assert stage.texts(third) == ["third"]


async def test_a_failure_to_open_gives_the_place_back() -> None:
    """A session that cannot be opened holds no place."""
    async with staged(limits=Limits(live_sessions=1, has_footer=False)) as stage:
        stage.runtime.take_away(RuntimeMissing("no"))
        for number in range(3):
            said = await stage.say(f"echo: {number}")
            assert stage.entry_state(said) == "failed"
        assert stage.sessions.live_sessions == 0


# --- several processes ----------------------------------------------------------------------


async def test_what_another_process_appended_is_found(stage: Stage) -> None:
    """What is in the mailbox of a thread that nobody works on is found without a wake."""
    said = await stage.say("echo: one")
    await stage.pass_time(700)
    await stage.store.append(
        NewEntry(
            key=said.key,
            kind=EntryKind.MESSAGE,
            source_id="elsewhere",
            author=ANN,
            text="echo: two",
            sent_at=stage.clock.now(),
        )
    )
    await stage.pass_time(5)
    assert stage.texts(said) == ["one", "two"]


async def test_one_thread_one_worker_over_two_processes() -> None:
    """Two processes over one database: the one that has the lease works, the other does not."""
    async with staged() as one:
        other = assembled(beside=one, owner="the other process")
        await other.start()  # the platform brings things to the other one from now on
        hold = one.runtime.hold("hold")
        said = await other.say("echo: hold")
        assert other.sessions.working == 1
        one.sessions.wake(said.key)
        await one.pass_time(20)
        assert one.sessions.working == 0
        hold.release()
        await settle()
        assert one.texts(said) == ["hold"]
        assert one.prompts() == ["echo: hold"]
        await other.end()
        await settle()


@asynccontextmanager
async def _two_processes() -> AsyncIterator[tuple[Stage, Stage, IncomingMessage, Hold]]:
    """A process that answers, and one that takes what is said meanwhile; each hears the other."""
    async with staged() as one:
        hold = one.runtime.hold("hold")
        said = await one.say("echo: hold")
        other = assembled(beside=one, owner="the other process")
        await other.start()  # the platform brings things to the other one from now on
        yield one, other, said, hold
        await other.end()


async def test_a_message_that_another_process_took() -> None:
    """What another process took is answered right after the turn, by the process that works."""
    async with _two_processes() as (one, other, said, hold):
        await other.say("echo: two", to=said)
        one.store.tell(said.key)
        await settle()
        assert len(one.chat.waiting) == 1
        hold.release()
        await settle()
        assert one.texts(said) == ["hold", "two"]
        assert one.store.owner(said.key) == "this process"
        # The mark that the other process made is off, and it keeps nothing of the thread.
        assert one.chat.waiting == set()
        assert _at_rest(other)


async def test_a_stop_that_another_process_took() -> None:
    """A stop reaches the turn at once wherever it runs."""
    async with _two_processes() as (one, other, said, _):
        await other.stop(said)
        assert one.state(said) is WorkerState.RUNNING
        one.store.tell(said.key)
        await settle()
        assert one.entry_state(said) == "stopped"


async def test_an_idle_worker_hears_of_it() -> None:
    """A worker that waits for more looks when another process took something."""
    async with _two_processes() as (one, other, said, hold):
        hold.release()
        await settle()
        await other.say("echo: two", to=said)
        assert one.texts(said) == ["hold"]
        one.store.tell(said.key)
        await settle()
        assert one.texts(said) == ["hold", "two"]
        assert len(one.runtime.opened) == 1


async def test_something_that_was_perhaps_missed(stage: Stage) -> None:
    """When it may have missed something, every worker looks, and the store is asked what waits."""
    keys = [(await stage.say(f"echo: {number}")).key for number in range(2)]
    for key in keys:
        await _appended(stage, key, "echo: more")
    elsewhere = replace(keys[0], thread="elsewhere")
    await _appended(stage, elsewhere, "echo: elsewhere")
    stage.store.tell(None)
    await settle()
    assert all(stage.store.entries(key)[-1].state is EntryState.DONE for key in keys)
    await stage.pass_time(0.25)
    assert stage.store.entries(elsewhere)[-1].state is EntryState.DONE


async def test_a_thread_that_another_process_works_on_is_left_to_it(stage: Stage) -> None:
    """A thread that another process told of is looked for a little later, if it still waits."""
    key = SessionKey(platform="fake", workspace="W", channel="general", thread="1")
    await _appended(stage, key, "echo: one")
    stage.store.steal(key)
    stage.store.calls.clear()
    stage.store.tell(key)
    await stage.pass_time(0.25)
    assert stage.store.calls == {"waiting": 1}
    assert stage.sessions.working == 0
    await stage.pass_time(30)
    assert stage.store.entries(key)[-1].state is EntryState.DONE


async def test_a_database_that_fails_when_something_was_perhaps_missed(stage: Stage) -> None:
    """A look that was asked for in case of something tells nobody of a failure."""
    said = await stage.say("echo: one")
    stage.store.fail("take", error=StoreBusy("held"), times=1)
    stage.store.tell(None)
    await stage.pass_time(10)
    assert stage.texts(said) == ["one"]


async def _appended(stage: Stage, key: SessionKey, text: str) -> None:
    """Another process takes a message."""
    await stage.store.append(
        NewEntry(
            key=key,
            kind=EntryKind.MESSAGE,
            source_id=f"elsewhere {text}",
            author=ANN,
            text=text,
            sent_at=stage.clock.now(),
        )
    )


async def test_a_thread_goes_over_when_its_process_died() -> None:
    """Once the lease of a dead process has run out, another one goes on."""
    first = assembled()
    await first.start()
    hold = first.runtime.hold("hold")
    said = await first.say("echo: hold")
    await first.kill()
    hold.release()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(20)
        assert stage.sessions.working == 0
        await stage.pass_time(20)
        assert stage.texts(said)[-1] == "hold"


async def test_a_lease_lost_at_rest_ends_the_worker(stage: Stage) -> None:
    """An idle worker whose thread was taken over lets go without a word."""
    said = await stage.say("echo: one")
    stage.store.steal(said.key)
    await stage.pass_time(700)
    assert stage.sessions.working == 0
    assert stage.texts(said) == ["one"]
    assert stage.store.owner(said.key) == "another process"


async def test_a_lease_lost_on_release_is_no_error(stage: Stage) -> None:
    """Letting go of what is not ours any more is no failure."""
    said = await stage.say("echo: one")
    stage.store.fail("release", error=LeaseLost("taken"), times=1)
    await stage.pass_time(700)
    assert _at_rest(stage)
    assert not [log for log in stage.logs if log["log_level"] == "error"]
    assert stage.entry_state(said) == "done"


# --- drain ----------------------------------------------------------------------------------


async def test_a_drain_lets_turns_end() -> None:
    """What runs when the bot is told to end may finish."""
    stage = assembled()
    await stage.start()
    hold = stage.runtime.hold("hold")
    said = await stage.say("echo: hold")
    waiting = await stage.say("echo: waits", to=said)
    draining = asyncio.create_task(stage.sessions.drain(30))
    await settle()
    hold.release()
    await draining
    await stage.end()
    assert stage.entry_state(said) == "done"
    assert stage.entry_state(waiting) == "queued"
    assert stage.store.owner(said.key) is None
    assert stage.sessions.working == 0


async def test_a_drain_cancels_what_takes_too_long() -> None:
    """What does not end in time is cut off, and goes on at the next start."""
    first = assembled()
    await first.start()
    hold = first.runtime.hold("count", after=3)
    said = await first.say("count to 5")
    draining = asyncio.create_task(first.sessions.drain(30))
    await first.pass_time(29)
    assert not draining.done()
    await first.pass_time(2)
    await draining
    await first.end()
    assert first.entry_state(said) == "running"
    assert first.store.owner(said.key) is None
    assert first.runtime.live == {}
    hold.release()
    async with staged(beside=first, owner="the next process") as stage:
        assert [text.split() for text in stage.texts(said)] == [["1", "2", "3", "4", "5"]]


async def test_what_is_said_during_a_drain_is_kept() -> None:
    """While it drains nothing new is taken; the next start answers it."""
    first = assembled()
    await first.start()
    hold = first.runtime.hold("hold")
    said = await first.say("echo: hold")
    draining = asyncio.create_task(first.sessions.drain(30))
    await settle()
    other = await first.say("echo: other")
    behind = await first.say("echo: behind", to=said)
    hold.release()
    await draining
    await first.end()
    assert first.entry_state(said) == "done"
    assert first.entry_state(other) == "queued"
    assert first.entry_state(behind) == "queued"
    async with staged(beside=first, owner="the next process") as stage:
        assert stage.texts(other) == ["other"]
        assert stage.texts(said) == ["hold", "behind"]


async def test_words_for_a_question_are_kept_over_a_drain() -> None:
    """An answer in words that could not be brought to the runtime any more counts in the next."""
    first = assembled()
    await first.start()
    said = await first.say("ask: Which? | red | blue")
    first.runtime.take_away(open_waits=True)
    await settle()
    await first.say("echo: blue", to=said)
    await first.end()
    first.runtime.bring_back()
    async with staged(beside=first, owner="the next process") as stage:
        assert stage.texts(said) == ["Which?\n\n*echo: blue*", "ask_user answered: echo: blue"]


async def test_a_drain_does_not_wait_for_people() -> None:
    """A turn that waits for an answer is left at once; what it asks can be answered afterwards."""
    first = assembled()
    await first.start()
    said = await first.say("ask: Which? | red | blue")
    await first.sessions.drain(30)
    await first.end()
    assert first.entry_state(said) == "running"
    async with staged(beside=first, owner="the next process") as stage:
        await stage.press(stage.last(said), "blue")
        assert stage.texts(said) == ["Which?\n\n*blue*", "ask_user answered: blue"]


async def test_a_drain_without_work_ends_at_once() -> None:
    """Idle threads are let go in a drain."""
    stage = assembled()
    await stage.start()
    said = await stage.say("echo: one")
    await stage.sessions.drain(30)
    await stage.end()
    assert stage.store.owner(said.key) is None
    assert stage.runtime.live == {}


# --- what waits at the start ----------------------------------------------------------------


async def test_what_waits_at_the_start_is_worked_on() -> None:
    """What was said while no process ran is answered at the start."""
    first = assembled()
    running = asyncio.create_task(first.chat.run(first.intake))
    await settle()
    said = await first.say("echo: early")
    assert first.sessions.working == 0
    running.cancel()
    async with staged(beside=first) as stage:
        assert stage.texts(said) == ["early"]


async def test_a_database_that_cannot_be_read_at_the_start_is_asked_again() -> None:
    """The look at what waits is repeated."""
    first = assembled()
    running = asyncio.create_task(first.chat.run(first.intake))
    await settle()
    said = await first.say("echo: early")
    running.cancel()
    first.store.fail("waiting", error=StoreBusy("held"), times=1)
    async with staged(beside=first) as stage:
        assert stage.texts(said) == []
        await stage.pass_time(5)
        assert stage.texts(said) == ["early"]


# --- signs ----------------------------------------------------------------------------------


class SlowSigns(FakeChat):
    """A platform that is slow to show signs, or fails to."""

    def __init__(self) -> None:
        super().__init__(began=BEGAN)
        self.gate = asyncio.Event()
        self.fails = False

    async def mark_waiting(self, key: object, message_id: str, *, is_waiting: bool) -> None:
        """Mark, after a while."""
        if is_waiting:
            await self.gate.wait()
        if self.fails:
            raise ZeroDivisionError("a mistake")
        await super().mark_waiting(key, message_id, is_waiting=is_waiting)  # type: ignore[arg-type]

    async def set_status(self, *arguments: object, **named: object) -> None:
        """Show a status."""
        if self.fails:
            raise ZeroDivisionError("a mistake")
        await super().set_status(*arguments, **named)  # type: ignore[arg-type]


async def test_a_slow_mark_is_taken_off_all_the_same() -> None:
    """A mark that is still being made when the turn begins does not stay."""
    chat = SlowSigns()
    async with staged(chat=chat) as stage:
        hold = stage.runtime.hold("one")
        said = await stage.say("echo: one")
        await stage.say("echo: two", to=said)
        hold.release()
        await settle()
        assert stage.texts(said) == ["one", "two"]
        chat.gate.set()
        await settle()
        assert chat.waiting == set()
        assert stage.sessions._signs.are_settled


async def test_signs_that_cannot_be_shown_cost_nothing() -> None:
    """A platform that crashes on marks and statuses is logged, and the work goes on."""
    chat = SlowSigns()
    chat.gate.set()
    chat.fails = True
    async with staged(chat=chat) as stage:
        hold = stage.runtime.hold("one")
        said = await stage.say("echo: one")
        await stage.say("echo: two", to=said)
        hold.release()
        await settle()
        assert stage.texts(said) == ["one", "two"]
        assert [log for log in stage.logs if log["event"] == "sign.not_shown"]
        assert stage.sessions._signs.are_settled


async def test_a_mark_made_too_late_is_taken_off(stage: Stage) -> None:
    """A message whose turn began before it could be marked bears no mark."""
    hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    stage.store.gates["append"] = asyncio.Event()
    second = asyncio.create_task(stage.chat.say("echo: two", thread=said.key.thread))
    await settle()
    append = stage.store.append

    async def late(entry: NewEntry) -> object:
        appended = await append(entry)
        hold.release()
        for _ in range(50):  # the turn ends, and the next begins, before the platform goes on
            await asyncio.sleep(0)
        return appended

    stage.intake._store = _Late(stage, late)  # type: ignore[assignment]
    stage.store.gates.pop("append").set()
    await second
    third = await stage.say("echo: three", to=said)
    assert stage.texts(said) == ["one", "two", "three"]
    assert stage.chat.waiting == set()
    assert stage.entry_state(third) == "done"


class _Late:
    """A store whose `append` answers late."""

    def __init__(self, stage: Stage, append: object) -> None:
        self._stage = stage
        self.append = append

    def __getattr__(self, name: str) -> object:
        return getattr(self._stage.store, name)


# --- mistakes -------------------------------------------------------------------------------


async def test_a_wake_for_an_unknown_platform_is_nothing(stage: Stage) -> None:
    """Threads of a platform that this process does not serve are left to others."""
    said = await stage.say("echo: one")
    key = type(said.key)(platform="other", workspace="W", channel="C", thread="1")
    stage.sessions.wake(key)
    await settle()
    assert stage.sessions.working == 1


@pytest.mark.parametrize("times", [1, 3, 8])
async def test_pauses_grow_and_end(stage: Stage, times: int) -> None:
    """A thread whose database calls fail is tried again less and less often, and then works."""
    stage.store.fail("take", error=StoreBusy("held"), times=times)
    said = await stage.say("echo: one")
    tried = stage.store.calls["take"]
    assert tried == 1
    await stage.pass_time(400)
    assert _answered(stage, said)
    assert stage.sessions._pauses == {}


def _answered(stage: Stage, said: IncomingMessage) -> bool:
    return stage.entry_state(said) == "done"
