"""JSON as Slack speaks it."""

import json
from typing import Any

Payload = dict[str, Any]
"""A JSON object on its way in or out."""


def dump(payload: object) -> str:
    """Return ``payload`` as compact JSON.

    Args:
        payload: anything that JSON can carry.
    """
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
