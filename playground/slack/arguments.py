"""The arguments of a Web API call, however they came: JSON, a form or the query.

https://docs.slack.dev/apis/web-api/#methods-argument-passing
"""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from playground.payload import Payload
from playground.slack.errors import SlackError, missing_field
from playground.slack.timestamps import is_timestamp

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Arguments:
    """Typed access to a call's arguments.

    Args:
        given: the arguments by name.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given

    def text(self, name: str) -> str | None:
        """Return an argument as text, ``None`` where it was not given."""
        value = self.given.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        raise SlackError("invalid_arguments", messages=[f"[ERROR] must be a string: {name}"])

    def need(self, name: str) -> str:
        """Return an argument that must be there.

        Raises:
            SlackError: ``invalid_arguments``.
        """
        value = self.text(name)
        if not value:
            raise missing_field(name)
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return an argument that is true or false."""
        value = self.text(name)
        return default if value is None else value.lower() in ("1", "true", "yes")

    def count(self, name: str, *, default: int, most: int) -> int:
        """Return an argument that is a number from 1 to ``most``."""
        value = self.text(name)
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            raise SlackError("invalid_limit") from None
        if number < 1:
            raise SlackError("invalid_limit")
        return min(number, most)

    def timestamp(self, name: str, code: str = "invalid_thread_ts") -> str | None:
        """Return an argument that is a message timestamp.

        Args:
            name: the argument.
            code: the refusal of one that is not.
        """
        value = self.text(name)
        if not value:
            return None
        if not is_timestamp(value):
            raise SlackError(code, messages=[f"[ERROR] {value} is not a valid {name}"])
        return value

    def items(self, name: str, code: str = "invalid_arguments") -> list[Payload] | None:
        """Return an argument that is a JSON array of objects.

        Args:
            name: the argument.
            code: the refusal of one that is not.
        """
        value = self._json(name, code)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise SlackError(code)
        return value

    def mapping(self, name: str, code: str = "invalid_arguments") -> Payload | None:
        """Return an argument that is a JSON object.

        Args:
            name: the argument.
            code: the refusal of one that is not.
        """
        value = self._json(name, code)
        if value is not None and not isinstance(value, dict):
            raise SlackError(code)
        return value

    def _json(self, name: str, code: str) -> Any:
        value = self.given.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise SlackError(code) from None


async def read_arguments(request: web.Request) -> tuple[Arguments, str | None]:
    """Read a call's arguments and its token.

    Args:
        request: the call.

    Returns:
        The arguments without the token, and the token, ``None`` where there is none.

    Raises:
        SlackError: the body cannot be read.
    """
    given: dict[str, Any] = dict(request.query) if request.query_string else {}
    if request.method == "POST" and request.body_exists:
        given |= await _body(request)
    token = given.pop("token", None)
    header = request.headers.get("Authorization", "")
    if header.startswith("Bearer "):
        token = header[7:].strip()
    return Arguments(given), token or None


async def _body(request: web.Request) -> Mapping[str, Any]:
    if request.content_type == "application/json":
        raw = await request.read()
        if not raw:
            return {}
        try:
            body = json.loads(raw)
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return body
    if request.content_type in _FORMS:
        return dict(await request.post())
    if await request.read():
        raise SlackError("invalid_post_type")
    return {}
