"""What to do with a turn that was cut off."""

from datetime import UTC, datetime, timedelta

from bot.ports import PastTurn
from bot.recovery import Deliver, SendAgain, TellCutOff, decide

_BEGUN = datetime(2026, 1, 5, 12, 0, 0, 900, tzinfo=UTC)


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
    assert decide([], "hello", _BEGUN) == SendAgain()
    assert decide([_turn("other")], "hello", _BEGUN) == SendAgain()


def test_an_answer_that_is_there_is_delivered() -> None:
    """A turn that came to its end is not repeated."""
    turns = [_turn(answer="hi", is_complete=True)]
    assert decide(turns, "hello", _BEGUN) == Deliver(text="hi")


def test_a_turn_cut_off_in_the_middle_is_taken_back_and_sent_again() -> None:
    """What used nothing outside of the session can be repeated."""
    turns = [_turn(answer="h", tools=("view", "create"))]
    assert decide(turns, "hello", _BEGUN) == SendAgain(rewind_to="p1")


def test_a_turn_with_an_effect_outside_is_not_repeated() -> None:
    """After a tool with an effect outside began, the person decides."""
    turns = [_turn(answer="so far", tools=("view", "bash"))]
    assert decide(turns, "hello", _BEGUN) == TellCutOff(text="so far", tools=("bash",))


def test_the_same_words_said_before_are_another_prompt() -> None:
    """An equal prompt that was answered before this one was begun is not its answer."""
    earlier = _turn(answer="old", is_complete=True, said_at=_BEGUN - timedelta(minutes=1))
    assert decide([earlier], "hello", _BEGUN) == SendAgain()


def test_clocks_that_keep_milliseconds_only_do_not_confuse_it() -> None:
    """The runtime's times are cut to milliseconds; the turn of the same one is found."""
    turn = _turn(answer="hi", is_complete=True, said_at=_BEGUN.replace(microsecond=0))
    assert decide([turn], "hello", _BEGUN) == Deliver(text="hi")
