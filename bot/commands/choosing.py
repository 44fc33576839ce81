"""Which thread a command is about, where that has to be asked: in a channel as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from bot import phrases
from bot.commands.table import Bench
from bot.mailbox import Thread
from bot.messages import Answer, Choice, Command
from bot.offers import offered

_LISTED = 10


async def threads_here(bench: Bench, command: Command) -> list[Thread]:
    """The threads of a channel in which a command's author has spoken to the bot, newest first."""
    place = command.place
    threads = await bench.store.threads_of(
        command.author.id,
        platform=place.platform,
        workspace=place.workspace,
        channel=place.channel,
        limit=_LISTED,
    )
    return list(threads)


def choice(
    bench: Bench,
    action: str,
    question: str,
    threads: Sequence[Thread],
    *,
    none: str,
    value: str = "",
) -> Answer:
    """Ask which of some threads is meant.

    Args:
        bench: what commands work with.
        action: the verb of what is pressed or chosen for a thread.
        question: what is asked.
        threads: which may be meant.
        none: what is told where there are none.
        value: what is carried back by the press.
    """
    if not threads:
        return Answer(text=none)
    choices = [Choice(value=value, label=label_of(bench, each), key=each.key) for each in threads]
    offer = offered(action, choices, label=phrases.CHOOSE)
    return Answer(text=question, buttons=offer.buttons, menus=offer.menus)


def label_of(bench: Bench, thread: Thread) -> str:
    """What a thread is called in a list."""
    return phrases.thread_label(thread, bench.clock.now() - thread.last_active)
