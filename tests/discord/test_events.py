"""What Discord's messages mean."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.discord.events import as_command, hear, is_stop_sign, parse_message, parse_past
from adapters.discord.keys import direct_key, thread_key
from adapters.discord.places import Place
from tests.discord.payloads import ANN, BOT, DIRECT, GENERAL, THREAD, around, mention, message


def test_a_mention_in_a_channel_names_the_thread_that_it_will_start() -> None:
    """A thread has the id of the message that it starts from: the key is known before it is."""
    said = parse_message(mention("what is a mutex?"), around())
    assert said is not None
    assert said.key == thread_key(guild="10", channel="20", thread="1000")
    assert (said.text, said.message_id) == ("what is a mutex?", "1000")
    assert said.mentions_bot
    assert said.starts_thread
    assert not said.is_direct
    assert said.thread_author == said.author.id == "1"
    assert said.author.name == "Ann Archer"


def test_what_is_said_in_a_thread_belongs_to_it() -> None:
    """A thread's key has the channel that it is listed under, and who started it is known."""
    said = parse_message(message("more", channel_id="30"), around(THREAD))
    assert said is not None
    assert said.key == thread_key(guild="10", channel="20", thread="30")
    assert not said.starts_thread
    assert not said.mentions_bot
    assert said.thread_author == "1"


def test_the_bot_is_nobody_who_began_a_thread() -> None:
    """Of a thread that the bot started, the author of the first message is who began it."""
    ours = Place(id="30", guild="10", parent="20", is_thread=True, owner="900")
    unknown = parse_message(message(channel_id="30"), around(ours))
    known = parse_message(message(channel_id="30"), around(ours, thread_author="7"))
    assert unknown is not None
    assert known is not None
    assert (unknown.thread_author, known.thread_author) == (None, "7")


def test_the_first_message_of_a_post_starts_it() -> None:
    """A post in a forum has the id of its first message."""
    post = Place(id="1000", guild="10", parent="25", is_thread=True, owner="1")
    said = parse_message(mention(channel_id="1000"), around(post))
    assert said is not None
    assert said.starts_thread
    assert said.key == thread_key(guild="10", channel="25", thread="1000")


def test_a_direct_message_is_one_conversation() -> None:
    """All that a person says to the bot alone has one key, without a server."""
    said = parse_message(message(channel_id="40"), around(DIRECT))
    assert said is not None
    assert said.key == direct_key("40")
    assert str(said.key) == "discord::40:"
    assert said.is_direct
    assert not said.starts_thread
    assert said.thread_author is None


def test_a_reply_to_the_bot_in_a_channel_hangs_on_the_same_root() -> None:
    """In a chain of replies all that the bot says replies to the root: one step leads there."""
    ours = message(
        "An answer", id="1001", author=BOT, type=19, message_reference={"message_id": "1000"}
    )
    said = parse_message(
        message(
            "and then?",
            id="1002",
            type=19,
            mentions=[BOT],
            message_reference={"message_id": "1001", "channel_id": "20"},
            referenced_message=ours,
        ),
        around(),
    )
    assert said is not None
    assert said.key.thread == "1000"
    assert said.mentions_bot
    assert not said.starts_thread


@pytest.mark.parametrize(
    "reference",
    [
        {"message_reference": {"message_id": "999"}, "referenced_message": message(id="999")},
        {"message_reference": {"message_id": "999"}, "referenced_message": None},
        {"message_reference": {"message_id": "999", "type": 1}},
        {"message_reference": {"message_id": "x"}, "referenced_message": {"author": BOT}},
    ],
)
def test_a_reply_to_anybody_else_starts_a_thread(reference: dict[str, Any]) -> None:
    """A mention in a reply to a person, to nothing or of a forwarded message stands by itself."""
    said = parse_message(mention(type=19, **reference), around())
    assert said is not None
    assert said.key.thread == "1000"
    assert said.starts_thread


@pytest.mark.parametrize(
    "changes",
    [
        {"author": BOT},
        {"author": {**ANN, "bot": True}},
        {"author": {**ANN, "system": True}},
        {"webhook_id": "77"},
        {"type": 7},
        {"type": 18},
        {"type": 21},
        {"type": None},
        {"flags": 64},
        {"author": None},
        {"author": {"id": []}},
        {"id": "not a number"},
        {"id": str(1 << 64)},
    ],
)
def test_what_no_person_says_is_nothing(changes: dict[str, Any]) -> None:
    """Programs, webhooks, the system, what only one person sees and nonsense are not for us."""
    assert parse_message(message(**changes), around()) is None


@pytest.mark.parametrize("junk", [{}, {"content": 7}, {"mentions": {"id": "900"}}, {"type": "0"}])
def test_nonsense_never_raises(junk: dict[str, Any]) -> None:
    """Whatever comes, reading it does not fail."""
    parse_message(junk, around())
    parse_message({**message(), **junk}, around())
    parse_past(junk, around())


def test_our_own_role_counts_as_we() -> None:
    """People pick the bot's role instead of the bot: both have its name."""
    said = parse_message(message("<@&77> hello", mention_roles=["77"]), around(role="77"))
    assert said is not None
    assert said.mentions_bot
    assert said.text == "hello"


def test_everyone_is_not_the_bot() -> None:
    """A message to everyone does not mention the bot."""
    said = parse_message(message("@everyone hello", mention_everyone=True), around())
    assert said is not None
    assert not said.mentions_bot


