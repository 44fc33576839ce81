"""Tools that the core gives to one session; people are asked before they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from copilot import Tool, ToolInvocation, ToolResult

from bot.errors import ThreadpilotError
from bot.ports import SessionTool


def offered(tools: Sequence[SessionTool]) -> list[Tool]:
    """The tools as the SDK takes them."""
    return [_offered(tool) for tool in tools]


def _offered(tool: SessionTool) -> Tool:
    async def handle(invocation: ToolInvocation) -> ToolResult:
        given = invocation.arguments
        try:
            told = await tool.run(given if isinstance(given, Mapping) else {})
        except ThreadpilotError as error:
            return ToolResult(
                text_result_for_llm=str(error), result_type="failure", error=str(error)
            )
        return ToolResult(text_result_for_llm=told)

    return Tool(
        name=tool.name,
        description=tool.description,
        parameters=dict(tool.parameters),
        handler=handle,
        defer="never",
    )
