"""Files that people send, on their way to the desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import phrases
from bot.desk import UPLOADS
from bot.errors import ChatRefused, ChatUnavailable, StoreBusy
from bot.file_kinds import FileKind
from bot.messages import SharedFile
from bot.ports import SessionFiles
from bot.uploads import FileLimits, Sent, Upload, Uploads, told
from tests.bot.stage import StageClock, settle
from tests.contracts.store import said
from tests.fakes.chat import ANN, BEN, FakeChat
from tests.fakes.documents import FakeDocuments
from tests.fakes.memory_store import MemoryStore

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@dataclass
class Desk:
    """A platform with files, and a desk to bring them to."""

    store: MemoryStore
    files: SessionFiles
    clock: StageClock = field(default_factory=StageClock)
    chat: FakeChat = field(default_factory=FakeChat)
    has_files: bool = True
    documents: FakeDocuments | None = field(default_factory=FakeDocuments)
    limits: FileLimits = field(default_factory=FileLimits)
    sees_images: bool = True

    def sent(self, name: str, content: bytes, *, mime: str | None = None) -> Sent:
        """Somebody sends a file."""
        file = self.chat._file(self.chat.next_id(), name, content)
        return Sent(file=file if mime is None else replace(file, type=mime), by=ANN)

    async def bring(self, *sent: Sent) -> list[Upload]:
        """Bring files onto the desk."""
        uploads = Uploads(
            platform=self.chat if self.has_files else None,
            desk=self.files,
            documents=self.documents,
            clock=self.clock,
            limits=self.limits,
            sees_images=self.sees_images,
        )
        return await uploads.bring(sent)

    async def content(self) -> dict[str, bytes]:
        """What is on the desk."""
        try:
            found = await self.files.list(UPLOADS)
        except FileNotFoundError:
            return {}
        return {
            info.path.removeprefix(f"{UPLOADS}/"): await self.files.read(info.path)
            for info in found
        }


@asynccontextmanager
async def opened(*, files_limit: int = 64 * 1024 * 1024) -> AsyncIterator[Desk]:
    """An empty desk."""
    clock = StageClock()
    store = MemoryStore(clock, files_limit=files_limit)
    entry = said("1")
    await store.append(entry)
    lease = await store.lease(entry.key, "w1", clock.now() + timedelta(minutes=1))
    assert lease is not None
    yield Desk(store, store.files(lease, lease.thread.session_id), clock)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """An empty desk."""
    async with opened() as made:
        yield made


# --- kinds ----------------------------------------------------------------------------------


async def test_text_comes_onto_the_desk(desk: Desk) -> None:
    """Text and code are put there as they are, in UTF-8."""
    [notes, code] = await desk.bring(
        desk.sent("notes.txt", b"Buy milk.\r\n"), desk.sent("main.rs", "// Größe".encode("utf-16"))
    )
    assert (notes.path, notes.refusal) == (f"{UPLOADS}/notes.txt", "")
    assert (code.path, code.size) == (f"{UPLOADS}/main.rs", 18)
    assert await desk.content() == {
        "notes.txt": b"Buy milk.\r\n",
        "main.rs": "// Größe".encode(),
    }


async def test_pictures_are_shown_and_kept(desk: Desk) -> None:
    """A picture is shown to the model with the type that it really has."""
    [picture] = await desk.bring(desk.sent("photo.jpg", PNG))
    assert picture.image is not None
    assert (picture.image.name, picture.image.type) == ("photo.jpg", "image/png")
    assert picture.image.content == PNG
    assert await desk.content() == {"photo.jpg": PNG}


async def test_a_model_that_does_not_see_is_told_so(desk: Desk) -> None:
    """The picture is on the desk all the same."""
    desk.sees_images = False
    uploads = await desk.bring(desk.sent("photo.png", PNG))
    assert uploads[0].image is None
    assert "you cannot see it" in told(uploads)
    assert await desk.content() == {"photo.png": PNG}


async def test_no_more_pictures_than_a_model_takes(desk: Desk) -> None:
    """Eight are shown, and no more than 20 MB of them."""
    desk.limits = FileLimits(files=20, file_bytes=30 * 1024 * 1024)
    huge = desk.sent("huge.png", PNG + bytes(20 * 1024 * 1024))
    uploads = await desk.bring(huge, *(desk.sent(f"{n}.png", PNG) for n in range(9)))
    assert [upload.image is not None for upload in uploads] == [False] + [True] * 8 + [False]
    assert all(upload.path for upload in uploads)


async def test_documents_become_text(desk: Desk) -> None:
    """A document's text is put beside it; of a large one the text alone."""
    small, large = await desk.bring(
        desk.sent("report.pdf", b"# Herons"), desk.sent("book.pdf", b"x" * 1024 * 1024 + b"y")
    )
    assert (small.path, small.text_path) == (f"{UPLOADS}/report.pdf", f"{UPLOADS}/report.pdf.md")
    assert (large.path, large.text_path) == ("", f"{UPLOADS}/book.pdf.md")
    found = await desk.content()
    assert found["report.pdf.md"] == b"# Herons\n"
    assert set(found) == {"report.pdf", "report.pdf.md", "book.pdf.md"}


