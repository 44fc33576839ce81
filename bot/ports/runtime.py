"""The agent runtime, and what it is given: files, tools, pictures."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.directories import WorkingDirectory
from bot.events import ReplyEvent
from bot.mailbox import (
    Usage,
)
from bot.profile import Profile
from bot.requests import Decision


@dataclass(frozen=True, kw_only=True, slots=True)
class FileInfo:
    """A file or directory of a session.

    Args:
        path: absolute, with `/`.
        is_directory: whether it is one.
        size: bytes; 0 for a directory.
        changed_at: when it was last written (UTC).
        created_at: when it was made (UTC).
    """

    path: str
    is_directory: bool
    size: int
    changed_at: datetime
    created_at: datetime


class SessionFiles(Protocol):
    """A session's own file system: conversation state and the thread's desk.

    Paths are absolute and normal (`/desk/a.txt`). Raises FileNotFoundError, FileExistsError,
    IsADirectoryError or NotADirectoryError as the operating system's files do; StoreError
    where the database fails; LeaseLost where the session is no longer ours to write.
    """

    async def read(self, path: str) -> bytes:
        """The whole content."""

    async def write(self, path: str, content: bytes) -> None:
        """Make or replace a file; missing directories are made."""

    async def append(self, path: str, content: bytes) -> None:
        """Add to a file, or make it; missing directories are made. Durable on return."""

    async def stat(self, path: str) -> FileInfo:
        """What is there."""

    async def list(self, path: str) -> Sequence[FileInfo]:
        """What is directly in a directory, by name."""

    async def make_directory(self, path: str, *, parents: bool) -> None:
        """Make a directory; with `parents` also those above, and it may exist."""

    async def remove(self, path: str, *, recursive: bool, missing_ok: bool) -> None:
        """Remove a file, or with `recursive` a directory and all in it."""

    async def rename(self, source: str, target: str) -> None:
        """Move a file or directory; a file that is there is replaced."""

    async def flush(self) -> None:
        """Make everything written so far durable."""


class SessionTool(Protocol):
    """A tool that the core gives to one session; people are asked before it runs."""

    @property
    def name(self) -> str:
        """What the model calls it by."""

    @property
    def description(self) -> str:
        """What it is for, for the model and for the people who are asked."""

    @property
    def parameters(self) -> Mapping[str, object]:
        """Its arguments, as a JSON schema."""

    async def run(self, arguments: Mapping[str, object]) -> str:
        """Do it; returns what the model is told. A ThreadpilotError is told to it as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionSpec:
    """Which session to open, and how.

    Args:
        session_id: letters, digits, `_` and `-`, at most 200.
        is_new: create it, unless a conversation is there; else it is resumed.
        files: where its state and desk are.
        model: the model to use; None for the operator's.
        effort: how hard the model is to think, as in `Model.efforts`; empty for its own choice.
        profile: what it may do.
        directory: where it works, for a profile that does so; None for the others.
        tools: what it is offered besides.
        needs_title: whether a title is to be found for it, where it is new.
    """

    session_id: str
    is_new: bool
    files: SessionFiles
    model: str | None = None
    effort: str = ""
    profile: Profile = Profile.CHAT
    directory: WorkingDirectory | None = None
    tools: tuple[SessionTool, ...] = ()
    needs_title: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PastTurn:
    """A turn of a session's history.

    Args:
        prompt_id: the runtime's id of the prompt, for `rewind`.
        prompt: the text that was sent.
        said_at: when it was sent (UTC).
        answer: what was answered; empty if nothing was.
        is_complete: whether the turn came to its end.
        tools: names of the tools that began to run in it; one that only asked for permission is
            none of them.
    """

    prompt_id: str
    prompt: str
    said_at: datetime
    answer: str
    is_complete: bool
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture for the model to see.

    Args:
        name: what it is called.
        type: its MIME type.
        content: its bytes.
    """

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Compaction:
    """What came of making a session's memory smaller.

    Args:
        before: tokens that the model was told with each prompt until now.
        after: tokens that it is told from now on.
        usage: what it took, as far as the runtime tells.
    """

    before: int
    after: int
    usage: Usage = field(default_factory=Usage)


class RuntimeSession(Protocol):
    """A live Copilot session."""

    @property
    def session_id(self) -> str:
        """Its id."""

    @property
    def is_usable(self) -> bool:
        """Whether it can take another turn.

        False once its runtime is gone, or is to go: then close it, and open the session again.
        """

    @property
    def sees_images(self) -> bool:
        """Whether the session's model can be shown pictures, as far as is known."""

    def turn(self, prompt: str, images: Sequence[Image] = ()) -> AsyncGenerator[ReplyEvent, None]:
        """Send a prompt; yields what happens, `TurnFinished` or `TurnFailed` last.

        Args:
            prompt: what to say to the model.
            images: what to show it; none where the model does not see.

        Raises:
            RuntimeLost: the runtime went away; what became of the turn is in `history` of
                the session once it is opened again.
        """

    async def steer(self, prompt: str, images: Sequence[Image] = ()) -> bool:
        """Say something more to the model while a turn runs, which goes on with it in mind.

        The model sees it as soon as it has said what it is saying, or has used a tool; the turn
        does not end before. Several are seen in the order of the calls. In the history it is a
        prompt of its own.

        Args:
            prompt: what to say.
            images: what to show the model, where that is sure to see.

        Returns:
            Whether the model has seen it, once that is known. False where no turn runs, where its
            own prompt was not seen yet, and where it ended before: then nothing was said.

        Raises:
            RuntimeLost: the runtime went away; whether it was seen is in `history`.
        """

    async def stop(self) -> None:
        """End the running turn; its iterator then ends with `TurnFinished(was_stopped=True)`."""

    async def answer(self, question_id: str, text: str, *, is_choice: bool) -> None:
        """Answer a question of the running turn; unknown ids are ignored."""

    async def decide(self, request_id: str, decision: Decision) -> None:
        """Decide a permission that the running turn asks for; unknown ids are ignored."""

    async def history(self) -> Sequence[PastTurn]:
        """The turns of the session, oldest first."""

    async def rewind(self, prompt_id: str) -> None:
        """Take back a prompt and all that came after it."""

    async def summary(self) -> str:
        """What was said, summed up by the model for somebody who goes on with it elsewhere.

        The session stays as it is. Empty where nothing was said.

        Raises:
            CopilotError: it could not be summed up.
        """

    async def compact(self) -> Compaction | None:
        """Have the model sum up what was said, and be told that in its place from now on.

        `history` keeps what was said. Whoever is cancelled in it leaves the session as it was.

        Returns:
            How much smaller it is; None where there was nothing to sum up.

        Raises:
            CopilotError: it could not be summed up.
        """

    async def close(self) -> None:
        """Let the live session go; its state stays in its files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeHealth:
    """How the runtime is.

    Args:
        is_up: whether it answers.
        version: of the runtime; empty while unknown.
        reason: why it is not up; empty when it is.
        memory_mb: how many megabytes it takes; None where nobody can tell.
    """

    is_up: bool
    version: str = ""
    reason: str = ""
    memory_mb: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model that a thread may choose.

    Args:
        id: names it in `SessionSpec.model`.
        name: what people call it.
        efforts: how hard it can be told to think, least first; empty where it cannot.
        sees_images: whether it can be shown pictures, as far as is known.
        multiplier: premium requests that a prompt costs; None where nobody says.
    """

    id: str
    name: str
    efforts: tuple[str, ...] = ()
    sees_images: bool = True
    multiplier: float | None = None


class Runtime(Protocol):
    """The agent runtime, supervised: it is started again when it dies."""

    async def open(self, spec: SessionSpec) -> RuntimeSession:
        """Open a session, waiting for a runtime that is being started again.

        One that is resumed goes on with the model and the effort that are named now.

        Raises:
            SessionMissing: there is nothing to resume.
            CopilotError: it cannot be opened.
        """

    async def models(self) -> Sequence[Model]:
        """The models that a thread may choose.

        Raises:
            CopilotError: they cannot be listed.
        """

    async def health(self) -> RuntimeHealth:
        """Ask it."""
