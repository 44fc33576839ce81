"""The name of a thread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.keys import SessionKey

_part = st.text(max_size=30)
_named = st.text(min_size=1, max_size=30)


@given(platform=_named, workspace=_part, channel=_named, thread=_part)
def test_what_is_printed_is_read_back(
    platform: str, workspace: str, channel: str, thread: str
) -> None:
    """Print and parse round-trip, whatever the parts hold."""
    key = SessionKey(platform=platform, workspace=workspace, channel=channel, thread=thread)
    assert SessionKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "slack", "slack:T1:C1", "slack:T1:C1:1:2", ":T1:C1:1", "slack:T1::1"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    """A text that is not four parts with platform and channel is refused by name."""
    with pytest.raises(ValueError, match="platform:workspace:channel:thread"):
        SessionKey.parse(text)