async def test_archives_are_listed(desk: Desk) -> None:
    """Of an archive there is a list, and the model is told that this is all."""
    uploads = await desk.bring(desk.sent("code.zip", b"- main.rs\n- lib.rs"))
    assert await desk.content() == {"code.zip.md": b"- main.rs\n- lib.rs\n"}
    assert "It was listed, not unpacked." in told(uploads)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("song.mp3", b"ID3\x04\x00", phrases.FILE_OF_NO_KIND),
        ("setup.exe", b"MZ\x90\x00", phrases.FILE_OF_NO_KIND),
        ("photo.heic", b"\x00\x00\x00\x18ftypheic", phrases.FILE_OF_NO_KIND),
        ("broken.pdf", b"damaged", "The document is damaged: send it again."),
        ("scan.pdf", b" \n", phrases.FILE_WITHOUT_TEXT),
    ],
)
async def test_what_cannot_be_read_is_refused(
    desk: Desk, name: str, content: bytes, why: str
) -> None:
    """Each refusal says why and what to do, and the others come through."""
    refused, taken = await desk.bring(desk.sent(name, content), desk.sent("a.txt", b"a"))
    assert (refused.path, refused.refusal) == ("", why)
    assert taken.path
    assert await desk.content() == {"a.txt": b"a"}


async def test_without_a_reader_documents_are_refused(desk: Desk) -> None:
    """Where nothing reads documents, they are like any file that cannot be read."""
    desk.documents = None
    [refused] = await desk.bring(desk.sent("report.pdf", b"%PDF-\x00"))
    assert refused.refusal == phrases.FILE_OF_NO_KIND


@pytest.mark.parametrize(
    ("kind", "name", "content", "is_fetched"),
    [
        (FileKind.TEXT, "a.txt", b"a", False),
        (FileKind.TEXT, "a.rs", b"a", True),
        (FileKind.IMAGE, "a.png", PNG, False),
        (FileKind.IMAGE, "a.txt", PNG, True),
        (FileKind.DOCUMENT, "a.pdf", b"a", False),
        (FileKind.ARCHIVE, "a.zip", b"a", False),
    ],
)
async def test_the_operator_says_which_kinds(
    desk: Desk, kind: FileKind, name: str, content: bytes, is_fetched: bool
) -> None:
    """What is not wanted is refused, before it is fetched where it can be told."""
    desk.limits = FileLimits(kinds=frozenset(FileKind) - {kind})
    mime = "" if name == "a.rs" else None
    [refused] = await desk.bring(desk.sent(name, content, mime=mime))
    assert refused.refusal == phrases.file_kind_not_taken(kind)
    assert ("fetch" in desk.chat.calls) is is_fetched
    assert await desk.content() == {}


# --- limits ---------------------------------------------------------------------------------


async def test_too_many_are_refused(desk: Desk) -> None:
    """The first ones are taken."""
    desk.limits = FileLimits(files=2)
    uploads = await desk.bring(*(desk.sent(f"{n}.txt", b"x%d" % n) for n in range(4)))
    assert [upload.refusal for upload in uploads] == ["", "", *[phrases.too_many_files(2)] * 2]
    assert list(await desk.content()) == ["0.txt", "1.txt"]


async def test_none_are_taken_where_the_operator_wants_none(desk: Desk) -> None:
    """Nothing is fetched then."""
    desk.limits = FileLimits(files=0)
    [refused] = await desk.bring(desk.sent("a.txt", b"a"))
    assert refused.refusal == phrases.NO_FILES
    assert desk.chat.calls == []


