"""Files on their way into a message: named, described, and put together by what one message takes.

https://docs.discord.com/developers/reference#uploading-files
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from adapters.discord.markup import one_line
from adapters.file_names import acceptable
from bot.messages import OutgoingFile

LARGEST = 10 * 1024 * 1024
"""The most bytes of a file where no boost of the server raises it."""

MOST_TOGETHER = 10
"""The most files of one message."""

LARGEST_TOGETHER = 24 * 1024 * 1024
"""The most bytes of one message's files: its request has 25 MiB."""

_LONGEST_NAME = 120
_LONGEST_DESCRIPTION = 1_024
_STRANGE = re.compile(r"[^\w.\-]", re.ASCII)
_TEXT = ("text/", "application/json", "application/xml", "application/javascript")
# An image that is not called one is shown as a file.
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file as a message takes it.

    Args:
        name: what it is called.
        description: for those who do not see it; may be empty.
        type: its MIME type.
        content: its bytes.
    """

    name: str
    description: str
    type: str
    content: bytes

    def described(self, number: int) -> dict[str, Any]:
        """What the message says of it.

        Args:
            number: its place among the files of the request.
        """
        said: dict[str, Any] = {"id": number, "filename": self.name}
        if self.description:
            said["description"] = self.description
        if _STRANGE.search(self.name):
            # Discord takes letters, digits, `_`, `.` and `-` only, and shows the title instead.
            said["title"] = PurePosixPath(self.name).stem
        return said


def batches(files: Sequence[OutgoingFile]) -> Iterator[Sequence[OutgoingFile]]:
    """The files by messages, in order; the same for the same files.

    Args:
        files: any number.
    """
    batch: list[OutgoingFile] = []
    size = 0
    for file in files:
        is_full = len(batch) == MOST_TOGETHER or size + len(file.content) > LARGEST_TOGETHER
        if batch and is_full:
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += len(file.content)
    if batch:
        yield batch


def upload(file: OutgoingFile) -> Upload:
    """A file as a message takes it.

    Args:
        file: what to send.
    """
    name = _name(file)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Upload(
        name=name,
        description=one_line(file.title, _LONGEST_DESCRIPTION),
        type=f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind,
        content=file.content,
    )


def _name(file: OutgoingFile) -> str:
    name = acceptable(file.name, _LONGEST_NAME)
    kind = mimetypes.guess_type(name)[0] or ""
    if kind.startswith("image/"):
        return name
    for beginning, ending in _IMAGES:
        if file.content.startswith(beginning):
            return name + ending
    return name
