"""What comes from a platform: judged, made durable, and worked on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot import phrases
from bot.errors import ChatUnavailable, ModelUnknown, StoreBusy
from bot.events import TurnFailed
from bot.gate import Access, FollowUp
from bot.mailbox import EntryKind
from bot.messages import Button, IncomingMessage, Press
from tests.bot.stage import Stage, settle, staged
from tests.fakes.chat import ANN, BEN, BOT, FakeMessage


def _messages(stage: Stage, said: IncomingMessage) -> list[str]:
    """The texts of the messages in a thread's mailbox."""
    return [e.text for e in stage.store.entries(said.key) if e.kind is EntryKind.MESSAGE]


# --- how much ---


async def test_more_than_somebody_may_say_is_refused_in_private() -> None:
    """What is too much is not taken; its author alone is told when to say it again, once."""
    async with staged(rate=3) as stage:
        for number in range(3):
            await stage.say(f"echo: {number}")
        refused = await stage.say("echo: too much")
        assert stage.texts(refused) == []
        [(_, told, answer)] = stage.chat.whispers
        assert (told, answer.text) == (ANN, phrases.too_fast(20))
        others = await stage.say("echo: others", by=BEN)
        assert stage.texts(others) == ["others"]
        await stage.pass_time(21)
        await stage.intake.message(refused)  # it comes again: it was told that it does not count
        again = await stage.say("echo: again")
        assert stage.texts(again) == ["again"]
        assert stage.texts(refused) == []
        assert len(stage.chat.whispers) == 1


async def test_answers_and_what_was_missed_are_no_haste() -> None:
    """Words that answer a question, and what was said while the bot was away, do not count."""
    async with staged(rate=1) as stage:
        said = await stage.say("ask: Which? | red | blue")
        await stage.say("red", to=said)
        assert stage.texts(said)[-1] == "ask_user answered: red"
        await _missed(stage, "echo: two", to=said, age_s=60)
        assert stage.texts(said)[-1] == "two"


# --- what was missed ---


async def _missed(stage: Stage, text: str, *, to: IncomingMessage, age_s: float) -> IncomingMessage:
    """Something was said in a thread a while ago, and is only found now."""
    sent_at = stage.clock.now() - timedelta(seconds=age_s)
    message = replace(
        to,
        message_id=f"missed {text}",
        text=text,
        sent_at=sent_at,
        starts_thread=False,
        was_missed=True,
    )
    stage.chat.said[message.message_id] = message
    await stage.intake.message(message)
    await settle()
    return message


async def test_what_was_missed_a_moment_ago_is_answered(stage: Stage) -> None:
    """A message that is found while it is young is answered like any other, once."""
    said = await stage.say("echo: one")
    missed = await _missed(stage, "echo: two", to=said, age_s=3_000)
    await stage.intake.message(missed)
    await stage.intake.message(replace(missed, was_missed=False))
    await settle()
    assert stage.texts(said) == ["one", "two"]


async def test_what_was_missed_long_ago_is_told_and_can_be_answered(stage: Stage) -> None:
    """Of what is too old people are told, in one post, and never twice; a press answers it."""
    said = await stage.say("echo: one")
    await _missed(stage, "echo: first", to=said, age_s=9_000)
    missed = await _missed(stage, "echo: second", to=said, age_s=8_000)
    await stage.intake.message(missed)
    await settle()
    [_, notice] = stage.chat.seen(said.key)
    assert notice.text == phrases.missed("echo: second", 2)
    assert len(stage.prompts()) == 1
    await stage.press(notice, phrases.ANSWER_NOW)
    assert stage.texts(said)[-1] == "second"


async def test_what_was_missed_is_told_only_once_over_restarts(stage: Stage) -> None:
    """What people were told of is known, whoever finds it again."""
    said = await stage.say("echo: one")
    missed = await _missed(stage, "echo: old", to=said, age_s=9_000)
    async with staged(beside=stage, owner="the next process") as later:
        await later.intake.message(missed)
        await settle()
    assert len(stage.texts(said)) == 2


async def test_an_answer_that_is_found_again_is_no_message(stage: Stage) -> None:
    """Words that answered a question are not answered themselves when they are looked up."""
    said = await stage.say("ask: Which? | red | blue")
    answer = await stage.say("red", to=said)
    async with staged(beside=stage, owner="the next process") as later:
        await later.intake.message(replace(answer, was_missed=True))
        await settle()
    assert _messages(stage, said) == ["ask: Which? | red | blue"]


