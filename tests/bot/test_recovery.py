"""What to do with a turn that was cut off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.keys import SessionKey
from bot.mailbox import Entry, EntryKind, EntryState
from bot.messages import Person
from bot.ports import PastTurn
from bot.prompt import prompt_of
from bot.recovery import Deliver, SendAgain, TellCutOff, decide

_BEGUN = datetime(2026, 1, 5, 12, 0, 0, 900, tzinfo=UTC)

_ENTRY = Entry(
    id=1,
    key=SessionKey(platform="fake", workspace="W", channel="C", thread="T"),
    kind=EntryKind.MESSAGE,
    state=EntryState.RUNNING,
    source_id="m1",
    author=Person(id="U1", name="Ann"),
    text="hello",
    reference="",
    sent_at=_BEGUN - timedelta(seconds=1),
    attempts=2,
    taken_at=_BEGUN,
)


def _turn(prompt: str = "hello", **changes: object) -> PastTurn:
    values: dict[str, object] = {
        "prompt_id": "p1",
        "prompt": prompt,
        "said_at": _BEGUN + timedelta(milliseconds=5),
        "answer": "",
        "is_complete": False,
        **changes,
    }
    return PastTurn(**values)  # type: ignore[arg-type]


def test_a_prompt_that_never_reached_the_model_is_sent() -> None:
    """Without a trace of the prompt, it is sent."""
    assert decide([], _ENTRY) == SendAgain()
    assert decide([_turn("other")], _ENTRY) == SendAgain()


def test_an_answer_that_is_there_is_delivered() -> None:
    """A turn that came to its end is not repeated."""
    turns = [_turn(answer="hi", is_complete=True)]
    assert decide(turns, _ENTRY) == Deliver(text="hi")


def test_a_turn_cut_off_in_the_middle_is_taken_back_and_sent_again() -> None:
    """What used nothing outside of the session can be repeated."""
    turns = [_turn(answer="h", tools=("view", "create"))]
    assert decide(turns, _ENTRY) == SendAgain(rewind_to="p1")


def test_a_turn_that_waited_to_read_a_page_is_sent_again() -> None:
    """Reading a page changes nothing outside: so it is asked for again, and may be read again."""
    turn = _turn(answer="so far", tools=("web_fetch",))
    assert decide([turn], _ENTRY) == SendAgain(rewind_to=turn.prompt_id)


def test_a_turn_with_an_effect_outside_is_not_repeated() -> None:
    """After a tool with an effect outside began, the person decides."""
    turns = [_turn(answer="so far", tools=("view", "deploy"))]
    assert decide(turns, _ENTRY) == TellCutOff(text="so far", tools=("deploy",))


def test_a_command_that_only_waited_for_permission_has_not_begun() -> None:
    """A command is in the history from when it asks; that it may run is noted with the message."""
    turns = [_turn(answer="so far", tools=("view", "bash"))]
    assert decide(turns, _ENTRY) == SendAgain(rewind_to="p1")
    assert decide(turns, _ENTRY, acts=["bash"]) == TellCutOff(text="so far", tools=("bash",))


def test_a_command_of_which_the_history_knows_nothing_has_begun_all_the_same() -> None:
    """The runtime may die before it has written down what it did."""
    assert decide([], _ENTRY, acts=["bash"]) == TellCutOff(text="", tools=("bash",))
    assert decide([_turn()], _ENTRY, acts=["bash"]) == TellCutOff(text="", tools=("bash",))
    done = _turn(answer="hi", is_complete=True)
    assert decide([done], _ENTRY, acts=["bash"]) == Deliver(text="hi")


def test_the_same_words_said_before_are_another_prompt() -> None:
    """An equal prompt that was answered before this one was begun is not its answer."""
    earlier = _turn(answer="old", is_complete=True, said_at=_BEGUN - timedelta(minutes=1))
    assert decide([earlier], _ENTRY) == SendAgain()


def test_clocks_that_keep_milliseconds_only_do_not_confuse_it() -> None:
    """The runtime's times are cut to milliseconds; the turn of the same one is found."""
    turn = _turn(answer="hi", is_complete=True, said_at=_BEGUN.replace(microsecond=0))
    assert decide([turn], _ENTRY) == Deliver(text="hi")


def test_a_prompt_is_known_whatever_came_before_its_words() -> None:
    """What was said before, files and the speaker's name in front do not hide a prompt."""
    carried = prompt_of(_ENTRY, "<said_before>\n> hi\n</said_before>", "", "<files>\n</files>")
    turn = _turn(carried, answer="hi", is_complete=True)
    assert decide([turn], _ENTRY) == Deliver(text="hi")
    shared = replace(_ENTRY, is_shared=True)
    assert decide([replace(turn, prompt=prompt_of(shared))], shared) == Deliver(text="hi")
    assert decide([replace(turn, prompt=f"{carried}!")], _ENTRY) == SendAgain()
    assert decide([replace(turn, prompt="oh hello")], _ENTRY) == SendAgain()


def test_a_prompt_without_words_is_known() -> None:
    """A message that is only a file is known again by what stands in the place of words."""
    silent = replace(_ENTRY, text=" ")
    turn = _turn(prompt_of(silent, "<files>\n</files>"), answer="A cat.", is_complete=True)
    assert decide([turn], silent) == Deliver(text="A cat.")
    assert decide([turn], _ENTRY) == SendAgain()


# --- what was brought into the turn ---------------------------------------------------------

_SECOND = replace(_ENTRY, id=2, source_id="m2", text="and a second")
_THIRD = replace(_ENTRY, id=3, source_id="m3", text="and a third")


def test_an_answer_to_all_that_was_said_is_delivered() -> None:
    """What the model saw of what steered the turn belongs to it, and so do its answers."""
    turns = [
        _turn(answer="one", is_complete=True),
        _turn("and a second", prompt_id="p2"),
        _turn("and a third", prompt_id="p3", answer="two and three", is_complete=True),
    ]
    decision = Deliver(text="one\n\ntwo and three", heard=(2, 3))
    assert decide(turns, _ENTRY, [_SECOND, _THIRD]) == decision
    assert decide(turns[:1], _ENTRY, [_SECOND, _THIRD]) == Deliver(text="one")


def test_a_turn_that_was_cut_off_behind_what_steered_it_is_taken_back_as_a_whole() -> None:
    """Its own prompt is taken back, and all that came behind it; unless something else did."""
    turns = [
        _turn(answer="one", is_complete=True),
        _turn("and a second", prompt_id="p2"),
    ]
    assert decide(turns, _ENTRY, [_SECOND]) == SendAgain(rewind_to="p1")
    other = _turn("something else", prompt_id="p3", answer="else", is_complete=True)
    assert decide([*turns, other], _ENTRY, [_SECOND]) == SendAgain()


def test_an_effect_outside_behind_what_steered_is_not_repeated() -> None:
    """A tool of any part of the turn counts."""
    turns = [
        _turn(answer="one", is_complete=True),
        _turn("and a second", prompt_id="p2", answer="so", tools=("deploy",)),
    ]
    decision = TellCutOff(text="one\n\nso", tools=("deploy",), heard=(2,))
    assert decide(turns, _ENTRY, [_SECOND, _THIRD]) == decision
