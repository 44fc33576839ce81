"""The prompt that a message becomes."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Person
from bot.prompt import is_prompt_of, prompt_of
from tests.bot.test_context import ENTRY


def test_words_alone_are_the_prompt() -> None:
    """Where one person speaks and nothing comes along, the words are told as they are."""
    assert prompt_of(ENTRY) == "And now?"
    assert prompt_of(ENTRY, "", "") == "And now?"


def test_in_a_shared_thread_the_speaker_is_named() -> None:
    """Where several people speak, the model is told who says it, on a line of its own."""
    shared = replace(ENTRY, is_shared=True, author=Person(id="U3", name='Bob\n"B" <b>'))
    assert prompt_of(shared) == "\"Bob 'B' <b>\" says:\n\nAnd now?"


def test_what_comes_along_stands_before_the_words() -> None:
    """What comes along is told first, and then who says what."""
    assert prompt_of(ENTRY, "one", "", "two") == 'one\n\ntwo\n\n"Ann" says:\n\nAnd now?'


def test_a_message_without_words() -> None:
    """That there are no words is told."""
    assert prompt_of(replace(ENTRY, text=" \n"), "one").endswith("\n\n(It came without words.)")


@given(
    text=st.text(),
    preamble=st.lists(st.text(max_size=9), max_size=3),
    name=st.text(),
    is_shared=st.booleans(),
)
def test_every_prompt_is_known_again(
    text: str, preamble: list[str], name: str, is_shared: bool
) -> None:
    """A prompt ends with the words, and is known again by them."""
    entry = replace(ENTRY, text=text, author=Person(id="U1", name=name), is_shared=is_shared)
    prompt = prompt_of(entry, *preamble)
    assert is_prompt_of(prompt, entry)
    if text.strip():
        assert prompt.endswith(text)
