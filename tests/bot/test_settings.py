import math
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings import Settings, load_settings, variables

ROOT = Path(__file__).parents[2]
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1-2-abc", "SLACK_APP_TOKEN": "xapp-1-A-2-abc"}
DISCORD_TOKEN = "AAAAAAAAAAAAAAAAAAAAAAAA.Gaaaaa.not-a-real-token-0123456789"
PROVIDER = {"COPILOT_PROVIDER_BASE_URL": "http://model.lan:11434/v1", "COPILOT_MODEL": "m"}


def _problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return caught.value.problems


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment without any of our variables."""
    monkeypatch.chdir(tmp_path)
    for each in variables():
        for name in (each.name, *each.fallbacks):
            monkeypatch.delenv(name, raising=False)
    return tmp_path


# --- where they come from -------------------------------------------------------------------


def test_nothing_needs_to_be_set() -> None:
    """Without any variable the defaults hold, and they are the class's own."""
    assert load_settings({}) == Settings()


def test_settings_made_in_code_do_not_look_at_the_machine(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`Settings(...)` is what it is given by field name, whatever the environment says."""
    monkeypatch.setenv("THREADPILOT_HTTP_PORT", "1")
    assert Settings(drain_s=3).http_port == 8080
    assert Settings(drain_s=3).drain_s == 3


def test_the_environment_wins_over_the_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` of the working directory is read, and the environment has the last word."""
    (place / ".env").write_text(
        "# ours\nexport THREADPILOT_HTTP_PORT=1\nTHREADPILOT_DRAIN_S='2'\n\n"
        "COPILOT_MODEL=a$b${c}  # a model\n"
    )
    monkeypatch.setenv("THREADPILOT_DRAIN_S", "3")
    settings = load_settings()
    assert (settings.http_port, settings.drain_s) == (1, 3)
    assert settings.copilot_model == "a$b${c}"


def test_a_given_environment_stands_alone(place: Path) -> None:
    """With an environment given and no file, `.env` is not looked at."""
    (place / ".env").write_text("THREADPILOT_HTTP_PORT=1\n")
    assert load_settings({}).http_port == 8080
    assert load_settings({}, place / ".env").http_port == 1


def test_what_is_empty_is_not_set(place: Path) -> None:
    """An empty variable means the default, also where the file says otherwise."""
    (place / ".env").write_text("THREADPILOT_HTTP_PORT=1\nCOPILOT_MODEL=\nSLACK_API_URL\n")
    with pytest.raises(SettingsError, match=r"\.env line 3 cannot be understood"):
        load_settings({"THREADPILOT_HTTP_PORT": " "}, place / ".env")
    (place / ".env").write_text("THREADPILOT_HTTP_PORT=1\nCOPILOT_MODEL=\n")
    settings = load_settings({"THREADPILOT_HTTP_PORT": " "}, place / ".env")
    assert settings.http_port == 8080
    assert settings.copilot_model is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"A=1\nit's broken\n", r"\.env line 2 cannot be understood"),
        (b"\xff\xfe\x00", r"\.env is not plain text"),
        (None, r"\.env cannot be read \(is a directory\)"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(
    place: Path, content: bytes | None, problem: str
) -> None:
    """It is never passed over: a setting in it would be missed without a word."""
    path = place / ".env"
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(SettingsError, match=problem):
        load_settings()


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    """A file that was asked for and is missing is a problem."""
    with pytest.raises(SettingsError, match=r"cannot be read \(no such file or directory\)"):
        load_settings({}, tmp_path / "other.env")


def test_a_file_of_an_editor_that_adds_a_mark_is_read(place: Path) -> None:
    """A byte order mark at the beginning does not hide the first variable."""
    (place / ".env").write_text("\ufeffTHREADPILOT_HTTP_PORT=1\n", encoding="utf-8")
    assert load_settings().http_port == 1


# --- values ---------------------------------------------------------------------------------


def test_every_setting_can_be_set(tmp_path: Path) -> None:
    """Each variable arrives in the field of its name."""
    program = tmp_path / "copilot"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    settings = load_settings(
        {
            **SLACK,
            **PROVIDER,
            "SLACK_SIGNING_SECRET": "abcdef0123456789",
            "SLACK_API_URL": "http://127.0.0.1:3000/api",
            "COPILOT_GITHUB_TOKEN": "github_pat_1",
            "COPILOT_PROVIDER_TYPE": "azure",
            "COPILOT_PROVIDER_API_KEY": "key",
            "COPILOT_PROVIDER_BEARER_TOKEN": "bearer",
            "COPILOT_PROVIDER_WIRE_API": "responses",
            "COPILOT_PROVIDER_HEADERS": "X-A: 1",
            "COPILOT_OFFLINE": "true",
            "COPILOT_CLI_PATH": str(program),
            "DISCORD_BOT_TOKEN": DISCORD_TOKEN,
            "DISCORD_API_URL": "http://127.0.0.1:8100/discord/api/v10",
            "DISCORD_GATEWAY_URL": "ws://127.0.0.1:8100/discord/gateway",
            "DATABASE_URL": "sqlite:////var/lib/bot.db",
            "THREADPILOT_HTTP_PORT": "0",
            "THREADPILOT_HTTP_HOST": "::1",
            "THREADPILOT_DRAIN_S": "0",
            "THREADPILOT_IDLE_S": "1.5",
            "THREADPILOT_RUNTIME_MEMORY_MB": "600",
            "THREADPILOT_CATCH_UP_S": "60",
            "THREADPILOT_RATE": "20",
            "THREADPILOT_CATCH_UP_PLACES": "7",
            "THREADPILOT_LIVE_SESSIONS": "7",
            "THREADPILOT_FOLLOW_UP": "always",
            "THREADPILOT_MODE": "steer",
            "THREADPILOT_BUDGETS": "thread:200k tokens, person/day:50 credits",
            "THREADPILOT_LEASE_S": "5",
            "THREADPILOT_TURN_S": "60",
            "THREADPILOT_FOOTER": "false",
            "THREADPILOT_REASONING": "true",
            "THREADPILOT_CONTEXT_MESSAGES": "20",
            "THREADPILOT_CONTEXT_CHARS": "5000",
            "THREADPILOT_FILES": "3",
            "THREADPILOT_FILE_MB": "2",
            "THREADPILOT_FILE_TYPES": "text, image",
            "THREADPILOT_MODEL_SEES_IMAGES": "yes",
            "THREADPILOT_MODELS": "one, two",
            "THREADPILOT_TITLES": "off",
            "THREADPILOT_ALLOWED_PEOPLE": "U0A, W0B,",
            "THREADPILOT_ALLOWED_CHANNELS": "C0A",
            "THREADPILOT_ADMINS": "U0A",
            "THREADPILOT_APPROVERS": "U0A",
            "THREADPILOT_POLICY": str(program),
            "THREADPILOT_REQUEST_S": "60",
            "THREADPILOT_COMPARE_S": "60",
            "THREADPILOT_WORK_DIR": str(tmp_path / "work"),
            "THREADPILOT_SANDBOX": "off",
            "THREADPILOT_SANDBOX_NETWORK": "yes",
            "THREADPILOT_LOG_LEVEL": "debug",
            "THREADPILOT_LOG_FORMAT": "json",
            "THREADPILOT_RUNTIME_HOME": str(tmp_path / "home"),
        }
    )
    default = Settings()
    for name in set(Settings.model_fields) - {"profile"}:  # `web` is not for those offline
        assert getattr(settings, name) != getattr(default, name), name
    assert load_settings({"THREADPILOT_PROFILE": "web"}).profile == "web"
    assert settings.models == ("one", "two")
    assert settings.slack_api_url == "http://127.0.0.1:3000/api/"
    assert settings.copilot_cli_path == program
    assert settings.allowed_people == {"U0A", "W0B"}
    assert settings.idle_s == 1.5


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        ({"COPILOT_GITHUB_TOKEN": "a", "GH_TOKEN": "b", "GITHUB_TOKEN": "c"}, "a"),
        ({"COPILOT_GITHUB_TOKEN": " ", "GH_TOKEN": "b", "GITHUB_TOKEN": "c"}, "b"),
        ({"GITHUB_TOKEN": "c"}, "c"),
        ({"GH_TOKEN": "ghp_classic", "GITHUB_TOKEN": "c"}, "c"),
        ({"GITHUB_TOKEN": "ghp_classic"}, None),
    ],
)
def test_the_token_is_looked_for_as_copilot_does(
    environ: dict[str, str], token: str | None
) -> None:
    """The first one that is set counts; classic tokens that serve others are passed over."""
    found = load_settings(environ).copilot_github_token
    assert (found.get_secret_value() if found else None) == token


