"""Files that people and the app uploaded, as Slack describes them.

https://docs.slack.dev/reference/objects/file-object/
"""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import quote

from playground.image_size import image_size
from playground.payload import Payload

LARGEST_SNIPPET = 1_000_000
"""Bytes beyond which Slack makes no snippet of a text."""

_PREVIEW_LINES = 6
_PREVIEW_LENGTH = 1_000
_THUMBNAILS = (64, 80, 160, 360, 480)
_PRETTY = {
    "binary": "Binary",
    "c": "C",
    "cpp": "C++",
    "css": "CSS",
    "csv": "CSV",
    "diff": "Diff",
    "gif": "GIF",
    "go": "Go",
    "html": "HTML",
    "java": "Java",
    "javascript": "JavaScript",
    "jpg": "JPEG",
    "json": "JSON",
    "kotlin": "Kotlin",
    "markdown": "Markdown (raw)",
    "pdf": "PDF",
    "php": "PHP",
    "png": "PNG",
    "python": "Python",
    "ruby": "Ruby",
    "rust": "Rust",
    "shell": "Shell",
    "sql": "SQL",
    "swift": "Swift",
    "text": "Plain Text",
    "toml": "TOML",
    "typescript": "TypeScript",
    "xml": "XML",
    "yaml": "YAML",
    "zip": "Zip",
}
_FILETYPES = {
    "bash": "shell",
    "cc": "cpp",
    "h": "c",
    "hpp": "cpp",
    "htm": "html",
    "jpeg": "jpg",
    "js": "javascript",
    "kt": "kotlin",
    "log": "text",
    "md": "markdown",
    "patch": "diff",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "shell",
    "ts": "typescript",
    "txt": "text",
    "yml": "yaml",
}
# What `mimetypes` does not know, or knows differently on each machine.
_MIMETYPES = {
    "csv": "text/csv",
    "js": "text/javascript",
    "md": "text/markdown",
    "py": "text/x-python",
    "ts": "text/plain",
    "webp": "image/webp",
    "yaml": "text/yaml",
    "yml": "text/yaml",
}


class FileState(StrEnum):
    """What of a file can be had."""

    VISIBLE = "visible"
    """All of it."""
    UNCHECKED = "check_file_info"
    """Messages carry its id alone: `files.info` has the rest, as in Slack Connect."""
    HIDDEN = "hidden_by_limit"
    """It is older than the workspace's plan shows."""
    EXTERNAL = "external"
    """It is kept elsewhere, and only named here."""
    DELETED = "tombstone"
    """It is gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Where a file was shown: one message.

    Args:
        kind: `public` or `private`, as `files.info` sorts shares.
        channel: the channel's id.
        channel_name: its name; empty for a direct message.
        ts: the message's timestamp.
        thread_ts: the thread's; ``None`` at the top level.
        user: who shared it.
    """

    kind: str
    channel: str
    channel_name: str
    ts: str
    thread_ts: str | None
    user: str


