"""The profiles and their order."""

from __future__ import annotations

from bot.profile import Profile


def test_each_profile_is_above_the_one_before() -> None:
    """The order is chat, web, agent, whatever their names are as texts."""
    assert sorted(Profile, key=lambda each: each.rank) == [
        Profile.CHAT,
        Profile.WEB,
        Profile.AGENT,
    ]


def test_a_profile_stays_within_its_ceiling() -> None:
    """A profile above the ceiling becomes the ceiling; one below stays."""
    assert Profile.AGENT.within(Profile.WEB) is Profile.WEB
    assert Profile.CHAT.within(Profile.AGENT) is Profile.CHAT
    assert Profile.WEB.within(Profile.WEB) is Profile.WEB
