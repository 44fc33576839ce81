"""Slack's markup on its way in, and Copilot's Markdown on its way out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.mentions import JOINER, harmless, settled
from adapters.slack.mrkdwn import LONGEST, mentions, people_in, readable

NAMES = {"UANN": "Ann Archer"}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("<@UBOT> hi", "hi"),
        ("hi <@UBOT>", "hi"),
        ("hey <@UBOT> do it", "hey do it"),
        ("<@UBOT>\nfirst\nsecond", "first\nsecond"),
        ("<@UBOT|copilot>: hi", ": hi"),
        ("<@UBOT>", ""),
        ("ask <@UANN>", "ask @Ann Archer"),
        ("ask <@UNEW>", "ask @UNEW"),
        ("ask <@UNEW|newton>", "ask @newton"),
        ("see <#C123|general> and <#C9>", "see #general and #C9"),
        ("<!here> <!subteam^S1|@admins> <!subteam^S2>", "@here @admins @subteam"),
        ("on <!date^1392734382^{date}^https://x.com|Feb 18, 2014>", "on Feb 18, 2014"),
        ("<https://example.com/a?b&amp;c>", "https://example.com/a?b&c"),
        ("<https://example.com|the page>", "the page (https://example.com)"),
        ("<https://example.com|example.com>", "https://example.com"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("if a &lt; b", "if a < b"),
        ("<>", "<>"),
    ],
)
def test_markup_becomes_readable(said: str, read: str) -> None:
    """Mentions, links, dates and entities read as people see them; our own mention is out."""
    assert readable(said, names=NAMES, bot_user="UBOT") == read


def test_a_message_too_long_is_cut_with_a_note() -> None:
    """Only so much of a message is passed on, and it says so."""
    read = readable("x" * (LONGEST + 5), names={}, bot_user="UBOT")
    assert read.startswith("x" * LONGEST)
    assert read.endswith("[The message was cut here: it had 40005 characters.]")


def test_people_are_found() -> None:
    """Whom a text mentions is known by id."""
    assert people_in("<@U1> and <@W2|x> but not <#C1>") == {"U1", "W2"}
    assert mentions("<@UBOT|copilot> hi", "UBOT")
    assert not mentions("hi", "")


@pytest.mark.parametrize(
    ("written", "out"),
    [
        ("<!here> look", f"<{JOINER}!here> look"),
        ("<!channel|channel> <!everyone>", f"<{JOINER}!channel|channel> <{JOINER}!everyone>"),
        ("<!subteam^S1|@admins>", f"<{JOINER}!subteam^S1|@admins>"),
        ("`<!here>`", f"`<{JOINER}!here>`"),
        ("ask <@UANN> or <@UNEW|x>", f"ask @{JOINER}Ann Archer or @{JOINER}UNEW"),
        ("@here and @Everyone!", f"@{JOINER}here and @{JOINER}Everyone!"),
        ("`@channel` in code", "`@channel` in code"),
        ("```\n@channel\n```\n@channel", f"```\n@channel\n```\n@{JOINER}channel"),
        ("me@here.com, @hereabouts", "me@here.com, @hereabouts"),
        ("<!DOCTYPE html> <!-- a comment -->", "<!DOCTYPE html> <!-- a comment -->"),
        ("a < b && b > c", "a < b && b > c"),
    ],
)
def test_nothing_that_copilot_writes_notifies(written: str, out: str) -> None:
    """Mentions in an answer look as they were written, and notify nobody."""
    assert harmless(written, lambda user: NAMES.get(user, user)) == out


PIECES = st.lists(
    st.sampled_from(
        ["<", "!", "@", "here", "channel", "everyone", "subteam^S1", "|", ">", "U1", "`", "```\n",
         "\n", " ", "x", "é", ".", "~~~"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(text=PIECES, at=st.integers(0, 200))
def test_what_is_settled_never_changes(text: str, at: int) -> None:
    """However a text goes on, what was streamed of it is how the whole begins."""
    early = harmless(settled(text[:at]), str)
    assert harmless(text, str).startswith(early)


@given(text=PIECES)
def test_little_is_held_back(text: str) -> None:
    """Only what could still become a mention is held back."""
    held = text[len(settled(text)) :]
    assert not held or held[0] in "<@"
    assert "\n" not in held
