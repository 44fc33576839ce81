"""What belongs together goes one at a time."""

import asyncio

from bot.turnstile import Turnstile


async def test_the_same_key_goes_in_the_order_it_came() -> None:
    """The second waits for the first, however long that takes; another key does not."""
    turnstile = Turnstile()
    release = asyncio.Event()
    through: list[str] = []

    async def go(key: str, name: str, wait: asyncio.Event | None = None) -> None:
        async with turnstile.passing(key):
            if wait is not None:
                await wait.wait()
            through.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(go("a", "first", release))
        tasks.create_task(go("a", "second"))
        tasks.create_task(go("a", "third"))
        await tasks.create_task(go("b", "other"))
        assert through == ["other"]
        release.set()
    assert through == ["other", "first", "second", "third"]
    assert not turnstile._lines


async def test_one_that_gives_up_or_fails_holds_up_nobody() -> None:
    """A cancelled or failed one lets the next through, but not before its predecessor."""
    turnstile = Turnstile()
    release = asyncio.Event()
    through: list[str] = []

    async def go(name: str, *, waits: bool = False) -> None:
        async with turnstile.passing("a"):
            if waits:
                await release.wait()
            through.append(name)

    first = asyncio.create_task(go("first", waits=True))
    second = asyncio.create_task(go("second"))
    third = asyncio.create_task(go("third"))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    release.set()
    await asyncio.gather(first, third)
    assert through == ["first", "third"]
