"""The commands on conversations, over the real worker: listed, resumed, deleted, carried on."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest

from bot.budgets import Scope
from bot.errors import ChatUnavailable, ProviderFailed
from bot.events import ReplyEvent, TextDelta, UsageReported
from bot.gate import Access
from bot.keys import SessionKey
from bot.mailbox import EntryKind, EntryState
from bot.messages import Answer, IncomingMessage, Person
from bot.modes import Mode
from bot.phrases import conversations
from bot.ports import ThreadStatus
from bot.states import WorkerState
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.chat import ANN, BEN, FakeChat, FakeMessage


async def told(
    stage: Stage,
    name: str,
    to: IncomingMessage | None = None,
    *,
    argument: str = "",
    by: Person = ANN,
) -> str:
    """A command is given in a message's thread, or a channel, and all that follows happens."""
    return (await answered(stage, name, to, argument=argument, by=by)).text


async def answered(
    stage: Stage,
    name: str,
    to: IncomingMessage | None = None,
    *,
    argument: str = "",
    by: Person = ANN,
) -> Answer:
    """As `told`, with all that the answer has."""
    key = None if to is None else to.key
    answer = await stage.chat.command(name, key=key, argument=argument, by=by)
    await settle()
    return answer


async def pressed(stage: Stage, label: str, *, by: Person = ANN) -> str:
    """The button is pressed that the newest whisper to a person has; returns what they are told."""
    key, _, answer = [each for each in stage.chat.whispers if each[1] == by][-1]
    return await stage.press(as_message(key, answer), label, by=by)


def as_message(key: SessionKey, answer: Answer) -> FakeMessage:
    """What was whispered, as something whose buttons can be pressed."""
    return FakeMessage(reference="", key=key, text=answer.text, buttons=answer.buttons)


@pytest.fixture
async def said(stage: Stage) -> IncomingMessage:
    """A thread with two answered messages."""
    said = await stage.say("remember the word heron")
    await stage.say("echo: second", to=said)
    return said


# --- sessions ---


async def test_nothing_to_list(stage: Stage) -> None:
    """Who has no conversations is told how to begin one."""
    assert await told(stage, "sessions") == conversations.NO_SESSIONS


async def test_ones_own_sessions_are_listed(stage: Stage, said: IncomingMessage) -> None:
    """All of one's own are listed with link, age and whether they are older ones; no others."""
    private = await stage.say("echo: private", is_direct=True)
    await stage.say("echo: of ben", by=BEN)
    await told(stage, "reset", said)
    text = await told(stage, "sessions")
    assert text.count("\n1.") == 1
    assert f"[{conversations.DIRECT_MESSAGE}]({stage.chat.address(private.key)})" in text
    assert stage.chat.address(said.key) in text
    assert "from before it was started afresh" in text
    assert "3." not in text
    assert "(http" not in (await told(stage, "sessions", by=Person(id="U-nobody")))
    assert stage.chat.address(private.key) not in await told(stage, "sessions", by=BEN)


async def test_a_list_fits_into_a_message(stage: Stage) -> None:
    """Of many conversations the newest are listed, and long titles cut: every platform shows it."""
    for number in range(10):
        said = await stage.say(f"echo: {number}")
        await told(stage, "rename", said, argument=f"{number} " + "long " * 30)
    text = await told(stage, "sessions")
    assert "**9 long" in text
    assert "**1 long" not in text
    assert "These are the newest." in text
    assert len(text) < 1_900


# --- resume ---


async def test_an_older_conversation_goes_on(stage: Stage, said: IncomingMessage) -> None:
    """By its number: its memory is back, and the one of before is an older one now."""
    await told(stage, "reset", said)
    await stage.say("remember the word stork", to=said)
    await told(stage, "resume", said, argument="1")
    assert stage.texts(said)[-1] == conversations.resumed("")
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was heron."
    await told(stage, "resume", said, argument="2")
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was stork."


