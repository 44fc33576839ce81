"""What docs/reliability.md says is shown by tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tests_that_are_named_are_there() -> None:
    """Each test file that the tables name is there, with the test of that name in it."""
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)((?:::\w+)*)`", text)
    assert len(named) > 30
    for path, within in named:
        source = (ROOT / path).read_text("utf-8")
        for name in filter(None, within.split("::")):
            assert re.search(rf"^\s*(async def|def|class) {name}\b", source, re.MULTILINE), name
