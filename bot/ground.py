"""The directory that a thread works in, in the hands of the thread's worker.

It lies on one host, and everything else of a thread in the database. So what has changed in it is
put onto the desk as a patch at the end of each turn: from that, it is made anew wherever the thread
is taken up, and with that, people have what was done.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.desk import DESK
from bot.directories import ThreadDirectory, WorkingDirectory
from bot.errors import DirectoryUnavailable
from bot.keys import SessionKey
from bot.mailbox import Lease
from bot.phrases import directories as told
from bot.ports import SessionFiles, SessionTool, Store
from bot.pushing import PushTool
from bot.workplace import Tools

PATCH = f"{DESK}/changes.patch"
"""Where what has changed in the directory is on the desk."""

_log = structlog.get_logger(__name__)


class Ground:
    """A thread's directory: made when it is first needed, and again where it is not here.

    Args:
        key: the thread.
        tools: what is worked with.
    """

    def __init__(self, key: SessionKey, tools: Tools) -> None:
        self._key = key
        self._tools = tools
        self._directory: ThreadDirectory | None = None
        self._told = ""

    @property
    def _store(self) -> Store:
        return self._tools.store

    async def taken(self, lease: Lease) -> tuple[WorkingDirectory, str]:
        """The directory for a session that begins.

        Returns:
            The directory, and what people are to be told of it; may be empty.

        Raises:
            DirectoryUnavailable: there is none, and none can be made.
            LeaseLost: another worker owns the thread now.
        """
        directories = self._tools.directories
        if directories is None:
            raise DirectoryUnavailable("There is no place to work in: set THREADPILOT_WORK_DIR.")
        known = self._directory or await self._store.directory(lease)
        if known is not None and (opened := await directories.opened(known)) is not None:
            self._directory = known
            return opened, ""
        notice = ""
        if known is None:
            planned = await directories.plan(self._tools.limits.repository_of(self._key))
            patch = b""
        else:
            planned = replace(known, host=directories.host)
            patch = await _patch_in(self._store.files(lease, lease.thread.session_id))
        # First, so that whoever sweeps meanwhile knows of it.
        await self._store.keep_directory(lease, planned)
        is_whole = await directories.make(planned, patch)
        if known is not None:
            notice = told.MADE_ANEW if is_whole else told.MADE_ANEW_WITHOUT_CHANGES
        opened = await directories.opened(planned)
        if opened is None:
            raise DirectoryUnavailable("The working directory is gone as soon as it was made.")
        self._directory = planned
        _log.info("directory.made", thread=str(self._key), name=planned.name, is_anew=bool(notice))
        return opened, notice

    def session_tools(self) -> tuple[SessionTool, ...]:
        """The tools that a session has for the sake of the directory."""
        directories, directory = self._tools.directories, self._directory
        repository = self._tools.limits.repository_of(self._key)
        if directories is None or directory is None or repository is None:
            return ()
        if not repository.may_push or repository.path != directory.repository:
            return ()
        return (PushTool(directories, directory),)

    async def note_changes(self, lease: Lease) -> str:
        """Put what has changed onto the desk, where it is not there yet; says what, or nothing.

        Raises:
            StoreError: the database failed.
        """
        directories, directory = self._tools.directories, self._directory
        if directories is None or directory is None:
            return ""
        try:
            changes = await directories.changes(directory)
        except DirectoryUnavailable as error:
            _log.warning("directory.not_read", thread=str(self._key), reason=str(error))
            return ""
        files = self._store.files(lease, lease.thread.session_id)
        before = await _patch_in(files)
        if changes.patch == before or (changes.patch is None and changes.summary == self._told):
            return ""
        self._told = changes.summary
        if changes.patch:
            await files.write(PATCH, changes.patch)
        else:
            # Nothing differs any more, or more than a patch can say: an old one would be wrong.
            await files.remove(PATCH, recursive=False, missing_ok=True)
        await files.flush()
        if not changes.summary:
            return ""
        return told.changed(changes.summary, directory.branch, is_patch=changes.patch is not None)

    async def left_behind(self, lease: Lease, *, is_deleted: bool) -> str:
        """What becomes of the directory where the thread starts afresh.

        It goes with its thread, or where nothing has changed in it; else it stays, and people
        are told so.

        Args:
            lease: the thread's.
            is_deleted: whether the thread is deleted with all that belongs to it.

        Raises:
            StoreError: the database failed.
        """
        directories = self._tools.directories
        if directories is None:
            return ""
        directory = self._directory or await self._store.directory(lease)
        if directory is None:
            return ""
        try:
            is_here = await directories.opened(directory) is not None
            if is_here and not is_deleted:
                changes = await directories.changes(directory)
                if changes.summary:
                    return told.directory_stays(changes.summary)
            # One that is elsewhere is swept there, once no thread has it any more.
            await self._store.keep_directory(lease, None)
            self._directory = None
            await directories.remove(directory)
        except (DirectoryUnavailable, OSError) as error:
            _log.warning("directory.not_removed", thread=str(self._key), reason=str(error))
        return ""


async def _patch_in(files: SessionFiles) -> bytes:
    try:
        return await files.read(PATCH)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return b""