async def test_older_conversations_are_offered(stage: Stage, said: IncomingMessage) -> None:
    """Without a name they are offered; the button says which one goes on."""
    assert await told(stage, "resume", said) == conversations.NO_OTHER_SESSIONS
    await told(stage, "reset", said)
    answer = await answered(stage, "resume", said)
    assert [button.label.partition(" ")[0] for button in answer.buttons] == ["1:"]
    assert await pressed(stage, answer.buttons[0].label) == conversations.RESUME_COMES
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was heron."
    command = stage.chat.commanded("resume", key=said.key)
    assert list(await stage.intake.choices(command, "conversation", "")) == []


async def test_by_its_title(stage: Stage) -> None:
    """A conversation can be named by a part of its title; what can be named is offered."""
    stage.runtime.has_titles = True
    said = await stage.say("remember the word heron")
    await told(stage, "reset", said)
    await stage.say("echo: new", to=said)
    command = stage.chat.commanded("resume", key=said.key)
    assert list(await stage.intake.choices(command, "conversation", "heron")) == [
        "1: remember the word heron (just now)"
    ]
    await told(stage, "resume", said, argument="HERON")
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.title == "remember the word heron"
    (offered,) = await stage.intake.choices(command, "conversation", "")
    await told(stage, "resume", said, argument=offered)
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.title == "echo: new"
    assert await told(stage, "resume", said, argument="dance") == conversations.NO_SUCH_SESSION


async def test_resume_in_a_channel_asks_which_thread(stage: Stage, said: IncomingMessage) -> None:
    """In a channel one's threads are offered, then the older conversations of the chosen one."""
    await told(stage, "reset", said)
    answer = await answered(stage, "resume")
    assert answer.text == conversations.CHOOSE_THREAD
    assert await pressed(stage, answer.buttons[0].label) == conversations.CHOOSE_SESSION


async def test_resume_during_a_turn(stage: Stage, said: IncomingMessage) -> None:
    """What runs is ended first, what waits is dropped, and what is said next is for the old one."""
    await told(stage, "reset", said)
    hold = stage.runtime.hold("count to")
    running = await stage.say("count to 5", to=said)
    waiting = await stage.say("echo: waits", to=said)
    await hold.reached()
    await told(stage, "resume", said, argument="1")
    assert stage.entry_state(running) is EntryState.WITHDRAWN
    assert stage.entry_state(waiting) is EntryState.WITHDRAWN
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was heron."


@pytest.mark.parametrize("name", ["resume", "rewind", "fork", "compact", "export"])
async def test_while_a_request_is_open(stage: Stage, said: IncomingMessage, name: str) -> None:
    """A turn that waits for a person is ended first, or waited for; then the thread works."""
    await told(stage, "reset", said)
    await stage.say("echo: new", to=said)
    asking = await stage.say("ask: red or blue?", to=said)
    assert stage.state(said) is WorkerState.WAITING
    await told(stage, name, said, argument="1" if name == "resume" else "")
    if name in {"resume", "rewind"}:
        ended = EntryState.WITHDRAWN if name == "resume" else EntryState.STOPPED
        assert stage.entry_state(asking) is ended
    else:
        assert stage.state(said) is WorkerState.WAITING
        await stage.say("red", to=said)
        assert stage.entry_state(asking) is EntryState.DONE
    assert list(await stage.store.open_requests(said.key)) == []
    answer = await stage.say("echo: on", to=said)
    assert stage.answer(answer).text == "on"
    kinds = {entry.kind: entry.state for entry in stage.store.entries(said.key)}
    assert kinds[EntryKind(name)] is EntryState.DONE


async def test_a_session_that_is_gone_is_not_resumed(stage: Stage, said: IncomingMessage) -> None:
    """A button outlives what it is for: people are told, and the thread goes on as it was."""
    await told(stage, "reset", said)
    await stage.say("remember the word stork", to=said)
    answer = await answered(stage, "resume", said)
    await told(stage, "delete", said, argument="1")
    await pressed(stage, conversations.DELETE)
    await stage.press(as_message(said.key, answer), answer.buttons[0].label)
    assert stage.texts(said)[-1] == conversations.SESSION_GONE
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was stork."


