"""Comparing models."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comparison import LABELS, ModelScore, drawn, scores, winners

_MODELS = st.lists(st.sampled_from(["m1", "m2", "m3", "m4"]), min_size=2, max_size=4, unique=True)


@given(_MODELS, st.text(max_size=20))
def test_every_model_has_one_label(models: list[str], seed: str) -> None:
    """Each model has a label of its own, the first labels are used, and a seed draws the same."""
    labels = drawn(models, seed)
    assert sorted(labels.values()) == sorted(models)
    assert "".join(labels) == LABELS[: len(models)]
    assert drawn(list(reversed(models)), seed) == labels


def test_the_order_tells_nothing() -> None:
    """Over many comparisons each model has each label about as often as any other."""
    first = Counter(drawn(["x", "y"], str(seed))["A"] for seed in range(2_000))
    assert 850 < first["x"] < 1_150


@pytest.mark.parametrize("models", [[], ["a"], ["a", "a"], ["a", "b", "c", "d", "e"]])
def test_what_cannot_be_compared(models: list[str]) -> None:
    """One model alone, one twice, and more than there are labels cannot be compared."""
    with pytest.raises(ValueError, match="2 to 4 different models"):
        drawn(models, "seed")


def test_the_most_votes_win() -> None:
    """The label with the most votes wins, several where they have as many, none without a vote."""
    assert winners({}) == frozenset()
    assert winners({"ann": "A", "ben": "A", "eve": "B"}) == {"A"}
    assert winners({"ann": "A", "ben": "B"}) == {"A", "B"}


def test_wins_by_model() -> None:
    """Scores count the wins of models over comparisons, and how many of them were shared."""
    results = [
        ({"A": "x", "B": "y"}, {"ann": "A"}),
        ({"A": "y", "B": "x"}, {"ann": "A", "ben": "B"}),
        ({"A": "z", "B": "x"}, {}),
    ]
    assert scores(results) == (
        ModelScore(model="x", wins=2, ties=1, shown=3),
        ModelScore(model="y", wins=1, ties=1, shown=2),
        ModelScore(model="z", wins=0, ties=0, shown=1),
    )
