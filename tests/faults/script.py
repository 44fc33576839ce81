"""What people say: conversations drawn from a seed, and the answers that they are to get.

Each message has a name of its own, a *token* such as `t17`. The model answers it with as many words
as it was asked for, each of which names the token and its place, and begins with what it has heard
before in this session. So of any piece of text it is known which answer it belongs to, whether that
is whole, and what the session remembers.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from playground.model.brain import Piece, Text
from playground.model.conversation import ChatRequest
from playground.model.scripted import ScriptedBrain

PLATFORMS: Final = ("slack", "discord")
_PEOPLE: Final = ("ann", "ben", "ada")
_CHANNELS: Final = ("general", "random")
_LONGEST: Final = 9
"""How many messages a conversation in a channel has at most."""
_AT_ONCE: Final = 6
"""So many words come in a piece."""

_ASKED: Final = r"turn (t\d+) of (\d+) words"
_WORD: Final = re.compile(r"\b(t\d+)w(\d+)\b")
_HEARD: Final = re.compile(r"\b(t\d+) after ([t\d, ]+|nothing):")


@dataclass(frozen=True, kw_only=True)
class Line:
    """Something that a person says.

    Args:
        token: its name.
        words: how many words the answer has.
        who: who says it.
        waits: whether they wait for the answers to what was said before.
    """

    token: str
    words: int
    who: str
    waits: bool

    @property
    def prompt(self) -> str:
        """What is said."""
        return f"turn {self.token} of {self.words} words"


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """What is said in one thread.

    Args:
        platform: where.
        channel: the channel's name; `dm` for a direct message.
        lines: in order.
    """

    platform: str
    channel: str
    lines: tuple[Line, ...]

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct message."""
        return self.channel == "dm"

    @property
    def is_shared(self) -> bool:
        """Whether several people speak: then the bot is called each time."""
        return len({line.who for line in self.lines}) > 1


def drawn(seed: int, turns: int) -> list[Conversation]:
    """Draw conversations of so many turns in all.

    Each person has one conversation in direct messages on each platform, if there are enough turns;
    the others are threads in channels.
    """
    luck = random.Random(f"script {seed}")  # noqa: S311
    conversations: list[Conversation] = []
    left, number = turns, 0

    def lines(count: int, speakers: Sequence[str]) -> tuple[Line, ...]:
        nonlocal number
        made = []
        for at in range(count):
            number += 1
            is_long = luck.random() < 0.1
            made.append(
                Line(
                    token=f"t{number}",
                    words=luck.randint(300, 700) if is_long else luck.randint(3, 60),
                    who=luck.choice(speakers),
                    waits=at < 2 or luck.random() < 0.7,
                )
            )
        return tuple(made)

    for at in range(2 * len(_PEOPLE)):
        if left > 6 * len(_PEOPLE) or at < len(PLATFORMS):
            count = min(left, luck.randint(2, _LONGEST))
            who = _PEOPLE[at // 2]
            conversations.append(
                Conversation(platform=PLATFORMS[at % 2], channel="dm", lines=lines(count, [who]))
            )
            left -= count
    while left > 0:
        count = min(left, luck.randint(2, _LONGEST))
        speakers = luck.sample(_PEOPLE, 2 if luck.random() < 0.3 else 1)
        conversations.append(
            Conversation(
                platform=PLATFORMS[len(conversations) % 2],
                channel=luck.choice(_CHANNELS),
                lines=lines(count, speakers),
            )
        )
        left -= count
    luck.shuffle(conversations)
    return conversations


def teach(brain: ScriptedBrain, *, delay_s: float, reached: Callable[[], None]) -> None:
    """Teach the model to answer.

    Args:
        brain: the model.
        delay_s: seconds between two pieces.
        reached: is told of each piece before it is sent.
    """

    async def answer(request: ChatRequest, _: re.Match[str]) -> AsyncGenerator[Piece, None]:
        # What was said by others before may be quoted in front.
        token, words = re.findall(_ASKED, request.prompt)[-1]
        heard = [asked[-1][0] for each in request.earlier_prompts if (asked := _asked(each))]
        text = f"{token} after {', '.join(heard) or 'nothing'}: "
        count = int(words)
        for first in range(1, count + 1, _AT_ONCE):
            reached()
            last = min(first + _AT_ONCE, count + 1)
            text += " ".join(f"{token}w{number}" for number in range(first, last)) + " "
            yield Text(text)
            text = ""
            await asyncio.sleep(delay_s)

    brain.on(_ASKED, answer, kind="turn")


def words_in(text: str) -> list[tuple[str, int]]:
    """The words of answers that a text has: token and place."""
    return [(token, int(place)) for token, place in _WORD.findall(text)]


def heard_in(text: str) -> list[tuple[str, list[str]]]:
    """Whose answers begin in a text, and what each has heard before."""
    return [(token, re.findall(r"t\d+", heard)) for token, heard in _HEARD.findall(text)]


def _asked(prompt: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = re.findall(_ASKED, prompt)
    return found
