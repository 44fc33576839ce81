"""What people see of a comparison beside its answers: one message, with vote and outcome."""

from __future__ import annotations

import structlog

from bot.answer import GrowingAnswer
from bot.comparison import TIE, Comparison, ComparisonState
from bot.errors import ChatError
from bot.held_thread import HeldThread
from bot.mailbox import Entry
from bot.messages import Button, Post
from bot.phrases import compare as phrases
from bot.ports import ReplyState, ReplyView
from bot.strands import Strands

SUMMARY = 0
"""The strand of the summary; those of the answers follow."""

_log = structlog.get_logger(__name__)


async def show_comparison(thread: HeldThread, comparison: Comparison) -> None:
    """Show a comparison's summary as it stands, in one message however often.

    Args:
        thread: where it is.
        comparison: as it stands; its answers are over.
    """
    store = thread.tools.store
    entry = await store.entry(comparison.entry_id)
    if entry is None:
        return
    strands = Strands(entry, thread, await store.deliveries(entry.id))
    post = summary_of(comparison, entry)
    shown = [each.reference for each in strands.earlier(SUMMARY) if each.reference]
    if shown:
        await thread.edit(shown[0], post)
        return
    # A reply is known again where it was posted and nobody came back to say so.
    await thread.make_sure()
    capabilities = thread.tools.chat.capabilities
    answer = GrowingAnswer(
        capabilities.text_limit, capabilities.dialect, appends_only=capabilities.appends_only
    )
    view = ReplyView(
        parts=answer.whole(post.text), state=ReplyState.DONE, buttons=post.buttons, whole=post.text
    )
    try:
        await thread.tools.chat.reply(strands.target(SUMMARY)).close(view)
    except ChatError as error:
        _log.error("summary.not_shown", thread=str(thread.key), reason=str(error))


def summary_of(comparison: Comparison, entry: Entry) -> Post:
    """A comparison's summary: nothing in it tells a model before the reveal.

    Args:
        comparison: as it stands.
        entry: what asked for it.
    """
    if comparison.state is ComparisonState.VOTING:
        return Post(text=phrases.voting(comparison, entry.text), buttons=_ballot(comparison))
    return Post(text=phrases.outcome(comparison, entry.text), buttons=_choice(comparison))


def _ballot(comparison: Comparison) -> tuple[Button, ...]:
    votes = [
        Button(action="vote", value=f"{comparison.id} {each.label}", label=each.label)
        for each in comparison.answered
    ]
    tie = Button(action="vote", value=f"{comparison.id} {TIE}", label=phrases.NONE_BETTER)
    reveal = Button(action="reveal", value=comparison.id, label=phrases.REVEAL)
    return (*votes, tie, reveal)


def _choice(comparison: Comparison) -> tuple[Button, ...]:
    if comparison.chosen:
        return ()
    return tuple(
        Button(
            action="continue",
            value=f"{comparison.id} {each.label}",
            label=phrases.continue_with(each),
        )
        for each in comparison.answered
    )
