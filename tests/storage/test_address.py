"""What DATABASE_URL may say."""

import ssl
from pathlib import Path

import pytest

from bot.errors import SettingsError
from storage.address import PostgresAddress, SqliteAddress, parse


def test_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes name a file below the working directory, four one from the root."""
    monkeypatch.chdir(tmp_path)
    assert parse("sqlite:///data/x.db") == SqliteAddress(path=tmp_path / "data" / "x.db")
    assert parse(f"sqlite:///{tmp_path}/x.db") == SqliteAddress(path=tmp_path / "x.db")
    assert parse("sqlite:////srv/a%20b/x.db") == SqliteAddress(path=Path("/srv/a b/x.db"))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_server(scheme: str) -> None:
    """A server has a host, and a database; what is special in a password is written as %xx."""
    assert parse(f"{scheme}://bot:p%40ss%2Fw%23rd@db.example.org:6000/pilot") == PostgresAddress(
        host="db.example.org", port=6000, database="pilot", user="bot", password="p@ss/w#rd"
    )
    assert parse(f"{scheme}://localhost/pilot") == PostgresAddress(
        host="localhost", port=5432, database="pilot"
    )
    assert parse(f"{scheme}://bot@[::1]/pilot") == PostgresAddress(
        host="::1", port=5432, database="pilot", user="bot"
    )


def test_socket() -> None:
    """A server's socket is named by its directory."""
    address = parse("postgresql://bot@/pilot?host=/run/postgresql")
    assert isinstance(address, PostgresAddress)
    assert (address.host, address.user) == ("/run/postgresql", "bot")


def test_options(tmp_path: Path) -> None:
    """Options are those of libpq that matter here."""
    certificates = tmp_path / "a b.pem"
    certificates.write_text("")
    address = parse(
        f"postgresql://h/d?sslmode=verify-full&sslrootcert={certificates}".replace(" ", "%20")
        + "&application_name=pilot&connect_timeout=3&options=-c%20search_path%3Dours"
    )
    assert address == PostgresAddress(
        host="h",
        port=5432,
        database="d",
        tls=(("sslmode", "verify-full"), ("sslrootcert", str(certificates))),
        application_name="pilot",
        connect_timeout_s=3.0,
        options="-c search_path=ours",
    )


def test_certificates_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A certificate can be verified by what the system trusts."""
    (tmp_path / "ca.pem").write_text("")
    monkeypatch.setenv(ssl.get_default_verify_paths().openssl_cafile_env, f"{tmp_path}/ca.pem")
    address = parse("postgresql://h/d?sslmode=verify-full&sslrootcert=system")
    assert isinstance(address, PostgresAddress)
    assert dict(address.tls)["sslrootcert"] == f"{tmp_path}/ca.pem"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host/x.db",
        "sqlite:///x.db?mode=ro",
        "mysql://a:secret@host/x",
    ],
)
def test_bad_address(url: str) -> None:
    """Any other address is refused in words that show how one looks, and no password."""
    with pytest.raises(SettingsError, match=r"sqlite:///data/threadpilot\.db") as caught:
        parse(url)
    assert caught.value.problems[0].startswith("DATABASE_URL ")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+asyncpg://bot:secret@h/d", "names a driver"),
        ("postgresql://bot:secret@h:0/d", "no host and port"),
        ("postgresql://bot:secret@h:99999/d", "no host and port"),
        ("postgresql://bot:sec/secret@h/d", "no host and port"),
        ("postgresql://bot:sec?secret@h/d", "no host and port"),
        ("postgresql://bot:1/secret@h/d", "not name a database"),
        ("postgresql://bot:1/d?secret@h/d", "options that cannot be read"),
        ("postgresql://bot:1/d?secret=@h/d", "options other than sslmode,"),
        ("postgresql://bot@h/d#secret", "holds a #"),
        ("postgresql://bot:secret@[h/d", "no host and port"),
        ("postgresql://bot:secret@h", "not name a database"),
        ("postgresql://bot:secret@h/", "not name a database"),
        ("postgresql://bot:secret@h/a/b", "not name a database"),
        ("postgresql:///d", "not name one host"),
        ("postgresql://bot:secret@h1,h2/d", "not name one host"),
        ("postgresql://bot:secret@h/d?sslmode=on", "none of disable, allow, prefer,"),
        ("postgresql://bot:secret@h/d?sslmode=verify-full", "without sslrootcert"),
        ("postgresql://bot:secret@h/d?sslrootcert=/no/such", "sslrootcert that names no file"),
        ("postgresql://bot:secret@h/d?sslmode=require&sslmode=disable", "one twice"),
        ("postgresql://bot:secret@h/d?pool_size=3", "options other than"),
        ("postgresql://bot:secret@h/d?connect_timeout=soon", "connect_timeout"),
    ],
)
def test_bad_server(url: str, words: str) -> None:
    """An address of a server that cannot be read says why, and how one looks, and no password."""
    with pytest.raises(SettingsError, match=r"postgresql://user:password@host:5432/name") as caught:
        parse(url)
    assert words in caught.value.problems[0]
    assert caught.value.problems[0].startswith("DATABASE_URL ")
    assert "secret" not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    """An address that is printed holds no password."""
    address = parse("postgresql://bot:secret@h/d")
    assert "secret" not in repr(address)
    assert str(address) == "d at h:5432"
