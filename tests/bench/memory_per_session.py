"""What one more live session takes in the bot's process."""

from __future__ import annotations

from tests.bench.chat import Chat
from tests.bench.child import Child
from tests.bench.ground import ANSWER, Ground
from tests.bench.processes import settled_memory_of
from tests.bench.result import Judged, Result

_FEW = 100
_MANY = 300
_AT_ONCE = 10
_SDK_FEW = 20
_SDK_MANY = 60


async def measure(ground: Ground, sdk: Child) -> list[Result]:
    """Measure it with new bots, and beside them with a new process of the bare SDK.

    Args:
        ground: where.
        sdk: the process of the bare SDK, without sessions as yet.
    """
    prompt = f"echo: {ANSWER}"
    sdk_kb = []
    for count in (_SDK_FEW, _SDK_MANY - _SDK_FEW):
        for _ in range(0, count, _AT_ONCE):
            await sdk.ask("turns", prompt=prompt, count=_AT_ONCE)
        sdk_kb.append((await sdk.ask("memory"))["rss_kb"])
    return [await _beside(ground, chat, sdk_kb) for chat in ground.chats]


async def _beside(ground: Ground, chat: Chat, sdk_kb: list[float]) -> Result:
    database = ground.directory / f"sessions-{chat.name}" / "threadpilot.db"
    prompt = f"echo: {ANSWER}"
    bot_kb = []
    async with ground.bot(database, chat, THREADPILOT_LIVE_SESSIONS=str(_MANY)) as bot:
        for count in (_FEW, _MANY - _FEW):
            for _ in range(0, count, _AT_ONCE):
                await chat.process.ask("turns", text=prompt, expected=ANSWER, count=_AT_ONCE)
            bot_kb.append((await settled_memory_of(bot.pid)).rss_kb)
    return Result(
        name=chat.named("the bot's memory for a live session"),
        unit="KB",
        value=(bot_kb[1] - bot_kb[0]) / (_MANY - _FEW),
        reference=(sdk_kb[1] - sdk_kb[0]) / (_SDK_MANY - _SDK_FEW),
        limit=50,
        judged=Judged.VALUE_AT_MOST,
        note=f"resident with {_FEW} and {_MANY} live: {bot_kb[0] / 1024:.1f} and"
        f" {bot_kb[1] / 1024:.1f} MB; the reference is the bare SDK's own, with {_SDK_FEW} and"
        f" {_SDK_MANY}: {sdk_kb[0] / 1024:.1f} and {sdk_kb[1] / 1024:.1f} MB",
    )