@dataclass(slots=True, kw_only=True)
class File:
    """A file: its bytes, where it is served and where it was shared.

    ``snippet_type`` is the syntax that the uploader asked for. ``external_url`` is where an
    external file is kept.
    """

    id: str
    name: str
    title: str
    user: str
    team: str
    created: int
    content: bytes
    base_url: str
    page_key: str
    alt_text: str | None = None
    snippet_type: str | None = None
    state: FileState = FileState.VISIBLE
    external_url: str = ""
    public: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def mimetype(self) -> str:
        """The media type, by the name."""
        if self.state is FileState.EXTERNAL:
            return "application/vnd.slack-remote"
        known = _MIMETYPES.get(_suffix(self.name)) or mimetypes.guess_type(self.name)[0]
        if known is not None:
            return known
        return "text/plain" if _is_text(self.content) else "application/octet-stream"

    @property
    def filetype(self) -> str:
        """Slack's short name for the type."""
        if self.state is FileState.EXTERNAL:
            return "remote"
        if self.snippet_type is not None:
            return self.snippet_type
        if suffix := _suffix(self.name):
            return _FILETYPES.get(suffix, suffix)
        return "text" if _is_text(self.content) else "binary"

    @property
    def is_snippet(self) -> bool:
        """Whether Slack shows it as text with its first lines."""
        if len(self.content) > LARGEST_SNIPPET:
            return False
        is_text = self.mimetype.startswith("text/") or self.filetype in _PRETTY
        return self.snippet_type is not None or (is_text and _is_text(self.content))

    @property
    def is_image(self) -> bool:
        """Whether Slack shows it as a picture."""
        return self.mimetype in ("image/png", "image/jpeg", "image/gif", "image/webp")

    @property
    def mode(self) -> str:
        """How Slack keeps it."""
        if self.state in (FileState.HIDDEN, FileState.EXTERNAL, FileState.DELETED):
            return self.state.value
        return "snippet" if self.is_snippet else "hosted"

    def payload(self) -> Payload:
        """Return the file as messages carry it."""
        match self.state:
            case FileState.DELETED:
                return {"id": self.id, "mode": "tombstone"}
            case FileState.HIDDEN:
                return {"id": self.id, "mode": "hidden_by_limit"}
            case FileState.UNCHECKED:
                return {
                    "id": self.id,
                    "mode": "file_access",
                    "file_access": "check_file_info",
                    "created": 0,
                    "timestamp": 0,
                    "user": "",
                }
            case FileState.EXTERNAL:
                return self._whole() | {
                    "url_private": self.external_url,
                    "external_url": self.external_url,
                    "external_id": self.id.lower(),
                    "is_external": True,
                    "external_type": "app",
                    "size": 0,
                }
        return self._whole() | self._addresses() | self._preview() | self._thumbnails()

    def info_payload(self) -> Payload:
        """Return the file as ``files.info`` describes it, with where it is shared."""
        described = self.payload()
        if self.state is FileState.UNCHECKED:
            described = self._whole() | self._addresses() | self._preview() | self._thumbnails()
        shares: Payload = {}
        for share in self.shares:
            told: Payload = {
                "reply_users": [],
                "reply_users_count": 0,
                "reply_count": 0,
                "ts": share.ts,
                "team_id": self.team,
                "share_user_id": share.user,
                "source": "UNKNOWN",
            }
            if share.channel_name:
                told["channel_name"] = share.channel_name
            if share.thread_ts is not None:
                told["thread_ts"] = share.thread_ts
            shares.setdefault(share.kind, {}).setdefault(share.channel, []).append(told)
        return {
            **described,
            "shares": shares,
            "has_more_shares": False,
            "channels": list(self.public),
            "groups": list(self.private),
            "ims": list(self.direct),
            "comments_count": 0,
        }

    def page_payload(self) -> Payload:
        """Return the file as the page shows it; the page's docstring says what is in it."""
        if self.state in (FileState.DELETED, FileState.HIDDEN):
            return {"id": self.id, "mode": self.mode}
        shown: Payload = {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": self.filetype,
            "pretty_type": _pretty(self.filetype),
            "mode": self.mode,
            "size": len(self.content),
            "user": self.user,
            "url": f"/files/{self.page_key}/{self.id}/{quote(self.name, safe='')}",
        }
        if self.state is FileState.EXTERNAL:
            return shown | {"url": self.external_url, "size": 0}
        if self.alt_text is not None:
            shown["alt_txt"] = self.alt_text
        if self.is_image:
            shown["thumb_url"] = shown["url"]
            if (size := image_size(self.content)) is not None:
                shown["original_w"], shown["original_h"] = size
        return shown | self._preview()

    def _whole(self) -> Payload:
        filetype = self.filetype
        return {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": filetype,
            "pretty_type": _pretty(filetype),
            "user": self.user,
            "user_team": self.team,
            "editable": self.is_snippet,
            "size": len(self.content),
            "mode": self.mode,
            "is_external": False,
            "external_type": "",
            "is_public": bool(self.public),
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "permalink": f"{self.base_url}/files/{self.user}/{self.id}/{self._address_name}",
            "has_rich_preview": False,
            "file_access": "visible",
            "media_display_type": "unknown",
        }

    def _addresses(self) -> Payload:
        folder = f"{self.base_url}/files-pri/{self.team}-{self.id}"
        addresses: Payload = {
            "url_private": f"{folder}/{self._address_name}",
            "url_private_download": f"{folder}/download/{self._address_name}",
            "permalink_public": f"{self.base_url}/files/{self.team}-{self.id}",
        }
        if self.alt_text is not None:
            addresses["alt_txt"] = self.alt_text
        return addresses

    def _preview(self) -> Payload:
        if not self.is_snippet:
            return {}
        lines = self.content.decode(errors="replace").splitlines()
        preview = "\n".join(lines[:_PREVIEW_LINES])[:_PREVIEW_LENGTH]
        more = max(0, len(lines) - _PREVIEW_LINES)
        return {
            "preview": preview,
            "preview_is_truncated": bool(more),
            "lines": len(lines),
            "lines_more": more,
        }

    def _thumbnails(self) -> Payload:
        # The picture itself stands in for each: nobody here scales one.
        if not self.is_image:
            return {}
        thumbnail = f"{self.base_url}/files-tmb/{self.team}-{self.id}/{self._address_name}"
        thumbnails: Payload = {f"thumb_{size}": thumbnail for size in _THUMBNAILS}
        if (size := image_size(self.content)) is not None:
            thumbnails |= {"original_w": size[0], "original_h": size[1]}
            for name in ("thumb_360", "thumb_480"):
                thumbnails |= {f"{name}_w": size[0], f"{name}_h": size[1]}
        return thumbnails

    @property
    def _address_name(self) -> str:
        return quote(self.name, safe="") or "file"


def without_what_is_gone(files: Mapping[str, File], file_id: str) -> File | None:
    """Return a file that is still there.

    Args:
        files: all files by id.
        file_id: which one.
    """
    file = files.get(file_id)
    return None if file is None or file.state is FileState.DELETED else file


def _pretty(filetype: str) -> str:
    return _PRETTY.get(filetype, filetype.upper())


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lstrip(".").lower()


def _is_text(content: bytes) -> bool:
    return b"\x00" not in content[:1024]
