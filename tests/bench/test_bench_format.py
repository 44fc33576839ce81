"""What the benchmark shows and keeps is well formed; nothing is measured here."""

import json

import pytest

from tests.bench.result import KEYS, Judged, Result, as_json, middle, table

_RESULTS = [
    Result(
        name="whole turn",
        unit="ms",
        value=57.25,
        reference=50.0,
        limit=1.15,
        judged=Judged.RATIO_AT_MOST,
        note="36 turns each",
    ),
    Result(name="first text", unit="ms", value=151, limit=150, judged=Judged.VALUE_AT_MOST),
    Result(
        name="many",
        unit="turns/s",
        value=19.0,
        reference=20.0,
        limit=0.95,
        judged=Judged.RATIO_AT_LEAST,
    ),
    Result(name="for information", unit="KB", value=12_345.678),
]


def test_what_is_kept_is_a_list_of_figures_with_these_keys() -> None:
    """`build/bench.json` is a list of `{name, unit, value, reference, ratio, limit, ok}`."""
    kept = json.loads(as_json(_RESULTS))
    assert [list(each) for each in kept] == [
        ["name", "unit", "value", "reference", "ratio", "limit", "ok"]
    ] * len(_RESULTS)
    assert tuple(kept[0]) == KEYS
    assert kept[0] == {
        "name": "whole turn",
        "unit": "ms",
        "value": 57.25,
        "reference": 50.0,
        "ratio": 1.145,
        "limit": 1.15,
        "ok": True,
    }
    assert kept[1]["reference"] is None
    assert kept[1]["ratio"] is None
    assert kept[3]["limit"] is None


def test_the_table_has_a_line_for_each_figure_and_its_notes_beneath() -> None:
    """People see every figure, what it may be, and whether it is."""
    lines = table(_RESULTS).splitlines()
    assert lines[0].split() == ["measured", "unit", "value", "reference", "ratio", "limit"]
    assert set(lines[1]) == {"-", " "}
    assert " ".join(lines[2].split()) == "whole turn ms 57.2 50 1.15 ratio ≤ 1.15 ok"
    assert " ".join(lines[3].split()) == "first text ms 151 value ≤ 150 MISSED"
    assert " ".join(lines[4].split()) == "many turns/s 19 20 0.95 ratio ≥ 0.95 ok"
    assert " ".join(lines[5].split()) == "for information KB 12345.7"
    assert lines[-1] == "whole turn: 36 turns each"


@pytest.mark.parametrize(
    ("judged", "value", "reference", "limit", "ok"),
    [
        (Judged.NOTHING, 1.0, None, None, True),
        (Judged.VALUE_AT_MOST, 6.0, None, 6.0, True),
        (Judged.VALUE_AT_MOST, 7.0, None, 6.0, False),
        (Judged.VALUE_AT_MOST, -0.1, None, 0.0, True),
        (Judged.RATIO_AT_MOST, 115.0, 100.0, 1.15, True),
        (Judged.RATIO_AT_MOST, 116.0, 100.0, 1.15, False),
        (Judged.RATIO_AT_MOST, 1.0, None, 1.15, False),
        (Judged.RATIO_AT_LEAST, 95.0, 100.0, 0.95, True),
        (Judged.RATIO_AT_LEAST, 94.0, 100.0, 0.95, False),
    ],
)
def test_a_limit_is_kept_or_missed(
    judged: Judged, value: float, reference: float | None, limit: float | None, ok: bool
) -> None:
    """A limit is about the value or about the ratio, and what cannot be compared misses it."""
    result = Result(name="x", unit="", value=value, reference=reference, limit=limit, judged=judged)
    assert result.ok is ok


def test_the_middle_is_not_moved_by_one_slow_turn() -> None:
    """Figures are medians."""
    assert middle([1.0, 1000.0, 2.0]) == 2.0
