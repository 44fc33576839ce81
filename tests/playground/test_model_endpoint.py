"""The endpoint's contract with any client of OpenAI's chat completions."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground.model.brain import Cut, ModelError, Piece, Reasoning, Text, ToolCall, Usage
from playground.model.conversation import ChatRequest
from playground.model.endpoint import ModelServer, serve_model


class Saying:
    """Says what it is given, and knows when it was closed."""

    def __init__(self, *pieces: Piece | ModelError) -> None:
        self.pieces = pieces
        self.held = asyncio.Event()
        self.closed = asyncio.Event()
        self.hold_at_end = False

    async def answer(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Say the pieces, then hold on if told so."""
        try:
            for piece in self.pieces:
                if isinstance(piece, ModelError):
                    raise piece
                yield piece
            if self.hold_at_end:
                self.held.set()
                await asyncio.Event().wait()
        finally:
            self.closed.set()


class Client:
    """Asks an endpoint as the Copilot runtime does."""

    def __init__(self, http: aiohttp.ClientSession, server: ModelServer) -> None:
        self._http = http
        self._server = server
        self.headers = {"Authorization": f"Bearer {server.api_key}"}

    def post(self, **body: Any) -> Any:
        """Ask for a completion."""
        asked = {"model": self._server.model, "messages": [{"role": "user", "content": "hi"}]}
        url = f"{self._server.base_url}/chat/completions"
        return self._http.post(url, json=asked | body, headers=self.headers)

    async def whole(self, **body: Any) -> dict[str, Any]:
        """Ask for an answer in one piece."""
        async with self.post(**body) as response:
            assert response.status == 200
            answer: dict[str, Any] = await response.json()
            return answer

    async def stream(self, **body: Any) -> list[Any]:
        """Ask for a stream; all of its events."""
        async with self.post(stream=True, **body) as response:
            assert response.status == 200
            assert response.content_type == "text/event-stream"
            return [event async for event in events(response)]


async def events(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """The events of a stream, decoded."""
    async for line in response.content:
        data = line.decode().removeprefix("data: ").strip()
        if data:
            yield data if data == "[DONE]" else json.loads(data)


def text_of(chunks: list[Any]) -> str:
    """The text of a stream."""
    choices = [c["choices"][0] for c in chunks if c != "[DONE]" and c["choices"]]
    return "".join(choice["delta"].get("content", "") for choice in choices)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without keys."""
    async with aiohttp.ClientSession() as session:
        yield session


async def test_an_answer_comes_whole(http: aiohttp.ClientSession) -> None:
    """Without `stream`, the answer is one JSON object with text, reason and usage."""
    async with serve_model(
        Saying(Text("Hello "), Text("you"), Usage(prompt_tokens=3, completion_tokens=2))
    ) as server:
        answer = await Client(http, server).whole()
    assert answer["object"] == "chat.completion"
    assert answer["model"] == server.model
    (choice,) = answer["choices"]
    assert choice["message"] == {"role": "assistant", "content": "Hello you"}
    assert choice["finish_reason"] == "stop"
    assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


async def test_an_answer_comes_piece_by_piece(http: aiohttp.ClientSession) -> None:
    """With `stream`, each piece is an event of the same id, and `[DONE]` ends them."""
    async with serve_model(Saying(Text("Hello "), Text("you"))) as server:
        chunks = await Client(http, server).stream()
    assert chunks.pop() == "[DONE]"
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}
    assert len({c["id"] for c in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert text_of(chunks) == "Hello you"
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None, None, None, "stop"]


async def test_a_stream_tells_its_usage_when_asked(http: aiohttp.ClientSession) -> None:
    """`stream_options.include_usage` adds one event without choices, before the end."""
    async with serve_model(Saying(Text("four letters"))) as server:
        chunks = await Client(http, server).stream(stream_options={"include_usage": True})
    assert chunks[-1] == "[DONE]"
    assert chunks[-2]["choices"] == []
    assert chunks[-2]["usage"] == {"prompt_tokens": 1, "completion_tokens": 3, "total_tokens": 4}


async def test_tool_calls_are_streamed_in_bits(http: aiohttp.ClientSession) -> None:
    """A tool call begins with its id and name; its arguments follow and join to JSON."""
    arguments = [{"path": "/desk/a-rather-long-name.txt"}, {"path": "/desk/b.txt"}]
    pieces = [ToolCall("view", a) for a in arguments]
    async with serve_model(Saying(*pieces)) as server:
        chunks = await Client(http, server).stream()
    choices = [c["choices"][0] for c in chunks[:-1]]
    calls: dict[int, list[dict[str, Any]]] = {0: [], 1: []}
    for choice in choices:
        for call in choice["delta"].get("tool_calls", []):
            calls[call["index"]].append(call)
    for bits, told in zip(calls.values(), arguments, strict=True):
        assert bits[0]["id"].startswith("call_")
        assert bits[0]["function"]["name"] == "view"
        assert len(bits) > 2 or told is arguments[1]
        assert json.loads("".join(b["function"]["arguments"] for b in bits)) == told
    assert choices[-1]["finish_reason"] == "tool_calls"


async def test_tool_calls_come_whole(http: aiohttp.ClientSession) -> None:
    """Without `stream`, tool calls are a list in the message."""
    async with serve_model(Saying(ToolCall("ask_user", {"question": "which?"}))) as server:
        (choice,) = (await Client(http, server).whole())["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "ask_user", "arguments": '{"question": "which?"}'}


async def test_what_was_asked_is_kept(http: aiohttp.ClientSession) -> None:
    """The server keeps each request with its roles, texts and the tools on offer."""
    tool = {"type": "function", "function": {"name": "view", "parameters": {}}}
    async with serve_model(Saying(Text("ok"))) as server:
        await Client(http, server).whole(tools=[tool])
        (request,) = server.requests
    assert [(m.role, m.text) for m in request.messages] == [("user", "hi")]
    assert request.tools == ("view",)


async def test_models_are_listed(http: aiohttp.ClientSession) -> None:
    """`/models` names every model that may be asked for, the first is the default."""
    async with serve_model(Saying(), models=("big", "small")) as server:
        headers = Client(http, server).headers
        assert server.model == "big"
        async with http.get(f"{server.base_url}/models", headers=headers) as response:
            assert [m["id"] for m in (await response.json())["data"]] == ["big", "small"]
        async with http.get(f"{server.base_url}/models/small", headers=headers) as response:
            assert (await response.json())["id"] == "small"


async def test_a_wrong_key_is_refused(http: aiohttp.ClientSession) -> None:
    """Without the right key nothing is answered, and OpenAI's code says why."""
    async with serve_model(Saying(Text("secret"))) as server:
        client = Client(http, server)
        for headers in ({}, {"Authorization": "Bearer other"}):
            client.headers = headers
            async with client.post() as response:
                assert response.status == 401
                assert (await response.json())["error"]["code"] == "invalid_api_key"
        assert server.requests == []


async def test_an_unknown_model_is_not_found(http: aiohttp.ClientSession) -> None:
    """A model that is not served is `model_not_found`."""
    async with (
        serve_model(Saying()) as server,
        Client(http, server).post(model="gpt-9") as response,
    ):
        assert response.status == 404
        error = (await response.json())["error"]
    assert error["code"] == "model_not_found"
    assert "gpt-9" in error["message"]


@pytest.mark.parametrize("status", [400, 429, 500, 503])
@pytest.mark.parametrize("stream", [True, False])
async def test_a_refusal_is_an_http_error(
    http: aiohttp.ClientSession, status: int, stream: bool
) -> None:
    """A brain that refuses before its first piece gives an HTTP error, streaming or not."""
    refusal = ModelError(status, retry_after_s=2)
    async with (
        serve_model(Saying(refusal)) as server,
        Client(http, server).post(stream=stream) as response,
    ):
        assert response.status == status
        assert response.headers["Retry-After"] == "2"
        error = (await response.json())["error"]
    assert error["message"] == refusal.message
    assert set(error) == {"message", "type", "param", "code"}


async def test_a_refusal_in_the_middle_is_in_the_stream(http: aiohttp.ClientSession) -> None:
    """After the first piece an error is told as an event, and the stream ends without `[DONE]`."""
    async with serve_model(Saying(Text("Hel"), ModelError(500))) as server:
        chunks = await Client(http, server).stream()
    assert text_of(chunks[:-1]) == "Hel"
    assert chunks[-1]["error"]["type"] == "server_error"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_cut_breaks_the_connection(http: aiohttp.ClientSession, stream: bool) -> None:
    """A cut answer ends in a broken connection, not in an orderly end."""
    async with serve_model(Saying(Text("Hel"), Cut())) as server:
        with pytest.raises(aiohttp.ClientError):
            async with Client(http, server).post(stream=stream) as response:
                await response.read()


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}"])
async def test_a_body_that_is_none_is_a_bad_request(
    http: aiohttp.ClientSession, body: bytes
) -> None:
    """What is no chat completion is refused in OpenAI's shape."""
    async with serve_model(Saying()) as server:
        url = f"{server.base_url}/chat/completions"
        headers = Client(http, server).headers
        async with http.post(url, data=body, headers=headers) as response:
            assert response.status == 400
            assert (await response.json())["error"]["type"] == "invalid_request_error"


