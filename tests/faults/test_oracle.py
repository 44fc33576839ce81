"""The oracle finds what is wrong: each rule by a run that keeps it, and one that breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot import phrases
from bot.mailbox import EntryState
from tests.faults.oracle import Asked, Kept, Place, Remains, Rule, Shown, Violation, judged

HERE = Place(platform="slack", channel="C1", thread="1.0")
THERE = Place(platform="slack", channel="C1", thread="2.0")


@dataclass
class Run:
    """A run of two messages in one thread, all of which went well."""

    asked: list[Asked] = field(
        default_factory=lambda: [
            Asked(token="t1", place=HERE, message_id="1.0", who="ann", words=3),
            Asked(token="t2", place=HERE, message_id="3.0", who="ann", words=2),
        ]
    )
    shown: list[Shown] = field(
        default_factory=lambda: [
            seen("2.0", "t1 after nothing: t1w1 t1w2 t1w3"),
            seen("4.0", "t2 after t1: t2w1 t2w2"),
        ]
    )
    kept: list[Kept] = field(
        default_factory=lambda: [
            Kept(id=1, source_id="1.0", place=HERE, state=EntryState.DONE, references=("2.0",)),
            Kept(id=2, source_id="3.0", place=HERE, state=EntryState.DONE, references=("4.0",)),
        ]
    )
    remains: Remains = field(default_factory=Remains)

    def judged(self) -> list[Violation]:
        """What the oracle finds."""
        return judged(self.asked, self.shown, self.kept, self.remains)

    def rules(self) -> set[Rule]:
        """Which rules are broken."""
        return {violation.rule for violation in self.judged()}

    def say(self, at: int, text: str) -> None:
        """Let a message of the bot's say something else."""
        self.shown[at] = replace(self.shown[at], text=text, shown=text)


def seen(id_: str, text: str, place: Place = HERE) -> Shown:
    """A message of the bot's, all of which can be read."""
    return Shown(place=place, id=id_, text=text, shown=text)


@pytest.fixture
def run() -> Run:
    """A run in which all went well."""
    return Run()


def test_a_run_that_went_well(run: Run) -> None:
    """Where all holds, nothing is found."""
    assert run.judged() == []


@pytest.mark.parametrize(
    "text", ["", "t1 after nothing: t1w1 t1w2", "t1 after nothing: t1w2 t1w1 t1w3"]
)
def test_a_lost_answer(run: Run, text: str) -> None:
    """An answer that is not there, not whole, or in disorder counts as lost."""
    if text:
        run.say(0, text)
    else:
        del run.shown[0]
    assert Rule.ANSWERED in run.rules()


def test_two_answers(run: Run) -> None:
    """An answer in two messages is one too many, and so are words that come twice."""
    run.shown.append(replace(run.shown[0], id="5.0"))
    assert Rule.ONCE in run.rules()
    again = Run()
    again.say(0, "t1 after nothing: t1w1 t1w2 t1w2 t1w3")
    assert again.rules() == {Rule.ONCE}


def test_a_part_that_was_left_behind(run: Run) -> None:
    """The beginning of an answer beside the whole is one too many, and has no delivery."""
    run.shown.append(seen("1.5", "t1 after nothing: t1w1"))
    assert run.rules() == {Rule.ONCE, Rule.DELIVERED}


def test_an_answer_in_several_messages(run: Run) -> None:
    """A long answer may be cut anywhere, as long as it can be read on."""
    run.say(0, "t1 after nothing: t1w1")
    run.shown.insert(1, seen("2.5", "t1w2 t1w3"))
    run.kept[0] = replace(run.kept[0], references=("2.0", "2.5"))
    assert run.judged() == []


def test_the_wrong_thread(run: Run) -> None:
    """An answer in another thread is found."""
    run.shown[1] = replace(run.shown[1], place=THERE)
    assert run.rules() == {Rule.IN_PLACE}


def test_the_wrong_order(run: Run) -> None:
    """What was said later and is answered first is found."""
    run.shown[1] = replace(run.shown[1], id="1.5")
    run.kept[1] = replace(run.kept[1], references=("1.5",))
    assert Rule.IN_ORDER in run.rules()


