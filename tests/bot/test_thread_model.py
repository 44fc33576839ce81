"""One thread, by any sequence of what people, the runtime and the database do to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from structlog.testing import capture_logs

from bot import phrases
from bot.errors import RuntimeUnavailable, StoreBusy, StoreError
from bot.mailbox import EntryKind, EntryState
from bot.messages import IncomingMessage
from tests.bot.stage import Stage, assembled, settle
from tests.fakes.chat import ANN, BEN, FakeMessage
from tests.fakes.runtime import Hold

T = TypeVar("T")

_ENDS = {EntryState.DONE, EntryState.FAILED, EntryState.STOPPED, EntryState.WITHDRAWN}

_CALLS = [
    "lease",
    "release",
    "take",
    "take_controls",
    "begin_session",
    "deliver",
    "deliveries",
    "finish",
    "renew",
    "waiting",
    "writable",
]


class OneThread(RuleBasedStateMachine):
    """Steps of several people, of the runtime, and of the database, on one thread."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.capture = capture_logs()
        self.logs = self.capture.__enter__()
        self.stage = self.run(self.opened())
        self.said: list[IncomingMessage] = []
        self.holds: list[Hold] = []
        self.answers: dict[str, str] = {}
        self.was_stolen = False
        self.was_retried = False

    async def opened(self) -> Stage:
        """The stage, running."""
        stage = assembled()
        await stage.start()
        return stage

    def run(self, work: Coroutine[None, None, T]) -> T:
        """Let something happen, and whatever follows from it."""

        async def settled() -> T:
            result = await work
            await settle()
            return result

        return self.loop.run_until_complete(settled())

    @property
    def key_of(self) -> IncomingMessage:
        """The message that began the thread."""
        return self.said[0]

    def seen(self) -> list[FakeMessage]:
        """What the bot shows in the thread."""
        return self.stage.chat.seen(self.key_of.key)

    def say(self, words: str, *, is_held: bool = False, by_ben: bool = False) -> None:
        """Somebody says something that is answered in its own words."""
        name = f"n{len(self.said)}."
        if is_held:
            self.holds.append(self.stage.runtime.hold(name.replace(".", r"\."), after=2))
        text = words.format(name)
        to = self.said[0] if self.said else None
        try:
            said = self.run(self.stage.chat.say(text, by=BEN if by_ben else ANN, thread=_of(to)))
        except StoreError:
            return  # it was not accepted, and the platform was told so
        self.said.append(said)
        self.answers[said.message_id] = f"one {name}"

    @initialize(is_held=st.booleans())
    def first(self, is_held: bool) -> None:
        """The thread begins."""
        self.say("echo: one {}", is_held=is_held)

    @rule(is_held=st.booleans(), by_ben=st.booleans())
    def say_more(self, is_held: bool, by_ben: bool) -> None:
        """Somebody says more."""
        self.say("echo: one {}", is_held=is_held, by_ben=by_ben)

    @rule()
    def ask(self) -> None:
        """Somebody makes Copilot ask something."""
        self.say("ask: one {} | red | blue")

    @rule()
    def stop(self) -> None:
        """Somebody stops."""
        self.run(self.stage.chat.stop(self.key_of.key))

    @rule()
    def reset(self) -> None:
        """Somebody starts afresh."""
        self.run(self.stage.chat.command("reset", key=self.key_of.key))

    @rule(data=st.data())
    def press(self, data: st.DataObject) -> None:
        """Somebody presses a button that is there: Retry, or a choice."""
        buttons = [(seen, button.label) for seen in self.seen() for button in seen.buttons]
        if buttons:
            number = data.draw(st.integers(0, len(buttons) - 1))
            self.was_retried |= buttons[number][1] == "Retry"
            self.run(self.stage.chat.press(*buttons[number]))

    @rule(again=st.booleans())
    def kill(self, again: bool) -> None:
        """The runtime dies, and comes back at once or later."""
        if again:
            self.stage.runtime.kill()
        else:
            self.stage.runtime.take_away(open_waits=True)
        self.run(settle())

    @rule()
    def fail_to_open(self) -> None:
        """The runtime is not to be had for a while."""
        self.stage.runtime.take_away(RuntimeUnavailable("no"))
        self.run(settle())

    @rule()
    def bring_back(self) -> None:
        """The runtime is there again."""
        self.stage.runtime.bring_back()
        self.run(settle())

    @precondition(lambda self: self.holds)
    @rule()
    def finish(self) -> None:
        """The model says the rest of what it had begun."""
        self.holds.pop(0).release()
        self.run(settle())

    @rule(call=st.sampled_from(_CALLS), times=st.integers(1, 3), after=st.booleans())
    def hiccup(self, call: str, times: int, after: bool) -> None:
        """The database fails a few times."""
        self.stage.store.fail(call, error=StoreBusy("held"), times=times, after=after)

    @rule(seconds=st.sampled_from([1, 7, 40, 700]))
    def pass_time(self, seconds: int) -> None:
        """Time passes."""
        self.run(self.stage.pass_time(seconds))

    @rule()
    def steal(self) -> None:
        """The process slept too long, and another one had the thread for a while."""
        self.was_stolen = True
        self.stage.clock.jump(40)
        self.stage.store.steal(self.key_of.key)
        self.run(settle())

    def teardown(self) -> None:
        """All is well again: then everything has ended, and the thread works."""
        try:
            if self.said:
                self.recover()
                self.judge()
        finally:
            self.run(self.stage.end())
            self.capture.__exit__(None, None, None)
            self.loop.close()

    def recover(self) -> None:
        """Nothing fails any more, nobody holds anything back, and questions are answered."""
        self.stage.store.mend()
        self.stage.runtime.bring_back()
        for hold in self.holds:
            hold.release()
        for _ in range(30):
            self.run(self.stage.pass_time(10))
            for seen in self.seen():
                if seen.buttons and seen.buttons[0].action == "answer":
                    self.run(self.stage.chat.press(seen, "red"))

    def judge(self) -> None:
        """What must be so in the end."""
        stage, key = self.stage, self.key_of.key
        entries = [e for e in stage.store.entries(key) if e.kind is EntryKind.MESSAGE]
        # Each message that was accepted ended in one way.
        assert all(entry.state in _ENDS for entry in entries), entries
        words = {e.source_id for e in stage.store.entries(key) if e.kind is EntryKind.ANSWER}
        assert {said.message_id for said in self.said} <= words | {e.source_id for e in entries}
        # What is done was shown, once, and in order where nothing was begun from scratch.
        for entry in entries:
            whole = [
                seen
                for seen in self.seen()
                if seen.entry_id == entry.id and seen.state == "done" and not seen.notice
            ]
            # A reset may come between the answer and the note that it was given.
            possible = {EntryState.DONE: {1}, EntryState.WITHDRAWN: {0, 1}}.get(entry.state, {0})
            assert len(whole) in possible, (entry, self.seen())
            if entry.text.startswith("echo") and whole:
                assert whole[0].text == self.answers[entry.source_id]
        sent_at = {entry.id: entry.sent_at for entry in entries}
        answers = [sent_at[seen.entry_id] for seen in self.seen() if seen.entry_id]
        assert self.was_retried or answers == sorted(answers)
        # Nothing is left that waits, grows or can be answered.
        assert stage.chat.waiting == set()
        # What a lost worker left is not known to the reset that withdraws it.
        left = {e.id for e in entries if self.was_stolen and e.state is EntryState.WITHDRAWN}
        assert not any(s.state == "working" and s.entry_id not in left for s in self.seen())
        if not self.was_stolen:  # else a question's message was left to the other process
            assert not any(b.action == "answer" for seen in self.seen() for b in seen.buttons)
        # No message of the bot's names more than one trouble of the database an entry.
        troubles = [seen for seen in self.seen() if "database" in seen.text]
        assert len(troubles) <= len(stage.store.entries(key)) + len(self.said)
        # The thread works.
        self.say("echo: one {}")
        assert stage.texts(self.key_of)[-1] == self.answers[self.said[-1].message_id]
        self.run(stage.pass_time(700))
        assert stage.sessions.working == 0
        assert phrases.RETRYING not in stage.texts(self.key_of)
        assert not [log for log in self.logs if log["event"] == "worker.failed"]


def _of(message: IncomingMessage | None) -> str | None:
    return None if message is None else message.key.thread


TestOneThread = OneThread.TestCase
TestOneThread.settings = settings(
    max_examples=int(os.environ.get("THREADPILOT_EXAMPLES", "25")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize="THREADPILOT_EXAMPLES" not in os.environ,
)
