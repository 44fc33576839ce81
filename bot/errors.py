"""Every error that the product raises, under one root.

    ThreadpilotError
    ├── SettingsError              the configuration is not usable
    ├── CopilotError               the agent runtime or the model behind it
    │   ├── RuntimeMissing         no runtime was found
    │   ├── RuntimeUnavailable     it did not start, or does not answer
    │   ├── RuntimeLost            it went away in the middle of something
    │   ├── DirectoryUnavailable   a thread's working directory cannot be made or used
    │   ├── SandboxMissing         commands are to run in a sandbox, and there is none
    │   ├── SessionMissing         the session to resume is not there
    │   ├── NotSignedIn            nobody is signed in, or the sign-in was refused
    │   ├── ModelUnknown           there is no such model
    │   ├── ProviderUnreachable    the model's address does not answer
    │   ├── ProviderLimited        the provider asks to wait, or the quota is used up
    │   └── ProviderFailed         the provider answered with an error of its own
    ├── StoreError                 the database
    │   ├── StoreNotWritable       read-only, or no permission
    │   ├── StoreFull              no space left
    │   ├── StoreBusy              held by someone else
    │   ├── StoreDamaged           the file is not a sound database
    │   ├── StoreTooNew            written by a newer version
    │   └── LeaseLost              another worker owns the thread now
    ├── DocumentUnreadable         what somebody sent cannot be read
    └── ChatError                  the chat platform
        ├── ChatUnavailable        out of reach, or failing
        ├── ChatRefused            not permitted there
        ├── PlaceGone              the channel, thread or message is gone
        └── FileTooLarge           a file has more bytes than it may have

Foreign errors are translated where they enter, with `raise … from`.
A message says what is wrong and what to do next, in one sentence.
"""

from __future__ import annotations


class ThreadpilotError(Exception):
    """The root of all of them."""


class SettingsError(ThreadpilotError):
    """The configuration is not usable.

    Args:
        problems: one sentence each, beginning with the variable's name.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class CopilotError(ThreadpilotError):
    """The agent runtime, or the model behind it."""


class RuntimeMissing(CopilotError):
    """No Copilot runtime was found."""


class RuntimeUnavailable(CopilotError):
    """The runtime did not start, or does not answer."""


class RuntimeLost(CopilotError):
    """The runtime went away in the middle of something."""


class DirectoryUnavailable(CopilotError):
    """A thread's working directory cannot be made or used."""


class SandboxMissing(CopilotError):
    """Commands are to run in a sandbox, and this host has none."""


class SessionMissing(CopilotError):
    """The session to resume is not there."""


class NotSignedIn(CopilotError):
    """Nobody is signed in, or the sign-in was refused."""


class ModelUnknown(CopilotError):
    """There is no such model."""


class ProviderUnreachable(CopilotError):
    """The model's address does not answer."""


class ProviderLimited(CopilotError):
    """The provider asks to wait, or the quota is used up."""


class ProviderFailed(CopilotError):
    """The provider answered with an error of its own."""


class StoreError(ThreadpilotError):
    """The database."""


class StoreNotWritable(StoreError):
    """The database is read-only, or may not be written."""


class StoreFull(StoreError):
    """No space is left where the database is."""


class StoreBusy(StoreError):
    """The database is held by someone else."""


class StoreDamaged(StoreError):
    """The file is not a sound database."""


class StoreTooNew(StoreError):
    """The database was written by a newer version."""


class LeaseLost(StoreError):
    """Another worker owns the thread now; nothing more may be written for it."""


class DocumentUnreadable(ThreadpilotError):
    """What somebody sent is damaged, protected, or takes too long to read."""


class ChatError(ThreadpilotError):
    """The chat platform."""


class ChatUnavailable(ChatError):
    """The platform is out of reach, or fails."""


class ChatRefused(ChatError):
    """The platform does not permit it."""


class PlaceGone(ChatError):
    """The channel, the thread or the message is gone."""


class FileTooLarge(ChatError):
    """A file has more bytes than it may have."""
