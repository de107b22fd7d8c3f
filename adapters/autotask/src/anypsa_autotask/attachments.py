"""Attachments: files on tickets, in base64 both ways, within the vendor's limits (wire/autotask.md 3.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from anypsa.errors import Invalid, Problem, RateLimited
from anypsa.models import Record
from anypsa.spi import Request, reading

from . import rows
from .reading import Reader
from .tables import ATTACHMENTS
from .tables.names import ATTACHMENT_TYPE, FILE, FULL_PATH
from .writing import Writer

# The vendor's pages say 6 and 7 MB: what is larger is refused for certain, what lies between is the vendor's to judge.
LARGEST: Final = 7_000_000
WINDOW: Final = timedelta(minutes=5)
MOST_IN_WINDOW: Final = 10_000_000
"""Beyond it the vendor takes no files for five minutes, from anybody who uses this integration."""


@dataclass
class Uploads:
    """How much this connection has uploaded lately, so that the vendor's limit is not tripped."""

    sent: deque[tuple[datetime, int]] = field(default_factory=deque)

    def admit(self, size: int, now: datetime) -> None:
        """Counts an upload; raises `RateLimited`, before anything is sent, for one that would trip the limit."""
        while self.sent and self.sent[0][0] <= now - WINDOW:
            self.sent.popleft()
        if sum(one for _, one in self.sent) + size > MOST_IN_WINDOW:
            raise RateLimited(
                "attach a file",
                said=[f"{MOST_IN_WINDOW:,} bytes may be attached in five minutes"],
                wait=(self.sent[0][0] + WINDOW - now).total_seconds(),
                hint="Nothing was sent. Try again a little later: beyond the limit nobody can attach anything.",
            )
        self.sent.append((now, size))


async def create(writer: Writer, reader: Reader, uploads: Uploads, values: Mapping[str, Any]) -> str:
    """Attaches a file to a ticket."""
    size = len(values["content"])
    if not 0 < size <= LARGEST:
        problem = Problem("content", f"is {size:,} bytes; 1 to {LARGEST:,} are allowed")
        raise Invalid("attach a file", problems=[problem], hint="Nothing was sent.")
    uploads.admit(size, reader.services.moment())
    name = ATTACHMENTS.by_name["name"].codec.encode(values["name"])
    return await writer.create(ATTACHMENTS, values, {ATTACHMENT_TYPE: FILE, FULL_PATH: name})


async def get(reader: Reader, id: str) -> Record:
    """One file with its content. Some tenants give it by the attachment's own path, others by the ticket's alone."""
    row = await reader.row(ATTACHMENTS, id)
    ticket = rows.number(row.get(ATTACHMENTS.by_name["ticket"].wire))
    if row.get(ATTACHMENTS.by_name["content"].wire) is None and ticket is not None:
        path = f"{ATTACHMENTS.write_path}/{{id}}"
        request = Request.read("GET", path, reading(ATTACHMENTS.name, id), parts={"ticket": ticket, "id": id})
        row = {**row, **rows.item(await reader.services.send(request), ATTACHMENTS, id)}
    return await reader.decoded(ATTACHMENTS, row)
