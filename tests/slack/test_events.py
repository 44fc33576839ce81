"""What Slack's events mean."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.slack.events import Heard, Stopped, StopSign, Unknown, parse_event, parse_message
from adapters.slack.known import Known
from bot.keys import SessionKey
from bot.messages import (
    Command,
    IncomingMessage,
    MessageDeleted,
    MessageEdited,
    Person,
    SharedFile,
)
from tests.slack.payloads import (
    CHANGED,
    DELETED,
    DIRECT,
    KNOWN,
    ME,
    MENTION,
    MESSAGE,
    NOTES,
    REPLY,
    STOP_SIGN,
    STOPPED,
    body,
)

THREAD = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1700000000.000100")


def parsed(event: dict[str, Any], **more: Any) -> tuple[Heard, ...]:
    """What an event means."""
    return parse_event(body(event, **more), me=ME, known=KNOWN)


def test_a_mention_is_what_begins_a_thread() -> None:
    """A mention outside of a thread is a message whose thread is named by its own timestamp."""
    assert parsed(MENTION) == (
        IncomingMessage(
            key=THREAD,
            message_id="1700000000.000100",
            author=Person(id="UANN", name="Ann"),
            text="what is a mutex?",
            sent_at=datetime(2023, 11, 14, 22, 13, 20, 100, tzinfo=UTC),
            mentions_bot=True,
            starts_thread=True,
            thread_author="UANN",
        ),
    )


def test_both_events_of_a_mention_are_one_message() -> None:
    """`app_mention` and `message` of one utterance read the same."""
    assert parsed(MESSAGE) == parsed(MENTION)
    in_thread = {"thread_ts": "1700000000.000100", "ts": "1700000051.000000"}
    assert parsed(MESSAGE | in_thread) == parsed(MENTION | in_thread)


def test_a_reply_belongs_to_its_thread() -> None:
    """A message in a thread has the thread's key and says who began the thread."""
    [message] = parsed(REPLY)
    assert isinstance(message, IncomingMessage)
    assert message.key == THREAD
    assert not message.starts_thread
    assert not message.mentions_bot
    assert message.thread_author == "UANN"


def test_a_channel_message_without_a_mention_is_nothing() -> None:
    """What people say at the top of a channel without a mention does not reach the core."""
    chatter = {**MESSAGE, "text": "lunch?"}
    assert parsed(chatter) == ()
    assert (
        parsed(
            {
                **CHANGED,
                "message": {**CHANGED["message"], "text": "dinner?"},
                "previous_message": {**CHANGED["previous_message"], "text": "lunch?"},
            }
        )
        == ()
    )
    assert parsed({**DELETED, "previous_message": {**chatter}}) == ()


@pytest.mark.parametrize(
    ("thread", "own", "expected"),
    [("", "1700000000.000100", ""), ("1700000000.000100", "1700000000.000100", ""),
     ("1700000000.000100", "1700000009.000100", "1700000000.000100")],
)  # fmt: skip
def test_a_direct_message_has_a_top_level_and_threads(thread: str, own: str, expected: str) -> None:
    """The top level of a direct message is one thread without a name; threads in it have theirs."""
    event = {**DIRECT, "ts": own} | ({"thread_ts": thread} if thread else {})
    [message] = parsed(event)
    assert isinstance(message, IncomingMessage)
    assert message.is_direct
    assert message.key == SessionKey(
        platform="slack", workspace="T1", channel="D1", thread=expected
    )


def test_the_workspace_is_the_envelopes() -> None:
    """In a shared channel the author's workspace is another one: the key has ours."""
    [message] = parsed({**MENTION, "team": "T2", "user_team": "T2"})
    assert isinstance(message, IncomingMessage)
    assert message.key.workspace == "T1"


@pytest.mark.parametrize(
    "more",
    [
        {"bot_id": "B2"},
        {"bot_profile": {"id": "B2"}},
        {"user": "UBOT"},
        {"user": "USLACKBOT"},
        {"subtype": "bot_message"},
        {"subtype": "channel_join"},
        {"subtype": "message_replied"},
        {"subtype": "reminder_add"},
    ],
)
def test_only_people_count(more: dict[str, str]) -> None:
    """Ourselves, other bots and what is not anybody's words are ignored."""
    assert parsed(REPLY | more) == ()


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_some_subtypes_are_words(subtype: str) -> None:
    """A file with words, a reply also shown in the channel, and `/me` are what people say."""
    [message] = parsed({**REPLY, "subtype": subtype})
    assert isinstance(message, IncomingMessage)
    assert message.text == "and a semaphore?"


def test_files_come_with_their_message() -> None:
    """A message brings its files: their names, types, sizes, and where their bytes are."""
    [message] = parsed({**DIRECT, "subtype": "file_share", "text": "", "files": [NOTES]})
    assert isinstance(message, IncomingMessage)
    assert message.text == ""
    assert message.files == (
        SharedFile(
            id="F1",
            name="notes.txt",
            type="text/plain",
            size=5,
            url="https://files.slack.com/files-pri/T1-F1/download/notes.txt",
        ),
    )


