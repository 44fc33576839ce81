"""Files that people and the app uploaded."""

import mimetypes
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import quote

from playground.payload import Payload

_PRETTY = {
    "csv": "CSV",
    "gif": "GIF",
    "go": "Go",
    "javascript": "JavaScript",
    "jpg": "JPEG",
    "json": "JSON",
    "markdown": "Markdown (raw)",
    "pdf": "PDF",
    "png": "PNG",
    "python": "Python",
    "text": "Plain Text",
    "yaml": "YAML",
    "zip": "Zip",
}
_FILETYPES = {
    "htm": "html",
    "jpeg": "jpg",
    "js": "javascript",
    "log": "text",
    "md": "markdown",
    "py": "python",
    "txt": "text",
    "yml": "yaml",
}


@dataclass(slots=True, kw_only=True)
class File:
    """A file: its bytes, where it is served and where it was shared."""

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
    public: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)

    @property
    def mimetype(self) -> str:
        """The media type, guessed from the name."""
        guessed, _ = mimetypes.guess_type(self.name)
        if guessed is not None:
            return guessed
        return "text/plain" if _is_text(self.content) else "application/octet-stream"

    @property
    def filetype(self) -> str:
        """Slack's short name for the type."""
        suffix = PurePosixPath(self.name).suffix.lstrip(".").lower()
        if suffix:
            return _FILETYPES.get(suffix, suffix)
        return "text" if _is_text(self.content) else "binary"

    @property
    def is_shared(self) -> bool:
        """Whether anybody but the uploader can see it."""
        return bool(self.public or self.private or self.direct)

    def payload(self) -> Payload:
        """Return the file as Slack's methods and events describe it."""
        filetype = self.filetype
        name = quote(self.name)
        folder = f"{self.base_url}/files-pri/{self.team}-{self.id}"
        is_snippet = self.mimetype.startswith("text/")
        payload: Payload = {
            "id": self.id,
            "created": self.created,
            "timestamp": self.created,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "filetype": filetype,
            "pretty_type": _PRETTY.get(filetype, filetype.upper()),
            "user": self.user,
            "user_team": self.team,
            "editable": is_snippet,
            "size": len(self.content),
            "mode": "snippet" if is_snippet else "hosted",
            "is_external": False,
            "external_type": "",
            "is_public": bool(self.public),
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": f"{folder}/{name}",
            "url_private_download": f"{folder}/download/{name}",
            "permalink": f"{self.base_url}/files/{self.user}/{self.id}/{name}",
            "permalink_public": f"{self.base_url}/files/{self.team}-{self.id}",
            "has_rich_preview": False,
            "file_access": "visible",
            "media_display_type": "unknown",
        }
        if self.alt_text is not None:
            payload["alt_txt"] = self.alt_text
        return payload

    def info_payload(self) -> Payload:
        """Return the file as ``files.info`` describes it, with where it is shared."""
        return {
            **self.payload(),
            "channels": list(self.public),
            "groups": list(self.private),
            "ims": list(self.direct),
            "comments_count": 0,
        }

    def page_payload(self) -> Payload:
        """Return the file as the page shows it, with an address that a browser can open."""
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title,
            "mimetype": self.mimetype,
            "size": len(self.content),
            "url": f"/files/{self.page_key}/{self.id}/{quote(self.name)}",
        }


def _is_text(content: bytes) -> bool:
    return b"\x00" not in content[:1024]
