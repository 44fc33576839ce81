"""Which permissions are given, refused or asked for: the operator's rules, first match wins.

A shell line is judged command by command, and anything that touches several paths or hosts path
by path: the strictest verdict counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from bot.ceilings import Grant
from bot.patterns import fits
from bot.place import Place
from bot.profile import Profile
from bot.requests import Need, Wanted
from bot.rules_file import problem, tables


class Ruling(IntEnum):
    """What a rule says; the higher, the stricter."""

    ALLOW = 0
    ASK = 1
    ASK_TWO = 2
    DENY = 3


_RULINGS = {
    "allow": Ruling.ALLOW,
    "ask": Ruling.ASK,
    "ask-two": Ruling.ASK_TWO,
    "deny": Ruling.DENY,
}
_PATTERNS = ("tool", "command", "path", "host", "platform", "channel", "person")
_KEYS = frozenset({*_PATTERNS, "need", "decide", "reason"})
_PLACE = ("platform", "channel", "person")
_GRANT_KEYS = frozenset({*_PLACE, "default", "most"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the rules say of something.

    Args:
        ruling: what to do.
        reason: the rule's own words for people; may be empty.
    """

    ruling: Ruling
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule: it matches where all that it names matches.

    Args:
        decide: what it says.
        need: the kind of thing; None for any.
        tool: a pattern of the tool's name, as the others with `*` and `?`; empty for any.
        command: of one command of a shell line.
        path: of an absolute path.
        host: of a host.
        platform: of the platform.
        channel: of the channel's id.
        person: of the person's id.
        reason: for people.
    """

    decide: Ruling
    need: Need | None = None
    tool: str = ""
    command: str = ""
    path: str = ""
    host: str = ""
    platform: str = ""
    channel: str = ""
    person: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """What is judged at once: one command, one path or one host of what is wanted."""

    command: str = ""
    path: str = ""
    host: str = ""


class Policy:
    """The operator's rules.

    Args:
        rules: in the order in which they are tried; where none matches, people are asked.
        grants: which profiles are granted where, in the order in which they are tried.
    """

    def __init__(self, rules: Iterable[Rule] = (), grants: Iterable[Grant] = ()) -> None:
        self._rules = tuple(rules)
        self.grants = tuple(grants)

    def judge(self, wanted: Wanted, place: Place) -> Verdict:
        """What to do about something.

        Args:
            wanted: what Copilot wants.
            place: where, and for whom.

        Returns:
            The strictest verdict on any part of it; the first of those.
        """
        return max(
            (self._judge(wanted, part, place) for part in _parts(wanted)),
            key=lambda verdict: verdict.ruling,
        )

    def _judge(self, wanted: Wanted, part: _Part, place: Place) -> Verdict:
        for rule in self._rules:
            if _matches(rule, wanted, part, place):
                return Verdict(ruling=rule.decide, reason=rule.reason)
        return Verdict(ruling=Ruling.ALLOW if wanted.is_harmless else Ruling.ASK)


def read_policy(path: Path) -> Policy:
    """Read a policy file: TOML with a `[[rule]]` for each rule, a `[[profile]]` for each grant.

    Args:
        path: the file.

    Raises:
        SettingsError: it cannot be read, or says something that no rule can; the sentence
            names the rule.
    """
    found = tables(path)
    return Policy(
        [_rule(path, number, rule) for number, rule in enumerate(found["rule"], start=1)],
        [_grant(path, number, grant) for number, grant in enumerate(found["profile"], start=1)],
    )


def _table(
    path: Path, named: str, given: Mapping[str, Any], keys: frozenset[str]
) -> Mapping[str, str]:
    """A table of the file, with texts only."""
    if unknown := sorted(set(given) - keys):
        known = ", ".join(sorted(keys))
        raise problem(path, f"{named}: knows no {unknown[0]!r}, only {known}")
    for name, value in given.items():
        if not isinstance(value, str):
            raise problem(path, f"{named}: {name} must be a text in quotes")
    return given


def _grant(path: Path, number: int, given: Mapping[str, Any]) -> Grant:
    given = _table(path, f"profile {number}", given, _GRANT_KEYS)
    profiles: dict[str, Profile] = {}
    for name in ("default", "most"):
        if name in given:
            if given[name] not in set(Profile):
                known = ", ".join(Profile)
                raise problem(path, f"profile {number}: {name} must be one of {known}")
            profiles[name] = Profile(given[name])
    if not profiles:
        raise problem(path, f"profile {number}: says neither default nor most")
    return Grant(
        default=profiles.get("default"),
        most=profiles.get("most"),
        **{name: given.get(name, "") for name in _PLACE},
    )


def _rule(path: Path, number: int, given: Mapping[str, Any]) -> Rule:
    given = _table(path, f"rule {number}", given, _KEYS)
    decide = given.get("decide", "")
    if decide not in _RULINGS:
        raise problem(path, f"rule {number}: decide must be one of {', '.join(_RULINGS)}")
    need = given.get("need")
    if need is not None and need not in {each.value for each in Need}:
        raise problem(path, f"rule {number}: need must be one of {', '.join(Need)}")
    return Rule(
        decide=_RULINGS[decide],
        need=None if need is None else Need(need),
        reason=given.get("reason", ""),
        **{name: given.get(name, "") for name in _PATTERNS},
    )


def _parts(wanted: Wanted) -> Iterator[_Part]:
    """Everything that has to be judged on its own."""
    found = False
    for command in wanted.commands:
        found = True
        yield _Part(command=command)
    if not wanted.commands or wanted.writes_files:
        for path in wanted.paths:
            found = True
            yield _Part(path=path)
    for host in wanted.hosts:
        found = True
        yield _Part(host=host)
    if not found:
        yield _Part()


def _matches(rule: Rule, wanted: Wanted, part: _Part, place: Place) -> bool:
    if rule.need is not None and rule.need is not wanted.need:
        return False
    # What a command does to files and hosts is allowed by a rule that names these alone.
    # What is not sure to be all of a line is not allowed by the name of a command.
    if (
        rule.decide is Ruling.ALLOW
        and wanted.need is Need.SHELL
        and (
            (part.path and not rule.path)
            or (part.host and not rule.host)
            or (rule.command and not wanted.is_certain)
        )
    ):
        return False
    pairs = (
        (rule.tool, wanted.tool),
        (rule.command, part.command),
        (rule.path, part.path),
        (rule.host, part.host),
        (rule.platform, place.platform),
        (rule.channel, place.channel),
        (rule.person, place.person),
    )
    return all(not pattern or fits(pattern, value) for pattern, value in pairs)