def test_files_that_cannot_be_had() -> None:
    """What was deleted is left out; what is hidden or kept elsewhere has no address."""
    files: list[object] = [
        {"id": "F2", "mode": "tombstone"},
        {"id": "F3", "mode": "hidden_by_limit"},
        {"id": "F4", "title": "Plan", "is_external": True, "url_private": "https://x.org"},
        {"id": "F5", "title": "A photo", "size": True},
        {"name": "without an id"},
        None,
        {"id": "F5"},
    ]
    [message] = parsed({**DIRECT, "files": files})
    assert isinstance(message, IncomingMessage)
    assert [(file.id, file.name, file.size, file.url) for file in message.files] == [
        ("F3", "F3", 0, ""),
        ("F4", "Plan", 0, ""),
        ("F5", "A photo", 0, ""),
    ]


def test_files_of_another_workspace_are_described_elsewhere() -> None:
    """In Slack Connect a message names a file by its id alone; `files.info` has the rest."""
    stub = {"id": "F1", "mode": "file_access", "file_access": "check_file_info"}
    event = {**DIRECT, "files": [stub]}
    [bare] = parsed(event)
    assert isinstance(bare, IncomingMessage)
    assert bare.files == (SharedFile(id="F1", name="F1"),)
    [told] = parse_event(body(event), me=ME, known=Known(files={"F1": NOTES}))
    assert isinstance(told, IncomingMessage)
    assert told.files[0].name == "notes.txt"


def changed(now: dict[str, Any], before: dict[str, Any]) -> tuple[Heard, ...]:
    """A direct message was changed."""
    place = {"channel": "D1", "channel_type": "im"}
    return parsed(
        {
            **CHANGED,
            **place,
            "message": {**CHANGED["message"], **now},
            "previous_message": {**CHANGED["previous_message"], **before},
        }
    )


def test_an_edit_may_leave_the_files_alone() -> None:
    """Who takes all words away leaves a message that is its files."""
    [edit] = changed({"text": "", "files": [NOTES]}, {"text": "look", "files": [NOTES]})
    assert isinstance(edit, MessageEdited)
    assert edit.message.text == ""
    assert [file.id for file in edit.message.files] == ["F1"]


def test_a_file_that_goes_is_an_edit() -> None:
    """A deleted file is taken out of its message; a message that was only it is gone."""
    gone = {"id": "F1", "mode": "tombstone"}
    [edit] = changed({"text": "look", "files": [gone]}, {"text": "look", "files": [NOTES]})
    assert isinstance(edit, MessageEdited)
    assert edit.message.files == ()
    [deletion] = changed({"text": "", "files": [gone]}, {"text": "", "files": [NOTES]})
    assert isinstance(deletion, MessageDeleted)


def test_a_preview_of_a_file_is_no_edit() -> None:
    """Slack changes a message when it has drawn a preview of its file: nothing was said."""
    drawn = {"text": "", "files": [{**NOTES, "preview": "x"}]}
    assert changed(drawn, {"text": "", "files": [NOTES]}) == ()


@pytest.mark.parametrize("kind", ["file_shared", "file_deleted", "file_change"])
def test_events_about_files_are_known(kind: str) -> None:
    """What happens to files by themselves is nothing to us, and no oddity."""
    assert parsed({"type": kind, "file_id": "F1"}) == ()


def test_an_edit_says_what_is_said_now() -> None:
    """A real edit carries the message as it reads now."""
    [edit] = parsed(CHANGED)
    assert isinstance(edit, MessageEdited)
    assert edit.message.key == THREAD
    assert edit.message.message_id == "1700000000.000100"
    assert edit.message.text == "what is a semaphore?"


def test_an_unfolded_link_is_no_edit() -> None:
    """A change that leaves the text as it was is not an edit: links unfold, previews come."""
    same = {**CHANGED["message"], "text": CHANGED["previous_message"]["text"], "attachments": [{}]}
    assert parsed({**CHANGED, "message": same}) == ()


def test_a_mention_that_was_edited_in_counts_as_said_now() -> None:
    """An edit that newly mentions the bot is an edit, and a message of that moment."""
    before = {**CHANGED["previous_message"], "text": "what is a mutex?"}
    edit, said = parsed({**CHANGED, "previous_message": before})
    assert isinstance(edit, MessageEdited)
    assert isinstance(said, IncomingMessage)
    assert said == edit.message
    assert said.sent_at == datetime(2023, 11, 14, 22, 14, 20, tzinfo=UTC)


