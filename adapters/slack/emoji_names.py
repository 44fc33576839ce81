"""What Slack's emoji names stand for: `:wave::skin-tone-3:` is 👋🏼; custom ones keep their name.

Slack's names are those of iamcal/emoji-data; most of them are aliases that the library knows.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SHORTCODE = re.compile(r":([a-z0-9_+'-]{1,80}):(?::skin-tone-([2-6]):)?")
_REGION = re.compile(r"flag-([a-z])([a-z])")
_REGIONAL_A = 0x1F1E6
_TONE = 0x1F3FB - 2
_VARIATION = "\ufe0f"


def spelled(text: str) -> str:
    """The text with every name of an emoji that is known made the emoji.

    Args:
        text: with names between colons.
    """
    if ":" not in text:
        return text
    return _SHORTCODE.sub(lambda found: character(found[1], found[2] or "") or found[0], text)


def character(name: str, tone: str = "") -> str:
    """The emoji of a name; empty where it is none that is known.

    Args:
        name: without its colons.
        tone: of the skin, `2` to `6`; empty for none.
    """
    found = _known(name)
    if not found or not tone:
        return found
    # The modifier stands behind the person, in front of what the person does or holds.
    return f"{found[0]}{chr(_TONE + int(tone))}{found[1:].removeprefix(_VARIATION)}"


def of_code_points(code_points: str) -> str:
    """The emoji that a rich text element spells, such as `1f44b-1f3fc`; empty where it does not.

    Args:
        code_points: in hexadecimal, joined by dashes.
    """
    try:
        return "".join(chr(int(each, 16)) for each in code_points.split("-") if code_points)
    except (ValueError, OverflowError):
        return ""


@lru_cache(maxsize=1_000)
def _known(name: str) -> str:
    if region := _REGION.fullmatch(name):
        return "".join(chr(_REGIONAL_A + ord(letter) - ord("a")) for letter in region.groups())
    import emoji  # 8 MB of tables, for messages without blocks that say what they mean

    plain = name.replace("-", "_")
    for alias in (name, plain, _of_person(plain)):
        written = f":{alias}:"
        if (found := emoji.emojize(written, language="alias")) != written:
            return found
    return ""


def _of_person(name: str) -> str:
    who, _, what = name.partition("_")
    return f"{ {'female': 'woman', 'male': 'man'}.get(who, who) }_{what}"
