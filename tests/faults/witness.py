"""Sees what people see: the bot's messages on both platforms, as they come, change and go."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from playground.discord import changes as discord_changes
from playground.discord.message import SYSTEM
from playground.discord.message import Message as DiscordMessage
from playground.server import Playground
from playground.slack import changes as slack_changes
from playground.slack.message import Message as SlackMessage
from playground.slack.message import markdown_of
from tests.e2e.discord_side import as_said as on_discord
from tests.e2e.side import Said
from tests.e2e.slack_side import as_said as as_slack_said
from tests.faults.oracle import Place, Rule, Shown, Violation
from tests.faults.script import words_in

_HOURGLASS = {"slack": "hourglass_flowing_sand", "discord": "⏳"}


class Witness:
    """Watches two platforms.

    Args:
        playground: the platforms.
        lengths: how many words the answer to each token has; grows as things are said.
    """

    def __init__(self, playground: Playground, lengths: dict[str, int]) -> None:
        self._slack = playground.slack
        self._discord = playground.discord
        self._lengths = lengths
        self._answered: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._ends: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._ends_in: dict[tuple[str, str], set[str]] = {}
        self._offers: dict[Place, list[str]] = defaultdict(list)
        self._growing: dict[tuple[str, str], Place] = {}
        self.deleted: set[str] = set()
        """The tokens of what a person deleted."""
        self.violations: list[Violation] = []
        """What did not hold for a moment."""
        self.is_deleting = False
        """Whether a person is just deleting something."""
        self._slack.workspace.subscribe(self._on_slack)
        self._discord.guild.subscribe(self._on_discord)

    def answered(self, token: str) -> asyncio.Event:
        """Happens when the last word of an answer is there, and its message is finished."""
        return self._answered[token]

    def growing(self, platform: str) -> list[tuple[Place, str]]:
        """The messages of a platform that are not finished: place and id."""
        return [(place, id_) for (name, id_), place in self._growing.items() if name == platform]

    def retries_offered(self, place: Place) -> list[str]:
        """The messages of a place that offer to try again, oldest first."""
        return list(self._offers[place])

    # --- as it happens --------------------------------------------------------------------

    def _on_slack(self, change: slack_changes.Change) -> None:
        match change:
            case (
                slack_changes.MessagePosted(message=message)
                | slack_changes.MessageChanged(message=message)
            ) if message.by_bot and message.ephemeral_to is None:
                place = Place(
                    platform="slack",
                    channel=message.channel,
                    thread=(message.thread_ts or "") if message.is_reply else "",
                )
                self._look(place, on_slack(message))
            case slack_changes.MessageDeleted(message=message) if message.by_bot:
                self._gone("slack", on_slack(message))
            case _:
                pass

    def _on_discord(self, change: discord_changes.Change) -> None:
        match change:
            case (
                discord_changes.MessagePosted(message=message)
                | discord_changes.MessageChanged(message=message)
            ) if message.by_bot and not message.is_ephemeral and message.type not in SYSTEM:
                self._look(self._discord_place(message), on_discord(message))
            case discord_changes.MessageDeleted(message=message) if message.by_bot:
                self._gone("discord", on_discord(message))
            case _:
                pass

    def _discord_place(self, message: DiscordMessage) -> Place:
        channel = self._discord.guild.channels[message.channel_id]
        if channel.is_thread and channel.parent is not None:
            return Place(platform="discord", channel=channel.parent.id, thread=channel.id)
        # Where no thread can be started, it is answered by a reply in the channel.
        thread = "" if channel.is_direct else str((message.reference or {}).get("message_id", ""))
        return Place(platform="discord", channel=channel.id, thread=thread)

    def _look(self, place: Place, said: Said) -> None:
        name = (place.platform, said.id)
        if said.is_finished:
            self._growing.pop(name, None)
        else:
            self._growing[name] = place
        is_failed = "Retry" in said.buttons
        ends = {token for token, at in words_in(said.text) if at == self._lengths.get(token)}
        ends = set() if is_failed else ends
        self._take_back(name, ends)
        self._ends_in[name] = ends
        for token in ends:
            self._ends[token].add(name)
            if len(self._ends[token]) > 1:
                self.violations.append(
                    Violation(rule=Rule.ONCE, about=token, detail=f"in {self._ends[token]}")
                )
            if said.is_finished:
                self._answered[token].set()
        if is_failed and said.id not in self._offers[place]:
            self._offers[place].append(said.id)
        elif not is_failed and said.id in self._offers[place]:
            self._offers[place].remove(said.id)

    def _gone(self, platform: str, said: Said) -> None:
        self._growing.pop((platform, said.id), None)
        self._take_back((platform, said.id), set())
        if self.is_deleting:
            self.deleted.update(token for token, _ in words_in(said.text))

    def _take_back(self, name: tuple[str, str], ends: set[str]) -> None:
        """A message has other ends of answers than it had."""
        for token in self._ends_in.pop(name, set()) - ends:
            self._ends[token].discard(name)
            if not self._ends[token]:
                self._answered[token].clear()

    # --- at the end -----------------------------------------------------------------------

    def shown(self) -> list[Shown]:
        """All that the bot shows, oldest first."""
        found = [_shown(place, said) for place, said in (*self._all_slack(), *self._all_discord())]
        return sorted(found, key=lambda each: (each.place.platform, int(each.id.replace(".", ""))))

    def marked(self) -> list[str]:
        """The messages that bear the sign of waiting."""
        slack = [
            message.ts
            for channel in self._slack.workspace.channels.values()
            for message in channel.messages.values()
            if message.reactions.get(_HOURGLASS["slack"])
        ]
        discord = [
            message.id
            for channel in self._discord.guild.channels.values()
            for message in channel.messages.values()
            if message.reactions.get(_HOURGLASS["discord"])
        ]
        return slack + discord

    def working(self) -> list[str]:
        """The threads that are seen working."""
        sessions = self._slack.workspace.sessions.values()
        return [each.thread_ts for each in sessions if each.status in {"processing", "suspended"}]

    def _all_slack(self) -> Iterator[tuple[Place, Said]]:
        for channel in self._slack.workspace.channels.values():
            for message in channel.messages.values():
                if message.by_bot:
                    thread = (message.thread_ts or "") if message.is_reply else ""
                    place = Place(platform="slack", channel=channel.id, thread=thread)
                    yield place, on_slack(message)

    def _all_discord(self) -> Iterator[tuple[Place, Said]]:
        for channel in self._discord.guild.channels.values():
            for message in channel.messages.values():
                if message.by_bot and message.type not in SYSTEM:
                    yield self._discord_place(message), on_discord(message)


def on_slack(message: SlackMessage) -> Said:
    """A message as it is seen: where it has blocks, its text is only what notifications say."""
    text = markdown_of(message.blocks) or message.text
    return replace(as_slack_said(message), text=text)


def _shown(place: Place, said: Said) -> Shown:
    return Shown(
        place=place, id=said.id, text=said.text, shown=said.shown, is_finished=said.is_finished
    )