async def test_who_may_not_use_it_is_not_told_so_of_old_messages() -> None:
    """A refusal was told when it was said, if at all."""
    async with staged(access=Access(people=frozenset({ANN.id}))) as stage:
        said = await stage.say("echo: one")
        await stage.intake.message(
            replace(said, message_id="old", author=BEN, was_missed=True, sent_at=said.sent_at)
        )
        assert stage.chat.whispers == []


# --- what counts ----------------------------------------------------------------------------


async def test_the_same_message_twice_is_answered_once(stage: Stage) -> None:
    """One utterance may come as several events: it has one id and one answer."""
    said = await stage.say("echo: one")
    await stage.intake.message(said)
    await stage.intake.message(replace(said, mentions_bot=False))
    await settle()
    assert stage.texts(said) == ["one"]


async def test_an_event_that_the_gate_rejects_hides_no_other(stage: Stage) -> None:
    """The first of two events may be the one that does not call: the second one counts."""
    first = await stage.say("echo: hello", mention=False)
    assert stage.texts(first) == []
    await stage.intake.message(replace(first, mentions_bot=True))
    await settle()
    assert stage.texts(first) == ["hello"]


async def test_an_answer_that_comes_again_is_no_message(stage: Stage) -> None:
    """Words that answered a question are not answered as well when they come a second time."""
    said = await stage.say("ask: Which? | red | blue")
    answer = await stage.say("red", to=said)
    await stage.intake.message(answer)
    await settle()
    assert stage.texts(said)[1:] == ["ask_user answered: red"]
    assert _messages(stage, said) == ["ask: Which? | red | blue"]


async def test_a_prompt_that_comes_again_answers_no_question(stage: Stage) -> None:
    """A prompt that comes a second time is not taken for the answer to what it led to."""
    said = await stage.say("ask: Which? | red | blue")
    await stage.intake.message(said)
    await settle()
    assert stage.state(said) == "waiting"


async def test_an_empty_mention_is_greeted(stage: Stage) -> None:
    """A mention without words is told how to go on, once, and nothing is asked of Copilot."""
    said = await stage.say("  ")
    await stage.intake.message(said)
    assert [answer.text for _, _, answer in stage.chat.whispers] == [phrases.NOTHING_SAID]
    assert stage.prompts() == []
    assert await stage.store.thread(said.key) is None


async def test_a_file_alone_is_a_message(stage: Stage) -> None:
    """What comes without words, but with a file, counts like words, in a thread of one's own."""
    first = await stage.say("echo: one")
    await stage.chat.say(
        "", thread=first.key.thread, mention=False, files=[("notes.txt", b"Buy milk.")]
    )
    await settle()
    kept = stage.store.entries(first.key)[-1]
    assert (kept.text, [file.name for file in kept.files]) == ("", ["notes.txt"])
    await stage.say("echo: two", to=first, by=BEN)
    shared = len(stage.store.entries(first.key))
    await stage.chat.say("", thread=first.key.thread, mention=False, files=[("a.txt", b"a")])
    await settle()
    assert len(stage.store.entries(first.key)) == shared


async def test_bots_are_not_heard(stage: Stage) -> None:
    """What programs say, ourselves included, is nothing to us."""
    said = await stage.say("echo: hello", by=BOT)
    assert stage.texts(said) == []
    assert stage.chat.whispers == []


async def test_a_direct_message_needs_no_mention(stage: Stage) -> None:
    """In a direct message everything is said to the bot, and the thread is its author's own."""
    said = await stage.say("echo: hello", is_direct=True, mention=False)
    assert stage.texts(said) == ["hello"]
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.owner == ANN.id


async def test_a_follow_up_needs_no_mention_while_one_person_speaks(stage: Stage) -> None:
    """In a thread of one person and the bot a mention is not needed, until others join."""
    said = await stage.say("echo: one")
    await stage.say("echo: two", to=said, mention=False)
    assert stage.texts(said) == ["one", "two"]
    await stage.say("I think so too", to=said, by=BEN, mention=False)
    await stage.say("echo: three", to=said, mention=False)
    assert stage.texts(said) == ["one", "two"]
    await stage.say("echo: four", to=said)
    assert stage.texts(said) == ["one", "two", "four"]


async def test_a_thread_begun_by_another_person_is_shared(stage: Stage) -> None:
    """Called into somebody else's thread, the bot does not answer there without a mention."""
    said = replace(await stage.say("nothing", mention=False, by=BEN), text="echo: one")
    call = replace(said, author=ANN, message_id="99999991", mentions_bot=True, thread_author=BEN.id)
    await stage.intake.message(call)
    await settle()
    assert stage.texts(said) == ["one"]
    await stage.say("echo: two", to=said, mention=False)
    assert stage.texts(said) == ["one"]


