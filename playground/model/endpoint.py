"""The OpenAI-compatible HTTP endpoint that a brain answers behind.

What is on the wire follows https://platform.openai.com/docs/api-reference/chat.
"""

import json
import math
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from playground.model.brain import Brain, Cut, ModelError, Piece, Reasoning, Text, ToolCall, Usage
from playground.model.conversation import BadRequestError, ChatRequest, parse_request

DEFAULT_MODEL = "playground"
_LARGEST_BODY = 64 * 1024 * 1024
_KEPT_REQUESTS = 1000


class ModelServer:
    """A running endpoint.

    Args:
        brain: What answers.
        models: Names of the models that may be asked for.
        api_key: The key that clients must bring.
    """

    def __init__(self, brain: Brain, *, models: Sequence[str], api_key: str) -> None:
        self.brain = brain
        self.models = tuple(models)
        self.api_key = api_key
        self.base_url = ""
        self.requests: list[ChatRequest] = []
        """What was asked, oldest first; the last thousand."""

    @property
    def model(self) -> str:
        """The name of the model to ask for."""
        return self.models[0]

    def app(self) -> web.Application:
        """The endpoint as an application of aiohttp."""
        app = web.Application(middlewares=[_errors], client_max_size=_LARGEST_BODY)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_get("/v1/models/{model}", self._show_model)
        app.router.add_post("/v1/chat/completions", self._complete)
        return app

    async def _list_models(self, http: web.Request) -> web.Response:
        self._authorize(http)
        return web.json_response({"object": "list", "data": [_model(m) for m in self.models]})

    async def _show_model(self, http: web.Request) -> web.Response:
        self._authorize(http)
        return web.json_response(_model(self._known(http.match_info["model"])))

    async def _complete(self, http: web.Request) -> web.StreamResponse:
        self._authorize(http)
        try:
            request = parse_request(await http.json())
        except (ValueError, BadRequestError) as exc:
            raise ModelError(400, str(exc)) from exc
        self._known(request.model)
        self.requests.append(request)
        del self.requests[:-_KEPT_REQUESTS]
        pieces = self.brain.answer(request)
        try:
            if request.stream:
                return await _stream(http, request, pieces)
            return await _whole(http, request, pieces)
        finally:
            # A client that goes away cancels this handler or fails its next write. Either
            # way the brain is told at once, and not when the garbage is collected.
            if isinstance(pieces, AsyncGenerator):
                await pieces.aclose()

    def _authorize(self, http: web.Request) -> None:
        if http.headers.get("Authorization") != f"Bearer {self.api_key}":
            raise ModelError(401)

    def _known(self, model: str) -> str:
        if model not in self.models:
            raise ModelError(404, f"The model `{model}` does not exist or you do not have access.")
        return model


