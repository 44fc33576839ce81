"""Replies in Slack: streams, where there are none, and what goes wrong with them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from adapters.slack.mentions import JOINER
from bot import fence
from bot.answer import GrowingAnswer
from bot.errors import ChatUnavailable, LeaseLost
from bot.mailbox import Delivery
from bot.messages import Button, IncomingMessage
from bot.ports import ReplyState, ReplyTarget, ReplyView, ToolLine, ToolState
from tests.contracts.chat import Deliveries, LostAfter, asked, done, heard, replying
from tests.slack.stage import SlackStage, adapter_for


def chunks_of(stage: SlackStage, method: str) -> list[list[dict[str, Any]]]:
    """The chunks that the calls of a method brought."""
    return [list(call.get("chunks", [])) for call in stage.calls(method)]


def answering(stage: SlackStage) -> GrowingAnswer:
    """The text of an answer as Slack wants it."""
    capabilities = stage.adapter.capabilities
    return GrowingAnswer(
        capabilities.text_limit, capabilities.dialect, appends_only=capabilities.appends_only
    )


async def test_text_is_streamed_as_it_comes(stage: SlackStage) -> None:
    """In a thread the first text starts a stream, more is appended, and the end stops it."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A mu",)))
    await reply.show(ReplyView(parts=("A mutex",)))
    await reply.show(ReplyView(parts=("A mutex",)))
    await reply.close(done("A mutex is a lock."))
    [started] = stage.calls("chat.startStream")
    assert started["chunks"] == [{"type": "markdown_text", "text": "A mu"}]
    assert started["recipient_user_id"] == stage.person("ann").id
    assert started["recipient_team_id"] == stage.slack.team_id
    assert chunks_of(stage, "chat.appendStream") == [[{"type": "markdown_text", "text": "tex"}]]
    [stopped] = stage.calls("chat.stopStream")
    assert stopped["chunks"] == [{"type": "markdown_text", "text": " is a lock."}]
    assert stopped["metadata"]["event_payload"] == {"entry": "7", "part": "0"}
    assert stage.calls("chat.update") == stage.calls("chat.postMessage") == []


async def test_a_thread_that_is_lost_while_slack_lets_us_wait_is_left_alone(
    stage: SlackStage,
) -> None:
    """The question whose the thread is is asked again when the wait is over."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    stage.slack.faults.turn_on("refuse_streams")
    stage.slack.faults.turn_on("rate_limit", calls=1, methods=["chat.postMessage"])
    with fence.within(LostAfter(2)), pytest.raises(LeaseLost):
        await reply.show(ReplyView(parts=("Too late",)))
    assert len(stage.calls("chat.postMessage")) == 1
    assert stage.seen(prompt.key) == []


async def test_a_message_is_found_as_soon_as_somebody_is_signed_in(stage: SlackStage) -> None:
    """A reply that is begun before the platform has said who we are finds its message."""
    prompt = await asked(stage)
    await replying(stage, prompt).close(done("A lock."))
    stage.running.cancel()
    await asyncio.wait([stage.running])
    stage.adapter = adapter_for(stage.slack, stage.clock)
    lost = (Delivery(entry_id=7, part=0, reference=""),)
    reply = replying(stage, prompt, earlier=lost)
    closing = asyncio.create_task(reply.close(done("A lock, whole.")))
    stage.running = asyncio.create_task(stage.adapter.run(stage.intake))
    await closing
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock, whole."]


async def test_nothing_is_posted_while_there_is_nothing_to_say(stage: SlackStage) -> None:
    """In a thread the session's status is the sign of life: no empty message is posted."""
    prompt = await asked(stage)
    await replying(stage, prompt).show(ReplyView())
    assert stage.seen(prompt.key) == []


