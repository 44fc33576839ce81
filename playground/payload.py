"""JSON as the platforms speak it."""

import json
from typing import Any

Payload = dict[str, Any]
"""A JSON object on its way in or out."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def dump(payload: object) -> str:
    """Return ``payload`` as compact JSON.

    Args:
        payload: anything that JSON can carry.
    """
    return _encode(payload)
