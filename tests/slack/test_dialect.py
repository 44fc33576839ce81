"""Standard Markdown as Slack's, which is nearly the same."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.dialect import SlackDialect
from adapters.slack.mentions import JOINER
from bot.answer import GrowingAnswer
from bot.characters import sendable
from bot.splitting import split
from tests.bot.markdown_texts import anything, cuts, endless, markdown, open_fences, seen, with_html
from tests.contracts.dialect import DialectContract

NAMES = {"UANN": "Ann Archer"}
SLACK = SlackDialect(lambda user: NAMES.get(user, user))
CHANNELS = {"gen": "C1", "general": "C2"}
LINKING = SlackDialect(
    lambda _: "", lambda name: f"https://x.y/{CHANNELS[name]}" if name in CHANNELS else ""
)


class TestSlackDialect(DialectContract):
    """Slack's Markdown, which only grows."""

    dialect = SLACK
    limits = (10_800, 1_500)
    appends_only = True
    unsaid = re.compile(r'!\[|href="(?!http)|^<div></div>')


places = st.lists(st.integers(0, 3_000), max_size=20)
_PINGS = re.compile(
    r"<!(?:here|channel|everyone|group|subteam)|<@[A-Z0-9]+[|>]|(?<![\w.@<])@(?:here|channel|everyone)\b",
    re.IGNORECASE,
)
mention = st.sampled_from(
    ["<!here>", "<!channel|channel>", "<!everyone>", "<!subteam^S1|@x>", "<@UANN>", "<@U1|x>",
     "@here", "@channel", "@Everyone", "<!HERE>", "<", "!", "@", "he", "re", ">", "`", "\\", "**"]
)  # fmt: skip
pinging = st.lists(
    st.one_of(
        mention,
        st.sampled_from(
            [
                " ",
                "\n",
                "x",
                "- ",
                "> ",
                "[",
                "](https://x.y)",
                "\n\n| ",
                " |\n|---|\n| ",
                "```\n",
                "[^1]",
                "\n\n[^1]: ",
                "<b>",
                "</b>",
                "<br>",
                "<!-- -->",
                "&lt;",
                "&#64;",
                "# ",
            ]
        ),
    ),
    max_size=90,
).map("".join)


def written(text: str) -> str:
    """A text in Slack's Markdown, as the only message."""
    return "\n\n".join(split(text, 100_000, dialect=SLACK))


@pytest.mark.parametrize(
    "text",
    [
        "# One\n\n#### Four\n\ntext **bold** _it_ ~~s~~ `c`",
        "- [ ] open\n- [x] done\n  1. nested",
        "| a | b |\n|---|--:|\n| 1 | 2 |",
        "a\n\n---\n\n> b\n> > c",
        "[a](https://x.y \"t\") <https://x.y> [b][1]\n\n[1]: https://x.y",
        "```py\nx = '![a](b)' # [^1] <br>\n```",
        "`![a](b) [^1] <br>` and List<int> a < b",
    ],
)  # fmt: skip
def test_what_slack_renders_stays_as_it_is(text: str) -> None:
    """Headings, lists, tasks, tables, rules, links and code are Slack's to render."""
    assert written(text) == text


@pytest.mark.parametrize(
    ("said", "out"),
    [
        ("![a cat](https://x.y/c.png \"t\")", "[a cat](https://x.y/c.png)"),
        ("- see ![](https://x.y/c.png)!", "- see [image](https://x.y/c.png)!"),
        ("> one\n> ![a](data:image/png;base64,AA)", "> one\n> a"),
        ("[![badge](https://x.y/b.svg)](https://x.y)", "[badge](https://x.y)"),
        ("| a |\n|---|\n| ![p](https://p.q)<br>x |", "| a |\n|---|\n| [p](https://p.q) x |"),
        ("a<br>b <kbd>Ctrl</kbd> <!-- no -->c", "a\nb Ctrl c"),
        ("<details><summary>More</summary>\n\ntext\n\n</details>", "More\n\ntext"),
        ("<a href=\"https://q.com\">Q</a> <a name=\"x\"></a>", "Q (<https://q.com>)"),
        ("see[^1]\n\n[^1]: a note", "see[1]\n\n[1] a note"),
        ("ask <@UANN> @here `@here`", f"ask @{JOINER}Ann Archer @{JOINER}here `@here`"),
        ("```\n@channel <!here>\n```", f"```\n@channel <{JOINER}!here>\n```"),
    ],
)  # fmt: skip
def test_what_slack_does_not_render_becomes_what_it_does(said: str, out: str) -> None:
    """Images become links that nobody fetches unasked; HTML and footnotes become text."""
    assert written(said) == out


