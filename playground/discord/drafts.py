"""What a message is to say, read from a request and checked.

https://discord.com/developers/docs/resources/message#create-message
"""

from collections.abc import Mapping
from dataclasses import dataclass

from playground.discord.attachments import Upload, Voice
from playground.discord.components import read_components
from playground.discord.embeds import read_embeds
from playground.discord.errors import DiscordError
from playground.discord.form import Form
from playground.discord.mentions import AllowedMentions, read_allowed_mentions
from playground.discord.message import MessageFlag
from playground.discord.snapshot import Snapshot
from playground.payload import Payload

LONGEST_CONTENT = 2000
MOST_FILES = 10
LARGEST_REQUEST = 25 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file that comes with the request."""

    upload: Upload
    description: str | None = None
    voice: Voice | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a message is to say. ``None`` means that nothing was said about it.

    Args:
        content: the text.
        embeds: the embeds as Discord keeps them.
        components: the components as Discord keeps them.
        flags: the flags, as they were sent.
        allowed: what it may mention.
        new_files: files that come with the request.
        kept_files: ids of the files that an edit keeps; ``None`` keeps all.
        reference: the ``message_reference``.
        nonce: the nonce.
        enforces_nonce: whether a message with this nonce is not sent twice.
        is_tts: whether it is read aloud.
        stickers: the stickers, as messages carry them.
        poll: the poll, as messages carry it.
        snapshot: what the message said that it forwards.
    """

    content: str | None = None
    embeds: list[Payload] | None = None
    components: list[Payload] | None = None
    flags: int | None = None
    allowed: AllowedMentions
    new_files: tuple[NewFile, ...] = ()
    kept_files: frozenset[str] | None = None
    reference: Payload | None = None
    nonce: str | int | None = None
    enforces_nonce: bool = False
    is_tts: bool = False
    stickers: tuple[Payload, ...] = ()
    poll: Payload | None = None
    snapshot: Snapshot | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (
            (self.content or "").strip() or self.embeds or self.components or self.new_files
        )

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one person is to see it."""
        return bool((self.flags or 0) & MessageFlag.EPHEMERAL)


def read_draft(form: Form, uploads: Mapping[int, Upload], *, largest_file: int) -> Draft:
    """Return what a message is to say.

    Args:
        form: the message.
        uploads: the files that came with it, by number.
        largest_file: the greatest size of a file, in bytes.

    Raises:
        DiscordError: 50035 where something is wrong with it, 40005 where a file or all of them
            together are too large.
    """
    sizes = [len(upload.content) for upload in uploads.values()]
    if max(sizes, default=0) > largest_file or sum(sizes) > max(LARGEST_REQUEST, largest_file):
        raise DiscordError(413, 40005, "Request entity too large")
    flags = form.number("flags", at_most=2**31) if form.body.get("flags") is not None else None
    is_layout = bool((flags or 0) & MessageFlag.IS_COMPONENTS_V2)
    content = form.text("content", at_most=LONGEST_CONTENT)
    if is_layout and (content or form.body.get("embeds")):
        form.wrong(
            "content" if content else "embeds",
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            "The field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
        )
    new_files, kept_files = _files(form, uploads)
    reference = form.body.get("message_reference")
    draft = Draft(
        content=("" if content is None else content) if "content" in form else None,
        embeds=read_embeds(form) if "embeds" in form else None,
        components=(read_components(form, is_layout=is_layout) if "components" in form else None),
        flags=flags,
        allowed=read_allowed_mentions(form),
        new_files=new_files,
        kept_files=kept_files,
        reference=_reference(form, reference) if isinstance(reference, dict) else None,
        nonce=_nonce(form),
        enforces_nonce=form.flag("enforce_nonce"),
        is_tts=form.flag("tts"),
    )
    form.check()
    return draft


def _files(
    form: Form, uploads: Mapping[int, Upload]
) -> tuple[tuple[NewFile, ...], frozenset[str] | None]:
    if len(uploads) > MOST_FILES:
        form.wrong(
            "attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_FILES} or fewer in length."
        )
    if form.body.get("attachments") is None:
        return tuple(NewFile(upload=one) for one in uploads.values()), None
    new, kept, numbers = [], set(), set()
    for index, given in enumerate(form.items("attachments", at_most=MOST_FILES)):
        part = form.part(given, "attachments", index)
        # A small number is a file of this request, an id one that the message has.
        file_id = part.snowflake("id", required=True)
        number = int(file_id or -1)
        description = part.text("description", at_most=1024)
        title = part.text("title", at_most=1024)
        if number in uploads:
            upload = uploads[number]
            name = str(given.get("filename") or upload.filename)
            numbers.add(number)
            new.append(
                NewFile(
                    upload=Upload(
                        filename=name,
                        content=upload.content,
                        content_type=upload.content_type,
                        title=title,
                    ),
                    description=description,
                )
            )
        elif file_id is not None and number > MOST_FILES:
            kept.add(file_id)
        elif file_id is not None:
            part.wrong(
                "id",
                "ATTACHMENT_NOT_FOUND",
                f"Attachment data for index {number} not found in request.",
            )
    new += [NewFile(upload=one) for number, one in uploads.items() if number not in numbers]
    return tuple(new), frozenset(kept)


def _reference(form: Form, given: Payload) -> Payload:
    part = form.part(given, "message_reference")
    kind = part.choice("type", (0, 1), default=0)
    return {
        "type": kind,
        "message_id": part.snowflake("message_id", required=True),
        "channel_id": part.snowflake("channel_id"),
        "guild_id": part.snowflake("guild_id"),
        "fail_if_not_exists": part.flag("fail_if_not_exists", default=True),
    }


def _nonce(form: Form) -> str | int | None:
    nonce = form.body.get("nonce")
    if isinstance(nonce, int) and not isinstance(nonce, bool):
        return nonce
    return form.text("nonce", at_most=25)
