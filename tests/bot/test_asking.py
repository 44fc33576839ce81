"""What Copilot needs people for: asked, decided, and good over every restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot import phrases
from bot.errors import StoreError
from bot.events import PermissionAsked, ReplyEvent, TextEnded
from bot.gate import Access
from bot.messages import IncomingMessage, Press
from bot.policy import Policy, Rule, Ruling
from bot.requests import Need, RequestState, Wanted
from bot.states import WorkerState
from bot.workplace import Limits
from tests.bot.stage import Stage, assembled, settle, staged
from tests.fakes.chat import ANN, BEN, FakeMessage

RUN = "run: ls -l"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A stage where Ben may decide for others."""
    async with staged(access=Access(approvers=frozenset({BEN.id}))) as stage:
        yield stage


@pytest.fixture
async def plain() -> AsyncIterator[Stage]:
    """A stage without approvers."""
    async with staged() as stage:
        yield stage


def labels(message: FakeMessage) -> list[str]:
    """What can be pressed under a message."""
    return [button.label for button in message.buttons]


def ruled(rules: list[Rule]) -> Limits:
    """Limits with the operator's rules."""
    return Limits(has_footer=False, policy=Policy(rules))


async def actions(stage: Stage) -> list[tuple[str, str]]:
    """Who decided what, oldest first."""
    return [(told.person, told.action) for told in (await stage.store.audit(limit=99))[::-1]]


# --- permissions ----------------------------------------------------------------------------


async def test_a_permission_is_shown_in_plain_words(stage: Stage) -> None:
    """People read what is wanted, why, exactly what would be done, and until when."""
    said = await stage.say(RUN)
    shown = stage.last(said)
    assert shown.text == (
        "**Copilot wants to run a command.** Look around\n\n```\nls -l\n```\n\n"
        "_Until 01:00 UTC; after that Copilot goes on without it._"
    )
    assert labels(shown) == [
        phrases.ALLOW_ONCE,
        phrases.ALLOW_FOR_THREAD,
        phrases.DENY,
        phrases.DENY_WHY,
    ]
    assert all(len(button.value) <= 60 for button in shown.buttons)
    assert stage.state(said) is WorkerState.WAITING
    assert stage.chat.statuses[-1][1] == "waiting"


async def test_allowed_once(stage: Stage) -> None:
    """What is allowed once goes on; the message says who allowed it, and has no buttons."""
    said = await stage.say(RUN)
    shown = stage.last(said)
    assert await stage.press(shown, phrases.ALLOW_ONCE) == ""
    assert stage.texts(said)[-1] == "run was allowed"
    assert stage.chat.shown[shown.reference].text.endswith("*Allowed once by Ann.*")
    assert stage.chat.shown[shown.reference].buttons == ()
    assert stage.entry_state(said) == "done"
    assert await actions(stage) == [(ANN.id, "allowed")]
    await stage.say(RUN, to=said)
    assert labels(stage.last(said))[0] == phrases.ALLOW_ONCE


async def test_denied(stage: Stage) -> None:
    """A denial is told to Copilot, and so is the reason that somebody gives."""
    said = await stage.say(RUN)
    await stage.press(stage.last(said), phrases.DENY)
    assert stage.texts(said)[-1] == f"run was denied: {phrases.PERSON_DENIED}"
    said = await stage.say(RUN)
    shown = stage.last(said)
    await stage.press(shown, phrases.DENY_WHY, by=BEN, text=" Use the desk. ")
    assert stage.texts(said)[-1] == "run was denied: Use the desk."
    assert stage.chat.shown[shown.reference].text.endswith("*Denied by Ben: Use the desk.*")
    assert await actions(stage) == [(ANN.id, "denied"), (BEN.id, "denied")]


