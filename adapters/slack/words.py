"""What a Slack message says as a whole: its blocks or its text, and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.fields import Fields, fields, items, text
from adapters.slack.blocks import blocks_text
from adapters.slack.known import Known, labels_in
from adapters.slack.mrkdwn import link, readable

LONGEST = 40_000
"""The most characters of a message that are passed on."""

OUR_FILES = "threadpilot:files:"
"""How the block under our files is named, which says nothing to the model."""

_MOST_ATTACHMENTS = 10
_LONGEST_PREVIEW = 500
_LONGEST_ATTACHMENT = 4_000
_OUR_WORDS = frozenset({"header", "markdown", "rich_text", "section", "table"})


def said_in(message: Fields, known: Known, *, bot_user: str = "") -> str:
    """What somebody's message says, as Markdown.

    Args:
        message: as Slack sends it.
        known: what ids stand for.
        bot_user: our own user id; mentions of it are taken out.

    Returns:
        The text, at most `LONGEST` characters and a note on what was cut.
    """
    markup = text(message, "text")
    known = known.with_labels(labels_in(markup))
    said = blocks_text(items(message, "blocks"), known, bot_user=bot_user)
    said = said or readable(markup, known, bot_user=bot_user)
    parts = [said, *_attached(message, known), *_kept_elsewhere(message)]
    return _cut("\n\n".join(part for part in parts if part))


def our_text(message: Fields, known: Known) -> str:
    """What a message of our own says, without tools, buttons and footer.

    Its `text` is only good for notifications.

    Args:
        message: as Slack sends it.
        known: what ids stand for.
    """
    blocks = [
        block
        for block in items(message, "blocks")
        if text(block, "type") in _OUR_WORDS and not text(block, "block_id").startswith(OUR_FILES)
    ]
    said = blocks_text(blocks, known)
    if not said and not items(message, "blocks"):
        said = readable(text(message, "text"), known)
    return _cut(said)


def _attached(message: Fields, known: Known) -> Iterator[str]:
    """What is quoted below: messages that were shared, previews of links, what apps attach."""
    for attachment in items(message, "attachments")[:_MOST_ATTACHMENTS]:
        said = _attachment(fields(attachment), known)
        if said:
            yield "\n".join(f"> {line}".rstrip() for line in said.split("\n"))


def _attachment(attachment: Fields, known: Known) -> str:
    is_message = attachment.get("is_share") is True or attachment.get("is_msg_unfurl") is True
    is_preview = bool(text(attachment, "from_url")) and not is_message
    author = text(attachment, "author_name")
    parts = [
        readable(text(attachment, "pretext"), known),
        f"{author}:" if is_message and author else "",
        _title(attachment),
        blocks_text(items(attachment, "blocks"), known)
        or blocks_text(_shared_blocks(attachment), known)
        or readable(text(attachment, "text"), known),
    ]
    parts += [
        f"**{text(field, 'title')}** {readable(text(field, 'value'), known)}".strip()
        for field in items(attachment, "fields")[:20]
    ]
    said = "\n".join(part for part in parts if part)
    said = said or readable(text(attachment, "fallback"), known)
    longest = _LONGEST_PREVIEW if is_preview else _LONGEST_ATTACHMENT
    return said if len(said) <= longest else f"{said[: longest - 1]}…"


def _shared_blocks(attachment: Fields) -> list[object]:
    """The blocks of a message that was shared."""
    return [
        block
        for shared in items(attachment, "message_blocks")
        for block in items(shared, "message", "blocks")
    ]


def _title(attachment: Fields) -> str:
    title, address = text(attachment, "title"), text(attachment, "title_link")
    if not title:
        return ""
    return link(address, title) if address else f"**{title}**"


def _kept_elsewhere(message: Fields) -> Iterator[str]:
    """Files that Slack only names: where they are is all that there is to them."""
    for file in items(message, "files")[:_MOST_ATTACHMENTS]:
        address = text(file, "external_url") or text(file, "url_private")
        if fields(file).get("is_external") is True and address.startswith(("http://", "https://")):
            yield link(address, text(file, "title") or text(file, "name"))


def _cut(said: str) -> str:
    if len(said) <= LONGEST:
        return said
    return f"{said[:LONGEST]}\n\n[The message was cut here: it had {len(said)} characters.]"
