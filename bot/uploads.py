"""Files that people send: fetched, put onto the desk, and what the model is told of them."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from bot import phrases
from bot.context import one_line, speaker
from bot.desk import UPLOADS
from bot.errors import ChatError, DocumentUnreadable, FileTooLarge, StoreError
from bot.file_kinds import FileKind, as_text, claimed_kind, image_type, is_foreign
from bot.file_names import names_like, safe_name, with_ending
from bot.messages import Person, SharedFile
from bot.patience import within
from bot.ports import Clock, Documents, FetchesFiles, Image, SessionFiles

_MEGABYTE = 1024 * 1024

_AT_ONCE = 3
"""How many files are in memory at once, while they are fetched and read."""

_FILE_S = 60.0
"""How long one file may take."""

_SMALL = 1 * _MEGABYTE
"""Up to how many bytes a document is kept beside its text."""

_SEEN = 8
_SEEN_BYTES = 20 * _MEGABYTE
"""How many pictures a model is shown with one prompt, and how large they may be together."""

_TOLD = 40
"""How many files a model is told of by name."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLimits:
    """What files people may send.

    Args:
        files: how many with a message; 0 for none.
        file_bytes: how large each may be.
        kinds: of which kinds.
    """

    files: int = 10
    file_bytes: int = 10 * _MEGABYTE
    kinds: frozenset[FileKind] = frozenset(FileKind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A file that somebody sent.

    Args:
        file: the file.
        by: who.
        is_earlier: whether it came with a message from before.
    """

    file: SharedFile
    by: Person
    is_earlier: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """What became of a file that somebody sent.

    Args:
        sent: the file.
        size: its bytes, as far as is known.
        path: where it is on the desk; empty where it is not.
        text_path: where the text of a document is, or the list of an archive.
        note: what is to be known besides; a sentence, or empty.
        image: what the model is shown of it.
        refusal: why it was not taken in, for people; empty where it was.
    """

    sent: Sent
    size: int
    path: str = ""
    text_path: str = ""
    note: str = ""
    image: Image | None = None
    refusal: str = ""


@dataclass(slots=True)
class Uploads:
    """Brings files onto the desk of a session.

    Args:
        platform: where they are fetched; None where it carries no files.
        desk: the session's files.
        documents: reads documents and archives; None where nothing does.
        clock: time.
        limits: what may be sent.
        sees_images: whether the model can be shown pictures.
    """

    platform: FetchesFiles | None
    desk: SessionFiles
    documents: Documents | None
    clock: Clock
    limits: FileLimits
    sees_images: bool
    _names: dict[str, int] = field(init=False, default_factory=dict)
    """What is on the desk: sizes by the names in small letters."""
    _seen: list[int] = field(init=False, default_factory=list)
    """The sizes of the pictures that the model is shown."""

    async def bring(self, files: Sequence[Sent]) -> list[Upload]:
        """Bring files onto the desk; one that fails keeps no other away.

        A file that is there already, with the same name and content, stays the one that it is.

        Args:
            files: in the order of their importance: too many are refused from the end.

        Returns:
            What became of each, in the same order.

        Raises:
            StoreError: the database failed.
        """
        await self._look()
        room = asyncio.Semaphore(_AT_ONCE)
        is_placed = [asyncio.Event() for _ in files]
        uploads: list[Upload | None] = [None] * len(files)

        async def bring_one(index: int, sent: Sent) -> None:
            async with room:
                brought = await self._read(sent, is_welcome=index < self.limits.files)
                # In their order, so that the same names mean the same files each time.
                if index:
                    await is_placed[index - 1].wait()
                uploads[index] = await self._place(brought)
            is_placed[index].set()

        bringing = [asyncio.create_task(bring_one(*each)) for each in enumerate(files)]
        try:
            await asyncio.gather(*bringing)
        finally:
            for task in bringing:
                task.cancel()
            await asyncio.gather(*bringing, return_exceptions=True)
        return [upload for upload in uploads if upload is not None]

    # --- reading --------------------------------------------------------------------------

    async def _read(self, sent: Sent, *, is_welcome: bool) -> _Read:
        """Fetch a file and see what it is."""
        file = sent.file
        refusal = phrases.too_many_files(self.limits.files) if not is_welcome else ""
        if self.platform is None:
            return _Read(sent=sent, size=file.size, refusal=phrases.NO_FILES)
        if refusal := refusal or self._refusal(file):
            return _Read(sent=sent, size=file.size, refusal=refusal)
        fetching = self.platform.fetch(file, most=self.limits.file_bytes)
        try:
            content = await within(_FILE_S, self.clock, fetching)
            return await within(_FILE_S, self.clock, self._understand(sent, content))
        except StoreError:
            raise
        except FileTooLarge:
            refusal = phrases.file_too_large(self.limits.file_bytes)
        except DocumentUnreadable as error:
            refusal = str(error)
        except (ChatError, TimeoutError) as error:
            _log.warning("file.not_fetched", file=file.id, reason=str(error) or "it took too long")
            refusal = phrases.FILE_NOT_FETCHED
        except Exception:  # noqa: BLE001 - a mistake in reading one file must keep no answer away
            _log.exception("file.not_fetched", file=file.id)
            refusal = phrases.FILE_NOT_FETCHED
        return _Read(sent=sent, size=file.size, refusal=refusal)

    def _refusal(self, file: SharedFile) -> str:
        """Why a file is not even fetched; empty where it is."""
        if file.size > self.limits.file_bytes:
            return phrases.file_too_large(self.limits.file_bytes)
        if is_foreign(file.type):
            return phrases.FILE_OF_NO_KIND
        kind = claimed_kind(file.name, file.type, is_document=self._is_document(file))
        return "" if kind is None else self._unwanted(kind)

    def _unwanted(self, kind: FileKind) -> str:
        return "" if kind in self.limits.kinds else phrases.file_kind_not_taken(kind)

    def _is_document(self, file: SharedFile) -> bool:
        return self.documents is not None and self.documents.can_read(file.name)

    async def _understand(self, sent: Sent, content: bytes) -> _Read:
        """See what a file is by its content, and read what can be read."""
        file, size = sent.file, len(content)
        name = safe_name(file.name)
        if type_ := image_type(content):
            return _Read(
                sent=sent,
                size=size,
                refusal=self._unwanted(FileKind.IMAGE),
                name=name,
                content=content,
                image=Image(name=name, type=type_, content=content),
            )
        kind = claimed_kind(file.name, file.type, is_document=self._is_document(file))
        if kind in {FileKind.DOCUMENT, FileKind.ARCHIVE} and self.documents is not None:
            extract = await self.documents.extract(file.name, content)
            if not extract.text.strip():
                return _Read(sent=sent, size=size, refusal=phrases.FILE_WITHOUT_TEXT)
            is_kept = kind is FileKind.DOCUMENT and size <= _SMALL
            return _Read(
                sent=sent,
                size=size,
                name=name,
                content=content if is_kept else None,
                text=f"{extract.text.rstrip()}\n",
                note=extract.note,
            )
        text = as_text(content, file.type)
        if text is None:
            return _Read(sent=sent, size=size, refusal=phrases.FILE_OF_NO_KIND)
        return _Read(
            sent=sent,
            size=size,
            refusal=self._unwanted(FileKind.TEXT),
            name=name,
            content=text.encode(errors="replace"),
        )

    # --- placing --------------------------------------------------------------------------

    async def _look(self) -> None:
        try:
            found = await self.desk.list(UPLOADS)
        except (FileNotFoundError, NotADirectoryError):
            found = ()
        self._names = {info.path.rpartition("/")[2].casefold(): info.size for info in found}

    async def _place(self, read: _Read) -> Upload:
        """Put what was read onto the desk."""
        if read.refusal:
            return Upload(sent=read.sent, size=read.size, refusal=read.refusal)
        path = text_path = ""
        try:
            if read.content is not None:
                path = await self._write(read.name, read.content)
            if read.text:
                text_path = await self._write(with_ending(read.name, ".md"), read.text.encode())
        except OSError as error:
            _log.warning("file.not_kept", file=read.sent.file.id, reason=str(error))
            is_full = error.errno == errno.ENOSPC
            refusal = phrases.DESK_FULL if is_full else phrases.FILE_NOT_KEPT
            return Upload(sent=read.sent, size=read.size, refusal=refusal)
        if read.image is None:
            image, note = None, read.note
        else:
            image, note = self._shown(read.image), "A picture; you cannot see it."
        return Upload(
            sent=read.sent, size=read.size, path=path, text_path=text_path, note=note, image=image
        )

    def _shown(self, image: Image) -> Image | None:
        """A picture, where it is one that the model is shown."""
        size = len(image.content)
        if not self.sees_images or len(self._seen) >= _SEEN or sum(self._seen) + size > _SEEN_BYTES:
            return None
        self._seen.append(size)
        return image

    async def _write(self, name: str, content: bytes) -> str:
        """Write a file under a name that no other has; returns its path."""
        for free in names_like(name):
            path = f"{UPLOADS}/{free}"
            size = self._names.get(free.casefold())
            if size is None:
                await self.desk.write(path, content)
                self._names[free.casefold()] = len(content)
                return path
            if size == len(content) and await self._is_there(path, content):
                return path
        raise AssertionError("there is always another name")

    async def _is_there(self, path: str, content: bytes) -> bool:
        try:
            return await self.desk.read(path) == content
        except OSError:
            return False  # in other letters, or a directory


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """A file that was fetched, and is not on the desk yet; see `Upload`."""

    sent: Sent
    size: int
    name: str = ""
    content: bytes | None = None
    text: str = ""
    note: str = ""
    image: Image | None = None
    refusal: str = ""


def told(uploads: Sequence[Upload]) -> str:
    """What the model is told of files; empty where there are none.

    Never what is in them: only what they are called, where they are, and what was done.
    """
    known = [upload for upload in uploads if not (upload.refusal and upload.sent.is_earlier)]
    if not known:
        return ""
    lines = ["<files>", "Files that came along; what is in them is on the desk."]
    lines += [_line(upload) for upload in known[:_TOLD]]
    if len(known) > _TOLD:
        lines.append(f"- and {len(known) - _TOLD} more that were not taken in")
    lines.append("</files>")
    return "\n".join(lines)


def _line(upload: Upload) -> str:
    sent = upload.sent
    name = f'- "{one_line(sent.file.name) or "file"}"'
    if upload.size:
        name += f" ({phrases.file_size(upload.size)})"
    if sent.is_earlier:
        name += f", sent before by {speaker(sent.by)}"
    said = _outcome(upload)
    return f"{name}: {said}"


def _outcome(upload: Upload) -> str:
    if upload.refusal:
        return f"not taken in. {upload.refusal}"
    if upload.text_path:
        said = f"what could be read in it is in {upload.text_path}"
        said += f", the file itself is {upload.path}" if upload.path else ""
        return f"{said}. {one_line(upload.note, 300)}" if upload.note else said
    if upload.image is not None:
        return f"you are shown it with this message; it is {upload.path}"
    return f"{upload.path}. {upload.note}" if upload.note else upload.path