async def test_allowed_for_the_thread(stage: Stage) -> None:
    """What is allowed for the thread is asked no more there, until it is reset."""
    said = await stage.say(RUN)
    await stage.press(stage.last(said), phrases.ALLOW_FOR_THREAD)
    assert stage.texts(said)[-1] == "run was allowed for the thread"
    await stage.say(RUN, to=said)
    assert stage.texts(said)[-1] == "run was allowed for the thread"
    await stage.say("run: ls -a", to=said)
    assert stage.last(said).buttons
    await stage.press(stage.last(said), phrases.DENY)
    elsewhere = await stage.say(RUN)
    assert stage.last(elsewhere).buttons
    await stage.reset(said)
    await stage.say(RUN, to=said)
    assert stage.last(said).buttons


async def test_a_host_allowed_for_the_thread(stage: Stage) -> None:
    """A host that is allowed for the thread is so for all its pages, and for no other host."""
    said = await stage.say("fetch: https://a.example/1")
    await stage.press(stage.last(said), phrases.ALLOW_FOR_THREAD)
    await stage.say("fetch: https://a.example/2", to=said)
    assert stage.texts(said)[-1] == "fetch was allowed for the thread"
    await stage.say("fetch: https://b.example/1", to=said)
    assert "https://b.example/1" in stage.last(said).text


async def test_what_may_not_be_allowed_for_the_thread(stage: Stage) -> None:
    """Where a permission cannot repeat, nobody is offered that, and a made-up press is none."""
    said = await stage.say("run: rm -r x")
    shown = stage.last(said)
    assert labels(shown) == [phrases.ALLOW_ONCE, phrases.DENY, phrases.DENY_WHY]
    value = shown.buttons[0].value.replace("once", "thread")
    press = Press(action="decide", value=value, key=said.key, author=ANN, request_id="forged")
    assert (await stage.intake.pressed(press)).text == phrases.QUESTION_OVER
    assert stage.state(said) is WorkerState.WAITING


async def test_the_same_twice_in_a_turn_is_asked_twice(stage: Stage) -> None:
    """Allowed once is once, also within a turn."""
    wanted = Wanted(need=Need.SHELL, tool="bash", commands=("ls",), detail="ls")

    def script(prompt: str) -> list[ReplyEvent]:
        return [PermissionAsked(request_id=name, wanted=wanted) for name in ("a", "b")]

    stage.runtime.script = script
    hold = stage.runtime.hold("twice", after=2)
    said = await stage.say("twice")
    await stage.press(stage.last(said), phrases.ALLOW_ONCE)
    asked = [seen for seen in stage.chat.seen(said.key) if "wants to" in seen.text]
    assert [bool(seen.buttons) for seen in asked] == [False, True]
    hold.release()


async def test_a_fence_is_not_closed_by_what_is_in_it() -> None:
    """What would be done is shown as it is, whatever it holds, and told to be cut where it is."""
    wanted = Wanted(need=Need.TOOL, tool="x", detail="```\n# hello")
    assert phrases.wanted(wanted) == "**Copilot wants to use the tool `x`.**"
    assert phrases._block(wanted.detail) == "````\n```\n# hello\n````"
    assert "… and 100 more characters" in phrases._block("x" * 1_300)


# --- who may decide -------------------------------------------------------------------------


async def test_the_wrong_person_changes_nothing(plain: Stage) -> None:
    """Who was not asked and is no approver is told so, and nothing changes."""
    said = await plain.say(RUN)
    shown = plain.last(said)
    before = (shown.text, shown.buttons)
    for label in labels(shown):
        assert await plain.press(shown, label, by=BEN) == phrases.NOT_YOURS_TO_DECIDE
    assert (plain.last(said).text, plain.last(said).buttons) == before
    assert plain.state(said) is WorkerState.WAITING
    assert await actions(plain) == []


async def test_the_wrong_persons_words_answer_nothing(plain: Stage) -> None:
    """What somebody else writes while a question is open is a message that waits."""
    said = await plain.say("ask: Which? | red | blue")
    await plain.say("echo: mine", to=said, by=BEN)
    assert plain.state(said) is WorkerState.WAITING
    await plain.press(plain.last(said), "red")
    assert plain.texts(said)[1:] == ["ask_user answered: red", "mine"]


