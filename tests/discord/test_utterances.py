"""What a message says beside its words: whom it answers, what it forwards and shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.events import hear, parse_message, parse_past
from adapters.discord.utterance import utterance
from tests.discord.payloads import ANN, BOT, DIRECT, GENERAL, THREAD, around, message

BEN = {"id": "2", "username": "ben", "global_name": None}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def reply(to: dict[str, Any], content: str = "why?", **more: Any) -> dict[str, Any]:
    """Ann answers a message of the same channel."""
    changes: dict[str, Any] = {
        "type": 19,
        "channel_id": to["channel_id"],
        "message_reference": {"message_id": to["id"], "channel_id": to["channel_id"]},
        "referenced_message": to,
        **more,
    }
    return message(content, **changes)


def by_ben(content: str = "It is red.", **more: Any) -> dict[str, Any]:
    """Something that Ben said before."""
    return message(content, **{"id": "990", "author": BEN, **more})


def test_a_reply_says_whom_it_answers() -> None:
    """Who is answered is named, with what they said in a line."""
    said = reply(by_ben("It is red,\n<@1>!", mentions=[ANN]))
    assert utterance(said, around()) == "> @ben: It is red, @Ann Archer!\n\nwhy?"
    long = utterance(reply(by_ben("red " * 100)), around())
    assert len(long.split("\n")[0]) <= 220
    assert long.split("\n")[0].endswith("…")


def test_a_reply_that_says_nothing_itself_hands_over_what_it_answers() -> None:
    """`@copilot` as a reply to somebody means what they said: more of it is told."""
    said = reply(by_ben("red " * 100), "<@900>", mentions=[BOT])
    assert utterance(said, around()) == f"> @ben: {('red ' * 100).strip()}"


@pytest.mark.parametrize(
    ("place", "is_told"), [(GENERAL, False), (THREAD, True), (DIRECT, True)], ids=["", "t", "d"]
)
def test_a_chain_of_replies_needs_no_quotes(place: Any, is_told: bool) -> None:
    """Where replies are how a conversation goes on, an answer to the bot quotes nothing."""
    said = reply(by_ben("An answer.", author=BOT))
    told = utterance(said, around(place))
    assert told == ("> @copilot: An answer.\n\nwhy?" if is_told else "why?")


def test_a_reply_to_what_is_gone_is_just_said() -> None:
    """A deleted message, and one elsewhere, is not told."""
    assert utterance(reply(by_ben(), referenced_message=None), around()) == "why?"
    elsewhere = {"message_id": "990", "channel_id": "21"}
    assert utterance(reply(by_ben(), message_reference=elsewhere), around()) == "why?"


def test_a_forwarded_message_is_quoted() -> None:
    """What is forwarded is told without who said it, with what it shows; files come along."""
    snapshot = {
        "content": "see <@1>\nand this",
        "mentions": [ANN],
        "attachments": [{"id": "77", "filename": "a.png", "url": "https://cdn.discordapp.com/a"}],
        "sticker_items": [{"name": "wave"}],
    }
    said = message(
        "",
        message_reference={"type": 1, "message_id": "5", "channel_id": "21"},
        message_snapshots=[{"message": snapshot}],
    )
    assert utterance(said, around()) == (
        "[Forwarded message]\n> see @Ann Archer\n> and this\n> [Sticker: wave]"
    )
    parsed = parse_message(said, around(DIRECT))
    assert parsed is not None
    assert [file.id for file in parsed.files] == ["77"]


def test_embeds_are_told_in_short() -> None:
    """A program's embed and a link's preview have a title, a text and fields; a picture none."""
    embeds = [
        {
            "type": "rich",
            "title": "Build 7",
            "description": "It **failed**\nat <t:0:R>",
            "url": "https://ci.example/7",
            "fields": [{"name": "Branch", "value": "main"}, {"name": "By", "value": ""}],
        },
        {"type": "image", "url": "https://a.example/cat.png"},
    ]
    said = message("https://a.example/cat.png", embeds=embeds)
    assert utterance(said, around()) == (
        "https://a.example/cat.png\n\n"
        "> **Build 7**\n> https://ci.example/7\n> It **failed** at 1970-01-01 00:00 UTC\n"
        "> Branch: main\n> By"
    )
    large = {"description": "x" * 4_000, "fields": [{"name": "y" * 900, "value": "z"}] * 25}
    assert len(utterance(message("", embeds=[large]), around())) < 1_500


def test_a_message_of_components_has_its_texts() -> None:
    """Programs can build messages of parts: the texts among them are told, the buttons not."""
    text = {"type": 10, "content": "Deployed <t:0:f>"}
    button = {"type": 2, "label": "Again", "custom_id": "x"}
    section = {"type": 9, "components": [text], "accessory": button}
    said = message("", components=[{"type": 17, "components": [section, {"type": 14}]}])
    assert utterance(said, around()) == "Deployed 1970-01-01 00:00 UTC"


def test_polls_and_stickers_are_named() -> None:
    """A poll has its question, its answers and their votes."""
    poll = {
        "question": {"text": "Which?"},
        "answers": [
            {"answer_id": 1, "poll_media": {"text": "This"}},
            {"answer_id": 2, "poll_media": {"text": "That"}},
        ],
        "results": {"answer_counts": [{"id": 2, "count": 3}]},
    }
    assert utterance(message("", poll=poll), around()) == "[Poll: Which?]\n- This\n- That (3)"
    assert utterance(message("", sticker_items=[{"name": "wave"}]), around()) == "[Sticker: wave]"


def test_in_a_channel_a_reply_brings_the_files_that_it_points_to() -> None:
    """`@copilot what is this?` as a reply to a picture is about the picture."""
    files = [{"id": "77", "filename": "a.png", "url": "https://cdn.discordapp.com/a"}]
    for place, count in ((GENERAL, 1), (THREAD, 0)):
        said = parse_message(reply(by_ben("", attachments=files)), around(place))
        assert said is not None
        assert len(said.files) == count
    ours = parse_message(reply(by_ben("", attachments=files, author=BOT)), around())
    assert ours is not None
    assert ours.files == ()


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "attachments",
                "components",
                "content",
                "embeds",
                "mentions",
                "message_reference",
                "message_snapshots",
                "poll",
                "referenced_message",
                "sticker_items",
                "flags",
                "type",
                "author",
            ]
        ),
        JSON
        | st.lists(
            st.fixed_dictionaries(
                {},
                optional={"message": JSON, "name": JSON, "fields": JSON, "url": JSON, "id": JSON},
            )
        ),
    )
)
def test_an_odd_message_is_read_as_far_as_it_goes(odd: dict[str, Any]) -> None:
    """Whatever a field holds, nothing is raised: one message never spoils a history."""
    said = message(**odd)
    hear(said, around(THREAD))
    parse_past(said, around())
    utterance({"referenced_message": said, **said}, around(DIRECT))