def test_what_the_platform_brought_later(run: Run) -> None:
    """Where the platform itself brought the later message first, that order counts."""
    run.kept[0], run.kept[1] = replace(run.kept[0], id=2), replace(run.kept[1], id=1)
    run.shown.reverse()
    run.shown[0] = seen("1.5", "t2 after nothing: t2w1 t2w2")
    run.shown[1] = seen(run.shown[1].id, "t1 after t2: t1w1 t1w2 t1w3")
    run.kept[1] = replace(run.kept[1], references=("1.5",))
    assert run.judged() == []


@pytest.mark.parametrize("heard", ["nothing", "t1, t1", "t1, t9"])
def test_a_session_that_forgot(run: Run, heard: str) -> None:
    """A session that has not heard what came before, or twice, or something else."""
    run.say(1, f"t2 after {heard}: t2w1 t2w2")
    assert run.rules() == {Rule.REMEMBERED}


def test_a_stranger(run: Run) -> None:
    """A message that is neither an answer nor a sentence of the bot's."""
    run.shown.append(seen("5.0", "word1 word2"))
    assert run.rules() == {Rule.NOTHING_ELSE}


def test_a_sentence_of_the_bots(run: Run) -> None:
    """What the bot says of a failure, with what was said until then, is no answer."""
    text = f"t1 after nothing: t1w1\n\n{phrases.GIVEN_UP}"
    run.shown.insert(0, seen("1.5", text))
    assert run.judged() == []


def test_what_was_retried(run: Run) -> None:
    """A retried message has a reply of its own; what failed before may have been long."""
    run.kept[0] = replace(run.kept[0], retries=1)
    run.shown.insert(0, seen("1.5", "t1 after nothing: t1w1"))
    assert run.judged() == []
    run.shown.insert(0, replace(seen("1.6", "t1w2", THERE), is_finished=False))
    assert run.rules() == {Rule.ENDED}


def test_what_was_retried_in_vain(run: Run) -> None:
    """A retried message without an answer is lost, and what failed before does not hide it."""
    run.kept[1] = replace(run.kept[1], retries=1, state=EntryState.FAILED, references=())
    run.say(1, "t2 after t1: t2w1")
    assert run.rules() == {Rule.ANSWERED, Rule.IN_THE_MAILBOX}


def test_a_reply_that_still_grows(run: Run) -> None:
    """A message that is never finished is found."""
    run.shown[1] = replace(run.shown[1], is_finished=False)
    assert run.rules() == {Rule.ENDED}


@pytest.mark.parametrize("state", [EntryState.QUEUED, EntryState.RUNNING, EntryState.FAILED])
def test_an_entry_that_has_not_ended_well(run: Run, state: EntryState) -> None:
    """A message that the mailbox does not know as answered is found."""
    run.kept[1] = replace(run.kept[1], state=state)
    assert run.rules() == {Rule.IN_THE_MAILBOX}


def test_entries_that_do_not_fit(run: Run) -> None:
    """A message that the mailbox has not, and one that nobody said, are found."""
    run.kept[1] = replace(run.kept[1], source_id="9.0")
    assert [(each.rule, each.about) for each in run.judged()] == [
        (Rule.IN_THE_MAILBOX, "t2"),
        (Rule.IN_THE_MAILBOX, "9.0"),
    ]


def test_a_message_without_a_delivery(run: Run) -> None:
    """A message that the database does not know, and one that was never settled, are found."""
    run.kept[0] = replace(run.kept[0], references=())
    run.kept[1] = replace(run.kept[1], references=("4.0", ""))
    assert [each.rule for each in run.judged()] == [Rule.DELIVERED, Rule.DELIVERED]


@pytest.mark.parametrize(
    ("remains", "rule"),
    [
        (Remains(leases=["C1 1.0 by host-1"]), Rule.RELEASED),
        (Remains(requests=["r1"]), Rule.DECIDED),
        (Remains(controls=["stop 1"]), Rule.IN_THE_MAILBOX),
        (Remains(marked=["1.0"]), Rule.ENDED),
        (Remains(working=["1.0"]), Rule.ENDED),
    ],
)
def test_what_is_left(run: Run, remains: Remains, rule: Rule) -> None:
    """Leases, requests, controls, marks and signs that are left are found."""
    run.remains = remains
    assert run.rules() == {rule}


def test_what_a_person_deleted(run: Run) -> None:
    """An answer that somebody deleted is not missed."""
    asked: Sequence[Asked] = run.asked
    run.asked = [replace(asked[0], is_excused=True), asked[1]]
    del run.shown[0]
    assert run.judged() == []
