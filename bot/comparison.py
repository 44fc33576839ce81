"""The same prompt answered by several models, under labels that hide which is which."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

LABELS = "ABCD"
"""What answers are called until the models are revealed; also how many there can be."""


class CandidateState(StrEnum):
    """How far an answer is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


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
        problem: why it failed, a sentence; empty otherwise.
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
