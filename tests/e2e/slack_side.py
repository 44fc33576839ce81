"""The playground's Slack as a side of the stage."""

# ruff: noqa: D102 - `Side` says what each is for

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from playground.slack.message import Message
from playground.slack.slack import PlaygroundSlack
from tests.e2e.bot_process import WAIT_S
from tests.e2e.side import Said, Side, Thread

_T = TypeVar("_T")


class SlackSide(Side):
    """Slack.

    Args:
        slack: the playground's.
        api_url: where the bot reaches it; the playground's own address when left out.
    """

    name = "slack"

    def __init__(self, slack: PlaygroundSlack, api_url: str | None = None) -> None:
        self.slack = slack
        self._api_url = api_url or slack.api_url

    def settings(self) -> Mapping[str, str]:
        return {
            "SLACK_API_URL": self._api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
        }

    def is_connected(self) -> bool:
        return self.slack.connected()

    async def until(self, predicate: Callable[[], _T], timeout_s: float = WAIT_S) -> _T:
        return await self.slack.until(predicate, timeout_s=timeout_s)

    async def mention(self, text: str, *, who: str = "ann", channel: str = "general") -> Thread:
        person = self.slack.person(who)
        return Thread(channel=channel, id=await person.say(channel, person.mention(text)))

    async def follow_up(self, thread: Thread, text: str, *, who: str = "ann") -> str:
        person = self.slack.person(who)
        return await person.say(thread.channel, text, thread_ts=thread.id or None)

    async def call(self, thread: Thread, text: str, *, who: str = "ann") -> str:
        return await self.follow_up(thread, self.slack.person(who).mention(text), who=who)

    async def begin(self, text: str, *, who: str = "ben", channel: str = "general") -> Thread:
        return Thread(channel=channel, id=await self.slack.person(who).say(channel, text))

    async def share(
        self, thread: Thread, text: str, name: str, content: bytes, *, who: str = "ann"
    ) -> str:
        person = self.slack.person(who)
        files = [await person.upload(name, content)]
        return await person.say(thread.channel, text, thread_ts=thread.id or None, files=files)

    def calling(self, text: str) -> str:
        return self.slack.person("ann").mention(text)

    def direct(self, who: str) -> Thread:
        return Thread(channel=self.slack.person(who).dm)

    def messages(self, thread: Thread) -> list[Said]:
        return [as_said(message) for message in self.raw(thread)]

    def raw(self, thread: Thread) -> list[Message]:
        """The same as Slack keeps them."""
        if thread.id:
            return self.slack.replies(thread.channel, thread.id)
        return [each for each in self.slack.messages(thread.channel) if each.by_bot]

    def told(self, who: str) -> list[Said]:
        return [as_said(message) for message in self.slack.ephemerals(self.slack.person(who).id)]

    def is_working(self, thread: Thread) -> bool:
        is_direct = thread.channel.startswith("D")
        channel = thread.channel if is_direct else self.slack.channel(thread.channel)
        session = self.slack.session(channel, thread.id)
        return session is not None and session.status == "processing"

    def waits(self, thread: Thread, message: str) -> bool:
        found = next(
            each
            for each in self.slack.messages(thread.channel, thread.id or None)
            if each.ts == message
        )
        return bool(found.reactions.get("hourglass_flowing_sand"))

    async def edit(self, thread: Thread, message: str, text: str, *, who: str = "ann") -> None:
        await self.slack.person(who).edit(thread.channel, message, text)

    async def delete(self, thread: Thread, message: str, *, who: str = "ann") -> None:
        await self.slack.person(who).delete(thread.channel, message)

    async def press(self, said: Said, label: str, *, who: str = "ann") -> None:
        message = self._message(said.id)
        for shown, action, block in _buttons(message):
            if shown == label:
                await self.slack.person(who).press(message, action, block_id=block)
                return
        raise AssertionError(f"no button {label!r} in {said}")

    async def send_form(self, text: str, *, who: str = "ann") -> None:
        person = self.slack.person(who)
        view = await self.until(
            lambda: next((v for v in self.slack.views(person.id) if v.kind == "modal"), None)
        )
        assert view is not None
        [field] = [each for each in view.given["blocks"] if each["type"] == "input"]
        assert await person.submit(view.id, {field["element"]["action_id"]: text}) == {}

    async def stop(self, thread: Thread, *, who: str = "ann") -> None:
        """Press Slack's own stop button; where it has none, that of the message."""
        if thread.id:
            await self.until(lambda: self.is_working(thread))
            await self.slack.person(who).stop(thread.channel, thread.id)
        else:
            await self.press(await self.offered(thread, "", "Stop"), "Stop", who=who)

    async def react(self, thread: Thread, *, who: str = "ann") -> None:
        await self.slack.person(who).react(thread.channel, thread.id, "octagonal_sign")

    async def command(self, name: str, *, who: str = "ann", channel: str = "general") -> None:
        await self.slack.person(who).slash("/copilot", name, channel)

    def drop(self) -> None:
        self.slack.faults.turn_on("drop_socket")

    def _message(self, ts: str) -> Message:
        for channel in self.slack.workspace.channels.values():
            if ts in channel.messages:
                return channel.messages[ts]
        return next(m for m in self.slack.workspace.ephemerals.values() if m.ts == ts)


def as_said(message: Message) -> Said:
    """A message as people see it."""
    labels = tuple(label for label, _, _ in _buttons(message))
    return Said(
        id=message.ts,
        text=message.text.strip(),
        shown=f"{message.text} {message.blocks}",
        buttons=labels,
        is_finished=not message.is_streaming and "Stop" not in labels,
    )


def _buttons(message: Message) -> Iterator[tuple[str, str, str]]:
    """Label, action id and block id of each button."""
    for block in message.blocks or []:
        for element in block.get("elements", []):
            label: Any = element.get("text")
            if element.get("type") == "button" and isinstance(label, dict):
                yield label["text"], element["action_id"], block["block_id"]
