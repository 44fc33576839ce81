"""A request's body while it is checked: Discord names everything that is wrong at once.

https://discord.com/developers/docs/reference#error-messages
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from playground.discord.errors import DiscordError
from playground.discord.snowflakes import is_snowflake
from playground.payload import Payload

Path = tuple[str | int, ...]


class Form:
    """Reads fields and collects what is wrong with them.

    Args:
        body: the object that was sent.
        at: where it stands in the whole body.
        errors: the tree that errors are put into, for a form inside a form.
    """

    def __init__(
        self, body: Mapping[str, Any], at: Path = (), errors: Payload | None = None
    ) -> None:
        self.body = body
        self._at = at
        self._errors: Payload = {} if errors is None else errors

    def __contains__(self, name: str) -> bool:
        return name in self.body

    def part(self, body: Mapping[str, Any], *at: str | int) -> "Form":
        """Return the form of an object inside this one, with the same errors.

        Args:
            body: the object.
            at: the way to it.
        """
        return Form(body, self._at + at, self._errors)

    def wrong(self, at: str | int | Path, code: str, message: str) -> None:
        """Note that something is wrong.

        Args:
            at: the field.
            code: Discord's code for it.
            message: Discord's words for it.
        """
        node = self._errors
        for step in self._at + (at if isinstance(at, tuple) else (at,)):
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def check(self) -> None:
        """Refuse the call where anything was wrong.

        Raises:
            DiscordError: 50035, Invalid Form Body.
        """
        if self._errors:
            raise DiscordError(400, 50035, "Invalid Form Body", errors=self._errors)

    def text(
        self,
        name: str,
        *,
        at_most: int,
        at_least: int = 0,
        required: bool = False,
        pattern: re.Pattern[str] | None = None,
    ) -> str | None:
        """Read a string.

        Args:
            name: the field.
            at_most: the greatest length.
            at_least: the smallest length.
            required: whether it must be there.
            pattern: what it must look like.
        """
        value = self.body.get(name)
        if value is None:
            if required:
                self.required(name)
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.wrong(name, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
            return None
        if not value and required and at_least:
            self.required(name)
        elif at_least and not at_least <= len(value) <= at_most:
            self.wrong(
                name,
                "BASE_TYPE_BAD_LENGTH",
                f"Must be between {at_least} and {at_most} in length.",
            )
        elif len(value) > at_most:
            self.wrong(name, "BASE_TYPE_MAX_LENGTH", f"Must be {at_most} or fewer in length.")
        elif pattern is not None and not pattern.fullmatch(value):
            self.wrong(name, "STRING_TYPE_REGEX", "String value did not match validation regex.")
        return value

    def number(
        self, name: str, *, at_least: int = 0, at_most: int = 2**53, default: int = 0
    ) -> int:
        """Read a whole number, also one that is written as a string.

        Args:
            name: the field.
            at_least: the smallest value.
            at_most: the greatest value.
            default: the value where the field is missing.
        """
        value = self.body.get(name)
        if value is None:
            return default
        try:
            number = int(value)
        except (TypeError, ValueError):
            self.wrong(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return default
        if number < at_least:
            self.wrong(
                name,
                "NUMBER_TYPE_MIN",
                f"int value should be greater than or equal to {at_least}.",
            )
        elif number > at_most:
            self.wrong(
                name, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {at_most}."
            )
        return number

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Read a boolean."""
        value = self.body.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
            return default
        return value

    def choice(self, name: str, among: Iterable[int], *, default: int | None = None) -> int | None:
        """Read a number that is one of a few."""
        value = self.body.get(name)
        if value is None:
            return default
        allowed = tuple(among)
        if isinstance(value, bool) or value not in allowed:
            listed = ", ".join(str(one) for one in allowed)
            self.wrong(name, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")
            return default
        return int(value)

    def snowflake(self, name: str, *, required: bool = False) -> str | None:
        """Read an id, a number or digits."""
        value = self.body.get(name)
        if value is None:
            if required:
                self.required(name)
            return None
        if not is_snowflake(value):
            self.wrong(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
            return None
        return str(value)

    def snowflakes(self, name: str, *, at_most: int) -> list[str] | None:
        """Read a list of ids."""
        found = []
        for index, value in enumerate(self.items(name, at_most=at_most, of=object)):
            if is_snowflake(value):
                found.append(str(value))
            else:
                self.wrong(
                    (name, index), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.'
                )
        return found if self.body.get(name) is not None else None

    def items(self, name: str, *, at_most: int, of: type = dict) -> Sequence[Any]:
        """Read a list, of objects unless told.

        Args:
            name: the field.
            at_most: the greatest number of entries.
            of: what each entry must be.
        """
        value = self.body.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.wrong(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return ()
        if len(value) > at_most:
            self.wrong(name, "BASE_TYPE_MAX_LENGTH", f"Must be {at_most} or fewer in length.")
        for index, one in enumerate(value):
            if not isinstance(one, of):
                self.wrong(
                    (name, index),
                    "MODEL_TYPE_CONVERT",
                    "Only dictionaries may be used in a ModelType",
                )
        return [one for one in value if isinstance(one, of)]

    def required(self, name: str | int | Path) -> None:
        """Note that a field is missing."""
        self.wrong(name, "BASE_TYPE_REQUIRED", "This field is required")
