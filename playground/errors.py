"""What the playground answers when something cannot be done.

PlaygroundError           the root; a platform's own refusals of calls hang under it
├── NotPossibleError      a person tried what the platform would not let them do
└── AppDidNotRespondError a person's command, click or submission got no answer in time
"""


class PlaygroundError(Exception):
    """The root of the playground's errors."""


class NotPossibleError(PlaygroundError):
    """A person tried what the platform would not let them do."""


class AppDidNotRespondError(PlaygroundError):
    """The app did not acknowledge a person's command, click or submission within three seconds."""
