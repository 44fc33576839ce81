"""The log: structlog over the standard logging, as text or JSON lines, without secrets."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from types import TracebackType
from typing import Literal, TextIO
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_HIDDEN = "[secret]"
# A configured value shorter than this says nothing about a secret, and hiding it would
# take harmless words out of the log.
_SHORTEST_SECRET = 8
_SHAPES = (
    re.compile(r"\bxox[a-z](\.xox[a-z])?-[\w-]{6,}"),
    re.compile(r"\bxapp-[\w-]{6,}"),
    re.compile(r"\bgh[a-z]_\w{6,}"),
    re.compile(r"\bgithub_pat_\w{6,}"),
    re.compile(r"\bsk-[\w-]{6,}"),
    re.compile(r"(?i)(?<=\bbearer )[\w.~+/=-]{6,}"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)
_OWN = ("bot", "adapters", "storage", "playground")


class Redactor:
    """Takes secrets out of what is logged.

    Args:
        secrets: values to hide besides all that looks like a token.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {
            spelling
            for secret in secrets
            if len(secret) >= _SHORTEST_SECRET
            for spelling in (secret, quote(secret, safe=""), repr(secret)[1:-1])
        }
        # The longest first: one may be the beginning of another.
        parts = [re.escape(each) for each in sorted(spellings, key=len, reverse=True)]
        values = [re.compile("|".join(parts))] if parts else []
        self._patterns = (*values, *_SHAPES)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Clean every value of an event; a processor of structlog."""
        return {key: self.clean(value) for key, value in event.items()}

    def clean(self, value: object) -> object:
        """A value without secrets: text, containers of it, and anything else as text."""
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(str(key)): self.clean(each) for key, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.clean(each) for each in value]
            case _:
                return self.text(str(value))

    def text(self, text: str) -> str:
        """A text without secrets."""
        for pattern in self._patterns:
            text = pattern.sub(_HIDDEN, text)
        return text


class Once:
    """Remembers what was said, so that a complaint about the same thing is logged once.

    Args:
        limit: how many things it remembers; the oldest is forgotten first.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._seen: OrderedDict[Hashable, None] = OrderedDict()

    def first(self, *key: Hashable) -> bool:
        """Whether this is the first time that `key` comes up."""
        if key in self._seen:
            self._seen.move_to_end(key)
            return False
        self._seen[key] = None
        if len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        return True


def set_up_logging(
    *,
    level: str = "info",
    log_format: Literal["text", "json"] | None = None,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send everything that is logged in this process to one place, in one form.

    Our own modules log from `level` on, libraries from warnings on (at `debug` from info
    on: what they say below it repeats what people wrote). Call it again to change it.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        log_format: `text` for people or `json`, a line each; when left out, text on a
            terminal and JSON elsewhere.
        secrets: values that must not be shown.
        stream: where to write; the standard error when left out.
    """
    stream = sys.stderr if stream is None else stream
    is_terminal = stream.isatty()
    form = log_format or ("text" if is_terminal else "json")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # A traceback becomes text here, so that it is cleaned like all else.
                structlog.processors.format_exc_info,
                Redactor(secrets),
                _renderer(form, colors=is_terminal and not os.environ.get("NO_COLOR")),
            ],
        )
    )
    root = logging.getLogger()
    for earlier in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    wanted = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(logging.INFO if wanted < logging.INFO else max(wanted, logging.WARNING))
    for name in _OWN:
        logging.getLogger(name).setLevel(wanted)
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, to be told from those of others."""


def _renderer(form: str, *, colors: bool) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=structlog.dev.plain_traceback
    )


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log what nobody caught: Python itself would print it with the secrets in it."""
    logging.getLogger("bot").critical("uncaught", exc_info=(kind, error, traceback))