@pytest.mark.parametrize(
    "text",
    [
        "X-Key: a:b\nX-Tenant:  t \n\n",
        r"X-Key: a:b\nX-Tenant: t",
        '{"X-Key": "a:b", "X-Tenant": "t"}',
    ],
)
def test_headers_are_lines_or_json(text: str) -> None:
    """Headers are read as the Copilot CLI reads them, and as a JSON object."""
    headers = load_settings({**PROVIDER, "COPILOT_PROVIDER_HEADERS": text})
    assert {
        name: value.get_secret_value() for name, value in headers.copilot_provider_headers.items()
    } == {"X-Key": "a:b", "X-Tenant": "t"}


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://slack.com/api", "https://slack.com/api/"),
        ("https://slack-gov.com/api/", "https://slack-gov.com/api/"),
        ("http://localhost:1/api/", "http://localhost:1/api/"),
        ("http://[::1]:1/api/", "http://[::1]:1/api/"),
        ("http://127.8.8.8/api//", "http://127.8.8.8/api/"),
    ],
)
def test_slacks_address_ends_in_a_slash(given: str, url: str) -> None:
    """Plain http is accepted on this machine, and the end is made one."""
    assert load_settings({"SLACK_API_URL": given}).slack_api_url == url


def test_settings_cannot_be_changed() -> None:
    """What was read stays."""
    with pytest.raises(ValidationError):
        Settings().http_port = 1  # type: ignore[misc]


