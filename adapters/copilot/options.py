"""How a runtime is run: what the operator chose, and what the bot brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from adapters.copilot.desk_tools import DeskTool
from adapters.copilot.models import Sight
from adapters.copilot.sandbox import SandboxUse
from adapters.copilot.session import Fit


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """A model provider of the operator's.

    Args:
        base_url: its address, such as `https://host/v1`.
        type: which API it speaks.
        api_key: its key, if it wants one.
        bearer_token: goes before the key.
        wire_api: which of OpenAI's APIs it speaks.
        headers: more HTTP headers.
    """

    base_url: str
    type: Literal["openai", "azure", "anthropic"] = "openai"
    api_key: str | None = field(default=None, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    wire_api: Literal["completions", "responses"] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeOptions:
    """How to run the runtime.

    Args:
        home: a directory of its own. Nothing in it is needed again.
        executable: the program; None to have one found.
        model: what sessions use that name no other; None for the runtime's choice.
        choice: what they may use besides; empty for all of GitHub's.
        provider: where models are; None for GitHub.
        github_token: signs in to GitHub.
        is_offline: whether it may reach nothing but the provider.
        sight: whether models are shown pictures.
        fit: makes a picture fit for models; None to leave them as they are.
        tools: what models are offered beside the runtime's tools.
        has_titles: whether a model is asked for the titles of conversations.
        log_level: how much it writes into `home/logs`.
        open_timeout_s: how long `open` waits for a runtime that is being started.
        memory_mb: how many megabytes it may take before a fresh one takes its place; 0 for any.
        beat_s: how often it is looked whether it answers, and what it takes.
        has_agents: whether sessions may work in a directory of the host.
        sandbox: whether their commands run in the runtime's sandbox.
        has_network: whether commands in the sandbox reach a network, where the host can.
    """

    home: Path
    executable: Path | None = None
    model: str | None = None
    choice: tuple[str, ...] = ()
    provider: Provider | None = None
    github_token: str | None = field(default=None, repr=False)
    is_offline: bool = False
    sight: Sight = Sight.AUTO
    fit: Fit | None = None
    tools: tuple[DeskTool, ...] = ()
    has_titles: bool = False
    log_level: Literal["none", "error", "warning", "info", "debug", "all"] = "error"
    open_timeout_s: float = 30.0
    memory_mb: int = 0
    beat_s: float = 10.0
    has_agents: bool = False
    sandbox: SandboxUse = SandboxUse.AUTO
    has_network: bool = False

    @property
    def token_of_sessions(self) -> str | None:
        """What each session signs in to GitHub with by itself; None where the runtime does.

        A runtime that signs in has the token in its environment, and commands inherit that.
        """
        return self.github_token if self.has_agents and self.provider is None else None
