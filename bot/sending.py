"""Files of the desk going into the thread: what a turn made, and what people ask for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import structlog

from bot import desk, phrases
from bot.desk import SendingLimits
from bot.errors import ChatError, FileTooLarge, LeaseLost, StoreError
from bot.held_thread import HeldThread
from bot.messages import OutgoingFile, Post
from bot.ports import FileInfo, SendsFiles, SessionFiles

_log = structlog.get_logger(__name__)


class Sending:
    """Puts files of a thread's desk into the thread.

    Args:
        thread: the thread.
        limits: how much of what a turn made goes there.
    """

    def __init__(self, thread: HeldThread, limits: SendingLimits | None = None) -> None:
        self._thread = thread
        self._limits = limits or SendingLimits()

    async def send_made(self, entry_id: int, since: datetime, *, with_uploads: bool) -> None:
        """Put in what a turn made; say what stays on the desk only.

        A file that cannot be sent is told of, and keeps nothing else back.

        Args:
            entry_id: the message that was answered: sent again after a crash, the same files
                are known by it.
            since: when its prompt was sent (UTC).
            with_uploads: whether what people sent counts where it was written since.

        Raises:
            StoreError: the database failed.
        """
        files = self._files
        made = desk.made_since(await desk.files_on_desk(files), since)
        made = [
            info
            for info in made
            if not desk.is_upload(info.path) or (with_uploads and info.changed_at > since)
        ]
        if not made:
            return
        offer = desk.offer(made, self._limits)
        refused = await self._send(files, offer.sent, named=str(entry_id))
        kept = [*offer.kept, *refused]
        if kept:
            paths = [desk.short_path(info.path) for info in kept]
            await self._thread.post(Post(text=phrases.files_kept(paths)))

    async def send_one(self, path: str, request_id: str) -> None:
        """Put in a file that somebody asked for, or say that it is not there.

        Args:
            path: of the file, absolute.
            request_id: names the request: sent again after a crash, it is known by it.

        Raises:
            StoreError: the database failed.
        """
        files = self._files
        try:
            info = await files.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            info = None
        if info is None or info.is_directory:
            await self._thread.post(Post(text=phrases.no_such_file(desk.short_path(path))))
        elif await self._send(files, [info], named=request_id):
            await self._thread.post(Post(text=phrases.files_kept([desk.short_path(path)])))

    async def delete(self, path: str) -> None:
        """Take a file off the desk for good, and say so.

        Args:
            path: of the file, absolute.

        Raises:
            StoreError: the database failed.
        """
        files = self._files
        shown = desk.short_path(path)
        try:
            await files.remove(path, recursive=False, missing_ok=False)
            await files.flush()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError):
            await self._thread.post(Post(text=phrases.no_such_file(shown)))
        else:
            await self._thread.post(Post(text=phrases.file_deleted(shown)))

    async def _send(
        self, files: SessionFiles, infos: Sequence[FileInfo], *, named: str
    ) -> list[FileInfo]:
        """Send files together, or one by one where that fails; returns those that were not sent."""
        chat = self._thread.tools.chat
        if not isinstance(chat, SendsFiles):
            return list(infos)
        if not infos:
            return []
        outgoing = [await _outgoing(files, info, named) for info in infos]
        await self._thread.make_sure()
        try:
            await chat.send(self._thread.key, outgoing)
        except (LeaseLost, StoreError):
            raise
        except FileTooLarge:
            if len(infos) == 1:
                return list(infos)
            return [
                refused
                for info in infos
                for refused in await self._send(files, [info], named=named)
            ]
        except ChatError as error:
            _log.warning("files.not_sent", thread=str(self._thread.key), reason=str(error))
            return list(infos)
        return []

    @property
    def _files(self) -> SessionFiles:
        lease = self._thread.lease
        return self._thread.tools.store.files(lease, lease.thread.session_id)


async def _outgoing(files: SessionFiles, info: FileInfo, named: str) -> OutgoingFile:
    written = f"{named} {info.path} {info.changed_at.isoformat()}"
    return OutgoingFile(
        name=info.path.rpartition("/")[2],
        content=await files.read(info.path),
        title=desk.short_path(info.path),
        nonce=hashlib.blake2s(written.encode(), digest_size=10).hexdigest(),
    )
