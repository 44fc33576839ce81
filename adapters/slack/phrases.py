"""What people read that only Slack needs; all else is in `bot.phrases`."""

from __future__ import annotations

WORKING = "Working on it…"
"""Stands where a reply will be."""

NO_ANSWER = "There was no answer."
"""A reply that ended without a word."""

STOP = "Stop"
"""The button that ends a reply, where Slack shows none of its own."""

RETRY = "Retry"
"""The button under a message that could not be kept."""

NOT_DONE = "That did not work because of an error on my side: please try again."
"""A command or a press that failed in a way that nobody foresaw."""
