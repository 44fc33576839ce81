"""What a message's prompt carries is brought together: what was said before, and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from bot import context, uploads
from bot.errors import ChatError, StoreError
from bot.held_thread import HeldThread
from bot.mailbox import Entry
from bot.messages import PastMessage
from bot.patience import within
from bot.ports import FetchesFiles, Image
from bot.prompt import prompt_of
from bot.uploads import Sent, Upload, Uploads

_HISTORY_S = 5.0
"""How long a thread's history may take to be read."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """A message's prompt, and what is known from making it.

    Args:
        prompt: what the model is told.
        images: what it is shown.
        refusals: the files that were not taken in, with why not.
        is_up_to_date: whether all that was said before is told or known now.
        is_shared: whether others have turned out to speak in the thread.
    """

    prompt: str
    images: tuple[Image, ...] = ()
    refusals: tuple[tuple[str, str], ...] = ()
    is_up_to_date: bool = True
    is_shared: bool = False


async def gather(
    entry: Entry,
    thread: HeldThread,
    *,
    known_prompt: str | None,
    during: Sequence[Entry] = (),
) -> Gathered:
    """Bring together what a message's prompt carries.

    Args:
        entry: the message.
        thread: its thread, with a live session.
        known_prompt: the prompt that it has been before, where it has: it stays that.
        during: the messages in whose turn it is told, where that is not its own: the model knows
            them, and what was said before.

    Raises:
        RuntimeLost: the session was let go.
        StoreError: the database failed.
    """
    said = _NOTHING if known_prompt is not None else await _said_before(entry, thread, during)
    sees_images = thread.session.sees_images
    brought = await bring_files(entry, thread, said.told, sees_images=sees_images)
    prompt = known_prompt
    if prompt is None:
        compared = "" if during else await _compared_before(entry, thread)
        prompt = prompt_of(entry, said.quotation, compared, uploads.told(brought))
    return Gathered(
        prompt=prompt,
        images=tuple(upload.image for upload in brought if upload.image is not None),
        refusals=tuple(
            (context.one_line(upload.sent.file.name) or "file", upload.refusal)
            for upload in brought
            if upload.refusal and not upload.sent.is_earlier
        ),
        is_up_to_date=said.is_up_to_date,
        is_shared=any(
            not message.author.is_bot and message.author.id != entry.author.id
            for message in said.new
        ),
    )


async def gather_words(entry: Entry, thread: HeldThread) -> str:
    """What a prompt carries of words alone: what was said before, and its own.

    Args:
        entry: what was asked.
        thread: its thread; it needs no live session.

    Raises:
        StoreError: the database failed.
    """
    said = await _said_before(entry, thread)
    return prompt_of(entry, said.quotation, await _compared_before(entry, thread))


async def bring_files(
    entry: Entry,
    thread: HeldThread,
    told: Sequence[PastMessage] = (),
    *,
    sees_images: bool,
) -> list[Upload]:
    """Bring the files that came with a message onto the desk.

    Args:
        entry: the message.
        thread: its thread.
        told: what was said before and the model is told of, oldest first: its files come along as
            far as there is room, the newest first.
        sees_images: whether the model can be shown pictures.

    Raises:
        StoreError: the database failed.
    """
    tools, lease = thread.tools, thread.lease
    limits = tools.limits.files
    sent = [Sent(file=file, by=entry.author) for file in entry.files]
    sent += [
        Sent(file=file, by=message.author, is_earlier=True)
        for message in reversed(told)
        for file in message.files
    ][: max(limits.files - len(sent), 0)]
    if not sent:
        return []
    bringing = Uploads(
        platform=tools.chat if isinstance(tools.chat, FetchesFiles) else None,
        desk=tools.store.files(lease, lease.thread.session_id),
        documents=tools.documents,
        clock=tools.clock,
        limits=limits,
        sees_images=sees_images,
    )
    return await bringing.bring(sent)


@dataclass(frozen=True, kw_only=True, slots=True)
class _SaidBefore:
    """What was said before a message.

    Args:
        quotation: as the model is told.
        new: what the session did not know.
        told: what of it the model is told.
        is_up_to_date: whether all is told or known now.
    """

    quotation: str = ""
    new: Sequence[PastMessage] = ()
    told: Sequence[PastMessage] = ()
    is_up_to_date: bool = True


_NOTHING = _SaidBefore()


async def _said_before(
    entry: Entry, thread: HeldThread, during: Sequence[Entry] = ()
) -> _SaidBefore:
    limits = thread.tools.limits
    known = thread.lease.thread
    if during:
        newest = max(each.sent_at for each in during)
        known = replace(known, seen_until=max(newest, known.seen_until or newest))
    if not limits.context.messages or not context.may_be_unseen(entry, known, limits.follow_up):
        return _NOTHING
    past = await _read(thread)
    if past is None:
        return _SaidBefore(quotation=context.NOT_READ, is_up_to_date=False)
    since = known.seen_until
    heard = {each.source_id for each in during}
    if known.has_session and past:
        heard.update(await thread.tools.store.heard(thread.key, since))
    new = context.unseen(past, entry, since=since, heard=heard)
    quotation, count = context.quoted(new, limits.context)
    return _SaidBefore(quotation=quotation, new=new, told=new[len(new) - count :])


async def _compared_before(entry: Entry, thread: HeldThread) -> str:
    """What models were asked in the thread that its session does not know, and what they said."""
    known = thread.lease.thread
    since = known.seen_until
    if known.compared_at is None or (since is not None and known.compared_at <= since):
        return ""
    store = thread.tools.store
    told = []
    for each in await store.comparisons(thread.key, generation=known.generation, since=since):
        asked = await store.entry(each.entry_id)
        if asked is not None and asked.id != entry.id:
            told.append((each, asked.text))
    return context.quoted_comparisons(told, thread.tools.limits.context)


async def _read(thread: HeldThread) -> Sequence[PastMessage] | None:
    """The thread's newest messages; None where they cannot be read in time."""
    tools = thread.tools
    wanted = tools.limits.context.messages
    # What the bot itself said is left out, but a platform counts it.
    reading = tools.chat.history(thread.key, limit=min(2 * wanted, max(wanted, 100)))
    try:
        return await within(_HISTORY_S, tools.clock, reading)
    except StoreError:
        raise
    except (ChatError, TimeoutError) as error:
        reason = str(error) or f"it took more than {_HISTORY_S:.0f} s"
        _log.warning("context.not_read", thread=str(thread.key), reason=reason)
    except Exception:  # noqa: BLE001 - a mistake there must not keep the answer away
        _log.exception("context.not_read", thread=str(thread.key))
    return None
