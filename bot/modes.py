"""What becomes of a message that is said while another one is answered."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """How a thread takes what is said during a turn."""

    QUEUE = "queue"
    """It is answered when its turn comes."""

    STEER = "steer"
    """It is brought into the running turn, which goes on with it in mind."""

    INTERRUPT = "interrupt"
    """The running turn is stopped, and the message is answered next."""
