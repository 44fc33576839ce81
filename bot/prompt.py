"""The prompt that a message becomes, and how it is known again in a session's history."""

from __future__ import annotations

from bot.context import speaker
from bot.mailbox import Entry

_NO_WORDS = "(It came without words.)"


def prompt_of(entry: Entry, *preamble: str) -> str:
    """What the model is told.

    It ends with the message's own words, whatever comes before them. Who says them is told
    where that could be somebody else.

    Args:
        entry: the message.
        preamble: what comes before its words, such as what was said in the thread; what is
            empty is left out.
    """
    before = [part for part in preamble if part]
    if not before and not entry.is_shared:
        return _words(entry)
    return "\n\n".join([*before, f"{speaker(entry.author)} says:", _words(entry)])


def is_prompt_of(prompt: str, entry: Entry) -> bool:
    """Whether a prompt may be a message's, with whatever came before its words."""
    words = _words(entry)
    return prompt == words or prompt.endswith(f"\n\n{words}")


def _words(entry: Entry) -> str:
    return entry.text if entry.text.strip() else _NO_WORDS