# --- rename ---


async def test_a_persons_title_stays(stage: Stage) -> None:
    """A title that a person gave is shown, and no title that is found replaces it."""
    stage.runtime.has_titles = True
    said = await stage.say("echo: a", to=None)
    text = await told(stage, "rename", said, argument="  Herons of\n the north ")
    assert text == conversations.renamed("Herons of the north")
    await stage.say("echo: b", to=said)
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.title == "Herons of the north"
    assert {title for _, _, title in stage.chat.statuses[-2:]} == {"Herons of the north"}


async def test_a_title_is_asked_for(stage: Stage, said: IncomingMessage) -> None:
    """Without words a form opens, in a channel after the thread was chosen."""
    answer = await answered(stage, "rename", said)
    assert answer.form is not None
    assert (answer.form.action, answer.form.field) == ("rename", conversations.TITLE)
    answer = await answered(stage, "rename")
    message = as_message(said.key, answer)
    text = await stage.press(message, answer.buttons[0].label, text="Herons")
    assert text == conversations.renamed("Herons")
    thread = await stage.store.thread(said.key)
    assert thread is not None
    assert thread.title == "Herons"


# --- delete ---


async def test_delete_asks_first(stage: Stage, said: IncomingMessage) -> None:
    """Nothing is deleted before the button is pressed; then all is, and the thread begins anew."""
    await told(stage, "reset", said)
    await stage.say("remember the word stork", to=said)
    text = await told(stage, "delete", said)
    assert text == conversations.confirm_delete("", 1)
    assert len(await stage.store.sessions(said.key)) == 2
    assert await pressed(stage, conversations.DELETE_ALL) == conversations.DELETING
    assert stage.texts(said)[-1] == conversations.DELETED
    assert list(await stage.store.sessions(said.key)) == []
    assert all(not entry.text for entry in stage.store.entries(said.key))
    await stage.say("what was the word", to=said)
    assert "heron" not in stage.last(said).text
    assert "stork" not in stage.last(said).text


async def test_delete_during_a_turn(stage: Stage, said: IncomingMessage) -> None:
    """A turn that runs is ended first, a request closed, and the thread is usable after."""
    await stage.say("ask: red or blue?", to=said)
    assert stage.state(said) is WorkerState.WAITING
    await told(stage, "delete", said)
    await pressed(stage, conversations.DELETE_ALL)
    assert stage.texts(said)[-1] == conversations.DELETED
    assert list(await stage.store.open_requests(said.key)) == []
    answer = await stage.say("echo: on", to=said)
    assert stage.answer(answer).text == "on"


async def deleted_during(stage: Stage, said: IncomingMessage) -> None:
    """What was said in a thread is deleted while a turn of it runs; then the thread is used on."""
    await told(stage, "delete", said)
    await pressed(stage, conversations.DELETE_ALL)
    assert stage.texts(said)[-1] == conversations.DELETED
    assert list(await stage.store.sessions(said.key)) == []
    assert all(not entry.text for entry in stage.store.entries(said.key))
    answer = await stage.say("what was the word", to=said)
    assert stage.answer(answer).text == "No word was told here."
    assert not [each for each in stage.logs if each["log_level"] in {"warning", "error"}]


async def test_what_a_deleted_turn_took_counts(stage: Stage, said: IncomingMessage) -> None:
    """What is spent outlives what was said, also of the turn that a deletion ended."""
    before = await stage.store.spent(Scope.PERSON, said.key, ANN.id, None)

    def spending(prompt: str) -> list[ReplyEvent]:
        usage = UsageReported(model="fake", input_tokens=15, output_tokens=6)
        return [usage, TextDelta(text="so far")]

    stage.runtime.script = spending
    stage.runtime.hold("work", after=2)
    await stage.say("work", to=said)
    stage.runtime.script = None
    await deleted_during(stage, said)
    spent = await stage.store.spent(Scope.PERSON, said.key, ANN.id, None)
    assert spent.tokens - before.tokens == 21 + 6  # of the answer that followed
    nobody = await stage.store.spent(Scope.PERSON, said.key, "", None)
    assert nobody.tokens == 0


