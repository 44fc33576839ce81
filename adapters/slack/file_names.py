"""Names that Slack takes, and the syntax of a snippet by its name."""

from __future__ import annotations

from pathlib import PurePosixPath

from adapters import file_names

LONGEST_NAME = 120
LONGEST_SNIPPET = 100_000
"""Bytes up to which text is shown as a snippet, with its first lines."""

_SYNTAX = {
    "bash": "shell",
    "c": "c",
    "cc": "cpp",
    "cfg": "text",
    "cpp": "cpp",
    "cs": "csharp",
    "css": "css",
    "csv": "csv",
    "diff": "diff",
    "go": "go",
    "h": "c",
    "hpp": "cpp",
    "html": "html",
    "ini": "text",
    "java": "java",
    "js": "javascript",
    "json": "javascript",
    "kt": "kotlin",
    "log": "text",
    "lua": "lua",
    "md": "markdown",
    "patch": "diff",
    "php": "php",
    "py": "python",
    "r": "r",
    "rb": "ruby",
    "rs": "rust",
    "sh": "shell",
    "sql": "sql",
    "swift": "swift",
    "tex": "latex",
    "toml": "text",
    "ts": "typescript",
    "txt": "text",
    "xml": "xml",
    "yaml": "yaml",
    "yml": "yaml",
}


def acceptable(name: str) -> str:
    """A file's name as Slack takes it: one line, without a path and what cannot be seen.

    Args:
        name: what it is called; may hold anything.
    """
    return file_names.acceptable(name, LONGEST_NAME)


def snippet_type(name: str, content: bytes) -> str | None:
    """The syntax as which Slack shows a short text; None for all else.

    Args:
        name: what the file is called.
        content: its bytes.
    """
    if len(content) > LONGEST_SNIPPET or b"\x00" in content:
        return None
    suffix = PurePosixPath(name).suffix.lstrip(".").lower()
    if suffix and suffix not in _SYNTAX:
        return None
    try:
        content.decode()
    except UnicodeDecodeError:
        return None
    return _SYNTAX.get(suffix, "text")
