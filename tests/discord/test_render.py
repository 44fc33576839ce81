"""What people see of replies and posts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord.buttons import buttons_of, carried
from adapters.discord.keys import direct_key, packed, thread_key, unpacked
from adapters.discord.markup import one_line, readable
from adapters.discord.render import LONGEST, TEXT_LIMIT, Content, render
from adapters.discord.thread_names import thread_name
from bot import splitting
from bot.characters import whole_characters
from bot.keys import SessionKey
from bot.messages import Button
from bot.ports import ToolLine, ToolState
from tests.discord.payloads import ME

KEY = thread_key(
    guild="1100000000000000001", channel="1200000000000000002", thread="1300000000000000003"
)
TOOL = ToolLine(id="1", title="create /desk/a_b.md", state=ToolState.RUNNING)


def test_tools_and_footer_are_small() -> None:
    """Tools stand above the text, notice and footer below it."""
    content = Content(
        text="Done **well**.",
        tools=(TOOL, replace(TOOL, id="2", state=ToolState.FAILED, detail="no space")),
        notice="It failed.",
        footer="gpt-5 · 1.2 s",
    )
    assert render(content, KEY).content.split("\n") == [
        "-# … create /desk/a\\_b.md",
        "-# ✗ create /desk/a\\_b.md — no space",
        "Done **well**.",
        "",
        "It failed.",
        "-# gpt-5 · 1.2 s",
    ]


def test_nobody_is_ever_notified() -> None:
    """Whatever the model writes, no mention in it notifies anybody."""
    body = render(Content(text="@everyone <@1> <@&2>"), KEY).body()
    assert body["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert body["content"] == "@everyone <@1> <@&2>"


def test_discord_counts_characters_as_python_does() -> None:
    """2,000 code points fit, each of them two code units long: nothing is cut that need not be."""
    text = "🦞" * LONGEST
    assert render(Content(text=text), KEY).content == text
    assert len(render(Content(text=text + "x"), KEY).content) == LONGEST


@pytest.mark.parametrize("size", [TEXT_LIMIT, LONGEST - 3, LONGEST])
def test_no_message_is_too_long(size: int) -> None:
    """What does not fit gives way: tools first, then the footer, then the notice."""
    content = Content(
        text="x" * size,
        tools=tuple(replace(TOOL, id=str(number), title="t" * 200) for number in range(30)),
        notice="n" * 900,
        footer="f" * 300,
    )
    rendered = render(content, KEY)
    assert len(rendered.content) <= LONGEST
    assert "x" * size in rendered.content


def test_many_tools_are_a_count_and_the_newest() -> None:
    """Of many tools three are named; the others are counted, and those of them that failed."""
    tools = tuple(replace(TOOL, id=str(n), title=f"step {n}") for n in range(40))
    done = [replace(tool, state=ToolState.DONE) for tool in tools[:-1]]
    done[3] = replace(done[3], state=ToolState.FAILED)
    lines = render(Content(text="text", tools=(*done, tools[-1])), KEY).content.split("\n")
    assert lines == [
        "-# ✓ 37 steps, 1 of them failed",
        "-# ✓ step 37",
        "-# ✓ step 38",
        "-# … step 39",
        "text",
    ]


def test_tools_give_way_to_the_text() -> None:
    """Where a message has little room left, fewer tools are named, and all are counted."""
    tools = tuple(replace(TOOL, id=str(n), title="t" * 140) for n in range(9))
    lines = render(Content(text="x" * (LONGEST - 200), tools=tools), KEY).content.split("\n")
    assert lines[:-1] == ["-# … 8 steps", f"-# … {'t' * 140}"]
    lines = render(Content(text="x" * (LONGEST - 50), tools=tools), KEY).content.split("\n")
    assert lines[:-1] == ["-# … 9 steps"]


def test_what_the_model_thinks_is_small() -> None:
    """Of the reasoning the newest is shown, in a few lines of small text above all else."""
    thought = "**Looking** at it.\n\n" + "So many words. " * 40 + "The end."
    first, *rest = render(Content(text="text", thought=thought, tools=(TOOL,)), KEY).content.split(
        "\n"
    )
    assert first.startswith("-# 💭 …")
    assert first.endswith("So many words. The end.")
    assert len(first) <= 310
    assert rest[-1] == "text"


def test_halves_of_characters_are_not_sent() -> None:
    """A pair of surrogates is one character; half of one cannot be sent and is marked."""
    assert whole_characters("a\ud83e\udd9eb") == "a🦞b"
    assert whole_characters("a\ud83e") == "a\ufffd"
    render(Content(text="\udd9e", whole="\ud83e"), KEY).content.encode()


def test_a_cut_is_between_characters() -> None:
    """Splitting and cutting never leave half a character."""
    for part in splitting.split("🦞 " * 3_000, TEXT_LIMIT):
        assert whole_characters(render(Content(text=part), KEY).content) == part.strip()


def test_a_reply_without_a_word_says_so() -> None:
    """Discord refuses an empty message."""
    assert render(Content(), KEY).content


# --- buttons ----------------------------------------------------------------------------------


def test_a_button_fits_and_comes_back() -> None:
    """An id of 64 bits in each place, a question's id and a number fit into 100 characters."""
    longest = thread_key(guild=str(2**64 - 1), channel=str(2**64 - 1), thread=str(2**64 - 1))
    button = Button(action="answer", value=f"{'a' * 32} 24", label="Yes")
    [row] = render(Content(text="?", buttons=(button,)), longest).components
    custom_id = row["components"][0]["custom_id"]
    assert len(custom_id) <= 100
    found = carried(custom_id)
    assert found is not None
    assert (found.action, found.value, found.key) == ("answer", button.value, longest)


