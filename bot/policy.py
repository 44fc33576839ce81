"""Which permissions are given, refused or asked for: the operator's rules, first match wins.

A shell line is judged command by command, and anything that touches several paths or hosts path
by path: the strictest verdict counts.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from fnmatch import translate
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.errors import SettingsError
from bot.requests import Need, Wanted


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where and for whom something is wanted.

    Args:
        platform: as in `SessionKey.platform`.
        channel: the channel's id.
        person: id of who is answered.
    """

    platform: str
    channel: str
    person: str


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
    """

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules)

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
    """Read a policy file: TOML with a `[[rule]]` for each rule.

    Args:
        path: the file.

    Raises:
        SettingsError: it cannot be read, or says something that no rule can; the sentence
            names the rule.
    """
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _problem(path, f"cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _problem(path, f"is not TOML ({error})") from error
    rules = found.pop("rule", [])
    if found or not isinstance(rules, list):
        names = ", ".join(sorted(found)) or "rule"
        raise _problem(path, f"may hold [[rule]] tables only, not {names}")
    return Policy(_rule(path, number, rule) for number, rule in enumerate(rules, start=1))


def _rule(path: Path, number: int, given: Any) -> Rule:
    if not isinstance(given, Mapping):
        raise _problem(path, f"rule {number}: write it as a [[rule]] table")
    if unknown := sorted(set(given) - _KEYS):
        known = ", ".join(sorted(_KEYS))
        raise _problem(path, f"rule {number}: knows no {unknown[0]!r}, only {known}")
    for name, value in given.items():
        if not isinstance(value, str):
            raise _problem(path, f"rule {number}: {name} must be a text in quotes")
    decide = given.get("decide", "")
    if decide not in _RULINGS:
        raise _problem(path, f"rule {number}: decide must be one of {', '.join(_RULINGS)}")
    need = given.get("need")
    if need is not None and need not in {each.value for each in Need}:
        raise _problem(path, f"rule {number}: need must be one of {', '.join(Need)}")
    return Rule(
        decide=_RULINGS[decide],
        need=None if need is None else Need(need),
        reason=given.get("reason", ""),
        **{name: given.get(name, "") for name in _PATTERNS},
    )


def _problem(path: Path, what: str) -> SettingsError:
    return SettingsError([f"THREADPILOT_POLICY: {path} {what}."])


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
    return all(not pattern or _fits(pattern, value) for pattern, value in pairs)


def _fits(pattern: str, value: str) -> bool:
    return bool(value) and _compiled(pattern).fullmatch(value) is not None


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))
