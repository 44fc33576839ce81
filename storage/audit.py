"""The log of what was decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from bot.audit import AuditEntry
from bot.keys import SessionKey
from storage.columns import EPOCH
from storage.schema import audit
from storage.statements import of_key

_audited = (
    select(audit)
    .where(audit.c.at >= bindparam("p_since", type_=audit.c.at.type))
    .order_by(audit.c.id.desc())
    .limit(bindparam("p_limit"))
)


def note(db: Connection, entry: AuditEntry) -> None:
    """Write it down."""
    db.execute(
        insert(audit),
        {
            "at": entry.at,
            **{name.removeprefix("k_"): part for name, part in of_key(entry.key).items()},
            "person": entry.person,
            "action": entry.action,
            "about": entry.about,
            "detail": entry.detail,
        },
    )


def listing(limit: int, since: datetime | None = None) -> Callable[[Connection], list[AuditEntry]]:
    """What was decided, newest first."""
    given = {"p_limit": limit, "p_since": since or EPOCH}

    def work(db: Connection) -> list[AuditEntry]:
        return [
            AuditEntry(
                at=row.at,
                key=SessionKey(
                    platform=row.platform,
                    workspace=row.workspace,
                    channel=row.channel,
                    thread=row.thread,
                ),
                person=row.person,
                action=row.action,
                about=row.about,
                detail=row.detail,
            )
            for row in db.execute(_audited, given)
        ]

    return work
