"""The text of one message of the model, told once however often the runtime asks for it."""

from __future__ import annotations


class Answer:
    """Follows the pieces of a message, so that a second attempt at it is not told twice.

    When a connection breaks in mid-answer the runtime asks the model again, and the message
    begins anew under another id. What was told already cannot be taken back: of the new
    attempt only what goes beyond it is told, as long as both say the same. When they differ
    no more is told until the message is whole.
    """

    def __init__(self) -> None:
        self._message_id = ""
        self._pieces: list[str] = []
        self._told_before = ""
        self._differs = False

    @property
    def is_begun(self) -> bool:
        """Whether something was told that is not whole yet."""
        return bool(self._pieces or self._told_before)

    def add(self, message_id: str, piece: str) -> str:
        """Take the next piece.

        Args:
            message_id: the attempt that it belongs to.
            piece: the text.

        Returns:
            What to tell of it; may be empty.
        """
        if message_id != self._message_id:
            self._begin(message_id)
        self._pieces.append(piece)
        if not self._told_before:
            return piece
        if self._differs:
            return ""
        said, told = "".join(self._pieces), self._told_before
        if not (told.startswith(said) or said.startswith(told)):
            self._differs = True
            return ""
        if len(said) <= len(told):
            return ""
        self._told_before = ""
        return said[len(told) :]

    def end(self) -> None:
        """The message is whole."""
        self._message_id = ""
        self._pieces = []
        self._told_before = ""
        self._differs = False

    def _begin(self, message_id: str) -> None:
        self._told_before = self._told_before or "".join(self._pieces)
        self._message_id = message_id
        self._pieces = []
        self._differs = False
