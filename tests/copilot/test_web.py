"""Pages of the internet, as the real runtime fetches them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from adapters.copilot.supervisor import CopilotRuntime
from bot.events import PermissionAsked, ReplyEvent, ToolFinished
from bot.ports import RuntimeSession
from bot.profile import Profile
from bot.requests import Decision
from tests.contracts.runtime import new, said, take
from tests.fakes.session_files import MemoryFiles
from tests.fakes.web import HOST, OTHER_HOST, PAGE, PaperWeb

pytestmark = pytest.mark.runtime


@pytest_asyncio.fixture(loop_scope="package")
async def session(runtime: CopilotRuntime) -> AsyncIterator[RuntimeSession]:
    """A session that may ask for pages."""
    opened = await runtime.open(replace(new("web", MemoryFiles()), profile=Profile.WEB))
    yield opened
    await opened.close()


async def test_page(session: RuntimeSession, web: PaperWeb) -> None:
    """A page that is allowed reaches the model, as Markdown."""
    hosts, events = await fetch(session, PAGE, allowed=[HOST])
    assert hosts == [HOST]
    assert "# Herons" in said(events)
    assert "They stand **still**." in said(events)
    assert web.visited == [PAGE]


async def test_denied(session: RuntimeSession, web: PaperWeb) -> None:
    """A page that is not allowed is not fetched, and its tool has failed."""
    _, events = await fetch(session, PAGE, allowed=[])
    assert web.visited == []
    assert not next(e for e in events if isinstance(e, ToolFinished)).succeeded


async def test_redirect_at_home(session: RuntimeSession, web: PaperWeb) -> None:
    """A redirect within the host needs no other permission."""
    hosts, events = await fetch(session, f"http://{HOST}/moved", allowed=[HOST])
    assert hosts == [HOST]
    assert web.visited == [f"http://{HOST}/moved", PAGE]
    assert "Herons" in said(events)


async def test_redirect_away(session: RuntimeSession, web: PaperWeb) -> None:
    """A redirect to another host asks for that one, and leads nowhere without."""
    hosts, events = await fetch(session, f"http://{HOST}/away", allowed=[HOST])
    assert hosts == [HOST, OTHER_HOST]
    assert web.visited == [f"http://{HOST}/away"]
    assert "Storks" not in said(events)


async def test_redirect_inside(session: RuntimeSession, web: PaperWeb) -> None:
    """A page cannot lead into the operator's network: nobody is even asked."""
    hosts, events = await fetch(session, f"http://{HOST}/inside", allowed=[HOST])
    assert hosts == [HOST]
    assert web.visited == [f"http://{HOST}/inside"]
    assert "none of a private network" in said(events)


async def test_name_of_this_machine(session: RuntimeSession, web: PaperWeb) -> None:
    """An address that turns out to be on this machine is refused, whatever people allowed."""
    _, events = await fetch(session, "http://ip6-localhost:9/", allowed=["ip6-localhost"])
    assert web.visited == []
    assert not next(e for e in events if isinstance(e, ToolFinished)).succeeded


async def test_asked_each_time(session: RuntimeSession, web: PaperWeb) -> None:
    """What is allowed for the thread is asked for each time: not the runtime remembers it."""
    for _ in range(2):
        hosts, events = await fetch(session, PAGE, allowed=[HOST], for_thread=True)
        assert hosts == [HOST]
        assert "Herons" in said(events)
    assert web.visited == [PAGE, PAGE]


async def test_chat_fetches_nothing(runtime: CopilotRuntime, web: PaperWeb) -> None:
    """Without the profile there is no tool that could fetch, and nobody is asked."""
    opened = await runtime.open(new("chat", MemoryFiles()))
    events = await take(opened, f"fetch: {PAGE}")
    assert not any(isinstance(e, PermissionAsked) for e in events)
    assert "does not exist" in said(events)
    assert web.visited == []
    await opened.close()


async def fetch(
    session: RuntimeSession, address: str, *, allowed: list[str], for_thread: bool = False
) -> tuple[list[str], list[ReplyEvent]]:
    """Have a page fetched; returns the hosts that permission was asked for, and what was told."""
    hosts: list[str] = []
    events: list[ReplyEvent] = []
    async for event in session.turn(f"fetch: {address}"):
        events.append(event)
        if isinstance(event, PermissionAsked):
            hosts += event.wanted.hosts
            is_allowed = set(event.wanted.hosts) <= set(allowed)
            decision = Decision(is_allowed=is_allowed, for_thread=is_allowed and for_thread)
            await session.decide(event.request_id, decision)
    return hosts, events
