"""Direct messages: private sessions of one's own."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.stage import WAIT_S, Stage, stage

pytestmark = [pytest.mark.runtime, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module", name="play")
async def _play(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    directory: Path = tmp_path_factory.mktemp("direct")
    async with stage(directory) as made:
        yield made


async def _until_answered(play: Stage, who: str, text: str) -> None:
    await play.slack.until(
        lambda: [each for each in play.direct_answers(who) if text in each], timeout_s=WAIT_S
    )


def _told(play: Stage, who: str) -> int:
    """How much a person was told, to everyone there or to them alone."""
    return len(play.slack.ephemerals(play.slack.person(who).id)) + len(play.direct_answers(who))


def _more_than(play: Stage, who: str, before: int) -> bool:
    return _told(play, who) > before


async def test_the_top_level_is_one_private_session_per_person(play: Stage) -> None:
    """What one person says directly, the other's session does not know."""
    ann, ben = play.slack.person("ann"), play.slack.person("ben")
    await ann.say("dm", "remember the word orchid")
    await _until_answered(play, "ann", "I will remember orchid.")
    await ben.say("dm", "what was the word?")
    await _until_answered(play, "ben", "No word was told here.")
    await ann.say("dm", "what was the word?")
    await _until_answered(play, "ann", "The word was orchid.")
    assert not any("orchid" in text for text in play.direct_answers("ben"))


async def test_a_thread_in_a_direct_message_is_its_own_session(play: Stage) -> None:
    """A thread under a direct message knows nothing of the top level."""
    ann = play.slack.person("ann")
    await ann.say("dm", "remember the word lotus")
    await _until_answered(play, "ann", "I will remember lotus.")
    root = await ann.say("dm", "echo: root")
    await _until_answered(play, "ann", "root")
    await ann.say("dm", "what was the word?", thread_ts=root)
    assert await play.answer(root, channel=ann.dm) == "No word was told here."


async def test_no_command_shows_anothers_conversation(play: Stage) -> None:
    """Status, help and reset in a channel or direct message are about one's own only."""
    ann, ada = play.slack.person("ann"), play.slack.person("ada")
    await ann.say("dm", "remember the word secretpeony")
    await _until_answered(play, "ann", "I will remember secretpeony.")
    for text in ("status", "help", "reset", "stop", f"reset {ann.dm}", f"status {ann.dm}"):
        for place in ("general", "dm"):
            before = _told(play, "ada")
            await ada.slash("/copilot", text, place)
            await play.slack.until(partial(_more_than, play, "ada", before), timeout_s=WAIT_S)
    shown = [m.text + str(m.blocks) for m in play.slack.ephemerals(ada.id)]
    shown += play.direct_answers("ada")
    assert not any("peony" in text or ann.dm in text for text in shown)
    await ann.say("dm", "what was the word?")
    await _until_answered(play, "ann", "The word was secretpeony.")


async def test_reset_in_a_direct_message_is_done_at_once(play: Stage) -> None:
    """`/copilot reset` in a direct message makes it forget."""
    ben = play.slack.person("ben")
    await ben.say("dm", "remember the word iris")
    await _until_answered(play, "ben", "I will remember iris.")
    await ben.slash("/copilot", "reset", "dm")
    await _until_answered(play, "ben", "afresh")
    await ben.say("dm", "what was the word now?")
    await ben.say("dm", "what was the word?")
    await _until_answered(play, "ben", "No word was told here.")


async def test_an_answer_at_the_top_level_can_be_stopped_by_its_button(play: Stage) -> None:
    """Where Slack has no stop button of its own, the reply has one."""
    ann = play.slack.person("ann")
    gate = play.brain.hold("slow 9 in the dm", after=3)
    await ann.say("dm", "slow 9 in the dm")
    await gate.reached()

    def button() -> object:
        for message in play.slack.messages(ann.dm):
            for block in message.blocks or []:
                for element in block.get("elements", []):
                    if message.by_bot and element.get("text", {}).get("text") == "Stop":
                        return message, element["action_id"]
        return None

    found = await play.slack.until(button, timeout_s=WAIT_S)
    assert isinstance(found, tuple)
    await ann.press(found[0], found[1])
    await _until_answered(play, "ann", "Stopped")
    await ann.say("dm", "echo: goes on")
    await _until_answered(play, "ann", "goes on")
