"""Nothing that Slack could send makes the parsers raise."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.fields import fields
from adapters.slack.buttons import parse_press
from adapters.slack.commands import parse_shortcut, parse_slash
from adapters.slack.events import parse_event, parse_message
from adapters.slack.known import wanted_by
from adapters.slack.past import past_message
from bot.keys import SessionKey
from tests.slack.payloads import EVENTS, KNOWN, ME, PRESS, SHORTCUT, SLASH, body

KEY = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1.1")

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.text(alphabet="<@!#|>&;UBOT0123.^", max_size=60),
    st.sampled_from(
        [
            [],
            {},
            [None],
            {"id": []},
            "99999999999999.1",
            "1700000000.",
            "-1.5",
            "٣.٣",
            "message_changed",
            "message_deleted",
            "tombstone",
            "<@UBOT>",
            "a:b:c",
            "{" * 2_000,
            "[" * 100_000,
            "x" * 100_000,
            "<@" * 30_000,
        ]
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload."""
    found = [path] if path else []
    inner = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, list):
        inner = list(enumerate(value))
    for name, each in inner:
        found += places(each, (*path, name))
    return found


@st.composite
def mutated(draw: st.DrawFn, originals: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """A real payload in which up to four things are replaced or missing."""
    payload: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 4))):
        *path, last = draw(st.sampled_from(places(payload)))
        inner: Any = payload
        for name in path:
            inner = inner[name]
        if isinstance(inner, dict) and draw(st.booleans()):
            del inner[last]
        else:
            inner[last] = copy.deepcopy(draw(ODD))
        if not places(payload):
            break
    return payload


@given(payload=mutated(tuple(body(event) for event in EVENTS)))
@settings(max_examples=300, deadline=None)
def test_no_event_makes_it_raise(payload: dict[str, Any]) -> None:
    """An event with anything in it is parsed into something, and its people into ids."""
    for each in parse_event(payload, me=ME, known=KNOWN):
        assert each is not None
    wanted = wanted_by(payload)
    assert all(isinstance(person, str) for person in wanted.people | wanted.files)
    past_message(fields(payload, "event"), me=ME, known=KNOWN)
    parse_message(payload.get("event"), key=KEY, me=ME, known=KNOWN)


@given(payload=mutated((SLASH, SHORTCUT, PRESS)))
@settings(max_examples=200, deadline=None)
def test_no_interaction_makes_it_raise(payload: dict[str, Any]) -> None:
    """A command, shortcut or press with anything in it is parsed, or is nothing."""
    parse_slash(payload)
    parse_shortcut(payload)
    parse_press(payload)


@given(payload=ODD)
def test_not_even_an_object_is_needed(payload: object) -> None:
    """What is not an object at all is parsed as well."""
    parse_event(payload, me=ME, known=KNOWN)
    parse_slash(payload)
    parse_shortcut(payload)
    parse_press(payload)


SPECS = Path(__file__).parents[2].parent / "shared" / "specs" / "slack" / "events"


@pytest.mark.specs
@pytest.mark.skipif(not SPECS.is_dir(), reason="Slack's field descriptions are not at hand")
def test_the_fields_that_slack_describes_are_read() -> None:
    """Every event as Slack describes its fields, filled with nothing, is parsed."""
    for path in sorted(SPECS.glob("*.json")):
        parse_event(json.loads(path.read_text()), me=ME, known=KNOWN)
