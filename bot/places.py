"""What places are called, for people."""

from __future__ import annotations

from bot.keys import SessionKey
from bot.phrases import conversations
from bot.ports import ChatAdapter, LinksToThreads


def place_of(chat: ChatAdapter, key: SessionKey, *, is_private: bool = False) -> str:
    """A thread, as a link where one can be made.

    Args:
        chat: the platform that it is told on.
        key: the thread, of whichever platform.
        is_private: whether it is a direct message.
    """
    label = conversations.DIRECT_MESSAGE if is_private else conversations.a_thread_on(key.platform)
    if key.platform == chat.platform and isinstance(chat, LinksToThreads):
        address = chat.address(key)
        if address:
            return conversations.link(label, address)
    return label
