"""A reply that grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot import splitting
from bot.errors import ChatRefused, ChatUnavailable, LeaseLost, PlaceGone, StoreBusy
from bot.events import (
    ReasoningDelta,
    TextDelta,
    TextEnded,
    ToolFinished,
    ToolStarted,
    UsageReported,
)
from bot.mailbox import Delivery
from bot.ports import Capabilities, ReplyState, ReplyTarget, ReplyView
from bot.replies import LiveReplies, LiveReply
from tests.bot.stage import StageClock, settle
from tests.fakes.chat import ANN, FakeChat

_PACED = Capabilities(
    text_limit=100, update_floor_s=1.0, updates_per_minute=6_000, appends_only=False
)


@dataclass
class Views:
    """A `Reply` that keeps what it is shown."""

    clock: StageClock
    shown: list[tuple[float, ReplyView]] = field(default_factory=list)
    closed: list[ReplyView] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def show(self, view: ReplyView) -> None:
        """Keep a view."""
        await self.gate.wait()
        if self.errors:
            raise self.errors.pop(0)
        self.shown.append((self.clock.monotonic(), view))

    async def close(self, view: ReplyView) -> None:
        """Keep the end."""
        self.closed.append(view)

    @property
    def texts(self) -> list[str]:
        """What was shown, the end excepted."""
        return ["".join(view.parts) for _, view in self.shown]

    @property
    def times(self) -> list[float]:
        """When it was shown."""
        return [moment for moment, _ in self.shown]


class _Chat(FakeChat):
    """A platform whose replies only keep what they are shown."""

    views: Views

    def reply(self, target: ReplyTarget) -> Any:
        """The one reply."""
        return self.views


async def _nothing(delivery: Delivery) -> None:
    """What is delivered is of no interest."""


@asynccontextmanager
async def replying(
    capabilities: Capabilities = _PACED,
    *,
    others: int = 0,
    has_reasoning: bool = False,
    **options: Any,
) -> AsyncIterator[tuple[LiveReply, Views]]:
    """A reply that has begun, and what is shown of it."""
    clock = StageClock()
    chat = _Chat(capabilities=capabilities)
    chat.views = views = Views(clock)
    views.gate.set()
    live = LiveReplies(capabilities, has_reasoning=has_reasoning)
    live.count = others
    target = ReplyTarget(
        key=chat.key("1"), entry_id=1, message_id="1", person=ANN, earlier=(), delivered=_nothing
    )
    async with LiveReply(chat, target, live, clock, has_footer=True, **options) as reply:
        await settle()
        yield reply, views
    assert live.count == others


def _say(reply: LiveReply, *words: str) -> None:
    for word in words:
        reply.feed(TextDelta(text=word))


async def test_the_first_text_is_shown_at_once() -> None:
    """What comes first does not wait for anything."""
    async with replying() as (reply, views):
        _say(reply, "Hello")
        await settle()
        assert views.texts == ["Hello"]
        assert views.times == [0]


async def test_updates_keep_the_interval_and_show_the_newest_only() -> None:
    """However much text comes: one update an interval, of all that there is by then."""
    async with replying() as (reply, views):
        for number in range(24):
            _say(reply, f"{number} ")
            await views.clock.move(0.125)
        assert views.times == [0, 1, 2, 3]
        assert [len(text.split()) for text in views.texts] == [1, 8, 16, 24]


async def test_nothing_new_is_not_shown_again() -> None:
    """Without news there is no update."""
    async with replying() as (reply, views):
        _say(reply, "Hello")
        await views.clock.move(60)
        assert views.texts == ["Hello"]
        reply.feed(UsageReported(model="m", input_tokens=1, output_tokens=1))
        await views.clock.move(60)
        assert views.texts == ["Hello"]


async def test_after_a_pause_news_is_shown_at_once() -> None:
    """The interval counts from the last update."""
    async with replying() as (reply, views):
        _say(reply, "Hello")
        await views.clock.move(10)
        _say(reply, " there")
        await settle()
        assert views.times == [0, 10]


async def test_many_replies_share_the_budget() -> None:
    """The more replies are live, the longer is the interval of each."""
    capabilities = Capabilities(
        text_limit=100, update_floor_s=1.0, updates_per_minute=60, appends_only=False
    )
    async with replying(capabilities, others=9) as (reply, views):
        for _ in range(25):
            _say(reply, "word ")
            await views.clock.move(1)
        assert views.times == pytest.approx([0, 10, 20], abs=0.001)


async def test_a_sign_of_life() -> None:
    """When nothing is said for most of a second, the reply is shown as begun."""
    async with replying() as (_, views):
        await views.clock.move(0.7)
        assert views.shown == []
        await views.clock.move(0.2)
        [(_, view)] = views.shown
        assert (view.parts, view.state) == ((), ReplyState.WORKING)


async def test_tools_are_shown_while_they_run() -> None:
    """A tool's line is news like text."""
    async with replying() as (reply, views):
        reply.feed(ToolStarted(call_id="c", name="view", title="view a.txt"))
        await settle()
        reply.feed(ToolFinished(call_id="c", succeeded=True))
        await views.clock.move(1)
        assert [view.tools[0].state for _, view in views.shown] == ["running", "done"]


