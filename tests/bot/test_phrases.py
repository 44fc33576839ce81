"""What people read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import errors, phrases
from bot.keys import SessionKey
from bot.mailbox import Thread, Usage
from bot.states import WorkerState


def _every(root: type[errors.ThreadpilotError]) -> list[type[errors.ThreadpilotError]]:
    return [root, *(each for kind in root.__subclasses__() for each in _every(kind))]


def _thread(title: str = "", generation: int = 1) -> Thread:
    return Thread(
        key=SessionKey(platform="p", workspace="", channel="c"),
        owner=None,
        sole_speaker=None,
        generation=generation,
        session_id="s",
        has_session=True,
        title=title,
        last_active=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "kind",
    [*_every(errors.CopilotError), *_every(errors.StoreError)],
    ids=lambda kind: kind.__name__,
)
def test_every_failure_says_what_is_wrong_and_that_the_message_is_kept(
    kind: type[errors.ThreadpilotError],
) -> None:
    """Each error has a sentence of its own for people, without the error's own words."""
    text = phrases.failure(kind("secret detail"))
    assert text.endswith("Your message is kept.")
    assert "secret detail" not in text
    assert "Something went wrong" not in text


def test_an_error_without_a_sentence_is_told_nevertheless() -> None:
    """An error that nobody thought of still says what to do."""
    assert "Something went wrong" in phrases.failure(errors.ChatError("x"))


@pytest.mark.parametrize("kind", _every(errors.StoreError), ids=lambda kind: kind.__name__)
def test_what_could_not_be_kept_does_not_claim_to_be(kind: type[errors.StoreError]) -> None:
    """A message or a control that was lost is not said to be kept."""
    for text in (phrases.unsaved(kind("x")), phrases.not_done(kind("x"))):
        assert "kept" not in text
        assert "mended" in text


def test_every_state_has_words() -> None:
    """Status can name whatever a worker does."""
    assert set(phrases.DOING) == set(WorkerState)


@pytest.mark.parametrize(
    ("usage", "text"),
    [
        (Usage(), ""),
        (Usage(seconds=3), ""),
        (Usage(model="gpt", seconds=1.26), "gpt · 1.3 s"),
        (Usage(model="gpt", seconds=61, cost=1), "gpt · 61.0 s · 1 premium requests"),
        (Usage(model="gpt", seconds=2, cost=0.33), "gpt · 2.0 s · 0.33 premium requests"),
    ],
)
def test_the_footer(usage: Usage, text: str) -> None:
    """Model, time and cost; nothing where the model is not known."""
    assert phrases.footer(usage) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=400), "400 days ago"),
    ],
)
def test_ages(age: timedelta, text: str) -> None:
    """An age in the unit that people would say."""
    assert phrases.thread_label(_thread("T"), age) == f"T ({text})"


def test_a_thread_without_a_title_has_a_name() -> None:
    """A list shows something for each thread."""
    assert phrases.thread_label(_thread(), timedelta()) == "Untitled conversation (just now)"


def test_status_counts_fresh_starts() -> None:
    """Status says how often a conversation was started afresh, in good English."""
    once = phrases.status(_thread(generation=2), working="ready", age=timedelta())
    assert "- started afresh 1 time\n" in once + "\n"
    twice = phrases.status(_thread(generation=3), working="ready", age=timedelta())
    assert "- started afresh 2 times" in twice
    assert "afresh" not in phrases.status(_thread(), working="ready", age=timedelta())


@pytest.mark.parametrize(
    ("has_choices", "allows_text", "hint"),
    [
        (True, True, phrases.ANSWER_FREELY),
        (True, False, phrases.ANSWER_BY_CHOICE),
        (False, True, phrases.ANSWER_IN_WORDS),
        (False, False, phrases.ANSWER_IN_WORDS),
    ],
)
def test_a_question_says_how_it_can_be_answered(
    has_choices: bool, allows_text: bool, hint: str
) -> None:
    """By a choice, in words, or both."""
    assert phrases.answer_hint(has_choices=has_choices, allows_text=allows_text) == hint


def test_what_was_cut_off_names_the_tools() -> None:
    """After an effect outside, people read which tool had begun."""
    assert "`bash`, `fetch`" in phrases.cut_off(["bash", "fetch"])
