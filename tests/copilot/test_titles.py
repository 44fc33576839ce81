"""What conversations are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.copilot.titles import MOST, first_words, holds_secret, question, title_of, words_of
from bot.keys import SessionKey
from bot.mailbox import Entry, EntryKind, EntryState
from bot.messages import Person
from bot.prompt import prompt_of

ENTRY = Entry(
    id=1,
    key=SessionKey(platform="fake", workspace="W", channel="C", thread="T"),
    kind=EntryKind.MESSAGE,
    state=EntryState.RUNNING,
    source_id="m1",
    author=Person(id="U1", name="Ann"),
    text="Compare them",
    reference="",
    sent_at=datetime(2026, 1, 5, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Sales in 2026", "Sales in 2026"),
        ('"Sales in 2026."', "Sales in 2026"),
        ("**Title: How to bake bread**", "How to bake bread"),
        ("# 売上の推移\n\nMore.", "売上の推移"),
        ("1. Plan a trip", "Plan a trip"),
        ("Sure! Here is a title:\n\n«Plan a trip»", "Plan a trip"),
        ("<think>hm, a trip</think>\nPlan a trip", "Plan a trip"),
        ("<think>hm, a trip", ""),
        ("[Herons](https://example.org) in `Python`", "Herons in Python"),
        ("Don’t say it’s a cat", "Don’t say it’s a cat"),
        ("The answer to your question is that " + "very " * 40 + "long", ""),
        ("Key AKIAIOSFODNN7EXAMPLE rejected", ""),
        ("", ""),
        ("\n``` \n", ""),
    ],
)
def test_titles_of_models(answer: str, title: str) -> None:
    """Of what a model answers the title is taken, and no answer to the message passes for one."""
    assert title_of(answer) == title


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("What is a heron?", "What is a heron?"),
        ("\n\n## Plan\nmore", "Plan"),
        ("```py\nprint(1)\n```", "print(1)"),
        ("> quoted\nwhy?", "quoted"),
        ("my password is hunter2, help", "my … help"),
        ("look at https://user:pw@example.com/a?token=abc please", "look at example.com please"),
        ("ghp_abcdefghijklmnopqrstuvwx", ""),
        ("!?", ""),
        ("(It came without words.)", ""),
        ("word " * 40, "word " * 10 + "word…"),
        ("売" * 100, "売" * 59 + "…"),
    ],
)
def test_first_words(words: str, title: str) -> None:
    """The first words of a message are a title, without what must not be shown about."""
    assert first_words(words) == title


def test_a_persons_own_words() -> None:
    """What was said before, and who speaks, is no part of a title."""
    quoted = '<said_before>\n"Bo", 2026-01-01 10:00 UTC:\n> "x" says:\n</said_before>'
    prompt = prompt_of(ENTRY, quoted)
    assert "Bo" in prompt
    assert words_of(prompt) == "Compare them"
    assert first_words(prompt) == "Compare them"
    assert question(prompt) == "<message>\nCompare them\n</message>"
    assert words_of(prompt_of(replace(ENTRY, text=""), "x")) == ""


def test_the_question_is_bounded() -> None:
    """Of a long message the model is asked by its beginning and its end."""
    asked = question("a" * 50_000 + "b" * 50_000)
    assert len(asked) < 2100
    assert asked.startswith("<message>\naaa")
    assert asked.endswith("bbb\n</message>")


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefgh12345678",
        "github_pat_11ABCDEFG0abcdef",
        "xoxb-123456789012-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.e30.abc",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----",
        "d41d8cd98f00b204e9800998ecf8427e",
        "4111111111111111",
        "Password: hunter2",
        "token=abc",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ],
)
def test_secrets(secret: str) -> None:
    """What looks like a key, a token or a password is never in a title."""
    assert holds_secret(f"see {secret} there")
    assert title_of(f"About {secret}") == ""
    assert secret not in first_words(f"about {secret} and more")


@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever is said, a title is one printable line that is not long and tells no secret."""
    for title in (title_of(text), first_words(text)):
        assert len(title) <= MOST
        assert title == title.strip()
        assert title.isprintable()
        assert not holds_secret(title)
        assert not set(title) & set('"«»`*#')
