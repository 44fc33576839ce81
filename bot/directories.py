"""The directories of hosts that threads work in, where their profile has one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadDirectory:
    """A thread's directory as it is kept. It stays when the thread is started afresh.

    Args:
        name: what it is called on its host, and what its branch is named by; letters and digits.
        host: names where it is: what processes that share their directories have in common.
        repository: the path of the repository that it is a clone of; empty where it began empty.
        branch: the branch that it is on; empty without a repository.
        base: the commit that it began with; empty without a repository.
    """

    name: str
    host: str
    repository: str = ""
    branch: str = ""
    base: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What has changed in a directory since its beginning.

    Args:
        summary: how much, a line; empty where nothing has.
        patch: what, as git has it; None where that is too much.
    """

    summary: str
    patch: bytes | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingDirectory:
    """A directory as a session uses it.

    Args:
        path: absolute, without links.
        branch: the branch of its repository that it is on; empty where it has none.
        readable: what has to be readable besides, such as the repository's objects.
    """

    path: str
    branch: str = ""
    readable: tuple[str, ...] = ()
