"""Stamps: what the server itself writes into a record (wire/autotask.md 3.3, 5)."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from anypsa_sandbox import World
from anypsa_sandbox.world.schema import COLUMNS
from anypsa_sandbox.world.values import moment

from . import texts
from .tenants import Tenant

STAMPED: Final = frozenset(
    {
        *("created", "updated", "closed", "closed_by", "author", "editor", "hours_billed", "done_by", "done_at"),
        *("size", "guid", "posted"),
    }
)
"""Columns that only the server writes."""
NUMBERED: Final = {"tickets": "T", "tasks": "T", "projects": "P"}
"""Tables whose numbers the server gives; everywhere else a number is a field like any other."""
WINDOW: Final = 300.0
MOST_UPLOADED: Final = 10_000_000


@dataclass(frozen=True)
class Stamping:
    """One record about to be stored: by whom, when, how it is `after`; `id` is empty for a new one."""

    tenant: Tenant
    table: str
    actor: int
    now: datetime
    after: Mapping[str, Any]
    id: int | None = None

    def stamps(self) -> dict[str, Any]:
        """What the server writes of its own."""
        own: dict[str, Any] = {"updated": self.now, "editor": self.actor}
        if self.id is None:
            own |= {"created": self.now, "author": self.actor}
            if self.table in NUMBERED:
                own["number"] = next_number(self.tenant.world, self.table, self.now)
        if self.table in MORE:
            own |= MORE[self.table](self)
        return {name: value for name, value in own.items() if name in COLUMNS[self.table]}


def next_number(world: World, table: str, now: datetime) -> str:
    """The next number of the day."""
    day = f"{NUMBERED[table]}{now:%Y%m%d}"
    (last,) = world.database.execute(
        f"SELECT MAX(CAST(substr(number, 11) AS INTEGER)) FROM {table} WHERE number > ? AND number < ?",
        (f"{day}.", f"{day}/"),
    ).fetchone()
    return f"{day}.{(last or 0) + 1:04}"


def closing(stamping: Stamping) -> dict[str, Any]:
    """When and by whom a ticket or a task was completed."""
    after = stamping.after
    if after.get("status") != "Complete":
        return {"closed": None, "closed_by": None}
    return {
        "closed": after.get("closed") or stamping.now,
        "closed_by": after.get("closed_by") or stamping.actor,
    }


def billed(stamping: Stamping) -> dict[str, Any]:
    """Hours from start and end where they are not given, and what is billed: rounded up as the tenant rounds."""
    after, world = stamping.after, stamping.tenant.world
    hours = after["hours"] if after.get("hours") is not None else worked(after)
    part = stamping.tenant.switches.rounding
    whole = math.ceil(round((hours + (after.get("hours_offset") or 0.0)) / part, 6))
    own = {"hours": hours, "hours_billed": round(max(0, whole) * part, 4)}
    own["kind"] = next((kind for column, kind in KINDS.items() if after.get(column) is not None), "Regular")
    if after.get("worked") is None:
        own["worked"] = day(after["starts"])
    ticket = world.row("tickets", after["ticket"]) if after.get("ticket") is not None else None
    if stamping.id is None and ticket is not None:
        own |= {name: ticket[name] for name in ("work_type", "contract") if after.get(name) is None}
    return own


KINDS: Final = {"ticket": "Ticket", "task": "Task"}


def day(value: Any) -> datetime:
    """The day of a time, which is midnight in UTC."""
    return instant(value).replace(hour=0, minute=0, second=0, microsecond=0)


def instant(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def worked(row: Mapping[str, Any]) -> float:
    """The hours between start and end; none if either is missing."""
    if row.get("starts") is None or row.get("ends") is None:
        return 0.0
    return round((instant(row["ends"]) - instant(row["starts"])) / timedelta(hours=1), 4)


def done(stamping: Stamping) -> dict[str, Any]:
    """Who ticked a step of a checklist off, and when."""
    if not stamping.after.get("done"):
        return {"done": False, "done_by": None, "done_at": None}
    after = stamping.after
    return {"done_by": after.get("done_by") or stamping.actor, "done_at": after.get("done_at") or stamping.now}


def attached(stamping: Stamping) -> dict[str, Any]:
    """The size of a file, within what may be attached in five minutes of the sandbox's clock (3.3)."""
    after = stamping.after
    size = len(base64.b64decode(after.get("content") or ""))
    admit(stamping.tenant, size)
    own = {"size": size, "media_type": after.get("media_type") or "application/octet-stream"}
    for column, table in (("note", "notes"), ("time_entry", "time_entries")):
        row = stamping.tenant.world.row(table, after[column]) if after.get(column) is not None else None
        if row is not None:
            own["ticket"] = row["ticket"]
    return own


def admit(tenant: Tenant, size: int) -> None:
    """Counts a file, unless it is too large or too much has come of late."""
    if size > tenant.switches.largest_file:
        raise texts.Refused(texts.LARGE_FILE)
    now = tenant.hooks.clock.now()
    if tenant.full_since is not None and now < tenant.full_since + WINDOW:
        raise texts.Refused(texts.UPLOADS)
    tenant.full_since = None
    while tenant.uploads and tenant.uploads[0][0] <= now - WINDOW:
        tenant.uploads.popleft()
    if sum(one for _, one in tenant.uploads) + size > MOST_UPLOADED:
        tenant.full_since = now
        tenant.uploads.clear()
        raise texts.Refused(texts.UPLOADS)
    tenant.uploads.append((now, size))


def registered(stamping: Stamping) -> dict[str, Any]:
    """A webhook's own identity; it counts from nothing."""
    if stamping.id is not None:
        return {}
    after = stamping.after
    guid = str(uuid5(NAMESPACE_URL, f"{stamping.tenant.name}/{moment(stamping.now)}/{after.get('name')}"))
    return {"guid": guid, "sequence": 0, "failures": 0, "owner": after.get("owner") or stamping.actor}


MORE: Final[Mapping[str, Callable[[Stamping], dict[str, Any]]]] = {
    "tickets": closing,
    "tasks": closing,
    "time_entries": billed,
    "checklist_items": done,
    "attachments": attached,
    "webhooks": registered,
}