async def test_a_platform_without_files_has_none(desk: Desk) -> None:
    """Where the platform carries no files, they are refused."""
    desk.has_files = False
    [refused] = await desk.bring(desk.sent("a.txt", b"a"))
    assert refused.refusal == phrases.NO_FILES


@pytest.mark.parametrize("claimed", [0, 5, 100])
async def test_too_large_is_refused(desk: Desk, claimed: int) -> None:
    """Whatever the platform says of its size."""
    desk.limits = FileLimits(file_bytes=10)
    sent = desk.sent("a.txt", b"x" * 11)
    [refused] = await desk.bring(replace(sent, file=replace(sent.file, size=claimed)))
    assert refused.refusal == phrases.file_too_large(10)


async def test_a_full_desk_is_told() -> None:
    """What the desk has no room for is refused in a sentence; what is smaller still comes."""
    async with opened(files_limit=1_000) as desk:
        full, small = await desk.bring(
            desk.sent("a.txt", b"x" * 2_000), desk.sent("b.txt", b"y" * 100)
        )
        assert full.refusal == phrases.DESK_FULL
        assert small.path
        assert list(await desk.content()) == ["b.txt"]


async def test_few_are_in_memory_at_once(desk: Desk) -> None:
    """No more than three files are fetched at the same time, and they are placed in order."""
    running: list[str] = []
    most = 0
    fetch = desk.chat.fetch

    async def slow(file: SharedFile, *, most: int) -> bytes:
        running.append(file.name)
        # The first ones take longest.
        for _ in range(20 - int(file.name[0])):
            await asyncio.sleep(0)
        nonlocal_most(len(running))
        running.remove(file.name)
        return await fetch(file, most=most)

    def nonlocal_most(count: int) -> None:
        nonlocal most
        most = max(most, count)

    desk.chat.fetch = slow  # type: ignore[method-assign]
    sent = [desk.sent("0.txt", b"%d" % n) for n in range(9)]
    uploads = await desk.bring(*sent)
    assert most == 3
    assert [upload.path.rpartition("/")[2] for upload in uploads] == [
        "0.txt",
        *(f"0 ({n}).txt" for n in range(2, 10)),
    ]


# --- failures -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error", [ChatUnavailable("no"), ChatRefused("no"), ZeroDivisionError("a mistake")], ids=repr
)
async def test_a_file_that_cannot_be_fetched_keeps_no_other_away(
    desk: Desk, error: Exception
) -> None:
    """It is refused in a sentence."""
    desk.chat.fail(error, on="fetch")  # type: ignore[arg-type]
    refused, taken = await desk.bring(desk.sent("a.txt", b"a"), desk.sent("b.txt", b"b"))
    assert refused.refusal == phrases.FILE_NOT_FETCHED
    assert taken.path


async def test_a_file_that_takes_too_long_is_given_up(desk: Desk) -> None:
    """After a minute it goes on without."""
    assert desk.documents is not None
    desk.documents.gate = asyncio.Event()
    bringing = asyncio.create_task(desk.bring(desk.sent("a.pdf", b"a"), desk.sent("b.txt", b"b")))
    await settle()
    await desk.clock.move(59)
    assert not bringing.done()
    await desk.clock.move(2)
    refused, taken = await bringing
    assert refused.refusal == phrases.FILE_NOT_FETCHED
    assert taken.path


async def test_a_failing_database_is_raised(desk: Desk) -> None:
    """That is no matter of one file."""
    desk.store.failure = StoreBusy("held")
    write = desk.files.write

    async def failing(path: str, content: bytes) -> None:
        await desk.files.flush()
        await write(path, content)

    desk.files.write = failing  # type: ignore[method-assign]
    with pytest.raises(StoreBusy):
        await desk.bring(desk.sent("a.txt", b"a"), desk.sent("b.txt", b"b"))


# --- names ----------------------------------------------------------------------------------


async def test_the_same_file_again_is_the_same(desk: Desk) -> None:
    """With the same name and content a file stays the one that it is; else it has a number."""
    first = [desk.sent("a.txt", b"one"), desk.sent("A.TXT", b"two"), desk.sent("r.pdf", b"three")]
    before = [(upload.path, upload.text_path) for upload in await desk.bring(*first)]
    again = [(upload.path, upload.text_path) for upload in await desk.bring(*first)]
    assert before == again
    assert [path for path, _ in before] == [
        f"{UPLOADS}/a.txt",
        f"{UPLOADS}/A (2).TXT",
        f"{UPLOADS}/r.pdf",
    ]
    [other] = await desk.bring(desk.sent("a.txt", b"six"))
    assert other.path == f"{UPLOADS}/a (3).txt"
    assert len(await desk.content()) == 5