@pytest.mark.parametrize(
    ("said", "out"),
    [
        ("- ask in #general.", "- ask in [#general](https://x.y/C2)."),
        ("**#gen** and `#gen`", "**[#gen](https://x.y/C1)** and `#gen`"),
        ("| a |\n|---|\n| #gen |", "| a |\n|---|\n| [#gen](https://x.y/C1) |"),
        ("[#gen](https://q.r) <https://q.r/#gen>", "[#gen](https://q.r) <https://q.r/#gen>"),
        ("```\n#gen\n```\n\n# gen\n\n#unknown", "```\n#gen\n```\n\n# gen\n\n#unknown"),
    ],
)
def test_channels_that_are_named_become_links(said: str, out: str) -> None:
    """A known channel's name leads to it, but for code and links."""
    assert "\n\n".join(split(said, 100_000, dialect=LINKING)) == out


naming = st.lists(
    st.sampled_from(["#gen", "eral", "#general", "#", " ", "*", "_", "`", "[", "](", ")", ".", "-",
                     "\n", "x", "1", "é", "&", "\\", "> ", "| "]),
    max_size=25,
).map("".join)  # fmt: skip


@given(text=naming, ends=places)
@settings(max_examples=200)
def test_a_channel_that_was_streamed_is_never_taken_back(text: str, ends: list[int]) -> None:
    """A name is held back until it is whole, so that it does not turn into another one's link."""
    answer = GrowingAnswer(400, LINKING, appends_only=True)
    states = [*map(answer.so_far, cuts(text, ends)), answer.whole(text)]
    for before, after in pairwise(states):
        if before:
            assert after[: len(before) - 1] == before[:-1]
            assert after[len(before) - 1].startswith(before[-1])


@given(text=pinging, ends=places)
@settings(max_examples=200)
def test_nobody_is_ever_notified(text: str, ends: list[int]) -> None:
    """In no spelling, at no moment of a stream, does a text hold a mention that Slack would see."""
    answer = GrowingAnswer(400, SLACK, appends_only=True)
    for parts in [*map(answer.so_far, cuts(text, ends)), answer.whole(text)]:
        for part in parts:
            found = _PINGS.search(part)
            # A bare word is nothing to Slack where it stands in code.
            assert found is None or (found[0][0] == "@" and "`" in part)


@given(text=st.one_of(markdown, endless, with_html))
@settings(max_examples=50)
def test_all_that_was_said_can_be_read(text: str) -> None:
    """What Slack is given shows the same words as the text, in the same order."""
    assert seen(written(text)) == seen(text)


@given(text=st.one_of(markdown, anything, endless, with_html))
@settings(max_examples=100)
def test_writing_it_twice_changes_nothing(text: str) -> None:
    """What is in Slack's Markdown already stays as it is."""
    once = written(text)
    assert written(once) == once


@given(
    text=st.one_of(markdown, anything, endless, with_html, pinging),
    ends=places,
    limit=st.sampled_from([400, 2_000]),
)
@settings(max_examples=120)
def test_what_was_streamed_is_never_taken_back(text: str, ends: list[int], limit: int) -> None:
    """Each state of each message is the beginning of the next one, and none is too long."""
    text = sendable(text)
    answer = GrowingAnswer(limit, SLACK, appends_only=True)
    states = [*map(answer.so_far, cuts(text, ends)), answer.whole(text)]
    for before, after in pairwise(states):
        assert all(len(part) <= limit for part in after)
        assert not any(open_fences(part) for part in after[:-1])
        if before:
            assert after[: len(before) - 1] == before[:-1]
            assert after[len(before) - 1].startswith(before[-1])
    assert states[-1] == split(text, limit, dialect=SLACK, appends_only=True)