async def test_a_direct_message_shows_a_sign_of_life(stage: SlackStage) -> None:
    """At a direct message's top level a placeholder with a stop button shows that it works."""
    prompt = await asked(stage, is_direct=True)
    reply = replying(stage, prompt)
    await reply.show(ReplyView())
    [seen] = stage.seen(prompt.key)
    assert "Working on it" in seen.all
    assert seen.buttons == ("Stop",)
    await stage.press("ann", prompt.key, seen.reference, "Stop")
    [press] = await stage.intake.until(lambda: stage.intake.presses)
    assert (press.action, press.key) == ("stop", prompt.key)
    await reply.close(done("A lock."))
    [seen] = stage.seen(prompt.key)
    assert (seen.text, seen.buttons) == ("A lock.", ())
    assert stage.calls("chat.startStream") == []


async def test_a_thread_in_a_direct_message_streams(stage: SlackStage) -> None:
    """A thread in a direct message is a session of its own, and streams like any thread."""
    root = await stage.say("ann", "hello", is_direct=True)
    ann = stage.slack.person("ann")
    prompt = await heard(stage, await ann.say("dm", "in the thread", root))
    assert prompt.key.thread == root
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A lock",)))
    assert stage.seen(prompt.key)[0].is_growing
    await reply.close(done("A lock."))
    assert stage.seen(prompt.key)[0].text == "A lock."


async def test_tools_are_tasks_of_the_stream(stage: SlackStage) -> None:
    """A tool's line is a task that changes; its outcome is said once."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    tool = ToolLine(id="t1", title="create /desk/a.md", state=ToolState.RUNNING)
    await reply.show(ReplyView(parts=("Writing",), tools=(tool,)))
    finished = ToolLine(id="t1", title=tool.title, state=ToolState.DONE, detail="12 lines")
    await reply.show(ReplyView(parts=("Writing",), tools=(finished,)))
    await reply.close(ReplyView(parts=("Writing. Done.",), tools=(finished,)))
    [message] = stage.messages(prompt.key)
    assert message.stream is not None
    assert list(message.stream.tasks.values()) == [
        {"id": "t1", "title": tool.title, "status": "complete", "output": "12 lines"}
    ]


async def test_a_tool_that_never_ended_ends_with_the_reply(stage: SlackStage) -> None:
    """When the reply is over no task goes on turning."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    tool = ToolLine(id="t1", title="look", state=ToolState.RUNNING)
    await reply.show(ReplyView(parts=("Looking",), tools=(tool,)))
    await reply.close(ReplyView(parts=("Looking",), tools=(tool,), state=ReplyState.STOPPED))
    [message] = stage.messages(prompt.key)
    assert message.stream is not None
    assert message.stream.tasks["t1"]["status"] == "error"


async def test_many_tools_are_few_tasks(stage: SlackStage) -> None:
    """Three tools have tasks of their own; the others share one that names the newest."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    tools: tuple[ToolLine, ...] = ()
    for number in range(9):
        done = tuple(replace(tool, state=ToolState.DONE) for tool in tools)
        tools = (*done, ToolLine(id=f"t{number}", title=f"step {number}", state=ToolState.RUNNING))
        await reply.show(ReplyView(parts=("Working",), tools=tools))
    [message] = stage.messages(prompt.key)
    assert message.stream is not None
    assert [task["title"] for task in message.stream.tasks.values()] == [
        "step 0",
        "step 1",
        "step 2",
        "step 8 · the newest of 6 more steps",
    ]
    failed = replace(tools[-1], state=ToolState.FAILED)
    await reply.close(ReplyView(parts=("Working. Done.",), tools=(*tools[:-1], failed)))
    [message] = stage.messages(prompt.key)
    assert message.stream is not None
    title = message.stream.tasks["more-steps"]["title"]
    assert title == "step 8 · the newest of 6 more steps, 1 of them failed"


async def test_what_the_model_thinks_is_a_task(stage: SlackStage) -> None:
    """Reasoning is told in a task of its own, each piece once, and is over when text comes."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    for thought in ("Let me", "Let me look", "Let me look."):
        await reply.show(ReplyView(reasoning=thought))
    [message] = stage.messages(prompt.key)
    assert message.stream is not None
    [task] = message.stream.tasks.values()
    assert (task["title"], task["details"]) == ("Thinking", "Let me look.")
    await reply.show(ReplyView(parts=("A lock",), reasoning="Let me look."))
    await reply.close(replace(done("A lock."), reasoning="Let me look."))
    [task] = message.stream.tasks.values()
    assert (task["status"], task["details"]) == ("complete", "Let me look.")
    assert stage.seen(prompt.key)[0].text == "A lock."


