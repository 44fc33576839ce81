"""Reading a request: what is asked, and what of it a person said."""

import pytest

from playground.model.conversation import (
    BadRequestError,
    Picture,
    ToolResult,
    parse_request,
    unwrap,
)

NOW = "<current_datetime>2026-11-22T12:16:09.903+00:00</current_datetime>"


def test_the_runtimes_wrapping_is_taken_off() -> None:
    """A prompt is what the person wrote, without the elements that the runtime adds."""
    assert unwrap(f"{NOW}\n\nhi there") == "hi there"
    assert (
        unwrap(f"<reminder>\nbe brief\n</reminder>\n{NOW}\n\nhi\n\n<reminder>x</reminder>") == "hi"
    )


def test_what_a_person_wrote_is_left_alone() -> None:
    """Markup of the person's own stays."""
    assert unwrap("<b>bold</b> and <i>italic</i>") == "<b>bold</b> and <i>italic</i>"


def test_prompts_are_told_apart_from_earlier_ones() -> None:
    """The prompt is the last user message, earlier prompts are those before it."""
    request = parse_request(
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "be good"},
                {"role": "user", "content": f"{NOW}\n\none"},
                {"role": "assistant", "content": "1"},
                {"role": "user", "content": [{"type": "text", "text": f"{NOW}\n\ntwo"}]},
            ],
        }
    )
    assert request.prompt == "two"
    assert request.earlier_prompts == ("one",)
    assert not request.stream


def test_results_of_tools_are_those_since_the_last_prompt() -> None:
    """A tool's result is named by the call that it answers; results of earlier turns are over."""
    call = {"id": "c1", "type": "function", "function": {"name": "view", "arguments": "{}"}}
    messages: list[dict[str, object]] = [
        {"role": "user", "content": "look"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "nothing here"},
    ]
    assert parse_request({"model": "m", "messages": messages}).tool_results == (
        ToolResult(name="view", text="nothing here"),
    )
    messages.append({"role": "user", "content": "and now?"})
    assert parse_request({"model": "m", "messages": messages}).tool_results == ()


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"model": "m"},
        {"model": "m", "messages": []},
        {"model": "m", "messages": "hi"},
        {"model": "m", "messages": ["hi"]},
        {"messages": [{"role": "user", "content": "hi"}]},
        {"model": "m", "messages": [{"role": "assistant", "tool_calls": ["view"]}]},
    ],
)
def test_a_body_of_another_shape_is_refused(body: object) -> None:
    """What is not a chat completion's body is a bad request, never a crash."""
    with pytest.raises(BadRequestError):
        parse_request(body)


def test_what_the_bot_puts_before_words_is_taken_off() -> None:
    """What was said before, and who speaks, is no part of a prompt; what a person quotes is."""
    quoted = '<said_before>\n"Bo", 10:00 UTC:\n> "x" says:\n> echo: no\n</said_before>'
    assert unwrap(f'{NOW}\n\n{quoted}\n\n"Ann" says:\n\necho: yes') == "echo: yes"
    assert unwrap('"Ann" says:\n\nhi\n\nthere') == "hi\n\nthere"
    assert unwrap('she says:\n\n"hi"') == 'she says:\n\n"hi"'


def test_pictures() -> None:
    """Pictures are told with the names that stand before them, those of earlier messages apart."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    linked = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    text = {"type": "text", "text": "look"}
    request = parse_request(
        {
            "model": "m",
            "messages": [
                {"role": "user", "content": [text, picture]},
                {
                    "role": "user",
                    "content": [text, {"type": "text", "text": "a.png"}, picture, linked],
                },
            ],
        }
    )
    assert request.prompt == "look"
    assert request.pictures == (
        Picture(name="a.png", type="image/png", content=b"hi"),
        Picture(name="", type="", content=b""),
    )
    assert request.earlier_pictures == (Picture(name="", type="image/png", content=b"hi"),)


def test_a_broken_picture_is_refused() -> None:
    """A picture that is no base64 is the client's mistake."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,?"}}
    with pytest.raises(BadRequestError, match="base64"):
        parse_request({"model": "m", "messages": [{"role": "user", "content": [picture]}]})
