"""What Slack sends, as Markdown that people and models read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.emoji_names import character, of_code_points, spelled
from adapters.slack.known import Known, Wanted, mentions, people_in, wanted_by
from adapters.slack.mrkdwn import escaped, readable
from adapters.slack.words import LONGEST, OUR_FILES, our_text, said_in
from playground.slack.rich_text import blocks_of

KNOWN = Known(people={"UANN": "Ann Archer"}, channels={"C1": "general"}, groups={"S1": "admins"})


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("<@UBOT> hi", "hi"),
        ("hi <@UBOT>", "hi"),
        ("hey <@UBOT> do it", "hey do it"),
        ("<@UBOT>\nfirst\nsecond", "first\nsecond"),
        ("<@UBOT|copilot>: hi", ": hi"),
        ("<@UBOT>", ""),
        ("*<@UBOT> hi*", "**hi**"),
        ("ask <@UANN>", "ask @Ann Archer"),
        ("ask <@UNEW>", "ask @UNEW"),
        ("ask <@UNEW|newton>", "ask @newton"),
        ("see <#C123|random>, <#C1>, <#C1|> and <#C9>", "see #random, #general, #general and #C9"),
        ("<!here> <!subteam^S9|@ops> <!subteam^S1> <!subteam^S2>", "@here @ops @admins @S2"),
        ("on <!date^1392734382^{date}^https://x.com|Feb 18, 2014>", "on Feb 18, 2014"),
        ("<https://example.com/a?b&amp;c>", "https://example.com/a?b&c"),
        ("<https://example.com|the page>", "[the page](https://example.com)"),
        ("<https://example.com/a(b)|it>", "[it](<https://example.com/a(b)>)"),
        ("<https://example.com|example.com>", "https://example.com"),
        ("<mailto:a@example.com|a@example.com>", "a@example.com"),
        ("<mailto:a@example.com|Ann>", "[Ann](mailto:a@example.com)"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("if a &lt; b", "if a < b"),
        ("<>", "<>"),
        ("*bold*, _italic_ and ~gone~", "**bold**, _italic_ and ~~gone~~"),
        ("*a _b_ ~c~*", "**a _b_ ~~c~~**"),
        ("2 * 3 * 4 and a*b*c", "2 * 3 * 4 and a*b*c"),
        ("`*no* &lt;b&gt; <https://x.org>`", "`*no* <b> https://x.org`"),
        ("look: ```x &lt; *y*\n  z``` so", "look: \n```\nx < *y*\n  z\n```\n so"),
        ("```\n<https://x.org|x.org>\n```", "```\nx.org\n```"),
        ("&gt; quoted\n&gt;twice\nnot", "> quoted\n> twice\nnot"),
        ("• one\n    ◦ two", "- one\n    - two"),
        (":wave: :+1::skin-tone-3: :our_own: 10:30:45", "👋 👍🏼 :our_own: 10:30:45"),
        (":flag-de: :woman-shrugging: :female-technologist:", "🇩🇪 🤷‍♀️ 👩‍💻"),
    ],
)  # fmt: skip
def test_markup_becomes_markdown(said: str, read: str) -> None:
    """Mentions, links, styles, dates and emoji read as people see them; our own mention is out."""
    assert readable(said, KNOWN, bot_user="UBOT") == read


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    """A line of rich text."""
    return {"type": "rich_text_section", "elements": list(elements)}


def plain(text: str, **style: bool) -> dict[str, Any]:
    """A piece of text in a style."""
    return {"type": "text", "text": text, **({"style": style} if style else {})}


RICH: list[tuple[list[dict[str, Any]], str]] = [
    (
        [section({"type": "user", "user_id": "UBOT"}, plain(" what is "), plain("x", code=True))],
        "what is `x`",
    ),
    ([section(plain("a "), plain("bold ", bold=True), plain("b"))], "a **bold** b"),
    ([section(plain("all", bold=True, italic=True, strike=True))], "***~~all~~***"),
    ([section(plain("one\ntwo", bold=True))], "**one**\n**two**"),
    ([section(plain("a ` b", code=True))], "``a ` b``"),
    ([section(plain("*not bold*"))], "*not bold*"),
    (
        [
            section(
                {"type": "user", "user_id": "UANN"},
                plain(" "),
                {"type": "channel", "channel_id": "C1"},
                plain(" "),
                {"type": "usergroup", "usergroup_id": "S1"},
                plain(" "),
                {"type": "broadcast", "range": "here"},
                plain(" "),
                {"type": "color", "value": "#fff"},
            )
        ],
        "@Ann Archer #general @admins @here #fff",
    ),
    (
        [
            section(
                {"type": "emoji", "name": "wave", "unicode": "1f44b-1f3fc", "skin_tone": 3},
                {"type": "emoji", "name": "our_own"},
                {"type": "emoji", "name": "tada"},
            )
        ],
        "👋🏼:our_own:🎉",
    ),
    (
        [
            section(
                {"type": "link", "url": "https://x.org"},
                plain(" "),
                {"type": "link", "url": "https://x.org", "text": "x", "style": {"bold": True}},
            )
        ],
        "https://x.org **[x](https://x.org)**",
    ),
    (
        [section({"type": "date", "timestamp": 0, "format": "{date}"})],
        "1970-01-01 00:00 UTC",
    ),
    (
        [
            section(plain("Steps:\n")),
            {
                "type": "rich_text_list",
                "style": "ordered",
                "indent": 0,
                "elements": [section(plain("one")), section(plain("two\nlines"))],
            },
            {
                "type": "rich_text_list",
                "style": "bullet",
                "indent": 1,
                "elements": [section(plain("inner"))],
            },
            {
                "type": "rich_text_list",
                "style": "ordered",
                "indent": 0,
                "offset": 2,
                "elements": [section(plain("three"))],
            },
            section(plain("Done.")),
        ],
        "Steps:\n1. one\n2. two\n    lines\n    - inner\n3. three\n\nDone.",
    ),
    (
        [
            {"type": "rich_text_quote", "elements": [plain("to be\n\nor not")]},
            section(plain("Why?")),
            {"type": "rich_text_preformatted", "elements": [plain("x = '```'\n")]},
        ],
        "> to be\n>\n> or not\n\nWhy?\n````\nx = '```'\n````",
    ),
]


@pytest.mark.parametrize(("elements", "read"), RICH)
def test_rich_text_becomes_markdown(elements: list[dict[str, Any]], read: str) -> None:
    """What people write in Slack's editor keeps its styles, lists, quotes and code."""
    message = {"text": "is lossy", "blocks": [{"type": "rich_text", "elements": elements}]}
    assert said_in(message, KNOWN, bot_user="UBOT") == read