# --- what is wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1", "must begin with xoxb-: copy the Bot User OAuth Token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1", "is a rotating token: turn token rotation off"),
        ("SLACK_BOT_TOKEN", "xoxb-1 2", "holds a character that no token has"),
        ("SLACK_BOT_TOKEN", "xoxb-…", "holds a character that no token has"),
        (
            "SLACK_APP_TOKEN",
            "xoxb-1",
            "must begin with xapp-: copy the app-level token from Basic Information.",
        ),
        ("SLACK_SIGNING_SECRET", "xoxb-1", "is a token: copy the Signing Secret"),
        ("DISCORD_BOT_TOKEN", "secret", "is not a bot's token: copy it from the page Bot"),
        ("DISCORD_API_URL", "http://discord.lan/api", "must begin with https://"),
        ("DISCORD_API_URL", "discord.lan", "is not a URL"),
        (
            "DISCORD_GATEWAY_URL",
            "https://discord.lan/",
            "is not a gateway's address: write it as wss://host/path",
        ),
        ("DISCORD_GATEWAY_URL", "ws://discord.lan/", "must begin with wss://"),
        ("SLACK_API_URL", "http://slack.com/api/", "must begin with https://"),
        ("SLACK_API_URL", "slack.com/api", "is not a URL"),
        ("SLACK_API_URL", "ftp://slack.com/api", "is not a URL"),
        ("SLACK_API_URL", "https://slack.com:x/api", "is not a URL"),
        ("SLACK_API_URL", "https://[/api", "is not a URL"),
        ("SLACK_API_URL", "https:///api", "is not a URL"),
        ("SLACK_API_URL", "https://slack.com/a b", "is not a URL"),
        ("SLACK_API_URL", "https://a:b@slack.com/api", "holds a name or password"),
        ("SLACK_API_URL", "https://slack.com/api?a=b", "must end after its path"),
        ("COPILOT_GITHUB_TOKEN", "ghp_1", "is a classic token, which Copilot refuses"),
        ("COPILOT_PROVIDER_TYPE", "ollama", "must be openai, azure or anthropic"),
        ("COPILOT_PROVIDER_BASE_URL", "model:11434", "is not a URL"),
        ("COPILOT_PROVIDER_WIRE_API", "chat", "must be completions or responses"),
        ("COPILOT_PROVIDER_HEADERS", "no colon", "must be lines of the form Name: value"),
        ("COPILOT_PROVIDER_HEADERS", "a b: c", "must be lines of the form Name: value"),
        ("COPILOT_PROVIDER_HEADERS", '{"a": 1}', "must be lines of the form Name: value"),
        ("COPILOT_PROVIDER_HEADERS", '{"a": ', "must be lines of the form Name: value"),
        ("COPILOT_OFFLINE", "perhaps", "must be true or false"),
        ("THREADPILOT_SANDBOX", "maybe", "must be auto, required or off"),
        ("THREADPILOT_WORK_DIR", "/dev/null", "is a file: name a directory"),
        ("THREADPILOT_PROFILE", "all", "must be chat, web or agent"),
        ("COPILOT_CLI_PATH", "/nowhere/copilot", "names no file that can be run"),
        ("DATABASE_URL", "mysql://host/db", "must name a SQLite file or a PostgreSQL database"),
        ("DATABASE_URL", "sqlite:threads.db", "must name a SQLite file or a PostgreSQL database"),
        ("DATABASE_URL", "sqlite:///:memory:", "must name a SQLite file or a PostgreSQL database"),
        ("DATABASE_URL", "postgresql+asyncpg://h/d", "must name a SQLite file or a PostgreSQL"),
        (
            "DATABASE_URL",
            "postgresql://bot:a/b@h/d",
            "must be postgresql://user:password@host:5432/name",
        ),
        (
            "DATABASE_URL",
            "postgresql://bot:a?b@h/d",
            "must be postgresql://user:password@host:5432/name",
        ),
        (
            "DATABASE_URL",
            "postgresql://bot:1#b@h/d",
            "must be postgresql://user:password@host:5432/name",
        ),
        (
            "DATABASE_URL",
            "postgresql://bot:[b@h/d",
            "must be postgresql://user:password@host:5432/name",
        ),
        ("DATABASE_URL", "postgresql://h", "must be postgresql://user:password@host:5432/name"),
        ("DATABASE_URL", "postgres:///d", "must be postgresql://user:password@host:5432/name"),
        ("THREADPILOT_FILE_TYPES", "text, films", "must be some of text, image, document and"),
        ("THREADPILOT_FILE_MB", "0", "must be a whole number from 1 to 50"),
        ("THREADPILOT_HTTP_PORT", "x", "must be a whole number from 0 to 65535"),
        ("THREADPILOT_HTTP_PORT", "1.5", "must be a whole number from 0 to 65535"),
        ("THREADPILOT_HTTP_PORT", "65536", "must be a whole number from 0 to 65535"),
        ("THREADPILOT_HTTP_HOST", "http://me", "must be an address, such as 127.0.0.1"),
        ("THREADPILOT_DRAIN_S", "-1", "must be a number of seconds from 0 to 3600"),
        ("THREADPILOT_DRAIN_S", "30s", "must be a number of seconds from 0 to 3600"),
        ("THREADPILOT_IDLE_S", "nan", "must be a number of seconds from 1 to 86400"),
        ("THREADPILOT_LEASE_S", "inf", "must be a number of seconds from 3 to 600"),
        ("THREADPILOT_LIVE_SESSIONS", "0", "must be a whole number from 1 to 10000"),
        ("THREADPILOT_FOLLOW_UP", "never", "must be thread, always or mention"),
        ("THREADPILOT_BUDGETS", "everybody:5", "holds 'everybody:5', which is no budget"),
        ("THREADPILOT_FOOTER", "2", "must be true or false"),
        ("THREADPILOT_REASONING", "2", "must be true or false"),
        ("THREADPILOT_ALLOWED_PEOPLE", "U012, @anna", "must be member ids with commas between"),
        ("THREADPILOT_ALLOWED_CHANNELS", "#general", "must be channel ids with commas between"),
        ("THREADPILOT_ADMINS", "C012", "must be member ids with commas between"),
        ("THREADPILOT_LOG_LEVEL", "loud", "must be debug, info, warning or error"),
        ("THREADPILOT_LOG_FORMAT", "xml", "must be text or json"),
        ("THREADPILOT_RUNTIME_HOME", __file__, "is a file: name a directory"),
    ],
)
def test_a_wrong_value_is_told_with_its_mend(name: str, value: str, problem: str) -> None:
    """The sentence begins with the variable, says how to mend it, and hides the value."""
    told = [each for each in _problems(**{name: value}) if each.startswith(f"{name} ")]
    assert len(told) == 1
    assert told[0].startswith(f"{name} {problem}")
    assert told[0].endswith(".")
    assert value not in told[0] or value in problem or value.isdigit()


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        (
            {"THREADPILOT_GH_TOKEN": "1"},
            "THREADPILOT_GH_TOKEN is unknown: did you mean GH_TOKEN?",
        ),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN is not set: make an app-level token"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is not set: copy the Bot User"),
        (
            {"COPILOT_PROVIDER_BASE_URL": "https://host/v1"},
            "COPILOT_MODEL is not set: COPILOT_PROVIDER_BASE_URL is",
        ),
        (
            {"COPILOT_PROVIDER_API_KEY": "k", "COPILOT_PROVIDER_WIRE_API": "responses"},
            "COPILOT_PROVIDER_BASE_URL is not set: COPILOT_PROVIDER_API_KEY is",
        ),
        ({"THREADPILOT_PROFILE": "agent"}, "THREADPILOT_WORK_DIR is not set"),
        ({"COPILOT_OFFLINE": "1"}, "COPILOT_OFFLINE is on, but no model can be reached"),
        (
            {
                "COPILOT_OFFLINE": "on",
                "COPILOT_PROVIDER_BASE_URL": "http://localhost/v1",
                "COPILOT_MODEL": "mine",
                "THREADPILOT_PROFILE": "web",
            },
            "THREADPILOT_PROFILE is web, but COPILOT_OFFLINE is on",
        ),
        (
            {"THREADPILOT_HTTP_PROT": "1"},
            "THREADPILOT_HTTP_PROT is unknown: did you mean THREADPILOT_HTTP_PORT?",
        ),
        (
            {"THREADPILOT_SLACK_BOT_TOKEN": "xoxb-1"},
            "THREADPILOT_SLACK_BOT_TOKEN is unknown: did you mean SLACK_BOT_TOKEN?",
        ),
        (
            {"THREADPILOT_QQQQ": ""},
            "THREADPILOT_QQQQ is unknown: remove it, or look up its name in docs/settings.md.",
        ),
        (
            {"COPILOT_PROVIDER_BASEURL": "https://host/v1"},
            "COPILOT_PROVIDER_BASEURL is unknown: did you mean COPILOT_PROVIDER_BASE_URL?",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(environ: dict[str, str], problem: str) -> None:
    """Variables that need others, and names that do not exist, are told in a sentence."""
    [told] = _problems(**environ)
    assert told.startswith(problem)


def test_every_problem_is_told_at_once() -> None:
    """One start is enough to know all that is wrong."""
    told = _problems(
        SLACK_BOT_TOKEN="xoxp-1",
        COPILOT_PROVIDER_BASE_URL="https://host/v1",
        THREADPILOT_DRAIN_S="long",
        THREADPILOT_FOO_BAR="1",
    )
    assert sorted(each.split()[0] for each in told) == [
        "COPILOT_MODEL",
        "SLACK_APP_TOKEN",
        "SLACK_BOT_TOKEN",
        "THREADPILOT_DRAIN_S",
        "THREADPILOT_FOO_BAR",
    ]


def test_what_kubernetes_adds_is_no_mistake() -> None:
    """A service named "threadpilot" puts such variables into every pod beside it."""
    load_settings(
        {
            "THREADPILOT_SERVICE_HOST": "10.0.0.1",
            "THREADPILOT_SERVICE_PORT_HTTP": "8080",
            "THREADPILOT_PORT": "tcp://10.0.0.1:8080",
            "THREADPILOT_PORT_8080_TCP_ADDR": "10.0.0.1",
        }
    )


def test_running_needs_a_chat_platform() -> None:
    """Without Slack's tokens there is nothing to serve; both are told."""
    with pytest.raises(SettingsError) as caught:
        load_settings({}).require_chat()
    assert [each.split()[0] for each in caught.value.problems] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
    ]
    with pytest.raises(SettingsError) as loaded:
        load_settings({"THREADPILOT_DRAIN_S": "x"}, require_chat=True)
    assert len(loaded.value.problems) == 3
    load_settings(SLACK, require_chat=True).require_chat()


