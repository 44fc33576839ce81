"""Direct messages: private sessions of one's own."""

from __future__ import annotations

import pytest

from tests.e2e.stage import Said, Side, Stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="package")]


def _all_told(side: Side, who: str) -> list[Said]:
    """All that a person was told in private."""
    return [*side.told(who), *side.messages(side.direct(who))]


async def _reset(side: Side, who: str) -> None:
    """Begin a person's direct message afresh."""
    direct = side.direct(who)
    before = len(side.answers(direct))
    await side.command("reset", who=who, channel="dm")
    assert "afresh" in await side.answer(direct, before + 1)


async def test_a_direct_message_is_one_private_session_per_person(side: Side) -> None:
    """What one person says directly, the other's session does not know."""
    ann, ben = side.direct("ann"), side.direct("ben")
    for who in ("ann", "ben"):
        await _reset(side, who)  # other tests have spoken there as well
    await side.follow_up(ann, "remember the word orchid")
    await side.answered(ann, "I will remember orchid.")
    await side.follow_up(ben, "what was the word?", who="ben")
    await side.answered(ben, "No word was told here.")
    await side.follow_up(ann, "what was the word?")
    await side.answered(ann, "The word was orchid.")
    assert not any("orchid" in text for text in side.answers(ben))


async def test_no_command_shows_anothers_conversation(side: Side) -> None:
    """Commands in a channel or direct message are about one's own conversations only."""
    ann = side.direct("ann")
    await side.follow_up(ann, "remember the word secretpeony")
    await side.answered(ann, "I will remember secretpeony.")
    for name in ("status", "help", "reset", "stop"):
        for place in ("general", "dm"):
            before = len(_all_told(side, "ada"))
            await side.command(name, who="ada", channel=place)
            await side.until(lambda before=before: len(_all_told(side, "ada")) > before)  # type: ignore[misc]
    shown = [each.shown + " ".join(each.buttons) for each in _all_told(side, "ada")]
    assert not any("peony" in each or ann.channel in each for each in shown)
    await side.follow_up(ann, "what was the word?")
    await side.answered(ann, "The word was secretpeony.")


async def test_reset_in_a_direct_message_is_done_at_once(side: Side) -> None:
    """`/copilot reset` in a direct message makes it forget."""
    ben = side.direct("ben")
    await side.follow_up(ben, "remember the word iris", who="ben")
    await side.answered(ben, "I will remember iris.")
    await _reset(side, "ben")
    before = len(side.answers(ben))
    await side.follow_up(ben, "what was the word?", who="ben")
    assert await side.answer(ben, before + 1) == "No word was told here."


async def test_an_answer_in_a_direct_message_can_be_stopped_by_its_button(
    play: Stage, side: Side
) -> None:
    """The reply that is being written has a button that ends it."""
    ann = side.direct("ann")
    gate = play.brain.hold(f"slow 9 in private on {side.name}", after=3)
    await side.follow_up(ann, f"slow 9 in private on {side.name}")
    await gate.reached()
    await side.press(await side.offered(ann, "word1", "Stop"), "Stop")
    await side.until(lambda: [m for m in side.messages(ann) if "Stopped" in m.shown])
    await side.follow_up(ann, "echo: goes on")
    await side.answered(ann, "goes on")
