"""What a chat adapter must do with files, whatever the platform.

A platform's test module subclasses `FilesContract` beside `ChatContract` and provides the fixture
`stage`: a `FilesStage`, on which people can send files and see what the bot sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import pytest

from bot.errors import ChatError, FileTooLarge
from bot.keys import SessionKey
from bot.messages import IncomingMessage, OutgoingFile, SharedFile
from bot.ports import ChatAdapter, FetchesFiles, SendsFiles
from tests.contracts.chat import ChatStage, asked, done, heard, replying


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file as people have it.

    Args:
        name: what it is called.
        content: its bytes.
    """

    name: str
    content: bytes


PICTURE = Document(
    name="square.png",
    content=bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
    ),
)
NOTES = Document(name="notes.txt", content="Was wäre, wenn…\r\n\x0bein Ende".encode())
BINARY = Document(name="data.bin", content=bytes(range(256)) * 300)


class FilesStage(ChatStage, Protocol):
    """A platform on which people send files."""

    async def share(
        self,
        who: str,
        text: str,
        *documents: Document,
        within: SessionKey | None = None,
        is_direct: bool = False,
    ) -> str:
        """Somebody says something with files, as with `say`; the text may be empty.

        Where the text is empty the bot is not mentioned.
        """

    def files_in(self, key: SessionKey) -> list[Document]:
        """The files in the bot's messages of a thread that everybody sees, oldest first."""


