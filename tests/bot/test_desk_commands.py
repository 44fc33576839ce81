"""`/copilot files`."""

from __future__ import annotations

import pytest

from bot import phrases
from bot.commands import spoken
from bot.messages import IncomingMessage, Person, Press
from tests.bot.stage import Stage, settle
from tests.fakes.chat import ANN, BEN


async def _files(
    stage: Stage, said: IncomingMessage, argument: str = "", *, by: Person = ANN
) -> str:
    answer = await stage.chat.command("files", argument=argument, key=said.key, by=by)
    await settle()
    return answer.text


async def test_lists_what_is_on_the_desk(stage: Stage) -> None:
    """`files` lists the desk with sizes, and offers each file."""
    said = await stage.say("file report.md: all is well")
    answer = await stage.chat.command("files", key=said.key)
    assert "`report.md` (11 bytes" in answer.text
    assert [button.label for button in answer.buttons] == ["Get report.md"]


async def test_an_empty_desk(stage: Stage) -> None:
    """`files` says so where there are none."""
    said = await stage.say("echo: hello")
    assert await _files(stage, said) == phrases.DESK_EMPTY


async def test_gets_a_file_into_the_thread(stage: Stage) -> None:
    """`files get` and a name puts the file into the thread; so does its button."""
    said = await stage.say("file a/report.md: all is well")
    before = len(stage.chat.seen(said.key))
    assert await _files(stage, said, "get a/report.md") == phrases.FILE_COMES
    listed = await stage.chat.command("files", key=said.key)
    [button] = listed.buttons
    press = Press(
        action=button.action, value=button.value, key=said.key, author=ANN, request_id="press 1"
    )
    assert (await stage.intake.pressed(press)).text == phrases.FILE_COMES
    await settle()
    new = stage.chat.seen(said.key)[before:]
    assert [file.name for seen in new for file in seen.files] == ["report.md", "report.md"]


async def test_deletes_a_file(stage: Stage) -> None:
    """`files delete` and a name takes the file off the desk, and the thread is told."""
    said = await stage.say("file report.md: all is well")
    await _files(stage, said, "delete report.md")
    assert stage.texts(said)[-1] == phrases.file_deleted("report.md")
    assert await _files(stage, said) == phrases.DESK_EMPTY


@pytest.mark.parametrize("named", ["nothing.md", "../session-state/history", "/etc/passwd", ""])
async def test_what_is_not_on_the_desk(stage: Stage, named: str) -> None:
    """A file that is not on the desk can neither be got nor deleted."""
    said = await stage.say("file report.md: all is well")
    for action in ("get", "delete"):
        assert await _files(stage, said, f"{action} {named}") == phrases.no_such_file(named)


async def test_a_direct_message_is_its_owners(stage: Stage) -> None:
    """Nobody else sees what is on the desk of a direct message."""
    said = await stage.say("file report.md: secret", is_direct=True)
    assert await _files(stage, said, by=BEN) == phrases.NOT_YOURS
    assert await _files(stage, said, "get report.md", by=BEN) == phrases.NOT_YOURS


@pytest.mark.parametrize(
    ("said", "command"),
    [
        ("files", ("files", "")),
        ("Files get Report.md", ("files", "get Report.md")),
        ("files delete a b.md", ("files", "delete a b.md")),
        ("files list", ("files", "list")),
        ("files are nice", None),
        ("files get", None),
        ("files list all of them", None),
        ("help files", ("help", "files")),
    ],
)
def test_said_to_the_bot(said: str, command: tuple[str, str] | None) -> None:
    """The words count as a command only where they can be nothing else."""
    assert spoken(said) == command


async def test_names_are_offered(stage: Stage) -> None:
    """While the name is typed, the files of the desk are offered."""
    said = await stage.say("file report.md: all is well")
    typing = stage.chat.commanded("files", key=said.key)
    assert list(await stage.intake.choices(typing, "file", "rep")) == ["report.md"]
    assert list(await stage.intake.choices(typing, "action", "")) == ["list", "get", "delete"]
