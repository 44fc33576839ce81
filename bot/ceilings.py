"""Which profile a session has: what was chosen, within what the operator grants there."""

from __future__ import annotations

from dataclasses import dataclass

from bot.patterns import fits
from bot.place import Place
from bot.profile import Profile


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What the operator grants somewhere: it counts where all that it names matches.

    Args:
        default: the profile where nothing is chosen; None to leave that to others.
        most: the most that may be chosen; None to leave that to others.
        platform: a pattern of the platform, with `*` and `?`; empty for any.
        channel: of the channel's id.
        person: of the id of who is answered.
    """

    default: Profile | None = None
    most: Profile | None = None
    platform: str = ""
    channel: str = ""
    person: str = ""

    def counts(self, place: Place) -> bool:
        """Whether it is about a place and person."""
        pairs = (
            (self.platform, place.platform),
            (self.channel, place.channel),
            (self.person, place.person),
        )
        return all(not pattern or fits(pattern, value) for pattern, value in pairs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ceilings:
    """The profiles that the operator grants.

    Args:
        default: the profile where nothing else is said; also the most that may be chosen then.
        grants: the first that is about a place and names a default counts for that, and so for
            the most.
    """

    default: Profile = Profile.CHAT
    grants: tuple[Grant, ...] = ()

    def most(self, place: Place) -> Profile:
        """The most that may be chosen."""
        found = (each.most for each in self.grants if each.most and each.counts(place))
        return next(found, self._default(place))

    def of(self, chosen: Profile | None, place: Place) -> Profile:
        """The profile that counts.

        Args:
            chosen: what was chosen for the thread; None for nothing.
            place: the thread's place, and who is answered.
        """
        return (chosen or self._default(place)).within(self.most(place))

    def _default(self, place: Place) -> Profile:
        found = (each.default for each in self.grants if each.default and each.counts(place))
        return next(found, self.default)
