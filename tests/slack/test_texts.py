"""Copilot's Markdown on its way out."""

from __future__ import annotations

import pytest

from adapters.slack.mentions import JOINER, harmless

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


@pytest.mark.parametrize(
    "text", ["<!here> <@UANN> @here", "`@here` <!subteam^S1>", "```\n@channel\n```", "<<!here>"]
)
def test_doing_so_twice_changes_nothing(text: str) -> None:
    """What is harmless stays as it is."""
    once = harmless(text, lambda user: NAMES.get(user, user))
    assert harmless(once, str) == once


def test_a_word_in_code_is_shown_as_it_is() -> None:
    """In code a bare word is nothing to Slack, and what is copied from there must be right."""
    assert harmless("@here <!here>", str, is_code=True) == f"@here <{JOINER}!here>"