@pytest.mark.parametrize("words", ["ask: red or blue?", "run: ls"])
async def test_delete_while_people_are_asked(
    stage: Stage, said: IncomingMessage, words: str
) -> None:
    """A request goes with the turn that asked it."""
    await stage.say(words, to=said)
    assert stage.state(said) is WorkerState.WAITING
    await deleted_during(stage, said)
    assert list(await stage.store.open_requests(said.key)) == []


async def test_delete_during_a_turn_that_was_steered() -> None:
    """What was brought into the turn is deleted with it, and nothing of it is answered later."""
    async with staged(limits=Limits(has_footer=False, mode=Mode.STEER)) as stage:
        said = await stage.say("remember the word heron")
        stage.runtime.hold("count", after=1)
        await stage.say("count to 9", to=said)
        await stage.say("echo: two", to=said)
        await deleted_during(stage, said)
        assert "two" not in stage.texts(said)
        assert stage.chat.waiting == set()


async def test_who_may_delete(said: IncomingMessage, stage: Stage) -> None:
    """Who has spoken in a thread may delete it, and approvers; nobody else."""
    assert await told(stage, "delete", said, by=BEN) == conversations.NOT_YOURS_TO_DELETE
    async with staged(access=Access(approvers=frozenset({BEN.id}))) as other:
        there = await other.say("echo: a")
        assert "for good" in await told(other, "delete", there, by=BEN)


async def test_an_older_conversation_is_deleted(stage: Stage, said: IncomingMessage) -> None:
    """By its number an older one is deleted alone; the current one goes on."""
    await told(stage, "reset", said)
    await stage.say("remember the word stork", to=said)
    await told(stage, "delete", said, argument="1")
    await pressed(stage, conversations.DELETE)
    assert stage.texts(said)[-1] == conversations.DELETED_OLDER
    assert [each.generation for each in await stage.store.sessions(said.key)] == [2]
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was stork."


# --- rewind ---


async def test_rewind(stage: Stage, said: IncomingMessage) -> None:
    """The last prompt is taken back and shown, its answer marked, and what it said forgotten."""
    forgotten = await stage.say("remember the word stork", to=said)
    await told(stage, "rewind", said)
    assert stage.texts(said)[-1] == conversations.taken_back(["remember the word stork"])
    assert stage.answer(forgotten).text == conversations.TAKEN_BACK
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was heron."


async def test_rewind_several(stage: Stage, said: IncomingMessage) -> None:
    """Several are taken back at once; more than there are, all."""
    await told(stage, "rewind", said, argument="9")
    prompts = ["remember the word heron", "echo: second"]
    assert stage.texts(said)[-1] == conversations.taken_back(prompts)
    await told(stage, "rewind", said)
    assert stage.texts(said)[-1] == conversations.NOTHING_TO_TAKE_BACK


async def test_of_many_prompts_the_newest_are_shown(stage: Stage) -> None:
    """Of many that are taken back, few are shown, and of a long one its beginning."""
    said = await stage.say("echo: 0")
    for number in range(1, 7):
        await stage.say(f"echo: {number}" + " long" * 200, to=said)
    await told(stage, "rewind", said, argument="7")
    text = stage.texts(said)[-1]
    assert "your last 7 prompts" in text
    assert "> echo: 2 long" in text
    assert "echo: 1" not in text
    assert len(text) < 3_000


async def test_rewind_during_a_turn(stage: Stage, said: IncomingMessage) -> None:
    """What runs is stopped, and its prompt is the one that is taken back; what waits comes next."""
    hold = stage.runtime.hold("count to")
    running = await stage.say("count to 5", to=said)
    waiting = await stage.say("what was the word", to=said)
    await hold.reached()
    await told(stage, "rewind", said)
    assert stage.entry_state(running) is EntryState.STOPPED
    assert conversations.taken_back(["count to 5"]) in stage.texts(said)
    assert stage.answer(waiting).text == "The word was heron."
    assert "count to 5" not in await history(stage, said)