async def test_an_unknown_path_is_told_in_the_same_shape(http: aiohttp.ClientSession) -> None:
    """A path that is not served is an error of OpenAI's shape too."""
    async with (
        serve_model(Saying()) as server,
        http.post(f"{server.base_url}/responses", json={}) as response,
    ):
        assert response.status == 404
        assert (await response.json())["error"]["code"] == "unknown_url"


@pytest.mark.parametrize("pieces", [(), (Text("Hello "),)])
async def test_a_client_that_goes_away_ends_the_answer(
    http: aiohttp.ClientSession, pieces: tuple[Piece, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """A client that disconnects closes the brain's answer at once, and nothing is logged."""
    brain = Saying(*pieces)
    brain.hold_at_end = True
    async with serve_model(brain) as server:
        asking = asyncio.ensure_future(Client(http, server).stream())
        await brain.held.wait()
        asking.cancel()
        await brain.closed.wait()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert caplog.records == []


async def test_closing_the_server_ends_its_answers(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """When the context ends, answers in the middle are closed and their clients told so."""
    brain = Saying(Text("Hello "))
    brain.hold_at_end = True
    async with serve_model(brain) as server:
        asking = asyncio.ensure_future(Client(http, server).stream())
        await brain.held.wait()
    assert brain.closed.is_set()
    with pytest.raises(aiohttp.ClientError):
        await asking
    assert caplog.records == []


async def test_thoughts_are_apart_from_the_text(http: aiohttp.ClientSession) -> None:
    """What the brain thinks is a field of its own, whole and in a stream."""
    async with serve_model(Saying(Reasoning("let me "), Reasoning("see"), Text("so"))) as server:
        client = Client(http, server)
        message = (await client.whole())["choices"][0]["message"]
        assert (message["reasoning_content"], message["content"]) == ("let me see", "so")
        chunks = await client.stream()
    deltas = [c["choices"][0]["delta"] for c in chunks if c != "[DONE]" and c["choices"]]
    assert "".join(d.get("reasoning_content", "") for d in deltas) == "let me see"
    assert text_of(chunks) == "so"