async def test_reasoning_is_shown_where_it_is_wanted() -> None:
    """What the model thinks is news and shown beside the answer, or neither."""
    for is_wanted, told in ((True, "Let me look."), (False, "")):
        async with replying(has_reasoning=is_wanted) as (reply, views):
            reply.feed(ReasoningDelta(text="Let me look."))
            await settle()
            assert [view.reasoning for _, view in views.shown] == [told] * is_wanted
            _say(reply, "A lock.")
            await reply.close(ReplyState.DONE)
            assert (views.closed[0].reasoning, views.closed[0].parts) == (told, ("A lock.",))


async def test_half_a_word_in_bold_is_not_shown() -> None:
    """What is but half there waits for its other half, and the end shows all of it."""
    async with replying() as (reply, views):
        for piece in ("A **mut", "ex** is [a lo", "ck](https://x.y) and `co"):
            _say(reply, piece)
            await views.clock.move(1)
        await reply.close(ReplyState.DONE)
        assert views.texts == ["A", "A **mutex** is", "A **mutex** is [a lock](https://x.y) and"]
        assert views.closed[0].parts == ("A **mutex** is [a lock](https://x.y) and `co",)
        assert views.closed[0].whole == "A **mutex** is [a lock](https://x.y) and `co"


async def test_what_ends_at_once_is_shown_once() -> None:
    """A reply that is closed before anything was shown is shown in its end only."""
    async with replying() as (reply, views):
        _say(reply, "Hello")
        await reply.close(ReplyState.DONE)
        assert views.shown == []
        assert [view.parts for view in views.closed] == [("Hello",)]
        assert reply.is_closed
        assert not reply.is_shown


async def test_the_end_does_not_wait_for_the_interval() -> None:
    """The final text is shown at once."""
    async with replying() as (reply, views):
        _say(reply, "Hello")
        await settle()
        _say(reply, " there")
        await reply.close(ReplyState.DONE)
        assert views.texts == ["Hello"]
        assert views.closed[0].parts == ("Hello there",)
        assert views.clock.monotonic() == 0


async def test_the_end_waits_for_an_update_that_is_under_way() -> None:
    """Calls to the platform come one at a time."""
    async with replying() as (reply, views):
        views.gate.clear()
        _say(reply, "Hello")
        await settle()
        closing = asyncio.create_task(reply.close(ReplyState.DONE))
        await settle()
        assert views.closed == []
        views.gate.set()
        await closing
        assert len(views.closed) == 1


async def test_begin_again_clears_the_text() -> None:
    """When the prompt is sent once more, what was said before is gone."""
    async with replying() as (reply, views):
        _say(reply, "Half an ans")
        await settle()
        reply.begin_again()
        await views.clock.move(5)
        assert views.texts == ["Half an ans"]
        _say(reply, "An answer")
        await settle()
        assert views.texts == ["Half an ans", "An answer"]


async def test_the_end_may_be_another_text() -> None:
    """An answer that was found in the history is shown instead of what the events said."""
    async with replying() as (reply, views):
        _say(reply, "Half")
        await reply.close(ReplyState.DONE, text="Whole", notice="A notice")
        [view] = views.closed
        assert (view.parts, view.notice) == (("Whole",), "A notice")


async def test_the_footer() -> None:
    """Model and time are shown under an answer, not under what failed."""
    for state, footer in ((ReplyState.DONE, "gpt · 2.0 s"), (ReplyState.FAILED, "")):
        async with replying() as (reply, views):
            reply.feed(UsageReported(model="gpt", input_tokens=1, output_tokens=1))
            await views.clock.move(2)
            await reply.close(state)
            assert views.closed[0].footer == footer