async def test_two_people_at_once(stage: Stage) -> None:
    """Of two who click at the same moment, one decides; the other learns that it is over."""
    said = await stage.say(RUN)
    shown = stage.last(said)
    first, second = await asyncio.gather(
        stage.chat.press(shown, phrases.ALLOW_ONCE),
        stage.chat.press(shown, phrases.DENY, by=BEN),
    )
    await settle()
    assert sorted([first.text, second.text]) == sorted(["", phrases.QUESTION_OVER])
    assert len(await actions(stage)) == 1
    assert len([text for text in stage.texts(said) if text.startswith("run was")]) == 1


async def test_two_people_are_needed() -> None:
    """Where the rules want two people, one is not enough, and not twice the same."""
    limits = ruled([Rule(decide=Ruling.ASK_TWO, need=Need.SHELL)])
    access = Access(approvers=frozenset({BEN.id}))
    async with staged(limits=limits, access=access) as stage:
        said = await stage.say(RUN)
        shown = stage.last(said)
        assert "Two people have to allow it." in shown.text
        assert await stage.press(shown, phrases.ALLOW_ONCE) == phrases.ONE_MORE
        assert await stage.press(shown, phrases.ALLOW_ONCE) == phrases.ONE_MORE
        assert stage.state(said) is WorkerState.WAITING
        assert "One has allowed it" in stage.chat.shown[shown.reference].text
        await stage.press(shown, phrases.ALLOW_ONCE, by=BEN)
        assert stage.texts(said)[-1] == "run was allowed"


# --- the policy -----------------------------------------------------------------------------


async def test_the_policy_decides_first() -> None:
    """What the rules allow or deny, nobody is asked; both are in the log."""
    rules = [
        Rule(decide=Ruling.ALLOW, command="ls*"),
        Rule(decide=Ruling.DENY, command="rm *", reason="Nothing is removed here."),
    ]
    async with staged(limits=ruled(rules)) as stage:
        said = await stage.say(RUN)
        assert stage.texts(said) == ["run was allowed"]
        await stage.say("run: ls && rm -r x", to=said)
        assert stage.texts(said)[1:] == ["run was denied: Nothing is removed here."]
        assert await actions(stage) == [("policy", "allowed"), ("policy", "denied")]


async def test_the_policy_is_stricter_than_the_thread() -> None:
    """What was allowed for the thread before the rules changed is denied once they deny it."""
    first = assembled()
    await first.start()
    said = await first.say(RUN)
    await first.press(first.last(said), phrases.ALLOW_FOR_THREAD)
    await first.end()
    limits = ruled([Rule(decide=Ruling.DENY, need=Need.SHELL)])
    async with staged(beside=first, limits=limits) as stage:
        await stage.say(RUN, to=said)
        assert stage.texts(said)[-1] == f"run was denied: {phrases.RULED_OUT}"


# --- questions ------------------------------------------------------------------------------


async def test_an_answer_in_a_form(stage: Stage) -> None:
    """A question can be answered in a form; one that is sent empty says how else."""
    said = await stage.say("ask: Which? | red | blue")
    question = stage.last(said)
    await stage.press(question, phrases.WRITE_ANSWER)
    form, _ = stage.chat.forms[ANN.id]
    assert (form.field, form.about) == (phrases.YOUR_ANSWER, "Which?")
    assert await stage.press(question, phrases.WRITE_ANSWER, text=" ") == phrases.ANSWER_IN_WORDS
    await stage.press(question, phrases.WRITE_ANSWER, text="mauve")
    assert stage.texts(said) == ["Which?\n\n*mauve*", "ask_user answered: mauve"]


