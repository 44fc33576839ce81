"""What `DATABASE_URL` may say."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from bot.errors import SettingsError


def parse(url: str) -> Path:
    """Read the address of a database.

    Returns:
        The absolute path of the SQLite file.

    Raises:
        SettingsError: it is not an address that we can open.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise _problem("is not an address of a database")
    if scheme.startswith("postgres"):
        raise _problem("names PostgreSQL, which is not supported yet")
    if scheme != "sqlite":
        # The address itself is not repeated: it may hold a password.
        raise _problem("does not begin with sqlite:///")
    host, slash, name = rest.partition("/")
    path = unquote(name)
    if host or not slash or path in {"", ":memory:"} or "?" in path or "\0" in path:
        raise _problem("does not name a file")
    return Path(path).expanduser().resolve()


def _problem(what: str) -> SettingsError:
    sentence = (
        f"DATABASE_URL {what}: use sqlite:///data/threadpilot.db for a file below the working "
        "directory, or sqlite:////srv/threadpilot.db with an absolute path."
    )
    return SettingsError([sentence])
