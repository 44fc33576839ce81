"""What counts as a chart, and what the model is told where it does not."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.charts.chart import Chart, Kind, NotAChart, file_name, parse

SALES = {"name": "Sales", "values": [1, 2.5, None]}


def test_defaults() -> None:
    """A kind and numbers are enough."""
    chart = parse({"kind": "line", "series": [{"values": [1, 2]}]})
    assert chart.x == (1.0, 2.0)
    assert (chart.width, chart.height) == (1200, 675)
    assert chart.series[0].values == (1.0, 2.0)


@pytest.mark.parametrize(
    ("kind", "x", "expected"),
    [
        ("line", [1, 2, 4], (1.0, 2.0, 4.0)),
        ("line", ["2026-01", "2026-02-03", "2026-03-01T10:00Z"], "dates"),
        ("line", ["Mon", "Tue", "Wed"], ("Mon", "Tue", "Wed")),
        ("line", ["2026-01-01", "soon", "later"], ("2026-01-01", "soon", "later")),
        ("bar", [2024, 2025.0, "2026"], ("2024", "2025", "2026")),
        ("bar", None, ("1", "2", "3")),
        ("Stacked Bar", ["a", "b", "c"], ("a", "b", "c")),
    ],
)
def test_x(kind: str, x: object, expected: object) -> None:
    """What values stand over is numbers, dates or names, whichever all of it can be."""
    found = parse({"kind": kind, "x": x, "series": [SALES]}).x
    if expected == "dates":
        assert all(isinstance(each, datetime) and each.tzinfo is None for each in found)
    else:
        assert found == expected


def test_loose_forms() -> None:
    """What models write instead of what they were told is understood where it is clear."""
    assert parse({"kind": "LINE", "series": [[1, 2]]}).series[0].values == (1.0, 2.0)
    assert parse({"kind": "line", "series": {"values": ["1,000", "2"]}}).series[0].values == (
        1e3,
        2,
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "`kind` must be one of line, area, bar"),
        ({"kind": "radar", "series": [SALES]}, "`kind` must be one of"),
        ({"kind": "line"}, "`series` must be a list such as"),
        ({"kind": "line", "series": []}, "`series` must be a list such as"),
        ({"kind": "line", "series": [{"name": "a"}]}, "series 1 has no `values`"),
        ({"kind": "line", "series": [{"values": ["many"]}]}, 'series 1, value 1 is "many"'),
        ({"kind": "line", "series": [{"values": [True]}]}, "value 1 is not a number"),
        ({"kind": "line", "series": [{"values": [10**400]}]}, "too large"),
        ({"kind": "line", "series": [{"values": [None]}]}, "series 1 has no numbers"),
        ({"kind": "line", "series": [SALES], "x": [1]}, "has 3 values and `x` has 1"),
        ({"kind": "line", "series": [SALES] * 21}, "at most 20"),
        ({"kind": "line", "series": [{"values": [1] * 20_001}]}, "at most 20000"),
        ({"kind": "bar", "series": [{"values": [1] * 401}]}, "more than 400 bars"),
        ({"kind": "scatter", "series": [SALES]}, "`x` must be a list"),
        ({"kind": "scatter", "series": [SALES], "x": ["a", "b", "c"]}, "all numbers or all dates"),
        ({"kind": "pie", "series": [SALES]}, "names of the slices"),
        ({"kind": "pie", "series": [SALES, SALES], "x": list("abc")}, "one series"),
        ({"kind": "pie", "series": [[-1, 2]], "x": list("ab")}, "must not be negative"),
        ({"kind": "pie", "series": [[0, 0]], "x": list("ab")}, "nor all zero"),
        ({"kind": "line", "series": [[0, 1]], "log_y": True}, "values above zero"),
        (
            {"kind": "line", "series": [[1, 2]], "x": ["a", "b"], "log_x": True},
            "numbers above zero",
        ),
        ({"kind": "line", "series": [SALES], "title": 7}, "`title` must be text"),
        ({"kind": "line", "series": [SALES], "width": 10**9}, "from 300 to 3000"),
        ({"kind": "histogram", "series": [SALES], "bins": -1}, "from 0 to 500"),
    ],
)
def test_mistakes(arguments: dict[str, Any], told: str) -> None:
    """A mistake is told in one sentence that says what to mend."""
    with pytest.raises(NotAChart, match=re.escape(told)) as caught:
        parse(arguments)
    assert str(caught.value).endswith((".", "]."))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = ["kind", "series", "x", "title", "x_label", "log_x", "log_y", "bins", "width", "name"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from([*Kind, None]))
def test_anything(arguments: dict[str, Any], kind: str | None) -> None:
    """Whatever a model gives, it is a chart within its bounds or a sentence."""
    try:
        chart: Chart | None = parse(arguments | ({"kind": kind} if kind else {}))
    except NotAChart as exc:
        told = str(exc)
        chart = None
    if chart is None:
        assert len(told) < 400
        assert "\n" not in told
    else:
        assert 300 <= chart.width <= 3000
        assert len(chart.title) <= 200


@given(st.dictionaries(st.sampled_from(["name", "title"]), JSON))
def test_file_names(arguments: dict[str, Any]) -> None:
    """The file's name is safe, whatever the model calls the chart."""
    name = file_name(arguments)
    assert re.fullmatch(r"[^\W_]+(-[^\W_]+)*\.png", name)
    assert len(name) <= 64


def test_file_name_of_a_title() -> None:
    """The file is called as the chart is."""
    assert file_name({"title": "Sales 2026: Über 50 %"}) == "sales-2026-über-50.png"
    assert file_name({"name": "../../etc/x.PNG", "title": "y"}) == "etc-x.png"
    assert file_name({}) == "chart.png"