async def test_an_answer_past_eight_messages_is_a_file_too(stage: SlackStage) -> None:
    """All of a very long answer goes up as a file, and nobody sees a ninth message."""
    prompt = await asked(stage)
    parts = tuple(f"part {number}" for number in range(12))
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=parts[:10]))
    await reply.close(ReplyView(parts=parts, state=ReplyState.DONE, whole="All of it."))
    seen = [each for each in stage.seen(prompt.key) if each.text]
    assert [each.text for each in seen] == list(parts[:8])
    assert "all of it is in the file" in seen[-1].all
    [file] = [file for message in stage.messages(prompt.key) for file in message.files]
    assert (file.name, file.content) == ("answer.md", b"All of it.")


async def test_refused_streams_are_not_tried_again(stage: SlackStage) -> None:
    """Where a stream was refused, messages are posted and changed, without asking each time."""
    stage.slack.faults.turn_on("refuse_streams")
    prompt = await asked(stage)
    delivered = Deliveries()
    first = replying(stage, prompt, delivered)
    await first.show(ReplyView(parts=("A",)))
    assert stage.seen(prompt.key)[0].buttons == ("Stop",)
    await first.close(done("A lock."))
    await replying(stage, prompt, entry_id=8).show(ReplyView(parts=("B",)))
    assert len(stage.calls("chat.startStream")) == 1
    assert [each.reference != "" for each in delivered.all] == [False, True]


async def test_limited_streams_do_not_hold_the_answer_up(stage: SlackStage) -> None:
    """When starting streams is limited, the reply is posted instead of waiting."""
    stage.slack.faults.turn_on("rate_limit", methods=["chat.startStream"], retry_after_s=60)
    one, two = await asked(stage, "one"), await asked(stage, "two")
    await replying(stage, one).show(ReplyView(parts=("A lock",)))
    await replying(stage, two).show(ReplyView(parts=("A flag",)))
    assert stage.seen(one.key)[0].text == "A lock"
    assert stage.seen(two.key)[0].text == "A flag"
    assert len(stage.calls("chat.startStream")) == 1


async def test_a_limit_is_waited_for_and_loses_nothing(stage: SlackStage) -> None:
    """After a 429 a call waits as told, and then is made: nothing of the text is lost."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A",)))
    stage.slack.faults.turn_on("rate_limit", calls=1, retry_after_s=0)
    await reply.show(ReplyView(parts=("A mutex",)))
    stage.slack.faults.turn_on("rate_limit", calls=1, retry_after_s=0)
    await reply.close(done("A mutex is a lock."))
    assert stage.seen(prompt.key)[0].text == "A mutex is a lock."
    assert [call.http_status for call in stage.slack.record.calls(ok=False)] == [429, 429]


async def test_a_limit_that_says_no_time(stage: SlackStage) -> None:
    """A 429 that does not say for how long is waited out as well."""
    prompt = await asked(stage)
    stage.slack.faults.turn_on("rate_limit", calls=1, retry_after_s=None)
    await replying(stage, prompt).close(done("A mutex is a lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A mutex is a lock."]
    assert [call.http_status for call in stage.slack.record.calls(ok=False)] == [429]


@pytest.mark.parametrize("method", ["chat.startStream", "chat.appendStream", "chat.stopStream"])
async def test_a_lost_answer_doubles_nothing(stage: SlackStage, method: str) -> None:
    """When a call was carried out and its answer lost, the text still is there once."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    stage.slack.faults.turn_on("server_error", methods=[method], calls=1, after=True)
    for text in ("A", "A mutex", "A mutex is"):
        with suppress(ChatUnavailable):
            await reply.show(ReplyView(parts=(text,)))
    await reply.close(done("A mutex is a lock."))
    [seen] = stage.seen(prompt.key)
    assert seen.text == "A mutex is a lock."
    assert not seen.is_growing


