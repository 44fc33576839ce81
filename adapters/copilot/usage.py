"""What the runtime tells of what its calls of a model took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from copilot.session_events import AssistantUsageData, SessionCompactionCompleteData

from bot.events import UsageReported
from bot.mailbox import Usage


def of_call(data: AssistantUsageData) -> UsageReported:
    """What a call took by which the model answered."""
    return UsageReported(
        model=data.model,
        input_tokens=data.input_tokens or 0,
        output_tokens=data.output_tokens or 0,
        cost=data.cost or 0.0,
    )


def of_title(data: AssistantUsageData) -> UsageReported:
    """What a call took by which a model gave a title."""
    return replace(of_call(data), is_beside=True)


def of_compaction(data: SessionCompactionCompleteData) -> UsageReported | None:
    """What it took to sum up what was said; the SDK tells the tokens, not what they cost."""
    used = data.compaction_tokens_used
    if used is None:
        return None
    return UsageReported(
        model=used.model or data.model or "",
        input_tokens=used.input_tokens or 0,
        output_tokens=used.output_tokens or 0,
        is_beside=True,
    )


def together(reported: Sequence[UsageReported]) -> Usage:
    """All of it as one."""
    return Usage(
        model=reported[-1].model if reported else "",
        input_tokens=sum(each.input_tokens for each in reported),
        output_tokens=sum(each.output_tokens for each in reported),
        cost=sum(each.cost for each in reported),
    )