async def test_a_form_opens_for_who_may_decide(plain: Stage) -> None:
    """Who may not decide gets no form, and a form that is open decides nothing."""
    said = await plain.say(RUN)
    shown = plain.last(said)
    assert await plain.press(shown, phrases.DENY_WHY, by=BEN) == phrases.NOT_YOURS_TO_DECIDE
    assert BEN.id not in plain.chat.forms
    await plain.press(shown, phrases.DENY_WHY)
    assert plain.state(said) is WorkerState.WAITING
    await plain.press(shown, phrases.ALLOW_ONCE)
    answer = await plain.chat.submit("too late")
    assert (answer.text, answer.is_refused) == (phrases.QUESTION_OVER, True)
    assert plain.texts(said)[-1] == "run was allowed"


async def test_a_form_of_what_has_expired(stage: Stage) -> None:
    """What expired while a form was open is not revived by it, nor is a form opened any more."""
    said = await stage.say("ask: Which? | red | blue")
    question = stage.last(said)
    await stage.press(question, phrases.WRITE_ANSWER)
    await stage.pass_time(3_601)
    answer = await stage.chat.submit("mauve")
    assert (answer.text, answer.is_refused) == (phrases.REQUEST_EXPIRED, True)
    assert await stage.press(question, phrases.WRITE_ANSWER) == phrases.REQUEST_EXPIRED


@pytest.mark.parametrize("how", ["killed", "ended"])
async def test_a_form_over_restarts(how: str) -> None:
    """A form that one process opened can be sent to the next, also while nobody works on it."""
    first = assembled()
    await first.start()
    said = await first.say(RUN)
    await first.press(first.last(said), phrases.DENY_WHY)
    await killed(how, first)
    async with staged(beside=first, owner="the next process") as stage:
        await stage.chat.submit("not on a Friday")
        await stage.pass_time(40)
        assert stage.texts(said)[-1] == "run was denied: not on a Friday"


async def test_many_choices_are_a_menu(stage: Stage) -> None:
    """More choices than look right on buttons are a menu, and what is chosen is the answer."""
    choices = [f"colour {n}" for n in range(8)]
    said = await stage.say("ask: Which? | " + " | ".join(choices))
    question = stage.last(said)
    assert labels(question) == [phrases.WRITE_ANSWER]
    [menu] = question.menus
    assert [each.label for each in menu.choices] == choices
    await stage.chat.choose(question, "colour 7")
    await settle()
    assert stage.texts(said) == ["Which?\n\n*colour 7*", "ask_user answered: colour 7"]


async def test_long_choices_are_read_in_full(stage: Stage) -> None:
    """Choices that no button holds are listed in the message; the buttons have their numbers."""
    long = "the one that is described at such length that no button has room for all of its words"
    said = await stage.say(f"ask: Which? | red | {long}")
    question = stage.last(said)
    assert f"1. red\n2. {long}" in question.text
    await stage.press(question, f"2. {long}")
    assert stage.texts(said)[-1] == f"ask_user answered: {long}"


async def test_words_are_no_permission(stage: Stage) -> None:
    """What is written while a permission is asked for is a message that waits."""
    said = await stage.say(RUN)
    await stage.say("echo: yes", to=said)
    assert stage.state(said) is WorkerState.WAITING
    await stage.press(stage.chat.seen(said.key)[0], phrases.ALLOW_ONCE)
    assert stage.texts(said)[1:] == ["run was allowed", "yes"]


# --- restarts -------------------------------------------------------------------------------


async def killed(how: str, stage: Stage) -> None:
    """The process ends, one way or the other."""
    await (stage.kill() if how == "killed" else stage.end())


@pytest.mark.parametrize("how", ["killed", "ended"])
@pytest.mark.parametrize(
    ("prompt", "label", "answer"),
    [
        (RUN, phrases.ALLOW_ONCE, "run was allowed"),
        (RUN, phrases.DENY, f"run was denied: {phrases.PERSON_DENIED}"),
        ("ask: Which? | red | blue", "blue", "ask_user answered: blue"),
    ],
)
async def test_a_click_after_a_restart(how: str, prompt: str, label: str, answer: str) -> None:
    """Buttons that an earlier process showed work, and nothing is shown twice."""
    first = assembled()
    await first.start()
    said = await first.say(prompt)
    shown = first.last(said)
    await killed(how, first)
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        assert [seen.reference for seen in stage.chat.seen(said.key)] == [shown.reference]
        assert stage.chat.shown[shown.reference].buttons
        await stage.press(stage.chat.shown[shown.reference], label)
        assert stage.texts(said)[-1] == answer
        assert len(stage.texts(said)) == 2
        assert stage.chat.shown[shown.reference].buttons == ()
        assert stage.entry_state(said) == "done"