@asynccontextmanager
async def serve_model(
    brain: Brain,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    api_key: str = "playground-key",
    models: Sequence[str] = (DEFAULT_MODEL,),
) -> AsyncIterator[ModelServer]:
    """Serve a brain as an OpenAI-compatible endpoint while the context is open.

    Args:
        brain: What answers.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        api_key: The key that clients must bring.
        models: Names of the models that may be asked for; any other is not found.

    Yields:
        The server; its `base_url` ends in `/v1`.
    """
    server = ModelServer(brain, models=models, api_key=api_key)
    runner = web.AppRunner(
        server.app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.1
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        server.base_url = f"http://{host}:{runner.addresses[0][1]}/v1"
        yield server
    finally:
        await runner.cleanup()


class _Tally:
    """What an answer consists of so far, for its usage and the reason that it ended."""

    def __init__(self, request: ChatRequest) -> None:
        self._request = request
        self._written = 0
        self._told: Usage | None = None
        self.calls: list[dict[str, Any]] = []

    def add(self, piece: Piece) -> None:
        match piece:
            case Text(text) | Reasoning(text):
                self._written += len(text)
            case Usage():
                self._told = piece
            case ToolCall(name, arguments):
                function = {"name": name, "arguments": json.dumps(arguments)}
                self._written += len(name) + len(function["arguments"])
                call_id = f"call_{uuid.uuid4().hex[:24]}"
                self.calls.append({"id": call_id, "type": "function", "function": function})

    @property
    def finish_reason(self) -> str:
        return "tool_calls" if self.calls else "stop"

    @property
    def usage(self) -> dict[str, int]:
        """The token counts; about four characters a token where the brain told none."""
        asked = sum(len(m.text) for m in self._request.messages)
        told = self._told or Usage(
            prompt_tokens=math.ceil(asked / 4), completion_tokens=math.ceil(self._written / 4)
        )
        return {
            "prompt_tokens": told.prompt_tokens,
            "completion_tokens": told.completion_tokens,
            "total_tokens": told.prompt_tokens + told.completion_tokens,
        }


async def _whole(
    http: web.Request, request: ChatRequest, pieces: AsyncIterator[Piece]
) -> web.StreamResponse:
    tally = _Tally(request)
    texts: list[str] = []
    thoughts: list[str] = []
    async for piece in pieces:
        tally.add(piece)
        match piece:
            case Text(text):
                texts.append(text)
            case Reasoning(text):
                thoughts.append(text)
            case Cut():
                return _cut(http, web.StreamResponse())
    message: dict[str, Any] = {"role": "assistant", "content": "".join(texts) or None}
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    if tally.calls:
        message["tool_calls"] = tally.calls
    choice = {"index": 0, "message": message, "finish_reason": tally.finish_reason}
    head = _head(request, "chat.completion")
    return web.json_response(head | {"choices": [choice], "usage": tally.usage})


async def _stream(
    http: web.Request, request: ChatRequest, pieces: AsyncIterator[Piece]
) -> web.StreamResponse:
    tally = _Tally(request)
    head = _head(request, "chat.completion.chunk")
    # The first piece is awaited before the status is sent, so that a refusal can be one.
    first = await anext(pieces, None)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-cache",
            "X-Request-Id": head["id"],
        }
    )

    async def send(data: str) -> None:
        await response.write(f"data: {data}\n\n".encode())

    async def send_delta(delta: dict[str, Any], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        await send(json.dumps(head | {"choices": [choice]}))

    try:
        await response.prepare(http)
        await send_delta({"role": "assistant", "content": ""})
        piece = first
        while piece is not None:
            tally.add(piece)
            match piece:
                case Text(text):
                    await send_delta({"content": text})
                # Not OpenAI's: what the providers of open models call it.
                case Reasoning(text):
                    await send_delta({"reasoning_content": text})
                case ToolCall():
                    for delta in _call_deltas(len(tally.calls) - 1, tally.calls[-1]):
                        await send_delta(delta)
                case Cut():
                    return _cut(http, response)
            piece = await anext(pieces, None)
        await send_delta({}, tally.finish_reason)
        if request.include_usage:
            await send(json.dumps(head | {"choices": [], "usage": tally.usage}))
        await send("[DONE]")
        await response.write_eof()
    except ModelError as error:
        if not response.prepared:
            raise
        await send(json.dumps(_error_body(error)))
        await response.write_eof()
    except ConnectionResetError:
        # The client went away; there is nobody left to tell.
        return response
    return response


def _call_deltas(index: int, call: dict[str, Any]) -> list[dict[str, Any]]:
    """A tool call as it is streamed: its name first, then its arguments bit by bit."""
    function = call["function"]
    named = {"index": index, **call, "function": {"name": function["name"], "arguments": ""}}
    arguments = function["arguments"]
    bits = [arguments[at : at + 24] for at in range(0, len(arguments), 24)]
    rest = [{"index": index, "function": {"arguments": bit}} for bit in bits]
    return [{"tool_calls": [call]} for call in (named, *rest)]


def _cut(http: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    if http.transport is not None:
        http.transport.abort()
    return response


@web.middleware
async def _errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Tell every refusal in OpenAI's shape."""
    try:
        return await handler(request)
    except ModelError as exc:
        return _refusal(exc)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as exc:
        told = f"Unknown request URL: {request.method} {request.path}."
        return _refusal(ModelError(exc.status, told, code="unknown_url"))
    except web.HTTPRequestEntityTooLarge as exc:
        return _refusal(ModelError(exc.status, "The request body is too large."))


def _refusal(error: ModelError) -> web.Response:
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = f"{error.retry_after_s:g}"
    return web.json_response(_error_body(error), status=error.status, headers=headers)


def _error_body(error: ModelError) -> dict[str, Any]:
    told = {"message": error.message, "type": error.type, "param": None, "code": error.code}
    return {"error": told}


def _head(request: ChatRequest, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": request.model,
    }


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "threadpilot-playground"}
