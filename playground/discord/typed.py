"""What a person typed, as Discord sends it on: with ids for names."""

import re
from collections.abc import Mapping

_TYPED = re.compile(
    r"(?P<url>https?://\S+)|(?P<code>`[^`]*`)|(?P<sign>[@#])(?P<name>[\w.-]+)|:(?P<emoji>\w{2,32}):"
)
_NONE: Mapping[str, str] = {}


def encode(
    typed: str,
    users: Mapping[str, str],
    roles: Mapping[str, str],
    channels: Mapping[str, str],
    emojis: Mapping[str, str] = _NONE,
) -> str:
    """Turn the names in a text into ``<@id>``, ``<@&id>``, ``<#id>`` and ``<:name:id>``.

    Args:
        typed: the text as the person sees it.
        users: ids by user name.
        roles: ids by role name.
        channels: ids by channel name.
        emojis: what is sent for the server's own emoji, by name.
    """

    def reference(match: re.Match[str]) -> str:
        name = match["name"]
        if match["emoji"] is not None:
            return emojis.get(match["emoji"], match[0])
        if name is None:
            return match[0]
        kinds = (("@", users), ("@&", roles)) if match["sign"] == "@" else (("#", channels),)
        for sign, known in kinds:
            # A full stop or a dash behind a name is the sentence's.
            for candidate in (name, name.rstrip(".-")):
                if candidate in known:
                    return f"<{sign}{known[candidate]}>{name[len(candidate) :]}"
        return match[0]

    return _TYPED.sub(reference, typed)