@pytest.mark.parametrize("how", ["killed", "ended"])
async def test_a_click_while_nobody_works_on_it(how: str) -> None:
    """What is decided before the thread is taken up again counts, and nobody is asked again."""
    first = assembled()
    await first.start()
    said = await first.say(RUN)
    shown = first.last(said)
    await killed(how, first)
    between = assembled(beside=first, owner="a process that only listens")
    listening = asyncio.create_task(between.chat.run(between.intake))
    await settle()
    await between.press(shown, phrases.ALLOW_ONCE)
    listening.cancel()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.texts(said)[-1] == "run was allowed"
        assert len(stage.texts(said)) == 2
        assert stage.chat.shown[shown.reference].buttons == ()
        assert stage.chat.shown[shown.reference].text.endswith("*Allowed once by Ann.*")


async def test_a_click_after_the_runtime_died(stage: Stage) -> None:
    """The runtime dies between showing and clicking: asked again, it is the same request."""
    said = await stage.say(RUN)
    shown = stage.last(said)
    stage.runtime.kill()
    await settle()
    assert len(stage.prompts()) == 2
    assert stage.chat.seen(said.key) == [shown]
    await stage.press(shown, phrases.ALLOW_ONCE)
    assert stage.texts(said)[-1] == "run was allowed"


async def test_a_click_while_the_runtime_is_away(stage: Stage) -> None:
    """What is decided while the runtime is started again is brought to it then."""
    said = await stage.say(RUN)
    stage.runtime.take_away(open_waits=True)
    await settle()
    await stage.press(stage.last(said), phrases.DENY_WHY, text="Not now.")
    stage.runtime.bring_back()
    await settle()
    assert stage.texts(said)[-1] == "run was denied: Not now."
    assert len(stage.texts(said)) == 2


@pytest.mark.parametrize("how", ["killed", "runtime"])
async def test_a_command_that_had_begun_is_not_repeated(how: str) -> None:
    """Whoever goes on after a crash does not run what was allowed, and may have run, once more."""
    first = assembled()
    await first.start()
    first.runtime.hold("run: ls", after=1)  # it is told that it may run, and no more is heard
    said = await first.say(RUN)
    await first.press(first.last(said), phrases.ALLOW_ONCE)
    if how == "runtime":
        first.runtime.kill()
        await settle()
        assert first.last(said).notice == phrases.cut_off(["bash"])
        await first.end()
        return
    await first.kill()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.last(said).notice == phrases.cut_off(["bash"])
        assert len(stage.prompts()) == len(first.prompts()) == 1
        await stage.press(stage.last(said), "Retry")
        assert phrases.ALLOW_ONCE in labels(stage.last(said))


async def test_what_is_harmless_is_done_unasked() -> None:
    """Nobody is asked for what is harmless, and nothing is kept of it; a rule can forbid it."""
    rules = [Rule(decide=Ruling.DENY, need=Need.READ, path="*/secret*")]

    def script(prompt: str) -> Iterator[ReplyEvent]:
        wanted = Wanted(need=Need.READ, tool="read", paths=(prompt,), is_harmless=True)
        yield PermissionAsked(request_id=prompt, wanted=wanted)
        yield TextEnded(text="Done.")

    async with staged(limits=ruled(rules)) as stage:
        stage.runtime.script = script
        said = await stage.say("/work/a.txt")
        assert stage.texts(said) == ["Done."]
        assert await actions(stage) == []
        await stage.say("/work/secret.txt", to=said)
        assert await actions(stage) == [("policy", "denied")]