@pytest.mark.parametrize("key", [KEY, direct_key("5"), thread_key(guild="1", channel="2")])
def test_a_key_comes_back_from_a_button(key: SessionKey) -> None:
    """Packing a key and unpacking it gives the key."""
    assert unpacked(packed(key)) == key


@pytest.mark.parametrize("text", ["", "1.2", "..", "1.-.3", "zzzzzzzzzzz.1.1", "1.1.1.1", "é.1.1"])
def test_what_is_no_key_is_none(text: str) -> None:
    """Another program's id never reads as a key."""
    assert unpacked(text) is None


def test_a_key_of_another_platform_is_not_packed() -> None:
    """A button that would not come back is left out."""
    slack = SessionKey(platform="slack", workspace="T1", channel="C1", thread="1.2")
    assert packed(slack) == ""
    button = Button(action="reset", value="", label="Reset", key=slack)
    assert render(Content(text="?", buttons=(button,)), KEY).components == []


def test_twenty_five_buttons_stand_in_five_rows() -> None:
    """More than that is left out; labels are cut, and an equal button stands there once."""
    buttons = [Button(action="answer", value=f"q {n}", label="L" * 200) for n in range(30)]
    rows = render(Content(text="?", buttons=(*buttons, *buttons)), KEY).components
    assert [len(row["components"]) for row in rows] == [5, 5, 5, 5, 5]
    assert len(rows[0]["components"][0]["label"]) == 80


def test_the_buttons_of_a_message_are_read() -> None:
    """A message of ours says by its buttons what it is; others' buttons say nothing."""
    stop = Button(action="stop", value="7", label="Stop")
    rows = render(Content(text="?", buttons=(stop,)), KEY).components
    rows[0]["components"].append({"type": 2, "custom_id": "other"})
    assert [button.value for button in buttons_of({"components": rows})] == ["7"]
    assert list(buttons_of({"components": [None, {"components": 7}]})) == []


# --- names and text ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("what is a mutex?", "what is a mutex?"),
        ("  two\nlines  here ", "two lines here"),
        ("ask <@1> in <#2>: @everyone", "ask in : everyone"),
        ("## **Bold** `code` snake_case", "Bold code snake_case"),
        ("```python\nx = 1\n```", "x = 1"),
        ("", "Conversation with Copilot"),
        ("<@1>", "Conversation with Copilot"),
        ("x" * 150, "x" * 99 + "…"),
        ("🦞" * 150, "🦞" * 99 + "…"),
    ],
)
def test_a_thread_is_named_after_what_was_said(said: str, name: str) -> None:
    """One line of at most 100 characters that mentions nobody."""
    assert thread_name(said) == name


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<@900> hi", "hi"),
        ("hi <@!900>, you", "hi, you"),
        ("<:wave:1> <a:dance:2>", ":wave: :dance:"),
        ("at <t:1767225600:F>", "at 2026-01-01 00:00 UTC"),
        ("at <t:99999999999999:F>", "at <t:99999999999999:F>"),
        ("use </copilot reset:5>", "use /copilot reset"),
        ("if a <b> c && d", "if a <b> c && d"),
        ("<https://example.org>", "<https://example.org>"),
        ("  spaced \n", "spaced"),
    ],
)
def test_markup_is_read_as_people_read_it(content: str, text: str) -> None:
    """Emoji, times and commands are words; all else stays as it was written."""
    assert readable(content, names={}, without=frozenset({ME.user})) == text


def test_an_oversized_message_is_cut_and_says_so() -> None:
    """More than any message can have is not passed on."""
    text = readable("x" * 9_000, names={}, without=frozenset())
    assert text.endswith("[The message was cut here: it had 9000 characters.]")
    assert len(text) < 8_100


def test_one_line_is_one_line() -> None:
    """Any white space is one space."""
    assert one_line("a\n\tb   c", 10) == "a b c"
    assert one_line("abcdef", 4) == "abc…"
