"""What a person typed, as Discord sends it on: with ids for names."""

import re
from collections.abc import Mapping

_TYPED = re.compile(r"(?P<url>https?://\S+)|(?P<code>`[^`]*`)|(?P<sign>[@#])(?P<name>[\w.-]+)")


def encode(
    typed: str, users: Mapping[str, str], roles: Mapping[str, str], channels: Mapping[str, str]
) -> str:
    """Turn the names in a text into ``<@id>``, ``<@&id>`` and ``<#id>``.

    Args:
        typed: the text as the person sees it.
        users: ids by user name.
        roles: ids by role name.
        channels: ids by channel name.
    """

    def reference(match: re.Match[str]) -> str:
        name = match["name"]
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
