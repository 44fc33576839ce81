"""The settings: read from the environment and `.env`, checked at once, never printing a secret."""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from annotated_types import Ge, Le
from dotenv.parser import parse_stream
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.budgets import Budget, read_budgets
from bot.errors import SettingsError
from bot.file_kinds import FileKind

_OURS = "THREADPILOT_"
_LEAST_MEMORY_MB = 300
# Names that other programs use too; all else begins with THREADPILOT_.
_SHARED = ("slack_", "discord_", "copilot_", "database_")
# What Kubernetes puts into the environment of a pod beside a service named "threadpilot".
_KUBERNETES = re.compile(
    _OURS + r"(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)",
)


def _variable(field: str) -> str:
    """The environment variable of a field."""
    return field.upper() if field.startswith(_SHARED) else _OURS + field.upper()


# --- how values are read --------------------------------------------------------------------


def _token(text: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", text.get_secret_value()):
        raise ValueError("holds a character that no token has: copy it again, without spaces")
    return text


def _bot_token(text: SecretStr) -> SecretStr:
    value = text.get_secret_value()
    if value.startswith("xoxe."):
        raise ValueError("is a rotating token: turn token rotation off in the Slack app")
    if not value.startswith("xoxb-"):
        raise ValueError(
            "must begin with xoxb-: copy the Bot User OAuth Token from OAuth & Permissions"
        )
    return text


def _app_token(text: SecretStr) -> SecretStr:
    if not text.get_secret_value().startswith("xapp-"):
        raise ValueError("must begin with xapp-: copy the app-level token from Basic Information")
    return text


def _discord_token(text: SecretStr) -> SecretStr:
    if not re.fullmatch(r"(Bot )?[\w-]{10,}\.[\w-]{3,}\.[\w-]{10,}", text.get_secret_value()):
        raise ValueError("is not a bot's token: copy it from the page Bot of the application")
    return SecretStr(text.get_secret_value().removeprefix("Bot "))


def _signing_secret(text: SecretStr) -> SecretStr:
    if text.get_secret_value().startswith(("xox", "xapp-")):
        raise ValueError("is a token: copy the Signing Secret from Basic Information")
    return text


def _github_token(text: SecretStr) -> SecretStr:
    if text.get_secret_value().startswith("ghp_"):
        raise ValueError(
            "is a classic token, which Copilot refuses: make a fine-grained one with the "
            'permission "Copilot Requests"'
        )
    return text


def _split(url: str) -> SplitResult:
    """Take an http(s) URL apart.

    Raises:
        ValueError: it is not one.
    """
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        has_host = False
    if not has_host or parts.scheme not in {"http", "https"} or not re.fullmatch(r"[!-~]+", url):
        raise ValueError("is not a URL: write it as https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a name or password: give keys in their own variables")
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _slack_url(url: str) -> str:
    parts = _split(url)
    if parts.query or parts.fragment:
        raise ValueError("must end after its path: write it as https://host/api/")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https://: plain http is for this machine only")
    return url.rstrip("/") + "/"


def _discord_api_url(url: str) -> str:
    parts = _split(url)
    if parts.query or parts.fragment:
        raise ValueError("must end after its path: write it as https://host/api/v10")
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https://: plain http is for this machine only")
    return url.rstrip("/")


def _discord_gateway_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_sound = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"ws", "wss"}
    except ValueError:
        is_sound = False
    if not is_sound or not re.fullmatch(r"[!-~]+", url) or parts.query or parts.fragment:
        raise ValueError("is not a gateway's address: write it as wss://host/path")
    if parts.scheme == "ws" and not _is_loopback(parts.hostname or ""):
        raise ValueError("must begin with wss://: plain ws is for this machine only")
    return url


def _provider_url(url: str) -> str:
    _split(url)
    return url.rstrip("/")


def _database_url(text: SecretStr) -> SecretStr:
    url = text.get_secret_value()
    if url.startswith(("postgresql://", "postgres://")):
        if not _names_a_server(url):
            raise ValueError(
                "must be postgresql://user:password@host:5432/name, with %xx for what is special "
                "in the password (%40 for @, %2F for /, %23 for #, %3F for ?)"
            )
    elif not re.fullmatch(r"sqlite:///[^?]+", url) or url == "sqlite:///:memory:":
        raise ValueError(
            "must name a SQLite file or a PostgreSQL database: write "
            "sqlite:///data/threadpilot.db for a file below the working directory, "
            "sqlite:////srv/threadpilot.db with a path from the root, or "
            "postgresql://user:password@host:5432/name"
        )
    return text