# --- secrets --------------------------------------------------------------------------------


def test_secrets_are_not_shown() -> None:
    """Neither the settings as text nor an error about them shows a secret."""
    secrets = {
        "SLACK_BOT_TOKEN": "xoxb-hidden-1",
        "SLACK_APP_TOKEN": "xapp-hidden-2",
        "SLACK_SIGNING_SECRET": "hidden-3",
        "COPILOT_GITHUB_TOKEN": "hidden-4",
        "COPILOT_PROVIDER_API_KEY": "hidden-5",
        "COPILOT_PROVIDER_BEARER_TOKEN": "hidden-6",
        "COPILOT_PROVIDER_HEADERS": "X-Key: hidden-7",
    }
    settings = load_settings({**PROVIDER, **secrets})
    assert "hidden" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert "hidden" not in settings.model_dump_json()
    assert len(settings.secrets()) == 7
    assert all("hidden" in each for each in settings.secrets())

    with pytest.raises(SettingsError) as caught:
        load_settings(
            {name: f"hidden \u2026 {value}" for name, value in secrets.items()}
            | {"THREADPILOT_HTTP_PORT": "hidden", "THREADPILOT_FOLLOW_UP": "hidden"}
        )
    assert "hidden" not in repr(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(ValidationError) as direct:
        Settings(slack_bot_token="hidden")
    assert "hidden" not in str(direct.value)


def test_of_an_address_only_the_password_is_secret() -> None:
    """The rest of the database's address stays readable in the log."""
    assert Settings().secrets() == frozenset()
    for url, secrets in (
        ("postgresql://bot:pa%2Fss@db:5432/pilot", {"pa%2Fss", "pa/ss"}),
        ("postgres://bot@db/pilot?sslmode=require", set()),
        ("postgresql://bot@/pilot?host=/run/postgresql", set()),
    ):
        assert load_settings({"DATABASE_URL": url}).secrets() == secrets


# --- the documents --------------------------------------------------------------------------


def test_the_example_has_every_setting() -> None:
    """`.env.example` names each setting in the order of the class, with its default."""
    text = (ROOT / ".env.example").read_text("utf-8")
    written = re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE)
    assert written == [(each.name, each.default) for each in variables()]
    for block in re.split(r"\n\n+", text):
        if names := re.findall(r"^#?[A-Z_]+=.*$", block, re.MULTILINE):
            assert len(names) == 1, block
            assert block.startswith("# "), f"{names[0]} has no comment"
    for each in variables():
        assert all(name in text for name in each.fallbacks)


