"""Tools of the bot's own that make a file for the thread's desk."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Protocol

from copilot import Tool, ToolInvocation, ToolResult

from adapters.copilot.files import DESK, FilesBridge
from bot.errors import StoreError
from bot.messages import OutgoingFile


class DeskTool(Protocol):
    """A tool that the model is offered beside the runtime's."""

    @property
    def name(self) -> str:
        """What the model calls it by."""

    @property
    def description(self) -> str:
        """What it is for, for the model."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """Its arguments, as a JSON schema."""

    def title(self, arguments: Mapping[str, object]) -> str:
        """What a call does, for people: a short line."""

    async def make(self, arguments: Mapping[str, object]) -> OutgoingFile | str:
        """Do it.

        Returns:
            The file, named by its path on the desk, its title being what the model is told besides;
            or a sentence that tells the model what to mend.
        """


def offered(tools: Sequence[DeskTool], bridge: FilesBridge) -> list[Tool]:
    """The tools as the SDK takes them, for a session with these files."""
    return [_offered(tool, bridge) for tool in tools]


def _offered(tool: DeskTool, bridge: FilesBridge) -> Tool:
    async def handle(invocation: ToolInvocation) -> ToolResult:
        given = invocation.arguments
        made = await tool.make(given if isinstance(given, Mapping) else {})
        if isinstance(made, str):
            return _failed(made)
        path = posixpath.join(DESK, made.name)
        try:
            await bridge.write_file_bytes(path, made.content)
        except (StoreError, OSError):
            return _failed(f"{path} could not be written.")
        told = f"It is in {path}. {made.title}".rstrip()
        return ToolResult(text_result_for_llm=told)

    return Tool(
        name=tool.name,
        description=tool.description,
        parameters=dict(tool.parameters),
        handler=handle,
        defer="never",
    )


def _failed(told: str) -> ToolResult:
    return ToolResult(text_result_for_llm=told, result_type="failure", error=told)
