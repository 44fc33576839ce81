import json
import logging
import sys
import warnings
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from bot.log import Once, Redactor, set_up_logging

SECRET = "s3cr3t/value+of=mine"


@pytest.fixture(autouse=True)
def _unchanged() -> Iterator[None]:
    root = logging.getLogger()
    names = ("", "bot", "adapters", "storage", "playground")
    levels = {name: logging.getLogger(name).level for name in names}
    handlers, hook = root.handlers[:], sys.excepthook
    yield
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    sys.excepthook = hook
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


class Terminal(StringIO):
    def isatty(self) -> bool:
        """It is one."""
        return True


def _refuse() -> None:
    raise RuntimeError(f"refused {SECRET}")


def _lines(stream: StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_a_line_of_json() -> None:
    """Each event is one JSON object with its time, level, logger and values."""
    stream = StringIO()
    set_up_logging(stream=stream)
    structlog.get_logger("bot.worker").info("turn ended", entry=7, text="a\nb")
    [line] = _lines(stream)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "event": "turn ended",
        "level": "info",
        "logger": "bot.worker",
        "entry": 7,
        "text": "a\nb",
    }


def test_what_libraries_log_comes_the_same_way() -> None:
    """The standard logging of libraries and of our own modules has the same form."""
    stream = StringIO()
    set_up_logging(stream=stream)
    logging.getLogger("slack_bolt.App").warning("%s failed", "this")
    logging.getLogger("adapters.copilot").info("found %d", 3)
    assert [(line["logger"], line["event"]) for line in _lines(stream)] == [
        ("slack_bolt.App", "this failed"),
        ("adapters.copilot", "found 3"),
    ]


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("debug", ["bot d", "bot i", "lib i", "lib w", "bot e"]),
        ("info", ["bot i", "lib w", "bot e"]),
        ("warning", ["lib w", "bot e"]),
        ("error", ["bot e"]),
    ],
)
def test_the_level_is_ours_and_libraries_speak_less(level: str, seen: list[str]) -> None:
    """Libraries are heard from warnings on, and never below info: that repeats messages."""
    stream = StringIO()
    set_up_logging(stream=stream, level=level)
    ours, library = structlog.get_logger("bot.x"), logging.getLogger("slack_sdk")
    ours.debug("bot d")
    ours.info("bot i")
    library.debug("lib d")
    library.info("lib i")
    library.warning("lib w")
    ours.error("bot e")
    assert [line["event"] for line in _lines(stream)] == seen


def test_a_terminal_gets_text_and_all_else_json() -> None:
    """Without a setting the form follows from where the log goes; a setting wins."""
    terminal, file, forced = Terminal(), StringIO(), Terminal()
    for stream, log_format in ((terminal, None), (file, None), (forced, "json")):
        set_up_logging(stream=stream, log_format=log_format)  # type: ignore[arg-type]
        structlog.get_logger("bot.x").info("here", a=1)
    assert "here" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert len(_lines(file)) == len(_lines(forced)) == 1


def test_setting_it_up_again_replaces_the_first() -> None:
    """An event is logged once, however often the log was set up."""
    first, second = StringIO(), StringIO()
    set_up_logging(stream=first)
    set_up_logging(stream=second)
    structlog.get_logger("bot.x").info("here")
    assert first.getvalue() == ""
    assert len(_lines(second)) == 1


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_secret_is_ever_logged(log_format: str) -> None:
    """A secret is hidden in words, values, containers, tracebacks and library messages."""
    stream = StringIO()
    set_up_logging(stream=stream, log_format=log_format, secrets=[SECRET])  # type: ignore[arg-type]
    log = structlog.get_logger("bot.x")
    log.info(f"with {SECRET} inside", header={"Authorization": [SECRET]}, at=ValueError(SECRET))
    logging.getLogger("aiohttp").warning("GET /?token=%s", "s3cr3t%2Fvalue%2Bof%3Dmine")
    try:
        _refuse()
    except RuntimeError:
        log.exception("failed")
        logging.getLogger("asyncio").exception("also failed")
    told = stream.getvalue()
    assert "s3cr3t" not in told
    assert told.count("[secret]") >= 6
    assert told.count("Traceback") == 2


@pytest.mark.parametrize(
    "token",
    [
        "xoxb-1234567890-abcDEF",
        "xoxe.xoxb-1-abcdefgh",
        "xapp-1-A0123-456-abcdef",
        "ghp_abcdefghijklmnop1234",
        "gho_abcdefghijklmnop1234",
        "github_pat_11ABCDEFG_abcdefgh",
        "sk-proj-abcdefgh12345",
        "Bearer abc.def-ghi",
        "postgresql://bot:pa55word@db/threadpilot",
    ],
)
def test_what_looks_like_a_token_is_hidden_unknown_or_not(token: str) -> None:
    """Tokens are known by their shape, so that people's and other programs' are hidden too."""
    text = Redactor().text(f"before {token}, after")
    assert token not in text
    assert "[secret]" in text
    assert text.startswith("before ")
    assert text.endswith(", after")


@pytest.mark.parametrize(
    "text", ["a task-force", "risk-taking people", "https://host:8080/a@b", "x", "ghp", "thread k"]
)
def test_harmless_words_stay(text: str) -> None:
    """What only resembles a token stays, also when a configured value is very short."""
    assert Redactor(["k"]).text(text) == text


def test_an_exception_that_nobody_caught_is_logged() -> None:
    """Python would print it with all that it says; the log hides secrets."""
    stream = StringIO()
    set_up_logging(stream=stream, secrets=[SECRET])
    error = ValueError(SECRET)
    sys.excepthook(ValueError, error, None)
    [line] = _lines(stream)
    assert line["level"] == "critical"
    assert SECRET not in stream.getvalue()


def test_warnings_are_logged() -> None:
    """What Python warns of is in the log and not between its lines."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        stream = StringIO()
        set_up_logging(stream=stream)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    [line] = _lines(stream)
    assert line["logger"] == "py.warnings"


def test_the_same_complaint_is_made_once() -> None:
    """The first time counts for each thing, and only so many things are remembered."""
    once = Once(limit=2)
    assert once.first("unknown event", "a")
    assert not once.first("unknown event", "a")
    assert once.first("unknown event", "b")
    assert once.first("unknown event", "c")
    assert once.first("unknown event", "a")
