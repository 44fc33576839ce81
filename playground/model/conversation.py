"""The conversation that a chat completion is asked to continue."""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The bot puts what was said before, and who speaks, before a person's words.
_SPEAKER = re.compile(r'(?:\A|.*?\n)"[^"\n]{1,90}"[^"\n]{0,40} says:\n\n', re.DOTALL)
# The Copilot runtime puts such elements before (and sometimes after) what the person wrote.
_WRAPPING = "current_datetime|reminder|system_reminder|system_notification|session_context"
_BEFORE = re.compile(rf"\A\s*<({_WRAPPING})>.*?</\1>\s*", re.DOTALL)
_AFTER = re.compile(rf"\s*<({_WRAPPING})>(?:(?!<\1>).)*?</\1>\s*\Z", re.DOTALL)


class BadRequestError(Exception):
    """The body of a request is not a chat completion's."""


@dataclass(frozen=True, kw_only=True)
class RequestedTool:
    """A tool call in the history: what an earlier answer asked the client to run."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture of a message.

    Args:
        name: What it is called; empty where nobody says.
        type: Its MIME type; empty for one that is only linked.
        content: Its bytes; empty for one that is only linked.
    """

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class ChatMessage:
    """One message of the conversation.

    Args:
        role: `system`, `user`, `assistant` or `tool`.
        text: The text, all parts of it joined; as sent, with the runtime's wrapping.
        pictures: What can be seen in it.
        tool_calls: What an assistant's message asked for.
        call_id: Which call a tool's message answers.
    """

    role: str
    text: str
    pictures: tuple[Picture, ...] = ()
    tool_calls: tuple[RequestedTool, ...] = ()
    call_id: str | None = None

    @property
    def said(self) -> str:
        """The text without what the runtime wraps around it and the bot puts before it."""
        return unwrap(self.text)


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """What came back from a tool that the model called.

    Args:
        name: The tool.
        text: Its result, as the client tells it.
    """

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """One request for a chat completion.

    Args:
        model: The model that is asked.
        messages: The whole conversation, oldest first.
        tools: Names of the tools that may be called.
        stream: Whether the answer is wanted piece by piece.
        include_usage: Whether a stream is to end with the token counts.
        effort: How hard the model is to think; empty where nobody says.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[str, ...] = ()
    stream: bool = False
    include_usage: bool = False
    effort: str = ""

    @property
    def prompt(self) -> str:
        """What a person says in the last user message; "" where there is none."""
        index = self._last_user
        return "" if index is None else self.messages[index].said

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The pictures of the last user message."""
        index = self._last_user
        return () if index is None else self.messages[index].pictures

    @property
    def earlier_pictures(self) -> tuple[Picture, ...]:
        """The pictures of all messages before it, oldest first."""
        return tuple(p for m in self.messages[: self._last_user] for p in m.pictures)

    @property
    def earlier_prompts(self) -> tuple[str, ...]:
        """What the user messages before the last one say, oldest first."""
        return tuple(m.said for m in self.messages[: self._last_user] if m.role == "user")

    @property
    def tool_results(self) -> tuple[ToolResult, ...]:
        """What tools have answered since the last user message, oldest first."""
        since = self.messages[(self._last_user or 0) + 1 :]
        names = {c.call_id: c.name for m in since for c in m.tool_calls}
        return tuple(
            ToolResult(name=names.get(m.call_id or "", "?"), text=m.text)
            for m in since
            if m.role == "tool"
        )

    @property
    def _last_user(self) -> int | None:
        indexes = range(len(self.messages) - 1, -1, -1)
        return next((i for i in indexes if self.messages[i].role == "user"), None)


def unwrap(text: str) -> str:
    """Take off what is put around a person's words: the time, reminders, what was said before."""
    while match := _BEFORE.match(text):
        text = text[match.end() :]
    while match := _AFTER.search(text):
        text = text[: match.start()]
    if match := _SPEAKER.match(text):
        text = text[match.end() :]
    return text.strip()


def parse_request(body: object) -> ChatRequest:
    """Read the JSON body of `POST /v1/chat/completions`.

    Args:
        body: The decoded JSON.

    Raises:
        BadRequestError: The body misses `model` or `messages`, or they are of another shape.
    """
    if not isinstance(body, Mapping):
        raise BadRequestError("The request body must be a JSON object.")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequestError("you must provide a model parameter")
    messages = body.get("messages")
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise BadRequestError("Missing required parameter: 'messages'.")
    options = body.get("stream_options")
    return ChatRequest(
        model=model,
        messages=tuple(_message(m) for m in messages),
        tools=tuple(_names(body.get("tools"))),
        stream=body.get("stream") is True,
        include_usage=isinstance(options, Mapping) and options.get("include_usage") is True,
        effort=str(body.get("reasoning_effort") or ""),
    )


def _message(message: object) -> ChatMessage:
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        raise BadRequestError("Each of 'messages' must be an object with a 'role'.")
    call_id = message.get("tool_call_id")
    text, pictures = _content(message.get("content"))
    return ChatMessage(
        role=message["role"],
        text=text,
        pictures=pictures,
        tool_calls=tuple(_calls(message.get("tool_calls"))),
        call_id=call_id if isinstance(call_id, str) else None,
    )


def _content(content: object) -> tuple[str, tuple[Picture, ...]]:
    """Text and pictures of a content, which is a string, null, or a list of parts.

    The runtime puts a picture's name before it, as a text of its own.
    """
    if isinstance(content, str):
        return content, ()
    if not isinstance(content, Sequence):
        return "", ()
    texts: list[str] = []
    pictures: list[Picture] = []
    for part in content:
        if not isinstance(part, Mapping):
            continue
        if isinstance(text := part.get("text"), str):
            texts.append(text)
        elif isinstance(image := part.get("image_url"), Mapping):
            name = texts.pop() if len(texts) > 1 else ""
            pictures.append(_picture(name, str(image.get("url", ""))))
    return "\n".join(texts), tuple(pictures)


def _picture(name: str, url: str) -> Picture:
    match = re.match(r"data:([\w/+.-]*);base64,", url)
    if match is None:
        return Picture(name=name, type="", content=b"")
    try:
        content = base64.b64decode(url[match.end() :], validate=True)
    except ValueError as exc:
        raise BadRequestError("The picture is not valid base64.") from exc
    return Picture(name=name, type=match[1], content=content)


def _calls(calls: object) -> list[RequestedTool]:
    found = []
    for call in calls if isinstance(calls, list) else []:
        function = call.get("function") if isinstance(call, Mapping) else None
        if not isinstance(function, Mapping):
            raise BadRequestError("Each of 'tool_calls' must have a 'function'.")
        arguments = function.get("arguments", "")
        found.append(
            RequestedTool(
                call_id=str(call.get("id", "")),
                name=str(function.get("name", "")),
                arguments=arguments if isinstance(arguments, str) else json.dumps(arguments),
            )
        )
    return found


def _names(tools: object) -> list[str]:
    """Names of the offered functions; tools of other types cannot be called and are left out."""
    functions = [
        t.get("function") for t in (tools if isinstance(tools, list) else []) if isinstance(t, dict)
    ]
    return [f["name"] for f in functions if isinstance(f, dict) and isinstance(f.get("name"), str)]