def test_blocks_of_apps_are_read() -> None:
    """A message of another app says what its blocks show; buttons say nothing."""
    message = {
        "text": "This content can't be displayed.",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Build :tada:"}},
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": "*Passed* for <@UANN>"},
                "fields": [{"type": "mrkdwn", "text": "*Branch*\nmain"}],
            },
            {"type": "divider"},
            {
                "type": "context",
                "elements": [
                    {"type": "image", "image_url": "https://x.org/i.png", "alt_text": "icon"},
                    {"type": "plain_text", "text": "in 3 s"},
                ],
            },
            {"type": "image", "image_url": "https://x.org/g.png", "alt_text": "graph"},
            {"type": "markdown", "text": "1. as it *is*"},
            {
                "type": "table",
                "rows": [
                    [{"type": "raw_text", "text": "a|b"}, {"type": "raw_text", "text": "c"}],
                    [{"type": "rich_text", "elements": [section(plain("d", bold=True))]}],
                ],
            },
            {"type": "actions", "elements": [{"type": "button", "text": {"text": "Open"}}]},
            {"type": "new_thing", "text": {"type": "mrkdwn", "text": "_new_"}},
        ],
    }
    assert said_in(message, KNOWN) == (
        "### Build 🎉\n\n**Passed** for @Ann Archer\n\n**Branch**\nmain\n\n---\n\n"
        "[icon](https://x.org/i.png) in 3 s\n\n[graph](https://x.org/g.png)\n\n1. as it *is*\n\n"
        "| a\\|b | c |\n| --- | --- |\n| **d** |  |\n\n_new_"
    )


def test_what_hangs_on_a_message_is_quoted() -> None:
    """Shared messages, attachments of apps and previews of links stand below, as quotes."""
    message = {
        "text": "look",
        "attachments": [
            {
                "is_share": True,
                "author_name": "Ben",
                "text": "what *he* said",
                "message_blocks": [
                    {
                        "message": {
                            "blocks": [
                                {"type": "rich_text", "elements": [section(plain("he", bold=True))]}
                            ]
                        }
                    }
                ],
            },
            {
                "title": "Alert",
                "title_link": "https://x.org",
                "fields": [{"title": "CPU", "value": "9"}],
            },
            {"from_url": "https://y.org", "title": "Page", "text": "y" * 900},
            {"fallback": "only this"},
        ],
    }
    said = said_in(message, KNOWN)
    assert said.startswith(
        "look\n\n> Ben:\n> **he**\n\n> [Alert](https://x.org)\n> **CPU** 9\n\n> **Page**\n> yyy"
    )
    assert said.endswith("y…\n\n> only this")
    assert len(said) < 700