# --- expiry ---------------------------------------------------------------------------------


async def test_expiry_is_told_as_such(stage: Stage) -> None:
    """What nobody decides in time is over: people and Copilot learn that nobody answered."""
    said = await stage.say(RUN)
    shown = stage.last(said)
    await stage.pass_time(3_599)
    assert stage.state(said) is WorkerState.WAITING
    await stage.pass_time(2)
    assert stage.texts(said)[-1] == f"run was denied: {phrases.NOBODY_DECIDED}"
    assert "Nobody decided in time" in stage.chat.shown[shown.reference].text
    assert await actions(stage) == [("", "expired")]


async def test_an_expired_request_cannot_be_revived(stage: Stage) -> None:
    """A click on the buttons of what has expired is told so, and changes nothing."""
    said = await stage.say("ask: Which? | red | blue")
    question = stage.last(said)
    buttons = question.buttons
    await stage.pass_time(3_601)
    assert stage.texts(said)[-1] == f"ask_user answered: {phrases.NOBODY_ANSWERED}"
    question.buttons = buttons
    assert await stage.press(question, "red") == phrases.REQUEST_EXPIRED
    assert await actions(stage) == [("", "expired")]


async def test_expired_while_the_bot_was_down() -> None:
    """What expired while nobody worked is over when somebody does, whatever is clicked then."""
    first = assembled()
    await first.start()
    said = await first.say(RUN)
    shown = first.last(said)
    await first.kill()
    first.clock.jump(4_000)
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.texts(said)[-1] == f"run was denied: {phrases.NOBODY_DECIDED}"
        assert stage.chat.shown[shown.reference].buttons == ()
        assert len(stage.texts(said)) == 2


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_clock_that_is_set_moves_no_expiry(stage: Stage, hours: int) -> None:
    """People get the time that they were promised, whatever becomes of the wall clock."""
    said = await stage.say("ask: Which? | red | blue")
    stage.clock.set(hours * 3600)
    await stage.pass_time(3_590)
    assert stage.state(said) is WorkerState.WAITING
    await stage.pass_time(20)
    assert stage.texts(said)[-1] == f"ask_user answered: {phrases.NOBODY_ANSWERED}"


async def test_expiry_waits_for_the_database(stage: Stage) -> None:
    """A database that fails at that moment is asked again."""
    said = await stage.say(RUN)
    stage.store.fail("expire_requests", error=StoreError("no"), times=2)
    await stage.pass_time(3_605)
    assert stage.state(said) is WorkerState.WAITING
    await stage.pass_time(10)
    assert stage.texts(said)[-1] == f"run was denied: {phrases.NOBODY_DECIDED}"


async def test_people_may_take_longer_than_a_turn() -> None:
    """The time that people take does not count as the turn's; the turn's own does."""
    async with staged(limits=Limits(has_footer=False, turn_s=60)) as stage:
        hold = stage.runtime.hold("run:", after=2)
        said = await stage.say(RUN)
        await stage.pass_time(1_000)
        assert stage.state(said) is WorkerState.WAITING
        await stage.press(stage.last(said), phrases.ALLOW_ONCE)
        await stage.pass_time(55)
        assert stage.state(said) is WorkerState.RUNNING
        await stage.pass_time(10)
        assert stage.entry_state(said) == "stopped"
        hold.release()


@pytest.mark.parametrize("call", ["show_request", "withdraw_requests"])
async def test_a_failing_database_costs_no_decision(stage: Stage, call: str) -> None:
    """Where a request's message or its end cannot be noted, the request still works."""
    stage.store.fail(call, error=StoreError("no"))
    said = await stage.say(RUN)
    await stage.press(stage.last(said), phrases.ALLOW_ONCE)
    assert stage.texts(said)[-1] == "run was allowed"
    assert stage.entry_state(said) == "done"
    await stage.reset(said)
    assert stage.texts(said)[-1] == phrases.FRESH_START


