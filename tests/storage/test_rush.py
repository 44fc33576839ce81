"""A thousand messages in a second, taken in by the real store."""

from __future__ import annotations

import asyncio

from bot.clock import SystemClock
from bot.gate import Access, FollowUp
from bot.intake import ThreadIntake
from bot.sessions import SessionManager
from bot.workplace import Limits
from storage.store import open_store
from tests.fakes.chat import FakeChat
from tests.fakes.runtime import FakeRuntime
from tests.fakes.rush import EACH, THREADS, key_of, rush


async def test_a_thousand_messages_are_taken_in(url: str) -> None:
    """Each is durable when it is acknowledged, once however often it comes, in its order."""
    clock, chat = SystemClock(), FakeChat()
    async with open_store(url, clock=clock) as store:
        sessions = SessionManager(  # it does not run, so all stays where it is put
            store=store,
            runtime=FakeRuntime(),
            chats={"fake": chat},
            clock=clock,
            owner="this process",
            limits=Limits(),
        )
        intake = ThreadIntake(
            chat=chat,
            store=store,
            sessions=sessions,
            runtime=FakeRuntime(),
            clock=clock,
            access=Access(),
            follow_up=FollowUp.THREAD,
        )
        messages = rush(clock.now())
        await asyncio.gather(*(intake.message(each) for each in [*messages, *messages[::10]]))
        backlog = await store.backlog()
        assert (backlog.queued, backlog.threads) == (THREADS * EACH, THREADS)
        assert backlog.oldest == messages[0].sent_at
        for thread in range(THREADS):
            waiting = await store.queued(key_of(thread))
            assert [each.source_id for each in waiting] == [f"{thread}.{n}" for n in range(EACH)]