def _names_a_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_place = parts.port != 0 and bool(parts.hostname or "host=" in parts.query)
    except ValueError:
        return False
    return has_place and len(parts.path) > 1 and not parts.fragment and " " not in url


def _program(path: Path) -> Path:
    path = path.expanduser().absolute()
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise ValueError(
            "names no file that can be run: give the path of the Copilot runtime, or remove it "
            "and run: threadpilot runtime install"
        )
    return path


def _policy(path: Path) -> Path:
    path = path.expanduser().absolute()
    if not path.is_file():
        raise ValueError("names no file: give the path of a TOML file with [[rule]] tables")
    return path


def _memory(megabytes: int) -> int:
    if 0 < megabytes < _LEAST_MEMORY_MB:
        raise ValueError(
            f"is less than the Copilot runtime needs: set it to {_LEAST_MEMORY_MB} or more, or to "
            "0 for no limit"
        )
    return megabytes


def _directory(path: Path) -> Path:
    path = path.expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError("is a file: name a directory, which is made where it is missing")
    return path


def _host(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", text):
            raise ValueError("must be an address, such as 127.0.0.1 or 0.0.0.0") from None
    return text


def _headers(value: object) -> object:
    """Read headers as the Copilot CLI does, and as a JSON object besides."""
    if not isinstance(value, str):
        return value
    found: dict[str, str] = {}
    for name, text in _header_pairs(value):
        is_name = re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)
        if not is_name or not re.fullmatch(r"[\t\x20-\x7e]*", text):
            raise ValueError("must be lines of the form Name: value, or a JSON object")
        found[name] = text
    return found


def _header_pairs(text: str) -> Iterator[tuple[str, str]]:
    if text.lstrip().startswith("{"):
        try:
            read = json.loads(text)
        except ValueError:
            read = {"": ""}
        for name, value in read.items():
            yield name, value if isinstance(value, str) else "\0"
        return
    for line in text.replace("\\n", "\n").splitlines():
        if line.strip():
            name, _, value = line.partition(":")
            yield name.strip(), value.strip() if _ else "\0"


def _listed(value: object) -> object:
    if isinstance(value, str):
        return frozenset(filter(None, re.split(r"[,\s]+", value)))
    return value


def _people(ids: frozenset[str]) -> frozenset[str]:
    if not all(re.fullmatch(r"[UW][A-Z0-9]{2,}|\d{15,20}", each) for each in ids):
        raise ValueError(
            "must be member ids with commas between, such as U012ABCDEF on Slack or "
            "80351110224678912 on Discord: copy each from the person's profile"
        )
    return ids


def _channels(ids: frozenset[str]) -> frozenset[str]:
    if not all(re.fullmatch(r"[CG][A-Z0-9]{2,}|\d{15,20}", each) for each in ids):
        raise ValueError(
            "must be channel ids with commas between, such as C012ABCDEF on Slack or "
            "41771983423143937 on Discord: copy each from the channel's details or menu"
        )
    return ids


def _file_types(kinds: frozenset[str]) -> frozenset[str]:
    if not kinds <= set(FileKind):
        raise ValueError("must be some of text, image, document and archive, with commas between")
    return kinds


def _ids(value: object) -> object:
    if isinstance(value, str):
        return tuple(dict.fromkeys(filter(None, re.split(r"[,\s]+", value))))
    return value


def _budgets(value: object) -> object:
    return read_budgets(value) if isinstance(value, str) else value


_Secret = Annotated[SecretStr, AfterValidator(_token)]
_People = Annotated[frozenset[str], BeforeValidator(_listed), AfterValidator(_people)]
_Channels = Annotated[frozenset[str], BeforeValidator(_listed), AfterValidator(_channels)]
_FileTypes = Annotated[frozenset[str], BeforeValidator(_listed), AfterValidator(_file_types)]
_Budgets = Annotated[tuple[Budget, ...], BeforeValidator(_budgets)]
_Models = Annotated[tuple[str, ...], BeforeValidator(_ids)]
_Headers = Annotated[Mapping[str, SecretStr], BeforeValidator(_headers)]