async def history(stage: Stage, message: IncomingMessage) -> list[str]:
    """The prompts that the live session of a message's thread remembers."""
    thread = await stage.store.thread(message.key)
    assert thread is not None
    return [turn.prompt for turn in await stage.runtime.live[thread.session_id].history()]


@pytest.mark.parametrize("argument", ["0", "-1", "two", "99999"])
async def test_a_count_that_makes_no_sense(
    stage: Stage, said: IncomingMessage, argument: str
) -> None:
    """What is no sensible number is refused, and nothing happens."""
    text = await told(stage, "rewind", said, argument=argument)
    assert text == conversations.COUNT_OR_NOTHING


async def test_a_cold_thread(stage: Stage, said: IncomingMessage) -> None:
    """Where the session is at rest, it is opened for it."""
    await stage.pass_time(3_600)
    assert stage.state(said) is WorkerState.COLD
    await told(stage, "rewind", said)
    assert stage.texts(said)[-1] == conversations.taken_back(["echo: second"])


@pytest.mark.parametrize("name", ["rewind", "compact"])
async def test_an_errand_that_was_cut_off(name: str) -> None:
    """What cannot be done twice is not begun again, and people are told; the rest is."""
    stage = assembled()
    await stage.start()
    said = await stage.say("remember the word heron")
    await stage.pass_time(3_600)
    stage.runtime.take_away(open_waits=True)
    await told(stage, name, said)
    await stage.kill()
    stage.runtime.bring_back()
    stage.clock.jump(60)
    other = assembled(beside=stage, owner="the next process")
    await other.start()
    newest = other.store.entries(said.key)[-1]
    assert newest.state is (EntryState.FAILED if name == "rewind" else EntryState.DONE)
    assert (conversations.CUT_OFF in other.texts(said)) == (name == "rewind")
    await other.end()


# --- compact ---


async def test_compact(stage: Stage, said: IncomingMessage) -> None:
    """What was said is summed up, and how much smaller it is, is told; what it took counts."""
    before = await stage.store.spent(Scope.PERSON, said.key, ANN.id, None)
    assert await told(stage, "compact", said) == conversations.ERRAND_COMES
    assert re.search(r"went from \d+ to \d+ tokens", stage.texts(said)[-1])
    spent = await stage.store.spent(Scope.PERSON, said.key, ANN.id, None)
    assert spent.tokens > before.tokens
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was heron."


async def test_compact_waits_for_the_running_answer(stage: Stage, said: IncomingMessage) -> None:
    """It comes after what runs, and before what waits."""
    hold = stage.runtime.hold("count to")
    await stage.say("count to 2", to=said)
    await stage.say("echo: waits", to=said)
    await hold.reached()
    await told(stage, "compact", said)
    assert not any("tokens" in text for text in stage.texts(said))
    hold.release()
    await settle()
    texts = stage.texts(said)
    order = [i for i, text in enumerate(texts) if "tokens" in text or text == "waits"]
    assert "tokens" in texts[order[0]]
    assert texts[order[1]] == "waits"


@pytest.mark.parametrize("by", ["stop", "reset"])
async def test_compact_is_ended(stage: Stage, said: IncomingMessage, by: str) -> None:
    """A stop ends it, and so does a reset; the thread is usable after."""
    hold = stage.runtime.hold("sum up")
    await told(stage, "compact", said)
    await hold.reached()
    await told(stage, by, said)
    stopped = conversations.ERRAND_STOPPED in stage.texts(said)
    assert stopped == (by == "stop")
    answer = await stage.say("echo: on", to=said)
    assert stage.answer(answer).text == "on"


async def test_an_errand_is_stopped_before_it_began(stage: Stage, said: IncomingMessage) -> None:
    """A stop that comes before anybody has begun it counts, and what is said next is answered."""
    await stage.pass_time(3_600)
    gate = stage.store.gates["lease"] = asyncio.Event()
    await told(stage, "export", said)
    await told(stage, "stop", said)
    gate.set()
    await settle()
    assert stage.texts(said)[-1] == conversations.ERRAND_STOPPED
    answer = await stage.say("echo: on", to=said)
    assert stage.answer(answer).text == "on"