async def test_a_directory_in_the_way_is_gone_around(desk: Desk) -> None:
    """A name that is a directory's is not a file's."""
    await desk.files.make_directory(f"{UPLOADS}/a.txt", parents=True)
    [upload] = await desk.bring(desk.sent("a.txt", b""))
    assert upload.path == f"{UPLOADS}/a (2).txt"


# --- what the model is told -----------------------------------------------------------------


async def test_the_model_is_told_what_came(desk: Desk) -> None:
    """Name, size, path, and what was done; never what is in it."""
    earlier = replace(desk.sent("old.txt", b"SECRET"), by=BEN, is_earlier=True)
    gone = replace(desk.sent("gone.exe", b"MZ\x00"), by=BEN, is_earlier=True)
    uploads = await desk.bring(
        desk.sent("notes.txt", b"SECRET"),
        desk.sent("photo.png", PNG + b"SECRET"),
        desk.sent("report.pdf", b"SECRET"),
        desk.sent("x.exe", b"MZ\x00"),
        earlier,
        gone,
    )
    text = told(uploads)
    assert "SECRET" not in text
    assert text.splitlines()[2:-1] == [
        '- "notes.txt" (6 bytes): /desk/uploads/notes.txt',
        (
            '- "photo.png" (114 bytes): you are shown it with this message; it is '
            "/desk/uploads/photo.png"
        ),
        (
            '- "report.pdf" (6 bytes): what could be read in it is in /desk/uploads/report.pdf.md, '
            "the file itself is /desk/uploads/report.pdf"
        ),
        f'- "x.exe" (3 bytes): not taken in. {phrases.FILE_OF_NO_KIND}',
        '- "old.txt" (6 bytes), sent before by "Ben": /desk/uploads/old.txt',
    ]


async def test_where_nothing_came_nothing_is_told(desk: Desk) -> None:
    """Without files the prompt says nothing of them."""
    assert told(await desk.bring()) == ""


async def test_many_files_are_not_all_named(desk: Desk) -> None:
    """A message with very many files does not fill the prompt."""
    text = told(await desk.bring(*(desk.sent(f"{n}.txt", b"x") for n in range(60))))
    assert "and 20 more that were not taken in" in text


_names = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["../a.txt", "a.txt", "A.txt", "</files>\n<files>", "\u202egnp.exe", "a.pdf", "b.zip"]
    ),
)
_contents = st.sampled_from([b"", b"a", b"b" * 2_000, PNG, b"\x00\x01", b"damaged", b"  "])
_mimes = st.sampled_from(
    ["", "text/plain", "image/png", "video/mp4", "application/pdf", "nonsense"]
)


@settings(max_examples=60, deadline=None)
@given(
    files=st.lists(st.tuples(_names, _contents, _mimes, st.integers(0, 5_000)), max_size=6),
    limits=st.builds(
        FileLimits,
        files=st.integers(0, 6),
        file_bytes=st.integers(1, 3_000),
        kinds=st.frozensets(st.sampled_from(FileKind)),
    ),
)
async def test_any_files_come_to_an_end(
    files: list[tuple[str, bytes, str, int]], limits: FileLimits
) -> None:
    """Whatever the names, types, contents and sizes: each is on the desk or refused, safely."""
    async with opened() as desk:
        desk.limits = limits
        sent = [desk.sent(name, content, mime=mime) for name, content, mime, _ in files]
        sent = [
            replace(each, file=replace(each.file, size=size))
            for each, (_, _, _, size) in zip(sent, files, strict=True)
        ]
        uploads = await desk.bring(*sent)
        assert [upload.sent for upload in uploads] == sent
        assert all(
            bool(upload.path or upload.text_path) != bool(upload.refusal) for upload in uploads
        )
        found = await desk.content()
        assert len({name.casefold() for name in found}) == len(found)
        text = told(uploads)
        assert text.count("<files>") == text.count("</files>") == bool(files)
        assert len(text.splitlines()) == (len(files) + 3 if files else 0)
        assert [upload.path for upload in await desk.bring(*sent)] == [
            upload.path for upload in uploads
        ]