# --- the settings ---------------------------------------------------------------------------


class Settings(BaseSettings):
    """All that an operator can set; `load_settings` reads it.

    A field has the name of its variable in small letters, without `THREADPILOT_`.
    `docs/settings.md` says what each is for.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=AliasGenerator(validation_alias=_variable),
        populate_by_name=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    # Slack
    slack_bot_token: Annotated[_Secret, AfterValidator(_bot_token)] | None = None
    slack_app_token: Annotated[_Secret, AfterValidator(_app_token)] | None = None
    slack_signing_secret: Annotated[_Secret, AfterValidator(_signing_secret)] | None = None
    slack_api_url: Annotated[str, AfterValidator(_slack_url)] = "https://slack.com/api/"

    # Discord
    discord_bot_token: Annotated[_Secret, AfterValidator(_discord_token)] | None = None
    discord_api_url: Annotated[str, AfterValidator(_discord_api_url)] = (
        "https://discord.com/api/v10"
    )
    discord_gateway_url: Annotated[str, AfterValidator(_discord_gateway_url)] | None = None

    # Copilot: as the Copilot CLI reads them (`copilot help environment`)
    copilot_github_token: Annotated[_Secret, AfterValidator(_github_token)] | None = Field(
        default=None,
        validation_alias=AliasChoices("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"),
    )
    copilot_model: str | None = None
    copilot_provider_type: Literal["openai", "azure", "anthropic"] = "openai"
    copilot_provider_base_url: Annotated[str, AfterValidator(_provider_url)] | None = None
    copilot_provider_api_key: _Secret | None = None
    copilot_provider_bearer_token: _Secret | None = None
    copilot_provider_wire_api: Literal["completions", "responses"] = "completions"
    copilot_provider_headers: _Headers = Field(default_factory=dict)
    copilot_offline: bool = False
    copilot_cli_path: Annotated[Path, AfterValidator(_program)] | None = None

    # Where it keeps what it knows
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = SecretStr(
        "sqlite:///data/threadpilot.db"
    )

    # Who may use it, and when it answers
    allowed_people: _People = frozenset()
    allowed_channels: _Channels = frozenset()
    admins: _People = frozenset()
    approvers: _People = frozenset()
    policy: Annotated[Path, AfterValidator(_policy)] | None = None
    request_s: float = Field(default=3600, ge=10, le=7 * 24 * 3600)
    compare_s: float = Field(default=24 * 3600, ge=60, le=30 * 24 * 3600)
    rate: int = Field(default=0, ge=0, le=10_000)
    follow_up: Literal["thread", "always", "mention"] = "thread"
    mode: Literal["queue", "steer", "interrupt"] = "queue"
    footer: bool = True
    reasoning: bool = False

    # What sessions may do
    profile: Literal["chat", "web", "agent"] = "chat"
    work_dir: Annotated[Path, AfterValidator(_directory)] | None = None
    sandbox: Literal["auto", "required", "off"] = "auto"
    sandbox_network: bool = False
    models: _Models = ()
    budgets: _Budgets = ()

    # What a prompt carries
    context_messages: int = Field(default=50, ge=0, le=1000)
    context_chars: int = Field(default=20_000, ge=1_000, le=1_000_000)
    files: int = Field(default=10, ge=0, le=30)
    file_mb: int = Field(default=10, ge=1, le=50)
    file_types: _FileTypes = frozenset()
    model_sees_images: Literal["auto", "yes", "no"] = "auto"
    titles: bool = True

    # How it runs
    http_port: int = Field(default=8080, ge=0, le=65535)
    http_host: Annotated[str, AfterValidator(_host)] = "127.0.0.1"
    drain_s: float = Field(default=30, ge=0, le=3600)
    idle_s: float = Field(default=600, ge=1, le=86400)
    catch_up_s: float = Field(default=3600, ge=0, le=7 * 24 * 3600)
    catch_up_places: int = Field(default=100, ge=1, le=1000)
    live_sessions: int = Field(default=100, ge=1, le=10000)
    lease_s: float = Field(default=30, ge=3, le=600)
    turn_s: float = Field(default=1800, ge=10, le=86400)
    runtime_memory_mb: Annotated[int, AfterValidator(_memory)] = Field(default=2000, ge=0, le=10**6)
    runtime_home: Annotated[Path, AfterValidator(_directory)] | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed counts: `load_settings` alone looks at the environment.

        So `Settings()` means the defaults on every machine.
        """
        return (init_settings,)

    def require_chat(self) -> None:
        """Check that there is a chat platform to run on.

        Raises:
            SettingsError: there is none.
        """
        given = {
            "SLACK_BOT_TOKEN": self.slack_bot_token,
            "SLACK_APP_TOKEN": self.slack_app_token,
            "DISCORD_BOT_TOKEN": self.discord_bot_token,
        }
        if problems := _no_chat({name for name, value in given.items() if value}):
            raise SettingsError(problems)

    def secrets(self) -> frozenset[str]:
        """Every secret value, for what must never be shown; keep it out of sight."""
        found = {
            value.get_secret_value()
            for name in type(self).model_fields
            if name != "database_url" and isinstance(value := getattr(self, name), SecretStr)
        }
        found |= {value.get_secret_value() for value in self.copilot_provider_headers.values()}
        # Of an address, the password alone: the rest is worth reading in a log.
        password = urlsplit(self.database_url.get_secret_value()).password
        if password:
            found |= {password, unquote(password)}
        return frozenset(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """A setting as an operator sees it.

    Args:
        name: of the environment variable.
        fallbacks: names that are read where the first is not set.
        default: as one would write it; empty where there is none.
    """

    name: str
    fallbacks: tuple[str, ...]
    default: str


def variables() -> tuple[Variable, ...]:
    """Every setting, in the order of the class."""
    return tuple(
        Variable(name=names[0], fallbacks=names[1:], default=_written(field))
        for names, field in ((_names(field), field) for field in Settings.model_fields.values())
    )


def load_settings(
    environ: Mapping[str, str] | None = None,
    env_file: Path | None = None,
    *,
    require_chat: bool = False,
) -> Settings:
    """Read and check the settings.

    What the environment says wins over the file; what is empty is not set.

    Args:
        environ: the variables; those of this process when left out.
        env_file: a file of more of them; when both are left out, `.env` of the working
            directory where there is one.
        require_chat: whether there must be a chat platform to run on.

    Returns:
        The settings, sound.

    Raises:
        SettingsError: with every problem that was found.
    """
    problems: list[str] = []
    if environ is None and env_file is None and Path(".env").exists():
        env_file = Path(".env")
    merged: dict[str, str] = {}
    if env_file is not None:
        merged, problems = _read(env_file)
    merged |= os.environ if environ is None else environ

    known = {name for field in Settings.model_fields.values() for name in _names(field)}
    problems += [_unknown(name, known) for name in sorted(merged) if _is_unknown(name, known)]
    given = {name: text.strip() for name, text in merged.items() if name in known and text.strip()}
    # These two serve other programs as well, which take what Copilot does not.
    for name in ("GH_TOKEN", "GITHUB_TOKEN"):
        if given.get(name, "").startswith("ghp_"):
            del given[name]

    settings = None
    try:
        # The type checker knows the fields' names only, not their variables.
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as exc:
        problems += [_sentence(error) for error in exc.errors(include_input=False)]
    problems += _combined(given, require_chat=require_chat)
    # Raised outside the `except`, so that what pydantic knows of the values is not attached.
    if settings is None or problems:
        raise SettingsError(problems)
    return settings


def _names(field: FieldInfo) -> tuple[str, ...]:
    """The variables of a field, the first one that is set counting."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (str(alias),)


def _written(field: FieldInfo) -> str:
    match field.get_default(call_default_factory=True, validated_data={}):
        case bool() as flag:
            return str(flag).lower()
        case SecretStr() as secret:
            return secret.get_secret_value()
        case None:
            return ""
        case frozenset() | dict() | ():
            return ""
        case value:
            return str(value)


def _read(path: Path) -> tuple[dict[str, str], list[str]]:
    """Read a file of `NAME=value` lines; what cannot be read is a problem."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        reason = (exc.strerror or "unknown reason").lower()
        return {}, [f"{path} cannot be read ({reason}): mend it or remove it."]
    except UnicodeDecodeError:
        return {}, [f"{path} is not plain text: save it as UTF-8."]
    found: dict[str, str] = {}
    problems = []
    for binding in parse_stream(StringIO(text)):
        if binding.key is not None and binding.value is not None:
            found[binding.key] = binding.value
        elif binding.error or binding.key is not None:
            line = binding.original.line
            problems.append(f"{path} line {line} cannot be understood: write it as NAME=value.")
    return found, problems


def _is_unknown(name: str, known: set[str]) -> bool:
    # A provider's variable that nobody reads would be a key or a limit without effect.
    is_strict = name.startswith((_OURS, "COPILOT_PROVIDER_"))
    return is_strict and name not in known and not _KUBERNETES.fullmatch(name)


def _unknown(name: str, known: set[str]) -> str:
    # Compared without what they have in common, or everything would be near.
    by_end = {_end(each): each for each in known}
    near = difflib.get_close_matches(_end(name), [*by_end, *known], n=1)
    if near:
        return f"{name} is unknown: did you mean {by_end.get(near[0], near[0])}?"
    return f"{name} is unknown: remove it, or look up its name in docs/settings.md."


def _end(name: str) -> str:
    return name.removeprefix(_OURS).removeprefix("COPILOT_PROVIDER_")


def _sentence(error: ErrorDetails) -> str:
    """Say in a sentence what is wrong with a variable, without its value."""
    name = str(error["loc"][0])
    field = next(f for f in Settings.model_fields.values() if name in _names(f))
    kind = error["type"]
    context: dict[str, Any] = error.get("ctx", {})
    if kind == "value_error":
        what = str(context["error"])
    elif kind == "literal_error":
        what = "must be " + str(context["expected"]).replace("'", "")
    elif kind == "bool_parsing":
        what = "must be true or false"
    else:
        what = "must be " + _numbers(field)
    return f"{name} {what}."


def _numbers(field: FieldInfo) -> str:
    low = next((each.ge for each in field.metadata if isinstance(each, Ge)), None)
    high = next((each.le for each in field.metadata if isinstance(each, Le)), None)
    kind = "a whole number" if field.annotation is int else "a number of seconds"
    return f"{kind} from {low} to {high}"


def _combined(given: Mapping[str, str], *, require_chat: bool) -> list[str]:
    """What is wrong with variables together."""
    problems = []
    if given.get(_OURS + "PROFILE") == "agent" and _OURS + "WORK_DIR" not in given:
        problems.append(
            "THREADPILOT_WORK_DIR is not set: THREADPILOT_PROFILE is agent, which works in "
            "directories there."
        )
    if require_chat or {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} & given.keys():
        problems += _no_chat(given.keys())
    if "COPILOT_PROVIDER_BASE_URL" in given:
        if "COPILOT_MODEL" not in given:
            problems.append(
                "COPILOT_MODEL is not set: COPILOT_PROVIDER_BASE_URL is, and a provider of your "
                "own needs the name of one of its models."
            )
        if _is_on(given.get("COPILOT_OFFLINE", "")) and given.get(_OURS + "PROFILE") == "web":
            problems.append(
                "THREADPILOT_PROFILE is web, but COPILOT_OFFLINE is on: set it to chat, or let "
                "Copilot reach the internet."
            )
        return problems
    problems += [
        f"COPILOT_PROVIDER_BASE_URL is not set: {name} is, which has no use without it."
        for name in given
        if name.startswith("COPILOT_PROVIDER_")
    ][:1]
    if _is_on(given.get("COPILOT_OFFLINE", "")):
        problems.append(
            "COPILOT_OFFLINE is on, but no model can be reached then: set "
            "COPILOT_PROVIDER_BASE_URL and COPILOT_MODEL, or remove it."
        )
    return problems


def _is_on(text: str) -> bool:
    return text.lower() in {"true", "1", "yes", "y", "on", "t"}


def _no_chat(given: Collection[str]) -> list[str]:
    """Why the bot cannot go to any platform: Slack takes two tokens, Discord one."""
    if "DISCORD_BOT_TOKEN" in given and not {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"} & set(given):
        return []
    where = {
        "SLACK_BOT_TOKEN": "copy the Bot User OAuth Token from OAuth & Permissions",
        "SLACK_APP_TOKEN": "make an app-level token with connections:write in Basic Information",
    }
    return [
        f"{name} is not set: {how} of the Slack app (see docs/slack.md)"
        + (", or set DISCORD_BOT_TOKEN (see docs/discord.md)." if not given else ".")
        for name, how in where.items()
        if name not in given
    ]