def test_a_deletion_names_the_message() -> None:
    """A deleted message is named with its thread, whether it went or left a tombstone."""
    gone = MessageDeleted(key=THREAD, message_id="1700000000.000100")
    assert parsed(DELETED) == (gone,)
    tombstone = {**CHANGED, "message": {**CHANGED["message"], "subtype": "tombstone"}}
    assert parsed(tombstone) == (gone,)
    reply = {**DELETED, "deleted_ts": REPLY["ts"], "previous_message": REPLY}
    assert parsed(reply) == (MessageDeleted(key=THREAD, message_id=REPLY["ts"]),)


def test_our_own_messages_may_change() -> None:
    """Edits and deletions of the bot's own messages are ignored."""
    own = {**CHANGED["message"], "user": "UBOT", "bot_id": "BBOT"}
    assert parsed({**CHANGED, "message": own}) == ()
    assert parsed({**DELETED, "previous_message": own}) == ()


@pytest.mark.parametrize("word", ["help", "status", "reset", "stop", "Reset", " STOP "])
def test_a_word_to_the_bot_is_a_command(word: str) -> None:
    """A mention and one of four words is a command for that thread, by either event."""
    event = {**REPLY, "text": f"<@UBOT> {word}"}
    command = Command(
        name=word.strip().lower(),
        argument="",
        author=Person(id="UBEN", name="Ben"),
        key=THREAD,
        place=replace(THREAD, thread=""),
        is_direct=False,
        request_id="C1:1700000050.000200",
        message_id="1700000050.000200",
    )
    assert parsed(event) == (command,)
    assert parsed({**event, "type": "app_mention"}) == (command,)


def test_a_command_at_the_top_of_a_channel_has_no_thread() -> None:
    """`@bot help` outside of a thread is a command that is about none."""
    [command] = parsed({**MENTION, "text": "<@UBOT> help"})
    assert isinstance(command, Command)
    assert command.key is None


def test_a_command_in_a_direct_message_needs_no_mention() -> None:
    """All that is said in a direct message is said to the bot."""
    [command] = parsed({**DIRECT, "text": "files get report.md"})
    assert isinstance(command, Command)
    assert (command.name, command.argument) == ("files", "get report.md")
    assert command.is_direct


@pytest.mark.parametrize("text", ["reset", "<@UBOT> reset my password", "<@UBOT> how to stop?"])
def test_words_within_a_sentence_are_no_command(text: str) -> None:
    """Without a mention, or with more words, it is a message like any other."""
    [message] = parsed({**REPLY, "text": text})
    assert isinstance(message, IncomingMessage)


def test_the_stop_button_names_the_thread() -> None:
    """`agent_session_stopped` says which thread, who, and which event it was."""
    assert parsed(STOPPED) == (
        Stopped(key=THREAD, author=Person(id="UANN", name="Ann"), request_id="Ev1"),
    )


def test_a_stop_sign_names_the_message() -> None:
    """`reaction_added` says which message in which channel, and who; other emoji mean nothing."""
    place = replace(THREAD, thread="")
    assert parsed(STOP_SIGN) == (
        StopSign(place=place, message_id="1700000000.000100", author=Person(id="UANN", name="Ann")),
    )
    for changes in (
        {"reaction": "tada"},
        {"reaction": None},
        {"user": ME.user},
        {"item": {"type": "file", "file": "F1"}},
        {"type": "reaction_removed"},
    ):
        assert parsed({**STOP_SIGN, **changes}) == ()


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({}, "an event without a type"),
        ({"type": "galaxy_merged"}, "the event galaxy_merged"),
        ({**MENTION, "ts": "yesterday"}, "a malformed app_mention"),
        ({**MENTION, "channel": None}, "a malformed app_mention"),
        ({**REPLY, "user": {"id": "UANN"}}, "a malformed message"),
        ({**CHANGED, "message": {"text": "x", "edited": {"ts": "1.2"}}},
         "a malformed message_changed"),
        ({**DELETED, "deleted_ts": 5, "previous_message": None}, "a malformed message_deleted"),
        ({**STOPPED, "thread_ts": None}, "a malformed agent_session_stopped"),
        ({**STOP_SIGN, "item": {"type": "message", "channel": "C1"}},
         "a malformed reaction_added"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_unknown(event: dict[str, Any], kind: str) -> None:
    """Malformed and unknown events say what they are, without what was said in them."""
    assert parsed(event) == (Unknown(kind=kind),)


def test_a_fetched_message_reads_as_its_event() -> None:
    """A message from the history is what its event was."""
    fetched = {name: REPLY[name] for name in ("type", "user", "text", "ts", "thread_ts")}
    fetched["parent_user_id"] = "UANN"
    assert (parse_message(fetched, key=THREAD, me=ME, known=KNOWN),) == parsed(REPLY)


def test_payloads_survive_json() -> None:
    """The payloads of these tests are what can come over a socket."""
    assert json.loads(json.dumps(body(CHANGED))) == body(CHANGED)
