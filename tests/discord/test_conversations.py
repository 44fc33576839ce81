"""Where conversations happen: threads, posts, chains of replies, direct messages."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.errors import ChatRefused, ChatUnavailable, PlaceGone
from bot.keys import SessionKey
from bot.messages import Answer, IncomingMessage, Post
from bot.ports import ReplyView, ThreadStatus
from playground.discord.options import ChannelOption
from tests.contracts.chat import asked, done, replying
from tests.discord.stage import DiscordStage, HastyClock, playing, running, staged


async def answered(stage: DiscordStage, text: str = "what is a mutex?") -> IncomingMessage:
    """A mention in #general that was answered."""
    prompt = await asked(stage, text)
    await replying(stage, prompt, entry_id=int(prompt.message_id) % 1_000).close(done("An answer."))
    return prompt


# --- threads ----------------------------------------------------------------------------------


async def test_the_thread_is_started_when_there_is_something_to_show(stage: DiscordStage) -> None:
    """The key is known before; the thread is named after the message, once."""
    prompt = await asked(stage, "what is\na **mutex**?")
    assert stage.discord.thread(prompt.key.thread) is None
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A lock",)))
    await reply.close(done("A lock."))
    thread = stage.discord.thread(prompt.key.thread)
    assert thread is not None
    assert thread.name == "what is a mutex?"
    assert thread.id == prompt.message_id
    assert len(stage.calls("create_thread_from_message")) == 1
    assert [each.content for each in stage.discord.replies("general")] == []


async def test_a_follow_up_needs_no_mention_to_be_brought(stage: DiscordStage) -> None:
    """Whether it counts is the core's to say; who began the thread is told."""
    prompt = await answered(stage)
    said = await stage.follow_up("ben", prompt.key, "and a semaphore?")
    message = await stage.heard(said)
    assert message.key == prompt.key
    assert not message.mentions_bot
    assert message.thread_author == stage.person("ann").id


async def test_what_is_not_for_us_is_not_brought(stage: DiscordStage) -> None:
    """Talk in a channel, a sticker in a thread and our own messages stay where they are."""
    prompt = await answered(stage)
    ann = stage.discord.person("ann")
    await ann.say("general", "hello everyone")
    last = await stage.follow_up("ann", prompt.key, "bye")
    await stage.heard(last)
    assert [each.message_id for each in stage.intake.messages] == [prompt.message_id, last]


