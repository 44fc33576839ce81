"""What was decided, and by whom: kept for the operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.keys import SessionKey
from bot.requests import Request


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """Something that was decided. It says nothing of what was said in the thread.

    Args:
        at: when (UTC).
        key: the thread.
        person: who; empty where time did, `POLICY` where the operator's rules did.
        action: what: a state of a request, `deleted` or `raised`.
        about: of what: the id of the request or session, or the budget's name.
        detail: a few words on it: what kind of request it was, `session`, or how much was added.
    """

    at: datetime
    key: SessionKey
    person: str
    action: str
    about: str
    detail: str


def entry_of(before: Request | None, after: Request, at: datetime, *, by: str) -> AuditEntry | None:
    """What there is to tell of a request that has changed; None where nothing was decided.

    Args:
        before: the request as it was; None where there was none.
        after: as it is now.
        at: when (UTC).
        by: who changed it.
    """
    if before == after or (before is None and after.is_open):
        return None
    # Where several have to allow it, each of them counts.
    action = "allowed_by_one" if after.is_open else str(after.state)
    return AuditEntry(
        at=at, key=after.key, person=by, action=action, about=after.id, detail=str(after.kind)
    )


def record_of(entry: AuditEntry) -> dict[str, str]:
    """An entry as a program reads it."""
    return {
        "at": entry.at.isoformat(timespec="seconds"),
        "thread": str(entry.key),
        "person": entry.person,
        "action": entry.action,
        "about": entry.about,
        "detail": entry.detail,
    }


def line_of(entry: AuditEntry) -> str:
    """An entry as a person reads it."""
    record = record_of(entry)
    record["person"] = entry.person or "-"
    return "  ".join(filter(None, record.values()))
