"""Files of the desk going into the thread."""

from __future__ import annotations

from bot.errors import ChatRefused, ChatUnavailable, StoreBusy
from bot.mailbox import EntryState
from bot.messages import IncomingMessage
from tests.bot.stage import Stage, assembled, settle, staged


def _files(stage: Stage, said: IncomingMessage) -> list[tuple[str, bytes]]:
    """The files that the bot put into a message's thread, oldest first."""
    return [(file.name, file.content) for seen in stage.chat.seen(said.key) for file in seen.files]


async def test_what_a_turn_makes_goes_into_the_thread(stage: Stage) -> None:
    """A file that Copilot makes on the desk is in the thread after the answer, once."""
    said = await stage.say("file report.md: all is well")
    assert stage.texts(said)[0].startswith("create answered")
    assert _files(stage, said) == [("report.md", b"all is well")]
    await stage.pass_time(1)
    await stage.say("echo: thanks", to=said)
    assert len(_files(stage, said)) == 1


async def test_what_a_turn_changes_goes_into_the_thread_again(stage: Stage) -> None:
    """A file that a later turn changes is put in again, as it is then."""
    said = await stage.say("file report.md: one")
    await stage.pass_time(1)
    await stage.say("file report.md: two", to=said)
    assert _files(stage, said) == [("report.md", b"one"), ("report.md", b"two")]


async def test_a_refused_file_is_told_and_stays_on_the_desk(stage: Stage) -> None:
    """Where the platform does not take a file, the thread is told so, and the turn is done."""
    stage.chat.fail(ChatRefused("no"), on="send")
    said = await stage.say("file report.md: all is well")
    assert "I could not put `report.md` here" in stage.texts(said)[-1]
    assert stage.entry_state(said) is EntryState.DONE


async def test_files_sent_just_before_a_crash_are_not_sent_again() -> None:
    """A process that dies after sending the files is followed by one that knows them."""
    first = assembled()
    await first.start()
    first.store.fail("finish", error=StoreBusy("busy"))
    said = await first.say("file report.md: all is well")
    assert len(_files(first, said)) == 1
    await first.kill()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(60)
        assert stage.entry_state(said) is EntryState.DONE
        assert len(_files(stage, said)) == 1


async def test_unavailable_for_a_moment_is_told_too(stage: Stage) -> None:
    """A platform that is out of reach when the file is sent costs the file, not the answer."""
    stage.chat.fail(ChatUnavailable("later"), on="send")
    said = await stage.say("file a.txt: x")
    await settle()
    assert stage.entry_state(said) is EntryState.DONE
    assert _files(stage, said) == []