@pytest.mark.parametrize("after", [False, True])
async def test_a_post_that_failed_is_posted_once(stage: SlackStage, after: bool) -> None:
    """Whether or not a failing post was carried out, the answer is in the thread once."""
    stage.slack.faults.turn_on("server_error", methods=["chat.postMessage"], calls=1, after=after)
    prompt = await asked(stage)
    await replying(stage, prompt).close(done("A lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]
    assert stage.clock.slept == [1.0]


async def test_the_end_gives_up_after_some_time(stage: SlackStage) -> None:
    """When Slack keeps failing, the end of a reply fails as well, and can be tried again."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    stage.slack.faults.turn_on("server_error", methods=["chat.postMessage"], calls=None)
    with pytest.raises(ChatUnavailable):
        await reply.close(done("A lock."))
    assert stage.clock.slept == [1.0, 2.0, 4.0, 8.0]
    stage.slack.faults.clear()
    await reply.close(done("A lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]


async def test_changes_keep_within_slacks_limit(stage: SlackStage) -> None:
    """Messages are changed as often as Slack permits; what is too much is said to be."""
    prompt = await asked(stage, is_direct=True)
    reply = replying(stage, prompt)
    for number in range(20):
        with suppress(ChatUnavailable):
            await reply.show(ReplyView(parts=("x" * (number + 1),)))
    await reply.close(done("x" * 50))
    assert stage.seen(prompt.key)[0].text == "x" * 50
    assert stage.clock.slept
    assert all(0.0 < seconds <= 3.0 for seconds in stage.clock.slept)
    assert len(stage.calls("chat.update")) < 20


class TestStreamsThatSlackCloses:
    """Slack closes streams after some minutes."""

    @pytest.fixture
    def playground_options(self) -> dict[str, Any]:
        """Streams that live as long as nothing."""
        return {"stream_lifetime_s": 0.0}

    async def test_the_rest_is_put_in_place(self, stage: SlackStage) -> None:
        """A stream that was closed goes on as changes of the same message."""
        prompt = await asked(stage)
        reply = replying(stage, prompt)
        await reply.show(ReplyView(parts=("A mutex",)))
        await stage.until(lambda: not stage.messages(prompt.key)[0].is_streaming)
        await reply.show(ReplyView(parts=("A mutex is",)))
        await reply.close(done("A mutex is a lock."))
        [seen] = stage.seen(prompt.key)
        assert (seen.text, seen.buttons) == ("A mutex is a lock.", ())


async def test_the_stop_button_leaves_what_was_written(stage: SlackStage) -> None:
    """After Slack's stop button the message keeps its text, and says how it ended."""
    prompt = await asked(stage)
    await stage.adapter.set_status(prompt.key, "working")  # type: ignore[arg-type]
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A mutex is",)))
    await stage.slack.person("ann").stop(prompt.key.channel, prompt.key.thread)
    [(key, author, request_id)] = await stage.intake.until(lambda: stage.intake.stops)
    assert (key, author.id) == (prompt.key, stage.person("ann").id)
    assert request_id
    await reply.show(ReplyView(parts=("A mutex is a",)))
    await reply.close(
        ReplyView(parts=("A mutex is a",), state=ReplyState.STOPPED, notice="Stopped.")
    )
    [seen] = stage.seen(prompt.key)
    assert seen.text == "A mutex is a"
    assert "Stopped." in seen.all
    assert not seen.is_growing


async def test_buttons_in_mid_answer_are_put_in_place(stage: SlackStage) -> None:
    """A stream has no place for buttons: a reply that needs some goes on as changes."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("Which?",)))
    await reply.show(
        ReplyView(parts=("Which?",), buttons=(Button(action="answer", value="1", label="A"),))
    )
    assert stage.seen(prompt.key)[0].buttons == ("A", "Stop")
    await reply.close(done("Which? A it is."))
    assert stage.seen(prompt.key)[0].buttons == ()


async def test_a_reply_that_somebody_deleted_is_posted_anew(stage: SlackStage) -> None:
    """When the half-written message was deleted, the answer comes as a new one."""
    prompt = await asked(stage, is_direct=True)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A",)))
    [seen] = stage.seen(prompt.key)
    message = stage.messages(prompt.key)[0]
    stage.slack.workspace.delete(message)
    await reply.close(done("A lock."))
    [again] = stage.seen(prompt.key)
    assert again.text == "A lock."
    assert again.reference != seen.reference


async def test_a_text_too_long_for_a_stream_is_put_in_place(stage: SlackStage) -> None:
    """A stream holds fewer bytes than a message: text that is too much goes on as a change."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    text = "ü" * 11_000
    await reply.show(ReplyView(parts=(text[:4_000],)))
    await reply.show(ReplyView(parts=(text[:9_000],)))
    await reply.close(done(text))
    [seen] = stage.seen(prompt.key)
    assert seen.text == text


async def test_mentions_in_an_answer_notify_nobody(stage: SlackStage) -> None:
    """No mention that Copilot writes goes out as one, by stream, post or fallback text."""
    prompt = await asked(stage)
    direct = await asked(stage, is_direct=True)
    ann = stage.person("ann")
    text = f"<!here> <!subteam^S1|@x> <@{ann.id}> @channel"
    for each in (prompt, direct):
        reply = replying(stage, each)
        answer = answering(stage)
        for end in range(1, len(text), 3):
            await reply.show(ReplyView(parts=answer.so_far(text[:end])))
        await reply.close(ReplyView(parts=answer.whole(text), notice=text))
    said = str([call.arguments for call in stage.slack.record.calls()])
    assert "<!here" not in said
    assert "<!subteam" not in said
    assert f"<@{ann.id}" not in said
    assert "@channel" not in said
    assert stage.seen(prompt.key)[0].text == (
        f"<{JOINER}!here> <{JOINER}!subteam^S1|@x> @{JOINER}ann @{JOINER}channel"
    )


async def test_a_lost_lease_ends_it_before_anything_is_posted(stage: SlackStage) -> None:
    """When the core may not write any more, nothing is posted."""
    prompt = await asked(stage)

    async def refuse(_: Delivery) -> None:
        raise LeaseLost("Another worker owns the thread.")

    target = ReplyTarget(
        key=prompt.key,
        entry_id=7,
        message_id=prompt.message_id,
        person=prompt.author,
        earlier=(),
        delivered=refuse,
    )
    with pytest.raises(LeaseLost):
        await stage.adapter.reply(target).show(ReplyView(parts=("A",)))
    with pytest.raises(LeaseLost):
        await stage.adapter.reply(target).close(done("A lock."))
    assert stage.seen(prompt.key) == []


async def test_an_open_stream_of_an_earlier_attempt_is_ended(stage: SlackStage) -> None:
    """A stream that an earlier attempt left open is stopped, and its message changed."""
    prompt = await asked(stage)
    delivered = Deliveries()
    await replying(stage, prompt, delivered).show(ReplyView(parts=("Half an",)))
    assert stage.seen(prompt.key)[0].is_growing
    again = replying(stage, prompt, earlier=delivered.newest)
    await again.show(ReplyView(parts=("The",)))
    await again.close(done("The answer."))
    [seen] = stage.seen(prompt.key)
    assert (seen.text, seen.is_growing) == ("The answer.", False)


async def test_a_reply_that_was_cut_off_while_posting_is_found(stage: SlackStage) -> None:
    """A call that was cancelled may have been carried out: the message is found, not doubled."""
    prompt = await asked(stage)
    delivered = Deliveries()
    reply = replying(stage, prompt, delivered)
    stage.slack.faults.turn_on("slow", ms=200, methods=["chat.postMessage"])
    closing = asyncio.create_task(reply.close(done("A lock.")))
    await stage.until(lambda: delivered.all)
    closing.cancel()
    await asyncio.wait([closing])
    stage.slack.faults.clear()
    await _posted_or_not(stage, prompt)
    again = replying(stage, prompt, earlier=delivered.newest)
    await again.close(done("A lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]


async def _posted_or_not(stage: SlackStage, prompt: IncomingMessage) -> None:
    """Let what is under way arrive: a later call to the same server comes after it."""
    await stage.adapter.history(prompt.key, limit=1)