@pytest.mark.parametrize("forum", ["help", "gallery"])
async def test_a_post_is_answered_in_place(stage: DiscordStage, forum: str) -> None:
    """In a forum and a media channel the post is the conversation."""
    ann = stage.discord.person("ann")
    post = await ann.start_post(forum, "Mutexes", ann.mention("what is one?"))
    prompt = await stage.heard(post)
    assert prompt.key.channel == stage.discord.channel(forum)
    assert prompt.key.thread == post
    assert prompt.starts_thread
    await replying(stage, prompt).close(done("A lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]
    past = await stage.adapter.history(prompt.key, limit=10)
    assert [each.text for each in past] == ["what is one?", "A lock."]
    assert await stage.adapter.message(prompt.key, post) is not None


@pytest.mark.parametrize("forum", ["help", "gallery"])
async def test_a_thread_that_is_begun_in_a_forum_is_a_post(stage: DiscordStage, forum: str) -> None:
    """Where only posts can be, the bot begins a post, with its title: one like any other."""
    prompt = await answered(stage)
    place = await stage.adapter.channel(prompt.key, prompt.author, f"#{forum}")
    assert place == replace(prompt.key, channel=stage.discord.channel(forum), thread="")
    post = Post(text="From elsewhere.")
    key = await stage.adapter.open_thread(place, post, title="Mutexes")
    assert replace(key, thread="") == place
    [made] = stage.discord.threads(place.channel)
    assert (made.id, made.name) == (key.thread, "Mutexes")
    await replying(stage, replace(prompt, key=key), entry_id=8).close(done("A lock."))
    said = await stage.heard(await stage.follow_up("ann", key, "And a flag?"))
    assert said.key == key
    past = await stage.adapter.history(key, limit=10)
    assert [each.text for each in past] == ["From elsewhere.", "A lock.", "And a flag?"]


async def test_a_thread_of_somebody_elses_is_answered_in_place(stage: DiscordStage) -> None:
    """A mention in any thread stays there, also where no message began it."""
    thread = await stage.discord.person("ben").start_thread("random", "Talk")
    ann = stage.discord.person("ann")
    prompt = await stage.heard(await ann.say(thread, ann.mention("hi")))
    assert prompt.key.channel == stage.discord.channel("random")
    assert prompt.key.thread == thread
    assert prompt.thread_author == stage.person("ben").id
    await replying(stage, prompt).close(done("Hello."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["Hello."]
    assert stage.calls("create_thread_from_message") == []


async def test_an_announcement_can_start_a_thread(stage: DiscordStage) -> None:
    """Announcement channels have threads as well."""
    ada = stage.discord.person("ada")
    prompt = await stage.heard(await ada.say("news", ada.mention("summarize")))
    await replying(stage, prompt).close(done("Short."))
    assert stage.discord.thread(prompt.key.thread) is not None


async def test_a_thread_that_is_there_is_used() -> None:
    """After a restart the thread of a message is found again, also when it is archived."""
    async with playing() as discord:
        async with running(discord) as stage:
            prompt = await answered(stage)
        await discord.person("ada").archive_thread(prompt.key.thread)
        async with running(discord) as stage:
            await replying(stage, prompt, entry_id=9).close(done("Once more."))
            assert [seen.text for seen in stage.seen(prompt.key)] == ["An answer.", "Once more."]
            thread = discord.thread(prompt.key.thread)
            assert thread is not None
            assert thread.thread is not None
            assert not thread.thread.is_archived


async def test_an_archived_thread_is_opened_again_for_a_change(stage: DiscordStage) -> None:
    """Discord refuses to change what stands in an archived thread: it is opened first."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A lo",)))
    await stage.discord.person("ada").archive_thread(prompt.key.thread)
    await reply.close(done("A lock."))
    assert [seen.text for seen in stage.seen(prompt.key)] == ["A lock."]


# --- where threads cannot be started ----------------------------------------------------------


async def test_a_chain_of_replies_stands_in_for_a_thread() -> None:
    """Where permissions say that there can be no thread, none is tried."""
    channel = ChannelOption(name="narrow", denied=("CREATE_PUBLIC_THREADS",))
    async with staged(channels=(channel,)) as stage:
        ann, ben = stage.discord.person("ann"), stage.discord.person("ben")
        said = await ann.say("narrow", ann.mention("what is a mutex?"))
        prompt = await stage.heard(said)
        await replying(stage, prompt).close(done("A lock."))
        [answer] = stage.discord.replies("narrow")
        assert answer.reference is not None
        assert answer.reference["message_id"] == said
        assert answer.mentions.pinged == frozenset()
        assert stage.calls("create_thread_from_message") == []
        follow_up = await stage.heard(await ben.say("narrow", "and then?", answer.id))
        assert follow_up.key == prompt.key
        assert not follow_up.starts_thread
        await replying(stage, follow_up, entry_id=8).close(done("Then it is free."))
        assert len(stage.chain(prompt.key)) == 2
        past = await stage.adapter.history(prompt.key, limit=10)
        assert [each.text for each in past] == [
            "what is a mutex?",
            "A lock.",
            "and then?",
            "Then it is free.",
        ]


async def test_too_many_threads_at_once_are_chains_for_a_while() -> None:
    """A long wait for the limit on threads is nothing to put people through."""
    async with staged() as stage:
        first, second = await asked(stage, "one"), await asked(stage, "two")
        stage.discord.faults.turn_on(
            "rate_limit", calls=1, retry_after_s=300.0, routes=["create_thread_from_message"]
        )
        await replying(stage, first).close(done("1"))
        await replying(stage, second, entry_id=8).close(done("2"))
        assert len(stage.chain(first.key)) == len(stage.chain(second.key)) == 1
        assert len(stage.calls("create_thread_from_message")) == 1


# --- what is not permitted, locked or gone ----------------------------------------------------


async def refused(stage: DiscordStage, prompt: IncomingMessage) -> str:
    """Try a whole reply; returns why it was refused."""
    reply = replying(stage, prompt)
    for text in ("A", "A lo", "A lock"):
        await reply.show(ReplyView(parts=(text,)))
    with pytest.raises((ChatRefused, PlaceGone)) as error:
        await reply.close(done("A lock."))
    return str(error.value)


async def test_a_locked_thread_is_told_in_private(stage: DiscordStage) -> None:
    """Who asked hears why there is no answer, once, and nothing is tried again and again."""
    prompt = await answered(stage)
    said = await stage.say("ann", "go on", within=prompt.key)
    message = await stage.heard(said)
    ada = stage.discord.person("ada")
    await ada.lock_thread(prompt.key.thread)
    await ada.archive_thread(prompt.key.thread)
    before = len(stage.calls("create_message"))
    for _ in range(2):
        assert "thread" in await refused(stage, message)
    told = "".join(stage.whispered("ann"))
    assert told.count(f"<#{prompt.key.thread}>. ") == 1
    assert len(stage.calls("create_message")) - before <= 5


async def test_a_missing_permission_is_told_in_private(stage: DiscordStage) -> None:
    """Who asked where the bot may not speak hears what to mend."""
    prompt = await asked(stage)
    await stage.discord.person("ada").set_permissions(
        "general", deny=["SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "CREATE_PUBLIC_THREADS"]
    )
    assert "invitation" in await refused(stage, prompt)
    assert "invitation" in "".join(stage.whispered("ann"))


async def test_a_deleted_thread_is_not_made_anew(stage: DiscordStage) -> None:
    """What somebody deleted while it was being written stays deleted."""
    prompt = await asked(stage)
    reply = replying(stage, prompt)
    await reply.show(ReplyView(parts=("A lo",)))
    await stage.discord.person("ada").delete_channel(prompt.key.thread)
    with pytest.raises(PlaceGone):
        await reply.close(done("A lock."))
    assert stage.discord.thread(prompt.key.thread) is None


async def test_a_deleted_message_is_not_answered(stage: DiscordStage) -> None:
    """Where the message that a thread would start from is gone, there is no place."""
    prompt = await asked(stage)
    await stage.delete("ann", prompt.key, prompt.message_id)
    assert "gone" in await refused(stage, prompt)


async def test_a_deleted_channel_is_gone(stage: DiscordStage) -> None:
    """A channel that is deleted in mid-answer ends the reply."""
    prompt = await asked(stage)
    await stage.discord.person("ada").delete_channel(prompt.key.channel)
    await refused(stage, prompt)


# --- direct messages and whispers -------------------------------------------------------------


async def test_a_whisper_names_the_place_and_has_buttons(stage: DiscordStage) -> None:
    """Outside of an interaction only a direct message is private."""
    prompt = await answered(stage)
    await stage.adapter.tell(prompt.key, prompt.author, Answer(text="Only you."))
    assert stage.whispered("ann") == [f"Only you.\n-# about <#{prompt.key.thread}>"]


async def test_a_whisper_to_closed_doors_is_refused(stage: DiscordStage) -> None:
    """Who takes no direct messages is told nothing, and nobody else is instead."""
    prompt = await answered(stage)
    stage.discord.person("ann").close_dm()
    with pytest.raises(ChatRefused):
        await stage.adapter.whisper(prompt.key, prompt.author, "Only you.")
    assert len(stage.seen(prompt.key)) == 1


# --- edits and deletions ----------------------------------------------------------------------


async def test_a_mention_that_is_edited_in_is_brought(stage: DiscordStage) -> None:
    """Who forgot the mention adds it."""
    ann = stage.discord.person("ann")
    said = await ann.say("general", "what is a mutex?")
    await ann.edit("general", said, ann.mention("what is a mutex?"))
    [edit] = await stage.intake.until(lambda: stage.intake.edits)
    assert edit.message.mentions_bot
    assert edit.message.key.thread == said


async def test_channels_and_roles_are_called_by_name(stage: DiscordStage) -> None:
    """Numbers that people never see are not passed on."""
    random, team = stage.discord.channel("random"), "1100000000000000012"
    prompt = await asked(stage, f"ask <@&{team}> in <#{random}> about <#1>")
    assert prompt.text == "ask @team in #random about #1"


async def test_a_mention_that_is_edited_out_is_still_the_same_message(stage: DiscordStage) -> None:
    """A message that was brought counts as it reads now."""
    prompt = await asked(stage)
    ann = stage.discord.person("ann")
    await ann.edit("general", prompt.message_id, "never mind")
    [edit] = await stage.intake.until(lambda: stage.intake.edits)
    assert (edit.message.key, edit.message.text) == (prompt.key, "never mind")


async def test_a_thread_that_begins_is_no_edit(stage: DiscordStage) -> None:
    """Discord changes a message when a thread starts from it, or a link in it unfolds."""
    prompt = await answered(stage)
    await stage.heard(await stage.follow_up("ann", prompt.key, "more"))
    assert stage.intake.edits == []


async def test_a_deletion_after_a_restart_is_brought() -> None:
    """Which thread a deleted message would have started is known from its id."""
    async with playing() as discord:
        ann = discord.person("ann")
        async with running(discord) as stage:
            prompt = await asked(stage)
        async with running(discord) as stage:
            await stage.heard(prompt.message_id)
            fresh = await ann.say("general", "no mention")
            await ann.delete("general", fresh)
            await stage.delete("ann", prompt.key, prompt.message_id)
            found = await stage.intake.until(
                lambda: [
                    each for each in stage.intake.deletions if each.message_id == prompt.message_id
                ]
            )
            assert found[0].key == prompt.key


# --- status, titles, marks --------------------------------------------------------------------


async def test_it_types_until_there_is_something_to_see(stage: DiscordStage) -> None:
    """While it works and nothing is shown, people see that the bot is typing."""
    prompt = await asked(stage)
    await stage.adapter.set_status(prompt.key, ThreadStatus.WORKING)
    await stage.until(lambda: stage.calls("trigger_typing_indicator"))
    assert stage.discord.thread(prompt.key.thread) is not None
    assert stage.seen(prompt.key) == []
    reply = replying(stage, prompt)
    await reply.show(ReplyView())
    assert stage.seen(prompt.key) == []
    await reply.show(ReplyView(parts=("A lock",)))
    assert len(stage.seen(prompt.key)) == 1
    assert stage.adapter._signs._showing == {}
    await reply.close(done("A lock."))
    await stage.adapter.set_status(prompt.key, ThreadStatus.IDLE)
    assert len(stage.calls("create_thread_from_message")) == 1


class Patient(HastyClock):
    """A clock on which long pauses end when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.is_over = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait for the end of the pause, where it is long."""
        await super().sleep(seconds)
        if seconds > 300:
            await self.is_over.wait()
            self.passed = seconds

    passed = 0.0

    def monotonic(self) -> float:
        """Later, once a long pause is over."""
        return super().monotonic() + self.passed


async def test_a_title_names_a_thread_of_ours_twice_in_ten_minutes() -> None:
    """Discord allows no more; what comes too early waits, and then the newest counts."""
    clock = Patient()
    async with staged(clock=clock) as stage:
        prompt = await answered(stage)

        async def titled(title: str) -> None:
            await stage.adapter.set_status(prompt.key, ThreadStatus.IDLE, title=title)
            await stage.heard(await stage.follow_up("ann", prompt.key, title))

        for title in ("Mutexes", "Mutexes", "Locks", "Semaphores", "  Barriers\nand more "):
            await titled(title)
        shown = stage.discord.thread(prompt.key.thread)
        assert shown is not None
        assert shown.name == "Locks"
        assert len(stage.calls("update_channel")) == 2
        clock.is_over.set()
        await stage.until(lambda: shown.name == "Barriers and more")
        assert len(stage.calls("update_channel")) == 3


async def test_a_title_that_waits_can_be_taken_back() -> None:
    """Where the newest title is the one that is shown, nothing is renamed later."""
    clock = Patient()
    async with staged(clock=clock) as stage:
        prompt = await answered(stage)
        for title in ("Mutexes", "Locks", "Semaphores", "Locks"):
            await stage.adapter.set_status(prompt.key, ThreadStatus.IDLE, title=title)
            await stage.heard(await stage.follow_up("ann", prompt.key, title))
        assert stage.adapter._titles._waiting == {}
        assert len(stage.calls("update_channel")) == 2


async def test_a_name_that_people_gave_stays(stage: DiscordStage) -> None:
    """Neither a thread of somebody else's nor one that was renamed is named by us."""
    prompt = await answered(stage)
    await stage.discord.person("ada").rename(prompt.key.thread, "By hand")
    await stage.heard(await stage.follow_up("ann", prompt.key, "more"))
    other = await stage.discord.person("ben").start_thread("random", "Theirs")
    theirs = SessionKey(
        platform="discord",
        workspace=prompt.key.workspace,
        channel=stage.discord.channel("random"),
        thread=other,
    )
    for key in (prompt.key, theirs):
        await stage.adapter.set_status(key, ThreadStatus.IDLE, title="Ours")
    assert stage.calls("update_channel") == []


async def test_a_message_that_waits_is_marked(stage: DiscordStage) -> None:
    """An hourglass stands on it until its turn, in a channel and in a thread."""
    prompt = await answered(stage)
    second = await stage.heard(await stage.follow_up("ann", prompt.key, "more"))
    for message in (prompt, second):
        await stage.adapter.mark_waiting(prompt.key, message.message_id, is_waiting=True)
        found = stage.discord.message(message.message_id)
        assert found is not None
        assert list(found.reactions) == ["⏳"]
        await stage.adapter.mark_waiting(prompt.key, message.message_id, is_waiting=False)
        assert not any(found.reactions.values())


async def test_a_mark_that_is_refused_is_done_without(stage: DiscordStage) -> None:
    """Neither a missing permission nor a missing message is anybody's problem."""
    prompt = await answered(stage)
    stage.discord.faults.turn_on("missing_permission", permissions=["ADD_REACTIONS"])
    await stage.adapter.mark_waiting(prompt.key, prompt.message_id, is_waiting=True)
    await stage.adapter.mark_waiting(prompt.key, "1", is_waiting=False)


async def test_what_does_not_run_is_not_connected() -> None:
    """Before it runs and after, calls fail as unavailable."""
    async with staged() as stage:
        prompt = await asked(stage)
    with pytest.raises(ChatUnavailable):
        await stage.adapter.post(prompt.key, Post(text="too late"))
