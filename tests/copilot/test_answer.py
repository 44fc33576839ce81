"""The text of a message that the runtime asks for more than once."""

from __future__ import annotations

from adapters.copilot.answer import Answer


def told(*attempts: str) -> str:
    """What is told of attempts at one message, each given letter by letter."""
    answer = Answer()
    return "".join(
        answer.add(str(number), letter)
        for number, attempt in enumerate(attempts)
        for letter in attempt
    )


def test_one_attempt_is_told_as_it_comes() -> None:
    """Each piece is told at once."""
    assert told("hello there") == "hello there"


def test_what_was_told_is_not_told_again() -> None:
    """A second attempt that says the same is told from where the first broke off."""
    assert told("hello th", "hello there") == "hello there"


def test_attempts_that_break_off_earlier() -> None:
    """However often it breaks off, no word is told twice."""
    assert told("hello th", "hel", "hello t", "hello there, you") == "hello there, you"


def test_another_text_is_held_back() -> None:
    """An attempt that says something else is not mixed with what was told."""
    assert told("hello th", "helium is light") == "hello th"


def test_the_next_message_starts_anew() -> None:
    """After the end of a message the next one is told in full, even if it begins alike."""
    answer = Answer()
    assert answer.add("1", "hello") == "hello"
    assert answer.is_begun
    answer.end()
    assert not answer.is_begun
    assert answer.add("2", "hello") == "hello"
