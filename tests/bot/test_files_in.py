"""Files that people send with what they say."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bot import phrases
from bot.context import ContextLimits
from bot.desk import UPLOADS
from bot.errors import ModelUnknown
from bot.events import QuestionAsked, ReplyEvent, TurnFailed
from bot.messages import IncomingMessage
from bot.states import WorkerState
from bot.uploads import FileLimits
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.chat import BEN
from tests.fakes.runtime import say

NOTES = ("notes.txt", b"Buy milk.")
PICTURE = ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(20))
PROGRAM = ("setup.exe", b"MZ\x00")


async def desk(stage: Stage) -> dict[str, bytes]:
    """What people have sent, as it is on the desk of the one session that is live."""
    [session] = stage.runtime.live.values()
    try:
        found = await session.files.list(UPLOADS)
    except FileNotFoundError:
        return {}
    return {
        info.path.removeprefix(f"{UPLOADS}/"): await session.files.read(info.path) for info in found
    }


def counting(prompt: str) -> Iterator[ReplyEvent]:
    """A script that counts, whatever comes along."""
    yield from say("1 2 3 4 5")


async def test_a_file_is_on_the_desk_before_the_model_is_asked(stage: Stage) -> None:
    """The model is told what came and where it is, and then what was said."""
    said = await stage.say("echo: read it", files=[NOTES])
    assert stage.texts(said) == ["read it"]
    assert await desk(stage) == {"notes.txt": b"Buy milk."}
    [prompt] = stage.prompts()
    assert '- "notes.txt" (9 bytes): /desk/uploads/notes.txt' in prompt
    assert prompt.endswith('\n</files>\n\n"Ann" says:\n\necho: read it')


async def test_a_picture_is_shown_to_a_model_that_sees(stage: Stage) -> None:
    """The picture goes with the prompt."""
    await stage.say("echo: look", files=[PICTURE])
    [(_, image)] = stage.runtime.images
    assert (image.name, image.type, image.content) == ("photo.png", "image/png", PICTURE[1])


async def test_a_model_that_does_not_see_is_shown_none(stage: Stage) -> None:
    """It is told that there is a picture."""
    stage.runtime.sees_images = False
    await stage.say("echo: look", files=[PICTURE])
    assert stage.runtime.images == []
    assert "you cannot see it" in stage.prompts()[0]


async def test_a_file_without_words_is_a_message(stage: Stage) -> None:
    """The model is told that there are none."""
    stage.runtime.script = counting
    said = await stage.say("", files=[NOTES], is_direct=True)
    assert stage.entry_state(said) == "done"
    assert stage.prompts()[0].endswith('"Ann" says:\n\n(It came without words.)')


async def test_what_was_not_taken_in_is_said_once(stage: Stage) -> None:
    """One message names each file and why; the answer comes nevertheless."""
    song = ("a`b.mp3", b"ID3")
    said = await stage.say("echo: so?", files=[PROGRAM, song, NOTES])
    refusal, answer = stage.texts(said)
    assert refusal == phrases.files_refused(
        [("setup.exe", phrases.FILE_OF_NO_KIND), ("a`b.mp3", phrases.FILE_OF_NO_KIND)]
    )
    assert "`a'b.mp3`" in refusal
    assert answer == "so?"
    assert f'"setup.exe" (3 bytes): not taken in. {phrases.FILE_OF_NO_KIND}' in stage.prompts()[0]


async def test_where_no_files_are_taken_one_sentence_says_so() -> None:
    """The words are answered."""
    limits = Limits(has_footer=False, files=FileLimits(files=0))
    async with staged(limits=limits) as stage:
        said = await stage.say("echo: so?", files=[NOTES, PICTURE])
        assert stage.texts(said) == [phrases.NO_FILES, "so?"]
        assert "fetch" not in stage.chat.calls


async def test_a_stop_ends_the_fetching(stage: Stage) -> None:
    """A stop while a file is read keeps the prompt from being sent."""
    stage.documents.gate = asyncio.Event()
    said = await stage.say("echo: one", files=[("a.pdf", b"text")])
    await stage.stop(said)
    assert stage.entry_state(said) == "stopped"
    assert stage.prompts() == []
    assert stage.state(said) is WorkerState.IDLE
    stage.documents.gate = None
    await stage.press(stage.last(said), "Retry")
    assert stage.texts(said)[-1] == "one"
    assert await desk(stage) == {"a.pdf": b"text", "a.pdf.md": b"text\n"}


# --- files of the thread --------------------------------------------------------------------


async def chatter(stage: Stage) -> IncomingMessage:
    """Ben has sent files into a thread that the bot is not called into yet."""
    first = await stage.say("Look.", by=BEN, mention=False, files=[("a.txt", b"one"), PROGRAM])
    await stage.say(
        "And this.", by=BEN, to=first, mention=False, files=[("a.txt", b"two"), PICTURE]
    )
    return first


async def test_called_into_a_thread_it_brings_the_files_there(stage: Stage) -> None:
    """The thread's files come along, the newest first; what cannot be taken is no one's news."""
    first = await chatter(stage)
    said = await stage.say("echo: so?", to=first, files=[NOTES])
    assert stage.texts(said) == ["so?"]
    assert await desk(stage) == {
        "notes.txt": b"Buy milk.",
        "a.txt": b"two",
        "a (2).txt": b"one",
        "photo.png": PICTURE[1],
    }
    [prompt] = stage.prompts()
    assert '(with files: "a.txt", "setup.exe")' in prompt
    assert '- "a.txt" (3 bytes), sent before by "Ben": /desk/uploads/a (2).txt' in prompt
    assert "not taken in" not in prompt
    assert [image.name for _, image in stage.runtime.images] == ["photo.png"]


async def test_a_later_mention_brings_only_new_files(stage: Stage) -> None:
    """What came along already does not come again."""
    first = await chatter(stage)
    await stage.say("echo: one", to=first)
    fetched = stage.chat.calls.count("fetch")
    await stage.say("One more.", by=BEN, to=first, mention=False, files=[("b.txt", b"b")])
    await stage.say("echo: two", to=first)
    assert stage.chat.calls.count("fetch") == fetched + 1
    assert "/desk/uploads/b.txt" in stage.prompts()[-1]
    assert "a.txt" not in stage.prompts()[-1]


async def test_the_messages_own_files_come_first() -> None:
    """The limit counts them together."""
    limits = Limits(has_footer=False, files=FileLimits(files=2))
    async with staged(limits=limits) as stage:
        first = await chatter(stage)
        await stage.say("echo: so?", to=first, files=[NOTES])
        assert await desk(stage) == {"notes.txt": b"Buy milk.", "a.txt": b"two"}


async def test_only_files_of_what_is_told_come_along() -> None:
    """What the model is not told of is not fetched."""
    limits = Limits(has_footer=False, context=ContextLimits(messages=1))
    async with staged(limits=limits) as stage:
        first = await chatter(stage)
        await stage.say("echo: so?", to=first)
        assert set(await desk(stage)) == {"a.txt", "photo.png"}


# --- again ----------------------------------------------------------------------------------


async def test_a_crash_in_a_turn_with_files() -> None:
    """Done again, there are no duplicates on the desk, and the refusal is not said again."""
    before = assembled()
    await before.start()
    before.runtime.script = counting
    hold = before.runtime.hold("count", after=3)
    first = await chatter(before)
    said = await before.say("count", to=first, files=[NOTES, ("notes.txt", b"other"), PROGRAM])
    assert len(before.texts(said)) == 2
    await before.kill()
    hold.release()
    async with staged(beside=before, owner="the next process") as stage:
        await stage.pass_time(40)
        refusal, answer = stage.texts(said)
        assert refusal.startswith("I go on")
        assert answer == "1 2 3 4 5"
        assert set(await desk(stage)) == {
            "notes.txt",
            "notes (2).txt",
            "a.txt",
            "a (2).txt",
            "photo.png",
        }
        [session] = stage.runtime.live.values()
        assert len(await session.history()) == 1
        assert [image.name for _, image in stage.runtime.images] == ["photo.png"] * 2


async def test_a_retry_shows_the_pictures_again(stage: Stage) -> None:
    """The same prompt is sent once more, with the same pictures."""
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    said = await stage.say("echo: look", files=[PICTURE])
    stage.runtime.script = None
    await stage.press(stage.last(said), "Retry")
    assert stage.prompts()[0] == stage.prompts()[1]
    assert [image.name for _, image in stage.runtime.images] == ["photo.png"] * 2
    assert set(await desk(stage)) == {"photo.png"}


async def test_files_of_what_waits_can_change(stage: Stage) -> None:
    """What counts is the message as it reads when its turn comes."""
    hold = stage.runtime.hold("one")
    first = await stage.say("echo: one")
    waiting = await stage.say("echo: two", to=first, files=[NOTES])
    await stage.chat.edit_said(waiting.message_id, "")
    hold.release()
    await settle()
    assert stage.prompts()[-1].endswith("\n\n(It came without words.)")
    assert set(await desk(stage)) == {"notes.txt"}


# --- answers to questions -------------------------------------------------------------------


def asking(prompt: str) -> Iterator[ReplyEvent]:
    """A script that asks once."""
    answer = yield QuestionAsked(question_id="q", question="Which?", choices=(), allows_text=True)
    yield from say(f"It was: {answer}")


async def test_an_answer_can_bring_files(stage: Stage) -> None:
    """Copilot is told where they are; people see the words alone."""
    stage.runtime.script = asking
    said = await stage.say("ask me")
    await stage.say("This one.", to=said, files=[NOTES])
    question, answer = stage.texts(said)
    assert question == "Which?\n\n*This one.*"
    assert answer.startswith("It was: This one.\n\n<files>")
    assert "/desk/uploads/notes.txt" in answer
    assert await desk(stage) == {"notes.txt": b"Buy milk."}


async def test_files_of_an_answer_are_not_sent_back(stage: Stage) -> None:
    """What was written in the turn, but by a person, is none of what Copilot made."""
    stage.runtime.script = asking
    said = await stage.say("ask me")
    stage.clock.jump(5)
    await stage.say("This one.", to=said, files=[NOTES])
    stage.clock.jump(5)
    assert [file.name for seen in stage.chat.seen(said.key) for file in seen.files] == []


async def test_files_alone_are_an_answer(stage: Stage) -> None:
    """An answer needs no words."""
    stage.runtime.script = asking
    said = await stage.say("ask me")
    await stage.say("", to=said, files=[NOTES])
    assert stage.texts(said)[0] == f"Which?\n\n*{phrases.SEE_FILES}*"


async def test_an_answer_whose_files_are_slow_is_not_lost_by_a_stop(stage: Stage) -> None:
    """A stop meanwhile ends the turn; the answer is a message then, files included."""
    said = await stage.say("ask: Which?")
    stage.documents.gate = asyncio.Event()
    await stage.say("echo: this", to=said, files=[("a.pdf", b"text")])
    assert stage.state(said) is WorkerState.WAITING
    stopped = stage.last(said)
    await stage.stop(said)
    assert stage.entry_state(said) == "stopped"
    stage.documents.gate.set()
    await settle()
    assert stage.texts(said)[-1] == "this"
    assert stage.last(said) != stopped
    assert set(await desk(stage)) == {"a.pdf", "a.pdf.md"}


async def test_of_two_answers_the_one_without_files_is_quicker(stage: Stage) -> None:
    """The first that is there counts; the other is a message."""
    said = await stage.say("ask: Which?")
    stage.documents.gate = asyncio.Event()
    await stage.say("echo: this", to=said, files=[("a.pdf", b"text")])
    await stage.say("that", to=said)
    assert stage.texts(said)[-1] == "ask_user answered: that"
    stage.documents.gate.set()
    await settle()
    assert stage.texts(said)[-1] == "this"
