"""What comes of being connected: events to the reception, and a look at what was missed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import discord
import structlog

from adapters.discord.atlas import newest_messages
from adapters.discord.catch_up import CatchUp
from adapters.discord.guard import guarded
from adapters.discord.permissions import missing
from adapters.discord.reception import Reception
from adapters.fields import Fields
from bot.oddities import Oddities

_log = structlog.get_logger(__name__)


class Visit:
    """The time while one client is connected: a `Receiver` of the gateway.

    Args:
        reception: takes events in.
        catch_up: knows what was missed.
        oddities: what was logged once.
        tasks: owns the looking.
    """

    def __init__(
        self,
        *,
        reception: Reception,
        catch_up: CatchUp,
        oddities: Oddities,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._reception = reception
        self._catch_up = catch_up
        self._oddities = oddities
        self._tasks = tasks

    def take(self, event: str, data: Fields) -> None:
        """An event that we read ourselves."""
        self._reception.take(event, data)

    def session_begun(self) -> None:
        """A new session: what came before it and was not received will not come."""
        self._catch_up.begin()
        self._look(lambda: self._catch_up.look_at_direct(self._bring))

    def session_paused(self) -> None:
        """Nothing comes for now."""
        self._catch_up.paused()

    def guild_seen(self, guild: discord.Guild) -> None:
        """A server with its channels and threads is known."""
        self._check(guild)
        places = list(newest_messages(guild))
        self._look(lambda: self._catch_up.look(str(guild.id), places, self._bring))

    def _look(self, look: Callable[[], Awaitable[None]]) -> None:
        self._tasks.create_task(guarded(look, "looking for what was missed"))

    def _bring(self, message: Fields, is_late: bool) -> None:
        self._reception.take("MESSAGE_CREATE", message, was_missed=True, is_late=is_late)

    def _check(self, guild: discord.Guild) -> None:
        if guild.me is None:
            return
        lacking = missing(guild.me.guild_permissions.value)
        if lacking:
            needs = "; ".join(f"{each.name} ({each.reason})" for each in lacking)
            self._oddities.note(f"the server {guild.id} does not give the bot: {needs}")
