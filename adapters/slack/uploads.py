"""Puts files into threads: announced, uploaded, completed, and looked for where that is uncertain.

https://docs.slack.dev/messaging/working-with-files/#upload. Slack shows files some time after it
was told to, sometimes never, and a completing call whose answer was lost may have shown them: so
nothing counts as sent before `files.info` says where it is shown.

A sending of several files is one message. What names each file's sending stands in the name of the
block above them, which nobody sees: after a crash the thread is searched for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from adapters.fields import Fields, fields, items, text
from adapters.slack import phrases
from adapters.slack.calls import Calls, SlackOptions, code_of, translated
from adapters.slack.downloads import is_file_address
from adapters.slack.events import Identity
from adapters.slack.file_names import acceptable, snippet_type
from adapters.slack.history import History, is_ours
from adapters.slack.words import OUR_FILES
from bot.errors import ChatError, ChatRefused, ChatUnavailable, FileTooLarge
from bot.keys import SessionKey
from bot.messages import OutgoingFile
from bot.ports import Clock
from bot.recent import Recent

_log = structlog.get_logger(__name__)

LARGEST = 1_000_000_000
"""The most bytes of a file that Slack takes."""

MOST_TOGETHER = 10
"""The most files of one message."""

_SEARCHED = 100
_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=300.0, sock_connect=10.0, sock_read=60.0)
_UPLOAD_ATTEMPTS = 3
_SHARE_ATTEMPTS = 2
_LOOKS_S = (0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
_LONGEST_TITLE = 250
_LONGEST_CAPTION = 200
_TOO_LARGE = frozenset({"file_upload_size_restricted", "snippet_too_large", "upload_too_large"})
_DISABLED = frozenset(
    {"file_type_not_allowed", "file_uploads_disabled", "file_uploads_except_images_disabled"}
)
_NO_BLOCKS = frozenset({"invalid_arguments", "invalid_blocks", "invalid_blocks_format"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Uploaded:
    """A file whose bytes Slack has, shown nowhere yet."""

    id: str
    title: str


class Uploads:
    """Sends files.

    Args:
        options: how to reach the workspace.
        calls: the Web API.
        history: what is in the threads.
        clock: time.
    """

    def __init__(self, options: SlackOptions, calls: Calls, history: History, clock: Clock) -> None:
        self._options = options
        self._calls = calls
        self._history = history
        self._clock = clock
        self._sent: Recent[tuple[SessionKey, str], str] = Recent(1_000)

    async def send(self, key: SessionKey, files: Sequence[OutgoingFile], me: Identity) -> str:
        """Put files into a thread, up to ten in a message.

        Those of a sending that was made before are not sent again. Slack takes no empty file:
        such a one becomes an empty line.

        Args:
            key: the thread.
            files: at least one.
            me: who we are.

        Returns:
            The `ts` of the first message; a file's id where Slack does not say it.

        Raises:
            FileTooLarge: one is larger than Slack takes.
            ChatError: they could not be sent.
        """
        for file in files:
            if len(file.content) > LARGEST:
                raise FileTooLarge(phrases.file_too_large(file.name, LARGEST))
        if not files:
            raise ChatRefused(phrases.NO_FILES)
        found = await self._sent_before(key, files, me)
        first = next((found[mark] for each in files if (mark := _mark(each)) in found), "")
        rest = [each for each in files if _mark(each) not in found]
        for at in range(0, len(rest), MOST_TOGETHER):
            reference = await self._send(key, rest[at : at + MOST_TOGETHER])
            first = first or reference
        return first

    async def _sent_before(
        self, key: SessionKey, files: Sequence[OutgoingFile], me: Identity
    ) -> dict[str, str]:
        """The messages of an earlier attempt, by the mark of the file."""
        marks = {mark for file in files if (mark := _mark(file))}
        known = {mark: ts for mark in marks if (ts := self._sent.get((key, mark)))}
        if marks - known.keys():
            with translated("looking for files"):
                messages = await self._history.newest(key, _SEARCHED)
            for message in messages:
                if is_ours(message, me):
                    known |= dict.fromkeys(marks & _marks_of(message), text(message, "ts"))
        return known

    async def _send(self, key: SessionKey, files: Sequence[OutgoingFile]) -> str:
        for attempt in range(_SHARE_ATTEMPTS):
            uploaded = [await self._upload(file) for file in files]
            reference = await self._share(key, files, uploaded)
            if reference:
                for mark in filter(None, map(_mark, files)):
                    self._sent.put((key, mark), reference)
                return reference
            # What is shown late after all must not come beside what is sent now.
            await self._delete(uploaded)
            _log.warning("slack.files_not_shown", files=len(files), attempt=attempt + 1)
        raise ChatUnavailable(phrases.FILES_NOT_SHOWN)

    # --- the bytes ------------------------------------------------------------------------

    async def _upload(self, file: OutgoingFile) -> _Uploaded:
        content = file.content or b"\n"
        name = acceptable(file.name)
        for attempt in range(_UPLOAD_ATTEMPTS):
            try:
                file_id, address = await self._announce(file, name, content)
                await self._put(file, address, content)
            except ChatUnavailable:
                # Bytes that nobody completes are forgotten: nothing is sent twice by this.
                if attempt == _UPLOAD_ATTEMPTS - 1:
                    raise
                await self._clock.sleep(2.0**attempt)
            else:
                title = " ".join(file.title.split())[:_LONGEST_TITLE] or name
                return _Uploaded(id=file_id, title=title)
        raise AssertionError("unreachable")

    async def _announce(self, file: OutgoingFile, name: str, content: bytes) -> tuple[str, str]:
        client = (await self._calls.clients()).repeatable
        with translated("sending files"):
            try:
                answer = await client.files_getUploadURLExternal(
                    filename=name, length=len(content), snippet_type=snippet_type(name, content)
                )
            except SlackApiError as error:
                if code_of(error) in _TOO_LARGE:
                    raise FileTooLarge(phrases.file_too_large(file.name, None)) from error
                if code_of(error) in _DISABLED:
                    raise ChatRefused(phrases.files_disabled(code_of(error))) from error
                raise
        return text(answer.data, "file_id"), text(answer.data, "upload_url")

    async def _put(self, file: OutgoingFile, address: str, content: bytes) -> None:
        if not is_file_address(address, self._options.api_url):
            raise ChatRefused(phrases.file_elsewhere(file.name))
        clients = await self._calls.clients()
        with translated("sending files"):
            async with clients.session.post(
                address,
                data=content,
                headers={"Content-Type": "application/octet-stream"},
                allow_redirects=False,
                timeout=_UPLOAD_TIMEOUT,
                proxy=clients.once.proxy,
            ) as response:
                status = response.status
        if status == 413:
            raise FileTooLarge(phrases.file_too_large(file.name, None))
        if status != 200:
            raise ChatUnavailable(phrases.file_not_taken(file.name, status))

    # --- showing them ---------------------------------------------------------------------

    async def _share(
        self, key: SessionKey, files: Sequence[OutgoingFile], uploaded: Sequence[_Uploaded]
    ) -> str:
        """Show uploaded files in a thread; returns where, or nothing where Slack does not."""
        is_certain = True
        try:
            await self._complete(key, files, uploaded)
        except ChatUnavailable:
            is_certain = False  # perhaps they are shown, and only the answer was lost
        first = uploaded[0].id
        for wait_s in _LOOKS_S:
            try:
                found = await self._shown_at(key, first)
            except ChatRefused:
                if is_certain:
                    return first  # we may not look, so Slack's word must do
                raise
            except ChatUnavailable:
                found = None
            if found:
                return found
            await self._clock.sleep(wait_s)
        return ""

    async def _complete(
        self, key: SessionKey, files: Sequence[OutgoingFile], uploaded: Sequence[_Uploaded]
    ) -> None:
        client = (await self._calls.clients()).once
        shown: list[dict[str, str | None]] = [
            {"id": each.id, "title": each.title} for each in uploaded
        ]
        blocks = _caption(files, uploaded)

        async def complete(**caption: Any) -> None:
            await client.files_completeUploadExternal(
                files=shown, channel_id=key.channel, thread_ts=key.thread or None, **caption
            )

        with translated("sending files"):
            try:
                await complete(**({"blocks": json.dumps(blocks)} if blocks else {}))
            except SlackApiError as error:
                if blocks is None or code_of(error) not in _NO_BLOCKS:
                    raise
                _log.warning("slack.caption_refused", reason=code_of(error))
                await complete()

    async def _shown_at(self, key: SessionKey, file_id: str) -> str:
        """The message that shows a file in a channel; empty where there is none (yet)."""
        client = (await self._calls.clients()).repeatable
        with translated("looking for files"):
            try:
                answer = await client.files_info(file=file_id)
            except SlackApiError as error:
                if code_of(error) in {"file_deleted", "file_not_found"}:
                    return ""
                raise
        file = fields(answer.data, "file")
        for kind in ("public", "private"):
            for share in items(file, "shares", kind, key.channel):
                if (ts := text(share, "ts")) and text(share, "thread_ts") in {key.thread, ""}:
                    return ts
        shared_in = {*items(file, "channels"), *items(file, "groups"), *items(file, "ims")}
        # In direct messages Slack may leave out which message it is.
        return file_id if key.channel in shared_in else ""

    async def _delete(self, uploaded: Sequence[_Uploaded]) -> None:
        client = (await self._calls.clients()).repeatable
        for each in uploaded:
            try:
                with translated("taking files back"):
                    await client.files_delete(file=each.id)
            except ChatError as error:
                _log.info("slack.file_not_deleted", reason=str(error))


def _mark(file: OutgoingFile) -> str:
    """What names a file's sending in a block's name; empty where nothing names it."""
    if not file.nonce:
        return ""
    return hashlib.blake2s(file.nonce.encode(), digest_size=8).hexdigest()


def _marks_of(message: Fields) -> set[str]:
    """The marks of the files of a message."""
    return {
        mark
        for block in items(message, "blocks")
        if (name := text(block, "block_id")).startswith(OUR_FILES)
        for mark in name.removeprefix(OUR_FILES).split(",")
    }


def _caption(
    files: Sequence[OutgoingFile], uploaded: Sequence[_Uploaded]
) -> list[dict[str, object]] | None:
    """The block above the files, which carries their marks; None where they have none.

    Slack fails over a `markdown` block here
    (https://github.com/slackapi/python-slack-sdk/issues/1756).
    """
    marks = ",".join(filter(None, map(_mark, files)))
    if not marks:
        return None
    caption = ", ".join(each.title for each in uploaded)
    if len(caption) > _LONGEST_CAPTION:
        caption = f"{caption[: _LONGEST_CAPTION - 1]}…"
    said = {"type": "plain_text", "text": caption, "emoji": False}
    return [{"type": "section", "block_id": f"{OUR_FILES}{marks}", "text": said}]
