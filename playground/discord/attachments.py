"""Files that come with messages, and where the CDN has them."""

import mimetypes
import re
from dataclasses import dataclass, field

from playground.discord.signing import Signer
from playground.image_size import image_size
from playground.payload import Payload

_PNG = b"\x89PNG\r\n\x1a\n"
_STRANGE = re.compile(r"[^\w.\-]", re.ASCII)
_TEXT = ("text/", "application/json", "application/xml", "application/javascript")
_SPOILER = "SPOILER_"
_IS_SPOILER = 1 << 3


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Bytes on their way in.

    Args:
        filename: the file's name, as the sender has it.
        content: its bytes.
        content_type: what the sender says it is.
        description: the alternative text.
        title: what people see, without its ending, where the sender says so.
    """

    filename: str
    content: bytes
    content_type: str | None = None
    description: str | None = None
    title: str | None = None

    def payload(self) -> Payload:
        """Return what a message will say of the file, but for where it is."""
        filename = safe_name(self.filename)
        payload: Payload = {
            "filename": filename,
            "size": len(self.content),
            "content_type": content_type(filename, self.content),
        }
        size, title = image_size(self.content), self.title or title_of(self.filename)
        if size is not None:
            payload["width"], payload["height"] = size
        if title is not None:
            payload["title"] = title
        if self.description is not None:
            payload["description"] = self.description
        if filename.startswith(_SPOILER):
            payload["flags"] = _IS_SPOILER
        return payload


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What a recording says of itself.

    Args:
        duration_s: how long it is, in seconds.
        waveform: what it looks like: up to 256 bytes as base64.
    """

    duration_s: float
    waveform: str = "AAAA"


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file of a message."""

    id: str
    upload: Upload
    url: str
    signer: Signer = field(repr=False, compare=False)
    voice: Voice | None = None
    is_ephemeral: bool = False

    @property
    def filename(self) -> str:
        """What Discord calls it."""
        return safe_name(self.upload.filename)

    @property
    def content(self) -> bytes:
        """Its bytes."""
        return self.upload.content

    @property
    def description(self) -> str | None:
        """The alternative text."""
        return self.upload.description

    @property
    def content_type(self) -> str:
        """What it is."""
        return content_type(self.filename, self.content)

    @property
    def signed_url(self) -> str:
        """The address as Discord hands it out now."""
        return self.signer.signed(self.url)

    def payload(self) -> Payload:
        """Return the attachment as messages carry it."""
        url = self.signed_url
        payload = {"id": self.id, **self.upload.payload(), "url": url, "proxy_url": url}
        if self.voice is not None:
            payload["duration_secs"] = self.voice.duration_s
            payload["waveform"] = self.voice.waveform
        if self.is_ephemeral:
            payload["ephemeral"] = True
        return payload


def safe_name(filename: str) -> str:
    """Return a file's name as Discord keeps it: spaces become underscores, the rest goes."""
    return _STRANGE.sub("", _base(filename).replace(" ", "_")).lstrip(".") or "unknown"


def title_of(filename: str) -> str | None:
    """Return the name without its ending, where Discord does not keep it as it is."""
    name = _base(filename)
    if not name or name == safe_name(filename):
        return None
    return name.rpartition(".")[0] or name


def _base(filename: str) -> str:
    return filename.replace("\\", "/").rpartition("/")[2]


def content_type(filename: str, content: bytes) -> str:
    """Return what a file is, by its name and its first bytes."""
    guessed = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    if guessed.startswith(_TEXT):
        return f"{guessed}; charset=utf-8"
    if guessed == "application/octet-stream" and content.startswith(_PNG):
        return "image/png"
    return guessed