class FilesContract:
    """The contract."""

    # --- files that people send -----------------------------------------------------------

    async def test_a_message_brings_its_files(self, stage: FilesStage) -> None:
        """A message with files says what each is called, of what type and how large it is."""
        message = await shared(stage, "look", PICTURE, NOTES)
        assert message.text == "look"
        assert message.mentions_bot
        assert [file.name for file in message.files] == [PICTURE.name, NOTES.name]
        assert [file.size for file in message.files] == [len(PICTURE.content), len(NOTES.content)]
        assert message.files[0].type == "image/png"
        assert message.files[1].type.partition(";")[0] == "text/plain"
        assert len({file.id for file in message.files} - {""}) == 2

    async def test_a_message_without_files_has_none(self, stage: FilesStage) -> None:
        """A message that came without files brings none."""
        assert (await asked(stage)).files == ()

    async def test_a_file_alone_is_a_message(self, stage: FilesStage) -> None:
        """A file that came without a word is brought, in a direct message and in a thread."""
        direct = await shared(stage, "", NOTES, is_direct=True)
        first = await asked(stage)
        followed = await shared(stage, "", PICTURE, within=first.key)
        assert (direct.text, followed.text) == ("", "")
        assert [file.name for file in (*direct.files, *followed.files)] == [
            NOTES.name,
            PICTURE.name,
        ]
        assert followed.key == first.key

    async def test_an_edit_keeps_the_files(self, stage: FilesStage) -> None:
        """A message whose text was changed still has its files."""
        message = await shared(stage, "lok", NOTES)
        await stage.edit("ann", message.key, message.message_id, "look")
        [edit] = await stage.intake.until(lambda: stage.intake.edits)
        assert edit.message.text == "look"
        assert named(edit.message.files) == named(message.files)

    async def test_a_fetched_message_brings_its_files(self, stage: FilesStage) -> None:
        """A message that is fetched has the files that it came with."""
        message = await shared(stage, "look", NOTES)
        fetched = await stage.adapter.message(message.key, message.message_id)
        assert fetched is not None
        assert named(fetched.files) == named(message.files)

    # --- fetching -------------------------------------------------------------------------

    @pytest.mark.parametrize("document", [PICTURE, NOTES, BINARY], ids=lambda each: each.name)
    async def test_a_file_is_fetched_byte_for_byte(
        self, stage: FilesStage, document: Document
    ) -> None:
        """What is fetched is what was sent."""
        [file] = (await shared(stage, "look", document)).files
        fetched = await fetching(stage.adapter).fetch(file, most=len(document.content))
        assert fetched == document.content

    async def test_a_file_of_a_direct_message_is_fetched(self, stage: FilesStage) -> None:
        """A file that somebody sent to the bot alone is fetched as well."""
        [file] = (await shared(stage, "", NOTES, is_direct=True)).files
        assert await fetching(stage.adapter).fetch(file, most=10_000) == NOTES.content

    async def test_a_larger_file_is_refused(self, stage: FilesStage) -> None:
        """A file with more bytes than it may have is refused."""
        [file] = (await shared(stage, "look", BINARY)).files
        with pytest.raises(FileTooLarge):
            await fetching(stage.adapter).fetch(file, most=len(BINARY.content) - 1)

    async def test_bytes_are_counted(self, stage: FilesStage) -> None:
        """What the platform says of a file's size is not relied on."""
        [file] = (await shared(stage, "look", BINARY)).files
        for claimed in (0, 1, 10 * len(BINARY.content)):
            lying = replace(file, size=claimed)
            with pytest.raises(FileTooLarge):
                await fetching(stage.adapter).fetch(lying, most=len(BINARY.content) - 1)

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.com/notes.txt",
            "http://127.0.0.1:9/notes.txt",
            "file:///etc/hostname",
            "https://user@example.com:80/",
            "//example.com/notes.txt",
            "not an address",
        ],
    )
    async def test_nothing_is_fetched_from_elsewhere(self, stage: FilesStage, url: str) -> None:
        """An address that is not where the platform keeps files is not asked."""
        [file] = (await shared(stage, "look", NOTES)).files
        with pytest.raises(ChatError):
            await fetching(stage.adapter).fetch(replace(file, url=url), most=10_000)

    # --- files that the bot sends ---------------------------------------------------------

    async def test_a_file_is_put_into_the_thread(self, stage: FilesStage) -> None:
        """What is sent is there in the thread, as it was."""
        prompt = await asked(stage)
        reference = await sending(stage.adapter).send(prompt.key, [outgoing(PICTURE, "n1")])
        assert stage.files_in(prompt.key) == [PICTURE]
        assert reference

    async def test_several_files_go_out_together(self, stage: FilesStage) -> None:
        """Several files are all there, in order."""
        prompt = await asked(stage)
        files = [outgoing(each, f"n{n}") for n, each in enumerate((NOTES, PICTURE, BINARY))]
        await sending(stage.adapter).send(prompt.key, files)
        assert stage.files_in(prompt.key) == [NOTES, PICTURE, BINARY]

    async def test_a_file_is_put_into_a_direct_message(self, stage: FilesStage) -> None:
        """Files go to a direct message as well."""
        prompt = await asked(stage, is_direct=True)
        await sending(stage.adapter).send(prompt.key, [outgoing(NOTES, "n1")])
        assert stage.files_in(prompt.key) == [NOTES]

    async def test_the_same_sending_is_not_repeated(self, stage: FilesStage) -> None:
        """A sending that is tried again shows once, and is the same message."""
        prompt = await asked(stage)
        files = [outgoing(NOTES, "n1"), outgoing(PICTURE, "n2")]
        first = await sending(stage.adapter).send(prompt.key, files)
        assert await sending(stage.adapter).send(prompt.key, files) == first
        assert stage.files_in(prompt.key) == [NOTES, PICTURE]

    async def test_another_sending_of_the_same_file_shows(self, stage: FilesStage) -> None:
        """The same file can be sent again, by another name of the sending; or by none."""
        prompt = await asked(stage)
        for nonce in ("n1", "n2", "", ""):
            await sending(stage.adapter).send(prompt.key, [outgoing(NOTES, nonce)])
        assert stage.files_in(prompt.key) == [NOTES] * 4

    async def test_a_sending_is_of_its_thread(self, stage: FilesStage) -> None:
        """The same name of a sending in two threads names two sendings."""
        one, two = await asked(stage, "one"), await asked(stage, "two")
        for prompt in (one, two):
            await sending(stage.adapter).send(prompt.key, [outgoing(NOTES, "n1")])
        assert stage.files_in(one.key) == stage.files_in(two.key) == [NOTES]

    @pytest.mark.parametrize(
        "name",
        ["", "..", "../../etc/passwd", "a\nb\x00\u202etxt.exe", "x" * 400 + ".txt", "∑ √.md"],
    )
    async def test_any_name_will_do(self, stage: FilesStage, name: str) -> None:
        """A name that the platform does not take is changed; the file is there nevertheless."""
        prompt = await asked(stage)
        file = OutgoingFile(name=name, content=b"Here.\n", nonce="n1")
        await sending(stage.adapter).send(prompt.key, [file])
        [seen] = stage.files_in(prompt.key)
        assert seen.content == b"Here.\n"
        assert seen.name.strip(". ")
        assert "\n" not in seen.name

    # --- looking back ---------------------------------------------------------------------

    async def test_history_tells_who_said_what_with_which_files(self, stage: FilesStage) -> None:
        """A thread's history says who, when, what, and with which files."""
        first = await shared(stage, "one", NOTES)
        await replying(stage, first).close(done("two"))
        second = await shared(stage, "", PICTURE, within=first.key)
        await sending(stage.adapter).send(first.key, [outgoing(BINARY, "n1")])
        past = await stage.adapter.history(first.key, limit=10)
        assert [each.author.is_bot for each in past] == [False, True, False, True]
        assert [each.author.id for each in past if not each.author.is_bot] == [
            stage.person("ann").id
        ] * 2
        assert [each.author.name for each in past if not each.author.is_bot] == [
            stage.person("ann").name
        ] * 2
        assert [each.text for each in past][:3] == ["one", "two", ""]
        assert [[file.name for file in each.files] for each in past] == [
            [NOTES.name],
            [],
            [PICTURE.name],
            [BINARY.name],
        ]
        assert [each.message_id for each in past[:3:2]] == [first.message_id, second.message_id]
        assert [past[0].sent_at, past[2].sent_at] == [first.sent_at, second.sent_at]
        assert sorted(each.sent_at for each in past) == [each.sent_at for each in past]

    async def test_a_file_of_the_history_is_fetched(self, stage: FilesStage) -> None:
        """A file that was in the thread before can be fetched."""
        first = await shared(stage, "one", NOTES)
        [past] = await stage.adapter.history(first.key, limit=10)
        assert await fetching(stage.adapter).fetch(past.files[0], most=10_000) == NOTES.content

    async def test_the_history_of_a_direct_message(self, stage: FilesStage) -> None:
        """A direct message has a history with files, too."""
        first = await shared(stage, "", NOTES, is_direct=True)
        await sending(stage.adapter).send(first.key, [outgoing(PICTURE, "n1")])
        past = await stage.adapter.history(first.key, limit=10)
        assert [[file.name for file in each.files] for each in past] == [
            [NOTES.name],
            [PICTURE.name],
        ]

    async def test_history_leaves_out_what_was_taken_back(self, stage: FilesStage) -> None:
        """A deleted message is in no history."""
        first = await asked(stage, "one")
        second = await heard(stage, await stage.say("ben", "two", within=first.key))
        await heard(stage, await stage.say("ben", "three", within=first.key))
        await stage.delete("ben", first.key, second.message_id)
        await stage.intake.until(lambda: stage.intake.deletions)
        past = await stage.adapter.history(first.key, limit=10)
        assert [each.text for each in past] == ["one", "three"]


async def shared(
    stage: FilesStage,
    text: str,
    *documents: Document,
    within: SessionKey | None = None,
    is_direct: bool = False,
) -> IncomingMessage:
    """Somebody sends files."""
    message_id = await stage.share("ann", text, *documents, within=within, is_direct=is_direct)
    return await heard(stage, message_id)


def outgoing(document: Document, nonce: str) -> OutgoingFile:
    """A document for a thread."""
    return OutgoingFile(name=document.name, content=document.content, nonce=nonce)


def named(files: tuple[SharedFile, ...]) -> list[tuple[str, str, int]]:
    """What names files for good: an address may change each time it is told."""
    return [(file.id, file.name, file.size) for file in files]


def fetching(adapter: ChatAdapter) -> FetchesFiles:
    """The adapter as one that fetches files."""
    assert isinstance(adapter, FetchesFiles)
    return adapter


def sending(adapter: ChatAdapter) -> SendsFiles:
    """The adapter as one that sends files."""
    assert isinstance(adapter, SendsFiles)
    return adapter