async def test_a_turn_that_asks_nothing_costs_nothing(stage: Stage) -> None:
    """The database is not asked of requests where nothing was asked."""
    await stage.say("echo: hello")
    assert not any("request" in call for call in stage.store.calls)


# --- stop and reset -------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["stop", "reset"])
async def test_ended_while_it_waits(stage: Stage, how: str) -> None:
    """A stop or a reset withdraws what is asked; its buttons are over, the thread is usable."""
    said = await stage.say(RUN)
    shown = stage.last(said)
    buttons = shown.buttons
    await (stage.stop(said) if how == "stop" else stage.reset(said))
    assert stage.chat.shown[shown.reference].buttons == ()
    assert "Not needed any more" in stage.chat.shown[shown.reference].text
    shown.buttons = buttons
    assert await stage.press(shown, phrases.ALLOW_ONCE) == phrases.QUESTION_OVER
    request = await stage.store.request(buttons[0].value.split()[0])
    assert request is not None
    assert request.state is RequestState.WITHDRAWN
    await stage.say("echo: works", to=said)
    assert stage.texts(said)[-1] == "works"


async def test_a_reset_closes_what_a_dead_process_asked() -> None:
    """What was asked before a crash is closed by a reset that comes before it is taken up."""
    first = assembled()
    await first.start()
    said = await first.say(RUN)
    shown = first.last(said)
    await first.kill()
    between = assembled(beside=first, owner="a process that only listens")
    listening = asyncio.create_task(between.chat.run(between.intake))
    await settle()
    await between.reset(said)
    listening.cancel()
    async with staged(beside=first, owner="the next process") as stage:
        await stage.pass_time(40)
        assert stage.chat.shown[shown.reference].buttons == ()
        assert stage.texts(said)[-1] == phrases.FRESH_START


# --- what waits -----------------------------------------------------------------------------


async def asked(stage: Stage, said: IncomingMessage, *, by: str = "") -> tuple[str, list[str]]:
    """What `approvals` says in a thread."""
    author = BEN if by else ANN
    answer = await stage.chat.command("approvals", key=said.key, by=author)
    return answer.text, [button.label for button in answer.buttons]


async def test_approvals_in_a_thread(plain: Stage) -> None:
    """In a thread one sees what waits there for one's decision, and can decide it."""
    said = await plain.say(RUN)
    text, offered = await asked(plain, said)
    assert "ls -l" in text
    assert offered[0] == f"1: {phrases.ALLOW_ONCE}"
    assert await asked(plain, said, by="ben") == (phrases.NOTHING_WAITS, [])
    await plain.press(plain.last(said), phrases.ALLOW_ONCE)
    assert await asked(plain, said) == (phrases.NOTHING_WAITS, [])


async def test_approvals_elsewhere(stage: Stage) -> None:
    """In a channel one sees all that one is asked, with buttons that act on its thread."""
    first, second = await stage.say(RUN), await stage.say("ask: Which? | red | blue")
    answer = await stage.chat.command("approvals")
    assert [button.key for button in answer.buttons if "Allow once" in button.label] == [first.key]
    [red] = [button for button in answer.buttons if button.label.endswith(": red")]
    assert red.key == second.key
    press = Press(
        action=red.action, value=red.value, key=second.key, author=ANN, request_id="there"
    )
    await stage.intake.pressed(press)
    await settle()
    assert stage.texts(second)[-1] == "ask_user answered: red"


# --- without an owner -----------------------------------------------------------------------


def expiries() -> list[str]:
    """The tasks that wait for a request to expire."""
    return [name for task in asyncio.all_tasks() if (name := task.get_name()) == "expiry"]


async def test_nothing_waits_on_after_the_lease_was_lost(stage: Stage) -> None:
    """A worker whose thread was taken over leaves no task that waits for its request to expire."""
    said = await stage.say(RUN)
    assert expiries() == ["expiry"]
    stage.clock.jump(60)  # the process slept
    stage.store.steal(said.key)
    await stage.pass_time(10)
    assert stage.sessions.working == 0
    assert expiries() == []
