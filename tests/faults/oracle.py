"""Knows each message's fate: what was said, what is seen at the end, and what the database has.

A pure function of these three, so that the oracle itself can be tested: a violation that is planted
must be found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from bot import phrases
from bot.mailbox import EntryState
from tests.faults.script import heard_in, words_in


class Rule(StrEnum):
    """What must hold."""

    ANSWERED = "every message is answered, whole"
    ONCE = "nothing is answered twice, not even for a moment"
    IN_PLACE = "an answer is in its message's thread"
    IN_ORDER = "a thread's messages are answered in order"
    REMEMBERED = "a session has heard what was answered before, once, and nothing else"
    NOTHING_ELSE = "the bot shows nothing but answers and its own sentences"
    ENDED = "nothing of a reply is left open, no message is marked, no thread is seen working"
    IN_THE_MAILBOX = "the mailbox has each message once, and all are ended"
    DELIVERED = "each message of a reply has its delivery"
    RELEASED = "no lease is held"
    DECIDED = "no request is open"
    SOUND = "the bot logs no exception that nobody expected"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a conversation is.

    Args:
        platform: its name.
        channel: the channel's id.
        thread: the thread's; empty at the top of a direct message.
    """

    platform: str
    channel: str
    thread: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody said to the bot.

    Args:
        token: its name.
        place: where.
        message_id: the platform's id of it.
        who: who said it.
        words: how many words the answer is to have.
        is_excused: whether a person deleted its answer.
    """

    token: str
    place: Place
    message_id: str
    who: str
    words: int
    is_excused: bool = False


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A message of the bot's, as it is seen at the end.

    Args:
        place: where.
        id: the message's.
        text: what it says.
        shown: all that can be read of it.
        is_finished: whether it does not grow any more.
    """

    place: Place
    id: str
    text: str
    shown: str
    is_finished: bool = True


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A message in a mailbox, as the database has it.

    Args:
        id: the entry's.
        source_id: the platform's id of the message.
        place: its thread.
        state: how it ended.
        retries: how often it was begun from scratch.
        references: the messages of its reply.
    """

    id: int
    source_id: str
    place: Place
    state: EntryState
    retries: int = 0
    references: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What is left at the end.

    Args:
        leases: threads that somebody holds.
        requests: requests that are open.
        controls: controls that nobody took.
        marked: messages that bear the sign of waiting.
        working: threads that are seen working.
    """

    leases: Sequence[str] = ()
    requests: Sequence[str] = ()
    controls: Sequence[str] = ()
    marked: Sequence[str] = ()
    working: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Violation:
    """Something that must hold and does not.

    Args:
        rule: what must hold.
        about: what it is about: a token, or a message.
        detail: what was found.
    """

    rule: Rule
    about: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.about}: {self.rule} - {self.detail}"


@dataclass
class _Answer:
    """What is shown of an answer: the words in the order in which they are read."""

    words: list[int] = field(default_factory=list)
    messages: list[Shown] = field(default_factory=list)
    heard: list[list[str]] = field(default_factory=list)


def judged(
    asked: Sequence[Asked], shown: Sequence[Shown], kept: Sequence[Kept], remains: Remains
) -> list[Violation]:
    """Find what does not hold.

    Args:
        asked: what was said, in the order in which it was.
        shown: the bot's messages, each place's oldest first.
        kept: the mailboxes' messages.
        remains: what is left.
    """
    answers = _answers(asked, shown, kept)
    return [
        *_of_answers(asked, answers),
        *_of_order(asked, answers, kept),
        *_of_memory(asked, answers, kept),
        *_of_other_messages(asked, shown),
        *_of_mailboxes(asked, answers, kept),
        *_of_remains(remains),
    ]


def _answers(
    asked: Sequence[Asked], shown: Sequence[Shown], kept: Sequence[Kept]
) -> dict[str, _Answer]:
    found: dict[str, _Answer] = defaultdict(_Answer)
    entries = {(each.place, each.source_id): each for each in kept}
    # A message that is retried gets a reply of its own; what failed stays as it was.
    retried = {
        each.token: entry.references
        for each in asked
        if (entry := entries.get((each.place, each.message_id))) and entry.retries
    }
    for message in shown:
        if _is_told(message):
            continue  # what was said until it failed stays beside the answer
        for token, place in words_in(message.text):
            if message.id not in retried.get(token, (message.id,)):
                continue
            answer = found[token]
            answer.words.append(place)
            if not answer.messages or answer.messages[-1] is not message:
                answer.messages.append(message)
        for token, heard in heard_in(message.text):
            if message.id in retried.get(token, (message.id,)):
                found[token].heard.append(heard)
    return found


def _of_answers(asked: Sequence[Asked], answers: dict[str, _Answer]) -> list[Violation]:
    violations = []
    for each in asked:
        answer = answers.get(each.token) or _Answer()
        whole = list(range(1, each.words + 1))
        # What was deleted in the middle comes anew at the end, or was deleted when it was whole.
        found = sorted(answer.words) if each.is_excused else answer.words
        if found != whole and not (each.is_excused and not found):
            is_twice = len(answer.words) != len(set(answer.words))
            rule = Rule.ONCE if is_twice else Rule.ANSWERED
            detail = f"{len(answer.words)} of {each.words} words in {_ids(answer.messages)}"
            violations.append(Violation(rule=rule, about=each.token, detail=detail))
        for message in answer.messages:
            if message.place != each.place:
                detail = f"asked in {each.place}, answered in {message.place}"
                violations.append(Violation(rule=Rule.IN_PLACE, about=each.token, detail=detail))
    return violations


