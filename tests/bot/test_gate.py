"""Is it for us?"""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.gate import Access, FollowUp, Verdict, judge_call, judge_follow_up
from bot.keys import SessionKey
from bot.mailbox import Thread
from bot.messages import IncomingMessage, Person

_NOW = datetime(2026, 1, 5, tzinfo=UTC)
_KEY = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1.0")


def _message(**changes: Any) -> IncomingMessage:
    values: dict[str, Any] = {
        "key": _KEY,
        "message_id": "1.0",
        "author": Person(id="ann"),
        "text": "hello",
        "sent_at": _NOW,
        **changes,
    }
    return IncomingMessage(**values)


def _thread(sole_speaker: str | None) -> Thread:
    return Thread(
        key=_KEY,
        owner=None,
        sole_speaker=sole_speaker,
        generation=1,
        session_id="s",
        has_session=True,
        title="",
        last_active=_NOW,
    )


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"mentions_bot": True}, Verdict.ACCEPT),
        ({"is_direct": True}, Verdict.ACCEPT),
        ({}, None),
        ({"author": Person(id="bot", is_bot=True), "mentions_bot": True}, Verdict.IGNORE),
        ({"author": Person(id="ben"), "mentions_bot": True}, Verdict.REFUSE),
        ({"author": Person(id="ben")}, Verdict.IGNORE),
    ],
)
def test_a_call_is_accepted_from_those_who_may(
    changes: dict[str, Any], verdict: Verdict | None
) -> None:
    """A mention or direct message counts, from a person on the list; a program's never does."""
    access = Access(people=frozenset({"ann"}))
    assert judge_call(_message(**changes), access) is verdict


def test_a_channel_that_is_not_on_the_list_is_refused_but_a_direct_message_is_not() -> None:
    """The list of channels says nothing of direct messages."""
    access = Access(channels=frozenset({"C2"}))
    assert judge_call(_message(mentions_bot=True), access) is Verdict.REFUSE
    assert judge_call(_message(is_direct=True), access) is Verdict.ACCEPT


@pytest.mark.parametrize(
    ("thread", "mode", "verdict"),
    [
        (None, FollowUp.ALWAYS, Verdict.IGNORE),
        (_thread("ann"), FollowUp.THREAD, Verdict.ACCEPT),
        (_thread("ben"), FollowUp.THREAD, Verdict.OTHERS_JOINED),
        (_thread(None), FollowUp.THREAD, Verdict.IGNORE),
        (_thread(None), FollowUp.ALWAYS, Verdict.ACCEPT),
        (_thread("ann"), FollowUp.MENTION, Verdict.IGNORE),
    ],
)
def test_a_follow_up_counts_by_the_operators_rule(
    thread: Thread | None, mode: FollowUp, verdict: Verdict
) -> None:
    """Without a mention, the rule and who has spoken in the thread decide."""
    assert judge_follow_up(_message(), thread, mode) is verdict