def test_the_example_sets_nothing() -> None:
    """A copy of `.env.example` is a sound `.env` that changes nothing."""
    assert load_settings({}, ROOT / ".env.example") == Settings()


def test_the_example_with_its_comment_signs_removed_is_the_defaults(tmp_path: Path) -> None:
    """The defaults that it shows are values that can be set."""
    text = (ROOT / ".env.example").read_text("utf-8")
    path = tmp_path / ".env"
    path.write_text(re.sub(r"^#(?=(?!COPILOT_PROVIDER)[A-Z_]+=)", "", text, flags=re.MULTILINE))
    assert load_settings({}, path) == Settings()


def test_the_docs_have_every_setting() -> None:
    """The tables of docs/settings.md have the same names and defaults in the same order."""
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`([^`]*)`)? ?\| (.+) \|$", text, re.MULTILINE)
    assert [row[:2] for row in rows] == [(each.name, each.default) for each in variables()]
    for each, row in zip(variables(), rows, strict=True):
        assert all(f"`{name}`" in row[2] for name in each.fallbacks)


def test_the_docs_tell_the_limits() -> None:
    """Where a number has limits, its row in docs/settings.md says them."""
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for name, field in Settings.model_fields.items():
        low = next((m.ge for m in field.metadata if hasattr(m, "ge")), math.nan)
        high = next((m.le for m in field.metadata if hasattr(m, "le")), math.nan)
        if low == low:  # a limit is there
            [row] = re.findall(rf"^\| `THREADPILOT_{name.upper()}` .*$", text, re.MULTILINE)
            assert f"({low} to {high})" in row


def test_one_platform_is_enough_and_half_of_slack_is_not() -> None:
    """Discord alone will do, and so will Slack; with one of Slack's tokens the other is missed."""
    load_settings({"DISCORD_BOT_TOKEN": DISCORD_TOKEN}, require_chat=True).require_chat()
    with pytest.raises(SettingsError, match="or set DISCORD_BOT_TOKEN"):
        load_settings({}, require_chat=True)
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN is not set"):
        load_settings(
            {"DISCORD_BOT_TOKEN": DISCORD_TOKEN, "SLACK_BOT_TOKEN": "xoxb-1"}, require_chat=True
        )
