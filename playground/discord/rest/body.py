"""Reads a request's body: JSON, or a form with ``payload_json`` and files.

https://discord.com/developers/docs/reference#uploading-files
"""

import json
import re
from typing import Any

from aiohttp import web

from playground.discord.attachments import Upload
from playground.discord.errors import DiscordError

_FILE = re.compile(r"files?\[(\d{1,3})\]|file")
_DEEPEST_NUMBER = 100


async def read_body(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """Return what was sent: the JSON and the files by number.

    Args:
        request: the request.

    Raises:
        DiscordError: the body is not JSON.
    """
    if not request.can_read_body:
        return {}, {}
    if request.content_type == "multipart/form-data":
        return await _read_form(request)
    content = await request.read()
    if not content:
        return {}, {}
    return _parsed(content), {}


async def _read_form(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    payload: Any = {}
    uploads: dict[int, Upload] = {}
    for name, field in (await request.post()).items():
        if name == "payload_json":
            text = field.file.read() if isinstance(field, web.FileField) else field
            payload = _parsed(text)
        elif isinstance(field, web.FileField):
            match = _FILE.fullmatch(name)
            number = int(match[1]) if match and match[1] else len(uploads)
            uploads[min(number, _DEEPEST_NUMBER)] = Upload(
                filename=field.filename,
                content=field.file.read(),
                content_type=field.content_type,
            )
        elif isinstance(payload, dict):
            payload.setdefault(name, field)
    return payload, uploads


def _parsed(text: str | bytes | bytearray) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise DiscordError(400, 50109, "The request body contains invalid JSON.") from None
