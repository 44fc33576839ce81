"""What it costs the bot to make messages of one more piece of a long answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from adapters.discord.dialect import DiscordDialect
from adapters.discord.keys import thread_key
from adapters.discord.render import TEXT_LIMIT, Content, render
from adapters.slack.dialect import SlackDialect
from adapters.slack.mentions import harmless
from bot.answer import GrowingAnswer
from bot.events import TextDelta
from bot.transcript import Transcript
from tests.bench.result import Judged, Result, middle
from tests.bot.markdown_texts import ANSWERS, LONG_ANSWERS

LENGTH = 20_000
"""Characters of the answer from which on each piece is measured."""

_PIECE = 6
"""Characters of a piece: about two tokens."""

LIMIT_MS = 1.0
"""The most that a piece may take, on average."""

_KEY = thread_key(guild="1", channel="2", thread="3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """What a platform makes of an answer.

    Args:
        name: what it is called.
        answer: an answer that begins.
        shown: makes a message of the last part.
    """

    name: str
    answer: Callable[[], GrowingAnswer]
    shown: Callable[[str], object]


PLATFORMS = (
    Platform(
        name="Slack",
        answer=lambda: GrowingAnswer(10_800, SlackDialect(str), appends_only=True),
        shown=lambda part: harmless(part, str),
    ),
    Platform(
        name="Discord",
        answer=lambda: GrowingAnswer(TEXT_LIMIT, DiscordDialect(), appends_only=False),
        shown=lambda part: render(Content(text=part), _KEY),
    ),
)


def measure() -> list[Result]:
    """Take long answers in all scripts, each continued by each other one, piece by piece."""
    return [_result(platform) for platform in PLATFORMS]


def _result(platform: Platform) -> Result:
    took: list[float] = []
    for text in _answers():
        took += pieces(text, platform, min(LENGTH, len(text) - 2_000))
    took.sort()
    return Result(
        name=f"{platform.name}: rendering of a piece, at {LENGTH:,} characters",
        unit="ms",
        value=sum(took) / len(took),
        limit=LIMIT_MS,
        judged=Judged.VALUE_AT_MOST,
        note=(
            f"processor time, the mean of {len(took):,} pieces; median {middle(took):.2f}, "
            f"95 of 100 under {took[len(took) * 95 // 100]:.2f}, the longest {took[-1]:.2f} ms"
        ),
    )


def _answers() -> list[str]:
    """Each answer after so many others that the length is reached, and those that are so long."""
    texts = [file.read_text(encoding="utf-8").strip() for file in ANSWERS]
    found = []
    for at in range(len(texts)):
        turned = [*texts[at + 1 :], *texts[: at + 1]]
        before = "\n\n".join(turned[:-1])
        while len(before) < LENGTH:
            before = f"{before}\n\n{before}"
        # As much as goes before a heading, so that no code is cut.
        found.append("\n\n".join((before[:LENGTH].rpartition("\n\n#")[0], turned[-1])))
    return [*found, *(file.read_text(encoding="utf-8") for file in LONG_ANSWERS)]


def pieces(text: str, platform: Platform, begin: int) -> list[float]:
    """The milliseconds that each piece takes from the event to what goes to the platform.

    Args:
        text: an answer.
        platform: where it goes.
        begin: how much of it was there before the pieces.
    """
    transcript, answer = Transcript(), platform.answer()
    transcript.add(TextDelta(text=text[:begin]))
    answer.so_far(transcript.text)
    took = []
    for at in range(begin, len(text), _PIECE):
        started = time.thread_time()
        transcript.add(TextDelta(text=text[at : at + _PIECE]))
        parts = answer.so_far(transcript.text)
        platform.shown(parts[-1])
        took.append((time.thread_time() - started) * 1_000)
    return took
