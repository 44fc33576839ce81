"""What people read of the directories that threads work in."""

from __future__ import annotations

MADE_ANEW = (
    "The directory of this conversation was on another host, so I made it anew here, with the "
    "changes that are in `changes.patch`. Commits are not in it, nor what git is told to ignore."
)
MADE_ANEW_WITHOUT_CHANGES = (
    "The directory of this conversation was on another host, and I could not bring its changes "
    "here: it begins anew. What I put into the thread is still there: tell me to start from that."
)
NO_DIRECTORY = (
    "I have no directory to work in: whoever runs me must check `THREADPILOT_WORK_DIR` and my log."
)
NO_SANDBOX = (
    "I may run commands in a sandbox only, and there is none on my host: whoever runs me finds in "
    "my log what is missing."
)


def changed(summary: str, branch: str, *, is_patch: bool) -> str:
    """What has changed in the directory, under an answer."""
    where = f" on `{branch}`" if branch else ""
    told = f"{summary}{where}."
    return told if is_patch else f"{told} That is too much for a patch."


def directory_stays(summary: str) -> str:
    """The conversation starts afresh, and its directory does not."""
    return (
        f"Its directory stays as it is, with changes ({summary}). Tell me to undo them if you do "
        "not want them."
    )
