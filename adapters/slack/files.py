"""Files as Slack describes them, parsed: https://docs.slack.dev/reference/objects/file-object/."""

from __future__ import annotations

from adapters.fields import Fields, fields, items, text
from adapters.slack.known import Known, is_stub
from bot.messages import SharedFile

GONE = "tombstone"
"""The `mode` of a file that was deleted."""

_MOST = 100


def shared_files(message: Fields, known: Known) -> tuple[SharedFile, ...]:
    """The files of a message, those left out that were deleted.

    A file that Slack hides or that is kept elsewhere has no address.

    Args:
        message: as Slack sends it.
        known: what `files.info` says of files that the message only names.
    """
    found: dict[str, SharedFile] = {}
    for each in items(message, "files")[:_MOST]:
        described = known.files.get(text(each, "id"), {}) if is_stub(each) else fields(each)
        file = shared_file({**fields(each), **described})
        if file is not None:
            found.setdefault(file.id, file)
    return tuple(found.values())


def shared_file(file: Fields) -> SharedFile | None:
    """A file; None for what was deleted, or is no file at all.

    Args:
        file: as messages and `files.info` describe it.
    """
    file_id = text(file, "id")
    if not file_id or text(file, "mode") == GONE:
        return None
    size = file.get("size")
    return SharedFile(
        id=file_id,
        name=text(file, "name") or text(file, "title") or file_id,
        type=text(file, "mimetype"),
        size=max(0, size) if isinstance(size, int) and not isinstance(size, bool) else 0,
        url=address_of(file),
    )


def address_of(file: Fields) -> str:
    """Where the bytes of a file are in Slack; empty where Slack has none to give.

    Args:
        file: as messages and `files.info` describe it.
    """
    if file.get("is_external") is True or text(file, "mode") in {"external", "hidden_by_limit"}:
        return ""
    return text(file, "url_private_download") or text(file, "url_private")