@pytest.mark.parametrize(
    ("mode", "answered"), [(FollowUp.ALWAYS, ["one", "two"]), (FollowUp.MENTION, ["one"])]
)
async def test_the_operator_decides_on_follow_ups(mode: FollowUp, answered: list[str]) -> None:
    """By setting, follow-ups count always, or with a mention only."""
    async with staged(follow_up=mode) as stage:
        said = await stage.say("echo: one")
        await stage.say("echo: two", to=said, by=BEN, mention=False)
        assert stage.texts(said) == answered


async def test_what_cannot_be_kept_is_not_acknowledged(stage: Stage) -> None:
    """Where a message cannot be written down, the platform is told so and delivers again."""
    stage.store.fail("append", error=StoreBusy("held"), times=1)
    with pytest.raises(StoreBusy):
        await stage.say("echo: hello")
    [said] = stage.chat.said.values()
    await stage.intake.message(said)
    await settle()
    assert stage.texts(said) == ["hello"]


async def test_a_mark_that_cannot_be_checked_stays(stage: Stage) -> None:
    """A failure to look a waiting message up does not lose it."""
    hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    stage.store.fail("entry", error=StoreBusy("held"), times=1)
    second = await stage.say("echo: two", to=said)
    assert stage.chat.waiting == {second.message_id}
    hold.release()
    await settle()
    assert stage.texts(said) == ["one", "two"]
    assert stage.chat.waiting == set()


# --- access ---------------------------------------------------------------------------------


async def test_who_may_not_use_it_is_told_once_a_message() -> None:
    """A person who is not let in is told so alone, once for each message."""
    async with staged(access=Access(people=frozenset({ANN.id}))) as stage:
        said = await stage.say("echo: hello", by=BEN)
        await stage.intake.message(said)
        assert [(who, answer.text) for _, who, answer in stage.chat.whispers] == [
            (BEN, phrases.NOT_ALLOWED)
        ]
        assert stage.texts(said) == []
        await stage.say("echo: please", by=BEN)
        assert len(stage.chat.whispers) == 2
        assert await stage.store.thread(said.key) is None


async def test_who_may_not_use_it_is_not_bothered_without_a_mention() -> None:
    """What a stranger says without calling the bot is nothing to it."""
    async with staged(access=Access(people=frozenset({ANN.id}))) as stage:
        said = await stage.say("echo: hello")
        await stage.say("echo: me too", by=BEN, to=said, mention=False)
        assert stage.chat.whispers == []
        assert stage.texts(said) == ["hello"]


async def test_channels_can_be_closed() -> None:
    """Where the operator names channels, the bot answers there and in direct messages only."""
    async with staged(access=Access(channels=frozenset({"elsewhere"}))) as stage:
        said = await stage.say("echo: hello")
        assert stage.texts(said) == []
        assert [answer.text for _, _, answer in stage.chat.whispers] == [phrases.NOT_ALLOWED]
        direct = await stage.say("echo: hello", is_direct=True)
        assert stage.texts(direct) == ["hello"]


async def test_a_refusal_that_cannot_be_told_is_a_refusal() -> None:
    """When the whisper fails, the message stays refused, and nothing else happens."""
    async with staged(access=Access(people=frozenset({ANN.id}))) as stage:
        stage.chat.fail(ChatUnavailable("no"), on="whisper")
        said = await stage.say("echo: hello", by=BEN)
        assert stage.texts(said) == []


# --- edits and deletions --------------------------------------------------------------------


async def test_an_edit_of_what_waits_counts(stage: Stage) -> None:
    """A message that was changed before its turn is answered as it reads then."""
    hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    second = await stage.say("echo: two", to=said)
    await stage.chat.edit_said(second.message_id, "echo: deux")
    hold.release()
    await settle()
    assert stage.texts(said) == ["one", "deux"]


async def test_an_edit_of_what_waits_keeps_its_files(stage: Stage) -> None:
    """A changed message has the files that it came with; without words they are the message."""
    hold = stage.runtime.hold("one")
    first = await stage.say("echo: one")
    waiting = await stage.chat.say(
        "echo: tow", thread=first.key.thread, files=[("notes.txt", b"Buy milk.")]
    )
    for text in ("echo: two", ""):
        await stage.chat.edit_said(waiting.message_id, text)
        entry = stage.entry(waiting)
        assert (entry.state, entry.text) == ("queued", text)
        assert entry.files == waiting.files
    hold.release()
    await settle()


