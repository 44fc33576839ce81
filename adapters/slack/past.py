"""Messages of a thread as they stand in its history."""

from __future__ import annotations

from adapters.fields import Fields, fields, text
from adapters.slack.events import Identity
from adapters.slack.files import shared_files
from adapters.slack.history import is_ours
from adapters.slack.known import Known
from adapters.slack.lookup import one_line
from adapters.slack.timestamps import is_timestamp, moment
from adapters.slack.words import our_text, said_in
from bot.messages import PastMessage, Person

# https://docs.slack.dev/reference/events/message/#subtypes: those that somebody wrote. The others
# say that somebody joined, that a topic was set, or that a message is gone.
_WRITTEN = frozenset(
    {"", "bot_message", "file_comment", "file_share", "me_message", "thread_broadcast"}
)


def past_message(message: Fields, *, me: Identity, known: Known) -> PastMessage | None:
    """What somebody, or we, said before; None for what nobody said.

    Args:
        message: as `conversations.replies` and `conversations.history` return it.
        me: who we are.
        known: what ids stand for.
    """
    ts, user, subtype = (text(message, name) for name in ("ts", "user", "subtype"))
    if not is_timestamp(ts) or subtype not in _WRITTEN:
        return None
    was_us = is_ours(message, me)
    # We are the thread's other voice: who called us by name said it to us.
    said = our_text(message, known) if was_us else said_in(message, known, bot_user=me.user)
    files = shared_files(message, known)
    if not said and not files:
        return None
    bot = text(message, "bot_id")
    is_bot = bool(bot or fields(message, "bot_profile")) or subtype == "bot_message"
    return PastMessage(
        message_id=ts,
        author=Person(
            id=user or bot,
            name=known.people.get(user, "") or _bot_name(message),
            is_bot=is_bot or was_us,
        ),
        text=said,
        sent_at=moment(ts),
        files=files,
        is_ours=was_us,
    )


def _bot_name(message: Fields) -> str:
    return one_line(text(message, "username") or text(message, "bot_profile", "name"))
