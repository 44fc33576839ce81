"""The calls that a turn needs of a chat platform, made one after the other by bare HTTP."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import aiohttp


async def on_slack(web: aiohttp.ClientSession, slack: Mapping[str, str], text: str) -> float:
    """Show that an answer is worked on, and stream it in two pieces.

    Args:
        web: makes the calls.
        slack: where, as `slack_process` tells it.
        text: the answer.

    Returns:
        The seconds that it took.
    """
    headers = {"Authorization": f"Bearer {slack['bot_token']}"}

    async def call(method: str, **arguments: object) -> Any:
        async with web.post(slack["api_url"] + method, json=arguments, headers=headers) as response:
            said = await response.json()
        if not said["ok"]:
            raise RuntimeError(f"{method}: {said}")
        return said

    channel = slack["channel"]
    root = await call("chat.postMessage", channel=channel, text="root")
    place: dict[str, Any] = {"channel_id": channel, "thread_ts": root["ts"]}
    first, rest = _halves(text)
    began = time.monotonic()
    await call("agents.sessions.setStatus", **place, status="processing")
    stream = await call(
        "chat.startStream",
        channel=channel,
        thread_ts=root["ts"],
        recipient_user_id=slack["person"],
        recipient_team_id=slack["team"],
        chunks=[{"type": "markdown_text", "text": first}],
    )
    await call(
        "chat.stopStream",
        channel=channel,
        ts=stream["ts"],
        chunks=[{"type": "markdown_text", "text": rest}],
    )
    took = time.monotonic() - began
    await call("agents.sessions.setStatus", **place, status="active")
    return took


async def on_discord(
    web: aiohttp.ClientSession,
    discord: Mapping[str, str],
    text: str,
    number: int,
    *,
    is_new: bool,
) -> float:
    """Show that an answer is worked on, post its beginning and change it to the whole.

    Args:
        web: makes the calls.
        discord: where, as `discord_process` tells it.
        text: the answer.
        number: which time it is: they go to the channels by turns, so that none is at its limit.
        is_new: whether a thread is started for it.

    Returns:
        The seconds that it took.
    """
    headers = {"Authorization": f"Bot {discord['bot_token']}"}

    async def call(method: str, path: str, **arguments: object) -> Any:
        url = f"{discord['api_url']}/channels/{path}"
        async with web.request(method, url, json=arguments or None, headers=headers) as response:
            if not response.ok:
                raise RuntimeError(f"{method} {path}: {await response.text()}")
            return await response.json() if response.content_length else None

    channels = discord["channels"].split()
    channel = channels[number % len(channels)]
    root = await call("POST", f"{channel}/messages", content="root") if is_new else None
    began = time.monotonic()
    if root is not None:
        path = f"{channel}/messages/{root['id']}/threads"
        channel = (await call("POST", path, name="root"))["id"]
    await call("POST", f"{channel}/typing")
    message = await call("POST", f"{channel}/messages", content=_halves(text)[0])
    await call("PATCH", f"{channel}/messages/{message['id']}", content=text)
    return time.monotonic() - began


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    return text[:middle], text[middle:]