async def test_people_see_that_it_is_at_work(stage: Stage, said: IncomingMessage) -> None:
    """While an errand is done the thread shows that it works, and then that it is at rest."""
    before = len(stage.chat.statuses)
    await told(stage, "compact", said)
    shown = [status for _, status, _ in stage.chat.statuses[before:]]
    assert shown == [ThreadStatus.WORKING, ThreadStatus.IDLE]


async def test_an_errand_that_fails(stage: Stage, said: IncomingMessage) -> None:
    """Where the runtime fails, people are told, and the thread is usable after."""
    await stage.pass_time(3_600)
    stage.runtime.take_away(ProviderFailed("no"))
    await told(stage, "compact", said)
    assert "language model" in stage.texts(said)[-1]
    stage.runtime.bring_back()
    answer = await stage.say("echo: on", to=said)
    assert stage.answer(answer).text == "on"


# --- export ---


async def test_export(stage: Stage, said: IncomingMessage) -> None:
    """The conversation comes as Markdown and as JSON."""
    await told(stage, "rename", said, argument="Herons & storks!")
    await told(stage, "export", said)
    markdown, told_json = stage.last(said).files
    assert (markdown.name, told_json.name) == ("herons-storks.md", "herons-storks.json")
    text = markdown.content.decode()
    assert text.startswith("# Herons & storks!\n")
    assert "> remember the word heron\n\nI will remember heron.\n" in text
    turns = json.loads(told_json.content)["turns"]
    assert [turn["answer"] for turn in turns] == ["I will remember heron.", "second"]


async def test_one_format(stage: Stage, said: IncomingMessage) -> None:
    """One format can be asked for; one that is not there is refused."""
    await told(stage, "export", said, argument="JSON")
    assert [file.name for file in stage.last(said).files] == ["conversation.json"]
    assert await told(stage, "export", said, argument="pdf") == conversations.FORMATS


async def test_files_that_cannot_be_sent(stage: Stage, said: IncomingMessage) -> None:
    """Where the platform refuses, people are told."""
    stage.chat.largest_file = 3
    await told(stage, "export", said, argument="markdown")
    assert "`conversation.md`" in stage.texts(said)[-1]


# --- fork ---


async def test_fork(stage: Stage, said: IncomingMessage) -> None:
    """A new thread goes on from here, with the memory; both go on by themselves."""
    await told(stage, "fork", said)
    [(key, _)] = stage.chat.titles.items()
    assert key.channel == said.key.channel
    assert key.thread != said.key.thread
    assert stage.texts(said)[-1] == conversations.forked(
        conversations.link(conversations.a_thread_on("fake"), stage.chat.address(key)), 0
    )
    assert stage.chat.address(said.key) in stage.chat.seen(key)[0].text
    await stage.say("remember the word stork", to=said)
    await say_in(stage, key, "what was the word")
    assert stage.chat.seen(key)[-1].text == "The word was heron."
    text = await told(stage, "sessions")
    assert stage.chat.address(key) in text


async def test_fork_before_the_last_prompts(stage: Stage, said: IncomingMessage) -> None:
    """The last prompts can be left out; here nothing is taken back."""
    await stage.say("remember the word stork", to=said)
    await told(stage, "fork", said, argument="1")
    [(key, _)] = stage.chat.titles.items()
    await say_in(stage, key, "what was the word")
    assert stage.chat.seen(key)[-1].text == "The word was heron."
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was stork."
    assert len(await stage.store.sessions(said.key)) == 1


async def test_no_fork_where_no_threads_are(stage: Stage) -> None:
    """Where the platform opens no threads, that is said."""
    said = await stage.say("echo: a", is_direct=True)
    await told(stage, "fork", said)
    assert stage.texts(said)[-1] == conversations.NO_THREADS


