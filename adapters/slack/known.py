"""What is known of the ids in a message: people, channels, groups and files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from adapters.fields import Fields, fields, items, text

_DEEPEST = 20
_MOST = 4_000
_MENTION = re.compile(
    r"<(?:@([A-Z0-9]{1,40})|#([A-Z0-9]{1,40})|!subteam\^([A-Z0-9]{1,40}))(?:\|[^<>]*)?>"
)
_LABELLED = re.compile(r"<(?:#([A-Z0-9]{1,40})|!subteam\^([A-Z0-9]{1,40}))\|([^<>]+)>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Names and descriptions, by id; what is missing is shown by its id.

    Args:
        people: what people are called.
        channels: what channels are called, without `#`.
        groups: what user groups are called, without `@`.
        files: what `files.info` says of files that messages only name.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Fields] = field(default_factory=dict)

    def with_labels(self, labels: Labels) -> Known:
        """Beside it, the names that a message's own text gives."""
        return Known(
            people=self.people,
            channels={**labels.channels, **self.channels},
            groups={**labels.groups, **self.groups},
            files=self.files,
        )


NOTHING = Known()


@dataclass(frozen=True, kw_only=True, slots=True)
class Labels:
    """Names of channels and groups as a message's text gives them, by id."""

    channels: Mapping[str, str]
    groups: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The ids whose names a message needs.

    Args:
        people: who speaks, acts or is mentioned.
        channels: which are mentioned, and not named beside.
        groups: which are mentioned, and not named beside.
        files: which are only named, so that `files.info` must say what they are.
    """

    people: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()

    def without_person(self, user: str) -> Wanted:
        """All but a person.

        Args:
            user: the id.
        """
        return replace(self, people=self.people - {user})

    def __or__(self, other: Wanted) -> Wanted:
        return Wanted(
            people=self.people | other.people,
            channels=self.channels | other.channels,
            groups=self.groups | other.groups,
            files=self.files | other.files,
        )


def labels_in(markup: str) -> Labels:
    """The names of channels and groups that a text gives beside their ids.

    Args:
        markup: as Slack writes it.
    """
    channels: dict[str, str] = {}
    groups: dict[str, str] = {}
    for channel, group, label in _LABELLED.findall(markup):
        if channel:
            channels[channel] = label
        else:
            groups[group] = label.removeprefix("@")
    return Labels(channels=channels, groups=groups)


def wanted_by(body: object) -> Wanted:
    """The ids in an event's payload or in a message.

    Args:
        body: the payload, or the message.
    """
    event = fields(body, "event")
    wanted = Wanted()
    for message in (event, fields(event, "message"), fields(body)):
        wanted |= _wanted_by_message(message)
    return wanted


def people_in(markup: str) -> frozenset[str]:
    """The ids of the people that a text mentions.

    Args:
        markup: as Slack writes it.
    """
    return frozenset(person for person, *_ in _MENTION.findall(markup) if person)


def mentions(message: Fields, user: str) -> bool:
    """Whether a message mentions this user.

    Args:
        message: as Slack sends it.
        user: the id.
    """
    return bool(user) and user in people_in(text(message, "text"))


def is_stub(file: object) -> bool:
    """Whether a message says of a file no more than its id, as in Slack Connect.

    https://docs.slack.dev/reference/events/message/file_share/
    """
    return text(file, "file_access") == "check_file_info" and bool(text(file, "id"))


def _wanted_by_message(message: Fields) -> Wanted:
    markup = text(message, "text")
    people, channels, groups = {text(message, "user")}, set[str](), set[str]()
    parts = (message.get("blocks"), message.get("attachments"))
    for said in (markup, *_strings(parts)):
        for person, channel, group in _MENTION.findall(said):
            people.add(person)
            channels.add(channel)
            groups.add(group)
    for element in _elements(parts):
        people.add(text(element, "user_id"))
        channels.add(text(element, "channel_id"))
        groups.add(text(element, "usergroup_id"))
    named = labels_in(markup)
    return Wanted(
        people=frozenset(people - {""}),
        channels=frozenset(channels - named.channels.keys() - {""}),
        groups=frozenset(groups - named.groups.keys() - {""}),
        files=frozenset(text(file, "id") for file in items(message, "files") if is_stub(file)),
    )


def _strings(value: object) -> Iterator[str]:
    """The strings in blocks and attachments that may hold markup."""
    for part in _walk(value):
        for name in ("text", "value", "pretext", "title", "fallback"):
            if isinstance(said := part.get(name), str):
                yield said


def _elements(value: object) -> Iterator[Fields]:
    for part in _walk(value):
        if part.get("type") in {"user", "channel", "usergroup"}:
            yield part


def _walk(value: object) -> Iterator[Fields]:
    """Every object in a value, within bounds."""
    waiting: list[tuple[object, int]] = [(value, 0)]
    seen = 0
    while waiting and seen < _MOST:
        part, depth = waiting.pop()
        seen += 1
        inner: list[object] = []
        if isinstance(part, dict):
            yield part
            inner = list(part.values())
        elif isinstance(part, list | tuple):
            inner = list(part)
        if depth < _DEEPEST:
            waiting += [(each, depth + 1) for each in inner if isinstance(each, dict | list)]
