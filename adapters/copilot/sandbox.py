"""The runtime's sandbox for the commands of sessions that work in a directory.

On Linux it is Bubblewrap: https://docs.github.com/en/copilot/concepts/about-cloud-and-local-sandboxes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from copilot import CopilotClient
from copilot.rpc import (
    SandboxConfig,
    SandboxConfigUserPolicy,
    SandboxConfigUserPolicyFilesystem,
    SandboxConfigUserPolicyNetwork,
)

from adapters.copilot.files import DESK, STATE
from bot.directories import WorkingDirectory

_MOST_OF_A_REASON = 300


class SandboxUse(StrEnum):
    """Whether commands run in the sandbox."""

    AUTO = "auto"
    """Where the host has one."""

    REQUIRED = "required"
    """In it, or not at all."""

    OFF = "off"
    """Never."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """What the host can do.

    Args:
        has_sandbox: whether commands can be kept in a sandbox.
        has_network: whether they can reach a network from there.
        reason: why one of them is not so; empty where both are.
    """

    has_sandbox: bool
    has_network: bool
    reason: str = ""


async def support_of(client: CopilotClient) -> Support:
    """Ask a runtime what its host can do.

    Args:
        client: the SDK's, started.
    """
    told = await client.rpc.sandbox.get_host_support()
    network = next((each for each in told.capabilities if each.name == "network"), None)
    reasons = (told.reason, network.reason if network is not None else None)
    reason = next(filter(None, reasons), "")
    return Support(
        has_sandbox=told.supported,
        has_network=told.supported and network is not None and network.supported,
        reason=" ".join(reason.split())[:_MOST_OF_A_REASON],
    )


def config_of(
    directory: WorkingDirectory, *, home: Path, readable: Iterable[Path], has_network: bool
) -> SandboxConfig:
    """The sandbox of a session: its directory can be written, the system's programs be read.

    Args:
        directory: where it works.
        home: of the runtime. Its logs, and temporary files of others, are kept from it: it has
            an empty directory in the place of each.
        readable: what the runtime needs itself.
        has_network: whether commands reach a network.
    """
    filesystem = SandboxConfigUserPolicyFilesystem(
        denied_paths=[str(home / "logs"), str(home / "tmp")],
        readonly_paths=[*directory.readable, *map(str, readable)],
        # These two are nowhere on the host. The runtime's own file tools look here as well.
        readwrite_paths=[DESK, STATE],
    )
    network = SandboxConfigUserPolicyNetwork(allow_outbound=has_network, allow_local_network=False)
    return SandboxConfig(
        enabled=True,
        allow_bypass=False,
        user_policy=SandboxConfigUserPolicy(filesystem=filesystem, network=network),
    )