async def test_a_thread_that_cannot_be_opened(stage: Stage, said: IncomingMessage) -> None:
    """Where the platform refuses it, people are told, and nothing is left behind."""
    stage.chat.fail(ChatUnavailable("no"), on="post")
    await told(stage, "fork", said, argument="1")
    assert stage.texts(said)[-1] == conversations.NOT_OPENED
    assert len(await stage.store.sessions(said.key)) == 1


async def say_in(stage: Stage, key: SessionKey, text: str) -> None:
    """Ann says something in a thread that the bot opened, without a mention."""
    await stage.chat.say(text, thread=key.thread, mention=False)
    await settle()


async def test_nothing_to_fork(stage: Stage) -> None:
    """Where nothing was said, nothing can be done with it."""
    key = stage.chat.key("unknown")
    for name in ("fork", "rewind", "compact", "export", "rename", "delete"):
        answer = await stage.chat.command(name, key=key, argument="")
        assert answer.text == conversations.NOTHING_YET


# --- move ---


@pytest.fixture
async def two_platforms() -> AsyncIterator[tuple[Stage, Stage]]:
    """Two platforms of one database, each served by a process of its own."""
    one = assembled()
    other_chat = FakeChat(platform="other", began=one.clock.now())
    two = assembled(beside=one, chat=other_chat, owner="another process")
    await one.start()
    await two.start()
    try:
        yield one, two
    finally:
        await two.end()
        await one.end()


def code_in(text: str) -> str:
    """The code that somebody was given."""
    found = re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", text)
    assert found is not None, text
    return found[0]


async def test_a_conversation_goes_on_in_another_channel(
    stage: Stage, said: IncomingMessage
) -> None:
    """Who gives the code goes on with it in a new thread there; here it starts afresh."""
    code = code_in(await told(stage, "move", said))
    place = stage.chat.key(channel="elsewhere")
    answer = await stage.chat.command("resume", argument=code.lower(), place=place)
    await settle()
    assert answer.text == conversations.CARRIED
    [(key, _)] = stage.chat.titles.items()
    assert key.channel == "elsewhere"
    assert "goes on here: I know what was said" in stage.chat.seen(key)[-1].text
    assert stage.chat.address(key) in stage.texts(said)[-1]
    await stage.say("what was the word", to=said)
    assert "heron" not in stage.last(said).text
    again = await stage.chat.command("resume", argument=code, place=place)
    assert again.text == conversations.CODE_NOT_GOOD


async def test_a_code_is_good_for_a_while(stage: Stage, said: IncomingMessage) -> None:
    """A code that nobody used in time is good for nothing."""
    code = code_in(await told(stage, "move", said))
    await stage.pass_time(16 * 60)
    assert await told(stage, "resume", argument=code) == conversations.CODE_NOT_GOOD


async def test_only_who_has_a_part_moves(stage: Stage, said: IncomingMessage) -> None:
    """Who has not spoken in a thread is given no code for it."""
    assert await told(stage, "move", said, by=BEN) == conversations.NOT_YOURS_TO_MOVE


async def test_a_private_conversation_is_carried_by_its_owner_alone(stage: Stage) -> None:
    """Where others read, one is asked first, and the button has a code of its own."""
    private = await stage.say("remember the word heron", is_direct=True)
    code = code_in(await told(stage, "move", private))
    said = await stage.say("echo: public")
    assert await told(stage, "resume", said, argument=code) == conversations.confirm_carry("")
    assert await told(stage, "resume", said, argument=code, by=BEN) == conversations.CODE_NOT_GOOD
    assert await pressed(stage, conversations.CARRY_HERE) == conversations.CARRIED
    await stage.say("what was the word", to=said)
    assert stage.last(said).text == "The word was heron."


async def test_a_summary_goes_on(stage: Stage, said: IncomingMessage) -> None:
    """Who asks for it is told a code alone; with it a summary goes on, and nothing else."""
    assert await told(stage, "move", said, argument="summary") == conversations.CODE_COMES
    key, person, answer = stage.chat.whispers[-1]
    assert (key, person) == (said.key, ANN)
    other = await stage.say("echo: here")
    assert await told(stage, "resume", other, argument=code_in(answer.text)) == (
        conversations.CARRIED
    )
    assert stage.prompts()[-1] == conversations.handed_over("remember the word heron; echo: second")
    assert len(await stage.store.sessions(other.key)) == 1
    assert stage.chat.address(other.key) in stage.texts(said)[-1]


