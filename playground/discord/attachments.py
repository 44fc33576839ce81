"""Files that come with messages, and where the CDN has them."""

import mimetypes
import re
import secrets
import struct
from dataclasses import dataclass, field

from playground.payload import Payload

_PNG = b"\x89PNG\r\n\x1a\n"
_STRANGE = re.compile(r"[^\w.\-]", re.ASCII)
_TEXT = ("text/", "application/json", "application/xml", "application/javascript")


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Bytes on their way in.

    Args:
        filename: the file's name, as the sender has it.
        content: its bytes.
        content_type: what the sender says it is.
    """

    filename: str
    content: bytes
    content_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file of a message."""

    id: str
    filename: str
    content: bytes
    content_type: str
    url: str
    signature: str = field(default_factory=lambda: secrets.token_hex(32))
    description: str | None = None
    is_ephemeral: bool = False

    @property
    def signed_url(self) -> str:
        """The address that Discord hands out: it is signed and ends some day."""
        return f"{self.url}?ex=7fffffff&is=0&hm={self.signature}&"

    def payload(self) -> Payload:
        """Return the attachment as messages carry it."""
        payload: Payload = {
            "id": self.id,
            "filename": self.filename,
            "size": len(self.content),
            "url": self.signed_url,
            "proxy_url": self.signed_url,
            "content_type": self.content_type,
        }
        size = _image_size(self.content)
        if size is not None:
            payload["width"], payload["height"] = size
        if self.description is not None:
            payload["description"] = self.description
        if self.is_ephemeral:
            payload["ephemeral"] = True
        return payload


def attachment(
    upload: Upload,
    *,
    attachment_id: str,
    at: str,
    description: str | None = None,
    is_ephemeral: bool = False,
) -> Attachment:
    """Return what becomes of an upload.

    Args:
        upload: the bytes.
        attachment_id: the new id.
        at: the CDN's address for the channel's files, without a slash at the end.
        description: the alternative text.
        is_ephemeral: whether it belongs to an ephemeral message.
    """
    filename = safe_name(upload.filename)
    return Attachment(
        id=attachment_id,
        filename=filename,
        content=upload.content,
        content_type=_content_type(filename, upload.content),
        url=f"{at}/{attachment_id}/{filename}",
        description=description,
        is_ephemeral=is_ephemeral,
    )


def safe_name(filename: str) -> str:
    """Return a file's name as Discord keeps it: spaces become underscores, the rest goes."""
    name = filename.replace("\\", "/").rpartition("/")[2].replace(" ", "_")
    return _STRANGE.sub("", name).lstrip(".") or "unknown"


def _content_type(filename: str, content: bytes) -> str:
    guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    if guessed.startswith(_TEXT):
        return f"{guessed}; charset=utf-8"
    if guessed == "application/octet-stream" and content.startswith(_PNG):
        return "image/png"
    return guessed


def _image_size(content: bytes) -> tuple[int, int] | None:
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return width, height
    return None