async def test_the_footer_can_be_turned_off() -> None:
    """The operator may want none."""
    clock = StageClock()
    chat = _Chat(capabilities=_PACED)
    chat.views = Views(clock)
    target = ReplyTarget(
        key=chat.key("1"), entry_id=1, message_id="1", person=ANN, earlier=(), delivered=_nothing
    )
    async with LiveReply(chat, target, LiveReplies(_PACED), clock, has_footer=False) as reply:
        reply.feed(UsageReported(model="gpt", input_tokens=1, output_tokens=1))
        await reply.close(ReplyState.DONE)
    assert chat.views.closed[0].footer == ""


async def test_long_texts_come_in_parts() -> None:
    """No part is longer than the platform takes."""
    text = "word " * 100
    async with replying() as (reply, views):
        _say(reply, text)
        await settle()
        await reply.close(ReplyState.DONE)
        for parts in (views.shown[0][1].parts, views.closed[0].parts):
            assert len(parts) > 1
            assert all(len(part) <= 100 for part in parts)
        assert views.closed[0].parts == splitting.split(text.strip("\n"), 100)


async def test_where_text_can_only_grow_nothing_uncertain_is_shown() -> None:
    """What is shown of each part while it grows is always how that part begins in the end."""
    capabilities = Capabilities(
        text_limit=100, update_floor_s=1.0, updates_per_minute=6_000, appends_only=True
    )
    async with replying(capabilities) as (reply, views):
        for number in range(60):
            _say(reply, f"word{number} ")
            await views.clock.move(1)
        reply.feed(TextEnded(text=reply.transcript.text))
        await reply.close(ReplyState.DONE)
        final = views.closed[0].parts
        assert len(views.shown) > 40
        for _, view in views.shown:
            for shown, end in zip(view.parts, final, strict=False):
                assert end.startswith(shown.rstrip())


async def test_an_update_that_fails_does_not_stop_the_reply() -> None:
    """The next update shows all of it."""
    async with replying() as (reply, views):
        views.errors += [ChatRefused("no"), StoreBusy("held"), ZeroDivisionError("a mistake")]
        for _ in range(4):
            _say(reply, "word ")
            await views.clock.move(1)
        assert views.texts == ["word word word word"]
        assert reply.is_shown


async def test_what_could_not_be_shown_for_now_is_shown_later_without_more_text() -> None:
    """A platform that has no room for an update gets the newest one a moment later."""
    async with replying() as (reply, views):
        views.errors += [ChatUnavailable("later"), ChatUnavailable("later still")]
        _say(reply, "Hello")
        await views.clock.move(1)
        await views.clock.move(1)
        await views.clock.move(1)
        assert views.texts == ["Hello"]


async def test_a_place_that_is_gone_is_known() -> None:
    """After the place is gone nothing more is shown, and whoever asks is told."""
    async with replying() as (reply, views):
        views.errors.append(PlaceGone("deleted"))
        _say(reply, "Hello")
        await settle()
        assert reply.is_gone
        _say(reply, " there")
        await views.clock.move(5)
        assert views.shown == []


async def test_nothing_is_shown_while_the_thread_may_not_be_ours() -> None:
    """While the lease is not sure, the reply rests; then it goes on with all there is."""
    is_ours = False
    async with replying(may_show=lambda: is_ours) as (reply, views):
        _say(reply, "Hello")
        await views.clock.move(5)
        assert views.shown == []
        is_ours = True
        await views.clock.move(1)
        assert views.texts == ["Hello"]


async def test_a_lease_that_is_lost_ends_it() -> None:
    """When an update says that the thread is not ours, nothing more is shown, not even the end."""
    async with replying() as (reply, views):
        views.errors.append(LeaseLost("taken"))
        _say(reply, "Hello")
        await settle()
        _say(reply, " there")
        await views.clock.move(5)
        with pytest.raises(LeaseLost):
            await reply.close(ReplyState.DONE)
        assert (views.shown, views.closed) == ([], [])


async def test_left_without_an_end_nothing_more_is_shown() -> None:
    """A reply whose worker goes away ceases; a later attempt goes on in its messages."""
    async with replying() as (reply, views):
        _say(reply, "Hello")
        await settle()
        _say(reply, " there")
    await views.clock.move(5)
    assert views.texts == ["Hello"]
    assert views.closed == []
