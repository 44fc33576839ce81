"""What it costs the bot to make messages of one more piece of a long answer."""

from __future__ import annotations

import time
from collections.abc import Callable

from adapters.discord.dialect import DiscordDialect
from adapters.discord.keys import thread_key
from adapters.discord.render import TEXT_LIMIT, Content, render
from adapters.slack.dialect import SlackDialect
from adapters.slack.mentions import harmless
from bot.answer import GrowingAnswer
from bot.events import TextDelta
from bot.transcript import Transcript
from tests.bench.result import Judged, Result, middle
from tests.bot.markdown_texts import ANSWERS

LENGTH = 20_000
"""Characters of the answer from which on each piece is measured."""

_PIECE = 6
"""Characters of a piece: about two tokens."""

_LIMIT_MS = 1.0
_KEY = thread_key(guild="1", channel="2", thread="3")


def measure() -> list[Result]:
    """Take long answers in all scripts, each continued by each other one, piece by piece."""
    slack, discord = SlackDialect(str), DiscordDialect()
    return [
        _result(
            "Slack",
            lambda: GrowingAnswer(10_800, slack, appends_only=True),
            lambda part: harmless(part, str),
        ),
        _result(
            "Discord",
            lambda: GrowingAnswer(TEXT_LIMIT, discord, appends_only=False),
            lambda part: render(Content(text=part), _KEY),
        ),
    ]


def _result(
    title: str, begun: Callable[[], GrowingAnswer], shown: Callable[[str], object]
) -> Result:
    took: list[float] = []
    for text in _answers():
        took += _pieces(text, begun(), shown)
    took.sort()
    return Result(
        name=f"{title}: rendering of a piece, at {LENGTH:,} characters",
        unit="ms",
        value=sum(took) / len(took),
        limit=_LIMIT_MS,
        judged=Judged.VALUE_AT_MOST,
        note=(
            f"processor time, the mean of {len(took):,} pieces; median {middle(took):.2f}, "
            f"95 of 100 under {took[len(took) * 95 // 100]:.2f}, the longest {took[-1]:.2f} ms"
        ),
    )


def _answers() -> list[str]:
    """Each answer after so many others that the length is reached."""
    texts = [file.read_text(encoding="utf-8").strip() for file in ANSWERS]
    found = []
    for at in range(len(texts)):
        turned = [*texts[at + 1 :], *texts[: at + 1]]
        before = "\n\n".join(turned[:-1])
        while len(before) < LENGTH:
            before = f"{before}\n\n{before}"
        # As much as goes before a heading, so that no code is cut.
        found.append("\n\n".join((before[:LENGTH].rpartition("\n\n#")[0], turned[-1])))
    return found


def _pieces(text: str, answer: GrowingAnswer, shown: Callable[[str], object]) -> list[float]:
    """The milliseconds that each piece takes from the event to what goes to the platform."""
    transcript = Transcript()
    begin = min(LENGTH, len(text) - 2_000)
    transcript.add(TextDelta(text=text[:begin]))
    answer.so_far(transcript.text)
    took = []
    for at in range(begin, len(text), _PIECE):
        started = time.thread_time()
        transcript.add(TextDelta(text=text[at : at + _PIECE]))
        parts = answer.so_far(transcript.text)
        shown(parts[-1])
        took.append((time.thread_time() - started) * 1_000)
    return took
