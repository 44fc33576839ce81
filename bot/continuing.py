"""A thread goes on with one of the answers that were compared in it."""

from __future__ import annotations

from bot.comparison import Comparison
from bot.comparison_summary import show_comparison
from bot.held_thread import HeldThread
from bot.mailbox import Entry, EntryState, Usage
from bot.messages import Post
from bot.phrases import compare as phrases


async def go_on_with_answer(entry: Entry, thread: HeldThread) -> None:
    """Make the session of the answer that was chosen the thread's own, as its next generation.

    What was the thread's session until then stays, as before a reset. Done twice, it is done once.

    Args:
        entry: what asks for it, and names the comparison.
        thread: where it is; nothing is answered there meanwhile.

    Raises:
        LeaseLost: another worker owns the thread now.
        StoreError: the database failed; it is taken up again later.
    """
    store = thread.tools.store
    comparison = await store.comparison(entry.reference)
    title = thread.title
    if comparison is not None and await _adopted(comparison, thread):
        await store.drop_candidates(thread.lease)
        await show_comparison(thread, comparison)
    else:
        title = ""
        await thread.post(Post(text=phrases.CONTINUED_TOO_LATE))
    await store.finish(thread.lease, entry.id, EntryState.DONE, Usage(), title)
    thread.title = title or thread.title


async def _adopted(comparison: Comparison, thread: HeldThread) -> bool:
    """Whether the thread goes on with the chosen answer; not where it began afresh since."""
    chosen = comparison.candidate(comparison.chosen)
    known = thread.lease.thread
    if chosen is None:
        return False
    if known.session_id != chosen.session_id:
        if known.generation != comparison.generation:
            return False
        try:
            await thread.adopt(chosen.session_id)
        except LookupError:
            return False
    await thread.tools.store.set_choices(thread.key, model=chosen.model, effort="")
    return True