def test_names_stand_for_numbers() -> None:
    """Who, which channel and which role is meant can be read."""
    said = parse_message(
        mention(
            "ask <@2> in <#20> or <@&5>, <@!3>",
            mentions=[BOT, {"id": "2", "username": "ben", "global_name": "Ben"}],
        ),
        around(names={"20": "general", "5": "team"}),
    )
    assert said is not None
    assert said.text == "ask @Ben in #general or @team, @3"


def test_a_mention_that_is_edited_in_counts_as_said_then() -> None:
    """The order in a thread is that of what was last said."""
    said = parse_message(mention(edited_timestamp="2026-03-01T10:00:00+00:00"), around())
    assert said is not None
    assert said.sent_at == datetime(2026, 3, 1, 10, tzinfo=UTC)


def test_what_is_said_within_a_millisecond_keeps_its_order() -> None:
    """Ids of one millisecond count on, and so do the times that are made of them."""
    first = parse_message(message(id=str(1 << 40)), around())
    second = parse_message(message(id=str((1 << 40) + 4200)), around())
    assert first is not None
    assert second is not None
    assert first.sent_at < second.sent_at


@pytest.mark.parametrize(("place", "key"), [(GENERAL, None), (THREAD, "30"), (DIRECT, "")])
def test_a_lone_word_to_the_bot_is_a_command(place: Place, key: str | None) -> None:
    """`@copilot reset` is the command; in a channel nobody knows of which thread."""
    said = hear(mention("Reset", channel_id=place.id), around(place))
    assert said is not None
    command = as_command(said)
    assert command is not None
    assert command.name == "reset"
    assert (command.key.thread if command.key else None) == key
    assert command.place.thread == ""


@pytest.mark.parametrize("text", ["reset it all", "restart"])
def test_other_words_are_no_command(text: str) -> None:
    """A sentence that begins like a command is a prompt."""
    said = hear(mention(text), around())
    assert said is not None
    assert as_command(said) is None


def test_a_command_needs_the_mention() -> None:
    """In a thread between people, the word `help` is just a word."""
    said = hear(message("help", channel_id="30"), around(THREAD))
    assert said is not None
    assert as_command(said) is None


def test_a_command_is_one_also_as_a_reply() -> None:
    """Whom the message answers is not part of what it says; a file that comes with it is."""
    reply = {
        "type": 19,
        "message_reference": {"message_id": "990", "channel_id": "30"},
        "referenced_message": message("the other", id="990", channel_id="30"),
    }
    said = hear(mention("reset", channel_id="30", **reply), around(THREAD))
    assert said is not None
    assert said.message.text == "> @Ann Archer: the other\n\nreset"
    assert as_command(said) is not None
    files = [{"id": "1", "filename": "a.py", "url": "https://cdn.discordapp.com/a.py"}]
    said = hear(mention("help", attachments=files), around())
    assert said is not None
    assert as_command(said) is None


@pytest.mark.parametrize(
    ("more", "is_talk"),
    [
        ({"content": "hi"}, True),
        ({"attachments": [{"id": "1", "filename": "a.py"}]}, True),
        ({"message_snapshots": [{"message": {"content": "hi"}}]}, True),
        ({"sticker_items": [{"name": "wave"}]}, False),
        ({"poll": {"question": {"text": "Which?"}}}, False),
        ({}, False),
    ],
)
def test_stickers_and_polls_say_nothing_to_the_bot(more: dict[str, Any], is_talk: bool) -> None:
    """Words, files and forwarded messages between people in a thread may be for the bot."""
    heard = hear(message(**{"content": "", **more}), around(THREAD))
    assert heard is not None
    assert heard.is_talk is is_talk


def test_the_past_has_the_bot_in_it() -> None:
    """What was said before is read with who said it, and without Discord's own messages."""
    past = parse_past(message("An answer", author=BOT), around())
    assert past is not None
    assert past.author.is_bot
    assert past.text == "An answer"
    assert parse_past(message("renamed", type=4), around()) is None
    assert parse_past(message(""), around()) is None
    asked = parse_past(message("By a command", author={**BOT, "id": "7"}, type=20), around())
    assert asked is not None
    assert (asked.author.is_bot, asked.is_ours) == (True, False)


def test_the_past_leaves_out_what_is_only_shown() -> None:
    """Our own tools and footer are small text, and were never said."""
    answer = "-# ✓ view a.md\nAn answer\n\nwith two parts\n-# gpt-5 · 1.2 s"
    past = parse_past(message(answer, author=BOT), around())
    assert past is not None
    assert past.text == "An answer\n\nwith two parts"
    assert past.is_ours


@pytest.mark.parametrize(
    ("changes", "stops"),
    [
        ({}, True),
        ({"emoji": {"id": None, "name": "\u23f9\ufe0f"}}, True),
        ({"emoji": {"id": None, "name": "🎉"}}, False),
        ({"emoji": {"id": "77", "name": "🛑"}}, False),
        ({"emoji": None}, False),
        ({"user_id": BOT["id"]}, False),
        ({"member": {"user": {"id": "8", "bot": True}}}, False),
    ],
)
def test_signs_that_mean_stop(changes: dict[str, Any], stops: bool) -> None:
    """Some emoji mean stop, when a person puts them onto a message."""
    reaction = {
        "user_id": "8",
        "channel_id": "20",
        "message_id": "30",
        "emoji": {"id": None, "name": "🛑"},
    }
    assert is_stop_sign({**reaction, **changes}, around().me) is stops