async def test_an_edit_of_what_was_answered_changes_nothing(stage: Stage) -> None:
    """What was begun stays as it was asked."""
    said = await stage.say("echo: one")
    await stage.chat.edit_said(said.message_id, "echo: uno")
    await settle()
    assert stage.texts(said) == ["one"]


async def test_an_edit_that_calls_the_bot_counts_as_said(stage: Stage) -> None:
    """A mention that is put in later calls the bot."""
    said = await stage.say("echo: hello", mention=False)
    stage.chat.said[said.message_id] = replace(said, mentions_bot=True)
    await stage.chat.edit_said(said.message_id, "echo: hello you")
    await settle()
    assert stage.texts(said) == ["hello you"]


async def test_an_edit_that_leaves_no_words_takes_the_message_back(stage: Stage) -> None:
    """A waiting message whose words were taken out is not sent empty."""
    hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    second = await stage.say("echo: two", to=said)
    await stage.chat.edit_said(second.message_id, " ")
    hold.release()
    await settle()
    assert stage.texts(said) == ["one"]
    assert stage.entry_state(second) == "withdrawn"


async def test_a_deletion_of_what_waits_counts(stage: Stage) -> None:
    """A message that was taken back before its turn is not answered, and leaves no mark."""
    hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    second = await stage.say("echo: two", to=said)
    await stage.chat.take_back(second.message_id)
    await settle()
    assert stage.chat.waiting == set()
    hold.release()
    await settle()
    assert stage.texts(said) == ["one"]


async def test_a_deletion_of_what_is_answered_changes_nothing(stage: Stage) -> None:
    """What is being answered is answered to the end."""
    hold = stage.runtime.hold("one")
    said = await stage.say("echo: one")
    await stage.chat.take_back(said.message_id)
    hold.release()
    await settle()
    assert stage.texts(said) == ["one"]


# --- presses --------------------------------------------------------------------------------


async def test_a_press_on_another_persons_direct_message_is_refused(stage: Stage) -> None:
    """Nobody but its owner acts on a direct message, whatever they press."""
    said = await stage.say("ask: Which? | red | blue", is_direct=True)
    question = stage.last(said)
    for action in ("answer", "stop", "reset", "retry"):
        press = Press(
            action=action, value="1", key=said.key, author=BEN, request_id=f"forged {action}"
        )
        answer = await stage.intake.pressed(press)
        assert answer.text == phrases.NOT_YOURS
    await stage.intake.stop(said.key, BEN, "forged")
    await settle()
    assert stage.state(said) == "waiting"
    assert stage.chat.shown[question.reference].buttons == question.buttons


async def test_a_press_of_who_may_not_use_it_is_refused() -> None:
    """Buttons are for those who may use the bot."""
    async with staged(access=Access(people=frozenset({ANN.id}))) as stage:
        said = await stage.say("ask: Which? | red | blue")
        assert await stage.press(stage.last(said), "red", by=BEN) == phrases.NOT_ALLOWED
        assert stage.state(said) == "waiting"


async def test_the_stop_button_stops(stage: Stage) -> None:
    """A stop button in the thread does what the platform's own one does."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    button = FakeMessage(
        reference="x", key=said.key, text="", buttons=(Button(action="stop", value="", label="S"),)
    )
    assert await stage.press(button, "S") == phrases.STOPPING
    assert stage.entry_state(said) == "stopped"


@pytest.mark.parametrize("on_reply", [False, True])
async def test_a_stop_sign_stops(stage: Stage, on_reply: bool) -> None:
    """A stop sign on the answer, or on what it answers, ends it; elsewhere it does nothing."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    other = await stage.say("echo: next", to=said)
    await stage.chat.sign(other.message_id, said.key, by=BEN)
    assert stage.entry_state(said) == "running"
    signed = stage.last(said).reference if on_reply else said.message_id
    await stage.chat.sign(signed, said.key)
    await stage.chat.sign(signed, said.key)
    await settle()
    assert stage.entry_state(said) == "stopped"
    assert stage.texts(said)[-1] == "next"
    await stage.chat.sign(signed, said.key)  # nothing runs there any more
    assert len([each for each in stage.store.entries(said.key) if each.kind == "stop"]) == 1