def _of_order(
    asked: Sequence[Asked], answers: dict[str, _Answer], kept: Sequence[Kept]
) -> list[Violation]:
    """What came first is answered first, unless the platform brought it later."""
    violations = []
    entries = {(each.place, each.source_id): each for each in kept}
    seen: dict[Place, list[Asked]] = defaultdict(list)
    for each in asked:
        entry = entries.get((each.place, each.message_id))
        answer = answers.get(each.token)
        if entry is None or entry.retries or answer is None or not answer.messages:
            continue
        for earlier in seen[each.place]:
            before = entries[earlier.place, earlier.message_id]
            last = answers[earlier.token].messages[-1]
            if before.id < entry.id and _at(last) > _at(answer.messages[0]):
                detail = f"answered before {earlier.token}"
                violations.append(Violation(rule=Rule.IN_ORDER, about=each.token, detail=detail))
        seen[each.place].append(each)
    return violations


def _of_memory(
    asked: Sequence[Asked], answers: dict[str, _Answer], kept: Sequence[Kept]
) -> list[Violation]:
    violations = []
    places = {each.token: each.place for each in asked}
    by_source = {(each.place, each.source_id): each for each in kept}
    tokens = {
        entry.id: each.token
        for each in asked
        if (entry := by_source.get((each.place, each.message_id)))
    }
    order = {token: number for number, token in enumerate(tokens[id_] for id_ in sorted(tokens))}
    retried = {tokens[each.id] for each in kept if each.retries and each.id in tokens}
    for each in asked:
        mine = answers.get(each.token)
        for heard in mine.heard if mine is not None and mine.messages else ():
            strangers = {token for token in heard if places.get(token) != each.place}
            missing = {
                token
                for token, answer in answers.items()
                if answer.messages
                and places.get(token) == each.place
                and order.get(token, 0) < order.get(each.token, 0)
                and _at(answer.messages[-1]) < _at(answers[each.token].messages[0])
            } - {*heard, *retried}
            once = [token for token in heard if token not in retried]
            if len(once) != len(set(once)) or strangers or missing:
                detail = f"heard {heard}, strangers {strangers}, missing {missing}"
                violations.append(Violation(rule=Rule.REMEMBERED, about=each.token, detail=detail))
    return violations


def _of_other_messages(asked: Sequence[Asked], shown: Sequence[Shown]) -> list[Violation]:
    violations = []
    tokens = {each.token for each in asked}
    for message in shown:
        found = {token for token, _ in words_in(message.text)}
        if not found <= tokens or (not found and not _is_told(message)):
            detail = f"{message.place}: {message.shown[:300]!r}"
            violations.append(Violation(rule=Rule.NOTHING_ELSE, about=message.id, detail=detail))
        if not message.is_finished:
            detail = f"{message.place}: {message.shown[:300]!r} still grows"
            violations.append(Violation(rule=Rule.ENDED, about=message.id, detail=detail))
    return violations


def _of_mailboxes(
    asked: Sequence[Asked], answers: dict[str, _Answer], kept: Sequence[Kept]
) -> list[Violation]:
    violations = []
    entries: dict[tuple[Place, str], list[Kept]] = defaultdict(list)
    for entry in kept:
        entries[entry.place, entry.source_id].append(entry)
    for each in asked:
        mine = entries.pop((each.place, each.message_id), [])
        if [entry.state for entry in mine] != [EntryState.DONE]:
            detail = f"{[(entry.id, entry.state.value) for entry in mine]}"
            violations.append(Violation(rule=Rule.IN_THE_MAILBOX, about=each.token, detail=detail))
            continue
        shown = {message.id for message in answers[each.token].messages}
        if each.token in answers and not shown <= set(mine[0].references):
            detail = f"shown in {sorted(shown)}, delivered in {mine[0].references}"
            violations.append(Violation(rule=Rule.DELIVERED, about=each.token, detail=detail))
        if "" in mine[0].references:
            detail = f"{mine[0].references}: one was never settled"
            violations.append(Violation(rule=Rule.DELIVERED, about=each.token, detail=detail))
    violations += [
        Violation(rule=Rule.IN_THE_MAILBOX, about=source_id, detail=f"nobody said it in {place}")
        for place, source_id in entries
    ]
    return violations


def _of_remains(remains: Remains) -> list[Violation]:
    left = {
        Rule.RELEASED: remains.leases,
        Rule.DECIDED: remains.requests,
        Rule.IN_THE_MAILBOX: remains.controls,
        Rule.ENDED: [*remains.marked, *remains.working],
    }
    return [Violation(rule=rule, about=about) for rule, found in left.items() for about in found]


_SENTENCES = (
    phrases.GIVEN_UP,
    phrases.NO_ANSWER,
    phrases.RETRYING,
    phrases.ANSWERED_ALREADY,
    *phrases._FAILURES.values(),
)


def _is_told(message: Shown) -> bool:
    """Whether it is, or has, one of the sentences in which the bot says that something failed."""
    return any(sentence in message.shown for sentence in _SENTENCES)


def _at(message: Shown) -> Decimal:
    return Decimal(message.id)  # of both platforms it grows with time


def _ids(messages: Sequence[Shown]) -> str:
    return ", ".join(message.id for message in messages) or "no message"
