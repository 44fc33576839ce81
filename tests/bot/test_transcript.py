"""What a turn says and does."""

from bot.events import (
    ReasoningDelta,
    TextDelta,
    TextEnded,
    TitleChanged,
    ToolFinished,
    ToolStarted,
    UsageReported,
)
from bot.pace import interval_s
from bot.ports import Capabilities, ToolLine, ToolState
from bot.transcript import Transcript


def test_the_final_text_of_a_message_replaces_its_pieces() -> None:
    """Pieces that the runtime said twice after a retry are not shown twice."""
    transcript = Transcript()
    for piece in ("Hel", "Hello ", "you"):
        transcript.add(TextDelta(text=piece))
    assert transcript.text == "HelHello you"
    transcript.add(TextEnded(text="Hello you"))
    assert transcript.text == "Hello you"


def test_each_message_of_a_turn_is_a_paragraph() -> None:
    """What is said before and after a tool stands apart; silence leaves no gap."""
    transcript = Transcript()
    transcript.add(TextEnded(text="Let me look.\n"))
    transcript.add(TextEnded(text=""))
    transcript.add(TextDelta(text="Found it."))
    assert transcript.text == "Let me look.\n\nFound it."


def test_a_tools_line_goes_on_to_its_end() -> None:
    """A tool is one line, whose state changes."""
    transcript = Transcript()
    transcript.add(ToolStarted(call_id="1", name="view", title="view /desk/a"))
    transcript.add(ToolFinished(call_id="1", succeeded=False, detail="not there"))
    assert transcript.tools == (
        ToolLine(id="1", title="view /desk/a", state=ToolState.FAILED, detail="not there"),
    )


def test_usage_adds_up_over_the_calls_of_a_turn() -> None:
    """Tokens and cost are summed; the last model that answered counts."""
    transcript = Transcript()
    transcript.add(UsageReported(model="a", input_tokens=1, output_tokens=2, cost=0.5))
    transcript.add(UsageReported(model="b", input_tokens=3, output_tokens=4, cost=1))
    transcript.add(UsageReported(model="c", input_tokens=5, output_tokens=6, is_beside=True))
    transcript.add(TitleChanged(title="A talk"))
    usage = transcript.usage(1.5)
    assert (usage.model, usage.input_tokens, usage.output_tokens, usage.cost) == ("b", 9, 12, 1.5)
    assert transcript.title == "A talk"


def test_the_pace_is_shared_by_all_live_replies() -> None:
    """One reply goes as fast as the floor allows; many share the platform's budget."""
    slack = Capabilities(
        text_limit=1000, update_floor_s=0.7, updates_per_minute=60, appends_only=True
    )
    assert interval_s(slack, 0) == 1.0
    assert interval_s(slack, 1) == 1.0
    assert interval_s(slack, 30) == 30.0


def test_halves_of_a_character_come_together() -> None:
    """A character that comes in two pieces is one; what no platform takes is marked."""
    transcript = Transcript()
    transcript.add(TextDelta(text="a\ud83e"))
    transcript.add(TextDelta(text="\udd9eb\0"))
    transcript.add(TextDelta(text="\r"))
    transcript.add(TextDelta(text="\nc"))
    assert transcript.text == "a🦞b\ufffd\nc"


def test_code_that_a_message_left_open_ends_with_it() -> None:
    """What is said after a tool is not code because of what was said before it."""
    transcript = Transcript()
    transcript.add(TextEnded(text="Look:\n```py\nx = 1"))
    transcript.add(TextEnded(text="- a\n  ```\n  b"))
    transcript.add(TextDelta(text="Done."))
    assert transcript.text == "Look:\n```py\nx = 1\n```\n\n- a\n  ```\n  b\n\nDone."


def test_reasoning_is_kept_up_to_a_length() -> None:
    """What the model thinks is gathered apart from what it says, and is bounded."""
    transcript = Transcript()
    transcript.add(ReasoningDelta(text="Let me "))
    transcript.add(ReasoningDelta(text="look."))
    assert (transcript.reasoning, transcript.text) == ("Let me look.", "")
    transcript.add(ReasoningDelta(text="x" * 10_000))
    assert len(transcript.reasoning) == 4_000
