"""The same prompt answered by several models, under labels that hide which is which."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.keys import SessionKey
from bot.mailbox import Usage
from bot.messages import Person

LABELS = "ABCD"
"""What answers are called until the models are revealed; also how many there can be."""

TIE = "tie"
"""What somebody votes who finds none better than the others."""

_ENOUGH_VOTES = 2
"""Where others can read along, one vote is not yet everybody's."""


class CandidateState(StrEnum):
    """How far an answer is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One model's answer.

    Args:
        label: what it is called: one of `LABELS`.
        model: which model gives it.
        session_id: the session that it is given in.
        state: how far it is.
        first_text_s: seconds to the first text; None while there is none.
        seconds: from the prompt to the end.
        input_tokens: tokens read.
        output_tokens: tokens written.
        cost: in the provider's premium requests.
        problem: why there is no answer, a sentence; empty otherwise.
        answer: what was said, standard Markdown.
    """

    label: str
    model: str
    session_id: str
    state: CandidateState = CandidateState.RUNNING
    first_text_s: float | None = None
    seconds: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    problem: str = ""
    answer: str = ""


class ComparisonState(StrEnum):
    """How far a comparison is."""

    RUNNING = "running"
    VOTING = "voting"
    REVEALED = "revealed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A comparison as it is kept.

    Args:
        id: names it in buttons; letters and digits, at most 32.
        key: the thread.
        generation: of the thread when it began.
        entry_id: the entry that asked for it.
        asked_by: who asked for it.
        began_at: when it was asked for (UTC).
        candidates: the answers, by their labels in order.
        state: how far it is.
        votes: each person's label or `TIE`, by the person's id.
        expires_at: when the models are revealed in any case (UTC); None while it runs.
        revealed_by: who had them revealed; empty where all had voted, or time did.
        chosen: the label of the session with which the thread goes on; empty for none.
    """

    id: str
    key: SessionKey
    generation: int
    entry_id: int
    asked_by: Person
    began_at: datetime
    candidates: tuple[Candidate, ...]
    state: ComparisonState = ComparisonState.RUNNING
    votes: Mapping[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    revealed_by: str = ""
    chosen: str = ""

    @property
    def answered(self) -> tuple[Candidate, ...]:
        """The candidates that have given an answer."""
        return tuple(each for each in self.candidates if each.state is CandidateState.DONE)

    @property
    def models(self) -> dict[str, str]:
        """The model of each label that has given an answer."""
        return {each.label: each.model for each in self.answered}

    @property
    def usage(self) -> Usage:
        """What all of them took together; the models in an order that tells nothing."""
        return Usage(
            model=", ".join(sorted(each.model for each in self.candidates)),
            input_tokens=sum(each.input_tokens for each in self.candidates),
            output_tokens=sum(each.output_tokens for each in self.candidates),
            cost=sum(each.cost for each in self.candidates),
            seconds=max((each.seconds for each in self.candidates), default=0.0),
        )

    def candidate(self, label: str) -> Candidate | None:
        """The candidate of a label."""
        return next((each for each in self.candidates if each.label == label), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelScore:
    """How a model has fared.

    Args:
        model: which.
        wins: comparisons in which nobody had more votes than it, and it had any.
        ties: those of `wins` that it shared with another.
        shown: comparisons in which its answer was shown.
    """

    model: str
    wins: int
    ties: int
    shown: int


def drawn(models: Sequence[str], seed: str) -> dict[str, str]:
    """Give each model a label, in an order that tells nothing.

    Args:
        models: 2 to 4 of them.
        seed: of the draw; the same seed draws the same.

    Returns:
        The model of each label, by the labels in their order.

    Raises:
        ValueError: there are too few or too many, or one twice.
    """
    if not 2 <= len(models) <= len(LABELS) or len(set(models)) != len(models):
        raise ValueError(f"a comparison takes 2 to {len(LABELS)} different models")
    order = sorted(models)
    random.Random(seed).shuffle(order)  # noqa: S311 - nothing is secret about it
    return dict(zip(LABELS, order, strict=False))


def winners(votes: Mapping[str, str]) -> frozenset[str]:
    """The labels with the most votes; none where nobody voted.

    Args:
        votes: each person's label, by the person.
    """
    counted = Counter(votes.values())
    most = max(counted.values(), default=0)
    return frozenset(label for label, count in counted.items() if count == most)


def scores(
    results: Iterable[tuple[Mapping[str, str], Mapping[str, str]]],
) -> tuple[ModelScore, ...]:
    """How models have fared, the most wins first.

    Args:
        results: of each comparison the models by label and the votes by person.
    """
    wins: Counter[str] = Counter()
    ties: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for models, votes in results:
        shown.update(models.values())
        best = winners(votes)
        for label in best & models.keys():
            wins[models[label]] += 1
            ties[models[label]] += len(best) > 1
    found = [
        ModelScore(model=model, wins=wins[model], ties=ties[model], shown=shown[model])
        for model in shown
    ]
    return tuple(sorted(found, key=lambda each: (-each.wins, each.ties, each.shown, each.model)))


def settled(comparison: Comparison, *, expires_at: datetime) -> Comparison:
    """What a comparison becomes once no answer is being written any more.

    People vote where there are two answers or more; else there is nothing to hide.

    Args:
        comparison: as it stands.
        expires_at: until when they may vote.
    """
    if comparison.state is not ComparisonState.RUNNING:
        return comparison
    has_choice = len(comparison.answered) > 1
    state = ComparisonState.VOTING if has_choice else ComparisonState.REVEALED
    return replace(comparison, state=state, expires_at=expires_at)


def overdue(comparison: Comparison, now: datetime) -> Comparison:
    """A comparison as it stands at a moment: what nobody revealed in time is revealed."""
    is_over = comparison.expires_at is not None and comparison.expires_at <= now
    if comparison.state is ComparisonState.VOTING and is_over:
        return replace(comparison, state=ComparisonState.REVEALED)
    return comparison


def voted(
    comparison: Comparison,
    *,
    person: str,
    label: str,
    speakers: Collection[str],
    is_direct: bool,
    now: datetime,
) -> Comparison:
    """What a comparison becomes when somebody votes, or votes anew.

    Once all have voted who spoke to the bot in the thread, it is revealed; where others can read
    along, not with a single vote.

    Args:
        comparison: as it stands.
        person: who votes.
        label: of the answer, or `TIE`.
        speakers: ids of those who spoke to the bot in the thread.
        is_direct: whether the thread is somebody's direct message.
        now: when.

    Raises:
        ValueError: there is no such answer.
    """
    comparison = overdue(comparison, now)
    if label != TIE and label not in comparison.models:
        raise ValueError(f"there is no answer {label}")
    if comparison.state is not ComparisonState.VOTING:
        return comparison
    votes = {**comparison.votes, person: label}
    is_enough = is_direct or len(votes) >= _ENOUGH_VOTES
    is_over = is_enough and set(speakers) <= votes.keys()
    state = ComparisonState.REVEALED if is_over else ComparisonState.VOTING
    return replace(comparison, votes=votes, state=state)


def revealed(comparison: Comparison, *, by: str, now: datetime) -> Comparison:
    """What a comparison becomes when somebody has the models revealed. The first one counts.

    Args:
        comparison: as it stands.
        by: who.
        now: when.
    """
    comparison = overdue(comparison, now)
    if comparison.state is not ComparisonState.VOTING:
        return comparison
    return replace(comparison, state=ComparisonState.REVEALED, revealed_by=by)


def chosen(comparison: Comparison, label: str) -> Comparison:
    """What a comparison becomes when the thread shall go on with an answer. The first one counts.

    Args:
        comparison: as it stands.
        label: of the answer.

    Raises:
        ValueError: there is no such answer.
    """
    if label not in comparison.models:
        raise ValueError(f"there is no answer {label}")
    if comparison.state is not ComparisonState.REVEALED or comparison.chosen:
        return comparison
    return replace(comparison, chosen=label)