async def test_a_private_summary_is_carried_after_asking(stage: Stage) -> None:
    """Also a summary of what was private goes where others read only after one was asked."""
    private = await stage.say("remember the word heron", is_direct=True)
    await told(stage, "move", private, argument="summary")
    code = code_in(stage.chat.whispers[-1][2].text)
    public = await stage.say("echo: public")
    assert await told(stage, "resume", public, argument=code) == conversations.confirm_carry("")
    await pressed(stage, conversations.CARRY_HERE)
    assert stage.prompts()[-1] == conversations.handed_over("remember the word heron")


async def test_to_a_channel_by_its_name(stage: Stage, said: IncomingMessage) -> None:
    """A channel that one may write in can be named; one is asked first, and again looked at."""
    stage.chat.channels["books"] = {ANN.id}
    assert await told(stage, "move", said, argument="#none") == conversations.no_channel("#none")
    text = await told(stage, "move", said, argument="#books")
    assert text == conversations.confirm_carry_to("", "#books")
    assert not stage.chat.titles
    assert await pressed(stage, conversations.CARRY_THERE) == conversations.CARRIED
    [(key, _)] = stage.chat.titles.items()
    assert key.channel == "books"
    assert stage.chat.address(key) in stage.texts(said)[-1]
    assert "goes on here" in stage.chat.seen(key)[-1].text


async def test_a_channel_that_is_closed_meanwhile(stage: Stage, said: IncomingMessage) -> None:
    """Who may not write there any more when the button is pressed carries nothing."""
    stage.chat.channels["books"] = {ANN.id}
    await told(stage, "move", said, argument="#books")
    stage.chat.channels["books"].clear()
    assert await pressed(stage, conversations.CARRY_THERE) == conversations.no_channel("books")
    assert not stage.chat.titles


async def test_to_another_platform(two_platforms: tuple[Stage, Stage]) -> None:
    """A code of one platform is good on the other, in a direct message as well."""
    one, two = two_platforms
    said = await one.say("remember the word heron")
    code = code_in(await told(one, "move", said))
    there = await two.say("echo: hello", is_direct=True, by=BEN)
    answer = await two.chat.command("resume", key=there.key, argument=code, by=BEN)
    await settle()
    one.store.tell(said.key)
    await settle()
    assert answer.text == conversations.CARRIED
    assert conversations.a_thread_on("fake") in two.texts(there)[-1]
    assert conversations.a_thread_on("other") in one.texts(said)[-1]
    await two.say("what was the word", is_direct=True, by=BEN)
    assert two.last(there).text == "The word was heron."


# --- whoami ---


async def test_whoami(stage: Stage, said: IncomingMessage) -> None:
    """One is told who one is, what one may do, and how much one has."""
    text = await told(stage, "whoami")
    assert "**Ann**" in text
    assert "`U-ann`" in text
    assert "conversations with me: 1" in text
    assert conversations.MAY_DECIDE_ALL not in text


async def test_whoami_says_what_one_may_do() -> None:
    """Approvers and administrators are told that they are."""
    access = Access(approvers=frozenset({ANN.id}), admins=frozenset({ANN.id}))
    async with staged(access=access) as stage:
        text = await told(stage, "whoami")
    assert conversations.MAY_DECIDE_ALL in text
    assert conversations.MAY_RAISE in text


async def test_the_status_after_each(stage: Stage, said: IncomingMessage) -> None:
    """A thread that begins anew is closed, one that goes on with another session is at rest."""
    await told(stage, "reset", said)
    await told(stage, "resume", said, argument="1")
    assert [status for _, status, _ in stage.chat.statuses[-2:]] == [
        ThreadStatus.CLOSED,
        ThreadStatus.IDLE,
    ]
