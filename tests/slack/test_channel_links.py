"""Channels that an answer names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.channel_links import ChannelLinks, named_channels
from tests.contracts.store import SetClock

PUBLIC = {"general": "C1", "help-me_2": "C2", "日本": "C3"}


def address_of(name: str) -> str:
    """Where a channel of the tests is."""
    return f"https://x/{PUBLIC[name.lower()]}" if name.lower() in PUBLIC else ""


def linked(text: str) -> str:
    """The text with its channels made links."""
    for start, end, link in reversed(list(named_channels(text, address_of))):
        text = f"{text[:start]}{link}{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ask in #general.", "ask in [#general](https://x/C1)."),
        ("#General, (#help-me_2)", "[#General](https://x/C1), ([#help-me_2](https://x/C2))"),
        ("#日本", "[#日本](https://x/C3)"),
        ("#generals #gen #general-x", "#generals #gen #general-x"),
        ("x#general a.b#general", "x#general a.b#general"),
        ("https://x.org/#general", "https://x.org/#general"),
        ("&#general; ##general", "&#general; ##general"),
        ("# general #1", "# general #1"),
    ],
)  # fmt: skip
def test_known_channels_become_links(said: str, shown: str) -> None:
    """A name of a public channel that exists leads there; anything else stays what it is."""
    assert linked(said) == shown


@given(text=st.text(alphabet="#general -_x/.&(é1", max_size=40), at=st.integers(0, 40))
def test_what_is_whole_stays_when_the_text_grows(text: str, at: int) -> None:
    """What was made of a text that does not end within a name is how the longer one begins."""
    early = text[:at]
    if "#" not in early[-10:]:
        assert linked(text).startswith(linked(early))


def test_an_answer_stays_for_a_while() -> None:
    """A channel that comes to be known while a text grows does not change what was shown."""
    clock = SetClock()
    public: dict[str, str] = {}
    links = ChannelLinks(lambda: public, clock)
    assert links.address("general") == ""
    links.workspace_url = "https://team.slack.com/"
    assert links.address("general") == ""
    public["general"] = "C1"
    assert links.address("General") == ""
    clock.move(1_000)
    assert links.address("General") == "https://team.slack.com/archives/C1"
