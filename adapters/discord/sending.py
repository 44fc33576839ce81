"""Puts files into conversations, in as few messages as Discord takes.

A message is named after the sendings of its files: for some minutes Discord creates no second one
by that name (https://docs.discord.com/developers/resources/message#create-message). So what was cut
off and is sent again is there once.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from hashlib import blake2s

import discord

from adapters.discord import phrases
from adapters.discord.calls import NOT_PERMITTED, Calls, translated
from adapters.discord.fields import snowflake
from adapters.discord.homes import Homes
from adapters.discord.uploads import batches, upload
from adapters.fields import Fields
from bot.errors import ChatRefused, FileTooLarge
from bot.keys import SessionKey
from bot.messages import OutgoingFile


class Sending:
    """Sends files.

    Args:
        calls: the REST API.
        homes: where conversations live.
    """

    def __init__(self, calls: Calls, homes: Homes) -> None:
        self._calls = calls
        self._homes = homes

    async def send(self, key: SessionKey, files: Sequence[OutgoingFile]) -> str:
        """Put files into a conversation; returns the id of the first message.

        Raises:
            FileTooLarge: one is larger than Discord takes there; none is sent.
            ChatError: they could not be sent.
        """
        largest = self._homes.largest_file(key)
        for file in files:
            if len(file.content) > largest:
                raise FileTooLarge(phrases.file_too_large(file.name, largest))
        sent = [await self._send(key, batch) for batch in batches(files)]
        if not sent:
            raise ChatRefused(phrases.NO_FILES)
        return snowflake(sent[0], "id")

    async def _send(self, key: SessionKey, files: Sequence[OutgoingFile]) -> Fields:
        uploads = [upload(file) for file in files]
        nonce = _nonce(key, files)
        with translated("sending files"):
            home = await self._homes.home(key)
            try:
                return await self._homes.in_open(
                    home,
                    lambda: self._calls.post_files(
                        home.channel, uploads, nonce=nonce, reply_to=home.reply_to
                    ),
                )
            except discord.Forbidden as error:
                if error.code != NOT_PERMITTED:
                    raise
                raise ChatRefused(phrases.FILES_NOT_PERMITTED) from error


def _nonce(key: SessionKey, files: Sequence[OutgoingFile]) -> str:
    """What names a message: the same when it is sent again, if all its files have a name."""
    names = [file.nonce for file in files]
    if not all(names):
        return secrets.token_hex(12)
    return blake2s("/".join([str(key), *names]).encode(), digest_size=12).hexdigest()