async def test_a_stop_sign_drops_what_waits(stage: Stage) -> None:
    """On a message that waits it drops it, by its author only; what runs goes on."""
    hold = stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    waits = await stage.say("echo: next", to=said)
    assert stage.chat.waiting == {waits.message_id}
    await stage.chat.sign(waits.message_id, said.key, by=BEN)
    assert stage.entry_state(waits) == "queued"
    await stage.chat.sign(waits.message_id, said.key)
    await settle()
    assert stage.entry_state(waits) == "withdrawn"
    assert stage.chat.waiting == set()
    hold.release()
    await settle()
    assert stage.texts(said) == ["1 2 3 4 5 6 7 8 9"]


async def test_a_stop_sign_of_who_may_not() -> None:
    """Who may not use the bot there stops nothing, nor does anybody in others' private talk."""
    access = Access(people=frozenset({ANN.id}))
    for is_direct, rules in ((False, access), (True, Access())):
        async with staged(access=rules) as stage:
            stage.runtime.hold("count", after=3)
            said = await stage.say("count to 9", is_direct=is_direct)
            await stage.chat.sign(said.message_id, said.key, by=BEN)
            await settle()
            assert stage.entry_state(said) == "running"
            await stage.chat.sign(said.message_id, said.key)
            await settle()
            assert stage.entry_state(said) == "stopped"


async def test_a_press_that_comes_twice_counts_once(stage: Stage) -> None:
    """A reset that the platform delivers again is one reset."""
    said = await stage.say("echo: one")
    press = Press(action="reset", value="", key=said.key, author=ANN, request_id="p")
    for _ in range(3):
        assert (await stage.intake.pressed(press)).text == phrases.RESET_ELSEWHERE
        await settle()
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.generation == 2


async def test_an_unknown_press_is_nothing(stage: Stage) -> None:
    """A button of another version says nothing and does nothing."""
    said = await stage.say("echo: one")
    press = Press(action="dance", value="", key=said.key, author=ANN, request_id="p")
    assert (await stage.intake.pressed(press)).text == ""


async def test_retry_of_another_threads_message_is_refused(stage: Stage) -> None:
    """Retry acts on messages of its own thread only."""
    stage.runtime.script = lambda prompt: [TurnFailed(error=ModelUnknown("no"))]
    secret = await stage.say("echo: secret", is_direct=True, by=BEN)
    said = await stage.say("echo: mine")
    stage.runtime.script = None
    press = Press(
        action="retry",
        value=str(stage.entry(secret).id),
        key=said.key,
        author=ANN,
        request_id="forged",
    )
    assert (await stage.intake.pressed(press)).text == phrases.NOTHING_TO_RETRY
    await settle()
    assert stage.entry_state(secret) == "failed"
    assert stage.prompts() == ["echo: secret", "echo: mine"]


async def test_retry_of_what_was_dropped_by_a_reset(stage: Stage) -> None:
    """What a reset withdrew is not brought back: it must be said again."""
    stage.runtime.hold("count", after=3)
    said = await stage.say("count to 9")
    await stage.reset(said)
    press = Press(
        action="retry", value=str(stage.entry(said).id), key=said.key, author=ANN, request_id="p"
    )
    assert (await stage.intake.pressed(press)).text == phrases.NOTHING_TO_RETRY


@pytest.mark.parametrize("value", ["x.y", "99999999999999999999", ""])
async def test_retry_of_what_was_never_kept_asks_the_platform(stage: Stage, value: str) -> None:
    """A message that could not be written down is read from the platform again."""
    said = await stage.say("echo: hello", mention=False)
    if value:
        stage.chat.said[value] = replace(said, message_id=value)
    press = Press(action="retry", value=value, key=said.key, author=ANN, request_id="p")
    answer = await stage.intake.pressed(press)
    await settle()
    assert answer.text == (phrases.RETRYING if value else phrases.NOTHING_TO_RETRY)
    assert stage.texts(said) == (["hello"] if value else [])


async def test_retry_when_the_platform_does_not_answer(stage: Stage) -> None:
    """When the message cannot be read just now, people are told to press again."""

    async def unavailable(*_: object) -> None:
        raise ChatUnavailable("no")

    stage.chat.message = unavailable  # type: ignore[assignment,method-assign]
    said = await stage.say("echo: hello", mention=False)
    press = Press(action="retry", value="x.y", key=said.key, author=ANN, request_id="p")
    assert (await stage.intake.pressed(press)).text == phrases.RETRY_LATER


async def test_many_messages_are_not_remembered_for_ever(stage: Stage) -> None:
    """What is known of messages that may come again is bounded."""
    said = await stage.say("ask: Which? | red | blue")
    for _ in range(600):
        await stage.chat.say(" ", thread=said.key.thread)
    assert len(stage.intake._whispered) <= 512
    await asyncio.sleep(0)
