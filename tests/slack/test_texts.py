"""Copilot's Markdown on its way out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.mentions import JOINER, harmless, settled

NAMES = {"UANN": "Ann Archer"}


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
