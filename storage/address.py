"""What `DATABASE_URL` may say."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from bot.errors import SettingsError

TLS_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_FILES: Final = ("sslrootcert", "sslcert", "sslkey")
_OPTIONS: Final = ("sslmode", *_FILES, "host", "application_name", "connect_timeout", "options")


@dataclass(frozen=True, kw_only=True, slots=True)
class SqliteAddress:
    """A file.

    Args:
        path: absolute.
    """

    path: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgresAddress:
    """A database of a PostgreSQL server.

    Args:
        host: the server's name or address, or the directory of its socket.
        port: of the server.
        database: the database's name.
        user: the role; None for the driver's choice, as `psql` chooses.
        password: None for the driver's choice, such as `~/.pgpass`.
        tls: the options about TLS, as libpq names them.
        application_name: what the server's own listings call us.
        connect_timeout_s: how long a connection may take to be made.
        options: more parameters for the server, as libpq's `options`; may be empty.
    """

    host: str
    port: int
    database: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: tuple[tuple[str, str], ...] = ()
    application_name: str = "threadpilot"
    connect_timeout_s: float = 10.0
    options: str = ""

    def __str__(self) -> str:
        return f"{self.database} at {self.server}"

    @property
    def server(self) -> str:
        """The server, as messages call it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def tls_dsn(self) -> str:
        """A DSN that holds the options about TLS and nothing else."""
        return f"postgresql://?{urlencode(self.tls)}"


def parse(url: str) -> SqliteAddress | PostgresAddress:
    """Read the address of a database.

    Raises:
        SettingsError: it is not an address that we can open. The address itself is not
            repeated: it may hold a password.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise _problem("is not an address of a database")
    match scheme:
        case "sqlite":
            return _sqlite(rest)
        case "postgresql" | "postgres":
            return _postgres(url)
    if scheme.startswith("postgres"):
        raise _postgres_problem("names a driver")
    raise _problem("begins neither with sqlite:/// nor with postgresql://")


def _sqlite(rest: str) -> SqliteAddress:
    host, slash, name = rest.partition("/")
    path = unquote(name)
    if host or not slash or path in {"", ":memory:"} or "?" in path or "\0" in path:
        raise _problem("does not name a file")
    return SqliteAddress(path=Path(path).expanduser().resolve())


def _postgres(url: str) -> PostgresAddress:
    # What is wrong is often a character of the password that ends it too early.
    try:
        parts = urlsplit(url)
        host, port = _place(parts)
    except ValueError:
        raise _postgres_problem("has no host and port that can be read") from None
    if parts.fragment:
        raise _postgres_problem("holds a #")
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database or "\0" in database:
        raise _postgres_problem("does not name a database")
    options = _read_options(parts.query)
    host = options.get("host", host)
    if not host or "," in host:
        raise _postgres_problem("does not name one host")
    timeout = options.get("connect_timeout", "10")
    if not timeout.isdecimal() or not 1 <= int(timeout) <= 300:
        raise _postgres_problem("has a connect_timeout that is no number of seconds from 1 to 300")
    return PostgresAddress(
        host=host,
        port=port,
        database=database,
        user=_unquoted(parts.username),
        password=_unquoted(parts.password),
        tls=tuple((name, value) for name, value in options.items() if name.startswith("ssl")),
        application_name=options.get("application_name", "threadpilot"),
        connect_timeout_s=float(timeout),
        options=options.get("options", ""),
    )


def _place(parts: SplitResult) -> tuple[str, int]:
    port = parts.port if parts.port is not None else 5432
    if port == 0:
        raise ValueError("there is no port 0")
    return unquote(parts.hostname or ""), port


def _read_options(query: str) -> dict[str, str]:
    try:
        given = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise _postgres_problem("has options that cannot be read") from None
    options = dict(given)
    if len(options) < len(given) or not set(options) <= set(_OPTIONS):
        raise _postgres_problem(f"has options other than {', '.join(_OPTIONS)}, or one twice")
    if (mode := options.get("sslmode", "prefer")) not in TLS_MODES:
        raise _postgres_problem(f"has an sslmode that is none of {', '.join(TLS_MODES)}")
    if options.get("sslrootcert") == "system":
        options["sslrootcert"] = ssl.get_default_verify_paths().cafile or ""
    elif mode.startswith("verify") and "sslrootcert" not in options:
        raise _postgres_problem(
            f"has sslmode={mode} without sslrootcert=FILE or sslrootcert=system to verify by"
        )
    for name in _FILES:
        if name in options and not Path(options[name]).is_file():
            raise _postgres_problem(f"has an {name} that names no file")
    return options


def _unquoted(text: str | None) -> str | None:
    return unquote(text) if text else None


def _problem(what: str) -> SettingsError:
    sentence = (
        f"DATABASE_URL {what}: use sqlite:///data/threadpilot.db for a file below the working "
        "directory, sqlite:////srv/threadpilot.db with an absolute path, or "
        "postgresql://user:password@host:5432/name."
    )
    return SettingsError([sentence])


def _postgres_problem(what: str) -> SettingsError:
    sentence = (
        f"DATABASE_URL {what}: write postgresql://user:password@host:5432/name, and what is "
        "special in the password as %xx (%40 for @, %2F for /, %23 for #, %3F for ?)."
    )
    return SettingsError([sentence])