def test_a_file_kept_elsewhere_is_a_link() -> None:
    """Of a file that Slack only names, its address is what there is to read."""
    file = {
        "id": "F1",
        "title": "The plan",
        "is_external": True,
        "url_private": "https://docs.example.com/1",
    }
    assert said_in({"text": "see", "files": [file]}, KNOWN) == (
        "see\n\n[The plan](https://docs.example.com/1)"
    )


def test_our_own_words_are_without_their_frame() -> None:
    """Of our own messages the text is read, without tools, buttons, footers and file names."""
    message = {
        "text": "for notifications",
        "blocks": [
            {"type": "plan", "title": "", "tasks": [{"id": "1", "title": "create x"}]},
            {"type": "markdown", "text": "A **lock**."},
            {"type": "section", "block_id": f"{OUR_FILES}abc", "text": {"text": "x.md"}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "gpt-5 · 1 s"}]},
        ],
    }
    assert our_text(message, KNOWN) == "A **lock**."
    assert our_text({"text": "just text"}, KNOWN) == "just text"


def test_a_message_too_long_is_cut_with_a_note() -> None:
    """Only so much of a message is passed on, and it says so."""
    read = said_in({"text": "x" * (LONGEST + 5)}, KNOWN)
    assert read.startswith("x" * LONGEST)
    assert read.endswith("[The message was cut here: it had 40005 characters.]")


def test_ids_are_found() -> None:
    """Whom and what a message names is known by id, wherever it stands."""
    assert people_in("<@U1> and <@W2|x> but not <#C1>") == {"U1", "W2"}
    assert mentions({"text": "<@UBOT|copilot> hi"}, "UBOT")
    assert not mentions({"text": "hi"}, "")
    message = {
        "user": "U1",
        "text": "<@U2> <#C2|named> <#C3> <!subteam^S3>",
        "blocks": [
            {
                "type": "rich_text",
                "elements": [section({"type": "user", "user_id": "U4"})],
            },
            {"type": "section", "text": {"type": "mrkdwn", "text": "<@U5>"}},
        ],
        "attachments": [{"text": "<@U6>"}],
        "files": [{"id": "F1", "file_access": "check_file_info"}, {"id": "F2"}],
    }
    wanted = Wanted(
        people=frozenset({"U1", "U2", "U4", "U5", "U6"}),
        channels=frozenset({"C3"}),
        groups=frozenset({"S3"}),
        files=frozenset({"F1"}),
    )
    assert wanted_by(message) == wanted
    assert wanted_by({"event": {"message": message}}) == wanted


def test_a_name_beside_an_id_is_used() -> None:
    """Where blocks give an id only, the text may give the name."""
    blocks = [
        {
            "type": "rich_text",
            "elements": [section({"type": "channel", "channel_id": "C7"})],
        }
    ]
    assert said_in({"text": "<#C7|announcements>", "blocks": blocks}, KNOWN) == "#announcements"


def test_emoji() -> None:
    """Names of emoji are spelled where they are known, with the colour of the skin."""
    assert spelled("no colon") == "no colon"
    assert character("man-running", "5") == "🏃🏾‍♂️"
    assert character("nothing_of_the_sort") == ""
    assert of_code_points("1f1e9-1f1ea") == "🇩🇪"
    assert of_code_points("nonsense") == ""
    assert of_code_points("ffffffffff") == ""


TYPED = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\ue000\r")
    | st.sampled_from("*_~`<>&:-\n ")
)


@given(text=TYPED)
def test_plain_words_stay(text: str) -> None:
    """What is no markup of Slack's reads as it was typed, by its text and by its blocks."""
    inert = "".join(each for each in text if each not in "*~`:•◦▪‣\n>\u2028\x85").strip()
    assert readable(escaped(inert), KNOWN) == inert


@given(text=TYPED)
def test_any_markup_is_read(text: str) -> None:
    """Whatever is sent is read, and twice the same."""
    message = {"text": text, "blocks": blocks_of(text)}
    assert said_in(message, KNOWN, bot_user="UBOT") == said_in(message, KNOWN, bot_user="UBOT")
    readable(text, KNOWN, bot_user="UBOT")
