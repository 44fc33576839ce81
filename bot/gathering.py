"""What a message's prompt carries is brought together: what was said before it in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from bot import context
from bot.errors import ChatError, StoreError
from bot.held_thread import HeldThread
from bot.mailbox import Entry
from bot.messages import PastMessage
from bot.patience import within
from bot.prompt import prompt_of

_HISTORY_S = 5.0
"""How long a thread's history may take to be read."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """A message's prompt, and what is known from making it.

    Args:
        prompt: what the model is told.
        is_up_to_date: whether all that was said before is told or known now.
        is_shared: whether others have turned out to speak in the thread.
    """

    prompt: str
    is_up_to_date: bool = True
    is_shared: bool = False


async def gather(entry: Entry, thread: HeldThread) -> Gathered:
    """Bring together what a message's prompt carries.

    Args:
        entry: the message.
        thread: its thread.

    Raises:
        StoreError: the database failed.
    """
    limits = thread.tools.limits
    known = thread.lease.thread
    if not limits.context.messages or not context.may_be_unseen(entry, known, limits.follow_up):
        return Gathered(prompt=prompt_of(entry))
    past = await _read(thread)
    if past is None:
        return Gathered(prompt=prompt_of(entry, context.NOT_READ), is_up_to_date=False)
    since = known.seen_until
    heard = await thread.tools.store.heard(thread.key, since) if known.has_session and past else ()
    new = context.unseen(past, entry, since=since, heard=heard)
    quotation, _ = context.quoted(new, limits.context)
    return Gathered(
        prompt=prompt_of(entry, quotation),
        is_shared=any(not said.author.is_bot and said.author.id != entry.author.id for said in new),
    )


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
